"""The referee: looks at every commit, at everything that people are told, and at the clock, and says what is wrong.

It looks twice. Once with the checks of `handoff.domain.guarantee`, on a desk of its own that is built from nothing but
what became durable. And once with an account kept from the raw events alone, which shares no code with the rules: what
a customer waits for, since when, and what should have happened by now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf

from msgspec import structs

from handoff.domain.conversation import Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.events import AgentEvent, AnyEvent, Event, OfferMade
from handoff.domain.fold import fold_agent
from handoff.domain.guarantee import (
    SWEEP_S,
    Violation,
    conversation_violations,
    routing_violations,
    seat_violations,
    step_violations,
    violations,
)
from handoff.service.chain import FIRST_LINK, rfc3339
from handoff.service.codec import event_from_record
from handoff.service.ports import Batch, Recorded
from handoff.simulation.lines import Json
from handoff.simulation.rulebook import AHEAD, HEAD, Rulebook
from handoff.simulation.sealing import sealed_rightly

SLACK_S = 2 * SWEEP_S + 2.0  # two sweeps, and the time in which a busy or slow server carries them out
NOTICED_S = 16.0  # a socket that says nothing is found out by now: pings every 8 s, 7 s to answer
_SEALS_CHECKED_EVERY = 8  # of all events; the chain of whole logs is checked at the end

_STUB_FIELDS = 7  # of an event that was erased: seq, prev_seq, id, at, type, actor, and that it was
_NEVER = datetime(9_000, 1, 1, tzinfo=UTC)

ON_DISK = "1: told only what is on disk"
OTHERS = "what belongs to others is not found"
LOST = "lost is who has no line left"
BLOCKED = "a blocked customer is blocked everywhere, and nobody else is"
BELIEVED = "9: what the server believes is what is on the disk"
ERASED = "what was erased is told to nobody, and nothing is said any more"
# After these all conversations of a customer have to be as that one is.
_OF_BLOCKS = frozenset({"customer_blocked", "customer_unblocked", "customer_introduced"})
# What nobody adds to a conversation that was erased.
_SAID = frozenset(
    """message note whisper contacted feedback rated handoff_requested handoff_queued offer_made agent_joined
    handoff_promised late_bot_answer customer_introduced locale_changed erased""".split()
)

# What no customer is ever shown. Written out here, not taken from the rules that it checks.
HIDDEN = frozenset(
    """note whisper message_read bot_turn_answered bot_turn_failed late_bot_answer transfer_asked transfer_failed
    offer_made offer_ended agent_connection ladder_stepped supervisor_told clocks_restarted notice_asked
    alert_acknowledged block_explained bot_turn_held bot_turn_resumed locale_changed customer_introduced""".split()
)


type _Owed = tuple[Json | None, str | None, Json | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong. `check` names the invariant or rule, `at_s` is virtual time."""

    check: str
    about: str
    what: str
    at_s: float

    def __str__(self) -> str:
        return f"{self.at_s:.3f} s [{self.check}] {self.about}: {self.what}"


@dataclass(slots=True)
class Account:
    """One conversation, from its raw events alone. Times are virtual.

    `history` has handoff and state after each seq, `owed` who has it, by when an answer is owed and what is promised,
    `durable_at` when it came to the disk. `card` is of who has it, `let_go` when others ceased to be asked, to have it
    or to owe the promise. Everything before `erased_seq` was erased; 0:
    nothing was.
    """

    records: list[Recorded] = field(default_factory=list)
    history: list[tuple[str | None, str | None]] = field(default_factory=list)
    owed: list[_Owed] = field(default_factory=list)
    durable_at: list[float] = field(default_factory=list)
    changed_at: float = 0.0
    canary: bool = False
    client_ids: set[tuple[str, str]] = field(default_factory=set)
    visible_seq: int = 0
    handoff_id: str | None = None
    state: str | None = None
    asked_for: tuple[str, str, str] | None = None
    promise: Json | None = None
    card: Json | None = None
    let_go: dict[str, float] = field(default_factory=dict)
    offer: tuple[str, str, float] | None = None
    agent: str | None = None
    assigned: bool = False
    joined_at: float = 0.0
    written: bool = False
    engaged: set[str] = field(default_factory=set)
    attempted: set[str] = field(default_factory=set)
    unanswered_at: float | None = None
    waiting_at: float = 0.0
    steps: set[str] = field(default_factory=set)
    answer_by: str | None = None
    bot_owes: int = 0
    bot_owes_at: float = 0.0
    erased_seq: int = 0
    erased_at: float = 0.0

    @property
    def concerned(self) -> str | None:
        """Who is asked, has it, or owes the promise."""
        if self.state == "offered" and self.offer is not None:
            return self.offer[1]
        if self.state == "promised" and self.promise is not None and self.promise["owner"]["kind"] == "agent":
            return str(self.promise["owner"]["id"])
        return self.agent if self.state == "active" else None

    @property
    def live(self) -> bool:
        return self.state in ("queued", "offered", "active", "promised")

    def is_erased(self, seq: int, since: float) -> bool:
        """Whether event `seq` was erased before `since`: from then on its text is told to nobody."""
        return seq < self.erased_seq and self.erased_at < since

    def kept(self) -> list[Recorded]:
        """The log as it has to be on the disk. `records` remembers what was erased."""
        return [
            structs.replace(one, payload=None, salt=None) if one.seq < self.erased_seq else one
            for one in self.records
        ]


