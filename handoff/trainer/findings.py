"""Where the assistant served a customer badly: read off the log of one conversation. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.service.ports import Recorded
from handoff.trainer.masking import mask

UNSURE, WRONG, NOT_HELPFUL, REPEATED, HANDED_OVER = (
    "unsure",
    "wrong",
    "not_helpful",
    "repeated",
    "handed_over",
)
HEARD_WRONGLY = "heard_wrongly"  # taken for a request for a person, and the customer wanted none
REASONS = (HANDED_OVER, NOT_HELPFUL, WRONG, HEARD_WRONGLY, REPEATED, UNSURE)
# What one of each costs, beside the agent's minutes: a person had to come; the customer said so, or asked again.
_COST = {HANDED_OVER: 5.0, NOT_HELPFUL: 3.0, WRONG: 3.0, HEARD_WRONGLY: 2.0, REPEATED: 2.0, UNSURE: 1.0}
AGENT_MINUTES_MAX = 30.0
TAKEN_BACK_S = 60.0  # who withdraws so soon did not want a person; later, perhaps did not want to wait
ANSWERS_KEPT = 5  # of the agent's messages
TEXT_CHARS_MAX = 600
_SAYS_WRONG = "utter_misunderstood"  # what the bot says to somebody who was not asking that
_HEARD = frozenset({"asked", "intent", "distress"})  # reasons of a handoff that are read off a message
_NOT_TEACHABLE = frozenset({"bot_unavailable"})  # no sentence would have helped


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A customer's message that the assistant did not do justice to. Every text is masked.

    `ranking` is how the message was understood, the likeliest first; empty where the assistant was not asked.
    """

    id: str
    conversation_id: str
    seq: int
    at: datetime
    language: str
    text: str
    masked: tuple[str, ...]
    reasons: tuple[str, ...]
    handoff_reason: str | None
    ranking: tuple[tuple[str, float], ...]
    model_id: str | None
    agent: str | None
    answers: tuple[str, ...]
    agent_minutes: float

    @property
    def cost(self) -> float:
        return sum(_COST[reason] for reason in self.reasons) + min(self.agent_minutes, AGENT_MINUTES_MAX)


