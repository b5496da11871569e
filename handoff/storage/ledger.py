"""The ledger's row, made from a conversation's state. Shared by every kind of storage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from handoff.domain.conversation import Conversation
from handoff.service.chain import rfc3339
from handoff.service.ports import Batch, LedgerRow


@lru_cache(maxsize=8_192)
def moment(at: datetime) -> str:
    """As `rfc3339`. A conversation's moments are written again with each of its events, so they are remembered."""
    return rfc3339(at)


def moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def quarter(at: datetime) -> str:
    """The beginning of the quarter of an hour in which this was."""
    return f"{moment(at)[:14]}{at.minute // 15 * 15:02}"


def ledger_rows(batch: Batch) -> Iterator[LedgerRow]:
    """The rows that a batch brings, in the order in which they have to be written, without their deadlines: those are
    the conversations' and move with every message, while a row changes a few times in a handoff's life.

    The states of its conversations show the last handoff only; those that were followed by another come first, as
    they ended.
    """
    for conversation in batch.superseded:
        yield from _row(conversation)
    for stored, _ in batch.conversations:
        yield from _row(stored.conversation)


def _row(conversation: Conversation) -> Iterator[LedgerRow]:
    """The row of the conversation's present handoff, or of its last; nothing when it never had one."""
    handoff = conversation.handoff
    if handoff is None:
        return
    first = handoff.first_answered_at
    yield LedgerRow(
        handoff_id=handoff.handoff_id,
        conversation_id=conversation.conversation_id,
        reference=handoff.reference,
        reason=handoff.reason.value,
        team=handoff.team,
        language=handoff.language,
        state=handoff.state.value,
        requested_at=moment(handoff.requested_at),
        answer_by=moment_or_none(handoff.answer_by),
        agent_id=None if handoff.agent is None else handoff.agent.id,
        agent_name=None if handoff.agent is None else handoff.agent.name,
        promises_broken=handoff.promises_broken,
        next_deadline_at=None,
        ended_at=moment_or_none(handoff.ended_at),
        ended_by=handoff.ended_by,
        outcome=None if handoff.outcome is None else handoff.outcome.value,
        waiting_since=moment(handoff.waiting_since) if handoff.waiting else None,
        owed_since=moment_or_none(handoff.owed_since) if handoff.live else None,
        promises_kept=handoff.promises_kept,
        first_answer_ms=None
        if first is None
        else (first - handoff.requested_at) // timedelta(milliseconds=1),
        canary=int(handoff.canary),
    )
