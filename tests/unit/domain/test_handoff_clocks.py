"""The table of defaults of the design: each setting, and what follows when its time has passed."""

import itertools
from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.handoff import HandoffState, LeftReason, OfferOutcome
from handoff.domain.ladder import Rung
from handoff.domain.people import Presence
from tests.factories import Scene, bodies, rules, told_supervisor, types


@pytest.fixture
def scene() -> Scene:
    """One agent, ada, who is online."""
    scene = Scene()
    scene.agent("ada")
    return scene


def _left(scene: Scene) -> list[LeftReason]:
    return [body.reason for body in bodies(scene.events, e.AgentLeft)]


def _rungs(scene: Scene) -> list[str]:
    return [body.rung for body in bodies(scene.events, e.LadderStepped)]


def test_an_offer_times_out_after_20_s_and_its_agent_is_not_responding(scene: Scene) -> None:
    scene.waiting("c1")
    scene.pass_time(19.9)
    assert scene.state("c1") is HandoffState.OFFERED
    scene.pass_time(0.1)
    assert bodies(scene.events, e.OfferEnded)[0].outcome is OfferOutcome.TIMED_OUT
    assert scene.person("ada").presence is Presence.NOT_RESPONDING


def test_the_next_agent_is_asked_when_an_offer_times_out(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ben")
    scene.pass_time(20)
    assert scene.offered_to("c1") == "ben"


def test_an_agent_who_lost_the_socket_loses_offers_after_10_s(scene: Scene) -> None:
    scene.waiting("c1")
    scene.lose("ada")
    scene.pass_time(9.9)
    assert scene.state("c1") is HandoffState.OFFERED
    scene.agent("ben")
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "ben"
    assert scene.person("ada").presence is Presence.OFFLINE


def test_a_page_reload_loses_nothing(scene: Scene) -> None:
    scene.waiting("offered")
    scene.active("ada", "active")
    scene.lose("ada")
    scene.pass_time(9)
    scene.connect("ada")
    scene.pass_time(10)
    assert scene.offered_to("offered") == "ada"
    assert scene.state("active") is HandoffState.ACTIVE
    assert scene.person("ada").presence is Presence.ONLINE


def test_an_active_handoff_goes_to_the_head_60_s_after_its_agent_was_lost(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.lose("ada")
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")
    scene.waiting("later")
    scene.pass_time(0.1)
    assert _left(scene) == [LeftReason.LOST]
    assert scene.state("c1") is HandoffState.QUEUED
    assert scene.place("c1") == 1


def test_an_agent_who_comes_back_within_60_s_keeps_the_conversation_and_the_presence(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.lose("ada")
    scene.pass_time(59)
    assert scene.person("ada").presence is Presence.OFFLINE
    scene.connect("ada")
    assert scene.person("ada").presence is Presence.ONLINE
    scene.pass_time(120)
    assert scene.state("c1") is HandoffState.ACTIVE


def test_an_accepted_handoff_without_a_word_reminds_at_60_s_and_is_requeued_at_120_s(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.pass_time(59.9)
    assert _rungs(scene) == []
    scene.pass_time(0.1)
    assert _rungs(scene) == [Rung.ANSWER_REMINDED]
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.agent("ben")
    scene.pass_time(0.1)
    assert _left(scene) == [LeftReason.SILENT]
    assert scene.handoff("c1").rank == 0
    assert scene.offered_to("c1") == "ben"


def test_an_unanswered_message_reminds_at_180_s_and_is_requeued_at_600_s(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.pass_time(1_000)
    assert scene.state("c1") is HandoffState.ACTIVE  # nothing is owed
    scene.says("c1", "Are you there?")
    scene.pass_time(100)
    scene.says("c1", "Hello?")  # a second message does not start the time anew
    scene.pass_time(79.9)
    assert _rungs(scene) == []
    scene.pass_time(0.1)
    assert _rungs(scene) == [Rung.ANSWER_REMINDED]
    scene.pass_time(419.9)
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.agent("ben")
    scene.pass_time(0.1)
    assert _left(scene) == [LeftReason.SILENT]
    assert scene.handoff("c1").rank == 0


def test_an_answer_in_time_stops_the_clock(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.says("c1", "Are you there?")
    scene.pass_time(599)
    scene.writes("ada", "c1", "Yes")
    scene.pass_time(1_000)
    assert scene.state("c1") is HandoffState.ACTIVE


def test_a_day_without_a_word_asks_the_supervisor_and_leaves_it_open(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.pass_time(86_399)
    assert told_supervisor(scene.events) == []
    scene.pass_time(1)
    assert told_supervisor(scene.events) == ["idle"]
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.pass_time(86_400)
    assert told_supervisor(scene.events) == ["idle", "idle"]
    assert scene.state("c1") is HandoffState.ACTIVE


def test_a_server_that_was_away_for_months_asks_once_about_an_idle_handoff(scene: Scene) -> None:
    """A review for each missed day once needed more steps than one sweep carries out, and the sweep failed."""
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.now += timedelta(days=200)
    scene.sweep()
    assert told_supervisor(scene.events) == ["idle"]
    assert scene.state("c1") is HandoffState.ACTIVE


def test_waiting_widens_tells_the_supervisor_and_offers_a_promise_step_by_step() -> None:
    scene = Scene(rules(answer_by_s=10_000))
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("c1")
    for seconds, expected in (
        (60, [Rung.WIDENED]),
        (60, [Rung.SUPERVISOR_TOLD]),
        (180, [Rung.PROMISE_OFFERED]),
    ):
        scene.pass_time(seconds - 0.1)
        before = len(scene.events)
        scene.pass_time(0.1)
        assert [body.rung for body in bodies(scene.events[before:], e.LadderStepped)] == expected
    assert told_supervisor(scene.events) == ["long_wait"]
    assert types(scene.events).count("promise_offered") == 1
    assert scene.state("c1") is HandoffState.QUEUED


def test_a_wait_that_has_widened_reaches_any_team_with_a_language_that_both_share() -> None:
    scene = Scene(rules(site_languages=("en", "de")))
    scene.agent("ada", languages=("de", "en"), capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.agent("bea", teams=("billing",), languages=("de", "en"))
    scene.agent("zoe", teams=("billing",), languages=("fr",))
    scene.waiting("c1", locale="de-AT")
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "bea"
    scene.decline("bea", "c1")
    scene.pass_time(60)
    assert scene.offered_to("c1") == "bea"  # asked again at the next step; zoe shares no language


def test_the_steps_of_waiting_go_on_while_somebody_is_being_asked() -> None:
    scene = Scene(rules(offer_timeout_s=90))
    scene.agent("ada")
    scene.waiting("c1")
    scene.pass_time(60)
    assert scene.state("c1") is HandoffState.OFFERED
    assert _rungs(scene) == [Rung.WIDENED]


def test_a_bot_that_takes_more_than_5_s_is_replaced_by_a_person(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    scene.pass_time(4.9)
    assert scene.conversation("c1").handoff is None
    scene.pass_time(0.1)
    assert scene.handoff("c1").reason == "bot_unavailable"
    assert bodies(scene.events, e.BotTurnFailed)[0].failure == "timeout"


def test_a_turn_that_meets_a_restart_of_ours_is_held_15_s_from_its_beginning(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    assert types(scene.holds("c1", began_s_ago=4)) == ["bot_turn_held"]
    scene.pass_time(10.9)
    assert scene.conversation("c1").handoff is None
    scene.pass_time(0.1)
    assert scene.handoff("c1").reason == "bot_unavailable"
    assert bodies(scene.events, e.BotTurnFailed)[0].failure == "restarting"
    assert scene.conversation("c1").bot.turn_held_until is None


def test_a_held_turn_that_is_resumed_has_the_time_of_any_other(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    scene.holds("c1")
    scene.pass_time(14)
    assert types(scene.resumes("c1")) == ["bot_turn_resumed"]
    scene.pass_time(4)
    scene.bot_answers("c1", "On its way.")
    scene.pass_time(60)
    assert scene.conversation("c1").handoff is None


def test_a_held_turn_that_is_resumed_too_late_is_not_asked_any_more(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    scene.holds("c1")
    scene.now += timedelta(seconds=15)
    assert scene.resumes("c1") == []
    scene.sweep()
    assert scene.handoff("c1").reason == "bot_unavailable"


def test_a_restart_that_took_its_15_s_holds_nobody_any_more(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    assert scene.holds("c1", began_s_ago=15) == []
    scene.pass_time(5)
    assert scene.handoff("c1").reason == "bot_unavailable"


def test_a_turn_is_held_once_and_nobody_elses_turn_is(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1", "One")
    scene.says("c1", "Two")
    second = scene.conversation("c1").bot.pending[1]
    began_at = scene.now
    held = c.HoldBotTurn(conversation_id="c1", of_seq=second, restart_began_at=began_at)
    assert scene.do(held) == []
    assert types(scene.holds("c1")) == ["bot_turn_held"]
    assert scene.holds("c1", began_s_ago=1) == []
    resumed = c.ResumeBotTurn(conversation_id="c1", of_seq=second)
    assert scene.do(resumed) == []


def test_a_customer_whose_turn_is_held_gets_a_person_at_once_by_asking(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")
    scene.holds("c1")
    scene.asks("c1")
    assert scene.handoff("c1").reason == "button"
    assert scene.conversation("c1").bot.turn_held_until is None
    scene.pass_time(30)
    assert bodies(scene.events, e.BotTurnFailed) == []


def test_hold_of_no_time_switches_holding_off() -> None:
    scene = Scene(rules(bot_restart_hold_s=0))
    scene.customer("c1")
    scene.says("c1")
    assert scene.holds("c1") == []


def test_each_waiting_message_has_the_full_time_of_the_bot_from_the_answer_before_it(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1", "One")
    scene.says("c1", "Two")
    scene.pass_time(4)
    scene.bot_answers("c1", "Answer to one")
    scene.pass_time(4)
    scene.bot_answers("c1", "Answer to two")
    scene.pass_time(60)
    assert scene.conversation("c1").handoff is None


def test_a_request_is_answered_within_300_s_or_the_customer_and_the_supervisor_are_told() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("c1")
    scene.waiting("c2")
    given = scene.handoff("c2").answer_by
    assert given == scene.now + timedelta(seconds=300)
    scene.withdraws("c1")
    scene.pass_time(299.9)
    assert bodies(scene.events, e.PromiseBroken) == []
    scene.pass_time(0.1)
    broken = bodies(scene.events, e.PromiseBroken)
    assert [body.answer_by for body in broken] == [given]
    assert broken[0].next_answer_by > scene.now
    assert scene.handoff("c2").answer_by == broken[0].next_answer_by
    assert scene.handoff("c2").rank == 0
    assert told_supervisor(scene.events) == ["long_wait", "promise_broken"]


def test_an_agent_who_accepts_and_says_nothing_does_not_stop_the_customers_moment() -> None:
    scene = Scene(rules(first_answer_requeue_s=1_000))
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.pass_time(300)
    assert len(bodies(scene.events, e.PromiseBroken)) == 1
    assert scene.state("c1") is HandoffState.ACTIVE


def test_moments_after_a_broken_one_lie_further_and_further_away() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("c1")
    scene.pass_time(2 * 86_400)
    moments = [body.answer_by for body in bodies(scene.events, e.PromiseBroken)]
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
    assert gaps[:3] == [300, 600, 1_200]
    assert len(moments) < 12  # not one every five minutes for two days


def test_the_seat_stays_taken_for_30_s_of_wrap_up(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.pass_time(29.9)
    assert scene.desk.seats_taken(scene.person("ada")) == 1
    scene.pass_time(0.1)
    assert scene.desk.seats_taken(scene.person("ada")) == 0


def test_the_seat_is_free_at_once_when_the_agent_says_so_and_saying_it_twice_does_nothing(
    scene: Scene,
) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    done = c.EndWrapUp(agent_id="ada", conversation_id="c1")
    assert types(scene.do(done)) == ["wrap_up_ended"]
    assert scene.desk.seats_taken(scene.person("ada")) == 0
    assert scene.do(done) == []


def test_an_agent_who_gets_the_customer_back_during_wrap_up_has_one_seat_taken_by_both() -> None:
    """The notes and the new handoff of one conversation once took two seats, and the second wrap-up two more."""
    scene = Scene()
    scene.agent("ada", capacity=2)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.asks("c1")
    scene.waiting("c2")
    assert scene.state("c2") is HandoffState.QUEUED
    scene.accept("ada", "c1")
    assert scene.offered_to("c2") == "ada"
    scene.accept("ada", "c2")
    scene.withdraws("c1")
    assert scene.desk.seats_taken(scene.person("ada")) == 2
    scene.pass_time(30)
    assert scene.desk.seats_taken(scene.person("ada")) == 1


def test_capacity_is_four_conversations_at_once(scene: Scene) -> None:
    for number in range(5):
        scene.waiting(f"c{number}")
    assert [scene.state(f"c{number}") for number in range(5)] == [HandoffState.OFFERED] * 4 + [
        HandoffState.QUEUED
    ]
