"""The shapes of the wire contract, as types: what clients send, and what they get.

Requests are parsed with these types and with nothing else; answers are checked against them in the contract tests.
`python -m handoff.service.wire_schema` writes them as JSON Schema, from which the TypeScript types are made. Unknown
fields of a request are ignored, as clients ignore ours.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from handoff.domain.errors import Code, DomainError, bad_request
from handoff.domain.handoff import OfferOutcome, Outcome, Reason
from handoff.domain.people import Access, Presence

VERSION = 1
EVENTS_MAX = 500  # in one snapshot or sync; the rest is fetched by `sync`

ClientId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
LocaleTag = Annotated[str, Meta(min_length=1, max_length=35, pattern=r"^[A-Za-z0-9_-]+$")]
ShortText = Annotated[str, Meta(max_length=4_000)]
Moment = Annotated[datetime, Meta(tz=True)]
_EMAIL = r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$"

# --- requests: customers --------------------------------------------------------------------------------


class CustomerAuth(Struct):
    v: Literal[1]
    token: str
    since: Seq = 0


class Message(Struct):
    client_id: ClientId
    text: str


class RequestHuman(Struct):
    client_id: ClientId
    note: str | None = None


class Withdraw(Struct):
    client_id: ClientId


class ContactIn(Struct):
    email: Annotated[str, Meta(max_length=254, pattern=_EMAIL)] | None = None
    phone: Annotated[str, Meta(min_length=5, max_length=40, pattern=r"^[0-9+()/ .-]+$")] | None = None


class Callback(Struct):
    client_id: ClientId
    contact: ContactIn
    at: Moment | None = None


class Feedback(Struct):
    client_id: ClientId
    seq: Seq
    helpful: bool


class Rate(Struct):
    client_id: ClientId
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: str | None = None


class Locale(Struct):
    client_id: ClientId
    locale: LocaleTag


class Introduce(Struct):
    """`name` null takes it back."""

    client_id: ClientId
    name: Annotated[str, Meta(max_length=400)] | None = None


class Sync(Struct):
    since: Seq


class Read(Struct):
    seq: Seq


class Typing(Struct):
    pass


# --- requests: agents -----------------------------------------------------------------------------------


class AgentAuth(Struct):
    v: Literal[1]
    token: str


class SetPresence(Struct):
    presence: Literal["online", "away", "offline"]


class Accept(Struct):
    offer_id: Id


class Decline(Struct):
    offer_id: Id
    reason: ShortText | None = None


class Open(Struct):
    conversation_id: Id
    since: Seq = 0


class AgentMessage(Struct):
    conversation_id: Id
    client_id: ClientId
    text: str


class Contacted(Struct):
    conversation_id: Id
    client_id: ClientId
    channel: Literal["phone", "email", "other"]
    outcome: Literal["reached", "not_reached"]


class TransferTo(Struct):
    agent_id: Id | None = None
    team: Id | None = None


class Transfer(Struct):
    conversation_id: Id
    client_id: ClientId
    to: TransferTo
    note: str | None = None


class FollowUp(Struct):
    conversation_id: Id
    client_id: ClientId
    answer_by: Moment
    note: str | None = None


class HandBack(Struct):
    conversation_id: Id
    client_id: ClientId
    note: str | None = None


class Resolve(Struct):
    conversation_id: Id
    client_id: ClientId
    outcome: Outcome
    note: str | None = None


class TakeBack(Struct):
    conversation_id: Id
    client_id: ClientId


class OpenPast(Struct):
    """`conversation_id` is the one at hand, `past_id` an earlier one of the same customer."""

    conversation_id: Id
    past_id: Id
    since: Seq = 0


class Search(Struct):
    """`before`: the `next` of the answer before; null for the first."""

    query: Annotated[str, Meta(min_length=1, max_length=200)]
    before: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class Block(Struct):
    conversation_id: Id
    client_id: ClientId
    reason: str


class Unblock(Struct):
    conversation_id: Id
    client_id: ClientId
    note: str | None = None


class InConversation(Struct):
    """`wrap_up_done`, `typing`, `past`, `suggest`, `watch` and `unwatch` of agents."""

    conversation_id: Id


class AgentRead(Struct):
    conversation_id: Id
    seq: Seq


class Assign(Struct):
    handoff_id: Id
    agent_id: Id


class Acknowledge(Struct):
    alert_id: Annotated[str, Meta(max_length=160, pattern=r"^.+\.[0-9]{1,15}$")]


# --- requests: HTTP -------------------------------------------------------------------------------------


class StartSession(Struct):
    site: Annotated[str, Meta(max_length=64)] | None = None
    locale: LocaleTag | None = None
    page_url: Annotated[str, Meta(max_length=2_000)] | None = None
    identity: Annotated[str, Meta(max_length=8_000)] | None = None


class SignIn(Struct):
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1_000)]
    totp: Annotated[str, Meta(max_length=10)] | None = None


class SetPassword(Struct):
    token: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Annotated[str, Meta(min_length=1, max_length=1_000)]


# --- answers --------------------------------------------------------------------------------------------


class ErrorBody(Struct):
    code: Code
    message: str
    retry_after_s: int | UnsetType = UNSET


class Failure(Struct):
    """An ack that refuses; HTTP bodies carry the same `error`."""

    ok: Literal[False]
    error: ErrorBody


class AgentView(Struct):
    id: str
    name: str
    role: str
    employer: str


class OwnerView(Struct):
    kind: Literal["agent", "team"]
    id: str
    name: str


class ContactView(Struct):
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET


class PromiseView(Struct):
    answer_by: str
    owner: OwnerView
    contact: ContactView | None


class HandoffView(Struct):
    id: str
    reference: str
    state: Literal["queued", "offered", "active", "promised", "resolved", "withdrawn"]
    reason: Reason
    requested_at: str
    answer_by: str | None
    place: int | None
    wait_estimate_s: int | None
    agent: AgentView | None
    promise: PromiseView | None
    as_of_seq: int


class ActorView(Struct):
    kind: Literal["customer", "bot", "agent", "system"]
    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class StubEvent(Struct):
    """What is left of any event that the customer had erased."""

    seq: int
    prev_seq: int
    id: str
    at: str
    type: str
    actor: ActorView
    erased: Literal[True]


class ConversationView(Struct):
    id: str
    control: Literal["bot", "waiting", "agent"]
    locale: str


class ToldBlockView(Struct):
    """What a blocked customer is told: by whom, since when, and in words how to go on."""

    by: AgentView
    at: str
    text: str


class SelfView(Struct):
    """Who the customer is, as far as they or their site have said."""

    name: str | None
    verified: bool


class CustomerConversationView(ConversationView):
    blocked: ToldBlockView | None
    customer: SelfView


class CustomerSnapshot(Struct):
    conversation: CustomerConversationView
    handoff: HandoffView | None
    events: list[Any]
    last_seq: int
    more: bool


class CustomerView(Struct):
    locale: str
    returning: bool
    verified: bool
    name: str | UnsetType = UNSET


class BlockView(Struct):
    by: AgentView
    at: str
    reason: str


class AgentConversationView(ConversationView):
    erased: bool
    customer: CustomerView
    blocked: BlockView | None


class TranscriptView(Struct):
    events: list[Any]
    count: int
    head_hash: str


class OfferView(Struct):
    offer_id: str
    handoff_id: str
    conversation_id: str
    reference: str
    reason: Reason
    chosen_by: str
    matched: list[str]
    customer: CustomerView
    requested_at: str
    expires_at: str
    answer_by: str | None
    transcript: TranscriptView


class QueueRow(Struct):
    handoff_id: str
    conversation_id: str
    reference: str
    state: Literal["queued", "offered", "active", "promised"]
    reason: Reason
    requested_at: str
    answer_by: str | None
    place: int | None
    team: str
    language: str
    skills: list[str]
    customer: CustomerView
    agent_id: str | None
    promise: PromiseView | None


class AlertView(Struct):
    """`why`: `nobody_on_duty`, `long_wait`, `promise_broken`, `idle`, `handed_back_twice`, `customer_blocked`,
    `promise_owner_away`, and more to come."""

    alert_id: str
    conversation_id: str
    handoff_id: str | None
    reference: str | None
    why: str
    at: str
    state: Literal["queued", "offered", "active", "promised", "resolved", "withdrawn"] | None
    answer_by: str | None
    customer: CustomerView


class AlertEndedView(Struct):
    alert_id: str


class MeView(AgentView):
    access: list[Access]
    teams: list[str]
    languages: list[str]
    skills: list[str]


class MemberView(MeView):
    presence: Presence
    seats_taken: int
    capacity: int


class WrapUpView(Struct):
    conversation_id: str
    until: str


class ToldView(Struct):
    why: str
    at: str


class BoardRow(Struct):
    """`overdue_since`: the first moment given to the customer that passed without an answer; `told`: the open alert."""

    conversation_id: str
    handoff_id: str
    reference: str
    state: Literal["queued", "offered", "active", "promised"]
    reason: Reason
    team: str
    skills: list[str]
    language: str
    requested_at: str
    waiting_since: str
    answer_by: str | None
    overdue: bool
    overdue_since: str | None
    next_deadline_at: str | None
    place: int | None
    agent: AgentView | None
    offered_to: AgentView | None
    promise: PromiseView | None
    told: ToldView | None
    customer: CustomerView


class BoardAgent(MemberView):
    """`load`: conversations offered to this person or with them. Wrap-ups take a seat too."""

    load: int
    wrap_ups: list[WrapUpView]


class BoardBlocked(BlockView):
    """A blocked customer, by the latest of their conversations; `reference` of the last handoff in it, if any."""

    conversation_id: str
    reference: str | None
    customer: CustomerView


class BoardCounts(Struct):
    """Live handoffs, all of them, by state; `overdue` ones are counted in their state too."""

    waiting: int
    offered: int
    active: int
    promised: int
    overdue: int


class NoticesView(Struct):
    """Notices outside the console. `configured`: by what they go out; `failed`: those of the pending ones that were
    tried in vain; `oldest_at`: since when the oldest of them is on its way."""

    configured: list[str]
    pending: int
    failed: int
    oldest_at: str | None


class BoardView(Struct):
    """The desk as its supervisors see it. `rows` are the most urgent ones first, at most 200; `blocked` the customers
    blocked last, as many."""

    as_of: str
    open: bool
    counts: BoardCounts
    rows: list[BoardRow]
    agents: list[BoardAgent]
    blocked: list[BoardBlocked]
    notices: NoticesView


class OwnConversation(Struct):
    conversation: AgentConversationView
    handoff: HandoffView | None
    last_seq: int


class CannedAnswerView(Struct):
    """A text that agents use again and again; `language` or `team` of null: for any. The console puts something in the
    place of `{customer}`, `{agent}`, `{role}`, `{employer}`, `{reference}` and `{date}`."""

    id: str
    title: str
    text: str
    language: str | None
    team: str | None


class CannedAnswersView(Struct):
    """All there are; told whenever one was added, changed or removed."""

    canned_answers: list[CannedAnswerView]


class TeamName(Struct):
    """What a team is called, for people to read."""

    key: str
    name: str


class TeamView(Struct):
    """Everybody, and the teams by name; told whenever somebody was invited, changed, disabled or enabled, or a team
    was added, renamed or removed."""

    team: list[MemberView]
    teams: list[TeamName]


class AgentSnapshot(Struct):
    """`as_of` is the server's time, from which clients count what is left of an offer or a wrap-up."""

    as_of: str
    me: MeView
    presence: Presence
    capacity: int
    wrap_ups: list[WrapUpView]
    offers: list[OfferView]
    conversations: list[OwnConversation]
    queue: list[QueueRow]
    team: list[MemberView]
    teams: list[TeamName]
    alerts: list[AlertView]
    canned_answers: list[CannedAnswerView]
    board: BoardView | UnsetType = UNSET  # for supervisors only


