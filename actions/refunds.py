"""Refunds: how to return an order, and how far a refund is. Large ones are decided by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAction
from actions.orders import not_found, spoken_of
from actions.shop import Record, Shop
from actions.speech import Speech

RETURN_DAYS = 30  # Nordlicht's terms, as in the answer utter_check_refund_policy


class GetRefund(ShopAction):
    """Says how to get the money for an order back, or hands over when it is more than the bot may settle."""

    action_name = "action_get_refund"

    def __init__(self, shop: Shop, today: Callable[[], date], limit_cents: int) -> None:
        super().__init__(shop)
        self._today = today
        self._limit_cents = limit_cents

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number = tracker.get_slot("order_number")
        order = await self.shop.order(number)
        if order is None:
            return not_found(speech, number)
        if order["status"] == "delivered":
            self._delivered(speech, order)
        else:
            response = {"shipped": "say_return_not_delivered", "cancelled": "say_return_cancelled"}
            speech.say(response.get(order["status"], "say_return_cancel_instead"), number=order["number"])
        return spoken_of(tracker, number, "get_refund")

    def _delivered(self, speech: Speech, order: Record) -> None:
        until = date.fromisoformat(order["delivered_on"]) + timedelta(days=RETURN_DAYS)
        if until < self._today():
            speech.say(
                "say_return_too_late", number=order["number"], delivered_on=speech.day(order["delivered_on"])
            )
        elif order["total_cents"] > self._limit_cents:
            speech.say("say_refund_needs_person", limit=speech.money(self._limit_cents, order["currency"]))
            speech.hand_off("action", f"A refund for order {order['number']} is above the assistant's limit.")
        else:
            speech.say(
                "say_return_how",
                number=order["number"],
                items=speech.items(order["items"]),
                until=speech.day(until.isoformat()),
            )


class TrackRefund(ShopAction):
    """Says how far a refund is, and hands over when it waits for a decision that only a person may take."""

    action_name = "action_track_refund"

    def __init__(self, shop: Shop, limit_cents: int) -> None:
        super().__init__(shop)
        self._limit_cents = limit_cents

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number = tracker.get_slot("refund_number")
        refund = await self.shop.refund(number)
        if refund is None:
            speech.say("say_refund_not_found", number=number)
            return [SlotSet("refund_number", None)]
        speech.say(
            f"say_refund_{refund['status']}",
            number=refund["number"],
            order_number=refund["order_number"],
            amount=speech.money(refund["amount_cents"], refund["currency"]),
            requested_on=speech.day(refund["requested_on"]),
            paid_on=speech.day(refund["paid_on"]),
        )
        if refund["status"] == "requested" and refund["amount_cents"] > self._limit_cents:
            speech.say("say_refund_needs_person", limit=speech.money(self._limit_cents, refund["currency"]))
            speech.hand_off("action", f"Refund {refund['number']} is above the assistant's limit.")
        return []
