"""Offers: to one agent at a time, with a deadline; a stale one is refused, and places in the queue are true."""

from __future__ import annotations

from tests.houses import House
from tests.integration.conftest import OpenHouse


async def test_stale_offer_is_refused_and_the_next_agent_has_it(house: House) -> None:
    silent, other = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    stale = await silent.offered(customer.conversation_id)
    await other.be("online")

    house.clock.move(seconds=21)

    offer = await other.offered(customer.conversation_id)
    assert await silent.offer_ends(stale) == "timed_out"
    assert await silent.refused("accept", offer_id=stale["offer_id"]) == "stale_offer"
    assert await silent.refused("decline", offer_id=stale["offer_id"]) == "stale_offer"
    await other.accept(offer)
    assert (await customer.sees("agent_joined"))["agent"]["id"] == other.id
    assert len(customer.of_type("agent_joined")) == 1


async def test_agent_who_lets_an_offer_pass_is_not_responding_until_they_act(house: House) -> None:
    silent = await house.agent("agent1")
    watcher = await house.agent("supervisor", presence="away")
    customer = await house.customer()
    await customer.want_person()
    await silent.offered()
    house.clock.move(seconds=21)

    await watcher.sees_presence(silent.id, "not_responding")
    state = await customer.sees_state("promised")
    assert state["promise"]["owner"]["kind"] == "team"
    await silent.be("online")
    await watcher.sees_presence(silent.id, "online")
    await silent.offered(customer.conversation_id, count=2)


