"""What supervisors are told: the alerts, and the notices outside the console when nobody reacts to them.

An alert is raised by `steps.tell_supervisor` and stays until somebody reacts: an agent joins, writes or tries to reach
the customer, a supervisor acknowledges it or whispers, or the handoff ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handoff.domain import commands as c
from handoff.domain.conversation import Conversation
from handoff.domain.decisions.steps import agent_actor
from handoff.domain.desk import Trial
from handoff.domain.errors import not_found
from handoff.domain.events import AlertAcknowledged, Event, NoticeAsked, SupervisorTold
from handoff.domain.people import Agent
from handoff.domain.rights import require_supervisor


def acknowledge(trial: Trial, command: c.Acknowledge) -> None:
    """Said again, or about an alert that has ended meanwhile, it changes nothing."""
    supervisor = trial.desk.agent(command.agent_id)
    require_supervisor(supervisor)
    conversation = trial.desk.conversation(command.conversation_id)
    if not 0 < command.seq <= conversation.last_seq:
        raise not_found()
    if conversation.alert is not None and conversation.alert.seq == command.seq:
        acknowledged = AlertAcknowledged(of_seq=command.seq)
        trial.log(command.conversation_id, acknowledged, agent_actor(supervisor))


def notify_absent_supervisors(trial: Trial) -> None:
    """No supervisor is there to see what this decision told them: they get a notice outside the console at once."""
    told = [
        event.conversation_id
        for event in trial.events
        if isinstance(event, Event) and isinstance(event.body, SupervisorTold)
    ]
    if not told or any(_may_see_alerts(trial, agent) for agent in trial.desk.people()):
        return
    for conversation_id in dict.fromkeys(told):
        alert = trial.desk.conversation(conversation_id).alert
        if alert is not None and alert.since is not None:
            ask_for_notice(trial, conversation_id)


def _may_see_alerts(trial: Trial, agent: Agent) -> bool:
    """With a socket, or without one for so short a time that a reload of the page would explain it."""
    if not agent.is_supervisor:
        return False
    back_within = timedelta(seconds=trial.policy.agent_lost_offer_s)
    return agent.connected or (agent.lost_at is not None and trial.now - agent.lost_at < back_within)


def ask_for_notice(trial: Trial, conversation_id: str) -> None:
    conversation = trial.desk.conversation(conversation_id)
    assert conversation.alert is not None
    notice = NoticeAsked(why=conversation.alert.why, again_at=_again_at(trial, conversation))
    trial.log(conversation_id, notice)


def _again_at(trial: Trial, conversation: Conversation) -> datetime | None:
    """Every `NOTICE_AGAIN_S` in opening hours, out of hours at the next opening: a night of repeated mail makes nobody
    come. Where no customer waits any more, once is enough."""
    if conversation.live_handoff is None:
        return None
    again_at = trial.now + timedelta(seconds=trial.policy.notice_again_s)
    return trial.rules.hours.next_opening(again_at) or again_at
