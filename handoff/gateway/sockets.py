"""Open sockets: what each is told, and the nudge that a commit gives them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from handoff.domain.errors import Code, DomainError
from handoff.service.inbox import Told
from handoff.service.ports import StorageUnavailable

_log = logging.getLogger(__name__)

POLL_S = 2.0  # a nudge that got lost costs this much delay, and no data

Emit = Callable[[str, Any, str], Awaitable[None]]  # event name, payload, socket id


class Reader(Protocol):
    async def snapshot(self) -> dict[str, Any]: ...

    def nudge(self) -> None: ...

    def updates(self) -> AsyncIterator[Told]: ...


class Pump:
    """Tells one socket, in order: first the snapshot, then whatever is new each time it is woken."""

    def __init__(self, sid: str, reader: Reader, emit: Emit, drop: Callable[[str], Awaitable[None]]) -> None:
        self.sid = sid
        self._reader = reader
        self._emit = emit
        self._drop = drop
        self._wake = asyncio.Event()

    def wake(self, *, moved: bool = False) -> None:
        """There is news. `moved`: more than events may have changed."""
        if moved:
            self._reader.nudge()
        self._wake.set()

    async def run(self) -> None:
        told_snapshot = False
        while True:
            try:
                if not told_snapshot:
                    await self._emit("snapshot", await self._reader.snapshot(), self.sid)
                    told_snapshot = True
                async for name, payload in self._reader.updates():
                    await self._emit(name, payload, self.sid)
            except DomainError as error:
                if error.code is not Code.UNAVAILABLE:
                    await self._drop(self.sid)
                    return
            except StorageUnavailable as error:
                _log.warning("a socket could not be told what is new", exc_info=error)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                self._reader.nudge()
            self._wake.clear()
