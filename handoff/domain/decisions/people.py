"""The people of the desk: accounts, sockets, presence, seats."""

from __future__ import annotations

from datetime import timedelta

from handoff.domain import commands as c
from handoff.domain.decisions.steps import agent_leaves, end_offer, promise, team_owner
from handoff.domain.desk import Trial
from handoff.domain.errors import bad_request, conflict, forbidden
from handoff.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentConnected,
    AgentConnection,
    AgentDisabled,
    AgentEnabled,
    AgentLost,
    PresenceChanged,
    WrapUpEnded,
)
from handoff.domain.handoff import HandoffState, LeftReason, OfferOutcome
from handoff.domain.people import Access, Agent, Presence


def add_agent(trial: Trial, command: c.AddAgent) -> None:
    if command.card.id in trial.desk.agents:
        raise conflict("There is an account with this id already.")
    trial.person(
        command.card.id,
        AgentAdded(
            card=command.card,
            access=tuple(level.value for level in command.access),
            languages=command.languages,
            teams=command.teams,
            capacity=command.capacity,
            skills=command.skills,
            canary=command.canary,
        ),
    )


def change_agent(trial: Trial, command: c.ChangeAgent) -> None:
    """Who may not answer customers any more lets go of all they have, as when disabled; a supervisor keeps what they
    have, and is offered nothing more. Whoever waits may fit for this person now, so everybody is looked at."""
    agent = trial.desk.agent(command.card.id)
    trial.person(
        agent.id,
        AgentChanged(
            card=command.card,
            access=tuple(level.value for level in command.access),
            languages=command.languages,
            teams=command.teams,
            capacity=command.capacity,
            skills=command.skills,
        ),
    )
    now = trial.desk.agent(agent.id)
    if Access.AGENT not in now.access:
        if now.presence is not Presence.OFFLINE:
            trial.person(agent.id, PresenceChanged(presence=Presence.OFFLINE))
        if now.is_supervisor:
            _give_offers_back(trial, now)
        else:
            _let_go_of_all(trial, now)
    trial.look_at_all = True


def enable_agent(trial: Trial, command: c.EnableAgent) -> None:
    agent = trial.desk.agent(command.agent_id)
    if agent.disabled:
        trial.person(agent.id, AgentEnabled())


def disable_agent(trial: Trial, command: c.DisableAgent) -> None:
    """In one transaction: offers rescinded, active ones at the head, promises passed to the team."""
    agent = trial.desk.agent(command.agent_id)
    if agent.disabled:
        return
    trial.person(agent.id, AgentDisabled())
    _let_go_of_all(trial, agent)


def _let_go_of_all(trial: Trial, agent: Agent) -> None:
    """Offers are rescinded, active ones go to the head, promises pass to the team."""
    for conversation in trial.desk.concerning(agent.id):
        handoff = conversation.live_handoff
        if handoff is not None and handoff.state is HandoffState.OFFERED:
            end_offer(trial, conversation.conversation_id, OfferOutcome.RESCINDED)
        else:
            agent_leaves(trial, conversation.conversation_id, LeftReason.DISABLED)
    for conversation in sorted(trial.desk.promised(), key=lambda one: one.conversation_id):
        handoff = conversation.live_handoff
        if handoff is None or handoff.promise is None or handoff.promise.owner.id != agent.id:
            continue
        promise(
            trial,
            conversation.conversation_id,
            team_owner(trial.rules, handoff.team),
            handoff.promise.answer_by,
            contact=handoff.promise.contact,
            time_named=handoff.promise.time_named,
        )


def connect_agent(trial: Trial, command: c.ConnectAgent) -> None:
    agent = trial.desk.agent(command.agent_id)
    if agent.disabled:
        raise forbidden("This account is disabled.")
    if agent.connected:
        return
    trial.person(agent.id, AgentConnected())
    soon = timedelta(seconds=trial.policy.agent_lost_active_s)
    if agent.lost_presence is not None and agent.lost_at is not None and trial.now - agent.lost_at <= soon:
        trial.person(agent.id, PresenceChanged(presence=agent.lost_presence))
    for conversation in trial.desk.concerning(agent.id):
        trial.log(conversation.conversation_id, AgentConnection(agent_id=agent.id, lost=False))


def lose_agent(trial: Trial, command: c.LoseAgent) -> None:
    agent = trial.desk.agent(command.agent_id)
    if not agent.connected:
        return
    trial.person(agent.id, AgentLost())
    for conversation in trial.desk.concerning(agent.id):
        trial.log(conversation.conversation_id, AgentConnection(agent_id=agent.id, lost=True))


def set_presence(trial: Trial, command: c.SetPresence) -> None:
    """What the agent chooses. Going away gives offers back; what is active stays with them."""
    agent = trial.desk.agent(command.agent_id)
    if command.presence is Presence.NOT_RESPONDING:
        raise bad_request("Only the system sets not_responding.")
    if agent.disabled or Access.AGENT not in agent.access:
        raise forbidden("Only agents take conversations.")
    if agent.presence is not command.presence:
        trial.person(agent.id, PresenceChanged(presence=command.presence))
        if agent.lost_at is not None:  # chosen just as the socket went, perhaps: the time to come back begins
            trial.person(agent.id, AgentLost())
    if command.presence is not Presence.ONLINE:
        _give_offers_back(trial, agent)


def _give_offers_back(trial: Trial, agent: Agent) -> None:
    for conversation in trial.desk.offered_to(agent.id):
        end_offer(trial, conversation.conversation_id, OfferOutcome.RESCINDED)


def end_wrap_up(trial: Trial, command: c.EndWrapUp) -> None:
    """The agent says that the notes are done. Said again, or after the time ended it, it changes nothing."""
    agent = trial.desk.agent(command.agent_id)
    if any(one.conversation_id == command.conversation_id for one in agent.wrap_ups):
        trial.person(agent.id, WrapUpEnded(conversation_id=command.conversation_id))
