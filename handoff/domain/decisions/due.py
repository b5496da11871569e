"""What time brings: the consequence of each deadline. Time never ends a handoff."""

from __future__ import annotations

from datetime import timedelta

from handoff.domain import commands as c
from handoff.domain.deadlines import Deadline, Due, due_now
from handoff.domain.decisions.alerts import ask_for_notice
from handoff.domain.decisions.assistant import bot_failed
from handoff.domain.decisions.steps import (
    agent_leaves,
    break_promise,
    end_offer,
    enqueue,
    tell_supervisor,
    transfer_failed,
)
from handoff.domain.desk import Trial
from handoff.domain.events import (
    AgentConnection,
    AgentLost,
    ClocksRestarted,
    LadderStepped,
    PresenceChanged,
    PromiseOffered,
    WrapUpEnded,
)
from handoff.domain.handoff import (
    HEAD,
    HandoffState,
    LeftReason,
    OfferOutcome,
)
from handoff.domain.ladder import LadderRung, Rung, Step
from handoff.domain.people import Agent, Presence

_STEPS_MAX = 64  # each step records its consequence, so the list of what is due gets shorter; this is a fence


def carry_out_due(trial: Trial, command: c.CarryOutDue) -> None:
    """One consequence after another, each looked up anew: the first may have settled the second."""
    for _ in range(_STEPS_MAX):
        conversation = trial.desk.conversation(command.conversation_id)
        due = due_now(conversation, trial.rules, trial.now)
        if not due:
            return
        _carry_out(trial, command, due[0])
    raise RuntimeError(f"deadlines of {command.conversation_id} do not settle")


def _carry_out(trial: Trial, command: c.CarryOutDue, deadline: Deadline) -> None:
    conversation_id = command.conversation_id
    match deadline.due:
        case Due.BOT_TURN:
            bot = trial.desk.conversation(conversation_id).bot
            failed = c.BotFailed(
                conversation_id=conversation_id,
                of_seq=bot.pending[0],
                failure="timeout" if bot.turn_held_until is None else "restarting",
                new_handoff=command.new_handoff,
            )
            bot_failed(trial, failed)
        case Due.OFFER_EXPIRES:
            end_offer(trial, conversation_id, OfferOutcome.TIMED_OUT)
        case Due.OFFERED_AGENT_LOST:
            end_offer(trial, conversation_id, OfferOutcome.RESCINDED)
        case Due.ACTIVE_AGENT_LOST:
            agent_leaves(trial, conversation_id, LeftReason.LOST)
        case Due.FIRST_ANSWER_REQUEUE | Due.NEXT_ANSWER_REQUEUE:
            agent_leaves(trial, conversation_id, LeftReason.SILENT)
        case Due.ANSWER_BY:
            next_by = break_promise(trial, conversation_id)
            handoff = trial.live_handoff(conversation_id)
            if handoff is not None and handoff.state is HandoffState.PROMISED:
                enqueue(trial, conversation_id, HEAD, next_by)
        case Due.PROMISE_AHEAD:
            _prepare_promise(trial, conversation_id)
        case Due.LADDER:
            assert deadline.rung is not None
            _climb(trial, conversation_id, deadline.rung)
        case Due.TRANSFER_NOT_TAKEN:
            transfer_failed(trial, conversation_id)
        case Due.FIRST_ANSWER_REMIND | Due.NEXT_ANSWER_REMIND:
            _step(trial, conversation_id, Rung.ANSWER_REMINDED)
        case Due.IDLE_REVIEW:
            _step(trial, conversation_id, Rung.IDLE_REVIEWED)
            tell_supervisor(trial, conversation_id, "idle")
        case Due.NOTICE:
            ask_for_notice(trial, conversation_id)


def _prepare_promise(trial: Trial, conversation_id: str) -> None:
    """The moment of a promise comes near. Its owner is reminded, and the supervisor told if the owner is not there; a
    team is asked now, at the head of the queue, so that somebody has it when it is due."""
    handoff = trial.live_handoff(conversation_id)
    assert handoff is not None
    assert handoff.promise is not None
    owner = handoff.promise.owner
    if owner.kind == "team":
        enqueue(trial, conversation_id, HEAD, handoff.promise.answer_by)
        return
    _step(trial, conversation_id, Rung.PROMISE_REMINDED)
    agent = trial.desk.agents.get(owner.id)
    if agent is None or agent.shown_presence is Presence.OFFLINE:
        tell_supervisor(trial, conversation_id, "promise_owner_away")


def _step(trial: Trial, conversation_id: str, rung: Rung) -> None:
    trial.log(conversation_id, LadderStepped(rung=rung.value))


def _climb(trial: Trial, conversation_id: str, rung: LadderRung) -> None:
    """A step of the ladder. Its name and its teams go into the log, so that the log means the same under any ladder."""
    trial.log(conversation_id, LadderStepped(rung=rung.rung, teams=rung.teams))
    match rung.do:
        case Step.WIDEN:
            pass  # settling asks whoever fits now
        case Step.TELL_SUPERVISOR:
            tell_supervisor(trial, conversation_id, "long_wait")
        case Step.OFFER_PROMISE:
            handoff = trial.live_handoff(conversation_id)
            assert handoff is not None
            given = handoff.answer_by or trial.rules.answer_by(
                trial.now
            )  # what a call-back would be promised for
            trial.log(conversation_id, PromiseOffered(answer_by=given))


def carry_out_due_of_agent(trial: Trial, command: c.CarryOutDueOfAgent) -> None:
    agent = trial.desk.agent(command.agent_id)
    for wrap_up in agent.wrap_ups:
        if wrap_up.until <= trial.now:
            trial.person(agent.id, WrapUpEnded(conversation_id=wrap_up.conversation_id))
    gone = timedelta(seconds=trial.policy.agent_lost_offer_s)
    if agent.lost_at is not None and _counts_as_there(agent) and agent.lost_at + gone <= trial.now:
        offline = PresenceChanged(presence=Presence.OFFLINE, because_lost=True)
        trial.person(agent.id, offline)


def _counts_as_there(agent: Agent) -> bool:
    """Whether an agent without a socket has not been set offline yet."""
    return agent.lost_at is not None and agent.presence is not Presence.OFFLINE


def restart_clocks(trial: Trial, command: c.RestartClocks) -> None:
    """Deadlines on people (offer, answer, socket) start again in full; those owed to customers stand."""
    for agent in list(trial.desk.agents.values()):
        if (agent.connected and command.sockets_lost) or (not agent.connected and _counts_as_there(agent)):
            trial.person(agent.id, AgentLost())
    for conversation in sorted(trial.desk.live(), key=lambda one: one.conversation_id):
        handoff = conversation.live_handoff
        if handoff is None or handoff.state not in (HandoffState.OFFERED, HandoffState.ACTIVE):
            continue
        agent_id = handoff.offer.agent_id if handoff.offer else (handoff.agent.id if handoff.agent else "")
        if command.sockets_lost and handoff.agent_lost_at is None:
            lost = AgentConnection(agent_id=agent_id, lost=True)
            trial.log(conversation.conversation_id, lost)
        expires_at = trial.now + timedelta(seconds=trial.policy.offer_timeout_s) if handoff.offer else None
        trial.log(conversation.conversation_id, ClocksRestarted(offer_expires_at=expires_at))
