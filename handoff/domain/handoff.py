"""A handoff: the obligation that a person takes over. Its states, and the table of what leads where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handoff.domain.ladder import Rung
from handoff.domain.people import AgentCard


class HandoffState(StrEnum):
    """Design, section 5."""

    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    PROMISED = "promised"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


LIVE = frozenset({HandoffState.QUEUED, HandoffState.OFFERED, HandoffState.ACTIVE, HandoffState.PROMISED})


class Reason(StrEnum):
    """Why a person is asked for."""

    BUTTON = "button"
    ASKED = "asked"
    INTENT = "intent"
    BOT_UNSURE = "bot_unsure"
    REPEATED_QUESTION = "repeated_question"
    NOT_HELPFUL = "not_helpful"
    DISTRESS = "distress"
    BOT_UNAVAILABLE = "bot_unavailable"
    ACTION = "action"
    AGENT = "agent"


class Outcome(StrEnum):
    """How a named person ended it."""

    ANSWERED = "answered"
    DONE = "done"
    FORWARDED = "forwarded"
    UNREACHABLE = "unreachable"


class OfferOutcome(StrEnum):
    """How an offer ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    RESCINDED = "rescinded"


class LeftReason(StrEnum):
    """Why an agent left a conversation that goes on."""

    LOST = "lost"
    SILENT = "silent"
    TRANSFER = "transfer"
    SUPERVISOR = "supervisor"
    DISABLED = "disabled"
    HANDED_BACK = "handed_back"


class ChosenBy(StrEnum):
    """Why routing chose this agent; recorded with each offer."""

    TRANSFER = "transfer"
    PROMISE_OWNER = "promise_owner"
    RETURNING_CUSTOMER = "returning_customer"
    LONGEST_IDLE = "longest_idle"
    SENDER = "sender"


HEAD = 0
REGULAR = 1
CANARY_RANK = 2  # added to a canary's rank, so that it never shifts a customer's place

# (state, type of the event) -> state. Types that are not listed for a state change no state; a type that is
# listed somewhere, but not for the present state, cannot happen there, and evolving it is a defect.
# The first event of a life, `handoff_requested`, is listed under None.
TRANSITIONS: dict[tuple[HandoffState | None, str], HandoffState] = {
    (None, "handoff_requested"): HandoffState.QUEUED,
    (HandoffState.RESOLVED, "handoff_requested"): HandoffState.QUEUED,  # the next handoff, another id
    (HandoffState.WITHDRAWN, "handoff_requested"): HandoffState.QUEUED,
    (HandoffState.QUEUED, "handoff_queued"): HandoffState.QUEUED,  # said right after the request
    (HandoffState.QUEUED, "offer_made"): HandoffState.OFFERED,
    (HandoffState.QUEUED, "agent_joined"): HandoffState.ACTIVE,  # taken or assigned by a supervisor
    (HandoffState.QUEUED, "handoff_promised"): HandoffState.PROMISED,
    (HandoffState.QUEUED, "handoff_withdrawn"): HandoffState.WITHDRAWN,
    (HandoffState.OFFERED, "offer_ended"): HandoffState.QUEUED,
    (HandoffState.OFFERED, "agent_joined"): HandoffState.ACTIVE,
    (HandoffState.ACTIVE, "agent_joined"): HandoffState.ACTIVE,  # a supervisor puts another in the place
    (HandoffState.ACTIVE, "handoff_queued"): HandoffState.QUEUED,
    (HandoffState.ACTIVE, "handoff_promised"): HandoffState.PROMISED,
    (HandoffState.ACTIVE, "handed_back"): HandoffState.RESOLVED,
    (HandoffState.ACTIVE, "handoff_resolved"): HandoffState.RESOLVED,
    (HandoffState.ACTIVE, "handoff_withdrawn"): HandoffState.WITHDRAWN,
    (HandoffState.PROMISED, "handoff_queued"): HandoffState.QUEUED,
    (
        HandoffState.PROMISED,
        "agent_joined",
    ): HandoffState.ACTIVE,  # the owner, or one of the team, takes it up
    (HandoffState.PROMISED, "handoff_promised"): HandoffState.PROMISED,
    (HandoffState.PROMISED, "handoff_withdrawn"): HandoffState.WITHDRAWN,
}

