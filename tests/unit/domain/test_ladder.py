"""The ladder as data: what is done as a handoff waits, in any ladder, and while the ladder is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handoff.domain import events as e
from handoff.domain.desk import DeskRules
from handoff.domain.handoff import ChosenBy, HandoffState
from handoff.domain.ladder import DEFAULT_LADDER, LadderStep, Step, resolved
from handoff.domain.people import Presence
from handoff.domain.policy import Policy
from handoff.domain.routes import Route
from tests.factories import Scene, bodies, rules, told_supervisor

LONG = 100_000  # no promise is broken while a ladder is looked at


def widen(after_s: float, *teams: str) -> LadderStep:
    return LadderStep(do=Step.WIDEN, after_s=after_s, teams=teams)


def tell(after_s: float) -> LadderStep:
    return LadderStep(do=Step.TELL_SUPERVISOR, after_s=after_s)


def with_ladder(*steps: LadderStep, desk_rules: DeskRules | None = None) -> DeskRules:
    return replace(desk_rules or rules(answer_by_s=LONG), ladder=steps)


def steps_of(scene: Scene) -> list[str]:
    return [body.rung for body in bodies(scene.events, e.LadderStepped)]


def busy(scene: Scene, agent_id: str = "ada") -> None:
    """Somebody of every team is on duty, and has no seat."""
    scene.agent(agent_id, capacity=1)
    scene.active(agent_id, f"of-{agent_id}")
    scene.writes(agent_id, f"of-{agent_id}")


# --- the data ---


def test_the_ladder_without_a_word_in_the_desk_file_is_team_any_team_supervisor_promise() -> None:
    found = resolved(DEFAULT_LADDER, Policy())
    assert [(rung.rung, rung.after_s, rung.teams) for rung in found] == [
        ("widened", 60, ()),
        ("supervisor_told", 120, ()),
        ("promise_offered", 300, ()),
    ]


def test_a_step_without_a_time_follows_the_setting_and_one_with_a_time_does_not() -> None:
    ladder = (LadderStep(do=Step.WIDEN), tell(7), LadderStep(do=Step.OFFER_PROMISE))
    found = resolved(ladder, replace(Policy(), widen_s=1, supervisor_s=2, promise_s=3))
    assert [(rung.do, rung.after_s) for rung in found] == [
        (Step.WIDEN, 1),
        (Step.OFFER_PROMISE, 3),
        (Step.TELL_SUPERVISOR, 7),
    ]


def test_steps_of_one_kind_have_names_of_their_own_that_do_not_depend_on_their_times() -> None:
    ladder = (widen(10, "sales", "billing"), widen(20), tell(30), tell(40))
    names = [rung.rung for rung in resolved(ladder, Policy())]
    assert names == ["widened:billing,sales", "widened", "supervisor_told", "supervisor_told#2"]
    later = (widen(11, "billing", "sales"), widen(21), tell(31), tell(41))
    assert [rung.rung for rung in resolved(later, Policy())] == names


# --- carried out ---


def test_a_wait_widens_to_the_named_team_first_and_to_everybody_later() -> None:
    scene = Scene(with_ladder(widen(30, "billing"), widen(90)))
    busy(scene)
    scene.agent("bea", teams=("billing",))
    scene.agent("eve", teams=("nowhere",))
    scene.waiting("c1")
    scene.pass_time(29.9)
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "bea"
    assert bodies(scene.events, e.OfferMade)[-1].matched == ("widened=billing", "language=en")
    scene.decline("bea", "c1")
    scene.set_presence("bea", Presence.AWAY)
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "eve"
    assert bodies(scene.events, e.OfferMade)[-1].matched == ("widened=any_team", "language=en")
    assert steps_of(scene) == ["widened:billing", "widened"]
    scene.check_logs()


def test_widening_to_named_teams_still_asks_for_the_language() -> None:
    scene = Scene(
        with_ladder(widen(30, "billing"), desk_rules=rules(answer_by_s=LONG, site_languages=("en", "de")))
    )
    busy(scene)
    scene.agent("bea", teams=("billing",), languages=("en",))
    scene.agent("bob", teams=("billing",), languages=("de",))
    scene.waiting("c1", locale="de")
    scene.pass_time(30)
    assert scene.offered_to("c1") == "bob"
    scene.decline("bob", "c1")
    scene.pass_time(LONG / 2)
    assert scene.state("c1") is HandoffState.QUEUED


def test_every_step_asks_those_again_who_declined_before_it() -> None:
    scene = Scene(with_ladder(tell(30), tell(60)))
    scene.agent("ada")
    scene.waiting("c1")
    for seconds in (30, 30):
        scene.decline("ada", "c1")
        assert scene.state("c1") is HandoffState.QUEUED
        scene.pass_time(seconds)
        assert scene.offered_to("c1") == "ada"
    assert told_supervisor(scene.events) == ["long_wait", "long_wait"]


def test_the_call_back_that_is_offered_is_for_the_moment_that_accepting_it_promises() -> None:
    """It once named a later moment than the one that the customer had been given, and would have got."""
    scene = Scene(rules(promise_s=60))
    busy(scene)
    scene.waiting("c1")
    given = scene.handoff("c1").answer_by
    scene.pass_time(60)
    assert [body.answer_by for body in bodies(scene.events, e.PromiseOffered)] == [given]
    scene.do(scene.callback("c1"))
    promise = scene.handoff("c1").promise
    assert promise is not None
    assert promise.answer_by == given


def test_a_new_stretch_of_waiting_begins_at_the_foot_of_the_ladder() -> None:
    scene = Scene(
        with_ladder(widen(30, "billing"), desk_rules=rules(answer_by_s=LONG, first_answer_requeue_s=120))
    )
    busy(scene)
    scene.agent("bea", teams=("billing",))
    scene.waiting("c1")
    scene.pass_time(30)
    scene.accept("bea", "c1")
    assert scene.handoff("c1").wider_teams == ()
    scene.pass_time(120)  # not a word: somebody else is asked, of the team first
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(29.9)
    assert steps_of(scene).count("widened:billing") == 1
    scene.pass_time(0.1)
    assert steps_of(scene).count("widened:billing") == 2
    scene.check_logs()


# --- changed while handoffs wait ---


def test_a_step_that_was_done_is_not_done_again_under_a_changed_ladder() -> None:
    scene = Scene(with_ladder(widen(30, "billing"), tell(60)))
    busy(scene)
    scene.waiting("c1")
    scene.pass_time(60)
    assert steps_of(scene) == ["widened:billing", "supervisor_told"]
    scene.put_in_force(with_ladder(tell(100), widen(200, "billing"), widen(300)))
    scene.pass_time(239.9)
    assert steps_of(scene) == ["widened:billing", "supervisor_told"]
    scene.pass_time(0.1)
    assert steps_of(scene) == ["widened:billing", "supervisor_told", "widened"]
    scene.check_logs()


def test_a_step_that_a_changed_ladder_puts_into_the_past_is_done_at_once() -> None:
    scene = Scene(with_ladder(tell(1_000)))
    busy(scene)
    scene.agent("bea", teams=("billing",))
    scene.waiting("c1")
    scene.pass_time(500)
    assert steps_of(scene) == []
    scene.put_in_force(with_ladder(widen(100, "billing"), tell(400)))
    scene.sweep()
    assert steps_of(scene) == ["widened:billing", "supervisor_told"]
    assert scene.offered_to("c1") == "bea"


def test_teams_that_a_step_opened_stay_open_when_the_ladder_no_longer_names_them() -> None:
    scene = Scene(with_ladder(widen(30, "billing"), tell(60)))
    busy(scene)
    scene.waiting("c1")
    scene.pass_time(30)
    scene.put_in_force(with_ladder(tell(60)))
    scene.agent("bea", teams=("billing",))
    assert scene.offered_to("c1") == "bea"
    scene.check_logs()


def test_a_team_that_is_gone_is_stood_in_for_by_the_first_one() -> None:
    scene = Scene(with_ladder(tell(60)))
    scene.agent("ada", teams=("billing",))
    scene.agent("bea", teams=("billing",))
    scene.agent("cem", teams=("service",))
    scene.set_presence("cem", Presence.AWAY)
    scene.waiting("c1")
    scene.do(scene.assign(scene.supervisor(online=True), "c1", "ada"))
    scene.set_presence("sue", Presence.AWAY)
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    scene.decline("bea", "c1")
    scene.put_in_force(replace(scene.desk.rules, teams=scene.desk.rules.teams[:1]))
    scene.set_presence("cem", Presence.ONLINE)
    assert scene.offered_to("c1") == "cem"


@pytest.mark.parametrize("ladder", [(), (tell(500),)])
def test_a_transfer_that_nobody_takes_comes_back_in_time_under_a_ladder_that_never_widens(
    ladder: tuple[LadderStep, ...],
) -> None:
    """The time of a transfer once was the time of a step that a ladder need not have."""
    scene = Scene(with_ladder(*ladder))
    scene.agent("ada")
    scene.agent("bea", teams=("billing",))
    scene.set_presence("bea", Presence.AWAY)
    scene.active("ada", "c1")
    scene.set_presence("bea", Presence.ONLINE)
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    assert scene.offered_to("c1") == "bea"
    scene.decline("bea", "c1")
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(0.1)
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.agent_id, offer.chosen_by) == ("ada", ChosenBy.SENDER)


def test_a_ladder_that_never_asks_everybody_does_so_at_last() -> None:
    """A skill that nobody has would otherwise be waited for until a supervisor looks."""
    desk_rules = with_ladder(widen(30, "billing"), tell(400), desk_rules=rules(answer_by_s=LONG))
    scene = Scene(replace(desk_rules, routes=(Route(skills=("nobody-has-it",)),)))
    scene.agent("ada")
    scene.waiting("c1")
    scene.pass_time(LONG - 0.1)
    assert steps_of(scene) == ["widened:billing", "supervisor_told"]
    scene.pass_time(0.1)
    assert steps_of(scene) == ["widened:billing", "supervisor_told", "widened"]
    assert scene.offered_to("c1") == "ada"


@pytest.mark.parametrize(("answer_by_s", "at"), [(300, 400), (500, 500)])
def test_the_last_step_comes_after_the_others_and_not_before_a_promise_is_over(
    answer_by_s: float, at: float
) -> None:
    desk_rules = with_ladder(widen(30, "billing"), tell(400), desk_rules=rules(answer_by_s=answer_by_s))
    assert [rung.after_s for rung in desk_rules.rungs] == [30, 400, at]


def test_a_ladder_of_nothing_still_keeps_the_moment_that_was_given() -> None:
    scene = Scene(with_ladder(desk_rules=rules()))
    busy(scene)
    scene.waiting("c1")
    scene.pass_time(300)
    assert len(bodies(scene.events, e.PromiseBroken)) == 1
    assert told_supervisor(scene.events) == ["promise_broken"]
