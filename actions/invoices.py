"""Invoices: whether one is paid, and where to get it."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAction
from actions.shop import Record
from actions.speech import Speech

_SAYS_PAID = re.compile(
    r"\b(?:i|we)\b.*\b(?:paid|transferred|wired)\b"
    r"|\b(?:ich|wir)\b.*\b(?:bezahlt|gezahlt|beglichen|überwiesen|ueberwiesen)\b",
    re.IGNORECASE,
)


class _InvoiceAction(ShopAction):
    """Looks the invoice up; subclasses choose the response."""

    async def answer(self, speech: Speech, tracker: Tracker) -> list[EventType]:
        number = tracker.get_slot("invoice_number")
        invoice = await self.shop.invoice(number)
        if invoice is None:
            speech.say("say_invoice_not_found", number=number)
            return [SlotSet("invoice_number", None)]
        speech.say(
            self.response(invoice, str(tracker.latest_message.get("text") or "")),
            number=invoice["number"],
            amount=speech.money(invoice["amount_cents"], invoice["currency"]),
            issued_on=speech.day(invoice["issued_on"]),
            due_on=speech.day(invoice["due_on"]),
            paid_on=speech.day(invoice["paid_on"]),
        )
        return []

    def response(self, invoice: Record, text: str) -> str:
        """What is said of the invoice to a message with this text."""
        raise NotImplementedError


class CheckInvoice(_InvoiceAction):
    """Says what is to be paid, by when, or that nothing is."""

    action_name = "action_check_invoice"

    def response(self, invoice: Record, text: str) -> str:
        if invoice["status"] != "paid" and _SAYS_PAID.search(text):
            return "say_invoice_payment_missing"
        return f"say_invoice_{invoice['status']}"


class GetInvoice(_InvoiceAction):
    """Says where the invoice can be downloaded."""

    action_name = "action_get_invoice"

    def response(self, invoice: Record, text: str) -> str:
        return "say_invoice_download"
