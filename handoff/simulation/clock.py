"""The server's clocks and its source of new ids, in the simulation: both follow from virtual time and the seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from handoff.service.world import READABLE
from handoff.simulation.loop import VirtualLoop


class SimulatedClock:
    """Wall time begins at `start`, which is in UTC and without fractions of milliseconds, and can be put forward or
    back; the steady clock cannot."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start
        self._latest = (-1.0, start)  # what was asked last: asked again, many times, at one instant

    def step(self, seconds: float) -> None:
        self._start += timedelta(seconds=seconds)
        self._latest = (-1.0, self._start)

    def now(self) -> datetime:
        time_s = self._loop.time()
        asked_s, moment = self._latest
        if asked_s != time_s:
            moment = self._start + timedelta(milliseconds=int(time_s * 1_000))
            self._latest = (time_s, moment)
        return moment

    def monotonic(self) -> float:
        return self._loop.time()


class SeededIds:
    """Ids as the real ones look, from a seeded source; each start of a server brings another seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{self._random.getrandbits(80):020x}"

    def reference(self) -> str:
        letters = "".join(self._random.choice(READABLE) for _ in range(7))
        return f"{letters[:3]}-{letters[3:]}"

    def secret(self) -> str:
        return f"{self._random.getrandbits(256):064x}"

    def salt(self) -> bytes:
        return self._random.randbytes(16)
