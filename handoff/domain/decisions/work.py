"""An agent's work on a handoff: accept or decline, write, note, contact, pass on, promise, hand back, resolve."""

from __future__ import annotations

from datetime import timedelta

from handoff.domain import commands as c
from handoff.domain.conversation import Conversation
from handoff.domain.decisions.steps import (
    agent_actor,
    agent_leaves,
    agent_owner,
    ask_for_person,
    break_promise,
    end_offer,
    promise,
    rescind_offer,
    start_wrap_up,
    take_seat,
    tell_supervisor,
)
from handoff.domain.desk import Trial
from handoff.domain.errors import Code, DomainError, bad_request, conflict
from handoff.domain.events import (
    AgentConnection,
    AgentJoined,
    AgentLeft,
    AgentSeated,
    Contacted,
    HandedBack,
    HandoffResolved,
    Message,
    Note,
    PromiseBroken,
    PromiseKept,
    TransferAsked,
    WrapUpEnded,
)
from handoff.domain.handoff import (
    REGULAR,
    Handoff,
    HandoffState,
    LeftReason,
    OfferOutcome,
    Outcome,
    Reason,
)
from handoff.domain.people import Agent
from handoff.domain.rights import (
    own_handoff,
    owns_promise,
    require_engaged,
    require_not_erased,
    visible_conversation,
)

FOLLOW_UP_AHEAD_MAX = timedelta(days=60)
_FAILED_CONTACTS_BEFORE_UNREACHABLE = 2  # one new promise lies between the first and the second


def _stale() -> DomainError:
    return DomainError(Code.STALE_OFFER, "This offer has ended; somebody else may have it now.")


def _offered(trial: Trial, agent_id: str, offer_id: str) -> Conversation:
    for conversation in trial.desk.offered_to(agent_id):
        handoff = conversation.live_handoff
        if handoff is not None and handoff.offer is not None and handoff.offer.offer_id == offer_id:
            if handoff.offer.expires_at <= trial.now:
                raise _stale()
            return conversation
    raise _stale()


def accept(trial: Trial, command: c.Accept) -> None:
    conversation = _offered(trial, command.agent_id, command.offer_id)
    agent = trial.desk.agent(command.agent_id)
    _join(trial, agent, conversation.conversation_id)


def _join(trial: Trial, agent: Agent, conversation_id: str) -> None:
    trial.log(conversation_id, AgentJoined(agent=agent.card), agent_actor(agent))
    if not agent.connected:  # the last socket went while the act was under way
        trial.log(conversation_id, AgentConnection(agent_id=agent.id, lost=True))
    take_seat(trial, agent, conversation_id)


def decline(trial: Trial, command: c.Decline) -> None:
    conversation = _offered(trial, command.agent_id, command.offer_id)
    actor = agent_actor(trial.desk.agent(command.agent_id))
    end_offer(
        trial,
        conversation.conversation_id,
        OfferOutcome.DECLINED,
        actor=actor,
        reason=command.reason,
    )


def _take_up(trial: Trial, agent: Agent, conversation_id: str) -> Handoff:
    """The active handoff of this agent; a promise that is theirs to keep becomes active with their first act.

    A moment that has just passed is broken before the act, which comes too late for it.
    """
    conversation = visible_conversation(trial.desk, agent, conversation_id)
    handoff = conversation.live_handoff
    if handoff is not None and handoff.state is HandoffState.PROMISED and owns_promise(agent, handoff):
        if not trial.desk.has_free_seat(agent):
            raise conflict("You have no free seat for this promise; finish a conversation first.")
        _join(trial, agent, conversation_id)
    own = own_handoff(trial.desk, agent, conversation_id)
    if own.answer_by is not None and own.answer_by < trial.now:  # the sweep was about to say so
        break_promise(trial, conversation_id)
    return own_handoff(trial.desk, agent, conversation_id)


def _keep_promise(trial: Trial, agent: Agent, conversation_id: str, before: Handoff) -> None:
    """Kept by the owner's (for a team: any agent's) first message or contact before its moment."""
    if before.promise is None or before.promise_kept or before.answer_by is None:
        return
    owner = before.promise.owner
    if owner.kind == "team" or owner.id == agent.id:
        trial.log(conversation_id, PromiseKept())


def agent_message(trial: Trial, command: c.AgentMessage) -> None:
    agent = trial.desk.agent(command.agent_id)
    handoff = _take_up(trial, agent, command.conversation_id)
    trial.log(
        command.conversation_id,
        Message(text=command.text, client_id=command.client_id),
        agent_actor(agent),
    )
    _keep_promise(trial, agent, command.conversation_id, handoff)


def take_note(trial: Trial, command: c.TakeNote) -> None:
    agent = trial.desk.agent(command.agent_id)
    require_not_erased(visible_conversation(trial.desk, agent, command.conversation_id))
    note = Note(text=command.text, client_id=command.client_id)
    trial.log(command.conversation_id, note, agent_actor(agent))


def _note(trial: Trial, agent: Agent, conversation_id: str, text: str | None) -> None:
    if text is not None:
        trial.log(conversation_id, Note(text=text), agent_actor(agent))


def record_contact(trial: Trial, command: c.RecordContact) -> None:
    """An attempt to reach the customer outside the chat. The first that failed gives one new promise."""
    agent = trial.desk.agent(command.agent_id)
    handoff = _take_up(trial, agent, command.conversation_id)
    trial.log(
        command.conversation_id,
        Contacted(channel=command.channel, outcome=command.outcome),
        agent_actor(agent),
    )
    if command.outcome == "reached":
        _keep_promise(trial, agent, command.conversation_id, handoff)
    elif handoff.contacts_failed == 0:
        promise(
            trial,
            command.conversation_id,
            agent_owner(agent),
            trial.rules.answer_by(trial.now),
            contact=handoff.promise.contact if handoff.promise is not None else None,
        )
        trial.person(agent.id, AgentSeated())


