"""The guarantee as checks: each invariant that shows on a desk or in a log, written once.

Tests, the simulation and audits call these after every step. They only look; they mend nothing and raise nothing but
for a log that cannot be folded. Source of the rules and of their numbers: design, section 8.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handoff.domain.conversation import BotSide, Control, Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.desk import Desk
from handoff.domain.events import (
    AgentJoined,
    AlertAcknowledged,
    AnyEvent,
    BotTurnHeld,
    BotTurnResumed,
    Contacted,
    CustomerBlocked,
    CustomerUnblocked,
    Erased,
    Event,
    HandedBack,
    HandoffPromised,
    HandoffRequested,
    HandoffResolved,
    HandoffWithdrawn,
    Message,
    NoticeAsked,
    OfferMade,
    PromiseBroken,
    SupervisorTold,
    Whisper,
)
from handoff.domain.fold import IllegalEvent, fold_conversation
from handoff.domain.handoff import ChosenBy, Handoff, HandoffState, Outcome, Reason
from handoff.domain.people import Agent
from handoff.domain.routing import choose, is_named, match

SWEEP_S = 1.0  # sweeps are at most this far apart. Source: design, section 4
SWEEPS_LATE_MAX = 2  # invariant 4
LATE_S = SWEEPS_LATE_MAX * SWEEP_S  # a deadline due for longer without its consequence is overdue


class Invariant(StrEnum):
    """What must hold, by its number in the design. Those without one are rules of its section 5."""

    NUMBERED = "2: seq has no gap and no duplicate"
    LIVE = "3: a live handoff is in exactly one state and has a next deadline"
    IN_TIME = "4: no deadline is overdue by more than two sweeps"
    CONTROL = "5: one holder of control"
    SEATS = "6: one agent in a conversation, and never more than capacity by routing"
    PLACE = "7: requeueing never moves a handoff back"
    FRESH_OFFER = "8: a stale offer cannot be accepted"
    REPLAY = "9: replaying the log equals the state"
    ENDED_BY = "10: ended by a named agent who was engaged in it, or withdrawn by its customer"
    BLOCKED = "a blocked customer is blocked everywhere, says nothing, and is owed nothing"
    ANSWER_BY = "an answer_by that was given never moves later without promise_broken"
    ALERTS = "what the supervisor is told stays until somebody reacts, and goes outside while nobody does"
    ROUTED = "asked is who fits or was named, and the reason on record is true"
    SETTLED = "nobody waits while an agent is free who fits, or for nobody"
    ERASED = "what was erased is not in what is kept of the conversation"
    CANARY = "a canary is with the canary agent only, and nothing else is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """An invariant that does not hold. `about` is the id of the conversation or agent, `what` says what was seen."""

    invariant: Invariant
    about: str
    what: str

    def __str__(self) -> str:
        return f"[{self.invariant.value}] {self.about}: {self.what}"


# --- a desk, as it stands -------------------------------------------------------------------------------


def violations(desk: Desk, now: datetime, *, sweep_s: float = SWEEP_S) -> list[Violation]:
    """What does not hold on this desk at `now`: invariants 3, 4, 5, 6, and that it is settled.

    `sweep_s`: the longest time between two sweeps. After a time in which no server ran, look only after a sweep.
    """
    found: list[Violation] = []
    late = now - timedelta(seconds=SWEEPS_LATE_MAX * sweep_s)
    for conversation in desk.conversations.values():
        deadline_at = next_deadline_at(conversation, desk.rules)
        found += _of_conversation(desk, conversation, deadline_at)
        found += _overdue(conversation.conversation_id, deadline_at, late)
    for agent in desk.agents.values():
        found += seat_violations(desk, agent)
        found += _overdue(agent.id, next_agent_deadline_at(agent, desk.rules), late)
    return found + _lists(desk) + _blocked(desk) + _settled(desk)


def _overdue(about: str, deadline_at: datetime | None, late: datetime) -> list[Violation]:
    if deadline_at is None or deadline_at >= late:
        return []
    what = f"due at {deadline_at.isoformat()}, still without its consequence"
    return [Violation(invariant=Invariant.IN_TIME, about=about, what=what)]


def conversation_violations(desk: Desk, conversation: Conversation) -> list[Violation]:
    """One conversation: what its state holds, and who may speak (3, 5, 6). For looking at what a step touched only."""
    return _of_conversation(desk, conversation, next_deadline_at(conversation, desk.rules))


def _of_conversation(desk: Desk, conversation: Conversation, deadline_at: datetime | None) -> list[Violation]:
    about = conversation.conversation_id
    wrong: list[tuple[Invariant, str]] = []
    bot = conversation.bot
    if bot.pending and conversation.control is not Control.BOT:
        wrong.append((Invariant.CONTROL, f"the bot owes an answer while control is {conversation.control}"))
    if bot.turn_held_until is not None and not bot.pending:
        wrong.append((Invariant.CONTROL, "a turn is held that nobody is waiting for"))
    handoff = conversation.live_handoff
    wrong += _alert(conversation) + _erased(conversation)
    if handoff is not None:
        if deadline_at is None:
            wrong.append((Invariant.LIVE, f"{handoff.state} without a deadline"))
        if (handoff.offer is not None) is not (handoff.state is HandoffState.OFFERED):
            wrong.append((Invariant.LIVE, f"{handoff.state} with offer {handoff.offer}"))
        if (handoff.agent is not None) is not (handoff.state is HandoffState.ACTIVE):
            wrong.append((Invariant.SEATS, f"{handoff.state} with agent {handoff.agent}"))
        if handoff.state is HandoffState.PROMISED and handoff.promise is None:
            wrong.append((Invariant.LIVE, "promised without a promise"))
        if handoff.state is not HandoffState.ACTIVE and handoff.answer_by is None:
            wrong.append((Invariant.LIVE, f"{handoff.state} without a moment by which it is answered"))
        if handoff.owed_since is not None and handoff.answer_by is None:
            wrong.append((Invariant.LIVE, f"answered, and still owed since {handoff.owed_since}"))
        wrong += _with_its_agent(desk, handoff)
    return [Violation(invariant=invariant, about=about, what=what) for invariant, what in wrong]


def _alert(conversation: Conversation) -> list[tuple[Invariant, str]]:
    told, handoff = conversation.alert, conversation.live_handoff
    if told is None or handoff is None or told.at <= handoff.requested_at:
        return []  # what was raised by the end of an earlier handoff gets one notice, and it is enough
    if told.since is None and told.again_at is None:
        return [(Invariant.ALERTS, f"{told} is open, and no notice of it is to come")]
    return []


def _erased(conversation: Conversation) -> list[tuple[Invariant, str]]:
    """Nothing of what was said, and not how to reach whoever said it."""
    handoff, bot = conversation.handoff, conversation.bot
    if not conversation.erased:
        return []
    left = {
        "name": conversation.customer.name,
        "promise": None if handoff is None else handoff.promise,
        "bot": None if bot == BotSide(generation=bot.generation) else bot,
        "the conversation before": conversation.previous_conversation_id,
    }
    return [(Invariant.ERASED, f"{what} {found}") for what, found in left.items() if found is not None]


def _with_its_agent(desk: Desk, handoff: Handoff) -> list[tuple[Invariant, str]]:
    agent_id = handoff.offer.agent_id if handoff.offer else handoff.agent.id if handoff.agent else None
    if agent_id is None:
        return []
    agent = desk.agents.get(agent_id)
    if agent is None or agent.disabled:
        return [(Invariant.SEATS, f"{handoff.state} with {agent_id}, who is disabled or unknown")]
    if agent.connected is not (handoff.agent_lost_at is None):
        seen = "there" if agent.connected else "gone"
        return [(Invariant.LIVE, f"{agent_id} is {seen}, but agent_lost_at is {handoff.agent_lost_at}")]
    return []


def seat_violations(desk: Desk, agent: Agent) -> list[Violation]:
    """One agent (6): by routing nobody has more than the capacity. What a supervisor assigned does not count, nor do
    supervisors, who may take what they like."""
    handoffs = [conversation.live_handoff for conversation in desk.concerning(agent.id)]
    routed = sum(1 for handoff in handoffs if handoff is not None and handoff.assigned_by is None)
    if agent.is_supervisor or routed <= desk.capacity_of(agent):
        return []
    what = f"{routed} conversations by routing, capacity {desk.capacity_of(agent)}"
    return [Violation(invariant=Invariant.SEATS, about=agent.id, what=what)]


def _lists(desk: Desk) -> list[Violation]:
    """The desk's own lists agree with its conversations, so that nothing live can be overlooked."""
    listed = [conversation.conversation_id for conversation in desk.queue()]
    waiting = {
        conversation.conversation_id: conversation.handoff.queue_key
        for conversation in desk.conversations.values()
        if conversation.handoff is not None and conversation.handoff.waiting
    }
    found: list[Violation] = []
    if listed != sorted(waiting, key=lambda one: waiting[one]):
        found.append(Violation(invariant=Invariant.LIVE, about="queue", what=f"{listed} for {waiting}"))
    promised = {conversation.conversation_id for conversation in desk.promised()}
    alerted = {conversation.conversation_id for conversation in desk.alerted()}
    live = {conversation.conversation_id for conversation in desk.live()}
    for conversation in desk.conversations.values():
        about = conversation.conversation_id
        handoff = conversation.live_handoff
        is_promised = handoff is not None and handoff.state is HandoffState.PROMISED
        is_alerted = conversation.alert is not None
        if (
            (handoff is not None) is not (about in live)
            or is_promised is not (about in promised)
            or is_alerted is not (about in alerted)
        ):
            found.append(
                Violation(invariant=Invariant.LIVE, about=about, what="missing from the desk's lists")
            )
    return found


