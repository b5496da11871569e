"""When a desk is open: weekly hours in a time zone, less its holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
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
        first_day = at.astimezone(ZoneInfo(self.time_zone)).date()
        for offset in range(_LOOK_AHEAD_DAYS):
            opens_at = next(self._openings(first_day + timedelta(days=offset), at), None)
            if opens_at is not None:
                return opens_at
        return None

    def _openings(self, day: date, since: datetime) -> Iterator[datetime]:
        """From `since` on: when the desk is open on this local day. Only the first need be the first there is."""
        begins, ends = (datetime.combine(one, time(), ZoneInfo(self.time_zone)) for one in (day, day + _DAY))
        if begins.utcoffset() == ends.utcoffset():
            starts = (begins + timedelta(minutes=span.start) for span in self._spans(day))
            yield from sorted(start.astimezone(UTC) for start in starts if start >= since)
            return
        # Clocks change: of this day some minutes are not there or come twice, so each that there is is looked at.
        moment, end = begins.astimezone(UTC), ends.astimezone(UTC)
        while moment < end:
            if moment >= since and self.is_open(moment):
                yield moment
            moment += timedelta(minutes=1)

    def _spans(self, day: date) -> tuple[Span, ...]:
        return () if day in self.holidays else self.week[day.weekday()]


ALWAYS_OPEN = OpeningHours(time_zone="UTC", week=tuple((Span(0, 1_440),) for _ in WEEKDAYS))
