"""A bot that is slow, wrong or gone: every failure leads to a person, and none to silence.

Rasa's part is played by a small HTTP server of the test, so the real client with its timeouts and its circuit breaker
is what is tested.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from handoff.bot_client.rasa import RasaBot
from handoff.service.world import SystemClock
from tests.clients import Json
from tests.fake_rasa import KEY, Answer, FakeRasa, good
from tests.houses import House
from tests.integration.conftest import OpenHouse

SAMPLES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[1] / "contracts" / "bot_turn").glob("*.json"))
    if not path.name.endswith(".schema.json")
}


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    await fake.start()
    yield fake
    await fake.stop()


OpenWithRasa = Callable[..., Awaitable[House]]


@pytest.fixture
def open_with(open_house: OpenHouse, rasa: FakeRasa) -> OpenWithRasa:
    async def start(**settings: str) -> House:
        url = f"http://127.0.0.1:{rasa.port}"
        return await open_house(bot=RasaBot(url, url, KEY, SystemClock()), **settings)

    return start


async def test_turn_carries_what_the_bot_needs_and_its_answer_is_shown(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    async def answer(turn: Json) -> Json:
        buttons = [{"title": "Track it", "payload": "Where is my order?"}]
        return good(turn, messages=[{"text": "One", "buttons": buttons}, {"text": "Two", "buttons": []}])

    rasa.answer = answer
    house = await open_with()
    customer = await house.customer(locale="de-AT")
    await customer.say("Guten Tag")

    one = await customer.reads("One")
    await customer.reads("Two")
    assert one["buttons"] == [{"title": "Track it", "payload": "Where is my order?"}]
    await customer.say(one["buttons"][0]["payload"])
    await customer.until(lambda: customer.texts("bot").count("Two") == 2, "the second answer")
    first, second = rasa.turns
    assert (first["v"], first["text"], first["locale"], first["slots"]) == (1, "Guten Tag", "de-AT", None)
    assert second["text"] == "Where is my order?"
    assert first["sender_id"] == second["sender_id"]
    assert first["turn_id"] != second["turn_id"]


@pytest.mark.parametrize("name", SAMPLES)
async def test_every_sample_of_the_contract_is_understood(
    open_with: OpenWithRasa, rasa: FakeRasa, name: str
) -> None:
    sample = SAMPLES[name]

    async def answer(turn: Json) -> Json:
        return dict(sample["response"]) | {"turn_id": turn["turn_id"]}

    rasa.answer = answer
    house = await open_with()
    customer = await house.customer(locale=sample["request"]["locale"])
    await customer.say("A neutral sentence about nothing at all")

    response = sample["response"]
    if response["failed_actions"]:
        assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"
    else:
        for message in response["messages"]:
            await customer.reads(message["text"].strip())
        if response["handoff"] is not None:
            assert (await customer.sees("handoff_requested"))["reason"] == response["handoff"]["reason"]
        else:
            await customer.say("One more")
            await customer.until(lambda: len(rasa.turns) == 2, "the second turn")
            assert customer.of_type("handoff_requested") == []
    assert rasa.turns[0].keys() == sample["request"].keys()


async def late(turn: Json) -> Json:
    await asyncio.Event().wait()
    return good(turn)


async def broken(turn: Json) -> web.Response:
    return web.Response(status=500, text="boom")


async def unauthorized(turn: Json) -> web.Response:
    return web.Response(status=401)


async def html(turn: Json) -> web.Response:
    return web.Response(text="<html>not JSON</html>", content_type="text/html")


async def of_another_turn(turn: Json) -> Json:
    return good(turn) | {"turn_id": "another"}


async def without_fields(turn: Json) -> Json:
    return {"v": 1, "turn_id": turn["turn_id"]}


async def of_version_2(turn: Json) -> Json:
    return good(turn) | {"v": 2}


async def huge(turn: Json) -> Json:
    return good(turn, messages=[{"text": "x" * 300_000, "buttons": []}])


async def with_control_characters(turn: Json) -> Json:
    return good(turn, messages=[{"text": "bell \x07", "buttons": []}])


async def empty(turn: Json) -> Json:
    return good(turn, messages=[])


async def with_blank_text(turn: Json) -> Json:
    return good(turn, messages=[{"text": "   ", "buttons": []}])


async def action_failed(turn: Json) -> Json:
    return good(turn, messages=[{"text": "Half an answer", "buttons": []}], failed_actions=["action_track"])


async def hang_up(turn: Json) -> web.StreamResponse:
    raise web.HTTPInternalServerError(headers={"Connection": "close"})


FAILURES = [
    *(late, broken, unauthorized, html, of_another_turn, without_fields, of_version_2, huge),
    *(with_control_characters, empty, with_blank_text, action_failed, hang_up),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: one.__name__)
async def test_failure_of_the_bot_leads_to_a_person(
    open_with: OpenWithRasa, rasa: FakeRasa, failure: Answer
) -> None:
    rasa.answer = failure
    house = await open_with(bot_turn_timeout_s="0.3")
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Where is my order 10023?")

    offer = await agent.offered(customer.conversation_id)
    assert offer["reason"] == "bot_unavailable"
    assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"
    assert [text for text in customer.texts("bot") if "AI assistant" not in text] == []
    assert len(rasa.turns) == 1
    await agent.accept(offer)


async def test_bot_that_refuses_connections_leads_to_a_person_within_a_second(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    house = await open_with()
    await rasa.stop()
    customer = await house.customer()

    await customer.say("Is anybody there?")
    await customer.until(lambda: customer.of_type("handoff_requested"), "a person", patience_s=3)

    assert customer.of_type("handoff_requested")[0]["reason"] == "bot_unavailable"


async def test_bot_recovers_and_goes_on_under_a_fresh_sender_with_its_slots(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    house = await open_with(bot_turn_timeout_s="1.5")
    customer = await house.customer()
    await customer.say("First")
    await customer.reads("From Rasa: First")
    rasa.answer = late
    await customer.say("Second")
    await customer.sees("handoff_requested")
    rasa.answer = rasa._good
    await customer.done("withdraw", client_id="w")

    await customer.say("Third")
    await customer.reads("From Rasa: Third")
    first, _, third = rasa.turns
    assert third["sender_id"] != first["sender_id"]
    assert third["slots"] == {"order_number": "10023"}


async def test_answer_that_comes_after_a_person_was_asked_for_is_hidden_but_what_it_did_is_shown(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(turn: Json) -> Json:
        asked.set()
        await may_answer.wait()
        return good(turn, "Too late", did=[{"kind": "order_cancelled", "text": "Order 10034 was cancelled"}])

    rasa.answer = slow
    house = await open_with()
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Please cancel my order")
    await asked.wait()
    await customer.want_person()
    conversation_id = await agent.take(customer.conversation_id)
    may_answer.set()

    hidden = await agent.sees(conversation_id, "late_bot_answer")
    assert hidden["did"] == ["Order 10034 was cancelled"]
    assert "Too late" in str(hidden["texts"])
    await agent.say(conversation_id, "I see that it was cancelled")
    await customer.reads("I see that")
    assert "Too late" not in str(customer.events)


async def test_what_a_failed_turn_had_done_is_shown_to_the_agent(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    async def half(turn: Json) -> Json:
        did = [{"kind": "order_cancelled", "text": "Order 10034 was cancelled"}]
        return good(turn, messages=[], did=did, failed_actions=["action_refund"])

    rasa.answer = half
    house = await open_with()
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Cancel and refund")

    offer = await agent.offered(customer.conversation_id)
    assert "Order 10034 was cancelled" in str(offer["transcript"])
    assert "Order 10034 was cancelled" not in str(customer.events)


async def test_two_unsure_answers_in_a_row_lead_to_a_person(open_with: OpenWithRasa, rasa: FakeRasa) -> None:
    async def unsure(turn: Json) -> Json:
        return good(turn, "I am not sure", unsure=True)

    rasa.answer = unsure
    house = await open_with()
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Blorb the flanges")
    await customer.reads("I am not sure: Blorb")
    await customer.say("And the gaskets too")

    assert (await agent.offered(customer.conversation_id))["reason"] == "bot_unsure"


@pytest.mark.parametrize("reason", ["intent", "action", "distress"])
async def test_bot_may_ask_for_a_person_itself(open_with: OpenWithRasa, rasa: FakeRasa, reason: str) -> None:
    async def wants(turn: Json) -> Json:
        return good(turn, messages=[], handoff={"reason": reason, "detail": ""})

    rasa.answer = wants
    house = await open_with()
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Something that only the bot understands")

    assert (await agent.offered(customer.conversation_id))["reason"] == reason


async def test_request_in_words_does_not_need_the_bot(open_with: OpenWithRasa, rasa: FakeRasa) -> None:
    house = await open_with()
    await rasa.stop()
    agent = await house.agent()
    for text, locale in (
        ("I want to speak to a human", "en"),
        ("Ich möchte mit einem Menschen sprechen", "de"),
    ):
        customer = await house.customer(locale=locale)
        await customer.say(text)
        assert (await agent.offered(customer.conversation_id))["reason"] == "asked"
    assert rasa.turns == []


async def test_readyz_says_degraded_while_the_bot_is_dead_and_ok_again_after(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    house = await open_with()

    async def ready() -> tuple[int, Json]:
        async with house.http.get(f"{house.origin}/readyz") as answer:
            return answer.status, await answer.json()

    status, body = await ready()
    assert (status, body["status"]) == (200, "ok")
    rasa.ready = False
    status, body = await ready()
    assert (status, body["status"], body["checks"]["bot"]["ok"]) == (200, "degraded", False)
    await rasa.stop()
    status, body = await ready()
    assert (status, body["status"], body["checks"]["actions"]["ok"]) == (200, "degraded", False)
    rasa.ready = True
    await rasa.start()
    assert (await ready())[1]["status"] == "ok"
