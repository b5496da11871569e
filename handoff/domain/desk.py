"""The desk: all that the rules look at, kept in order, and the two functions `decide` and `evolve` build on.

A `Desk` holds every conversation with a live handoff or a blocked customer (and those that a command concerns), every
agent, the queue and the seats. `evolve` puts one event in. A `Trial` lets a decision see the effects of its own events
and takes them back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handoff.domain.conversation import Conversation
from handoff.domain.errors import not_found
from handoff.domain.events import (
    SYSTEM,
    Actor,
    AgentBody,
    AgentEvent,
    AnyEvent,
    Body,
    Event,
    HandoffRequested,
)
from handoff.domain.fold import fold_agent, fold_conversation
from handoff.domain.handoff import CANARY_RANK, Handoff, HandoffState
from handoff.domain.ladder import DEFAULT_LADDER, LadderRung, LadderStep, Step, resolved
from handoff.domain.opening_hours import ALWAYS_OPEN, OpeningHours
from handoff.domain.people import Agent, Presence
from handoff.domain.policy import Policy
from handoff.domain.routes import Route

_QueueKey = tuple[int, datetime, str]
_NOBODY: frozenset[str] = frozenset()
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who serves a queue. `name` is what customers read as the owner of a promise."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderAddress:
    """How the trader is reached outside the chat, by anybody and at any time."""

    name: str
    postal_address: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """What the operator configures: the trader's address, clocks, hours, teams (the first is the default), languages
    of the sites, ladder, routes.

    `rungs` is the ladder with the times of the policy.
    """

    trader: TraderAddress
    policy: Policy = field(default_factory=Policy)
    hours: OpeningHours = ALWAYS_OPEN
    teams: tuple[Team, ...] = (Team(key="service", name="Customer Service"),)
    site_languages: tuple[str, ...] = ("en",)
    ladder: tuple[LadderStep, ...] = DEFAULT_LADDER
    routes: tuple[Route, ...] = ()
    rungs: tuple[LadderRung, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rungs", resolved(self.ladder, self.policy))

    @property
    def transfer_taken_within_s(self) -> float:
        """How long those whom a transfer asks have it to themselves, before it is back with its sender."""
        return min(self.policy.widen_s, *(rung.after_s for rung in self.rungs if rung.do is Step.WIDEN))

    def team(self, key: str) -> Team | None:
        return next((team for team in self.teams if team.key == key), None)

    def serving(self, key: str | None) -> Team:
        """The team of this key; the first one where none is named, and in the place of one that is not there."""
        return (self.team(key) if key is not None else None) or self.teams[0]

    def answer_by(self, now: datetime) -> datetime:
        """By when a customer who asks at `now` is answered. Source: design, section 5, `ANSWER_BY_S`."""
        if self.hours.is_open(now):
            return now + timedelta(seconds=self.policy.answer_by_s)
        opening = self.hours.next_opening(now)
        if opening is None:  # no opening in sight: a day is a promise that somebody can still see to
            return now + timedelta(days=1)
        return opening + timedelta(seconds=self.policy.answer_after_opening_s)


class Desk:
    """See the module. Not thread-safe: one task works on it at a time."""

    def __init__(self, rules: DeskRules) -> None:
        self.rules = rules
        self.conversations: dict[str, Conversation] = {}
        self.agents: dict[str, Agent] = {}
        self.latest_at: datetime | None = None
        self._queue: list[_QueueKey] = []
        self._handoffs: dict[str, str] = {}
        self._offered: dict[str, set[str]] = {}  # by agent, as the next two
        self._active: dict[str, set[str]] = {}
        self._owed: dict[str, set[str]] = {}  # promised by the agent
        self._promised: dict[str, None] = {}
        self._blocked: dict[str, None] = {}
        self._alerted: list[tuple[datetime, str]] = []

    # -- looking --

    def conversation(self, conversation_id: str) -> Conversation:
        try:
            return self.conversations[conversation_id]
        except KeyError:
            raise not_found() from None

    def agent(self, agent_id: str) -> Agent:
        try:
            return self.agents[agent_id]
        except KeyError:
            raise not_found() from None

    def of_handoff(self, handoff_id: str) -> Conversation:
        """The conversation of a live handoff."""
        conversation_id = self._handoffs.get(handoff_id)
        if conversation_id is None:
            raise not_found()
        return self.conversations[conversation_id]

    def queue(self) -> Iterator[Conversation]:
        """Queued and offered ones, in the order of the queue."""
        for _, _, handoff_id in list(self._queue):
            yield self.conversations[self._handoffs[handoff_id]]

    @property
    def queue_length(self) -> int:
        """How many customers wait. Canaries, at its end, are none."""
        return bisect_left(self._queue, (CANARY_RANK, _LONG_AGO, ""))

    def place_for(self, key: _QueueKey) -> int:
        """The place, from 1, that a handoff with this key has or would take."""
        return bisect_left(self._queue, key) + 1

    def place(self, handoff: Handoff) -> int | None:
        """Place in the queue, from 1; None unless queued or offered."""
        return self.place_for(handoff.queue_key) if handoff.waiting else None

    def promised(self) -> list[Conversation]:
        """In no order that means anything, as `live`: a decision that goes through them sorts them."""
        return [self.conversations[conversation_id] for conversation_id in self._promised]

    def alerted(self) -> Iterator[Conversation]:
        """Those with an open alert, the oldest first."""
        for _, conversation_id in list(self._alerted):
            yield self.conversations[conversation_id]

    def live(self) -> list[Conversation]:
        """See `promised`."""
        return [self.conversations[conversation_id] for conversation_id in self._handoffs.values()]

    def blocked(self) -> list[Conversation]:
        """All conversations of blocked customers, in no order."""
        return [self.conversations[conversation_id] for conversation_id in self._blocked]

    def of_customer(self, conversation: Conversation) -> list[Conversation]:
        """All at hand that have the same customer on the same site as this one, which is among them. Looks at every
        conversation, so it is for what happens seldom."""
        return [
            one
            for one in self.conversations.values()
            if one.customer.id == conversation.customer.id and one.site == conversation.site
        ]

    def concerning(self, agent_id: str) -> list[Conversation]:
        """Conversations that are offered to this agent or that the agent has, in the order of the queue."""
        return self._in_order({*self._offered.get(agent_id, ()), *self._active.get(agent_id, ())})

    def offered_to(self, agent_id: str) -> list[Conversation]:
        """Conversations that this agent is asked to take, in the order of the queue."""
        return self._in_order(self._offered.get(agent_id, ()))

    def is_asked(self, agent_id: str) -> bool:
        return bool(self._offered.get(agent_id))

    def held_by(self, agent_id: str) -> list[Conversation]:
        """Conversations that this agent has, in the order of the queue, and then those in which they owe an answer."""
        return self._in_order(self._active.get(agent_id, ())) + self._in_order(self._owed.get(agent_id, ()))

    def ids_held_by(self, agent_id: str) -> Set[str]:
        """The same, without looking at any of them: this is asked after each move of the desk."""
        return self._active.get(agent_id, _NOBODY) | self._owed.get(agent_id, _NOBODY)

    def _in_order(self, conversation_ids: Iterable[str]) -> list[Conversation]:
        found = [self.conversations[one] for one in conversation_ids]
        return sorted(found, key=lambda one: one.handoff.queue_key if one.handoff else ())

    def seats_taken(self, agent: Agent) -> int:
        offered, active = self._offered.get(agent.id, ()), self._active.get(agent.id, ())
        return len(offered) + len(active) + len(agent.wrap_ups)

    def has_free_seat(self, agent: Agent) -> bool:
        return self.seats_taken(agent) < self.capacity_of(agent)

    def capacity_of(self, agent: Agent) -> int:
        """Conversations that this agent takes at once: the desk's setting, unless it is another for them."""
        return self.rules.policy.capacity if agent.capacity is None else agent.capacity

    def people(self) -> list[Agent]:
        """Everybody with an account that is not disabled; the canary agent is nobody."""
        return [agent for agent in self.agents.values() if not agent.disabled and not agent.canary]

    def on_duty(self) -> list[Agent]:
        return [agent for agent in self.people() if agent.routable]

    def somebody_can_be_expected(self) -> bool:
        """Whether anyone is on duty. A lost agent counts until the system has set them offline, so that a page
        reload of the only agent does not send the queue home."""
        return any(
            agent.routable or (agent.lost_at is not None and agent.presence is Presence.ONLINE)
            for agent in self.people()
        )

    # -- changing --

    def put_conversation(self, conversation: Conversation) -> None:
        before = self.conversations.get(conversation.conversation_id)
        self.conversations[conversation.conversation_id] = conversation
        if before is not None and _is_listed_alike(before, conversation):
            return  # as after most events
        self._unlist(before)
        if conversation.block is not None:
            self._blocked[conversation.conversation_id] = None
        if conversation.alert is not None:
            insort(self._alerted, (conversation.alert.at, conversation.conversation_id))
        handoff = conversation.live_handoff
        if handoff is None:
            return
        self._handoffs[handoff.handoff_id] = conversation.conversation_id
        if handoff.waiting:
            insort(self._queue, handoff.queue_key)
        if handoff.state is HandoffState.PROMISED:
            self._promised[conversation.conversation_id] = None
        for agents, agent_id in self._agents_of(handoff):
            agents.setdefault(agent_id, set()).add(conversation.conversation_id)

    def drop_conversation(self, conversation_id: str) -> None:
        self._unlist(self.conversations.pop(conversation_id, None))

    def put_agent(self, agent: Agent) -> None:
        self.agents[agent.id] = agent

    def _unlist(self, conversation: Conversation | None) -> None:
        if conversation is None:
            return
        if conversation.block is not None:
            self._blocked.pop(conversation.conversation_id, None)
        if conversation.alert is not None:
            del self._alerted[
                bisect_left(self._alerted, (conversation.alert.at, conversation.conversation_id))
            ]
        handoff = conversation.live_handoff
        if handoff is None:
            return
        del self._handoffs[handoff.handoff_id]
        if handoff.waiting:
            del self._queue[bisect_left(self._queue, handoff.queue_key)]
        self._promised.pop(conversation.conversation_id, None)
        for agents, agent_id in self._agents_of(handoff):
            agents[agent_id].discard(conversation.conversation_id)

    def _agents_of(self, handoff: Handoff) -> Iterator[tuple[dict[str, set[str]], str]]:
        """In which lists the conversation stands, and of which agent."""
        if handoff.offer is not None:
            yield self._offered, handoff.offer.agent_id
        elif handoff.state is HandoffState.ACTIVE and handoff.agent is not None:
            yield self._active, handoff.agent.id
        elif (
            handoff.state is HandoffState.PROMISED
            and handoff.promise is not None
            and handoff.promise.owner.kind == "agent"
        ):
            yield self._owed, handoff.promise.owner.id

    def evolve(self, event: AnyEvent) -> None:
        """Put one event in. Raises `IllegalEvent` for one that cannot follow."""
        if self.latest_at is None or event.at > self.latest_at:
            self.latest_at = event.at
        if isinstance(event, Event):
            self.put_conversation(fold_conversation(self.conversations.get(event.conversation_id), event))
        else:
            self.put_agent(fold_agent(self.agents.get(event.agent_id), event))


