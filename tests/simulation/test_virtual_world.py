"""What the simulation is made of: the loop, the network, and the referee's own eyes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from handoff.domain.events import BODIES
from handoff.simulation.loop import Machine, Stuck, VirtualLoop
from handoff.simulation.network import Network
from handoff.simulation.referee import HIDDEN, Finding, Referee
from tests.factories import rules


class Hosts:
    """Two machines on a network, and what arrived at the second one."""

    def __init__(self) -> None:
        self.loop = VirtualLoop("test")
        self.network = Network(self.loop, "test", (0.01, 0.01))
        self.here, self.there = Machine("here", "10.0.0.2"), Machine("there", "10.0.0.1")
        self.arrived: list[tuple[float, bytes]] = []
        self.lost: list[str] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(self.loop.start_on(self.here, work, "test"))

    async def connect(self) -> Any:
        hosts = self

        class Server(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                hosts.arrived.append((round(hosts.loop.time(), 2), data))

            def connection_lost(self, exc: Exception | None) -> None:
                hosts.lost.append("there")

        class Client(asyncio.Protocol):
            def connection_lost(self, exc: Exception | None) -> None:
                hosts.lost.append("here")

        self.network.listen(self.there, Server, ("10.0.0.1", 80))
        transport, _ = await self.network.connect(self.here, Client, ("10.0.0.1", 80))
        return transport


def test_time_that_nobody_uses_costs_nothing() -> None:
    hosts = Hosts()

    hosts.run(asyncio.sleep(86_400))

    assert hosts.loop.time() == 86_400


def test_what_waits_for_ever_is_said_and_not_waited_for() -> None:
    hosts = Hosts()

    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        hosts.run(wait_for_nothing())


def test_a_machine_dies_between_two_awaits_and_nothing_of_it_has_an_effect() -> None:
    hosts = Hosts()
    done: list[int] = []

    async def count() -> None:
        for number in range(10):
            done.append(number)
            await asyncio.sleep(1)

    async def watch() -> None:
        transport = await hosts.connect()
        hosts.loop.start_on(hosts.there, count(), "count")
        await asyncio.sleep(3.5)
        hosts.there.dies_at = hosts.there.steps + 1
        await asyncio.sleep(60)
        transport.write(b"nobody reads this")
        await asyncio.sleep(1)

    hosts.run(watch())

    assert done == [0, 1, 2, 3]
    assert not hosts.there.alive
    assert hosts.arrived == []


def test_what_is_stalled_arrives_later_and_in_order() -> None:
    hosts = Hosts()

    async def talk() -> None:
        transport = await hosts.connect()
        transport.write(b"1")
        await asyncio.sleep(1)
        transport.stall(5)
        transport.write(b"2")
        await asyncio.sleep(1)
        transport.write(b"3")
        await asyncio.sleep(10)

    hosts.run(talk())

    assert [data for _, data in hosts.arrived] == [b"1", b"2", b"3"]
    assert hosts.arrived[0][0] < 1 < 6 <= hosts.arrived[1][0]


@pytest.mark.parametrize("lose", [True, False])
def test_a_cut_connection_ends_at_both_ends_with_or_without_what_was_on_its_way(lose: bool) -> None:
    hosts = Hosts()

    async def talk() -> None:
        transport = await hosts.connect()
        await asyncio.sleep(1)
        transport.write(b"last words")
        transport.link.cut(lose_up=lose, lose_down=True)
        await asyncio.sleep(1)

    hosts.run(talk())

    assert [data for _, data in hosts.arrived] == ([] if lose else [b"last words"])
    assert sorted(hosts.lost) == ["here", "there"]


def test_a_silent_connection_tells_nobody() -> None:
    hosts = Hosts()

    async def talk() -> None:
        transport = await hosts.connect()
        transport.link.silence(up=True, down=False)
        transport.write(b"anybody?")
        await asyncio.sleep(100)

    hosts.run(talk())

    assert hosts.arrived == hosts.lost == []


def test_a_stream_that_went_silent_never_goes_on_after_a_gap() -> None:
    """It was cut while silent: what came later arrived, and what had come before was missing."""
    hosts = Hosts()

    async def talk() -> None:
        transport = await hosts.connect()
        transport.link.silence(up=True, down=True)
        transport.write(b"lost")
        await asyncio.sleep(1)
        transport.link.cut(lose_up=False, lose_down=False)
        transport.write(b"too late")
        await asyncio.sleep(1)

    hosts.run(talk())

    assert hosts.arrived == []
    assert sorted(hosts.lost) == ["here", "there"]


def test_whoever_waits_for_data_has_it_before_the_reset_that_follows_in_the_same_instant() -> None:
    """As on asyncio, where a protocol hears of a lost connection a step later."""
    hosts = Hosts()
    seen: list[str] = []

    class Server(asyncio.Protocol):
        def __init__(self) -> None:
            self.waiter: asyncio.Future[None] = hosts.loop.create_future()
            hosts.loop.create_task(self.wait())

        async def wait(self) -> None:
            await self.waiter
            seen.append("data")

        def data_received(self, data: bytes) -> None:
            self.waiter.set_result(None)

        def connection_lost(self, exc: Exception | None) -> None:
            seen.append("lost")

    async def talk() -> None:
        hosts.network.listen(hosts.there, Server, ("10.0.0.1", 80))
        transport, _ = await hosts.network.connect(hosts.here, asyncio.Protocol, ("10.0.0.1", 80))
        transport.stall(1)  # what is sent from now on arrives in one instant
        transport.write(b"data")
        transport.link.cut(lose_up=False, lose_down=False)
        await asyncio.sleep(5)

    hosts.run(talk())

    assert seen == ["data", "lost"]


def test_the_referee_knows_every_type_that_customers_never_see() -> None:
    """Its list is its own, so that a rule that begins to show one is noticed. A new hidden type is added there."""
    assert {name for name, body in BODIES.items() if body.HIDDEN} == HIDDEN


def test_the_referee_notices_what_is_told_before_it_is_on_disk() -> None:
    found: list[Finding] = []
    referee = Referee(rules(), lambda: 1.0, lambda: datetime(2026, 3, 2, tzinfo=UTC), found.append)

    referee.told_event("c1", {"seq": 1, "id": "ev", "type": "message"}, customer=True)
    referee.acked_event("c1", "cu", "m1", {"seq": 1, "at": "now"}, "Hello")
    referee.told_handoff("c1", {"id": "ho", "state": "queued", "as_of_seq": 3})

    assert [finding.check[0] for finding in found] == ["1", "1", "1"]
