"""A clock for tests of what time brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
