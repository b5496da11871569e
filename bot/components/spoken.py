"""Writes German as the sentence encoder knows it: words of dialect as standard ones, umlauts where they were spelt out.

The encoder learned from standard German: to it "is mei Packerl scho gschickt" and "moechte zurueckgeben" are hardly
words. It must not be used on messages in other languages, which have such words too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# The word "e" of a dialect is not the letter of "E-Mail", nor "z" that of "z.B.".
_WORD_OF_DIALECT = re.compile(r"(?<![\w.-])[^\W\d_]+(?:['’][^\W\d_]+)?(?!\w|-|['’]|\.\w)")
_WORD = re.compile(r"[^\W\d_]+")
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# In words that we do not know: not in "neue", "bequem" or "manuell", nor in "Israel".
_UMLAUT = re.compile(r"(?<![aeouqzäöü])ue(?!ll)|(?<![aeiou])[ao]e(?!u|l\b)", re.IGNORECASE)
_SHORT = {"ae": "ä", "oe": "ö", "ue": "ü"}


def _read_dialect() -> dict[str, str]:
    lines = Path(__file__).with_name("dialect.txt").read_text(encoding="utf-8").splitlines()
    entries = [line.split(": ") for line in lines if not line.startswith("#")]
    return {spelling: standard for standard, spellings in entries for spelling in spellings.split()}


_DIALECT = _read_dialect()


def learn_words(sentences: Iterable[str]) -> dict[str, str]:
    """How words are written in German `sentences`, by how they look with their umlauts spelt out.

    Only those are in it that could be mistaken: "fuer" is "für", but "kontoeinstellungen" stays. A word without
    umlauts counts when it stands there twice, for some sentences are spelt out themselves.
    """
    counts = Counter(word for sentence in sentences for word in _WORD.findall(sentence.lower()))
    words = {word: word for word, count in counts.items() if count > 1 and _UMLAUT.search(word)}
    return words | {spelt_out: word for word in counts if (spelt_out := word.translate(_SPELT_OUT)) != word}


def standard(text: str, words: dict[str, str]) -> str:
    """A German message with its words of dialect and its spelt-out umlauts replaced; `words` as by `learn_words`."""
    return _WORD.sub(
        lambda found: _with_umlauts(found.group(), words),
        _WORD_OF_DIALECT.sub(lambda found: _out_of_dialect(found.group()), text),
    )


def _out_of_dialect(word: str) -> str:
    if len(word) > 1 and word.isupper():  # "US", "IS": an abbreviation
        return word
    return _DIALECT.get(word.lower().replace("’", "'"), word)


def _with_umlauts(word: str, words: dict[str, str]) -> str:
    known = words.get(word.lower())
    if known is not None:
        return word if known == word.lower() else known
    return _UMLAUT.sub(lambda found: _SHORT[found.group().lower()], word)
