"""A circuit breaker: after several failures in a row the bot is left alone for a while, and customers are not kept."""

from __future__ import annotations

from handoff.service.ports import Clock

FAILURES_MAX = 3
OPEN_S = 5.0  # then one turn is let through to see; the health check closes it earlier


class Breaker:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def allows(self) -> bool:
        return self._failures < FAILURES_MAX or self._clock.monotonic() >= self._open_until

    def failed(self) -> None:
        self._failures += 1
        self._open_until = self._clock.monotonic() + OPEN_S

    def worked(self) -> None:
        self._failures = 0
