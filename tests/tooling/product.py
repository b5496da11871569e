"""A pretended product for the supervisor's tests, started as a program of its own so that it can be killed.

Arguments: JSON with the parts, the first one leading: name, Python code, and what a `Part` has besides; with the
parts to start in place of the others when asked to, and the server's control socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from handoff.tooling import keeper, supervise
from handoff.tooling.announcer import Announcer
from handoff.tooling.console import Console
from handoff.tooling.keeper import Part
from handoff.tooling.terminal import ToolingError

READY_POLL_S = 0.01


def part(
    name: str,
    code: str,
    ready_file: str | None = None,
    essential: bool = False,
    announced: bool = False,
    watched: bool = False,
) -> Part:
    """A part that runs Python code; it is ready at once, or when the file is there."""
    ready = None if ready_file is None else Path(ready_file)

    async def is_ready() -> bool:
        await asyncio.sleep(READY_POLL_S)
        return ready is None or ready.exists()

    command = (sys.executable, "-c", code)
    return Part(
        name,
        command,
        {**os.environ, "PYTHONUNBUFFERED": "1"},
        Path.cwd(),
        is_ready,
        essential=essential,
        announced=announced,
        watched=watched,
    )


async def main() -> int:
    wanted = json.loads(sys.argv[1])
    keeper.RESTART_FIRST_S = 0.01  # the tests are about that it starts again, not about how long it waits
    keeper.HUNG_S, keeper.WATCH_EVERY_S, keeper.RESTART_GRACE_S = 1, 0.02, 1
    supervise.GRACE_S = wanted["grace_s"]
    console = Console()
    parts = [part(**one) for one in wanted["parts"]]

    def anew() -> list[Part]:
        if wanted["anew"] is None:
            raise ToolingError("nothing new is here")
        return [part(**one) for one in wanted["anew"]]

    try:
        return await supervise.keep_running(
            parts[0],
            parts[1:],
            console,
            lambda one, _after_s: console.say(f"{one.name} is ready"),
            Announcer(Path(wanted["control"])),
            anew,
        )
    finally:
        console.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
