"""What of an event people search for, and the form under which words count as the same. No storage is touched here."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from handoff.service.ports import Recorded

_ACCENTS_FROM = (
    200  # the canonical classes of accents; vowel signs of Indic scripts have lower ones, and are kept
)
_CLASSES = ("L", "N", "M")
PREFIX_CHARACTERS_MIN = 2  # a single letter is the beginning of too much


def plain(text: str) -> str:
    """Without case and accents, so that "muller" finds "Müller"."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    kept = "".join(one for one in parts if unicodedata.combining(one) < _ACCENTS_FROM)
    return kept.casefold()


def words_of(event_type: str, payload: dict[str, Any] | None) -> str | None:
    """What people look for in this event, as it is compared; None when there is nothing, or it was erased."""
    if payload is None:
        return None
    found: list[str | None]
    match event_type:
        case "message" | "note" | "whisper":
            found = [payload["text"]]
        case "conversation_started":
            found = [payload.get("customer_name"), _own_id(payload["customer_id"], payload["verified"])]
        case "customer_introduced":
            customer_id = payload.get("customer_id")
            found = [payload.get("name"), customer_id and _own_id(customer_id, True)]
        case "handoff_requested":
            reference: str = payload["reference"]
            found = [reference, reference.replace("-", "")]
        case "handoff_promised":
            contact = payload.get("contact") or {}
            found = [contact.get("email"), contact.get("phone")]
        case _:
            return None
    return plain(" ".join(one for one in found if one)) or None


def _own_id(customer_id: str, verified: bool) -> str | None:
    """As the site itself calls its customer, often by an e-mail address; ids that we made are nobody's words."""
    return customer_id.partition(":")[2] if verified else None


def record_has(record: Recorded, words: Sequence[str]) -> bool:
    text = words_of(record.type, record.payload)
    if text is None:
        return False
    said = _tokens(text)
    asked = [tokens for word in words if (tokens := _tokens(plain(word)))]
    return bool(asked) and all(_follows(said, tokens) for tokens in asked)


def _tokens(text: str) -> list[str]:
    """Runs of letters, digits and the marks on them."""
    tokens, token = [], ""
    for one in text:
        if unicodedata.category(one)[0] in _CLASSES:
            token += one
        elif token:
            tokens.append(token)
            token = ""
    return [*tokens, token] if token else tokens


def _follows(said: list[str], asked: list[str]) -> bool:
    """Whether the tokens stand somewhere in this order, the last one perhaps as a beginning."""
    *whole, last = asked
    for start in range(len(said) - len(whole)):
        end = said[start + len(whole)]
        fits = end.startswith(last) if len("".join(asked)) >= PREFIX_CHARACTERS_MIN else end == last
        if said[start : start + len(whole)] == whole and fits:
            return True
    return False


def full_text_query(words: Sequence[str]) -> str | None:
    """For FTS5: every word as a phrase, its last part as a beginning. None where there is nothing to look for."""
    phrases = []
    for word in words:
        tokens = _tokens(plain(word))
        if tokens:
            beginning = "*" if len("".join(tokens)) >= PREFIX_CHARACTERS_MIN else ""
            phrases.append(f'"{" ".join(tokens)}"{beginning}')
    return " ".join(phrases) or None
