"""Finding the lexicon word that a mistyped word was meant to be.

Deletion neighbourhoods (as in Wolf Garbe's SymSpell): two strings within n edits share a string that both reach
by at most n deletions, so a look-up needs no comparison with the whole lexicon. Only the first letters are
indexed; what is found is then measured.
"""

from collections.abc import Iterable

ONE_TYPO_FROM = 5  # letters: below that a typo makes another word too easily; four may only swap neighbours
STEM_TYPO_FROM = 6  # a stem may go on with any ending, so a short one meets too many other words
TWO_TYPOS_FROM = 9
INDEXED = 7  # letters of a word that are indexed


class Typos:
    """An index over words and over stems (which may go on with an ending)."""

    def __init__(self, words: Iterable[str], stems: Iterable[tuple[str, int]]) -> None:
        """`stems` come with the longest ending that may follow them."""
        self._words: dict[str, list[str]] = {}
        self._initials: set[str] = set()
        self._stems: dict[int, dict[str, list[tuple[str, int]]]] = {
            n: {} for n in range(STEM_TYPO_FROM, INDEXED + 1)
        }
        for word in words:
            if len(word) >= ONE_TYPO_FROM - 1:
                self._initials.add(word[0])
                for key in _deletions(word[:INDEXED], 2 if len(word) >= TWO_TYPOS_FROM else 1):
                    self._words.setdefault(key, []).append(word)
        for stem, ending_max in stems:
            if len(stem) >= STEM_TYPO_FROM:
                self._initials.add(stem[0])
                indexed = min(len(stem), INDEXED)
                for key in _deletions(stem[:indexed], 1):
                    self._stems[indexed].setdefault(key, []).append((stem, ending_max))

    def find(self, typed: str) -> tuple[set[str], set[str]]:
        """The words and the stems that `typed` may stand for, without the exact ones being looked for."""
        words: set[str] = set()
        stems: set[str] = set()
        if len(typed) < ONE_TYPO_FROM - 1 or self._initials.isdisjoint(typed[:2]):
            return words, stems
        start = typed[:INDEXED]
        for key in _deletions(start, 2 if len(typed) >= TWO_TYPOS_FROM - 1 else 1):
            for word in self._words.get(key, ()):
                if word not in words and _near(typed, word):
                    words.add(word)
        for indexed, index in self._stems.items():
            if len(typed) >= indexed - 1:
                for key in _deletions(typed[:indexed], 1):
                    for stem, ending_max in index.get(key, ()):
                        if stem not in stems and _starts_near(typed, stem, ending_max):
                            stems.add(stem)
        return words, stems


def _deletions(word: str, count: int) -> set[str]:
    found = {word}
    layer = found
    for _ in range(count):
        layer = {left[:i] + left[i + 1 :] for left in layer for i in range(len(left))}
        found = found | layer
    return found


def _same_start(typed: str, word: str) -> bool:
    """The first letter is rarely mistyped; insisting on it keeps other words out."""
    return typed[0] == word[0] or typed[:2] == word[1::-1]


def _near(typed: str, word: str) -> bool:
    if not _same_start(typed, word):
        return False
    if len(word) < ONE_TYPO_FROM:
        return len(typed) == len(word) and sorted(typed) == sorted(word) and within(typed, word, 1)
    return within(typed, word, 2 if len(word) >= TWO_TYPOS_FROM else 1)


def _starts_near(typed: str, stem: str, ending_max: int) -> bool:
    return _same_start(typed, stem) and within(typed, stem, 1, ending_max)


def within(typed: str, word: str, edits: int, ending_max: int = 0) -> bool:
    """Whether at most `edits` lead from one to the other: insert, delete, replace, swap neighbours.

    `ending_max` letters more may follow in `typed`. Written as a search because almost every pair that is asked
    for either shares a long beginning or fails at once; the usual table costs ten times as much.
    """
    if not -edits <= len(typed) - len(word) <= edits + ending_max:
        return False
    same = 0
    for a, b in zip(typed, word, strict=False):
        if a != b:
            break
        same += 1
    typed, word = typed[same:], word[same:]
    if len(word) <= edits and len(typed) <= ending_max + edits - len(word):
        return True
    if edits == 0:
        return not word and len(typed) <= ending_max
    if typed[:2] == word[1::-1] and len(word) > 1 and within(typed[2:], word[2:], edits - 1, ending_max):
        return True
    return (
        within(typed[1:], word[1:], edits - 1, ending_max)
        or within(typed, word[1:], edits - 1, ending_max)
        or within(typed[1:], word, edits - 1, ending_max)
    )
