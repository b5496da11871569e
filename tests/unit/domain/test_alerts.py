"""What supervisors are told stays until somebody reacts, and goes outside the console while nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.events import AnyEvent
from handoff.domain.people import Presence
from tests.factories import WEEKDAYS_NINE_TO_FIVE, Scene, bodies, rules, told_supervisor


def asked_for(events: list[AnyEvent]) -> list[str]:
    """Why each outside notice was asked for."""
    return [body.why for body in bodies(events, e.NoticeAsked)]


def acknowledge(scene: Scene, *, by: str = "sue", seq: int | None = None) -> c.Acknowledge:
    alert = scene.conversation().alert
    number = seq if seq is not None else alert.seq if alert is not None else 0
    return c.Acknowledge(agent_id=by, conversation_id="c1", seq=number)


def long_wait(*, supervisor: bool = True, answer_by_s: float = 300) -> tuple[Scene, list[AnyEvent]]:
    """Someone waits behind the only agent's only seat until the supervisor is told."""
    scene = Scene(rules(answer_by_s=answer_by_s))
    scene.agent("ada", capacity=1)
    scene.active("ada", "other")
    scene.writes("ada", "other")
    if supervisor:
        scene.supervisor()
        scene.connect("sue")
    scene.waiting("c1")
    return scene, scene.pass_time(120)


def test_what_the_supervisor_is_told_is_an_open_alert() -> None:
    scene, events = long_wait()
    assert told_supervisor(events) == ["long_wait"]
    alert = scene.conversation().alert
    assert alert is not None
    assert (alert.why, alert.at) == ("long_wait", scene.now)
    assert scene.log()[alert.seq - 1].type == "supervisor_told"
    assert [one.conversation_id for one in scene.desk.alerted()] == ["c1"]


def test_supervisor_who_is_there_has_the_full_time_before_a_notice_goes_outside() -> None:
    scene, events = long_wait()
    assert asked_for(events) == []
    assert asked_for(scene.pass_time(59)) == []
    assert asked_for(scene.pass_time(1)) == ["long_wait"]


def test_notice_goes_outside_at_once_when_no_supervisor_is_there() -> None:
    _, events = long_wait(supervisor=False)
    assert asked_for(events) == ["long_wait"]


def test_desk_without_anybody_asks_for_a_notice_with_the_request_itself() -> None:
    scene = Scene()
    scene.customer()
    assert asked_for(scene.asks("c1")) == ["nobody_on_duty"]


def test_supervisor_who_only_reloads_the_page_counts_as_there() -> None:
    scene, _ = long_wait()
    scene.do(acknowledge(scene))
    scene.lose("sue")
    scene.now += timedelta(seconds=5)
    assert asked_for(scene.do(c.LoseAgent(agent_id="ada"))) == []
    scene.customer("c2")
    scene.pass_time(10)
    assert asked_for(scene.asks("c2")) == ["nobody_on_duty"]


def test_disabled_supervisor_is_not_there() -> None:
    scene = Scene()
    scene.supervisor()
    scene.connect("sue")
    scene.disable("sue")
    scene.customer()
    assert asked_for(scene.asks("c1")) == ["nobody_on_duty"]


def test_notice_is_asked_for_again_while_nobody_reacts() -> None:
    scene, _ = long_wait(answer_by_s=10_000)
    scene.pass_time(60)
    first = scene.now
    asked_at: list[datetime] = []
    for event in scene.pass_time(2 * 900):
        if event.type == "notice_asked":
            asked_at.append(event.at)
    assert asked_at == [first + timedelta(seconds=900), first + timedelta(seconds=1_800)]


def test_out_of_hours_the_next_notice_waits_for_the_opening() -> None:
    """Told on Friday at 16:50 that nobody is on duty: the notices stop for the weekend, and go on on Monday."""
    friday = datetime(2026, 3, 6, 16, 50, tzinfo=UTC)
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=friday)
    scene.customer()
    assert asked_for(scene.asks("c1")) == ["nobody_on_duty"]
    broken = scene.pass_until(datetime(2026, 3, 6, 17, 30, tzinfo=UTC))
    assert set(asked_for(broken)) == {"promise_broken"}
    assert asked_for(scene.pass_until(datetime(2026, 3, 9, 8, 59, tzinfo=UTC))) == []
    assert asked_for(scene.pass_until(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))) == ["promise_broken"]


def test_acknowledging_ends_the_alert_and_its_notices() -> None:
    scene, _ = long_wait()
    acknowledged = scene.do(acknowledge(scene))
    assert [event.type for event in acknowledged] == ["alert_acknowledged"]
    assert scene.conversation().alert is None
    assert list(scene.desk.alerted()) == []
    assert asked_for(scene.pass_time(60)) == []


def test_acknowledging_twice_changes_nothing_more() -> None:
    scene, _ = long_wait()
    again = acknowledge(scene)
    scene.do(again)
    assert scene.do(again) == []


def test_acknowledging_an_older_alert_leaves_the_present_one() -> None:
    scene, _ = long_wait()
    older = acknowledge(scene)
    assert "promise_broken" in told_supervisor(scene.pass_time(180))
    assert scene.do(older) == []
    alert = scene.conversation().alert
    assert alert is not None and alert.why == "promise_broken"


@pytest.mark.parametrize("seq", [0, -1, 10_000])
def test_acknowledging_what_never_was_is_refused(seq: int) -> None:
    scene, _ = long_wait()
    assert scene.refused(acknowledge(scene, seq=seq)) == "not_found"


def test_only_supervisors_acknowledge() -> None:
    scene, _ = long_wait()
    assert scene.refused(acknowledge(scene, by="ada")) == "forbidden"
    assert scene.conversation().alert is not None


