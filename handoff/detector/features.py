"""What the trained model sees of a clause: its words and their parts as numbers, and what the lexicon makes of it.

Training and reading go through the same functions. A feature is a place in a table of fixed length, found by a
checksum: no vocabulary is kept, and any word of any language has features. Words are seen in Latin letters, so
that what was learned from Greek, Bulgarian or Kannada also holds for their transliterations.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zlib import crc32

from handoff.detector.text import romanised

TABLE_BITS = 18
TABLE_LENGTH = 1 << TABLE_BITS
_MASK = TABLE_LENGTH - 1
_PART_CHARS_MIN, _PART_CHARS_MAX = 3, 5
_WORDS_MAX = 40  # of one clause or message; time grows with the number


def _place(kind: str, of: str) -> int:
    return crc32(f"{kind}{of}".encode()) & _MASK


@lru_cache(maxsize=4096)
def _of_word(word: str) -> tuple[int, ...]:
    padded = f"<{word}>"
    found = [_place("w", word)]
    for length in range(_PART_CHARS_MIN, _PART_CHARS_MAX + 1):
        found += [_place("p", padded[at : at + length]) for at in range(len(padded) - length + 1)]
    return tuple(found)


def places(words: Sequence[str], signs: Iterable[str]) -> list[int]:
    """The features of a piece of a message, each once. `signs` are the lexicon's names for it."""
    latin = [romanised(word) for word in words[:_WORDS_MAX]]
    found: set[int] = set()
    for word in latin:
        found.update(_of_word(word))
    bounded = ["<", *latin, ">"]
    for at in range(len(bounded) - 1):
        found.add(_place("b", f"{bounded[at]} {bounded[at + 1]}"))
    for at in range(len(bounded) - 2):
        found.add(_place("s", f"{bounded[at]} {bounded[at + 2]}"))
    found.update(_place("n", sign) for sign in signs)
    found.add(_place("l", str(min(len(latin), 12) // 2)))
    return sorted(found)
