"""The Socket.IO server with both namespaces, and what runs beside them."""

from __future__ import annotations

import asyncio
from typing import Any

import socketio
from aiohttp import web
from engineio.payload import Payload

from handoff.gateway.agents import AgentNamespace
from handoff.gateway.customers import CustomerNamespace
from handoff.gateway.manager import DirectManager
from handoff.gateway.packets import Packet
from handoff.service.bot_turns import BotTurns
from handoff.service.tasks import Tasks

FRAME_BYTES_MAX = 64 * 1024
# A closed laptop says no goodbye. With the library's 25 and 20 s its agent would be shown as there for 45 s.
PING_EVERY_S = 8
PING_ANSWER_S = 7
# The library looks at each connection once in PING_ANSWER_S, so that its agent would be shown as there for 22 s.
LOOK_FOR_SILENT_EVERY_S = 1.0
# A long-polling client sends what has gathered in one body. Above its own limit of 16 packets the library drops all of
# them without a word; a body is limited in bytes, and the smallest message takes about this many.
_MESSAGE_BYTES_MIN = 64


class Gateway:
    """Built around an aiohttp application; `start` and `close` bound its background work."""

    def __init__(
        self,
        application: web.Application,
        customers: CustomerNamespace,
        agents: AgentNamespace,
        bot_turns: BotTurns,
        *,
        allowed_origins: list[str] | None,
    ) -> None:
        """`allowed_origins`: None means the server's own origin, whatever name it was reached by."""
        self._customers = customers
        self._agents = agents
        self._tasks = Tasks()
        Payload.max_decode_packets = FRAME_BYTES_MAX // _MESSAGE_BYTES_MIN
        # async_handlers=False keeps one client's requests in order; handlers are short.
        server = socketio.AsyncServer(
            async_mode="aiohttp",
            client_manager=DirectManager(),
            async_handlers=False,
            cors_allowed_origins=allowed_origins,
            max_http_buffer_size=FRAME_BYTES_MAX,
            ping_interval=PING_EVERY_S,
            ping_timeout=PING_ANSWER_S,
            monitor_clients=False,  # `_end_silent` does
            serializer=Packet,
            logger=False,
            engineio_logger=False,
        )
        server.register_namespace(customers)
        server.register_namespace(agents)
        server.attach(application)
        customers.relay = self
        agents.relay = self
        self._server = server
        bot_turns.listen_for_typing(customers.bot_types)

    async def to_customers(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        await self._customers.tell(conversation_id, name, payload)

    async def to_agents(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        await self._agents.tell(conversation_id, name, payload)

    async def start(self) -> None:
        self._tasks.start("heads of customers", self._customers.tell_heads())
        self._tasks.start("heads of agents", self._agents.tell_heads())
        self._tasks.start("silent connections", self._end_silent())
        self._tasks.start("true connections", self._agents.keep_connections_true())

    async def _end_silent(self) -> None:
        """End connections that have not answered their ping, and forget those that have ended."""
        connections = self._server.eio.sockets
        while True:
            await asyncio.sleep(LOOK_FOR_SILENT_EVERY_S)
            for sid, connection in list(connections.items()):
                if connection.closed:
                    connections.pop(sid, None)
                elif not connection.closing:
                    await connection.check_ping_timeout()

    async def close(self) -> None:
        await self._tasks.close()
        await self._customers.tasks.close()
        await self._agents.tasks.close()
