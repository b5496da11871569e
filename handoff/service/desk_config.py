"""The desk file: who the trader is, which sites carry the widget, which teams answer, and when. TOML, read once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from handoff.domain.desk import DeskRules, Team, TraderAddress
from handoff.domain.ladder import DEFAULT_LADDER, LadderStep
from handoff.domain.opening_hours import WEEKDAYS, OpeningHours, Span
from handoff.domain.policy import Policy
from handoff.domain.routes import Route
from handoff.domain.text import KEY, is_language, language_of
from handoff.service.desk_rules import read_ladder, read_routes, unknown_keys

_ORIGIN = re.compile(r"https?://[^/\s\"'*;,]+")
_TABLES = ("trader", "sites", "teams", "opening_hours", "ladder", "routes")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class DeskFileError(Exception):
    """The desk file cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__(f"{path}: " + "; ".join(problems))
        self.path = path
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursProblem:
    """Something wrong with opening hours. `of` is the day (`mon`), or the time zone or date that is none.

    `code` is `time_zone`, `holiday`, `malformed`, `ends_too_early` or `overlap`, and `text` the same for an operator.
    """

    code: str
    of: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """The business, as it is shown to customers."""

    name: str
    legal_name: str
    postal_address: str
    email: str
    phone: str | None = None
    register: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One web site. `identity_key` checks its sign-in tokens: a PEM public key, or a shared secret (HS256)."""

    key: str
    name: str
    allowed_origins: tuple[str, ...]
    accent_color: str
    languages: tuple[str, ...]
    identity_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    trader: Trader
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    hours: OpeningHours
    ladder: tuple[LadderStep, ...] = DEFAULT_LADDER
    routes: tuple[Route, ...] = ()

    def site(self, key: str | None) -> Site | None:
        """The site with this key; without a key, the only site there is."""
        if key is None:
            return self.sites[0] if len(self.sites) == 1 else None
        return next((site for site in self.sites if site.key == key), None)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(language_of(one) for site in self.sites for one in site.languages))

    def rules(self, policy: Policy) -> DeskRules:
        """What the domain works by: this file, and the settings."""
        return DeskRules(
            trader=TraderAddress(
                name=self.trader.legal_name,
                postal_address=self.trader.postal_address,
                email=self.trader.email,
            ),
            policy=policy,
            hours=self.hours,
            teams=self.teams,
            site_languages=self.languages,
            ladder=self.ladder,
            routes=self.routes,
        )


def load_desk_config(path: Path) -> DeskConfig:
    """Raises `DeskFileError` with every problem at once."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeskFileError(path, [f"cannot be read ({error.strerror})"]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeskFileError(path, [f"is not valid TOML: {error}"]) from error
    reader = _Reader()
    reader.problems += unknown_keys(document, _TABLES, "the desk file")
    sites, teams = reader.sites(document), reader.teams(document)
    team_keys = [team.key for team in teams]
    config = DeskConfig(
        trader=reader.trader(document),
        sites=sites,
        teams=teams,
        hours=reader.hours(document),
        ladder=read_ladder(document, team_keys, reader.problems),
        routes=read_routes(document, team_keys, [site.key for site in sites], reader.problems),
    )
    if reader.problems:
        raise DeskFileError(path, reader.problems)
    return config


def read_opening_hours(table: dict[str, Any]) -> tuple[OpeningHours, list[HoursProblem]]:
    """Time zone, week and holidays as in an `[opening_hours]` table, and everything that is wrong with them."""
    problems: list[HoursProblem] = []
    zone = table["time_zone"]
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        problems.append(HoursProblem(code="time_zone", of=zone, text=f"time_zone {zone!r} is not known"))
        zone = "UTC"
    week = tuple(_day(table.get(day, []), day, problems) for day in WEEKDAYS)
    holidays: list[date] = []
    for one in map(str, table.get("holidays", [])):
        try:
            holidays.append(date.fromisoformat(one))
        except ValueError:
            said = f"holidays: {one!r} is not a date such as 2027-01-01"
            problems.append(HoursProblem(code="holiday", of=one, text=said))
    return OpeningHours(time_zone=zone, week=week, holidays=frozenset(holidays)), problems


