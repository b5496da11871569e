"""Whether the assistant gets better: figures by day, and the thirty-day loop. Pure.

What counts is what customers confirmed, and what they were handed over for. There is no figure for keeping customers
from people: that the share of handoffs is low says nothing good by itself, and is not shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from handoff.trainer.findings import Day

DAYS_SHOWN = 90
GOALS_MAX = 3
LOOP = timedelta(days=30)
INTENTS_SHOWN = 40


def measures(days: Mapping[str, Day], marks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`marks` are promotions and roll backs, to be seen among the days."""
    shown = list(days.items())[-DAYS_SHOWN:]
    total = Day()
    for _, day in shown:
        total.add(day)
    return {
        "days": [{"day": name, **_figures(day), "handoffs": dict(day.handoffs)} for name, day in shown],
        "total": _figures(total) | {"handoffs": dict(total.handoffs.most_common())},
        "intents": [
            {
                "intent": intent,
                "turns": turns,
                "helpful": total.helpful_intents[intent],
                "handoffs": total.handoff_intents[intent],
            }
            for intent, turns in (
                total.intents + Counter(dict.fromkeys(total.handoff_intents, 0))
            ).most_common(INTENTS_SHOWN)
        ],
        "promotions": [_around(days, mark) for mark in marks],
    }


def _figures(day: Day) -> dict[str, Any]:
    return {
        "turns": day.turns,
        "answered": day.answered,
        "helpful": day.helpful,
        "not_helpful": day.not_helpful,
        "confirmed": _share(day.helpful, day.helpful + day.not_helpful),
    }


def _share(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None


def _around(days: Mapping[str, Day], mark: dict[str, Any]) -> dict[str, Any]:
    """A week before and a week after; the day itself belongs to neither."""
    at = datetime.fromisoformat(str(mark["at"])).date()
    before, after = Day(), Day()
    for name, day in days.items():
        distance = (datetime.fromisoformat(name).date() - at).days
        if -7 <= distance < 0:
            before.add(day)
        elif 0 < distance <= 7:
            after.add(day)
    return mark | {"before": _figures(before), "after": _figures(after)}


def goals(days: Mapping[str, Day], chosen: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Each goal with how often such questions were answered and confirmed as helpful, in a hundred turns: thirty days
    before it was chosen, and since. Handoffs after them stand beside that, and judge nothing."""
    found = []
    for one in chosen:
        at = datetime.fromisoformat(str(one["at"]))
        end = min(now, at + LOOP)
        before, handoffs_before = _rates(days, str(one["intent"]), at - LOOP, at)
        since, handoffs_since = _rates(days, str(one["intent"]), at, end + timedelta(days=1))
        over = now >= at + LOOP
        better = None
        if before is not None and since is not None:
            better = since > before
        found.append(
            {
                "id": one["id"],
                "title": one["title"],
                "intent": one["intent"],
                "at": one["at"],
                "by": one["by"]["name"],
                "days_left": max(0, -((now - at - LOOP) // timedelta(days=1))),
                "over": over,
                "done": bool(one["done"]),
                "before": before,
                "since": since,
                "better": better,
                "handoffs_before": handoffs_before,
                "handoffs_since": handoffs_since,
            }
        )
    return list(reversed(found))


def _rates(
    days: Mapping[str, Day], intent: str, start: datetime, end: datetime
) -> tuple[float | None, float | None]:
    """For a hundred turns of any kind: answers to such questions that were confirmed as helpful, and handoffs."""
    total = Day()
    for name, day in days.items():
        if start.date().isoformat() <= name < end.date().isoformat():
            total.add(day)
    if not total.turns:
        return None, None
    counts = (total.helpful_intents[intent], total.handoff_intents[intent])
    helpful, handoffs = (round(100 * count / total.turns, 2) for count in counts)
    return helpful, handoffs
