"""Counts the letter sequences and words of sentences: how something is put, beside what it means.

A sentence encoder knows few German compounds and no dialect; but who writes "Lieferadresse" or "Packerl" uses letters
that other sentences about the same thing have too. The counts are hashed into a fixed number of places, so that there
is no vocabulary to keep. Only numpy and scipy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
from scipy.sparse import csr_matrix

from bot.components.embedding import normalise

PLACES = 2**16  # for some 40,000 different sequences of our own sentences

_LENGTHS = (3, 4, 5)
_WORD = re.compile(r"\w+")
# Who has no umlaut on the keyboard writes them so.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def count(sentences: Iterable[str]) -> csr_matrix:
    """A row of `PLACES` for each sentence: one plus the logarithm of how often a sequence occurs, else zero."""
    values: list[float] = []
    places: list[int] = []
    ends = [0]
    for sentence in sentences:
        counts = Counter(crc32(one.encode(errors="surrogatepass")) % PLACES for one in _sequences(sentence))
        places.extend(counts)
        values.extend(counts.values())
        ends.append(len(places))
    return csr_matrix(
        (1 + np.log(np.array(values, dtype=np.float32)), places, ends),
        shape=(len(ends) - 1, PLACES),
        dtype=np.float32,
    )


def _sequences(sentence: str) -> Iterator[str]:
    words = _WORD.findall(normalise(sentence).casefold().translate(_SPELT_OUT))
    for word in words:
        padded = f" {word} "
        for length in _LENGTHS:
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
        yield f"={word}"  # the whole word: no sequence begins so
    for pair in pairwise(words):
        yield f"={pair[0]} {pair[1]}"
