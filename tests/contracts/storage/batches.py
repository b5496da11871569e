"""What the tests of storage write: batches as the service makes them, from scenes with real commands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handoff.domain.conversation import Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.events import AgentEvent, Event
from handoff.domain.fold import fold_conversation
from handoff.service.chain import FIRST_LINK, seal
from handoff.service.ports import (
    Account,
    Batch,
    Recorded,
    RequestKey,
    StoredAck,
    StoredConversation,
    Token,
)
from tests.factories import MONDAY_NOON, Scene, start_conversation

# Outside the Basic Multilingual Plane, right to left, combining, a NUL, and both of JSON's own characters.
STRANGE_TEXT = (
    '\u0baf\u0bbe\u0bb0\u0bc1? \u202bعربي\u202c 👩‍👩‍👧‍👦 Ö vs O\u0308 \x00 \u2028 "quoted" \\ \ud7ff\uffff'
)


class Chronicle:
    """A scene whose events are handed out as batches, sealed and linked as the service does."""

    def __init__(self) -> None:
        self.scene = Scene()
        self._written = 0
        self._heads: dict[str, bytes] = {}
        self._folded: dict[str, Conversation] = {}

    def batch(self) -> Batch:
        """Everything that happened since the last call, with the states that it led to."""
        batch = Batch()
        conversations: dict[str, None] = {}
        agents: dict[str, None] = {}
        for event in self.scene.events[self._written :]:
            if isinstance(event, Event):
                batch.events.append(self._sealed(event))
                self._fold(event, batch)
                conversations[event.conversation_id] = None
            else:
                assert isinstance(event, AgentEvent)
                batch.agent_events.append(event)
                agents[event.agent_id] = None
        self._written = len(self.scene.events)
        desk_rules = self.scene.desk.rules
        for conversation_id in conversations:
            stored = self.stored(conversation_id)
            batch.conversations.append((stored, next_deadline_at(stored.conversation, desk_rules)))
        for agent_id in agents:
            agent = self.scene.person(agent_id)
            batch.agents.append((agent, next_agent_deadline_at(agent, desk_rules)))
        return batch

    def _fold(self, event: Event, batch: Batch) -> None:
        before = self._folded.get(event.conversation_id)
        if event.type == "handoff_requested" and before is not None and before.handoff is not None:
            batch.superseded.append(before)
        self._folded[event.conversation_id] = fold_conversation(before, event)

    def stored(self, conversation_id: str) -> StoredConversation:
        return StoredConversation(
            conversation=self.scene.conversation(conversation_id), head_hash=self._heads[conversation_id]
        )

    def begins(self, conversation_id: str, *, customer_id: str, site: str = "nordlicht") -> None:
        self.scene.do(
            start_conversation(
                conversation_id,
                customer_id=customer_id,
                customer_name="Ann",
                verified=True,
                site=site,
                locale="de-AT",
                greeting="Guten Tag",
            )
        )

    def _sealed(self, event: Event) -> Recorded:
        record = seal(
            event,
            event_id=f"ev_{event.conversation_id}_{event.seq}",
            salt=event.seq.to_bytes(16),
            previous=self._heads.get(event.conversation_id, FIRST_LINK),
        )
        self._heads[event.conversation_id] = record.hash
        return record


def conversation_batch(conversation_id: str = "c1", *texts: str) -> Batch:
    """A new conversation in which the customer said these things."""
    chronicle = Chronicle()
    chronicle.scene.customer(conversation_id)
    for text in texts:
        chronicle.scene.says(conversation_id, text)
    return chronicle.batch()


def ack(client_id: str, *, conversation_id: str = "c1", **answer: Any) -> StoredAck:
    key = RequestKey(conversation_id, "customer:1", client_id)
    return StoredAck(key=key, body_digest=client_id.encode().ljust(32, b"."), ack=answer)


def account(agent_id: str, email: str) -> Account:
    return Account(agent_id=agent_id, email=email, password_hash=f"hash of {agent_id}")


def token(
    name: str,
    *,
    kind: str = "customer",
    subject: str = "customer-1",
    expires_at: datetime = MONDAY_NOON,
    first_used_at: datetime | None = None,
    replaces: str | None = None,
) -> Token:
    return Token(
        digest=digest(name),
        kind=kind,
        subject=subject,
        conversation_id="c1" if kind == "customer" else None,
        expires_at=expires_at,
        first_used_at=first_used_at,
        replaces=None if replaces is None else digest(replaces),
    )


def digest(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")
