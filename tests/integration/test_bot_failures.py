"""A bot that is slow, wrong or gone: every failure leads to a person, and none to silence.

Rasa's part is played by a small HTTP server of the test, so the real client with its timeouts and its circuit breaker
is what is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from handoff.bot_client.rasa import RasaBot
from tests.clients import PATIENCE_S, Customer, Json
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
    async def start(url: str | None = None, **settings: str) -> House:
        url = url or f"http://127.0.0.1:{rasa.port}"
        late_answer_s = float(settings.get("bot_late_answer_s", "60"))
        return await open_house(bot=RasaBot(url, url, KEY, late_answer_s=late_answer_s), **settings)

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
            if (
                response["handoff"]["reason"] == "intent"
            ):  # what only the bot hears is asked about, and not twice
                await customer.reads("Would you rather talk to a person?")
                assert customer.of_type("handoff_requested") == []
                await customer.say("Another sentence about nothing at all")
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


async def redirect(turn: Json) -> web.Response:
    return web.Response(status=307, headers={"Location": "/webhooks/byname/turn"})


async def nothing(turn: Json) -> web.Response:
    return web.Response(status=204)


async def not_utf_8(turn: Json) -> web.Response:
    return web.Response(body=b'{"v": 1, "turn_id": "\xff"}', content_type="application/json")


async def infinitely_deep(turn: Json) -> web.Response:
    return web.Response(body=b'{"v": 1, "slots": ' + b"[" * 50_000, content_type="application/json")


async def compressed(turn: Json) -> web.Response:
    body = gzip.compress(json.dumps(good(turn)).encode())
    return web.Response(body=body, headers={"Content-Encoding": "gzip"}, content_type="application/json")


FAILURES = [
    *(late, broken, unauthorized, html, of_another_turn, without_fields, of_version_2, huge),
    *(with_control_characters, empty, with_blank_text, action_failed, hang_up),
    *(redirect, nothing, not_utf_8, infinitely_deep, compressed),
]
MESSAGE = {"text": "One of many", "buttons": []}
SCORE = {"name": "greet", "confidence": 0.9}
BABBLE: list[Json] = [
    {"messages": [MESSAGE] * 11},
    {"messages": "text"},
    {"messages": [["text"]]},
    {"messages": [{"text": None}]},
    {"messages": [{"text": "x" * 4_001}]},
    {"messages": [{"text": "Choose", "buttons": [{"title": "Bell", "payload": "\x07"}]}]},
    {"messages": [{"text": "Choose", "buttons": [{"title": " ", "payload": "No title"}]}]},
    {"intent": None},
    {"intent": {"name": "x" * 201, "confidence": 1}},
    {"intent": {"name": "bell\x07", "confidence": 1}},
    {"intent": {"name": "greet", "confidence": "high"}},
    {"intent": {"name": "greet", "confidence": 1e300}},
    {"intent": {"name": "greet", "confidence": float("inf")}},
    {"intent": {"name": "greet", "confidence": float("nan")}},
    {"ranking": [SCORE] * 501},
    {"unsure": "no"},
    {"actions": ["utter_greet"] * 101},
    {"actions": [7]},
    {"failed_actions": {}},
    {"slots": ["order_number"]},
    {"slots": {"order_number": "1" * 8_001}},
    {"model_id": 7},
    {"handoff": {"reason": "whim", "detail": ""}},
    {"did": [{"kind": "order_cancelled", "text": "\x07"}]},
    {"did": [{"kind": "order_cancelled", "text": "Order 10034 was cancelled"}] * 21},
    {"did": "Order 10034 was cancelled"},
    {"v": "1"},
    {"turn_id": None},
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


@pytest.mark.parametrize("babble", BABBLE, ids=lambda one: json.dumps(one)[:50])
async def test_bot_that_babbles_leads_to_a_person(
    open_with: OpenWithRasa, rasa: FakeRasa, babble: Json
) -> None:
    async def answer(turn: Json) -> Json:
        return good(turn) | babble

    rasa.answer = answer
    house = await open_with()
    customer = await house.customer()
    await customer.say("Where is my order 10023?")

    assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"
    assert [text for text in customer.texts("bot") if "AI assistant" not in text] == []
    await customer.done("withdraw", client_id="w")
    rasa.answer = rasa._good
    await customer.say("And now?")
    await customer.reads("From Rasa: And now?")


@pytest.mark.parametrize("ends", [False, True])
async def test_bot_that_answers_drop_by_drop_leads_to_a_person_in_time(
    open_with: OpenWithRasa, ends: bool
) -> None:
    """Every single read is quick; it is the whole that counts. What comes of it later is not listened to for ever."""
    may_end = asyncio.Event()
    gone = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not may_end.is_set():
                writer.write(b" ")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await may_end.wait()
        writer.close()
        gone.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        dripping = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        house = await open_with(dripping, bot_turn_timeout_s="0.3", bot_late_answer_s="0.3")
        customer = await house.customer()
        await customer.say("Where is my order 10023?")
        if ends:
            may_end.set()

        assert (await customer.sees("handoff_requested"))["reason"] == "bot_unavailable"
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()  # we hung up: the connection does not stay for ever


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_the_bot_does_each_message_is_answered_or_leads_to_a_person_in_one_turn(
    open_with: OpenWithRasa, rasa: FakeRasa, seed: int
) -> None:
    """No outage costs more than one turn, in whatever order they come; and the bot is never mute for good."""
    chance = random.Random(seed)
    house = await open_with(bot_turn_timeout_s="0.3")
    customer = await house.customer()
    answered = 0
    for number in range(25):
        rasa.answer = chance.choice(FAILURES) if chance.random() < 0.4 else rasa._good
        await circuit_lets_through(house, rasa)
        texts, requests = len(customer.texts("bot")), len(customer.of_type("handoff_requested"))
        await customer.say(f"Question number {number} of this kind")
        await something_comes(customer, texts, requests)
        if len(customer.of_type("handoff_requested")) > requests:
            assert customer.of_type("handoff_requested")[-1]["reason"] == "bot_unavailable"
            assert len(customer.texts("bot")) == texts
            await customer.done("withdraw", client_id=f"w{number}")
        else:
            answered += 1
    assert answered > 5

    rasa.answer = rasa._good
    await circuit_lets_through(house, rasa)
    await customer.say("Are you well again?")
    await customer.reads("From Rasa: Are you well again?")
    assert customer.gaps() == []


async def circuit_lets_through(house: House, rasa: FakeRasa) -> None:
    while (await house.server.bot.check())["circuit"] == "open":
        await rasa.checked()


async def something_comes(customer: Customer, texts: int, requests: int) -> None:
    await customer.until(
        lambda: len(customer.texts("bot")) > texts or len(customer.of_type("handoff_requested")) > requests,
        "an answer or a person",
    )


async def person_at_once(customer: Customer, *, within_s: float) -> Json:
    await customer.until(lambda: customer.of_type("handoff_requested"), "a person", patience_s=within_s)
    return customer.of_type("handoff_requested")[-1]


async def test_bot_that_refuses_connections_leads_to_a_person_within_a_second(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    house = await open_with()
    await rasa.stop()
    customer = await house.customer()

    await customer.say("Is anybody there?")
    assert (await person_at_once(customer, within_s=3))["reason"] == "bot_unavailable"


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


async def test_every_turn_brings_what_the_bot_knew_in_case_it_was_started_anew(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    """A bot that died and came back between two turns has forgotten everybody, and nobody was told of it."""
    house = await open_with()
    customer = await house.customer()
    await customer.say("First")
    await customer.reads("From Rasa: First")
    await rasa.stop()
    await rasa.start()
    await customer.say("Second")
    await customer.reads("From Rasa: Second")

    first, second = rasa.turns
    assert (first["slots"], second["slots"]) == (None, {"order_number": "10023"})


async def test_answer_that_comes_too_late_is_recorded_and_the_bot_goes_on(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    """The turn was given up, and the order is cancelled all the same: whoever takes over has to know."""
    may_answer = asyncio.Event()

    async def slow(turn: Json) -> Json:
        await may_answer.wait()
        return good(turn, "Too late", did=[{"kind": "order_cancelled", "text": "Order 10034 was cancelled"}])

    rasa.answer = slow
    house = await open_with(bot_turn_timeout_s="0.2")
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Please cancel my order")
    conversation_id = await agent.take(customer.conversation_id)
    assert agent.of_type(conversation_id, "bot_turn_failed")[0]["failure"] == "timeout"

    may_answer.set()

    hidden = await agent.sees(conversation_id, "late_bot_answer")
    assert (hidden["did"], hidden["of_seq"]) == (["Order 10034 was cancelled"], 3)
    assert "Too late" not in str(customer.events)
    rasa.answer = rasa._good
    await customer.done("withdraw", client_id="w")
    await customer.say("What else can you do?")
    await customer.reads("From Rasa: What else")
    await agent.until(lambda: agent.assignments_ended, "the end of the assignment")


async def test_after_three_failures_nobody_waits_for_the_bot_and_it_is_back_by_itself(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    """A bot that takes questions and never answers costs three customers some seconds, and the others nothing."""
    rasa.answer = late
    rasa.ready = False
    house = await open_with(bot_turn_timeout_s="3")
    first = [await house.customer() for _ in range(3)]
    for customer in first:
        await customer.say("Is anybody there?")
    for customer in first:
        await customer.sees("handoff_requested")
    asked = len(rasa.turns)

    others = [await house.customer() for _ in range(3)]
    for customer in others:
        await customer.say("Is anybody there?")
        await person_at_once(customer, within_s=2.5)
    assert len(rasa.turns) == asked
    rasa.answer = rasa._good
    rasa.ready = True
    await rasa.checked()

    customer = others[0]
    await customer.done("withdraw", client_id="w")
    await customer.say("And now?")
    await customer.reads("From Rasa: And now?")
    assert [customer.of_type("handoff_requested") for customer in first + others].count([]) == 0


async def test_bot_that_is_there_again_and_still_fails_costs_one_customer_at_a_time(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    rasa.answer = broken
    house = await open_with()
    for _ in range(3):
        customer = await house.customer()
        await customer.say("Is anybody there?")
        await customer.sees("handoff_requested")
    on_trial, may_end = asyncio.Event(), asyncio.Event()

    async def held(turn: Json) -> Json:
        on_trial.set()
        await may_end.wait()
        return good(turn)

    rasa.answer = held
    await rasa.checked()
    trial, other = await house.customer(), await house.customer()
    await trial.say("Try me")
    await on_trial.wait()
    await other.say("And me?")
    await other.sees("handoff_requested")
    assert len(rasa.turns) == 4

    may_end.set()
    await trial.reads("From Rasa: Try me")
    await other.done("withdraw", client_id="w")
    await other.say("Me too now")
    await other.reads("From Rasa: Me too now")


async def test_turn_that_a_killed_server_left_behind_leads_to_a_person_and_is_not_asked_twice(
    open_with: OpenWithRasa, rasa: FakeRasa
) -> None:
    """Nobody knows what came of it, so it may have cancelled an order already."""
    rasa.answer = late
    house = await open_with(bot_turn_timeout_s="60")
    customer = await house.customer()
    await customer.say("Please cancel my order")
    await customer.until(lambda: rasa.turns, "the first turn")
    rasa.answer = rasa._good

    await house.restart()
    again = house.adopt(Customer(house.origin, house.http, customer.session))
    await again.connect()
    await again.say("Are you there?")

    assert (await again.sees("handoff_requested"))["reason"] == "bot_unavailable"
    assert len(rasa.turns) == 1
    await again.done("withdraw", client_id="w")
    await again.say("And now?")
    await again.reads("From Rasa: And now?")


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


async def test_metrics_count_turns_by_what_came_of_them(open_with: OpenWithRasa, rasa: FakeRasa) -> None:
    house = await open_with()
    customer = await house.customer()
    for number in range(2):
        await customer.say(f"Question {number}")
        await customer.reads(f"From Rasa: Question {number}")
    rasa.answer = broken
    await customer.say("And now?")
    await customer.sees("handoff_requested")

    async with house.http.get(f"{house.origin}/metrics") as answer:
        text = await answer.text()

    assert 'byname_bot_turns_total{outcome="answered"} 2.0' in text
    assert 'byname_bot_turns_total{outcome="error"} 1.0' in text
