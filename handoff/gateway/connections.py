"""Engine.IO connections as this server keeps them: no task, timer or system call is spent on one frame alone.

The library starts a task and a timer for each frame that it waits for, hands each through a queue to another task, and
makes a system call for each that it sends: on a busy server that is most of the work. Here a WebSocket is read by one
plain loop, what is sent to it in one turn of the event loop is written at once, and one watch over all connections
sends the pings and ends who does not answer. The handshake and long polling are the library's.

Memory is bounded for whoever reads slowly or not at all: while a connection is `congested` nothing is read from it, and
those who tell it things wait until it has `drained`.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from aiohttp import WSMsgType, web
from engineio import async_socket, packet
from engineio.exceptions import QueueEmpty, SocketIsClosedError

_log = logging.getLogger(__name__)

HANG_UP_S = 2.0  # for a client to hang up by itself, once it was told that the connection is over
POLLED_PACKETS_MAX = 256  # wait for a long-polling client; the next ones wait where they come from
_MESSAGE = str(packet.MESSAGE)
_MESSAGE_BYTE = _MESSAGE.encode()
_TEXT_FRAME = 0x81  # the whole of a text, in one frame
_SHORT, _MIDDLING = 126, 65_536  # bytes of payload from which the length takes 2 and 8 bytes more


def text_frame(payload: bytes) -> bytes:
    """A WebSocket frame as a server sends it, so without a mask. Source: RFC 6455, section 5.2."""
    size = len(payload)
    if size < _SHORT:
        return struct.pack("!BB", _TEXT_FRAME, size) + payload
    if size < _MIDDLING:
        return struct.pack("!BBH", _TEXT_FRAME, 126, size) + payload
    return struct.pack("!BBQ", _TEXT_FRAME, 127, size) + payload


class Connection(async_socket.AsyncSocket):  # type: ignore[misc]  # the library has no types
    """One client, over a WebSocket or by long polling."""

    server: ConnectionServer

    def __init__(self, server: ConnectionServer, sid: str) -> None:
        super().__init__(server, sid)
        self._loop = asyncio.get_running_loop()
        self._ping_at_s: float | None = None
        self._pinged_at_s: float | None = None
        self._transport: asyncio.Transport | None = None
        self._protocol: Any = None
        self._drain: Callable[[], Awaitable[None]] | None = None
        self._outgoing: list[bytes] = []

    # -- sending --

    def tell(self, text: bytes) -> None:
        """Send a message. Nothing happens when the connection has ended."""
        if self.closed:
            return
        if self.upgraded:
            self._put(text_frame(_MESSAGE_BYTE + text))
        else:
            self.queue.put_nowait(packet.Packet(packet.MESSAGE, text.decode()))

    async def send(self, pkt: packet.Packet) -> None:
        """The same for what the library sends."""
        if self.closed:
            raise SocketIsClosedError
        if self.upgraded:
            self._put(_frame(pkt))
        else:
            self.queue.put_nowait(pkt)

    def _put(self, frame: bytes) -> None:
        if not self._outgoing:
            self.server.post(self)
        self._outgoing.append(frame)

    def write(self) -> None:
        """Hand over to the system what has gathered."""
        frames, self._outgoing = self._outgoing, []
        transport = self._transport
        if frames and transport is not None and not transport.is_closing():
            transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    @property
    def congested(self) -> bool:
        """The client takes less than it is sent."""
        if self.upgraded:
            return bool(self._protocol.writing_paused)
        return bool(self.queue.qsize() >= POLLED_PACKETS_MAX)

    async def drained(self) -> None:
        """Wait until the client has taken most of what it was sent. Raises `ConnectionError` when it is gone."""
        if self.upgraded and self._drain is not None:
            self.write()
            await self._drain()
        else:
            await self.queue.join()

    # -- the watch --

    def schedule_ping(self) -> None:
        """The last ping was answered, or there was none yet."""
        self._pinged_at_s = None
        self._ping_at_s = self._loop.time() + self.server.ping_interval

    async def look_after(self) -> None:
        """Send the ping that is due; end the connection if the last one was not answered."""
        now_s = self._loop.time()
        if self._pinged_at_s is not None:
            if now_s - self._pinged_at_s > self.server.ping_timeout:
                await self.close(wait=False, abort=False, reason=self.server.reason.PING_TIMEOUT)
        elif self._ping_at_s is not None and now_s >= self._ping_at_s:
            self._pinged_at_s = now_s
            await self.send(packet.Packet(packet.PING))

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Say that it is over. A client that does not hang up then is cut off."""
        await super().close(wait=False, abort=abort, reason=reason)
        if self._transport is not None and not self._transport.is_closing():
            self._loop.call_later(HANG_UP_S, self._transport.abort)

    # -- receiving --

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> web.StreamResponse:
        if self._transport is not None:
            return web.Response(status=400, text="There is a WebSocket already.")
        request: web.Request = environ["aiohttp.request"]
        # Messages are short; compressing them would take 300 kB of each connection, and let their length tell.
        websocket = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        writer = await websocket.prepare(request)
        self._transport, self._protocol, self._drain = request.transport, request.protocol, writer.drain
        is_over = False
        try:
            if self.connected and not await self._is_confirmed(websocket):
                return websocket
            self._send_what_waits()
            await self._listen(websocket)
        except GeneratorExit:  # the event loop has ended before this did: there is nothing to wait in
            is_over = True
            raise
        finally:
            if self.upgraded and not is_over:
                await self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
                self.write()
            self._transport = None
            if not is_over:
                await websocket.close()
        return websocket

    async def _is_confirmed(self, websocket: web.WebSocketResponse) -> bool:
        """Whether a client that has polled so far goes on over this WebSocket. What is sent to it waits meanwhile."""
        self.upgrading = True
        try:
            if (await websocket.receive()).data != "2probe":
                return False
            await websocket.send_str("3probe")
            self.queue.put_nowait(packet.Packet(packet.NOOP))  # ends the poll that is open
            return bool((await websocket.receive()).data == str(packet.UPGRADE))
        finally:
            self.upgrading = False

    def _send_what_waits(self) -> None:
        self.connected = self.upgraded = True
        while not self.queue.empty():
            self._put(_frame(self.queue.get_nowait()))
            self.queue.task_done()

    async def _listen(self, websocket: web.WebSocketResponse) -> None:
        while not self.closed:
            message = await websocket.receive()
            if message.type is WSMsgType.TEXT:
                await self._received(message.data)
            elif message.type is WSMsgType.BINARY:
                await self._hand_on(message.data)
            else:
                return
            if (
                self._outgoing
            ):  # written in the next turn of the event loop, in which the others have theirs too
                await asyncio.sleep(0)
            if self._protocol.writing_paused:
                try:
                    await self.drained()
                except ConnectionError:
                    return

    async def _received(self, text: str) -> None:
        if text.startswith(_MESSAGE):
            await self._hand_on(text[1:])
            return
        try:
            received = packet.Packet(encoded_packet=text)
        except ValueError:
            _log.debug("a frame was no packet")
        else:
            await self.receive(received)

    async def receive(self, pkt: packet.Packet) -> None:
        if pkt.packet_type == packet.MESSAGE:
            await self._hand_on(pkt.data)
        elif pkt.packet_type == packet.PONG:
            self.schedule_ping()
        elif pkt.packet_type == packet.UPGRADE:
            await self.send(packet.Packet(packet.NOOP))
        elif pkt.packet_type == packet.CLOSE:
            await self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)

    async def _hand_on(self, message: str | bytes) -> None:
        try:
            await self.server.handlers["message"](self.sid, message)
        except ValueError:  # so the library refuses what cannot be answered
            _log.debug("a message was no packet")
        except KeyError:  # the library's word for a connection that went while its handshake was under way
            if not self.closed:
                _log.exception("a message could not be handled")
        except Exception:  # a defect costs its sender the answer, and not the connection
            _log.exception("a message could not be handled")


