"""How the day has been up to now, hour by hour, for the supervisor's board: who asked and why, how soon a person
answered, which moments given were kept. And the handoffs behind each figure.

A day is the desk's own, from midnight to midnight in the time zone of its opening hours. Requests and first answers
count in the hour in which the customer asked, promises in the hour in which they were kept or broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handoff.domain.errors import bad_request
from handoff.domain.handoff import Reason
from handoff.domain.people import Agent
from handoff.domain.rights import require_supervisor
from handoff.service.chain import rfc3339
from handoff.service.desk_file import DeskFile
from handoff.service.ports import Clock, LedgerRow, PromisesOfQuarter, Storage
from handoff.service.views import View

ROWS_MAX = 200  # of the handoffs behind a figure
REQUESTS_MAX = 50_000  # of one day; the curves say so when there were more
LONGEST = timedelta(days=2)  # that may be asked for at once
KEPT_S = 5.0  # several supervisors look at the same figures
SOON_S = 60  # a first answer within this counts as soon: what contact centres aim at
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Hour:
    requests: Counter[str] = field(default_factory=Counter)
    first_answers_ms: list[int] = field(default_factory=list)
    kept: int = 0
    broken: int = 0


class Days:
    def __init__(self, storage: Storage, desk_file: DeskFile, clock: Clock) -> None:
        self._storage = storage
        self._desk_file = desk_file
        self._clock = clock
        self._view: View | None = None
        self._made_at = 0.0
        self._made_of = ""

    async def today(self, actor: Agent) -> View:
        """Raises `forbidden`, `StorageUnavailable`."""
        require_supervisor(actor)
        zone = self._desk_file.config.hours.time_zone
        moment = self._clock.monotonic()
        if self._view is None or self._made_of != zone or moment - self._made_at >= KEPT_S:
            self._view, self._made_at, self._made_of = await self._today(zone), moment, zone
        return self._view

    async def _today(self, zone: str) -> View:
        now = self._clock.now()
        since = midnight(now, zone)
        rows = await self._storage.requested_between(since, now + _HOUR, REQUESTS_MAX)
        promises = await self._storage.promises_since(since)
        return day_view(since, now, zone, rows, promises)

    async def behind(self, actor: Agent, *, since: datetime, until: datetime, reason: Reason | None) -> View:
        """The handoffs that were asked for in this stretch of time. Raises `forbidden`, `bad_request`."""
        require_supervisor(actor)
        if not timedelta() < until - since <= LONGEST:
            raise bad_request("The end comes after the beginning, within two days.")
        rows = await self._storage.requested_between(since, until, REQUESTS_MAX)
        found = [row for row in rows if reason is None or row.reason == reason.value]
        return {"rows": [_row_view(row) for row in found[:ROWS_MAX]], "count": len(found)}


def midnight(at: datetime, zone: str) -> datetime:
    """The beginning of the local day in which this is, in UTC."""
    local = at.astimezone(ZoneInfo(zone))
    # fold=0: where the hour after midnight comes twice (Havana, in autumn), the day begins with the first.
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def day_view(
    since: datetime,
    now: datetime,
    zone: str,
    rows: Sequence[LedgerRow],
    promises: Sequence[PromisesOfQuarter],
) -> View:
    """One entry an hour from `since` up to the present one."""
    hours = [_Hour() for _ in range((now - since) // _HOUR + 1)]

    def hour_of(at: str) -> _Hour:
        number = (datetime.fromisoformat(at) - since) // _HOUR
        return hours[min(max(number, 0), len(hours) - 1)]

    for row in rows:
        hour = hour_of(row.requested_at)
        hour.requests[row.reason] += 1
        if row.first_answer_ms is not None:
            hour.first_answers_ms.append(row.first_answer_ms)
    for quarter in promises:
        hour = hour_of(f"{quarter.quarter}:00Z")
        hour.kept += quarter.kept
        hour.broken += quarter.broken
    return {
        "as_of": rfc3339(now),
        "time_zone": zone,
        "complete": len(rows) < REQUESTS_MAX,
        "hours": [
            {"from": rfc3339(since + number * _HOUR), **_figures(hour)} for number, hour in enumerate(hours)
        ],
        "day": _figures(_all(hours)),
    }


def _all(hours: Sequence[_Hour]) -> _Hour:
    day = _Hour()
    for hour in hours:
        day.requests.update(hour.requests)
        day.first_answers_ms += hour.first_answers_ms
        day.kept += hour.kept
        day.broken += hour.broken
    return day


def _figures(hour: _Hour) -> View:
    """`median_s` and `slowest_tenth_s` (nine of ten were faster, or as fast) are None without an answer."""
    answers = sorted(hour.first_answers_ms)
    return {
        "requests": dict(sorted(hour.requests.items())),
        "first_answers": {
            "count": len(answers),
            "soon": sum(ms <= SOON_S * 1_000 for ms in answers),
            "median_s": _at(answers, 0.5),
            "slowest_tenth_s": _at(answers, 0.9),
        },
        "promises": {"kept": hour.kept, "broken": hour.broken},
    }


def _at(ordered: Sequence[int], share: float) -> float | None:
    """The nearest-rank quantile, in seconds."""
    if not ordered:
        return None
    rank = max(1, -int(-share * len(ordered) // 1))
    return round(ordered[rank - 1] / 1_000, 1)


def _row_view(row: LedgerRow) -> View:
    return {
        "handoff_id": row.handoff_id,
        "conversation_id": row.conversation_id,
        "reference": row.reference,
        "reason": row.reason,
        "team": row.team,
        "language": row.language,
        "state": row.state,
        "outcome": row.outcome,
        "requested_at": row.requested_at,
        "ended_at": row.ended_at,
        "agent_name": row.agent_name,
        "first_answer_s": None if row.first_answer_ms is None else round(row.first_answer_ms / 1_000, 1),
        "promises_kept": row.promises_kept,
        "promises_broken": row.promises_broken,
    }
