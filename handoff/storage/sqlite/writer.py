"""The one connection that writes, in a thread of its own: commits that wait together share one transaction.

A caller's future is resolved only after the COMMIT that its batch was in, so it is on disk. It must not decide anything
about what is written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import apsw

from handoff.service.ports import Batch, StorageUnavailable
from handoff.storage.sqlite.checkpoints import Checkpoints
from handoff.storage.sqlite.connections import open_writer, translation
from handoff.storage.sqlite.rows import LedgerMemory, write

_log = logging.getLogger(__name__)

TURN_TIMEOUT_S = 15.0  # several times what a write waits for another process: the one before it hangs
WAITING_COMMITS_MAX = (
    20_000  # what a server holds at most while the disk is slow; beyond, callers are told at once
)
GROUP_COMMITS_MAX = 1_000  # a longer transaction would make the first of it wait without a gain


class _State(Enum):
    """How far a commit is, and whether its caller still waits. Changed under the writer's lock only."""

    WAITING = auto()
    ABANDONED = auto()  # the caller has gone before it was written, so it must not be
    COMMITTING = auto()  # too late to leave: COMMIT is under way, and only its end tells what is on disk


@dataclass(slots=True, eq=False)
class _Job:
    """A batch, or work of another kind that needs the writing connection, and who waits for it."""

    work: Batch | Callable[[apsw.Connection], Any]
    done: asyncio.Future[Any]
    state: _State = _State.WAITING


_Settled = list[tuple[_Job, Any, Exception | None]]


