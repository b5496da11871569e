"""Orders: where one is, what cancelling costs, and cancelling it once the customer has confirmed.

The conversation remembers which orders were spoken of (`orders_seen`, the latest last) and what was wanted of the last
one (`order_task`), so that "and the other one?" has an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ShopAction
from actions.shop import Record, Shop, ShopRefused
from actions.speech import Speech, turn_id

ORDERS_KEPT_MAX = 5
ORDERS_TOLD_MAX = 3  # at once, where a message names several

_END_OF_FORM = SlotSet("requested_slot", None)
_TASKS = ("track_order", "cancel_order", "get_refund")  # each has its form, which asks for the number
_ORDER_NUMBER = re.compile(r"(?<![\w.,-])\d{5}(?![\w-]*\d)")
# Of an order that was just told: the part that is asked about, and not all of it once more in the same words.
PARTS = {
    "say_order_missing": r"n'?t\b|\b(?:not|never|nicht|nie|nichts|kein\w*)\b",
    "say_order_when": r"\b(?:when|what day|how (?:much )?long(?:er)?|wann|wie lange?)\b",
    "say_order_tracking": r"tracking|carrier|courier|sendung|paketdienst|versender",
    "say_order_items": r"\bwhat\b.*\b(?:order|buy|in it)\b|\bwas\b.*\b(?:bestellt|dr?in)\b",
}
_CONTRACT = re.compile(r"contract|\bplan\b|broadband|internet|vertrag|tarif|kündig", re.IGNORECASE)


class TrackOrder(ShopAction):
    """Says where the order is. `today` is the shop's day, by which an order is late."""

    action_name = "action_track_order"

    def __init__(self, shop: Shop, today: Callable[[], date]) -> None:
        super().__init__(shop)
        self._today = today

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number = tracker.get_slot("order_number")
        order = await self.shop.order(number)
        if order is None:
            return not_found(speech, number)
        text = str(tracker.latest_message.get("text") or "")
        self._tell(speech, order, text if was_told(tracker, number) else "")
        seen = []
        for other in _others_asked_about(tracker, number):
            order = await self.shop.order(other)
            if order is not None:  # else it may be any number
                self._tell(speech, order)
                seen.append(other)
        return spoken_of(tracker, number, "track_order", *seen)

    def _tell(self, speech: Speech, order: Record, asked: str = "") -> None:
        speech.say(
            self._part(order, asked) or self._response(order),
            number=order["number"],
            items=speech.items(order["items"]),
            total=speech.money(order["total_cents"], order["currency"]),
            city=order["shipping_city"],
            carrier=order["carrier"] or "",
            tracking_number=order["tracking_number"] or "",
            placed_on=speech.day(order["placed_on"]),
            expected_on=speech.day(order["expected_on"]),
            delivered_on=speech.day(order["delivered_on"]),
        )

    def _response(self, order: Record) -> str:
        if order["status"] == "shipped" and self._is_late(order):
            return "say_order_late"
        return f"say_order_{order['status']}"

    def _part(self, order: Record, asked: str) -> str | None:
        """The response for the part that is asked about; None where it is not known, or all is to be told."""
        known = {
            "say_order_missing": order["status"] == "delivered",
            "say_order_when": order["expected_on"] and not self._is_late(order),
            "say_order_tracking": order["tracking_number"],
            "say_order_items": order["items"],
        }
        asked_about = (it for it, words in PARTS.items() if re.search(words, asked, re.IGNORECASE))
        return next((part for part in asked_about if known[part]), None)

    def _is_late(self, order: Record) -> bool:
        expected_on = order["expected_on"]
        return bool(expected_on) and date.fromisoformat(expected_on) < self._today()


class AskCancelConfirmed(ShopAction):
    """The question before an order is cancelled, with what it costs; ends the form when it cannot be cancelled."""

    action_name = "action_ask_cancel_order_form_cancel_confirmed"

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number = tracker.get_slot("order_number")
        order = await self.shop.order(number)
        if order is None:
            return [*not_found(speech, number), _END_OF_FORM]
        remembered = spoken_of(tracker, number, "cancel_order", *others_named(tracker, number))
        if not order["cancellable"]:
            speech.say(_why_not(order), number=order["number"], items=speech.items(order["items"]))
            return [*remembered, _END_OF_FORM]
        fee_cents = order["cancellation_fee_cents"]
        speech.say(
            "say_confirm_cancel_fee" if fee_cents else "say_confirm_cancel_free",
            number=order["number"],
            items=speech.items(order["items"]),
            total=speech.money(order["total_cents"], order["currency"]),
            fee=speech.money(fee_cents, order["currency"]),
        )
        return remembered


