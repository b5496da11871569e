"""The transcript to keep: complete, dated, with the trader's identity, signed, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
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
