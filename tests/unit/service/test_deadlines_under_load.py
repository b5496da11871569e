"""Invariant 4 under load: what is due is carried out within two sweeps, whatever else waits to be written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from handoff.domain import commands as c
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.policy import Policy
from handoff.service.committer import Committed, Committer
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.steady_clock import SteadyClock
from handoff.service.timekeeper import Timekeeper
from handoff.service.world import RandomIds
from handoff.storage.sqlite import SqliteStorage
from tests.factories import TRADER, start_conversation
from tests.houses import MovableClock

PROMISED = 300  # all fall due in the same moment
TALKERS = 40
ANSWER_BY_S = 60
PATIENCE_S = 120


class House:
    def __init__(self, database: Path) -> None:
        self.clock = MovableClock()
        clock, ids = SteadyClock(self.clock), RandomIds()
        rules = DeskRules(trader=TRADER, policy=Policy(answer_by_s=ANSWER_BY_S))
        self.storage = SqliteStorage(database)
        self.committer = Committer(Desk(rules), self.storage, clock, ids)
        self.timekeeper = Timekeeper(self.committer, self.storage, clock, ids, sweep_s=0.5)
        self.watch = DeadlineWatch(self.storage, clock, every_s=0.05)
        self.broken: set[str] = set()
        self.all_broken = asyncio.Event()
        self.said = 0
        self.committer.listen(self._listen)

    def _listen(self, committed: Committed) -> None:
        broken = {one.conversation_id for one in committed.events if one.type == "promise_broken"}
        self.broken |= {one for one in broken if one.startswith("promised")}
        if len(self.broken) == PROMISED:
            self.all_broken.set()

    async def begins(self, name: str) -> None:
        await self.committer.carry_out(start_conversation(name, customer_id=name))

    async def wants_person(self, name: str) -> None:
        await self.begins(name)
        new = c.NewHandoff(handoff_id=f"h-{name}", reference=name)
        await self.committer.carry_out(c.RequestHandoff(conversation_id=name, new_handoff=new, client_id="1"))

    async def talks(self, name: str) -> None:
        """One message after another, each acknowledged, until all promises are known to be broken."""
        await self.wants_person(name)
        while not self.all_broken.is_set():
            self.said += 1
            new = c.NewHandoff(handoff_id=f"h-{name}-{self.said}", reference="R")
            await self.committer.carry_out(
                c.CustomerMessage(
                    conversation_id=name, text="Hello?", client_id=str(self.said), new_handoff=new
                )
            )


async def test_no_deadline_is_late_while_many_fall_due_at_once_and_everybody_talks(tmp_path: Path) -> None:
    house = House(tmp_path / "byname.db")
    await house.storage.open()
    await house.committer.start()
    house.clock.freeze()
    await asyncio.gather(*(house.wants_person(f"promised-{number}") for number in range(PROMISED)))
    house.clock.go_on()
    await house.timekeeper.start()
    house.watch.start()
    talkers = [asyncio.ensure_future(house.talks(f"talker-{number}")) for number in range(TALKERS)]
    house.clock.move(seconds=ANSWER_BY_S)
    async with asyncio.timeout(PATIENCE_S):
        await house.all_broken.wait()
    await asyncio.gather(*talkers)
    print(
        f"{PROMISED} due at once, {house.said} messages meanwhile, worst lag {house.watch.worst_lag_s:.3f} s"
    )
    assert house.watch.late == 0, house.watch.worst_lag_s
    assert house.said > TALKERS
    await house.watch.close()
    await house.timekeeper.close()
    await house.committer.close()
    await house.storage.close()
