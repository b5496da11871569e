"""How connections to the file are opened, and how the driver's errors become the port's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from handoff.service.ports import StorageConflict, StorageUnavailable, StorageUnusable

WRITE_BUSY_MS = (
    2_000  # how long a write waits for another process to finish its own; clients wait 5 s for an ack
)
READ_BUSY_MS = (
    250  # in WAL, readers wait for nobody but a file being opened or closed; some run in the event loop
)

# 3.7.0 to 3.51.2 can lose committed writes when two connections write or checkpoint at the same instant.
SQLITE_VERSION_MIN = 3_051_003

LOG_BYTES_KEPT = 160 * 1024 * 1024  # a log that grew beyond, during a backup say, is cut back to this


def open_writer(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(WRITE_BUSY_MS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # a full /tmp is none of our business
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES_KEPT}")
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """Opened for writing, as a reader of WAL has to be able to; but it cannot write."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(READ_BUSY_MS)
    connection.execute("PRAGMA query_only = 1")
    return connection


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors, as the port's: with what SQLite said, and the error as the cause."""
    try:
        yield
    except apsw.Error as error:
        raise translation(error) from error


def translation(error: Exception) -> Exception:
    """The port's error for one of the driver's; any other error is a defect, and stays what it is."""
    if isinstance(error, apsw.ConstraintError):
        return _caused(StorageConflict(f"SQLite: {error}"), error)
    if isinstance(error, apsw.NotADBError):
        return _caused(StorageUnusable(f"SQLite: {error}"), error)
    if isinstance(error, apsw.Error):
        return _caused(StorageUnavailable(f"SQLite: {error}"), error)
    return error


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error
