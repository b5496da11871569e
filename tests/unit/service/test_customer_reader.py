"""What a customer's socket is told, whatever became of the nudges."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.service import customer_reader, inbox
from handoff.service.committer import Committed, Committer
from handoff.service.customer_reader import CustomerReader
from handoff.service.inbox import Told
from handoff.service.ports import Batch, Recorded
from handoff.service.waits import Waits
from handoff.service.world import RandomIds, SystemClock
from handoff.storage.memory import MemoryStorage
from tests.factories import rules, start_conversation


class CountedStorage(MemoryStorage):
    """Memory storage that counts what readers read, and whose commits a test can hold up."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()

    async def events(
        self, conversation_id: str, *, since: int = 0, limit: int | None = None, customer: bool = False
    ) -> list[Recorded]:
        self.reads += 1
        return await super().events(conversation_id, since=since, limit=limit, customer=customer)

    async def commit(self, batch: Batch) -> None:
        self.waiting.set()
        await self.gate.wait()
        await super().commit(batch)


class Scene:
    """One conversation and its reader, past the snapshot. A test decides which commits the reader is fed with."""

    def __init__(self) -> None:
        self.storage = CountedStorage()
        desk = Desk(rules())
        self.committer = Committer(desk, self.storage, SystemClock(), RandomIds())
        self.reader = CustomerReader(self.committer, self.storage, Waits(desk), "c1", 0)
        self.feeding = True
        self.committer.listen(self._committed)
        self._number = 0

    def _committed(self, committed: Committed) -> None:
        for record in committed.events if self.feeding else ():
            self.reader.feed(record)

    async def begin(self) -> None:
        await self.storage.open()
        await self.committer.start()
        await self.committer.carry_out(start_conversation("c1", customer_id="cu"))
        await self.reader.snapshot()
        self.reader.at_hand()
        self.storage.reads = 0

    async def say(self, *, fed: bool = True) -> None:
        self.feeding = fed
        self._number += 1
        text = f"number {self._number}"
        new = c.NewHandoff(handoff_id=f"h{self._number}", reference="R")
        await self.committer.carry_out(
            c.CustomerMessage(conversation_id="c1", text=text, client_id=text, new_handoff=new)
        )

    async def news(self) -> list[Told]:
        """What a pump would tell now."""
        told, complete = self.reader.at_hand()
        return told if complete else told + [one async for one in self.reader.updates()]


def texts(told: list[Told]) -> list[str]:
    return [payload["text"] for name, payload in told if name == "event" and payload["type"] == "message"]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.begin()
    yield scene
    scene.storage.gate.set()
    await scene.committer.close()


async def test_what_was_fed_is_told_without_a_read(scene: Scene) -> None:
    await scene.say()
    await scene.say()

    assert texts(await scene.news()) == ["number 1", "number 2"]
    assert await scene.news() == []
    assert scene.storage.reads == 0


async def test_gap_in_what_was_fed_is_filled_from_storage_at_once(scene: Scene) -> None:
    await scene.say(fed=False)
    await scene.say()

    assert texts(await scene.news()) == ["number 1", "number 2"]
    await scene.say()
    assert texts(await scene.news()) == ["number 3"]
    assert scene.storage.reads == 1


async def test_handoff_is_told_though_its_conversation_was_forgotten_among_the_idle(scene: Scene) -> None:
    await scene.committer.carry_out(
        c.RequestHandoff(
            conversation_id="c1", client_id="a", new_handoff=c.NewHandoff(handoff_id="h", reference="R")
        )
    )
    await scene.news()
    await scene.committer.carry_out(c.Withdraw(conversation_id="c1"))
    scene.committer.desk.drop_conversation("c1")

    told = await scene.news()

    assert [payload["state"] for name, payload in told if name == "handoff"] == ["withdrawn"]
    assert await scene.news() == []


async def test_nudge_that_was_lost_is_made_up_for_by_the_second_look(scene: Scene) -> None:
    await scene.say(fed=False)
    scene.reader.nudge()
    told = await scene.news()
    scene.reader.nudge()
    told += await scene.news()

    assert texts(told) == ["number 1"]
    scene.reader.nudge()
    assert await scene.news() == []


async def test_what_is_still_being_written_is_no_reason_to_read(scene: Scene) -> None:
    """On a busy server some pass is always under way; each look then cost a read for each socket."""
    scene.storage.gate.clear()
    scene.storage.waiting.clear()
    writing = asyncio.ensure_future(scene.say())
    await scene.storage.waiting.wait()
    scene.reader.nudge()
    assert await scene.news() == []
    scene.storage.gate.set()
    await writing

    assert texts(await scene.news()) == ["number 1"]
    scene.reader.nudge()
    assert await scene.news() == []
    assert scene.storage.reads == 0


async def test_more_than_the_inbox_holds_is_read_from_storage_in_pages(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "INBOX_EVENTS_MAX", 10)
    monkeypatch.setattr(customer_reader, "EVENTS_MAX", 7)
    for _ in range(40):
        await scene.say()
    told = await scene.news()
    for _ in range(2):
        scene.reader.nudge()
        told += await scene.news()

    assert texts(told) == [f"number {one}" for one in range(1, 41)]
