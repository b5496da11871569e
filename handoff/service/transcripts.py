"""The transcript to keep: complete, dated, with the trader's identity; signed as JSON, readable as HTML and text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from handoff.domain.conversation import Conversation
from handoff.service.chain import FIRST_LINK, link, payload_digest, rfc3339
from handoff.service.desk_config import Trader
from handoff.service.jcs import canonical
from handoff.service.ports import Recorded
from handoff.service.views import agent_event, customer_event


class NotGenuine(Exception):
    """The transcript was changed, is not complete, or was not signed by the key in it."""


def _trader(trader: Trader) -> dict[str, Any]:
    fields = ("name", "legal_name", "postal_address", "email", "phone", "register")
    return {name: value for name in fields if (value := getattr(trader, name)) is not None}


def _entry(record: Recorded, *, customer: bool) -> dict[str, Any]:
    """An event with what proves it, or, if hidden from this reader or erased, a stub that still links the chain."""
    actor = {"kind": record.actor_kind}
    if record.actor_id is not None:
        actor["id"] = record.actor_id
    entry: dict[str, Any] = {
        "seq": record.seq,
        "id": record.id,
        "at": rfc3339(record.at),
        "type": record.type,
        "actor": actor,
        "payload_digest": record.payload_digest.hex(),
        "hash": record.hash.hex(),
    }
    hidden = customer and record.customer_prev_seq is None
    if hidden or record.payload is None or record.salt is None:
        return entry
    shown = customer_event(record) if customer else agent_event(record)
    return shown | entry | {"actor": shown["actor"], "salt": record.salt.hex(), "payload": record.payload}


def transcript_json(
    trader: Trader,
    conversation: Conversation,
    records: Sequence[Recorded],
    key: Ed25519PrivateKey,
    *,
    customer: bool,
) -> dict[str, Any]:
    """The signed transcript. `signature` is Ed25519 over the RFC 8785 form of everything else, in hex."""
    document: dict[str, Any] = {
        "trader": _trader(trader),
        "conversation": {
            "id": conversation.conversation_id,
            "locale": conversation.locale,
            "started_at": rfc3339(conversation.started_at),
        },
        "events": [_entry(record, customer=customer) for record in records],
        "count": len(records),
        "head_hash": records[-1].hash.hex() if records else FIRST_LINK.hex(),
        "public_key": key.public_key().public_bytes_raw().hex(),
    }
    return document | {"signature": key.sign(canonical(document)).hex()}


def verify_transcript(document: Any, *, signed_by: str | None = None) -> int:
    """The number of events, if signature, chain, payloads and count are right. Raises `NotGenuine`.

    `signed_by`: the public key that it has to be signed with, in lower-case hex; None takes the one that it names.
    """
    try:
        count = _verify(document)
        if signed_by is not None and document["public_key"] != signed_by:
            raise NotGenuine("it was signed with another key")
        return count
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotGenuine(f"not a transcript of this kind ({error})") from error


def _verify(document: Any) -> int:
    rest = {name: value for name, value in document.items() if name != "signature"}
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["public_key"]))
    try:
        public.verify(bytes.fromhex(document["signature"]), canonical(rest))
    except InvalidSignature as error:
        raise NotGenuine("the signature does not fit the text") from error
    previous = FIRST_LINK
    for number, event in enumerate(document["events"], start=1):
        if event["seq"] != number:
            raise NotGenuine(f"event {number} is missing")
        digest = bytes.fromhex(event["payload_digest"])
        if "payload" in event:
            _verify_payload(event, digest)
        previous = link(
            previous,
            seq=event["seq"],
            event_id=event["id"],
            at=event["at"],
            event_type=event["type"],
            actor_kind=event["actor"]["kind"],
            actor_id=event["actor"].get("id"),
            digest=digest,
        )
        if previous.hex() != event["hash"]:
            raise NotGenuine(f"event {number} does not fit the chain")
    if document["count"] != len(document["events"]) or previous.hex() != document["head_hash"]:
        raise NotGenuine("count or head hash do not fit the events")
    return int(document["count"])


def _verify_payload(event: dict[str, Any], digest: bytes) -> None:
    payload = event["payload"]
    if payload_digest(bytes.fromhex(event["salt"]), payload) != digest:
        raise NotGenuine(f"the text of event {event['seq']} was changed")
    for name, value in payload.items():
        shown = event["actor"].get("name") if name == "actor_name" else event.get(name)
        if shown != value:
            raise NotGenuine(f"event {event['seq']} shows something else than its payload")


# --- for reading ----------------------------------------------------------------------------------------

_SAID = {
    "handoff_requested": "A person was asked for. Reference {reference}. Answer by {answer_by}.",
    "handoff_queued": "Waiting for a person, place {place}.",
    "handoff_promised": "An answer was promised by {answer_by}.",
    "promise_kept": "The promise was kept.",
    "promise_broken": "The promised time {answer_by} was missed. We are sorry. New time: {next_answer_by}.",
    "promise_offered": "The wait is long; a call-back was offered.",
    "agent_joined": "{agent[name]}, {agent[role]}, {agent[employer]}, joined.",
    "agent_left": "{agent[name]} left.",
    "handed_back": "The assistant goes on.",
    "handoff_resolved": "Ended by the person named above ({outcome}).",
    "handoff_withdrawn": "The request for a person was withdrawn.",
    "contacted": "Contact by {channel}: {outcome}.",
    "customer_blocked": "{text}",
    "block_explained": "Reason of the block: {reason}",
    "customer_unblocked": "{by[name]} lifted the block: writing here is possible again.",
    "feedback": "Feedback on answer {of_seq}.",
    "rated": "Rated {score} of 5.",
    "erased": "Everything before was erased at the customer's wish.",
    "note": "Note: {text}",
    "whisper": "Whisper: {text}",
}
_WHO = {"customer": "Customer", "bot": "Assistant (AI)", "agent": "Agent", "system": "Desk"}


def _lines(records: Sequence[Recorded], *, customer: bool) -> list[tuple[str, str, str]]:
    """(moment, who, what) of everything that this reader may read."""
    lines = []
    for record in records:
        if (customer and record.customer_prev_seq is None) or record.payload is None:
            continue
        payload = record.payload
        who = payload.get("actor_name") or _WHO[record.actor_kind]
        if record.type == "message":
            lines.append((rfc3339(record.at), who, str(payload["text"])))
        elif record.type in _SAID:
            lines.append((rfc3339(record.at), who, _SAID[record.type].format_map(payload)))
    return lines


def _heading(trader: Trader, conversation: Conversation) -> list[str]:
    optional = [text for text in (trader.phone, trader.register) if text is not None]
    return [
        f"Conversation with {trader.name}",
        ", ".join([trader.legal_name, trader.postal_address, trader.email, *optional]),
        f"Conversation {conversation.conversation_id}, begun {rfc3339(conversation.started_at)}. All times are UTC.",
    ]


def transcript_text(
    trader: Trader, conversation: Conversation, records: Sequence[Recorded], *, customer: bool
) -> str:
    said = [f"[{at}] {who}: {text}" for at, who, text in _lines(records, customer=customer)]
    return "\n".join([*_heading(trader, conversation), "", *said, ""])


def transcript_html(
    trader: Trader, conversation: Conversation, records: Sequence[Recorded], *, customer: bool
) -> str:
    """A page that needs nothing else: no script, no style sheet, no picture. Texts of people are escaped."""
    title, identity, about = (escape(line) for line in _heading(trader, conversation))
    rows = "\n".join(
        f'<li><time datetime="{at}">{at}</time> <b>{escape(who)}</b>'
        f"<p>{escape(text).replace(chr(10), '<br>')}</p></li>"
        for at, who, text in _lines(records, customer=customer)
    )
    return (
        f'<!doctype html>\n<html lang="{escape(conversation.locale)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1><p>{identity}</p><p>{about}</p>\n<ol>\n{rows}\n</ol></body></html>\n"
    )
