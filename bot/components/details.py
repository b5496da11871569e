"""Finds e-mail addresses and calendar days in a message, by rule, in English and German.

A day is given as ISO 8601: `2026-12-03`, or `--12-03` where the message names no year, which must not be guessed here.
One that depends on today is given by its English word: `today`, `friday`. What is no day ("31.2.") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_YEAR_WITHOUT = 2024  # a leap year, to see whether a day without its year exists
_CENTURY = 2000  # "3.12.26"

# Bounded parts, so that no hostile text takes long: RFC 5321 allows 64 and 255 characters.
_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])", re.ASCII
)

_MONTHS = (
    ("january", "jan", "januar", "jänner", "jaenner"),
    ("february", "feb", "februar", "feber"),
    ("march", "mar", "märz", "maerz"),
    ("april", "apr"),
    ("may", "mai"),
    ("june", "jun", "juni"),
    ("july", "jul", "juli"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct", "oktober", "okt"),
    ("november", "nov"),
    ("december", "dec", "dezember", "dez"),
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))

_WORDS = {
    "today": "today",
    "heute": "today",
    "tomorrow": "tomorrow",
    "yesterday": "yesterday",
    "gestern": "yesterday",
    "übermorgen": "day after tomorrow",
    "vorgestern": "day before yesterday",
    "monday": "monday",
    "montag": "monday",
    "tuesday": "tuesday",
    "dienstag": "tuesday",
    "wednesday": "wednesday",
    "mittwoch": "wednesday",
    "thursday": "thursday",
    "donnerstag": "thursday",
    "friday": "friday",
    "freitag": "friday",
    "saturday": "saturday",
    "samstag": "saturday",
    "sonnabend": "saturday",
    "sunday": "sunday",
    "sonntag": "sunday",
}  # not "morgen", which is a greeting as well

_BEFORE, _AFTER = r"(?<![\w.,/-])", r"(?![\w/]|[.,-]\d)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_BEFORE}(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d){_AFTER}",
        rf"{_BEFORE}(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./](?P<year>20\d\d|\d\d){_AFTER}",
        rf"{_BEFORE}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.{_AFTER}",
        rf"{_BEFORE}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s{{1,3}}(?:of\s)?(?P<name>{_MONTH})\b\.?(?:,?\s(?P<year>20\d\d)\b)?",
        rf"\b(?P<name>{_MONTH})\.?\s{{1,3}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<year>20\d\d)\b)?{_AFTER}",
    )
)
_DAY_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Detail:
    """`entity` is `email` or `date`; `text[start:end]` is how the customer wrote it."""

    entity: str
    value: str
    start: int
    end: int


def find_details(text: str) -> list[Detail]:
    """The addresses and days of `text`, in order; of overlapping ones the first that is found."""
    found: list[Detail] = []
    for detail in _all_details(text):
        if all(detail.end <= other.start or other.end <= detail.start for other in found):
            found.append(detail)
    return sorted(found, key=lambda detail: detail.start)


def _all_details(text: str) -> Iterator[Detail]:
    for match in _EMAIL.finditer(text):
        yield Detail("email", match[0].lower(), *match.span())
    for pattern in _DATES:
        for match in pattern.finditer(text):
            value = _iso(match.groupdict())
            if value is not None:
                yield Detail("date", value, *match.span())
    for match in _DAY_WORD.finditer(text):
        yield Detail("date", _WORDS[match[0].lower()], *match.span())


def _iso(parts: dict[str, str | None]) -> str | None:
    """None: there is no such day. In figures the day comes first, as in Europe."""
    name, year = parts.get("name"), parts.get("year")
    month = _MONTH_OF[name.lower()] if name else int(parts["month"] or 0)
    full_year = None if year is None else int(year) if len(year) == 4 else _CENTURY + int(year)
    try:
        day = date(full_year or _YEAR_WITHOUT, month, int(parts["day"] or 0))
    except ValueError:
        return None
    return day.isoformat() if full_year else f"--{day:%m-%d}"
