"""What is wrong with the assistant's data, or looks so: for the page as it is edited, and before each run. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from handoff.trainer.dataset import (
    LANGUAGES,
    RULES,
    SOUNDS_LIKE_IT,
    TEST_STORIES,
    WITHOUT_SENTENCES,
    Dataset,
    Request,
    Sentence,
    folded,
)
from handoff.trainer.masking import mask

SENTENCES_FEW = 8  # by language; with fewer an intent is seldom recognised
HELD_BACK_FEW = 5  # by language; with fewer one sentence decides how an intent is judged
NEAR = 0.82  # of shared letter groups: the same sentence but for an ending or a filler
NEAR_SHOWN = 5
_WITHOUT_RULE = frozenset(
    {"affirm", "deny", "out_of_scope"}
)  # mean something only in a course, or to the fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`severity` is error (cannot be trained) or warning; `about` names the intent, answer or course."""

    severity: str
    about: str
    text: str


def problems(dataset: Dataset) -> list[Problem]:
    """Errors first, and files that cannot be read before what follows from that."""
    found = [*_sentences(dataset), *_requests(dataset), *_answers(dataset), *_courses(dataset)]
    return [*_broken(dataset), *sorted(found, key=lambda one: (one.severity != "error", one.about, one.text))]


def _broken(dataset: Dataset) -> Iterator[Problem]:
    for path, why in dataset.broken.items():
        yield Problem(severity="error", about=path, text=f"{path} cannot be read. {why}")
    for path, file in dataset.files.items():
        for why in file.skipped:
            yield Problem(severity="warning", about=path, text=f"{path}: {why}")


def _sentences(dataset: Dataset) -> Iterator[Problem]:
    places: dict[str, list[Sentence]] = defaultdict(list)
    for one in dataset.sentences:
        places[folded(one.text)].append(one)
    held = {folded(one.text): one for one in dataset.held_back}
    for text, there in places.items():
        intents = sorted({one.intent for one in there})
        if len(intents) > 1:
            yield Problem(
                severity="error",
                about=intents[0],
                text=f"“{there[0].text}” stands under {' and '.join(intents)}.",
            )
        elif len(there) > 1 and len({one.language for one in there}) < len(there):
            yield Problem(severity="warning", about=intents[0], text=f"“{there[0].text}” stands twice.")
        if text in held:
            yield Problem(
                severity="warning",
                about=intents[0],
                text=f"“{there[0].text}” is learned from and held back: it measures nothing any more.",
            )
    counts = Counter((one.intent, one.language) for one in dataset.sentences)
    measures = Counter((one.intent, one.language) for one in dataset.held_back)
    for intent in dataset.intents:
        if intent in WITHOUT_SENTENCES:
            continue
        for language in LANGUAGES:
            count = counts[intent, language]
            if count < SENTENCES_FEW:
                yield Problem(
                    severity="error" if count == 0 else "warning",
                    about=intent,
                    text=f"{intent} has too few sentences in {language} ({count}; {SENTENCES_FEW} or more would do).",
                )
            if dataset.held_back and (measured := measures[intent, language]) < HELD_BACK_FEW:
                yield Problem(
                    severity="warning",
                    about=intent,
                    text=f"{intent} has too few sentences for measuring in {language} "
                    f"({measured}; {HELD_BACK_FEW} or more would do).",
                )
    for intent in sorted({one.intent for one in dataset.sentences} - set(dataset.intents)):
        yield Problem(
            severity="error", about=intent, text=f"{intent} has sentences, but is no intent of the domain."
        )


