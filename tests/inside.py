"""The service behind the gateway, with readers in the place of sockets: for tests and benches of what work costs."""

from __future__ import annotations

import asyncio

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.domain.events import Score
from handoff.domain.handoff import Outcome
from handoff.domain.people import Access, Presence
from handoff.domain.requests import NOTHING_SPECIAL, Reading
from handoff.service import wire
from handoff.service.access import CustomerSession
from handoff.service.agent_reader import AgentReader, CommonViews, Follows
from handoff.service.agents import Agents
from handoff.service.committer import Committed, Committer
from handoff.service.customer_reader import CustomerReader
from handoff.service.customers import Customers
from handoff.service.ports import Clock, Storage
from handoff.service.steady_clock import SteadyClock
from handoff.service.waits import Waits
from handoff.service.world import RandomIds, SystemClock
from tests.clients import new_client_id
from tests.factories import card, rules, start_conversation

AGENT = "ada"
_MANY = 1_000_000  # as many as anybody asks for


class _ReadsNothing:
    def read(self, _text: str) -> Reading:
        return NOTHING_SPECIAL

    def glance(self, _text: str) -> tuple[Reading, bool]:
        return NOTHING_SPECIAL, True


class Hearing:
    """Hears nothing special. `gone` as just after a start; `comes` ends that."""

    def __init__(self) -> None:
        self.at_work: _ReadsNothing | None = _ReadsNothing()
        self._there = asyncio.Event()
        self._there.set()

    def gone(self) -> None:
        self.at_work = None
        self._there.clear()

    def comes(self) -> None:
        self.at_work = _ReadsNothing()
        self._there.set()

    async def read(self, text: str) -> Reading:
        await self._there.wait()
        return _ReadsNothing().read(text)


class Inside:
    """A desk with one agent who takes everything; each customer and the agent have one reader.

    `told` counts the events that readers got. `storage` is opened and closed here.
    """

    def __init__(self, storage: Storage, clock: Clock | None = None) -> None:
        self.storage = storage
        self.clock = clock or SteadyClock(SystemClock())
        self.ids = RandomIds()
        desk = Desk(rules(capacity=_MANY, wrap_up_s=0))
        self.committer = Committer(desk, storage, self.clock, self.ids)
        self.waits = Waits(desk)
        self.agents = Agents(self.committer, storage, self.ids)
        self.hearing = Hearing()
        self.customers = Customers(
            self.committer,
            self.hearing,
            self.waits,
            self.clock,
            self.ids,
            message_burst=_MANY,
            messages_per_second=float(_MANY),
        )
        self.told = 0
        self._follows = Follows()
        self._agent = AgentReader(
            self.committer,
            storage,
            self.clock,
            self._follows,
            CommonViews(self.committer, storage),
            lambda: {"waiting": 0},
            AGENT,
        )
        self._readers: dict[str, CustomerReader] = {}
        self._news: dict[AgentReader | CustomerReader, None] = {}

    async def open(self) -> None:
        await self.storage.open()
        await self.committer.start()
        await self.committer.carry_out(
            c.AddAgent(card=card(AGENT), access=(Access.AGENT,), languages=(), teams=())
        )
        await self.committer.carry_out(c.ConnectAgent(agent_id=AGENT))
        await self.committer.carry_out(c.SetPresence(agent_id=AGENT, presence=Presence.ONLINE))
        await self._agent.snapshot()
        self.committer.listen(self.waits.listen)
        self.committer.listen(self._committed)

    async def close(self) -> None:
        await self.committer.close()
        await self.storage.close()

    # -- customers --

    async def begin(self) -> CustomerSession:
        """A customer in a conversation of their own, with a reader."""
        conversation_id, customer_id = self.ids.new("cv"), self.ids.new("cu")
        await self.committer.carry_out(start_conversation(conversation_id, customer_id=customer_id))
        reader = CustomerReader(self.committer, self.storage, self.waits, conversation_id, since=0)
        await reader.snapshot()
        self._readers[conversation_id] = reader
        return CustomerSession(token_digest=b"", conversation_id=conversation_id, customer_id=customer_id)

    async def to_agent(self, session: CustomerSession) -> None:
        """The customer asks for a person, and the agent takes it."""
        await self.customers.request_human(session, wire.RequestHuman(client_id=new_client_id()))
        await self.tell()
        handoff = self.committer.desk.conversation(session.conversation_id).handoff
        assert handoff is not None and handoff.offer is not None
        added = await self.agents.accept(AGENT, wire.Accept(offer_id=handoff.offer.offer_id))
        self._agent.joined(session.conversation_id, added["last_seq"])

    async def with_agent(self) -> CustomerSession:
        session = await self.begin()
        await self.to_agent(session)
        return session

    async def say(self, session: CustomerSession, text: str) -> None:
        await self.customers.message(session, wire.Message(client_id=new_client_id(), text=text))
        await self.tell()

    async def answer(self, session: CustomerSession, text: str) -> None:
        await self.agents.message(
            AGENT,
            wire.AgentMessage(conversation_id=session.conversation_id, client_id=new_client_id(), text=text),
        )
        await self.tell()

    async def bot_answers(self, session: CustomerSession, text: str) -> None:
        """The oldest message that waits for the bot gets this answer."""
        of_seq = self.committer.desk.conversation(session.conversation_id).bot.pending[0]
        await self.committer.carry_out(
            c.BotAnswered(
                conversation_id=session.conversation_id,
                new_handoff=c.NewHandoff(handoff_id=self.ids.new("ho"), reference=self.ids.reference()),
                of_seq=of_seq,
                messages=(c.BotMessage(text=text),),
                intent=Score(name="track_order", confidence=0.9),
                ranking=(),
                unsure=False,
                actions=(),
                failed_actions=(),
                did=(),
                slots="{}",
                model_id="m",
                milliseconds=4,
                wants=None,
            )
        )
        await self.tell()

    async def end(self, session: CustomerSession) -> None:
        """The agent answers and ends it; the customer goes."""
        await self.answer(session, "You are welcome")
        await self.agents.resolve(
            AGENT,
            wire.Resolve(
                conversation_id=session.conversation_id, client_id=new_client_id(), outcome=Outcome.DONE
            ),
        )
        await self.tell()

    # -- telling --

    def _committed(self, committed: Committed) -> None:
        for record in committed.events:
            reader = self._readers.get(record.conversation_id)
            if reader is not None:
                reader.feed(record)
                self._news[reader] = None
            for follower in self._follows.of(record.conversation_id):
                follower.feed(record)
                self._news[follower] = None
        if committed.queue_moved:
            self._agent.nudge()
            self._news[self._agent] = None

    async def tell(self) -> None:
        """Let every reader that has news tell them."""
        while self._news:
            reader, _ = self._news.popitem()
            async for name, _payload in reader.updates():
                self.told += name == "event"