async def test_repeated_accept_gives_its_first_ack_again(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    first = await agent.accept(offer)
    await agent.say(customer.conversation_id, "Hello")
    assert await agent.done("accept", offer_id=offer["offer_id"]) == first
    assert await agent.offer_ends(offer) == "accepted"
    await agent.do("resolve", customer.conversation_id, outcome="done")

    assert await agent.done("accept", offer_id=offer["offer_id"]) == first
    assert await agent.refused("decline", offer_id=offer["offer_id"]) == "stale_offer"
    assert len(agent.of_type(customer.conversation_id, "agent_joined")) == 1


async def test_repeated_accept_lets_nobody_listen_to_what_is_anothers_now(house: House) -> None:
    """The old ack once made the socket follow the conversation again: its events came twice, and went on coming."""
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    await agent.do("transfer", conversation_id, to={"agent_id": other.id})
    await other.take(conversation_id)
    await agent.assignment_ends(conversation_id)
    before = list(agent.log(conversation_id))

    assert (await agent.done("accept", offer_id=agent.offers[0]["offer_id"]))[
        "conversation_id"
    ] == conversation_id
    await customer.say("For the other's eyes")
    await other.reads(conversation_id, "For the other's eyes")
    await agent.be("away")

    assert agent.log(conversation_id) == before


async def test_repeated_decline_gives_its_first_ack_again(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    first = await agent.done("decline", offer_id=offer["offer_id"], reason="At the dentist")
    assert await agent.done("decline", offer_id=offer["offer_id"]) == first
    assert await agent.offer_ends(offer) == "declined"
    assert await agent.refused("accept", offer_id=offer["offer_id"]) == "stale_offer"


async def test_offer_of_another_agent_cannot_be_accepted(house: House) -> None:
    first, second = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    offer = await first.offered(customer.conversation_id)

    assert await second.refused("accept", offer_id=offer["offer_id"]) == "stale_offer"
    await first.accept(offer)


async def test_declined_offer_goes_to_the_next_agent(house: House) -> None:
    first, second = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    offer = await first.offered(customer.conversation_id)
    await second.be("online")
    await first.done("decline", offer_id=offer["offer_id"])

    await second.take(customer.conversation_id)
    assert (await customer.sees("agent_joined"))["agent"]["id"] == second.id


async def test_withdrawing_rescinds_the_offer(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    ack = await customer.done("withdraw", client_id="w")

    assert ack["handoff"]["state"] == "withdrawn"
    assert await agent.offer_ends(offer) == "rescinded"
    assert await agent.refused("accept", offer_id=offer["offer_id"]) == "stale_offer"
    assert await customer.refused("withdraw", client_id="w2") == "conflict"
    await customer.say("And now the bot")
    await customer.reads("You said: And now the bot")


async def test_place_in_the_queue_moves_when_others_leave_it(open_house: OpenHouse) -> None:
    house = await open_house(accounts=None, capacity="1")
    await house.agent()
    customers = [await house.customer() for _ in range(4)]
    for customer in customers:
        await customer.want_person()
    for place, customer in enumerate(customers, start=1):
        await customer.until(
            lambda customer=customer, place=place: customer.handoff and customer.handoff["place"] == place,
            f"place {place}",
        )

    await customers[1].done("withdraw", client_id="w")

    for place, customer in ((1, customers[0]), (2, customers[2]), (3, customers[3])):
        await customer.until(
            lambda customer=customer, place=place: customer.handoff and customer.handoff["place"] == place,
            f"place {place}",
        )
    assert (await customers[1].sees_state("withdrawn"))["place"] is None


async def test_agent_never_gets_more_than_the_capacity_and_the_queue_drains_at_once(
    open_house: OpenHouse,
) -> None:
    house = await open_house(accounts=None, capacity="2", wrap_up_s="0")
    agent = await house.agent()
    customers = [await house.customer() for _ in range(3)]
    for customer in customers:
        await customer.want_person()
    for number in (1, 2):
        await agent.accept(await agent.offered(count=number))
    await customers[2].until(lambda: customers[2].handoff["place"] == 1, "the first place")
    assert customers[2].handoff["state"] == "queued"
    assert len(agent.offers) == 2

    await agent.say(agent.offers[0]["conversation_id"], "Hello")
    await agent.do("resolve", agent.offers[0]["conversation_id"], outcome="done")

    assert (await agent.offered(count=3))["conversation_id"] == customers[2].conversation_id


async def test_seat_is_free_when_the_agent_says_that_the_notes_are_done(open_house: OpenHouse) -> None:
    house = await open_house(accounts=None, capacity="1")
    agent = await house.agent()
    first, second = await house.customer(), await house.customer()
    await first.want_person()
    await agent.take(first.conversation_id)
    await second.want_person()
    await agent.say(first.conversation_id, "Hello")
    await agent.do("resolve", first.conversation_id, outcome="done")
    assert len(agent.offers) == 1

    await agent.done("wrap_up_done", conversation_id=first.conversation_id)
    await agent.done("wrap_up_done", conversation_id=first.conversation_id)

    await agent.take(second.conversation_id)


async def test_nobody_on_duty_is_answered_with_a_dated_promise(house: House) -> None:
    customer = await house.customer()
    await customer.want_person()

    promised = await customer.sees("handoff_promised")
    assert promised["answer_by"] > promised["at"]
    assert promised["owner"] == {"kind": "team", "id": "service", "name": "Customer Service"}
    state = await customer.sees_state("promised")
    assert state["promise"]["answer_by"] == promised["answer_by"]
    agent = await house.agent()
    await agent.take(customer.conversation_id)
    await agent.say(customer.conversation_id, "Here I am, in time")
    await customer.sees("promise_kept")


async def test_everything_said_before_is_in_the_accept_ack_and_what_follows_comes_as_events(
    house: House,
) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()
    await customer.say("Said after the offer was made")
    await agent.reads(customer.conversation_id, "Said after the offer")

    ack = await agent.accept(offer)
    await customer.say("Said after that")
    await agent.reads(customer.conversation_id, "Said after that")

    assert [event["seq"] for event in ack["events"]] == list(range(1, ack["last_seq"] + 1))
    assert "Said after the offer was made" in str(ack["events"])
    log = agent.log(customer.conversation_id)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
