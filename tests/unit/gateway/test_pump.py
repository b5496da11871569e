"""How a socket is told: in order, on the spot where that is possible, and never more than its client takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handoff.domain.errors import Code, DomainError
from handoff.gateway.sockets import Pump
from handoff.service.inbox import Told
from handoff.service.ports import StorageUnavailable
from handoff.service.tasks import Tasks


class Book:
    """A reader whose news a test writes. What is `stored` takes storage, and what is `fed` does not."""

    def __init__(self) -> None:
        self.fed: list[str] = []
        self.stored: list[str] = []
        self.failure: Exception | None = None
        self.defect: Exception | None = None
        self.reads = 0

    async def snapshot(self) -> dict[str, Any]:
        await self._read()
        return {}

    def nudge(self) -> None:
        pass

    def at_hand(self) -> tuple[list[Told], bool]:
        if self.defect is not None:
            raise self.defect
        if self.stored:
            return [], False
        fed, self.fed = self.fed, []
        return [(name, {}) for name in fed], True

    async def updates(self) -> AsyncIterator[Told]:
        await self._read()
        while self.stored or self.fed:
            yield (self.stored or self.fed).pop(0), {}

    async def _read(self) -> None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure


class Line:
    """A connection that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.congested = False
        self.gone = False
        self.free = asyncio.Event()

    def tell(self, text: bytes) -> None:
        self.told.append(text.decode())

    async def drained(self) -> None:
        await self.free.wait()
        if self.gone:
            raise ConnectionResetError


class Scene:
    def __init__(self) -> None:
        self.book, self.line, self.tasks = Book(), Line(), Tasks()
        self.dropped = 0
        self.pump = Pump(
            "a socket", self.book, self.line, lambda name, _: name.encode(), self.tasks, self.drop
        )

    async def drop(self) -> None:
        """As a socket ends: the pump is told in the middle of it."""
        self.pump.end()
        await asyncio.sleep(0)
        self.dropped += 1

    async def at_rest(self) -> None:
        """After more turns of the event loop than anything here takes."""
        for _ in range(1_000):
            await asyncio.sleep(0)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_first_comes_the_snapshot_whatever_is_fed_meanwhile(scene: Scene) -> None:
    scene.pump.wake()
    scene.book.fed.append("one")
    scene.pump.wake()
    await scene.at_rest()

    assert scene.line.told == ["snapshot", "one"]


async def test_news_at_hand_is_told_on_the_spot(scene: Scene) -> None:
    scene.pump.wake()
    await scene.at_rest()
    scene.book.fed += ["one", "two"]
    reads = scene.book.reads

    scene.pump.wake()

    assert scene.line.told == ["snapshot", "one", "two"]
    assert scene.book.reads == reads
    assert not scene.pump.busy


async def test_news_that_must_be_read_is_told_before_later_news(scene: Scene) -> None:
    scene.pump.wake()
    await scene.at_rest()
    scene.book.stored.append("missed")
    scene.pump.wake()
    scene.book.fed.append("later")
    scene.pump.wake()
    await scene.at_rest()

    assert scene.line.told == ["snapshot", "missed", "later"]


async def test_client_that_takes_little_is_told_one_thing_at_a_time(scene: Scene) -> None:
    scene.pump.wake()
    await scene.at_rest()
    scene.line.congested = True
    for number in range(100):
        scene.book.fed.append(f"{number}")
        scene.pump.wake()
        scene.pump.tell("typing", {})
        for _ in range(5):
            await asyncio.sleep(0)

    assert scene.line.told == ["snapshot", "0"]
    scene.line.congested = False
    scene.line.free.set()
    await scene.at_rest()
    assert scene.line.told == ["snapshot", *(f"{number}" for number in range(100))]


async def test_client_that_goes_while_it_is_waited_for_is_told_nothing_more(scene: Scene) -> None:
    scene.pump.wake()
    await scene.at_rest()
    scene.line.congested = True
    scene.book.fed += ["one", "two"]
    scene.pump.wake()
    scene.line.gone = True
    scene.line.free.set()
    await scene.at_rest()
    scene.pump.wake()

    assert scene.line.told == ["snapshot", "one"]
    assert not scene.pump.busy


@pytest.mark.parametrize("failure", [StorageUnavailable("away"), DomainError(Code.UNAVAILABLE, "away")])
async def test_while_storage_is_away_the_next_nudge_tries_again(scene: Scene, failure: Exception) -> None:
    scene.book.failure = failure
    scene.pump.wake()
    await scene.at_rest()
    assert scene.line.told == []
    scene.book.failure = None
    scene.pump.wake(moved=True)
    await scene.at_rest()

    assert scene.line.told == ["snapshot"]
    assert scene.dropped == 0


async def test_socket_that_may_see_nothing_any_more_is_ended_wholly(scene: Scene) -> None:
    """The end of a socket ends its pump. It once cut off the very task that was ending the socket, half-way."""
    scene.book.failure = DomainError(Code.UNAUTHORIZED, "gone")
    scene.pump.wake()
    await scene.at_rest()
    scene.pump.wake()

    assert scene.dropped == 1
    assert not scene.pump.busy


async def test_a_defect_at_hand_ends_its_socket_and_not_whoever_brought_the_news(scene: Scene) -> None:
    scene.pump.wake()
    await scene.at_rest()
    scene.book.defect = KeyError("a defect")

    scene.pump.wake()
    scene.pump.wake()
    await scene.at_rest()

    assert scene.dropped == 1
    assert scene.line.told == ["snapshot"]


async def test_a_defect_while_reading_ends_its_socket(scene: Scene) -> None:
    scene.book.failure = KeyError("a defect")

    scene.pump.wake()
    await scene.at_rest()

    assert scene.dropped == 1
    assert scene.line.told == []


async def test_what_may_be_lost_never_comes_before_the_snapshot(scene: Scene) -> None:
    scene.pump.tell("typing", {})
    scene.pump.wake()
    await scene.at_rest()
    scene.pump.tell("typing", {})

    assert scene.line.told == ["snapshot", "typing"]
