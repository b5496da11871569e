"""Carries out what falls due: a sweep over the deadlines in storage, and what a stop or a step of the clock means."""

from __future__ import annotations

import asyncio
import logging

from handoff.domain import commands as c
from handoff.domain.errors import DomainError
from handoff.service.committer import Committer
from handoff.service.ports import Clock, Ids, Storage, StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

DUE_AT_ONCE_MAX = 500
CLOCK_STEP_S = 5.0  # a step forward of more than this counts as downtime; design, section 5


class Timekeeper:
    """Nothing depends on a timer here: a sweep asks storage what is due, so a restart forgets nothing."""

    def __init__(
        self, committer: Committer, storage: Storage, clock: Clock, ids: Ids, *, sweep_s: float
    ) -> None:
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._sweep_s = sweep_s
        self._tasks = Tasks()

    async def start(self) -> None:
        """The server was away: clocks on people start again; what was owed to customers is carried out at once."""
        await self._committer.carry_out(c.RestartClocks(sockets_lost=True))
        await self.sweep()
        self._tasks.start("timekeeper", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        wall, steady = self._clock.now(), self._clock.monotonic()
        while True:
            await asyncio.sleep(self._sweep_s)
            wall_now, steady_now = self._clock.now(), self._clock.monotonic()
            stepped_s = (wall_now - wall).total_seconds() - (steady_now - steady)
            wall, steady = wall_now, steady_now
            try:
                if stepped_s > CLOCK_STEP_S:
                    _log.warning("the clock stepped forward", extra={"seconds": round(stepped_s, 3)})
                    await self._committer.carry_out(c.RestartClocks(sockets_lost=False))
                await self.sweep()
            except (DomainError, StorageUnavailable) as error:
                _log.error("a sweep could not be carried out", exc_info=error)

    async def sweep(self) -> None:
        """Everything that is due now. More than a full load is taken up by the next round at once."""
        while True:
            now = self._clock.now()
            conversation_ids, agent_ids = await self._storage.due(now, DUE_AT_ONCE_MAX)
            commands: list[c.Command] = [c.CarryOutDueOfAgent(agent_id=one) for one in agent_ids]
            for conversation_id in conversation_ids:
                new = c.NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())
                commands.append(c.CarryOutDue(conversation_id=conversation_id, new_handoff=new))
            await asyncio.gather(*(self._committer.carry_out(command) for command in commands))
            if len(conversation_ids) < DUE_AT_ONCE_MAX and len(agent_ids) < DUE_AT_ONCE_MAX:
                return
