"""Rates: how much one sender may ask in a stretch of time."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from handoff.domain.errors import Code, DomainError
from handoff.service.ports import Clock

_SENDERS_MAX = 50_000  # the longest unseen are forgotten first: at worst they get their full rate again


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """`burst` at once and `per_second` after that, for each sender."""

    def __init__(self, clock: Clock, *, burst: int, per_second: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, sender: str) -> None:
        """Count one. Raises `rate_limited` with the wait in whole seconds."""
        if not self.took(sender):
            wait_s = max(1, math.ceil((1 - self._filled(sender).left) / self._per_second))
            raise DomainError(
                Code.RATE_LIMITED, f"Too much at once. Please try again in {wait_s} s.", retry_after_s=wait_s
            )

    def took(self, sender: str) -> bool:
        """Count one if there is room for it, and say whether."""
        bucket = self._filled(sender)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def give_back(self, sender: str) -> None:
        """The one that was taken last does not count after all."""
        bucket = self._filled(sender)
        bucket.left = min(self._burst, bucket.left + 1)

    def _filled(self, sender: str) -> _Bucket:
        """The sender's bucket, with what the time since its last use has added."""
        now = self._clock.monotonic()
        bucket = self._buckets.get(sender)
        if bucket is None:
            bucket = self._buckets[sender] = _Bucket(float(self._burst), now)
            if len(self._buckets) > _SENDERS_MAX:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(sender)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        return bucket
