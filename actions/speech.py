"""How actions speak and report: responses of the domain filled with what the shop said, and reports beside them."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_UNKNOWN_DATE = {"en": "not known yet", "de": "noch nicht bekannt"}


class Speech:
    """What one action says in one turn, in the customer's language."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self._dispatcher = dispatcher
        self.language = "de" if tracker.get_slot("language") == "de" else "en"

    def say(self, response: str, **values: str) -> None:
        """Say a response of `bot/domain` with these values in its braces."""
        self._dispatcher.utter_message(response=response, **values)

    def ask(self, response: str, choices: list[dict[str, str]], **values: str) -> None:
        """Say a response with these choices as buttons."""
        self._dispatcher.utter_message(response=response, buttons=choices, **values)

    def topic(self, intent: str, domain: dict[str, Any]) -> dict[str, str] | None:
        """An intent as a button in the customer's language; None where the domain has no topic for it."""
        for variant in domain.get("responses", {}).get(f"topic_{intent}", []):
            if ("condition" in variant) == (self.language == "de"):
                button = variant["buttons"][0]
                return {"title": str(button["title"]), "payload": str(button["payload"])}
        return None

    def did(self, kind: str, text: str) -> None:
        """Report what was changed for the customer, for agents and the log; `text` in English."""
        self._dispatcher.utter_message(json_message={"did": {"kind": kind, "text": text}})

    def hand_off(self, reason: str, detail: str) -> None:
        """Report that a person has to take this; the handoff server tells the customer. `reason`: action, distress."""
        self._dispatcher.utter_message(json_message={"handoff": {"reason": reason, "detail": detail}})

    def failed(self, action: str) -> None:
        """Report that the action could not do its work."""
        self._dispatcher.utter_message(json_message={"failed": action})

    def money(self, cents: int, currency: str) -> str:
        """`€49.90`, in German `49,90 €`; another currency by its code."""
        amount = f"{cents / 100:,.2f}"
        sign = "€" if currency == "EUR" else currency
        if self.language == "de":
            return f"{amount.translate(str.maketrans(',.', '.,'))} {sign}"
        return f"€{amount}" if sign == "€" else f"{sign} {amount}"

    def day(self, iso: str | None) -> str:
        """`3 December 2026`, in German `3. Dezember 2026`; None: that it is not known yet."""
        if iso is None:
            return _UNKNOWN_DATE[self.language]
        day = date.fromisoformat(iso)
        month = _MONTHS[self.language].split()[day.month - 1]
        return f"{day.day}. {month} {day.year}" if self.language == "de" else f"{day.day} {month} {day.year}"

    def items(self, items: list[dict[str, Any]]) -> str:
        """`Headphones Stille, 2 × Mug Lagune`; after three the others are counted."""
        named = [
            f"{item['quantity']} × {item['name']}" if item["quantity"] > 1 else str(item["name"])
            for item in items[:3]
        ]
        more = len(items) - len(named)
        if more:
            named.append(f"und {more} weitere" if self.language == "de" else f"and {more} more")
        return ", ".join(named)


def turn_id(tracker: Tracker) -> str:
    """The id of the turn at hand, by which changes are made only once. Raises ValueError when there is none."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            found = (event.get("metadata") or {}).get("turn_id")
            if found:
                return str(found)
            break
    raise ValueError("the message came without a turn_id")
