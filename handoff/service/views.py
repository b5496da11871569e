"""State and events as each reader may see them, in the shapes of the wire contract. JSON values, nothing told yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from handoff.domain.conversation import Block, Conversation
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.handoff import Handoff, HandoffState, Promise, Told
from handoff.domain.people import Agent, AgentCard
from handoff.domain.speech import speech
from handoff.service.chain import rfc3339
from handoff.service.ports import Recorded

View = dict[str, Any]  # a JSON object of the wire; its shape is in handoff.service.wire
AlertShown = tuple[Told, Handoff | None, View]  # what an alert was rendered from, and how
ALERTS_SHOWN_MAX = 200  # of more than these the oldest are shown; the others follow as these end
QUEUE_SHOWN_MAX = 200  # agents see the front of a longer queue, and its length


def moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def card_view(card: AgentCard) -> View:
    return {"id": card.id, "name": card.name, "role": card.role, "employer": card.employer}


def customer_event(record: Recorded) -> View:
    """An event as its customer sees it; `prev_seq` is their previous visible one."""
    return _event(record, record.customer_prev_seq or 0)


def agent_event(record: Recorded) -> View:
    """An event as the people of the desk see it: they see all."""
    return _event(record, record.seq - 1)


def _event(record: Recorded, prev_seq: int) -> View:
    payload = record.payload
    actor: View = {"kind": record.actor_kind}
    if record.actor_id is not None:
        actor["id"] = record.actor_id
    view: View = {
        "seq": record.seq,
        "prev_seq": prev_seq,
        "id": record.id,
        "at": rfc3339(record.at),
        "type": record.type,
        "actor": actor,
    }
    if payload is None:
        view["erased"] = True
        return view
    for key, value in payload.items():
        if key == "actor_name":
            actor["name"] = value
        else:
            view[key] = value
    return view


def sealed_event(record: Recorded) -> View:
    """An agent's event with what links it into the chain."""
    view = agent_event(record)
    view["payload_digest"] = record.payload_digest.hex()
    view["hash"] = record.hash.hex()
    return view


def promise_view(promise: Promise) -> View:
    owner = promise.owner
    contact = promise.contact
    return {
        "answer_by": rfc3339(promise.answer_by),
        "owner": {"kind": owner.kind, "id": owner.id, "name": owner.name},
        "contact": None
        if contact is None
        else {key: value for key in ("email", "phone") if (value := getattr(contact, key)) is not None},
    }


def handoff_view(desk: Desk, conversation: Conversation, wait_estimate_s: int | None = None) -> View | None:
    """The handoff of a conversation, live or the last one; None if there was none."""
    handoff = conversation.handoff
    if handoff is None:
        return None
    return {
        "id": handoff.handoff_id,
        "reference": handoff.reference,
        "state": handoff.state.value,
        "reason": handoff.reason.value,
        "requested_at": rfc3339(handoff.requested_at),
        "answer_by": moment(handoff.answer_by),
        "place": desk.place(handoff),
        "wait_estimate_s": wait_estimate_s if handoff.waiting else None,
        "agent": None if handoff.agent is None else card_view(handoff.agent),
        "promise": None if handoff.promise is None else promise_view(handoff.promise),
        "as_of_seq": conversation.last_seq,
    }


def conversation_view(conversation: Conversation) -> View:
    return {
        "id": conversation.conversation_id,
        "control": conversation.control.value,
        "locale": conversation.locale,
    }


def earlier_view(conversation: Conversation) -> View:
    """A conversation that its customer had before: when, and the last person and reference in it, if there was one."""
    handoff = conversation.handoff
    return {
        "id": conversation.conversation_id,
        "started_at": rfc3339(conversation.started_at),
        "last_at": rfc3339(conversation.last_at),
        "reference": None if handoff is None else handoff.reference,
        "agent": None if handoff is None or handoff.agent is None else card_view(handoff.agent),
    }


def customer_conversation_view(rules: DeskRules, conversation: Conversation) -> View:
    """A conversation as its customer sees it: with what a blocked one is told."""
    blocked: View | None = None
    if conversation.block is not None:
        by = conversation.block.by
        text = speech(conversation.language).shut_out(by.name, rules.trader)
        blocked = {"by": card_view(by), "at": rfc3339(conversation.block.at), "text": text}
    customer = {"name": conversation.customer.name, "verified": conversation.customer.verified}
    return conversation_view(conversation) | {"blocked": blocked, "customer": customer}


def agent_conversation_view(conversation: Conversation) -> View:
    """A conversation as the people of the desk see it: with who the customer is, and whether they are blocked."""
    return conversation_view(conversation) | {
        "erased": conversation.erased,
        "customer": customer_view(conversation),
        "blocked": None if conversation.block is None else block_view(conversation.block),
    }


def block_view(block: Block) -> View:
    """By whom, since when and why a customer is blocked: for the people of the desk."""
    return {"by": card_view(block.by), "at": rfc3339(block.at), "reason": block.reason}


def customer_view(conversation: Conversation) -> View:
    customer = conversation.customer
    view: View = {
        "locale": conversation.locale,
        "returning": _has_been_here(conversation),
        "verified": customer.verified,
    }
    if customer.name is not None:
        view["name"] = customer.name
    return view


