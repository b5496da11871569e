"""The tests' own clients, where they are not the library's."""

from __future__ import annotations

import asyncio

import pytest
from engineio import packet

from tests.clients import Engine


class _Sink:
    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send_str(self, text: str) -> None:
        self.sent.append(text)


@pytest.mark.parametrize("said", [0, 1, 2])
async def test_who_speaks_when_the_connection_is_found_dead_is_not_left_on_it(said: int) -> None:
    """The reader's word for the end comes behind what was said in the same turn of the event loop."""
    engine, sink = Engine(), _Sink()
    engine.state, engine.current_transport, engine.ws = "connected", "websocket", sink
    engine.ping_interval = engine.ping_timeout = 3_600
    engine.queue, engine.queue_empty = engine.create_queue(), asyncio.QueueEmpty
    for _ in range(said):
        await engine.queue.put(packet.Packet(packet.MESSAGE, "Hello"))
    await engine.queue.put(None)

    async with asyncio.timeout(10):
        await engine._write_loop()

    assert sink.sent == ["4Hello"] * said
