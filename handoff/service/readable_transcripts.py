"""The transcript for reading: as a page that needs nothing else, and as plain text, in the conversation's language."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from handoff.domain.conversation import Conversation
from handoff.domain.text import language_of
from handoff.service.chain import rfc3339
from handoff.service.desk_config import Trader
from handoff.service.ports import Recorded
from handoff.service.transcript_words import WORDS, TranscriptWords

TEXT_COLUMNS = 78  # what any mail program and printer shows without breaking lines itself

STYLE = """
:root { color-scheme: light dark; --ink: #17202a; --soft: #55626f; --line: #d5dce2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #a3b0bc; --line: #35414d; } body { background: #171d24; }
}
* { box-sizing: border-box; }
body { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
address { font-style: normal; }
address, .about, time, .event { color: var(--soft); font-size: .875rem; }
address p, .about p { margin: 0; }
.about { margin-top: .75rem; }
h2 { margin: 2.25rem 0 1rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); font-size: 1rem; }
ol { margin: 0; padding: 0; list-style: none; }
li { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); margin: 0 0 1rem; break-inside: avoid; }
time { padding-top: .125rem; font-variant-numeric: tabular-nums; }
.said { padding-inline-start: .875rem; border-inline-start: 3px solid var(--line); }
.agent .said { border-color: #c77a2e; }
.customer .said { border-color: #2f6f9f; }
.internal .said { border-inline-start-style: dashed; }
.who { margin: 0; font-weight: 600; font-size: .875rem; }
.what { margin: .125rem 0 0; white-space: pre-wrap; }
.event .said { border-color: transparent; }
.event p { margin: 0; }
@media (max-width: 30rem) { li { display: block; } time { display: block; padding: 0 0 .125rem; } }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; }
  body { max-width: none; padding: 0; background: none; font-size: 11pt; }
  h2 { break-after: avoid; }
}
"""
STYLE_POLICY = "style-src 'sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode() + "'"
PAGE_POLICY = f"default-src 'none'; {STYLE_POLICY}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose eyes it is for: `customer`, or somebody of the desk. Times are told in `time_zone` (its IANA name)."""

    trader: Trader
    conversation: Conversation
    time_zone: str
    customer: bool

    @property
    def language(self) -> str:
        """English stands in for a language without words of its own."""
        language = language_of(self.conversation.locale)
        return language if language in WORDS else "en"

    @property
    def words(self) -> TranscriptWords:
        return WORDS[self.language]

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))

    def day(self, at: datetime) -> str:
        local = self.local(at)
        month = self.words.months.split(", ")[local.month - 1]
        return self.words.date.format(day=local.day, month=month, year=local.year)

    def moment(self, at: datetime) -> str:
        return f"{self.day(at)}, {self.local(at):%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`who` said `what`; without `who` it is something that happened. `kind` is customer, bot, agent or system."""

    at: datetime
    kind: str
    who: str | None
    what: str
    internal: bool = False


def _known(forms: Mapping[str, str], key: object) -> str:
    return forms.get(str(key), forms["other"])


