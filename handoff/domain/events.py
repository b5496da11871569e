"""What can have happened. One class an event type; its fields are the payload that the log keeps and hashes.

`TYPE` is the name on the wire. `HIDDEN` types are for the people of the desk: customers see a stub of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from handoff.domain.handoff import ChosenBy, Contact, LeftReason, OfferOutcome, Outcome, PromiseOwner, Reason
from handoff.domain.people import AgentCard, Presence
from handoff.domain.requests import HumanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it. `kind` is customer, bot, agent or system."""

    kind: str
    id: str | None = None
    name: str | None = None


SYSTEM = Actor(kind="system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A quick reply: pressing it sends `payload` as the text of a message."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Base of all payloads."""

    TYPE: ClassVar[str] = ""
    HIDDEN: ClassVar[bool] = False


# --- said -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted(Body):
    """`previous_agent_id` is the agent who served this customer last in an earlier, linked conversation."""

    TYPE: ClassVar[str] = "conversation_started"
    customer_id: str
    customer_name: str | None
    verified: bool
    site: str
    locale: str
    page_url: str | None = None
    previous_conversation_id: str | None = None
    canary: bool = False
    previous_agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Body):
    """Said by the customer, the bot, or an agent."""

    TYPE: ClassVar[str] = "message"
    text: str
    buttons: tuple[Button, ...] = ()
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Body):
    TYPE: ClassVar[str] = "note"
    HIDDEN: ClassVar[bool] = True
    text: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisper(Body):
    """From a supervisor to the agent in the conversation."""

    TYPE: ClassVar[str] = "whisper"
    HIDDEN: ClassVar[bool] = True
    text: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleChanged(Body):
    """The customer goes on in another language: what the desk says, and whom it looks for, follows from now on."""

    TYPE: ClassVar[str] = "locale_changed"
    HIDDEN: ClassVar[bool] = True
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIntroduced(Body):
    """Who the customer is. `name` None: they take it back. `customer_id` is set when the site vouches for them, and
    the conversation is that customer's from now on."""

    TYPE: ClassVar[str] = "customer_introduced"
    HIDDEN: ClassVar[bool] = True
    name: str | None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Body):
    """At the customer's wish the texts and names of every event before this one are gone; their stubs keep the chain
    whole."""

    TYPE: ClassVar[str] = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Body):
    TYPE: ClassVar[str] = "feedback"
    of_seq: int
    helpful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Body):
    """`score` from 1 (bad) to 5 (very good)."""

    TYPE: ClassVar[str] = "rated"
    score: int
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacted(Body):
    """An agent tried to reach the customer outside the chat. `channel`: phone, email, other; `outcome`: reached,
    not_reached."""

    TYPE: ClassVar[str] = "contacted"
    channel: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBlocked(Body):
    """The customer can no longer write nor ask for a person. `text` is what they are told, in their language: who
    ended it, and how the trader is reached all the same."""

    TYPE: ClassVar[str] = "customer_blocked"
    text: str
    by: AgentCard


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockExplained(Body):
    """Why the customer was blocked, for the people of the desk. Follows `customer_blocked`."""

    TYPE: ClassVar[str] = "block_explained"
    HIDDEN: ClassVar[bool] = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUnblocked(Body):
    TYPE: ClassVar[str] = "customer_unblocked"
    by: AgentCard


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead(Body):
    """How the message `of_seq` was read before the bot saw it, where that was out of the ordinary."""

    TYPE: ClassVar[str] = "message_read"
    HIDDEN: ClassVar[bool] = True
    of_seq: int
    human_request: HumanRequest
    distress: bool
    matched: str


