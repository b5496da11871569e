"""What the trained model sees of a piece of a message, as places in a table of weights.

Training and reading go through the same functions. A feature is a place in a table of fixed length, found by a
checksum: no vocabulary is kept, and any word of any language has features. Words are seen in Latin letters, so
that what was learned from Greek, Bulgarian or Kannada also holds for their transliterations.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from handoff.detector.requests import NOTHING, ClauseReading, Finding
from handoff.detector.text import romanised

TABLE_BITS = (
    21  # 150 features a sentence, more than ten thousand sentences: few of the telling ones share a place
)
TABLE_LENGTH = 1 << TABLE_BITS
CLAUSES_MAX = 8  # that are judged on their own: bounds the time for hostile text
TELLING_MAX = (
    4  # of them, those in which the rules or the phrases found something; else the first and the last
)
_WORDS_MAX = 40  # of one piece; the time grows with their number
_PART_CHARS_MIN, _PART_CHARS_MAX = 3, 5  # of a word, its ends marked: endings, stems, and what a typo leaves
_WORDS_KEPT = 4096  # whose features are kept from message to message
_SIGNS_KEPT = 16_384
_DIGITS = re.compile(r"\d+")  # which digits they are says nothing: a number is a number
_LENGTH_MAX = 12  # words; beyond that the length says nothing more


@dataclass(frozen=True, slots=True)
class Piece:
    """The whole message, a clause or a window, as the model sees it: places of the table, each once, ascending."""

    places: tuple[int, ...]


def pieces(clauses: Sequence[ClauseReading], distress: Sequence[bool]) -> list[Piece]:
    """The whole message first, then its clauses when there are several, then windows of long ones.

    None for a message without words. `distress` says of every clause whether a phrase of distress stands in it.
    """
    if not clauses:
        return []
    best = max((clause.finding for clause in clauses), key=lambda finding: finding.weight)
    words = [word for clause in clauses for word in clause.whole.words]
    signs = {sign for clause in clauses for sign in clause.whole.signs}
    whole = _piece(words, signs, best, any(distress))
    kept = _most_telling(list(zip(clauses, distress, strict=True)))
    parts = [(clause.whole, clause.finding, shows) for clause, shows in kept] if len(kept) > 1 else []
    parts += [(window, clause.finding, shows) for clause, shows in kept for window in clause.windows]
    return [whole, *(_piece(part.words, part.signs, finding, shows) for part, finding, shows in parts)]


def _most_telling(clauses: list[tuple[ClauseReading, bool]]) -> list[tuple[ClauseReading, bool]]:
    """A request in the middle of a long letter counts as much as one at its end."""
    if len(clauses) <= CLAUSES_MAX:
        return clauses
    telling = [
        at for at, (clause, shows) in enumerate(clauses) if shows or clause.finding.weight > NOTHING.weight
    ]
    kept = set(sorted(telling, key=lambda at: clauses[at][0].finding.weight, reverse=True)[:TELLING_MAX])
    for at in range(len(clauses)):
        if len(kept) >= CLAUSES_MAX:
            break
        kept |= {at, len(clauses) - 1 - at} if len(kept) < CLAUSES_MAX - 1 else {at}
    return [clauses[at] for at in sorted(kept)]


def _piece(words: Sequence[str], signs: Iterable[str], finding: Finding, distress: bool) -> Piece:
    half = _WORDS_MAX // 2
    kept = words if len(words) <= _WORDS_MAX else [*words[:half], *words[-half:]]
    latin = ["<", *map(_latin, kept), ">"]
    found = {place for word in latin[1:-1] for place in _of_word(word)}
    found.update(_place("pair", f"{a} {b}") for a, b in pairwise(latin))
    found.update(_place("skip", f"{a} {b}") for a, b in zip(latin, latin[2:], strict=False))
    found.update(_sign("sign", sign) for sign in signs)
    found.update((_sign("found", finding.name), _sign("found", finding.request)))
    if distress:
        found.add(_sign("found", "distress"))
    found.add(_sign("length", str(min(len(latin) - 2, _LENGTH_MAX) // 2)))
    return Piece(tuple(sorted(found)))


@lru_cache(maxsize=_WORDS_KEPT)
def _of_word(word: str) -> tuple[int, ...]:
    marked = f"<{word}>"
    found = [_place("word", word)]
    for length in range(_PART_CHARS_MIN, _PART_CHARS_MAX + 1):
        found += [_place("part", marked[at : at + length]) for at in range(len(marked) - length + 1)]
    return tuple(found)


@lru_cache(maxsize=_WORDS_KEPT)
def _latin(word: str) -> str:
    return _DIGITS.sub("0", romanised(word))


@lru_cache(maxsize=_SIGNS_KEPT)
def _sign(kind: str, of: str) -> int:
    """The place of one of the few thousand signs that come again and again."""
    return _place(kind, of)


def _place(kind: str, of: str) -> int:
    return crc32(f"{kind} {of}".encode()) & (TABLE_LENGTH - 1)
