"""Open sockets: what each is told, and the nudge that a commit gives them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol

from handoff.domain.errors import Code, DomainError
from handoff.service.inbox import Told
from handoff.service.ports import StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

# Told before what all others are told of the same commit, at the price of a system call.
URGENT = frozenset({"offer"})
POLL_S = 1.0  # a nudge that got lost costs twice this delay, and no data


class Reader(Protocol):
    async def snapshot(self) -> dict[str, Any]: ...

    def nudge(self) -> None: ...

    def at_hand(self) -> tuple[list[Told], bool]: ...

    def updates(self) -> AsyncIterator[Told]: ...


class Wire(Protocol):
    """A connection, as far as a pump cares."""

    @property
    def congested(self) -> bool: ...

    def tell(self, text: bytes) -> None: ...

    def write(self) -> None: ...

    async def drained(self) -> None: ...


class Pump:
    """Tells one socket, in order: first the snapshot, then whatever is new each time it is woken.

    Most news is at hand and told on the spot. A task is started for what must be read, and for a client that has to be
    waited for; it ends when all is told. A defect ends the socket, and nothing else: its client comes back, and is told
    from where it stood.
    """

    def __init__(
        self,
        name: str,
        reader: Reader,
        wire: Wire,
        packet: Callable[[str, Any], bytes],
        tasks: Tasks,
        drop: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """`packet` makes one of an event's name and payload; `drop` ends the socket."""
        self._name = name
        self._reader = reader
        self._wire = wire
        self._packet = packet
        self._tasks = tasks
        self._drop = drop
        self._task: asyncio.Task[None] | None = None
        self._told_snapshot = False
        self._woken = False
        self._ended = False

    @property
    def busy(self) -> bool:
        """It has a task, which has something to tell."""
        return self._task is not None

    def wake(self, *, moved: bool = False) -> None:
        """There is news. `moved`: more than events may have changed."""
        if moved:
            self._reader.nudge()
        if self._ended:
            return
        if self._task is not None:
            self._woken = True
            return
        try:
            complete = self._tell_what_is_at_hand()
        except Exception:  # what was on its way may be lost here; nobody else is told less for it
            _log.exception("a socket could not be told what is new")
            self._ended = True
            self._tasks.start(f"end of {self._name}", self._drop())
            return
        if not complete:
            self._task = self._tasks.start(self._name, self._run())

    def end(self) -> None:
        """The socket is gone: tell nothing any more."""
        self._ended = True
        if self._task is not None:
            self._task.cancel()

    def tell(self, name: str, payload: Any) -> None:
        """What may be lost: a client that takes little is spared it."""
        if self._told_snapshot and not self._wire.congested:
            self._wire.tell(self._packet(name, payload))

    def _tell_what_is_at_hand(self) -> bool:
        """Whether that was all there is to do."""
        if not self._told_snapshot or self._wire.congested:
            return False
        told, complete = self._reader.at_hand()
        for name, payload in told:
            self._wire.tell(self._packet(name, payload))
            if name in URGENT:
                self._wire.write()
        return complete

    async def _run(self) -> None:
        try:
            while True:
                self._woken = False
                await self._tell_all()
                if not self._woken:
                    return
        except DomainError as error:
            if error.code is not Code.UNAVAILABLE:
                await self._end_the_socket()
        except StorageUnavailable as error:  # the next nudge tries again
            _log.warning("a socket could not be told what is new", exc_info=error)
        except ConnectionError:
            self._ended = True
        except Exception:  # a defect
            _log.exception("a socket could not be told what is new")
            await self._end_the_socket()
        finally:
            self._task = None

    async def _end_the_socket(self) -> None:
        self._ended, self._task = True, None  # so that the end of the socket does not cut this off
        await self._drop()

    async def _tell_all(self) -> None:
        if not self._told_snapshot:
            self._wire.tell(self._packet("snapshot", await self._reader.snapshot()))
            self._told_snapshot = True
        async for name, payload in self._reader.updates():
            self._wire.tell(self._packet(name, payload))
            if self._wire.congested:
                await self._wire.drained()
