"""Plays Rasa for tests: a small HTTP server behind which a test decides what the bot answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.clients import Json

KEY = "the shared secret"
Answer = Callable[[Json], Awaitable[Any]]


def good(turn: Json, text: str = "From Rasa", **fields: Any) -> Json:
    return {
        "v": 1,
        "turn_id": turn["turn_id"],
        "language": "en",
        "messages": [{"text": f"{text}: {turn['text']}", "buttons": []}],
        "intent": {"name": "track_order", "confidence": 0.9},
        "ranking": [{"name": "track_order", "confidence": 0.9}],
        "unsure": False,
        "actions": ["utter_greet"],
        "failed_actions": [],
        "slots": {"order_number": "10023"},
        "model_id": "0123",
        "handoff": None,
        "did": [],
    } | fields


class FakeRasa:
    """Answers turns as a test says. `turns` are the requests it got."""

    def __init__(self) -> None:
        self.turns: list[Json] = []
        self.answer: Answer = self._good
        self.port = 0
        self.ready = True
        self._looked_at = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def _good(self, turn: Json) -> Any:
        return good(turn)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/webhooks/byname/turn", self._turn),
            web.get("/webhooks/byname/", self._check),
            web.get("/health", self._check),
        ]

    async def start(self) -> None:
        application = web.Application()
        application.add_routes(self.routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def checked(self) -> None:
        """Wait until somebody has looked whether it is there, after this moment."""
        self._looked_at.clear()
        await self._looked_at.wait()

    async def _check(self, _request: web.Request) -> web.Response:
        self._looked_at.set()
        return web.json_response({"status": "ok"}, status=200 if self.ready else 503)

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        turn = await request.json()
        self.turns.append(turn)
        answer = await self.answer(turn)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)
