"""The timekeeper and the watch over it: what is due is carried out, whatever else goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.domain import commands as c
from handoff.domain.decisions import HANDLERS
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.errors import DomainError
from handoff.domain.guarantee import LATE_S
from handoff.domain.handoff import Handoff, HandoffState
from handoff.domain.people import Access, AgentCard, Presence
from handoff.domain.policy import Policy
from handoff.service import timekeeper as module
from handoff.service.committer import Committer
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.steady_clock import SteadyClock
from handoff.service.timekeeper import Timekeeper
from handoff.service.world import RandomIds
from handoff.storage.memory import MemoryStorage
from tests.clocks import NOON, SettableClock
from tests.factories import TRADER, start_conversation

SWEEP_S = 0.005


class CountedStorage(MemoryStorage):
    """Counts how often it was asked what is due."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def due(self, now: datetime, limit: int) -> tuple[list[str], list[str]]:
        self.looks += 1
        return await super().due(now, limit)


class House:
    """A desk with one agent, Ada, and as many customers as a test wants."""

    def __init__(self) -> None:
        self.world = SettableClock()
        self.clock = SteadyClock(self.world)
        self.storage = CountedStorage()
        self.start_desk(Policy())

    def start_desk(self, policy: Policy) -> None:
        desk = Desk(DeskRules(policy=policy, trader=TRADER))
        self.committer = Committer(desk, self.storage, self.clock, RandomIds())
        self.timekeeper = Timekeeper(self.committer, self.storage, self.clock, RandomIds(), sweep_s=SWEEP_S)
        self.watch = DeadlineWatch(self.storage, self.clock, every_s=SWEEP_S)

    async def begin(self) -> None:
        await self.committer.start()
        await self.timekeeper.start()
        self.watch.start()

    async def end(self) -> None:
        await self.watch.close()
        await self.timekeeper.close()
        await self.committer.close()

    async def do(self, command: c.Command) -> None:
        await self.committer.carry_out(command)

    async def ada(self) -> None:
        card = AgentCard(id="ada", name="Ada Ahlers", role="Advisor", employer="Nordlicht")
        await self.do(
            c.AddAgent(card=card, access=(Access.AGENT,), languages=("en",), teams=("service",), capacity=10)
        )
        await self.do(c.ConnectAgent(agent_id="ada"))
        await self.do(c.SetPresence(agent_id="ada", presence=Presence.ONLINE))

    async def waits(self, name: str) -> None:
        await self.do(start_conversation(name, customer_id=name))
        new = c.NewHandoff(handoff_id=f"h-{name}", reference=name)
        await self.do(c.RequestHandoff(conversation_id=name, new_handoff=new, client_id="1"))

    def handoff(self, name: str) -> Handoff:
        found = self.committer.desk.conversation(name).handoff
        assert found is not None
        return found

    def events(self, name: str) -> list[str]:
        return [event.type for event, _ in self.storage._logs[name].values()]

    async def until(self, holds: Callable[[], Any], what: str) -> None:
        try:
            async with asyncio.timeout(10):
                while not holds():  # noqa: ASYNC110 - what is waited for has no event
                    await asyncio.sleep(SWEEP_S)
        except TimeoutError:
            raise AssertionError(f"not within 10 s: {what}") from None

    async def some_sweeps(self) -> None:
        """Until the timekeeper has looked at storage three times more."""
        looked = self.storage.looks
        await self.until(lambda: self.storage.looks >= looked + 3, "three sweeps")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.begin()
    yield house
    house.storage.available = True
    await house.end()


# -- what must not stop it --


