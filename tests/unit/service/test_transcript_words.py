"""What a transcript says around the words is there in every language of the widget, and the same as in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from handoff.domain.speech import SPEECH
from handoff.service.transcript_words import WORDS
from handoff.tooling.places import ROOT

CATALOGUES = ROOT / "webchat" / "src" / "widget" / "strings"
PLACE = re.compile(r"\{\w+\}")

# Sentences that stand in the widget too, by their key there: a customer who compares the two reads the same.
SAME = {
    "requested": "requested",
    "requested_for_them": "requestedForYou",
    "queued": "place",
    "promised": "promiseMade",
    "promise_broken": "promiseBroken",
    "promise_kept": "promiseKept",
    "joined": "joined",
    "handed_back": "handedBack",
    "resolved": "resolved",
    "withdrawn": "withdrawn",
    "erased": "erased",
    "rated": "rated",
    "assistant": "answersBot",
}


def forms(value: Any) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {"": value}


def test_every_language_that_the_desk_speaks_has_them() -> None:
    assert set(WORDS) == set(SPEECH) == {path.stem for path in CATALOGUES.glob("*.ts")}


@pytest.mark.parametrize("language", WORDS)
def test_every_sentence_is_there_with_the_places_of_the_english_one(language: str) -> None:
    for field in fields(WORDS[language]):
        ours, theirs = forms(getattr(WORDS["en"], field.name)), forms(getattr(WORDS[language], field.name))
        assert set(theirs) == set(ours), field.name
        for key, sentence in theirs.items():
            assert sentence.strip()
            assert sorted(PLACE.findall(sentence)) == sorted(PLACE.findall(ours[key])), f"{field.name} {key}"
    months = WORDS[language].months.split(", ")
    assert len(months) == len(set(months)) == 12


@pytest.mark.parametrize("language", WORDS)
def test_widget_says_the_same(language: str) -> None:
    catalogue = (CATALOGUES / f"{language}.ts").read_text("utf-8").replace("\\u00a0", "\u00a0")
    for name, key in SAME.items():
        sentence = getattr(WORDS[language], name)
        assert re.search(rf"\b{key}:\s*\"{re.escape(sentence)}\"", catalogue), f"{key}: {sentence}"
