"""Housekeeping: expired tokens go, and nothing comes back to life by that."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from handoff.domain.errors import DomainError
from handoff.service import housekeeping as module
from handoff.service.housekeeping import Housekeeping
from handoff.service.ports import Batch, StorageUnavailable
from handoff.service.tokens import Tokens, digest
from handoff.service.world import RandomIds
from handoff.simulation.loop import VirtualLoop
from handoff.storage.memory import MemoryStorage

LIFE = timedelta(days=90)


class World:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


class House:
    def __init__(self) -> None:
        self.world = World()
        self.storage = MemoryStorage()
        self.tokens = Tokens(self.storage, self.world, RandomIds())
        self.housekeeping = Housekeeping(self.storage, self.world, lambda: 0)

    async def token(self, replaces: str | None = None) -> str:
        before = None if replaces is None else digest(replaces)
        token, row = self.tokens.new("customer", "customer-1", "c1", LIFE, before)
        await self.tokens.write(Batch(tokens=[row]))
        return token

    async def is_good(self, token: str) -> bool:
        try:
            await self.tokens.use(token, "customer", LIFE)
        except DomainError:
            return False
        return True


async def test_a_token_goes_a_day_after_it_expired_and_not_before() -> None:
    house = House()
    token = await house.token()
    house.world.moment += LIFE + timedelta(days=1)
    assert await house.housekeeping.purge_tokens() == 0
    house.world.moment += timedelta(milliseconds=1)
    assert await house.housekeeping.purge_tokens() == 1
    assert await house.storage.token(digest(token)) is None


async def test_a_token_that_is_used_stays_as_long_as_it_is_used() -> None:
    house = House()
    token = await house.token()
    for _ in range(8):
        house.world.moment += timedelta(days=80)
        assert await house.is_good(token)
        assert await house.housekeeping.purge_tokens() == 0


async def test_a_replaced_token_does_not_come_back_to_life_when_its_successor_is_purged() -> None:
    house = House()
    old = await house.token()
    new = await house.token(replaces=old)
    assert await house.is_good(new)
    house.world.moment += timedelta(seconds=59)
    assert await house.is_good(old)
    house.world.moment += timedelta(seconds=2)
    assert not await house.is_good(old)
    for _ in range(100):
        house.world.moment += timedelta(days=1)
        await house.housekeeping.purge_tokens()
        assert not await house.is_good(old)
    assert await house.storage.token(digest(old)) is None


async def test_many_are_purged_in_small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOKENS_AT_ONCE", 3)
    house = House()
    for _ in range(10):
        await house.token()
    house.world.moment += 2 * LIFE
    assert await house.housekeeping.purge_tokens() == 10


async def test_it_begins_with_the_start_and_goes_on_after_storage_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.005)
    house = House()
    token = await house.token()
    house.world.moment += 2 * LIFE
    house.storage.available = False
    house.housekeeping.start()
    await asyncio.sleep(0)
    house.storage.available = True
    async with asyncio.timeout(10):
        while await house.storage.token(digest(token)) is not None:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.005)
    await house.housekeeping.close()


async def test_words_are_indexed_in_portions_and_again_after_storage_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "INDEX_EVERY_S", 0.001)
    asked: list[int] = []
    twice = asyncio.Event()

    class Indexing(MemoryStorage):
        async def index_words(self, limit: int) -> bool:
            asked.append(limit)
            if len(asked) == 1:
                raise StorageUnavailable("away")
            if len(asked) == 4:
                twice.set()
            return len(asked) > 3

    housekeeping = Housekeeping(Indexing(), World(), lambda: 0)
    housekeeping.start()
    async with asyncio.timeout(10):
        await twice.wait()
    await housekeeping.close()
    assert asked[:4] == [module.EVENTS_AT_ONCE] * 4


def test_the_index_is_made_slowly_while_people_are_at_work_and_fast_when_they_are_not() -> None:
    """Found with the bench: each portion is a transaction, and every fifth request for a person waited for one."""
    loop = VirtualLoop("housekeeping")
    moments: list[float] = []
    minute = module.INDEX_EVERY_S

    class Indexing(MemoryStorage):
        async def index_words(self, limit: int) -> bool:
            moments.append(loop.time())
            return loop.time() >= minute + 2

    def passes_done() -> int:
        """One every 5 ms, in the first second."""
        return int(min(loop.time(), minute + 1) / 0.005)

    async def work() -> None:
        housekeeping = Housekeeping(Indexing(), World(), passes_done)
        housekeeping.start()
        await asyncio.sleep(minute + 3)
        await housekeeping.close()

    loop.run_until_complete(work())

    at_work = [one for one in moments if one < minute + 1]
    at_rest = [one for one in moments if one >= minute + 1]
    assert 8 <= len(at_work) <= 10
    assert 90 <= len(at_rest) <= 101
