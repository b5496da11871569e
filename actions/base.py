"""What all actions that ask the shop have in common: a failure of the shop is said, reported and ends the form."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shop import Shop, ShopUnavailable
from actions.speech import Speech


class ShopAction(Action):
    """Subclasses set `action_name` and write `answer`."""

    action_name: str

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        speech = Speech(dispatcher, tracker)
        try:
            return await self.answer(speech, tracker)
        except ShopUnavailable:
            speech.say("say_shop_unavailable")
            speech.failed(self.action_name)
            return [SlotSet("requested_slot", None), ActiveLoop(None)]

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        """Ask the shop, say what it confirmed, and return Rasa events. May raise ShopUnavailable."""
        raise NotImplementedError
