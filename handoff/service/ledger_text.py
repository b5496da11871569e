"""The ledger as an operator reads it: a line for each handoff, what is overdue first, and one line that sums up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from handoff.domain.handoff import HandoffState
from handoff.service.ledger import is_stuck, row_overdue_since, totals_of
from handoff.service.ports import LedgerRow


def in_order(rows: Iterable[LedgerRow], now: datetime) -> list[LedgerRow]:
    """What is overdue first, the longest of it before the others; then in the order of the requests."""
    overdue: list[tuple[datetime, LedgerRow]] = []
    others: list[LedgerRow] = []
    for row in rows:
        since = row_overdue_since(row, now)
        if since is None:
            others.append(row)
        else:
            overdue.append((since, row))
    return [row for _, row in sorted(overdue, key=lambda one: (one[0], one[1].handoff_id))] + others


def people_line(row: LedgerRow, now: datetime) -> str:
    """For people. Says of a live handoff how old it is and what comes next, of an ended one how long it took."""
    parts = [_mark(row, now), row.reference, f"{row.state:9}", f"{row.reason:17}"]
    if row.ended_at is None:
        parts.append(f"open for {_span(row.requested_at, now)}")
        parts.append(f"next deadline {_ahead(row.next_deadline_at, now)}")
        parts.append(
            f"answer by {row.answer_by} ({_ahead(row.answer_by, now)})" if row.answer_by else "answered"
        )
    else:
        parts.append(f"took {_span(row.requested_at, datetime.fromisoformat(row.ended_at))}")
        parts.append(f"ended {row.ended_at}")
        if row.outcome is not None:
            parts.append(row.outcome)
    if row.agent_name is not None:
        parts.append(row.agent_name)
    if row.promises_broken:
        parts.append(f"{row.promises_broken} promise{'s' if row.promises_broken > 1 else ''} broken")
    return "  ".join(parts).rstrip()


def json_line(row: LedgerRow, now: datetime) -> str:
    """For machines: every field of the row, and what follows from them at this moment. Ages in seconds."""
    since = row_overdue_since(row, now)
    until = now if row.ended_at is None else datetime.fromisoformat(row.ended_at)
    facts = row._asdict() | {
        "canary": bool(row.canary),
        "age_s": round((until - datetime.fromisoformat(row.requested_at)).total_seconds(), 3),
        "overdue": since is not None,
        "overdue_s": None if since is None else round((now - since).total_seconds(), 3),
        "stuck": is_stuck(row, now),
    }
    return json.dumps(facts, ensure_ascii=False)


def summary(rows: Iterable[LedgerRow], now: datetime) -> str:
    """One line over these rows. Canaries are told apart and count nowhere else."""
    rows = list(rows)
    counted = [row for row in rows if not row.canary]
    totals = totals_of(counted)
    states = Counter(row.state for row in counted)
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(totals.ended.items()))
    overdue = sum(row_overdue_since(row, now) is not None for row in counted)
    parts = [
        f"{len(counted)} handoff{'' if len(counted) == 1 else 's'}",
        *(f"{states[state.value]} {state.value}" for state in HandoffState if states[state.value]),
    ]
    text = ", ".join(parts)
    if outcomes:
        text += f"; ended: {outcomes}"
    text += (
        f"; moments given: {totals.promises_kept} kept, {totals.promises_broken} broken; {overdue} OVERDUE"
    )
    canaries = len(rows) - len(counted)
    return text + (f"; not counted: {_canaries(canaries)}" if canaries else "")


def _canaries(count: int) -> str:
    return "1 canary" if count == 1 else f"{count} canaries"


def _mark(row: LedgerRow, now: datetime) -> str:
    """As wide as most of them get, so that references stand in one column."""
    since = row_overdue_since(row, now)
    if since is not None:
        text = f"{'STUCK' if is_stuck(row, now) else 'OVERDUE'} {_duration((now - since).total_seconds())}"
        return f"{text:16}" if not row.canary else f"{text + ' canary':16}"
    return f"{'canary' if row.canary else '':16}"


def _span(since: str, until: datetime) -> str:
    return _duration((until - datetime.fromisoformat(since)).total_seconds())


def _ahead(moment: str | None, now: datetime) -> str:
    if moment is None:
        return "none"
    seconds = (datetime.fromisoformat(moment) - now).total_seconds()
    return f"in {_duration(seconds)}" if seconds >= 0 else f"{_duration(-seconds)} ago"


def _duration(seconds: float) -> str:
    """Short: `42s`, `12m05s`, `7h30m`, `3d04h`."""
    whole = timedelta(seconds=max(0, int(seconds)))
    minutes, rest = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if whole.days:
        return f"{whole.days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