class Referee:
    """`now`: virtual time. `wall`: the server's clock. `on_finding` is called once for each thing that is wrong."""

    def __init__(
        self,
        rules: DeskRules,
        now: Callable[[], float],
        wall: Callable[[], datetime],
        on_finding: Callable[[Finding], None],
    ) -> None:
        self._rules = rules
        self._now = now
        self._wall = wall
        self._on_finding = on_finding
        self.shadow = Desk(rules)
        self.queue_changed_at = 0.0
        self.rulebook = Rulebook(lambda: self._rules, now, self.wrong)
        self.accounts: dict[str, Account] = {}
        self.states: dict[str, Conversation] = {}
        self._live: dict[str, None] = {}
        self._agents_lost_at: dict[str, float] = {}
        self._steady_since = 0.0
        self._patience = 1.0
        self.is_running = False
        self.started = asyncio.Event()
        self._seals = 0
        self._commits = self._looked_at_commits = 0  # batches, and other rules
        self._sound_until: datetime | None = None  # as far as deadlines go; None: not known
        self._people_changed: dict[str, float] = {}
        self.requested = 0
        self.ended = 0
        self.events = 0
        self.told_from: Callable[[], float] = lambda: inf  # when that was sent which arrives now
        self.is_on_line: Callable[[str], bool] = lambda agent_id: False
        self.shown_there: Callable[[], Iterator[tuple[str, float]]] = lambda: iter(())

    def wrong(self, check: str, about: str, what: str) -> None:
        self._on_finding(Finding(check=check, about=about, what=what, at_s=self._now()))

    def now_s(self) -> float:
        """Virtual time."""
        return self._now()

    def _violated(self, found: list[Violation]) -> None:
        for one in found:
            self.wrong(one.invariant.value, one.about, one.what)

    # -- what the server goes through --

    def trouble(self) -> None:
        """A start, a fault of the disk, a step of the clock: clocks on people begin again from here."""
        self._steady_since = self._now()

    @property
    def steady(self) -> bool:
        """Whether nothing has gone wrong for as long as two sweeps take."""
        return self.is_running and self._now() - self._steady_since >= SLACK_S

    def in_force(self, rules: DeskRules) -> None:
        """What is committed from now on goes by these."""
        if rules is self._rules:
            return
        self._commits += 1
        if rules != self._rules:
            self.rulebook.other_rules(self._rules)
            self.trouble()
        self._rules = self.shadow.rules = rules  # also where they are equal: that takes long to find out

    def clock_set_back(self) -> None:
        """From now on the server's clock may go at half the rate of real time; what it waits for takes as long."""
        self._patience = 2.0
        self.trouble()

    @property
    def in_real_time(self) -> bool:
        """Whether the server's clock goes as fast as time does: it was never put back."""
        return self._patience == 1.0

    def running(self, running: bool) -> None:
        self.is_running = running
        if running:
            self.rulebook.serving()
            self.started.set()
        else:
            self.rulebook.died()
        self.trouble()

    # -- commits --

    def evolving(self, desk: Desk, event: AnyEvent) -> None:
        """An event is about to be put into the server's desk: only here the order among agents and handoffs shows."""
        self._violated(routing_violations(desk, event))
        if isinstance(event, Event) and isinstance(event.body, OfferMade):
            room = tuple(one.id for one in desk.agents.values() if one.routable and desk.has_free_seat(one))
            self.rulebook.offering(event.body.offer_id, room)

    def committed(self, batch: Batch) -> None:
        self._commits += 1
        touched: dict[str, None] = {}
        agents: dict[str, None] = {}
        for record in batch.events:
            touched[record.conversation_id] = None
            self._put(record)
        for event in batch.agent_events:
            agents[event.agent_id] = None
            self._put_agent(event)
        self.rulebook.committed(batch)
        self._compare(batch)
        for conversation_id in touched:
            state = self.states[conversation_id]
            self._violated(conversation_violations(self.shadow, state))
            handoff = state.live_handoff
            if handoff is not None and handoff.rank != self.rulebook.rank(conversation_id):
                self.wrong(
                    HEAD, conversation_id, f"{handoff.rank}, not {self.rulebook.rank(conversation_id)}"
                )
            concerned = self.accounts[conversation_id]
            for agent_id in (concerned.agent, concerned.offer[1] if concerned.offer else None):
                if agent_id is not None:
                    agents[agent_id] = None
        if any(record.type in _OF_BLOCKS for record in batch.events):
            self._look_at_blocks({(self.states[one].customer.id, self.states[one].site) for one in touched})
        for agent_id in agents:
            if agent_id in self.shadow.agents:
                self._violated(seat_violations(self.shadow, self.shadow.agents[agent_id]))
                self._count_seats(agent_id)

    def _look_at_blocks(self, customers: set[tuple[str, str]]) -> None:
        """Of these customers, by id and site: also in conversations that the desk has not at hand."""
        blocked: dict[tuple[str, str], bool] = {}
        for about, state in self.states.items():
            customer = state.customer.id, state.site
            if customer in customers and blocked.setdefault(customer, state.block is not None) is not (
                state.block is not None
            ):
                self.wrong(BLOCKED, about, f"{state.block} here, and elsewhere not so")

    def _put(self, record: Recorded) -> None:
        conversation_id = record.conversation_id
        account = self.accounts.setdefault(conversation_id, Account())
        self.events += 1
        self._check_seal(account, record)
        before = self.states.get(conversation_id)
        after, found = step_violations(before, event_from_record(record))
        self._violated(found)
        if after is not None:
            self.states[conversation_id] = after
            if after.of_concern or after.bot.pending:
                self.shadow.put_conversation(after)
            else:
                self.shadow.drop_conversation(conversation_id)
        if _key_in_queue(before) != _key_in_queue(after):
            self.queue_changed_at = self._now()
        concerned = account.concerned
        self._note(account, record)
        if concerned is not None and concerned != account.concerned:
            account.let_go[concerned] = self._now()
        account.records.append(record)
        account.history.append((account.handoff_id, account.state))
        card = account.card if account.state == "active" else None
        account.owed.append((card, account.answer_by, account.promise))
        account.changed_at = self._now()
        account.durable_at.append(account.changed_at)
        if account.live or account.bot_owes:
            self._live[conversation_id] = None
        else:
            self._live.pop(conversation_id, None)

    def _put_agent(self, event: AgentEvent) -> None:
        before = self.shadow.agents.get(event.agent_id)
        is_lost = event.type == "agent_lost" and before is not None and before.connected
        if is_lost and self.steady and self.is_on_line(event.agent_id):
            self.wrong(LOST, event.agent_id, "has a line that is open")
        self.shadow.put_agent(fold_agent(self.shadow.agents.get(event.agent_id), event))
        self._people_changed[event.agent_id] = self._now()
        if event.type == "agent_lost":
            self._agents_lost_at.setdefault(event.agent_id, self._now())
        elif event.type == "agent_connected":
            self._agents_lost_at.pop(event.agent_id, None)

    def _compare(self, batch: Batch) -> None:
        """What is stored as state is what the log says, and so is the next deadline."""
        rules = self._rules
        for stored, deadline_at in batch.conversations:
            about = stored.conversation.conversation_id
            state = self.states.get(about)
            if state != stored.conversation:
                self.wrong("9: replaying the log equals the state", about, f"{state} / {stored.conversation}")
            elif stored.head_hash != self.accounts[about].records[-1].hash:
                self.wrong("9: replaying the log equals the state", about, "another head than the log's")
            elif deadline_at != next_deadline_at(state, rules):
                self.wrong("12: a deadline survives a restart", about, f"stored {deadline_at}")
            elif state.live_handoff is not None and deadline_at is None:
                self.wrong("3: a live handoff has a next deadline in storage", about, "none is stored")
        for agent, deadline_at in batch.agents:
            if self.shadow.agents.get(agent.id) != agent:
                seen = self.shadow.agents.get(agent.id)
                self.wrong("9: replaying the log equals the state", agent.id, f"{seen} / {agent}")
            elif deadline_at != next_agent_deadline_at(agent, rules):
                self.wrong("12: a deadline survives a restart", agent.id, f"stored {deadline_at}")

    def _check_seal(self, account: Account, record: Recorded) -> None:
        """Numbers and links; of a share of the events the digest and the hash too."""
        about = record.conversation_id
        if record.seq != len(account.records) + 1:
            self.wrong(
                "2: seq has no gap and no duplicate", about, f"{record.seq} after {len(account.records)}"
            )
        hidden = record.type in HIDDEN
        if hidden is not (record.customer_prev_seq is None):
            self.wrong("customers see what is theirs, and all of it", about, f"{record.type} {record.seq}")
        if record.customer_prev_seq is not None:
            if record.customer_prev_seq != account.visible_seq:
                self.wrong("2: seq has no gap and no duplicate", about, f"prev_seq of {record.seq}")
            account.visible_seq = record.seq
        self._seals += 1
        if self._seals % _SEALS_CHECKED_EVERY == 0:
            previous = account.records[-1].hash if account.records else FIRST_LINK
            if not sealed_rightly(record, previous):
                self.wrong("11: the chain covers every event", about, f"event {record.seq}")

    # -- the account: what each raw event means --

    def _note(self, account: Account, record: Recorded) -> None:
        now, about, payload = self._now(), record.conversation_id, record.payload or {}
        actor = record.actor_id or ""
        client_id = payload.get("client_id")
        if client_id is not None:
            key = (actor, client_id)
            if key in account.client_ids:
                self.wrong("2: one client_id, one event", about, f"{client_id} again at {record.seq}")
            account.client_ids.add(key)
        if account.erased_seq and record.type in _SAID:
            self.wrong(ERASED, about, f"{record.type} at {record.seq}, erased at {account.erased_seq}")
        match record.type:
            case "conversation_started":
                account.canary = bool(payload.get("canary"))
            case "erased":
                if account.live or record.actor_kind != "customer":
                    self.wrong(ERASED, about, f"erased by {record.actor_kind} while {account.state}")
                account.erased_seq, account.erased_at, account.bot_owes = record.seq, now, 0
                account.promise = None
            case "message":
                self._note_message(account, record, now)
            case "bot_turn_answered":
                account.bot_owes = max(0, account.bot_owes - 1)
                account.bot_owes_at = now
            case "bot_turn_failed":
                account.bot_owes = 0
            case "handoff_requested":
                if account.live:
                    self.wrong("at most one live handoff", about, f"a second one at {record.seq}")
                self.requested += 1
                account.handoff_id, account.state = payload["handoff_id"], "queued"
                account.offer, account.agent, account.engaged, account.attempted = None, None, set(), set()
                account.answer_by, account.promise = payload["answer_by"], None
                account.asked_for = (payload["reference"], payload["reason"], rfc3339(record.at))
                self._waits(account, now)
            case "handoff_queued":
                account.state, account.agent, account.offer = "queued", None, None
                account.answer_by = payload["answer_by"]
                self._waits(account, now)
            case "offer_made":
                account.state = "offered"
                account.offer = (payload["offer_id"], payload["agent_id"], now)
            case "offer_ended":
                account.state, account.offer = "queued", None
            case "agent_joined":
                self._note_joined(account, record, now)
            case "contacted":
                if payload["outcome"] == "reached":
                    self._answered(account, actor)
                else:
                    account.attempted.add(actor)
            case "handoff_promised":
                account.state, account.agent, account.offer = "promised", None, None
                account.answer_by, account.unanswered_at = payload["answer_by"], None
                contact = payload.get("contact")
                account.promise = {
                    "answer_by": payload["answer_by"],
                    "owner": payload["owner"],
                    "contact": contact and {one: how for one, how in contact.items() if how is not None},
                }
            case "promise_broken":
                account.answer_by = payload["next_answer_by"]
                if account.promise is not None:
                    owner = payload.get("next_owner") or account.promise["owner"]
                    account.promise = account.promise | {"answer_by": account.answer_by, "owner": owner}
            case "ladder_stepped":
                account.steps.add(payload["rung"])
            case "supervisor_told":
                account.steps.add(payload["why"])
            case "promise_offered":
                account.steps.add("promise_offered")
            case "handed_back" | "handoff_resolved" | "handoff_withdrawn":
                self._note_ended(account, record)
            case _:
                pass

    def _note_message(self, account: Account, record: Recorded, now: float) -> None:
        about = record.conversation_id
        if record.actor_kind == "bot" and account.state in ("queued", "offered", "active"):
            self.wrong("5: one holder of control", about, f"the bot speaks while {account.state}")
        if record.actor_kind == "agent":
            if account.state != "active" or account.agent != record.actor_id:
                self.wrong(
                    "5: one holder of control", about, f"{record.actor_id} writes, {account.agent} has it"
                )
            self._answered(account, record.actor_id or "")
        if record.actor_kind == "customer":
            if account.state == "active":
                account.unanswered_at = account.unanswered_at or now
            elif account.state not in ("queued", "offered"):
                if account.bot_owes == 0:
                    account.bot_owes_at = now
                account.bot_owes += 1

    def _answered(self, account: Account, agent_id: str) -> None:
        account.engaged.add(agent_id)
        account.written, account.unanswered_at, account.answer_by = True, None, None

    def _waits(self, account: Account, now: float) -> None:
        account.waiting_at, account.steps, account.bot_owes = now, set(), 0
        account.written, account.unanswered_at = False, None

    def _note_joined(self, account: Account, record: Recorded, now: float) -> None:
        agent_id = (record.payload or {})["agent"]["id"]
        joiner = self.shadow.agents.get(record.actor_id or "")
        supervised = joiner is not None and joiner.is_supervisor
        if not supervised and account.state == "active":
            self.wrong("6: never two agents", record.conversation_id, f"{agent_id} joins {account.agent}")
        offered_to = account.offer[1] if account.offer is not None else None
        if not supervised and account.state in ("queued", "offered") and offered_to != agent_id:
            self.wrong("8: a stale offer cannot be accepted", record.conversation_id, f"by {agent_id}")
        account.state, account.offer, account.agent = "active", None, agent_id
        account.card = (record.payload or {})["agent"]
        account.assigned = record.actor_id != agent_id
        account.joined_at, account.written, account.unanswered_at = now, False, None
        account.bot_owes = 0

    def _note_ended(self, account: Account, record: Recorded) -> None:
        about, actor = record.conversation_id, record.actor_id or ""
        self.ended += 1
        if record.type == "handoff_withdrawn":
            if record.actor_kind != "customer":
                self.wrong("10: ended by whom", about, f"withdrawn by {record.actor_kind} {actor}")
        else:
            tried = (record.payload or {}).get("outcome") == "unreachable" and actor in account.attempted
            named = bool((record.payload or {}).get("actor_name"))
            if record.actor_kind != "agent" or not named or actor != account.agent:
                self.wrong("10: ended by whom", about, f"{record.type} by {record.actor_kind} {actor}")
            elif actor not in account.engaged and not tried:
                self.wrong("10: ended by whom", about, f"{record.type} by {actor} in silence")
        account.state = "withdrawn" if record.type == "handoff_withdrawn" else "resolved"
        account.offer, account.answer_by, account.unanswered_at = None, None, None

    def _count_seats(self, agent_id: str) -> None:
        agent = self.shadow.agents[agent_id]
        if agent.is_supervisor:
            return
        offered = sum(1 for one in self._accounts() if one.offer is not None and one.offer[1] == agent_id)
        has = sum(
            1
            for one in self._accounts()
            if one.state == "active" and one.agent == agent_id and not one.assigned
        )
        capacity = self._rules.policy.capacity if agent.capacity is None else agent.capacity
        if offered + has > capacity:
            self.wrong(
                "6: never more than capacity", agent_id, f"{offered} offered and {has} active of {capacity}"
            )

    def live(self) -> Iterator[tuple[str, Account]]:
        """Conversations in which something is owed."""
        return ((one, self.accounts[one]) for one in self._live)

    def is_blocked(self, conversation_id: str) -> bool:
        state = self.states.get(conversation_id)
        return state is not None and state.block is not None

    def agent_changed_at(self, agent_id: str) -> float:
        return self._people_changed.get(agent_id, 0.0)

    def _accounts(self) -> Iterator[Account]:
        return (self.accounts[one] for one in self._live)

    # -- the clock --

    def tick(self) -> None:
        """Called about once a sweep while the server runs."""
        now = self._now()
        if not self.steady:
            return
        self._look_at_desk()
        self.rulebook.look_at_jump()
        for conversation_id in list(self._live):
            self._overdue(conversation_id, self.accounts[conversation_id], now)
        for agent_id, gone_at in self.shown_there():
            agent = self.shadow.agents.get(agent_id)
            gone_s = now - max(gone_at, self._steady_since)
            if agent is not None and agent.connected and gone_s > (NOTICED_S + SLACK_S) * self._patience:
                self.wrong("4: a lost agent is noticed", agent_id, f"shown as there, gone for {gone_s:.0f} s")

    def _look_at_desk(self) -> None:
        """All of it. Where nothing was written since the last time, only time can have made a difference."""
        wall = self._wall()
        if self._commits == self._looked_at_commits:
            if self._sound_until is None:
                self._sound_until = self._first_deadline() + timedelta(seconds=SLACK_S)
            if wall <= self._sound_until:
                return
        self._violated(violations(self.shadow, wall, sweep_s=SLACK_S / 2))
        self._looked_at_commits, self._sound_until = self._commits, None

    def _first_deadline(self) -> datetime:
        rules, desk = self._rules, self.shadow
        moments = [next_deadline_at(one, rules) for one in desk.conversations.values()]
        moments += [next_agent_deadline_at(one, rules) for one in desk.agents.values()]
        return min((one for one in moments if one is not None), default=_NEVER)

    def _overdue(self, about: str, account: Account, now: float) -> None:
        policy = self._rules.policy

        def late(since: float | None, allowed_s: float, what: str) -> None:
            waited_s = 0.0 if since is None else now - max(since, self._steady_since)
            if waited_s > (allowed_s + SLACK_S) * self._patience:
                self.wrong(
                    "4: no deadline passes without its consequence", about, f"{what}: {waited_s:.1f} s"
                )

        if account.answer_by is not None and account.live:
            over_s = (self._wall() - datetime.fromisoformat(account.answer_by)).total_seconds()
            if over_s > SLACK_S:
                self.wrong(
                    "4: no deadline passes without its consequence", about, f"answer_by {over_s:.1f} s ago"
                )
        prepared_by = self.rulebook.prepared_by(about)
        if prepared_by is not None and (self._wall() - prepared_by).total_seconds() > SLACK_S:
            self.wrong(AHEAD, about, f"nobody is asked, due at {prepared_by}")
        if account.bot_owes and account.state not in ("queued", "offered", "active"):
            late(
                account.bot_owes_at,
                policy.bot_turn_timeout_s + policy.bot_restart_hold_s,
                "a turn of the bot",
            )
        if account.state in ("queued", "offered"):
            for step, after_s in self._ladder():
                if step not in account.steps:
                    late(account.waiting_at, after_s, f"waiting without {step}")
        if account.offer is not None:
            _, agent_id, since = account.offer
            late(since, policy.offer_timeout_s, "an open offer")
            lost_at = self._agents_lost_at.get(agent_id)
            if lost_at is not None:
                late(max(lost_at, since), policy.agent_lost_offer_s, "an offer to somebody who is gone")
        if account.state == "active" and account.agent is not None:
            lost_at = self._agents_lost_at.get(account.agent)
            if lost_at is not None:
                late(max(lost_at, account.joined_at), policy.agent_lost_active_s, "with somebody who is gone")
            if not account.written:
                late(account.joined_at, policy.first_answer_requeue_s, "taken, and no first answer")
            late(account.unanswered_at, policy.next_answer_requeue_s, "an unanswered message")
            for since_s, allowed_s, what in self.rulebook.owed_by_people(about):
                late(since_s, allowed_s, what)

    def _ladder(self) -> list[tuple[str, float]]:
        return [(rung.rung, rung.after_s) for rung in self._rules.rungs]

    # -- what people are told --

    def _told_up_to(self, conversation_id: str, account: Account | None, seq: int, what: str) -> bool:
        """Whether all of the log up to `seq` is on the disk, and was when this was sent."""
        if account is None or seq > len(account.records):
            self.wrong(ON_DISK, conversation_id, f"{what} {seq} is not")
            return False
        if seq and account.durable_at[seq - 1] > self.told_from():
            self.wrong(ON_DISK, conversation_id, f"{what} {seq} was not when it was sent")
        return True

    def told_head(self, conversation_id: str, last_seq: int) -> None:
        self._told_up_to(conversation_id, self.accounts.get(conversation_id), last_seq, "a head at")

    def told_event(self, conversation_id: str, event: Json, *, customer: bool, since: float = 0.0) -> None:
        """An event on somebody's screen: it is on disk, and just like this. `since`: when it was asked for, or the
        connection was opened on which it came."""
        account = self.accounts.get(conversation_id)
        seq = event["seq"]
        if not self._told_up_to(conversation_id, account, seq, "event") or account is None:
            return
        record = account.records[seq - 1]
        payload = record.payload or {}
        is_stub = event.get("erased") is True
        if is_stub:
            payload = {"erased": seq < account.erased_seq}
        elif account.is_erased(seq, since):
            self.wrong(ERASED, conversation_id, f"event {seq} is told: {str(event)[:200]}")
        same = (
            event["id"] == record.id
            and event["type"] == record.type
            and event["at"] == rfc3339(record.at)
            and event["actor"].get("name") == payload.get("actor_name")
            and event["prev_seq"] == (record.customer_prev_seq if customer else seq - 1)
        )
        for name, value in payload.items():
            same = same and (name == "actor_name" or event.get(name) == value)
        if is_stub:
            same = same and len(event) == _STUB_FIELDS and len(event["actor"]) <= 2
        if not same:
            self.wrong(
                "9: what clients build equals what the server has", conversation_id, f"event {seq}: {event}"
            )
        if customer and record.type in HIDDEN:
            self.wrong(
                "customers see what is theirs, and all of it", conversation_id, f"{record.type} was shown"
            )

    def told_to(self, conversation_id: str, seq: int, agent_id: str, soon_s: float) -> None:
        """An event in the console of somebody who is no supervisor: it was theirs, or had been until just before."""
        account = self.accounts[conversation_id]
        if not self.steady or seq > len(account.records) or account.concerned == agent_id:
            return
        gone_s = account.durable_at[seq - 1] - account.let_go.get(agent_id, -inf)
        if gone_s >= soon_s:
            self.wrong(
                OTHERS, conversation_id, f"{agent_id} is told event {seq}, let go {gone_s:.1f} s before"
            )

    def told_handoff(self, conversation_id: str, view: Json | None) -> None:
        """A handoff on somebody's screen: it was so at that point of the log."""
        if view is None:
            return
        account = self.accounts.get(conversation_id)
        as_of = view["as_of_seq"]
        if not self._told_up_to(conversation_id, account, as_of, "a handoff as of") or account is None:
            return
        if account.history[as_of - 1] != (view["id"], view["state"]):
            what = f"told {view['state']}, was {account.history[as_of - 1]} at {as_of}"
            self.wrong("9: what clients build equals what the server has", conversation_id, what)
        elif view["state"] in ("queued", "offered", "active", "promised"):
            if owed_of(view) != account.owed[as_of - 1]:
                what = f"told {owed_of(view)}, was {account.owed[as_of - 1]} at {as_of}"
                self.wrong("9: what clients build equals what the server has", conversation_id, what)
            asked_for = (view["reference"], view["reason"], view["requested_at"])
            if view["id"] == account.handoff_id and asked_for != account.asked_for:
                what = f"told {asked_for}, asked for was {account.asked_for}"
                self.wrong("9: what clients build equals what the server has", conversation_id, what)

    def told_offer(self, offer: Json) -> None:
        """The transcript on an offer is whole, and its count and head say so."""
        conversation_id, transcript = offer["conversation_id"], offer["transcript"]
        account = self.accounts.get(conversation_id)
        events = transcript["events"]
        check = "11: the agent sees the complete transcript"
        count = transcript["count"]
        if (
            not self._told_up_to(conversation_id, account, count, "an offer with events up to")
            or account is None
        ):
            return
        if [event["seq"] for event in events] != list(range(1, transcript["count"] + 1)):
            self.wrong(check, conversation_id, f"{len(events)} events, count {transcript['count']}")
            return
        handoff_id = offer["handoff_id"]
        asked_at = [one.seq for one in account.records if (one.payload or {}).get("handoff_id") == handoff_id]
        if not asked_at or transcript["count"] < asked_at[0]:
            self.wrong(check, conversation_id, f"{transcript['count']} events, asked for at {asked_at}")
        for event, record in zip(events, account.records, strict=False):
            text = (record.payload or {}).get("text")
            same = event["id"] == record.id and event["type"] == record.type and event.get("text") == text
            if not same or event["hash"] != record.hash.hex():
                self.wrong(check, conversation_id, f"event {event['seq']} is not the log's")
                return
        if not events or transcript["head_hash"] != account.records[len(events) - 1].hash.hex():
            self.wrong(check, conversation_id, "the head is another one")

    def told_offer_ended(self, conversation_id: str, offer_id: str, outcome: str) -> None:
        """Of an offer on somebody's screen: it ended like this."""
        was, account = "accepted", self.accounts[conversation_id]
        for record in reversed(account.records):
            payload = record.payload or {}
            if payload.get("offer_id") == offer_id:
                was = payload["outcome"] if record.type == "offer_ended" else was
                break
        if account.erased_seq and outcome == "rescinded" and was != "accepted":
            return  # which way it was is erased, too
        if was != outcome:
            what = f"{offer_id} {outcome}, it was {was}"
            self.wrong("9: what clients build equals what the server has", conversation_id, what)

    def acked_event(
        self, conversation_id: str, actor: str, client_id: str, ack: Json, text: str | None
    ) -> None:
        """An acknowledgement of something said: it is on disk, where the ack says."""
        account = self.accounts.get(conversation_id)
        seq = ack["seq"]
        if account is None or seq > len(account.records):
            self.wrong("1: acknowledged is on disk", conversation_id, f"{client_id}: {seq} is not")
            return
        record = account.records[seq - 1]
        payload = record.payload or {}
        if record.actor_id != actor or ack["at"] != rfc3339(record.at):
            self.wrong("1: acknowledged is on disk", conversation_id, f"{client_id}: {seq} is {record.type}")
        elif text is not None and (payload.get("client_id") != client_id or payload.get("text") != text):
            self.wrong("1: acknowledged is on disk", conversation_id, f"{client_id}: {seq} is something else")

    def acked_as(self, conversation_id: str, event_type: str, actor: str, **fields: object) -> None:
        """An acknowledgement of what has no number of its own: there is such an event of this person."""
        account = self.accounts.get(conversation_id)
        for record in reversed(account.records if account is not None else ()):
            payload = record.payload or {}
            by_them = record.type == event_type and record.actor_id == actor
            if by_them and all(payload.get(name) == value for name, value in fields.items()):
                return
        self.wrong("1: acknowledged is on disk", conversation_id, f"no {event_type} with {fields}")

    def acked_handoff(self, conversation_id: str, view: Json | None) -> None:
        """An acknowledged handoff is on disk. (A repeated ack is the first one again, so it may be an old state.)"""
        self.told_handoff(conversation_id, view)
        if view is None:
            self.wrong("1: acknowledged is on disk", conversation_id, "an ack without a handoff")


def owed_of(view: Json) -> _Owed:
    """Of a handoff as it is shown: who has it, by when an answer is owed, and what is promised."""
    return view["agent"], view["answer_by"], view["promise"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _key_in_queue(conversation: Conversation | None) -> object:
    """None for who does not wait in it."""
    handoff = None if conversation is None else conversation.handoff
    return handoff.queue_key if handoff is not None and handoff.waiting else None
