"""SQLite: group commit, and what callers are told when the disk is full, read-only, busy, slow or gone.

The errors are SQLite's own, provoked on the connection that writes or by the kernel.
"""

# ruff: noqa: ASYNC240 - files of a few pages, in a test that does nothing else meanwhile

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from handoff.service.ports import StorageConflict, StorageUnavailable
from handoff.storage.sqlite import SqliteStorage, StorageInUse
from tests.contracts.storage.batches import ack, conversation_batch

CALLERS = 500


async def pragma(storage: SqliteStorage, name: str, *value: Any) -> Any:
    """Ask or set it on the connection that writes."""
    return await storage._writer.run(lambda connection: connection.pragma(name, *value))


async def on_commit(storage: SqliteStorage, hook: Any) -> None:
    """SQLite calls `hook` in each COMMIT, in the writer's thread; it rolls back if that returns true."""
    await storage._writer.run(lambda connection: connection.set_commit_hook(hook))


async def is_there(storage: SqliteStorage, conversation_id: str) -> bool:
    return bool(await storage.events(conversation_id)) or bool(await storage.conversations([conversation_id]))


@contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """What another process does that writes."""
    other = apsw.Connection(str(database))
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


# -- group commit --


async def test_commits_that_wait_together_share_a_transaction(sqlite: SqliteStorage) -> None:
    commits: list[bool] = []

    def hook() -> bool:
        commits.append(True)
        return False

    await on_commit(sqlite, hook)
    batches = [conversation_batch(f"c{number}", "Hello") for number in range(CALLERS)]
    await asyncio.gather(*(sqlite.commit(batch) for batch in batches))
    assert 1 <= len(commits) <= CALLERS // 20
    assert sqlite.transactions == len(commits)
    for batch in batches:
        assert await sqlite.events(batch.events[0].conversation_id) == batch.events
    assert await sqlite.integrity() == []


async def test_nobody_is_told_before_the_commit(sqlite: SqliteStorage) -> None:
    slow = SlowCommit()
    await on_commit(sqlite, slow)
    commit = asyncio.create_task(sqlite.commit(conversation_batch("c1", "Hello")))
    await slow.begun.wait()
    assert not commit.done()
    assert not await is_there(sqlite, "c1")
    slow.go_on()
    await commit
    assert await is_there(sqlite, "c1")


async def test_every_commit_is_flushed_to_the_disk(sqlite: SqliteStorage) -> None:
    assert await pragma(sqlite, "journal_mode") == "wal"
    assert await pragma(sqlite, "synchronous") == 2, "FULL: an fsync in each COMMIT"


async def test_a_group_is_written_in_the_order_of_its_calls(sqlite: SqliteStorage) -> None:
    batches = [conversation_batch("c1", f"I am {number}") for number in range(20)]
    results = await asyncio.gather(*(sqlite.commit(batch) for batch in batches), return_exceptions=True)
    assert results[0] is None
    assert all(isinstance(result, StorageConflict) for result in results[1:])
    assert await sqlite.events("c1") == batches[0].events


# -- when it cannot be written --


async def test_a_full_disk_refuses_what_does_not_fit_and_takes_the_rest(sqlite: SqliteStorage) -> None:
    pages = await pragma(sqlite, "page_count")
    await pragma(sqlite, "max_page_count", pages + 20)
    small = [conversation_batch(f"small-{number}", "Hello") for number in range(4)]
    huge = conversation_batch("huge", "x" * 400_000)
    batches = [*small[:2], huge, *small[2:]]
    results = await asyncio.gather(*(sqlite.commit(batch) for batch in batches), return_exceptions=True)
    refused = results.pop(2)
    assert results == [None] * 4
    assert isinstance(refused, StorageUnavailable)
    assert isinstance(refused.__cause__, apsw.FullError)
    assert "full" in str(refused)
    assert not await is_there(sqlite, "huge")
    for batch in small:
        assert await sqlite.events(batch.events[0].conversation_id) == batch.events
    await pragma(sqlite, "max_page_count", 1_000_000)
    await sqlite.commit(huge)
    assert await sqlite.events("huge") == huge.events
    assert await sqlite.integrity() == []


