"""Finding the lexicon word that a mistyped word was meant to be.

Deletion neighbourhoods (as in Wolf Garbe's SymSpell): two strings within n edits share a string that both reach
by at most n deletions, so a look-up needs no comparison with the whole lexicon. Only the first letters are
indexed; what is found is then measured.
"""

from collections.abc import Iterable

ONE_TYPO_FROM = 5  # letters: below that a typo makes another word too easily; four may only swap neighbours
TWO_TYPOS_FROM = 9
INDEXED = 7  # letters of a word that are indexed


class Typos:
    """An index over words and over stems (which may go on with an ending)."""

    def __init__(self, words: Iterable[str], stems: Iterable[tuple[str, int]]) -> None:
        """`stems` come with the longest ending that may follow them."""
        self._words: dict[str, list[str]] = {}
        self._stems: dict[int, dict[str, list[tuple[str, int]]]] = {
            n: {} for n in range(ONE_TYPO_FROM, INDEXED + 1)
        }
        for word in words:
            if len(word) >= ONE_TYPO_FROM - 1:
                for key in _deletions(word[:INDEXED], 2 if len(word) >= TWO_TYPOS_FROM else 1):
                    self._words.setdefault(key, []).append(word)
        for stem, ending_max in stems:
            if len(stem) >= ONE_TYPO_FROM:
                indexed = min(len(stem), INDEXED)
                for key in _deletions(stem[:indexed], 1):
                    self._stems[indexed].setdefault(key, []).append((stem, ending_max))

    def find(self, typed: str) -> tuple[set[str], set[str]]:
        """The words and the stems that `typed` may stand for, without the exact ones being looked for."""
        words: set[str] = set()
        stems: set[str] = set()
        if len(typed) < ONE_TYPO_FROM - 1:
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
        return len(typed) == len(word) and sorted(typed) == sorted(word) and distance(typed, word, 1) == 1
    allowed = 2 if len(word) >= TWO_TYPOS_FROM else 1
    return distance(typed, word, allowed) <= allowed


def _starts_near(typed: str, stem: str, ending_max: int) -> bool:
    if not _same_start(typed, stem) or len(typed) > len(stem) + ending_max + 1:
        return False
    lengths = range(len(stem) - 1, min(len(stem) + 1, len(typed)) + 1)
    return any(distance(typed[:n], stem, 1) <= 1 for n in lengths)


def distance(a: str, b: str, allowed: int) -> int:
    """Edits between two words: insert, delete, replace, swap neighbours. Above `allowed`, any larger number."""
    if abs(len(a) - len(b)) > allowed:
        return allowed + 1
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, char in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != other))
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return allowed + 1
        before_last, last = last, row
    return last[-1]
