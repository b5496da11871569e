"""Who may see and do what in a conversation. Missing and forbidden look the same to those outside."""

from __future__ import annotations

from handoff.domain.conversation import Conversation
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.errors import conflict, forbidden, not_found
from handoff.domain.handoff import Handoff, HandoffState
from handoff.domain.people import Access, Agent
from handoff.domain.speech import speech


def may_see(agent: Agent, conversation: Conversation) -> bool:
    """Own, offered, promised by them or their team, or the one they had last; supervisors see every conversation."""
    if agent.disabled:
        return False
    if agent.is_supervisor:
        return True
    if conversation.last_agent_id == agent.id:
        return True
    handoff = conversation.live_handoff
    if handoff is None:
        return False
    if handoff.offer is not None and handoff.offer.agent_id == agent.id:
        return True
    return handoff.state is HandoffState.PROMISED and owns_promise(agent, handoff)


def owns_promise(agent: Agent, handoff: Handoff) -> bool:
    """Whether the promise is this agent's to keep: made by them, or by a team that they belong to."""
    if handoff.promise is None or agent.canary is not handoff.canary:
        return False
    owner = handoff.promise.owner
    if owner.kind == "agent":
        return owner.id == agent.id
    return Access.AGENT in agent.access and (not agent.teams or owner.id in agent.teams)


def visible_conversation(desk: Desk, agent: Agent, conversation_id: str) -> Conversation:
    """The conversation, if this agent may see it. Raises `not_found` otherwise."""
    conversation = desk.conversation(conversation_id)
    if not may_see(agent, conversation):
        raise not_found()
    return conversation


def own_handoff(desk: Desk, agent: Agent, conversation_id: str) -> Handoff:
    """The active handoff that this agent has. Raises `not_found`, or `conflict` when it is not theirs now."""
    conversation = visible_conversation(desk, agent, conversation_id)
    handoff = conversation.live_handoff
    if (
        handoff is None
        or handoff.state is not HandoffState.ACTIVE
        or handoff.agent is None
        or handoff.agent.id != agent.id
    ):
        raise conflict("You do not have this conversation now.")
    return handoff


def require_engaged(agent: Agent, handoff: Handoff) -> None:
    """Nothing ends in silence. Raises `conflict` before this agent has written or made contact in the handoff."""
    if agent.id not in handoff.engaged_by:
        raise conflict("Write to the customer, or record a contact, before you end this.")


def require_not_erased(conversation: Conversation) -> None:
    if conversation.erased:
        raise conflict("The customer had this conversation erased; nothing is said in it any more.")


def require_may_write(rules: DeskRules, conversation: Conversation) -> None:
    """A blocked customer reads, keeps and rates, and writes by post or e-mail. Raises `forbidden`, in their language,
    with both addresses; `conflict` where everything was erased."""
    require_not_erased(conversation)
    if conversation.block is not None:
        words = speech(conversation.language)
        raise forbidden(words.shut_out(conversation.block.by.name, rules.trader))


def require_supervisor(agent: Agent) -> None:
    if not agent.is_supervisor or agent.disabled:
        raise forbidden("Only supervisors can do this.")


def require_may_administer_people(actor: Agent, *levels: Access) -> None:
    """A supervisor administers those who answer customers; who has a further level is an admin's to see to, so that
    nobody gives, or takes, more than they have. Raises `forbidden`."""
    require_supervisor(actor)
    if Access.ADMIN not in actor.access and any(level is not Access.AGENT for level in levels):
        raise forbidden("Only an administrator can do this for supervisors, trainers and administrators.")
