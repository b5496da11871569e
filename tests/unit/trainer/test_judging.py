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


def condition(result: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in result["gate"]["conditions"] if one["name"] == name]
    return found


def test_the_same_model_passes_and_changes_nothing() -> None:
    result = judged()
    assert refused_for(result) == [] and result["changed"] == [] and result["confusions"] == []


def test_one_request_for_a_person_less_is_one_too_many() -> None:
    result = judged({20: {"person": "no"}})
    assert refused_for(result) == ["human_requests", "transferred_at_once"]
    found = condition(result, "human_requests")
    assert (found["now"], found["before"], found["of"], found["named"]) == (9, 10, 10, ["h0"])
    assert result["changed"][0]["text"] == "h0" and result["changed"][0]["verdict"] == "worse"


def spoken(persons: dict[str, int]) -> list[Understood]:
    """What is heard in a row of requests, in this order."""
    case = Case(text="", language="en", human=True)
    return [got(case, person=person) for person, count in persons.items() for _ in range(count)]


def held(before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    count = sum(before.values())
    cases = [Case(text=f"h{n}", language="en", human=True) for n in range(count)]
    return compare(cases, spoken(after), spoken(before), STORIES)


def test_who_is_heard_more_may_be_asked_about_a_little_more() -> None:
    """665 of 686 instead of 664, and six of them by way of a question."""
    result = held({"transfer": 640, "ask": 24, "no": 22}, {"transfer": 634, "ask": 31, "no": 21})
    assert refused_for(result) == []
    found = condition(result, "transferred_at_once")
    assert (found["now"], found["before"], found["of"]) == (634, 640, 686)
    assert found["named"] == [f"h{n}" for n in range(634, 640)]


def test_one_of_five_hundred_requests_is_chance_and_two_are_a_loss() -> None:
    before = {"transfer": 664, "ask": 4, "no": 18}
    one_less = held(before, {"transfer": 664, "ask": 3, "no": 19})
    assert refused_for(one_less) == []
    assert condition(one_less, "human_requests")["named"] == ["h667"]
    assert refused_for(held(before, {"transfer": 664, "ask": 2, "no": 20})) == ["human_requests"]
    assert refused_for(held({"ask": 499}, {"ask": 498, "no": 1})) == ["human_requests"]


def test_a_question_instead_of_a_person_at_once_has_its_limit() -> None:
    result = held({"transfer": 640, "no": 46}, {"transfer": 633, "ask": 7, "no": 46})
    assert refused_for(result) == ["transferred_at_once"]
    assert condition(result, "human_requests")["named_count"] == 0


def test_a_request_that_is_missed_now_is_named_though_as_many_are_heard() -> None:
    result = held({"no": 1, "transfer": 199}, {"transfer": 199, "no": 1})
    assert refused_for(result) == []
    assert condition(result, "human_requests")["named"] == ["h199"]


def test_the_first_few_are_named_and_all_are_counted() -> None:
    found = condition(held({"transfer": 200}, {"transfer": 150, "no": 50}), "human_requests")
    assert found["named"] == [f"h{n}" for n in range(150, 158)] and found["named_count"] == 50


def test_an_intent_that_gets_worse_is_named() -> None:
    result = judged({0: {"intent": "cancel"}, 1: {"intent": "cancel"}})
    assert "intents" in refused_for(result)
    lost = {"intent": "track", "figure": "recall", "before": 1.0, "now": 0.8}
    assert lost in condition(result, "intents")["named"]
    assert result["confusions"] == [{"meant": "track", "understood": "cancel", "candidate": 2, "current": 0}]
    assert [one["verdict"] for one in result["changed"]] == ["worse", "worse"]


def test_more_false_alarms_are_no_way_to_hear_more() -> None:
    result = judged({30: {"person": "transfer"}})
    assert refused_for(result) == ["false_alarms"] and condition(result, "false_alarms")["named"] == ["o0"]


def test_a_story_that_ends_with_a_person_has_to() -> None:
    stories = STORIES | {"failed": ["a person"], "failed_before": ["a person"]}
    result = judged(stories=stories)
    assert refused_for(result) == ["handoff_stories"]
    assert condition(result, "handoff_stories")["named"] == ["a person"]
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


def test_what_was_taught_is_shown_with_its_meaning_and_measures_nothing() -> None:
    """It is learned from: to count it would reward a model for what it has by heart."""
    taught = [
        Case(text="wrap it", language="en", intent="gift", taught=True),
        Case(text="a bow on it", language="en", intent="gift", taught=True),
        Case(text="the captain", language="en", human=True, taught=True),
        Case(text="which agent", language="en", human=False, taught=True),
    ]
    now = [got(one) for one in CASES]
    old = [got(one, intent="track", person="no") for one in taught]
    new = [
        got(taught[0], intent="gift"),
        got(taught[1], intent="track"),
        got(taught[2], person="ask"),
        got(taught[3], person="no"),
    ]
    result = compare([*CASES, *taught], [*now, *new], [*now, *old], STORIES)
    assert [(one["text"], one["meant"], one["learned"]) for one in result["taught"]] == [
        ("a bow on it", "gift", False),
        ("wrap it", "gift", True),
        ("the captain", "a person", True),
        ("which agent", "no person", True),
    ]
    assert result["taught"][1]["current"]["outcome"] == "track"
    assert {key: one for key, one in result.items() if key != "taught"} == {
        key: one for key, one in judged().items() if key != "taught"
    }


def test_a_message_without_a_known_meaning_is_other_and_one_that_wants_nobody_says_so() -> None:
    cases = [*CASES, Case(text="who knows", language="en")]
    now = [got(one) for one in cases]
    new = [*now[:30], got(cases[30], person="ask"), *now[31:40], got(cases[40], intent="cancel")]
    rows = compare(cases, new, now, STORIES)["changed"]
    assert [(one["meant"], one["verdict"]) for one in rows] == [("no person", "worse"), (None, "other")]
