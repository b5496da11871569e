"""A clock for tests of what time brings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from handoff.domain.opening_hours import WEEKDAYS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class SettableClock:
    """The world's two clocks: both stand still until the test moves them, and one can be set."""

    def __init__(self) -> None:
        self.wall = NOON
        self.steady_s = 0.0

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady_s += seconds

    def is_set(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady_s


def day_to_come() -> date:
    """Three days from now: in no time zone today or tomorrow, and not tomorrow at the stroke of midnight either."""
    return (datetime.now(UTC) + timedelta(days=3)).date()


def opens_on(day: date) -> str:
    """Opening hours as a desk file has them, of a desk that is open on this day of the week, all day, and no other."""
    return f'{WEEKDAYS[day.weekday()]} = [["00:00", "24:00"]]\n'
