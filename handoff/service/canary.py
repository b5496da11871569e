"""Canaries: tests of the product by itself, in production. A pretend customer is given to a pretend agent.

This is their desk: it lets one in at a time, with the tokens that it needs, and keeps what came of it. Walking the
journey is not its business: that is done from outside, by `handoff.canary`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handoff.domain import commands as c
from handoff.domain.errors import DomainError, conflict, not_found
from handoff.domain.people import Access as AccessLevel
from handoff.domain.people import Agent, AgentCard
from handoff.service.access import Access, CanaryTokens
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.ports import Clock, Ids, StorageUnavailable

_log = logging.getLogger(__name__)

SEATS = 100  # of the canary agent: enough to take up all that crashes may have left half-way
LEASE_EXTRA_S = 15.0  # beyond the time that a journey has, for its end to be told
Alarm = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the journey that was made, and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`failure` says what went wrong in the step after the last one made; None: it is through."""

    steps: tuple[Step, ...]
    failure: str | None = None

    @property
    def ok(self) -> bool:
        return self.failure is None

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPass:
    """What one journey needs. `timeout_s` is the time that it has."""

    run_id: str
    tokens: CanaryTokens
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    run_id: str
    tokens: CanaryTokens | None
    until: float


class Canaries:
    """See the module. `last` is the latest outcome and `last_at` its moment, None before the first since the start."""

    def __init__(
        self,
        access: Access,
        committer: Committer,
        clock: Clock,
        ids: Ids,
        *,
        every_s: float,
        timeout_s: float,
    ) -> None:
        self.last: Outcome | None = None
        self.last_at: datetime | None = None
        self.last_through_at: datetime | None = None
        self.runs: Counter[bool] = Counter()
        self.every_s = every_s
        self.timeout_s = timeout_s
        self._access = access
        self._committer = committer
        self._clock = clock
        self._ids = ids
        self._running: _Running | None = None
        self._alarm: Alarm | None = None

    def alarm_by(self, alarm: Alarm) -> None:
        """`alarm` is given the words for people when a canary fails after one that was through."""
        self._alarm = alarm

    async def begin(self) -> CanaryPass:
        """Raises `conflict` while another is under way, `unavailable` when storage is away."""
        now = self._clock.monotonic()
        if self._running is not None and now < self._running.until:
            raise conflict("A canary is under way. Please try again when it is through.")
        run_id = self._ids.new("ca")
        until = now + self.timeout_s + LEASE_EXTRA_S
        self._running = _Running(run_id=run_id, tokens=None, until=until)
        try:
            agent = await self._agent()
            tokens = await self._access.canary_tokens(agent.id)
        except BaseException:
            self._running = None
            raise
        self._running = _Running(run_id=run_id, tokens=tokens, until=until)
        return CanaryPass(run_id=run_id, tokens=tokens, timeout_s=self.timeout_s)

    async def end(self, run_id: str, outcome: Outcome) -> None:
        """Its tokens are dead from now on. Raises `not_found` for one that is not under way (any more)."""
        running = self._running
        if running is None or running.run_id != run_id or running.tokens is None:
            raise not_found("This canary is not under way.")
        self._running = None
        was_through = self.last is None or self.last.ok
        self.last, self.last_at = outcome, self._clock.now()
        self.runs[outcome.ok] += 1
        if outcome.ok:
            self.last_through_at = self.last_at
            _log.info("a canary is through", extra={"seconds": round(outcome.seconds, 3)})
        else:
            _log.error("a canary failed", extra={"failure": outcome.failure, "steps": len(outcome.steps)})
        try:
            await self._access.end_canary(running.tokens)
            if was_through and outcome.failure is not None and self._alarm is not None:
                await self._alarm(f"The test of the whole journey failed: {outcome.failure}")
        except (DomainError, StorageUnavailable) as error:
            _log.error("the end of a canary could not be recorded", exc_info=error)

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`. Not ok: the last one failed."""
        facts: dict[str, Any] = {
            "ok": self.last is None or self.last.ok,
            "every_s": self.every_s,
            "through": self.runs[True],
            "failed": self.runs[False],
        }
        if self.last is not None and self.last_at is not None:
            facts |= {"last_at": rfc3339(self.last_at), "last_s": round(self.last.seconds, 3)}
            if self.last.failure is not None:
                facts["error"] = self.last.failure
        return facts

    async def _agent(self) -> Agent:
        """The canary agent, who has no password; made when it is needed for the first time."""
        desk = self._committer.desk
        while (
            found := next((one for one in desk.agents.values() if one.canary and not one.disabled), None)
        ) is None:
            card = AgentCard(
                id=self._ids.new("ag"), name="Canary", role="Test of the product", employer="Byname"
            )
            command = c.AddAgent(
                card=card, access=(AccessLevel.AGENT,), languages=(), teams=(), capacity=SEATS, canary=True
            )
            await self._committer.carry_out(command)
        return found
