"""What the desk's people administer in the console: opening hours, teams, canned answers.

The desk file says what is so as long as nobody says otherwise here. What was said here holds until it is taken back:
one part of the desk has one source at any moment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from handoff.domain.desk import Team
from handoff.domain.errors import Code, DomainError, bad_request
from handoff.domain.opening_hours import WEEKDAYS, OpeningHours
from handoff.domain.text import KEY, clean_text, is_language, language_of
from handoff.service.codec import json_text
from handoff.service.desk_config import DeskConfig, read_opening_hours
from handoff.service.ports import Administered

HOURS, TEAM, ANSWER = "opening_hours", "team", "canned_answer"  # kinds, as they are stored

TEAMS_MAX = 100
ANSWERS_MAX = 200  # all of them go to every console
TITLE_CHARACTERS_MAX = 80
ANSWER_CHARACTERS_MAX = 2_000
SPANS_OF_DAY_MAX = 8
HOLIDAYS_MAX = 400
# What a console puts in the place of `{name}` in an answer.
VARIABLES = ("customer", "agent", "role", "employer", "reference", "date")
_VARIABLE = re.compile(r"\{([^{}\s]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedAnswer:
    """A text that agents use again and again. `language` or `team` of None: for any."""

    id: str
    title: str
    text: str
    language: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskChanges:
    """All that was said in the console. `hours` is None while those of the file hold; `team_names` by key: other names
    for teams of the file, and further teams."""

    hours: OpeningHours | None = None
    team_names: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, CannedAnswer] = field(default_factory=dict)

    def over(self, file: DeskConfig) -> DeskConfig:
        """The desk as it is: the file, with these changes."""
        of_file = tuple(replace(team, name=self.team_names.get(team.key, team.name)) for team in file.teams)
        known = {team.key for team in of_file}
        further = tuple(
            Team(key=key, name=name) for key, name in sorted(self.team_names.items()) if key not in known
        )
        return replace(file, hours=self.hours or file.hours, teams=of_file + further)

    def with_hours(self, hours: OpeningHours | None) -> DeskChanges:
        return replace(self, hours=hours)

    def with_team(self, key: str, name: str | None) -> DeskChanges:
        return replace(self, team_names=_with(self.team_names, key, name))

    def with_answer(self, answer_id: str, answer: CannedAnswer | None) -> DeskChanges:
        return replace(self, answers=_with(self.answers, answer_id, answer))


def _with[T](known: Mapping[str, T], key: str, value: T | None) -> dict[str, T]:
    others = {one: known[one] for one in known if one != key}
    return others if value is None else others | {key: value}


# --- stored ---------------------------------------------------------------------------------------------


def read_changes(rows: Iterable[Administered]) -> DeskChanges:
    """From storage. What this version does not know is left alone."""
    changes = DeskChanges()
    for row in rows:
        value = row.value or {}
        match row.kind:
            case "opening_hours":
                changes = changes.with_hours(read_hours(value))
            case "team":
                changes = changes.with_team(row.id, value["name"])
            case "canned_answer":
                changes = changes.with_answer(row.id, CannedAnswer(id=row.id, **value))
            case _:
                pass
    return changes


def hours_row(hours: OpeningHours | None) -> Administered:
    return Administered(kind=HOURS, id="", value=None if hours is None else hours_view(hours))


def team_row(key: str, name: str | None) -> Administered:
    return Administered(kind=TEAM, id=key, value=None if name is None else {"name": name})


def answer_row(answer_id: str, answer: CannedAnswer | None) -> Administered:
    value = None if answer is None else answer_view(answer)
    if value is not None:
        del value["id"]
    return Administered(kind=ANSWER, id=answer_id, value=value)


# --- shown ----------------------------------------------------------------------------------------------


def hours_view(hours: OpeningHours) -> dict[str, Any]:
    """Local times of the week as `["09:00", "17:30"]` pairs, by day; `24:00` is the end of a day."""

    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    week = {
        day: [[clock(span.start), clock(span.end)] for span in hours.week[index]]
        for index, day in enumerate(WEEKDAYS)
    }
    return {
        "time_zone": hours.time_zone,
        "week": week,
        "holidays": sorted(day.isoformat() for day in hours.holidays),
    }


def answer_view(answer: CannedAnswer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "title": answer.title,
        "text": answer.text,
        "language": answer.language,
        "team": answer.team,
    }


def answers_view(changes: DeskChanges) -> list[dict[str, Any]]:
    """All of them, by title."""
    ordered = sorted(changes.answers.values(), key=lambda one: (one.title.casefold(), one.id))
    return [answer_view(one) for one in ordered]


def version_of(view: Mapping[str, Any]) -> str:
    """Changes with what is shown: whoever names it when changing something knows what they change."""
    return hashlib.sha256(json_text(sorted(view.items())).encode()).hexdigest()[:16]


# --- checked --------------------------------------------------------------------------------------------


def read_hours(view: Mapping[str, Any]) -> OpeningHours:
    """As `hours_view` shows them. Raises `bad_request` with everything that is wrong, by code too."""
    week, holidays = view["week"], view["holidays"]
    if any(len(spans) > SPANS_OF_DAY_MAX for spans in week.values()):
        raise bad_request(f"A day has at most {SPANS_OF_DAY_MAX} spans of opening hours.")
    if len(holidays) > HOLIDAYS_MAX:
        raise bad_request(f"There are at most {HOLIDAYS_MAX} holidays.")
    table = {"time_zone": view["time_zone"], "holidays": holidays} | week
    hours, problems = read_opening_hours(table)
    if problems:
        found: list[object] = [{"code": one.code, "of": one.of} for one in problems]
        said = "; ".join(one.text for one in problems) + "."
        raise DomainError(Code.BAD_REQUEST, said, details={"problems": found})
    return replace(hours, week=tuple(tuple(sorted(day, key=lambda span: span.start)) for day in hours.week))


def read_team(key: str, name: str) -> tuple[str, str]:
    """Raises `bad_request`, `too_large`."""
    if not KEY.fullmatch(key):
        raise bad_request("The key of a team has small letters, digits, - and _ only.")
    return key, _line(name, "name")


def read_answer(
    answer_id: str, title: str, text: str, language: str | None, team: str | None, config: DeskConfig
) -> CannedAnswer:
    """Raises `bad_request`, `too_large`."""
    cleaned = clean_text(text, characters_max=ANSWER_CHARACTERS_MAX)
    for name in _VARIABLE.findall(cleaned):
        if name not in VARIABLES:
            known = ", ".join(f"{{{one}}}" for one in VARIABLES)
            raise bad_request(f"{{{name}}} is not known; known are {known}.")
    spoken = None if language is None else language_of(language)
    if spoken is not None and not is_language(spoken):
        raise bad_request(f"{language!r} is not a language such as en or de (ISO 639-1).")
    if team is not None and all(one.key != team for one in config.teams):
        raise bad_request(f"There is no team {team!r}.")
    return CannedAnswer(id=answer_id, title=_line(title, "title"), text=cleaned, language=spoken, team=team)


def _line(text: str, what: str) -> str:
    line = clean_text(text, what=what, characters_max=TITLE_CHARACTERS_MAX)
    if "\n" in line or "\t" in line:
        raise bad_request(f"The {what} is one line.")
    return line
