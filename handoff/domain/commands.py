"""What people and parts ask of the desk. Imperative names; ids that may be needed are brought by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handoff.domain.desk import DeskRules
from handoff.domain.events import Button, Score
from handoff.domain.handoff import Contact, Outcome
from handoff.domain.people import Access, AgentCard, Presence
from handoff.domain.requests import Read, reads_nothing_special


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandoff:
    """Id and reference for a handoff that the command may open."""

    handoff_id: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands."""


# --- customers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConversation(Command):
    """Base of the commands that concern one conversation."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConversation(ToConversation):
    customer_id: str
    customer_name: str | None
    verified: bool
    site: str
    locale: str
    page_url: str | None
    previous_conversation_id: str | None
    greeting: str
    canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMessage(ToConversation):
    text: str
    client_id: str
    new_handoff: NewHandoff
    read: Read = reads_nothing_special


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHandoff(ToConversation):
    new_handoff: NewHandoff
    client_id: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(ToConversation):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback(ToConversation):
    """`at`: the moment that the customer names; None leaves it to the desk."""

    new_handoff: NewHandoff
    contact: Contact
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveFeedback(ToConversation):
    new_handoff: NewHandoff
    seq: int
    helpful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(ToConversation):
    score: int
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLocale(ToConversation):
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduce(ToConversation):
    """`customer_id`: the site vouches for them; None: a name to show, or none any more."""

    name: str | None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCustomer(ToConversation):
    """ "Forget me": every conversation of this one's customer, so all of them have to be at hand."""


# --- the bot --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage:
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAnswered(ToConversation):
    """The bot's answer to the message `of_seq`, asked under sender `generation`.

    `wants` is the reason the bot itself gives for a person (`intent`, `action`, `distress`), if any.
    """

    new_handoff: NewHandoff
    of_seq: int
    messages: tuple[BotMessage, ...]
    intent: Score
    ranking: tuple[Score, ...]
    unsure: bool
    actions: tuple[str, ...]
    failed_actions: tuple[str, ...]
    did: tuple[str, ...]
    slots: str
    model_id: str
    milliseconds: int
    wants: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFailed(ToConversation):
    """The bot gave no usable answer: `failure` says how (refused, timeout, error, garbage, empty)."""

    new_handoff: NewHandoff
    of_seq: int
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBotTurn(ToConversation):
    """The message `of_seq`, which nobody has given to the bot yet, meets a restart of ours that began then."""

    of_seq: int
    restart_began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeBotTurn(ToConversation):
    """The restart is over, well or not: the bot is about to be asked about `of_seq`."""

    of_seq: int


# --- agents ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ByAgent(Command):
    """Base of the commands of a person of the desk. Any of them clears `not_responding`."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAgent(Command):
    card: AgentCard
    access: tuple[Access, ...]
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    capacity: int | None = None
    skills: tuple[str, ...] = ()
    canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAgent(Command):
    """Everything that an account says of its person, as it is from now on."""

    card: AgentCard
    access: tuple[Access, ...]
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    capacity: int | None
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableAgent(Command):
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableAgent(Command):
    """A disabled person may work again, with what the account said before."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectAgent(Command):
    """The first socket of an agent is there."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAgent(Command):
    """The last socket of an agent is gone."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence(ByAgent):
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(ByAgent):
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(ByAgent):
    offer_id: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByAgentTo(ByAgent):
    """Base of what a person of the desk does in one conversation."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage(ByAgentTo):
    text: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNote(ByAgentTo):
    text: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact(ByAgentTo):
    channel: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(ByAgentTo):
    """To an agent or to a team: exactly one of the two is set."""

    to_agent_id: str | None
    to_team: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp(ByAgentTo):
    answer_by: datetime
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack(ByAgentTo):
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(ByAgentTo):
    outcome: Outcome
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(ByAgentTo):
    """Undoes a slip: what this agent has just ended, or passed on and nobody has taken yet, is theirs again."""

    new_handoff: NewHandoff


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCustomer(ByAgentTo):
    """Against abuse. What is live here is resolved by it; `reason` is for the people of the desk. It concerns every
    conversation of this one's customer, so all of them have to be at hand."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockCustomer(ByAgentTo):
    """A supervisor lets the customer write again."""

    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWrapUp(ByAgentTo):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(ByAgent):
    """A supervisor gives a handoff to an agent (perhaps to themselves)."""

    handoff_id: str
    to_agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(ByAgentTo):
    """A supervisor has seen the alert with this number, and sees to it."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWhisper(ByAgentTo):
    text: str
    client_id: str


# --- time -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutDue(ToConversation):
    """Carry out every deadline of this conversation that has passed."""

    new_handoff: NewHandoff


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutDueOfAgent(Command):
    """Carry out every deadline of this agent that has passed: the end of a wrap-up, a lost agent."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartClocks(Command):
    """The server was away (stopped, or its clock stepped): deadlines on people start again in full.

    Deadlines owed to customers are left as they are. `sockets_lost`: no agent has a socket any more.
    """

    sockets_lost: bool


# --- the operator ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInForce(Command):
    """Other rules for the desk: opening hours, ladder, routes, teams, clocks. They hold once it was carried out."""

    rules: DeskRules
