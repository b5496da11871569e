"""A Socket.IO client that does as little as it can, so that the servers are measured and not their clients."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec

PATIENCE_S = 60.0
Told = Callable[[str, Any], None]  # event name, payload

_decode = msgspec.json.decode
_encode = msgspec.json.encode


class Line:
    """One connection to one namespace. What it is told goes to `told`, or is received and not looked at."""

    def __init__(
        self, http: aiohttp.ClientSession, origin: str, namespace: str, told: Told | None = None
    ) -> None:
        self._http = http
        self._address = f"{origin}/socket.io/?EIO=4&transport=websocket"
        self._namespace = namespace
        self._told = told
        self._event_start = f"42{namespace},"
        self._ack_start = f"43{namespace},"
        self._acks: dict[str, asyncio.Future[Any]] = {}
        self._numbers = itertools.count()
        self._opened: asyncio.Future[None]
        self._socket: aiohttp.ClientWebSocketResponse
        self._reading: asyncio.Task[None]

    async def open(self, auth: Any) -> None:
        """Raises `aiohttp.ClientError`, and `ConnectionRefusedError` when the server wants no such client."""
        self._socket = await self._http.ws_connect(self._address, compress=0)
        self._opened = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())
        await self._socket.send_str(f"40{self._namespace},{_encode(auth).decode()}")
        async with asyncio.timeout(PATIENCE_S):
            await self._opened

    async def close(self) -> None:
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        await self._socket.close()

    async def send(self, name: str, data: Any) -> asyncio.Future[Any]:
        """Send a request; the future gets its ack."""
        number = str(next(self._numbers))
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42{self._namespace},{number}{_encode([name, data]).decode()}")
        return ack

    async def done(self, name: str, data: Any) -> dict[str, Any]:
        """Send a request that must be done; its ack."""
        async with asyncio.timeout(PATIENCE_S):
            ack: dict[str, Any] = await (await self.send(name, data))
        assert ack["ok"], (name, ack)
        return ack

    async def _read(self) -> None:
        async for message in self._socket:
            frame: str = message.data
            if frame.startswith(self._event_start):
                if self._told is not None:
                    self._told(*_decode(frame[len(self._event_start) :]))
            elif frame.startswith(self._ack_start):
                number, _, answer = frame[len(self._ack_start) :].partition("[")
                ack = self._acks.pop(number)
                if not ack.done():
                    ack.set_result(_decode(f"[{answer}")[0])
            elif frame == "2":
                await self._socket.send_str("3")
            elif frame.startswith("40"):
                self._opened.set_result(None)
            elif frame.startswith("44"):
                self._opened.set_exception(ConnectionRefusedError(frame))
