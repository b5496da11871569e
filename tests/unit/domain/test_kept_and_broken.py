"""Moments given to customers, as a promise or as a plain `answer_by`: each counts as kept or broken, once."""

import pytest

from handoff.domain.handoff import Handoff
from tests.factories import MONDAY_NOON, Scene


@pytest.fixture
def scene() -> Scene:
    """One agent, who is busy."""
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    return scene


def kept_and_broken(handoff: Handoff) -> tuple[int, int]:
    return handoff.promises_kept, handoff.promises_broken


def test_plain_answer_in_time_keeps_what_the_customer_was_told(scene: Scene) -> None:
    handoff = scene.handoff("busy")
    assert kept_and_broken(handoff) == (1, 0)
    assert handoff.first_answered_at == MONDAY_NOON


def test_each_moment_given_is_kept_or_broken_once(scene: Scene) -> None:
    scene.writes("ada", "busy")
    scene.writes("ada", "busy")
    assert kept_and_broken(scene.handoff("busy")) == (1, 0)
    scene.do(scene.follow_up("ada", "busy", 600))
    scene.pass_time(10)
    scene.writes("ada", "busy")
    assert kept_and_broken(scene.handoff("busy")) == (2, 0)


def test_answer_after_a_broken_promise_keeps_the_one_that_followed(scene: Scene) -> None:
    scene.waiting("c1")
    scene.pass_time(301)
    scene.do(scene.resolve("ada", "busy"))
    scene.pass_time(31)
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    assert kept_and_broken(scene.handoff("c1")) == (1, 1)


def test_first_answer_is_the_first_whoever_gave_it(scene: Scene) -> None:
    scene.pass_time(60)
    scene.writes("ada", "busy")
    assert scene.handoff("busy").first_answered_at == MONDAY_NOON


def test_attempt_at_contact_that_failed_is_no_answer(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "busy"))
    scene.pass_time(31)
    scene.active("ada", "c1")
    scene.contact("ada", "c1", "not_reached")
    assert scene.handoff("c1").first_answered_at is None
    assert kept_and_broken(scene.handoff("c1")) == (0, 0)
