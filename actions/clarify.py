"""Asks which of two things was meant, where the message fits both. Both are named, and a person is offered beside."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.speech import Speech

CHOICES_MAX = 2  # more would be a menu


class Clarify(Action):
    """The choices are those of the two nearest intents that have a topic (`topic_<intent>` in `bot/domain`)."""

    def name(self) -> str:
        return "action_clarify"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        speech = Speech(dispatcher, tracker)
        person = speech.topic("request_human", domain)
        ranking = tracker.latest_message.get("intent_ranking") or []
        nearest = [str(one.get("name")) for one in ranking[:CHOICES_MAX]]
        topics = [topic for intent in nearest if (topic := speech.topic(intent, domain)) is not None]
        choices = [topic for topic in topics if topic != person]
        if len(choices) == CHOICES_MAX:
            first, second = (choice["title"] for choice in choices)
            speech.ask("say_which_of_two", [*choices, person], first=first, second=second)
        elif choices:
            speech.ask("say_is_it_this", [*choices, person], first=choices[0]["title"])
        else:
            speech.say("utter_default")
        return []
