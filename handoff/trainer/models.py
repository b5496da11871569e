"""From data to the model that answers customers: runs, promotion and the way back, each with who and when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from handoff.domain.errors import DomainError, conflict
from handoff.domain.people import Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Clock, Ids
from handoff.service.wire import parse
from handoff.trainer.calls import GoBack, Which
from handoff.trainer.dataset import SOUNDS_LIKE_IT
from handoff.trainer.decisions import Decision, decisions
from handoff.trainer.diary import Diary
from handoff.trainer.findings import Finding
from handoff.trainer.in_service import InService, Model, facts, weights_of
from handoff.trainer.inbox import Inbox
from handoff.trainer.runs import Runs

_log = logging.getLogger(__name__)
RECENT_MAX = 300  # customers' messages that a run compares on
TAUGHT_MAX = 100  # of those that were taught


class Models:
    """A run begins while nobody edits, `editing` held; one swap of models at a time."""

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
        self._swap: dict[str, Any] | None = None
        self._swap_failed: dict[str, Any] | None = None

    async def overview(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        """What answers customers now, since when, and what it has not learned yet; what is being put in its place."""
        runs = await asyncio.to_thread(self._runs.all)
        since = self._diary.last("promoted", "rolled_back")
        back = self._before()
        return {
            "in_service": None if (now := self._in_service.now()) is None else _shown(now.name, runs),
            "since": None
            if since is None
            else {"at": since["at"], "by": since["by"]["name"], "kind": since["kind"]},
            "run": runs[0] if runs else None,
            "edits_since": len(self._edits_since(since)),
            "back_to": None if back is None else _shown(back["before"]["name"], runs),
            "swap": self._swap_now(runs),
            "swap_failed": self._swap_failed,
        }

    def _swap_now(self, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        """Nobody's name stands by it where a start brings Rasa back to the model in service."""
        step = self._in_service.step
        if self._swap is None:
            return None if step is None else {"kind": "restored", "by": None, "model": None, "step": step}
        return {
            "kind": self._swap["kind"],
            "by": self._swap["by"],
            "model": _shown(self._swap["model"], runs),
            "step": step or "check",
        }

    def _edits_since(self, since: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Edits that the model in service has not learned."""
        learned = since.get("edits") if since is not None else 0
        return self._diary.edits()[learned or 0 :]

    async def all(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        return {"runs": await asyncio.to_thread(self._runs.all)}

    async def run(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        run_id = str(given.get("id", ""))
        state = await asyncio.to_thread(self._runs.state, run_id)
        log, warnings = await asyncio.to_thread(self._runs.log, run_id)
        return {
            "run": state,
            "log": log,
            "warnings": warnings,
            "result": await asyncio.to_thread(self._runs.result, run_id),
        }

    async def train(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        model = await self._in_service.pin()
        current = None if model is None else self._in_service.path(model.name)
        weights = await asyncio.to_thread(self._in_service.weights, model)
        await self._inbox.refresh()
        recent = self._recent()
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

    def _recent(self) -> list[dict[str, Any]]:
        """Customers' messages that a run compares on, as `Case` has them: those taught last, with what they mean, and
        the newest of the others."""
        found = {one.id: one for one in self._inbox.findings()}
        meanings = {
            message: meaning
            for message, decision in reversed(decisions(self._diary.entries).items())
            if message in found and (meaning := _meaning(decision)) is not None
        }
        others = [one for one in found.values() if one.id not in meanings]
        others.sort(key=lambda one: one.at, reverse=True)
        return [
            *(_case(found[one]) | {"taught": True, **meanings[one]} for one in list(meanings)[:TAUGHT_MAX]),
            *(_case(one) for one in others[:RECENT_MAX]),
        ]

    async def promote(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        state = await asyncio.to_thread(self._runs.state, asked.id)
        if state["status"] != "passed":
            raise conflict("Only a run that has passed its gate can be put in service.")
        self._nobody_else()
        name = _file_of(asked.id)
        before = self._in_service.now()
        if before is not None and before.name == name:
            raise conflict("This model is in service already.")
        async with self._swapping("promoted", agent, name):
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

    async def roll_back(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, GoBack)
        self._nobody_else()
        promoted = self._before()
        if promoted is None:
            raise conflict("There is no model to go back to.")
        now = self._in_service.now()
        if now is None or now.name != asked.of:
            raise conflict("Another model is in service meanwhile. Nothing was changed: please look again.")
        model = _of(promoted["before"])
        async with self._swapping("rolled_back", agent, model.name):
            earlier = [one for one in self._diary.of("promoted") if one["model"]["name"] == model.name]
            learned = earlier[-1]["edits"] if earlier else 0
            entry = self._diary.entry(
                "rolled_back", agent, model=facts(model), run=promoted["run"], edits=learned
            )
            await self._in_service.swap(model, entry)
            self._diary.add_once(entry)
        return {"in_service": facts(model)}

    def _nobody_else(self) -> None:
        """One swap at a time: who comes second is told, since what they looked at is about to change."""
        if self._swap is not None:
            raise conflict(
                f"{self._swap['by']} changes the model in service just now. Please look again after it."
            )

    @asynccontextmanager
    async def _swapping(self, kind: str, agent: Agent, model: str) -> AsyncIterator[None]:
        """Everybody's page shows what is under way, and what went wrong."""
        self._swap = {"kind": kind, "model": model, "by": agent.card.name}
        self._swap_failed = None
        try:
            yield
        except DomainError as error:
            self._swap_failed = {"kind": kind, "by": agent.card.name, "text": error.message}
            raise
        finally:
            self._swap = None

    def _before(self) -> dict[str, Any] | None:
        """The model before the one in service: each roll back goes one promotion further back."""
        stack: list[dict[str, Any]] = []
        for one in self._diary.of("promoted", "rolled_back"):
            if one["kind"] == "promoted":
                stack.append(one)
            elif stack:
                stack.pop()
        return stack[-1] if stack and stack[-1]["before"] is not None else None


def _file_of(run_id: str) -> str:
    return f"{run_id}.tar.gz"


def _of(kept: Mapping[str, Any]) -> Model:
    """As the journal has it."""
    return Model(name=kept["name"], sha256=kept["sha256"], weights=weights_of(kept))


def _shown(name: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A model with the run that made it; None for one of `make train`, or of a run that is not kept any more: then it
    has its name all the same."""
    made = next((one for one in runs if _file_of(one["id"]) == name), None)
    run = None if made is None else {"id": made["id"], "at": made["at"], "by": made["by"]["name"]}
    return {"name": name, "run": run}


def _case(one: Finding) -> dict[str, Any]:
    return {"text": one.text, "language": one.language}


def _meaning(decision: Decision) -> dict[str, Any] | None:
    """What a taught message means, as a `Case` has it; None for one that was not taught."""
    if decision.intent is not None:
        return {"intent": decision.intent}
    return None if decision.kind is None else {"human": decision.kind != SOUNDS_LIKE_IT}
