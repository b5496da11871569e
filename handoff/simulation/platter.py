"""A platter of SQLite, in memory: the statements and rows of the real storage, without its thread and its file.

Some worlds have this one, the others `MemoryStorage`, which is faster. Both outlive every server of their world.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import apsw

from handoff.service.chain import rfc3339
from handoff.service.ports import Batch, Recorded, Storage
from handoff.storage.sqlite.connections import translated, translation
from handoff.storage.sqlite.migrations import migrate
from handoff.storage.sqlite.reader import Reader
from handoff.storage.sqlite.rows import LedgerMemory, write
from handoff.storage.sqlite.words import bring_up_to_date


class SqlitePlatter:
    def __init__(self) -> None:
        self._connection = apsw.Connection(":memory:")
        migrate(self._connection)
        self._reader = Reader(self._connection)
        self._ledger = LedgerMemory()

    def as_storage(self) -> Storage:
        return cast(Storage, self)  # every method of the port but those below is one of the reader's

    async def open(self) -> None:
        """A server that starts remembers nothing of the one before."""
        self._ledger = LedgerMemory()

    async def close(self) -> None:
        self._reader.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        read = getattr(self._reader, name)

        async def method(*args: Any, **kwargs: Any) -> Any:
            try:
                return read(*args, **kwargs)
            except apsw.Error as error:
                raise translation(error) from error

        setattr(self, name, method)  # found at once from now on
        return method

    async def events(
        self, conversation_id: str, *, since: int = 0, limit: int | None = None, customer: bool = False
    ) -> list[Recorded]:
        with translated():
            return self._reader.events(conversation_id, since, limit, customer)

    async def commit(self, batch: Batch) -> None:
        if batch.empty():
            return
        with translated():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                write(self._connection, batch, self._ledger)
                self._connection.execute("COMMIT")
            except BaseException:
                self._ledger.forget()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._ledger.keep()

    async def index_words(self, limit: int) -> bool:
        behind = self._reader.behind()
        with translated():
            left = bring_up_to_date(self._connection, behind[-limit:], limit) if behind else []
        return not left and len(behind) <= limit

    async def purge_tokens(self, expired_before: datetime, limit: int) -> int:
        self._connection.execute(
            "DELETE FROM tokens WHERE rowid IN (SELECT rowid FROM tokens WHERE expires_at < ? LIMIT ?)",
            (rfc3339(expired_before), limit),
        )
        return self._connection.changes()

    async def secret(self, name: str, fresh: bytes) -> bytes:
        self._connection.execute(
            "INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, fresh)
        )
        return bytes(self._connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).get)
