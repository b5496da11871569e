"""Whether a log is sealed as the design says: written anew from its text, sharing no code with what seals it.

Source: design, section 7. RFC 8785 for the values of our payloads is JSON without spaces, its keys in order, texts not
escaped beyond need, and numbers as Python writes them (none of ours is so large or so small that it would differ).
"""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

from handoff.service.ports import Recorded


def sealed_rightly(record: Recorded, previous: bytes) -> bool:
    """Whether digest and hash of an event follow from it and from the hash of the one before."""
    digest = record.payload_digest
    if record.payload is not None and record.salt is not None:
        digest = sha256(record.salt + _canonical(record.payload)).digest()
    actor = {"kind": record.actor_kind}
    if record.actor_id is not None:
        actor["id"] = record.actor_id
    at = record.at.astimezone(UTC)
    envelope = {
        "seq": record.seq,
        "id": record.id,
        "at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "type": record.type,
        "actor": actor,
        "payload_digest": digest.hex(),
    }
    chained = sha256(previous + _canonical(envelope)).digest()
    return record.payload_digest == digest and record.hash == chained


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _canonical(value: Any) -> bytes:
    return _encode(value).encode()
