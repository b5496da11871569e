"""What goes over the wire, byte for byte, and how much of it at once."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from typing import Any

import engineio
import pytest
import socketio
from aiohttp import WSMsgType
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from engineio import async_socket, packet
from hypothesis import given
from hypothesis import strategies as st

from handoff.gateway.connections import Connection, ConnectionServer, text_frame
from handoff.gateway.packets import Packet, ack_packet, event_packet, read_request

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_any_length_is_read_as_it_was_made(size: int) -> None:
    loop = asyncio.new_event_loop()
    queue = WebSocketDataQueue(Transport(), 2**20, loop=loop)  # type: ignore[arg-type]  # as much of one as it asks for
    reader = WebSocketReader(queue, 2**20, compress=False, decode_text=True)

    reader.feed_data(text_frame(b"x" * size) + text_frame(b"next"))
    read = [loop.run_until_complete(queue.read()) for _ in range(2)]
    loop.close()

    assert [(one.type, one.data) for one in read] == [(WSMsgType.TEXT, "x" * size), (WSMsgType.TEXT, "next")]


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), payload=JSON)
def test_events_are_what_the_library_makes_of_them(name: str, payload: Any) -> None:
    made = event_packet("/customer", name, payload).decode()

    read = socketio.packet.Packet(encoded_packet=made)
    assert (read.packet_type, read.namespace, read.id, read.data) == (
        socketio.packet.EVENT,
        "/customer",
        None if not hasattr(read, "id") else read.id,
        [name, payload],
    )


@given(ack_id=st.integers(0, 10**15), ack=JSON)
def test_acks_are_what_the_library_makes_of_them(ack_id: int, ack: Any) -> None:
    read = socketio.packet.Packet(encoded_packet=ack_packet("/agent", ack_id, ack).decode())

    assert (read.packet_type, read.namespace, read.id, read.data) == (
        socketio.packet.ACK,
        "/agent",
        ack_id,
        [ack],
    )


@given(
    ack_id=st.none() | st.integers(0, 10**14),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    arguments=st.lists(JSON, max_size=2),
)
def test_requests_are_read_as_the_library_reads_them(
    ack_id: int | None, name: str, arguments: list[Any]
) -> None:
    text = Packet(socketio.packet.EVENT, [name, *arguments], "/customer", ack_id).encode()

    read, theirs = read_request(text), Packet(encoded_packet=text)

    assert read is not None
    assert (read.namespace, read.ack_id, [read.name, *read.arguments]) == (
        theirs.namespace,
        theirs.id,
        theirs.data,
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "2", "2/", "2/a", "2/a,", "2/a,1", '2["message",{}]', '20["message",{}]', "3/a,1[1]", "0/a,{}", "51-/a,[1]",
        "2/a,x[1]", "2/a,-1[1]", "2/a,\u0661[1]", "2/a," + "1" * 16 + "[1]", '2/a,1["m",{]', '2/a,1["m",NaN]',
        '2/a,1["m","\\ud800"]', "2/a,1" + "[" * 2_000,
    ],
)  # fmt: skip
def test_whatever_is_no_plain_request_is_left_to_the_library(text: str) -> None:
    assert read_request(text) is None


class Transport:
    """As much of a transport, and of its protocol, as is asked for here."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closing = False
        self.writing_paused = False
        self._reading_paused = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.closing


def connected(server: ConnectionServer, sid: str) -> tuple[Connection, Transport]:
    connection, transport = Connection(server, sid), Transport()
    connection._transport = connection._protocol = transport  # type: ignore[assignment]
    connection.connected = connection.upgraded = True
    return connection, transport


async def test_what_is_sent_in_one_turn_of_the_loop_is_one_write_for_each_connection() -> None:
    server = ConnectionServer(async_mode="aiohttp")
    pairs = [connected(server, str(number)) for number in range(3)]
    for connection, _ in pairs:
        for number in range(50):
            connection.tell(f"{number}".encode())
        await connection.send(packet.Packet(packet.PING))
    assert [transport.writes for _, transport in pairs] == [[], [], []]

    await asyncio.sleep(0)

    frames = [text_frame(f"4{number}".encode()) for number in range(50)] + [text_frame(b"2")]
    assert [transport.writes for _, transport in pairs] == [[b"".join(frames)]] * 3


async def test_a_defect_in_one_connection_does_not_end_the_watch_over_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = ConnectionServer(async_mode="aiohttp", ping_interval=0)
    (one, _), (_, transport) = pairs = [connected(server, str(number)) for number in range(2)]
    for connection, _ in pairs:
        server.sockets[connection.sid] = connection
        connection.schedule_ping()

    async def fails() -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(one, "look_after", fails)
    await server.look_after_all()
    await asyncio.sleep(0)

    assert transport.writes == [text_frame(b"2")]


async def test_nothing_is_written_to_a_connection_that_is_closing() -> None:
    connection, transport = connected(ConnectionServer(async_mode="aiohttp"), "a")
    connection.tell(b"one")
    transport.closing = True
    await asyncio.sleep(0)
    connection.closed = True
    connection.tell(b"two")
    await asyncio.sleep(0)

    assert transport.writes == []


REPLACED = {
    async_socket.AsyncSocket.send: "0437276ccba7ab09",
    async_socket.AsyncSocket.close: "faa2e93902543244",
    async_socket.AsyncSocket.schedule_ping: "fe316639159cd70d",
    async_socket.AsyncSocket.check_ping_timeout: "77616d5ca7809257",
    async_socket.AsyncSocket.receive: "a91ae36ec2fb5340",
    async_socket.AsyncSocket.handle_get_request: "05eaae9f0a60d9be",
    async_socket.AsyncSocket._upgrade_websocket: "820b83efe96adb98",
    async_socket.AsyncSocket._websocket_handler: "27f120df4d717a24",
    engineio.AsyncServer._handle_connect: "5bd7edc1d1ae115a",
    socketio.AsyncServer._handle_eio_message: "bef50fc0e1635921",
    socketio.AsyncServer._handle_event: "65178105ef8b593d",
    socketio.AsyncServer._handle_event_internal: "472e8b723a12d507",
    socketio.AsyncManager.basic_disconnect: "2933b50bc4b2ea7b",
}


@pytest.mark.parametrize("function", REPLACED, ids=lambda one: one.__qualname__)
def test_what_is_replaced_of_the_library_is_what_it_was(function: Any) -> None:
    """When a new version fails here: compare what changed with `handoff.gateway`, then note its digest."""
    assert hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16] == REPLACED[function]
