"""A connection of the canary's to one namespace: what it is told is kept, and waited for. Knows the wire, no rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import socketio

Told = dict[str, Any]  # a JSON object of the wire

CONNECT_S = 60.0  # longer than a journey may take, whose time it is that counts
HANG_UP_S = 2.0


class JourneyFailed(Exception):
    """What went wrong, in words for an operator. No text of a customer, and no token."""


class Line:
    """An async context. `told` holds everything the server has sent, in order. Nothing here waits for ever: the journey
    as a whole has its time."""

    def __init__(self, origin: str, namespace: str, auth: Told) -> None:
        self.told: list[tuple[str, Any]] = []
        self._origin = origin
        self._namespace = namespace
        self._auth = auth
        self._news = asyncio.Event()
        self._gone = False
        self._socket = socketio.AsyncClient(reconnection=False, logger=False, engineio_logger=False)
        self._socket.on("*", self._on_event, namespace=namespace)
        self._socket.on("disconnect", self._on_disconnect, namespace=namespace)

    async def __aenter__(self) -> Self:
        try:
            await self._socket.connect(
                self._origin,
                auth=self._auth,
                namespaces=[self._namespace],
                transports=["websocket"],
                wait_timeout=CONNECT_S,
            )
        except socketio.exceptions.ConnectionError as error:
            await self._hang_up()
            raise JourneyFailed(f"{self._namespace} cannot be connected to at {self._origin}") from error
        except BaseException:
            await self._hang_up()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._hang_up()

    async def _hang_up(self) -> None:
        try:
            async with asyncio.timeout(HANG_UP_S):
                await self._socket.disconnect()
        except TimeoutError:
            pass  # a server that does not answer is not waited for

    async def _on_event(self, name: str, payload: Any = None) -> None:
        self.told.append((name, payload))
        self._news.set()

    async def _on_disconnect(self, _reason: Any = None) -> None:
        self._gone = True
        self._news.set()

    async def ask(self, name: str, **fields: Any) -> Told:
        """What the ack adds. Raises `JourneyFailed` when it is refused or the line is cut."""
        try:
            ack = await self._socket.call(name, fields, namespace=self._namespace, timeout=None)
        except socketio.exceptions.SocketIOError as error:
            raise JourneyFailed(f"{name} cannot be sent: the connection is gone") from error
        if not isinstance(ack, dict) or ack.get("ok") is not True:
            code = ack.get("error", {}).get("code") if isinstance(ack, dict) else None
            raise JourneyFailed(f"{name} was refused: {code or 'malformed ack'}")
        return ack

    async def until[T](self, found: Callable[[list[tuple[str, Any]]], T | None], what: str) -> T:
        """The first thing that `found` finds in what was told. Raises `JourneyFailed` when the line is cut before."""
        while (thing := found(self.told)) is None:
            if self._gone:
                raise JourneyFailed(f"the connection was cut while waiting for {what}")
            self._news.clear()
            await self._news.wait()
        return thing
