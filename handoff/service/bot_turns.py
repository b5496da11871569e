"""Drives the bot: one turn at a time in each conversation, its answer or its failure brought to the desk."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from handoff.domain.commands import BotAnswered, BotFailed, NewHandoff
from handoff.domain.conversation import Control, Conversation
from handoff.domain.errors import DomainError
from handoff.service.committer import Committed, Committer
from handoff.service.ports import (
    Bot,
    BotReply,
    BotTurn,
    BotUnavailable,
    Clock,
    Ids,
    Storage,
    StorageUnavailable,
)
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

TURNS_AT_ONCE_MAX = 64  # more would only queue inside Rasa, which works on one at a time


class BotTurns:
    """Listens to commits and starts a turn wherever a customer's message waits for the bot.

    Nothing is kept here: the desk says what is pending, and the deadline of a turn is in storage. A turn that
    dies with the process leads to a person when its deadline passes.
    """

    def __init__(
        self, committer: Committer, storage: Storage, bot: Bot, clock: Clock, ids: Ids, *, timeout_s: float
    ) -> None:
        self._committer = committer
        self._storage = storage
        self._bot = bot
        self._clock = clock
        self._ids = ids
        self._timeout_s = timeout_s
        self._busy: set[str] = set()
        self._places = asyncio.Semaphore(TURNS_AT_ONCE_MAX)
        self._tasks = Tasks()
        self._typing_listeners: list[Callable[[str], None]] = []

    def listen_for_typing(self, listener: Callable[[str], None]) -> None:
        """`listener` gets the conversation id whenever the bot begins to answer. May be lost."""
        self._typing_listeners.append(listener)

    def listen(self, committed: Committed) -> None:
        for conversation_id in dict.fromkeys(event.conversation_id for event in committed.events):
            conversation = self._committer.desk.conversations.get(conversation_id)
            if conversation is not None and _owes_turn(conversation) and conversation_id not in self._busy:
                self._busy.add(conversation_id)
                self._tasks.start(f"bot turns of {conversation_id}", self._answer(conversation_id))

    async def close(self) -> None:
        await self._tasks.close()

    async def _answer(self, conversation_id: str) -> None:
        try:
            async with self._places:
                while (conversation := self._owing(conversation_id)) is not None:
                    await self._turn(conversation)
        except DomainError as error:
            _log.warning("a bot turn could not be recorded", extra={"code": error.code.value})
        finally:
            self._busy.discard(conversation_id)

    def _owing(self, conversation_id: str) -> Conversation | None:
        conversation = self._committer.desk.conversations.get(conversation_id)
        return conversation if conversation is not None and _owes_turn(conversation) else None

    async def _turn(self, conversation: Conversation) -> None:
        conversation_id, bot = conversation.conversation_id, conversation.bot
        of_seq = bot.pending[0]
        for listener in self._typing_listeners:
            listener(conversation_id)
        new = NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())
        started = self._clock.monotonic()
        try:
            await self._committer.settled()  # the bot hears only what is on disk
            [record] = await self._storage.events(conversation_id, since=of_seq - 1, limit=1)
            turn = BotTurn(
                turn_id=f"{conversation_id}.{of_seq}",
                sender_id=f"{conversation_id}.{bot.generation}",
                text=str((record.payload or {}).get("text", "")),
                locale=conversation.locale,
                slots=json.loads(bot.slots) if bot.carry_slots else None,
            )
            reply = await self._bot.turn(turn, timeout_s=self._timeout_s)
        except BotUnavailable as error:
            await self._failed(conversation_id, of_seq, error.failure, new)
        except StorageUnavailable:
            await self._failed(conversation_id, of_seq, "storage", new)
        else:
            milliseconds = round((self._clock.monotonic() - started) * 1000)
            await self._answered(conversation_id, of_seq, reply, milliseconds, new)

    async def _failed(self, conversation_id: str, of_seq: int, failure: str, new: NewHandoff) -> None:
        _log.warning("a bot turn failed", extra={"conversation_id": conversation_id, "failure": failure})
        await self._committer.carry_out(
            BotFailed(conversation_id=conversation_id, of_seq=of_seq, failure=failure, new_handoff=new)
        )

    async def _answered(
        self, conversation_id: str, of_seq: int, reply: BotReply, milliseconds: int, new: NewHandoff
    ) -> None:
        await self._committer.carry_out(
            BotAnswered(
                conversation_id=conversation_id,
                new_handoff=new,
                of_seq=of_seq,
                messages=reply.messages,
                intent=reply.intent,
                ranking=reply.ranking,
                unsure=reply.unsure,
                actions=reply.actions,
                failed_actions=reply.failed_actions,
                did=reply.did,
                slots=reply.slots,
                model_id=reply.model_id,
                milliseconds=milliseconds,
                wants=reply.wants,
            )
        )


def _owes_turn(conversation: Conversation) -> bool:
    return bool(conversation.bot.pending) and conversation.control is Control.BOT
