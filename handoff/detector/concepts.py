"""What the words of a message are about, in concepts that are the same in every language.

"You do not understand me" has no word in common with "nem érted", but the same concepts in much the same order: what
was learned of one language then holds for the others. The packaged files list words for each concept, one file a
language; a star at the end of a word stands for any ending. The concepts rule nothing by themselves: the trained
model weighs them. They are read in one language, the one for which most words of the clause speak.

    you, me      who is spoken to and who speaks            thing     what is bought, paid, booked
    grasp        understand, read, listen                   fault     what is wrong with a thing
    answer       answer, question                           act       what is done with a thing: cancel, track
    useless      useless, stupid, waste of time             query     how, when, where, how much
    again        again, always, the same, in circles        outsider  persons outside the company
    solve        solve, help                                thanks    thanks and praise
    hard         complicated, personal                      hours     days and opening hours
    enough       enough, stop, fed up, turn off             unneeded  no need, without, myself
    call, write  ways to be reached                         world     weather, music, alarms: no matter of a shop
    who          who, whom                                  higher    superior, escalate
    charge       responsible, decides                       complain  complaint
    unit, area   department; billing, sales, claims       sound     how the assistant is to speak: louder, slower
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from handoff.detector.text import romanised, spellings

CONCEPTS = frozenset(
    "you me grasp answer useless again solve hard enough call write who charge higher complain unit area thing fault "
    "act query outsider thanks hours unneeded world sound".split()
)
_ENDING_MAX = 7  # letters that a star stands for; a longer word is another one
_WORDS_KEPT = 4096  # whose concepts are kept from message to message


class Mention(NamedTuple):
    """Words `start` to `end` (exclusive) of a clause belong to this concept."""

    start: int
    end: int
    concept: str


class Concepts:
    """The words of all languages. Everything is compared in Latin letters, without accents."""

    def __init__(self, documents: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """`documents` by language, each concept with its words. Raises ValueError on an unknown concept."""
        self._words: dict[str, set[tuple[str, str]]] = {}  # each with its languages and concepts
        self._stems: dict[str, set[tuple[str, str]]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}  # by their first word
        for language, document in documents.items():
            if unknown := set(document) - CONCEPTS:
                raise ValueError(f"concepts {language}: unknown {sorted(unknown)}")
            for concept, entries in document.items():
                for spelling in {way for ways in spellings(entries) for way in ways}:
                    self._add(tuple(romanised(word) for word in spelling), language, concept)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._latin = lru_cache(maxsize=_WORDS_KEPT)(romanised)
        self._meanings = lru_cache(maxsize=_WORDS_KEPT)(self._meanings_of)

    def find(self, words: Sequence[str]) -> "Found":
        """What the words may mention, in any language."""
        latin = [self._latin(word) for word in words]
        found: list[tuple[str, Mention]] = []
        for at, word in enumerate(latin):
            found += [(language, Mention(at, at + 1, concept)) for language, concept in self._meanings(word)]
            for phrase, language, concept in self._phrases.get(word, ()):
                if _begins(latin, at, phrase):
                    found.append((language, Mention(at, at + len(phrase), concept)))
        return Found(found)

    def _add(self, words: tuple[str, ...], language: str, concept: str) -> None:
        if len(words) > 1:
            self._phrases.setdefault(words[0], []).append((words, language, concept))
        elif words[0].endswith("*"):
            self._stems.setdefault(words[0][:-1], set()).add((language, concept))
        else:
            self._words.setdefault(words[0], set()).add((language, concept))

    def _meanings_of(self, word: str) -> tuple[tuple[str, str], ...]:
        """Languages and concepts of one word. Of the stems with which it begins, a language's longest counts."""
        found: dict[str, set[str]] = {}
        for language, concept in self._words.get(word, ()):
            found.setdefault(language, set()).add(concept)
        for length in reversed(self._stem_lengths):
            if length <= len(word) <= length + _ENDING_MAX:
                longest = self._stems.get(word[:length], ())
                for language in {its for its, _ in longest} - set(found):
                    found[language] = {concept for its, concept in longest if its == language}
        return tuple(sorted((language, concept) for language in found for concept in found[language]))


def _begins(words: Sequence[str], at: int, phrase: tuple[str, ...]) -> bool:
    return at + len(phrase) <= len(words) and all(
        words[at + n].startswith(part[:-1]) if part.endswith("*") else words[at + n] == part
        for n, part in enumerate(phrase)
    )


class Found:
    """What the words of one clause may mention, with the language of each."""

    def __init__(self, found: Sequence[tuple[str, Mention]]) -> None:
        self._found = found

    def votes(self) -> dict[str, float]:
        """How much it speaks for each language: what is shared by several counts less."""
        languages: dict[tuple[int, int], set[str]] = {}
        for language, mention in self._found:
            languages.setdefault((mention.start, mention.end), set()).add(language)
        votes: dict[str, float] = {}
        for ones in languages.values():
            for language in ones:
                votes[language] = votes.get(language, 0.0) + 1 / len(ones)
        return votes

    def mentions(self, language: str) -> list[Mention]:
        """What is mentioned in this language."""
        return list({mention for its, mention in self._found if its == language})


def packaged_concepts() -> Concepts:
    """The concepts that ship with the product. Reads their files: call it once."""
    folder = files("handoff.detector") / "concepts"
    return Concepts(
        {
            file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
            for file in sorted(folder.iterdir(), key=lambda file: file.name)
            if file.name.endswith(".toml")
        }
    )
