"""Plays Rasa as far as models go, and a run that has passed: for tests and pictures of what is put in service."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

from aiohttp import web

TOKEN = "the token"  # of a Rasa that nobody reaches


class ModelHost:
    """Rasa, as far as models go. `refuses`: it answers a swap with this status."""

    def __init__(self) -> None:
        self.model = "first.tar.gz"
        self.loads: list[str] = []
        self.refuses: int | None = None
        self.held: asyncio.Event | None = None
        self.asked = asyncio.Event()
        self.starting = False
        self.looked_at = asyncio.Event()
        self.port = 0

    async def start(self) -> web.AppRunner:
        application = web.Application()
        application.add_routes(
            [
                web.get("/status", self._status),
                web.put("/model", self._put),
                web.post("/model/parse", self._parse),
            ]
        )
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner

    async def _status(self, request: web.Request) -> web.Response:
        assert request.query["token"] == TOKEN
        self.looked_at.set()
        if self.starting:
            return web.json_response({}, status=503)
        return web.json_response({"model_file": self.model, "model_id": "x"})

    async def _put(self, request: web.Request) -> web.Response:
        path = Path((await request.json())["model_file"])
        self.loads.append(path.name)
        self.asked.set()
        if self.held is not None:
            await self.held.wait()
        if self.refuses is not None:
            return web.json_response({}, status=self.refuses)
        self.model = path.name
        return web.Response(status=204)

    async def _parse(self, _request: web.Request) -> web.Response:
        return web.json_response({"intent_ranking": [{"name": "track_order", "confidence": 0.7}]})


def write_run(data_dir: Path, run_id: str, content: bytes, *, sha256: str | None = None, **facts: Any) -> str:
    """A run that has passed, with `content` for a model; `facts` are others of its state."""
    folder = data_dir / "trainer/runs" / run_id
    folder.mkdir(parents=True)
    (folder / "candidate.tar.gz").write_bytes(content)
    state = {
        "id": run_id,
        "status": "passed",
        "step": "compare",
        "done": [],
        "message": "",
        "by": {"id": "ag_x", "name": "X"},
        "at": "2026-01-01T00:00:00.000Z",
        "edits": 0,
        "sha256": sha256 or hashlib.sha256(content).hexdigest(),
    }
    (folder / "state.json").write_text(json.dumps(state | facts))
    return run_id