def _has_been_here(conversation: Conversation) -> bool:
    """Whether anything was before the handoff at hand: another conversation, or a handoff that was resolved."""
    handoff = conversation.handoff
    before = handoff is not None and handoff.resolved_before_at is not None
    return before or conversation.previous_conversation_id is not None


def offer_view(conversation: Conversation, events: Sequence[View]) -> View:
    """An offer with the complete transcript up to now: `events` as `sealed_event` renders them."""
    handoff = conversation.handoff
    assert handoff is not None
    assert handoff.offer is not None
    return {
        "offer_id": handoff.offer.offer_id,
        "handoff_id": handoff.handoff_id,
        "conversation_id": conversation.conversation_id,
        "reference": handoff.reference,
        "reason": handoff.reason.value,
        "chosen_by": handoff.offer.chosen_by.value,
        "matched": list(handoff.offer.matched),
        "customer": customer_view(conversation),
        "requested_at": rfc3339(handoff.requested_at),
        "expires_at": rfc3339(handoff.offer.expires_at),
        "answer_by": moment(handoff.answer_by),
        "transcript": {
            "events": events,
            "count": len(events),
            "head_hash": events[-1]["hash"] if events else "",
        },
    }


def waiting_view(desk: Desk, conversation: Conversation, handoff: Handoff) -> View:
    """One line of the board."""
    return {
        "handoff_id": handoff.handoff_id,
        "conversation_id": conversation.conversation_id,
        "reference": handoff.reference,
        "state": handoff.state.value,
        "reason": handoff.reason.value,
        "requested_at": rfc3339(handoff.requested_at),
        "answer_by": moment(handoff.answer_by),
        "place": desk.place(handoff),
        "team": handoff.team,
        "language": handoff.language,
        "skills": list(handoff.skills),
        "customer": customer_view(conversation),
        "agent_id": _agent_id(handoff),
        "promise": None if handoff.promise is None else promise_view(handoff.promise),
    }


def alerts_shown(desk: Desk, before: Mapping[str, AlertShown]) -> dict[str, AlertShown]:
    """The open alerts by their conversation, the oldest first. One that is as `before` is not rendered anew: on a busy
    desk this is asked many times a second."""
    shown: dict[str, AlertShown] = {}
    for one in islice(desk.alerted(), ALERTS_SHOWN_MAX):
        if one.alert is None:
            continue
        known = before.get(one.conversation_id)
        if known is None or known[0] is not one.alert or known[1] is not one.handoff:
            known = (one.alert, one.handoff, _alert_view(one, one.alert, one.handoff))
        shown[one.conversation_id] = known
    return shown


def _alert_view(conversation: Conversation, alert: Told, handoff: Handoff | None) -> View:
    """With how the handoff stands, or the last one; a customer may be blocked who never had any."""
    return {
        "alert_id": f"{conversation.conversation_id}.{alert.seq}",
        "conversation_id": conversation.conversation_id,
        "handoff_id": None if handoff is None else handoff.handoff_id,
        "reference": None if handoff is None else handoff.reference,
        "why": alert.why,
        "at": rfc3339(alert.at),
        "state": None if handoff is None else handoff.state.value,
        "answer_by": None if handoff is None else moment(handoff.answer_by),
        "customer": customer_view(conversation),
    }


def _agent_id(handoff: Handoff) -> str | None:
    if handoff.offer is not None:
        return handoff.offer.agent_id
    return handoff.agent.id if handoff.agent is not None else None


def queue_view(desk: Desk, *, everything: bool) -> list[View]:
    """What waits and what is promised; with `everything` (supervisors) what is active too. No canaries."""
    rows: list[View] = []
    for conversation in desk.queue():
        if conversation.canary:
            break  # they are at the end of the queue
        if conversation.handoff is not None and len(rows) < QUEUE_SHOWN_MAX:
            rows.append(waiting_view(desk, conversation, conversation.handoff))
    others = desk.live() if everything else desk.promised()
    shown_states = {HandoffState.PROMISED, HandoffState.ACTIVE}
    for conversation in others[: 2 * QUEUE_SHOWN_MAX]:
        handoff = conversation.handoff
        if handoff is not None and handoff.state in shown_states and not handoff.canary:
            rows.append(waiting_view(desk, conversation, handoff))
    return rows


def member_view(desk: Desk, agent: Agent) -> View:
    """A member of the team, as colleagues see them."""
    return card_view(agent.card) | {
        "presence": agent.shown_presence.value,
        "teams": list(agent.teams),
        "languages": list(agent.languages),
        "skills": list(agent.skills),
        "access": [level.value for level in agent.access],
        "seats_taken": desk.seats_taken(agent),
        "capacity": desk.capacity_of(agent),
    }


def team_view(desk: Desk) -> View:
    """Everybody of the desk, and what its teams are called."""
    return {
        "team": [member_view(desk, one) for one in desk.people()],
        "teams": [{"key": team.key, "name": team.name} for team in desk.rules.teams],
    }


def me_view(agent: Agent) -> View:
    return card_view(agent.card) | {
        "access": [level.value for level in agent.access],
        "teams": list(agent.teams),
        "languages": list(agent.languages),
        "skills": list(agent.skills),
    }


def wrap_ups_view(agent: Agent) -> list[View]:
    """The seats that are kept for notes, each until its moment."""
    return [{"conversation_id": one.conversation_id, "until": rfc3339(one.until)} for one in agent.wrap_ups]
