"""The simulated disk: storage behind a drive that is slow, fails before or after a commit, or dies with its machine.

The platter outlives every server; each start of a server gets a new drive on it. A drive knows the moment at which a
commit became durable, and says so to whoever watches.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from handoff.service.ports import Batch, Storage, StorageUnavailable
from handoff.simulation.loop import Machine

Watcher = Callable[[Batch], None]
_HICCUPS = 0.03  # of all commits: every disk has some, and what comes meanwhile is written together
_HICCUP_S = 0.4  # the longest
_FAILS_WITHIN_S = (
    1.2  # a disk that fails often takes its time to say so, and the desk is ahead of it meanwhile
)


@dataclass(slots=True)
class DiskFaults:
    """What the disk does wrong from now on. Shares of all commits, from 0 to 1; `away`: it answers to nothing."""

    before_commit: float = 0.0
    after_commit: float = 0.0
    death_before_commit: float = 0.0
    death_after_commit: float = 0.0
    slow_s: float = 0.0
    away: bool = False

    @property
    def any(self) -> bool:
        return bool(self.before_commit or self.after_commit or self.slow_s or self.away)


class Drive:
    """The `Storage` port for one run of a server."""

    def __init__(
        self,
        platter: Storage,
        machine: Machine,
        faults: DiskFaults,
        chance: random.Random,
        watcher: Watcher,
        count: Callable[[str], None],
    ) -> None:
        self._platter = platter
        self._machine = machine
        self._faults = faults
        self._chance = chance
        self._watcher = watcher
        self._count = count

    def as_storage(self) -> Storage:
        return cast(Storage, self)  # every method of the port but those below is passed on

    def __getattr__(self, name: str) -> Any:
        passed_on = getattr(self._platter, name)

        faults = self._faults

        async def method(*args: Any, **kwargs: Any) -> Any:
            """Takes as long as the disk does. Raises `StorageUnavailable` when that is away, or its machine no more."""
            await asyncio.sleep(0)
            self._reach()
            if faults.slow_s:
                await asyncio.sleep(self._chance.uniform(0, faults.slow_s))
                self._reach()
            return await passed_on(*args, **kwargs)

        setattr(self, name, method)  # found at once from now on
        return method

    async def close(self) -> None:
        """The platter stays."""

    async def check(self) -> dict[str, Any]:
        return {"ok": not self._faults.away, "engine": "simulated"}

    def _reach(self) -> None:
        if self._machine.dying or self._faults.away:
            raise StorageUnavailable("the simulated disk is away")

    async def commit(self, batch: Batch) -> None:
        chance, faults = self._chance, self._faults
        takes_s = chance.uniform(0.0002, 0.004)
        if chance.random() < _HICCUPS:
            takes_s += chance.uniform(0.0, _HICCUP_S)
        if faults.slow_s:
            takes_s += chance.uniform(0, faults.slow_s)
        await asyncio.sleep(takes_s)
        self._reach()
        if faults.before_commit and chance.random() < faults.before_commit:
            self._count("disk_error_before_commit")
            await asyncio.sleep(chance.uniform(0, _FAILS_WITHIN_S))
            raise StorageUnavailable("an error before the commit")
        if faults.death_before_commit and chance.random() < faults.death_before_commit:
            await self._die("death_before_commit")
        await self._platter.commit(batch)
        self._watcher(batch)
        if faults.death_after_commit and chance.random() < faults.death_after_commit:
            await self._die("death_after_commit")
        if faults.after_commit and chance.random() < faults.after_commit:
            self._count("disk_error_after_commit")
            await asyncio.sleep(chance.uniform(0, _FAILS_WITHIN_S))
            raise StorageUnavailable("an error after the commit")
        await asyncio.sleep(chance.uniform(0, 0.002))

    async def _die(self, how: str) -> None:
        self._count(how)
        self._machine.die_soon()
        await asyncio.get_running_loop().create_future()
