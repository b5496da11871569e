"""When a desk is open: weekly hours in a time zone, less its holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD_DAYS = 60  # longer than any run of holidays; past it a desk counts as closed for good


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day, in minutes from local midnight: 0 to 1,440, `end` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """`week` has seven entries, Monday first. Local times follow `time_zone`, daylight saving included."""

    time_zone: str
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.time_zone))
        minute = local.hour * 60 + local.minute
        return any(span.start <= minute < span.end for span in self._spans(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment from `at` on when the desk is open (`at` itself if it is); None: not in 60 days."""
        if self.is_open(at):
            return at
        zone = ZoneInfo(self.time_zone)
        first_day = at.astimezone(zone).date()
        for offset in range(_LOOK_AHEAD_DAYS):
            day = first_day + timedelta(days=offset)
            for span in sorted(self._spans(day), key=lambda one: one.start):
                opens = datetime.combine(day, time(), zone) + timedelta(minutes=span.start)
                opens_at = opens.astimezone(UTC)
                if opens_at >= at:
                    return opens_at
        return None

    def _spans(self, day: date) -> tuple[Span, ...]:
        return () if day in self.holidays else self.week[day.weekday()]


ALWAYS_OPEN = OpeningHours(time_zone="UTC", week=tuple((Span(0, 1_440),) for _ in WEEKDAYS))
