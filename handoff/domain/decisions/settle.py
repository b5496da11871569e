"""After every decision the desk is settled: free seats are offered, and nobody is left waiting for nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import timedelta

from handoff.domain import events as e
from handoff.domain.decisions.steps import enqueue, promise, team_owner, tell_supervisor
from handoff.domain.desk import Desk, Trial
from handoff.domain.events import Event, OfferMade
from handoff.domain.handoff import Handoff, HandoffState
from handoff.domain.routing import Choice, choose, is_named

# Only these can free a seat or bring somebody on duty, so that all who wait have to be looked at;
_OF_SEATS = (
    e.OfferEnded,
    e.AgentAdded,
    e.AgentDisabled,
    e.PresenceChanged,
    e.AgentConnected,
    e.WrapUpEnded,
    e.AgentSeated,
)
# and these only make one handoff fit for more agents than before. Everything else (a message, above all) changes
# nothing for anybody who waits.
_OF_ONE_HANDOFF = (
    e.HandoffQueued,
    e.TransferFailed,
    e.LadderStepped,
    e.HandoffPromised,
    e.PromiseBroken,
)


def settle(trial: Trial) -> None:
    """The desk was settled before this decision, so only what the decision touched can have become possible."""
    if trial.look_at_all or any(isinstance(event.body, _OF_SEATS) for event in trial.events):
        _offer_free_seats(trial, _in_turn(trial.desk))
    else:
        touched = [
            event.conversation_id
            for event in trial.events
            if isinstance(event, Event) and isinstance(event.body, _OF_ONE_HANDOFF)
        ]
        if not touched:
            return
        _offer_free_seats(trial, _among(trial.desk, touched))
    _promise_where_nobody_is_expected(trial)


def _offer_free_seats(trial: Trial, waiting: Iterable[tuple[str, Handoff]]) -> None:
    """Ask free agents about those who wait, one after another, until no seat is left."""
    desk = trial.desk
    free = [agent for agent in desk.agents.values() if agent.routable and desk.has_free_seat(agent)]
    asked = {agent.id for agent in free if desk.is_asked(agent.id)}
    # For most of a long queue the answer is the same: seats only get fewer here, so "nobody fits" stays true.
    nobody_fits: set[tuple[object, ...]] = set()
    for conversation_id, handoff in waiting if free else ():
        needs = (
            handoff.preferred_agent_id,
            is_named(handoff, trial.rules),
            handoff.declined_by,
            handoff.team,
            handoff.skills,
            handoff.language,
            handoff.widened,
            handoff.wider_teams,
            handoff.canary,
        )
        if needs in nobody_fits:
            continue
        choice = choose(free, handoff, trial.rules, asked)
        if choice is None:
            nobody_fits.add(needs)
            continue
        if handoff.state is HandoffState.PROMISED:
            enqueue(trial, conversation_id, handoff.rank, handoff.answer_by or handoff.requested_at)
        _offer(trial, conversation_id, handoff, choice)
        asked.add(choice.agent.id)
        free = [agent for agent in free if desk.has_free_seat(agent)]
        if not free:
            return


def _in_turn(desk: Desk) -> Iterator[tuple[str, Handoff]]:
    """The queue in its order, and promises without a named time: one that is older and due earlier than the next in
    the queue goes before it, the others follow after the queue, the earliest due first."""
    promises = deque(sorted(_promises_open(desk), key=lambda one: (one[1].answer_by, one[0])))
    for conversation in desk.queue():
        queued = conversation.handoff
        if queued is None or queued.state is not HandoffState.QUEUED:
            continue
        while promises and _goes_before(promises[0][1], queued):
            yield promises.popleft()
        yield conversation.conversation_id, queued
    yield from promises


def _among(desk: Desk, conversation_ids: list[str]) -> Iterator[tuple[str, Handoff]]:
    for conversation_id in dict.fromkeys(conversation_ids):
        handoff = desk.conversation(conversation_id).handoff
        if handoff is not None and (handoff.state is HandoffState.QUEUED or _is_open_promise(handoff)):
            yield conversation_id, handoff


def _promises_open(desk: Desk) -> Iterator[tuple[str, Handoff]]:
    for conversation in desk.promised():
        handoff = conversation.handoff
        if handoff is not None and _is_open_promise(handoff):
            yield conversation.conversation_id, handoff


def _is_open_promise(handoff: Handoff) -> bool:
    """Whether it may be taken up early: the customer named no time, and no agent answers for it by name."""
    given = handoff.promise
    if handoff.state is not HandoffState.PROMISED or given is None:
        return False
    return not given.time_named and given.owner.kind == "team"


def _goes_before(promised: Handoff, queued: Handoff) -> bool:
    if promised.answer_by is None or queued.answer_by is None:
        return False
    return promised.queue_key < queued.queue_key and promised.answer_by <= queued.answer_by


def _offer(trial: Trial, conversation_id: str, handoff: Handoff, choice: Choice) -> None:
    trial.log(
        conversation_id,
        OfferMade(
            offer_id=handoff.next_offer_id,
            agent_id=choice.agent.id,
            expires_at=trial.now + timedelta(seconds=trial.policy.offer_timeout_s),
            chosen_by=choice.chosen_by,
            matched=choice.matched,
        ),
    )


def _promise_where_nobody_is_expected(trial: Trial) -> None:
    """Nobody on duty: the supervisor is told (in opening hours) and a promise is made at once."""
    if trial.desk.queue_length == 0 or trial.desk.somebody_can_be_expected():
        return
    open_now = trial.rules.hours.is_open(trial.now)
    for conversation in trial.desk.queue():
        handoff = conversation.handoff
        if handoff is None or handoff.state is not HandoffState.QUEUED or handoff.canary:
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
