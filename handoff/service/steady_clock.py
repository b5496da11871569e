"""The world's clock, made fit for deadlines: it never goes back and never stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

from handoff.service.ports import Clock

# While the world's clock is behind what was said last, ours goes on at this share of real time: nothing stands still
# (an offer of 20 s takes 40), and after twice the step both are the same again.
CATCH_UP_RATE = 0.5


class SteadyClock:
    """`now` is the world's, but for the time after that was set back; a step forward shows at once.

    Moments of events never decrease (design, section 5). Were they only held at the latest one until the world has
    caught up, every deadline counted from them would wait as long as that.
    """

    def __init__(self, world: Clock) -> None:
        self._world = world
        self._latest: datetime | None = None
        self._steady_s = world.monotonic()
        self._asked: tuple[datetime, float] | None = None  # of the world; then what was made of it
        self._said = world.now()

    def now(self) -> datetime:
        asked = now, steady_s = self._world.now(), self._world.monotonic()
        if asked == self._asked:
            return self._said
        if self._latest is not None:
            passed_s = max(0.0, steady_s - self._steady_s)
            now = max(now, self._latest + timedelta(seconds=passed_s * CATCH_UP_RATE))
        self._latest, self._steady_s = now, steady_s
        fraction = now.microsecond % 1000
        said = now.replace(microsecond=now.microsecond - fraction) if fraction else now
        self._asked, self._said = asked, said
        return self._said

    def monotonic(self) -> float:
        return self._world.monotonic()

    def not_before(self, moment: datetime) -> None:
        """Something was written at `moment`, by an earlier run perhaps: it is now, or later."""
        self._latest = max(self.now(), moment)
        self._asked = None