class PastRequest(Struct):
    """`outcome`: `handed_back`, or how a named agent resolved it; None when the customer withdrew it, or it goes on."""

    reference: str
    reason: Reason
    requested_at: str
    ended_at: str | None
    agent: AgentView | None
    outcome: str | None


class PastConversation(Struct):
    """`messages` counts what was said by anybody; `score` is the customer's latest rating."""

    conversation_id: str
    began_at: str
    last_at: str
    messages: int
    score: int | None
    requests: list[PastRequest]


class PastView(Struct):
    """Earlier conversations of the same customer, the latest first, at most 20."""

    conversations: list[PastConversation]


class FoundConversation(Struct):
    """`seq`, `at` and `text` are what was said or noted; null where the name, the reference or the address has the
    words. `reference`, `state` and `agent` are of the last handoff in it."""

    conversation_id: str
    customer: CustomerView
    began_at: str
    last_at: str
    reference: str | None
    state: Literal["queued", "offered", "active", "promised", "resolved", "withdrawn"] | None
    agent: AgentView | None
    seq: int | None
    at: str | None
    text: str | None


class SearchView(Struct):
    """Those that began last come first. `next` is null at the end. `complete` is false while what was said lately, or
    before an update of the server, is still being read."""

    found: list[FoundConversation]
    next: int | None
    complete: bool


