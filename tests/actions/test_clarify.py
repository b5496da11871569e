"""Which of two things was meant."""

import asyncio

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.clarify import Clarify
from tests.bot.parts import ROOT

PERSON = {"en": "I want to talk to a person", "de": "Ich möchte mit einem Menschen sprechen"}


@pytest.fixture(scope="module")
def domain():
    responses = {}
    for path in (ROOT / "bot/domain").glob("*.yml"):
        responses |= yaml.safe_load(path.read_text())["responses"]
    return {"responses": responses}


def clarify(domain, language, *ranking):
    latest = {"intent_ranking": [{"name": name, "confidence": 0.3} for name in ranking]}
    dispatcher = CollectingDispatcher()
    tracker = Tracker("sender", {"language": language}, latest, [], False, None, {}, None)
    asyncio.run(Clarify().run(dispatcher, tracker, domain))
    [message] = dispatcher.messages
    return message


@pytest.mark.parametrize("language", ["en", "de"])
def test_both_choices_are_named_and_a_person_is_offered(domain, language):
    message = clarify(domain, language, "check_invoice", "get_invoice", "payment_issue")
    assert message["response"] == "say_which_of_two"
    titles = [button["title"] for button in message["buttons"]]
    assert titles[:2] == [message["first"], message["second"]]
    assert len(titles) == 3
    assert message["buttons"][2]["payload"] == PERSON[language]


def test_small_talk_is_no_choice(domain):
    message = clarify(domain, "en", "thank", "review", "affirm")
    assert message["response"] == "say_is_it_this"
    assert [button["title"] for button in message["buttons"]] == ["Leave a review", "Talk to a person"]


def test_a_person_is_offered_once(domain):
    message = clarify(domain, "en", "request_human", "complaint")
    assert [button["title"] for button in message["buttons"]] == ["Make a complaint", "Talk to a person"]


def test_without_a_topic_near_other_words_are_asked_for(domain):
    assert clarify(domain, "en", "greet", "thank")["response"] == "utter_default"
    assert clarify(domain, "en")["response"] == "utter_default"