def _requests(dataset: Dataset) -> Iterator[Problem]:
    places: dict[tuple[str, str], list[Request]] = defaultdict(list)
    for one in dataset.requests:
        places[one.language, folded(one.text)].append(one)
    for there in places.values():
        if len({one.kind for one in there}) > 1:
            yield Problem(
                severity="error",
                about=there[0].path,
                text=f"“{there[0].text}” asks for a person in one line of {there[0].path}, and in another it does not.",
            )
    for sentence in dataset.sentences:
        if sentence.intent != "request_human":
            continue
        for request in places.get((sentence.language, folded(sentence.text)), ()):
            if request.kind == SOUNDS_LIKE_IT:
                yield Problem(
                    severity="error",
                    about=request.path,
                    text=f"“{request.text}” asks for nobody in {request.path}, and stands under {sentence.intent}.",
                )


def _answers(dataset: Dataset) -> Iterator[Problem]:
    variants: dict[str, dict[str, str]] = defaultdict(dict)
    for one in dataset.answers:
        variants[one.name][one.language] = one.text
    for name, texts in variants.items():
        if len(texts) < 2 and any(text for text in texts.values()):
            yield Problem(severity="warning", about=name, text=f"{name} is there in one language only.")
        filled = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        if len(filled) == 2 and filled[0] != filled[1]:
            names = ", ".join(sorted(filled[0] ^ filled[1]))
            yield Problem(
                severity="warning", about=name, text=f"{name} fills in {names} in one language only."
            )


def _courses(dataset: Dataset) -> Iterator[Problem]:
    intents, actions = set(dataset.intents), set(dataset.actions)
    first: dict[tuple[object, ...], str] = {}
    in_rules: set[str] = set()
    for one in dataset.courses:
        for step in one.steps:
            if step.kind == "customer" and step.name and step.name not in intents:
                yield Problem(
                    severity="error",
                    about=one.name,
                    text=f"“{one.name}” speaks of {step.name}, which is no intent.",
                )
            if step.kind == "bot" and step.name not in actions:
                yield Problem(
                    severity="error",
                    about=one.name,
                    text=f"“{one.name}” does {step.name}, which is not there.",
                )
        if not one.path.startswith(RULES):
            continue
        wants = [step.name for step in one.steps if step.kind == "customer"]
        in_rules.update(wants)
        if wants and one.steps[0].kind == "customer" and len(one.steps) > 1:
            key = (one.conditions, one.steps[0])
            does = str(one.steps[1:])
            if first.setdefault(key, does) != does:
                yield Problem(
                    severity="error",
                    about=one.name,
                    text=f"“{one.name}” contradicts another rule for {wants[0]}.",
                )
    in_stories = {step.name for one in dataset.courses if one.path != TEST_STORIES for step in one.steps}
    for intent in sorted(intents - in_rules - in_stories - _WITHOUT_RULE):
        yield Problem(
            severity="warning", about=intent, text=f"No rule says what the assistant does for {intent}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    intent: str | None
    language: str
    text: str
    kind: str | None
    likeness: float


def near(dataset: Dataset, text: str, language: str | None = None) -> list[Near]:
    """Sentences that are nearly the same, the nearest first: under one intent a duplicate, under another a conflict.
    With a `language` also those about requests for a person in it, which have a `kind` in place of an `intent`."""
    grams = _grams(mask(text).text)
    found = []
    asked = [one for one in dataset.requests if one.language == language]
    there: list[Sentence | Request] = [*dataset.sentences, *asked]
    for one in there:
        other = _grams(one.text)
        likeness = len(grams & other) / (len(grams | other) or 1)
        if likeness >= NEAR:
            found.append(
                Near(
                    intent=one.intent if isinstance(one, Sentence) else None,
                    kind=one.kind if isinstance(one, Request) else None,
                    language=one.language,
                    text=one.text,
                    likeness=round(likeness, 2),
                )
            )
    return sorted(found, key=lambda one: -one.likeness)[:NEAR_SHOWN]


@lru_cache(maxsize=40_000)  # asked for again with every pause in typing
def _grams(text: str) -> frozenset[str]:
    padded = f" {folded(text)} "
    return frozenset(padded[place : place + 3] for place in range(max(len(padded) - 2, 1)))
