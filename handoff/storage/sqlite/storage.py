"""Storage in one SQLite file: who reads and writes where, and what happens at opening and closing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from handoff.service.chain import rfc3339
from handoff.service.ports import (
    Account,
    Administered,
    AuditEntry,
    Batch,
    Found,
    LedgerRow,
    LiveState,
    Notice,
    NoticeFigures,
    PromisesOfQuarter,
    Recorded,
    RequestKey,
    StorageUnavailable,
    StorageUnusable,
    StoredAck,
    StoredConversation,
    Token,
    Totals,
)
from handoff.storage.sqlite.backup import back_up, flush, restore
from handoff.storage.sqlite.connections import SQLITE_VERSION_MIN, open_reader, translated
from handoff.storage.sqlite.desk_lock import DeskLock
from handoff.storage.sqlite.migrations import migrate, require_present
from handoff.storage.sqlite.reader import Reader
from handoff.storage.sqlite.words import bring_up_to_date
from handoff.storage.sqlite.writer import Writer

LONG_READ_TIMEOUT_S = 60.0  # the whole ledger of years; the event loop does not wait for it
EVENTS_AT_ONCE = 200  # read in the event loop: a millisecond; more of a log is read in a thread


@dataclass(frozen=True, slots=True)
class _Connected:
    """`near` is read in the event loop, where a thread would cost more than the read; `far` in a thread."""

    writer: Writer | None  # None: opened for reading only
    near: Reader
    far: Reader
    far_thread: ThreadPoolExecutor


class SqliteStorage:
    """The `Storage` port on SQLite. Used from the event loop in which it was opened.

    `path` is the file; it is made, with its directory, if it is not there. One process has it open at a time as the
    desk; any number may open it `read_only` beside that one, as the command line does.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path.absolute()
        self._read_only = read_only
        self._lock = DeskLock(self._path.with_name(self._path.name + ".lock"))
        self._connections: _Connected | None = None
        self._far_turn = asyncio.Lock()
        self._index_turn = asyncio.Lock()
        # Conversations that were written since the index of words was brought up to date; others too, from before
        # this process, until `_behind_is_known`.
        self._behind: dict[str, None] = {}
        self._behind_is_known = False
        self._schema_version = 0

    # -- opening and closing --

    async def open(self) -> None:
        """Raises `StorageInUse`, `SchemaTooNew`, `ForeignFile`, or another `StorageUnavailable`; may be tried again."""
        if apsw.SQLITE_VERSION_NUMBER < SQLITE_VERSION_MIN:
            raise StorageUnusable(f"{_ENGINE} can lose committed writes; 3.51.3 is needed.")
        try:
            with translated(), _told_of(self._path):
                if not self._read_only:
                    _make_file(self._path)
                    self._lock.take()
                elif not self._path.exists():
                    raise StorageUnavailable(f"There is no data at {self._path} yet.")
                self._connections = await self._connect()
        except BaseException:
            self._lock.release()
            raise

    async def _connect(self) -> _Connected:
        writer = None
        if not self._read_only:
            writer = Writer(self._path)
            writer.start(migrate)
        try:
            near, far = open_reader(self._path), open_reader(self._path)
            self._schema_version = require_present(near)
        except BaseException:
            if writer is not None:
                await writer.close()
            raise
        far_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage-reader")
        return _Connected(writer=writer, near=Reader(near), far=Reader(far), far_thread=far_thread)

    async def close(self) -> None:
        """What was handed over is still written. May be called again."""
        connections, self._connections = self._connections, None
        written = True
        if connections is not None:
            if connections.writer is not None:
                written = await connections.writer.close()
            await asyncio.to_thread(connections.far_thread.shutdown)
            connections.near.close()
            connections.far.close()
        if (
            written
        ):  # else the lock ends with the process: another server must not begin while this one writes
            self._lock.release()

    async def check(self) -> dict[str, Any]:
        """Writes a count of its own and reads it; opened for reading only, it reads."""
        started = time.perf_counter()
        try:
            written = 0 if self._read_only else await self._writer.run(_write_something)
            with translated():
                read = self._near.value("checks")
        except StorageUnavailable as error:
            return {"ok": False, "engine": _ENGINE, "error": str(error)}
        return {
            "ok": int(read or 0) >= written,
            "engine": _ENGINE,
            "schema": self._schema_version,
            "milliseconds": round((time.perf_counter() - started) * 1_000, 1),
        }

    @property
    def transactions(self) -> int:
        """How many were committed since opening: fewer than commits, when commits shared one."""
        return self._writer.transactions

    @property
    def _connected(self) -> _Connected:
        if self._connections is None:
            raise StorageUnavailable("the storage is closed")
        return self._connections

    @property
    def _writer(self) -> Writer:
        writer = self._connected.writer
        if writer is None:
            raise StorageUnavailable("the storage was opened for reading only")
        return writer

    @property
    def _near(self) -> Reader:
        return self._connected.near

    async def _far[T](self, read: Callable[[Reader], T]) -> T:
        """A long read, in the thread that reads, one at a time."""
        try:
            async with asyncio.timeout(LONG_READ_TIMEOUT_S), self._far_turn:
                connected = self._connected
                loop = asyncio.get_running_loop()
                try:
                    with translated():
                        return await loop.run_in_executor(connected.far_thread, read, connected.far)
                except asyncio.CancelledError:
                    connected.far.interrupt()
                    raise
        except TimeoutError as error:
            raise StorageUnavailable(f"a read took longer than {LONG_READ_TIMEOUT_S:g} s") from error

    # -- the port --

    async def commit(self, batch: Batch) -> None:
        if not batch.empty():
            await self._writer.commit(batch)
            for stored, _ in batch.conversations:
                self._behind[stored.conversation.conversation_id] = None

    async def purge_tokens(self, expired_before: datetime, limit: int) -> int:
        def purge(connection: apsw.Connection) -> int:
            connection.execute(
                "DELETE FROM tokens WHERE rowid IN (SELECT rowid FROM tokens WHERE expires_at < ? LIMIT ?)",
                (rfc3339(expired_before), limit),
            )
            return connection.changes()

        return await self._writer.run(purge)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        def keep(connection: apsw.Connection) -> bytes:
            connection.execute(
                "INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, fresh)
            )
            kept = connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).get
            return bytes(kept)

        return await self._writer.run(keep)

    async def live_state(self) -> LiveState:
        return await self._far(Reader.live_state)

    async def conversations(self, ids: Iterable[str]) -> list[StoredConversation]:
        with translated():
            return self._near.conversations(ids)

    async def conversation_ids(self, after: str, limit: int) -> list[str]:
        return await self._far(lambda reader: reader.conversation_ids(after, limit))

    async def acks(self, keys: Sequence[RequestKey]) -> list[StoredAck]:
        with translated():
            return self._near.acks(keys)

    async def events(
        self, conversation_id: str, *, since: int = 0, limit: int | None = None, customer: bool = False
    ) -> list[Recorded]:
        at_once = EVENTS_AT_ONCE if limit is None else min(limit, EVENTS_AT_ONCE)
        with translated():
            found = self._near.events(conversation_id, since, at_once, customer)
        if len(found) < EVENTS_AT_ONCE or at_once == limit:
            return found
        rest = None if limit is None else limit - at_once
        return found + await self._far(
            lambda reader: reader.events(conversation_id, found[-1].seq, rest, customer)
        )

    async def due(self, now: datetime, limit: int) -> tuple[list[str], list[str]]:
        with translated():
            return self._near.due(now, limit)

    async def earliest_deadline(self) -> datetime | None:
        with translated():
            return self._near.earliest_deadline()

    async def latest_conversation(self, site: str, customer_id: str) -> StoredConversation | None:
        with translated():
            return self._near.latest_conversation(site, customer_id)

    async def conversations_of(self, site: str, customer_id: str) -> list[StoredConversation]:
        with translated():
            return self._near.conversations_of(site, customer_id)

    async def index_words(self, limit: int) -> bool:
        async with self._index_turn:
            if not self._behind_is_known:
                self._behind = dict.fromkeys(await self._far(Reader.behind)) | self._behind
                self._behind_is_known = True
            some = list(self._behind)[-limit:]  # those that were written last are wanted first
            if not some:
                return True
            for one in some:  # first: what is written to them meanwhile puts them here again
                del self._behind[one]
            left = some
            try:
                left = await self._writer.run(lambda connection: bring_up_to_date(connection, some, limit))
            finally:
                self._behind |= dict.fromkeys(left)
            return not self._behind

    async def search(
        self, words: Sequence[str], *, agent_id: str | None, before: int | None, limit: int
    ) -> list[Found]:
        return await self._far(lambda reader: reader.search(words, agent_id, before, limit))

    async def ledger(self, *, live: bool = False) -> list[LedgerRow]:
        return await self._far(lambda reader: reader.ledger(live))

    async def requested_between(self, since: datetime, until: datetime, limit: int) -> list[LedgerRow]:
        return await self._far(lambda reader: reader.requested_between(since, until, limit))

    async def promises_since(self, since: datetime) -> list[PromisesOfQuarter]:
        with translated():
            return self._near.promises_since(since)

    async def administered(self) -> list[Administered]:
        with translated():
            return self._near.administered()

    async def audit(self, *, before: int | None, limit: int) -> list[AuditEntry]:
        with translated():
            return self._near.audit(before, limit)

    async def totals(self) -> Totals:
        with translated():
            return self._near.totals()

    async def notices_waiting(self, channel: str, limit: int) -> list[Notice]:
        with translated():
            return self._near.notices_waiting(channel, limit)

    async def notices(self, *, delivered: bool, limit: int) -> list[Notice]:
        return await self._far(lambda reader: reader.notices(delivered, limit))

    async def notice_figures(self) -> NoticeFigures:
        with translated():
            return self._near.notice_figures()

    async def account(self, email: str) -> Account | None:
        with translated():
            return self._near.account(email)

    async def account_of(self, agent_id: str) -> Account | None:
        with translated():
            return self._near.account_of(agent_id)

    async def token(self, digest: bytes) -> Token | None:
        with translated():
            return self._near.token(digest)

    async def successor(self, digest: bytes) -> Token | None:
        with translated():
            return self._near.successor(digest)

    # -- for the operator --

    async def backup(self, path: Path) -> None:
        """Copy everything committed so far into `path`, while the server goes on. Replaces a file of that name."""
        with translated(), _told_of(path):
            await asyncio.to_thread(back_up, self._path, path)

    async def restore_from(self, path: Path) -> None:
        """Put a backup in the place of the data, while nothing has it open. What was there is kept beside it.

        Raises `StorageInUse`, `ForeignFile`, `SchemaTooNew`, or another `StorageUnavailable`; then nothing has changed.
        """
        with translated(), _told_of(path):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.take()
            try:
                await asyncio.to_thread(restore, path, self._path)
            finally:
                self._lock.release()

    async def integrity(self) -> list[str]:
        """What is wrong with the file, in sentences; empty when nothing is. Reads all of it."""
        return await self._far(Reader.problems)


_ENGINE = f"SQLite {apsw.sqlite_lib_version()}"


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """The system's errors about a file, as the port's."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or path}: {error.strerror}") from error


def _make_file(path: Path) -> None:
    """An empty file that only its owner may read. SQLite gives the same modes to the files beside it."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flush(path.parent.parent)  # SQLite flushes the folder of its files, but not the name of that folder
    # Never opened when it is there: closing it would drop the locks that SQLite holds on it in this process.
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _write_something(connection: apsw.Connection) -> int:
    connection.execute(
        "INSERT INTO meta VALUES ('checks', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
    return int(connection.execute("SELECT value FROM meta WHERE name = 'checks'").get)
