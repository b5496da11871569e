"""Against abuse: a named person shuts a customer out, with a reason; a supervisor lets them in again."""

from __future__ import annotations

from handoff.domain import commands as c
from handoff.domain.decisions.steps import agent_actor, shut_out, start_wrap_up, tell_supervisor
from handoff.domain.desk import Trial
from handoff.domain.errors import conflict
from handoff.domain.events import CustomerUnblocked, HandoffResolved, Note
from handoff.domain.handoff import Outcome
from handoff.domain.rights import (
    own_handoff,
    require_engaged,
    require_not_erased,
    require_supervisor,
    visible_conversation,
)


def block_customer(trial: Trial, command: c.BlockCustomer) -> None:
    """By the agent who has the conversation and has written in it, which resolves it; without a live handoff by the
    last agent or a supervisor. It holds for all conversations of this customer on this site."""
    agent = trial.desk.agent(command.agent_id)
    conversation = visible_conversation(trial.desk, agent, command.conversation_id)
    require_not_erased(conversation)
    if conversation.block is not None:
        raise conflict("This customer is blocked already.")
    others = [one for one in trial.desk.of_customer(conversation) if one is not conversation]
    owed = next((one.live_handoff for one in others if one.live_handoff is not None), None)
    if owed is not None:
        raise conflict(f"Somebody is still owed to this customer elsewhere: end {owed.reference} first.")
    actor = agent_actor(agent)
    if conversation.live_handoff is not None:
        require_engaged(agent, own_handoff(trial.desk, agent, command.conversation_id))
        trial.log(command.conversation_id, HandoffResolved(outcome=Outcome.DONE), actor)
        start_wrap_up(trial, agent.id, command.conversation_id)
    for one in (conversation, *others):
        shut_out(trial, one.conversation_id, agent.card, command.reason, actor)
    if not agent.is_supervisor:
        tell_supervisor(trial, command.conversation_id, "customer_blocked")


def unblock_customer(trial: Trial, command: c.UnblockCustomer) -> None:
    supervisor = trial.desk.agent(command.agent_id)
    require_supervisor(supervisor)
    conversation = trial.desk.conversation(command.conversation_id)
    if conversation.block is None:
        raise conflict("This customer is not blocked.")
    actor = agent_actor(supervisor)
    for one in trial.desk.of_customer(conversation):
        trial.log(one.conversation_id, CustomerUnblocked(by=supervisor.card), actor)
    if command.note is not None:
        trial.log(command.conversation_id, Note(text=command.note), actor)
