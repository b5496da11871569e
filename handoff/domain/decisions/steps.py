"""Steps that several decisions share: asking for a person, leaving, queueing, promising."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from handoff.domain.commands import NewHandoff
from handoff.domain.conversation import Conversation
from handoff.domain.desk import DeskRules, Trial
from handoff.domain.events import (
    SYSTEM,
    Actor,
    AgentLeft,
    AgentSeated,
    BlockExplained,
    CustomerBlocked,
    HandoffPromised,
    HandoffQueued,
    HandoffRequested,
    Message,
    OfferEnded,
    PresenceChanged,
    PromiseBroken,
    SupervisorTold,
    TransferFailed,
    WrapUpEnded,
    WrapUpStarted,
)
from handoff.domain.handoff import (
    HEAD,
    REGULAR,
    ChosenBy,
    Contact,
    Handoff,
    HandoffState,
    LeftReason,
    OfferOutcome,
    PromiseOwner,
    Reason,
)
from handoff.domain.people import Access, Agent, AgentCard, Presence
from handoff.domain.rights import require_may_write
from handoff.domain.routes import Route, find_route
from handoff.domain.speech import speech

BOT = Actor(kind="bot")
_PROMISE_LONGEST_S = 86_400  # a promise after several broken ones is longer, but never above a day


def customer_actor(conversation: Conversation) -> Actor:
    return Actor(kind="customer", id=conversation.customer.id, name=conversation.customer.name)


def agent_actor(agent: Agent) -> Actor:
    return Actor(kind="agent", id=agent.id, name=agent.card.name)


def ask_for_person(
    trial: Trial, conversation_id: str, reason: Reason, new: NewHandoff, actor: Actor = SYSTEM
) -> None:
    """Open the obligation. A live one is kept as it is, but for a promised one that can be taken up now.

    Raises `forbidden` for a blocked customer.
    """
    live = trial.live_handoff(conversation_id)
    if live is not None:
        take_up_promise_if_possible(trial, conversation_id)
        return
    conversation = trial.desk.conversation(conversation_id)
    require_may_write(trial.rules, conversation)
    answer_by = trial.rules.answer_by(trial.now)
    # A canary goes to the canary agent, whatever the routes of the day ask for.
    routes = () if conversation.canary else trial.rules.routes
    route = find_route(routes, conversation, reason) or Route()
    if conversation.handoff is None and not conversation.canary:
        _say_other_language(trial, conversation)
    trial.log(
        conversation_id,
        HandoffRequested(
            handoff_id=new.handoff_id,
            reference=new.reference,
            reason=reason,
            answer_by=answer_by,
            team=trial.rules.serving(route.team).key,
            language=conversation.language,
            skills=route.skills,
        ),
        actor,
    )
    enqueue(trial, conversation_id, REGULAR, answer_by)


def _say_other_language(trial: Trial, conversation: Conversation) -> None:
    """Told before the first request: nobody who answers here speaks the customer's language, whoever comes at last."""
    answering = [one for one in trial.desk.people() if Access.AGENT in one.access]
    if answering and not any(one.speaks(conversation.language) for one in answering):
        words = speech(conversation.language)
        trial.log(conversation.conversation_id, Message(text=words.other_language), BOT)


def enqueue(trial: Trial, conversation_id: str, rank: int, answer_by: datetime) -> None:
    """Into the queue, or to its head. Its place there follows from the rank and the first `enqueued_at`."""
    handoff = trial.desk.conversation(conversation_id).handoff
    assert handoff is not None
    queued = replace(handoff, rank=min(rank, handoff.rank))
    place = trial.desk.place_for(queued.queue_key)
    trial.log(conversation_id, HandoffQueued(place=place, rank=queued.rank, answer_by=answer_by))


def take_up_promise_if_possible(trial: Trial, conversation_id: str) -> bool:
    """The customer wants to talk now, and somebody is on duty: a promised handoff goes back into the queue."""
    handoff = trial.live_handoff(conversation_id)
    if handoff is None or handoff.state is not HandoffState.PROMISED or not trial.desk.on_duty():
        return False
    enqueue(trial, conversation_id, handoff.rank, handoff.answer_by or trial.rules.answer_by(trial.now))
    return True


def agent_leaves(trial: Trial, conversation_id: str, reason: LeftReason, *, rank: int = HEAD) -> None:
    """The agent is out and the handoff waits again: at the head, unless it is passed on deliberately."""
    handoff = trial.live_handoff(conversation_id)
    assert handoff is not None
    assert handoff.agent is not None
    agent = handoff.agent
    trial.log(conversation_id, AgentLeft(agent=agent, reason=reason))
    enqueue(trial, conversation_id, rank, handoff.answer_by or trial.rules.answer_by(trial.now))
    trial.person(agent.id, AgentSeated())


def end_offer(
    trial: Trial,
    conversation_id: str,
    outcome: OfferOutcome,
    *,
    actor: Actor = SYSTEM,
    reason: str | None = None,
) -> None:
    """The offer was not taken; the handoff is back in its old place, a transfer is back with its sender."""
    handoff = trial.live_handoff(conversation_id)
    assert handoff is not None
    assert handoff.offer is not None
    offer = handoff.offer
    trial.log(
        conversation_id,
        OfferEnded(offer_id=offer.offer_id, agent_id=offer.agent_id, outcome=outcome, reason=reason),
        actor,
    )
    if outcome is OfferOutcome.TIMED_OUT and trial.desk.agent(offer.agent_id).routable:
        trial.person(offer.agent_id, PresenceChanged(presence=Presence.NOT_RESPONDING))
    taken_by = handoff.waiting_since + timedelta(seconds=trial.rules.transfer_taken_within_s)
    not_taken = offer.chosen_by is ChosenBy.TRANSFER or taken_by <= trial.now
    if handoff.transferred_by is not None and not_taken:
        transfer_failed(trial, conversation_id)


