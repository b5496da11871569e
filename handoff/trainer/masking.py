"""Takes personal data out of what customers and agents wrote, before a trainer sees it or a file keeps it.

Each value is replaced by a stand-in of its kind that reads as a customer would write, so that a masked sentence can be
learned from as it is. Masking twice changes nothing. It would rather mask too much: a number of four digits in a
message to a shop is mostly somebody's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

EMAIL = "name@mail.example"
PHONE = "000 000000"
IBAN = "XX00 0000 0000 0000 0000 00"
CARD = "0000 0000 0000 0000"
NUMBER = "00000"
NAME = "Alex Muster"
ADDRESS = "Musterstraße 1"
PLACE = "00000 Musterstadt"
LINK = "https://link.example"
SECRET = "secret"  # noqa: S105  # the word that stands for one
DATE = "01.01.2000"
STAND_INS = (EMAIL, PHONE, IBAN, CARD, NUMBER, NAME, ADDRESS, PLACE, LINK, SECRET, DATE)

_NAME_WORD = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*"  # begins with a capital of any script that has them
_NAMES = (
    rf"{_NAME_WORD}(?:[ \t]+(?:(?:von|van|de|der|zu|al|el|bin|di|da|du|la|le)[ \t]+)*{_NAME_WORD}){{0,3}}"
)
_STREET = (
    r"(?:stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|ring|ufer|damm|chaussee|stieg|twiete|straat|laan|plein|gade"
    r"|vej)"
)
_ROAD = (
    r"(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|court|close|square|way|boulevard|blvd\.?"
    r"|terrace)"
)
_SAYS_NAME = (
    r"my name is|my name's|the name is|name is|i am called|this is|signed|regards from|"
    r"ich heiße|ich heisse|mein name ist|mein name lautet|hier ist|hier spricht|hier schreibt|name:|je m'appelle|"
    r"me llamo|mi chiamo|mijn naam is|nazywam się"
)
_CLOSES = (
    r"(?:kind |best |warm |many )?regards|best wishes|yours sincerely|yours faithfully|sincerely|cheers|thanks|"
    r"thank you|(?:mit )?(?:freundlichen|besten|vielen|lieben|herzlichen|schönen|viele|liebe|beste|schöne)? ?"
    r"(?:grüßen|grüße|gruß|gruss|gruessen|gruesse)|mfg|lg|vg|danke|dein|deine|ihr|ihre"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text without personal data. `kinds` are the sorts of data that were in it."""

    text: str
    kinds: tuple[str, ...]


_Rule = tuple[str, re.Pattern[str], str]  # kind, what it looks like, what takes its place

