"""What the service needs from the world: storage, clock, ids, the bot, the detector, and nothing of how they work."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from handoff.domain.commands import BotMessage
from handoff.domain.conversation import Conversation
from handoff.domain.events import AgentEvent, Score
from handoff.domain.people import Agent
from handoff.domain.requests import Reading


class StorageUnavailable(Exception):
    """Storage did not take it, or did not answer: nothing of the batch was written. Try again later."""


class StorageUnusable(StorageUnavailable):
    """Trying again would not help: somebody has to see to it. The message is for the operator."""


class StorageConflict(StorageUnavailable):
    """A fence held: a number, a request, an e-mail address or a live handoff that is there already.

    Nothing of the batch was written, and the same batch never will be: it comes from a defect, or from somebody
    who wrote first. What the batch was made from has to be read anew.
    """


class Recorded(Struct, frozen=True, kw_only=True):
    """An event as the log keeps it. `payload` and `salt` are None once erased.

    `customer_prev_seq` is the customer's previous visible event, None for an event hidden from customers.
    """

    conversation_id: str
    seq: int
    id: str
    at: datetime
    type: str
    actor_kind: str
    actor_id: str | None
    payload: dict[str, Any] | None  # any JSON value: the shape is the event type's
    salt: bytes | None
    payload_digest: bytes
    hash: bytes
    customer_prev_seq: int | None


class StoredConversation(Struct, frozen=True, kw_only=True):
    """Folded state, and the hash of the last event in its log (32 bytes)."""

    conversation: Conversation
    head_hash: bytes


class RequestKey(Struct, frozen=True):
    """What makes a request idempotent: the client's id for it within its actor and conversation."""

    conversation_id: str
    actor: str
    client_id: str


def key_of_offer(agent_id: str, act: str, offer_id: str) -> RequestKey:
    """Accept and decline have no `client_id`: the offer itself makes them idempotent. The ack of an accept shows the
    handoff, so it goes with the conversation when that is erased."""
    return RequestKey("offers", f"agent:{agent_id}", f"{act}:{offer_id}")


