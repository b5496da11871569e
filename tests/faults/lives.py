"""`serve` with a fate: killed with SIGKILL when it passes a named point for the n-th time, or on a disk that keeps only
what was flushed. For tests.

`python -m tests.faults.lives [--point POINT --passages N] [--platter FOLDER] [--careless]`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from handoff import app
from handoff.cli import main as command_line
from handoff.gateway.connections import Connection
from handoff.gateway.namespaces import RoleNamespace
from handoff.service.access import Access
from handoff.service.bot_turns import BotTurns
from handoff.service.committer import Committer
from handoff.service.timekeeper import Timekeeper
from handoff.storage.sqlite import checkpoints, writer
from tests.faults.platter import Platter

# Small, so that the log is played into the data file every few commits, and killed there too.
PAGES_BEFORE_CHECKPOINT = 60


class Fuse:
    """Burns down with each passage of its point; nothing of the process runs after the last."""

    def __init__(self, point: str | None, passages: int) -> None:
        self._point = point
        self._left = passages
        self._lock = threading.Lock()

    def passed(self, point: str) -> None:
        if point == self._point:
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)


def _around(
    owner: Any, name: str, *, before: Callable[[], None] | None, after: Callable[[], None] | None
) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    if asyncio.iscoroutinefunction(real):

        async def waiting(*arguments: Any, **named: Any) -> Any:
            if before is not None:
                before()
            result = await real(*arguments, **named)
            if after is not None:
                after()
            return result

        setattr(owner, name, waiting)
        return

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if before is not None:
            before()
        result = real(*arguments, **named)
        if after is not None:
            after()
        return result

    setattr(owner, name, wrapped)


# Where it is killed: owner, method, and whether before or after. What is true at that moment is in the name.
METHODS: dict[str, tuple[Any, str, str]] = {
    "nothing written yet": (writer.Writer, "_transact", "before"),
    "written, not committed": (writer, "write", "after"),
    "committed, nobody told": (writer.Writer, "_transact", "after"),
    "decided, not handed over": (Committer, "_gather_states", "after"),
    "committed, acks not given": (Committer, "_tell", "before"),
    "acks given, none sent": (Committer, "_tell", "after"),
    "ack made, not sent": (RoleNamespace, "_answer", "after"),
    "some of those concerned are told": (Connection, "write", "after"),
    "the bot is to be asked": (BotTurns, "_turn", "before"),
    "the bot has answered, nothing is recorded": (BotTurns, "_answered", "before"),
    "a token is made and not told": (Access, "_issue", "after"),
    "something is due": (Timekeeper, "_carry_out", "before"),
    "what was due is done": (Timekeeper, "_carry_out", "after"),
}
# These are passed in SQLite's files, see `Platter`. "data": while the log is played into the data file.
IN_FILES = (
    "log written",
    "log not flushed",
    "log flushed",
    "data written",
    "data not flushed",
    "data flushed",
)
# Passed once in each life, while it starts.
AT_START: dict[str, tuple[Any, str, str]] = {
    "started: storage open": (app.SqliteStorage, "open", "after"),
    "started: state taken up": (Committer, "start", "after"),
    "started: clocks begun again": (Timekeeper, "start", "after"),
}
_layers: list[Platter] = []  # SQLite does not hold it
# How often each is passed at most before it kills, by how often it is passed in a life.
POINTS = dict.fromkeys(METHODS, 50) | dict.fromkeys(IN_FILES, 100) | dict.fromkeys(AT_START, 1)
POINTS |= dict.fromkeys(("a token is made and not told", "data not flushed", "data flushed"), 2)
POINTS |= dict.fromkeys(("something is due", "what was due is done"), 4)
POINTS |= dict.fromkeys(("the bot is to be asked", "the bot has answered, nothing is recorded"), 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--point", choices=POINTS)
    parser.add_argument("--passages", type=int, default=1)
    parser.add_argument("--platter", type=Path)
    parser.add_argument("--careless", action="store_true", help="do not wait until the disk has it")
    asked = parser.parse_args()
    fuse = Fuse(asked.point, asked.passages)
    method = (METHODS | AT_START).get(asked.point)
    if method is not None:
        owner, name, when = method
        burn = partial(fuse.passed, asked.point)
        _around(
            owner, name, before=burn if when == "before" else None, after=burn if when == "after" else None
        )
    checkpoints.PAGES_BEFORE_CHECKPOINT = PAGES_BEFORE_CHECKPOINT
    if asked.platter is not None or asked.point in IN_FILES:
        _layers.append(Platter(asked.platter, fuse.passed))
    if asked.careless:
        real = writer.open_writer

        def hasty(path: Path) -> Any:
            connection = real(path)
            connection.execute("PRAGMA synchronous = OFF")
            return connection

        writer.open_writer = hasty  # type: ignore[attr-defined]
        checkpoints.open_writer = hasty  # type: ignore[attr-defined]
    command_line(["serve"])


if __name__ == "__main__":
    main()
