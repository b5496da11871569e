"""From data to the model that answers customers: runs, promotion and the way back, each with who and when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from handoff.domain.errors import conflict
from handoff.domain.people import Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Clock, Ids
from handoff.service.wire import parse
from handoff.trainer.calls import Which
from handoff.trainer.diary import Diary
from handoff.trainer.in_service import InService, Model, facts, weights_of
from handoff.trainer.inbox import Inbox
from handoff.trainer.runs import Runs

_log = logging.getLogger(__name__)
RECENT_MAX = 300  # customers' messages that a run compares on


class Models:
    """A run begins while nobody edits, `editing` held; one promotion at a time."""

    def __init__(
        self,
        *,
        runs: Runs,
        in_service: InService,
        inbox: Inbox,
        diary: Diary,
        clock: Clock,
        ids: Ids,
        editing: asyncio.Lock,
    ) -> None:
        self._runs = runs
        self._in_service = in_service
        self._inbox = inbox
        self._diary = diary
        self._clock = clock
        self._ids = ids
        self._editing = editing
        self._promoting = asyncio.Lock()

    async def overview(self) -> dict[str, Any]:
        """What answers customers now, since when, and what it has not learned yet."""
        runs = await asyncio.to_thread(self._runs.all)
        since = self._diary.last("promoted", "rolled_back")
        return {
            "in_service": facts(self._in_service.now()),
            "since": None
            if since is None
            else {"at": since["at"], "by": since["by"]["name"], "kind": since["kind"]},
            "run": runs[0] if runs else None,
            "edits_since": len(self._edits_since(since)),
            "can_roll_back": self._before() is not None,
        }

    def _edits_since(self, since: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Edits that the model in service has not learned."""
        learned = since.get("edits") if since is not None else 0
        return self._diary.edits()[learned or 0 :]

    async def all(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        runs = await asyncio.to_thread(self._runs.all)
        now = self._in_service.now()
        return {
            "runs": [
                one | {"in_service": now is not None and now.name == f"{one['id']}.tar.gz"} for one in runs
            ]
        }

    async def run(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        run_id = str(given.get("id", ""))
        state = await asyncio.to_thread(self._runs.state, run_id)
        return {
            "run": state,
            "log": await asyncio.to_thread(self._runs.log, run_id),
            "result": await asyncio.to_thread(self._runs.result, run_id),
        }

    async def train(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        model = await self._in_service.pin()
        current = None if model is None else self._in_service.path(model.name)
        weights = await asyncio.to_thread(self._in_service.weights, model)
        await self._inbox.refresh()
        recent = [
            {"text": one.text, "language": one.language}
            for one in sorted(self._inbox.findings(), key=lambda one: one.at, reverse=True)[:RECENT_MAX]
        ]
        async with self._editing:
            run_id = self._ids.new("run")
            return {
                "run": await asyncio.to_thread(
                    self._runs.begin,
                    run_id,
                    by={"id": agent.id, "name": agent.card.name},
                    at=rfc3339(self._clock.now()),
                    current=current,
                    weights=weights,
                    recent=recent,
                    edits=len(self._diary.edits()),
                )
            }

    async def cancel(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        await asyncio.to_thread(self._runs.cancel, asked.id)
        return {}

    async def promote(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        async with self._promoting:
            state = await asyncio.to_thread(self._runs.state, asked.id)
            if state["status"] != "passed":
                raise conflict("Only a run that has passed its gate can be put in service.")
            name = f"{asked.id}.tar.gz"
            before = self._in_service.now()
            if before is not None and before.name == name:
                raise conflict("This model is in service already.")
            model = await asyncio.to_thread(
                self._in_service.keep,
                self._runs.model(asked.id),
                name,
                str(state["sha256"]),
                self._runs.weights(asked.id),
                state.get("weights_sha256"),
            )
            entry = self._diary.entry(
                "promoted",
                agent,
                run=asked.id,
                model=facts(model),
                before=facts(before),
                edits=state["edits"],
            )
            await self._in_service.swap(model, entry)
            self._diary.add_once(entry)
        _log.info("a model was put in service", extra={"model": name, "by": agent.id})
        return {"in_service": facts(model), "at": entry["at"]}

    async def roll_back(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        async with self._promoting:
            promoted = self._before()
            if promoted is None:
                raise conflict("There is no model to go back to.")
            before = promoted["before"]
            model = Model(name=before["name"], sha256=before["sha256"], weights=weights_of(before))
            earlier = [one for one in self._diary.of("promoted") if one["model"]["name"] == model.name]
            learned = earlier[-1]["edits"] if earlier else 0
            entry = self._diary.entry(
                "rolled_back", agent, model=facts(model), run=promoted["run"], edits=learned
            )
            await self._in_service.swap(model, entry)
            self._diary.add_once(entry)
        return {"in_service": facts(model)}

    def _before(self) -> dict[str, Any] | None:
        """The model before the one in service: each roll back goes one promotion further back."""
        stack: list[dict[str, Any]] = []
        for one in self._diary.of("promoted", "rolled_back"):
            if one["kind"] == "promoted":
                stack.append(one)
            elif stack:
                stack.pop()
        return stack[-1] if stack and stack[-1]["before"] is not None else None
