"""Where the number stands that was asked for. It looks nothing up."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.speech import Speech

NUMBERS = ("order_number", "invoice_number", "refund_number")


class WhereNumber(Action):
    """For whom a form asks for a number. Where it asks something else, it asks that again; help is help."""

    def name(self) -> str:
        return "action_where_number"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        speech, asked_for = Speech(dispatcher, tracker), tracker.get_slot("requested_slot")
        if asked_for in NUMBERS:
            speech.say(f"say_where_{asked_for}")
        elif (tracker.latest_message.get("intent") or {}).get("name") == "help":
            speech.say("utter_help")
        return []