def _blocked(desk: Desk) -> list[Violation]:
    """A block is the customer's: it stands in all conversations that are at hand, or in none."""
    listed = {conversation.conversation_id for conversation in desk.blocked()}
    customers = {(one.customer.id, one.site) for one in desk.blocked()}
    found: list[Violation] = []
    for conversation in desk.conversations.values():
        about = conversation.conversation_id
        is_blocked = conversation.block is not None
        if is_blocked is not (about in listed):
            found.append(Violation(invariant=Invariant.BLOCKED, about=about, what="missing from the list"))
        if is_blocked is not ((conversation.customer.id, conversation.site) in customers):
            found.append(Violation(invariant=Invariant.BLOCKED, about=about, what="blocked elsewhere only"))
        if is_blocked and (conversation.live_handoff is not None or conversation.bot.pending):
            what = f"{conversation.handoff} and turns {conversation.bot.pending} while blocked"
            found.append(Violation(invariant=Invariant.BLOCKED, about=about, what=what))
    return found


def _settled(desk: Desk) -> list[Violation]:
    free = [agent for agent in desk.agents.values() if agent.routable and desk.has_free_seat(agent)]
    expected = desk.somebody_can_be_expected()
    found: list[Violation] = []
    for conversation in desk.queue():
        handoff = conversation.handoff
        if handoff is None or handoff.state is not HandoffState.QUEUED:
            continue
        about = conversation.conversation_id
        if not expected and not handoff.canary:
            found.append(Violation(invariant=Invariant.SETTLED, about=about, what="nobody can be expected"))
        choice = choose(free, handoff, desk.rules)
        if choice is not None:
            what = f"{choice.agent.id} is free"
            found.append(Violation(invariant=Invariant.SETTLED, about=about, what=what))
    return found