class Suggestion(Struct):
    text: str
    intent: str


class SuggestionsView(Struct):
    """What the assistant would answer to the customer's open words, which have the number `of_seq`."""

    conversation_id: str
    of_seq: int
    suggestions: list[Suggestion]


class WrapUpsView(Struct):
    """All that this agent has now; told whenever one began or ended."""

    wrap_ups: list[WrapUpView]


class OfferEndedView(Struct):
    offer_id: str
    outcome: OfferOutcome


class QueueView(Struct):
    length: int
    queue: list[QueueRow]


def parse[T](data: object, shape: type[T]) -> T:
    """What a client sent, as the type that it must have. Raises `bad_request` with what is wrong and where."""
    try:
        found = msgspec.convert(data, shape)
        msgspec.json.encode(found)  # finds lone surrogates, which JSON can spell and nothing can keep
        return found
    except msgspec.ValidationError as error:
        raise bad_request(f"This request is malformed: {error}.") from error
    except (RecursionError, OverflowError, ValueError) as error:
        raise bad_request("This request is malformed.") from error


def error_body(error: DomainError) -> dict[str, Any]:
    """The `error` object of an ack or an HTTP answer."""
    body: dict[str, Any] = {"code": error.code.value, "message": error.message}
    if error.retry_after_s is not None:
        body["retry_after_s"] = error.retry_after_s
    if error.details is not None:
        body["details"] = error.details
    return body
