"""Tells the running server of restarts that are made on purpose, so that it holds customers' turns meanwhile.

A restart that nobody announced is a crash, and nobody waits for it. What cannot be told does not stop a restart.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from pathlib import Path

TELL_TIMEOUT_S = 10  # the server answers when the bot is at work on nothing any more, or after a turn's time
TRY_AGAIN_S = 0.1  # a server that has just begun to serve people opens its control socket a moment later
TRY_FOR_S = 3
_SOCKET_PATH_BYTES_MAX = 100  # the server's own rule, which a test compares with this


def control_path(data_dir: Path) -> Path:
    """Where the server of a data folder listens for its operator."""
    path = data_dir.resolve() / "control.sock"
    if len(str(path).encode()) <= _SOCKET_PATH_BYTES_MAX:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"byname-{name}.sock"


class Announcer:
    """Announces restarts of one part. `under_way`: from the announcement until the part is ready, or has failed."""

    def __init__(self, socket_path: Path) -> None:
        self.under_way = False
        self._socket_path = socket_path
        self._telling: asyncio.Task[None] | None = None

    def begins(self) -> asyncio.Task[None]:
        """The task ends when the server holds turns and the part is at work on none; or when it cannot be told.

        Said again, to a server that was started meanwhile, it is a new announcement.
        """
        self.under_way = True
        return self._start("begins")

    def ends(self) -> None:
        if self.under_way:
            self.under_way = False
            self._start("ends")

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _start(self, restart: str) -> asyncio.Task[None]:
        """What is told last counts: an earlier announcement that was not heard yet is given up."""
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.ensure_future(self._tell(restart))
        return self._telling

    async def _tell(self, restart: str) -> None:
        """Until the server has heard it, or is not there to hear it."""
        for _ in range(int(TRY_FOR_S / TRY_AGAIN_S)):
            try:
                await asyncio.wait_for(self._post({"restart": restart}), TELL_TIMEOUT_S)
                return
            except asyncio.TimeoutError:
                return
            except (OSError, EOFError):
                await asyncio.sleep(TRY_AGAIN_S)

    async def _post(self, body: object) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket_path))
        try:
            content = json.dumps(body).encode()
            head = "POST /api/control/bot HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
            writer.write(head.encode() + content)
            if not await reader.readline():
                raise EOFError  # it ended before it answered
        finally:
            writer.close()
