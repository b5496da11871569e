"""Figures for `make evaluate`: what the product would do with messages, held against what should have been done.

Pure: no file, no process. A share is a number from 0 to 1, or `None` where there is nothing to share out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

OUT_OF_SCOPE = "out_of_scope"
WANTS_PERSON = "request_human"
KEEP = 0.95  # of the messages that should be answered: out of scope is measured where this share is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What is known of a message: its language, what it means, and whether it asks for a person. `None`: not known."""

    text: str
    lang: str
    intent: str | None = None
    human: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the running product would do with a message as a conversation's first one.

    `confidence` is the chance that the likeliest intent is right, whatever was decided: so it can be held against any
    threshold. `candidates` are the choices of a question, or the one intent of an answer. `text` is as it was given.
    """

    text: str
    decision: str  # answer, clarify, refuse
    intent: str | None
    candidates: tuple[str, ...]
    confidence: float
    human: str  # transfer, ask, no
    ms: float

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "decision": self.decision,
            "intent": self.intent,
            "candidates": list(self.candidates),
            "confidence": self.confidence,
            "human": self.human,
            "ms": self.ms,
        }


@dataclass(slots=True)
class Scores:
    """All figures, ready for JSON, and every error as text, gold and prediction."""

    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    out_of_scope: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    human: dict[str, dict[str, Any]] = field(default_factory=dict)
    latency: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "intents": self.intents,
            "out_of_scope": self.out_of_scope,
            "calibration": self.calibration,
            "human": self.human,
            "latency": self.latency,
            "errors": self.errors,
        }


def score(golds: Sequence[Gold], predictions: Sequence[Prediction]) -> Scores:
    """Figures for each language, and for `all` of them where there are several."""
    pairs = list(zip(golds, predictions, strict=True))
    scores = Scores()
    labelled = [(gold, got) for gold, got in pairs if gold.intent is not None]
    known = [(gold, got) for gold, got in labelled if gold.intent != OUT_OF_SCOPE]
    foreign = [(gold, got) for gold, got in labelled if gold.intent == OUT_OF_SCOPE]
    for language, some in _by_language(known):
        scores.intents[language] = _intents(some)
    foreign_of = dict(_by_language(foreign))
    known_of = dict(_by_language(known))
    for language, strange in foreign_of.items():
        scores.out_of_scope[language] = _out_of_scope(known_of.get(language, []), strange)
    if known:
        scores.calibration = _calibration(known)
    judged = [(gold, got) for gold, got in pairs if gold.human is not None]
    for language, some in _by_language(judged):
        scores.human[language] = _human(some)
    scores.latency = _latency([got.ms for got in predictions])
    scores.errors = list(_errors(pairs))
    return scores


def is_right(gold: Gold, got: Prediction) -> bool:
    """The intent, or a person for somebody who wants one: then the intent's name matters to nobody."""
    if gold.intent == WANTS_PERSON and got.human == "transfer":
        return True
    return got.decision == "answer" and got.intent == gold.intent


def is_named(gold: Gold, got: Prediction) -> bool:
    """A question of two choices, one of which is right; or whether a person is wanted, for somebody who wants one."""
    if gold.intent == WANTS_PERSON and got.human == "ask":
        return True
    return got.decision == "clarify" and gold.intent in got.candidates


_Pair = tuple[Gold, Prediction]


def _by_language(pairs: Iterable[_Pair]) -> list[tuple[str, list[_Pair]]]:
    groups: dict[str, list[_Pair]] = defaultdict(list)
    for gold, got in pairs:
        groups[gold.lang].append((gold, got))
    named = sorted(groups.items())
    if len(named) > 1:
        named.append(("all", [pair for _, some in named for pair in some]))
    return named


