"""A canary is a test of the product by itself: nobody but the canary agent meets it, and no customer feels it."""

from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState
from tests.factories import Scene, told_supervisor


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_canary_goes_to_the_canary_agent_though_others_have_been_idle_for_longer(scene: Scene) -> None:
    scene.agent("ada")
    scene.now += timedelta(seconds=1)
    scene.agent("cay", canary=True)
    scene.waiting("test", canary=True)
    assert scene.offered_to("test") == "cay"


def test_canary_waits_for_the_canary_agent_however_long_and_nobody_is_told(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("test", canary=True)
    scene.pass_time(4 * 3_600)
    assert scene.state("test") is HandoffState.QUEUED
    assert told_supervisor(scene.events) == []
    scene.agent("cay", canary=True)
    assert scene.offered_to("test") == "cay"


def test_customers_are_never_offered_to_the_canary_agent(scene: Scene) -> None:
    scene.agent("cay", canary=True)
    scene.waiting("c1")
    scene.pass_time(3_600)
    assert scene.offered_to("c1") is None
    assert scene.desk.on_duty() == []


def test_canary_agent_is_nobody_who_can_be_expected(scene: Scene) -> None:
    scene.agent("cay", canary=True)
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED


def test_canaries_shift_nobodys_place(scene: Scene) -> None:
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    for number in range(3):
        scene.waiting(f"test-{number}", canary=True)
    scene.now += timedelta(seconds=1)
    scene.waiting("c1")
    assert (scene.place("c1"), scene.desk.queue_length) == (1, 1)
    assert scene.log("c1")[-1].type == "handoff_queued"
    assert getattr(scene.log("c1")[-1].body, "place", None) == 1


def test_canary_that_lost_its_agent_is_not_before_any_customer(scene: Scene) -> None:
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.agent("cay", canary=True)
    scene.waiting("test", canary=True)
    scene.accept("cay", "test")
    scene.lose("cay")
    scene.waiting("c1")
    scene.pass_time(61)
    assert scene.state("test") is HandoffState.QUEUED
    assert (scene.handoff("test").rank, scene.place("test"), scene.place("c1")) == (0, 2, 1)


def test_nothing_is_transferred_between_customers_and_canaries(scene: Scene) -> None:
    scene.agent("ada")
    scene.agent("cay", canary=True)
    scene.active("ada", "c1")
    scene.waiting("test", canary=True)
    scene.accept("cay", "test")
    scene.writes("cay", "test")
    assert scene.refused(scene.transfer("ada", "c1", to_agent="cay")) is Code.BAD_REQUEST
    assert scene.refused(scene.transfer("ada", "c1", to_team="service")) is Code.CONFLICT
    assert scene.refused(scene.transfer("cay", "test", to_agent="ada")) is Code.BAD_REQUEST
    assert scene.refused(scene.transfer("cay", "test", to_team="service")) is Code.CONFLICT


def test_supervisor_cannot_mix_them_either(scene: Scene) -> None:
    scene.supervisor("sue", online=True)
    scene.agent("cay", canary=True)
    scene.active("sue", "c1")
    scene.waiting("test", canary=True)
    assert scene.refused(scene.assign("sue", "c1", "cay")) is Code.BAD_REQUEST
    assert scene.refused(scene.assign("sue", "test", "sue")) is Code.BAD_REQUEST


def test_promise_of_a_team_is_not_the_canary_agents_to_keep(scene: Scene) -> None:
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.agent("cay", canary=True)
    assert scene.refused(scene.message("cay", "c1")) is Code.NOT_FOUND


def test_canary_is_resolved_like_any_other(scene: Scene) -> None:
    scene.agent("cay", canary=True)
    scene.waiting("test", canary=True)
    scene.accept("cay", "test")
    assert scene.refused(scene.resolve("cay", "test")) is Code.CONFLICT
    scene.writes("cay", "test")
    scene.do(scene.resolve("cay", "test"))
    scene.do(c.EndWrapUp(agent_id="cay", conversation_id="test"))
    assert scene.state("test") is HandoffState.RESOLVED
    scene.check_logs()