async def test_a_write_that_the_kernel_refuses_is_told_and_later_ones_succeed(
    sqlite: SqliteStorage, database: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log_bytes = database.with_name(f"{database.name}-wal").stat().st_size
    batch = conversation_batch("c1", "x" * 200_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log_bytes + 50_000, hard))
    try:
        with pytest.raises(StorageUnavailable) as refused:
            await sqlite.commit(batch)
        assert isinstance(refused.value.__cause__, apsw.IOError)
        assert not await is_there(sqlite, "c1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await sqlite.commit(batch)
    assert await sqlite.events("c1") == batch.events
    assert await sqlite.integrity() == []


async def test_a_read_only_disk_is_told_by_commit_and_check_until_it_can_be_written(
    sqlite: SqliteStorage,
) -> None:
    await pragma(sqlite, "query_only", 1)
    with pytest.raises(StorageUnavailable) as refused:
        await sqlite.commit(conversation_batch("c1", "Hello"))
    assert isinstance(refused.value.__cause__, apsw.ReadOnlyError)
    facts = await sqlite.check()
    assert facts["ok"] is False
    assert "readonly" in facts["error"]
    await pragma(sqlite, "query_only", 0)
    await sqlite.commit(conversation_batch("c1", "Hello"))
    assert (await sqlite.check())["ok"] is True


async def test_a_group_that_finds_the_file_locked_fails_as_one_and_succeeds_later(
    sqlite: SqliteStorage, database: Path
) -> None:
    await sqlite._writer.run(lambda connection: connection.set_busy_timeout(1))
    batches = [conversation_batch(f"c{number}", "Hello") for number in range(20)]
    with write_lock(database):
        results = await asyncio.gather(*(sqlite.commit(batch) for batch in batches), return_exceptions=True)
    for result in results:
        assert isinstance(result, StorageUnavailable)
        assert isinstance(result.__cause__, apsw.BusyError)
    assert (await sqlite.live_state()).latest_at is None
    await asyncio.gather(*(sqlite.commit(batch) for batch in batches))
    assert await is_there(sqlite, "c19")


async def test_a_write_waits_a_while_for_another_process(sqlite: SqliteStorage, database: Path) -> None:
    with write_lock(database):
        commit = asyncio.create_task(sqlite.commit(conversation_batch("c1", "Hello")))
        await asyncio.sleep(0)
    await commit
    assert await is_there(sqlite, "c1")


async def test_a_file_that_was_moved_away_is_not_written_to(sqlite: SqliteStorage, database: Path) -> None:
    """SQLite would go on writing to it, and every acknowledged message would be gone with the process."""
    elsewhere = database.with_name("moved.db")
    database.rename(elsewhere)
    with pytest.raises(StorageUnavailable, match="not the file any more"):
        await sqlite.commit(conversation_batch("c1", "Hello"))
    assert (await sqlite.check())["ok"] is False
    elsewhere.rename(database)
    await sqlite.commit(conversation_batch("c1", "Hello"))
    assert await is_there(sqlite, "c1")


# -- callers that go away, and disks that are slow --


class Patience:
    """Ends the timeouts of callers when the test says so, and not by the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._timeouts: list[asyncio.Timeout] = []
        self._make = asyncio.timeout
        monkeypatch.setattr(asyncio, "timeout", self._remembered)

    def _remembered(self, delay: float | None) -> asyncio.Timeout:
        timeout = self._make(delay)
        self._timeouts.append(timeout)
        return timeout

    def ends(self) -> None:
        """Of the caller that came last."""
        self._timeouts[-1].reschedule(0)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Patience:
    return Patience(monkeypatch)


async def test_who_was_told_so_was_not_written(
    sqlite: SqliteStorage, database: Path, patience: Patience
) -> None:
    with write_lock(database):
        commit = asyncio.create_task(sqlite.commit(conversation_batch("late", "Hello")))
        await asyncio.sleep(0)
        patience.ends()
        with pytest.raises(StorageUnavailable, match="no answer"):
            await commit
    await sqlite.commit(conversation_batch("next", "Hello"))
    assert await is_there(sqlite, "next")
    assert not await is_there(sqlite, "late")


class SlowCommit:
    """A COMMIT that takes until the test lets it go on, and then succeeds or does not."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._go_on = threading.Event()
        self._fails = False

    def __call__(self) -> bool:
        self._loop.call_soon_threadsafe(self.begun.set)
        self._go_on.wait(30)
        return self._fails

    def go_on(self, *, fails: bool = False) -> None:
        self._fails = fails
        self._go_on.set()


async def test_a_commit_under_way_is_waited_for_until_its_end_is_known(
    sqlite: SqliteStorage, patience: Patience
) -> None:
    """Callers were once told that it was not written, and it was: only a new start was safe then."""
    slow = SlowCommit()
    await on_commit(sqlite, slow)
    commit = await out_of_patience_in_commit(sqlite, slow, patience)
    slow.go_on()
    await commit
    assert await is_there(sqlite, "late")
    await sqlite.commit(conversation_batch("next", "Hello"))
    assert (await sqlite.check())["ok"] is True


async def test_a_commit_that_hangs_and_then_fails_is_told_as_failed_and_work_goes_on(
    sqlite: SqliteStorage, patience: Patience
) -> None:
    slow = SlowCommit()
    await on_commit(sqlite, slow)
    commit = await out_of_patience_in_commit(sqlite, slow, patience)
    slow.go_on(fails=True)
    with pytest.raises(StorageUnavailable):
        await commit
    await on_commit(sqlite, None)
    await sqlite.commit(conversation_batch("next", "Hello"))
    assert not await is_there(sqlite, "late")
    assert (await sqlite.check())["ok"] is True


async def out_of_patience_in_commit(
    storage: SqliteStorage, slow: SlowCommit, patience: Patience
) -> asyncio.Task[None]:
    """A caller whose time has passed while COMMIT is under way, and who still waits."""
    commit = asyncio.create_task(storage.commit(conversation_batch("late", "Hello")))
    await slow.begun.wait()
    patience.ends()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not commit.done()
    return commit


async def test_a_caller_that_left_before_its_turn_is_not_written(sqlite: SqliteStorage) -> None:
    busy = threading.Event()
    other = asyncio.create_task(sqlite._writer.run(lambda _connection: busy.wait(30)))
    commit = asyncio.create_task(sqlite.commit(conversation_batch("left", "Hello")))
    stays = asyncio.create_task(sqlite.commit(conversation_batch("stays", "Hello")))
    await asyncio.sleep(0)
    commit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await commit
    busy.set()
    await asyncio.gather(other, stays)
    assert await is_there(sqlite, "stays")
    assert not await is_there(sqlite, "left")


async def test_what_was_handed_over_is_written_at_closing(database: Path) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    commits = [
        asyncio.create_task(storage.commit(conversation_batch(f"c{number}", "Hello"))) for number in range(50)
    ]
    await asyncio.sleep(0)
    await storage.close()
    await asyncio.gather(*commits)
    again = SqliteStorage(database)
    await again.open()
    assert all([await is_there(again, f"c{number}") for number in range(50)])
    await again.close()


async def test_a_server_whose_disk_hangs_at_closing_keeps_others_out(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    slow = SlowCommit()
    await on_commit(storage, slow)
    commit = asyncio.create_task(storage.commit(conversation_batch("c1", "Hello")))
    await slow.begun.wait()
    monkeypatch.setattr("handoff.storage.sqlite.writer.TURN_TIMEOUT_S", 0.01)
    writer = storage._writer
    await storage.close()
    with pytest.raises(StorageInUse):
        await SqliteStorage(database).open()
    monkeypatch.undo()
    slow.go_on()
    await commit
    assert await writer.close()
    storage._lock.release()


async def test_a_defect_in_one_batch_does_not_stop_the_writer(sqlite: SqliteStorage) -> None:
    broken = conversation_batch("broken", "Hello")
    broken.acks.append(ack("client-1", answer={1, 2}))
    broken.events.append(None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        await sqlite.commit(broken)
    await sqlite.commit(conversation_batch("c1", "Hello"))
    assert not await is_there(sqlite, "broken")