_BEFORE_NAMES: tuple[_Rule, ...] = (  # of which a name may be a part
    ("email", re.compile(r"[\w.+%&'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), EMAIL),
    ("link", re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE), LINK),
)
_AFTER_NAMES: tuple[_Rule, ...] = (
    (
        "secret",
        re.compile(
            r"(?<=\b)((?:pass(?:word|wort|code)?|kennwort|pin|tan|cvc|cvv|secret|token)\s*(?:is|ist|lautet|:|=)\s*)[\"'„“]?\S+",
            re.IGNORECASE,
        ),
        rf"\g<1>{SECRET}",
    ),
    (
        "iban",
        re.compile(
            r"\b[A-Za-z]{2}\d{2}(?:[ \t-]?[A-Za-z]{4})?(?:[ \t-]?\d{2,4}){3,7}(?:[ \t-]?[A-Z]?\d{1,3}){0,2}\b"
        ),
        IBAN,
    ),
    ("card", re.compile(r"(?<!\d)\d(?:[ \t.-]?\d){12,18}(?!\d)"), CARD),
    ("date", re.compile(r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}-\d{2}-\d{2})\b"), DATE),
    (
        "phone",
        re.compile(
            r"(?<![\w+])(?:\+|00)\d{1,3}(?:[ \t./-]?\(?\d{1,5}\)?){2,6}(?!\d)"
            r"|(?<![\w])\(?0\d{2,5}\)?(?:[ \t./-]+\d{2,9}){1,4}(?!\d)"
            r"|(?<![\w.])0\d{8,13}(?!\d)|(?<!\w)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)"
        ),
        PHONE,
    ),
    (
        "address",
        re.compile(
            rf"\b(?:{_NAME_WORD}[ \t-]+){{0,2}}(?i:[^\W\d_]*{_STREET})[ \t]*\d{{1,4}}(?:[ \t]?[a-z])?\b"
            r"(?:[ \t]*/[ \t]*\d+)?",
        ),
        ADDRESS,
    ),
    (
        "address",
        re.compile(rf"\b\d{{1,5}}[a-z]?,?[ \t]+(?:[A-Z][\w'’.-]*[ \t]+){{1,3}}{_ROAD}\b\.?", re.IGNORECASE),
        ADDRESS,
    ),
    (
        "address",
        re.compile(
            r"\b(?:rue|calle|via|avenida|ulica|ul\.|piazza)[ \t]+(?:[\w'’.-]+[ \t,]+){1,4}\d{1,4}\b",
            re.IGNORECASE,
        ),
        ADDRESS,
    ),
    (
        "address",
        re.compile(
            rf"\b(?:Am|An der|Auf der|Auf dem|Im|In der|Zum|Zur|Hinter dem)[ \t]+{_NAME_WORD}[ \t]+\d{{1,4}}[a-z]?\b"
        ),
        ADDRESS,
    ),
    (
        "address",
        re.compile(rf"\b(?:[A-Z]{{1,2}}-)?\d{{4,5}}[ \t]+{_NAME_WORD}(?:[ \t](?:am|an|bei|im)[ \t][\w.]+)*"),
        PLACE,
    ),
    ("address", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[ \t]?\d[A-Z]{2}\b"), PLACE),
    ("name", re.compile(rf"(?i:\b({_SAYS_NAME}))[ \t:]+({_NAMES})"), rf"\g<1> {NAME}"),
    (
        "name",
        re.compile(rf"(?i:\b(i am|i'm|ich bin))[ \t]+({_NAME_WORD}[ \t]+{_NAME_WORD})"),
        rf"\g<1> {NAME}",
    ),
    (
        "name",
        re.compile(
            rf"\b((?:Herrn?|Frau|Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Familie|Monsieur|Madame|Señora?)\.?)[ \t]+({_NAMES})"
        ),
        rf"\g<1> {NAME}",
    ),
    (
        "name",
        re.compile(rf"(?i:\b({_CLOSES}))([ \t]*[,!.]?[ \t]*\n\s*|[ \t]*[,!][ \t]*)({_NAMES})[ \t]*\.?\Z"),
        rf"\g<1>\g<2>{NAME}",
    ),
    # Whatever else has a digit group long enough to be a customer's: orders, invoices, parcels, contracts.
    ("number", re.compile(r"(?<!\w)[#№]?(?=[\w/-]*\d{4})\w[\w/-]*"), NUMBER),
    ("number", re.compile(r"(?<![\w])\d{1,3}(?:[ \t]\d{2,4}){2,}(?!\w)"), NUMBER),
    ("number", re.compile(r"(?<!\w)\d(?:[ \t.-]\d){4,}(?!\w)"), NUMBER),  # spelled out digit by digit
)
_FIRST_MARK = 0xE000  # private use: while the text is worked on, one such character stands for a stand-in
_MARKS = {stand_in: chr(_FIRST_MARK + place) for place, stand_in in enumerate(STAND_INS)}
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + len(STAND_INS) - 1)}]")
_LETTERS_MIN = 3  # a shorter name is a word of some language


def mask(text: str, names: Iterable[str] = ()) -> Masked:
    """`text` without personal data; `names` are people known to be in the conversation."""
    worked = _MARK.sub("", unicodedata.normalize("NFKC", text))
    for stand_in in sorted(STAND_INS, key=len, reverse=True):  # what was masked before stays as it is
        worked = worked.replace(stand_in, _MARKS[stand_in])
    kinds: dict[str, None] = {}

    def replace(kind: str, pattern: re.Pattern[str], template: str) -> None:
        nonlocal worked
        for stand_in, mark in _MARKS.items():
            template = template.replace(stand_in, mark)
        worked, count = pattern.subn(template, worked)
        if count:
            kinds[kind] = None

    for kind, pattern, template in _BEFORE_NAMES:
        replace(kind, pattern, template)
    known = {word for name in names for word in (name.strip(), *name.split()) if len(word) >= _LETTERS_MIN}
    for word in sorted(known, key=len, reverse=True):
        replace("name", re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE), NAME)
    for kind, pattern, template in _AFTER_NAMES:
        replace(kind, pattern, template)
    stand_ins = {mark: stand_in for stand_in, mark in _MARKS.items()}
    doubled = re.compile(rf"({_MARKS[NAME]})(?:[ \t]+{_MARKS[NAME]})+")  # first name and last, each known
    return Masked(
        text=_MARK.sub(lambda found: stand_ins[found[0]], doubled.sub(r"\1", worked)), kinds=tuple(kinds)
    )
