"""Words that may stand in the assistant's files: no personal data, and nothing that Rasa would read as more."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from handoff.domain.errors import bad_request
from handoff.trainer.dataset import LANGUAGES
from handoff.trainer.marks import UNPRINTED
from handoff.trainer.masking import mask

SENTENCE_CHARS_MAX = 400  # a longer message is several wishes, and teaches none of them
SENTENCES_AT_ONCE_MAX = 200  # of one language: an edit is read through before it is saved
ANSWER_CHARS_MAX = 1_500
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_ENTITY = re.compile(r"\[[^\[\]]+\]\(([a-z][a-z0-9_]*)\)")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
ALWAYS_FILLED = frozenset({"addressed"})  # a slot that the connector sets for every message


def clean_sentence(text: str, entities: Sequence[str]) -> str:
    """One line, without personal data. Raises `bad_request` for what would mean something to Rasa."""
    line = " ".join(text.split())
    if not line or len(line) > SENTENCE_CHARS_MAX:
        raise bad_request(f"A sentence has 1 to {SENTENCE_CHARS_MAX} characters.")
    if UNPRINTED.search(text) or "${" in line:
        raise bad_request("A sentence has no control characters, and no ${...}.")
    if line[0] in "-/#":
        raise bad_request("A sentence does not begin with - or / or #.")
    if re.search(r"[\[\]{}|]", _ENTITY.sub("", line)):
        raise bad_request("Brackets are for marked entities only: [10023](order_number).")
    if unknown := sorted(set(_ENTITY.findall(line)) - set(entities)):
        raise bad_request(f"There is no entity {', '.join(unknown)}.")
    return mask(line).text


def not_too_many(texts: Sequence[str]) -> None:
    if len(texts) > SENTENCES_AT_ONCE_MAX:
        raise bad_request(
            f"{len(texts):,} sentences at once are too many. Save at most {SENTENCES_AT_ONCE_MAX} at a time."
        )


def clean_answer(text: str, filled: frozenset[str]) -> str:
    """`filled` are the names in braces that the assistant fills in here."""
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped or len(stripped) > ANSWER_CHARS_MAX:
        raise bad_request(f"An answer has 1 to {ANSWER_CHARS_MAX:,} characters.")
    if UNPRINTED.search(stripped) or "${" in stripped:
        raise bad_request("An answer has no control characters, and no ${...}.")
    if re.search(r"[{}]", PLACEHOLDER.sub("", stripped)):
        raise bad_request("Braces are for what is filled in: {number}, say.")
    if unknown := sorted(set(PLACEHOLDER.findall(stripped)) - filled):
        raise bad_request(f"Nothing fills in {{{unknown[0]}}} here.")
    return stripped


def story_line(text: str, names: Sequence[str]) -> str:
    """What a customer said, as a line of a story: one line, without personal data and marks."""
    line = " ".join(mask(text, names).text.split())[:SENTENCE_CHARS_MAX]
    return re.sub(r"[\[\]{}|$]", "", line).lstrip("-/# ") or "?"


def quoted(text: str) -> str:
    """As a YAML scalar in double quotes: what JSON writes is YAML as well."""
    return json.dumps(text, ensure_ascii=False)


def name_of(text: str, what: str = "An intent") -> str:
    if not NAME.fullmatch(text):
        raise bad_request(f"{what} is named in small letters, digits and _, as in track_order.")
    return text


def language_of(text: str) -> str:
    if text not in LANGUAGES:
        raise bad_request("The assistant speaks English (en) and German (de).")
    return text