def _at(payload: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(str(payload[name]))


def _promise(reading: Reading, payload: Mapping[str, Any]) -> str:
    words, time = reading.words, reading.moment(_at(payload, "answer_by"))
    contact = payload.get("contact") or {}
    reached = contact.get("email") or contact.get("phone")
    if reached:
        return words.promised_contact.format(time=time, contact=reached)
    owner = payload["owner"].get("name")
    return words.promised_by.format(time=time, owner=owner) if owner else words.promised.format(time=time)


def _happened(reading: Reading, record: Recorded, payload: Mapping[str, Any]) -> str | None:
    """What came about besides words, as one sentence; None for what is of no interest to a reader."""
    words = reading.words
    match record.type:
        case "handoff_requested":
            asked = payload["reason"] in ("button", "asked", "intent")
            return (words.requested if asked else words.requested_for_them).format_map(payload)
        case "handoff_queued":
            return words.queued.format_map(payload)
        case "handoff_promised":
            return _promise(reading, payload)
        case "promise_offered":
            return words.promise_offered.format(time=reading.moment(_at(payload, "answer_by")))
        case "promise_kept":
            return words.promise_kept
        case "promise_broken":
            again = words.promised.format(time=reading.moment(_at(payload, "next_answer_by")))
            return f"{words.promise_broken} {again}"
        case "agent_joined":
            agent = payload["agent"]
            return f"{words.joined.format_map(agent)} ({agent['role']}, {agent['employer']})"
        case "agent_left":
            return _known(words.left, payload["reason"]).format_map(payload["agent"])
        case "handed_back":
            return words.handed_back
        case "handoff_resolved":
            return words.resolved.format(name=payload.get("actor_name") or reading.trader.name)
        case "handoff_withdrawn":
            return words.withdrawn
        case "contacted":
            channel = _known(words.channel, payload["channel"])
            return _known(words.contacted, payload["outcome"]).format(channel=channel)
        case "customer_blocked":
            return str(payload["text"])
        case "customer_unblocked":
            return words.unblocked
        case "feedback":
            return words.helpful if payload["helpful"] else words.not_helpful
        case "rated":
            rated, comment = words.rated.format_map(payload), payload.get("comment")
            return f"{rated}: {comment}" if comment else rated
        case "erased":
            return words.erased
        case _:
            return None


def _speaker(reading: Reading, record: Recorded, payload: Mapping[str, Any]) -> str:
    words, name = reading.words, payload.get("actor_name")
    if record.actor_kind == "bot":
        return words.assistant
    if record.actor_kind == "customer":
        return str(name or (words.you if reading.customer else words.customer))
    return str(name or reading.trader.name)


def entries(reading: Reading, records: Sequence[Recorded]) -> Iterator[Entry]:
    """Everything that this reader may read, in order."""
    for record in records:
        payload = record.payload
        if (reading.customer and record.customer_prev_seq is None) or payload is None:
            continue
        internal = {"note": "text", "whisper": "text", "block_explained": "reason"}.get(record.type)
        if internal is not None:
            who = f"{_speaker(reading, record, payload)} · {reading.words.internal}"
            yield Entry(
                at=record.at, kind=record.actor_kind, who=who, what=str(payload[internal]), internal=True
            )
        elif record.type == "message":
            who = _speaker(reading, record, payload)
            yield Entry(at=record.at, kind=record.actor_kind, who=who, what=str(payload["text"]))
        elif (what := _happened(reading, record, payload)) is not None:
            yield Entry(at=record.at, kind=record.actor_kind, who=None, what=what)


def _identity(reading: Reading) -> list[str]:
    trader, words = reading.trader, reading.words
    labelled = ((words.email, trader.email), (words.phone, trader.phone), (words.register, trader.register))
    return [
        trader.legal_name,
        trader.postal_address,
        *(f"{label}: {value}" for label, value in labelled if value is not None),
    ]


def _about(reading: Reading) -> list[str]:
    words, conversation = reading.words, reading.conversation
    return [
        f"{words.conversation} {conversation.conversation_id}",
        words.begun.format(time=reading.moment(conversation.started_at)),
        words.times.format(zone=reading.time_zone),
    ]


def _days(reading: Reading, records: Sequence[Recorded]) -> Iterator[tuple[str, Iterator[Entry]]]:
    return groupby(entries(reading, records), key=lambda entry: reading.day(entry.at))


def _wrapped(text: str, indent: str) -> list[str]:
    """Each line of the text, broken at blanks only: an address on the web stays in one piece. Whatever a reader may
    take for the end of a line is one here too."""
    broken: list[str] = []
    for line in text.splitlines():
        broken += textwrap.wrap(
            line,
            TEXT_COLUMNS,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return broken


def transcript_text(reading: Reading, records: Sequence[Recorded]) -> str:
    """What somebody said is indented, so that no message can look like another one's heading."""
    title = reading.words.title.format(trader=reading.trader.name)
    lines = [title, "=" * len(title), "", *_identity(reading), "", *_about(reading)]
    for day, of_day in _days(reading, records):
        lines += ["", "", day, "-" * len(day)]
        for entry in of_day:
            time = f"{reading.local(entry.at):%H:%M:%S}  "
            if entry.who is None:
                first, *more = _wrapped(entry.what, " " * len(time))
                lines += ["", time + first.lstrip(), *more]
            else:
                lines += ["", time + entry.who, *_wrapped(entry.what, " " * len(time))]
    return "\n".join([*lines, ""])


def _row(reading: Reading, entry: Entry) -> str:
    time = f'<time datetime="{rfc3339(entry.at)}">{reading.local(entry.at):%H:%M}</time>'
    what = escape(entry.what)
    if entry.who is None:
        return f'<li class="event">{time}<div class="said"><p dir="auto">{what}</p></div></li>'
    kind = f"{entry.kind} internal" if entry.internal else entry.kind
    who = f'<p class="who" dir="auto">{escape(entry.who)}</p>'
    return f'<li class="{kind}">{time}<div class="said">{who}<p class="what" dir="auto">{what}</p></div></li>'


def transcript_html(reading: Reading, records: Sequence[Recorded]) -> str:
    """No script, no other file: what may not be in it, its own policy forbids. Texts of people are escaped."""
    title = escape(reading.words.title.format(trader=reading.trader.name))
    identity = "".join(f"<p>{escape(line)}</p>" for line in _identity(reading))
    about = "".join(f"<p>{escape(line)}</p>" for line in _about(reading))
    days = "".join(
        f"<section><h2>{escape(day)}</h2>\n<ol>\n"
        + "\n".join(_row(reading, entry) for entry in of_day)
        + "\n</ol></section>\n"
        for day, of_day in _days(reading, records)
    )
    return (
        f'<!doctype html>\n<html lang="{reading.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n"
        f'<body><header><h1>{title}</h1><address>{identity}</address><div class="about">{about}</div></header>\n'
        f"<main>\n{days}</main></body></html>\n"
    )
