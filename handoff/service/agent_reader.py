"""What an open socket of the desk's people has not had yet: see `customer_reader` for how readers work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from handoff.domain.conversation import Conversation
from handoff.domain.desk import Desk
from handoff.domain.errors import Code, DomainError
from handoff.domain.events import OfferMade
from handoff.domain.people import Agent
from handoff.service.board import board_view
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.inbox import Inbox, Told
from handoff.service.ports import Clock, Recorded, Storage, StorageUnavailable
from handoff.service.views import (
    AlertShown,
    View,
    agent_conversation_view,
    agent_event,
    alerts_shown,
    handoff_view,
    me_view,
    offer_view,
    queue_view,
    sealed_event,
    team_view,
    wrap_ups_view,
)
from handoff.service.wire import EVENTS_MAX

LOOK_EVERYWHERE_EVERY_S = 1.0  # a nudge that got lost costs twice this delay, and no data
LOOKED_BACK_EVENTS = 8  # at once; what is looked for is mostly among the last three
QUEUE_EVERY_S = 1.0  # a busy desk moves its queue many times a second; people read it once
BOARD_EVERY_S = 1.0  # the same
PREPARED_MAX = 8  # transcripts, while one pass is written: some milliseconds, in which the disk is busy
PREPARED_EVENTS_MAX = 200  # a longer one is read when it is told
# What a reader remembers of what its client was told beside events.
_TOLD = (
    "_offers",
    "_own",
    "_presences",
    "_wrap_ups",
    "_administered_version",
    "_alerts",
    "_queue",
    "_queue_told_at",
    "_board",
    "_board_told_at",
)


class Administered(Protocol):
    """What is administered and shown in every console. `version` counts up with each change of it, or of people."""

    version: int

    def canned_answers(self) -> list[View]: ...


class _NothingAdministered:
    version = 0

    def canned_answers(self) -> list[View]:
        return []


NOTHING_ADMINISTERED: Administered = _NothingAdministered()


class Follows:
    """Which readers of the desk's people follow which conversation."""

    def __init__(self) -> None:
        self._readers: dict[str, dict[AgentReader, None]] = {}

    def of(self, conversation_id: str) -> list[AgentReader]:
        return list(self._readers.get(conversation_id, ()))

    def add(self, conversation_id: str, reader: AgentReader) -> None:
        self._readers.setdefault(conversation_id, {})[reader] = None

    def remove(self, conversation_id: str, reader: AgentReader) -> None:
        readers = self._readers.get(conversation_id)
        if readers is not None:
            readers.pop(reader, None)
            if not readers:
                del self._readers[conversation_id]


def offered_in(events: Sequence[Recorded]) -> list[str]:
    """The conversations that are offered by these events, but for very long ones."""
    return [
        one.conversation_id for one in events if one.type == OfferMade.TYPE and one.seq <= PREPARED_EVENTS_MAX
    ]


