"""Traffic in open conversations, and what it took."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

from tests.bench.sides import Side

WINDOW = 4  # messages that one customer has under way; enough to keep a server busy, few enough to be real
ALL_SEEN_PATIENCE_S = 120.0


@dataclass(slots=True, kw_only=True)
class Load:
    """Seconds from the customer's send to the agent's screen, for each message; what all of them took in time, and of
    the server's processor."""

    latencies_s: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_s: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.seconds

    @property
    def cpu_s_a_message(self) -> float:
        return self.cpu_s / len(self.latencies_s)

    def percentile_s(self, percent: int) -> float:
        return percentile(self.latencies_s, percent)

    def add(self, other: Load) -> None:
        self.latencies_s += other.latencies_s
        self.seconds += other.seconds
        self.cpu_s += other.cpu_s


def percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


class Screens:
    """When each message was sent, and when an agent saw it. One for each side."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}
        self._seen: list[float] = []
        self._empty = asyncio.Event()
        self._names = itertools.count()

    def on_screen(self, text: str) -> None:
        sent = self._sent.pop(text, None)
        if sent is not None:
            self._seen.append(time.perf_counter() - sent)
            if not self._sent:
                self._empty.set()

    async def _say(self, side: Side, number: int) -> None:
        text = f"Message {next(self._names)}: where is my parcel, please?"
        self._sent[text] = time.perf_counter()
        self._empty.clear()
        await side.send(number, text)

    async def full_speed(self, side: Side, numbers: Sequence[int], messages: int) -> Load:
        """Each of these conversations sends `messages`, `WINDOW` at once, each after the ack of an earlier one."""

        async def lane(number: int, first: int) -> None:
            for _ in range(first, messages, WINDOW):
                await self._say(side, number)

        with self._measured(side) as load:
            async with asyncio.TaskGroup() as group:
                for number in numbers:
                    for first in range(min(WINDOW, messages)):
                        group.create_task(lane(number, first))
            await self._all_seen()
        return load

    async def at_rate(self, side: Side, numbers: Sequence[int], per_second: float, messages: int) -> Load:
        """`messages` in all, one every `1 / per_second`, in these conversations in turn, whatever waits."""
        with self._measured(side) as load:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for count in range(messages):
                    await asyncio.sleep(max(0.0, began + count / per_second - time.perf_counter()))
                    group.create_task(self._say(side, numbers[count % len(numbers)]))
            await self._all_seen()
        return load

    @contextmanager
    def _measured(self, side: Side) -> Iterator[Load]:
        self._seen = []
        load = Load()
        cpu_s, began = side.cpu_s(), time.perf_counter()
        yield load
        load.seconds = time.perf_counter() - began
        load.cpu_s = side.cpu_s() - cpu_s
        load.latencies_s = self._seen

    async def _all_seen(self) -> None:
        async with asyncio.timeout(ALL_SEEN_PATIENCE_S):
            while self._sent:
                await self._empty.wait()
