"""Presence: what agents choose, what the system sets, and what brings somebody back."""

import pytest

from handoff.domain import commands as c
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState
from handoff.domain.people import Access, Presence
from tests.factories import Scene, told_supervisor, types


@pytest.fixture
def scene() -> Scene:
    """Ada has let an offer pass, and is not responding; ben has no free seat."""
    scene = Scene()
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")
    scene.writes("ben", "busy")
    scene.agent("ada")
    scene.waiting("c1")
    scene.pass_time(20)
    assert scene.person("ada").presence is Presence.NOT_RESPONDING
    return scene


def test_an_agent_who_is_not_responding_gets_no_offers(scene: Scene) -> None:
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(250)
    assert scene.offered_to("c1") is None


def test_any_act_of_the_agent_clears_not_responding_and_brings_the_next_offer(scene: Scene) -> None:
    """An agent who came back at minute six once had to wait for the next broken promise to be asked again."""
    scene.pass_time(330)
    scene.supervisor()
    scene.do(c.EndWrapUp(agent_id="ada", conversation_id="nothing"))
    assert scene.person("ada").presence is Presence.ONLINE
    assert scene.offered_to("c1") == "ada"


def test_an_act_that_is_refused_clears_not_responding_too(scene: Scene) -> None:
    stale = c.Accept(agent_id="ada", offer_id="h001.1")
    assert scene.refused(stale) is Code.STALE_OFFER
    assert scene.person("ada").presence is Presence.ONLINE
    assert scene.offered_to("c1") == "ada"


def test_choosing_away_clears_not_responding_without_an_offer_in_between(scene: Scene) -> None:
    events = scene.set_presence("ada", Presence.AWAY)
    assert types(events) == ["presence_changed", "presence_changed"]
    assert scene.person("ada").presence is Presence.AWAY
    assert scene.offered_to("c1") is None


def test_what_others_do_does_not_clear_not_responding(scene: Scene) -> None:
    scene.writes("ben", "busy")
    scene.says("busy", "Thanks")
    assert scene.person("ada").presence is Presence.NOT_RESPONDING


def test_only_the_system_sets_not_responding(scene: Scene) -> None:
    command = c.SetPresence(agent_id="ben", presence=Presence.NOT_RESPONDING)
    assert scene.refused(command) is Code.BAD_REQUEST
    assert scene.person("ben").presence is Presence.ONLINE


def test_an_account_without_agent_access_takes_no_conversations(scene: Scene) -> None:
    scene.agent("tom", access=(Access.TRAINER,), online=False)
    scene.connect("tom")
    assert scene.refused(c.SetPresence(agent_id="tom", presence=Presence.ONLINE)) is Code.FORBIDDEN


def test_all_agents_not_responding_is_nobody_to_be_expected() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.agent("ben")
    scene.waiting("c1")
    scene.pass_time(20)
    assert scene.state("c1") is HandoffState.OFFERED
    scene.pass_time(20)
    assert scene.state("c1") is HandoffState.PROMISED
    assert told_supervisor(scene.events) == ["nobody_on_duty"]


def test_an_offer_that_still_runs_is_not_taken_away_because_the_agent_let_another_pass() -> None:
    """It once was: with nobody else there, the second customer lost an offer that had ten seconds to go."""
    scene = Scene()
    scene.agent("ada")
    scene.waiting("first")
    scene.pass_time(10)
    scene.waiting("second")
    scene.pass_time(10)
    assert scene.state("first") is HandoffState.PROMISED
    assert scene.offered_to("second") == "ada"
    scene.accept("ada", "second")
    assert scene.state("second") is HandoffState.ACTIVE
    assert scene.offered_to("first") == "ada"


def test_a_reload_long_after_a_loss_does_not_bring_an_old_presence_back() -> None:
    """Lost while online, back an hour later (offline, as told), then a reload: this once made them online unasked."""
    scene = Scene()
    scene.agent("ada")
    scene.lose("ada")
    scene.pass_time(3_600)
    scene.connect("ada")
    assert scene.person("ada").presence is Presence.OFFLINE
    scene.lose("ada")
    scene.pass_time(1)
    scene.connect("ada")
    assert scene.person("ada").presence is Presence.OFFLINE


def test_an_acceptance_that_crosses_the_loss_of_the_socket_is_requeued_60_s_later() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    scene.lose("ada")
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.pass_time(59)
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.pass_time(1)
    assert scene.state("c1") is not HandoffState.ACTIVE


def test_an_offer_that_runs_out_during_a_reload_does_not_make_anybody_not_responding() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    scene.pass_time(15)
    scene.lose("ada")
    scene.pass_time(7)
    assert scene.person("ada").presence is Presence.ONLINE
    scene.connect("ada")
    assert scene.offered_to("c1") == "ada"


def test_going_away_keeps_what_is_active(scene: Scene) -> None:
    scene.set_presence("ben", Presence.AWAY)
    assert scene.state("busy") is HandoffState.ACTIVE
    scene.writes("ben", "busy")


def test_connecting_or_losing_twice_changes_nothing(scene: Scene) -> None:
    assert scene.connect("ada") == []
    scene.lose("ada")
    assert scene.lose("ada") == []


def test_an_unknown_person_is_not_found(scene: Scene) -> None:
    assert scene.refused(c.ConnectAgent(agent_id="nobody")) is Code.NOT_FOUND
    assert scene.refused(c.SetPresence(agent_id="nobody", presence=Presence.AWAY)) is Code.NOT_FOUND


def test_a_presence_chosen_as_the_socket_goes_lasts_10_s_from_that_moment() -> None:
    """Measured from the old loss, it once was overdue at once."""
    scene = Scene()
    scene.agent("ada")
    scene.lose("ada")
    scene.pass_time(3_600)
    scene.set_presence("ada", Presence.ONLINE)
    scene.pass_time(9)
    assert scene.person("ada").presence is Presence.ONLINE
    scene.pass_time(1)
    assert scene.person("ada").presence is Presence.OFFLINE
