"""Drives the bot: one turn at a time in each conversation, its answer or its failure brought to the desk."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from handoff.domain.commands import (
    BotAnswered,
    BotFailed,
    Command,
    HoldBotTurn,
    NewHandoff,
    ResumeBotTurn,
)
from handoff.domain.conversation import Control, Conversation
from handoff.domain.errors import Code, DomainError
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

RECORD_AGAIN_S = 0.5  # few turns are under way at once, so even a disk that struggles can be asked this often
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
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._restart_began_at: datetime | None = None
        self._held: dict[str, asyncio.Event] = {}
        self._tasks = Tasks()
        self._typing_listeners: list[Callable[[str], None]] = []

    @property
    def restarting(self) -> bool:
        """Whether a restart of ours was announced and is not over."""
        return self._restart_began_at is not None

    async def restart_begins(self) -> None:
        """The bot is about to be restarted on purpose: turns are held from now on. Returns when it is not at work
        on any turn any more, or is so slow that nobody waits for it."""
        self._restart_began_at = self._clock.now()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._quiet.wait()
        except TimeoutError:
            _log.warning("the bot is restarted in the middle of turns", extra={"turns": self._under_way})

    def restart_ends(self) -> None:
        """The bot is there again, or will not be: whoever was held is taken to it."""
        self._restart_began_at = None
        self._bot.restarted()
        for over in self._held.values():
            over.set()

    def listen_for_typing(self, listener: Callable[[str], None]) -> None:
        """`listener` gets the conversation id whenever the bot begins to answer. May be lost."""
        self._typing_listeners.append(listener)

    def listen(self, committed: Committed) -> None:
        """A turn that was owed before this commit, with nobody at work on it, is one of which the outcome was never
        recorded (the server was killed in it, say). It may have been carried out, so it is not asked again."""
        new: dict[str, set[int]] = {}
        for event in committed.events:
            new.setdefault(event.conversation_id, set()).add(event.seq)
        for conversation_id, seqs in new.items():
            conversation = self._owing(conversation_id)
            if conversation is None:
                if conversation_id in self._held:
                    self._held[conversation_id].set()
            elif conversation_id not in self._busy:
                self._busy.add(conversation_id)
                lost = conversation.bot.pending[0] not in seqs and conversation.bot.turn_held_until is None
                self._tasks.start(f"bot turns of {conversation_id}", self._answer(conversation_id, lost=lost))

    async def close(self) -> None:
        await self._tasks.close()

    async def _answer(self, conversation_id: str, *, lost: bool) -> None:
        try:
            if lost and (conversation := self._owing(conversation_id)) is not None:
                of_seq = conversation.bot.pending[0]
                await self._failed(conversation_id, of_seq, "interrupted", self._new_handoff())
            while (conversation := self._owing(conversation_id)) is not None:
                began_at = self._restart_began_at
                if conversation.bot.turn_held_until is not None:
                    if not await self._wait_for_end_of_restart(conversation_id):
                        return
                elif began_at is None or not await self._hold(conversation, began_at):
                    async with self._places:
                        if self._restart_began_at == began_at:
                            await self._turn_of(conversation_id)
        except DomainError as error:
            _log.warning("a bot turn could not be recorded", extra={"code": error.code.value})
        finally:
            self._busy.discard(conversation_id)

    def _owing(self, conversation_id: str) -> Conversation | None:
        conversation = self._committer.desk.conversations.get(conversation_id)
        return conversation if conversation is not None and _owes_turn(conversation) else None

    async def _hold(self, conversation: Conversation, restart_began_at: datetime) -> bool:
        """Whether the turn is held; it is not where the restart has taken too long already."""
        conversation_id, of_seq = conversation.conversation_id, conversation.bot.pending[0]
        hold = HoldBotTurn(conversation_id=conversation_id, of_seq=of_seq, restart_began_at=restart_began_at)
        await self._record(hold)
        after = self._owing(conversation_id)
        return after is None or after.bot.turn_held_until is not None

    async def _wait_for_end_of_restart(self, conversation_id: str) -> bool:
        """Whether the turn goes on. If not, its time has run out, and the sweep sees to it."""
        if self.restarting:
            over = self._held[conversation_id] = asyncio.Event()
            try:
                await over.wait()
            finally:
                del self._held[conversation_id]
        conversation = self._owing(conversation_id)
        if conversation is None:
            return False
        await self._record(ResumeBotTurn(conversation_id=conversation_id, of_seq=conversation.bot.pending[0]))
        after = self._owing(conversation_id)
        return after is not None and after.bot.turn_held_until is None

    async def _turn_of(self, conversation_id: str) -> None:
        conversation = self._owing(conversation_id)
        if conversation is None:
            return
        self._under_way += 1
        self._quiet.clear()
        try:
            await self._turn(conversation)
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self._quiet.set()

    async def _turn(self, conversation: Conversation) -> None:
        conversation_id, bot = conversation.conversation_id, conversation.bot
        of_seq = bot.pending[0]
        for listener in self._typing_listeners:
            listener(conversation_id)
        new = self._new_handoff()
        started = self._clock.monotonic()
        try:
            await self._committer.settled()  # the bot hears only what is on disk
            [record] = await self._storage.events(conversation_id, since=of_seq - 1, limit=1)
            turn = BotTurn(
                turn_id=f"{conversation_id}.{of_seq}",
                sender_id=f"{conversation_id}.{bot.generation}",
                text=str((record.payload or {}).get("text", "")),
                locale=conversation.locale,
                slots=known_to_bot(conversation),
            )
            reply = await self._bot.turn(turn, timeout_s=self._timeout_s)
        except BotUnavailable as error:
            if error.late is not None:
                late = self._late(conversation_id, of_seq, error.late, started)
                self._tasks.start(f"late answer to {conversation_id}.{of_seq}", late)
            await self._failed(conversation_id, of_seq, error.failure, new)
        except StorageUnavailable:
            await self._failed(conversation_id, of_seq, "storage", new)
        else:
            await self._answered(conversation_id, of_seq, reply, self._milliseconds(started), new)

    def _milliseconds(self, started: float) -> int:
        return round((self._clock.monotonic() - started) * 1000)

    async def _late(
        self, conversation_id: str, of_seq: int, coming: Awaitable[BotReply], started: float
    ) -> None:
        """An answer after its time is not shown any more, but what it says was done is for the agent to know."""
        try:
            reply = await coming
        except BotUnavailable:
            return
        _log.info("a late answer of the bot", extra={"conversation_id": conversation_id})
        await self._answered(conversation_id, of_seq, reply, self._milliseconds(started), self._new_handoff())

    def _new_handoff(self) -> NewHandoff:
        return NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())

    async def _failed(self, conversation_id: str, of_seq: int, failure: str, new: NewHandoff) -> None:
        _log.warning("a bot turn failed", extra={"conversation_id": conversation_id, "failure": failure})
        await self._record(
            BotFailed(conversation_id=conversation_id, of_seq=of_seq, failure=failure, new_handoff=new)
        )

    async def _answered(
        self, conversation_id: str, of_seq: int, reply: BotReply, milliseconds: int, new: NewHandoff
    ) -> None:
        await self._record(
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

    async def _record(self, command: Command) -> None:
        """Until storage takes it: what the bot said, or did, is not to be lost to a disk that was full for a while."""
        while True:
            try:
                await self._committer.carry_out(command)
                return
            except DomainError as error:
                if error.code is not Code.UNAVAILABLE:
                    raise
                await asyncio.sleep(RECORD_AGAIN_S)


def known_to_bot(conversation: Conversation) -> dict[str, Any] | None:
    """What the bot knew last, and how to address the customer: `", Anna"` after a greeting."""
    known: dict[str, Any] = json.loads(conversation.bot.slots)
    if conversation.customer.name is not None:
        known["addressed"] = f", {conversation.customer.name}"
    return known or None


def _owes_turn(conversation: Conversation) -> bool:
    return bool(conversation.bot.pending) and conversation.control is Control.BOT