def _is_listed_alike(one: Conversation, other: Conversation) -> bool:
    """Whether both stand in the same lists of the desk, in the same places. Values are never changed but replaced, so
    what is the same object says the same."""
    if one.block is not other.block or one.alert is not other.alert:
        return False
    before, after = one.handoff, other.handoff
    if before is after:
        return True
    return (
        before is not None
        and after is not None
        and before.handoff_id is after.handoff_id
        and before.state is after.state
        and before.rank == after.rank
        and before.enqueued_at is after.enqueued_at
        and before.offer is after.offer
        and before.agent is after.agent
        and before.promise is after.promise
    )


class Trial:
    """The work of one decision: events are put into the desk as they are found, and all taken back by `undo`.

    `conversations_before`, `agents_before` and `rules_before` hold what the decision changed, as it was; None: it was
    not there. `look_at_all`: the decision may have made anybody who waits fit for somebody, and no event says so.
    `superseded` holds conversations with an ended handoff, as they were when the next one was asked for.
    """

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk = desk
        self.now = now if desk.latest_at is None else max(now, desk.latest_at)
        self.events: list[AnyEvent] = []
        self.conversations_before: dict[str, Conversation | None] = {}
        self.agents_before: dict[str, Agent | None] = {}
        self.rules_before = desk.rules
        self.look_at_all = False
        self.superseded: list[Conversation] = []
        self._latest_at = desk.latest_at

    @property
    def rules(self) -> DeskRules:
        return self.desk.rules

    @property
    def policy(self) -> Policy:
        return self.desk.rules.policy

    def log(self, conversation_id: str, body: Body, actor: Actor = SYSTEM) -> int:
        """Add an event to a conversation's log; returns its `seq`."""
        conversation = self.desk.conversations.get(conversation_id)
        self.conversations_before.setdefault(conversation_id, conversation)
        if (
            isinstance(body, HandoffRequested)
            and conversation is not None
            and conversation.handoff is not None
        ):
            self.superseded.append(conversation)
        event = Event(
            conversation_id=conversation_id,
            seq=1 if conversation is None else conversation.last_seq + 1,
            at=self.now,
            actor=actor,
            body=body,
            customer_prev_seq=None
            if body.HIDDEN
            else (0 if conversation is None else conversation.customer_seq),
        )
        self.events.append(event)
        self.desk.evolve(event)
        return event.seq

    def person(self, agent_id: str, body: AgentBody) -> None:
        """Add an event about a person of the desk."""
        self.agents_before.setdefault(agent_id, self.desk.agents.get(agent_id))
        event = AgentEvent(agent_id=agent_id, at=self.now, body=body)
        self.events.append(event)
        self.desk.evolve(event)

    def live_handoff(self, conversation_id: str) -> Handoff | None:
        return self.desk.conversation(conversation_id).live_handoff

    def put_rules(self, rules: DeskRules) -> None:
        """What follows in this decision goes by other rules."""
        self.desk.rules = rules

    def undo(self) -> None:
        self.desk.rules = self.rules_before
        for conversation_id, conversation in self.conversations_before.items():
            if conversation is None:
                self.desk.drop_conversation(conversation_id)
            else:
                self.desk.put_conversation(conversation)
        for agent_id, agent in self.agents_before.items():
            if agent is None:
                self.desk.agents.pop(agent_id, None)
            else:
                self.desk.put_agent(agent)
        self.desk.latest_at = self._latest_at


def evolve_all(desk: Desk, events: Iterable[AnyEvent]) -> None:
    for event in events:
        desk.evolve(event)
