"""The ledger: a row for every handoff there ever was, and the figures that follow from its rows. It reads, only.

Storage keeps the totals up to date with each row that it writes, so that reading them costs the same after years.
Canaries, which are tests of the product by itself, have rows and count nowhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.domain.guarantee import LATE_S
from handoff.domain.handoff import HandoffState, overdue_since
from handoff.service.chain import rfc3339
from handoff.service.ports import LedgerRow, Totals

# Upper bounds of the classes in which first answers are counted: the trade aims at 30 to 60 s; a day is an outage.
FIRST_ANSWER_BOUNDS_S = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the live handoffs stand at one moment: by state, the longest wait, the oldest obligation (None: there is
    none), those that are overdue, and those of them that are stuck."""

    by_state: Mapping[str, int]
    waiting_since: datetime | None
    open_since: datetime | None
    overdue: int
    stuck: int


def totals_of(rows: Iterable[LedgerRow]) -> Totals:
    """Counted anew. Storage keeps the same sums; this is what they are checked against."""
    requested: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    first: Counter[int] = Counter()
    kept = broken = milliseconds = 0
    for row in rows:
        if row.canary:
            continue
        requested[row.reason] += 1
        if row.ended_at is not None:
            ended[row.outcome or row.state] += 1
        kept += row.promises_kept
        broken += row.promises_broken
        if row.first_answer_ms is not None:
            first[bisect_left(FIRST_ANSWER_BOUNDS_S, row.first_answer_ms / 1_000)] += 1
            milliseconds += row.first_answer_ms
    return Totals(
        requested=dict(requested),
        ended=dict(ended),
        promises_kept=kept,
        promises_broken=broken,
        first_answers=dict(first),
        first_answers_ms=milliseconds,
    )


def standing(live: Iterable[LedgerRow], now: datetime) -> Standing:
    rows = [row for row in live if row.ended_at is None and not row.canary]
    states = Counter(row.state for row in rows)
    return Standing(
        by_state={state.value: states[state.value] for state in HandoffState if states[state.value]},
        waiting_since=_earliest(row.waiting_since for row in rows),
        open_since=_earliest(row.requested_at for row in rows),
        overdue=sum(row_overdue_since(row, now) is not None for row in rows),
        stuck=sum(is_stuck(row, now) for row in rows),
    )


def row_overdue_since(row: LedgerRow, now: datetime) -> datetime | None:
    """Since when the customer should have had an answer, or a deadline its consequence; None: nothing is overdue."""
    if row.ended_at is not None:
        return None
    owed = overdue_since(_moment(row.answer_by), _moment(row.owed_since), now)
    if owed is None and is_stuck(row, now):
        return _moment(row.next_deadline_at) or _moment(row.requested_at)
    return owed


def is_stuck(row: LedgerRow, now: datetime) -> bool:
    """Whether a deadline passed two sweeps ago and nothing came of it, or there is none: no server runs, or a defect.
    Source: design, section 8, invariants 3 and 4."""
    if row.ended_at is not None:
        return False
    late = now - timedelta(seconds=LATE_S)
    return row.next_deadline_at is None or row.next_deadline_at < rfc3339(late)


def _earliest(moments: Iterable[str | None]) -> datetime | None:
    return _moment(min((moment for moment in moments if moment is not None), default=None))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
