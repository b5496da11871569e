"""Sentence vectors kept from one training to the next: of tens of thousands of sentences few are new, and encoding all
of them takes minutes.

Only a cache: without its file, or with a damaged one, the same is learned, later. What was kept and what is new is
rounded alike, so that the same sentences always give the same weights.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from handoff.detector.encoder import DIMENSIONS, NAME, Encoder, digest

if TYPE_CHECKING:
    from handoff.detector.meaning import Matrix

AT_ONCE = 64  # sentences: each weight of the encoder is then read once for all of them
KEPT_MAX = 300_000  # vectors: 230 MB
WRITTEN_EACH = 8192  # new ones: who interrupts a training loses some of its time


class Vectors:
    """Of sentences, by an encoder that is asked for the new ones only."""

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        """`folder` is made where it is missing. None: nothing is kept."""
        self._encoder = encoder
        self._path = folder and folder / f"vectors-{NAME}.npy"
        self._kept: dict[bytes, Matrix] = {}
        self._read()

    def of(self, sentences: Sequence[str]) -> list[Matrix]:
        """A row for each sentence, and all of them in the file afterwards."""
        keys = [digest(sentence) for sentence in sentences]
        new = {key: sentence for key, sentence in zip(keys, sentences, strict=True) if key not in self._kept}
        for many in batched(new.items(), WRITTEN_EACH):
            for some in batched(many, AT_ONCE):
                vectors = self._encoder.encode([sentence for _, sentence in some])
                self._kept.update(zip((key for key, _ in some), vectors.astype("<f2"), strict=True))
            self._write(set(keys))
        return [self._kept[key].astype("f4") for key in keys]

    def _read(self) -> None:
        import numpy as np

        try:
            rows = np.load(self._path, allow_pickle=False) if self._path else []
            self._kept = {row["key"].tobytes(): row["vector"] for row in rows}
        except (OSError, EOFError, ValueError, IndexError, KeyError):
            self._kept = {}

    def _write(self, used: set[bytes]) -> None:
        """Best effort: there may be no room, or no right to it."""
        import numpy as np

        if self._path is None:
            return
        if len(self._kept) > KEPT_MAX:
            self._kept = {key: vector for key, vector in self._kept.items() if key in used}
        rows = np.zeros(len(self._kept), [("key", "V16"), ("vector", "<f2", DIMENSIONS)])
        for row, (key, vector) in zip(rows, self._kept.items(), strict=True):
            row["key"], row["vector"] = key, vector
        unfinished = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as handle:
                np.save(handle, rows)
            os.replace(unfinished, self._path)
