"""What a message costs does not grow: not with its conversation, not with what has ended, not with what goes on.

Counted, not timed: instructions of our own code in every thread, steps of SQLite, pages written. The service is whole,
with readers in the place of sockets; the clock stands still, so that nothing is done now and then.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import apsw
import pytest

from handoff.service.access import CustomerSession
from handoff.storage.sqlite import SqliteStorage
from handoff.tooling.places import ROOT
from tests.factories import MONDAY_NOON
from tests.inside import Inside

OURS = str(ROOT / "handoff")
SAID = 7  # messages of which the cheapest counts: now and then a page is split, or random bytes are fetched
EVENTS_FEW, EVENTS_MANY = 20, 800
QUESTIONS_FEW, QUESTIONS_MANY = 40, 100
ENDED = 80
SERVED_BEFORE = 30
PAGES_MAX = (
    10  # one of each table and index that it touches, however large they are; a few share one at first
)
TOLERATED = (
    1.01  # the writer's thread may end what follows a commit a moment before or after the next is counted
)


class StoppedClock:
    def now(self) -> datetime:
        return MONDAY_NOON

    def monotonic(self) -> float:
        return 0.0


class Cost(NamedTuple):
    """Of one message: from the request to what the readers of both sides tell."""

    instructions: int
    sqlite_steps: int
    pages: int


class Instructions:
    """How many of our own code were carried out, in any thread."""

    def __init__(self) -> None:
        self.count = 0

    def _one(self, code: CodeType, _offset: int) -> object:
        if not code.co_filename.startswith(OURS):
            return sys.monitoring.DISABLE
        self.count += 1
        return None

    @contextmanager
    def counted(self) -> Iterator[None]:
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.PROFILER_ID, "cost of a message")
        try:
            monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.INSTRUCTION, self._one)
            monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.INSTRUCTION)
            yield
        finally:
            monitoring.set_events(monitoring.PROFILER_ID, 0)
            monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.INSTRUCTION, None)
            monitoring.free_tool_id(monitoring.PROFILER_ID)


class Desk:
    """A desk at work, and what one more message costs there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "byname.db"
        self.storage = SqliteStorage(self.path)
        self.inside = Inside(self.storage, StoppedClock())
        self.steps = 0

    async def open(self) -> None:
        await self.inside.open()
        connected = self.storage._connections
        assert connected is not None and connected.writer is not None
        self._writer = connected.writer._connection
        for connection in (connected.near._connection, self._writer):
            connection.set_progress_handler(self._step, 1)

    def _step(self) -> bool:
        self.steps += 1
        return False

    async def cost(self, say: Callable[[str], Awaitable[None]]) -> Cost:
        """The least that one of a few messages takes, each by itself."""
        found = []
        for number in range(SAID):
            text = f"Message {number} of those counted"
            found.append(await self.counted(lambda text=text: say(text)))  # type: ignore[misc]
        found = found[1:]  # what is looked up for the first time is remembered
        return Cost._make(min(values) for values in zip(*found, strict=True))

    async def counted(self, work: Callable[[], Awaitable[None]]) -> Cost:
        counting, steps, pages = Instructions(), self.steps, self._pages()
        with counting.counted():
            await work()
        return Cost(instructions=counting.count, sqlite_steps=self.steps - steps, pages=self._pages() - pages)

    async def of_both(self, session: CustomerSession) -> tuple[Cost, Cost]:
        """Of a customer's message, and of the agent's answer."""
        return (
            await self.cost(lambda text: self.inside.say(session, text)),
            await self.cost(lambda text: self.inside.answer(session, text)),
        )

    def _pages(self) -> int:
        """That were written so far."""
        written, _ = self._writer.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE)
        return written

    async def talk(self, session: CustomerSession, events: int) -> None:
        """Let customer and agent speak until the log has this many events."""
        desk = self.inside.committer.desk
        while (length := desk.conversation(session.conversation_id).last_seq) < events:
            if length % 2:
                await self.inside.say(session, f"And what about number {length}?")
            else:
                await self.inside.answer(session, f"Number {length} is on its way.")