# --- a step, and a whole log ----------------------------------------------------------------------------


def event_violations(desk: Desk, event: AnyEvent) -> list[Violation]:
    """What `event` would break on `desk`, which is as it was just before: 2, 5, 6, 7, 8, 10, and answer_by."""
    if not isinstance(event, Event):
        return []
    _, wrong = _step(desk.conversations.get(event.conversation_id), event)
    found = [Violation(invariant=one, about=event.conversation_id, what=what) for one, what in wrong]
    return found + routing_violations(desk, event)


def step_violations(before: Conversation | None, event: Event) -> tuple[Conversation | None, list[Violation]]:
    """The conversation after `event` (None if it cannot follow), and what one conversation's log shows by itself."""
    after, wrong = _step(before, event)
    return after, [Violation(invariant=one, about=event.conversation_id, what=what) for one, what in wrong]


def routing_violations(desk: Desk, event: AnyEvent) -> list[Violation]:
    """What `event` would break in whom routing chose (6, 7), on `desk` as it was just before."""
    if not isinstance(event, Event):
        return []
    wrong = _of_seats(desk, event) + _of_canaries(desk, event)
    return [Violation(invariant=one, about=event.conversation_id, what=what) for one, what in wrong]


def log_violations(events: Iterable[Event], stored: Conversation | None = None) -> list[Violation]:
    """What does not hold in the whole log of one conversation, and whether it folds to `stored`, if given."""
    found: list[Violation] = []
    state: Conversation | None = None
    log = list(events)
    about = log[0].conversation_id if log else stored.conversation_id if stored else ""
    numbers = [event.seq for event in log]
    if numbers != list(range(1, len(log) + 1)):
        what = f"numbers {numbers}"
        return [Violation(invariant=Invariant.NUMBERED, about=about, what=what)]
    for event in log:
        after, wrong = step_violations(state, event)
        found += wrong
        state = fold_conversation(state, event) if after is None else after
    if stored is not None and state != stored:
        found.append(
            Violation(invariant=Invariant.REPLAY, about=about, what=f"{state} is stored as {stored}")
        )
    return found


