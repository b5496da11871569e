"""A copy of the file while it is in use: whole, of one moment, and put in its place only when it is finished."""

from __future__ import annotations

import os
import time
from pathlib import Path

import apsw

from handoff.service.ports import StorageUnavailable
from handoff.storage.sqlite.connections import open_reader

BACKUP_TIMEOUT_S = 3_600.0
PAGES_AT_ONCE = 10_000  # 40 MB, then a look at the clock


def back_up(source_path: Path, target_path: Path) -> None:
    """Writers go on meanwhile: what they commit after the start is not in the copy.

    The copy is one file with no log beside it. A file of that name is replaced, at once and as a whole. Raises
    `apsw.Error`, `OSError`, or `StorageUnavailable` for a copy that takes too long or does not pass SQLite's check.
    """
    target_path = target_path.absolute()
    partial = target_path.with_name(f".{target_path.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _copy(source_path, partial)
        _flush(partial)
        os.replace(partial, target_path)
    finally:
        partial.unlink(missing_ok=True)
    _flush(target_path.parent)


def _copy(source_path: Path, target_path: Path) -> None:
    source = open_reader(source_path)
    target = apsw.Connection(str(target_path))
    give_up_at = time.monotonic() + BACKUP_TIMEOUT_S
    try:
        source.execute(
            "BEGIN; SELECT count(*) FROM sqlite_schema"
        )  # one view: else each commit starts it anew
        with target.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(PAGES_AT_ONCE)
                if time.monotonic() > give_up_at:
                    raise StorageUnavailable(f"the copy was not finished within {BACKUP_TIMEOUT_S:g} s")
        target.execute("PRAGMA journal_mode = DELETE")
        found = target.execute("PRAGMA quick_check").get
        if found != "ok":
            raise StorageUnavailable(f"the copy is damaged: {found}")
    finally:
        target.close()
        source.close()


def _flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