class CommonViews:
    """What all of the desk's people are shown alike, rendered once for each state of the desk.

    Views of a desk that is ahead of the disk are made anew each time: it may be put back. Transcripts are made while
    their offers are on the way to the disk, and shown when these are there.
    """

    def __init__(self, committer: Committer, storage: Storage) -> None:
        self._committer = committer
        self._storage = storage
        self._state: int | None = None
        self._queues: dict[bool, list[View]] = {}
        self._presences: dict[str, str] = {}
        self._transcripts: dict[str, tuple[bytes, list[View]]] = {}

    def queue(self, *, everything: bool) -> list[View]:
        """See `queue_view`. Nobody may change what they get."""
        if not self._is_up_to_date():
            return queue_view(self._committer.desk, everything=everything)
        if everything not in self._queues:
            self._queues[everything] = queue_view(self._committer.desk, everything=everything)
        return self._queues[everything]

    def presences(self) -> dict[str, str]:
        """By id, as colleagues see it. Nobody may change what they get."""
        return self._presences if self._is_up_to_date() else self._presences_now()

    async def prepare(self, events: Sequence[Recorded]) -> None:
        """`events` are about to be written: read and render the transcripts of the offers among them meanwhile, in the
        place of those from before. What is not ready in time, is read when it is told."""
        logs: dict[str, list[Recorded]] = {}
        try:
            for conversation_id in offered_in(events)[:PREPARED_MAX]:
                log = logs[conversation_id] = await self._storage.events(conversation_id)
                on_disk = log[-1].seq if log else 0
                log += [one for one in events if one.conversation_id == conversation_id and one.seq > on_disk]
        except StorageUnavailable:
            return
        self._transcripts = {
            conversation_id: (log[-1].hash, [sealed_event(record) for record in log])
            for conversation_id, log in logs.items()
        }

    def transcript(self, conversation_id: str) -> list[View] | None:
        """The whole log as the desk has it, if that is kept: whoever is `settled` finds what is on disk. Nobody may
        change what they get."""
        head_hash, events = self._transcripts.get(conversation_id, (b"", []))
        return events if head_hash == self._committer.head_hash(conversation_id) else None

    def _is_up_to_date(self) -> bool:
        """Whether what is kept is of the present state. False: the desk is in the midst of a change."""
        if not self._committer.is_settled:
            return False
        if self._state != self._committer.passes_done:
            self._state = self._committer.passes_done
            self._queues = {}
            presences = self._presences_now()
            if presences != self._presences:
                self._presences = presences
        return True

    def _presences_now(self) -> dict[str, str]:
        people = self._committer.desk.agents.values()
        return {agent.id: agent.shown_presence.value for agent in people if not agent.canary}


