"""Other rules are put in force while customers wait: clocks are computed anew, and what they were told stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.deadlines import next_deadline_at
from handoff.domain.decisions import decide
from handoff.domain.handoff import HandoffState
from handoff.domain.opening_hours import ALWAYS_OPEN
from handoff.domain.people import Access, Presence
from handoff.domain.routes import Route
from tests.factories import WEEKDAYS_NINE_TO_FIVE, Scene, bodies, card, rules

FRIDAY_EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)


@pytest.fixture
def scene() -> Scene:
    """One customer waits; everybody on duty is busy."""
    scene = Scene(rules(answer_by_s=10_000))
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("c1")
    return scene


def _next_deadline_in(scene: Scene, conversation_id: str = "c1") -> float:
    at = next_deadline_at(scene.conversation(conversation_id), scene.desk.rules)
    assert at is not None
    return (at - scene.now).total_seconds()


def test_the_deadlines_of_those_who_wait_are_computed_anew(scene: Scene) -> None:
    assert _next_deadline_in(scene) == 60
    scene.put_in_force(rules(answer_by_s=10_000, widen_s=20, supervisor_s=500))
    assert _next_deadline_in(scene) == 20
    scene.put_in_force(rules(answer_by_s=10_000, widen_s=5_000, supervisor_s=500))
    assert _next_deadline_in(scene) == 300


def test_what_a_shorter_clock_puts_into_the_past_is_carried_out_at_the_next_sweep(scene: Scene) -> None:
    scene.pass_time(50)
    scene.put_in_force(rules(answer_by_s=10_000, widen_s=10, supervisor_s=40))
    scene.sweep()
    assert [body.rung for body in bodies(scene.events, e.LadderStepped)] == ["widened", "supervisor_told"]


@pytest.mark.parametrize("answer_by_s", [1, 1_000_000])
def test_a_moment_that_was_given_stands_under_other_rules(scene: Scene, answer_by_s: float) -> None:
    given = scene.handoff("c1").answer_by
    assert scene.put_in_force(rules(answer_by_s=answer_by_s)) == []
    assert scene.handoff("c1").answer_by == given
    scene.waiting("c2")
    assert scene.handoff("c2").answer_by == scene.now + timedelta(seconds=answer_by_s)


def test_a_moment_that_was_given_stands_when_the_opening_hours_change() -> None:
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=FRIDAY_EVENING)
    scene.waiting("c1")
    given = scene.handoff("c1").answer_by
    assert given == datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
    scene.put_in_force(rules(hours=ALWAYS_OPEN))
    assert scene.handoff("c1").answer_by == given
    scene.waiting("c2")
    assert scene.handoff("c2").answer_by == scene.now + timedelta(seconds=300)
    scene.put_in_force(rules(hours=WEEKDAYS_NINE_TO_FIVE))
    scene.pass_until(given - timedelta(seconds=1))
    assert [event.conversation_id for event in scene.log("c1") if event.type == "promise_broken"] == []
    scene.pass_time(1)
    assert scene.log("c1")[-1].type != "promise_broken"
    assert "promise_broken" in {event.type for event in scene.log("c1")}


def test_seats_that_a_larger_capacity_opens_are_offered_at_once() -> None:
    scene = Scene(rules(capacity=1))
    scene.do(c.AddAgent(card=card("ada"), access=(Access.AGENT,), languages=(), teams=()))
    scene.connect("ada")
    scene.set_presence("ada", Presence.ONLINE)
    scene.waiting("c1")
    scene.waiting("c2")
    assert scene.state("c2") is HandoffState.QUEUED
    scene.put_in_force(rules(capacity=2))
    assert scene.offered_to("c2") == "ada"


def test_those_who_ask_from_now_on_go_by_the_new_routes_and_those_who_wait_stay(scene: Scene) -> None:
    scene.put_in_force(replace(scene.desk.rules, routes=(Route(team="billing"),)))
    scene.waiting("c2")
    assert (scene.handoff("c1").team, scene.handoff("c2").team) == ("service", "billing")


def test_an_offer_that_was_made_keeps_its_time(scene: Scene) -> None:
    scene.agent("ben")
    offer = scene.handoff("c1").offer
    assert offer is not None
    scene.put_in_force(rules(answer_by_s=10_000, offer_timeout_s=1))
    assert scene.handoff("c1").offer == offer


def test_a_promise_is_seen_to_ahead_by_the_rules_in_force_then(scene: Scene) -> None:
    at = scene.now + timedelta(days=1)
    scene.do(scene.callback("c1", at))
    scene.put_in_force(rules(answer_by_s=10_000, promise_ahead_s=60))
    scene.pass_until(at - timedelta(seconds=61))
    assert scene.state("c1") is HandoffState.PROMISED
    scene.pass_time(1)
    assert scene.state("c1") is HandoffState.QUEUED


def test_deciding_about_other_rules_leaves_the_desk_as_it_was(scene: Scene) -> None:
    before = scene.desk.rules
    decide(scene.desk, c.PutInForce(rules=rules(capacity=9)), scene.now)
    assert scene.desk.rules is before
