"""A restart of the bot that is ours holds turns for a while; a crash, or a restart that takes too long, does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from handoff.app import control_path
from handoff.bot_client.rasa import RasaBot
from handoff.service.committer import Committed
from tests.clients import PATIENCE_S, Customer, Json
from tests.fake_rasa import KEY, FakeRasa, good
from tests.houses import House
from tests.integration.conftest import OpenHouse


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    await fake.start()
    yield fake
    await fake.stop()


async def told(house: House, restart: object) -> int:
    """Tell the server of a restart, as the supervisor does; the status of the answer."""
    connector = aiohttp.UnixConnector(str(control_path(house.data_dir)))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as session,
        session.post("/api/control/bot", json={"restart": restart}) as answer,
    ):
        return answer.status


@pytest.fixture
async def house(open_house: OpenHouse, rasa: FakeRasa) -> House:
    url = f"http://127.0.0.1:{rasa.port}"
    return await open_house(bot=RasaBot(url, url, KEY, late_answer_s=60))


async def says_and_is_held(house: House, customer: Customer, text: str) -> None:
    """Returns when the turn is held on disk."""
    held = asyncio.Event()

    def listen(committed: Committed) -> None:
        for event in committed.events:
            if (event.conversation_id, event.type) == (customer.conversation_id, "bot_turn_held"):
                held.set()

    house.server.committer.listen(listen)
    await customer.say(text)
    async with asyncio.timeout(PATIENCE_S):
        await held.wait()


async def test_turns_in_a_restart_of_ours_are_held_and_answered_when_it_is_over(
    house: House, rasa: FakeRasa
) -> None:
    customers = [await house.customer() for _ in range(3)]
    assert await told(house, "begins") == 200
    await rasa.stop()
    for customer in customers:
        await says_and_is_held(house, customer, "Where is my order?")
    await customers[0].say("And my invoice?")
    assert rasa.turns == []

    await rasa.start()
    assert await told(house, "ends") == 200

    for customer in customers:
        await customer.reads("From Rasa: Where is my order?")
    await customers[0].reads("From Rasa: And my invoice?")
    assert [one for customer in customers for one in customer.of_type("handoff_requested")] == []


async def test_turn_under_way_is_finished_before_the_bot_may_be_stopped(house: House, rasa: FakeRasa) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(turn: Json) -> Json:
        asked.set()
        await may_answer.wait()
        return good(turn)

    rasa.answer = slow
    customer, other = await house.customer(), await house.customer()
    await customer.say("First")
    await asked.wait()
    announced = asyncio.create_task(house.server.bot_turns.restart_begins())
    await asyncio.sleep(0)  # from its first step on, turns are held
    await says_and_is_held(house, other, "Second")
    assert not announced.done()

    may_answer.set()

    await announced
    await customer.reads("From Rasa: First")
    assert len(rasa.turns) == 1
    await told(house, "ends")
    await other.reads("From Rasa: Second")


async def test_restart_that_takes_too_long_leads_to_a_person_and_holds_nobody_any_more(
    house: House, rasa: FakeRasa
) -> None:
    customer, later = await house.customer(), await house.customer()
    await told(house, "begins")
    await rasa.stop()
    await says_and_is_held(house, customer, "Where is my order?")
    house.clock.move(seconds=14)
    assert customer.of_type("handoff_requested") == []
    house.clock.move(seconds=1.1)
    assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"
    await later.say("Where is mine?")
    await later.until(lambda: later.of_type("handoff_requested"), "a person", patience_s=4)

    await rasa.start()
    await told(house, "ends")
    for one in (customer, later):
        await one.done("withdraw", client_id="w")
        await one.say("And now?")
        await one.reads("From Rasa: And now?")
    assert [turn["text"] for turn in rasa.turns] == ["And now?"] * 2


async def test_crash_is_not_announced_and_leads_to_a_person_at_once(house: House, rasa: FakeRasa) -> None:
    await rasa.stop()
    customer = await house.customer()
    await customer.say("Where is my order?")

    await customer.until(lambda: customer.of_type("handoff_requested"), "a person", patience_s=4)


async def test_restart_that_fails_leads_to_a_person_as_soon_as_that_is_known(
    house: House, rasa: FakeRasa
) -> None:
    customer = await house.customer()
    await told(house, "begins")
    await rasa.stop()
    await says_and_is_held(house, customer, "Where is my order?")

    await told(house, "ends")

    await customer.until(lambda: customer.of_type("handoff_requested"), "a person", patience_s=4)


async def test_customer_who_is_held_and_asks_for_a_person_has_one_at_once(
    house: House, rasa: FakeRasa
) -> None:
    agent, customer = await house.agent(), await house.customer()
    await told(house, "begins")
    await says_and_is_held(house, customer, "Where is my order?")
    await customer.want_person()
    offer = await agent.offered(customer.conversation_id)
    assert "Where is my order?" in str(offer["transcript"])
    await customer.done("withdraw", client_id="w")
    await says_and_is_held(house, customer, "Never mind, what are your opening hours?")

    await told(house, "ends")

    await customer.reads("From Rasa: Never mind")
    assert [turn["text"] for turn in rasa.turns] == ["Never mind, what are your opening hours?"]


async def test_held_turn_outlives_the_server_and_is_answered_when_the_customer_writes_again(
    house: House, rasa: FakeRasa
) -> None:
    """It was never given to the bot, so nothing can happen twice."""
    customer = await house.customer()
    await told(house, "begins")
    await says_and_is_held(house, customer, "Where is my order?")

    await house.restart()
    again = house.adopt(Customer(house.origin, house.http, customer.session))
    await again.connect()
    await again.say("Hello?")

    await again.reads("From Rasa: Where is my order?")
    await again.reads("From Rasa: Hello?")


async def test_held_turn_of_a_server_that_was_down_leads_to_a_person_when_its_time_is_over(
    house: House, rasa: FakeRasa
) -> None:
    customer = await house.customer()
    await told(house, "begins")
    await says_and_is_held(house, customer, "Where is my order?")

    await house.restart(down=timedelta(seconds=16))
    again = house.adopt(Customer(house.origin, house.http, customer.session))
    await again.connect()

    assert (await again.sees("handoff_requested"))["reason"] == "bot_unavailable"


async def test_open_circuit_does_not_outlast_a_restart(house: House, rasa: FakeRasa) -> None:
    rasa.ready = False
    await rasa.stop()
    for _ in range(3):
        one = await house.customer()
        await one.say("Is anybody there?")
        await one.sees("handoff_requested")
    await told(house, "begins")
    customers = [await house.customer() for _ in range(3)]
    for customer in customers:
        await says_and_is_held(house, customer, "Where is my order?")

    await rasa.start()
    await told(house, "ends")

    for customer in customers:
        await customer.reads("From Rasa: Where is my order?")


@pytest.mark.parametrize("restart", ["starts", None, 7, [], {"restart": "begins"}])
async def test_anything_else_that_is_told_is_a_bad_request(house: House, restart: object) -> None:
    assert await told(house, restart) == 400
    customer = await house.customer()
    await customer.say("Hello")
    await customer.reads("From Rasa: Hello")
