"""The sentences that the detector learned from, and those held back from it, for tests and figures."""

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from handoff.detector.drawing import drawn
from handoff.detector.encoder import PackagedEncoder
from handoff.detector.training import SENTENCES, read_sentences

ROOT = Path(__file__).parents[3]
LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it kn lt lv mt nl pl pt ro sk sl sv".split()


class Sentence(NamedTuple):
    """`mark`: `+` asks for a person, `-` does not, `!` shows distress."""

    language: str
    mark: str
    text: str


@cache
def encoder() -> PackagedEncoder:
    """One for all tests, which read the same thousands of sentences again and again: it encodes none of them twice."""
    one = PackagedEncoder(threads=os.cpu_count() or 1, remembered=100_000)
    one.open()
    return one


@cache
def some_learned() -> tuple[Sentence, ...]:
    """Every sixteenth, drawn by its words: to encode all takes minutes."""
    return tuple(its for its in learned() if drawn(8, its.text.encode()) % 16 == 0)


@cache
def learned() -> tuple[Sentence, ...]:
    return tuple(Sentence(*line) for line in read_sentences(ROOT / SENTENCES))


@cache
def held_back() -> tuple[Sentence, ...]:
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/human"))


@cache
def held_back_second() -> tuple[Sentence, ...]:
    """Written later, with more near misses, and before the sentences that were added for training then."""
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/human_second"))


@cache
def held_back_third() -> tuple[Sentence, ...]:
    """Ten requests of ten kinds, eight near misses and eight ordinary messages a language, in this order."""
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/human_third"))


@cache
def held_back_fourth() -> tuple[Sentence, ...]:
    """Written by somebody else than the first three, before any training that followed."""
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/human_fourth"))


@cache
def held_back_ordinary() -> tuple[Sentence, ...]:
    """What assistants of all trades are told (calls, mails, banking, travel, cooking), a third of it about persons."""
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/ordinary"))


@cache
def held_back_customers() -> tuple[Sentence, ...]:
    """What customers of all trades write first: every third, drawn by its words, of what one author wrote.

    The others are learned, so that the figures of this set are those of a known author's habits.
    """
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/ordinary_customers"))


@cache
def held_back_roles() -> tuple[Sentence, ...]:
    """Persons of all trades asked for and spoken of, and what is said to voice assistants, in few words a language.

    By the author of the sentences that were learned with the rule for them, in other words and of other trades.
    """
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/roles"))


@cache
def strangers() -> tuple[Sentence, ...]:
    """Eighteen requests, six near misses and sixteen ordinary messages a language, in this order.

    By an author who knew neither a sentence of ours nor the code. Read by nobody before the levels were chosen.
    """
    return tuple(Sentence(*line) for line in read_sentences(ROOT / "tests/held_out/strangers"))


def near_misses_and_ordinary(sentences: tuple[Sentence, ...]) -> tuple[list[str], list[str]]:
    """The other messages of the third set: those that speak of persons, and what customers write in a day."""
    near: list[str] = []
    ordinary: list[str] = []
    for language in LANGUAGES:
        others = [its.text for its in sentences if its[:2] == (language, "-")]
        near += others[: len(others) // 2]
        ordinary += others[len(others) // 2 :]
    return near, ordinary
