"""Holds a candidate against the model in service, and says whether it may take its place. Pure.

The gate asks for what customers would feel: nobody who wants a person is heard less, no subject gets noticeably worse,
every conversation that has to end with a person does. It has no figure for keeping customers from people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handoff.domain.requests import Reading, heard

A_PERSON, NO_PERSON = "a person", "no person"  # what a message means where that is all that is known of it
OUT_OF_SCOPE, WANTS_PERSON, ASKS_AGAIN = "out_of_scope", "request_human", "nlu_fallback"
INTENT_DROP_MAX = 0.10  # of an intent's recall or precision; with a dozen sentences one alone is 8 %
INTENT_SENTENCES_MIN = 2  # that have to be worse: a single one is chance
OVERALL_DROP_MAX = 0.01
FALSE_ALARMS_RISE_MAX = 0.005
HEARD_DROP_ONE_OF = 500  # requests: one of so many changes sides by chance, whatever was taught
AT_ONCE_DROP_MAX = 0.01  # of the requests: asked about first, which loses nobody
SLOWER_MAX = 2.0  # times the latency of the model in service
SLOW_MS = 50.0  # below it nobody feels a difference
CHANGED_MAX = 300
CONFUSIONS_MAX = 40
NAMED_MAX = 8  # sentences, stories or intents that a condition names


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A message with what is known of it. `intent`: what it means; `human`: whether it asks for a person. One that was
    `taught` is shown and measures nothing, since it is learned from."""

    text: str
    language: str
    intent: str | None = None
    human: bool | None = None
    taught: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What the product does with a message: `decision` is answer, clarify or refuse; `person` transfer, ask or no.
    `ms` is processor time: two models are read one after the other, and the machine may be busier with one of them."""

    decision: str
    intent: str
    choices: tuple[str, ...]
    confidence: float
    person: str
    ms: float


def understood(parsed: dict[str, Any], reading: Reading) -> Understood:
    """From a line of `bot.parse` and what the detector read."""
    intent = str(parsed["intent"])
    choices = tuple(str(name) for name, _ in parsed["ranking"][:2]) if intent == ASKS_AGAIN else ()
    decision = "clarify" if choices else "refuse" if intent in (OUT_OF_SCOPE, ASKS_AGAIN) else "answer"
    return Understood(
        decision=decision,
        intent=intent,
        choices=choices,
        confidence=float(parsed["confidence"]),
        person=heard(reading, by_bot=intent == WANTS_PERSON),
        ms=float(parsed["processor_ms"]),
    )


def is_right(case: Case, got: Understood) -> bool:
    if case.intent == WANTS_PERSON and got.person == "transfer":
        return True
    if case.intent == OUT_OF_SCOPE:
        return got.decision != "answer"
    return got.decision == "answer" and got.intent == case.intent


def compare(
    cases: Sequence[Case],
    candidate: Sequence[Understood],
    current: Sequence[Understood] | None,
    stories: dict[str, Any],
) -> dict[str, Any]:
    """Everything that the page shows of a run, ready for JSON. `stories` has `count`, `failed`, `handoff` (names of
    those that end with a person) and `failed_before`."""
    taught = _taught(cases, candidate, current)
    kept = [place for place, case in enumerate(cases) if not case.taught]
    cases, candidate = [cases[place] for place in kept], [candidate[place] for place in kept]
    current = None if current is None else [current[place] for place in kept]
    sides = {"candidate": list(candidate)} | ({"current": list(current)} if current is not None else {})
    result: dict[str, Any] = {
        "taught": taught,
        "overall": {name: _overall(cases, got) for name, got in sides.items()},
        "human": {name: _human(cases, got) for name, got in sides.items()},
        "latency": {name: _latency(got) for name, got in sides.items()},
        "intents": _intents(cases, sides),
        "confusions": _confusions(cases, sides),
        "changed": [] if current is None else _changed(cases, current, candidate),
        "otherwise_heard": {} if current is None else _otherwise_heard(cases, current, candidate),
        "stories": stories,
    }
    result["gate"] = gate(result)
    return result


def _taught(
    cases: Sequence[Case], candidate: Sequence[Understood], current: Sequence[Understood] | None
) -> list[dict[str, Any]]:
    """Messages that were taught, and whether they are understood as they were, those that are not first."""
    rows = [
        {
            "text": case.text,
            "language": case.language,
            "meant": _meant(case),
            "current": None if current is None else _side(current[place]),
            "candidate": _side(candidate[place]),
            "learned": _is_learned(case, candidate[place]),
        }
        for place, case in enumerate(cases)
        if case.taught
    ]
    return sorted(rows, key=lambda row: bool(row["learned"]))


def _is_learned(case: Case, got: Understood) -> bool:
    """Who asks for a person is heard when asked whether one is wanted, too."""
    return is_right(case, got) if case.human is None else (got.person != "no") is case.human


def _meant(case: Case) -> str | None:
    if case.intent is not None:
        return case.intent
    return None if case.human is None else A_PERSON if case.human else NO_PERSON


def _side(one: Understood) -> dict[str, Any]:
    return {"outcome": _outcome(one), "choices": list(one.choices), "person": one.person}


def _overall(cases: Sequence[Case], got: Sequence[Understood]) -> dict[str, Any]:
    pairs = [(case, one) for case, one in zip(cases, got, strict=True) if case.intent is not None]
    right = sum(is_right(case, one) for case, one in pairs)
    named = sum(not is_right(case, one) and case.intent in one.choices for case, one in pairs)
    return {"messages": len(pairs), "right": right, "named": named, "share": _share(right, len(pairs))}


def _human(cases: Sequence[Case], got: Sequence[Understood]) -> dict[str, Any]:
    asking = [one for case, one in zip(cases, got, strict=True) if case.human is True]
    others = [one for case, one in zip(cases, got, strict=True) if case.human is False]
    heard = sum(one.person != "no" for one in asking)
    false = sum(one.person != "no" for one in others)
    return {
        "requests": len(asking),
        "heard": heard,
        "transferred": sum(one.person == "transfer" for one in asking),
        "others": len(others),
        "false_alarms": false,
        "recall": _share(heard, len(asking)),
        "false_share": _share(false, len(others)),
    }


def _otherwise_heard(
    cases: Sequence[Case], current: Sequence[Understood], candidate: Sequence[Understood]
) -> dict[str, list[str]]:
    """What is heard worse about a person than before: requests that are missed now, those that are no longer
    transferred at once, and other messages that raise an alarm now."""
    rows: dict[str, list[str]] = {"missed": [], "not_at_once": [], "alarms": []}
    for case, old, new in zip(cases, current, candidate, strict=True):
        if case.human is True and old.person != "no" and new.person == "no":
            rows["missed"].append(case.text)
        if case.human is True and old.person == "transfer" and new.person != "transfer":
            rows["not_at_once"].append(case.text)
        if case.human is False and old.person == "no" and new.person != "no":
            rows["alarms"].append(case.text)
    return rows


def _latency(got: Sequence[Understood]) -> dict[str, float]:
    times = sorted(one.ms for one in got) or [0.0]
    return {"p50_ms": round(times[len(times) // 2], 1), "p95_ms": round(times[int(len(times) * 0.95)], 1)}


def _share(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None


def _intents(cases: Sequence[Case], sides: dict[str, list[Understood]]) -> list[dict[str, Any]]:
    """For each intent: how many messages that mean it are answered so, and how many answered so mean it."""
    rows: dict[str, dict[str, Any]] = {}
    known = Counter(case.intent for case in cases if case.intent is not None)
    for name, got in sides.items():
        right: Counter[str] = Counter()
        said: Counter[str] = Counter()
        for case, one in zip(cases, got, strict=True):
            if case.intent is None:
                continue
            if is_right(case, one):
                right[case.intent] += 1
                said[case.intent] += 1
            elif one.decision == "answer":
                said[one.intent] += 1
        for intent in {*known, *said}:
            row = rows.setdefault(intent, {"intent": intent, "messages": known[intent]})
            row[name] = {
                "right": right[intent],
                "answered": said[intent],
                "recall": _share(right[intent], known[intent]),
                "precision": _share(right[intent], said[intent]),
            }
    empty = {"right": 0, "answered": 0, "recall": None, "precision": None}
    for row in rows.values():
        for name in sides:
            row.setdefault(name, empty)
    return sorted(rows.values(), key=lambda row: row["intent"])


def _outcome(one: Understood) -> str:
    return one.intent if one.decision == "answer" else one.decision


def _confusions(cases: Sequence[Case], sides: dict[str, list[Understood]]) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, got in sides.items():
        for case, one in zip(cases, got, strict=True):
            if case.intent is not None and not is_right(case, one):
                counts[case.intent, _outcome(one)][name] += 1
    rows: list[dict[str, Any]] = [
        {"meant": meant, "understood": outcome, **{name: count[name] for name in sides}}
        for (meant, outcome), count in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row["candidate"], row["meant"], row["understood"]))[:CONFUSIONS_MAX]


def _changed(
    cases: Sequence[Case], current: Sequence[Understood], candidate: Sequence[Understood]
) -> list[dict[str, Any]]:
    rows = []
    for case, old, new in zip(cases, current, candidate, strict=True):
        if (_outcome(old), old.person) == (_outcome(new), new.person):
            continue
        was, now = _merit(case, old), _merit(case, new)
        verdict = "other" if was is None or now is None or was == now else "better" if now > was else "worse"
        rows.append(
            {
                "text": case.text,
                "language": case.language,
                "meant": _meant(case),
                "current": _side(old),
                "candidate": _side(new),
                "verdict": verdict,
            }
        )
    order = {"worse": 0, "better": 1, "other": 2}
    return sorted(rows, key=lambda row: order[str(row["verdict"])])[:CHANGED_MAX]


def _merit(case: Case, got: Understood) -> int | None:
    """2: right; 1: the right one among the choices, or a person only asked about; 0: wrong. None: not known."""
    if case.intent is not None:
        return 2 if is_right(case, got) else 1 if case.intent in got.choices else 0
    if case.human is not None:
        heard = ("no", "ask", "transfer").index(got.person)
        return heard if case.human else 2 - heard
    return None


def gate(result: dict[str, Any]) -> dict[str, Any]:
    """Every condition with whether it holds, its figures (`now`, `before`, `of`, as far as it has them) and what it is
    about: `named`, of which there are `named_count`, are stories, sentences, or intents with what they lost."""
    conditions: list[dict[str, Any]] = []

    def ask(name: str, ok: bool, named: Sequence[Any] = (), **figures: float) -> None:
        conditions.append(
            {"name": name, "ok": ok, **figures, "named": list(named[:NAMED_MAX]), "named_count": len(named)}
        )

    stories = result["stories"]
    handoffs, failed = set(stories["handoff"]), set(stories["failed"])
    bad = sorted(failed & handoffs)
    ask("handoff_stories", bool(handoffs) and not bad, bad, now=len(handoffs) - len(bad), of=len(handoffs))
    fresh = sorted(failed - set(stories["failed_before"]))
    ask("test_stories", not fresh, fresh, now=stories["count"] - len(failed), of=stories["count"])
    if "current" not in result["overall"]:
        return {"passed": all(one["ok"] for one in conditions), "conditions": conditions}
    old, new = result["human"]["current"], result["human"]["candidate"]
    otherwise, requests = result["otherwise_heard"], new["requests"]
    ask(
        "human_requests",
        requests > 0 and old["heard"] - new["heard"] <= requests // HEARD_DROP_ONE_OF,
        otherwise["missed"],
        now=new["heard"],
        before=old["heard"],
        of=requests,
    )
    ask(
        "transferred_at_once",
        old["transferred"] - new["transferred"] <= AT_ONCE_DROP_MAX * requests,
        otherwise["not_at_once"],
        now=new["transferred"],
        before=old["transferred"],
        of=requests,
    )
    rise = (new["false_share"] or 0.0) - (old["false_share"] or 0.0)
    ask(
        "false_alarms",
        rise <= FALSE_ALARMS_RISE_MAX,
        otherwise["alarms"],
        now=new["false_alarms"],
        before=old["false_alarms"],
        of=new["others"],
    )
    worse = [lost for row in result["intents"] if (lost := _worse(row)) is not None]
    ask("intents", not worse, worse)
    before, after = (result["overall"][name]["share"] or 0.0 for name in ("current", "candidate"))
    ask("overall", after >= before - OVERALL_DROP_MAX, now=after, before=before)
    slow, slower = (result["latency"][name]["p95_ms"] for name in ("current", "candidate"))
    ask("latency", slower <= max(slow * SLOWER_MAX, SLOW_MS), now=slower, before=slow)
    return {"passed": all(one["ok"] for one in conditions), "conditions": conditions}


def _worse(row: dict[str, Any]) -> dict[str, Any] | None:
    """What an intent lost: its `figure` (recall or precision), `before` and `now`."""
    old, new = row["current"], row["candidate"]
    if row["messages"] == 0:
        return None
    for name, lost in (
        ("recall", old["right"] - new["right"]),
        ("precision", (new["answered"] - new["right"]) - (old["answered"] - old["right"])),
    ):
        before, now = old[name] or 0.0, new[name] or 0.0
        if before - now > INTENT_DROP_MAX and lost >= INTENT_SENTENCES_MIN:
            return {"intent": row["intent"], "figure": name, "before": before, "now": now}
    return None
