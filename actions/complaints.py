"""Complaints: the assistant may not settle one. It offers a person, and does not ask a second time."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.speech import Speech


class Complain(Action):
    """The first complaint in a conversation is answered with the offer of a person, the second goes to one."""

    def name(self) -> str:
        return "action_complaint"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        speech = Speech(dispatcher, tracker)
        if tracker.get_slot("complaint_raised"):
            speech.hand_off("distress", "The customer complained again.")
            return []
        speech.say("say_complaint")
        return [SlotSet("complaint_raised", True)]
