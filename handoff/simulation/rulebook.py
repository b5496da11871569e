"""What one event asks of the next: the design's rules about order, time and people, checked on raw events.

It shares no code with the rules of the desk. What it knows of a conversation or a person it reads from the payloads
that became durable, so that a rule, a fold or a choice that goes wrong is seen by what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handoff.domain import events as e
from handoff.domain.desk import DeskRules
from handoff.domain.events import AgentEvent
from handoff.domain.speech import SPEECH
from handoff.service.ports import Batch, Recorded
from handoff.simulation.bot_book import BotBook

Wrong = Callable[[str, str, str], None]  # check, about, what
_OTHER_LANGUAGE = {words.other_language for words in SPEECH.values()}  # said before a request

HEAD = "7: whoever was let down is at the head"
KEPT = "a promise is kept in time by its owner, or broken aloud"
TOLD = "the supervisor is told"
FULL = "clocks on people run in full"
RESTARTED = "clocks on people start again after a time without the server"
FITS = "asked is who fits, and nobody who has declined"
RETURN = "a returning customer is offered to the agent they know"
PRESENCE = "presence is what the person did"
GIVEN = "the moment that is given is the one of the settings"
DISABLED = "a disabled account has nothing and does nothing"
NOTICE = "a notice that was asked for is in the outbox with it"
SEAT = "the seat is kept for the notes"
HELD = "a restart of the bot holds nobody for longer than it may"
NAMED = "the person who is named is the one who has it"
THERE = "asked is who is there, and whoever leaves gives offers back"
ROOM = "6: an offer takes a free seat, and notes keep theirs"
PASSED = "who was named, to the customer or by a colleague, is asked first"
IN_TURN = "7: whoever has waited longer is offered first"
NEXT = "a moment is broken when it has passed, and the next one is the one of the settings"
UNREACHABLE = "10: unreachable only after two attempts, with a promise between"
PASSED_ON = "a transfer goes to somebody who is there, and is back with its sender when it is not taken"
WANTED = "a promise is taken up when its customer writes while somebody is on duty"
FAILING = "two answers in a row of which the bot was not sure lead to a person"
AHEAD = "a promised moment is prepared for before it comes"
ROUTES = "who is asked first is whom the routes of the desk name"

_SUPERVISE = frozenset({"supervisor", "admin"})
_LET_DOWN = ("lost", "silent", "disabled")  # reasons of `agent_left` after which a handoff is at the head
_GONE = ("away", "offline")
_NEVER = datetime.max.replace(tzinfo=UTC)
_REMINDERS = ("answer_reminded", "idle_reviewed", "promise_reminded")  # rungs that open nothing to anybody
_LONGEST_S = 86_400  # a moment that follows on a broken one is no further off
_STRETCH = timedelta(
    minutes=30
)  # after a longer pause a customer begins anew. Source: `handoff.domain.failing`
_ATTEMPTS = 2  # to reach somebody, before they may be called unreachable
_RESTART_FORGOTTEN_S = 120.0  # after this long an announcement that was lost on its way arrives no more
AWAY_S = 5.0  # a longer step forward of the clock counts as downtime. Source: design, section 5
# What runs is counted here from the commit that began it, and by the server from up to a second before (a slow disk).
# That nothing ends before its moment by the server's own clock is looked at to the millisecond.
_EARLY_S = 1.1


@dataclass(slots=True)
class _Person:
    """One of the desk, from the events about people. `card` as it was added."""

    card: dict[str, str]
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    skills: tuple[str, ...]
    answers: bool  # has the right to answer customers
    supervises: bool
    canary: bool
    capacity: int | None = None
    lost_at: datetime | None = None
    wrap_ups: set[str] = field(default_factory=set)  # conversations
    presence: str = "offline"
    presence_changes: int = 0
    connected: bool = False
    disabled: bool = False
    before: _Person | None = None  # as the account said until a change that is in the batch at hand

    @property
    def asked(self) -> bool:
        """Whether offers may be made to this person."""
        return self.connected and self.answers and not self.disabled and self.presence == "online"


@dataclass(slots=True)
class _Facts:
    """One conversation. Moments are the log's; those that end in `_s` are virtual time.

    `given` is the moment by which an answer is owed, `given_before` the one that the latest answer met. `place` is the
    order of the queue. `expected` was named for the next offer, `expected_by` is the check that asks for it.
    `broken_for` is a moment that only a follow-up explains.
    `next_is`: type of the event that has to follow now, its `why` or owner, and the check that asks for it.
    `passed_s` is set while a transfer was not taken; `unsure`: answers in a row that the bot was not sure of.
    `wanted`: the customer of a promise has written, while somebody is on duty.
    """

    canary: bool = False
    state: str | None = None
    place: tuple[int, datetime, str] = (1, _NEVER, "")
    broken: int = 0
    broken_for: datetime | None = None
    left: str | None = None
    missed: bool = False
    given: datetime | None = None
    given_before: datetime | None = None
    owner: tuple[str, str] | None = None
    contact: dict[str, str] | None = None
    time_named: bool = False
    promised_at: datetime | None = None
    wanted: bool = False
    said_at: datetime | None = None
    unsure: int = 0
    site: str = ""
    passed_s: float | None = None
    tried_again: bool = False
    language: str = ""
    team: str = ""
    skills: tuple[str, ...] = ()
    wider: set[str] = field(default_factory=set)
    widened: bool = False
    declined: set[str] = field(default_factory=set)
    offer: tuple[str, str, datetime, float] | None = None
    offer_passed_on: bool = False
    expected: str | None = None
    expected_by: str = RETURN
    agent: str | None = None
    last_agent: str | None = None
    resolved_at: datetime | None = None
    joined_s: float = 0.0
    lost_s: float | None = None
    unanswered_s: float | None = None
    written: bool = False
    reminded: bool = False
    reviewed_s: float = 0.0
    word_s: float = 0.0
    failed_contacts: int = 0
    engaged: set[str] = field(default_factory=set)
    seen_by: set[str] = field(default_factory=set)
    handed_back_at: datetime | None = None
    restarted_s: float = 0.0
    next_is: tuple[str, str, str] | None = None


class Rulebook:
    """`committed` looks at each batch, in its order. `channels`: by which notices go out.

    `late(check, about, since_s, allowed_s, what)` is asked by `overdue`, and knows how patient to be.
    """

    def __init__(self, rules: Callable[[], DeskRules], now_s: Callable[[], float], wrong: Wrong) -> None:
        self._rules = rules
        self._now_s = now_s
        self._wrong = wrong
        self.channels: tuple[str, ...] = ()
        self.bot = BotBook(now_s, wrong)
        self.people: dict[str, _Person] = {}
        self._facts: dict[str, _Facts] = {}
        self._started_s = 0.0
        self._put_forward_s: float | None = None
        self._put_forward_at: datetime | None = (
            None  # by the clock before; no more once the server started anew
        )
        self._rules_before: DeskRules | None = None
        self._jumped_s: float | None = None
        self._to_restart: list[str] = []
        self._restarts = 0  # of the bot, that were announced lately
        self._restart_announced_s = -_RESTART_FORGOTTEN_S
        self._held_until: set[str] = set()
        self._room: dict[str, tuple[str, ...]] = {}

    # -- what the server goes through --

    def died(self) -> None:
        """Once there is a server again, clocks on people count anew."""
        self._to_restart = [one for one, facts in self._facts.items() if facts.state in ("offered", "active")]
        self.bot.trouble()

    def serving(self) -> None:
        """A server has taken up its work."""
        for one in self._to_restart:
            facts = self._facts[one]
            if facts.state in ("offered", "active") and facts.restarted_s < self._started_s:
                self._wrong(RESTARTED, one, f"{facts.state} since before the start")
        self._to_restart = []

    def other_rules(self, before: DeskRules) -> None:
        """The next batch puts other rules in force, and may begin with what was decided under the ones before."""
        self._rules_before = before

    def starting(self) -> None:
        self._started_s, self._put_forward_at = self._now_s(), None

    def clock_put_forward(self, at: datetime, jumped_s: float) -> None:
        """`at`: what the server's own clock said before; `jumped_s`: by how much it did."""
        self._put_forward_s, self._put_forward_at = self._now_s(), at
        if jumped_s > AWAY_S:
            self._jumped_s = self._now_s()
            self.died()

    def look_at_jump(self) -> None:
        """Two sweeps after the clock was put forward, if nothing else went wrong since."""
        if self._jumped_s is not None and self._to_restart:
            for one in self._to_restart:
                facts = self._facts[one]
                since_s = facts.offer[3] if facts.offer is not None else facts.joined_s
                since_s = max(since_s, facts.restarted_s)
                if facts.state in ("offered", "active") and since_s < self._jumped_s:
                    self._wrong(RESTARTED, one, f"{facts.state} since before the clock was put forward")
            self._to_restart = []
        self._jumped_s = None

    # -- commits --

    def offering(self, offer_id: str, have_room: tuple[str, ...]) -> None:
        """An offer is about to be made, while these have a seat for it."""
        self._room[offer_id] = have_room

    def committed(self, batch: Batch) -> None:
        acted = {
            one.actor_id: self._presence(one.actor_id)
            for one in batch.events
            if one.actor_kind == "agent" and one.actor_id is not None
        }
        for person in batch.agent_events:
            self._add(person)
        changes: dict[str, list[str]] = {}
        for person in batch.agent_events:
            changes.setdefault(person.agent_id, []).append(person.type)
            if isinstance(person.body, e.WrapUpEnded):
                self.people[person.agent_id].wrap_ups.discard(person.body.conversation_id)
        timed_out: set[str] = set()
        for record in batch.events:
            facts = self._facts.setdefault(record.conversation_id, _Facts())
            self._follow(facts, record)
            self._note(facts, record, changes)
            if record.type == "offer_ended" and _payload(record)["outcome"] == "timed_out":
                timed_out.add(_payload(record)["agent_id"])
        for agent_id in timed_out:
            if self.people[agent_id].asked and "presence_changed" not in changes.get(agent_id, ()):
                self._wrong(PRESENCE, agent_id, "let an offer pass and is asked again")
        for previous, person in zip((None, *batch.agent_events), batch.agent_events, strict=False):
            self._put(person, previous)
            self.people[person.agent_id].before = None
        self._look_at_offers_of(batch)
        for agent_id, presence in acted.items():
            person_now = self.people.get(agent_id)
            if person_now is None or agent_id in timed_out:
                continue
            if presence == "not_responding" and person_now.presence == "not_responding":
                self._wrong(PRESENCE, agent_id, "acts, and is not_responding")
        self._look_at_disabled(changes)
        self._look_at_notices(batch)
        self._rules_before = None
        for record in batch.events:
            broken_for = self._facts[record.conversation_id].broken_for
            if broken_for is not None:
                self._facts[record.conversation_id].broken_for = None
                self._wrong(NEXT, record.conversation_id, f"{broken_for} at {record.at}")
            if self._facts[record.conversation_id].wanted:
                self._facts[record.conversation_id].wanted = False
                self._wrong(WANTED, record.conversation_id, f"at {record.at}")
            asked = self._facts[record.conversation_id].next_is
            if asked is not None:
                self._facts[record.conversation_id].next_is = None
                self._wrong(asked[2], record.conversation_id, f"{record.type} without {asked[0]} {asked[1]}")

    def unresponsive(self, agent_id: str) -> int | None:
        """Which time it is that this person is `not_responding`; None while they are not."""
        person = self.people.get(agent_id)
        if person is None or person.presence != "not_responding":
            return None
        return person.presence_changes

    def acted(self, agent_id: str, unresponsive: int | None) -> None:
        """An act of this person was answered. `unresponsive`: as it was when the act was sent."""
        if unresponsive is not None and self.unresponsive(agent_id) == unresponsive:
            self._wrong(PRESENCE, agent_id, "has acted, and is not_responding still")

    def restart_announced(self) -> None:
        """A restart of the bot begins, or whoever announces it believes so."""
        now_s = self._now_s()
        if now_s - self._restart_announced_s > _RESTART_FORGOTTEN_S:
            self._restarts, self._held_until = 0, set()
        self._restart_announced_s = now_s
        self._restarts += 1

    def _held(self, record: Recorded) -> None:
        """All turns that one restart holds are held until the same moment: so long after its beginning."""
        self._held_until.add(_payload(record)["until"])
        if len(self._held_until) > self._restarts:
            what = f"held until {sorted(self._held_until)} by {self._restarts} restarts"
            self._wrong(HELD, record.conversation_id, what)

    def _presence(self, agent_id: str) -> str:
        person = self.people.get(agent_id)
        return "offline" if person is None else person.presence

    def _add(self, event: AgentEvent) -> None:
        body = event.body
        if isinstance(body, e.AgentAdded):
            self.people[event.agent_id] = _Person(
                card=_card_of(body),
                languages=body.languages,
                teams=body.teams,
                skills=body.skills,
                answers="agent" in body.access,
                supervises=not _SUPERVISE.isdisjoint(body.access),
                canary=body.canary,
                capacity=body.capacity,
            )
        elif isinstance(body, e.AgentChanged):
            person = self.people[event.agent_id]
            person.before = replace(person, before=None)
            person.card = _card_of(body)
            person.languages, person.teams, person.skills = body.languages, body.teams, body.skills
            person.answers = "agent" in body.access
            person.supervises = not _SUPERVISE.isdisjoint(body.access)
            person.capacity = body.capacity

    def _put(self, event: AgentEvent, previous: AgentEvent | None) -> None:
        person, body = self.people[event.agent_id], event.body
        if previous is not None and previous.agent_id == event.agent_id:
            self._restored(person, previous, event)
        match body:
            case e.AgentDisabled():
                person.disabled = True
                person.wrap_ups.clear()
            case e.WrapUpStarted():
                person.wrap_ups.add(body.conversation_id)
            case e.WrapUpEnded():
                person.wrap_ups.discard(body.conversation_id)
            case e.PresenceChanged():
                person.presence = body.presence.value
                person.presence_changes += 1
            case e.AgentConnected():
                person.connected = True
                if person.disabled:
                    self._wrong(DISABLED, event.agent_id, "connects")
            case e.AgentLost():
                person.connected, person.lost_at = False, event.at
            case _:
                pass

    def _restored(self, person: _Person, connected: AgentEvent, changed: AgentEvent) -> None:
        """Whoever comes back soon is what they were before; after a longer time they say themselves that they are
        there."""
        if not isinstance(connected.body, e.AgentConnected) or not isinstance(
            changed.body, e.PresenceChanged
        ):
            return
        rules = [one for one in (self._rules(), self._rules_before) if one]
        soon = timedelta(seconds=max(one.policy.agent_lost_active_s for one in rules))
        if person.lost_at is not None and connected.at - person.lost_at > soon:
            gone_s = (connected.at - person.lost_at).total_seconds()
            what = f"shown as {changed.body.presence} after {gone_s:.1f} s without a line"
            self._wrong(PRESENCE, changed.agent_id, what)

    def _look_at_disabled(self, changes: dict[str, list[str]]) -> None:
        for agent_id, types in changes.items():
            if "agent_disabled" not in types:
                continue
            for about, facts in self._facts.items():
                if facts.state in (None, "ended"):
                    continue
                offered_to = facts.offer[1] if facts.offer is not None else None
                owes = facts.state == "promised" and facts.owner == ("agent", agent_id)
                if owes or agent_id in (facts.agent, offered_to):
                    self._wrong(DISABLED, about, f"{facts.state} with {agent_id}")

    def _look_at_offers_of(self, batch: Batch) -> None:
        """Whoever went away or offline by their own choice is asked nothing any more."""
        last = {
            one.agent_id: one.body for one in batch.agent_events if isinstance(one.body, e.PresenceChanged)
        }
        went = {one for one, body in last.items() if body.presence in _GONE and not body.because_lost}
        for about, facts in self._facts.items() if went else ():
            if facts.offer is not None and facts.offer[1] in went:
                self._wrong(THERE, about, f"offered to {facts.offer[1]}, who went")

    def _look_at_notices(self, batch: Batch) -> None:
        for record in batch.events:
            if record.type == "notice_asked":
                rows = sorted(one.channel for one in batch.notices if one.id == record.id)
                if rows != sorted(self.channels):
                    self._wrong(NOTICE, record.conversation_id, f"by {rows} of {self.channels}")

    # -- one event --

    def _follow(self, facts: _Facts, record: Recorded) -> None:
        """Whether this is what the event before it asked for."""
        asked, facts.next_is = facts.next_is, None
        if asked and asked[2] == FAILING and _payload(record).get("text") in _OTHER_LANGUAGE:
            facts.next_is = asked
            return
        if record.type != "handoff_promised":
            facts.tried_again = False
        if asked is None:
            return
        payload = _payload(record)
        found = payload.get("why") or (payload.get("owner") or {}).get("id", "")
        if record.type != asked[0] or (asked[1] and found != asked[1]):
            self._wrong(asked[2], record.conversation_id, f"{record.type} {found}, not {asked[0]} {asked[1]}")

    def _note(self, facts: _Facts, record: Recorded, changes: dict[str, list[str]]) -> None:
        payload, about = _payload(record), record.conversation_id
        match record.type:
            case "conversation_started":
                facts.canary, facts.site = bool(payload.get("canary")), payload["site"]
            case "message" if record.actor_kind == "agent":
                self._answered(facts, record)
            case "message" if record.actor_kind == "customer":
                if facts.state == "active" and facts.unanswered_s is None:
                    facts.unanswered_s = self._begun_s(record)
                facts.word_s = self._now_s()
                facts.wanted = facts.state == "promised" and self._on_duty(changes)
                if facts.said_at is not None and record.at - facts.said_at > _STRETCH:
                    facts.unsure = 0
            case "message" if record.actor_kind == "bot":
                self.bot.shown(about, payload["text"])
            case "bot_turn_answered" | "bot_turn_failed" | "late_bot_answer":
                self.bot.logged(record)
                if record.type == "bot_turn_answered":
                    self._bot_answered(facts, record)
            case "contacted" if payload["outcome"] == "reached":
                self._answered(facts, record)
            case "contacted":
                self._not_reached(facts, record)
            case "handoff_requested":
                self._requested(facts, record)
            case "handoff_queued":
                self._queued(facts, record)
            case "offer_made":
                self._offered(facts, record, changes)
            case "offer_ended":
                self._offer_ended(facts, record)
            case "agent_joined":
                self._joined(facts, record)
            case "agent_left":
                self._left(facts, record)
            case "agent_connection":
                facts.lost_s = self._begun_s(record) if payload["lost"] else None
            case "bot_turn_held":
                self._held(record)
            case "clocks_restarted":
                facts.restarted_s = self._now_s()
                self._restarted(facts, record)
            case "transfer_asked":
                self._transferred(facts, record, changes)
            case "transfer_failed":
                facts.place, facts.passed_s = (0, *facts.place[1:]), None
                facts.expected, facts.expected_by = payload["back_to"], PASSED
            case "handoff_promised":
                self._promised(facts, record)
            case "promise_kept":
                self._kept(facts, record)
            case "promise_broken":
                self._broken(facts, record)
            case "ladder_stepped":
                self._climbed(facts, record)
            case "handed_back" | "handoff_resolved" | "handoff_withdrawn":
                self._ended(facts, record, changes)
            case _:
                pass
        facts.said_at = record.at
        if record.actor_kind == "agent" and (person := self.people.get(record.actor_id or "")) is not None:
            if person.disabled:
                self._wrong(DISABLED, about, f"{record.type} by {record.actor_id}")
            if payload.get("actor_name") != person.card["name"]:
                self._wrong(NAMED, about, f"{record.type} by {payload.get('actor_name')}")

    def _answered(self, facts: _Facts, record: Recorded) -> None:
        if facts.given is not None and record.at > facts.given:
            self._wrong(KEPT, record.conversation_id, f"answered at {record.at}, owed by {facts.given}")
        facts.given_before, facts.given = facts.given, None
        facts.written, facts.reminded, facts.unanswered_s = True, False, None
        facts.word_s = self._now_s()
        facts.engaged.add(record.actor_id or "")

    def _not_reached(self, facts: _Facts, record: Recorded) -> None:
        facts.failed_contacts += 1
        if facts.failed_contacts == 1:
            facts.next_is = ("handoff_promised", record.actor_id or "", UNREACHABLE)
        facts.tried_again = facts.failed_contacts > 1

    def _on_duty(self, changes: dict[str, list[str]]) -> bool:
        """Whether somebody is there for customers, before what is written now and after it."""
        return any(
            one.asked and not one.canary and agent_id not in changes for agent_id, one in self.people.items()
        )

    def _bot_answered(self, facts: _Facts, record: Recorded) -> None:
        facts.unsure = facts.unsure + 1 if _payload(record)["unsure"] else 0
        if facts.unsure >= self._rules().policy.unsure_answers_max and facts.state in (None, "ended"):
            facts.next_is = ("handoff_requested", "", FAILING)

    def _requested(self, facts: _Facts, record: Recorded) -> None:
        payload, rules = _payload(record), self._rules()
        given = _moment(payload["answer_by"])
        policy = rules.policy
        if not any(_may_be_given(given, record.at, one) for one in (rules, self._rules_before) if one):
            self._wrong(GIVEN, record.conversation_id, f"{given} at {record.at}")
        recently = facts.resolved_at is not None and record.at - facts.resolved_at <= timedelta(
            seconds=policy.return_to_agent_s
        )
        facts.expected, facts.expected_by = facts.last_agent if recently else None, RETURN
        facts.place, facts.broken = (1, record.at, payload["handoff_id"]), 0
        facts.language, facts.team = payload["language"], payload["team"]
        facts.skills, facts.unsure, facts.passed_s = tuple(payload.get("skills", ())), 0, None
        if not any(self._is_routed(facts, payload, one) for one in (rules, self._rules_before) if one):
            self._wrong(ROUTES, record.conversation_id, f"{facts.team} {facts.skills}")
        facts.failed_contacts, facts.declined, facts.owner, facts.engaged = 0, set(), None, set()
        facts.contact = None
        facts.agent, facts.left, facts.missed = None, None, False

    def _is_routed(self, facts: _Facts, payload: dict[str, Any], rules: DeskRules) -> bool:
        """As the first route says that fits. What the bot understood is known to the desk alone, so a route that asks
        for intents may fit or not."""
        asked = (facts.team, facts.skills)
        usual = (rules.teams[0].key, ())
        for one in () if facts.canary else rules.routes:
            fits = (
                (not one.sites or facts.site in one.sites)
                and (not one.languages or facts.language in one.languages)
                and (not one.reasons or payload["reason"] in one.reasons)
            )
            leads_to = (rules.serving(one.team).key, one.skills)
            if fits and (not one.intents or asked == leads_to):
                return asked == leads_to
        return asked == usual

    def _queued(self, facts: _Facts, record: Recorded) -> None:
        rank = _payload(record)["rank"]
        if (facts.left in _LET_DOWN or facts.missed) and rank != 0:
            self._wrong(HEAD, record.conversation_id, f"rank {rank} after {facts.left or 'a missed moment'}")
        facts.place = (min(rank, facts.place[0]), *facts.place[1:])
        facts.left, facts.missed, facts.agent, facts.lost_s = None, False, None, None
        facts.wanted = False
        facts.state, facts.given = "queued", _moment(_payload(record)["answer_by"])
        facts.wider, facts.widened, facts.offer = set(), False, None
        facts.written, facts.reminded, facts.unanswered_s = False, False, None

    def _in_turn(self, facts: _Facts, about: str, agent_id: str) -> None:
        """Nobody before this one in the queue could have been offered to the same person."""
        person = self.people[agent_id]
        if person.canary:  # whom nobody else is offered to
            return
        for other_id, other in self._facts.items():
            passed_over = other.state == "queued" and other.place < facts.place and not other.canary
            if passed_over and agent_id not in other.declined and self._fits(other, person):
                self._wrong(IN_TURN, other_id, f"{agent_id} is asked for {about}")

    def _has_room(self, about: str, agent_id: str) -> None:
        taken, seats = self._seats(agent_id)
        if taken >= seats:
            self._wrong(ROOM, about, f"{agent_id} is asked, with {taken + 1} of {seats} seats")

    def _seats(self, agent_id: str) -> tuple[int, int]:
        """Those taken by what they are asked, have, and write their notes on; and all."""
        person = self.people[agent_id]
        taken = len(person.wrap_ups)
        for other in self._facts.values():
            taken += other.state == "offered" and other.offer is not None and other.offer[1] == agent_id
            taken += other.state == "active" and other.agent == agent_id
        usual = max(one.policy.capacity for one in (self._rules(), self._rules_before) if one)
        return taken, max(one.capacity or usual for one in (person, person.before) if one)

    def _offered(self, facts: _Facts, record: Recorded, changes: dict[str, list[str]]) -> None:
        payload, about = _payload(record), record.conversation_id
        expires_at, agent_id = _moment(payload["expires_at"]), payload["agent_id"]
        if expires_at != record.at + timedelta(seconds=self._rules().policy.offer_timeout_s):
            self._wrong(FULL, about, f"an offer at {record.at} that ends at {expires_at}")
        person = self.people[agent_id]
        if payload["chosen_by"] == "longest_idle" and not facts.canary:
            if agent_id in facts.declined:
                self._wrong(FITS, about, f"{agent_id} has declined")
            if not any(self._fits(facts, one) for one in (person, person.before) if one is not None):
                self._wrong(FITS, about, f"{agent_id} {person.teams} {person.languages} for {facts.team}")
        if person.canary is not facts.canary:
            self._wrong(FITS, about, f"{agent_id} for a conversation with canary {facts.canary}")
        expected, facts.expected = facts.expected, None
        room = self._room.pop(payload["offer_id"], ())
        if expected not in (None, agent_id) and expected in room:
            self._wrong(facts.expected_by, about, f"{agent_id} is asked, {expected} was there")
        if agent_id not in changes:
            if not person.asked:
                self._wrong(THERE, about, f"{agent_id} is asked, and is {person.presence}")
            self._in_turn(facts, about, agent_id)
        self._has_room(about, agent_id)
        facts.state = "offered"
        facts.seen_by.add(agent_id)
        facts.offer = (payload["offer_id"], agent_id, expires_at, self._begun_s(record))
        facts.offer_passed_on = payload["chosen_by"] == "transfer"
        facts.lost_s = None

    def _fits(self, facts: _Facts, person: _Person) -> bool:
        if facts.widened:
            shared = {facts.language, *self._rules().site_languages}
            return not person.languages or not shared.isdisjoint(person.languages)
        teams = {facts.team, *facts.wider}
        in_team = not person.teams or not teams.isdisjoint(person.teams)
        if not set(facts.skills) <= set(person.skills):
            return False
        return in_team and (not person.languages or facts.language in person.languages)

    def _offer_ended(self, facts: _Facts, record: Recorded) -> None:
        payload, about, offer = _payload(record), record.conversation_id, facts.offer
        if offer is None or offer[0] != payload["offer_id"]:
            self._wrong("8: a stale offer cannot end", about, f"{payload['offer_id']}, open is {offer}")
            return
        if payload["outcome"] == "timed_out":
            if record.at < offer[2]:
                self._wrong(FULL, about, f"an offer ended at {record.at}, not at {offer[2]}")
            self._ran_in_full(about, offer[3], self._rules().policy.offer_timeout_s, "an offer", facts)
        if payload["outcome"] == "declined":
            facts.declined.add(payload["agent_id"])
        if facts.offer_passed_on and payload["outcome"] in ("declined", "timed_out"):
            facts.next_is = ("transfer_failed", "", PASSED_ON)
        facts.state, facts.offer = "queued", None

    def _begun_s(self, record: Recorded) -> float:
        """When this was written, and a person could know of it. Its clock was read when it was decided: if that was
        put forward in between, it is as if it began then."""
        if self._put_forward_s is None or self._put_forward_at is None or record.at > self._put_forward_at:
            return self._now_s()
        return self._put_forward_s

    def _ran_in_full(self, about: str, since_s: float, allowed_s: float, what: str, facts: _Facts) -> None:
        """A clock on a person ran out. Where the server's clock was put forward meanwhile, nobody can say."""
        since_s = max(since_s, self._started_s, facts.restarted_s)
        if self._put_forward_s is not None and self._put_forward_s >= since_s:
            return
        ran_s = self._now_s() - since_s
        if ran_s < allowed_s - _EARLY_S:
            self._wrong(FULL, about, f"{what} ended after {ran_s:.2f} s of {allowed_s} s")

    def _joined(self, facts: _Facts, record: Recorded) -> None:
        card = _payload(record)["agent"]
        person = self.people.get(card["id"])
        if person is None or card not in (person.card, None if person.before is None else person.before.card):
            self._wrong(NAMED, record.conversation_id, f"{card} joins")
        elif facts.state == "promised" and not person.supervises and not facts.canary:
            either = [one for one in (person, person.before) if one is not None]
            of_own_accord = record.actor_id == card["id"]
            if of_own_accord and not any(self._may_keep(facts, card["id"], one) for one in either):
                self._wrong(KEPT, record.conversation_id, f"{card['id']} takes up what {facts.owner} owes")
        facts.state, facts.agent, facts.last_agent, facts.offer = "active", card["id"], card["id"], None
        facts.seen_by.add(card["id"])
        facts.declined, facts.wider, facts.widened, facts.expected = set(), set(), False, None
        facts.missed, facts.passed_s, facts.wanted = False, None, False
        facts.joined_s, facts.lost_s, facts.word_s = self._begun_s(record), None, self._now_s()
        facts.written, facts.reminded, facts.unanswered_s = False, False, None

    def _may_keep(self, facts: _Facts, agent_id: str, person: _Person) -> bool:
        """Whether the promise is this person's: made by them, or by their team."""
        if facts.owner is None or facts.owner[0] == "agent":
            return facts.owner == ("agent", agent_id)
        return not person.teams or facts.owner[1] in person.teams

    def _left(self, facts: _Facts, record: Recorded) -> None:
        payload, policy, about = _payload(record), self._rules().policy, record.conversation_id
        facts.left, facts.declined = payload["reason"], {payload["agent"]["id"]}
        if payload["agent"]["id"] != facts.agent:
            self._wrong(NAMED, about, f"{payload['agent']['id']} leaves, {facts.agent} has it")
        match payload["reason"]:
            case "lost":
                since_s = facts.joined_s if facts.lost_s is None else facts.lost_s
                self._ran_in_full(about, since_s, policy.agent_lost_active_s, "a lost agent's time", facts)
            case "silent" if facts.written and facts.unanswered_s is not None:
                since_s = facts.unanswered_s
                self._ran_in_full(about, since_s, policy.next_answer_requeue_s, "an answer's time", facts)
            case "silent":
                since_s = facts.joined_s
                self._ran_in_full(
                    about, since_s, policy.first_answer_requeue_s, "a first answer's time", facts
                )
            case _:
                pass

    def _restarted(self, facts: _Facts, record: Recorded) -> None:
        ends_at = _payload(record).get("offer_expires_at")
        facts.reminded = False
        if facts.lost_s is not None:
            facts.lost_s = self._now_s()
        if facts.offer is None:
            return
        full = record.at + timedelta(seconds=self._rules().policy.offer_timeout_s)
        if ends_at is None or _moment(ends_at) != full:
            self._wrong(FULL, record.conversation_id, f"an offer started again ends at {ends_at}")
        else:
            facts.offer = (facts.offer[0], facts.offer[1], full, self._now_s())

    def _transferred(self, facts: _Facts, record: Recorded, changes: dict[str, list[str]]) -> None:
        payload = _payload(record)
        facts.team, facts.passed_s = payload["team"] or facts.team, self._now_s()
        facts.skills = () if payload["team"] else facts.skills
        facts.expected, facts.expected_by = payload["agent_id"], PASSED
        target = self.people.get(payload["agent_id"] or "")
        is_there = payload["agent_id"] in changes or (target is not None and target.asked)
        if payload["agent_id"] is not None and not is_there:
            what = f"passed to {payload['agent_id']}, who is not there"
            self._wrong(PASSED_ON, record.conversation_id, what)
        if target is not None and payload["agent_id"] not in changes:
            taken, seats = self._seats(payload["agent_id"])
            if taken >= seats:
                what = f"passed to {payload['agent_id']}, with {taken} of {seats} seats taken"
                self._wrong(PASSED_ON, record.conversation_id, what)

    def _promised(self, facts: _Facts, record: Recorded) -> None:
        payload = _payload(record)
        if facts.tried_again:
            self._wrong(UNREACHABLE, record.conversation_id, "promised once more after another attempt")
        facts.state, facts.offer, facts.agent = "promised", None, None
        facts.time_named, facts.promised_at = bool(payload.get("time_named")), record.at
        facts.passed_s = None
        facts.given, facts.owner = _moment(payload["answer_by"]), _owner(payload["owner"])
        facts.declined, facts.wider, facts.widened, facts.lost_s = set(), set(), False, None
        facts.expected = facts.owner[1] if facts.owner[0] == "agent" else None
        facts.expected_by = PASSED
        if facts.broken_for == facts.given:
            facts.broken_for = None
        contact = payload.get("contact")
        if contact is None and facts.contact is not None:
            self._wrong(KEPT, record.conversation_id, f"promised anew without {facts.contact}")
        facts.contact = contact or facts.contact
        if facts.owner[0] == "agent" and record.actor_kind == "agent" and facts.owner[1] != record.actor_id:
            self._wrong(KEPT, record.conversation_id, f"{record.actor_id} promises for {facts.owner[1]}")

    def _kept(self, facts: _Facts, record: Recorded) -> None:
        given, about = facts.given_before, record.conversation_id
        if given is None or record.at > given:
            self._wrong(KEPT, about, f"kept at {record.at}, owed by {given}")
        if facts.owner is not None and facts.owner[0] == "agent" and facts.owner[1] != facts.agent:
            self._wrong(KEPT, about, f"kept by {facts.agent}, owed by {facts.owner[1]}")

    def _broken(self, facts: _Facts, record: Recorded) -> None:
        payload, given = _payload(record), facts.given
        facts.given, facts.place = _moment(payload["next_answer_by"]), (0, *facts.place[1:])
        if given is None or _moment(payload["answer_by"]) != given:
            self._wrong(NEXT, record.conversation_id, f"{payload['answer_by']} is broken, {given} was given")
        rules = [one for one in (self._rules(), self._rules_before) if one]
        is_due = given is not None and record.at >= given
        if not is_due or not any(_follows(facts.given, record.at, facts.broken, one) for one in rules):
            facts.broken_for = facts.given  # unless somebody has just promised it
        facts.broken += 1
        if payload.get("next_owner") is not None:
            facts.owner = _owner(payload["next_owner"])
        facts.time_named, facts.promised_at = False, record.at
        if facts.state == "promised":
            facts.missed = True
        facts.declined = set()
        if not facts.canary:
            facts.next_is = ("supervisor_told", "promise_broken", TOLD)

    def _climbed(self, facts: _Facts, record: Recorded) -> None:
        payload = _payload(record)
        rung = payload["rung"]
        if rung == "answer_reminded":
            facts.reminded = True
        elif rung == "idle_reviewed":
            facts.reviewed_s = self._now_s()
            if not facts.canary:
                facts.next_is = ("supervisor_told", "idle", TOLD)
        if rung not in _REMINDERS:
            facts.declined = set()
            facts.wider.update(payload.get("teams", ()))
            facts.widened = facts.widened or rung.split("#")[0] == "widened"

    def _ended(self, facts: _Facts, record: Recorded, changes: dict[str, list[str]]) -> None:
        payload, about = _payload(record), record.conversation_id
        wrap_up = facts.state == "active" and self._rules().policy.wrap_up_s > 0
        if wrap_up and "wrap_up_started" not in changes.get(facts.agent or "", ()):
            self._wrong(SEAT, about, f"{record.type}, and {facts.agent} has no time for notes")
        unreachable = payload.get("outcome") == "unreachable" and record.actor_id not in facts.engaged
        if unreachable and facts.failed_contacts < _ATTEMPTS:
            self._wrong(UNREACHABLE, about, f"after {facts.failed_contacts} attempts")
        if record.type == "handed_back":
            before, facts.handed_back_at = facts.handed_back_at, record.at
            if before is not None and record.at - before <= timedelta(days=1) and not facts.canary:
                facts.next_is = ("supervisor_told", "handed_back_twice", TOLD)
        facts.resolved_at = None if record.type == "handoff_withdrawn" else record.at
        facts.state, facts.offer, facts.given = "ended", None, None

    def rank(self, about: str) -> int:
        return self._facts[about].place[0]

    def queue(self, live: Iterable[str]) -> tuple[str, ...]:
        """Of these conversations the ones that wait, in their order. No canaries."""
        waiting = [one for one in live if self._facts[one].state in ("queued", "offered")]
        return tuple(sorted((one for one in waiting if not self._facts[one].canary), key=self._place))

    def _place(self, about: str) -> tuple[int, datetime, str]:
        return self._facts[about].place

    def concerned(self, about: str, agent_id: str) -> bool:
        """Whether this person was ever asked or had it, or may take up the promise that it is."""
        facts, person = self._facts[about], self.people.get(agent_id)
        may_keep = (
            facts.state == "promised" and person is not None and self._may_keep(facts, agent_id, person)
        )
        return agent_id in facts.seen_by or may_keep

    def last_agent(self, about: str) -> str | None:
        """Who had this conversation last, or has it: they may look into it as long as nobody else joins."""
        return self._facts[about].last_agent

    def owes(self, agent_id: str) -> bool:
        """Whether this person has promised an answer, and not given it yet."""
        facts = self._facts.values()
        return any(one.state == "promised" and one.owner == ("agent", agent_id) for one in facts)

    def owner(self, about: str) -> tuple[str, str] | None:
        """Kind and id of who answers for the promise of this conversation, or did last."""
        return self._facts[about].owner

    # -- the clock --

    def prepared_by(self, about: str) -> datetime | None:
        """By when a team has to be asked for what was promised for a named moment; None: nothing such is owed."""
        facts = self._facts[about]
        if facts.state != "promised" or facts.owner is None or facts.owner[0] != "team":
            return None
        if not facts.time_named or facts.given is None or facts.promised_at is None:
            return None
        usual = timedelta(seconds=self._rules().policy.promise_ahead_s)
        return facts.given - min(usual, (facts.given - facts.promised_at) / 10)

    def owed_by_people(self, about: str) -> Iterator[tuple[float, float, str]]:
        """Since when, how long and what a person may let pass before something is written of it."""
        facts, rules = self._facts[about], self._rules()
        policy = rules.policy
        if facts.state == "queued" and facts.passed_s is not None:
            yield facts.passed_s, rules.transfer_taken_within_s, "passed on, and not taken"
        if facts.state != "active":
            return
        began_s = max(facts.joined_s, facts.restarted_s)
        if not facts.written:
            if not facts.reminded:
                yield began_s, policy.first_answer_remind_s, "no reminder of a first answer"
        elif facts.unanswered_s is not None:
            if not facts.reminded:
                since_s = max(facts.unanswered_s, facts.restarted_s)
                yield since_s, policy.next_answer_remind_s, "no reminder of an answer"
        else:
            yield max(facts.word_s, facts.reviewed_s), policy.idle_review_s, "no review of a silence"


def _card_of(body: e.AgentAdded | e.AgentChanged) -> dict[str, str]:
    card = body.card
    return {"id": card.id, "name": card.name, "role": card.role, "employer": card.employer}


def _payload(record: Recorded) -> dict[str, Any]:
    return record.payload or {}


def _may_be_given(given: datetime, at: datetime, rules: DeskRules) -> bool:
    """In opening hours after the usual time; out of them well after the next opening."""
    if rules.hours.is_open(at):
        return given == at + timedelta(seconds=rules.policy.answer_by_s)
    return given > at + timedelta(seconds=rules.policy.answer_after_opening_s)


def _follows(given: datetime, at: datetime, broken: int, rules: DeskRules) -> bool:
    """As the moment after one that was broken: in opening hours twice as far off each time."""
    if not rules.hours.is_open(at):
        return _may_be_given(given, at, rules)
    usual_s = rules.policy.answer_by_s
    return given == at + timedelta(seconds=min(usual_s * 2 ** min(broken, 20), max(_LONGEST_S, usual_s)))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _owner(owner: dict[str, str]) -> tuple[str, str]:
    return owner["kind"], owner["id"]
