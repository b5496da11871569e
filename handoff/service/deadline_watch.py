"""Watches that deadlines are carried out in time (invariant 4), by what storage says and not by what the timekeeper
believes. It only looks: a deadline that is late shows in the log, in `/readyz` and in `/metrics`."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from handoff.domain.guarantee import LATE_S
from handoff.service.ports import Clock, Storage, StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)


class DeadlineWatch:
    """`lag_s`: how long the earliest deadline has been due without its consequence; `worst_lag_s` since the start.

    `late` counts the times that it was more than two sweeps.
    """

    def __init__(self, storage: Storage, clock: Clock, *, every_s: float) -> None:
        self.lag_s = 0.0
        self.worst_lag_s = 0.0
        self.late = 0
        self._storage = storage
        self._clock = clock
        self._every_s = every_s
        self._tasks = Tasks()
        self._is_late = False

    def start(self) -> None:
        self._tasks.start("deadline watch", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`."""
        await self.look()
        return {
            "ok": self.lag_s <= LATE_S,
            "lag_s": round(self.lag_s, 3),
            "worst_lag_s": round(self.worst_lag_s, 3),
            "late": self.late,
        }

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except StorageUnavailable:
                continue  # storage that cannot be read is told by its own check

    async def look(self) -> None:
        """Raises `StorageUnavailable`."""
        earliest = await self._storage.earliest_deadline()
        self.lag_s = 0.0 if earliest is None else max(0.0, (self._clock.now() - earliest).total_seconds())
        self.worst_lag_s = max(self.worst_lag_s, self.lag_s)
        is_late = self.lag_s > LATE_S
        if is_late and not self._is_late:
            self.late += 1
            _log.error("a deadline is overdue", extra={"lag_s": round(self.lag_s, 3)})
        elif self._is_late and not is_late:
            _log.warning("no deadline is overdue any more", extra={"worst_lag_s": round(self.worst_lag_s, 3)})
        self._is_late = is_late