# --- the bot --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurnAnswered(Body):
    """How the bot understood the message `of_seq`, and what it did; its words follow as messages.

    `slots` is a JSON object. `did` holds, in words, what was carried out for the customer. `repeats`: the answer was
    the same as the one before; None in logs from when that was not looked at. `asks_person`: the one-tap question
    whether a person is wanted ends the answer. `unseen`: a person is asked for instead, and nobody sees the answer.
    """

    TYPE: ClassVar[str] = "bot_turn_answered"
    HIDDEN: ClassVar[bool] = True
    of_seq: int
    intent: Score
    ranking: tuple[Score, ...]
    unsure: bool
    actions: tuple[str, ...]
    did: tuple[str, ...]
    slots: str
    model_id: str
    milliseconds: int
    repeats: bool | None = None
    asks_person: bool = False
    unseen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurnFailed(Body):
    """The bot gave no usable answer to `of_seq`. `failure` says how, `did` what had been carried out all the same."""

    TYPE: ClassVar[str] = "bot_turn_failed"
    HIDDEN: ClassVar[bool] = True
    of_seq: int
    failure: str
    did: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurnHeld(Body):
    """The message `of_seq` met a restart of the bot that is ours: it waits for the bot, at most `until`."""

    TYPE: ClassVar[str] = "bot_turn_held"
    HIDDEN: ClassVar[bool] = True
    of_seq: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurnResumed(Body):
    """The restart is over: the bot is asked about `of_seq` now, in the time of any other turn."""

    TYPE: ClassVar[str] = "bot_turn_resumed"
    HIDDEN: ClassVar[bool] = True
    of_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LateBotAnswer(Body):
    """An answer to `of_seq` that came after control had moved: kept, not shown to the customer."""

    TYPE: ClassVar[str] = "late_bot_answer"
    HIDDEN: ClassVar[bool] = True
    of_seq: int
    texts: tuple[str, ...]
    did: tuple[str, ...]


# --- the handoff ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRequested(Body):
    """`team` and `skills` are who is asked first: found by the routes of the desk."""

    TYPE: ClassVar[str] = "handoff_requested"
    handoff_id: str
    reference: str
    reason: Reason
    answer_by: datetime
    team: str
    language: str
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffQueued(Body):
    """It waits in the queue: at `place` (from 1), at the head when `rank` is 0; answered by `answer_by`."""

    TYPE: ClassVar[str] = "handoff_queued"
    place: int
    rank: int
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(Body):
    """To whom an agent passed it: an agent by id, or a team."""

    TYPE: ClassVar[str] = "transfer_asked"
    HIDDEN: ClassVar[bool] = True
    agent_id: str | None
    team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Body):
    """The agent asked for did not take it; `back_to` is the sender, if still there."""

    TYPE: ClassVar[str] = "transfer_failed"
    HIDDEN: ClassVar[bool] = True
    back_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Body):
    """`chosen_by` is what decided among the agents who fitted, `matched` why this one fitted."""

    TYPE: ClassVar[str] = "offer_made"
    HIDDEN: ClassVar[bool] = True
    offer_id: str
    agent_id: str
    expires_at: datetime
    chosen_by: ChosenBy
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Body):
    """Any end of an offer but its acceptance, which is `agent_joined`."""

    TYPE: ClassVar[str] = "offer_ended"
    HIDDEN: ClassVar[bool] = True
    offer_id: str
    agent_id: str
    outcome: OfferOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentJoined(Body):
    TYPE: ClassVar[str] = "agent_joined"
    agent: AgentCard


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft(Body):
    TYPE: ClassVar[str] = "agent_left"
    agent: AgentCard
    reason: LeftReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnection(Body):
    """The agent of this handoff lost the last socket, or came back."""

    TYPE: ClassVar[str] = "agent_connection"
    HIDDEN: ClassVar[bool] = True
    agent_id: str
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffPromised(Body):
    TYPE: ClassVar[str] = "handoff_promised"
    answer_by: datetime
    owner: PromiseOwner
    contact: Contact | None = None
    time_named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseKept(Body):
    TYPE: ClassVar[str] = "promise_kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBroken(Body):
    """`answer_by` is the moment that was missed, `next_answer_by` the new one. `next_owner` answers for it from now
    on; None: whoever did before."""

    TYPE: ClassVar[str] = "promise_broken"
    answer_by: datetime
    next_answer_by: datetime
    next_owner: PromiseOwner | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStepped(Body):
    """A step of waiting or a reminder was carried out. `rung` is its name (see `handoff.domain.ladder`), `teams` are
    those that it opened the handoff to."""

    TYPE: ClassVar[str] = "ladder_stepped"
    HIDDEN: ClassVar[bool] = True
    rung: str
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorTold(Body):
    TYPE: ClassVar[str] = "supervisor_told"
    HIDDEN: ClassVar[bool] = True
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(Body):
    """A supervisor saw what `supervisor_told` with the number `of_seq` said, and sees to it."""

    TYPE: ClassVar[str] = "alert_acknowledged"
    HIDDEN: ClassVar[bool] = True
    of_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAsked(Body):
    """Nobody reacted, or no supervisor is there: a notice goes out by e-mail and webhook, as far as these are set up.

    `again_at`: when the next one is asked for if nobody reacts by then; None: no other.
    """

    TYPE: ClassVar[str] = "notice_asked"
    HIDDEN: ClassVar[bool] = True
    why: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOffered(Body):
    """The wait is long: the customer may choose a call-back."""

    TYPE: ClassVar[str] = "promise_offered"
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksRestarted(Body):
    """The server was away: deadlines on people start again in full from this moment."""

    TYPE: ClassVar[str] = "clocks_restarted"
    HIDDEN: ClassVar[bool] = True
    offer_expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack(Body):
    TYPE: ClassVar[str] = "handed_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffResolved(Body):
    TYPE: ClassVar[str] = "handoff_resolved"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffWithdrawn(Body):
    TYPE: ClassVar[str] = "handoff_withdrawn"


