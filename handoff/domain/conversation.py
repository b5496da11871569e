"""A conversation: everything said with one customer over a stretch of time, folded from its log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handoff.domain.handoff import Handoff, HandoffState, Told
from handoff.domain.people import AgentCard
from handoff.domain.text import language_of


class Control(StrEnum):
    """Whose turn it is to answer. One holder at a time."""

    BOT = "bot"
    WAITING = "waiting"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSide:
    """The bot's side of a conversation: turns it owes, and how well it does.

    `pending` holds the `seq` of customer messages that wait for the bot, oldest first; the first is under way
    since `turn_started_at`, or held back during a restart of ours, at most until `turn_held_until`. `generation`
    counts the sender ids used with Rasa: a new one after an answer that nobody saw. `slots` (a JSON object) is what
    the bot knew last, for a sender that it does not know. `asked` holds the questions of this stretch, in the form
    under which two count as the same, `intents` what it understood with certainty, the latest last. `offer_person`
    asks, after the next answer, whether a person is wanted; `person_asked`: the last answer asked so. `doubt`, and
    `answer`, by which the last answer is known again, tell how the bot is doing: see `handoff.domain.failing`.
    """

    pending: tuple[int, ...] = ()
    turn_started_at: datetime | None = None
    turn_held_until: datetime | None = None
    generation: int = 1
    slots: str = "{}"
    doubt: int = 0
    answer: str = ""
    not_helpful: tuple[int, ...] = ()
    asked: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    offer_person: bool = False
    person_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who the customer is, as far as known. A name counts as proven only when `verified`."""

    id: str
    name: str | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Who shut a customer out, since when, and why; the reason is for the people of the desk."""

    by: AgentCard
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """State of one conversation. `customer_seq` is the last event that the customer may see (0: none).

    `bot_messages` holds the latest messages of the bot, on which feedback is possible. `block` is set while the
    customer is blocked: in all conversations of that customer, or in none. `previous_agent_id` served the customer
    last before this conversation began, and is preferred for that; it gives them no right to see this one. `alert` is
    what the supervisor was told and nobody has reacted to yet; it may be about an ended handoff. `canary` marks a test
    of the product itself; nobody but the canary agent has to do with it, and no figure counts it. `begun_as` is the
    customer's id before the site vouched for them here, if it did so later. `erased`: the customer had everything
    erased, and nothing more is said here.
    """

    conversation_id: str
    customer: Customer
    site: str
    locale: str
    started_at: datetime
    last_at: datetime
    last_seq: int = 0
    customer_seq: int = 0
    handoff: Handoff | None = None
    bot: BotSide = field(default_factory=BotSide)
    bot_messages: tuple[int, ...] = ()
    last_agent_id: str | None = None
    hand_backs: tuple[datetime, ...] = ()
    previous_conversation_id: str | None = None
    previous_agent_id: str | None = None
    block: Block | None = None
    canary: bool = False
    alert: Told | None = None
    begun_as: str | None = None
    erased: bool = False

    @property
    def session_subject(self) -> str:
        """Whose tokens open this conversation: they and their requests keep the id under which it began."""
        return self.begun_as or self.customer.id

    @property
    def of_concern(self) -> bool:
        """Whether the desk always has it at hand: somebody is owed an answer, is kept out, or is to look at it."""
        return self.live_handoff is not None or self.block is not None or self.alert is not None

    @property
    def control(self) -> Control:
        if self.handoff is not None:
            if self.handoff.waiting:
                return Control.WAITING
            if self.handoff.state is HandoffState.ACTIVE:
                return Control.AGENT
        return Control.BOT

    @property
    def live_handoff(self) -> Handoff | None:
        return self.handoff if self.handoff is not None and self.handoff.live else None

    @property
    def language(self) -> str:
        """The language part of the locale: `de` for `de-AT`."""
        return language_of(self.locale)