def test_agent_who_joins_ends_the_alert() -> None:
    scene, _ = long_wait()
    scene.agent("ben")
    assert scene.offered_to("c1") == "ben"
    assert scene.conversation().alert is not None
    scene.accept("ben", "c1")
    assert scene.conversation().alert is None


def test_withdrawing_ends_the_alert() -> None:
    scene, _ = long_wait()
    scene.withdraws("c1")
    assert scene.conversation().alert is None
    assert asked_for(scene.pass_time(900)) == []


def test_whisper_of_the_supervisor_ends_the_alert() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.supervisor()
    scene.connect("sue")
    scene.active("ada")
    scene.writes("ada", "c1")
    assert told_supervisor(scene.pass_time(86_400)) == ["idle"]
    whisper = c.SendWhisper(agent_id="sue", conversation_id="c1", text="How is it going?", client_id="w")
    scene.do(whisper)
    assert scene.conversation().alert is None


def test_word_of_the_agent_ends_the_alert_about_a_silent_conversation() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.active("ada")
    scene.writes("ada", "c1")
    assert asked_for(scene.pass_time(86_400)) == ["idle"]
    scene.says("c1")
    assert scene.conversation().alert is not None
    scene.writes("ada", "c1")
    assert scene.conversation().alert is None


def test_promise_that_is_answered_in_the_very_act_that_breaks_it_needs_no_notice() -> None:
    """An agent who writes a moment too late has reacted: the supervisor reads of it in the log."""
    scene = Scene()
    scene.agent("ada")
    scene.active("ada")
    scene.do(scene.follow_up("ada", "c1", 60))
    scene.now += timedelta(seconds=61)
    events = scene.writes("ada", "c1")
    assert told_supervisor(events) == ["promise_broken"]
    assert asked_for(events) == []
    assert scene.conversation().alert is None


def test_alert_raised_by_the_end_outlives_the_handoff_and_gets_one_notice() -> None:
    """Two hand-backs in a day: the handoff is resolved, and the supervisor is still to look at it."""
    scene = Scene(rules(wrap_up_s=0))
    scene.supervisor()
    scene.connect("sue")
    scene.agent("ada")
    for _ in range(2):
        if "c1" not in scene.desk.conversations:
            scene.customer()
        scene.asks("c1")
        scene.accept("ada", "c1")
        scene.writes("ada", "c1")
        events = scene.do(scene.hand_back("ada", "c1"))
    assert told_supervisor(events) == ["handed_back_twice"]
    assert scene.conversation().of_concern
    assert asked_for(scene.pass_time(10_000)) == ["handed_back_twice"]
    scene.do(acknowledge(scene))
    assert not scene.conversation().of_concern


def test_open_alert_is_carried_into_the_customers_next_handoff() -> None:
    scene = Scene(rules(wrap_up_s=0))
    scene.agent("ada")
    scene.customer()
    for _ in range(2):
        scene.asks("c1")
        scene.accept("ada", "c1")
        scene.writes("ada", "c1")
        scene.do(scene.hand_back("ada", "c1"))
    scene.asks("c1")
    alert = scene.conversation().alert
    assert alert is not None and alert.why == "handed_back_twice"
    scene.accept("ada", "c1")
    assert scene.conversation().alert is None


def test_new_reason_replaces_the_old_alert_and_gets_a_notice_of_its_own() -> None:
    scene, _ = long_wait()
    assert asked_for(scene.pass_time(60)) == ["long_wait"]
    first = scene.conversation().alert
    assert first is not None
    events = scene.pass_time(120)
    assert told_supervisor(events) == ["promise_broken"]
    assert asked_for(events) == []
    second = scene.conversation().alert
    assert second is not None and second.seq > first.seq
    assert asked_for(scene.pass_time(60)) == ["promise_broken"]


def test_broken_promise_stays_the_reason_whatever_follows_from_it() -> None:
    """Broken, at the head, and nobody there: what the supervisor reads is the broken promise."""
    scene = Scene()
    scene.supervisor()
    scene.connect("sue")
    scene.customer()
    scene.asks("c1")
    events = scene.pass_time(300)
    assert told_supervisor(events) == ["promise_broken", "nobody_on_duty"]
    alert = scene.conversation().alert
    assert alert is not None and alert.why == "promise_broken"


def test_reasons_that_keep_changing_do_not_put_off_the_notice() -> None:
    """The time counts from the first that nobody reacted to, or a desk in trouble would be told ever later."""
    scene = Scene(rules(answer_by_s=150, notice_after_s=200))
    scene.agent("ada", capacity=1)
    scene.active("ada", "other")
    scene.writes("ada", "other")
    scene.supervisor()
    scene.connect("sue")
    scene.waiting("c1")
    scene.pass_time(120)  # long_wait
    told_at = scene.now
    events = scene.pass_time(200)  # promise_broken, after 150 s
    assert set(told_supervisor(events)) == {"promise_broken"}
    assert [event.at for event in events if event.type == "notice_asked"] == [
        told_at + timedelta(seconds=200)
    ]


def test_alert_folds_from_the_log() -> None:
    scene, _ = long_wait()
    scene.pass_time(60)
    scene.do(acknowledge(scene))
    scene.pass_time(400)
    scene.check_logs()


def test_supervisor_who_is_away_but_connected_is_there() -> None:
    scene = Scene()
    scene.supervisor(online=True)
    scene.set_presence("sue", Presence.AWAY)
    scene.customer()
    events = scene.asks("c1")
    assert told_supervisor(events) == ["nobody_on_duty"]
    assert asked_for(events) == []
