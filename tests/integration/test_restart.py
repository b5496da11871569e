"""Deadlines and everything that was acknowledged outlive a restart: nothing depends on what only memory holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handoff.app import Server, World, control_path
from handoff.bot_client.scripted import ScriptedBot
from handoff.service.ports import BotReply, BotTurn, StorageUnavailable
from handoff.settings import read_settings
from tests.clients import Client
from tests.houses import House
from tests.integration.conftest import OpenHouse


async def come_back(house: House, *clients: Client) -> None:
    for client in clients:
        house.adopt(client)
        await client.connect()  # type: ignore[attr-defined]


async def test_everything_goes_on_where_it_was(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Before the restart")
    await customer.reads("Before the restart")

    await house.restart()
    await come_back(house, customer, agent)

    assert customer.handoff["agent"]["id"] == agent.id
    [own] = agent.snapshot["conversations"]
    assert own["conversation"]["id"] == conversation_id
    await agent.say(conversation_id, "After the restart")
    await customer.reads("After the restart")
    assert customer.gaps() == []
    assert len(customer.of_type("agent_joined")) == 1


async def test_open_offer_starts_again_in_full(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    await house.restart(down=timedelta(seconds=60))
    await come_back(house, agent, customer)

    [again] = agent.snapshot["offers"]
    assert again["offer_id"] == offer["offer_id"]
    assert again["expires_at"] > offer["expires_at"]
    await agent.accept(again)
    assert (await customer.sees("agent_joined"))["agent"]["id"] == agent.id


async def test_offer_whose_agent_does_not_come_back_goes_to_another(house: House) -> None:
    await house.restart(agent_lost_offer_s="0.3")
    first, second = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    await first.offered()

    await house.restart()
    await come_back(house, second, customer)
    await second.be("online")

    await second.take(customer.conversation_id)
    await customer.sees("agent_joined")


async def test_promise_missed_while_the_server_was_down_is_broken_at_once(house: House) -> None:
    customer = await house.customer()
    await customer.want_person()
    promised = await customer.sees("handoff_promised")

    await house.restart(down=timedelta(hours=1))
    await come_back(house, customer)

    broken = await customer.sees("promise_broken")
    assert broken["answer_by"] == promised["answer_by"]
    assert broken["next_answer_by"] > broken["at"]
    assert customer.handoff["state"] in ("queued", "promised")


async def test_promise_not_yet_due_stands_unchanged(house: House) -> None:
    customer = await house.customer()
    await customer.want_person()
    promised = await customer.sees("handoff_promised")

    await house.restart(down=timedelta(seconds=30))
    await come_back(house, customer)

    assert customer.handoff["promise"]["answer_by"] == promised["answer_by"]
    assert customer.handoff["reference"] == customer.of_type("handoff_requested")[0]["reference"]


async def test_agent_who_does_not_come_back_loses_the_conversation_after_the_full_time(house: House) -> None:
    await house.restart(agent_lost_active_s="0.5", agent_lost_offer_s="0.2")
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    other = await house.agent("agent2")

    await house.restart(down=timedelta(hours=2))
    await come_back(house, customer, other)
    await other.be("online")  # on a busy machine they may have come back too late to be taken for there

    left = await customer.sees("agent_left")
    assert (left["reason"], left["agent"]["id"]) == ("lost", agent.id)
    await other.take(conversation_id)


async def types_of(house: House, conversation_id: str) -> list[str]:
    """All that the log has, as a supervisor sees it who comes for this."""
    supervisor = await house.agent("supervisor", presence="away")
    page = await supervisor.done("open", conversation_id=conversation_id, since=0)
    return [event["type"] for event in page["events"]]


async def test_agent_who_had_accepted_and_said_nothing_has_the_full_time_again(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    await house.restart(down=timedelta(hours=1))
    await come_back(house, customer, agent)

    assert customer.handoff["agent"]["id"] == agent.id
    house.clock.move(seconds=61)
    await agent.sees(conversation_id, "ladder_stepped")
    assert customer.of_type("agent_left") == []
    house.clock.move(seconds=60)
    assert (await customer.sees("agent_left"))["reason"] == "silent"


async def test_agent_who_owed_an_answer_has_the_full_time_again(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    await customer.say("Where is it?")

    await house.restart(down=timedelta(hours=1))
    await come_back(house, customer, agent)

    house.clock.move(seconds=181)
    await agent.sees(conversation_id, "ladder_stepped")
    assert customer.of_type("agent_left") == []
    house.clock.move(seconds=420)
    assert (await customer.sees("agent_left"))["reason"] == "silent"


async def test_steps_of_waiting_that_fell_due_meanwhile_are_taken_at_once(open_house: OpenHouse) -> None:
    house = await open_house(capacity="1")
    _, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    waiting = await house.customer()
    await waiting.want_person()

    await house.restart(down=timedelta(seconds=250))
    await come_back(house, waiting)

    types = await types_of(house, waiting.conversation_id)
    assert types.count("ladder_stepped") == 2
    assert "supervisor_told" in types
    assert waiting.handoff["place"] == 1
    assert waiting.of_type("promise_broken") == []


async def test_named_moment_of_a_call_back_that_passed_meanwhile_is_owned_up_to_at_once(house: House) -> None:
    customer = await house.customer()
    four = (house.clock.now() + timedelta(hours=4)).isoformat().replace("+00:00", "Z")
    await customer.done("callback", client_id="call", contact={"phone": "+49 40 123456"}, at=four)

    await house.restart(down=timedelta(hours=5))
    await come_back(house, customer)

    broken = await customer.sees("promise_broken")
    assert broken["next_answer_by"] > broken["at"] > broken["answer_by"]


async def test_supervisor_is_asked_at_once_about_a_conversation_that_fell_silent(house: House) -> None:
    await house.restart(idle_review_s="3600")
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")

    await house.restart(down=timedelta(hours=2))
    await come_back(house, customer, agent)

    assert customer.handoff["agent"]["id"] == agent.id
    supervisor = await house.agent("supervisor", presence="away")
    await supervisor.alerted(conversation_id, "idle")


async def test_notice_to_supervisors_who_are_not_there_goes_out_at_once(house: House) -> None:
    await house.restart(notice_again_s="600", answer_by_s="86400")
    customer = await house.customer()
    await customer.want_person()
    await customer.sees("handoff_promised")

    await house.restart(down=timedelta(hours=1))

    assert (await types_of(house, customer.conversation_id)).count("notice_asked") == 2


# -- the clock is set while the server runs --


async def test_clock_set_forward_gives_people_their_time_again(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    house.clock.step(hours=1)

    await customer.sees("promise_broken")
    assert offer["offer_id"] not in agent.offers_ended
    await agent.accept(offer)
    assert (await customer.sees("agent_joined"))["agent"]["id"] == agent.id


async def test_clock_set_back_delays_no_deadline_and_moments_never_decrease(house: House) -> None:
    """An offer once stood until the clock had caught up: an hour and 20 s."""
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Before")
    await customer.reads("You said: Before")

    house.clock.step(hours=-1)

    await customer.want_person()
    offer = await agent.offered()
    house.clock.move(seconds=41)  # time goes on at half speed until the clock has caught up
    assert await agent.offer_ends(offer) == "timed_out"
    moments = [event["at"] for _, event in sorted(customer.events.items())]
    assert moments == sorted(moments)


async def test_clock_set_back_while_the_server_was_down_delays_no_deadline(house: House) -> None:
    customer = await house.customer()
    await customer.say("Before")
    await customer.reads("You said: Before")

    house.clock.step(hours=-1)
    await house.restart()
    await come_back(house, customer)

    agent = await house.agent()
    await customer.want_person()
    offer = await agent.offered()
    house.clock.move(seconds=41)
    assert await agent.offer_ends(offer) == "timed_out"
    moments = [event["at"] for _, event in sorted(customer.events.items())]
    assert moments == sorted(moments)


async def test_second_server_on_the_same_data_is_refused_and_harms_nothing(house: House) -> None:
    """On its way out it once took away the socket over which the command line reaches the first."""
    customer = await house.customer()
    second = Server(read_settings(house.environment), World(bot=ScriptedBot()))

    with pytest.raises(StorageUnavailable):
        await second.start()

    await second.close()
    assert control_path(house.data_dir).is_socket()
    await customer.say("Undisturbed")
    await customer.reads("You said: Undisturbed")


class StuckBot(ScriptedBot):
    """Never answers."""

    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        self.turns.append(turn)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def test_question_the_bot_had_not_answered_leads_to_a_person(open_house: OpenHouse) -> None:
    bot = StuckBot()
    house = await open_house(bot=bot)
    customer = await house.customer()
    await customer.say("Are you there?")
    await customer.until(lambda: customer.all_told("typing") or bot.turns, "the bot's turn")

    await house.restart(down=timedelta(seconds=30))
    await come_back(house, customer)

    assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"


async def test_places_in_the_queue_are_the_same_afterwards(open_house: OpenHouse) -> None:
    house = await open_house(accounts=None, capacity="1")
    agent = await house.agent()
    customers = [await house.customer() for _ in range(3)]
    for customer in customers:
        await customer.want_person()
    await agent.take(customers[0].conversation_id)

    await house.restart()
    await come_back(house, agent, *customers)

    for place, customer in ((1, customers[1]), (2, customers[2])):
        await customer.until(
            lambda customer=customer, place=place: customer.handoff["place"] == place, f"place {place}"
        )
    assert customers[0].handoff["state"] == "active"


async def test_wrap_up_ends_although_the_server_was_down(house: House) -> None:
    await house.restart(wrap_up_s="60")
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    await agent.do("resolve", conversation_id, outcome="done")

    await house.restart(down=timedelta(seconds=61))
    await come_back(house, agent, customer)

    team = {one["id"]: one["seats_taken"] for one in agent.snapshot["team"]}
    assert team[agent.id] == 0


async def test_retried_request_after_a_restart_gets_its_first_ack(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    request = {"client_id": "person", "note": "Please"}
    first = await customer.ask("request_human", request)
    offer = await agent.offered()
    accepted = await agent.accept(offer)

    await house.restart()
    await come_back(house, agent, customer)

    assert await customer.ask("request_human", request) == first
    again = await agent.ask("accept", {"offer_id": offer["offer_id"]})
    assert again == accepted
