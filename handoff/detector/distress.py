"""Whether a message shows distress: anger, threats, danger, despair, legal steps.

Whole phrases from a packaged list, in any language, without tolerance for typos: a false alarm here takes the
conversation away from a customer who was being helped. Mere annoyance is not distress.
"""

import tomllib
from collections.abc import Sequence
from importlib.resources import files

from handoff.detector.text import Clause, spellings

_PHRASES = "distress.toml"
_STEM_CHARS_MIN = 4  # a shorter stem alone, with any ending, would meet too many other words

_START = 3  # letters that tell most words from every stem at once


class DistressPhrases:
    """The phrases of all languages."""

    def __init__(self, phrases: dict[str, list[str]]) -> None:
        """`phrases` by language. Raises ValueError on a stem that is too short."""
        self._whole: set[tuple[str, ...]] = set()
        self._starred: dict[str, list[tuple[str, ...]]] = {}  # by the letters with which they start
        for entry, ways in (
            pair for entries in phrases.values() for pair in zip(entries, spellings(entries), strict=True)
        ):
            for spelling in ways:
                if not any(word.endswith("*") for word in spelling):
                    self._whole.add(spelling)
                    continue
                stem_chars_min = _STEM_CHARS_MIN if len(spelling) == 1 else _START
                if len(spelling[0].removesuffix("*")) < stem_chars_min:
                    raise ValueError(f"stem too short: {entry}")
                self._starred.setdefault(spelling[0][:_START], []).append(spelling)
        self._first_words = {phrase[0] for phrase in self._whole}
        self._lengths = sorted({len(phrase) for phrase in self._whole})

    def show_in(self, message: Sequence[Clause]) -> list[bool]:
        """Whether one of them occurs, clause by clause. Phrases do not reach over punctuation."""
        return [
            any(self._starts_at(clause.words, at) for at in range(len(clause.words))) for clause in message
        ]

    def _starts_at(self, words: tuple[str, ...], at: int) -> bool:
        if words[at] in self._first_words and any(words[at : at + n] in self._whole for n in self._lengths):
            return True
        starred = self._starred.get(words[at][:_START], ())
        return any(_matches(phrase, words[at : at + len(phrase)]) for phrase in starred)


def _matches(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(phrase) == len(words) and all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(phrase, words, strict=True)
    )


def packaged_phrases() -> DistressPhrases:
    """The phrases that ship with the product. Reads a file: call it once."""
    text = (files("handoff.detector") / _PHRASES).read_text(encoding="utf-8")
    return DistressPhrases(tomllib.loads(text))
