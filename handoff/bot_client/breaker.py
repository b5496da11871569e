"""A circuit breaker: after several failures in a row the bot is left alone, and customers are not kept waiting for it.

Closed, it lets every turn through. Open, it lets none: whoever owns it looks after the bot meanwhile. Half open, it
lets one turn through at a time, to see; that turn's outcome closes it or opens it again. It keeps no time itself.
"""

from __future__ import annotations

from enum import StrEnum

FAILURES_MAX = 3  # one is an accident; three customers in a row who waited in vain are enough


class Circuit(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """`state` is for reading; `reopened` counts the trials that failed since the circuit was last closed."""

    def __init__(self) -> None:
        self.state = Circuit.CLOSED
        self.reopened = 0
        self._failures = 0
        self._on_trial = False

    def admits(self) -> bool:
        """Whether a turn may go through. Each that may is followed by `worked`, `failed` or `abandoned`."""
        if self.state is Circuit.CLOSED:
            return True
        if self.state is Circuit.OPEN or self._on_trial:
            return False
        self._on_trial = True
        return True

    def failed(self) -> bool:
        """Count a failure. Returns whether it has opened the circuit just now."""
        self._failures += 1
        self._on_trial = False
        if self.state is Circuit.OPEN or (self.state is Circuit.CLOSED and self._failures < FAILURES_MAX):
            return False
        self.reopened += self.state is Circuit.HALF_OPEN
        self.state = Circuit.OPEN
        return True

    def worked(self) -> None:
        self.state = Circuit.CLOSED
        self.reopened = 0
        self._failures = 0
        self._on_trial = False

    def abandoned(self) -> None:
        """The turn ended without telling anything about the bot."""
        self._on_trial = False

    def bot_answers(self) -> None:
        """The bot was seen to answer, if not to work: an open circuit is half open from now on."""
        if self.state is Circuit.OPEN:
            self.state = Circuit.HALF_OPEN
