"""What helps an agent in a conversation: what the bot would answer, what was before, and a slip undone."""

from __future__ import annotations

from dataclasses import replace

from handoff.bot_client.scripted import plain_reply
from handoff.service.ports import BotReply, BotTurn, BotUnavailable
from tests.clients import Agent, Json
from tests.houses import House


async def suggested(agent: Agent, conversation_id: str, count: int = 1) -> Json:
    await agent.done("suggest", conversation_id=conversation_id)
    await agent.until(lambda: len(agent.all_told("suggestions")) >= count, f"{count} x suggestions")
    told: Json = agent.all_told("suggestions")[-1]
    return told


async def test_agent_is_told_what_the_bot_would_answer_and_nobody_else_hears_of_it(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    house.scripted.answer = lambda turn: plain_reply(f"About {turn.text}", intent="delivery_options")
    said = await customer.say("How do you deliver?")
    await agent.reads(conversation_id, "How do you deliver?")

    told = await suggested(agent, conversation_id)

    assert told["conversation_id"] == conversation_id
    assert told["of_seq"] == said["seq"]
    assert told["suggestions"] == [{"text": "About How do you deliver?", "intent": "delivery_options"}]
    await agent.say(conversation_id, "By post")
    await customer.reads("By post")
    assert not any("About" in text for text in customer.texts())
    assert not any(turn.text == "How do you deliver?" for turn in house.scripted.turns)


async def test_nothing_is_suggested_once_the_agent_has_answered_or_that_the_bot_has_said(
    house: House,
) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    house.scripted.answer = lambda turn: plain_reply("Tomorrow")
    await customer.say("When?")
    await agent.reads(conversation_id, "When?")
    await suggested(agent, conversation_id)
    await agent.say(conversation_id, "Tomorrow")
    await agent.done("suggest", conversation_id=conversation_id)
    await customer.say("And then?")
    await agent.reads(conversation_id, "And then?")
    await agent.done("suggest", conversation_id=conversation_id)
    house.scripted.answer = lambda turn: plain_reply("The day after")
    told = await suggested(agent, conversation_id, count=2)
    assert told["suggestions"][0]["text"] == "The day after"
    assert len(agent.all_told("suggestions")) == 2


async def test_bot_that_is_away_costs_the_agent_nothing(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    def away(_turn: BotTurn) -> BotReply:
        raise BotUnavailable("refused")

    house.scripted.answer = away
    await customer.say("When?")
    await agent.reads(conversation_id, "When?")
    await agent.done("suggest", conversation_id=conversation_id)
    await agent.say(conversation_id, "Tomorrow")
    await customer.reads("Tomorrow")
    assert agent.all_told("suggestions") == []


async def test_only_whoever_has_the_conversation_is_helped(house: House) -> None:
    _, _, conversation_id = await house.in_conversation()
    other = await house.agent("agent2", presence=None)
    supervisor = await house.agent("supervisor", presence=None)
    for request in ("suggest", "past"):
        assert await other.refused(request, conversation_id=conversation_id) == "not_found"
        assert await other.refused(request, conversation_id="no-such") == "not_found"
        assert await other.refused(request, conversation_id=7) == "bad_request"
    assert await supervisor.refused("suggest", conversation_id=conversation_id) == "conflict"
    assert (await supervisor.done("past", conversation_id=conversation_id))["conversations"] == []


async def test_customer_who_comes_back_is_known_with_all_that_was_before(house: House) -> None:
    customer, agent, first_id = await house.in_conversation()
    first = (await agent.sees(first_id, "handoff_requested"))["reference"]
    await agent.say(first_id, "Let me look")
    await agent.do("resolve", first_id, outcome="done")
    await customer.sees_state("resolved")
    await customer.done("rate", client_id="r1", score=4)
    house.clock.move(days=31)
    again = await house.http.post(
        f"{house.origin}/api/v1/customer/sessions",
        json={"locale": "en"},
        headers={"Authorization": f"Bearer {customer.token}"},
    )
    session = await again.json()
    assert session["conversation_id"] != first_id
    back = house.adopt(type(customer)(house.origin, house.http, session))
    await back.connect()
    await agent.be("online")
    await back.want_person()
    second_id = await agent.take(back.conversation_id)

    [past] = (await agent.done("past", conversation_id=second_id))["conversations"]

    assert (past["conversation_id"], past["score"]) == (first_id, 4)
    [request] = past["requests"]
    assert (request["reference"], request["outcome"], request["agent"]["id"]) == (first, "done", agent.id)
    assert request["ended_at"] > request["requested_at"]
    page = await agent.done("open_past", conversation_id=second_id, past_id=first_id)
    assert [event["seq"] for event in page["events"]] == list(range(1, page["last_seq"] + 1))
    assert any(event.get("text") == "Let me look" for event in page["events"])
    assert page["more"] is False
    later = await agent.done("open_past", conversation_id=second_id, past_id=first_id, since=page["last_seq"])
    assert later["events"] == []


async def test_past_of_somebody_else_cannot_be_read_by_its_id(house: House) -> None:
    other = await house.customer()
    await other.say("A secret")
    _, agent, conversation_id = await house.in_conversation()
    for past_id in (other.conversation_id, conversation_id, "no-such", ""):
        refused = await agent.refused("open_past", conversation_id=conversation_id, past_id=past_id)
        assert refused == ("bad_request" if past_id == "" else "not_found")


async def test_slip_is_undone_once_however_often_it_is_asked(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Good day")
    await agent.do("resolve", conversation_id, outcome="answered")
    await customer.sees_state("resolved")

    ack = await agent.done("take_back", conversation_id=conversation_id, client_id="t1")
    again = await agent.done("take_back", conversation_id=conversation_id, client_id="t1")

    assert again["handoff"] == ack["handoff"]
    assert (ack["handoff"]["state"], ack["handoff"]["reason"]) == ("active", "agent")
    await customer.sees("agent_joined", count=2)
    await customer.say("You are back!")
    await agent.reads(conversation_id, "You are back!")
    assert await agent.refused("take_back", conversation_id=conversation_id, client_id="t2") == "conflict"
    await agent.say(conversation_id, "I am")
    await agent.do("resolve", conversation_id, outcome="done")
    await customer.sees("handoff_resolved", count=2)


async def test_suggestion_is_asked_for_with_what_the_bot_knew_and_changes_nothing_there(house: House) -> None:
    """The bot had heard of an order before a person was asked for; the suggestion may speak of it."""
    house.scripted.answer = lambda turn: replace(
        plain_reply("It is on its way"), slots='{"order_number": "10023"}'
    )
    agent = await house.agent("agent1")
    customer = await house.customer()
    await customer.say("Where is my order 10023?")
    await customer.reads("It is on its way")
    await customer.want_person()
    conversation_id = await agent.take(customer.conversation_id)
    turns = list(house.scripted.turns)
    house.scripted.answer = lambda turn: plain_reply(f"Known: {turn.slots}")
    await customer.say("And when does it come?")
    await agent.reads(conversation_id, "And when does it come?")
    before = len(agent.log(conversation_id))

    told = await suggested(agent, conversation_id)

    assert told["suggestions"][0]["text"] == "Known: {'order_number': '10023'}"
    assert house.scripted.turns == turns
    assert len(agent.log(conversation_id)) == before
    assert customer.texts("bot")[-1] != told["suggestions"][0]["text"]
