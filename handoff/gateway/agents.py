"""Namespace `/agent`: agents and supervisors."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from handoff.domain.errors import DomainError
from handoff.domain.rights import own_handoff
from handoff.gateway.namespaces import HEAD_EVERY_S, SOCKETS_AT_ONCE, Ack, Relay, RoleNamespace
from handoff.gateway.sockets import POLL_S, Pump
from handoff.service import wire
from handoff.service.access import Access
from handoff.service.administration import Administration
from handoff.service.agent_reader import AgentReader, CommonViews, Follows, offered_in
from handoff.service.agents import Agents
from handoff.service.committer import Committed, Committer
from handoff.service.limits import Rate
from handoff.service.past import Past
from handoff.service.ports import Clock, Recorded, Storage
from handoff.service.search import Search
from handoff.service.suggestions import Suggestions
from handoff.service.views import card_view

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgentSocket:
    sid: str
    agent_id: str
    token_digest: bytes
    reader: AgentReader
    pump: Pump


class AgentNamespace(RoleNamespace):
    def __init__(
        self,
        access: Access,
        agents: Agents,
        past: Past,
        search: Search,
        suggestions: Suggestions,
        committer: Committer,
        storage: Storage,
        clock: Clock,
        notices: Callable[[], Ack],
        administration: Administration,
        *,
        request_burst: int,
        requests_per_second: float,
    ) -> None:
        """`notices`: how it stands with those outside the console. The rates are of one agent, over all sockets."""
        super().__init__("/agent")
        self.relay: Relay | None = None
        self._notices = notices
        self._administration = administration
        self._access = access
        self._agents = agents
        self._suggestions = suggestions
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._rate = Rate(clock, burst=request_burst, per_second=requests_per_second)
        self._follows = Follows()
        self._common = CommonViews(committer, storage)
        self._sockets: dict[str, AgentSocket] = {}
        self._arriving: Counter[str] = Counter()
        self._by_reader: dict[AgentReader, AgentSocket] = {}
        self.handlers = {
            "set_presence": (wire.SetPresence, lambda s, asked: agents.set_presence(s.agent_id, asked)),
            "accept": (wire.Accept, self._accept),
            "decline": (wire.Decline, lambda s, asked: agents.decline(s.agent_id, asked)),
            "open": (wire.Open, lambda s, asked: agents.open(s.agent_id, asked)),
            "message": (wire.AgentMessage, lambda s, asked: agents.message(s.agent_id, asked)),
            "note": (wire.AgentMessage, lambda s, asked: agents.note(s.agent_id, asked)),
            "whisper": (wire.AgentMessage, lambda s, asked: agents.whisper(s.agent_id, asked)),
            "contacted": (wire.Contacted, lambda s, asked: agents.contacted(s.agent_id, asked)),
            "transfer": (wire.Transfer, lambda s, asked: agents.transfer(s.agent_id, asked)),
            "follow_up": (wire.FollowUp, lambda s, asked: agents.follow_up(s.agent_id, asked)),
            "hand_back": (wire.HandBack, lambda s, asked: agents.hand_back(s.agent_id, asked)),
            "resolve": (wire.Resolve, lambda s, asked: agents.resolve(s.agent_id, asked)),
            "take_back": (wire.TakeBack, lambda s, asked: agents.take_back(s.agent_id, asked)),
            "past": (wire.InConversation, lambda s, asked: past.conversations(s.agent_id, asked)),
            "open_past": (wire.OpenPast, lambda s, asked: past.open(s.agent_id, asked)),
            "search": (wire.Search, lambda s, asked: search.find(s.agent_id, asked)),
            "suggest": (wire.InConversation, self._suggest),
            "block": (wire.Block, lambda s, asked: agents.block(s.agent_id, asked)),
            "unblock": (wire.Unblock, lambda s, asked: agents.unblock(s.agent_id, asked)),
            "wrap_up_done": (wire.InConversation, lambda s, asked: agents.wrap_up_done(s.agent_id, asked)),
            "assign": (wire.Assign, lambda s, asked: agents.assign(s.agent_id, asked)),
            "acknowledge": (wire.Acknowledge, lambda s, asked: agents.acknowledge(s.agent_id, asked)),
            "watch": (wire.InConversation, self._watch),
            "unwatch": (wire.InConversation, self._unwatch),
            "read": (wire.AgentRead, self._read),
            "typing": (wire.InConversation, self._typing),
        }
        committer.foretell(self._foretold)
        committer.listen(self._committed)
        access.listen_for_ends(self.session_ended)
        administration.listen(self._tell_all_of_the_desk)

    # -- coming and going --

    async def on_connect(self, sid: str, auth: Any) -> None:
        try:
            asked = wire.parse(auth, wire.AgentAuth)
            with self.arrival() as arrival:
                signed_in = await self._access.agent(asked.token)
                agent_id = signed_in.agent.id
                await self._arrive(agent_id)
                arrival.check(signed_in.token_digest, agent_id)
        except DomainError as error:
            self.refuse(error)
            raise
        reader = AgentReader(
            self._committer,
            self._storage,
            self._clock,
            self._follows,
            self._common,
            self._notices,
            agent_id,
            self._administration,
        )
        pump = self.pump_for(sid, reader)
        socket = AgentSocket(
            sid=sid, agent_id=agent_id, token_digest=signed_in.token_digest, reader=reader, pump=pump
        )
        self._sockets[sid] = socket
        self._by_reader[reader] = socket
        pump.wake()

    async def on_disconnect(self, sid: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return
        socket.pump.end()
        socket.reader.close()
        del self._by_reader[socket.reader]
        if not self._is_here(socket.agent_id):
            try:
                await self._agents.lose(socket.agent_id)
            except DomainError as error:  # storage is away: `keep_connections_true` sees to it later
                _log.warning("a lost agent could not be recorded", extra={"code": error.code.value})

    async def _arrive(self, agent_id: str) -> None:
        """Records the connection. Until that is on disk the socket is in no list, and its agent not lost for that."""
        self._arriving[agent_id] += 1
        try:
            await self._agents.connect(agent_id)
        finally:
            self._arriving[agent_id] -= 1

    def _is_here(self, agent_id: str) -> bool:
        arriving = self._arriving[agent_id] > 0
        return arriving or any(socket.agent_id == agent_id for socket in self._sockets.values())

    async def keep_connections_true(self) -> None:
        """Nobody is shown as there whose sockets are gone, whatever went wrong when they went."""
        while True:
            await asyncio.sleep(POLL_S)
            await self.correct_connections()

    async def correct_connections(self) -> None:
        desk = self._committer.desk
        for agent_id in list(desk.agents):
            agent = desk.agent(agent_id)  # as it is now: each step of this pass waits for the disk
            try:
                here = self._is_here(agent.id)
                if agent.connected and not here:
                    await self._agents.lose(agent.id)
                elif not agent.connected and here and not agent.disabled:
                    await self._agents.connect(agent.id)
            except DomainError as error:
                _log.warning("a connection could not be recorded", extra={"code": error.code.value})

    def sockets_of(self, digest: bytes | None, subject: str | None) -> list[str]:
        return [
            socket.sid
            for socket in self._sockets.values()
            if socket.token_digest == digest or socket.agent_id == subject
        ]

    def socket(self, sid: str) -> AgentSocket | None:
        return self._sockets.get(sid)

    def take_rate(self, socket: AgentSocket, event: str) -> None:
        self._rate.take(socket.agent_id)

    # -- telling --

    def pumps(self) -> Iterable[Pump]:
        return (socket.pump for socket in self._sockets.values())

    def _foretold(self, events: Sequence[Recorded]) -> None:
        if self._sockets and offered_in(events):
            self.tasks.start("transcripts of offers", self._common.prepare(events))

    def _committed(self, committed: Committed) -> None:
        concerned: dict[AgentReader, None] = {}
        for record in committed.events:
            for reader in self._follows.of(record.conversation_id):
                reader.feed(record)
                concerned[reader] = None
        if committed.queue_moved:
            self._tell_all_of_the_desk()
        else:
            for reader in concerned:
                self._by_reader[reader].pump.wake()

    def _tell_all_of_the_desk(self) -> None:
        for socket in self._sockets.values():
            socket.pump.wake(moved=True)

    async def tell_heads(self) -> None:
        while True:
            await asyncio.sleep(HEAD_EVERY_S)
            await self.tell_heads_now()

    async def tell_heads_now(self) -> None:
        """The desk may be ahead of the disk: what it shows is told once it is written, or not at all."""
        for socket in list(self._sockets.values()):
            heads = socket.reader.heads()
            try:
                await self._committer.settled()
            except DomainError:
                return
            for some in batched(heads, SOCKETS_AT_ONCE):
                for head in some:
                    socket.pump.tell("head", head)
                await asyncio.sleep(0)

    def tell(self, conversation_id: str, name: str, payload: Ack) -> None:
        """What may be lost, to all who follow a conversation."""
        for reader in self._follows.of(conversation_id):
            socket = self._by_reader.get(reader)
            if socket is not None:
                socket.pump.tell(name, payload)

    # -- requests that concern this socket --

    async def _accept(self, socket: AgentSocket, asked: wire.Accept) -> Ack:
        """A repeated accept gets its old ack, and nothing more of what may be somebody else's by now."""
        added = await self._agents.accept(socket.agent_id, asked)
        conversation_id = added["conversation_id"]
        conversation = self._committer.desk.conversations.get(conversation_id)
        handoff = conversation.live_handoff if conversation is not None else None
        if handoff is not None and handoff.agent is not None and handoff.agent.id == socket.agent_id:
            socket.reader.accepted(conversation_id, added["last_seq"])
        return added

    async def _watch(self, socket: AgentSocket, asked: wire.InConversation) -> Ack:
        await self._agents.supervised(socket.agent_id, asked.conversation_id)
        await socket.reader.watch(asked.conversation_id)
        return {}

    async def _unwatch(self, socket: AgentSocket, asked: wire.InConversation) -> Ack:
        await self._agents.supervised(socket.agent_id, asked.conversation_id)
        socket.reader.unwatch(asked.conversation_id)
        return {}

    async def _suggest(self, socket: AgentSocket, asked: wire.InConversation) -> Ack:
        """What comes of it is told later, if anything does: this socket's next request does not wait for the bot."""
        suggestions = await self._suggestions.ask(socket.agent_id, asked.conversation_id)

        async def tell() -> None:
            view = await suggestions()
            if view is not None:
                socket.pump.tell("suggestions", view)

        self.tasks.start(f"suggestions for {socket.sid}", tell())
        return {}

    async def _read(self, socket: AgentSocket, asked: wire.AgentRead) -> Ack:
        agent = await self._agents.seen(socket.agent_id, asked.conversation_id)
        if self.relay is not None:
            actor = {"kind": "agent", "id": agent.id, "name": agent.card.name}
            self.relay.to_customers(asked.conversation_id, "seen", {"seq": asked.seq, "actor": actor})
        return {}

    async def _typing(self, socket: AgentSocket, asked: wire.InConversation) -> Ack:
        """Only the agent who has the conversation is seen typing by its customer."""
        agent = await self._agents.seen(socket.agent_id, asked.conversation_id)
        own_handoff(self._committer.desk, agent, asked.conversation_id)
        if self.relay is not None:
            actor = {"kind": "agent", **card_view(agent.card)}
            self.relay.to_customers(asked.conversation_id, "typing", {"actor": actor})
        return {}