class _Followed:
    """A conversation that an agent's socket follows."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.inbox = Inbox()
        self.behind = False  # storage has more than was handed over
        self.looked_up_to = 0  # what the desk had at the last look without news is on disk by the next


class AgentReader:
    """One socket of a person of the desk."""

    def __init__(
        self,
        committer: Committer,
        storage: Storage,
        clock: Clock,
        follows: Follows,
        common: CommonViews,
        notices: Callable[[], View],
        agent_id: str,
        administered: Administered = NOTHING_ADMINISTERED,
    ) -> None:
        """`notices` says how it stands with those outside the console, for the board."""
        self.agent_id = agent_id
        self._administered = administered
        self._administered_version = administered.version
        self._notices = notices
        self._follows = follows
        self._common = common
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._offers: dict[str, str] = {}  # offer id -> conversation id
        self._own: set[str] = set()
        self._watched: set[str] = set()
        self._followed: dict[str, _Followed] = {}
        self._presences: dict[str, str] = {}
        self._wrap_ups: list[View] = []
        self._alerts: dict[str, AlertShown] = {}
        self._queue: list[View] = []
        self._queue_told_at = 0.0
        self._board: View | None = None
        self._board_told_at = 0.0
        self._told_up_to: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._unsure: set[str] = set()
        self._looked_at = clock.monotonic()
        self._moved = True
        self._closed = False

    def close(self) -> None:
        """Nothing is fed to it from now on, whatever of its socket's requests may still be under way."""
        self._closed = True
        for conversation_id in list(self._followed):
            self._unfollow(conversation_id)

    def _follow(self, conversation_id: str, cursor: int) -> _Followed:
        if not self._closed:
            self._follows.add(conversation_id, self)
        told = self._told_up_to.pop(conversation_id, 0)
        return self._followed.setdefault(conversation_id, _Followed(max(cursor, told)))

    def _unfollow(self, conversation_id: str) -> None:
        self._dirty.discard(conversation_id)
        self._unsure.discard(conversation_id)
        self._follows.remove(conversation_id, self)
        followed = self._followed.pop(conversation_id, None)
        if followed is not None:  # for the case that it comes back to this socket: no event is told twice
            self._told_up_to[conversation_id] = followed.cursor

    def feed(self, record: Recorded) -> None:
        followed = self._followed.get(record.conversation_id)
        if followed is not None:
            followed.inbox.put(record)
            self._dirty.add(record.conversation_id)

    def accepted(self, conversation_id: str, last_seq: int) -> None:
        """As `joined`; the client takes it for its own now, so its end will be told, however soon that comes."""
        self._own.add(conversation_id)
        self.joined(conversation_id, last_seq)

    def joined(self, conversation_id: str, last_seq: int) -> None:
        """This socket's client got the log up to `last_seq` with an ack: what follows comes as events."""
        followed = self._follow(conversation_id, last_seq)
        followed.cursor = max(followed.cursor, last_seq)

    async def watch(self, conversation_id: str) -> None:
        conversation = await self._committer.loaded(conversation_id)
        if conversation is not None:
            self._watched.add(conversation_id)
            self._follow(conversation_id, conversation.last_seq)

    def unwatch(self, conversation_id: str) -> None:
        self._watched.discard(conversation_id)
        if conversation_id not in self._theirs:
            self._unfollow(conversation_id)

    async def snapshot(self) -> View:
        desk = self._committer.desk
        agent = desk.agent(self.agent_id)
        offers = [await self._offer(conversation) for conversation in desk.offered_to(self.agent_id)]
        conversations = []
        for conversation in desk.held_by(self.agent_id):
            self._own.add(conversation.conversation_id)
            self.joined(conversation.conversation_id, conversation.last_seq)
            conversations.append(
                {
                    "conversation": agent_conversation_view(conversation),
                    "handoff": handoff_view(desk, conversation),
                    "last_seq": conversation.last_seq,
                }
            )
        self._administered_version = self._administered.version
        self._presences = self._common.presences()
        self._queue = self._common.queue(everything=agent.is_supervisor)
        self._wrap_ups = wrap_ups_view(agent)
        self._alerts = alerts_shown(desk, {}) if agent.is_supervisor else {}
        view: View = {
            "as_of": rfc3339(self._clock.now()),
            "me": me_view(agent),
            "presence": agent.shown_presence.value,
            "capacity": desk.capacity_of(agent),
            "wrap_ups": self._wrap_ups,
            "offers": [offer for offer in offers if offer is not None],
            "conversations": conversations,
            "queue": self._queue,
            **team_view(desk),
            "canned_answers": self._administered.canned_answers(),
            "alerts": [view for _, _, view in self._alerts.values()],
        }
        if agent.is_supervisor:
            view["board"] = self._board = board_view(desk, self._clock.now(), self._notices())
        await self._committer.settled()
        return view

    def nudge(self) -> None:
        """More than events may have changed: offers, assignments, the queue, who is there."""
        self._moved = True

    def at_hand(self) -> tuple[list[Told], bool]:
        """What is new, as far as memory knows it, and whether that is all; if not, `updates` has to be asked."""
        desk, moved = self._committer.desk, self._moved
        agent = desk.agents.get(self.agent_id)
        if agent is None or agent.disabled:
            return [], False
        if moved and (not self._committer.is_settled or self._has_to_read(desk)):
            return [], False
        told: list[Told] = []
        complete = True
        if moved:
            self._assignments_begun(desk)
        for conversation_id in self._to_look_at():
            is_known = conversation_id not in self._unsure or conversation_id in desk.conversations
            events = self._fed(conversation_id) if is_known else None
            if events is None:
                self._dirty.add(conversation_id)
                complete = False
            else:
                told += self._event_news(conversation_id, events)
        if moved and complete:
            self._moved = False
            for offer_id, conversation in self._offers_to(desk).items():
                transcript = self._common.transcript(conversation.conversation_id)
                if offer_id not in self._offers and transcript is not None:
                    told.append(("offer", self._take_up(conversation, transcript)))
            told += self._changes_around(desk, agent)
        return told, complete

    def _has_to_read(self, desk: Desk) -> bool:
        """Whether an offer or an assignment has begun or ended of which what is told is in storage."""
        if self._own != desk.ids_held_by(self.agent_id):
            return True
        offers = self._offers_to(desk)
        return not self._offers.keys() <= offers.keys() or any(
            self._common.transcript(conversation.conversation_id) is None
            for offer_id, conversation in offers.items()
            if offer_id not in self._offers
        )

    def _offers_to(self, desk: Desk) -> dict[str, Conversation]:
        """What this agent is asked to take, by the ids of the offers and in the order of the queue."""
        asked = desk.offered_to(self.agent_id) if desk.is_asked(self.agent_id) else ()
        return {one.handoff.offer.offer_id: one for one in asked if one.handoff and one.handoff.offer}

    async def updates(self) -> AsyncIterator[Told]:
        """What is new since the last time: events first, then what became of offers and assignments."""
        desk = self._committer.desk
        agent = desk.agents.get(self.agent_id)
        if agent is None or agent.disabled:
            raise _gone()
        moved, self._moved = self._moved, False
        try:
            if moved:
                self._assignments_begun(desk)
            for conversation_id in self._to_look_at():
                while new := await self._new_events(conversation_id):
                    for told in new:
                        yield told
            for told in await self._desk_changes(desk, agent) if moved else ():
                yield told
        except BaseException:  # storage was away in the midst of it: the next look is at everything again
            self._moved = self._moved or moved
            raise

    @property
    def _time_to_look_everywhere(self) -> bool:
        return self._clock.monotonic() - self._looked_at >= LOOK_EVERYWHERE_EVERY_S

    def _to_look_at(self) -> list[str]:
        """Those that something was fed for; now and then all, in case a nudge was lost."""
        if not self._time_to_look_everywhere:
            return sorted(self._dirty)
        self._looked_at = self._clock.monotonic()
        self._unsure.update(self._followed)
        return list(self._followed)

    async def _desk_changes(self, desk: Desk, agent: Agent) -> list[Told]:
        """All of them, or, where something cannot be read or was not written, none: then they are found again."""
        before = {name: getattr(self, name) for name in _TOLD}
        self._offers, self._own = dict(self._offers), set(self._own)  # these are changed, the others replaced
        try:
            return await self._find_desk_changes(desk, agent)
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            raise
        finally:
            for conversation_id in sorted(self._followed.keys() - self._theirs):
                self._unfollow(conversation_id)

    @property
    def _theirs(self) -> set[str]:
        """What this socket is told events of: nothing beside it is followed once a look is over, or broken off."""
        return self._own | self._watched | set(self._offers.values())

    async def _find_desk_changes(self, desk: Desk, agent: Agent) -> list[Told]:
        await self._committer.settled()
        told = await self._offers_over(desk)
        told += await self._assignments_over(desk)
        for offer_id, conversation in self._offers_to(desk).items():
            offer = None if offer_id in self._offers else await self._offer(conversation)
            if offer is not None:
                told.append(("offer", offer))
        told += self._changes_around(desk, agent)
        await self._committer.settled()
        return told

    def _changes_around(self, desk: Desk, agent: Agent) -> list[Told]:
        """Of all that is neither an offer nor an assignment."""
        told = self._wrap_up_changes(agent)
        told += self._administered_changes(desk)
        told += self._presence_changes()
        told += self._queue_changes(desk, agent)
        told += self._board_changes(desk, agent)
        if agent.is_supervisor:
            told += self._alert_changes(desk)
        return told

    def heads(self) -> list[View]:
        desk = self._committer.desk
        return [
            {"conversation_id": one, "last_seq": conversation.last_seq}
            for one in self._followed
            if (conversation := desk.conversations.get(one)) is not None
        ]

    # -- offers --

    async def _offer(self, conversation: Conversation) -> View | None:
        """The offer with its transcript; None if it ended while the transcript was read."""
        handoff = conversation.handoff
        assert handoff is not None
        assert handoff.offer is not None
        await self._committer.settled()
        events = self._common.transcript(conversation.conversation_id)
        if events is None:
            records = await self._storage.events(conversation.conversation_id)
            events = [sealed_event(record) for record in records]
        now = self._committer.desk.conversations.get(conversation.conversation_id)
        if now is None or now.handoff is None or now.handoff.offer != handoff.offer:
            return None
        return self._take_up(conversation, events)

    def _take_up(self, conversation: Conversation, events: list[View]) -> View:
        """The offer, which is told from now on; `events`: the whole log."""
        view = offer_view(conversation, events)
        self._offers[view["offer_id"]] = conversation.conversation_id
        self.joined(conversation.conversation_id, events[-1]["seq"])
        return view

    async def _offers_over(self, desk: Desk) -> list[Told]:
        told: list[Told] = []
        for offer_id, conversation_id in list(self._offers.items()):
            handoff = desk.conversations[conversation_id].handoff if self._known(conversation_id) else None
            if handoff is not None and handoff.offer is not None and handoff.offer.offer_id == offer_id:
                continue
            del self._offers[offer_id]
            outcome = await self._outcome(conversation_id, offer_id)
            told.append(("offer_ended", {"offer_id": offer_id, "outcome": outcome}))
            if outcome == "accepted":  # perhaps over again already: then its end is told next
                self._own.add(conversation_id)
        return told

    def _known(self, conversation_id: str) -> bool:
        return conversation_id in self._committer.desk.conversations

    async def _outcome(self, conversation_id: str, offer_id: str) -> str:
        """An offer that did not end in one of the recorded ways was accepted: joining ends it.

        Of what was erased since, only type and actor are left: nobody but this agent accepts what they were offered.
        """
        async for record in self._latest_first(conversation_id):
            payload = record.payload
            if payload is None:
                if record.type == "offer_ended":
                    return "rescinded"
                if record.type == "agent_joined" and record.actor_id == self.agent_id:
                    return "accepted"
            elif payload.get("offer_id") == offer_id:
                return str(payload["outcome"]) if record.type == "offer_ended" else "accepted"
        return "accepted"

    async def _latest_first(self, conversation_id: str) -> AsyncIterator[Recorded]:
        """The log backwards. What is looked for in it happened lately, however long it is."""
        await self._committer.settled()  # what the desk has seen is in storage
        conversation = await self._committer.loaded(conversation_id)
        up_to = 0 if conversation is None else conversation.last_seq
        while up_to > 0:
            since = max(0, up_to - LOOKED_BACK_EVENTS)
            for record in reversed(
                await self._storage.events(conversation_id, since=since, limit=up_to - since)
            ):
                yield record
            up_to = since

    # -- assignments --

    def _assignments_begun(self, desk: Desk) -> None:
        for conversation_id in sorted(desk.ids_held_by(self.agent_id) - self._own):
            self._own.add(conversation_id)
            # One event is told even to a socket that had nothing of it yet (another tab, or given by a
            # supervisor): its `prev_seq` shows the client what to fetch with `open`.
            self._follow(conversation_id, desk.conversation(conversation_id).last_seq - 1).behind = True
            self._dirty.add(conversation_id)

    async def _assignments_over(self, desk: Desk) -> list[Told]:
        told: list[Told] = []
        for conversation_id in sorted(self._own - desk.ids_held_by(self.agent_id)):
            self._own.discard(conversation_id)
            reason = await self._why_over(conversation_id)
            told.append(("assignment_ended", {"conversation_id": conversation_id, "reason": reason}))
        return told

    async def _why_over(self, conversation_id: str) -> str:
        """Of an agent who had it, their leaving says so; a promise of theirs came due, or another took it up."""
        queued_again = taken_up = False
        async for record in self._latest_first(conversation_id):
            payload = record.payload or {}
            if record.type == "agent_left" and payload and payload["agent"]["id"] == self.agent_id:
                return str(payload["reason"])
            if record.type == "handoff_promised" and (queued_again or taken_up):
                return "promise_due" if queued_again else "supervisor"
            if record.type in _ENDS:
                return _ENDS[record.type]
            queued_again = queued_again or record.type == "handoff_queued"
            taken_up = taken_up or record.type == "agent_joined"
        return "supervisor"

    # -- events --

    def _fed(self, conversation_id: str) -> list[Recorded] | None:
        """New events that were handed over with nudges; None when storage has to be asked."""
        followed = self._followed.get(conversation_id)
        if followed is None:
            self._dirty.discard(conversation_id)
            return []
        fed = [record for record in followed.inbox.take() if record.seq > followed.cursor]
        followed.behind |= any(record.seq != followed.cursor + 1 + i for i, record in enumerate(fed))
        if conversation_id in self._unsure and not fed:
            conversation = self._committer.desk.conversations.get(conversation_id)
            followed.behind |= followed.looked_up_to > followed.cursor
            followed.looked_up_to = 0 if conversation is None else conversation.last_seq
        self._unsure.discard(conversation_id)
        if followed.behind:
            return None
        self._dirty.discard(conversation_id)
        return fed

    async def _new_events(self, conversation_id: str) -> list[Told]:
        await self._committer.loaded(conversation_id)
        events = self._fed(conversation_id)
        if events is None:
            followed = self._followed[conversation_id]
            self._dirty.discard(conversation_id)
            events = await self._storage.events(conversation_id, since=followed.cursor, limit=EVENTS_MAX)
            followed.behind = len(events) == EVENTS_MAX
            if self._followed.get(conversation_id) is not followed:  # no longer, and its cursor was noted
                return []
        return self._event_news(conversation_id, events)

    def _event_news(self, conversation_id: str, events: list[Recorded]) -> list[Told]:
        if events:
            self._followed[conversation_id].cursor = events[-1].seq
        return [
            ("event", {"conversation_id": conversation_id, "event": agent_event(record)}) for record in events
        ]

    def _wrap_up_changes(self, agent: Agent) -> list[Told]:
        wrap_ups = wrap_ups_view(agent)
        if wrap_ups == self._wrap_ups:
            return []
        self._wrap_ups = wrap_ups
        return [("wrap_ups", {"wrap_ups": wrap_ups})]

    # -- the desk around --

    def _administered_changes(self, desk: Desk) -> list[Told]:
        """Everything of it anew: it changes a few times a day."""
        if self._administered_version == self._administered.version:
            return []
        self._administered_version = self._administered.version
        return [
            ("team", team_view(desk)),
            ("canned_answers", {"canned_answers": self._administered.canned_answers()}),
        ]

    def _presence_changes(self) -> list[Told]:
        now = self._common.presences()
        if now is self._presences:
            return []
        changed = [one for one in now if self._presences.get(one) != now[one]]
        self._presences = now
        return [("presence", {"agent_id": one, "presence": now[one]}) for one in changed]

    def _alert_changes(self, desk: Desk) -> list[Told]:
        """New ones, and those of which the state or the moment has changed; then the ones that ended."""
        before, self._alerts = self._alerts, alerts_shown(desk, self._alerts)
        ids = {view["alert_id"] for _, _, view in self._alerts.values()}
        told: list[Told] = [
            ("alert", shown[2])
            for conversation_id, shown in self._alerts.items()
            if conversation_id not in before or before[conversation_id][2] != shown[2]
        ]
        ended = [view["alert_id"] for _, _, view in before.values() if view["alert_id"] not in ids]
        return told + [("alert_ended", {"alert_id": one}) for one in ended]

    def _queue_changes(self, desk: Desk, agent: Agent) -> list[Told]:
        moment = self._clock.monotonic()
        if moment - self._queue_told_at < QUEUE_EVERY_S:
            return []
        queue = self._common.queue(everything=agent.is_supervisor)
        if queue is self._queue or queue == self._queue:
            return []
        self._queue, self._queue_told_at = queue, moment
        return [("queue", {"length": desk.queue_length, "queue": queue})]

    def _board_changes(self, desk: Desk, agent: Agent) -> list[Told]:
        moment = self._clock.monotonic()
        if not agent.is_supervisor or moment - self._board_told_at < BOARD_EVERY_S:
            return []
        board = board_view(desk, self._clock.now(), self._notices())
        if self._board is not None and board | {"as_of": ""} == self._board | {"as_of": ""}:
            return []
        self._board, self._board_told_at = board, moment
        return [("board", board)]


_ENDS = {
    "handoff_resolved": "resolved",
    "handoff_withdrawn": "withdrawn",
    "handoff_promised": "promised",
}


def _gone() -> DomainError:
    return DomainError(Code.UNAUTHORIZED, "This account was disabled.")
