"""The ledger's row: one for every handoff there ever was, its last state. Shared by every kind of storage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from handoff.domain.conversation import Conversation
from handoff.service.chain import rfc3339
from handoff.service.ports import Recorded

_ENDINGS = {"handed_back": "resolved", "handoff_resolved": "resolved", "handoff_withdrawn": "withdrawn"}
_TOLD = frozenset({"handoff_requested", "agent_joined", "promise_broken", *_ENDINGS})


class LedgerRow(NamedTuple):
    """Moments are RFC 3339 text. `agent_*`: who has it, or had it at the end. Live while `ended_at` is None."""

    handoff_id: str
    conversation_id: str
    reference: str
    reason: str
    team: str
    language: str
    state: str
    requested_at: str
    answer_by: str | None
    agent_id: str | None
    agent_name: str | None
    promises_broken: int
    next_deadline_at: str | None
    ended_at: str | None
    ended_by: str | None
    outcome: str | None


@lru_cache(maxsize=8_192)
def moment(at: datetime) -> str:
    """As `rfc3339`. A conversation's moments are written again with each of its events, so they are remembered."""
    return rfc3339(at)


def moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def ledger_row(conversation: Conversation, next_deadline_at: datetime | None) -> LedgerRow | None:
    """The row of the conversation's present handoff, or of its last; None when it never had one."""
    handoff = conversation.handoff
    if handoff is None:
        return None
    return LedgerRow(
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
        next_deadline_at=moment_or_none(next_deadline_at) if handoff.live else None,
        ended_at=moment_or_none(handoff.ended_at),
        ended_by=handoff.ended_by,
        outcome=None if handoff.outcome is None else handoff.outcome.value,
    )


def superseded(events: Iterable[Recorded]) -> list[Recorded]:
    """Events of handoffs that were followed by another one among these same events, in order.

    The state that is written with them shows the last handoff only, so the earlier ones' end has to be taken from
    the events: a customer who asks again while the agent resolves gives both in one transaction.
    """
    followed: list[Recorded] = []
    latest: dict[str, list[Recorded]] = {}
    for event in events:
        if event.type in _TOLD:
            if event.type == "handoff_requested":
                followed += latest.pop(event.conversation_id, ())
            latest.setdefault(event.conversation_id, []).append(event)
    return followed


def ledger_row_after(row: LedgerRow | None, event: Recorded) -> LedgerRow | None:
    """The live row of a conversation after one of its `superseded` events."""
    payload = event.payload or {}
    if event.type == "handoff_requested":
        return LedgerRow(
            handoff_id=payload["handoff_id"],
            conversation_id=event.conversation_id,
            reference=payload["reference"],
            reason=payload["reason"],
            team=payload["team"],
            language=payload["language"],
            state="queued",
            requested_at=moment(event.at),
            answer_by=payload["answer_by"],
            agent_id=None,
            agent_name=None,
            promises_broken=0,
            next_deadline_at=None,
            ended_at=None,
            ended_by=None,
            outcome=None,
        )
    if row is None:
        return None
    if event.type == "agent_joined":
        agent = payload["agent"]
        return row._replace(state="active", agent_id=agent["id"], agent_name=agent["name"])
    if event.type == "promise_broken":
        return row._replace(promises_broken=row.promises_broken + 1)
    return row._replace(
        state=_ENDINGS[event.type],
        ended_at=moment(event.at),
        ended_by=event.actor_id,
        outcome="done" if event.type == "handed_back" else payload.get("outcome"),
        next_deadline_at=None,
    )