class StoredAck(Struct, frozen=True, kw_only=True):
    """The first answer to a request, kept as long as the log. `body_digest` tells whether it is the same request."""

    key: RequestKey
    body_digest: bytes
    ack: dict[str, Any]  # JSON, as it was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a person of the desk signs in. `password_hash` is argon2id, None until it was set."""

    agent_id: str
    email: str
    password_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token, kept by its SHA-256 only. `kind`: customer, agent, or password (one use).

    `replaces` is the digest of the token that this one came from; that one is valid until 60 s after this one's
    first use. `expires_at` moves with each use, at most once an hour.
    """

    digest: bytes
    kind: str
    subject: str
    conversation_id: str | None
    expires_at: datetime
    first_used_at: datetime | None = None
    replaces: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What goes outside the console by one channel; `(id, channel)` is its key.

    Of a conversation: `told_at` is since when a supervisor is wanted; `reference`, `state` and `answer_by` are the
    handoff's, as it was when the notice was asked for. `text` is ours, for what is about no conversation. `failure`
    says why the latest of `attempts` was in vain; it waits until `delivered_at` is set.
    """

    id: str
    channel: str
    why: str
    asked_at: datetime
    next_try_at: datetime
    conversation_id: str | None = None
    reference: str | None = None
    state: str | None = None
    answer_by: datetime | None = None
    told_at: datetime | None = None
    text: str | None = None
    attempts: int = 0
    failure: str | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFigures:
    """Of the notices that wait: how many, how many of them were tried in vain, since when the oldest does."""

    pending: int = 0
    failed: int = 0
    oldest_at: datetime | None = None
    latest_failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered:
    """Something that the desk's people administer in the console: see `handoff.service.administered`.

    `value` is a JSON object; None takes it away.
    """

    kind: str
    id: str
    value: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who changed what of the desk. `actor_id` is None for the operator, who has the data in their hands.

    `subject` is the id or key of what was changed, `subject_name` what people call it. `changes` holds by field what
    was and what is, JSON values. `number` counts up from 1, and is given by storage: 0 before it is written.
    """

    at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    subject: str
    subject_name: str
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    number: int = 0


class PromisesOfQuarter(NamedTuple):
    """Moments given to customers that were kept, or broken, in the quarter of an hour that begins at `quarter`
    (RFC 3339 without seconds, UTC)."""

    quarter: str
    kept: int
    broken: int


@dataclass(slots=True, kw_only=True)
class Batch:
    """What is written in one transaction, all or nothing.

    `superseded` holds conversations as they were when a handoff had ended and the next was asked for: the ledger keeps
    each, while the state in `conversations` shows the last one. Notices that were delivered before a moment of
    `notices_delivered_before` are cleared away. `customers` gives a conversation (its id first) to another customer id.
    `erased` holds conversations with the number of the event that erased them: payloads and salts of all before it, and
    the acks given there, are deleted for good, after everything else was written.
    """

    events: list[Recorded] = field(default_factory=list)
    agent_events: list[AgentEvent] = field(default_factory=list)
    conversations: list[tuple[StoredConversation, datetime | None]] = field(default_factory=list)
    superseded: list[Conversation] = field(default_factory=list)
    agents: list[tuple[Agent, datetime | None]] = field(default_factory=list)
    acks: list[StoredAck] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    tokens_dead: list[bytes] = field(default_factory=list)
    tokens_dead_of: list[tuple[str, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    notices_delivered_before: list[datetime] = field(default_factory=list)
    administered: list[Administered] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    customers: list[tuple[str, str]] = field(default_factory=list)
    erased: list[tuple[str, int]] = field(default_factory=list)

    def empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)

    def add(self, other: Batch) -> None:
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name))


class Found(NamedTuple):
    """A conversation in which something was found, and the latest event in which it was. `number` counts conversations
    in the order in which they began: what is found before it comes next."""

    stored: StoredConversation
    record: Recorded
    number: int


class LedgerRow(NamedTuple):
    """Moments are RFC 3339 text. `agent_*`: who has it, or had it at the end. Live while `ended_at` is None.

    `waiting_since` is set while it is queued or offered; `owed_since` and `next_deadline_at` while it is live.
    `first_answer_ms`: from the request to the first word of a person; None before, and where it is not known.
    `canary` is 1 or 0.
    """

    handoff_id: str
    conversation_id: str
    reference: str
    reason: str
    team: str
    language: str
    state: str
    requested_at: str
    answer_by: str | None
    agent_id: str | None
    agent_name: str | None
    promises_broken: int
    next_deadline_at: str | None
    ended_at: str | None
    ended_by: str | None
    outcome: str | None
    waiting_since: str | None
    owed_since: str | None
    promises_kept: int
    first_answer_ms: int | None
    canary: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts over the whole life of the installation.

    `requested` by reason; `ended` by outcome, `withdrawn` among them. A moment given to a customer is kept by an
    answer in time, or broken. `first_answers` by the place of their class in `ledger.FIRST_ANSWER_BOUNDS_S`, slower
    ones under its length; `first_answers_ms` is their sum.
    """

    requested: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)
    promises_kept: int = 0
    promises_broken: int = 0
    first_answers: Mapping[int, int] = field(default_factory=dict)
    first_answers_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a desk starts from: every agent, every conversation of concern (with a live handoff, an open alert or a
    blocked customer), the latest moment written."""

    agents: list[Agent]
    conversations: list[StoredConversation]
    latest_at: datetime | None


class Storage(Protocol):
    """Durable storage. Every method may raise `StorageUnavailable`. `commit` returns when it is on disk."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`: at least `ok`. Writes and reads something small."""

    async def commit(self, batch: Batch) -> None: ...

    async def live_state(self) -> LiveState: ...

    async def conversations(self, ids: Iterable[str]) -> list[StoredConversation]: ...

    async def conversation_ids(self, after: str, limit: int) -> list[str]:
        """Ids of every conversation there is, in their order, from the one after `after` on; "" is before all."""

    async def acks(self, keys: Sequence[RequestKey]) -> list[StoredAck]: ...

    async def events(
        self, conversation_id: str, *, since: int = 0, limit: int | None = None, customer: bool = False
    ) -> list[Recorded]:
        """Events with a higher `seq` than `since`, in order; with `customer`, only those a customer may see."""

    async def due(self, now: datetime, limit: int) -> tuple[list[str], list[str]]:
        """Ids of conversations and of agents with a deadline at or before `now`, the earliest first."""

    async def earliest_deadline(self) -> datetime | None:
        """The earliest of all deadlines, of conversations and of agents; None when there is none."""

    async def latest_conversation(self, site: str, customer_id: str) -> StoredConversation | None: ...

    async def conversations_of(self, site: str, customer_id: str) -> list[StoredConversation]:
        """Every conversation of this customer on this site, in the order in which they began."""

    async def index_words(self, limit: int) -> bool:
        """Make what was said since the last time findable, of at most so many events; whether that is all now."""

    async def search(
        self, words: Sequence[str], *, agent_id: str | None, before: int | None, limit: int
    ) -> list[Found]:
        """Conversations with an event that has all these words (or words that begin so, without case and accents) in
        what was said or noted, in a reference, a customer's name or e-mail address; those that began last come first.
        With `agent_id`, only those whose last agent that is. Canaries are nowhere to be found."""

    async def ledger(self, *, live: bool = False) -> list[LedgerRow]:
        """Every handoff ever committed, in the order of the requests; with `live`, those that are owed still."""

    async def requested_between(self, since: datetime, until: datetime, limit: int) -> list[LedgerRow]:
        """Handoffs of customers that were asked for from `since` on and before `until`, in their order; no canaries."""

    async def promises_since(self, since: datetime) -> list[PromisesOfQuarter]:
        """Of each quarter of an hour from `since` on in which there was one, in order."""

    async def totals(self) -> Totals:
        """Counts over all handoffs there ever were. Costs the same however many they are."""

    async def administered(self) -> list[Administered]:
        """All there is, by kind and id."""

    async def audit(self, *, before: int | None, limit: int) -> list[AuditEntry]:
        """The entries with a lower number than `before`, the latest first."""

    async def notices_waiting(self, channel: str, limit: int) -> list[Notice]:
        """Those that are not delivered, the next to be tried first."""

    async def notices(self, *, delivered: bool, limit: int) -> list[Notice]:
        """For people: those that wait, the oldest first, on every channel; with `delivered`, the others after them, the
        latest first."""

    async def notice_figures(self) -> NoticeFigures: ...

    async def account(self, email: str) -> Account | None: ...

    async def account_of(self, agent_id: str) -> Account | None: ...

    async def token(self, digest: bytes) -> Token | None: ...

    async def successor(self, digest: bytes) -> Token | None:
        """The token that replaces this one, the earliest used first, if any was used."""

    async def purge_tokens(self, expired_before: datetime, limit: int) -> int:
        """Delete tokens that expired before this, at most so many of them; how many they were."""

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """A secret of this installation, kept in storage; `fresh` becomes it if there is none yet."""


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC, whole milliseconds."""

    def monotonic(self) -> float:
        """Seconds from any start, never stepping back."""


class Ids(Protocol):
    """Source of everything that must be new or unguessable."""

    def new(self, prefix: str) -> str: ...

    def reference(self) -> str:
        """Short and easy to read aloud: how a customer names a handoff. It grants nothing."""

    def secret(self) -> str: ...

    def salt(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurn:
    """One message for the bot. `slots` is what the bot knew last: for a sender that it does not know (any more)."""

    turn_id: str
    sender_id: str
    text: str
    locale: str
    slots: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReply:
    """What the bot answered, checked for shape. `wants`: why the bot itself asks for a person, or None."""

    messages: tuple[BotMessage, ...]
    intent: Score
    ranking: tuple[Score, ...]
    unsure: bool
    actions: tuple[str, ...]
    failed_actions: tuple[str, ...]
    did: tuple[str, ...]
    slots: str
    model_id: str
    wants: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSuggestion:
    """What the bot would say, without having said it."""

    text: str
    intent: str


class BotUnavailable(Exception):
    """The bot gave no usable answer. `failure` says how: refused, timeout, error, garbage, circuit_open.

    `late` is still to come: the answer after its time, or another `BotUnavailable`. None: nothing will come.
    """

    def __init__(self, failure: str, *, late: Awaitable[BotReply] | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.late = late


class Bot(Protocol):
    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        """Raises `BotUnavailable`."""

    async def suggest(self, turn: BotTurn, *, timeout_s: float) -> tuple[BotSuggestion, ...]:
        """What it would answer; it does nothing and remembers nothing. Raises `BotUnavailable`."""

    def restarted(self) -> None:
        """A restart of ours is over: what was known of the bot before it does not count any more."""

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`: at least `ok`."""


class Hears(Protocol):
    """The detector that is at work. A server that has just started takes part of a second to have it, on a busy
    machine many."""

    @property
    def at_work(self) -> HumanRequestDetector | None:
        """None until the first one is there."""

    async def read(self, text: str) -> Reading:
        """How the text was read. Waits for the first detector, and never long for what is in doubt."""


class HumanRequestDetector(Protocol):
    def read(self, text: str) -> Reading:
        """How the text was read. Takes some hundredths of a second where `glance` is not sure."""

    def glance(self, text: str) -> tuple[Reading, bool]:
        """How it is read well below a millisecond, and whether `read` says the same."""
