"""Carries out commands on the desk: decide, write, and only then tell. The one writer of the desk's state.

Commands wait in a queue. A pass takes all that wait, decides them one after another, and writes their events in one
transaction (group commit). Acks are given and listeners nudged after the commit; if it fails, the desk is put back as
it was and every command of the pass is told to come again. So nobody is ever told of what is not on disk.

When the disk hangs, nobody is left without an answer: after a while all who wait are told to come again. The commit
itself is waited for as long as it takes, since only its end tells what is on disk; work goes on from there.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct

from handoff.domain.commands import (
    BlockCustomer,
    CarryOutDue,
    CarryOutDueOfAgent,
    Command,
    EraseCustomer,
    PutInForce,
    RestartClocks,
)
from handoff.domain.conversation import Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.decisions import Refused, carry_out
from handoff.domain.desk import Desk, DeskRules, Trial
from handoff.domain.errors import Code, DomainError, conflict
from handoff.domain.events import (
    AgentEvent,
    AnyEvent,
    CustomerIntroduced,
    Erased,
    Event,
    NoticeAsked,
)
from handoff.domain.people import Agent
from handoff.service.chain import FIRST_LINK, seal
from handoff.service.codec import json_text
from handoff.service.outbox import notices_of
from handoff.service.ports import (
    Batch,
    Clock,
    Ids,
    Notice,
    Recorded,
    RequestKey,
    Storage,
    StorageConflict,
    StorageUnavailable,
    StoredAck,
    StoredConversation,
)
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

PASS_COMMANDS_MAX = 256  # a longer pass would make the first command of it wait without a gain in writing
WAITING_COMMANDS_MAX = 20_000
PATIENCE_S = 3.0  # clients wait 5 s for an ack, and an honest refusal is worth more to them than silence
_LOOK_EVERY_S = 0.25
_LOOK_EVERY_S_WHILE_CALM = (
    1.0  # well below the patience, so that a commit that hangs is found as soon as otherwise
)
_OF_TIME = (CarryOutDue, CarryOutDueOfAgent, RestartClocks)  # these do not wait behind what people ask
_TURNS_OF_THOSE_TOLD = (
    2  # of the event loop: one to act, one for what they send to be written to their sockets
)
_TIME_SHARE = PASS_COMMANDS_MAX // 2  # of a pass, when both wait: neither holds up the other
IDLE_CONVERSATIONS_KEPT_MAX = (
    4_000  # folded state of conversations that concern nobody now, kept to save reads
)

MakeAck = Callable[[Desk, list[AnyEvent]], dict[str, Any]]


def no_ack(_desk: Desk, _events: list[AnyEvent]) -> dict[str, Any]:
    return {}


class Request(Struct, frozen=True, kw_only=True):
    """Makes a command idempotent. `body` is what the client sent, as JSON values."""

    key: RequestKey
    body: dict[str, Any]

    @property
    def body_digest(self) -> bytes:
        return hashlib.sha256(json_text(sorted(self.body.items())).encode()).digest()


class Done(Struct, frozen=True, kw_only=True):
    """What came of a command: its ack, and the events that are on disk now.

    `repeated`: the request was carried out before; this is its first ack, and nothing was added.
    """

    ack: dict[str, Any]
    events: list[Recorded]
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What listeners are nudged with after a commit. `queue_moved`: places, offers or alerts may have changed.
    `signed_out`: people all of whose tokens are dead by it."""

    events: list[Recorded]
    agents: frozenset[str]
    queue_moved: bool
    signed_out: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class _Waiting:
    command: Command
    request: Request | None
    make_ack: MakeAck
    also: Batch | None
    done: asyncio.Future[Done]


@dataclass(slots=True)
class _Pass:
    """One pass: what is to be written, how to take it back, and who waits for it."""

    batch: Batch = field(default_factory=Batch)
    conversations: dict[str, Conversation | None] = field(default_factory=dict)
    agents: dict[str, Agent | None] = field(default_factory=dict)
    heads: dict[str, bytes | None] = field(default_factory=dict)
    acks: dict[RequestKey, StoredAck] = field(default_factory=dict)
    answers: list[tuple[asyncio.Future[Done], Done | DomainError | Exception]] = field(default_factory=list)
    queue_moved: bool = False
    rules: DeskRules | None = None


