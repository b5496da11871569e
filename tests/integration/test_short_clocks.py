"""A desk on bad days, by clients that know only the wire, on real time with the clocks shortened by settings.

Elsewhere tests move the clock; here nothing is moved, so that the settings themselves are what is tried.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from handoff.app import DEMO_DESK
from tests.clients import Customer, Json, new_client_id
from tests.clocks import day_to_come, opens_on
from tests.houses import House
from tests.integration.conftest import OpenHouse


def seconds_from_now(seconds: float) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def places_after_a_loss(customer: Customer) -> list[Json]:
    """Entries into the queue after the first: the customer sees each, with its place."""
    return customer.of_type("handoff_queued")[1:]


async def test_an_agent_who_ignores_an_offer_is_not_responding_and_the_next_has_it(
    open_house: OpenHouse,
) -> None:
    house = await open_house(offer_timeout_s="0.5")
    ignoring = await house.agent("agent1")
    other = await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    ignored = await ignoring.offered(customer.conversation_id)
    await other.be("online")

    offer = await other.offered(customer.conversation_id)

    assert await ignoring.offer_ends(ignored) == "timed_out"
    await other.sees_presence(ignoring.id, "not_responding")
    await other.accept(offer)
    assert (await customer.sees("agent_joined"))["agent"]["id"] == other.id


async def test_when_every_agent_declines_the_ladder_goes_on_and_they_are_asked_again(
    open_house: OpenHouse,
) -> None:
    house = await open_house(widen_s="1", supervisor_s="2", promise_s="3", answer_by_s="60")
    agents = [await house.agent("agent1"), await house.agent("agent2")]
    customer = await house.customer()
    handoff = await customer.want_person()
    for agent in agents:
        offer = await agent.offered(customer.conversation_id)
        await agent.done("decline", offer_id=offer["offer_id"], reason="busy")

    for agent in agents:  # asked anew, since the wait has widened
        offer = await agent.offered(customer.conversation_id, count=2)
        await agent.done("decline", offer_id=offer["offer_id"])
    await customer.sees("promise_offered")
    last = await agents[0].offered(customer.conversation_id, count=3)

    assert customer.handoff["id"] == handoff["id"]
    assert customer.handoff["answer_by"] == handoff["answer_by"]
    log = agents[0].log(customer.conversation_id)
    assert [one["rung"] for one in log if one["type"] == "ladder_stepped"][:2] == [
        "widened",
        "supervisor_told",
    ]
    await agents[0].accept(last)
    await customer.sees("agent_joined")


async def test_a_laptop_closed_after_accepting_puts_the_customer_at_the_head(open_house: OpenHouse) -> None:
    house = await open_house(
        accounts=None, agent_lost_active_s="0.5", agent_lost_offer_s="0.2", capacity="1", wrap_up_s="0"
    )
    customer, agent, conversation_id = await house.in_conversation()
    later = await house.customer()
    await later.want_person()
    await later.sees("handoff_queued")

    await agent.hang_up()

    assert (await customer.sees("agent_left"))["reason"] == "lost"
    [entry] = places_after_a_loss(customer)
    assert entry["place"] == 1
    other = await house.agent("agent2")
    assert (await other.offered())["conversation_id"] == conversation_id


async def test_an_agent_who_accepts_and_says_nothing_is_reminded_and_replaced(open_house: OpenHouse) -> None:
    house = await open_house(first_answer_remind_s="0.4", first_answer_requeue_s="1")
    customer, silent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")

    reminded = await silent.sees(conversation_id, "ladder_stepped")
    assert reminded["rung"] == "answer_reminded"
    offer = await other.offered(conversation_id)

    assert (await customer.sees("agent_left"))["reason"] == "silent"
    assert await silent.assignment_ends(conversation_id) == "silent"
    await other.accept(offer)
    assert (await customer.sees("agent_joined", 2))["agent"]["id"] == other.id


async def test_an_agent_who_leaves_a_later_message_unanswered_is_reminded_and_replaced(
    open_house: OpenHouse,
) -> None:
    house = await open_house(next_answer_remind_s="0.4", next_answer_requeue_s="1")
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    await agent.say(conversation_id, "Hello, what is it about?")
    await customer.say("About the cable")

    await agent.sees(conversation_id, "ladder_stepped")
    await other.take(conversation_id)

    assert (await customer.sees("agent_left"))["reason"] == "silent"


async def test_nobody_online_is_a_dated_promise_and_then_somebody_takes_it_up(house: House) -> None:
    customer = await house.customer()
    asked = await customer.want_person()
    promised = await customer.sees_state("promised")
    assert promised["id"] == asked["id"]
    assert promised["answer_by"] == asked["answer_by"]
    assert promised["promise"]["owner"] == {"kind": "team", "id": "service", "name": "Customer Service"}

    agent = await house.agent()
    await agent.take(customer.conversation_id)
    await agent.say(customer.conversation_id, "Here I am")

    await customer.sees("promise_kept")
    assert customer.of_type("promise_broken") == []


async def test_out_of_hours_the_promise_is_for_the_next_opening(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    day = day_to_come()
    text = DEMO_DESK.read_text(encoding="utf-8").split("[opening_hours]")[0]
    desk_file = tmp_path / "desk.toml"
    desk_file.write_text(f'{text}\n[opening_hours]\ntime_zone = "UTC"\n{opens_on(day)}', encoding="utf-8")
    house = await open_house(desk_file=str(desk_file))
    customer = await house.customer()

    await customer.want_person()

    promised = await customer.sees("handoff_promised")
    opening = datetime.combine(day, time(), UTC)
    assert datetime.fromisoformat(promised["answer_by"]) == opening + timedelta(hours=1)
    desk = await (await house.http.get(f"{house.origin}/api/v1/desk")).json()
    assert desk["open"] is False


async def test_the_only_agent_not_responding_is_nobody_and_any_act_brings_the_offer_back(
    open_house: OpenHouse,
) -> None:
    house = await open_house(offer_timeout_s="0.4")
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    await agent.offered(customer.conversation_id)

    await customer.sees_state("promised")
    await agent.sees_presence(agent.id, "not_responding")
    await agent.be("online")

    await agent.accept(await agent.offered(customer.conversation_id, count=2))
    await customer.sees("agent_joined")


async def test_a_transfer_to_somebody_offline_or_full_changes_nothing(open_house: OpenHouse) -> None:
    house = await open_house(accounts=None, capacity="1")
    other = await house.agent("agent2")
    full = await house.customer()
    await full.want_person()
    await other.take(full.conversation_id)
    customer, agent, conversation_id = await house.in_conversation()
    before = customer.last_seq

    assert await agent.fails("transfer", conversation_id, to={"agent_id": other.id}) == "conflict"
    await other.hang_up()
    await agent.sees_presence(other.id, "offline")
    assert await agent.fails("transfer", conversation_id, to={"agent_id": other.id}) == "conflict"

    await agent.say(conversation_id, "Still with you")
    assert (await customer.reads("Still with you"))["prev_seq"] == before


async def test_two_who_accept_at_once_leave_one_agent(house: House) -> None:
    """The agent asked accepts while a supervisor gives the same handoff to another: one has it, the other is told."""
    for _ in range(5):
        agent, other = await house.agent("agent1"), await house.agent("agent2", presence="away")
        supervisor = await house.agent("supervisor", presence="away")
        customer = await house.customer()
        handoff = await customer.want_person()
        offer = await agent.offered(customer.conversation_id)

        accepted, assigned = await asyncio.gather(
            agent.ask("accept", {"offer_id": offer["offer_id"]}),
            supervisor.ask("assign", {"handoff_id": handoff["id"], "agent_id": other.id}),
        )

        assert assigned["ok"] is True
        assert accepted["ok"] is True or accepted["error"]["code"] == "stale_offer"
        if accepted["ok"]:
            assert await agent.assignment_ends(customer.conversation_id) == "supervisor"
        await other.say(customer.conversation_id, "It is me")
        assert (await customer.reads("It is me"))["actor"]["id"] == other.id
        assert await agent.fails("message", customer.conversation_id, text="Me too") in (
            "conflict",
            "not_found",
        )
        await other.do("resolve", customer.conversation_id, outcome="done")
        await house.part(agent, other, supervisor, customer)


async def test_withdraw_against_accept_ends_in_one_of_two_ways_and_both_agree(house: House) -> None:
    outcomes = set()
    agent = await house.agent()
    for number in range(20):
        customer = await house.customer()
        await customer.want_person()
        offer = await agent.offered(customer.conversation_id)
        requests = [
            agent.ask("accept", {"offer_id": offer["offer_id"]}),
            customer.ask("withdraw", {"client_id": new_client_id()}),
        ]
        answers = await asyncio.gather(*(requests if number % 2 else reversed(requests)))
        accepted, withdrawn = answers if number % 2 else reversed(answers)

        assert withdrawn["ok"] is True
        assert (await customer.sees_state("withdrawn"))["id"] == offer["handoff_id"]
        if accepted["ok"]:
            assert await agent.assignment_ends(customer.conversation_id) == "withdrawn"
            await agent.done("wrap_up_done", conversation_id=customer.conversation_id)
        else:
            assert accepted["error"]["code"] == "stale_offer"
            assert await agent.offer_ends(offer) == "rescinded"
            assert customer.of_type("agent_joined") == []
        outcomes.add(accepted["ok"])
        await house.part(customer)
    assert outcomes <= {True, False}


async def test_resolving_in_silence_is_refused_and_the_customer_keeps_the_agent(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.do("note", conversation_id, text="A note is not a word to the customer")

    assert await agent.fails("resolve", conversation_id, outcome="done") == "conflict"
    assert await agent.fails("resolve", conversation_id, outcome="unreachable") == "conflict"
    assert await agent.fails("hand_back", conversation_id) == "conflict"

    await agent.say(conversation_id, "Now a word")
    await agent.do("resolve", conversation_id, outcome="done")
    assert (await customer.sees("handoff_resolved"))["actor"]["id"] == agent.id


async def test_a_promise_is_kept_by_its_owner_in_time(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will find out")
    await agent.do("follow_up", conversation_id, answer_by=seconds_from_now(30))
    await customer.sees_state("promised")

    await agent.do("contacted", conversation_id, channel="phone", outcome="reached")

    await customer.sees("promise_kept")
    assert customer.of_type("promise_broken") == []


async def test_a_promise_that_is_missed_is_broken_with_a_new_moment_and_is_at_the_head(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will find out")
    await agent.do("follow_up", conversation_id, answer_by=seconds_from_now(0.6))

    broken = await customer.sees("promise_broken")

    assert broken["next_answer_by"] > broken["answer_by"]
    assert places_after_a_loss(customer)[-1]["place"] == 1
    again = await agent.offered(conversation_id, count=2)
    assert again["answer_by"] == broken["next_answer_by"]


async def test_an_attempt_that_fails_once_gives_one_new_promise(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.do("contacted", conversation_id, channel="phone", outcome="not_reached")

    promised = await customer.sees("handoff_promised")
    assert promised["owner"]["id"] == agent.id
    await agent.do("contacted", conversation_id, channel="phone", outcome="not_reached")
    await agent.do("resolve", conversation_id, outcome="unreachable")

    assert len(customer.of_type("handoff_promised")) == 1
    assert (await customer.sees_state("resolved"))["agent"]["id"] == agent.id
