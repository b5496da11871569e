"""Copies of the file: whole, of one moment, and put in their place only when they are finished; and the way back."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from handoff.service.ports import StorageUnavailable
from handoff.storage.sqlite.connections import open_reader, open_writer
from handoff.storage.sqlite.migrations import require_known, schema_version

BACKUP_TIMEOUT_S = 3_600.0
PAGES_AT_ONCE = 10_000  # 40 MB, then a look at the clock


def back_up(source_path: Path, target_path: Path) -> None:
    """Writers go on meanwhile: what they commit after the start is not in the copy.

    The copy is one file with no log beside it. A file of that name is replaced, at once and as a whole. Raises
    `apsw.Error`, `OSError`, `ForeignFile`, `SchemaTooNew`, or `StorageUnavailable` for a copy that takes too long or
    does not pass SQLite's check. Never replaces the data itself, which a running server would go on writing to unseen.
    """
    target_path = target_path.absolute()
    if target_path.resolve() in _files_of(source_path.resolve()):
        raise StorageUnavailable(f"{target_path} is the data itself; name another file for its backup.")
    with _partial(target_path) as partial:
        _copy(source_path, partial)
        os.replace(partial, target_path)
    flush(target_path.parent)


def restore(backup_path: Path, path: Path) -> None:
    """Put a copy of `backup_path` in the place of `path`, which nobody may have open for writing.

    What was there stays as `<name>.before-restore`, whole when it could still be read. Raises as `back_up` does, with
    nothing changed.
    """
    with _partial(path) as partial:
        _copy(backup_path, partial)
        if path.exists():
            _set_aside(path, path.with_name(f"{path.name}.before-restore"))
        os.replace(partial, path)
    flush(path.parent)


def _files_of(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", ".lock")]


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, for its owner only; gone after, unless it was put in its place.

    Its maker holds a lock on it, so that those of processes that were killed are known for what they are, and go too.
    """
    for left in path.parent.glob(f".{path.name}.*.partial"):
        _remove_unless_held(left)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield partial
    finally:
        partial.unlink(missing_ok=True)
        os.close(file)


def _remove_unless_held(partial: Path) -> None:
    try:
        file = os.open(partial, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # another process was quicker
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        partial.unlink(missing_ok=True)
    except BlockingIOError:
        pass
    finally:
        os.close(file)


def _set_aside(path: Path, aside: Path) -> None:
    """Keep the present file under another name, as a second link: there is never a moment without a file.

    A log that stayed at its place would be played into the restored file, so first it is emptied into its own.
    """
    log, aside_log = (one.with_name(f"{one.name}-wal") for one in (path, aside))
    aside.unlink(missing_ok=True)
    aside_log.unlink(missing_ok=True)
    try:
        present = open_writer(path)
        present.execute("PRAGMA journal_mode = DELETE")
        present.close()
    except (apsw.CorruptError, apsw.NotADBError):
        if log.exists():
            os.replace(log, aside_log)
    os.link(path, aside)


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
        require_known(schema_version(target))
        target.execute("PRAGMA journal_mode = DELETE")
        found = target.execute("PRAGMA quick_check").get
        if found != "ok":
            raise StorageUnavailable(f"the copy is damaged: {found}")
    finally:
        target.close()
        source.close()
    flush(target_path)


def flush(path: Path) -> None:
    """A file, or a folder with the names in it, is on disk after this."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
