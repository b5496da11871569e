"""Whether it gets better: figures over time, and up to three things to improve within thirty days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handoff.domain.errors import conflict, not_found
from handoff.domain.people import Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Clock
from handoff.service.wire import parse
from handoff.trainer.calls import Goal, Which
from handoff.trainer.diary import Diary
from handoff.trainer.inbox import Inbox
from handoff.trainer.measures import GOALS_MAX, goals, measures


class Progress:
    def __init__(self, inbox: Inbox, diary: Diary, clock: Clock) -> None:
        self._inbox = inbox
        self._diary = diary
        self._clock = clock

    async def measures(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        await self._inbox.refresh()
        days = self._inbox.days()
        marks = [
            {"at": one["at"], "kind": one["kind"], "by": one["by"]["name"]}
            for one in self._diary.of("promoted", "rolled_back")
        ]
        done = {one["goal"] for one in self._diary.of("goal_done")}
        chosen = [one | {"done": one["id"] in done} for one in self._diary.of("goal")]
        return measures(days, marks) | {"goals": goals(days, chosen, self._clock.now())}

    async def goal(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Goal)
        done = {one["goal"] for one in self._diary.of("goal_done")}
        since = rfc3339(self._clock.now() - timedelta(days=30))
        live = [one for one in self._diary.of("goal") if one["id"] not in done and one["at"] > since]
        if len(live) >= GOALS_MAX:
            raise conflict(f"{GOALS_MAX} things at a time: finish one first.")
        return {"id": self._diary.add("goal", agent, title=asked.title.strip(), intent=asked.intent)["id"]}

    async def goal_done(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        if all(one["id"] != asked.id for one in self._diary.of("goal")):
            raise not_found("There is no such goal.")
        self._diary.add("goal_done", agent, goal=asked.id)
        return {}
