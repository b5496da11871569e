"""The lock that lets one server process only be the desk of a data directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from handoff.service.ports import StorageUnusable


class StorageInUse(StorageUnusable):
    """Another process is the desk of this data. Its message is for the person who started this one."""


class DeskLock:
    """An advisory lock on a file beside the data, with the holder's process id in it.

    The kernel drops it when the holder ends, however it ends, so a file left behind means nothing. It is a lock of
    its own, and not one on the data, so that others may read and back up while the desk runs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Raises `StorageInUse` at once when another process holds it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise StorageInUse(
                f"The data in {self._path.parent} is in use by another server, process {holder}. "
                "Stop that one first, or give this one a data directory of its own."
            ) from error
        except OSError:
            os.close(file)
            raise
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