def _frame(pkt: packet.Packet) -> bytes:
    return text_frame(pkt.encode().encode())


class ConnectionServer(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """The library's server, with our connections."""

    sockets: dict[str, Connection]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._with_post: list[Connection] = []

    def post(self, connection: Connection) -> None:
        """Something has gathered for this connection, which is written when this turn of the event loop is over."""
        if not self._with_post:
            asyncio.get_running_loop().call_soon(self._write)
        self._with_post.append(connection)

    def _write(self) -> None:
        with_post, self._with_post = self._with_post, []
        for connection in with_post:
            connection.write()

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        sid = self.generate_id()
        connection = self.sockets[sid] = Connection(self, sid)
        opened = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await connection.send(packet.Packet(packet.OPEN, opened))
        await self.handlers["connect"](sid, environ)
        connection.schedule_ping()
        if transport == "websocket":
            answer = await connection.handle_get_request(environ)
            self.sockets.pop(sid, None)
            return answer
        connection.connected = True
        try:
            return self._ok(await connection.poll(), jsonp_index=jsonp_index)
        except QueueEmpty:
            return self._bad_request()

    async def look_after_all(self) -> None:
        """Send the pings that are due, end who has not answered, and forget who has gone."""
        for sid, connection in list(self.sockets.items()):
            if connection.closed:
                self.sockets.pop(sid, None)
            elif not connection.closing:
                try:
                    await connection.look_after()
                except Exception:  # a defect there must not end the watch over all others
                    _log.exception("a connection could not be looked after")
