"""Passing a handoff on: to an agent, to a team, and what happens when nobody takes it."""

import pytest

from handoff.domain import events as e
from handoff.domain.errors import Code
from handoff.domain.handoff import ChosenBy, HandoffState, LeftReason
from handoff.domain.people import Presence
from tests.factories import Scene, bodies, types


@pytest.fixture
def scene() -> Scene:
    """Ada has the conversation c1 and has written in it."""
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    return scene


def test_a_transfer_tells_the_customer_frees_the_seat_and_keeps_the_note_hidden(scene: Scene) -> None:
    scene.agent("ben")
    events = scene.do(scene.transfer("ada", "c1", to_agent="ben", note="Wants a refund"))
    assert bodies(events, e.AgentLeft)[0].reason is LeftReason.TRANSFER
    assert bodies(events, e.Note)[0].text == "Wants a refund"
    seen = [event.type for event in scene.log("c1") if event.customer_prev_seq is not None]
    assert seen[-2:] == ["agent_left", "handoff_queued"]
    assert scene.desk.concerning("ada") == []
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.agent_id, offer.chosen_by) == ("ben", ChosenBy.TRANSFER)


@pytest.mark.parametrize("presence", [Presence.AWAY, Presence.OFFLINE])
def test_a_transfer_to_somebody_who_is_not_there_is_a_conflict_and_changes_nothing(
    scene: Scene, presence: Presence
) -> None:
    scene.agent("ben")
    scene.set_presence("ben", presence)
    before = scene.conversation("c1")
    assert scene.refused(scene.transfer("ada", "c1", to_agent="ben", note="x")) is Code.CONFLICT
    assert scene.conversation("c1") == before


def test_a_transfer_to_somebody_who_lost_the_socket_is_a_conflict(scene: Scene) -> None:
    scene.agent("ben")
    scene.lose("ben")
    assert scene.refused(scene.transfer("ada", "c1", to_agent="ben")) is Code.CONFLICT


def test_a_transfer_to_somebody_without_a_free_seat_is_a_conflict_and_changes_nothing(scene: Scene) -> None:
    scene.set_presence("ada", Presence.AWAY)
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")
    before = scene.conversation("c1")
    assert scene.refused(scene.transfer("ada", "c1", to_agent="ben")) is Code.CONFLICT
    assert scene.conversation("c1") == before


def test_a_transfer_to_nobody_to_oneself_or_by_somebody_else_is_refused(scene: Scene) -> None:
    scene.agent("ben")
    assert scene.refused(scene.transfer("ada", "c1", to_agent="nobody")) is Code.BAD_REQUEST
    assert scene.refused(scene.transfer("ada", "c1", to_team="nowhere")) is Code.BAD_REQUEST
    assert scene.refused(scene.transfer("ada", "c1", to_agent="ada")) is Code.CONFLICT
    assert scene.refused(scene.transfer("ben", "c1", to_agent="ben")) is Code.NOT_FOUND


def test_a_transfer_to_a_team_reaches_one_of_it_and_not_the_sender(scene: Scene) -> None:
    scene.agent("bea", teams=("billing",))
    scene.agent("cem", teams=("service",))
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    assert scene.offered_to("c1") == "bea"
    assert scene.handoff("c1").team == "billing"


def test_a_transfer_to_a_team_of_which_nobody_has_a_seat_is_a_conflict(scene: Scene) -> None:
    scene.agent("cem", teams=("service",))
    before = scene.conversation("c1")
    assert scene.refused(scene.transfer("ada", "c1", to_team="billing")) is Code.CONFLICT
    assert scene.conversation("c1") == before


@pytest.mark.parametrize("end", ["declined", "timed out", "away"])
def test_a_transfer_that_is_not_taken_goes_back_to_the_sender_who_is_online(scene: Scene, end: str) -> None:
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    scene.agent("zoe")  # idle longer than ada, but not the sender
    if end == "declined":
        scene.decline("ben", "c1")
    elif end == "timed out":
        scene.pass_time(20)
    else:
        scene.set_presence("ben", Presence.AWAY)
    assert bodies(scene.events, e.TransferFailed)[0].back_to == "ada"
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.agent_id, offer.chosen_by) == ("ada", ChosenBy.SENDER)


