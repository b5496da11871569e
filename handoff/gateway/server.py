"""The Socket.IO server with both namespaces, and what runs beside them."""

from __future__ import annotations

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
            serializer=Packet,
            logger=False,
            engineio_logger=False,
        )
        server.register_namespace(customers)
        server.register_namespace(agents)
        server.attach(application)
        customers.relay = self
        agents.relay = self
        bot_turns.listen_for_typing(customers.bot_types)

    async def to_customers(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        await self._customers.tell(conversation_id, name, payload)

    async def to_agents(self, conversation_id: str, name: str, payload: dict[str, Any]) -> None:
        await self._agents.tell(conversation_id, name, payload)

    async def start(self) -> None:
        self._tasks.start("heads of customers", self._customers.tell_heads())
        self._tasks.start("heads of agents", self._agents.tell_heads())
        self._tasks.start("true connections", self._agents.keep_connections_true())

    async def close(self) -> None:
        await self._tasks.close()
        await self._customers.tasks.close()
        await self._agents.tasks.close()
