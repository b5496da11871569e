"""Requests for a person are found in every language, and talk about persons is not taken for one."""

import tomllib
from pathlib import Path

import pytest

from handoff.detector.detector import Detector
from handoff.domain.requests import HumanRequest

FOLDER = Path(__file__).parent
DETECTOR = Detector()
LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it kn lt lv mt nl pl pt ro sk sl sv".split()

# The sentences under sentences/ were there while the lexicon was written: all of them must stand. Those under
# held_out/ were written afterwards and never looked at for an entry: 93 % of the requests were found at the first
# run, and 1.3 % of the others raised an alarm. Whoever uses one of them to improve the lexicon moves it over.
HELD_OUT_RECALL = 0.90
HELD_OUT_FALSE_ALARMS = 0.03

type Sentences = dict[str, list[str]]


def sentences(folder: str, language: str) -> Sentences:
    loaded: Sentences = tomllib.loads((FOLDER / folder / f"{language}.toml").read_text(encoding="utf-8"))
    return loaded


def read(text: str) -> HumanRequest:
    return DETECTOR.read(text).human_request


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_request_is_found(language: str) -> None:
    missed = [text for text in sentences("sentences", language)["requests"] if read(text) is HumanRequest.NO]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_near_miss_is_taken_for_a_request(language: str) -> None:
    taken = [
        text for text in sentences("sentences", language)["near_misses"] if read(text) is not HumanRequest.NO
    ]
    assert taken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_requests_are_transferred_without_another_question(language: str) -> None:
    requests = sentences("sentences", language)["requests"]
    clear = sum(read(text) is HumanRequest.TRANSFER for text in requests)
    assert clear >= 0.75 * len(requests)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_brings_enough_sentences(language: str) -> None:
    ours = sentences("sentences", language)
    many = language in ("en", "de")
    assert len(set(ours["requests"])) >= (60 if many else 10)
    assert len(set(ours["near_misses"])) >= (40 if many else 6)


def test_held_out_requests_are_found() -> None:
    requests = [text for language in LANGUAGES for text in sentences("held_out", language)["requests"]]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= HELD_OUT_RECALL * len(requests)


def test_held_out_near_misses_raise_few_alarms() -> None:
    ordinary = [text for language in LANGUAGES for text in sentences("held_out", language)["near_misses"]]
    alarms = sum(read(text) is not HumanRequest.NO for text in ordinary)
    assert alarms <= HELD_OUT_FALSE_ALARMS * len(ordinary)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("agent", HumanRequest.TRANSFER),
        ("cancel it and get me someone", HumanRequest.TRANSFER),
        ("no need for an agent", HumanRequest.NO),
        ("I do not want a bot, I want a human", HumanRequest.TRANSFER),
        ("are you human?", HumanRequest.NO),
        ("human or bot?", HumanRequest.NO),
        ("is anybody there?", HumanRequest.ASK),
        ("my manager wants an invoice", HumanRequest.NO),
        ("I want to talk to my manager about it, where is the invoice", HumanRequest.TRANSFER),
        ("the delivery agent left it outside", HumanRequest.NO),
        ("ich brauche keinen Mitarbeiter", HumanRequest.NO),
        ("Kann ich nicht mit einem Mitarbeiter sprechen?", HumanRequest.TRANSFER),
    ],
)
def test_the_plain_cases_are_clear(text: str, request_: HumanRequest) -> None:
    assert read(text) is request_


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("REPRESENTATIVE!!!", "representative"),
        ("reprasentative", "representative"),
        ("i want to tlak to an agnet", "i want to talk to an agent"),
        ("ich moechte einen mitarbieter sprechen", "ich möchte einen Mitarbeiter sprechen"),
        ("ich möchte einen Mitarbeiter sprechen".upper(), "ich möchte einen Mitarbeiter sprechen"),
        ("je veux parler a un operateur", "je veux parler à un opérateur"),
        ("chce mluvit s clovekem", "chci mluvit s člověkem"),
        ("thelo na miliso me anthropo", "θέλω να μιλήσω με άνθρωπο"),
        ("iskam da govorya s operator", "искам да говоря с оператор"),
        ("a hu\u200bman plea\u00adse", "a human please"),
        ("ｈｕｍａｎ please", "human please"),
        ("humaaaan pleeeease", "human please"),
    ],
)
def test_spelling_does_not_stand_in_the_way(typed: str, meant: str) -> None:
    assert read(typed) is not HumanRequest.NO
    assert read(meant) is HumanRequest.TRANSFER


@pytest.mark.parametrize(
    "text", ["", " ", "?!", "10023", "😀", "http://agent.example/human", "agent@human.example"]
)
def test_what_has_no_words_asks_for_nobody(text: str) -> None:
    assert read(text) is HumanRequest.NO


def test_a_request_is_found_at_the_end_of_the_longest_message() -> None:
    story = "The lamp that I ordered came with a broken foot and two scratches on the shade. " * 48
    assert read(story + "I want to talk to a human") is HumanRequest.TRANSFER
    assert read(story) is HumanRequest.NO


def test_a_request_is_found_after_much_talk_about_agents() -> None:
    story = "One agent said this, another agent said that. My agent was rude. " * 20
    assert read(story) is HumanRequest.NO
    assert read(story + "Get me a supervisor.") is HumanRequest.TRANSFER
    assert read("Get me a supervisor. " + story) is HumanRequest.TRANSFER


def test_the_record_names_the_rule_and_never_the_customers_words() -> None:
    matched = DETECTOR.read("I am Waldemar Xylander, give me an operatr").matched
    assert matched == "en talk: operator"


def test_the_same_text_is_always_read_the_same_way() -> None:
    texts = [text for language in LANGUAGES for text in sentences("held_out", language)["requests"]]
    first = [DETECTOR.read(text) for text in texts]
    assert [DETECTOR.read(text) for text in reversed(texts)] == first[::-1]
