"""The chain that makes a log verifiable, and the payloads it covers. Source: design, section 7.

`hash = SHA-256(previous hash || JCS({seq, id, at, type, actor: {kind, id}, payload_digest}))`, the first link from 32
zero bytes; `payload_digest = SHA-256(salt || JCS(payload))`. JCS is RFC 8785.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any, cast

import msgspec
from msgspec import Struct

from handoff.domain.events import Event
from handoff.service.jcs import canonical
from handoff.service.ports import Recorded

FIRST_LINK = bytes(32)
SALT_BYTES = 16


class _Actor(Struct, kw_only=True, omit_defaults=True):
    id: str | None = None
    kind: str


class _Envelope(Struct, kw_only=True):
    """What a link covers. Its fields are in the order of JCS, so that it is canonical as it is encoded: there is
    nothing in it but texts and a number of the log."""

    actor: _Actor
    at: str
    id: str
    payload_digest: str
    seq: int
    type: str


_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=8_192)
def rfc3339(at: datetime) -> str:
    """UTC with milliseconds and `Z`, as everywhere on the wire. Remembered, since one moment is told to many."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def payload_of(event: Event) -> dict[str, Any]:
    """The payload as JSON values: the body's fields that are set, and the actor's name."""
    payload = _fields(event.body)
    if event.actor.name is not None:
        payload["actor_name"] = event.actor.name
    return payload


def _fields(value: Any) -> dict[str, Any]:
    """Fields that are empty by default are left out when they are empty; the rest is there, null or not."""
    plain = {}
    for name, optional in _layout(cast(Hashable, type(value))):
        item = getattr(value, name)
        if not optional or (item is not None and item != ()):
            plain[name] = item if type(item) is str else _plain(item)
    return plain


@cache
def _layout(body: Hashable) -> tuple[tuple[str, bool], ...]:
    """Names of the fields, and whether each has an empty default."""
    return tuple((one.name, one.default is None or one.default == ()) for one in fields(cast(Any, body)))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _fields(value)


def payload_digest(salt: bytes, payload: dict[str, Any]) -> bytes:
    return hashlib.sha256(salt + canonical(payload)).digest()


def link(
    previous: bytes,
    *,
    seq: int,
    event_id: str,
    at: str,
    event_type: str,
    actor_kind: str,
    actor_id: str | None,
    digest: bytes,
) -> bytes:
    """The hash of one event, given the previous one's. An actor without id has no `id` key."""
    envelope = _Envelope(
        actor=_Actor(kind=actor_kind) if actor_id is None else _Actor(id=actor_id, kind=actor_kind),
        at=at,
        id=event_id,
        payload_digest=digest.hex(),
        seq=seq,
        type=event_type,
    )
    return hashlib.sha256(previous + _encode(envelope)).digest()


def seal(event: Event, *, event_id: str, salt: bytes, previous: bytes) -> Recorded:
    """The event as the log keeps it, linked to the one before."""
    payload = payload_of(event)
    digest = payload_digest(salt, payload)
    return Recorded(
        conversation_id=event.conversation_id,
        seq=event.seq,
        id=event_id,
        at=event.at,
        type=event.type,
        actor_kind=event.actor.kind,
        actor_id=event.actor.id,
        payload=payload,
        salt=salt,
        payload_digest=digest,
        hash=link(
            previous,
            seq=event.seq,
            event_id=event_id,
            at=rfc3339(event.at),
            event_type=event.type,
            actor_kind=event.actor.kind,
            actor_id=event.actor.id,
            digest=digest,
        ),
        customer_prev_seq=event.customer_prev_seq,
    )
