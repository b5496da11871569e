"""What the bot would answer to a customer who is with a person: for that person to take or to leave.

It says nothing to anybody and is not in the log: what is taken is the agent's own message, and their responsibility.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from handoff.domain.rights import own_handoff
from handoff.service.agents import Agents
from handoff.service.bot_turns import known_to_bot
from handoff.service.committer import Committer
from handoff.service.ports import Bot, BotTurn, BotUnavailable, Ids, Recorded, Storage

LOOKED_BACK_EVENTS = 50  # what the customer said last is among them, or is no open question any more
TIMEOUT_S = 2.0  # the agent is reading meanwhile; later it would only come between
AT_ONCE_MAX = 8  # customers who talk to the bot come first


class Suggestions:
    def __init__(self, agents: Agents, committer: Committer, storage: Storage, bot: Bot, ids: Ids) -> None:
        self._agents = agents
        self._committer = committer
        self._storage = storage
        self._bot = bot
        self._ids = ids
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    async def ask(
        self, agent_id: str, conversation_id: str
    ) -> Callable[[], Awaitable[dict[str, Any] | None]]:
        """A way to have what is suggested, which may take as long as the bot does. It gives None while the customer
        has said nothing new, the bot is not sure, not there, or has said the same here already.

        Raises `not_found` and `conflict` for a conversation that this agent does not have now.
        """
        agent = await self._agents.seen(agent_id, conversation_id)
        own_handoff(self._committer.desk, agent, conversation_id)
        locale = self._committer.desk.conversation(conversation_id).locale

        async def suggestions() -> dict[str, Any] | None:
            return await self._suggestions(conversation_id, locale)

        return suggestions

    async def _suggestions(self, conversation_id: str, locale: str) -> dict[str, Any] | None:
        conversation = await self._committer.loaded(conversation_id)
        if conversation is None or self._places.locked():
            return None
        since = max(0, conversation.last_seq - LOOKED_BACK_EVENTS)
        records = await self._storage.events(conversation_id, since=since)
        words = open_words(records)
        if words is None:
            return None
        seq, text = words
        turn = BotTurn(
            turn_id=self._ids.new("sg"),
            sender_id=conversation_id,
            text=text,
            locale=locale,
            slots=known_to_bot(conversation),
        )
        async with self._places:
            try:
                found = await self._bot.suggest(turn, timeout_s=TIMEOUT_S)
            except BotUnavailable:
                return None
        said = {record.payload["text"] for record in records if record.type == "message" and record.payload}
        shown = [{"text": one.text, "intent": one.intent} for one in found if one.text not in said]
        return {"conversation_id": conversation_id, "of_seq": seq, "suggestions": shown} if shown else None


def open_words(records: list[Recorded]) -> tuple[int, str] | None:
    """The number and the text of the customer's latest message, when no agent has written since."""
    for record in reversed(records):
        if record.type == "message" and record.payload is not None:
            if record.actor_kind == "customer":
                return record.seq, str(record.payload["text"])
            if record.actor_kind == "agent":
                return None
    return None
