"""What trainers see of conversations, masked: messages that went badly, what was said around them, and as a story."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from handoff.domain.errors import not_found
from handoff.domain.people import Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Recorded, Storage
from handoff.service.wire import parse
from handoff.trainer.calls import Course, Decide
from handoff.trainer.decisions import UNDECIDED, Decision, decisions
from handoff.trainer.diary import Diary
from handoff.trainer.edits.wording import story_line
from handoff.trainer.findings import Finding
from handoff.trainer.groups import group
from handoff.trainer.inbox import Inbox
from handoff.trainer.masking import mask

GROUPS_SHOWN = 60
FINDINGS_SHOWN = 25  # of a group
FINDINGS_DECIDED = 200  # at once, also those that are not shown: they ask for the same
FINDINGS_GROUPED = 3_000
_EVENTS_SHOWN = ("handoff_requested", "agent_joined", "handoff_resolved", "handoff_withdrawn")


class Conversations:
    def __init__(self, storage: Storage, inbox: Inbox, diary: Diary) -> None:
        self._storage = storage
        self._inbox = inbox
        self._diary = diary

    async def inbox(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        await self._inbox.refresh()
        decided = decisions(self._diary.entries)
        show, reason = given.get("show", "open"), given.get("reason")
        found = [
            one
            for one in self._inbox.findings()
            if decided.get(one.id, UNDECIDED).decision == show and (reason is None or reason in one.reasons)
        ]
        found.sort(key=lambda one: one.at, reverse=True)
        groups = await asyncio.to_thread(group, found[:FINDINGS_GROUPED])
        return {
            "total": len(found),
            "groups": [
                {
                    "cost": round(one.cost, 1),
                    "count": len(one.findings),
                    "reasons": sorted({reason for it in one.findings for reason in it.reasons}),
                    "minutes": round(sum(it.agent_minutes for it in one.findings), 1),
                    "ids": [it.id for it in one.findings[:FINDINGS_DECIDED]],
                    "findings": [
                        _finding(it, decided.get(it.id, UNDECIDED)) for it in one.findings[:FINDINGS_SHOWN]
                    ],
                }
                for one in groups[:GROUPS_SHOWN]
            ],
        }

    async def decide(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Decide)
        self._diary.add("decided", agent, findings=asked.findings, decision=asked.decision)
        return {}

    async def conversation(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was said, masked; how the assistant understood it stands beside."""
        records = await self._records(str(given.get("id", "")))
        names = _names(records)
        lines: list[dict[str, Any]] = []
        for record in records:
            payload = record.payload
            if payload is None:
                continue
            if record.type == "message":
                lines.append(
                    {
                        "seq": record.seq,
                        "at": rfc3339(record.at),
                        "who": record.actor_kind,
                        "name": payload.get("actor_name") if record.actor_kind == "agent" else None,
                        "text": mask(str(payload["text"]), names).text,
                        "understood": None,
                    }
                )
            elif record.type == "bot_turn_answered":
                for line in lines:
                    if line["seq"] == payload["of_seq"]:
                        line["understood"] = {
                            "intent": payload["intent"]["name"],
                            "confidence": payload["intent"]["confidence"],
                            "unsure": payload["unsure"],
                        }
            elif record.type in _EVENTS_SHOWN:
                lines.append(
                    {
                        "seq": record.seq,
                        "at": rfc3339(record.at),
                        "who": "event",
                        "name": record.type,
                        "text": str(payload.get("reason") or payload.get("outcome") or ""),
                        "understood": None,
                    }
                )
        return {"lines": lines}

    async def course(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """A conversation as a story or a test story, to be looked over and put where it belongs."""
        asked = parse(given, Course)
        records = await self._records(asked.conversation_id)
        names = _names(records)
        said = {one.seq: one.payload for one in records if one.type == "message" and one.payload is not None}
        lines = [f"- story: conversation of {records[0].at.date().isoformat()}", "  steps:"]
        form = False
        for record in records:
            if record.type == "handoff_requested":
                break
            if (
                record.type != "bot_turn_answered"
                or record.payload is None
                or record.payload["of_seq"] not in said
            ):
                continue
            text = story_line(str(said[record.payload["of_seq"]]["text"]), names)
            intent = record.payload["intent"]["name"]
            lines += (
                [f"  - user: |\n      {text}", f"    intent: {intent}"]
                if asked.kind == "test story"
                else [f"  - intent: {intent}"]
            )
            for action in record.payload["actions"]:
                lines.append(f"  - action: {action}")
                form = form or action.endswith("_form")
        return {"yaml": "\n".join(lines), "form": form}

    async def _records(self, conversation_id: str) -> list[Recorded]:
        records = await self._storage.events(conversation_id)
        if not records:
            raise not_found("There is no such conversation.")
        return records


def _finding(one: Finding, decided: Decision) -> dict[str, Any]:
    return {
        "id": one.id,
        "conversation_id": one.conversation_id,
        "seq": one.seq,
        "at": rfc3339(one.at),
        "language": one.language,
        "text": one.text,
        "masked": list(one.masked),
        "reasons": list(one.reasons),
        "handoff_reason": one.handoff_reason,
        "ranking": [{"intent": name, "confidence": round(share, 3)} for name, share in one.ranking],
        "agent": one.agent,
        "answers": list(one.answers),
        "cost": round(one.cost, 1),
        "taught_as": decided.intent,
        "taught_about": decided.kind,
    }


def _names(records: list[Recorded]) -> list[str]:
    name = (records[0].payload or {}).get("customer_name")
    return [name] if isinstance(name, str) else []
