"""The Socket.IO server with both namespaces, and what runs beside them."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from engineio.payload import Payload

from handoff.gateway.agents import AgentNamespace
from handoff.gateway.customers import CustomerNamespace
from handoff.gateway.packets import Packet
from handoff.gateway.socketio_server import RoomlessManager, SocketServer
from handoff.service.bot_turns import BotTurns
from handoff.service.tasks import Tasks

FRAME_BYTES_MAX = 64 * 1024
# A closed laptop says no goodbye. With the library's 25 and 20 s its agent would be shown as there for 45 s.
PING_EVERY_S = 8
PING_ANSWER_S = 7
LOOK_AFTER_CONNECTIONS_EVERY_S = 0.5  # who falls silent is found out at most twice this later
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
        server = SocketServer(
            async_mode="aiohttp",
            client_manager=RoomlessManager(),
            async_handlers=False,
            cors_allowed_origins=allowed_origins,
            max_http_buffer_size=FRAME_BYTES_MAX,
            ping_interval=PING_EVERY_S,
            ping_timeout=PING_ANSWER_S,
            monitor_clients=False,  # `_look_after_connections` does
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

    def to_customers(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        self._customers.tell(conversation_id, name, payload)

    def to_agents(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        self._agents.tell(conversation_id, name, payload)

    async def start(self) -> None:
        self._tasks.start("heads of customers", self._customers.tell_heads())
        self._tasks.start("heads of agents", self._agents.tell_heads())
        self._tasks.start("lost nudges to customers", self._customers.poll())
        self._tasks.start("lost nudges to agents", self._agents.poll())
        self._tasks.start("connections", self._look_after_connections())
        self._tasks.start("true connections", self._agents.keep_connections_true())

    async def _look_after_connections(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AFTER_CONNECTIONS_EVERY_S)
            await self._server.eio.look_after_all()

    async def close(self) -> None:
        await self._tasks.close()
        await self._customers.tasks.close()
        await self._agents.tasks.close()
