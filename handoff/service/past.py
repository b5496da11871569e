"""A customer's earlier conversations, for whoever is with them now."""

from __future__ import annotations

from typing import Any

from handoff.domain.errors import not_found
from handoff.service import wire
from handoff.service.agents import Agents
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.ports import Recorded, Storage, StoredConversation
from handoff.service.views import View, agent_event

CONVERSATIONS_MAX = (
    20  # of a customer who comes every week: what somebody can take in while the customer waits
)
EVENTS_LOOKED_AT_MAX = 500  # of one conversation; a longer one tells of its first requests only


class Past:
    """Who may see a conversation may read what its customer said before, on the same site."""

    def __init__(self, agents: Agents, committer: Committer, storage: Storage) -> None:
        self._agents = agents
        self._committer = committer
        self._storage = storage

    async def conversations(self, agent_id: str, asked: wire.InConversation) -> dict[str, Any]:
        """Raises `not_found` when the conversation at hand is not this agent's to see."""
        earlier = (await self._others(agent_id, asked.conversation_id))[:CONVERSATIONS_MAX]
        return {"conversations": [await self._view(one) for one in earlier]}

    async def open(self, agent_id: str, asked: wire.OpenPast) -> dict[str, Any]:
        """A page of an earlier conversation's log. Raises `not_found` when it is none of the same customer."""
        if not any(
            one.conversation.conversation_id == asked.past_id
            for one in await self._others(agent_id, asked.conversation_id)
        ):
            raise not_found()
        records = await self._storage.events(asked.past_id, since=asked.since, limit=wire.EVENTS_MAX + 1)
        page = records[: wire.EVENTS_MAX]
        return {
            "events": [agent_event(record) for record in page],
            "last_seq": page[-1].seq if page else asked.since,
            "more": len(records) > len(page),
        }

    async def _others(self, agent_id: str, conversation_id: str) -> list[StoredConversation]:
        await self._agents.seen(agent_id, conversation_id)
        conversation = await self._committer.loaded(conversation_id)
        if conversation is None:
            raise not_found()
        found = await self._storage.conversations_of(conversation.site, conversation.customer.id)
        others = [one for one in found if one.conversation.conversation_id != conversation_id]
        return sorted(others, key=lambda one: one.conversation.started_at, reverse=True)

    async def _view(self, stored: StoredConversation) -> View:
        conversation = stored.conversation
        records = await self._storage.events(conversation.conversation_id, limit=EVENTS_LOOKED_AT_MAX)
        return {
            "conversation_id": conversation.conversation_id,
            "began_at": rfc3339(conversation.started_at),
            "last_at": rfc3339(conversation.last_at),
            "messages": sum(record.type == "message" for record in records),
            "score": next(
                (_of(one)["score"] for one in reversed(records) if one.type == "rated" and _of(one)), None
            ),
            "requests": _requests(records),
        }


def _of(record: Recorded) -> dict[str, Any]:
    """The payload; empty once it was erased."""
    return record.payload or {}


_OUTCOMES = {"handed_back": "handed_back", "handoff_withdrawn": None}


def _requests(records: list[Recorded]) -> list[View]:
    """The latest first. What was erased is not told of."""
    found: list[View] = []
    for record in records:
        payload = _of(record)
        if record.type == "handoff_requested" and payload:
            found.insert(
                0,
                {
                    "reference": payload["reference"],
                    "reason": payload["reason"],
                    "requested_at": rfc3339(record.at),
                    "ended_at": None,
                    "agent": None,
                    "outcome": None,
                },
            )
        elif not found:
            continue
        elif record.type == "agent_joined" and payload:
            found[0]["agent"] = payload["agent"]
        elif record.type == "handoff_resolved":
            found[0] |= {"ended_at": rfc3339(record.at), "outcome": payload.get("outcome")}
        elif record.type in _OUTCOMES:
            found[0] |= {"ended_at": rfc3339(record.at), "outcome": _OUTCOMES[record.type]}
    return found
