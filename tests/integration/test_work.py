"""What agents do: answer, promise, pass on, hand back, call; and what the customer is told of each."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.houses import House


def in_time(house: House, **later: float) -> str:
    moment: datetime = house.clock.now() + timedelta(**later)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_follow_up_is_a_promise_of_this_agent_and_is_kept_by_their_next_word(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will ask the warehouse")
    by = in_time(house, minutes=3)

    ack = await agent.do("follow_up", conversation_id, answer_by=by, note="Ask about the parcel")

    assert ack["handoff"]["state"] == "promised"
    assert ack["handoff"]["promise"]["owner"] == {"kind": "agent", "id": agent.id, "name": "Maren Petersen"}
    promised = await customer.sees("handoff_promised")
    assert (promised["answer_by"], promised["owner"]["name"]) == (by, "Maren Petersen")
    await customer.sees_state("promised")
    await agent.say(conversation_id, "The warehouse says: tomorrow")
    await customer.reads("tomorrow")
    await customer.sees("promise_kept")
    assert (await customer.sees_state("active"))["agent"]["id"] == agent.id


async def test_follow_up_that_is_missed_is_broken_openly_and_goes_to_the_head(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will ask")
    await agent.do("follow_up", conversation_id, answer_by=in_time(house, seconds=90))
    await customer.sees_state("promised")

    house.clock.move(seconds=91)

    broken = await customer.sees("promise_broken")
    assert broken["next_answer_by"] > broken["answer_by"]
    await agent.offered(conversation_id, count=2)
    desk = await (await house.http.get(f"{house.origin}/api/v1/desk")).json()
    assert desk["promises"]["broken"] == 1


@pytest.mark.parametrize("later", [{"seconds": -5}, {"days": 61}])
async def test_follow_up_lies_in_the_future_and_not_too_far(house: House, later: dict[str, float]) -> None:
    _, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")

    assert await agent.fails("follow_up", conversation_id, answer_by=in_time(house, **later)) == "bad_request"


async def test_transfer_to_an_agent_is_offered_to_that_agent(house: House) -> None:
    other = await house.agent("agent2")
    customer = await house.customer()
    agent = await house.agent("agent1", presence=None)
    await other.be("away")
    await agent.be("online")
    await customer.want_person()
    conversation_id = await agent.take(customer.conversation_id)
    target = {"agent_id": other.id}
    assert await agent.fails("transfer", conversation_id, to=target) == "conflict"
    await other.be("online")

    ack = await agent.do("transfer", conversation_id, to=target, note="About broadband")

    assert ack["handoff"]["state"] in ("queued", "offered")
    assert await agent.assignment_ends(conversation_id) == "transfer"
    assert (await customer.sees("agent_left"))["reason"] == "transfer"
    offer = await other.offered(conversation_id)
    assert "About broadband" in str(offer["transcript"])
    await other.accept(offer)
    assert (await customer.sees("agent_joined", 2))["agent"]["name"] == "Tobias Okafor"
    assert await agent.fails("message", conversation_id, text="Me again") in ("conflict", "not_found")
    await other.say(conversation_id, "Tobias here")
    await customer.reads("Tobias here")


async def test_transfer_to_a_team_reaches_another_of_it(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")

    await agent.do("transfer", conversation_id, to={"team": "broadband"})

    await other.take(conversation_id)
    assert (await customer.sees("agent_joined", 2))["agent"]["id"] == other.id


@pytest.mark.parametrize(
    "to", [{}, {"agent_id": "ag_nobody"}, {"team": "nowhere"}, {"agent_id": "x", "team": "service"}]
)
async def test_transfer_to_nobody_is_a_bad_request(house: House, to: dict[str, str]) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    assert await agent.fails("transfer", conversation_id, to=to) == "bad_request"
    await agent.say(conversation_id, "I am still here")
    await customer.reads("still here")


async def test_transfer_not_taken_in_time_comes_back_to_the_sender(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    await agent.do("transfer", conversation_id, to={"agent_id": other.id})
    await other.offered(conversation_id)
    house.clock.move(seconds=21)

    back = await agent.offered(conversation_id, count=2)
    await agent.accept(back)
    assert (await customer.sees("agent_joined", 2))["agent"]["id"] == agent.id


async def test_hand_back_gives_the_conversation_to_the_bot_and_asking_again_prefers_the_agent(
    house: House,
) -> None:
    await house.restart(wrap_up_s="0")
    customer, agent, conversation_id = await house.in_conversation()
    await house.agent("agent2")
    assert await agent.fails("hand_back", conversation_id) == "conflict"
    await agent.say(conversation_id, "The assistant can do that")

    ack = await agent.do("hand_back", conversation_id, note="Only wants the invoice")

    assert ack["handoff"]["state"] == "resolved"
    assert (await customer.sees("agent_left"))["reason"] == "handed_back"
    await customer.sees("handed_back")
    await customer.say("The invoice, please")
    await customer.reads("You said: The invoice, please")
    again = await customer.want_person()
    assert again["id"] != ack["handoff"]["id"]
    offer = await agent.offered(conversation_id, count=2)
    assert offer["customer"]["returning"] is True


async def test_resolving_in_silence_is_a_conflict(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    for outcome in ("answered", "done", "forwarded", "unreachable"):
        assert await agent.fails("resolve", conversation_id, outcome=outcome) == "conflict"
    assert await agent.fails("hand_back", conversation_id) == "conflict"
    assert (await customer.sees_state("active"))["agent"]["id"] == agent.id
    await agent.say(conversation_id, "Now I have written")
    await agent.do("resolve", conversation_id, outcome="answered")
    assert await agent.fails("resolve", conversation_id, outcome="answered") == "conflict"


async def test_contact_that_was_made_counts_as_an_answer(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    ack = await agent.do("contacted", conversation_id, channel="phone", outcome="reached")
    await agent.do("resolve", conversation_id, outcome="answered")

    contacted = await customer.sees("contacted")
    assert (contacted["seq"], contacted["channel"], contacted["outcome"]) == (ack["seq"], "phone", "reached")
    await customer.sees_state("resolved")


async def test_failed_contact_gives_one_new_promise_and_after_the_second_unreachable_is_possible(
    house: House,
) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    await agent.do("contacted", conversation_id, channel="phone", outcome="not_reached")
    promised = await customer.sees("handoff_promised")
    assert promised["owner"]["id"] == agent.id
    await agent.do("contacted", conversation_id, channel="email", outcome="not_reached")
    assert await agent.fails("resolve", conversation_id, outcome="answered") == "conflict"
    await agent.do("resolve", conversation_id, outcome="unreachable", note="Tried twice")

    assert (await customer.sees("handoff_resolved"))["outcome"] == "unreachable"
    assert len(customer.of_type("handoff_promised")) == 1


async def test_call_back_is_promised_with_time_and_contact_and_reaches_the_agent(house: House) -> None:
    customer = await house.customer()
    await customer.want_person()
    await customer.sees_state("promised")
    at = in_time(house, hours=2)

    ack = await customer.done(
        "callback", client_id="c", contact={"phone": "+49 40 123456", "email": "me@example.org"}, at=at
    )

    assert ack["handoff"]["state"] == "promised"
    assert ack["handoff"]["promise"]["answer_by"] == at
    assert ack["handoff"]["promise"]["contact"] == {"phone": "+49 40 123456", "email": "me@example.org"}
    agent = await house.agent()
    assert agent.offers == []
    house.clock.move(hours=2, seconds=1)
    offer = await agent.offered(customer.conversation_id)
    assert "+49 40 123456" in str(offer["transcript"])


async def test_withdrawing_from_an_agent_ends_it_for_both(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    ack = await customer.done("withdraw", client_id="w")

    assert ack["handoff"]["state"] == "withdrawn"
    assert await agent.assignment_ends(conversation_id) == "withdrawn"
    assert await agent.fails("message", conversation_id, text="Too late") == "conflict"


async def test_two_answers_marked_as_not_helpful_lead_to_a_person(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    for number in range(2):
        await customer.say(f"Question {number}")
        answer = await customer.reads(f"You said: Question {number}")
        await customer.done("feedback", client_id=f"f{number}", seq=answer["seq"], helpful=False)

    offer = await agent.offered(customer.conversation_id)
    assert offer["reason"] == "not_helpful"
    assert await customer.refused("feedback", client_id="f9", seq=9_999, helpful=True) == "not_found"


async def test_same_question_again_leads_to_a_person(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Where is my parcel?")
    await customer.reads("You said: Where is my parcel?")
    await customer.say("where is my PARCEL")

    assert (await agent.offered(customer.conversation_id))["reason"] == "repeated_question"


async def test_typing_and_reading_are_seen_by_the_other_side(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await customer.line.tell("typing", {})
    await agent.until(lambda: agent.all_told("typing"), "the customer typing")
    await agent.line.tell("typing", {"conversation_id": conversation_id})
    typing = await customer.until(
        lambda: [one for one in customer.all_told("typing") if one["actor"]["kind"] == "agent"], "typing"
    )
    assert typing[0]["actor"]["name"] == "Maren Petersen"

    await customer.done("read", seq=3)
    await agent.done("read", conversation_id=conversation_id, seq=4)

    seen = await agent.until(lambda: agent.all_told("seen"), "seen by the customer")
    assert seen[0] == {"conversation_id": conversation_id, "seq": 3, "actor": {"kind": "customer"}}
    seen = await customer.until(lambda: customer.all_told("seen"), "seen by the agent")
    assert (seen[0]["seq"], seen[0]["actor"]["kind"]) == (4, "agent")


async def test_rating_is_kept_with_its_comment(house: House) -> None:
    customer = await house.customer()
    await customer.done("rate", client_id="r", score=4, comment="Quick enough")

    rated = await customer.sees("rated")
    assert rated["score"] == 4


async def test_agent_comes_back_after_a_reload_to_what_is_theirs(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.hang_up()
    await customer.say("Said while the page reloads")

    snapshot = await agent.connect()

    [own] = snapshot["conversations"]
    assert own["conversation"]["id"] == conversation_id
    assert own["handoff"]["state"] == "active"
    since = max(agent.logs[conversation_id])
    page = await agent.done("open", conversation_id=conversation_id, since=since)
    agent.keep(conversation_id, page["events"])
    await agent.reads(conversation_id, "while the page reloads")
    await agent.say(conversation_id, "Back again")
    await customer.reads("Back again")


async def test_agent_who_reconnects_finds_the_offer_in_the_snapshot(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()
    await agent.hang_up()

    snapshot = await agent.connect()

    assert [one["offer_id"] for one in snapshot["offers"]] == [offer["offer_id"]]
    await agent.accept(snapshot["offers"][0])
