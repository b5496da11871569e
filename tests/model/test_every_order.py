"""Every order of events for two agents and two customers, to a fixed depth: a breadth-first walk over the pure core.

From each state every command that makes sense is tried, and the clock is moved to the next deadline. Two states that
differ only in when they happened, and in their numbers, are one. The invariants hold in each; and from a sample of
them, agents who do their work bring every handoff to its end.

`BYNAME_MODEL_DEPTH=5 python -m pytest tests/model` walks further than `make test` does, and `make faults` to 4.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

import pytest

from handoff.domain import commands as c
from handoff.domain.conversation import Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.decisions import Refused, decide
from handoff.domain.desk import Desk
from handoff.domain.events import AnyEvent
from handoff.domain.guarantee import event_violations, violations
from handoff.domain.handoff import Contact, Handoff, HandoffState, Outcome
from handoff.domain.people import Access, Agent, Presence
from tests.factories import MONDAY_NOON, card, rules, start_conversation

DEPTH = int(os.environ.get("BYNAME_MODEL_DEPTH", "3"))
CUSTOMERS = ("c1", "c2")
AGENTS = ("ada", "ben")
SAMPLE_EVERY = (
    25  # of the states from which agents are seen to finish the work; all of them would take minutes
)
ROUNDS_MAX = 60

# What does not decide what can happen next: numbers, names, and moments that only tell history.
_HISTORY = frozenset(
    {
        "reference",
        "requested_at",
        "started_at",
        "last_at",
        "ended_at",
        "ended_by",
        "outcome",
        "offers_made",
        "offer_id",
        "last_seq",
        "customer_seq",
        "bot_messages",
        "generation",
        "asked",
        "intents",
        "hand_backs",
        "handoff_id",
        "promises_broken",
        "latest_at",
        "seq",
    }
)


@cache
def _telling(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in _HISTORY)


def canonical(value: Any, now: datetime) -> object:
    """A value without its history, with moments as seconds from `now`."""
    if isinstance(value, datetime):
        return (value - now).total_seconds()
    if isinstance(value, tuple):
        return tuple(canonical(one, now) for one in value)
    if is_dataclass(value):
        return tuple(canonical(getattr(value, name), now) for name in _telling(type(value)))
    return value


class World:
    """A desk and its time; made anew for each branch, which is cheap since all it holds is immutable."""

    _forms: ClassVar[dict[tuple[int, datetime], tuple[object, object]]] = {}

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk = desk
        self.now = now

    def branch(self) -> World:
        desk = Desk(self.desk.rules)
        desk.latest_at = self.desk.latest_at
        for agent in self.desk.agents.values():
            desk.put_agent(agent)
        for conversation in self.desk.conversations.values():
            desk.put_conversation(conversation)
        return World(desk, self.now)

    def do(self, command: c.Command) -> list[AnyEvent]:
        try:
            events = decide(self.desk, command, self.now)
        except Refused as refusal:
            events = refusal.events
        for event in events:
            assert event_violations(self.desk, event) == [], self.story()
            self.desk.evolve(event)
        return events

    def next_deadline_at(self) -> datetime | None:
        desk_rules = self.desk.rules
        moments = [next_deadline_at(one, desk_rules) for one in self.desk.conversations.values()]
        moments += [next_agent_deadline_at(one, desk_rules) for one in self.desk.agents.values()]
        return min((moment for moment in moments if moment is not None), default=None)

    def move_to_next_deadline(self) -> bool:
        due_at = self.next_deadline_at()
        if due_at is None:
            return False
        self.now = max(self.now, due_at)
        desk_rules = self.desk.rules
        for agent_id in AGENTS:
            agent_due_at = next_agent_deadline_at(self.desk.agents[agent_id], desk_rules)
            if agent_due_at is not None and agent_due_at <= self.now:
                self.do(c.CarryOutDueOfAgent(agent_id=agent_id))
        for conversation_id in CUSTOMERS:
            conversation_due_at = next_deadline_at(self.desk.conversations[conversation_id], desk_rules)
            if conversation_due_at is not None and conversation_due_at <= self.now:
                self.do(c.CarryOutDue(conversation_id=conversation_id, new_handoff=self.new(conversation_id)))
        return True

    def new(self, conversation_id: str) -> c.NewHandoff:
        """Ids that are new in this conversation and keep the order of the two customers."""
        number = self.desk.conversations[conversation_id].last_seq
        return c.NewHandoff(handoff_id=f"{conversation_id}-{number:04}", reference="REF")

    def handoff(self, conversation_id: str) -> Handoff | None:
        return self.desk.conversations[conversation_id].live_handoff

    def key(self) -> object:
        queue = tuple(conversation.conversation_id for conversation in self.desk.queue())
        return (
            queue,
            *(self._canonical(self.desk.conversations[one]) for one in CUSTOMERS),
            *(self._canonical(self.desk.agents[one]) for one in AGENTS),
        )

    def _canonical(self, value: Conversation | Agent) -> object:
        """Most of a branch is the very same objects as before it, so their forms are kept."""
        kept = self._forms.get((id(value), self.now))
        if kept is None:
            kept = (value, canonical(value, self.now))
            self._forms[id(value), self.now] = kept
        return kept[1]

    def story(self) -> str:
        """For a failure: how the desk stands."""
        handoffs = [f"{one}: {self.desk.conversations[one].handoff}" for one in CUSTOMERS]
        return "\n".join([*handoffs, *(str(self.desk.agents[one]) for one in AGENTS)])


def beginning() -> World:
    """Two agents who are online with one seat each, one of them a supervisor; two customers with the bot."""
    world = World(Desk(rules()), MONDAY_NOON)
    for agent_id, access in (("ada", (Access.AGENT, Access.SUPERVISOR)), ("ben", (Access.AGENT,))):
        world.do(c.AddAgent(card=card(agent_id), access=access, languages=(), teams=(), capacity=1))
        world.do(c.ConnectAgent(agent_id=agent_id))
        world.do(c.SetPresence(agent_id=agent_id, presence=Presence.ONLINE))
    for conversation_id in CUSTOMERS:
        world.do(start_conversation(conversation_id))
    return world


def beginnings() -> list[World]:
    """Both customers with the bot; one offered and one waiting for a seat; one active and one offered; one promised."""
    quiet = beginning()
    scarce = quiet.branch()
    scarce.do(c.SetPresence(agent_id="ben", presence=Presence.AWAY))
    _ask(scarce, *CUSTOMERS)
    busy = quiet.branch()
    _ask(busy, *CUSTOMERS)
    handoff = busy.handoff("c1")
    assert handoff is not None
    assert handoff.offer is not None
    busy.do(c.Accept(agent_id=handoff.offer.agent_id, offer_id=handoff.offer.offer_id))
    busy.do(
        c.AgentMessage(agent_id=handoff.offer.agent_id, conversation_id="c1", text="Hello", client_id="first")
    )
    deserted = quiet.branch()
    for agent_id in AGENTS:
        deserted.do(c.SetPresence(agent_id=agent_id, presence=Presence.AWAY))
    _ask(deserted, "c1")
    return [quiet, scarce, busy, deserted]


def _ask(world: World, *conversation_ids: str) -> None:
    for one in conversation_ids:
        world.do(c.RequestHandoff(conversation_id=one, new_handoff=world.new(one), client_id=one))


def moves(world: World) -> Iterator[c.Command]:
    """All that the four people can do in this state, each kind of act once."""
    for conversation_id in CUSTOMERS:
        yield from _of_customer(world, conversation_id)
    for agent_id in AGENTS:
        yield from _of_agent(world, agent_id)
    for conversation_id in CUSTOMERS:
        handoff = world.handoff(conversation_id)
        if handoff is not None:
            for to_agent_id in AGENTS:
                yield c.Assign(agent_id="ada", handoff_id=handoff.handoff_id, to_agent_id=to_agent_id)
    for conversation in world.desk.alerted():
        if conversation.alert is not None:
            about = conversation.conversation_id
            yield c.Acknowledge(agent_id="ada", conversation_id=about, seq=conversation.alert.seq)


def _of_customer(world: World, conversation_id: str) -> Iterator[c.Command]:
    new = world.new(conversation_id)
    handoff = world.handoff(conversation_id)
    said = c.CustomerMessage(
        conversation_id=conversation_id, text="hello", client_id=new.handoff_id, new_handoff=new
    )
    if handoff is None:
        yield c.RequestHandoff(conversation_id=conversation_id, new_handoff=new, client_id=new.handoff_id)
        if world.desk.conversations[conversation_id].block is not None:
            yield c.UnblockCustomer(agent_id="ada", conversation_id=conversation_id, note=None)
        return
    yield c.Withdraw(conversation_id=conversation_id)
    if handoff.state is HandoffState.PROMISED or handoff.unanswered_since is None:
        yield said
    if handoff.state is not HandoffState.ACTIVE:
        yield c.RequestCallback(
            conversation_id=conversation_id,
            new_handoff=new,
            contact=Contact(phone="1"),
            at=world.now + timedelta(seconds=400),
        )


def _of_agent(world: World, agent_id: str) -> Iterator[c.Command]:
    agent = world.desk.agents[agent_id]
    if not agent.connected:
        yield c.ConnectAgent(agent_id=agent_id)
    else:
        yield c.LoseAgent(agent_id=agent_id)
        other = Presence.AWAY if agent.presence is Presence.ONLINE else Presence.ONLINE
        yield c.SetPresence(agent_id=agent_id, presence=other)
    for conversation in world.desk.concerning(agent_id):
        conversation_id = conversation.conversation_id
        handoff = conversation.live_handoff
        if handoff is not None and handoff.offer is not None:
            yield c.Accept(agent_id=agent_id, offer_id=handoff.offer.offer_id)
            yield c.Decline(agent_id=agent_id, offer_id=handoff.offer.offer_id, reason=None)
            continue
        yield c.AgentMessage(agent_id=agent_id, conversation_id=conversation_id, text="Hello", client_id="x")
        yield c.RecordContact(
            agent_id=agent_id, conversation_id=conversation_id, channel="phone", outcome="not_reached"
        )
        colleague = "ben" if agent_id == "ada" else "ada"
        yield c.Transfer(
            agent_id=agent_id,
            conversation_id=conversation_id,
            to_agent_id=colleague,
            to_team=None,
            note=None,
        )
        later = world.now + timedelta(seconds=500)
        yield c.FollowUp(agent_id=agent_id, conversation_id=conversation_id, answer_by=later, note=None)
        yield c.HandBack(agent_id=agent_id, conversation_id=conversation_id, note=None)
        yield c.Resolve(agent_id=agent_id, conversation_id=conversation_id, outcome=Outcome.DONE, note=None)
        yield c.BlockCustomer(agent_id=agent_id, conversation_id=conversation_id, reason="Threats")
    for wrap_up in agent.wrap_ups:
        yield c.EndWrapUp(agent_id=agent_id, conversation_id=wrap_up.conversation_id)


def agents_finish_the_work(world: World) -> None:
    """Both agents are there and take what they are offered; in the end no handoff is open."""
    for _ in range(ROUNDS_MAX):
        for agent_id in AGENTS:
            world.do(c.ConnectAgent(agent_id=agent_id))
            world.do(c.SetPresence(agent_id=agent_id, presence=Presence.ONLINE))
            for conversation in world.desk.concerning(agent_id):
                handoff = conversation.live_handoff
                if handoff is not None and handoff.offer is not None:
                    world.do(c.Accept(agent_id=agent_id, offer_id=handoff.offer.offer_id))
                one = conversation.conversation_id
                world.do(c.AgentMessage(agent_id=agent_id, conversation_id=one, text="Hello", client_id="x"))
                world.do(
                    c.Resolve(agent_id=agent_id, conversation_id=one, outcome=Outcome.ANSWERED, note=None)
                )
                world.do(c.EndWrapUp(agent_id=agent_id, conversation_id=one))
        if all(world.handoff(conversation_id) is None for conversation_id in CUSTOMERS):
            return
        world.move_to_next_deadline()
    raise AssertionError(f"still open after {ROUNDS_MAX} deadlines:\n{world.story()}")


@pytest.mark.timeout(60 * 10 ** max(0, DEPTH - 2))  # each step further takes some ten times as long
def test_the_guarantee_holds_in_every_order_of_events(tell: Callable[[str], None]) -> None:
    frontier = beginnings()
    known = {world.key() for world in frontier}
    sizes = [len(known)]
    steps = 0
    states = set[tuple[HandoffState | None, ...]]()
    for _ in range(DEPTH):
        reached: list[World] = []
        for world in frontier:
            for command in (None, *moves(world)):
                branch = world.branch()
                steps += 1
                if command is None:
                    if not branch.move_to_next_deadline():
                        continue
                elif not branch.do(command):
                    continue
                key = branch.key()
                if key in known:
                    continue
                known.add(key)
                assert violations(branch.desk, branch.now) == [], f"{command}\n{branch.story()}"
                reached.append(branch)
                states.add(
                    tuple(
                        handoff.state if (handoff := branch.desk.conversations[one].handoff) else None
                        for one in CUSTOMERS
                    )
                )
                if len(known) % SAMPLE_EVERY == 0:
                    agents_finish_the_work(branch.branch())
        frontier = reached
        sizes.append(len(reached))
    tell(f"{len(known)} states in {steps} steps, to depth {DEPTH} {sizes}, {len(states)} pairs of states")
    assert len(known) > 1_000
    assert {one for pair in states for one in pair} == {None, *HandoffState}