STATE_CHANGING = frozenset(event_type for _, event_type in TRANSITIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a customer wants to be called back. At least one is set."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOwner:
    """Who answers for a promise: a named agent, or a team by name."""

    kind: str  # "agent" or "team"
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A moment by which a named owner or team answers. `time_named` when somebody chose the moment: the customer of a
    call-back, the agent of a follow-up. `made_at` is None for promises from before it was kept."""

    answer_by: datetime
    owner: PromiseOwner
    contact: Contact | None = None
    time_named: bool = False
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A proposal to one agent, with its deadline, and why it was this agent (see `handoff.domain.routing`)."""

    offer_id: str
    agent_id: str
    expires_at: datetime
    chosen_by: ChosenBy
    matched: tuple[str, ...] = ()


_GRAVER = ("nobody_on_duty", "promise_broken")  # than any other; the last is the gravest


def gravity(why: str) -> int:
    """Of what the supervisor is told: a broken promise stays the reason of an alert, whatever follows from it."""
    return _GRAVER.index(why) + 1 if why in _GRAVER else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An open alert: what the supervisor was told and nobody has reacted to.

    `why`, `at`, `seq`: of the latest `supervisor_told`. `since`: the first of them that no outside notice was asked
    for; None once one was asked for `why`, and then the next is asked for at `again_at` (None: no more of them).
    """

    why: str
    at: datetime
    seq: int
    since: datetime | None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """The whole of a handoff, folded from its conversation's log.

    `team` and `skills` are who is asked first. `waiting_since` is the start of the present stretch of waiting, from
    which the ladder counts; `enqueued_at` is its place in the queue and never moves later. `answer_by` is None once a
    person has answered. `declined_by` lists agents who are not asked again before the next rung. `engaged_by` lists the
    agents who have written or made contact in this handoff, `written_since_join` tells it of the present one;
    `attempted_by` those who tried to reach the customer in vain. `assigned_by` is the supervisor who gave it to the
    present agent, if one did. `unanswered_since` is the oldest customer message without an answer while active.
    `resolved_before_at` is when the handoff before this one was resolved, if it was and its agent is the one preferred.
    `agent_lost_at` is set while the agent concerned (offered or active) has no socket. `rungs` are the names of those
    done, `wider_teams` the teams that they opened it to; `idle_reviewed_at` is the last review.
    `owed_since` is the first moment given to the customer that was broken and not made good since, by a person's answer
    or by another moment agreed with one.
    `promises_kept` and `promises_broken` count moments given (`answer_by`) that somebody answered in time, or nobody.
    `canary` marks a test of the product itself: routed to nobody but the canary agent, counted in no figure.
    """

    handoff_id: str
    reference: str
    state: HandoffState
    reason: Reason
    requested_at: datetime
    answer_by: datetime | None
    team: str
    language: str
    rank: int
    enqueued_at: datetime
    waiting_since: datetime
    skills: tuple[str, ...] = ()
    offers_made: int = 0
    offer: Offer | None = None
    declined_by: tuple[str, ...] = ()
    preferred_agent_id: str | None = None
    preferred_because: ChosenBy | None = None
    resolved_before_at: datetime | None = None
    transferred_by: str | None = None
    agent: AgentCard | None = None
    assigned_by: str | None = None
    accepted_at: datetime | None = None
    engaged_by: tuple[str, ...] = ()
    written_since_join: bool = False
    unanswered_since: datetime | None = None
    last_word_at: datetime | None = None
    agent_lost_at: datetime | None = None
    promise: Promise | None = None
    promise_kept: bool = False
    promises_kept: int = 0
    promises_broken: int = 0
    owed_since: datetime | None = None
    first_answered_at: datetime | None = None
    contacts_failed: int = 0
    attempted_by: tuple[str, ...] = ()
    rungs: tuple[str, ...] = ()
    wider_teams: tuple[str, ...] = ()
    idle_reviewed_at: datetime | None = None
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    canary: bool = False

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def waiting(self) -> bool:
        return self.state is HandoffState.QUEUED or self.state is HandoffState.OFFERED

    def overdue_since(self, now: datetime) -> datetime | None:
        """The moment by which the customer should have had an answer and has none; None: nothing is overdue."""
        return overdue_since(self.answer_by, self.owed_since, now) if self.live else None

    @property
    def widened(self) -> bool:
        """Whether any team is asked by now, in any language that both share."""
        return Rung.WIDENED in self.rungs

    @property
    def queue_key(self) -> tuple[int, datetime, str]:
        """The order of the queue: rank, then `enqueued_at`, then id. Canaries come after everybody."""
        return (self.rank + CANARY_RANK if self.canary else self.rank, self.enqueued_at, self.handoff_id)

    @property
    def next_offer_id(self) -> str:
        """Ids of offers follow from the handoff and their number, so the rules need no random source."""
        return f"{self.handoff_id}.{self.offers_made + 1}"


def overdue_since(answer_by: datetime | None, owed_since: datetime | None, now: datetime) -> datetime | None:
    """`Handoff.overdue_since` of a live handoff of which only these two are at hand, as in the ledger."""
    if owed_since is not None:
        return owed_since
    return answer_by if answer_by is not None and answer_by <= now else None