def _held_and_resumed(
    before: Conversation, body: BotTurnHeld | BotTurnResumed
) -> list[tuple[Invariant, str]]:
    """A turn is held once, while the bot has control, and resumed only if it was held."""
    held = before.bot.turn_held_until is not None
    if before.bot.pending[:1] == (body.of_seq,) and held is isinstance(body, BotTurnResumed):
        return []
    return [(Invariant.CONTROL, f"{body.TYPE} of {body.of_seq} with {before.bot}")]


def _step(
    before: Conversation | None, event: Event
) -> tuple[Conversation | None, list[tuple[Invariant, str]]]:
    last_seq = 0 if before is None else before.last_seq
    if event.seq != last_seq + 1:
        return None, [(Invariant.NUMBERED, f"{event.seq} after {last_seq}")]
    try:
        after = fold_conversation(before, event)
    except IllegalEvent as err:
        return None, [(Invariant.LIVE, str(err))]
    return after, [] if before is None else _of_log(before, after, event)


def _of_log(before: Conversation, after: Conversation, event: Event) -> list[tuple[Invariant, str]]:
    """Rules that one conversation's log shows by itself."""
    wrong: list[tuple[Invariant, str]] = []
    if event.at < before.last_at:
        wrong.append((Invariant.NUMBERED, f"{event.at} after {before.last_at}"))
    body = event.body
    if isinstance(body, Message) and event.actor.kind == "bot" and before.control is not Control.BOT:
        wrong.append((Invariant.CONTROL, f"the bot speaks while control is {before.control}"))
    if isinstance(body, BotTurnHeld | BotTurnResumed):
        wrong += _held_and_resumed(before, body)
    if before.block is not None and isinstance(body, Message | HandoffRequested | CustomerBlocked):
        wrong.append((Invariant.BLOCKED, f"{event.type} of {event.actor.kind} while blocked"))
    if isinstance(body, CustomerBlocked):
        wrong += _blocked_by(before, event)
    wrong += _of_alert(before, after, event)
    handoff = before.live_handoff
    if handoff is None:
        return wrong
    if isinstance(body, Message) and event.actor.kind == "agent":
        wrong += _speaks_for_itself(handoff, event)
    if isinstance(body, HandedBack | HandoffResolved | HandoffWithdrawn):
        wrong += _ended_by(before, handoff, event)
    if isinstance(body, AgentJoined) and handoff.offer is not None:
        wrong += _accepted(handoff, event)
    wrong += _moved(handoff, after.live_handoff, event, before.customer.id)
    return wrong


_GRAVEST = "promise_broken"  # of what supervisors are told: it stays the reason, whatever follows from it
_REACTIONS = (
    AgentJoined,
    AlertAcknowledged,
    Contacted,
    CustomerUnblocked,
    Erased,
    HandedBack,
    HandoffResolved,
    HandoffWithdrawn,
    Message,
    Whisper,
)


