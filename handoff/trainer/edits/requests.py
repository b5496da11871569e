"""Sentences for the detector of requests for a person: what asks for one, what sounds like it, what shows distress."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.domain.errors import bad_request, conflict, not_found
from handoff.trainer.dataset import ASKS, DISTRESS, HUMAN, SIGNS, SOUNDS_LIKE_IT, Request, folded
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.lines import inserted, removed
from handoff.trainer.edits.operations import ChangeRequest
from handoff.trainer.edits.wording import clean_sentence, not_too_many

WANTS_PERSON = "request_human"  # the assistant's own word for it
_SAYS = {
    ASKS: "as one that asks for a person",
    SOUNDS_LIKE_IT: "as one that asks for nobody",
    DISTRESS: "as one that shows distress",
}


def add(draft: Draft, language: str, kind: str, texts: Sequence[str]) -> set[str]:
    """The sentences as they are kept."""
    not_too_many(texts)
    path = _path(draft, language)
    new = list(dict.fromkeys(clean_request(text) for text in texts))
    for text in new:
        _fits(draft, language, kind, text, besides=None)
    there = _of(draft, language)
    alike = [one.line for one in there if one.kind == kind]
    text = draft.texts[path]
    end = len(text.rstrip("\n").split("\n"))
    draft.texts[path] = inserted(
        text, alike[-1] + 1 if alike else end, [f"{SIGNS[kind]} {one}" for one in new]
    )
    return set(new)


def remove(draft: Draft, language: str, text: str) -> None:
    request = find(draft, language, text)
    _not_the_last(draft, request)
    draft.texts[request.path] = removed(draft.texts[request.path], request.line, request.line + 1)


def change(draft: Draft, asked: ChangeRequest) -> set[str]:
    """Its words, what it is, or both; it stays in its place."""
    request = find(draft, asked.language, asked.text)
    new = request.text if asked.to == request.text else clean_request(asked.to)
    _fits(draft, asked.language, asked.kind, new, besides=request)
    if asked.kind != request.kind:
        _not_the_last(draft, request)
    lines = draft.texts[request.path].split("\n")
    lines[request.line] = f"{SIGNS[asked.kind]} {new}"
    draft.texts[request.path] = "\n".join(lines)
    return {request.text, new}


def find(draft: Draft, language: str, text: str) -> Request:
    _path(draft, language)
    for one in _of(draft, language):
        if one.text == text.strip():
            return one
    raise not_found("This sentence is not there any more.")


def clean_request(text: str) -> str:
    """One line without personal data and with a word in it. Raises `bad_request`."""
    kept = clean_sentence(text, ())
    if not folded(kept):
        raise bad_request("A sentence has words.")
    return kept


def _path(draft: Draft, language: str) -> str:
    path = f"{HUMAN}/{language}.txt"
    if path not in draft.texts:
        raise bad_request("Requests for a person are not taught in this language.")
    return path


def _of(draft: Draft, language: str) -> list[Request]:
    return [one for one in draft.dataset.requests if one.language == language]


def _fits(draft: Draft, language: str, kind: str, text: str, *, besides: Request | None) -> None:
    """Raises `conflict` where the same is said already, or is measured on."""
    for one in _of(draft, language):
        if one != besides and folded(one.text) == folded(text):
            raise conflict(f"“{text}” is there already, {_SAYS[one.kind]}.")
    if (besides is None or besides.text != text) and (language, folded(text)) in draft.measured:
        raise conflict(f"“{text}” is held back for measuring: learned, it would measure nothing any more.")
    if kind == SOUNDS_LIKE_IT and any(
        one.intent == WANTS_PERSON and one.language == language and folded(one.text) == folded(text)
        for one in draft.dataset.sentences
    ):
        raise conflict(f"“{text}” is a sentence of {WANTS_PERSON}: it cannot mean both.")


def _not_the_last(draft: Draft, request: Request) -> None:
    alike = [one for one in _of(draft, request.language) if one.kind == request.kind]
    if len(alike) == 1:
        raise conflict("It is the last sentence of its kind in this language, and stays.")