@dataclass(slots=True)
class Day:
    """Counts of one day (UTC). `intents` counts turns by intent, `handoff_intents` handoffs by the question before."""

    turns: int = 0
    answered: int = 0
    helpful: int = 0
    not_helpful: int = 0
    helpful_intents: Counter[str] = field(default_factory=Counter)
    handoffs: Counter[str] = field(default_factory=Counter)
    handoff_intents: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)

    def add(self, other: Day) -> None:
        for name in ("turns", "answered", "helpful", "not_helpful"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("helpful_intents", "handoffs", "handoff_intents", "intents"):
            getattr(self, name).update(getattr(other, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    findings: tuple[Finding, ...]
    days: dict[str, Day]


@dataclass(slots=True)
class _Said:
    seq: int
    at: datetime
    text: str
    reasons: list[str] = field(default_factory=list)
    ranking: tuple[tuple[str, float], ...] = ()
    model_id: str | None = None
    handoff_reason: str | None = None
    agent: str | None = None
    answers: list[str] = field(default_factory=list)
    agent_from: datetime | None = None
    agent_until: datetime | None = None
    wants_person: bool = False
    in_doubt: bool = False  # whether it asks for one


def review(records: Sequence[Recorded]) -> Reviewed:
    """`records` is a whole log. A canary's, and what was erased, gives nothing."""
    if not records or (records[0].payload or {}).get("canary"):
        return Reviewed(findings=(), days={})
    start = records[0].payload or {}
    names = [name for name in (start.get("customer_name"),) if isinstance(name, str)]
    locale = str(start.get("locale", "en"))[:2].lower()
    said: dict[int, _Said] = {}
    bot_answers: dict[int, int] = {}  # seq of a bot's message -> that of the customer's
    days: dict[str, Day] = {}
    latest: _Said | None = None
    asked: _Said | None = None  # the question that the person takes over
    turn_of: int | None = None
    offered: _Said | None = None  # after it the customer was asked whether a person is wanted
    heard: _Said | None = None  # for it a person was asked for
    heard_at = records[0].at
    languages: dict[int, str] = {}
    for record in records:
        payload = record.payload
        if payload is None:
            continue
        day = days.setdefault(record.at.date().isoformat(), Day())
        kind = record.type
        if kind == "message" and record.actor_kind == "customer":
            latest = said[record.seq] = _Said(record.seq, record.at, str(payload["text"]))
        elif kind == "message_read" and payload["of_seq"] in said:
            said[payload["of_seq"]].wants_person = payload.get("human_request") == "transfer"
            said[payload["of_seq"]].in_doubt = payload.get("human_request") == "ask"
        elif kind == "bot_turn_answered" and payload["of_seq"] in said:
            turn_of = payload["of_seq"]
            _turn(payload, said, turn_of, day)
            languages[turn_of] = _language(payload) or locale
            if offered is not None and str(payload["intent"]["name"]) == "deny":
                _mark(offered, HEARD_WRONGLY)
            doubted = said[turn_of].in_doubt or payload["intent"]["name"] == "request_human"
            offered = said[turn_of] if payload.get("asks_person") and doubted else None
        elif kind == "message" and record.actor_kind == "bot" and turn_of is not None:
            bot_answers[record.seq] = turn_of
        elif kind == "feedback":
            of = said.get(bot_answers.get(payload["of_seq"], 0))
            if of is not None:
                _judged(of, bool(payload["helpful"]), day)
        elif kind == "handoff_requested":
            asked = _taken_over(said, latest)
            day.handoffs[str(payload["reason"])] += 1
            heard, heard_at = latest if payload["reason"] in _HEARD else None, record.at
            if asked is not None:
                day.handoff_intents[asked.ranking[0][0] if asked.ranking else "none"] += 1
                if payload["reason"] not in _NOT_TEACHABLE:
                    _mark(asked, HANDED_OVER)
                    asked.handoff_reason = str(payload["reason"])
        elif kind == "agent_joined":
            heard = None
            if asked is not None:
                asked.agent, asked.agent_from = str(payload["agent"]["name"]), record.at
        elif kind == "message" and record.actor_kind == "agent" and asked is not None:
            if len(asked.answers) < ANSWERS_KEPT:
                asked.answers.append(str(payload["text"]))
            asked.agent_until = record.at
        elif kind in ("handoff_resolved", "handed_back", "handoff_withdrawn"):
            asked = None
            soon = (record.at - heard_at).total_seconds() <= TAKEN_BACK_S
            if kind == "handoff_withdrawn" and heard is not None and soon:
                _mark(heard, HEARD_WRONGLY)
            heard = None
    conversation_id = records[0].conversation_id
    found = tuple(
        _finding(conversation_id, one, names, languages.get(one.seq, locale))
        for one in said.values()
        if one.reasons
    )
    return Reviewed(findings=found, days=days)


def _turn(payload: dict[str, Any], said: dict[int, _Said], of_seq: int, day: Day) -> None:
    one = said[of_seq]
    intent = str(payload["intent"]["name"])
    ranking = payload["ranking"] or [payload["intent"]]  # no ranking is no sign that it was not asked
    one.ranking = tuple((str(it["name"]), float(it["confidence"])) for it in ranking)
    one.model_id = payload.get("model_id")
    day.turns += 1
    day.intents[intent] += 1
    if payload["unsure"]:
        if intent != "misunderstood":
            _mark(one, UNSURE)
    else:
        day.answered += 1
    if payload.get("repeats"):
        _mark(one, REPEATED)
    if _SAYS_WRONG in payload["actions"]:
        before = [other for other in said.values() if other.seq < of_seq and other.ranking]
        if before:
            _mark(before[-1], WRONG)


def _judged(of: _Said, helpful: bool, day: Day) -> None:
    if helpful:
        day.helpful += 1
        day.helpful_intents[of.ranking[0][0] if of.ranking else "none"] += 1
    else:
        day.not_helpful += 1
        _mark(of, NOT_HELPFUL)


def _taken_over(said: dict[int, _Said], latest: _Said | None) -> _Said | None:
    """The last message that was about something else than the wish for a person."""
    for one in reversed(said.values()):
        wants = one.wants_person or (one.ranking and one.ranking[0][0] == "request_human")
        if not wants:
            return one
    return None


def _mark(one: _Said, reason: str) -> None:
    if reason not in one.reasons:
        one.reasons.append(reason)


def _language(payload: dict[str, Any]) -> str | None:
    """The assistant's own view of the language, which is among what it remembers."""
    slots = str(payload.get("slots", ""))
    return next((language for language in ("de", "en") if f'"language": "{language}"' in slots), None)


def _finding(conversation_id: str, one: _Said, names: list[str], language: str) -> Finding:
    masked = mask(one.text[:TEXT_CHARS_MAX], names)
    minutes = 0.0
    if one.agent_from is not None and one.agent_until is not None:
        minutes = round((one.agent_until - one.agent_from).total_seconds() / 60, 1)
    return Finding(
        id=f"{conversation_id}.{one.seq}",
        conversation_id=conversation_id,
        seq=one.seq,
        at=one.at,
        language=language,
        text=masked.text,
        masked=masked.kinds,
        reasons=tuple(reason for reason in REASONS if reason in one.reasons),
        handoff_reason=one.handoff_reason,
        ranking=one.ranking,
        model_id=one.model_id,
        agent=one.agent,
        answers=tuple(mask(text[:TEXT_CHARS_MAX], names).text for text in one.answers),
        agent_minutes=minutes,
    )
