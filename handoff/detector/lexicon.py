"""The packaged lexicon, one TOML file a language, made ready for look-up.

The format of the files. Every kind of entry is a list of words or phrases; a star at the end of a word stands for
any ending of at most `endings_max` letters.

    language    two-letter code
    endings_max longest ending that a star stands for (default 6)
    person_first true where the object usually stands before the verb ("with an agent speak")
    common      frequent words, one string: they tell the language
    known       ordinary words that look like a mistyped lexicon word, one string: never taken for a typo
    person      a person in service: agent, representative, human being
    someone     anybody: someone, a person
    team        a department: customer service
    role        a working person or place of some trade: technician, pharmacist, workshop
    come        what such a person is to do for me now: call, contact, come into, put on
    me          to whom or where: me, us, this chat, the line
    talk        speak to, connect me, get me
    contact     reach, call
    help        what a person should do: help, look at it, take over
    want        I want, can I, give me
    exist       is there
    polite      words between the others that change nothing: please, now, a, the, with, real
    and         words that begin a clause
    bot         the other side: bot, machine
    not         negations
    why         turns a negation into a complaint: why can't I
    past        tells of something that was: I spoke, he said
    mine        whose: my, your
    other       words that make the person another one: the *delivery* agent
    nature      questions about the bot itself: are you
    requests    whole phrases that ask for a person
    doubtful    whole phrases that may ask for a person
    never       whole phrases that mean something else; nothing inside them counts
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from typing import Any, NamedTuple

from handoff.detector.text import spellings
from handoff.detector.typos import Typos

ENDINGS_MAX = 6
TYPO_LOOKUPS_MAX = 50  # unknown words of a message that are tried as typos; bounds the time for hostile text

type Symbols = list[list[tuple[str, bool]]]  # for every word what it may stand for, and whether by a typo


class Kind(StrEnum):
    """What a lexicon entry says; the file format above explains each."""

    PERSON = "person"
    SOMEONE = "someone"
    TEAM = "team"
    ROLE = "role"
    COME = "come"
    ME = "me"
    TALK = "talk"
    CONTACT = "contact"
    HELP = "help"
    WANT = "want"
    EXIST = "exist"
    POLITE = "polite"
    AND = "and"
    BOT = "bot"
    NOT = "not"
    WHY = "why"
    PAST = "past"
    MINE = "mine"
    OTHER = "other"
    NATURE = "nature"
    REQUESTS = "requests"
    DOUBTFUL = "doubtful"
    NEVER = "never"


# Words of these kinds mean something beside each other only, and stay what they are in other phrases ("call me back").
OF_ROLES = frozenset({Kind.ROLE, Kind.COME, Kind.ME})

# Words of these kinds are long and rare enough that a near miss is a typo, not another word.
_TYPOS_IN = frozenset(
    {
        Kind.PERSON,
        Kind.SOMEONE,
        Kind.TEAM,
        Kind.ROLE,
        Kind.TALK,
        Kind.CONTACT,
        Kind.WANT,
        Kind.REQUESTS,
        Kind.DOUBTFUL,
    }
)


class Match(NamedTuple):
    """Words `start` to `end` (exclusive) of a clause are `entry` of the lexicon of `language`."""

    start: int
    end: int
    language: str
    kind: Kind
    entry: str
    typo: bool


@dataclass(slots=True)
class _Node:
    """A point in the tree of phrases: what may follow, and what ends here."""

    next: dict[str, "_Node"] = field(default_factory=dict)
    ends: list[tuple[str, Kind, str]] = field(default_factory=list)


class Lexicon:
    """All languages together: one tree of phrases, one index of words, one of typos."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        """`documents` are the parsed files. Raises ValueError on an unknown key or kind."""
        self.languages: dict[str, bool] = {}  # code -> person_first
        self._root = _Node()
        self._languages_of: dict[str, set[str]] = {}
        self._known: set[str] = set()
        self._exact: set[str] = set()
        self._telling: set[str] = set()  # symbols of other kinds than those of roles
        self._stems: dict[str, int] = {}
        common: set[str] = set()
        typo_words: set[str] = set()
        typo_stems: set[str] = set()
        for document in documents:
            language = document["language"]
            self.languages[language] = document.get("person_first", False)
            common |= _single_words(document["common"])
            self._telling |= _single_words(document["common"])
            self._read(document, typo_words, typo_stems)
        self._stem_lengths = sorted({len(stem) for stem in self._stems}, reverse=True)
        self._typos = Typos(typo_words - common, ((stem, self._stems[stem]) for stem in typo_stems))
        self._weights = {word: 1 / len(languages) for word, languages in self._languages_of.items()}

    def symbols(self, words: tuple[str, ...], seen: "WordsSeen") -> Symbols:
        """For every word the lexicon symbols it may stand for, each with whether that takes a typo."""
        for word in words:
            if word not in seen.symbols:
                seen.symbols[word] = self._symbols_of(word, seen)
        return [seen.symbols[word] for word in words]

    def matches(self, symbols: Symbols, languages: Collection[str]) -> list[Match]:
        """Every entry of these languages that occurs in the clause."""
        found: list[Match] = []
        for start in range(len(symbols)):
            self._walk(self._root, symbols, start, start, False, languages, found)
        return found

    def language_scores(self, symbols: Symbols) -> dict[str, float]:
        """How much the words speak for each language: a word of one language counts more than one of many."""
        scores: dict[str, float] = {}
        for alternatives in symbols:
            for symbol, typo in alternatives:
                weight = self._weights.get(symbol, 0.0) * (0.5 if typo else 1.0)
                for language in self._languages_of.get(symbol, ()):
                    scores[language] = scores.get(language, 0.0) + weight
        return scores

    def _symbols_of(self, word: str, seen: "WordsSeen") -> list[tuple[str, bool]]:
        found = [(word, False)] if word in self._exact or word in self._languages_of else []
        if word in self._known:
            return found
        for length in self._stem_lengths:
            if length <= len(word):
                ending_max = self._stems.get(word[:length])
                if ending_max is not None and len(word) - length <= ending_max:
                    found.append((word[:length] + "*", False))
        if (
            self._telling.isdisjoint(symbol for symbol, _ in found)
            and not word.isdigit()
            and seen.may_try_typos()
        ):
            words, stems = self._typos.find(word)
            found += [(near, True) for near in sorted(words)] + [(f"{stem}*", True) for stem in sorted(stems)]
        return found

    def _walk(
        self,
        node: _Node,
        symbols: Symbols,
        start: int,
        at: int,
        typo: bool,
        languages: Collection[str],
        found: list[Match],
    ) -> None:
        if at == len(symbols):
            return
        for symbol, typed_wrong in symbols[at]:
            following = node.next.get(symbol)
            if following is not None:
                wrong = typo or typed_wrong
                found += [Match(start, at + 1, *end, wrong) for end in following.ends if end[0] in languages]
                self._walk(following, symbols, start, at + 1, wrong, languages, found)

    def _read(self, document: dict[str, Any], typo_words: set[str], typo_stems: set[str]) -> None:
        language = document["language"]
        endings_max = document.get("endings_max", ENDINGS_MAX)
        unknown = set(document) - {"language", "endings_max", "person_first", "common", "known", *Kind}
        if unknown:
            raise ValueError(f"lexicon {language}: unknown keys {sorted(unknown)}")
        for word in _single_words(document["common"]):
            self._languages_of.setdefault(word, set()).add(language)
            self._known.add(word)
        self._known |= _single_words(document.get("known", ""))
        for kind in Kind:
            entries = document.get(kind, [])
            for entry, ways in zip(entries, spellings(entries), strict=True):
                for spelling in ways:
                    self._add(language, kind, entry, spelling)
                    for word in spelling:
                        self._note(word, language, endings_max)
                        if kind not in OF_ROLES:
                            self._telling.add(word)
                        if kind in _TYPOS_IN:
                            (typo_stems if word.endswith("*") else typo_words).add(word.removesuffix("*"))

    def _add(self, language: str, kind: Kind, entry: str, spelling: tuple[str, ...]) -> None:
        node = self._root
        for word in spelling:
            following = node.next.get(word)
            if following is None:
                following = node.next[word] = _Node()
            node = following
        if (language, kind) not in [end[:2] for end in node.ends]:
            node.ends.append((language, kind, entry))

    def _note(self, word: str, language: str, endings_max: int) -> None:
        self._languages_of.setdefault(word, set()).add(language)
        if word.endswith("*"):
            stem = word[:-1]
            self._stems[stem] = max(endings_max, self._stems.get(stem, 0))
        else:
            self._exact.add(word)


def _single_words(text: str) -> set[str]:
    return {spelling[0] for ways in spellings(text.split()) for spelling in ways}


class WordsSeen:
    """The words of one message that were looked up, and how many more are tried as typos."""

    def __init__(self) -> None:
        self.symbols: dict[str, list[tuple[str, bool]]] = {}
        self._typos_left = TYPO_LOOKUPS_MAX

    def may_try_typos(self) -> bool:
        self._typos_left -= 1
        return self._typos_left >= 0


def packaged() -> Lexicon:
    """The lexicon that ships with the product. Reads its files: call it once."""
    folder = files("handoff.detector") / "lexicon"
    documents = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    return Lexicon(documents)
