"""The client of Rasa where no Rasa is needed: defects of ours are failures of the bot like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from handoff.bot_client.breaker import FAILURES_MAX
from handoff.bot_client.rasa import RasaBot
from handoff.service.ports import BotTurn, BotUnavailable


async def test_defect_of_ours_leads_to_a_person_like_any_failure_and_is_counted() -> None:
    bot = RasaBot("http://127.0.0.1:9", "http://127.0.0.1:9", "key", late_answer_s=1)
    await bot.open()
    no_json = BotTurn(turn_id="t", sender_id="s", text="Hello", locale="en", slots={"x": object()})
    try:
        for expected in ["error"] * FAILURES_MAX + ["circuit_open"]:
            with pytest.raises(BotUnavailable) as refusal:
                await bot.turn(no_json, timeout_s=5)
            assert refusal.value.failure == expected
    finally:
        await bot.close()


@asynccontextmanager
async def played(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[RasaBot]:
    """The client before a Rasa that a test plays."""
    application = web.Application()
    application.router.add_post("/webhooks/byname/suggest", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    bot = RasaBot(f"http://{host}:{port}", "http://127.0.0.1:9", "key", late_answer_s=1)
    await bot.open()
    try:
        yield bot
    finally:
        await bot.close()
        await runner.cleanup()


ASKED = BotTurn(
    turn_id="sg", sender_id="s", text="Where is it?", locale="en", slots={"order_number": "10023"}
)


async def test_suggestion_is_asked_for_with_what_the_bot_knew() -> None:
    heard = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.json())
        suggestion = {"text": "It is on its way", "intent": "track_order"}
        return web.json_response({"v": 1, "turn_id": "sg", "suggestions": [suggestion]})

    async with played(answer) as bot:
        [one] = await bot.suggest(ASKED, timeout_s=5)
    assert (one.text, one.intent) == ("It is on its way", "track_order")
    assert heard[0]["slots"] == {"order_number": "10023"}


async def test_suggestion_that_does_not_come_is_given_up_and_leaves_the_turns_of_customers_alone() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        begun.set()
        await over.wait()
        return web.json_response({})

    async with played(hang) as bot:
        for _ in range(FAILURES_MAX + 1):
            with pytest.raises(BotUnavailable) as given_up:
                await bot.suggest(ASKED, timeout_s=0.05)
            assert given_up.value.failure == "timeout"
        assert begun.is_set()
        over.set()


@pytest.mark.parametrize(
    "said",
    [
        {"v": 1, "turn_id": "another", "suggestions": []},
        {"v": 2, "turn_id": "sg", "suggestions": []},
        {"v": 1, "turn_id": "sg", "suggestions": [{"text": 7, "intent": "track_order"}]},
        {"v": 1, "turn_id": "sg", "suggestions": [{"text": "x" * 4001, "intent": "track_order"}]},
        {"v": 1, "turn_id": "sg", "suggestions": [{"text": "x", "intent": "track_order"}] * 6},
        [],
    ],
)
async def test_suggestion_in_another_shape_is_none(said: object) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(said)

    async with played(answer) as bot:
        with pytest.raises(BotUnavailable) as refused:
            await bot.suggest(ASKED, timeout_s=5)
        assert refused.value.failure == "garbage"
