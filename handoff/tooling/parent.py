"""Notices that `make` was interrupted alone, as a service manager or a script does it; a terminal interrupts everybody.

GNU make passes SIGTERM on to what it runs, but not SIGINT: it waits for the end of it, for as long as that takes. The
kernel shows that it waits: a signal that make is about to die of is blocked while it does so.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

LOOK_EVERY_S = 0.5
_MAKES = ("make", "gmake")


def is_make(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() in _MAKES
    except OSError:  # gone, or a system without /proc
        return False


def is_interrupted(pid: int) -> bool:
    """Whether a process is inside its handler of SIGINT."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    blocked = next((line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:")), "0")
    return bool(int(blocked, 16) & (1 << (signal.SIGINT - 1)))


async def interrupted() -> None:
    """Return once the make that runs this process was interrupted; never, if there is none."""
    pid = os.getppid()
    if not is_make(pid) or is_interrupted(pid):  # blocked from the start: it means nothing
        await asyncio.Event().wait()
    while not is_interrupted(pid):  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(LOOK_EVERY_S)
    await asyncio.sleep(LOOK_EVERY_S)  # from a terminal the signal comes here too, and is to count once
