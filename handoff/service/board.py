"""The supervisor's board: every live handoff at a glance, the most urgent first, and who is there to answer them.

Only looks at the desk; what is urgent or overdue is the domain's to say.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from heapq import nlargest, nsmallest

from handoff.domain.conversation import Block, Conversation
from handoff.domain.deadlines import next_deadline_at
from handoff.domain.desk import Desk
from handoff.domain.handoff import Handoff, HandoffState
from handoff.domain.people import Access, Agent
from handoff.service.chain import rfc3339
from handoff.service.views import (
    View,
    block_view,
    card_view,
    customer_view,
    member_view,
    moment,
    promise_view,
    wrap_ups_view,
)

ROWS_MAX = 200  # more than anybody reads; the counts are exact whatever their number

_Live = tuple[Conversation, Handoff]


def board_view(desk: Desk, now: datetime, notices: View) -> View:
    """`notices`: how it stands with those outside the console."""
    live = [(one, one.handoff) for one in desk.live() if one.handoff is not None and not one.canary]
    states = Counter(handoff.state for _, handoff in live)
    return {
        "as_of": rfc3339(now),
        "open": desk.rules.hours.is_open(now),
        "counts": {
            "waiting": states[HandoffState.QUEUED],
            "offered": states[HandoffState.OFFERED],
            "active": states[HandoffState.ACTIVE],
            "promised": states[HandoffState.PROMISED],
            "overdue": sum(handoff.overdue_since(now) is not None for _, handoff in live),
        },
        "rows": [
            _row(desk, conversation, handoff, now)
            for conversation, handoff in nsmallest(ROWS_MAX, live, key=lambda one: _urgency(one[1], now))
        ],
        "agents": [_agent(desk, agent) for agent in desk.people() if _answers(agent)],
        "blocked": _blocked(desk),
        "notices": notices,
    }


def _urgency(handoff: Handoff, now: datetime) -> tuple[int, datetime, str]:
    """Overdue ones, the longest first; the queue in its order; promises by their moment; then those with an agent."""
    overdue_since = handoff.overdue_since(now)
    if overdue_since is not None:
        return 0, overdue_since, handoff.handoff_id
    if handoff.waiting:
        rank, enqueued_at, handoff_id = handoff.queue_key
        return 1 + rank, enqueued_at, handoff_id
    if handoff.state is HandoffState.PROMISED:
        return 3, handoff.answer_by or handoff.requested_at, handoff.handoff_id
    return 4, handoff.unanswered_since or now, handoff.handoff_id


def _row(desk: Desk, conversation: Conversation, handoff: Handoff, now: datetime) -> View:
    overdue_since = handoff.overdue_since(now)
    asked = desk.agents.get(handoff.offer.agent_id) if handoff.offer is not None else None
    return {
        "conversation_id": conversation.conversation_id,
        "handoff_id": handoff.handoff_id,
        "reference": handoff.reference,
        "state": handoff.state.value,
        "reason": handoff.reason.value,
        "team": handoff.team,
        "skills": list(handoff.skills),
        "language": handoff.language,
        "requested_at": rfc3339(handoff.requested_at),
        "waiting_since": rfc3339(handoff.waiting_since),
        "answer_by": moment(handoff.answer_by),
        "overdue": overdue_since is not None,
        "overdue_since": moment(overdue_since),
        "next_deadline_at": moment(next_deadline_at(conversation, desk.rules)),
        "place": desk.place(handoff),
        "agent": None if handoff.agent is None else card_view(handoff.agent),
        "offered_to": None if asked is None else card_view(asked.card),
        "promise": None if handoff.promise is None else promise_view(handoff.promise),
        "told": None
        if conversation.alert is None
        else {"why": conversation.alert.why, "at": rfc3339(conversation.alert.at)},
        "customer": customer_view(conversation),
    }


def _answers(agent: Agent) -> bool:
    return Access.AGENT in agent.access or agent.is_supervisor


def _agent(desk: Desk, agent: Agent) -> View:
    return member_view(desk, agent) | {
        "load": len(desk.concerning(agent.id)),
        "wrap_ups": wrap_ups_view(agent),
    }


def _blocked(desk: Desk) -> list[View]:
    """One row a customer, those blocked last first."""
    latest: dict[tuple[str, str], tuple[Conversation, Block]] = {}
    for one in desk.blocked():
        customer = (one.site, one.customer.id)
        if one.block is not None and (
            customer not in latest or latest[customer][0].started_at < one.started_at
        ):
            latest[customer] = one, one.block
    shown = nlargest(ROWS_MAX, latest.values(), key=lambda row: (row[1].at, row[0].conversation_id))
    return [
        {
            "conversation_id": conversation.conversation_id,
            "reference": None if conversation.handoff is None else conversation.handoff.reference,
            "customer": customer_view(conversation),
            **block_view(block),
        }
        for conversation, block in shown
    ]
