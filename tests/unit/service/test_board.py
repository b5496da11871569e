"""The supervisor's board of a desk in virtual time: what stands on it, in which order, and how much of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handoff.domain import commands as c
from handoff.domain.people import Access, Presence
from handoff.service import board
from handoff.service.board import board_view
from tests.factories import WEEKDAYS_NINE_TO_FIVE, Scene, rules

NO_NOTICES: dict[str, Any] = {"configured": [], "pending": 0, "failed": 0, "oldest_at": None}


def view(scene: Scene) -> dict[str, Any]:
    return board_view(scene.desk, scene.now, NO_NOTICES)


def order(scene: Scene) -> list[str]:
    return [row["conversation_id"] for row in view(scene)["rows"]]


def counts(scene: Scene) -> dict[str, int]:
    return {state: count for state, count in view(scene)["counts"].items() if count}


def test_each_live_handoff_is_counted_in_its_state_and_ended_ones_in_none() -> None:
    scene = Scene()
    scene.agent("ada", capacity=2)
    scene.active("ada", "with-ada")
    scene.waiting("offered")
    scene.waiting("queued")
    scene.waiting("gone")
    scene.withdraws("gone")
    scene.waiting("called-back")
    scene.do(scene.callback("called-back", scene.now + timedelta(hours=1)))
    assert counts(scene) == {"waiting": 1, "offered": 1, "active": 1, "promised": 1}


def test_the_most_urgent_is_on_top() -> None:
    """Overdue, then the queue by its places, then promises by their moments, then those with an agent."""
    scene = Scene(rules(promise_s=10_000))
    scene.agent("ada", capacity=1)
    scene.active("ada", "with-ada")
    scene.writes("ada", "with-ada")
    for conversation_id, hours in (("promised-late", 2), ("promised-soon", 1)):
        scene.waiting(conversation_id)
        scene.do(scene.callback(conversation_id, scene.now + timedelta(hours=hours)))
    scene.waiting("overdue")
    scene.pass_time(301)
    scene.waiting("first")
    scene.waiting("second")
    assert order(scene) == ["overdue", "first", "second", "promised-soon", "promised-late", "with-ada"]
    top = view(scene)["rows"][0]
    assert top["overdue"] is True
    assert top["overdue_since"] < top["answer_by"], (
        "with the moment that was missed, and the one that is owed now"
    )
    assert counts(scene)["overdue"] == 1


def test_a_row_says_who_has_it_or_is_asked_and_what_comes_next() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    (offered,) = view(scene)["rows"]
    assert (offered["offered_to"]["name"], offered["agent"], offered["place"]) == ("Ada Vogel", None, 1)
    assert offered["next_deadline_at"] == "2026-03-02T12:00:20.000Z"
    scene.accept("ada", "c1")
    (active,) = view(scene)["rows"]
    assert (active["offered_to"], active["agent"]["name"], active["place"]) == (None, "Ada Vogel", None)


def test_a_row_says_what_the_supervisor_was_told_until_somebody_reacts() -> None:
    scene = Scene()
    scene.agent("ada", online=False)
    scene.waiting("c1")
    assert view(scene)["rows"][0]["told"] == {"why": "nobody_on_duty", "at": "2026-03-02T12:00:00.000Z"}
    scene.connect("ada")
    scene.set_presence("ada", Presence.ONLINE)
    scene.accept("ada", "c1")
    assert view(scene)["rows"][0]["told"] is None


def test_rows_are_bounded_and_counts_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "ROWS_MAX", 3)
    scene = Scene()
    scene.agent("ada", online=False)
    for number in range(5):
        scene.waiting(f"c{number}")
    seen = view(scene)
    assert len(seen["rows"]) == 3
    assert sum(seen["counts"].values()) == 5


def test_everybody_who_answers_is_there_with_what_they_carry() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.agent("tim", access=(Access.TRAINER,), online=False)
    scene.agent("zoe")
    scene.disable("zoe")
    scene.supervisor("sue")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.active("ada", "c2")
    scene.do(scene.hand_back("ada", "c1"))
    people = {one["id"]: one for one in view(scene)["agents"]}
    assert set(people) == {"ada", "sue"}
    ada = people["ada"]
    assert (ada["load"], ada["seats_taken"], ada["capacity"], ada["presence"]) == (1, 2, 4, "online")
    assert ada["wrap_ups"] == [{"conversation_id": "c1", "until": "2026-03-02T12:00:30.000Z"}]
    scene.set_presence("ada", Presence.AWAY)
    assert {one["id"]: one["presence"] for one in view(scene)["agents"]}["ada"] == "away"


def test_the_board_says_whether_the_desk_is_open() -> None:
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE))
    assert view(scene)["open"] is True
    scene.now += timedelta(hours=6)
    assert view(scene)["open"] is False


def test_the_products_own_test_stands_on_no_board() -> None:
    scene = Scene()
    scene.agent("cay", canary=True)
    scene.waiting("test", canary=True)
    assert scene.offered_to("test") == "cay"
    seen = view(scene)
    assert (seen["rows"], seen["agents"], counts(scene)) == ([], [], {})


def test_looking_changes_nothing() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    before = scene.desk.conversation("c1")
    view(scene)
    assert scene.desk.conversation("c1") is before
    assert scene.do(c.ConnectAgent(agent_id="ada")) == []


def test_a_blocked_customer_has_one_row_however_many_conversations() -> None:
    scene = Scene()
    scene.supervisor("sue")
    for conversation_id in ("one", "two"):
        scene.customer(conversation_id)
    scene.now += timedelta(days=40)
    scene.customer("two-again", customer_id="customer-of-two", previous="two")
    scene.do(scene.block("sue", "one", "Threats"))
    scene.now += timedelta(hours=1)
    scene.do(scene.block("sue", "two", "Spam"))
    scene.do(c.Rate(conversation_id="two", score=1, comment=None))
    rows = view(scene)["blocked"]
    assert [row["conversation_id"] for row in rows] == ["two-again", "one"]
    assert [(row["reason"], row["by"]["id"]) for row in rows] == [("Spam", "sue"), ("Threats", "sue")]
    scene.do(scene.unblock("sue", "two"))
    assert [row["conversation_id"] for row in view(scene)["blocked"]] == ["one"]


def test_of_many_blocked_customers_those_blocked_last_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "ROWS_MAX", 2)
    scene = Scene()
    scene.supervisor("sue")
    for conversation_id in ("first", "second", "third"):
        scene.customer(conversation_id)
        scene.do(scene.block("sue", conversation_id))
        scene.now += timedelta(seconds=1)
    assert [row["conversation_id"] for row in view(scene)["blocked"]] == ["third", "second"]