@dataclass(slots=True)
class _Step:
    """What one command changed on the desk, so that a defect in it can be taken back without the others of its pass."""

    conversations: dict[str, Conversation | None] = field(default_factory=dict)
    agents: dict[str, Agent | None] = field(default_factory=dict)
    heads: dict[str, bytes | None] = field(default_factory=dict)
    rules: DeskRules | None = None
    recorded: list[Recorded] = field(default_factory=list)
    agent_events: list[AgentEvent] = field(default_factory=list)
    superseded: list[Conversation] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    customers: list[tuple[str, str]] = field(default_factory=list)
    erased: list[tuple[str, int]] = field(default_factory=list)


class Committer:
    """See the module. `desk` is for reading by others; only this class changes it.

    `passes_done` counts passes, however they ended: between two of them nothing changes on the desk but what is read
    from storage. `diverged` is set when storage holds something else than the desk believes: whoever runs the server
    stops it, for the next start reads everything anew.
    """

    def __init__(
        self, desk: Desk, storage: Storage, clock: Clock, ids: Ids, *, notice_channels: Sequence[str] = ()
    ) -> None:
        """`notice_channels`: by name, the ways by which notices go outside."""
        self.desk = desk
        self.healthy = True  # what was last written could be, and nothing hangs
        self.diverged = asyncio.Event()
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._notice_channels = notice_channels
        self._heads: dict[str, bytes] = {}
        self._idle: OrderedDict[str, None] = OrderedDict()
        self._waiting: deque[_Waiting] = deque()
        self._of_time: deque[_Waiting] = deque()
        self._work_there = asyncio.Event()
        self._in_hand: list[_Waiting] = []
        self._pass_began_s: float | None = None
        self._hangs = False
        self._in_doubt: _Pass | None = None
        self._listeners: list[Callable[[Committed], None]] = []
        self._foretold: list[Callable[[Sequence[Recorded]], None]] = []
        self._tasks = Tasks()
        self.passes_done = 0
        self._failed_pass = 0  # the number of the latest that could not be written
        self._pass_ended = asyncio.Event()
        self._closed = False

    async def start(self, rules: DeskRules | None = None) -> None:
        """Take up the live state from storage, and start to work: by `rules`, if others than at first."""
        self.desk.rules = rules or self.desk.rules
        state = await self._storage.live_state()
        for agent in state.agents:
            self.desk.put_agent(agent)
        for stored in state.conversations:
            self._take_in(stored)
        self.desk.latest_at = state.latest_at
        self._tasks.start("committer", self._run())
        self._tasks.start("committer's patience", self._look_after_those_who_wait())

    async def close(self) -> None:
        self._closed = True
        await self._tasks.close()
        self._turn_away([*self._of_time, *self._waiting])

    def listen(self, listener: Callable[[Committed], None]) -> None:
        """`listener` is called after each commit, in commit order. It must not wait and must not fail."""
        self._listeners.append(listener)

    def foretell(self, listener: Callable[[Sequence[Recorded]], None]) -> None:
        """`listener` is called with what a pass is about to write, so that it can prepare what it will tell of it while
        the disk is waited for. It must not wait and must not fail; and it tells nothing, for all may be taken back.
        """
        self._foretold.append(listener)

    def head_hash(self, conversation_id: str) -> bytes | None:
        """Of the last event that the desk has of a conversation, on disk or about to be; None for one not at hand."""
        return self._heads.get(conversation_id)

    async def carry_out(
        self,
        command: Command,
        *,
        request: Request | None = None,
        make_ack: MakeAck = no_ack,
        also: Batch | None = None,
    ) -> Done:
        """Returns when it is on disk. `also` holds further rows of the same transaction.

        Raises `DomainError`: the refusal of a rule, `conflict` for a `client_id` used with another body before,
        or `unavailable` when it could not be written.
        """
        if self._closed or self._hangs:
            raise _unavailable()
        lane = self._of_time if isinstance(command, _OF_TIME) else self._waiting
        if len(lane) >= WAITING_COMMANDS_MAX:
            raise _unavailable()
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        lane.append(_Waiting(command=command, request=request, make_ack=make_ack, also=also, done=done))
        self._work_there.set()
        return await done

    async def ack_of(self, request: Request) -> dict[str, Any] | None:
        """The first ack of a request that was carried out before; None for one that was not, or had another body."""
        try:
            found = await self._storage.acks([request.key])
        except StorageUnavailable as error:
            raise _unavailable() from error
        return next((one.ack for one in found if one.body_digest == request.body_digest), None)

    @property
    def is_settled(self) -> bool:
        """Everything that the desk shows is on disk, so that `settled` would not wait."""
        return self._pass_began_s is None

    async def settled(self) -> None:
        """Wait until everything that the desk shows at this moment is on disk. Raises `unavailable`.

        Whoever renders state reads the desk first, waits for this, and tells then.
        """
        if self._pass_began_s is not None:
            target = self.passes_done + 1
            while self.passes_done < target and not self._closed and not self._hangs:
                event = self._pass_ended
                await event.wait()
            # Whether that very pass was written: others may have been since then, before this reader had its turn.
            if self._failed_pass >= target or not self.healthy:
                raise _unavailable()

    async def loaded(self, conversation_id: str) -> Conversation | None:
        """The folded state of any conversation, read from storage if it is not at hand."""
        if conversation_id not in self.desk.conversations:
            try:
                found = await self._storage.conversations([conversation_id])
            except StorageUnavailable as error:
                raise _unavailable() from error
            for stored in found:
                if stored.conversation.conversation_id not in self.desk.conversations:
                    self._take_in(stored)
        return self.desk.conversations.get(conversation_id)

    async def _run(self) -> None:
        while True:
            await self._work_there.wait()
            waiting = self._next_pass()
            if not self._waiting and not self._of_time:
                self._work_there.clear()
            if waiting or self._in_doubt is not None:
                await self._work(waiting)

    def _next_pass(self) -> list[_Waiting]:
        """What is due first, but never all of a pass while people wait too."""
        of_time = min(len(self._of_time), max(_TIME_SHARE, PASS_COMMANDS_MAX - len(self._waiting)))
        taken = [self._of_time.popleft() for _ in range(of_time)]
        taken += [
            self._waiting.popleft() for _ in range(min(len(self._waiting), PASS_COMMANDS_MAX - len(taken)))
        ]
        return [one for one in taken if not one.done.done()]

    async def _work(self, waiting: list[_Waiting]) -> None:
        work = _Pass()
        committing = False
        self._in_hand = waiting
        self._pass_began_s = asyncio.get_running_loop().time()
        try:
            if self._in_doubt is not None:
                await self._end_doubt(self._in_doubt)
            await self._fetch(waiting, work)
            now = self._clock.now()  # one moment for all of a pass, which is over within milliseconds
            for one in waiting:
                work.answers.append((one.done, self._decide(one, work, now)))
            self._gather_states(work)
            if not work.batch.empty():
                committing = True
                self._call(self._foretold, work.batch.events)
                await self._storage.commit(work.batch)
                self._note(None)
        except asyncio.CancelledError:
            self._turn_away(waiting)
            raise
        except Exception as error:  # whatever it was: nothing of this pass may be told as done
            if isinstance(error, StorageConflict):
                self.diverged.set()
            self._note(error)
            self._failed_pass = self.passes_done + 1
            self._take_back(work)
            work.answers = [(one.done, _unavailable()) for one in waiting]
            if committing:
                self._in_doubt = work
                self._work_there.set()
            work = _Pass(answers=work.answers)
        finally:
            self._in_hand = []
            self._pass_began_s = None
            self._hangs = False
            self.passes_done += 1
            self._wake_readers()
        self._tell(work)
        # Whoever was told acts before the next pass begins: acks go out, and what is read for an offer is read while
        # the desk is as it is on disk. Else that would wait for the next commit too.
        for _ in range(_TURNS_OF_THOSE_TOLD):
            await asyncio.sleep(0)

    def _note(self, error: Exception | None) -> None:
        """Whether what was last written could be; told in the log when that changes."""
        if error is None:
            if not self.healthy:
                _log.warning("storage takes commits again")
            self.healthy = True
            return
        if self.healthy or not isinstance(error, StorageUnavailable):
            _log.error("storage took no commit", exc_info=error)
        self._take_ill()

    def _take_ill(self) -> None:
        if self.healthy:
            self.healthy = False
            self._tasks.start("storage is tried until it takes something", self._try_storage())

    async def _try_storage(self) -> None:
        """A pass that only reads shows nothing of this, and those who were refused may not come again for long."""
        while not self.healthy:
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._pass_began_s is None and (await self._storage.check())["ok"]:
                self._note(None)

    async def _look_after_those_who_wait(self) -> None:
        while True:
            is_calm = self._in_doubt is None and self._pass_began_s is None
            await asyncio.sleep(_LOOK_EVERY_S_WHILE_CALM if is_calm else _LOOK_EVERY_S)
            if self._in_doubt is not None:
                self._work_there.set()
            began_s = self._pass_began_s
            if began_s is not None and asyncio.get_running_loop().time() - began_s > PATIENCE_S:
                if not self._hangs:
                    _log.error("storage does not answer", extra={"commands": len(self._in_hand)})
                self._hangs = True
                self._take_ill()
                self._turn_away([*self._in_hand, *self._of_time, *self._waiting])
                self._wake_readers()

    async def _end_doubt(self, work: _Pass) -> None:
        """A commit that was reported as failed may be on disk all the same, wholly or not at all: storage is asked.

        Were it not, the desk would go on from what it was before, and say something else than the log.
        """
        batch = work.batch
        if await self._is_on_disk(batch):
            _log.warning(
                "a commit that was reported as failed is on disk", extra={"events": len(batch.events)}
            )
            for stored, _ in batch.conversations:
                self._take_in(stored)
            for agent, _ in batch.agents:
                self.desk.put_agent(agent)
            moments = [one.at for one in batch.events] + [one.at for one in batch.agent_events]
            self.desk.latest_at = max(
                moments if self.desk.latest_at is None else [*moments, self.desk.latest_at]
            )
            work.answers = []
            self._tell(work)
        self._in_doubt = None
        if work.rules is not None:  # deadlines of other rules may be on disk, while these are in force
            self._tasks.start("deadlines of the rules in force", self._write_deadlines_anew())

    async def _write_deadlines_anew(self) -> None:
        while True:
            try:
                await self.carry_out(PutInForce(rules=self.desk.rules))
                return
            except DomainError:  # it could not be written
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _is_on_disk(self, batch: Batch) -> bool:
        if batch.events:
            last = batch.events[-1]
            found = await self._storage.events(last.conversation_id, since=last.seq - 1, limit=1)
            return [one.hash for one in found] == [last.hash]
        if batch.agent_events:
            stored = {agent.id: agent for agent in (await self._storage.live_state()).agents}
            return all(stored.get(agent.id) == agent for agent, _ in batch.agents)
        return False

    def _turn_away(self, waiting: list[_Waiting]) -> None:
        for one in waiting:
            if not one.done.done():
                one.done.set_exception(_unavailable())

    def _wake_readers(self) -> None:
        ended, self._pass_ended = self._pass_ended, asyncio.Event()
        ended.set()

    async def _fetch(self, waiting: list[_Waiting], work: _Pass) -> None:
        """Load what the commands of this pass concern: conversations, and acks given before."""
        wanted = {
            conversation_id: None
            for one in waiting
            for name in ("conversation_id", "previous_conversation_id")
            if (conversation_id := getattr(one.command, name, None)) is not None
        }
        missing = [one for one in wanted if one not in self.desk.conversations]
        if missing:
            for stored in await self._storage.conversations(missing):
                self._take_in(stored)
        for one in waiting:
            if isinstance(one.command, BlockCustomer | EraseCustomer):
                await self._fetch_all_of_customer(one.command.conversation_id)
        keys = [one.request.key for one in waiting if one.request is not None]
        if keys:
            for ack in await self._storage.acks(keys):
                work.acks[ack.key] = ack

    async def _fetch_all_of_customer(self, conversation_id: str) -> None:
        conversation = self.desk.conversations.get(conversation_id)
        if conversation is None:
            return
        found = await self._storage.conversations_of(conversation.site, conversation.customer.id)
        for stored in found:
            if stored.conversation.conversation_id not in self.desk.conversations:
                self._take_in(stored)

    def _take_in(self, stored: StoredConversation) -> None:
        conversation_id = stored.conversation.conversation_id
        self.desk.put_conversation(stored.conversation)
        self._heads[conversation_id] = stored.head_hash
        self._mark_idle(conversation_id)

    def _decide(self, one: _Waiting, work: _Pass, now: datetime) -> Done | Exception:
        """What becomes of one command. A defect in it costs its sender the answer, and nobody else anything."""
        step = _Step()
        try:
            return self._carry_out(one, work, step, now)
        except Exception as error:
            self._take_back(step)
            _log.exception(
                "a command could not be carried out", extra={"command": type(one.command).__name__}
            )
            return error

    def _carry_out(self, one: _Waiting, work: _Pass, step: _Step, now: datetime) -> Done | Exception:
        """Nothing is put into the pass before everything of the command is known to be in order."""
        digest = one.request.body_digest if one.request is not None else b""
        if one.request is not None and (before := work.acks.get(one.request.key)) is not None:
            if before.body_digest != digest:
                return conflict("This client_id was used before, for another request.")
            return Done(ack=before.ack, events=[], repeated=True)
        try:
            trial = carry_out(self.desk, one.command, now)
        except Refused as refused:
            self._put_in(refused.trial, step)
            self._join(work, step)
            return refused.error
        self._put_in(trial, step)
        ack = one.make_ack(self.desk, trial.events)
        self._write_anew(one.command, step)
        self._join(work, step)
        if one.also is not None:
            work.batch.add(one.also)
        if one.request is not None:
            stored = StoredAck(key=one.request.key, body_digest=digest, ack=ack)
            work.acks[one.request.key] = stored
            work.batch.acks.append(stored)
        return Done(ack=ack, events=step.recorded)

    def _write_anew(self, command: Command, step: _Step) -> None:
        """Who is due in storage is written, whatever came of it: the deadline there may be of an earlier policy. Under
        other rules everybody is, since all deadlines may be other ones."""
        if isinstance(command, CarryOutDue):
            self._write_conversation_anew(command.conversation_id, step)
        elif isinstance(command, CarryOutDueOfAgent):
            step.agents.setdefault(command.agent_id, self.desk.agent(command.agent_id))
        elif isinstance(command, PutInForce):
            for conversation_id, conversation in self.desk.conversations.items():
                if conversation.of_concern or conversation.bot.pending:
                    self._write_conversation_anew(conversation_id, step)
            for agent_id, agent in self.desk.agents.items():
                step.agents.setdefault(agent_id, agent)

    def _write_conversation_anew(self, conversation_id: str, step: _Step) -> None:
        step.conversations.setdefault(conversation_id, self.desk.conversation(conversation_id))
        step.heads.setdefault(conversation_id, self._heads[conversation_id])

    def _put_in(self, trial: Trial, step: _Step) -> None:
        """The desk has it already; what is left is how to take it back, and what is written."""
        if self.desk.rules is not trial.rules_before:
            step.rules = trial.rules_before
        step.agents.update(trial.agents_before)
        step.superseded.extend(trial.superseded)
        for conversation_id, conversation in trial.conversations_before.items():
            step.conversations[conversation_id] = conversation
            step.heads[conversation_id] = self._heads.get(conversation_id)
        for event in trial.events:
            if not isinstance(event, Event):
                step.agent_events.append(event)
                continue
            step.recorded.append(self._seal(event))
            if isinstance(event.body, CustomerIntroduced) and event.body.customer_id is not None:
                step.customers.append((event.conversation_id, event.body.customer_id))
            if isinstance(event.body, Erased):
                step.erased.append((event.conversation_id, event.seq))
            if isinstance(event.body, NoticeAsked):
                conversation = self.desk.conversation(event.conversation_id)
                step.notices += notices_of(self._notice_channels, step.recorded[-1], event.body, conversation)

    def _seal(self, event: Event) -> Recorded:
        conversation_id = event.conversation_id
        record = seal(
            event,
            event_id=self._ids.new("ev"),
            salt=self._ids.salt(),
            previous=self._heads.get(conversation_id, FIRST_LINK),
        )
        self._heads[conversation_id] = record.hash
        return record

    def _join(self, work: _Pass, step: _Step) -> None:
        """What the command did is written with the pass, and taken back with it."""
        work.rules = work.rules or step.rules
        for conversation_id, conversation in step.conversations.items():
            work.conversations.setdefault(conversation_id, conversation)
            work.heads.setdefault(conversation_id, step.heads[conversation_id])
        for agent_id, agent in step.agents.items():
            work.agents.setdefault(agent_id, agent)
        work.batch.events.extend(step.recorded)
        work.batch.agent_events.extend(step.agent_events)
        work.batch.superseded.extend(step.superseded)
        work.batch.notices.extend(step.notices)
        work.batch.customers.extend(step.customers)
        work.batch.erased.extend(step.erased)
        moved = bool(step.agent_events) or any(record.type not in _QUIET for record in step.recorded)
        work.queue_moved = work.queue_moved or moved or self._alerts_moved(step)

    def _alerts_moved(self, step: _Step) -> bool:
        """Whether somebody's word ended an alert: supervisors are shown that at once."""
        return any(
            before is not None and before.alert != self.desk.conversations[conversation_id].alert
            for conversation_id, before in step.conversations.items()
        )

    def _gather_states(self, work: _Pass) -> None:
        rules = self.desk.rules
        for conversation_id in work.conversations:
            conversation = self.desk.conversations[conversation_id]
            stored = StoredConversation(conversation=conversation, head_hash=self._heads[conversation_id])
            work.batch.conversations.append((stored, next_deadline_at(conversation, rules)))
            self._mark_idle(conversation_id)
        for agent_id in work.agents:
            agent = self.desk.agents[agent_id]
            work.batch.agents.append((agent, next_agent_deadline_at(agent, rules)))

    def _take_back(self, work: _Pass | _Step) -> None:
        if work.rules is not None:
            self.desk.rules = work.rules
        for conversation_id, conversation in work.conversations.items():
            head = work.heads[conversation_id]
            if conversation is None or head is None:
                self.desk.drop_conversation(conversation_id)
                self._heads.pop(conversation_id, None)
                self._idle.pop(conversation_id, None)
            else:
                self.desk.put_conversation(conversation)
                self._heads[conversation_id] = head
        for agent_id, agent in work.agents.items():
            if agent is None:
                del self.desk.agents[agent_id]
            else:
                self.desk.put_agent(agent)

    def _tell(self, work: _Pass) -> None:
        for future, answer in work.answers:
            if future.done():  # the caller went away; what was decided stands
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        batch = work.batch
        if batch.events or batch.agents:
            committed = Committed(
                events=batch.events,
                agents=frozenset(agent.id for agent, _ in batch.agents),
                queue_moved=work.queue_moved,
                signed_out=frozenset(subject for _, subject in batch.tokens_dead_of),
            )
            self._call(self._listeners, committed)
        self._forget_idle()

    def _call[T](self, listeners: Sequence[Callable[[T], None]], told: T) -> None:
        for listener in listeners:
            try:
                listener(told)
            except Exception:  # a defect there must not end the work here
                _log.exception("a listener failed")

    def _mark_idle(self, conversation_id: str) -> None:
        self._idle[conversation_id] = None
        self._idle.move_to_end(conversation_id)

    def _forget_idle(self) -> None:
        """Drop the folded state of those that were not concerned for longest, but never what somebody is to act on."""
        while len(self._idle) > IDLE_CONVERSATIONS_KEPT_MAX:
            conversation_id, _ = self._idle.popitem(last=False)
            conversation = self.desk.conversations.get(conversation_id)
            if conversation is None or conversation.of_concern or conversation.bot.pending:
                continue
            self.desk.drop_conversation(conversation_id)
            self._heads.pop(conversation_id, None)


# Types after which no place in the queue and no offer can have changed.
_QUIET = frozenset(
    {
        "bot_turn_held",
        "bot_turn_resumed",
        "message",
        "note",
        "whisper",
        "feedback",
        "rated",
        "bot_turn_answered",
        "message_read",
    }
)


def _unavailable() -> DomainError:
    return DomainError(
        Code.UNAVAILABLE,
        "This could not be saved just now. Nothing is lost: please send it again.",
        retry_after_s=2,
    )
