"""Namespace `/customer`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import batched
from typing import Any

from handoff.domain.errors import DomainError
from handoff.gateway.namespaces import HEAD_EVERY_S, SOCKETS_AT_ONCE, Ack, Relay, RoleNamespace
from handoff.gateway.sockets import Pump
from handoff.service import wire
from handoff.service.access import Access, CustomerSession
from handoff.service.committer import Committed, Committer
from handoff.service.customer_reader import CustomerReader
from handoff.service.customers import Customers
from handoff.service.limits import Rate
from handoff.service.ports import Clock, Storage
from handoff.service.waits import Waits

REQUEST_BURST = 600  # of everything but messages, which have a rate of their own
REQUESTS_PER_SECOND = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomerSocket:
    sid: str
    session: CustomerSession
    reader: CustomerReader
    pump: Pump


class CustomerNamespace(RoleNamespace):
    def __init__(
        self,
        access: Access,
        customers: Customers,
        committer: Committer,
        storage: Storage,
        waits: Waits,
        clock: Clock,
    ) -> None:
        super().__init__("/customer")
        self.relay: Relay | None = None
        self._access = access
        self._customers = customers
        self._committer = committer
        self._storage = storage
        self._waits = waits
        self._rate = Rate(clock, burst=REQUEST_BURST, per_second=REQUESTS_PER_SECOND)
        self._sockets: dict[str, CustomerSocket] = {}
        self._of_conversation: dict[str, dict[CustomerSocket, None]] = {}
        self.handlers = {
            "message": (wire.Message, lambda s, asked: customers.message(s.session, asked)),
            "request_human": (wire.RequestHuman, lambda s, asked: customers.request_human(s.session, asked)),
            "withdraw": (wire.Withdraw, lambda s, asked: customers.withdraw(s.session, asked)),
            "callback": (wire.Callback, lambda s, asked: customers.callback(s.session, asked)),
            "feedback": (wire.Feedback, lambda s, asked: customers.feedback(s.session, asked)),
            "rate": (wire.Rate, lambda s, asked: customers.rate(s.session, asked)),
            "locale": (wire.Locale, lambda s, asked: customers.change_locale(s.session, asked)),
            "introduce": (wire.Introduce, lambda s, asked: customers.introduce(s.session, asked)),
            "sync": (wire.Sync, lambda s, asked: s.reader.sync(asked.since)),
            "read": (wire.Read, self._read),
            "typing": (wire.Typing, self._typing),
        }
        committer.listen(self._committed)
        access.listen_for_ends(self.session_ended)

    # -- coming and going --

    async def on_connect(self, sid: str, auth: Any) -> None:
        try:
            asked = wire.parse(auth, wire.CustomerAuth)
            with self.arrival() as arrival:
                session = await self._access.customer(asked.token)
                arrival.check(session.token_digest, session.customer_id)
        except DomainError as error:
            self.refuse(error)
            raise
        reader = CustomerReader(
            self._committer, self._storage, self._waits, session.conversation_id, asked.since
        )
        pump = self.pump_for(sid, reader)
        socket = CustomerSocket(sid=sid, session=session, reader=reader, pump=pump)
        self._sockets[sid] = socket
        self._of_conversation.setdefault(session.conversation_id, {})[socket] = None
        pump.wake()

    async def on_disconnect(self, sid: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return
        socket.pump.end()
        others = self._of_conversation[socket.session.conversation_id]
        others.pop(socket, None)
        if not others:
            del self._of_conversation[socket.session.conversation_id]

    def sockets_of(self, digest: bytes | None, subject: str | None) -> list[str]:
        return [
            socket.sid
            for socket in self._sockets.values()
            if socket.session.token_digest == digest or socket.session.customer_id == subject
        ]

    def socket(self, sid: str) -> CustomerSocket | None:
        return self._sockets.get(sid)

    def take_rate(self, socket: CustomerSocket, event: str) -> None:
        if event != "message":
            self._rate.take(socket.session.customer_id)

    def count_malformed(self, socket: CustomerSocket, event: str) -> None:
        if event == "message":
            self._customers.malformed_message(socket.session)

    # -- telling --

    def pumps(self) -> Iterable[Pump]:
        return (socket.pump for socket in self._sockets.values())

    def _committed(self, committed: Committed) -> None:
        concerned: dict[CustomerSocket, None] = {}
        for record in committed.events:
            for socket in self._of_conversation.get(record.conversation_id, ()):
                socket.reader.feed(record)
                concerned[socket] = None
        for socket in concerned:
            socket.pump.wake()
        if committed.queue_moved:
            for socket in self._sockets.values():
                if socket.reader.waits:
                    socket.pump.wake()

    async def tell_heads(self) -> None:
        """Every 20 s each client hears how far its log goes."""
        while True:
            await asyncio.sleep(HEAD_EVERY_S)
            await self.tell_heads_now()

    async def tell_heads_now(self) -> None:
        """The desk may be ahead of the disk: what it shows is told once it is written, or not at all."""
        for some in batched(list(self._sockets.values()), SOCKETS_AT_ONCE):
            heads = [(socket.pump, socket.reader.head()) for socket in some]
            try:
                await self._committer.settled()
            except DomainError:
                return
            for pump, last_seq in heads:
                if last_seq is not None:
                    pump.tell("head", {"last_seq": last_seq})
            await asyncio.sleep(0)

    def tell(self, conversation_id: str, name: str, payload: Ack) -> None:
        """What may be lost, to all sockets of a conversation."""
        for socket in self._of_conversation.get(conversation_id, ()):
            socket.pump.tell(name, payload)

    def bot_types(self, conversation_id: str) -> None:
        self.tell(conversation_id, "typing", {"actor": {"kind": "bot"}})

    # -- what may be lost --

    async def _read(self, socket: CustomerSocket, asked: wire.Read) -> Ack:
        if self.relay is not None:
            conversation_id = socket.session.conversation_id
            seen = {"conversation_id": conversation_id, "seq": asked.seq, "actor": {"kind": "customer"}}
            self.relay.to_agents(conversation_id, "seen", seen)
        return {}

    async def _typing(self, socket: CustomerSocket, _asked: wire.Typing) -> Ack:
        if self.relay is not None:
            conversation_id = socket.session.conversation_id
            typing = {"conversation_id": conversation_id, "actor": {"kind": "customer"}}
            self.relay.to_agents(conversation_id, "typing", typing)
        return {}