async def test_a_deadline_that_cannot_be_carried_out_holds_up_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect in one conversation once ended the timekeeper, and with it every clock of the desk."""
    await house.ada()
    await house.waits("poisoned")
    await house.waits("well")
    real = HANDLERS[c.CarryOutDue]

    def poisoned(trial: Any, command: c.CarryOutDue) -> None:
        if command.conversation_id == "poisoned":
            raise RuntimeError("a defect")
        real(trial, command)

    monkeypatch.setitem(HANDLERS, c.CarryOutDue, poisoned)
    house.world.passes(20 + LATE_S + 1)

    await house.until(lambda: "offer_ended" in house.events("well"), "the end of the other offer")
    assert "offer_ended" not in house.events("poisoned")
    await house.until(lambda: house.watch.late == 1, "the watch to see it")
    await house.some_sweeps()
    told = [one for one in caplog.records if one.message == "what was due could not be carried out"]
    assert [one.about for one in told] == ["poisoned"], "told once, and not with every sweep"  # type: ignore[attr-defined]

    monkeypatch.setitem(HANDLERS, c.CarryOutDue, real)
    house.timekeeper._stuck = dict.fromkeys(house.timekeeper._stuck, 0.0)
    await house.until(lambda: "offer_ended" in house.events("poisoned"), "its turn")


async def test_many_that_cannot_be_carried_out_do_not_hide_those_that_can(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DUE_AT_ONCE_MAX", 3)
    await house.ada()
    for number in range(7):
        await house.waits(f"poisoned-{number}")
    house.world.passes(1)
    await house.waits("well")
    real = HANDLERS[c.CarryOutDue]

    def poisoned(trial: Any, command: c.CarryOutDue) -> None:
        if command.conversation_id.startswith("poisoned"):
            raise RuntimeError("a defect")
        real(trial, command)

    monkeypatch.setitem(HANDLERS, c.CarryOutDue, poisoned)
    house.world.passes(21)
    await house.until(lambda: "offer_ended" in house.events("well"), "the one that can")


async def test_a_server_with_a_deadline_that_cannot_be_carried_out_still_starts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.waits("c1")
    await house.end()
    house.world.passes(3_600)

    def poisoned(trial: Any, command: c.CarryOutDue) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setitem(HANDLERS, c.CarryOutDue, poisoned)
    house.start_desk(Policy())
    await house.begin()


async def test_time_goes_on_after_storage_was_away(house: House) -> None:
    await house.ada()
    await house.waits("c1")
    house.storage.available = False
    house.world.passes(21)
    await house.until(lambda: house.timekeeper._failing_since is not None, "a sweep that fails")
    house.storage.available = True
    await house.until(lambda: "offer_ended" in house.events("c1"), "the consequence")


# -- absences: people get their time again in full, customers get what they are owed at once --


async def test_a_step_forward_of_the_clock_restarts_the_clocks_on_people(house: House) -> None:
    await house.ada()
    await house.waits("c1")
    house.world.is_set(60)
    await house.until(lambda: "clocks_restarted" in house.events("c1"), "the restart")
    assert house.handoff("c1").state is HandoffState.OFFERED
    offer = house.handoff("c1").offer
    assert offer is not None
    assert offer.expires_at == NOON + timedelta(seconds=80)
    house.world.passes(20)
    await house.until(lambda: "offer_ended" in house.events("c1"), "its end")


async def test_a_step_forward_over_a_promised_moment_breaks_the_promise_at_once(house: House) -> None:
    await house.waits("c1")
    await house.until(lambda: house.handoff("c1").state is HandoffState.PROMISED, "a promise")
    house.world.is_set(3_600)
    await house.until(lambda: "promise_broken" in house.events("c1"), "the broken promise")


async def test_a_small_step_forward_is_time_like_any_other(house: House) -> None:
    await house.ada()
    await house.waits("c1")
    house.world.is_set(4)
    await house.some_sweeps()
    assert "clocks_restarted" not in house.events("c1")
    house.world.passes(16)
    await house.until(lambda: "offer_ended" in house.events("c1"), "its end after 20 s")


async def test_after_a_step_back_of_the_clock_deadlines_still_fall_due(house: House) -> None:
    """They once waited for the world to catch up: an offer stood for an hour and 20 s."""
    await house.ada()
    house.world.is_set(-3_600)
    await house.waits("c1")
    assert house.handoff("c1").requested_at >= NOON
    house.world.passes(39)
    await house.some_sweeps()
    assert house.handoff("c1").state is HandoffState.OFFERED
    house.world.passes(2)
    await house.until(lambda: "offer_ended" in house.events("c1"), "its end")
    moments = [event.at for event, _ in house.storage._logs["c1"].values()]
    assert moments == sorted(moments)


async def test_a_standstill_of_the_server_restarts_the_clocks_on_people(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped (SIGSTOP), or with a machine that was put to sleep: what agents did meanwhile waits in the sockets."""
    monkeypatch.setattr(module, "AWAY_S", 0.05)
    await house.ada()
    await house.waits("c1")
    house.timekeeper._swept_at -= 60
    house.world.passes(60)
    await house.until(lambda: "clocks_restarted" in house.events("c1"), "the restart")
    assert house.handoff("c1").state is HandoffState.OFFERED


async def test_a_time_in_which_nothing_could_be_written_restarts_the_clocks_on_people(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent wanted to accept, and was told to try again later: the time for it does not run meanwhile."""
    monkeypatch.setattr(module, "AWAY_S", 0.05)
    await house.ada()
    await house.waits("c1")
    offer = house.handoff("c1").offer
    assert offer is not None
    house.storage.available = False
    with pytest.raises(DomainError):
        await house.do(c.Accept(agent_id="ada", offer_id=offer.offer_id))
    failing = house.timekeeper
    await house.until(lambda: failing._failing_since is not None, "the timekeeper to see it")
    since = failing._failing_since
    assert since is not None
    loop = asyncio.get_running_loop()
    await house.until(lambda: loop.time() - since > 0.05, "a time that counts")
    house.world.passes(30)
    house.storage.available = True
    await house.until(lambda: "clocks_restarted" in house.events("c1"), "the restart")
    await house.do(c.Accept(agent_id="ada", offer_id=offer.offer_id))
    assert house.handoff("c1").state is HandoffState.ACTIVE


# -- stored deadlines of an earlier policy --


async def test_a_stored_deadline_that_means_nothing_any_more_is_written_anew(house: House) -> None:
    """After a start with longer clocks it was looked at by every sweep for ever, and seemed to be overdue."""
    await house.ada()
    await house.waits("c1")
    await house.end()
    house.start_desk(replace(Policy(), widen_s=600, offer_timeout_s=600))
    await house.begin()
    house.storage._deadlines["c1"] = NOON
    await house.until(lambda: house.storage._deadlines["c1"] != NOON, "another deadline")
    assert house.storage._deadlines["c1"] > NOON
    await house.watch.look()
    assert house.watch.lag_s == 0


# -- the watch --


async def test_the_watch_sees_a_deadline_that_nobody_carries_out(house: House) -> None:
    await house.ada()
    await house.waits("c1")
    assert (await house.watch.check())["ok"] is True
    await house.timekeeper.close()
    house.world.passes(20 + LATE_S + 1)
    facts = await house.watch.check()
    assert facts == {"ok": False, "lag_s": LATE_S + 1, "worst_lag_s": LATE_S + 1, "late": 1}
    await house.timekeeper.sweep()
    facts = await house.watch.check()
    assert facts == {"ok": True, "lag_s": 0.0, "worst_lag_s": LATE_S + 1, "late": 1}


async def test_the_watch_finds_nothing_late_while_the_timekeeper_works(house: House) -> None:
    await house.ada()
    for number in range(30):
        await house.waits(f"c{number}")
    for _ in range(12):
        house.world.passes(1.9)
        await house.some_sweeps()
    assert house.watch.late == 0
