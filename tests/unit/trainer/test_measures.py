"""Figures over time: what customers confirmed counts, and that fewer reach a person is never called better."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from handoff.trainer.findings import Day
from handoff.trainer.measures import goals, measures

CHOSEN = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def days_of(first: datetime, count: int, **more: Any) -> dict[str, Day]:
    """`count` days with ten messages each, and what else is given of each."""
    names = [(first + timedelta(days=place)).date().isoformat() for place in range(count)]
    return {name: Day(turns=10, answered=8, **{key: make() for key, make in more.items()}) for name in names}


def goal(days: dict[str, Day], now: datetime, **more: Any) -> dict[str, Any]:
    chosen = {
        "id": "g",
        "title": "t",
        "intent": "gift_wrapping",
        "at": CHOSEN.isoformat(),
        "by": {"name": "A"},
    }
    [found] = goals(days, [chosen | {"done": False} | more], now)
    return found


def test_days_answers_confirmed_as_helpful_and_handoffs_by_reason_and_by_intent() -> None:
    days = days_of(
        CHOSEN, 2, handoffs=lambda: Counter(button=2, asked=1), handoff_intents=lambda: Counter(review=3)
    )
    for day in days.values():
        day.helpful, day.not_helpful = 3, 1
        day.intents.update(review=10)
        day.helpful_intents.update(review=3)
    found = measures(days, [])
    assert [one["day"] for one in found["days"]] == ["2026-09-01", "2026-09-02"]
    assert found["days"][0]["confirmed"] == 0.75 and found["days"][0]["handoffs"] == {"button": 2, "asked": 1}
    total = found["total"]
    assert (total["turns"], total["answered"], total["helpful"], total["confirmed"]) == (20, 16, 6, 0.75)
    assert total["handoffs"] == {"button": 4, "asked": 2}
    assert found["intents"] == [{"intent": "review", "turns": 20, "helpful": 6, "handoffs": 6}]


def test_each_promotion_has_the_week_before_and_the_week_after() -> None:
    days = days_of(CHOSEN - timedelta(days=9), 19)
    for name, day in days.items():
        day.helpful, day.not_helpful = (1, 1) if name < "2026-09-01" else (3, 1)
    mark = {"at": CHOSEN.isoformat(), "kind": "promoted", "by": "Anjali Rao"}
    [found] = measures(days, [mark])["promotions"]
    assert (found["kind"], found["by"]) == ("promoted", "Anjali Rao")
    assert (found["before"]["confirmed"], found["after"]["confirmed"]) == (0.5, 0.75)
    assert (found["before"]["turns"], found["after"]["turns"]) == (70, 70)


def test_after_thirty_days_a_goal_says_whether_more_were_helped() -> None:
    before = days_of(CHOSEN - timedelta(days=30), 30, helpful_intents=lambda: Counter(gift_wrapping=1))
    since = days_of(CHOSEN, 40, helpful_intents=lambda: Counter(gift_wrapping=2))
    after_ten = goal(before | since, CHOSEN + timedelta(days=10))
    assert (after_ten["days_left"], after_ten["over"], after_ten["better"]) == (20, False, True)
    found = goal(before | since, CHOSEN + timedelta(days=35))
    assert (found["before"], found["since"], found["better"], found["over"]) == (10.0, 20.0, True, True)
    assert found["days_left"] == 0


def test_a_goal_looks_at_thirty_days_and_no_further() -> None:
    before = days_of(CHOSEN - timedelta(days=30), 30, helpful_intents=lambda: Counter(gift_wrapping=1))
    since = days_of(CHOSEN, 31, helpful_intents=lambda: Counter(gift_wrapping=1))
    later = days_of(CHOSEN + timedelta(days=31), 20, helpful_intents=lambda: Counter(gift_wrapping=9))
    assert goal(before | since | later, CHOSEN + timedelta(days=50))["since"] == 10.0


def test_no_figure_rewards_keeping_customers_from_people() -> None:
    """The same days, with handoffs and without: no share and no verdict is better without them."""
    span = (CHOSEN - timedelta(days=30), 60)
    with_people = days_of(
        *span, handoffs=lambda: Counter(button=5), handoff_intents=lambda: Counter(gift_wrapping=5)
    )
    without = days_of(*span)
    for days in (with_people, without):
        for day in days.values():
            day.helpful, day.not_helpful = 2, 1
            day.helpful_intents.update(gift_wrapping=1)
    mark = {"at": CHOSEN.isoformat(), "kind": "promoted", "by": "A"}
    one, other = measures(with_people, [mark]), measures(without, [mark])
    for found in (one, other):  # bare counts of handoffs are shown, and belong to no share
        found["total"].pop("handoffs")
        for row in [*found["days"], *found["intents"]]:
            row.pop("handoffs")
    assert one == other
    fewer = without | {name: day for name, day in with_people.items() if name < CHOSEN.date().isoformat()}
    judged = goal(fewer, CHOSEN + timedelta(days=29))
    assert judged["handoffs_before"] > 0 == judged["handoffs_since"] and judged["better"] is False