class Writer:
    """Made and used from one event loop. `transactions` counts those that were committed."""

    def __init__(self, path: Path) -> None:
        self.transactions = 0
        self._path = path
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._turning_point = threading.Lock()  # between "the caller may still leave" and COMMIT
        self._loop = asyncio.get_running_loop()
        self._connection = open_writer(path)
        self._checkpoints = Checkpoints(path, self._connection)
        self._identity = _identity(path)
        self._ledger = LedgerMemory()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="storage-writer", daemon=True)

    def start(self, prepare: Callable[[apsw.Connection], None]) -> None:
        """`prepare` sees the connection before anything is written through it, in the caller's thread."""
        try:
            prepare(self._connection)
        except BaseException:
            self._checkpoints.close()
            self._connection.close()
            raise
        self._checkpoints.start()
        self._thread.start()

    async def close(self) -> bool:
        """Write what waits, then close. Later commits are refused. Returns False if the disk hangs, and it goes on."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, TURN_TIMEOUT_S)
        return not self._thread.is_alive()

    async def commit(self, batch: Batch) -> None:
        """Raises `StorageConflict` or `StorageUnavailable`; either way nothing of the batch is there.

        A COMMIT that hangs is waited for as long as it takes. Who cannot wait cancels, and knows nothing then.
        """
        await self._hand_over(batch)

    async def run[T](self, work: Callable[[apsw.Connection], T]) -> T:
        """`work` gets the writing connection between two transactions."""
        result: T = await self._hand_over(work)
        return result

    async def _hand_over(self, work: Batch | Callable[[apsw.Connection], Any]) -> Any:
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        if self._jobs.qsize() >= WAITING_COMMITS_MAX:
            raise StorageUnavailable("too many commits wait for the disk")
        job = _Job(work, self._loop.create_future())
        self._jobs.put(job)
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                return await asyncio.shield(job.done)
        except asyncio.CancelledError:
            self._leave(job)
            job.done.cancel()
            raise
        except TimeoutError as error:
            if self._leave(job):
                job.done.cancel()
                raise StorageUnavailable(f"the disk gave no answer within {TURN_TIMEOUT_S:g} s") from error
        return await job.done

    def _leave(self, job: _Job) -> bool:
        """The caller goes; whether that was in time, so that nothing will be written."""
        with self._turning_point:
            if job.state is _State.WAITING:
                job.state = _State.ABANDONED
            return job.state is _State.ABANDONED

    # -- in the writer's thread --

    def _work(self) -> None:
        closing = False
        while not closing:
            jobs, closing = self._waiting()
            settled: _Settled = []
            for group in _grouped(jobs):
                if isinstance(group, list):
                    settled += self._commit(group)
                else:
                    settled.append(self._run(group))
            self._resolve(settled)
            self._checkpoints.look()
        self._checkpoints.close()
        self._connection.close()

    def _waiting(self) -> tuple[list[_Job], bool]:
        """All jobs that wait, at least one; and whether the storage is being closed."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == GROUP_COMMITS_MAX:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True

    def _run(self, job: _Job) -> tuple[_Job, Any, Exception | None]:
        try:
            assert not isinstance(job.work, Batch)
            if job.state is _State.ABANDONED:
                return (job, None, None)
            self._require_file()
            result = job.work(self._connection)
            self._share_view()
            return (job, result, None)
        except Exception as error:
            self._roll_back()
            return (job, None, translation(error))

    def _commit(self, jobs: list[_Job]) -> _Settled:
        """Write all of them in one transaction; if that fails because of one of them, each in one of its own."""
        while jobs := [job for job in jobs if job.state is not _State.ABANDONED]:
            try:
                if self._transact(jobs):
                    return [(job, None, None) for job in jobs]
            except Exception as error:
                self._roll_back()
                self._not_written(jobs)
                if len(jobs) > 1 and _may_be_of_one(error):
                    return [settled for job in jobs for settled in self._commit([job])]
                return [(job, None, translation(error)) for job in jobs]
        return []

    def _transact(self, jobs: list[_Job]) -> bool:
        """Returns False, with nothing written, if a caller left before the COMMIT began."""
        self._require_file()
        self._connection.execute("BEGIN IMMEDIATE")
        for batch in _merged(jobs):
            write(self._connection, batch, self._ledger)
        with self._turning_point:
            everybody_waits = all(job.state is _State.WAITING for job in jobs)
            if everybody_waits:
                for job in jobs:
                    job.state = _State.COMMITTING
        if not everybody_waits:
            self._ledger.forget()
            self._connection.execute("ROLLBACK")
            return False
        self._connection.execute("COMMIT")
        self._ledger.keep()
        self.transactions += 1
        self._share_view()
        return True

    def _share_view(self) -> None:
        """Mark what was committed as readable, in the memory that all connections share, and from this thread.

        Else the next reader does it, and on a file system that does not answer that write holds up whoever makes
        it: the event loop, which reads too.
        """
        try:
            self._connection.execute("SELECT value FROM meta WHERE name = 'latest_at'").fetchall()
        except apsw.Error as error:  # what was committed is committed
            _log.warning("a read after a commit failed", exc_info=error)

    def _not_written(self, jobs: list[_Job]) -> None:
        self._ledger.forget()
        with self._turning_point:
            for job in jobs:
                if job.state is _State.COMMITTING:
                    job.state = _State.WAITING

    def _roll_back(self) -> None:
        """SQLite has done it already after some errors, and after others it has not."""
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except apsw.Error as error:
                _log.error("a rollback failed", exc_info=error)

    def _require_file(self) -> None:
        """SQLite goes on writing to a file that was moved or deleted, and all of it would be lost at the end."""
        if _identity(self._path) != self._identity:
            raise StorageUnavailable(f"{self._path} is not the file any more that this server opened")

    def _resolve(self, settled: _Settled) -> None:
        if settled:
            try:
                self._loop.call_soon_threadsafe(_tell, settled)
            except RuntimeError:
                _log.warning("the event loop ended before its commits did", extra={"commits": len(settled)})


def _tell(settled: _Settled) -> None:
    for job, result, error in settled:
        if job.done.done():
            continue
        if error is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(error)


def _grouped(jobs: Iterable[_Job]) -> Iterable[list[_Job] | _Job]:
    """Commits next to each other as lists; jobs of the other kind alone, in their order."""
    group: list[_Job] = []
    for job in jobs:
        if isinstance(job.work, Batch):
            group.append(job)
            continue
        if group:
            yield group
            group = []
        yield job
    if group:
        yield group


def _merged(jobs: list[_Job]) -> Iterable[Batch]:
    """The batches as few: one is closed by a batch that kills tokens, since later ones may bring new tokens."""
    if len(jobs) == 1:
        assert isinstance(jobs[0].work, Batch)
        yield jobs[0].work
        return
    merged = Batch()
    for job in jobs:
        assert isinstance(job.work, Batch)
        merged.add(job.work)
        if job.work.tokens_dead or job.work.tokens_dead_of:
            yield merged
            merged = Batch()
    if not merged.empty():
        yield merged


def _may_be_of_one(error: Exception) -> bool:
    """Whether it may be the fault, or the size, of a single batch: a fence, a full disk, or a defect in a row."""
    return isinstance(error, apsw.ConstraintError | apsw.FullError | apsw.TooBigError) or not isinstance(
        error, apsw.Error | StorageUnavailable
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
