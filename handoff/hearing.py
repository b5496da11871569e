"""The detector of requests for a person as the server has it at work, and as a trainer's run makes another one.

Decides nothing: which weights are in service is the workshop's business, what they hear the detector's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from handoff.detector.detector import Detector
from handoff.detector.model import WEIGHTS, Unusable, from_bytes, to_bytes
from handoff.detector.training import BadLine, fingerprint, learn, read_sentences
from handoff.service.ports import HumanRequestDetector

_log = logging.getLogger(__name__)


@cache
def _code() -> str:
    """Read once: what runs is what was there at the start."""
    return fingerprint(())


class Ears:
    """Weights, and the detector that hears with them. It is read from files each time: seldom asked for."""

    def packaged(self) -> bytes:
        """The weights that ship with the product."""
        return (files("handoff.detector") / WEIGHTS).read_bytes()

    def code(self) -> str:
        """Of the code and words that weights belong to: with others they would mean something else."""
        return _code()

    def learn(self, folder: Path, known: bytes) -> bytes:
        """The weights for the sentences in `folder`; `known` themselves where these were learned from the same. Takes a
        minute of processor time. Raises `ValueError` with what is wrong with a sentence."""
        try:
            sentences = read_sentences(folder)
        except (BadLine, UnicodeDecodeError) as error:
            raise ValueError(str(error)) from error
        if self._fingerprint(known) == fingerprint(sentences):
            return known
        return to_bytes(learn(sentences))

    def _fingerprint(self, weights: bytes) -> str | None:
        try:
            return from_bytes(weights).fingerprint
        except Unusable:
            return None

    def detector(self, weights: bytes) -> HumanRequestDetector:
        """Takes part of a second. Raises `ValueError` for weights that cannot be read."""
        try:
            return Detector(model=from_bytes(weights))
        except Unusable as error:
            raise ValueError(str(error)) from error


class Hearing(Ears):
    """The one detector that every message is read by, and another in its place without a pause."""

    def __init__(self, given: HumanRequestDetector | None, pinned: Callable[[], bytes | None]) -> None:
        """`pinned` are the weights to begin with; None for the packaged ones, in whose place `given` hears in tests."""
        self._given = given
        self._pinned = pinned
        self.at_work: HumanRequestDetector | None = None
        self._first: asyncio.Task[HumanRequestDetector] | None = None
        self._latest: tuple[bytes, HumanRequestDetector] | None = None

    async def now(self) -> HumanRequestDetector:
        """Reading its lexicon takes part of a second: pages, sockets and people are served meanwhile, and what is
        said to the assistant waits for it."""
        if self.at_work is not None:
            return self.at_work
        if self._given is not None and self._pinned() is None:
            return self._begun(self._given)
        if self._first is None:
            self._first = asyncio.create_task(asyncio.to_thread(self._begin))
        return self._begun(await asyncio.shield(self._first))

    def _begun(self, first: HumanRequestDetector) -> HumanRequestDetector:
        """Unless another has taken its place meanwhile."""
        if self.at_work is None:
            self.at_work = first
        return self.at_work

    def _begin(self) -> HumanRequestDetector:
        return self._made(self._pinned() or self.packaged())

    def _made(self, weights: bytes) -> HumanRequestDetector:
        """The latest one again for the same weights: most models that are put in service change nothing about this."""
        if self._latest is None or self._latest[0] != weights:
            self._latest = weights, self.detector(weights)
        return self._latest[1]

    async def prepared(self, weights: bytes | None) -> HumanRequestDetector:
        """For `take`. None: the packaged weights. Raises `ValueError` for those that cannot be read."""
        if weights is None and self._given is not None:
            return self._given
        return await asyncio.to_thread(lambda: self._made(self.packaged() if weights is None else weights))

    def take(self, detector: HumanRequestDetector) -> None:
        """From the next message on this one reads them."""
        self.at_work = detector

    async def again(self) -> None:
        """Begin anew, as at a start: what is pinned or packaged may have changed. Unusable weights change nothing."""
        try:
            self.take(await self.prepared(await asyncio.to_thread(self._pinned)))
        except ValueError as error:
            _log.error("the detector stays as it was", extra={"why": str(error)})
