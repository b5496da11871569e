"""What supervisors do in others' conversations: give a handoff to somebody, whisper to the agent."""

from __future__ import annotations

from handoff.domain import commands as c
from handoff.domain.decisions.steps import agent_actor, rescind_offer, take_seat
from handoff.domain.desk import Trial
from handoff.domain.errors import bad_request, conflict
from handoff.domain.events import AgentJoined, AgentLeft, AgentSeated, Whisper
from handoff.domain.handoff import HandoffState, LeftReason
from handoff.domain.people import Access
from handoff.domain.rights import require_not_erased, require_supervisor


def assign(trial: Trial, command: c.Assign) -> None:
    """Give a live handoff to an agent who is there, or take it, which a supervisor may who takes no conversations
    otherwise. Only this may exceed capacity. Asked again (an ack was lost), it changes nothing."""
    supervisor = trial.desk.agent(command.agent_id)
    require_supervisor(supervisor)
    conversation = trial.desk.of_handoff(command.handoff_id)
    target = trial.desk.agents.get(command.to_agent_id)
    takes_it = target is supervisor
    if target is None or target.disabled or not (takes_it or Access.AGENT in target.access):
        raise bad_request("There is no such agent.")
    if target.canary is not conversation.canary:
        raise bad_request("A canary is for the canary agent, and nothing else is.")
    if not target.connected:
        raise conflict(f"{target.card.name} is not there. Nothing has changed.")
    handoff = conversation.live_handoff
    assert handoff is not None
    if handoff.agent is not None and handoff.agent.id == target.id:
        if takes_it or handoff.assigned_by == supervisor.id:
            return
        raise conflict(f"{target.card.name} has this conversation already.")
    rescind_offer(trial, conversation.conversation_id)
    if handoff.state is HandoffState.ACTIVE and handoff.agent is not None:
        left = AgentLeft(agent=handoff.agent, reason=LeftReason.SUPERVISOR)
        trial.log(conversation.conversation_id, left, agent_actor(supervisor))
        trial.person(handoff.agent.id, AgentSeated())
    joined = AgentJoined(agent=target.card)
    trial.log(conversation.conversation_id, joined, agent_actor(supervisor))
    take_seat(trial, target, conversation.conversation_id)


def send_whisper(trial: Trial, command: c.SendWhisper) -> None:
    supervisor = trial.desk.agent(command.agent_id)
    require_supervisor(supervisor)
    require_not_erased(trial.desk.conversation(command.conversation_id))
    whisper = Whisper(text=command.text, client_id=command.client_id)
    trial.log(command.conversation_id, whisper, agent_actor(supervisor))
