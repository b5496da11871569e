"""Conversations found again: by reference, by the customer's name or e-mail address, by words of what was said."""

from __future__ import annotations

import re
from typing import Any

from handoff.domain.errors import bad_request
from handoff.domain.people import Agent
from handoff.domain.rights import may_see
from handoff.service import wire
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.ports import Found, Storage
from handoff.service.views import View, card_view, customer_view

FOUND_AT_ONCE = 20  # a list that somebody reads while a customer waits; the rest is a request away
WORDS_MAX = 12
INDEXED_AT_ONCE = 500  # events: some ten milliseconds of the thread that writes
INDEXED_BEFORE_AN_ANSWER = (
    10  # portions; a day of a busy desk is in the index before its first search is answered
)
EXCERPT_CHARACTERS_MAX = 300
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SAID = ("message", "note", "whisper")


class Search:
    """Supervisors find every conversation, agents those that they had last: what they may open, and nothing else."""

    def __init__(self, committer: Committer, storage: Storage) -> None:
        self._committer = committer
        self._storage = storage

    async def find(self, agent_id: str, asked: wire.Search) -> dict[str, Any]:
        """Raises `bad_request` for control characters, for nothing to look for, and for too many words."""
        words = _words(asked.query)
        complete = await self.bring_up_to_date(INDEXED_BEFORE_AN_ANSWER)
        agent = self._committer.desk.agent(agent_id)
        found = await self._storage.search(
            words,
            agent_id=None if agent.is_supervisor else agent.id,
            before=asked.before,
            limit=FOUND_AT_ONCE + 1,
        )
        shown = found[:FOUND_AT_ONCE]
        return {
            "found": [_view(one, words) for one in shown if self._may_be_told(agent, one)],
            "next": shown[-1].number if len(found) > len(shown) else None,
            "complete": complete,
        }

    def _may_be_told(self, agent: Agent, found: Found) -> bool:
        """By how it stands now: what was read may be a moment old."""
        read = found.stored.conversation
        conversation = self._committer.desk.conversations.get(read.conversation_id, read)
        return may_see(agent, conversation) and not conversation.erased

    async def bring_up_to_date(self, portions: int) -> bool:
        """Whether everything that was written before this can be found now."""
        for _ in range(portions):
            if await self._storage.index_words(INDEXED_AT_ONCE):
                return True
        return False


def _words(query: str) -> list[str]:
    if _CONTROL.search(query):
        raise bad_request("A search has no control characters.")
    words = query.split()
    if not words:
        raise bad_request("There is nothing to look for.")
    if len(words) > WORDS_MAX:
        raise bad_request(f"A search has at most {WORDS_MAX} words.")
    return words


def _view(found: Found, words: list[str]) -> View:
    conversation, record = found.stored.conversation, found.record
    handoff = conversation.handoff
    text = str(record.payload["text"]) if record.type in _SAID and record.payload else None
    return {
        "conversation_id": conversation.conversation_id,
        "customer": customer_view(conversation),
        "began_at": rfc3339(conversation.started_at),
        "last_at": rfc3339(conversation.last_at),
        "reference": None if handoff is None else handoff.reference,
        "state": None if handoff is None else handoff.state.value,
        "agent": None if handoff is None or handoff.agent is None else card_view(handoff.agent),
        "seq": None if text is None else record.seq,
        "at": None if text is None else rfc3339(record.at),
        "text": None if text is None else excerpt(text, words),
    }


def excerpt(text: str, words: list[str]) -> str:
    """At most `EXCERPT_CHARACTERS_MAX` of it, where the first of the words stands that is there as it was asked for."""
    if len(text) <= EXCERPT_CHARACTERS_MAX:
        return text
    said = text.casefold()
    places = [place for word in words if (place := said.find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - EXCERPT_CHARACTERS_MAX // 3)
    start = min(start, len(text) - EXCERPT_CHARACTERS_MAX)
    cut = text[start : start + EXCERPT_CHARACTERS_MAX]
    return ("…" if start > 0 else "") + cut + ("…" if start + len(cut) < len(text) else "")