def transfer(trial: Trial, command: c.Transfer) -> None:
    """To an agent who is there and has a seat, or to a team that has such an agent; else nothing changes."""
    agent = trial.desk.agent(command.agent_id)
    own_handoff(trial.desk, agent, command.conversation_id)
    desk = trial.desk
    if command.to_agent_id is not None:
        target = desk.agents.get(command.to_agent_id)
        if target is None or target.disabled or target.canary is not agent.canary:
            raise bad_request("There is no such agent.")
        if target.id == agent.id:
            raise conflict("You have this conversation already.")
        if not target.routable or not desk.has_free_seat(target):
            raise conflict(f"{target.card.name} is not there or has no free seat. Nothing has changed.")
    else:
        team = trial.rules.team(command.to_team or "")
        if team is None:
            raise bad_request("There is no such team.")
        if not any(
            one.id != agent.id
            and one.canary is agent.canary
            and one.routable
            and desk.has_free_seat(one)
            and (not one.teams or team.key in one.teams)
            for one in desk.agents.values()
        ):
            raise conflict(f"Nobody of {team.name} is there with a free seat. Nothing has changed.")
    _note(trial, agent, command.conversation_id, command.note)
    asked = TransferAsked(agent_id=command.to_agent_id, team=command.to_team)
    trial.log(command.conversation_id, asked, agent_actor(agent))
    agent_leaves(trial, command.conversation_id, LeftReason.TRANSFER, rank=REGULAR)


def follow_up(trial: Trial, command: c.FollowUp) -> None:
    """The agent promises an answer by a moment, and stays its owner.

    An earlier moment that the customer was given, and at which nobody has answered yet, is broken by it openly.
    """
    if not trial.now < command.answer_by <= trial.now + FOLLOW_UP_AHEAD_MAX:
        raise bad_request("The time of a follow-up lies in the future, at most 60 days ahead.")
    agent = trial.desk.agent(command.agent_id)
    handoff = own_handoff(trial.desk, agent, command.conversation_id)
    _note(trial, agent, command.conversation_id, command.note)
    if handoff.answer_by is not None and command.answer_by > handoff.answer_by:
        broken = PromiseBroken(answer_by=handoff.answer_by, next_answer_by=command.answer_by)
        trial.log(command.conversation_id, broken)
        tell_supervisor(trial, command.conversation_id, "promise_broken")
    promise(
        trial,
        command.conversation_id,
        agent_owner(agent),
        command.answer_by,
        contact=handoff.promise.contact if handoff.promise is not None else None,
        time_named=True,
        actor=agent_actor(agent),
    )
    trial.person(agent.id, AgentSeated())


def hand_back(trial: Trial, command: c.HandBack) -> None:
    """Resolved by this named agent; the bot goes on. Twice in a day tells the supervisor."""
    agent = trial.desk.agent(command.agent_id)
    handoff = own_handoff(trial.desk, agent, command.conversation_id)
    require_engaged(agent, handoff)
    _note(trial, agent, command.conversation_id, command.note)
    actor = agent_actor(agent)
    left = AgentLeft(agent=agent.card, reason=LeftReason.HANDED_BACK)
    trial.log(command.conversation_id, left, actor)
    trial.log(command.conversation_id, HandedBack(), actor)
    start_wrap_up(trial, agent.id, command.conversation_id)
    moments = trial.desk.conversation(command.conversation_id).hand_backs
    if len(moments) >= 2 and moments[-1] - moments[-2] <= timedelta(days=1):
        tell_supervisor(trial, command.conversation_id, "handed_back_twice")


def resolve(trial: Trial, command: c.Resolve) -> None:
    """Only by an agent who has written or made contact in it; `unreachable` also by one who tried to, after two failed
    contacts."""
    agent = trial.desk.agent(command.agent_id)
    handoff = own_handoff(trial.desk, agent, command.conversation_id)
    tried = (
        handoff.contacts_failed >= _FAILED_CONTACTS_BEFORE_UNREACHABLE and agent.id in handoff.attempted_by
    )
    if not (command.outcome is Outcome.UNREACHABLE and tried):
        require_engaged(agent, handoff)
    _note(trial, agent, command.conversation_id, command.note)
    trial.log(command.conversation_id, HandoffResolved(outcome=command.outcome), agent_actor(agent))
    start_wrap_up(trial, agent.id, command.conversation_id)


def take_back(trial: Trial, command: c.TakeBack) -> None:
    """A slip undone. What was ended stays ended in the log: while the notes are written it is opened again as a new
    handoff with the same agent. What was passed on comes back as long as nobody has taken it."""
    agent = trial.desk.agent(command.agent_id)
    conversation = visible_conversation(trial.desk, agent, command.conversation_id)
    handoff = conversation.handoff
    if handoff is None:
        raise conflict("There is nothing to take back here.")
    if handoff.waiting and handoff.transferred_by == agent.id:
        if not trial.desk.has_free_seat(agent):
            raise conflict("You have no free seat for it any more; finish a conversation first.")
        rescind_offer(trial, command.conversation_id)
    elif (
        handoff.state is HandoffState.RESOLVED
        and handoff.agent is not None
        and handoff.agent.id == agent.id
        and any(one.conversation_id == command.conversation_id for one in agent.wrap_ups)
    ):
        ask_for_person(trial, command.conversation_id, Reason.AGENT, command.new_handoff, agent_actor(agent))
        trial.person(agent.id, WrapUpEnded(conversation_id=command.conversation_id))  # its seat is taken anew
    else:
        raise conflict("It is too late to take this back.")
    _join(trial, agent, command.conversation_id)
