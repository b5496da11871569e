"""The detector of requests for a person as the server has it at work, and as a trainer's run makes another one.

Decides nothing: which weights are in service is the workshop's business, what they hear the detector's. Nobody waits
for the sentence encoder: it is opened when people are served already, and asked beside the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from handoff.detector.detector import Detector
from handoff.detector.encoder import Encoder, PackagedEncoder, Unavailable
from handoff.detector.model import WEIGHTS, Unusable, from_bytes, to_bytes
from handoff.detector.training import BadLine, fingerprint, learn, read_sentences
from handoff.domain.requests import Reading
from handoff.service.ports import HumanRequestDetector
from handoff.service.tasks import Tasks

ENCODER_AFTER_S = (
    2.0  # after a start: who waits for the server, and the assistant that starts too, come first
)
SECOND_VOICE_S = (
    1.0  # it takes some hundredths; on a machine too busy for it a message is read by its words alone
)

_log = logging.getLogger(__name__)


@cache
def _code() -> str:
    """Read once: what runs is what was there at the start."""
    return fingerprint(())


class Ears:
    """Weights, and the detector that hears with them. It is read from files each time: seldom asked for."""

    def __init__(
        self, encoder: Encoder | None = None, *, second_voice: bool = True, vectors: Path | None = None
    ) -> None:
        """`encoder`: instead of the packaged one. `vectors`: the folder where they are kept from one `learn` to the
        next. Until `open` a detector reads by the words alone, and without the `second_voice` for good."""
        self._encoder = PackagedEncoder() if encoder is None else encoder
        self._second_voice = second_voice
        self._vectors = vectors
        self._why_alone: str | None = None

    def open(self) -> None:
        """Takes a tenth of a second. Without an encoder the words alone are heard, and that is logged."""
        if not self._second_voice:
            return
        try:
            self._encoder.open()
        except Unavailable as error:
            self._why_alone = str(error)
            _log.error(
                "no sentence encoder: messages are read by their words alone", extra={"why": str(error)}
            )
        else:
            _log.info("sentence encoder ready")

    def packaged(self) -> bytes:
        """The weights that ship with the product."""
        return (files("handoff.detector") / WEIGHTS).read_bytes()

    def code(self) -> str:
        """Of the code and words that weights belong to: with others they would mean something else."""
        return _code()

    def learn(self, folder: Path, known: bytes) -> bytes:
        """The weights for the sentences in `folder`; `known` themselves where these were learned from the same. Takes
        four minutes of processor time, and a hundredth of a second for each sentence that was never encoded here.
        Raises `ValueError` with what is wrong with a sentence, or with the encoder."""
        try:
            sentences = read_sentences(folder)
        except (BadLine, UnicodeDecodeError) as error:
            raise ValueError(str(error)) from error
        if self._fingerprint(known) == fingerprint(sentences):
            return known
        try:
            return to_bytes(learn(sentences, self._encoder, self._vectors))
        except Unavailable as error:
            raise ValueError(f"The sentence encoder cannot be opened: {error}") from error

    def _fingerprint(self, weights: bytes) -> str | None:
        try:
            return from_bytes(weights).fingerprint
        except Unusable:
            return None

    def detector(self, weights: bytes) -> HumanRequestDetector:
        """Takes part of a second. Raises `ValueError` for weights that cannot be read."""
        try:
            encoder = self._encoder if self._second_voice else None
            return Detector(model=from_bytes(weights), encoder=encoder)
        except Unusable as error:
            raise ValueError(str(error)) from error


class Hearing(Ears):
    """The one detector that every message is read by, and another in its place without a pause."""

    def __init__(
        self,
        given: HumanRequestDetector | None,
        pinned: Callable[[], bytes | None],
        *,
        second_voice: bool = True,
    ) -> None:
        """`pinned` are the weights to begin with; None for the packaged ones, in whose place `given` hears in tests."""
        super().__init__(second_voice=second_voice and given is None)
        self._given = given
        self._pinned = pinned
        self.at_work: HumanRequestDetector | None = None
        self._first: asyncio.Task[HumanRequestDetector] | None = None
        self._latest: tuple[bytes, HumanRequestDetector] | None = None
        self._tasks = Tasks()
        # One thread: more would take each other's turns, and the event loop's.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="second voice")

    def start(self) -> None:
        """Has the encoder opened, in a while."""
        if self._second_voice:
            self._tasks.start("sentence encoder", self._open_in_a_while())

    async def _open_in_a_while(self) -> None:
        await asyncio.sleep(ENCODER_AFTER_S)
        await asyncio.to_thread(self.open)

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`. Not ok: the words alone are heard though the second voice is wanted."""
        if self._why_alone is not None:
            return {"ok": False, "second_voice": "missing", "error": self._why_alone}
        voice = "off" if not self._second_voice else "ready" if self._encoder.ready else "opening"
        return {"ok": True, "second_voice": voice}

    async def close(self) -> None:
        await self._tasks.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def read(self, text: str) -> Reading:
        """How a customer's message is read. What the words leave in doubt takes some ms, in which others are served."""
        detector = await self.now()
        reading, is_sure = detector.glance(text)
        if is_sure:
            return reading
        try:
            async with asyncio.timeout(SECOND_VOICE_S):
                return await asyncio.get_running_loop().run_in_executor(self._thread, detector.read, text)
        except Exception as error:  # whatever it is, no customer waits or is lost for it
            _log.error("read by its words alone", extra={"why": type(error).__name__})
            return reading

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
