"""The table of states of the design, row by row: what each holds, and everything by which it is left."""

from collections.abc import Callable

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.conversation import Control
from handoff.domain.fold import IllegalEvent, fold_conversation
from handoff.domain.handoff import LIVE, ChosenBy, HandoffState, LeftReason, OfferOutcome, Outcome
from handoff.domain.people import Presence
from tests.factories import Scene, bodies, types


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- queued ---


def test_a_request_is_queued_with_a_reference_a_place_and_a_moment_by_which_it_is_answered(
    scene: Scene,
) -> None:
    scene.agent(capacity=1)
    scene.active("ada", "busy")
    scene.waiting("c1")
    handoff = scene.handoff("c1")
    assert handoff.state is HandoffState.QUEUED
    assert handoff.reference.startswith("REF-")
    assert scene.place("c1") == 1
    assert handoff.answer_by is not None
    assert scene.control("c1") is Control.WAITING


def test_a_queued_handoff_is_offered_as_soon_as_an_agent_is_free(scene: Scene) -> None:
    scene.agent(capacity=1)
    scene.active("ada", "busy")
    scene.waiting("c1")
    scene.withdraws("busy")
    assert scene.state("c1") is HandoffState.QUEUED  # the seat is still in wrap-up
    scene.do(c.EndWrapUp(agent_id="ada", conversation_id="busy"))
    assert scene.state("c1") is HandoffState.OFFERED


def test_a_queued_handoff_becomes_a_promise_when_nobody_can_be_expected(scene: Scene) -> None:
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.waiting("c1")
    scene.set_presence("ada", Presence.AWAY)
    assert scene.state("c1") is HandoffState.PROMISED


def test_a_queued_handoff_can_be_withdrawn(scene: Scene) -> None:
    scene.agent(capacity=1)
    scene.active("ada", "busy")
    scene.waiting("c1")
    scene.withdraws("c1")
    assert scene.state("c1") is HandoffState.WITHDRAWN
    assert scene.desk.queue_length == 0


# --- offered ---


def test_an_offered_handoff_keeps_its_place_and_has_one_live_offer_to_one_agent(scene: Scene) -> None:
    scene.agent("ada")
    scene.agent("ben")
    events = scene.events[:]
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.OFFERED
    assert len(bodies(scene.events[len(events) :], e.OfferMade)) == 1
    assert scene.place("c1") == 1
    assert scene.control("c1") is Control.WAITING


def test_an_accepted_offer_makes_the_handoff_active_with_a_named_agent(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")
    scene.accept("ada", "c1")
    handoff = scene.handoff("c1")
    assert handoff.state is HandoffState.ACTIVE
    assert handoff.agent is not None
    assert handoff.agent.name == "Ada Vogel"
    assert scene.place("c1") is None
    assert scene.control("c1") is Control.AGENT


def _decline(scene: Scene) -> None:
    scene.decline("ada", "first")


def _time_out(scene: Scene) -> None:
    scene.pass_time(20)


def _lost(scene: Scene) -> None:
    scene.lose("ada")
    scene.pass_time(10)


def _away(scene: Scene) -> None:
    scene.set_presence("ada", Presence.AWAY)


def _disabled(scene: Scene) -> None:
    scene.disable("ada")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (_decline, OfferOutcome.DECLINED),
        (_time_out, OfferOutcome.TIMED_OUT),
        (_lost, OfferOutcome.RESCINDED),
        (_away, OfferOutcome.RESCINDED),
        (_disabled, OfferOutcome.RESCINDED),
    ],
    ids=["declined", "timed out", "agent lost", "agent away", "agent disabled"],
)
def test_an_offer_that_is_not_taken_leaves_the_handoff_queued_in_its_old_place(
    scene: Scene, end: Callable[[Scene], None], outcome: OfferOutcome
) -> None:
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")  # somebody who can be expected, but has no seat
    scene.agent("ada", capacity=1)
    scene.waiting("first")
    scene.waiting("second")
    assert scene.offered_to("first") == "ada"
    enqueued_at = scene.handoff("first").enqueued_at
    end(scene)
    handoff = scene.handoff("first")
    assert [body.outcome for body in bodies(scene.events, e.OfferEnded)][-1] is outcome
    assert handoff.state is HandoffState.QUEUED
    assert handoff.enqueued_at == enqueued_at
    assert scene.place("first") == 1
    assert scene.place("second") == 2
    scene.check_logs()


