"""After every decision the desk is settled: free seats are offered, and nobody is left waiting for nobody."""

from __future__ import annotations

from datetime import timedelta

from handoff.domain import events as e
from handoff.domain.decisions.steps import enqueue, promise, team_owner, tell_supervisor
from handoff.domain.desk import Trial
from handoff.domain.events import OfferMade
from handoff.domain.handoff import Handoff, HandoffState
from handoff.domain.people import Agent
from handoff.domain.routing import choose

# Only these can free a seat, bring somebody on duty or off it, or put a handoff into the queue. Everything else
# (a message, above all) skips the look at the queue and at all agents.
_UNSETTLING = (
    e.HandoffQueued,
    e.OfferEnded,
    e.TransferFailed,
    e.LadderStepped,
    e.HandoffPromised,
    e.PromiseBroken,
    e.HandedBack,
    e.HandoffResolved,
    e.HandoffWithdrawn,
    e.AgentJoined,
    e.AgentAdded,
    e.AgentDisabled,
    e.PresenceChanged,
    e.AgentConnected,
    e.WrapUpEnded,
    e.AgentSeated,
)


def settle(trial: Trial) -> None:
    if any(isinstance(event.body, _UNSETTLING) for event in trial.events):
        _offer_free_seats(trial)
        _promise_where_nobody_is_expected(trial)


def _offer_free_seats(trial: Trial) -> None:
    """The queue first, in its order; then promises without a named time, the earliest first."""
    free = _free_agents(trial)
    if not free:
        return
    for conversation in trial.desk.queue():
        handoff = conversation.handoff
        if handoff is None or handoff.state is not HandoffState.QUEUED:
            continue
        if _offer(trial, conversation.conversation_id, handoff, free):
            free = _free_agents(trial)
            if not free:
                return
    waiting = [
        (handoff.answer_by or handoff.requested_at, conversation.conversation_id, handoff)
        for conversation in trial.desk.promised()
        if (handoff := conversation.handoff) is not None
        and handoff.promise is not None
        and not handoff.promise.time_named
        and handoff.promise.owner.kind == "team"
    ]
    for answer_by, conversation_id, handoff in sorted(waiting, key=lambda one: one[:2]):
        if choose(free, handoff, trial.rules) is None:
            continue
        enqueue(trial, conversation_id, handoff.rank, answer_by)
        queued = trial.live_handoff(conversation_id)
        if queued is not None:
            _offer(trial, conversation_id, queued, free)
        free = _free_agents(trial)
        if not free:
            return


def _free_agents(trial: Trial) -> list[Agent]:
    desk = trial.desk
    return [agent for agent in desk.agents.values() if agent.routable and desk.has_free_seat(agent)]


def _offer(trial: Trial, conversation_id: str, handoff: Handoff, free: list[Agent]) -> bool:
    choice = choose(free, handoff, trial.rules)
    if choice is None:
        return False
    agent, chosen_by = choice
    trial.log(
        conversation_id,
        OfferMade(
            offer_id=handoff.next_offer_id,
            agent_id=agent.id,
            expires_at=trial.now + timedelta(seconds=trial.policy.offer_timeout_s),
            chosen_by=chosen_by,
        ),
    )
    return True


def _promise_where_nobody_is_expected(trial: Trial) -> None:
    """Nobody on duty: the supervisor is told (in opening hours) and a promise is made at once."""
    if trial.desk.queue_length == 0 or trial.desk.somebody_can_be_expected():
        return
    open_now = trial.rules.hours.is_open(trial.now)
    for conversation in trial.desk.queue():
        handoff = conversation.handoff
        if handoff is None or handoff.state is not HandoffState.QUEUED:
            continue  # somebody may still accept what is offered; what follows comes when the offer ends
        if open_now:
            tell_supervisor(trial, conversation.conversation_id, "nobody_on_duty")
        given = handoff.promise
        promise(
            trial,
            conversation.conversation_id,
            team_owner(trial.rules, handoff.team),
            handoff.answer_by or trial.rules.answer_by(trial.now),
            contact=given.contact if given is not None else None,
        )
