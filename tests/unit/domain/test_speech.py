"""What the desk itself says: in every language of the widget, and its buttons are understood as they are meant."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from handoff.domain.desk import TraderAddress
from handoff.domain.events import Button
from handoff.domain.requests import HumanRequest
from handoff.domain.speech import SPEECH, speech
from tests.houses import detector

LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it kn lt lv mt nl pl pt ro sk sl sv".split()
STRINGS = Path(__file__).parents[3] / "webchat/src/widget/strings"
PLACES = re.compile(r"\{\w+\}")


def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in fields(SPEECH[language]):
        value = getattr(SPEECH[language], one.name)
        if isinstance(value, Button):
            found |= {f"{one.name}.title": value.title, f"{one.name}.payload": value.payload}
        else:
            found[one.name] = value
    return found


def _button_of_the_widget(language: str) -> str:
    line = re.search(
        r'^  talkToPerson: ("[^\n]*"),$', (STRINGS / f"{language}.ts").read_text("utf-8"), re.MULTILINE
    )
    assert line is not None
    return str(json.loads(line.group(1)))


def test_the_desk_speaks_every_language_of_the_widget() -> None:
    assert sorted(SPEECH) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_with_the_same_places_and_no_other(language: str) -> None:
    english, theirs = _texts("en"), _texts(language)
    for name, text in theirs.items():
        assert text.strip() == text, name
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(english[name])), name
    if language != "en":
        assert [name for name, text in theirs.items() if text and text == english[name]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_greeting_names_the_button_as_the_widget_does(language: str) -> None:
    button = _button_of_the_widget(language)
    assert speech(language).ask_for_person.title == button
    assert button in speech(language).greeting
    assert button in speech(language).greeting_back


def test_whom_the_assistant_does_not_answer_in_their_language_is_told_so_in_it_before_they_type() -> None:
    """Which languages it answers in, the assistant's own part says; that part runs in an environment of its own."""
    source = (Path(__file__).parents[3] / "bot/components/language.py").read_text("utf-8")
    line = re.search(r"^LANGUAGES = (\(.+\))$", source, re.MULTILINE)
    assert line is not None
    answered = ast.literal_eval(line.group(1))
    told = {language: SPEECH[language].answers_in for language in LANGUAGES if language not in answered}
    assert len(set(told.values())) == len(told) == len(LANGUAGES) - len(answered)
    for language, said in told.items():
        for back in (False, True):
            assert speech(language).greet("Nordlicht", back=back, name="Anna").endswith(f" {said}")
    for language in answered:
        assert SPEECH[language].answers_in == ""
        assert speech(language).greet("Nordlicht", back=False, name=None)[-1] == "."


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_buttons_are_clear_requests_for_a_person(language: str) -> None:
    words = speech(language)
    for payload in (words.ask_for_person.payload, words.way_back_to("Maren Petersen")[1].payload):
        assert detector().read(payload).human_request is HumanRequest.TRANSFER, payload


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_shut_out_is_told_both_addresses(language: str) -> None:
    trader = TraderAddress(name="Shop", postal_address="Lane 1", email="us@shop.example")
    said = speech(language).shut_out("Maren Petersen", trader)
    assert all(word in said for word in ("Maren Petersen", "Lane 1", "us@shop.example"))
