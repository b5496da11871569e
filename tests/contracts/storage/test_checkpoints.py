"""SQLite: the log is copied into the data file beside the commits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from handoff.service.ports import Batch
from handoff.storage.sqlite import SqliteStorage, checkpoints
from tests.contracts.storage.batches import ack

PAGES = 50
PAGE_BYTES = 4_096 + 24  # with its head in the log
COPIER = "storage-checkpoints"
PATIENCE_S = 10.0


@pytest.fixture
async def hasty(database: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqliteStorage]:
    """Storage that copies its log every few commits."""
    monkeypatch.setattr(checkpoints, "PAGES_BEFORE_CHECKPOINT", PAGES)
    monkeypatch.setattr(checkpoints, "PAGES_MAX", 4 * PAGES)
    storage = SqliteStorage(database)
    await storage.open()
    yield storage
    await storage.close()


async def commit_some(storage: SqliteStorage, first: int, count: int = 100) -> None:
    """Each in a transaction of its own, of two pages or more."""
    for number in range(first, first + count):
        batch = Batch()
        batch.acks.append(ack(f"client-{number}", seq=number))
        await storage.commit(batch)


def log_bytes(database: Path) -> int:
    return database.with_name(database.name + "-wal").stat().st_size


async def test_no_commit_waits_for_the_copy(
    hasty: SqliteStorage, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checkpoints._checkpoint
    began, may_end = threading.Event(), threading.Event()

    def held(connection: apsw.Connection) -> None:
        if threading.current_thread().name == COPIER:
            began.set()
            may_end.wait()
        real(connection)

    monkeypatch.setattr(checkpoints, "_checkpoint", held)
    try:
        await commit_some(hasty, 0, PAGES)
        assert await asyncio.to_thread(began.wait, PATIENCE_S)
        await commit_some(hasty, PAGES, 10)
    finally:
        may_end.set()
    assert len(await hasty.acks([ack(f"client-{number}").key for number in range(PAGES + 10)])) == PAGES + 10


async def test_the_log_begins_anew_however_much_is_written(hasty: SqliteStorage, database: Path) -> None:
    largest = 0
    for first in range(0, 1_000, 100):
        await commit_some(hasty, first)
        largest = max(largest, log_bytes(database))
    assert largest < 6 * PAGES * PAGE_BYTES


async def test_a_copy_that_fails_is_told_and_costs_no_commit(
    hasty: SqliteStorage, database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = threading.Event()

    class Failing:
        def wal_checkpoint(self, *, mode: int) -> None:
            failed.set()
            raise apsw.IOError("disk I/O error")

    real = checkpoints._checkpoint

    def failing_beside(connection: apsw.Connection) -> None:
        beside = threading.current_thread().name == COPIER
        real(Failing() if beside else connection)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoints, "_checkpoint", failing_beside)
    await commit_some(hasty, 0, 1_000)
    assert failed.is_set()
    assert "could not be copied" in caplog.text
    assert log_bytes(database) < 6 * PAGES * PAGE_BYTES
    assert len(await hasty.acks([ack(f"client-{number}").key for number in range(1_000)])) == 1_000