def _share(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None


def _intents(pairs: list[_Pair]) -> dict[str, Any]:
    right = sum(is_right(gold, got) for gold, got in pairs)
    named = sum(not is_right(gold, got) and is_named(gold, got) for gold, got in pairs)
    asked = sum(got.decision == "clarify" for _, got in pairs)
    refused = sum(got.decision == "refuse" for _, got in pairs)
    wrong = sum(got.decision == "answer" and not is_right(gold, got) for gold, got in pairs)
    return {
        "messages": len(pairs),
        "right": _share(right, len(pairs)),
        "right_or_named": _share(right + named, len(pairs)),
        "asked": _share(asked, len(pairs)),
        "refused": _share(refused, len(pairs)),
        "answered_wrongly": _share(wrong, len(pairs)),
    }


def _out_of_scope(known: list[_Pair], foreign: list[_Pair]) -> dict[str, Any]:
    """`refused_at_keep`: by confidence alone, with the threshold that keeps `KEEP` of the known messages."""
    answered = sum(got.decision == "answer" for _, got in foreign)
    level = sorted(got.confidence for _, got in known)[int(len(known) * (1 - KEEP))] if known else None
    below = None if level is None else sum(got.confidence < level for _, got in foreign)
    return {
        "messages": len(foreign),
        "refused": _share(sum(got.decision == "refuse" for _, got in foreign), len(foreign)),
        "not_answered": _share(len(foreign) - answered, len(foreign)),
        "kept": _share(sum(got.decision != "refuse" for _, got in known), len(known)),
        "refused_at_keep": None if below is None else _share(below, len(foreign)),
    }


def _calibration(known: list[_Pair]) -> dict[str, Any]:
    """Among answered messages: how far confidence is from the share of right answers, and both for each bin."""
    bins: dict[int, list[_Pair]] = defaultdict(list)
    answered = [pair for pair in known if pair[1].decision == "answer"]
    for pair in answered:
        bins[min(int(pair[1].confidence * 10), 9)].append(pair)
    rows = []
    distance = 0.0
    for number, pairs in sorted(bins.items()):
        confidence = sum(got.confidence for _, got in pairs) / len(pairs)
        right = sum(is_right(gold, got) for gold, got in pairs) / len(pairs)
        distance += abs(confidence - right) * len(pairs)
        rows.append(
            {
                "from": number / 10,
                "messages": len(pairs),
                "confidence": round(confidence, 4),
                "right": round(right, 4),
            }
        )
    return {
        "messages": len(answered),
        "mean_distance": round(distance / len(answered), 4) if answered else None,
        "bins": rows,
    }


def _human(pairs: list[_Pair]) -> dict[str, Any]:
    asking = [got.human for gold, got in pairs if gold.human]
    others = [got.human for gold, got in pairs if not gold.human]
    return {
        "requests": len(asking),
        "requests_transferred": _share(asking.count("transfer"), len(asking)),
        "requests_transferred_or_asked": _share(len(asking) - asking.count("no"), len(asking)),
        "others": len(others),
        "others_transferred": _share(others.count("transfer"), len(others)),
        "others_transferred_or_asked": _share(len(others) - others.count("no"), len(others)),
    }


def _latency(times_ms: list[float]) -> dict[str, Any]:
    if not times_ms:
        return {"messages": 0}
    ordered = sorted(times_ms)
    return {
        "messages": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
        "longest_ms": round(ordered[-1], 2),
    }


def _errors(pairs: list[_Pair]) -> Iterable[dict[str, Any]]:
    for gold, got in pairs:
        faults = []
        if gold.intent == OUT_OF_SCOPE:
            if got.decision == "answer" and got.human == "no":
                faults.append("answered, but out of scope")
        elif gold.intent is not None and not is_right(gold, got) and not is_named(gold, got):
            faults.append(
                {"answer": "wrong intent", "clarify": "not among the choices"}.get(got.decision, "refused")
            )
        if gold.human is True and got.human == "no":
            faults.append("wants a person, unheard")
        elif gold.human is False and got.human != "no":
            faults.append("wants no person")
        if faults:
            yield {
                "text": gold.text,
                "lang": gold.lang,
                "faults": faults,
                "gold": {"intent": gold.intent, "human": gold.human},
                "got": {
                    "decision": got.decision,
                    "intent": got.intent,
                    "candidates": list(got.candidates),
                    "human": got.human,
                },
            }
