"""The turn contract with the handoff server: what it may ask, and what it is told. No Rasa here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VERSION = 1
TEXT_CHARS_MAX = 4000
ID_CHARS_MAX = 200
LOCALE_CHARS_MAX = 35
BODY_BYTES_MAX = 64 * 1024
ORDERS_MAX = 20

# What a conversation takes along to a fresh sender id. A form in progress and an unanswered confirmation do not go
# along: after a break nobody should cancel an order by a stray "yes".
CARRIED_SLOTS = (
    "language",
    "order_number",
    "invoice_number",
    "refund_number",
    "complaint_raised",
    "orders_seen",
    "order_task",
)

# What the handoff server knows and tells beside them: how to address the customer, such as ", Anna".
GIVEN_SLOTS = (*CARRIED_SLOTS, "addressed")


class BadTurn(ValueError):
    """A request that is not what the contract says; the message names the field and never quotes its content."""


@dataclass(frozen=True)
class TurnRequest:
    """One message of a customer. `slots` is what the assistant knew last: for a sender that it does not know."""

    turn_id: str
    sender_id: str
    text: str
    locale: str
    slots: dict[str, Any] | None

    @property
    def spoken(self) -> str:
        """The text as Rasa gets it: a leading slash would be a command to Rasa, and customers give none."""
        return self.text.strip().lstrip("/").strip() or "?"

    @property
    def locale_language(self) -> str:
        return "de" if self.locale.lower().startswith("de") else "en"


def parse_turn(body: object) -> TurnRequest:
    """The request in a decoded JSON body, or BadTurn."""
    if not isinstance(body, dict):
        raise BadTurn("the body must be a JSON object")
    if body.get("v") != VERSION or isinstance(body.get("v"), bool):
        raise BadTurn(f"v must be {VERSION}")
    text = _string(body, "text", TEXT_CHARS_MAX)
    if any(character < " " and character not in "\n\t" for character in text):
        raise BadTurn("text must have no control characters")
    return TurnRequest(
        turn_id=_string(body, "turn_id", ID_CHARS_MAX),
        sender_id=_string(body, "sender_id", ID_CHARS_MAX),
        text=text,
        locale=_string(body, "locale", LOCALE_CHARS_MAX),
        slots=_slots(body.get("slots")),
    )


def _string(body: dict[str, Any], name: str, chars_max: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadTurn(f"{name} must be a text that is not empty")
    if len(value) > chars_max:
        raise BadTurn(f"{name} must have at most {chars_max} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadTurn(f"{name} must be valid Unicode")  # half a character, which JSON can express
    return value


def _slots(value: object) -> dict[str, Any] | None:
    """The slots that may be carried over; others are left out, since another model may have had them."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadTurn("slots must be an object or null")
    carried = {name: value[name] for name in GIVEN_SLOTS if value.get(name) is not None}
    for name, content in carried.items():
        if name == "complaint_raised":
            fits = isinstance(content, bool)
        elif name == "language":
            fits = content in ("en", "de")
        elif name == "orders_seen":
            fits = isinstance(content, list) and len(content) <= ORDERS_MAX and all(map(_is_short, content))
        else:
            fits = _is_short(content)
        if not fits:
            raise BadTurn(f"slot {name} has the wrong form")
    return carried


def _is_short(content: object) -> bool:
    return isinstance(content, str) and len(content) <= ID_CHARS_MAX


@dataclass
class TurnAnswer:
    """All that one turn led to, gathered while it runs."""

    turn_id: str
    model_id: str
    language: str = "en"
    messages: list[dict[str, Any]] = field(default_factory=list)
    intent: dict[str, Any] = field(default_factory=lambda: {"name": "", "confidence": 0.0})
    ranking: list[dict[str, Any]] = field(default_factory=list)
    unsure: bool = False
    actions: list[str] = field(default_factory=list)
    failed_actions: list[str] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    handoff: dict[str, str] | None = None
    did: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"v": VERSION, **vars(self)}