class CancelOrder(ShopAction):
    """Cancels the order if the customer said yes. Without an answer the question ended the form and all is said."""

    action_name = "action_cancel_order"

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number, confirmed = tracker.get_slot("order_number"), tracker.get_slot("cancel_confirmed")
        if confirmed:
            await self._cancel(speech, number, turn_id(tracker))
        elif confirmed is False:
            speech.say("say_cancel_kept", number=number)
        return [SlotSet("cancel_confirmed", None)]

    async def _cancel(self, speech: Speech, number: str, turn: str) -> None:
        try:
            order = await self.shop.cancel_order(number, turn)
        except ShopRefused as refused:
            response = "say_order_cancelled" if refused.code == "already_cancelled" else "say_cancel_too_late"
            order = await self.shop.order(number)
            items = speech.items(order["items"]) if order else ""
            speech.say(response, number=number, items=items)
            return
        if order is None:
            not_found(speech, number)
            return
        fee = speech.money(order["cancellation_fee_cents"], order["currency"])
        response = "say_cancel_done_fee" if order["cancellation_fee_cents"] else "say_cancel_done"
        speech.say(response, number=order["number"], fee=fee)
        speech.did("order_cancelled", f"Order {order['number']} was cancelled.")


class CheckCancellationFee(ShopAction):
    """What cancelling costs: for the order that was named or spoken of, else in general; a contract is no order."""

    action_name = "action_check_cancellation_fee"

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        if tracker.get_slot("requested_slot") == "cancel_confirmed":
            return []  # the question whether to cancel follows, and names what it costs
        number = next(tracker.get_latest_entity_values("order_number"), None)
        if number is None and not _CONTRACT.search(tracker.latest_message.get("text") or ""):
            number = tracker.get_slot("order_number")
        if number is None:
            speech.say("say_cancellation_fee_in_general")
            return []
        order = await self.shop.order(number)
        if order is None:
            return not_found(speech, number)
        remembered = spoken_of(tracker, number, "cancel_order")  # whose question names what it costs
        if not order["cancellable"]:
            speech.say(_why_not(order), number=order["number"], items=speech.items(order["items"]))
            return remembered
        fee_cents = order["cancellation_fee_cents"]
        speech.say(
            "say_fee_amount" if fee_cents else "say_fee_free",
            number=order["number"],
            fee=speech.money(fee_cents, order["currency"]),
        )
        return remembered


class OtherOrder(Action):
    """Does what was wanted last for another order: the one that is named now, else the one spoken of before.

    It says nothing itself: the form of that task goes on, and asks for the number where no other order is known.
    """

    def name(self) -> str:
        return "action_other_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        numbers = [next(tracker.get_latest_entity_values(kind), None) for kind in ("order_number", "number")]
        named = numbers[0] or numbers[1]
        current = tracker.get_slot("order_number")
        others = [number for number in tracker.get_slot("orders_seen") or [] if number != current]
        under_way = str(tracker.active_loop.get("name") or "").removesuffix("_form")
        task = next((it for it in (under_way, tracker.get_slot("order_task")) if it in _TASKS), _TASKS[0])
        return [
            SlotSet("order_number", named or (others[-1] if others else None)),
            SlotSet("cancel_confirmed", None),
            SlotSet("requested_slot", None),
            ActiveLoop(f"{task}_form"),
        ]


def spoken_of(tracker: Tracker, number: str, task: str, *also: str) -> list[EventType]:
    """Remember the order, and what was wanted of it; before it, what was spoken of `also`."""
    others = [one for one in tracker.get_slot("orders_seen") or [] if one not in (number, *also)]
    return [SlotSet("orders_seen", [*others, *also, number][-ORDERS_KEPT_MAX:]), SlotSet("order_task", task)]


def others_named(tracker: Tracker, number: str) -> list[str]:
    """The other numbers of a message that may be orders."""
    named = dict.fromkeys(_ORDER_NUMBER.findall(str(tracker.latest_message.get("text") or "")))
    return [one for one in named if one != number][: ORDERS_TOLD_MAX - 1]


def was_told(tracker: Tracker, number: str) -> bool:
    """Whether it is this order whose state was told last."""
    seen = tracker.get_slot("orders_seen") or []
    return tracker.get_slot("order_task") == "track_order" and seen[-1:] == [number]


def _others_asked_about(tracker: Tracker, number: str) -> list[str]:
    """The other orders that a question names; who corrects a number names two as well, and asks about one."""
    asks = (tracker.latest_message.get("intent") or {}).get("name") == "track_order"
    return others_named(tracker, number) if asks else []


def _why_not(order: Record) -> str:
    """The response for an order that cannot be cancelled."""
    return "say_order_cancelled" if order["status"] == "cancelled" else "say_cancel_too_late"


def not_found(speech: Speech, number: str) -> list[EventType]:
    """Say so, and forget the number, so that it is not taken for the order of the next question."""
    speech.say("say_order_not_found", number=number)
    return [SlotSet("order_number", None)]
