"""What trainers decided about customers' messages, read off the journal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

TAUGHT = "taught"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`decision` is open, taught or dismissed. Of what was taught, `intent` is what it means, or `kind` what it says
    about wanting a person; both None where an older journal does not say."""

    decision: str
    intent: str | None = None
    kind: str | None = None


UNDECIDED = Decision(decision="open")


def alive(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The edits that were not undone, the latest first. Undoing is an edit too."""
    undone: set[str] = set()
    found = []
    for one in reversed(entries):
        if one["kind"] != "edit" or one["id"] in undone:
            continue
        found.append(one)
        if "undoes" in one:
            undone.add(one["undoes"])
    return found


def decisions(entries: Sequence[dict[str, Any]]) -> dict[str, Decision]:
    """By the id of a message, the one decided last at the end. What was taught by an edit that is undone is as it was
    before; an intent that was renamed or merged since has the name of now."""
    stands = {one["id"] for one in alive(entries)}
    found: dict[str, Decision] = {}

    def decide(messages: Sequence[str], now: Decision) -> None:
        for message in messages:
            found.pop(message, None)
            found[message] = now

    for entry in entries:
        if entry["kind"] == "decided" and entry.get("edit", "") in {"", *stands}:
            decide(entry["findings"], Decision(decision=entry["decision"]))
        if entry["kind"] != "edit" or entry["id"] not in stands:
            continue
        told = entry.get("did", {})
        if told.get("type") in ("rename_intent", "merge_intents"):
            for message, one in found.items():
                if one.intent == told["intent"]:
                    found[message] = replace(one, intent=told["to"])
        about = Decision(decision=TAUGHT, intent=told.get("intent"), kind=told.get("kind"))
        decide(entry.get("findings", ()), about)
    return found