def _of_alert(before: Conversation, after: Conversation, event: Event) -> list[tuple[Invariant, str]]:
    """It ends by somebody's act and by nothing else, and a notice goes out only about one that is open."""
    if isinstance(event.body, NoticeAsked) and before.alert is None:
        return [(Invariant.ALERTS, "a notice of nothing")]
    if isinstance(event.body, AlertAcknowledged) and (
        before.alert is None or before.alert.seq != event.body.of_seq
    ):
        return [(Invariant.ALERTS, f"{event.body.of_seq} is acknowledged, open is {before.alert}")]
    is_grave = before.alert is not None and before.alert.why == _GRAVEST
    stays = after.alert is not None and after.alert.why == _GRAVEST
    if isinstance(event.body, SupervisorTold) and is_grave and not stays:
        return [(Invariant.ALERTS, f"{event.body.why} hides {before.alert}")]
    by_somebody = event.actor.kind in ("agent", "customer") and isinstance(event.body, _REACTIONS)
    if before.alert is not None and after.alert is None and not by_somebody:
        return [(Invariant.ALERTS, f"ended by {event.type} of {event.actor}")]
    return []


def _speaks_for_itself(handoff: Handoff, event: Event) -> list[tuple[Invariant, str]]:
    if handoff.agent is not None and handoff.agent.id == event.actor.id:
        return []
    return [(Invariant.CONTROL, f"{event.actor.id} writes in a conversation that is not theirs")]


def _ended_by(before: Conversation, handoff: Handoff, event: Event) -> list[tuple[Invariant, str]]:
    actor = event.actor
    if isinstance(event.body, HandoffWithdrawn):
        by_customer = actor.kind == "customer" and actor.id == before.customer.id
        return [] if by_customer else [(Invariant.ENDED_BY, f"withdrawn by {actor}")]
    if actor.kind != "agent" or not actor.id or not actor.name:
        return [(Invariant.ENDED_BY, f"ended by {actor}")]
    if handoff.agent is None or handoff.agent.id != actor.id:
        return [(Invariant.ENDED_BY, f"ended by {actor.id}, who does not have it")]
    unreachable = isinstance(event.body, HandoffResolved) and event.body.outcome is Outcome.UNREACHABLE
    if actor.id in handoff.engaged_by or (unreachable and actor.id in handoff.attempted_by):
        return []
    return [(Invariant.ENDED_BY, f"ended by {actor.id} in silence")]


def _blocked_by(before: Conversation, event: Event) -> list[tuple[Invariant, str]]:
    """A block ends nothing that is owed. In a new conversation of a blocked customer it is the desk that says so."""
    wrong: list[tuple[Invariant, str]] = []
    if before.live_handoff is not None:
        wrong.append((Invariant.BLOCKED, f"blocked while {before.live_handoff.state}"))
    begins = before.last_seq == 1 and before.previous_conversation_id is not None
    if event.actor.kind != "agent" and not begins:
        wrong.append((Invariant.BLOCKED, f"blocked by {event.actor}"))
    return wrong


def _accepted(handoff: Handoff, event: Event) -> list[tuple[Invariant, str]]:
    offer, body = handoff.offer, event.body
    assert offer is not None
    assert isinstance(body, AgentJoined)
    if body.agent.id == offer.agent_id == event.actor.id and event.at < offer.expires_at:
        return []
    return [(Invariant.FRESH_OFFER, f"{body.agent.id} joined by {event.actor.id} at {event.at} on {offer}")]


def _moved(
    before: Handoff, after: Handoff | None, event: Event, customer_id: str
) -> list[tuple[Invariant, str]]:
    """Place and given moment after the event are not worse than before. A customer may name a later moment."""
    if after is None:
        return []
    wrong: list[tuple[Invariant, str]] = []
    if after.queue_key > before.queue_key:
        wrong.append((Invariant.PLACE, f"{after.queue_key} after {before.queue_key} by {event.type}"))
    later = (
        before.answer_by is not None and after.answer_by is not None and after.answer_by > before.answer_by
    )
    by_customer = event.actor.kind == "customer" and event.actor.id == customer_id
    chosen = by_customer and isinstance(event.body, HandoffPromised) and event.body.time_named
    # A failed attempt at contact gives one new promise; the customer could not be reached at the old one.
    after_failed_contact = isinstance(event.body, HandoffPromised) and before.contacts_failed == 1
    if later and not isinstance(event.body, PromiseBroken) and not chosen and not after_failed_contact:
        wrong.append((Invariant.ANSWER_BY, f"{after.answer_by} after {before.answer_by} by {event.type}"))
    return wrong