def rescind_offer(trial: Trial, conversation_id: str) -> None:
    """An open offer, if there is one, is void, since something else happens to the handoff right now."""
    handoff = trial.live_handoff(conversation_id)
    if handoff is not None and handoff.offer is not None:
        ended = OfferEnded(
            offer_id=handoff.offer.offer_id,
            agent_id=handoff.offer.agent_id,
            outcome=OfferOutcome.RESCINDED,
        )
        trial.log(conversation_id, ended)


def transfer_failed(trial: Trial, conversation_id: str) -> None:
    """Not taken in time: back to the sender if online, else the head. Source: design, section 5."""
    handoff = trial.live_handoff(conversation_id)
    assert handoff is not None
    sender = trial.desk.agents.get(handoff.transferred_by or "")
    back_to = sender.id if sender is not None and sender.routable else None
    trial.log(conversation_id, TransferFailed(back_to=back_to))


def promise(
    trial: Trial,
    conversation_id: str,
    owner: PromiseOwner,
    answer_by: datetime,
    *,
    contact: Contact | None = None,
    time_named: bool = False,
    actor: Actor = SYSTEM,
) -> None:
    """A dated answer, with its owner. An open offer is rescinded first."""
    rescind_offer(trial, conversation_id)
    trial.log(
        conversation_id,
        HandoffPromised(answer_by=answer_by, owner=owner, contact=contact, time_named=time_named),
        actor,
    )


def team_owner(rules: DeskRules, key: str) -> PromiseOwner:
    team = rules.serving(key)
    return PromiseOwner(kind="team", id=team.key, name=team.name)


def agent_owner(agent: Agent) -> PromiseOwner:
    return PromiseOwner(kind="agent", id=agent.id, name=agent.card.name)


def next_answer_by(trial: Trial, handoff: Handoff) -> datetime:
    """The promise after a broken one: each time twice as long, so that it can be kept, at most a day."""
    rules = trial.rules
    if not rules.hours.is_open(trial.now):
        return rules.answer_by(trial.now)
    longer_s = rules.policy.answer_by_s * 2 ** min(handoff.promises_broken, 20)
    return trial.now + timedelta(seconds=min(longer_s, max(_PROMISE_LONGEST_S, rules.policy.answer_by_s)))


def break_promise(trial: Trial, conversation_id: str) -> datetime:
    """The moment given has passed: the customer is told, with the next one, which is returned; so is the supervisor;
    the handoff is at the head."""
    handoff = trial.live_handoff(conversation_id)
    assert handoff is not None
    assert handoff.answer_by is not None
    next_by = next_answer_by(trial, handoff)
    next_owner = _next_owner(trial, handoff)
    broken = PromiseBroken(answer_by=handoff.answer_by, next_answer_by=next_by, next_owner=next_owner)
    trial.log(conversation_id, broken)
    tell_supervisor(trial, conversation_id, "promise_broken")
    return next_by


def _next_owner(trial: Trial, handoff: Handoff) -> PromiseOwner | None:
    """The team, once an agent who does not have the handoff has missed the moment; None: nobody else."""
    if handoff.promise is None or handoff.promise.owner.kind != "agent":
        return None
    if handoff.agent is not None and handoff.agent.id == handoff.promise.owner.id:
        return None
    return team_owner(trial.rules, handoff.team)


def tell_supervisor(trial: Trial, conversation_id: str, why: str) -> None:
    if trial.desk.conversation(conversation_id).canary:
        return  # whoever sent the canary finds out by itself
    trial.log(conversation_id, SupervisorTold(why=why))


def start_wrap_up(trial: Trial, agent_id: str, conversation_id: str) -> None:
    """The seat stays taken for the notes; without wrap-up time it is free at once."""
    if trial.policy.wrap_up_s > 0:
        until = trial.now + timedelta(seconds=trial.policy.wrap_up_s)
        trial.person(agent_id, WrapUpStarted(conversation_id=conversation_id, until=until))
    else:
        trial.person(agent_id, AgentSeated())


def take_seat(trial: Trial, agent: Agent, conversation_id: str) -> None:
    """The agent has the conversation from now on; notes on an earlier handoff in it keep no second seat."""
    if any(one.conversation_id == conversation_id for one in agent.wrap_ups):
        trial.person(agent.id, WrapUpEnded(conversation_id=conversation_id))
    trial.person(agent.id, AgentSeated())


def say_request_stands(trial: Trial, conversation_id: str) -> None:
    words = speech(trial.desk.conversation(conversation_id).language)
    trial.log(conversation_id, Message(text=words.request_stands), BOT)


def shut_out(trial: Trial, conversation_id: str, by: AgentCard, reason: str, actor: Actor = SYSTEM) -> None:
    """The customer of this conversation is blocked in it: told so in their language, with the reason beside it for
    the people of the desk."""
    words = speech(trial.desk.conversation(conversation_id).language)
    blocked = CustomerBlocked(text=words.shut_out(by.name, trial.rules.trader), by=by)
    trial.log(conversation_id, blocked, actor)
    trial.log(conversation_id, BlockExplained(reason=reason), actor)
