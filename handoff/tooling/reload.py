"""`make reload`: lets the running product take up the assistant's new model, while customers go on.

It is the operator's word over the trainers': a model that they put in service is let go for that of the present data,
and so is what they put in service of requests for a person.

The supervisor of a data folder holds a lock on a file there, with its process id in it; a signal asks it. Must not
start or stop anything itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from typing import TYPE_CHECKING, Iterator

from handoff.tooling import model, parts
from handoff.tooling.terminal import ToolingError, main_guard, say

if TYPE_CHECKING:
    from pathlib import Path

NAME = "supervisor.lock"


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Be the supervisor of a data folder; a `ToolingError` when there is one already.

    The system drops the lock with the process, so a process id in a file that is not locked means nothing.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(str(data_dir / NAME), "a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ToolingError(
                f"A product with the data in {data_dir} runs already: stop it first, or choose another folder "
                "with HANDOFF_DATA_DIR."
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def supervisor_of(data_dir: Path) -> int | None:
    """The process id of whoever supervises this data folder; None when nobody does."""
    try:
        with open(str(data_dir / NAME), encoding="ascii") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(handle.read())
    except FileNotFoundError:
        pass
    return None


def main() -> int:
    data_dir = parts.read_instance(os.environ).data_dir
    model.train_detector()
    model.ensure_model()
    supervisor = supervisor_of(data_dir)
    if supervisor is None:
        raise ToolingError(f"No product runs with the data in {data_dir}: make run starts one.")
    model.let_go(data_dir)
    os.kill(supervisor, signal.SIGUSR1)
    say("The running product takes it up; its terminal says when it is ready.")
    return 0


if __name__ == "__main__":
    main_guard(main)
