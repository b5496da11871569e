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
