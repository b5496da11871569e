"""The gate: what a candidate may not lose."""

from __future__ import annotations

from typing import Any

from handoff.domain.requests import HumanRequest, Reading
from handoff.trainer.judging import Case, Understood, compare, understood

STORIES = {"count": 3, "failed": [], "handoff": ["a person"], "failed_before": []}
CASES = [
    *(Case(text=f"t{n}", language="en", intent="track") for n in range(10)),
    *(Case(text=f"c{n}", language="en", intent="cancel") for n in range(10)),
    *(Case(text=f"h{n}", language="de", human=True) for n in range(10)),
    *(Case(text=f"o{n}", language="de", human=False) for n in range(10)),
]


def got(case: Case, **other: Any) -> Understood:
    person = "transfer" if case.human else "no"
    fields = {
        "decision": "answer",
        "intent": case.intent or "track",
        "choices": (),
        "confidence": 0.9,
        "person": person,
        "ms": 5.0,
    }
    return Understood(**(fields | other))


def judged(
    change: dict[int, dict[str, Any]] | None = None, stories: dict[str, Any] = STORIES
) -> dict[str, Any]:
    now = [got(case) for case in CASES]
    new = [got(case, **(change or {}).get(number, {})) for number, case in enumerate(CASES)]
    return compare(CASES, new, now, stories)


def refused_for(result: dict[str, Any]) -> list[str]:
    assert result["gate"]["passed"] == (not [one for one in result["gate"]["conditions"] if not one["ok"]])
    return [one["name"] for one in result["gate"]["conditions"] if not one["ok"]]


def test_the_same_model_passes_and_changes_nothing() -> None:
    result = judged()
    assert refused_for(result) == [] and result["changed"] == [] and result["confusions"] == []


def test_one_request_for_a_person_less_is_one_too_many() -> None:
    assert refused_for(judged({20: {"person": "no"}})) == ["human_requests"]
    assert refused_for(judged({20: {"person": "ask"}})) == ["human_requests"]


def test_an_intent_that_gets_worse_is_named() -> None:
    result = judged({0: {"intent": "cancel"}, 1: {"intent": "cancel"}})
    assert "intents" in refused_for(result)
    detail = next(one["detail"] for one in result["gate"]["conditions"] if one["name"] == "intents")
    assert "track: recall 100% to 80%" in detail
    assert result["confusions"] == [{"meant": "track", "understood": "cancel", "candidate": 2, "current": 0}]
    assert [one["verdict"] for one in result["changed"]] == ["worse", "worse"]


def test_more_false_alarms_are_no_way_to_hear_more() -> None:
    assert refused_for(judged({30: {"person": "transfer"}})) == ["false_alarms"]


def test_a_story_that_ends_with_a_person_has_to() -> None:
    stories = STORIES | {"failed": ["a person"], "failed_before": ["a person"]}
    assert refused_for(judged(stories=stories)) == ["handoff_stories"]
    assert refused_for(judged(stories=STORIES | {"handoff": []})) == ["handoff_stories"]


def test_a_story_that_failed_before_is_not_held_against_the_candidate() -> None:
    assert refused_for(judged(stories=STORIES | {"failed": ["x"], "failed_before": ["x"]})) == []
    assert refused_for(judged(stories=STORIES | {"failed": ["x"]})) == ["test_stories"]


def test_a_model_that_is_much_slower_waits() -> None:
    assert refused_for(judged({number: {"ms": 120.0} for number in range(40)})) == ["latency"]


def test_refusing_what_is_out_of_scope_is_right_and_a_choice_is_half_right() -> None:
    case = Case(text="weather", language="en", intent="out_of_scope")
    new = [got(case, decision="refuse", intent="out_of_scope")]
    result = compare([case], new, [got(case, intent="track")], STORIES)
    assert result["overall"]["candidate"]["right"] == 1 and result["changed"][0]["verdict"] == "better"
    case = Case(text="x", language="en", intent="track")
    asks = got(case, decision="clarify", choices=("track", "cancel"))
    assert compare([case], [asks], [got(case, intent="cancel")], STORIES)["changed"][0]["verdict"] == "better"


def test_without_a_model_in_service_only_the_stories_are_asked() -> None:
    result = compare(CASES, [got(case) for case in CASES], None, STORIES)
    assert refused_for(result) == [] and result["changed"] == []


def test_what_the_server_hears_counts_before_what_the_model_says() -> None:
    parsed = {
        "intent": "nlu_fallback",
        "ranking": [["a", 0.5], ["b", 0.4]],
        "confidence": 0.4,
        "ms": 900,
        "processor_ms": 3,
    }
    reading = Reading(human_request=HumanRequest.TRANSFER, distress=False, matched="")
    found = understood(parsed, reading)
    assert (found.decision, found.choices, found.person) == ("clarify", ("a", "b"), "transfer")
    assert found.ms == 3  # the processor's time, whatever else the machine did


def test_what_only_the_model_takes_for_a_request_is_asked_about() -> None:
    parsed = {
        "intent": "request_human",
        "ranking": [["request_human", 0.9]],
        "confidence": 0.9,
        "ms": 900,
        "processor_ms": 3,
    }
    assert understood(parsed, Reading()).person == "ask"
    assert understood(parsed, Reading(human_request=HumanRequest.ASK)).person == "transfer"
