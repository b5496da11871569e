"""What happens when, on the side of the desk, by clients that know only the wire: two tabs of an agent, wrap-up, the
way back, hand back, transfers that are not taken, and an account that is disabled."""

from __future__ import annotations

from tests.clients import Agent, Json, new_client_id
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.integration.test_work import in_time

# --- two tabs of one agent ---


async def test_an_agents_two_tabs_see_the_same_offer_and_the_same_conversation(house: House) -> None:
    agent = await house.agent()
    tab = await house.second_socket(agent)
    customer = await house.customer()
    await customer.want_person()
    offers = [await one.offered(customer.conversation_id) for one in (agent, tab)]
    assert offers[0] == offers[1]

    await tab.accept(offers[0])

    conversation_id = customer.conversation_id
    for one in (agent, tab):
        assert await one.offer_ends(offers[0]) == "accepted"
        await one.sees(conversation_id, "agent_joined")
    await agent.say(conversation_id, "From the first tab")
    await tab.say(conversation_id, "From the second tab")
    await customer.say("To both")
    for one in (agent, tab):
        for text in ("From the first tab", "From the second tab", "To both"):
            await one.reads(conversation_id, text)
    assert agent.log(conversation_id) == tab.log(conversation_id)


async def test_closing_one_of_two_tabs_loses_nothing(open_house: OpenHouse) -> None:
    house = await open_house(agent_lost_active_s="0.1", agent_lost_offer_s="0.1")
    customer, agent, conversation_id = await house.in_conversation()
    watcher = await house.agent("supervisor", presence="away")
    tab = await house.second_socket(agent)

    await agent.hang_up()
    house.clock.move(seconds=5)

    await watcher.be("away")  # a round through the desk, so that a loss would have been seen by now
    await customer.say("Are you there?")
    await tab.reads(conversation_id, "Are you there?")
    await tab.say(conversation_id, "I am")
    await customer.reads("I am")
    assert customer.of_type("agent_left") == []
    assert watcher.presences[agent.id] == "online"


async def test_accepting_in_both_tabs_at_once_joins_once(house: House) -> None:
    agent = await house.agent()
    tab = await house.second_socket(agent)
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered(customer.conversation_id)
    await tab.offered(customer.conversation_id)

    acks = [await (await one.line.send("accept", {"offer_id": offer["offer_id"]})) for one in (agent, tab)]

    assert acks[0] == acks[1]
    assert acks[0]["ok"] is True
    await agent.say(customer.conversation_id, "Once")
    await customer.reads("Once")
    assert len(customer.of_type("agent_joined")) == 1


# --- wrap-up ---


async def wrap_ups(agent: Agent, *conversation_ids: str) -> list[Json]:
    """The latest that the agent was told of wrap-ups, once it is these."""

    def latest() -> list[Json] | None:
        told = agent.all_told("wrap_ups")
        rows = told[-1]["wrap_ups"] if told else (agent.snapshot or {}).get("wrap_ups")
        return rows if [row["conversation_id"] for row in rows] == list(conversation_ids) else None

    await agent.until(lambda: latest() is not None, f"wrap-ups of {conversation_ids}")
    return latest() or []


