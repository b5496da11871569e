"""How a handoff ends: by a named agent who has had a word with the customer, and never in silence."""

import pytest

from handoff.domain import commands as c
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState, Outcome
from tests.factories import Scene, types


@pytest.fixture
def scene() -> Scene:
    """Ada has accepted c1, and has said nothing yet."""
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    return scene


@pytest.mark.parametrize("outcome", list(Outcome))
def test_resolving_in_silence_is_a_conflict_and_changes_nothing(scene: Scene, outcome: Outcome) -> None:
    before = scene.conversation("c1")
    assert scene.refused(scene.resolve("ada", "c1", outcome)) is Code.CONFLICT
    assert scene.conversation("c1") == before


def test_handing_back_in_silence_is_a_conflict(scene: Scene) -> None:
    assert scene.refused(scene.hand_back("ada", "c1")) is Code.CONFLICT


@pytest.mark.parametrize("outcome", list(Outcome))
def test_after_a_word_every_outcome_is_possible(scene: Scene, outcome: Outcome) -> None:
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1", outcome))
    assert scene.handoff("c1").outcome is outcome


def test_a_contact_that_reached_the_customer_is_as_good_as_a_word(scene: Scene) -> None:
    scene.contact("ada", "c1", "reached")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.state("c1") is HandoffState.RESOLVED


def test_a_note_is_not_a_word_to_the_customer(scene: Scene) -> None:
    scene.do(c.TakeNote(agent_id="ada", conversation_id="c1", text="hm", client_id="n1"))
    assert scene.refused(scene.resolve("ada", "c1")) is Code.CONFLICT


def test_words_in_an_earlier_handoff_do_not_count_in_the_next(scene: Scene) -> None:
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.asks("c1")
    scene.accept("ada", "c1")
    assert scene.refused(scene.resolve("ada", "c1")) is Code.CONFLICT


def test_words_before_a_transfer_and_back_count_in_the_same_handoff(scene: Scene) -> None:
    scene.writes("ada", "c1")
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    scene.decline("ben", "c1")
    scene.accept("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.state("c1") is HandoffState.RESOLVED


def test_what_is_ended_cannot_be_ended_again(scene: Scene) -> None:
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.refused(scene.resolve("ada", "c1")) is Code.CONFLICT
    assert scene.refused(scene.hand_back("ada", "c1")) is Code.CONFLICT


def test_a_customer_who_rates_does_not_change_the_handoff(scene: Scene) -> None:
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    before = scene.handoff("c1")
    assert types(scene.do(c.Rate(conversation_id="c1", score=5, comment="Thank you"))) == ["rated"]
    assert scene.handoff("c1") == before
