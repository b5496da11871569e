"""The customer writes after resolve: the bot answers, and for 15 minutes offers the way back to the same agent."""

import pytest

from handoff.domain import events as e
from handoff.domain.handoff import ChosenBy, HandoffState
from tests.factories import ASKS_CLEARLY, Scene, bodies


@pytest.fixture
def scene() -> Scene:
    """ada has resolved c1; ben has been idle for longer than she has."""
    scene = Scene()
    scene.agent("ben")
    scene.agent("ada")
    scene.waiting("c1")
    while scene.offered_to("c1") != "ada":
        scene.decline(scene.offered_to("c1") or "", "c1")
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    return scene


def _ways_back(scene: Scene) -> list[str]:
    buttons = [button for body in bodies(scene.events, e.Message) for button in body.buttons]
    return [button.payload for button in buttons if "Ada Vogel" in button.title]


def test_the_first_answer_after_a_resolution_offers_the_way_back_by_name_once(scene: Scene) -> None:
    scene.says("c1", "One more thing about my parcel")
    scene.bot_answers("c1", "It comes tomorrow.")
    scene.says("c1", "At what time of the day?")
    scene.bot_answers("c1", "In the morning.")
    assert len(_ways_back(scene)) == 1


def test_the_way_back_is_a_new_handoff_that_prefers_that_agent(scene: Scene) -> None:
    before = scene.handoff("c1").handoff_id
    scene.says("c1", "One more thing about my parcel")
    scene.bot_answers("c1", "It comes tomorrow.")
    scene.pass_time(60)
    scene.says("c1", _ways_back(scene)[0], ASKS_CLEARLY)
    assert scene.handoff("c1").handoff_id != before
    assert scene.offered_to("c1") == "ada"
    made = bodies(scene.events, e.OfferMade)[-1]
    assert made.chosen_by is ChosenBy.RETURNING_CUSTOMER


def test_after_15_minutes_the_way_back_is_no_longer_offered(scene: Scene) -> None:
    scene.pass_time(901)
    scene.says("c1", "One more thing about my parcel")
    scene.bot_answers("c1", "It comes tomorrow.")
    assert scene.state("c1") is HandoffState.RESOLVED
    assert _ways_back(scene) == []
