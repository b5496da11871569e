"""A slip undone: what was just ended, or passed on and not taken, is its agent's again; and when it is too late."""

import pytest

from handoff.domain import commands as c
from handoff.domain.conversation import Control
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState, Reason
from tests.factories import Scene, types


@pytest.fixture
def scene() -> Scene:
    """Ada has written in c1."""
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    return scene


def take_back(scene: Scene, agent_id: str = "ada", conversation_id: str = "c1") -> c.TakeBack:
    return c.TakeBack(agent_id=agent_id, conversation_id=conversation_id, new_handoff=scene.new_handoff())


@pytest.mark.parametrize("slip", ["resolve", "hand_back"])
def test_what_was_ended_is_opened_again_with_the_same_agent(scene: Scene, slip: str) -> None:
    before = scene.handoff("c1").handoff_id
    scene.do(scene.resolve("ada", "c1") if slip == "resolve" else scene.hand_back("ada", "c1"))

    events = scene.do(take_back(scene))

    said = [
        event for event in types(events) if event in ("handoff_requested", "handoff_queued", "agent_joined")
    ]
    assert said == ["handoff_requested", "handoff_queued", "agent_joined"]
    handoff = scene.handoff("c1")
    assert (handoff.state, handoff.reason) == (HandoffState.ACTIVE, Reason.AGENT)
    assert handoff.handoff_id != before
    assert handoff.agent is not None
    assert handoff.agent.id == "ada"
    assert scene.conversation("c1").control is Control.AGENT
    assert scene.desk.agent("ada").wrap_ups == ()
    assert scene.desk.seats_taken(scene.desk.agent("ada")) == 1


def test_words_from_before_the_slip_do_not_end_what_was_taken_back(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.do(take_back(scene))
    assert scene.refused(scene.resolve("ada", "c1")) is Code.CONFLICT
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.state("c1") is HandoffState.RESOLVED


def test_taken_back_and_left_alone_it_goes_to_somebody_else_as_any_other(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.do(take_back(scene))
    scene.lose("ada")
    scene.agent("ben")
    scene.pass_time(61)
    assert scene.state("c1") is HandoffState.OFFERED


def test_it_is_taken_back_into_the_seat_it_had_when_all_others_are_taken() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.do(take_back(scene))
    assert scene.desk.seats_taken(scene.desk.agent("ada")) == 1


def test_after_the_notes_are_done_it_is_too_late(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.do(c.EndWrapUp(agent_id="ada", conversation_id="c1"))
    assert scene.refused(take_back(scene)) is Code.CONFLICT


def test_after_the_time_for_notes_it_is_too_late(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.pass_time(31)
    assert scene.refused(take_back(scene)) is Code.CONFLICT
    assert scene.state("c1") is HandoffState.RESOLVED


def test_what_the_customer_withdrew_stays_withdrawn(scene: Scene) -> None:
    scene.withdraws("c1")
    assert scene.refused(take_back(scene)) is Code.CONFLICT
    assert scene.state("c1") is HandoffState.WITHDRAWN


def test_nobody_takes_back_what_another_has_ended(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.refused(take_back(scene, "ben")) is Code.NOT_FOUND


def test_customer_who_asked_again_meanwhile_is_not_asked_for_twice(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.asks("c1")
    assert scene.refused(take_back(scene)) is Code.CONFLICT


def test_transfer_that_nobody_has_taken_comes_back_and_its_offer_is_void(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    assert scene.state("c1") is HandoffState.OFFERED

    events = scene.do(take_back(scene))

    assert types(events)[:2] == ["offer_ended", "agent_joined"]
    handoff = scene.handoff("c1")
    assert handoff.agent is not None
    assert (handoff.state, handoff.agent.id) == (HandoffState.ACTIVE, "ada")
    assert list(scene.desk.offered_to("ben")) == []


def test_transfer_that_was_taken_stays_where_it_is(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    scene.accept("ben", "c1")
    assert scene.refused(take_back(scene)) is Code.NOT_FOUND
    handoff = scene.handoff("c1")
    assert handoff.agent is not None
    assert handoff.agent.id == "ben"


def test_transfer_does_not_come_back_beyond_the_seats() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    scene.active("ada", "c2")
    assert scene.refused(take_back(scene)) is Code.CONFLICT
    assert scene.state("c1") is HandoffState.OFFERED
