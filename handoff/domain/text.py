"""What counts as a text that a person may send. Source: the wire contract, first section."""

from __future__ import annotations

import re
import unicodedata

from handoff.domain.errors import Code, DomainError, bad_request

TEXT_CHARACTERS_MAX = 4_000
NAME_CHARACTERS_MAX = 80
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # of a site, a team or a skill, as operators name them

# C0 and C1 controls except tab and new line, and lone surrogates, which no UTF-8 file can hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str, *, what: str = "text", characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """The text, trimmed. A carriage return before a new line is dropped (browsers and mailers add it).

    Raises `bad_request` for an empty text or a control character, `too_large` above `characters_max`.
    """
    trimmed = text.replace("\r\n", "\n").strip()
    if not trimmed:
        raise bad_request(f"The {what} is empty.")
    if len(trimmed) > characters_max:
        raise DomainError(
            Code.TOO_LARGE,
            f"The {what} has {len(trimmed)} characters; at most {characters_max} can be sent at once.",
        )
    if _FORBIDDEN.search(trimmed):
        raise bad_request(f"The {what} has a control character; only new line and tab are possible.")
    return trimmed


def clean_name(text: str) -> str:
    """How somebody wants to be called, on one line. Raises as `clean_text`."""
    name = clean_text(text, what="name", characters_max=NAME_CHARACTERS_MAX)
    if "\n" in name or "\t" in name:
        raise bad_request("A name stands on one line.")
    return name


def same_question(text: str) -> str:
    """The form under which two questions count as the same: letters with their marks, and digits, case folded."""
    folded = text.casefold()
    return " ".join("".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in folded).split())


# ISO 639-1, and languages without a code of two letters that browsers name in locales.
_LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    ckb dsb fil gsw haw hsb kok mni sat yue
    """.split()
)


def is_language(code: str) -> bool:
    """Whether this is a language as locales name it: `de`, not `deutsch`, `deu` or `xx`."""
    return code in _LANGUAGES


def language_of(locale: str) -> str:
    """The language part of a locale: `de` for `de-AT`."""
    return locale.strip().replace("_", "-").split("-")[0].lower()