def test_an_offered_handoff_can_be_withdrawn(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")
    offer_id = scene.offer_id("c1")
    events = scene.withdraws("c1")
    assert types(events) == ["offer_ended", "handoff_withdrawn"]
    assert bodies(events, e.OfferEnded)[0].outcome is OfferOutcome.RESCINDED
    assert bodies(events, e.OfferEnded)[0].offer_id == offer_id


# --- active ---


def test_an_active_handoff_is_resolved_by_its_agent_with_an_outcome(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1", Outcome.FORWARDED))
    handoff = scene.handoff("c1")
    assert handoff.state is HandoffState.RESOLVED
    assert handoff.outcome is Outcome.FORWARDED
    assert handoff.ended_by == "ada"
    assert scene.control("c1") is Control.BOT


def test_a_hand_back_resolves_by_the_named_agent_and_the_bot_goes_on(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    events = scene.do(scene.hand_back("ada", "c1"))
    assert bodies(events, e.AgentLeft)[0].reason is LeftReason.HANDED_BACK
    assert scene.state("c1") is HandoffState.RESOLVED
    assert scene.handoff("c1").ended_by == "ada"
    scene.says("c1", "And one more thing")
    assert scene.conversation("c1").bot.pending


def test_a_transferred_handoff_is_offered_to_the_other_agent_at_once(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    assert scene.state("c1") is HandoffState.OFFERED
    assert scene.offered_to("c1") == "ben"


def test_a_follow_up_is_a_promise_with_the_same_owner(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.follow_up("ada", "c1", 3_600))
    handoff = scene.handoff("c1")
    assert handoff.state is HandoffState.PROMISED
    assert handoff.promise is not None
    assert (handoff.promise.owner.kind, handoff.promise.owner.id) == ("agent", "ada")
    assert scene.control("c1") is Control.BOT


def test_an_active_handoff_goes_to_the_head_when_its_agent_is_disabled(scene: Scene) -> None:
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")
    scene.waiting("earlier")
    scene.agent("ada", languages=("fr",))
    scene.supervisor()
    scene.waiting("c1")
    scene.do(scene.assign("sue", "c1", "ada"))
    scene.disable("ada")
    assert scene.state("c1") is HandoffState.QUEUED
    assert scene.place("c1") == 1
    assert bodies(scene.events, e.AgentLeft)[-1].reason is LeftReason.DISABLED


def test_an_active_handoff_can_be_withdrawn_and_the_agent_goes_to_wrap_up(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.withdraws("c1")
    assert scene.state("c1") is HandoffState.WITHDRAWN
    assert [one.conversation_id for one in scene.person("ada").wrap_ups] == ["c1"]


# --- promised ---


def test_a_promised_handoff_can_be_withdrawn(scene: Scene) -> None:
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.withdraws("c1")
    assert scene.state("c1") is HandoffState.WITHDRAWN


# --- terminal ---


@pytest.mark.parametrize("end", ["resolved", "withdrawn"])
def test_an_ended_handoff_stays_ended_and_the_next_request_is_a_new_one(scene: Scene, end: str) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    if end == "resolved":
        scene.do(scene.resolve("ada", "c1"))
    else:
        scene.withdraws("c1")
    first = scene.handoff("c1")
    assert first.state not in LIVE
    scene.pass_time(30 * 86_400)
    assert scene.handoff("c1") == first
    scene.asks("c1")
    assert scene.handoff("c1").handoff_id != first.handoff_id
    assert scene.handoff("c1").live


def test_asking_again_while_one_is_live_returns_the_live_one(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")
    first = scene.handoff("c1")
    assert scene.asks("c1") == []
    assert scene.handoff("c1") == first


def test_an_event_that_the_table_does_not_list_cannot_be_put_in(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    conversation = scene.conversation("c1")
    offer = e.OfferMade(offer_id="x", agent_id="ada", expires_at=scene.now, chosen_by=ChosenBy.LONGEST_IDLE)
    event = e.Event(
        conversation_id="c1",
        seq=conversation.last_seq + 1,
        at=scene.now,
        actor=e.SYSTEM,
        body=offer,
        customer_prev_seq=None,
    )
    with pytest.raises(IllegalEvent, match="offer_made while active"):
        fold_conversation(conversation, event)


def test_time_alone_never_ends_a_handoff(scene: Scene) -> None:
    """Three weeks with nobody there, with somebody who never reacts, and with an agent who has fallen silent."""
    scene.waiting("nobody")
    scene.agent("ada")
    scene.active("ada", "silent")
    scene.pass_time(21 * 86_400)
    assert scene.handoff("nobody").live
    assert scene.handoff("silent").live
    scene.check_logs()
