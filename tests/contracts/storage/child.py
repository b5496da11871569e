"""A process of its own that has the database open, for tests that end it. Says what it did, a line each.

`python -m tests.contracts.storage.child hold|write|migrate|backup|restore PATH`
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from handoff.storage.sqlite import SqliteStorage, backup
from handoff.storage.sqlite.connections import open_writer
from handoff.storage.sqlite.migrations import migrate
from handoff.storage.sqlite.schema import STEPS
from tests.contracts.storage.batches import conversation_batch
from tests.contracts.storage.schemas import NEXT_STEP

WRITERS = 8


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def hold(path: Path) -> None:
    """Be the desk until the end."""
    storage = SqliteStorage(path)
    await storage.open()
    say("open")
    await asyncio.Event().wait()


async def write(path: Path) -> None:
    """Write conversations until the end; each is named once its commit was acknowledged, and not before."""
    storage = SqliteStorage(path)
    await storage.open()

    async def one_after_another(writer: int) -> None:
        number = 0
        while True:
            conversation_id = f"w{writer}-{number}"
            await storage.commit(conversation_batch(conversation_id, "Hello"))
            say(conversation_id)
            number += 1

    await asyncio.gather(*(one_after_another(writer) for writer in range(WRITERS)))


def migrate_and_die(path: Path) -> None:
    """Bring copies of the file to the next schema, each in a process of its own that is killed before its n-th
    statement, for every n there is; say for each where it was killed, and what the file has then."""
    number = 0
    while True:
        number += 1
        copy = path.with_name(f"killed-{number}.db")
        shutil.copyfile(path, copy)
        process = os.fork()
        if process == 0:
            migrate_until(copy, number)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status):
            say(f"done {number} {os.waitstatus_to_exitcode(status)}")
            return
        say(copy.name)


def migrate_until(path: Path, number: int) -> None:
    connection = open_writer(path)
    left = number

    def watch(_cursor: apsw.Cursor, _statement: str, _bindings: object) -> bool:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    connection.exec_trace = watch
    migrate(connection, (*STEPS, NEXT_STEP))


def copy_and_die(path: Path, what: str) -> None:
    """Back up, or restore, with copies of a folder: each in a process of its own that is killed before its n-th call
    of the system that changes something, for every n there is; say where the copy is."""
    number = 0
    while True:
        number += 1
        folder = path.parent.with_name(f"killed-{number}")
        shutil.copytree(path.parent, folder)
        process = os.fork()
        if process == 0:
            copy_until(folder, path.name, what, number)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status):
            say(f"done {number} {os.waitstatus_to_exitcode(status)}")
            return
        say(str(folder))


def copy_until(folder: Path, name: str, what: str, number: int) -> None:
    left = number

    def burn() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def burning(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            burn()
            return real(*arguments, **named)

        return wrapped

    for call in ("open", "fsync", "replace", "link", "unlink"):
        setattr(os, call, burning(getattr(os, call)))
    backup.PAGES_AT_ONCE = 5
    real_look = time.monotonic
    backup.time.monotonic = burning(real_look)  # type: ignore[attr-defined]  # it looks after each portion
    if what == "backup":
        backup.back_up(folder / name, folder / "copy.db")
    else:
        backup.restore(folder / "copy.db", folder / name)


def main() -> None:
    what, path = sys.argv[1], Path(sys.argv[2])
    if what == "migrate":
        migrate_and_die(path)
    elif what in ("backup", "restore"):
        copy_and_die(path, what)
    else:
        asyncio.run({"hold": hold, "write": write}[what](path))


if __name__ == "__main__":
    main()
