"""Carries out what falls due: a sweep over the deadlines in storage, and what a time of absence means."""

from __future__ import annotations

import asyncio
import logging

from handoff.domain import commands as c
from handoff.domain.errors import Code, DomainError
from handoff.service.committer import Committer
from handoff.service.ports import Clock, Ids, Storage, StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

DUE_AT_ONCE_MAX = 500
AWAY_S = 5.0  # a longer step forward of the clock counts as downtime (design, section 5); so does a longer standstill
STUCK_AGAIN_S = 10.0  # what could not be carried out because of a defect is tried again after this long


class Timekeeper:
    """Nothing depends on a timer here: a sweep asks storage what is due, so a restart forgets nothing.

    Nothing ends its work either: a deadline whose consequence cannot be found, because of a defect, is told in the log
    and tried again later, and the others are carried out.
    """

    def __init__(
        self, committer: Committer, storage: Storage, clock: Clock, ids: Ids, *, sweep_s: float
    ) -> None:
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._sweep_s = sweep_s
        self._tasks = Tasks()
        self._stuck: dict[str, float] = {}  # id -> when to try again, by the event loop's time
        self._swept_at = 0.0
        self._failing_since: float | None = None

    async def start(self) -> None:
        """The server was away: clocks on people start again; what was owed to customers is carried out at once."""
        await self._committer.carry_out(c.RestartClocks(sockets_lost=True))
        # What is in storage may have been written under other rules: settings and desk file of the time before.
        await self._committer.carry_out(c.PutInForce(rules=self._committer.desk.rules))
        await self.sweep()
        self._tasks.start("timekeeper", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        wall, steady = self._clock.now(), self._clock.monotonic()
        self._swept_at = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(self._sweep_s)
            wall_now, steady_now = self._clock.now(), self._clock.monotonic()
            stepped_s = (wall_now - wall).total_seconds() - (steady_now - steady)
            wall, steady = wall_now, steady_now
            try:
                await self._round(stepped_s)
            except (DomainError, StorageUnavailable):  # told by the committer; the next round tries again
                self._note_failing()
            except Exception:  # a defect: time goes on all the same
                _log.exception("a sweep failed")

    async def _round(self, stepped_s: float) -> None:
        """One sweep, after clocks on people were started again if they could not act for a while."""
        now_s = asyncio.get_running_loop().time()
        if not self._committer.healthy:
            self._note_failing()
        failing_s = 0.0 if self._failing_since is None else now_s - self._failing_since
        away = {
            "the clock stepped forward": stepped_s,
            "the server stood still": now_s - self._swept_at - self._sweep_s,
            "nothing could be written": failing_s,
        }
        why, away_s = max(away.items(), key=lambda one: one[1])
        if away_s > AWAY_S:
            await self._committer.carry_out(c.RestartClocks(sockets_lost=False))
            _log.warning("clocks on people start again", extra={"why": why, "seconds": round(away_s, 3)})
        await self.sweep()
        if self._committer.healthy:
            self._failing_since = None
        self._swept_at = asyncio.get_running_loop().time()

    def _note_failing(self) -> None:
        if self._failing_since is None:
            self._failing_since = asyncio.get_running_loop().time()

    async def sweep(self) -> None:
        """Everything that is due now. More than a full load is taken up by the next round at once.

        Raises `StorageUnavailable`, or `unavailable`, when it could not be read or written.
        """
        while True:
            limit = DUE_AT_ONCE_MAX + len(self._stuck)  # so that no number of stuck ones hides the others
            conversation_ids, agent_ids = await self._storage.due(self._clock.now(), limit)
            commands: dict[str, c.Command] = {one: c.CarryOutDueOfAgent(agent_id=one) for one in agent_ids}
            for one in conversation_ids:
                new = c.NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())
                commands[one] = c.CarryOutDue(conversation_id=one, new_handoff=new)
            await self._carry_out(commands)
            if len(conversation_ids) < limit and len(agent_ids) < limit:
                return

    async def _carry_out(self, commands: dict[str, c.Command]) -> None:
        now_s = asyncio.get_running_loop().time()
        tried = {about: one for about, one in commands.items() if self._stuck.get(about, now_s) <= now_s}
        results = await asyncio.gather(
            *(self._committer.carry_out(command) for command in tried.values()), return_exceptions=True
        )
        unavailable: BaseException | None = None
        for about, result in zip(tried, results, strict=True):
            if not isinstance(result, BaseException):
                self._stuck.pop(about, None)
            elif isinstance(result, DomainError) and result.code is Code.UNAVAILABLE:
                unavailable = result
            elif isinstance(result, Exception):
                self._stuck[about] = now_s + STUCK_AGAIN_S
                _log.error("what was due could not be carried out", extra={"about": about}, exc_info=result)
            else:
                raise result
        if unavailable is not None:
            raise unavailable