def _of_canaries(desk: Desk, event: Event) -> list[tuple[Invariant, str]]:
    body = event.body
    agent_id = (
        body.agent_id
        if isinstance(body, OfferMade)
        else body.agent.id
        if isinstance(body, AgentJoined)
        else ""
    )
    agent, conversation = desk.agents.get(agent_id), desk.conversations.get(event.conversation_id)
    if agent is None or conversation is None or agent.canary is conversation.canary:
        return []
    return [(Invariant.CANARY, f"{event.type} {agent_id}, while canary is {conversation.canary}")]


def _of_seats(desk: Desk, event: Event) -> list[tuple[Invariant, str]]:
    """Routing offers only to those who are there and have a seat; only a supervisor puts somebody into more."""
    body = event.body
    if isinstance(body, OfferMade):
        agent = desk.agents.get(body.agent_id)
        if agent is None or not agent.routable or not desk.has_free_seat(agent):
            return [(Invariant.SEATS, f"offered to {body.agent_id}, who is not there or has no seat")]
        return _routed(desk, agent, event) + _passed_over(desk, agent, event)
    if isinstance(body, AgentJoined):
        conversation = desk.conversations[event.conversation_id]
        before = conversation.live_handoff
        joiner = desk.agents.get(event.actor.id or "")
        if joiner is None or joiner.disabled:
            return [(Invariant.SEATS, f"joined by {event.actor.id}, who is disabled or unknown")]
        of_own_accord = before is not None and (
            before.offer is not None
            or before.state is HandoffState.PROMISED
            or _takes_back(joiner, conversation, before)
        )
        if not joiner.is_supervisor and (joiner.id != body.agent.id or not of_own_accord):
            return [(Invariant.SEATS, f"{joiner.id} put {body.agent.id} into it and is no supervisor")]
        if not joiner.is_supervisor and before is not None and before.offer is None:
            agent = desk.agents[body.agent.id]
            if not desk.has_free_seat(agent):
                return [(Invariant.SEATS, f"{agent.id} joined without an offer and without a seat")]
    return []


def _takes_back(agent: Agent, conversation: Conversation, handoff: Handoff) -> bool:
    """A slip undone: their own transfer that nobody has taken, or what they had ended and opened again themselves."""
    if handoff.transferred_by == agent.id:
        return True
    opened_again = handoff.reason is Reason.AGENT and handoff.resolved_before_at is not None
    return opened_again and conversation.last_agent_id == agent.id


def _routed(desk: Desk, agent: Agent, event: Event) -> list[tuple[Invariant, str]]:
    """Asked is who was named, or fits by team, skills and language and has not declined; the reason on record is so."""
    handoff = desk.conversations[event.conversation_id].live_handoff
    body = event.body
    assert isinstance(body, OfferMade)
    assert handoff is not None
    preferred = handoff.preferred_agent_id == agent.id
    fit = match(agent, handoff, desk.rules)
    if fit is None and not (preferred and is_named(handoff, desk.rules)):
        return [(Invariant.ROUTED, f"{agent.id} is asked and does not fit: {handoff}")]
    if agent.id in handoff.declined_by and not preferred:
        return [(Invariant.ROUTED, f"{agent.id} is asked again in the same stretch: {handoff.declined_by}")]
    chosen_by = handoff.preferred_because if preferred else ChosenBy.LONGEST_IDLE
    if body.chosen_by is not chosen_by or body.matched != (fit or ()):
        return [
            (Invariant.ROUTED, f"{agent.id} is asked because of {body.chosen_by} {body.matched}, not {fit}")
        ]
    return []


def _passed_over(desk: Desk, agent: Agent, event: Event) -> list[tuple[Invariant, str]]:
    """Whoever stands before it in the queue and could be offered to the same agent is offered first."""
    for conversation in desk.queue():
        handoff = conversation.handoff
        if conversation.conversation_id == event.conversation_id:
            break
        if handoff is None or handoff.state is not HandoffState.QUEUED:
            continue
        if choose([agent], handoff, desk.rules) is not None:
            what = f"{agent.id} is asked before {conversation.conversation_id}, which stands before it"
            return [(Invariant.PLACE, what)]
    return []
