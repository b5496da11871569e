"""SQLite's log is copied into the data file beside the commits, so that none of them waits for it.

A checkpoint by the writing connection would hold up the commit that happens to reach the limit, and all that wait
behind it, by tens of milliseconds. Here a thread with a connection of its own copies what is there while commits go on;
then the writer copies the little that came meanwhile, and the log begins anew.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from enum import Enum, auto
from pathlib import Path

import apsw

from handoff.storage.sqlite.connections import open_writer

_log = logging.getLogger(__name__)

PAGES_BEFORE_CHECKPOINT = (
    16_000  # 64 MB of log: written anew by a start after a crash within a fraction of a second
)
PAGES_MAX = 2 * PAGES_BEFORE_CHECKPOINT  # the copying cannot keep up: then commits do wait for it


LAST_OF_ALL = 19  # of the priorities that a thread of Linux can have


class _Copy(Enum):
    NONE = auto()
    UNDER_WAY = auto()
    DONE = auto()


class Checkpoints:
    """Used from the writer's thread. `writing` must be its connection, and the file must be there."""

    def __init__(self, path: Path, writing: apsw.Connection) -> None:
        self._writing = writing
        self._pages = 0
        self._copy = _Copy.NONE
        self._wanted = threading.Semaphore(0)
        self._closed = False
        self._copying = open_writer(path)
        writing.set_wal_hook(self._note)
        self._thread = threading.Thread(target=self._work, name="storage-checkpoints", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Waits for a copy that is under way."""
        self._closed = True
        if self._thread.is_alive():
            self._wanted.release()
            self._thread.join()
        self._copying.close()

    def look(self) -> None:
        """Between two transactions, when nobody waits for the one before."""
        if self._pages < PAGES_BEFORE_CHECKPOINT:
            if self._copy is _Copy.DONE:  # nothing came meanwhile, and the log has begun anew
                self._copy = _Copy.NONE
            return
        if self._copy is _Copy.NONE:
            self._copy = _Copy.UNDER_WAY
            self._wanted.release()
        elif self._copy is _Copy.DONE or self._pages >= PAGES_MAX:
            _checkpoint(self._writing)
            self._pages = 0  # until the next commit tells
            if self._copy is _Copy.DONE:
                self._copy = _Copy.NONE

    def _note(self, _writing: apsw.Connection, _schema: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _work(self) -> None:
        _let_others_go_first()
        while True:
            self._wanted.acquire()
            if self._closed:
                return
            _checkpoint(self._copying)
            self._copy = _Copy.DONE


def _let_others_go_first() -> None:
    """This thread has time. On two cores it would take one of them, for as long as there is something to copy."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LAST_OF_ALL)


def _checkpoint(connection: apsw.Connection) -> None:
    """What cannot be copied now stays in the log, and is copied by a later one."""
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.Error as error:
        _log.warning("the log could not be copied into the data file", exc_info=error)
