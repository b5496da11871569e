"""State and events to JSON and back, for storage. The shapes are the domain's dataclasses; nothing is renamed."""

from __future__ import annotations

from typing import Any

import msgspec

from handoff.domain.conversation import Conversation
from handoff.domain.events import AGENT_BODIES, BODIES, Actor, AgentEvent, Event
from handoff.domain.people import Agent
from handoff.service.ports import Recorded

_encode = msgspec.json.Encoder().encode
_decode_conversation = msgspec.json.Decoder(Conversation).decode
_decode_agent = msgspec.json.Decoder(Agent).decode
decode_json = msgspec.json.Decoder().decode


def conversation_to_json(conversation: Conversation) -> str:
    return _encode(conversation).decode()


def conversation_from_json(text: str) -> Conversation:
    return _decode_conversation(text)


def agent_to_json(agent: Agent) -> str:
    return _encode(agent).decode()


def agent_from_json(text: str) -> Agent:
    return _decode_agent(text)


def json_text(value: Any) -> str:
    """Any JSON value, compact."""
    return _encode(value).decode()


def event_from_record(record: Recorded) -> Event:
    """The domain's event again, for folding a log. Raises `ValueError` for one whose payload was erased."""
    if record.payload is None:
        raise ValueError(f"event {record.seq} of {record.conversation_id} was erased")
    payload = dict(record.payload)
    name = payload.pop("actor_name", None)
    return Event(
        conversation_id=record.conversation_id,
        seq=record.seq,
        at=record.at,
        actor=Actor(kind=record.actor_kind, id=record.actor_id, name=name),
        body=msgspec.convert(payload, BODIES[record.type]),
        customer_prev_seq=record.customer_prev_seq,
    )


def agent_payload_to_json(event: AgentEvent) -> str:
    return _encode(event.body).decode()


def agent_event_from_json(agent_id: str, at: Any, event_type: str, payload: str) -> AgentEvent:
    body = msgspec.json.decode(payload, type=AGENT_BODIES[event_type])
    return AgentEvent(agent_id=agent_id, at=at, body=body)