@asynccontextmanager
async def desk_in(folder: Path) -> AsyncIterator[Desk]:
    desk = Desk(folder)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.inside.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as one:
        yield one


def assert_same(found: Sequence[Cost], expected: Sequence[Cost]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.instructions <= TOLERATED * other.instructions, (one, other)
        assert one.sqlite_steps == other.sqlite_steps, (one, other)
        assert one.pages <= PAGES_MAX, (one, other)


async def test_a_message_costs_the_same_however_long_its_conversation_is(desk: Desk) -> None:
    session = await desk.inside.with_agent()
    await desk.talk(session, EVENTS_FEW)
    short = await desk.of_both(session)

    await desk.talk(session, EVENTS_MANY)

    assert_same(await desk.of_both(session), short)


async def test_a_question_to_the_bot_costs_the_same_however_many_it_has_answered(desk: Desk) -> None:
    """What the desk remembers of them is limited, and full after the first few."""
    session = await desk.inside.begin()
    questions = itertools.count()

    async def ask(_text: str) -> None:
        number = next(questions)
        await desk.inside.say(session, f"Where is my parcel {number:06}?")
        await desk.inside.bot_answers(session, f"It is on its way to stop {number:06}.")

    for _ in range(QUESTIONS_FEW):
        await ask("")
    before = await desk.cost(ask)

    for _ in range(QUESTIONS_MANY):
        await ask("")

    assert_same([await desk.cost(ask)], [before])


async def test_a_message_costs_the_same_however_many_handoffs_have_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of others: some of them still at hand, others only in storage."""
    monkeypatch.setattr("handoff.service.committer.IDLE_CONVERSATIONS_KEPT_MAX", ENDED // 2)
    session = await desk.inside.with_agent()
    await desk.talk(session, EVENTS_FEW)
    none = await desk.of_both(session)

    for _ in range(ENDED):
        await desk.inside.end(await desk.inside.with_agent())

    assert len(desk.inside.committer.desk.conversations) < ENDED
    assert_same(await desk.of_both(session), none)


async def test_a_message_costs_the_same_however_often_its_customer_was_served_before(desk: Desk) -> None:
    session = await desk.inside.with_agent()
    await desk.talk(session, EVENTS_FEW)
    first = await desk.of_both(session)

    for _ in range(SERVED_BEFORE):
        await desk.inside.end(session)
        await desk.inside.to_agent(session)
    await desk.inside.say(session, "Hello again")
    await desk.inside.answer(session, "Hello")

    assert_same(await desk.of_both(session), first)


async def test_a_message_costs_the_same_however_many_others_talk(desk: Desk) -> None:
    """All of them with the same agent, on one socket."""
    session = await desk.inside.with_agent()
    await desk.talk(session, EVENTS_FEW)
    alone = await desk.of_both(session)

    others = [await desk.inside.with_agent() for _ in range(ENDED)]
    for other in others:
        await desk.inside.say(other, "Hello")

    assert_same(await desk.of_both(session), alone)


async def test_a_handoff_costs_the_same_however_many_conversations_its_agent_has(desk: Desk) -> None:
    async def serve(_text: str) -> None:
        await desk.inside.end(await desk.inside.with_agent())

    few = await desk.cost(serve)

    for _ in range(ENDED):
        await desk.inside.say(await desk.inside.with_agent(), "Hello")

    assert (await desk.cost(serve)).instructions <= TOLERATED * few.instructions


async def test_the_end_of_a_handoff_costs_the_same_however_long_its_transcript_is(desk: Desk) -> None:
    """Only the offer has to carry all of it."""

    async def cost_of_end(events: int) -> Cost:
        session = await desk.inside.with_agent()
        await desk.talk(session, events)
        return await desk.counted(lambda: desk.inside.end(session))

    await cost_of_end(EVENTS_FEW)  # what is looked up for the first time is remembered
    short, long = await cost_of_end(EVENTS_FEW), await cost_of_end(EVENTS_MANY)

    assert long.instructions <= TOLERATED * short.instructions
