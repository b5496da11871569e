"""Simulated TCP: ordered streams between machines, with latency, and with the faults that a stream can have.

A connection can be cut (what was on its way in either direction arrives or is lost), stall for a while in one direction
(all of it arrives later, in order), or go silent in one or both (nothing arrives any more, and nobody is told).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from handoff.simulation.loop import Machine, VirtualLoop

_Address = tuple[str, int]
_GIVEN_UP_S = 16.0  # who heard nothing of the other end for so long, in a stall, may be about to close


class Listener(asyncio.AbstractServer):
    """What `create_server` gives: it takes connections until it is closed."""

    sockets = ()

    def __init__(self, network: Network, machine: Machine, factory: Any, address: _Address) -> None:
        self.machine = machine
        self.factory = factory
        self._network = network
        self._address = address

    def close(self) -> None:
        self._network.close_listener(self._address, self)

    def is_serving(self) -> bool:
        return True

    async def wait_closed(self) -> None:
        pass

    async def start_serving(self) -> None:
        pass

    async def serve_forever(self) -> None:
        await asyncio.get_running_loop().create_future()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._network.loop


class End(asyncio.Transport):
    """One end of a connection, and the way from it to the other end."""

    def __init__(self, link: Link, machine: Machine, local: _Address, remote: _Address) -> None:
        super().__init__({"peername": remote, "sockname": local})
        self.machine = machine
        self.link = link
        self.other: End
        self.protocol: Any = None
        self.silent = False  # what is sent from here arrives nowhere
        self._closing = False
        self._lost = False
        self._free_at = 0.0  # what is sent next arrives after what was sent before
        self._reading = True
        self._kept: list[bytes] = []

    # -- sending --

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self.machine.dying or not data:
            return
        self._send(self.other.arrive, bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def _send(self, arrive: Callable[..., None], *args: Any) -> None:
        if self.silent:
            return
        link = self.link
        now = link.loop.time()
        at = max(now + link.latency(), self._free_at)
        self._free_at = at
        link.loop.call_at(
            at, self._deliver, link.generation, now, arrive, *args, context=self.other.machine.context
        )

    def _deliver(self, generation: int, sent_at: float, arrive: Callable[..., None], *args: Any) -> None:
        """Runs as the other machine's. What was on its way when the connection was cut counts as lost."""
        if not self.silent and generation >= self.link.lost_before.get(self, 0):
            network = self.link.network
            network.delivering_from = sent_at
            arrive(*args)
            network.delivering_from = inf

    def stall(self, seconds: float) -> None:
        self._free_at = max(self._free_at, self.link.loop.time() + seconds)
        self.link.stalled_until = max(self.link.stalled_until, self._free_at)

    # -- receiving --

    def arrive(self, data: bytes) -> None:
        if self._lost or self._closing:
            return
        self.link.network.heard[self.other.machine.name] = self.link.loop.time()
        if not self._reading:
            self._kept.append(data)
            return
        self.protocol.data_received(data)

    def _finished(self) -> None:
        """The other end has closed."""
        if not self._lost and not self._closing:
            with suppress(Exception):
                self.protocol.eof_received()
            self.close()

    def reset(self) -> None:
        """Told a step later, as asyncio does: whoever waited for what arrived just before goes on first."""
        if self._lost:
            return
        self._closing = True
        error = ConnectionResetError("reset by the other end")
        self.link.loop.call_soon(self._end, error, context=self.machine.context)

    def _end(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self.link.network.forget(self.link)
        if self.protocol is not None and self.machine.alive:
            self.protocol.connection_lost(error)

    # -- what protocols ask of a transport --

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        if not self.machine.dying:
            self._send(self.other._finished)
        self.link.loop.call_soon(self._end, None, context=self.machine.context)

    def abort(self) -> None:
        if self._lost:
            return
        self._closing = True
        if not self.machine.dying:
            self._send(self.other.reset)
        self.link.loop.call_soon(self._end, None, context=self.machine.context)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        kept, self._kept = self._kept, []
        for data in kept:
            self.arrive(data)

    def is_reading(self) -> bool:
        return self._reading

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return (0, 0)


class Link:
    """A connection: the end that asked for it, and the end that listened."""

    def __init__(self, network: Network, number: int) -> None:
        self.network = network
        self.loop = network.loop
        self.number = number
        self.generation = 0
        self.lost_before: dict[End, int] = {}
        self.stalled_until = -_GIVEN_UP_S
        self.asking: End
        self.serving: End

    def latency(self) -> float:
        return self.network.latency()

    def cut(self, *, lose_up: bool, lose_down: bool) -> None:
        """Reset. What is on its way up (to the server) or down arrives before it, or is lost."""
        self.generation += 1
        for end, lose in ((self.asking, lose_up), (self.serving, lose_down)):
            if lose or end.silent:  # a silent stream has lost something already, so nothing may follow
                self.lost_before[end] = self.generation
            end.silent = False
            end._send(end.other.reset)

    @property
    def delivers(self) -> bool:
        """Whether both ends are there and hear each other, neither can have given the other up after a stall, and all
        that was sent down has arrived."""
        if self.loop.time() < self.stalled_until + _GIVEN_UP_S:
            return False
        there = self.number in self.network.links and not self.serving.silent and not self.asking.silent
        return there and self.serving._free_at <= self.loop.time()

    @property
    def heard_from(self) -> float:
        """The time at which all that was sent up so far has arrived, or will."""
        return self.asking._free_at

    def silence(self, *, up: bool, down: bool) -> None:
        """Nothing arrives any more, in one direction or both, and nobody is told."""
        self.asking.silent = self.asking.silent or up
        self.serving.silent = self.serving.silent or down


class Network:
    """All machines and connections. `latency_s`: from, to; a draw now and then is ten times as long."""

    def __init__(self, loop: VirtualLoop, seed: str, latency_s: tuple[float, float]) -> None:
        self.loop = loop
        self.random = random.Random(f"{seed}:network")
        self._latency_s = latency_s
        self._listeners: dict[_Address, Listener] = {}
        self.links: dict[int, Link] = {}
        self.heard: dict[str, float] = {}  # when anything of a machine's last arrived somewhere
        self._made = 0
        self.delivering_from = inf  # while something is delivered: when it was sent
        loop.network = self

    def latency(self) -> float:
        drawn = self.random.uniform(*self._latency_s)
        return drawn * 10 if self.random.random() < 0.02 else drawn

    def listen(self, machine: Machine, factory: Any, address: _Address) -> Listener:
        listener = Listener(self, machine, factory, address)
        self._listeners[address] = listener
        return listener

    def close_listener(self, address: _Address, listener: Listener) -> None:
        if self._listeners.get(address) is listener:
            del self._listeners[address]

    def forget(self, link: Link) -> None:
        self.links.pop(link.number, None)

    async def connect(self, machine: Machine, factory: Any, address: _Address) -> tuple[End, Any]:
        """Raises `ConnectionRefusedError` after a round trip where nobody listens."""
        await asyncio.sleep(self.latency())
        listener = self._listeners.get(address)
        if listener is None or not listener.machine.alive or listener.machine.dying:
            await asyncio.sleep(self.latency())
            raise ConnectionRefusedError(f"nobody listens at {address}")
        self._made += 1
        link = Link(self, self._made)
        local = (machine.address, 20_000 + self._made)
        link.asking = End(link, machine, local, address)
        link.serving = End(link, listener.machine, address, local)
        link.asking.other, link.serving.other = link.serving, link.asking
        self.links[link.number] = link
        # The listening side begins as a step of its own machine; whatever it sends arrives later than this end begins.
        self.loop.call_soon(self._begin_serving, link, listener, context=listener.machine.context)
        protocol = factory()
        link.asking.protocol = protocol
        protocol.connection_made(link.asking)
        return link.asking, protocol

    def _begin_serving(self, link: Link, listener: Listener) -> None:
        link.serving.protocol = listener.factory()
        link.serving.protocol.connection_made(link.serving)

    def machine_died(self, machine: Machine, *, in_silence: bool, lose: bool) -> None:
        """Its connections end: with a reset, as a killed process leaves behind, or in silence, as a dead host.

        `lose`: what it sent last does not arrive.
        """
        for address, listener in list(self._listeners.items()):
            if listener.machine is machine:
                del self._listeners[address]
        for link in list(self.links.values()):
            for end in (link.asking, link.serving):
                if end.machine is machine:
                    if lose or in_silence:
                        link.generation += 1
                        link.lost_before[end] = link.generation
                    if not in_silence:
                        end._send(end.other.reset)
                    end.silent = in_silence
                    end.other.silent = True
                    end._lost = end._closing = True
                    self.forget(link)
