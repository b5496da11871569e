"""Connections below Socket.IO: frames that no library sends, clients that do not read, the change of transport."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from handoff.gateway import connections
from handoff.gateway.connections import Connection
from tests.clients import PATIENCE_S, Customer, new_client_id
from tests.houses import House
from tests.integration.conftest import OpenHouse

NO_PACKETS = [
    "",
    "9",
    "x",
    "2",
    "3probe",
    "4",
    "47",
    "4x",
    "45",
    "4[1,2]",
    '4{"a":1}',
    "42/customer",
    "bAAAA",
    "b?",
    "5",
    "6",
]
TEXT = "x" * 4_000


def connections_of(house: House) -> list[Connection]:
    gateway = house.server._gateway
    assert gateway is not None
    return list(gateway._server.eio.sockets.values())


@asynccontextmanager
async def bare_customer(
    house: House, customer: Customer, http: aiohttp.ClientSession | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A web socket of this customer, past its snapshot."""
    address = f"{house.origin}/socket.io/?EIO=4&transport=websocket"
    async with (http or house.http).ws_connect(address) as bare:
        assert (await bare.receive_str()).startswith("0{")
        await bare.send_str("40/customer," + json.dumps({"v": 1, "token": customer.token, "since": 0}))
        assert (await bare.receive_str()).startswith("40/customer,")
        assert (await bare.receive_str()).startswith('42/customer,["snapshot"')
        yield bare


async def ack(bare: aiohttp.ClientWebSocketResponse, number: int) -> Any:
    """The ack with this number; whatever else comes is passed over."""
    start = f"43/customer,{number}["
    async with asyncio.timeout(PATIENCE_S):
        while not (frame := await bare.receive_str()).startswith(start):
            pass
    return json.loads(frame[len(start) - 1 :])[0]


async def until(holds: Callable[[], bool]) -> None:
    """Turn by turn of the event loop, since nothing tells of this."""
    async with asyncio.timeout(PATIENCE_S):
        for _ in iter(holds, True):
            await asyncio.sleep(0)


async def test_frames_that_are_no_packets_do_no_harm(house: House) -> None:
    customer = await house.customer(connected=False)
    async with bare_customer(house, customer) as bare:
        for frame in NO_PACKETS:
            await bare.send_str(frame)
        await bare.send_bytes(b"\x00\xff")
        await bare.send_bytes(b"")
        await bare.send_str('42/customer,7["sync",{"since":0}]')

        assert (await ack(bare, 7))["ok"] is True


async def test_acks_of_requests_in_one_frame_after_another_keep_their_order(house: House) -> None:
    customer = await house.customer(connected=False)
    async with bare_customer(house, customer) as bare:
        for number in range(50):
            text = f"number {number}"
            await bare.send_str(
                f'42/customer,{number}["message",{{"client_id":"{new_client_id()}","text":"{text}"}}]'
            )
        acks = [await ack(bare, number) for number in range(50)]

    seqs = [one["seq"] for one in acks]
    assert seqs == sorted(set(seqs))


async def test_client_that_asks_and_does_not_read_is_not_read_from_until_it_does(
    open_house: OpenHouse,
) -> None:
    """Its answers would pile up in the server without bound."""
    house = await open_house()
    customer = await house.customer()
    for _ in range(40):
        await customer.say(TEXT)

    def small(info: Any) -> socket.socket:
        made = socket.socket(info[0], info[1], info[2])
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        return made

    connector = aiohttp.TCPConnector(socket_factory=small)
    before = set(connections_of(house))
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        bare_customer(house, customer, http) as bare,
    ):
        (connection,) = set(connections_of(house)) - before
        transport = connection._transport
        assert transport is not None
        answer_bytes = 40 * len(TEXT)
        questions = 200  # 30 MB of answers, far more than the system keeps for one connection
        for number in range(questions):
            await bare.send_str(f'42/customer,{number}["sync",{{"since":0}}]')
        await until(lambda: connection.congested)
        for _ in range(1_000):  # what it would do if it went on, it would do now
            await asyncio.sleep(0)

        assert connection.congested
        assert transport.get_write_buffer_size() < 3 * answer_bytes
        await customer.say("Others go on")
        for number in range(questions):
            assert (await ack(bare, number))["ok"] is True


async def test_client_that_is_told_the_end_and_stays_is_cut_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HANG_UP_S", 0.05)
    customer = await house.customer(connected=False)
    address = f"{house.origin}/socket.io/?EIO=4&transport=websocket"
    async with house.http.ws_connect(address, autoclose=False) as bare:
        await bare.receive_str()
        await bare.send_str("40/customer," + json.dumps({"v": 1, "token": customer.token, "since": 0}))
        assert (await bare.receive_str()).startswith("40/customer,")
        assert (await bare.receive_str()).startswith('42/customer,["snapshot"')
        (connection,) = connections_of(house)

        await connection.close(reason="test")

        assert await bare.receive_str() == "1"
        async with asyncio.timeout(PATIENCE_S):
            while (await bare.receive()).type is not aiohttp.WSMsgType.CLOSED:
                pass


async def test_customer_who_begins_by_polling_goes_on_over_a_web_socket_and_misses_nothing(
    house: House,
) -> None:
    customer = await house.customer(connected=False)
    tab = await house.second_socket(customer)
    address = f"{house.origin}/socket.io/?EIO=4&transport=polling"

    async def poll(session: str) -> str:
        async with house.http.get(address + session) as answer:
            return await answer.text()

    sid = json.loads((await poll(""))[1:])["sid"]
    auth = json.dumps({"v": 1, "token": customer.token, "since": 0})
    async with house.http.post(f"{address}&sid={sid}", data=f"40/customer,{auth}") as answer:
        assert answer.status == 200
    polled = await poll(f"&sid={sid}")
    while "snapshot" not in polled:
        polled += await poll(f"&sid={sid}")
    await tab.say("While it polls")
    while "While it polls" not in polled:
        polled += await poll(f"&sid={sid}")

    async def heard(bare: aiohttp.ClientWebSocketResponse, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while text not in await bare.receive_str():
                pass

    async with house.http.ws_connect(
        f"{house.origin}/socket.io/?EIO=4&transport=websocket&sid={sid}"
    ) as bare:
        await bare.send_str("2probe")
        assert await bare.receive_str() == "3probe"
        await tab.say("While it changes")
        assert await poll(f"&sid={sid}") == "6"
        await bare.send_str("5")
        await heard(bare, "While it changes")
        await tab.say("Afterwards")
        await heard(bare, "Afterwards")
        async with house.http.get(f"{address}&sid={sid}") as answer:
            assert answer.status == 400


async def test_web_socket_that_does_not_confirm_leaves_the_client_polling(house: House) -> None:
    address = f"{house.origin}/socket.io/?EIO=4&transport="
    async with house.http.get(address + "polling") as answer:
        sid = json.loads((await answer.text())[1:])["sid"]
    for frames in (["2"], ["2probe", "4"], []):
        async with house.http.ws_connect(f"{address}websocket&sid={sid}") as bare:
            for frame in frames:
                await bare.send_str(frame)
                if frame == "2probe":
                    assert await bare.receive_str() == "3probe"
    (connection,) = connections_of(house)
    await until(lambda: connection._transport is None)
    async with house.http.post(f"{address}polling&sid={sid}", data="40/customer,{}") as answer:
        assert answer.status == 200
    async with house.http.get(f"{address}polling&sid={sid}") as answer:
        assert "44/customer," in await answer.text()