async def test_withdrawn_from_active_the_agent_has_a_wrap_up_with_its_end(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    assert await wrap_ups(agent) == []

    await customer.done("withdraw", client_id="w")

    [row] = await wrap_ups(agent, conversation_id)
    withdrawn = await customer.sees("handoff_withdrawn")
    assert row["until"] > withdrawn["at"]
    await agent.hang_up()
    snapshot = await agent.connect()
    assert snapshot["wrap_ups"] == [row]
    await agent.done("wrap_up_done", conversation_id=conversation_id)
    await wrap_ups(agent)


async def test_a_wrap_up_ends_by_itself_and_the_seat_is_given_at_once(open_house: OpenHouse) -> None:
    house = await open_house(capacity="1", wrap_up_s="0.5")
    customer, agent, conversation_id = await house.in_conversation()
    waiting = await house.customer()
    await waiting.want_person()
    await agent.say(conversation_id, "Good bye")
    await agent.do("resolve", conversation_id, outcome="done")
    await wrap_ups(agent, conversation_id)

    await agent.take(waiting.conversation_id)

    assert await wrap_ups(agent) == []
    await customer.sees("handoff_resolved")


# --- the way back ---


async def test_after_resolve_one_tap_leads_back_to_the_same_agent_though_another_was_idle_longer(
    open_house: OpenHouse,
) -> None:
    house = await open_house(wrap_up_s="0")
    customer, agent, conversation_id = await house.in_conversation()
    first_id = customer.handoff["id"]
    other = await house.agent("agent2")
    await agent.say(conversation_id, "That should do")
    await agent.do("resolve", conversation_id, outcome="answered")

    await customer.say("And my other parcel?")
    await customer.reads("You said: And my other parcel?")
    way_back = await customer.reads("Maren Petersen helped you")
    [button] = way_back["buttons"]
    assert "Maren Petersen" in button["title"]
    await customer.say(button["payload"])

    offer = await agent.offered(conversation_id, count=2)
    assert offer["chosen_by"] == "returning_customer"
    assert offer["handoff_id"] != first_id
    assert other.offers == []


async def test_a_quarter_of_an_hour_after_resolve_the_way_back_is_not_offered_any_more(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "That should do")
    await agent.do("resolve", conversation_id, outcome="answered")
    house.clock.move(seconds=901)

    await customer.say("And my other parcel?")
    await customer.reads("You said: And my other parcel?")
    await customer.say("Never mind then")
    await customer.reads("You said: Never mind then")

    assert not any("Maren Petersen" in text for text in customer.texts("bot"))


# --- hand back ---


async def test_two_hand_backs_in_a_day_are_told_to_the_supervisor(open_house: OpenHouse) -> None:
    house = await open_house(wrap_up_s="0")
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    await supervisor.done("watch", conversation_id=conversation_id)
    await agent.say(conversation_id, "The assistant can do that")
    await agent.do("hand_back", conversation_id)
    await customer.sees("handed_back")

    await customer.want_person()
    await agent.accept(await agent.offered(conversation_id, count=2))
    await agent.say(conversation_id, "It can do that as well")
    assert supervisor.of_type(conversation_id, "supervisor_told") == []
    await agent.do("hand_back", conversation_id)

    assert (await supervisor.sees(conversation_id, "supervisor_told"))["why"] == "handed_back_twice"


# --- transfers ---


async def test_a_transfer_not_taken_while_its_sender_has_gone_is_at_the_head(open_house: OpenHouse) -> None:
    house = await open_house(offer_timeout_s="0.5", capacity="1", wrap_up_s="0")
    customer, sender, conversation_id = await house.in_conversation()
    target = await house.agent("agent2")
    await sender.do("transfer", conversation_id, to={"agent_id": target.id})
    waiting = await house.customer()
    await sender.be("away")
    await waiting.want_person()

    await target.offer_ends(await target.offered(conversation_id))

    await target.sees_presence(target.id, "not_responding")
    await target.be("online")
    assert (await target.offered(count=2))["conversation_id"] == conversation_id
    assert sender.offers[1:] == []
    assert (await customer.sees("agent_left"))["reason"] == "transfer"


async def test_a_declined_transfer_is_back_with_its_sender_at_once(house: House) -> None:
    customer, sender, conversation_id = await house.in_conversation()
    target = await house.agent("agent2")
    await sender.do("transfer", conversation_id, to={"agent_id": target.id}, note="About fibre")
    offer = await target.offered(conversation_id)

    await target.done("decline", offer_id=offer["offer_id"], reason="Not my field")

    back = await sender.offered(conversation_id, count=2)
    assert back["chosen_by"] == "sender"
    assert "Not my field" in str(back["transcript"])
    await sender.accept(back)
    assert (await customer.sees("agent_joined", 2))["agent"]["id"] == sender.id


async def test_a_transfer_to_a_team_that_nobody_takes_in_time_comes_back(open_house: OpenHouse) -> None:
    house = await open_house(offer_timeout_s="0.4", widen_s="0.8")
    customer, sender, conversation_id = await house.in_conversation()
    await house.agent("agent2")

    await sender.do("transfer", conversation_id, to={"team": "broadband"})

    back = await sender.offered(conversation_id, count=2)
    assert back["chosen_by"] == "sender"
    assert (await customer.sees("agent_left"))["reason"] == "transfer"


async def test_a_transfer_to_somebody_who_goes_away_before_taking_it_comes_back(house: House) -> None:
    customer, sender, conversation_id = await house.in_conversation()
    target = await house.agent("agent2")
    await sender.do("transfer", conversation_id, to={"agent_id": target.id})
    offer = await target.offered(conversation_id)

    await target.be("away")

    assert await target.offer_ends(offer) == "rescinded"
    await sender.accept(await sender.offered(conversation_id, count=2))
    await customer.sees("agent_joined", 2)


# --- disabled ---


async def test_the_promise_of_a_disabled_agent_passes_to_the_team_with_its_moment(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will ask")
    by = in_time(house, hours=2)
    await agent.do("follow_up", conversation_id, answer_by=by)
    assert (await customer.sees("handoff_promised"))["owner"]["id"] == agent.id

    await house.server.accounts.disable("agent1@demo.example")

    promised = await customer.sees("handoff_promised", 2)
    assert promised["owner"] == {"kind": "team", "id": "service", "name": "Customer Service"}
    assert promised["answer_by"] == by
    await agent.until(lambda: agent.line.closed, "the end of the socket")


async def test_of_two_requests_of_an_agent_at_once_nothing_is_lost(house: House) -> None:
    """A message and the resolution sent without waiting keep their order: the word is there before the end."""
    customer, agent, conversation_id = await house.in_conversation()
    sent = [
        await agent.line.send(name, {"conversation_id": conversation_id, "client_id": new_client_id()} | more)
        for name, more in (("message", {"text": "It is done"}), ("resolve", {"outcome": "done"}))
    ]

    assert [(await ack)["ok"] for ack in sent] == [True, True]
    await customer.reads("It is done")
    await customer.sees_state("resolved")
