"""The bare relay that we are measured against: python-socketio without storage, rules, or names.

A customer's message is acknowledged at once and passed to whoever joined the conversation. Run as `python -m
tests.bench.relay PORT`.
"""

from __future__ import annotations

import sys
from typing import Any

import socketio
from aiohttp import web


def application() -> web.Application:
    server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, cors_allowed_origins=None)

    @server.on("join", namespace="/relay")
    async def join(sid: str, conversation_id: str) -> dict[str, Any]:
        await server.enter_room(sid, conversation_id, namespace="/relay")
        return {"ok": True}

    @server.on("message", namespace="/relay")
    async def message(sid: str, asked: dict[str, Any]) -> dict[str, Any]:
        conversation_id = asked["conversation_id"]
        await server.emit("event", asked, room=conversation_id, skip_sid=sid, namespace="/relay")
        return {"ok": True}

    app = web.Application()
    server.attach(app)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