BODIES: dict[str, type[Body]] = {
    body.TYPE: body
    for body in (
        ConversationStarted,
        Message,
        Note,
        Whisper,
        LocaleChanged,
        CustomerIntroduced,
        Erased,
        Feedback,
        Rated,
        Contacted,
        CustomerBlocked,
        BlockExplained,
        CustomerUnblocked,
        MessageRead,
        BotTurnAnswered,
        BotTurnFailed,
        BotTurnHeld,
        BotTurnResumed,
        LateBotAnswer,
        HandoffRequested,
        HandoffQueued,
        TransferAsked,
        TransferFailed,
        OfferMade,
        OfferEnded,
        AgentJoined,
        AgentLeft,
        AgentConnection,
        HandoffPromised,
        PromiseKept,
        PromiseBroken,
        LadderStepped,
        SupervisorTold,
        AlertAcknowledged,
        NoticeAsked,
        PromiseOffered,
        ClocksRestarted,
        HandedBack,
        HandoffResolved,
        HandoffWithdrawn,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a conversation's log. `customer_prev_seq` is the customer's previous visible event, None when
    this one is hidden from customers."""

    conversation_id: str
    seq: int
    at: datetime
    actor: Actor
    body: Body
    customer_prev_seq: int | None

    @property
    def type(self) -> str:
        return self.body.TYPE


# --- the people of the desk -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBody:
    """Base of what happens to an agent outside any conversation."""

    TYPE: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAdded(AgentBody):
    TYPE: ClassVar[str] = "agent_added"
    card: AgentCard
    access: tuple[str, ...]
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    capacity: int | None = None
    skills: tuple[str, ...] = ()
    canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged(AgentBody):
    """All that the account says of its person from now on."""

    TYPE: ClassVar[str] = "agent_changed"
    card: AgentCard
    access: tuple[str, ...]
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    capacity: int | None
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDisabled(AgentBody):
    TYPE: ClassVar[str] = "agent_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEnabled(AgentBody):
    TYPE: ClassVar[str] = "agent_enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(AgentBody):
    """`because_lost`: set by the system, since no socket was left for a while."""

    TYPE: ClassVar[str] = "presence_changed"
    presence: Presence
    because_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected(AgentBody):
    TYPE: ClassVar[str] = "agent_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLost(AgentBody):
    TYPE: ClassVar[str] = "agent_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted(AgentBody):
    TYPE: ClassVar[str] = "wrap_up_started"
    conversation_id: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(AgentBody):
    TYPE: ClassVar[str] = "wrap_up_ended"
    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSeated(AgentBody):
    """The agent was given, or let go of, a conversation: the moment from which idleness counts."""

    TYPE: ClassVar[str] = "agent_seated"


AGENT_BODIES: dict[str, type[AgentBody]] = {
    body.TYPE: body
    for body in (
        AgentAdded,
        AgentChanged,
        AgentDisabled,
        AgentEnabled,
        PresenceChanged,
        AgentConnected,
        AgentLost,
        WrapUpStarted,
        WrapUpEnded,
        AgentSeated,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """One entry of the desk's own log about its people."""

    agent_id: str
    at: datetime
    body: AgentBody

    @property
    def type(self) -> str:
        return self.body.TYPE


AnyEvent = Event | AgentEvent
