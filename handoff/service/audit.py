"""Holds everything that is stored against itself: chain, numbers, and the state that each log folds to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from handoff.domain.fold import fold_conversation
from handoff.domain.guarantee import log_violations
from handoff.service.chain import FIRST_LINK, link, payload_digest, rfc3339
from handoff.service.codec import event_from_record
from handoff.service.ports import Recorded, Storage, StoredConversation

_AT_ONCE = 200


async def audit(storage: Storage) -> AsyncIterator[str]:
    """Everything that is wrong, in sentences; nothing when nothing is. Reads all there is, one log at a time.

    Raises `StorageUnavailable`.
    """
    after = ""
    while ids := await storage.conversation_ids(after, _AT_ONCE):
        for stored in await storage.conversations(ids):
            conversation = stored.conversation  # a server that runs may have written more meanwhile
            records = await storage.events(conversation.conversation_id, limit=conversation.last_seq)
            for problem in _problems(stored, records):
                yield f"conversation {conversation.conversation_id}: {problem}"
        after = ids[-1]


def _problems(stored: StoredConversation, records: list[Recorded]) -> list[str]:
    last_seq = stored.conversation.last_seq
    found = [] if len(records) == last_seq else [f"{len(records)} events, and the state has seen {last_seq}"]
    found += _chain_problems(stored, records)
    if found or any(record.payload is None for record in records):  # what was erased folds to nothing
        return found
    try:
        events = [event_from_record(record) for record in records]
        found += [str(violation) for violation in log_violations(events)]
        folded = None
        for event in events:
            folded = fold_conversation(folded, event)
    except (ValueError, KeyError) as error:
        return [*found, f"the log cannot be read ({error})"]
    if not found and not _same(folded, stored.conversation):
        found.append("the state is not what the log folds to")
    return found


def _chain_problems(stored: StoredConversation, records: list[Recorded]) -> list[str]:
    previous = FIRST_LINK
    for number, record in enumerate(records, start=1):
        if record.seq != number:
            return [f"event {number} is missing"]
        if _was_changed(record):
            return [f"the payload of event {number} was changed"]
        previous = link(
            previous,
            seq=record.seq,
            event_id=record.id,
            at=rfc3339(record.at),
            event_type=record.type,
            actor_kind=record.actor_kind,
            actor_id=record.actor_id,
            digest=record.payload_digest,
        )
        if previous != record.hash:
            return [f"event {number} does not follow from the one before"]
    return [] if previous == stored.head_hash else ["the state names another last event than the log has"]


def _was_changed(record: Recorded) -> bool:
    if record.payload is None or record.salt is None:
        return False
    return payload_digest(record.salt, record.payload) != record.payload_digest


def _same(folded: Any, stored: Any) -> bool:
    """Equal, but for fields that an earlier version did not know when it wrote the state: those have their default
    there until the next event of the conversation."""
    if not (is_dataclass(folded) and type(folded) is type(stored)):
        return bool(folded == stored)
    return all(
        _same(getattr(folded, one.name), value) or _is_default(one, value)
        for one in fields(folded)
        for value in [getattr(stored, one.name)]
    )


def _is_default(field: Any, value: Any) -> bool:
    return field.default is not MISSING and bool(value == field.default)
