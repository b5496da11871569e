"""`serve`, killed with SIGKILL when it passes a named point for the n-th time. For tests.

`python -m tests.faults.killed POINT N`
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from handoff.cli import main as command_line
from handoff.service.committer import Committer
from handoff.service.timekeeper import Timekeeper
from handoff.storage.sqlite import writer


class Fuse:
    """Burns down with each passage; nothing of the process runs after the last."""

    def __init__(self, passages: int) -> None:
        self._left = passages

    def burns(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, fuse: Fuse) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        fuse.burns()
        return real(*arguments, **named)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, fuse: Fuse) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        fuse.burns()
        return result

    setattr(owner, name, wrapped)


# Where it is killed, and what is true at that moment.
POINTS: dict[str, Callable[[Fuse], None]] = {
    "before the transaction": lambda fuse: before(writer.Writer, "_transact", fuse),
    "written, not committed": lambda fuse: after(writer, "write", fuse),
    "committed, nobody told": lambda fuse: after(writer.Writer, "_transact", fuse),
    "decided, not handed over": lambda fuse: after(Committer, "_gather_states", fuse),
    "acknowledged, listeners not nudged": lambda fuse: before(Committer, "_forget_idle", fuse),
    "before a sweep": lambda fuse: before(Timekeeper, "sweep", fuse),
}


def main() -> None:
    point, passages = sys.argv[1], int(sys.argv[2])
    POINTS[point](Fuse(passages))
    command_line(["serve"])


if __name__ == "__main__":
    main()
