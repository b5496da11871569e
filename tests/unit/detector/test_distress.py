"""Distress is heard, and mere annoyance is not taken for it."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from handoff.detector.detector import Detector
from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.text import clauses
from tests.unit.detector.sentences import (
    encoder,
    held_back,
    held_back_customers,
    held_back_ordinary,
    held_back_second,
    held_back_third,
)

LEXICON = sorted((files("handoff.detector") / "lexicon").iterdir(), key=lambda file: file.name)
PHRASES = packaged_phrases()
ALONE = Detector()
DETECTOR = Detector(encoder=encoder())
HELD_BACK_HEARD = 0.95
THIRD_HEARD = 0.82  # written after all that was learned but for despair; threats to property are missed most
HELD_BACK_ALARMS = 0.005
ORDINARY_ALARMS = 0.014
SENTENCES = tomllib.loads((Path(__file__).parent / "distress.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", SENTENCES["distress"])
def test_distress_is_heard(text: str) -> None:
    assert DETECTOR.read(text).distress


@pytest.mark.parametrize("text", SENTENCES["calm"])
def test_annoyance_and_ordinary_talk_are_not_distress(text: str) -> None:
    assert not DETECTOR.read(text).distress


def test_held_back_distress_is_heard() -> None:
    texts = [its.text for its in held_back() if its.mark == "!"]
    assert sum(DETECTOR.read(text).distress for text in texts) >= HELD_BACK_HEARD * len(texts)


def test_distress_of_the_third_set_is_heard() -> None:
    texts = [its.text for its in held_back_third() if its.mark == "!"]
    assert sum(DETECTOR.read(text).distress for text in texts) >= THIRD_HEARD * len(texts)


def test_held_back_ordinary_messages_are_not_distress() -> None:
    sets = (*held_back(), *held_back_second(), *held_back_third())
    texts = [its.text for its in sets if its.mark == "-"]
    assert sum(DETECTOR.read(text).distress for text in texts) <= HELD_BACK_ALARMS * len(texts)


def test_ordinary_messages_of_all_trades_are_seldom_distress() -> None:
    texts = [its.text for its in (*held_back_ordinary(), *held_back_customers())]
    assert sum(DETECTOR.read(text).distress for text in texts) <= ORDINARY_ALARMS * len(texts)


def test_both_voices_together_hear_as_much_distress_but_for_two_and_raise_no_more_alarms() -> None:
    sets = (
        *held_back(),
        *held_back_second(),
        *held_back_third(),
        *held_back_ordinary(),
        *held_back_customers(),
    )

    def heard(detector: Detector, mark: str) -> int:
        return sum(detector.read(its.text).distress for its in sets if its.mark == mark)

    assert heard(DETECTOR, "!") >= heard(ALONE, "!") - 2
    assert heard(DETECTOR, "-") <= heard(ALONE, "-")


@pytest.mark.parametrize("file", LEXICON, ids=lambda file: file.name)
def test_no_phrase_is_an_ordinary_word_of_another_language(file: Traversable) -> None:
    """A German insult, cut to its stem, once met the Swedish word for "got"."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    words = [*document["common"].split(), *document["known"].split(), *document["polite"]]
    assert [word for word in words if any(PHRASES.show_in(clauses(word)))] == []


def test_a_phrase_does_not_reach_over_punctuation() -> None:
    assert not any(PHRASES.show_in(clauses("I want to go. To court shoes I have a question")))


def test_a_stem_too_short_to_mean_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        DistressPhrases({"xx": ["ab*"]})