def _day(value: Any, day: str, problems: list[HoursProblem]) -> tuple[Span, ...]:
    def wrong(code: str, text: str) -> None:
        problems.append(HoursProblem(code=code, of=day, text=f"{day}{text}"))

    try:
        spans = tuple(Span(_minutes(start), _minutes(end)) for start, end in value)
    except (TypeError, ValueError, AttributeError):
        wrong("malformed", ' must look like [["09:00", "17:30"]]')
        return ()
    if any(span.start >= span.end for span in spans):
        wrong("ends_too_early", ": a span must end after it begins")
    ordered = sorted(spans, key=lambda span: span.start)
    if any(later.start < earlier.end for earlier, later in pairwise(ordered)):
        wrong("overlap", ": the spans overlap")
    return spans


class _Reader:
    """Reads the parts and gathers what is wrong, so that an operator mends a file in one go."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def _text(self, table: dict[str, Any], key: str, where: str, *, required: bool = True) -> str | None:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if required or value is not None:
            self.problems.append(f"{where}.{key} must be a text")
        return None

    def _table(self, document: dict[str, Any], key: str) -> dict[str, Any]:
        value = document.get(key)
        if isinstance(value, dict):
            return value
        self.problems.append(f"[{key}] is missing")
        return {}

    def _tables(self, document: dict[str, Any], key: str) -> list[dict[str, Any]]:
        value = document.get(key)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            keys = [one.get("key") for one in value]
            if len(set(map(str, keys))) != len(keys):
                self.problems.append(f"[[{key}]] uses a key twice")
            return value
        self.problems.append(f"at least one [[{key}]] is needed")
        return []

    def trader(self, document: dict[str, Any]) -> Trader:
        table = self._table(document, "trader")
        return Trader(
            name=self._text(table, "name", "trader") or "",
            legal_name=self._text(table, "legal_name", "trader") or "",
            postal_address=self._text(table, "postal_address", "trader") or "",
            email=self._text(table, "email", "trader") or "",
            phone=self._text(table, "phone", "trader", required=False),
            register=self._text(table, "register", "trader", required=False),
        )

    def sites(self, document: dict[str, Any]) -> tuple[Site, ...]:
        return tuple(self._site(table) for table in self._tables(document, "sites"))

    def _site(self, table: dict[str, Any]) -> Site:
        key = self._key(table, "sites")
        where = f"sites.{key}"
        origins = self._texts(table, "allowed_origins", where, empty=True)
        self.problems += [
            f"{where}.allowed_origins: {origin!r} is not an origin such as https://shop.example"
            for origin in origins
            if not _ORIGIN.fullmatch(origin)
        ]
        color = self._text(table, "accent_color", where) or "#000000"
        if not _COLOR.fullmatch(color):
            self.problems.append(f"{where}.accent_color must look like #1f5f8b")
        languages = self._texts(table, "languages", where) or ("en",)
        self.problems += [
            f"{where}.languages: {language!r} is not a language such as de or de-AT"
            for language in languages
            if not is_language(language_of(language))
        ]
        return Site(
            key=key,
            name=self._text(table, "name", where) or "",
            allowed_origins=origins,
            accent_color=color,
            languages=languages,
            identity_key=self._text(table, "identity_key", where, required=False),
        )

    def _key(self, table: dict[str, Any], where: str) -> str:
        key = self._text(table, "key", where) or ""
        if key and not KEY.fullmatch(key):
            self.problems.append(f"{where}.key {key!r} may have small letters, digits, - and _ only")
        return key

    def _texts(self, table: dict[str, Any], key: str, where: str, *, empty: bool = False) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value) and (value or empty):
            return tuple(value)
        self.problems.append(f"{where}.{key} must be a list of texts")
        return ()

    def teams(self, document: dict[str, Any]) -> tuple[Team, ...]:
        return tuple(
            Team(key=self._key(table, "teams"), name=self._text(table, "name", "teams") or "")
            for table in self._tables(document, "teams")
        )

    def hours(self, document: dict[str, Any]) -> OpeningHours:
        table = self._table(document, "opening_hours")
        zone = self._text(table, "time_zone", "opening_hours") or "UTC"
        self.problems += unknown_keys(table, ("time_zone", *WEEKDAYS, "holidays"), "opening_hours")
        holidays = table.get("holidays", [])
        if not isinstance(holidays, list):
            self.problems.append('opening_hours.holidays must be a list of dates such as ["2027-01-01"]')
            holidays = []
        hours, problems = read_opening_hours(table | {"time_zone": zone, "holidays": holidays})
        self.problems += [f"opening_hours.{one.text}" for one in problems]
        return hours


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    total = int(hours) * 60 + int(minutes)
    if not (0 <= total <= 1_440 and 0 <= int(minutes) < 60):
        raise ValueError(text)
    return total
