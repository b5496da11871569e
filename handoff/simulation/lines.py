"""What simulated people have in hand: HTTP requests and Socket.IO connections, spoken to the byte over the network."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import msgspec

from handoff.simulation.loop import Machine, VirtualLoop

Json = dict[str, Any]
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
ANSWER_S = 10.0  # nobody waits longer for an HTTP answer or a connection
SILENCE_S = 16.0  # the server pings every 8 s and gives 7 s to answer; a client allows as much


class LineLost(Exception):
    """There is no connection, or it ended before an answer came."""


class Refused(Exception):
    """The server refused the connection or the request; `error` is what it said."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error

    @property
    def code(self) -> str:
        return str(self.error.get("code", ""))


class _Answer(asyncio.Protocol):
    """One HTTP answer, up to the end of the connection or of its length."""

    def __init__(self, loop: VirtualLoop, request: bytes) -> None:
        self.done: asyncio.Future[tuple[int, bytes]] = loop.create_future()
        self._request = request
        self._got = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or self.done.done():
            return
        status = int(head.split(b" ", 2)[1])
        length = _header(head, b"content-length")
        if _header(head, b"transfer-encoding") == b"chunked":
            if body.endswith(b"0\r\n\r\n"):
                self._finish(status, _unchunked(body))
        elif len(body) >= int(length or b"0"):
            self._finish(status, body)

    def _finish(self, status: int, body: bytes) -> None:
        self.done.set_result((status, body))
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LineLost("the connection ended before the answer"))


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def _unchunked(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        found, body = found + rest[:length], rest[length + 2 :]
        if length == 0:
            break
    return found


def _frame_at(got: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the WebSocket frame at `at` begins and ends; None until all of it is there."""
    there = len(got) - at
    if there < 2:
        return None
    length, start = got[at + 1] & 0x7F, at + 2
    if length == 126:
        if there < 4:
            return None
        length, start = int.from_bytes(got[at + 2 : at + 4]), at + 4
    elif length == 127:
        if there < 10:
            return None
        length, start = int.from_bytes(got[at + 2 : at + 10]), at + 10
    return (start, start + length) if start + length <= len(got) else None


async def http(
    machine: Machine,
    address: tuple[str, int],
    method: str,
    path: str,
    body: Json | None = None,
    token: str | None = None,
) -> Json:
    """The JSON body of the answer. Raises `LineLost`, `Refused`."""
    loop: Any = asyncio.get_running_loop()
    content = b"" if body is None else _encode(body)
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: desk",
        "Connection: close",
        f"Content-Length: {len(content)}",
    ]
    if body is not None:
        lines.append("Content-Type: application/json")
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
    answer = _Answer(loop, request)
    try:
        async with asyncio.timeout(ANSWER_S):
            transport, _ = await loop.network.connect(machine, lambda: answer, address)
            try:
                status, raw = await answer.done
            finally:
                transport.close()
    except (TimeoutError, OSError) as error:
        raise LineLost(str(error)) from error
    try:
        found = _decode(raw) if raw else {}
    except msgspec.DecodeError as error:
        raise Refused(status, {"code": "garbled", "message": raw[:200].decode(errors="replace")}) from error
    if status >= 400:
        raise Refused(status, found.get("error", {}))
    return dict(found)


class Line(asyncio.Protocol):
    """One Socket.IO connection over WebSocket, to one namespace. `on_told` gets the name and payload of each event."""

    def __init__(
        self,
        loop: VirtualLoop,
        namespace: str,
        auth: Json,
        on_told: Callable[[str, Any], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._namespace = namespace
        self._prefix = f"{namespace},"
        self._auth = auth
        self._on_told = on_told
        self._on_lost = on_lost
        self._got = b""
        self._upgraded = False
        self._acks: dict[int, asyncio.Future[Json]] = {}
        self._next_ack = 0
        self._silence: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self.opened: asyncio.Future[None] = loop.create_future()
        self.transport: Any = None
        self.lost = False
        self.deaf = False  # a closed laptop: nothing is read and nothing is answered

    @classmethod
    async def open(
        cls,
        machine: Machine,
        address: tuple[str, int],
        namespace: str,
        auth: Json,
        on_told: Callable[[str, Any], None],
        on_lost: Callable[[], None],
    ) -> Line:
        """Raises `LineLost`, `Refused`."""
        loop: Any = asyncio.get_running_loop()
        line = cls(loop, namespace, auth, on_told, on_lost)
        try:
            async with asyncio.timeout(ANSWER_S):
                await loop.network.connect(machine, lambda: line, address)
                await line.opened
        except (TimeoutError, OSError) as error:
            line.hang_up()
            raise LineLost(str(error)) from error
        except BaseException:
            line.hang_up()
            raise
        return line

    @property
    def token(self) -> str:
        """What it was opened with: its person may have another one by now."""
        return str(self._auth["token"])

    # -- requests --

    def ask(self, name: str, body: Json) -> asyncio.Future[Json]:
        """Send a request; the future is its ack. It fails with `LineLost` when the line ends first."""
        done: asyncio.Future[Json] = self._loop.create_future()
        if self.lost:
            done.set_exception(LineLost(name))
            return done
        self._next_ack += 1
        self._acks[self._next_ack] = done
        payload = _encode([name, body]).decode()
        self._send(f"42{self._namespace},{self._next_ack}{payload}")
        return done

    def tell(self, name: str, body: Any) -> None:
        """Send without an ack."""
        self._send(f"42{self._namespace},{_encode([name, body]).decode()}")

    def hang_up(self) -> None:
        if self.transport is not None and not self.lost:
            self.transport.close()
        self._end()

    # -- the protocol: WebSocket, then Engine.IO, then Socket.IO --

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(b"simulated person").decode()
        transport.write(
            (
                "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        self._got += data
        if not self._upgraded:
            head, end, rest = self._got.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._fail(LineLost(f"no socket: {head[:60]!r}"))
                return
            self._upgraded, self._got = True, rest
        self._heard()
        got, at = self._got, 0
        while not self.lost and (bounds := _frame_at(got, at)) is not None:
            opcode, (first, last) = got[at] & 0x0F, bounds
            at = last
            if opcode == 1:
                self._packet(got[first:last].decode())
            elif opcode == 8:
                self.hang_up()
            elif opcode == 9:
                self._send_frame(10, got[first:last])
        self._got = got[at:]

    def _packet(self, text: str) -> None:
        kind = text[:1]
        if kind == "4":
            self._socketio(text[1:])
        elif kind == "2":
            self._send("3")
        elif kind == "0":
            self._send(f"40{self._namespace},{_encode(self._auth).decode()}")
        elif kind == "1":
            self.hang_up()

    def _socketio(self, text: str) -> None:
        kind, rest = text[:1], text[1:].removeprefix(self._prefix)
        if kind == "2":
            name, payload = _decode(rest)
            self._on_told(name, payload)
        elif kind == "0":
            if not self.opened.done():
                self.opened.set_result(None)
        elif kind == "1":
            self.hang_up()
        elif kind == "3":
            number, _, body = rest.partition("[")
            done = self._acks.pop(int(number), None)
            if done is not None and not done.done():
                done.set_result(_decode("[" + body)[0])
        elif kind == "4":
            refused = _decode(rest)
            self._fail(Refused(400, refused.get("data") or {"code": refused.get("message")}))

    def _send(self, text: str) -> None:
        self._send_frame(1, text.encode())

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        """Masked, as a client's frames are, with a mask of zeros."""
        if self.lost or self.deaf:
            return
        length = len(payload)
        if length < 126:
            head = bytes([0x80 | opcode, 0x80 | length])
        elif length < 65_536:
            head = bytes([0x80 | opcode, 0xFE]) + length.to_bytes(2)
        else:
            head = bytes([0x80 | opcode, 0xFF]) + length.to_bytes(8)
        self.transport.write(head + bytes(4) + payload)

    # -- the end of the line --

    def _heard(self) -> None:
        self._heard_at = self._loop.time()
        if self._silence is None:
            self._silence = self._loop.call_later(SILENCE_S, self._is_quiet)

    def _is_quiet(self) -> None:
        left_s = self._heard_at + SILENCE_S - self._loop.time()
        if left_s > 0.001:
            self._silence = self._loop.call_later(left_s, self._is_quiet)
        else:
            self.transport.abort()
            self._end()

    def _fail(self, error: Exception) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)
        self.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def eof_received(self) -> bool:
        return False

    def _end(self) -> None:
        if self.lost:
            return
        self.lost = True
        if self._silence is not None:
            self._silence.cancel()
        if not self.opened.done():
            self.opened.set_exception(LineLost("the connection ended"))
            self.opened.exception()  # looked at, also when nobody waits for it
        acks, self._acks = self._acks, {}
        for done in acks.values():
            if not done.done():
                done.set_exception(LineLost("the connection ended before the ack"))
                done.exception()
        self._on_lost()
