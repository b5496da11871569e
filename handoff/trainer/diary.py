"""The journal as a signed-in trainer writes in it: every entry has an id, a moment and a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from handoff.domain.people import Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Clock, Ids
from handoff.trainer.journal import Journal


class Diary:
    def __init__(self, journal: Journal, clock: Clock, ids: Ids) -> None:
        self._journal = journal
        self._clock = clock
        self._ids = ids

    @property
    def entries(self) -> list[dict[str, Any]]:
        return self._journal.entries

    def of(self, *kinds: str) -> Iterator[dict[str, Any]]:
        return self._journal.of(*kinds)

    def last(self, *kinds: str) -> dict[str, Any] | None:
        return next((one for one in reversed(self.entries) if one["kind"] in kinds), None)

    def edits(self) -> list[dict[str, Any]]:
        return list(self.of("edit"))

    def entry(self, kind: str, agent: Agent, **more: Any) -> dict[str, Any]:
        who = {"id": agent.id, "name": agent.card.name}
        return {"id": self._ids.new("ed"), "kind": kind, "at": rfc3339(self._clock.now()), "by": who, **more}

    def add_once(self, entry: dict[str, Any]) -> None:
        self._journal.add_once(entry)

    def add(self, kind: str, agent: Agent, **more: Any) -> dict[str, Any]:
        entry = self.entry(kind, agent, **more)
        self._journal.add(entry)
        return entry
