"""What a message is about is the same in every language, however it is spelled."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from handoff.detector.concepts import CONCEPTS, Concepts, packaged_concepts
from handoff.detector.text import clauses
from tests.unit.detector.sentences import LANGUAGES

FILES = sorted((files("handoff.detector") / "concepts").iterdir(), key=lambda file: file.name)
PACKAGED = packaged_concepts()


def concepts_in(text: str, language: str) -> list[str]:
    (clause,) = clauses(text)
    return [mention.concept for mention in sorted(PACKAGED.find(clause.words).mentions(language))]


def test_every_language_has_its_file() -> None:
    assert [file.name.removesuffix(".toml") for file in FILES] == LANGUAGES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_has_words_for_every_concept(file: Traversable) -> None:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assert {concept for concept, entries in document.items() if entries} == CONCEPTS


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("you understand me", "en"),
        ("du verstehst mich", "de"),
        ("ти разбираш ме", "bg"),
        ("ti razbirash me", "bg"),
        ("ty rozumíš mi", "cs"),
        ("TY ROZUMIS MI", "cs"),
        ("te tajuatte mua", "fi"),
        ("ನೀನು ಅರ್ಥ ನನಗೆ", "kn"),
        ("neenu artha nanage", "kn"),
    ],
)
def test_the_same_thought_has_the_same_concepts_in_every_language(text: str, language: str) -> None:
    assert concepts_in(text, language) == ["you", "grasp", "me"]


def test_a_phrase_counts_as_a_whole_and_a_star_for_any_ending() -> None:
    concepts = Concepts({"en": {"useless": ["waste of time"], "act": ["cancel*"]}})
    found = concepts.find(("a", "waste", "of", "time", "cancelling", "cancellations", "cancellationalistic"))
    assert [(mention.start, mention.end) for mention in sorted(found.mentions("en"))] == [
        (1, 4),
        (4, 5),
        (5, 6),
    ]


def test_words_of_several_languages_speak_less_for_each() -> None:
    concepts = Concepts({"en": {"me": ["me", "i"]}, "it": {"me": ["me"]}})
    assert concepts.find(("me", "i")).votes() == {"en": 1.5, "it": 0.5}


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(ValueError, match="yuo"):
        Concepts({"en": {"yuo": ["you"]}})