def test_a_transfer_that_is_not_taken_goes_to_the_head_when_the_sender_is_gone(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    scene.set_presence("ada", Presence.AWAY)
    scene.agent("cem", capacity=1)
    scene.do(scene.assign(scene.supervisor(), scene.waiting("busy"), "cem"))
    scene.decline("ben", "c1")
    assert bodies(scene.events, e.TransferFailed)[0].back_to is None
    assert scene.handoff("c1").rank == 0
    assert scene.handoff("c1").live


def test_a_transfer_to_a_team_that_nobody_takes_in_time_goes_back_to_the_sender(scene: Scene) -> None:
    """An offer to one of the team that was open when the time was over once stopped it for good."""
    scene.agent("bea", teams=("billing",))
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    scene.decline("bea", "c1")
    scene.pass_time(55)
    scene.agent("bob", teams=("billing",))
    assert scene.offered_to("c1") == "bob"
    scene.pass_time(19)
    assert bodies(scene.events, e.TransferFailed) == []
    scene.pass_time(1)
    assert bodies(scene.events, e.TransferFailed)[0].back_to == "ada"
    assert scene.offered_to("c1") == "ada"


def test_a_transfer_to_a_team_whose_agents_all_declined_goes_back_after_a_minute(scene: Scene) -> None:
    scene.agent("bea", teams=("billing",))
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    scene.decline("bea", "c1")
    scene.pass_time(59)
    assert scene.offered_to("c1") is None
    scene.pass_time(1)
    assert bodies(scene.events, e.TransferFailed)[0].back_to == "ada"
    assert scene.offered_to("c1") == "ada"


def test_a_transfer_keeps_the_place_and_the_moment_that_was_given(scene: Scene) -> None:
    scene.agent("ben")
    before = scene.handoff("c1")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    after = scene.handoff("c1")
    assert after.queue_key == before.queue_key
    assert after.requested_at == before.requested_at


def test_a_transfer_from_the_head_of_the_queue_stays_at_the_head(scene: Scene) -> None:
    scene.agent("ben")
    scene.disable("ada")
    scene.accept("ben", "c1")
    scene.agent("cem", capacity=1)
    scene.waiting("regular")
    scene.agent("dan")
    scene.do(scene.transfer("ben", "c1", to_agent="dan"))
    queued = bodies(scene.events, e.HandoffQueued)[-1]
    assert (queued.place, queued.rank) == (1, 0)


def test_the_one_to_whom_it_was_transferred_takes_it_like_any_other(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    events = scene.accept("ben", "c1")
    assert types(events)[0] == "agent_joined"
    assert scene.refused(scene.resolve("ben", "c1")) is Code.CONFLICT  # ada's words are not ben's
    scene.writes("ben", "c1")
    scene.do(scene.resolve("ben", "c1"))
    assert scene.state("c1") is HandoffState.RESOLVED
    scene.check_logs()


def test_a_transfer_that_ended_in_a_promise_does_not_come_back_to_its_sender_days_later(scene: Scene) -> None:
    """The promise is the team's; the transfer once failed a minute after the promise was taken up."""
    scene.agent("bea", teams=("billing",))
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    scene.decline("bea", "c1")
    for agent_id in ("ada", "bea"):
        scene.set_presence(agent_id, Presence.OFFLINE)
    assert scene.state("c1") is HandoffState.PROMISED
    scene.pass_time(86_400)
    scene.set_presence("bea", Presence.ONLINE)
    assert scene.offered_to("c1") == "bea"
    scene.decline("bea", "c1")
    scene.set_presence("ada", Presence.ONLINE)
    before = len(scene.events)
    scene.pass_time(61)
    assert "transfer_failed" not in types(scene.events[before:])
