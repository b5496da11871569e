"""Distress is heard, and mere annoyance is not taken for it."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.text import clauses

LEXICON = sorted((files("handoff.detector") / "lexicon").iterdir(), key=lambda file: file.name)
PHRASES = packaged_phrases()
SENTENCES = tomllib.loads((Path(__file__).parent / "distress.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", SENTENCES["distress"])
def test_distress_is_heard(text: str) -> None:
    assert PHRASES.show_in(clauses(text))


@pytest.mark.parametrize("text", SENTENCES["calm"])
def test_annoyance_and_ordinary_talk_are_not_distress(text: str) -> None:
    assert not PHRASES.show_in(clauses(text))


@pytest.mark.parametrize("file", LEXICON, ids=lambda file: file.name)
def test_no_phrase_is_an_ordinary_word_of_another_language(file: Traversable) -> None:
    """A German insult, cut to its stem, once met the Swedish word for "got"."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    words = [*document["common"].split(), *document["known"].split(), *document["polite"]]
    assert [word for word in words if PHRASES.show_in(clauses(word))] == []


def test_a_phrase_does_not_reach_over_punctuation() -> None:
    assert not PHRASES.show_in(clauses("I want to go. To court shoes I have a question"))


def test_a_stem_too_short_to_mean_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        DistressPhrases({"xx": ["ab*"]})
