"""Promises: made when nobody can be expected, by agents and for customers; kept or broken, never forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff.domain import events as e
from handoff.domain.errors import Code
from handoff.domain.handoff import ChosenBy, HandoffState, Outcome
from handoff.domain.people import Presence
from tests.factories import (
    WEEKDAYS_NINE_TO_FIVE,
    Scene,
    bodies,
    rules,
    told_supervisor,
    types,
)

FRIDAY_EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
MONDAY_AFTER = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def scene() -> Scene:
    """Nobody is there."""
    return Scene()


def _promise_owner(scene: Scene, conversation_id: str = "c1") -> tuple[str, str]:
    promise = scene.handoff(conversation_id).promise
    assert promise is not None
    return promise.owner.kind, promise.owner.id


def _rungs(scene: Scene) -> list[str]:
    return [body.rung for body in bodies(scene.events, e.LadderStepped)]


def _followed_up(scene: Scene, seconds: float = 3_600) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.follow_up("ada", "c1", seconds))


# --- made ---


def test_nobody_in_opening_hours_is_a_promise_at_once_and_the_supervisor_is_told(scene: Scene) -> None:
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    assert scene.handoff("c1").answer_by == scene.now + timedelta(seconds=300)
    assert _promise_owner(scene) == ("team", "service")
    assert told_supervisor(scene.events) == ["nobody_on_duty"]


def test_out_of_hours_a_promise_is_for_an_hour_after_opening_and_nobody_is_woken() -> None:
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=FRIDAY_EVENING)
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    assert scene.handoff("c1").answer_by == MONDAY_AFTER + timedelta(hours=1)
    assert told_supervisor(scene.events) == []


def test_a_promise_keeps_the_moment_that_was_given_with_the_request() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.waiting("c1")
    given = scene.handoff("c1").answer_by
    scene.pass_time(30)
    scene.set_presence("ada", Presence.OFFLINE)
    assert scene.state("c1") is HandoffState.PROMISED
    assert scene.handoff("c1").answer_by == given


def test_a_customer_can_name_the_time_of_a_call_back(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")
    at = scene.now + timedelta(days=1)
    scene.do(scene.callback("c1", at))
    promise = scene.handoff("c1").promise
    assert promise is not None
    assert (promise.answer_by, promise.time_named) == (at, True)
    assert promise.contact is not None
    assert promise.contact.phone == "+49 40 123456"
    assert scene.state("c1") is HandoffState.PROMISED  # although ada is free: the customer chose the time


def test_a_call_back_asks_for_a_person_if_nobody_has(scene: Scene) -> None:
    scene.customer("c1")
    events = scene.do(scene.callback("c1"))
    assert types(events)[:2] == ["handoff_requested", "handoff_queued"]
    assert scene.state("c1") is HandoffState.PROMISED


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_a_call_back_lies_in_the_future_and_within_sixty_days(scene: Scene, days: int) -> None:
    scene.waiting("c1")
    before = scene.handoff("c1")
    assert scene.refused(scene.callback("c1", scene.now + timedelta(days=days))) is Code.BAD_REQUEST
    assert scene.handoff("c1") == before


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 7, 12, 0, tzinfo=UTC),
        datetime(2026, 3, 9, 8, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 9, 17, 0, tzinfo=UTC),
    ],
)
def test_a_call_back_is_refused_for_a_time_at_which_the_desk_is_closed(at: datetime) -> None:
    """It was taken once, over the wire: a promise that nobody was there to keep. The refusal says when it opens."""
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=FRIDAY_EVENING)
    scene.customer("c1")
    refusal = scene.refusal(scene.callback("c1", at))
    assert refusal.code is Code.BAD_REQUEST
    opens = "2026-03-10" if at.hour == 17 else "2026-03-09"
    assert refusal.message.endswith(f"It opens next at {opens}T09:00:00Z.")
    assert scene.conversation("c1").handoff is None


def test_a_call_back_at_the_opening_is_promised_out_of_hours() -> None:
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=FRIDAY_EVENING)
    scene.customer("c1")
    scene.do(scene.callback("c1", MONDAY_AFTER))
    assert scene.handoff("c1").answer_by == MONDAY_AFTER


def test_a_call_back_while_an_agent_has_the_conversation_is_agreed_with_the_agent(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    assert scene.refused(scene.callback("c1")) is Code.CONFLICT


# --- taken up early ---


def test_a_promise_without_a_named_time_is_taken_up_when_an_agent_is_free(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ada")
    assert scene.offered_to("c1") == "ada"


def test_the_promise_that_is_due_first_is_taken_up_first(scene: Scene) -> None:
    scene.waiting("first")
    scene.pass_time(10)
    scene.waiting("second")
    scene.agent("ada", capacity=1)
    assert scene.offered_to("first") == "ada"
    assert scene.state("second") is HandoffState.PROMISED


def test_a_named_time_waits_until_the_customer_writes_while_somebody_is_on_duty(scene: Scene) -> None:
    scene.waiting("c1")
    scene.do(scene.callback("c1", scene.now + timedelta(days=1)))
    scene.agent("ada")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.says("c1", "Actually I am here now")
    assert scene.offered_to("c1") == "ada"
    assert scene.conversation("c1").bot.pending == ()


def test_writing_while_nobody_is_on_duty_leaves_the_promise_and_asks_the_bot(scene: Scene) -> None:
    scene.waiting("c1")
    scene.says("c1", "And where is my parcel?")
    assert scene.state("c1") is HandoffState.PROMISED
    assert len(scene.conversation("c1").bot.pending) == 1


def test_a_promise_that_is_taken_up_has_its_old_place() -> None:
    scene = Scene()
    scene.waiting("old")
    scene.pass_time(1)
    scene.do(scene.callback("old", scene.now + timedelta(days=1)))
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.waiting("newer")
    scene.says("old", "I am here now")
    assert (scene.place("old"), scene.place("newer")) == (1, 2)


# --- kept ---


def test_a_promise_of_the_team_is_kept_by_the_first_message_of_any_of_its_agents(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ada")
    scene.accept("ada", "c1")
    assert "promise_kept" not in types(scene.events)
    events = scene.writes("ada", "c1")
    assert types(events) == ["message", "promise_kept"]
    assert types(scene.writes("ada", "c1", "More")) == ["message"]  # once


def test_a_promise_is_kept_by_a_contact_that_reached_the_customer(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ada")
    scene.accept("ada", "c1")
    assert types(scene.contact("ada", "c1", "reached")) == ["contacted", "promise_kept"]


def test_the_owner_takes_a_promise_up_by_writing_and_keeps_it(scene: Scene) -> None:
    _followed_up(scene)
    scene.set_presence("ada", Presence.AWAY)
    events = scene.writes("ada", "c1", "As promised")
    assert types(events)[:1] == ["agent_joined"]
    assert types(events)[-1] == "promise_kept"
    assert scene.state("c1") is HandoffState.ACTIVE


def test_a_promise_is_not_taken_up_without_a_free_seat(scene: Scene) -> None:
    scene.agent("ada", capacity=1)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.follow_up("ada", "c1", 3_600))
    scene.active("ada", "c2")
    assert scene.refused(scene.message("ada", "c1")) is Code.CONFLICT
    assert scene.state("c1") is HandoffState.PROMISED


def test_another_agent_cannot_take_up_a_promise_by_writing(scene: Scene) -> None:
    _followed_up(scene)
    scene.agent("ben")
    assert scene.refused(scene.message("ben", "c1")) is Code.NOT_FOUND


def test_a_promise_answered_at_its_very_moment_is_kept(scene: Scene) -> None:
    _followed_up(scene, 60)
    scene.now += timedelta(seconds=60)
    assert types(scene.writes("ada", "c1"))[-1] == "promise_kept"


def test_a_word_that_comes_a_moment_too_late_is_recorded_as_a_broken_promise() -> None:
    """Between the moment and the sweep, a promise once was neither kept nor broken."""
    scene = Scene()
    scene.waiting("promised")
    scene.agent("ada")
    scene.accept("ada", "promised")
    scene.active("ada", "plain")
    scene.now += timedelta(seconds=300.5)
    for conversation_id in ("promised", "plain"):
        events = scene.writes("ada", conversation_id)
        assert types(events)[:3] == ["promise_broken", "supervisor_told", "message"]


# --- ahead of its moment ---


def _called_back(scene: Scene, seconds: float, conversation_id: str = "c1") -> datetime:
    scene.waiting(conversation_id)
    at = scene.now + timedelta(seconds=seconds)
    scene.do(scene.callback(conversation_id, at))
    return at


def test_a_call_back_at_a_named_time_is_queued_five_minutes_ahead_and_can_be_kept(scene: Scene) -> None:
    """It once went to an agent at the very moment at which it was broken, unless somebody had thought of it before."""
    scene.agent("ada", capacity=1)
    at = _called_back(scene, 86_400)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.pass_until(at - timedelta(seconds=300.1))
    assert scene.state("c1") is HandoffState.PROMISED
    scene.waiting("other")
    scene.pass_time(0.1)
    assert scene.state("c1") is HandoffState.QUEUED
    assert (scene.place("c1"), scene.handoff("c1").rank, scene.handoff("c1").answer_by) == (1, 0, at)
    scene.do(scene.resolve("ada", "busy"))
    scene.pass_time(30)
    scene.accept("ada", "c1")
    assert types(scene.contact("ada", "c1", "reached")) == ["contacted", "promise_kept"]
    assert bodies(scene.events, e.PromiseBroken) == []


@pytest.mark.parametrize(("span_s", "ahead_s"), [(60, 6), (3_000, 300), (86_400, 300)])
def test_a_promise_is_taken_up_at_most_a_tenth_of_its_span_ahead(
    scene: Scene, span_s: float, ahead_s: float
) -> None:
    scene.agent("ada")
    at = _called_back(scene, span_s)
    scene.pass_until(at - timedelta(seconds=ahead_s + 0.1))
    assert scene.state("c1") is HandoffState.PROMISED
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "ada"


def test_a_promise_of_the_team_with_nobody_there_ahead_of_its_moment_tells_the_supervisor_in_time(
    scene: Scene,
) -> None:
    at = _called_back(scene, 86_400)
    before = len(scene.events)
    scene.pass_until(at - timedelta(seconds=299))
    assert told_supervisor(scene.events[before:]) == ["nobody_on_duty"]
    assert (scene.state("c1"), scene.handoff("c1").answer_by) == (HandoffState.PROMISED, at)
    scene.agent("ada")  # within the last minutes any agent of the team may take it
    scene.accept("ada", "c1")
    assert types(scene.writes("ada", "c1"))[-1] == "promise_kept"


def test_the_owner_of_a_promise_is_reminded_ahead_of_it_once_and_keeps_it(scene: Scene) -> None:
    _followed_up(scene)
    scene.pass_time(3_299)
    assert "promise_reminded" not in _rungs(scene)
    scene.pass_time(1)
    assert _rungs(scene) == ["promise_reminded"]
    assert scene.state("c1") is HandoffState.PROMISED
    assert told_supervisor(scene.events) == []
    scene.pass_time(299)
    assert types(scene.writes("ada", "c1"))[-1] == "promise_kept"
    assert _rungs(scene) == ["promise_reminded"]
    scene.check_logs()


def test_the_supervisor_is_told_ahead_of_a_promise_whose_owner_is_not_there(scene: Scene) -> None:
    _followed_up(scene)
    scene.lose("ada")
    scene.pass_time(3_300)
    assert _rungs(scene) == ["promise_reminded"]
    assert told_supervisor(scene.events) == ["promise_owner_away"]
    scene.pass_time(299)
    scene.do(scene.assign(scene.supervisor(online=True), "c1", "sue"))
    scene.writes("sue", "c1")
    assert bodies(scene.events, e.PromiseBroken) == []


def test_a_new_promise_after_a_failed_contact_is_reminded_of_again(scene: Scene) -> None:
    _followed_up(scene, 1_000)
    scene.pass_time(900)
    scene.contact("ada", "c1", "not_reached")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.pass_time(299)
    assert _rungs(scene) == ["promise_reminded", "promise_reminded"]


def test_a_server_that_was_down_over_both_moments_breaks_the_promise_at_once_and_queues_it(
    scene: Scene,
) -> None:
    scene.agent("ada")
    at = _called_back(scene, 3_600)
    scene.now = at + timedelta(hours=2)
    scene.sweep()
    assert len(bodies(scene.events, e.PromiseBroken)) == 1
    assert scene.offered_to("c1") == "ada"


def test_a_promise_of_the_team_still_prefers_the_returning_customers_last_agent(scene: Scene) -> None:
    """Nobody there for a moment once made the desk forget who had served the customer before."""
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.pass_time(30)
    scene.agent("ben", online=False)
    scene.set_presence("ada", Presence.AWAY)
    scene.asks("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.connect("ben")
    scene.set_presence("ada", Presence.ONLINE)
    scene.set_presence("ben", Presence.ONLINE)
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.agent_id, offer.chosen_by) == ("ada", ChosenBy.RETURNING_CUSTOMER)


def test_a_customer_who_moves_an_agents_promise_to_a_call_back_still_has_that_agent_preferred(
    scene: Scene,
) -> None:
    """The call-back is the team's to keep; whom the customer knows was forgotten with it."""
    _followed_up(scene, 86_400)
    scene.agent("ben")
    scene.pass_time(60)
    scene.active("ada", "another")  # from now on ben is idle for longer
    scene.writes("ada", "another")
    at = scene.now + timedelta(seconds=3_600)
    scene.do(scene.callback("c1", at))
    assert _promise_owner(scene) == ("team", "service")
    scene.pass_until(at - timedelta(seconds=300))
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.agent_id, offer.chosen_by) == ("ada", ChosenBy.RETURNING_CUSTOMER)


# --- broken ---


def test_a_broken_promise_is_told_to_customer_and_supervisor_and_is_at_the_head(scene: Scene) -> None:
    _followed_up(scene)
    scene.active("ada", "c2")
    scene.writes("ada", "c2")
    scene.pass_time(3_599)
    assert bodies(scene.events, e.PromiseBroken) == []
    before = len(scene.events)
    scene.pass_time(1)
    events = scene.events[before:]
    assert types(events)[:3] == ["promise_broken", "supervisor_told", "handoff_queued"]
    assert told_supervisor(events) == ["promise_broken"]
    assert bodies(events, e.HandoffQueued)[0].rank == 0


def test_an_agents_promise_is_the_teams_once_it_is_broken(scene: Scene) -> None:
    """The customer once went on reading the name of somebody who had gone home."""
    _followed_up(scene)
    scene.set_presence("ada", Presence.OFFLINE)
    scene.pass_time(3_600)
    assert _promise_owner(scene) == ("team", "service")
    scene.agent("ben")
    scene.accept("ben", "c1")
    assert "promise_kept" in types(scene.writes("ben", "c1"))


def test_a_due_promise_is_offered_to_its_owner_first(scene: Scene) -> None:
    _followed_up(scene)
    scene.agent("ben")
    scene.pass_time(3_600)
    assert scene.offered_to("c1") == "ada"
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert offer.chosen_by is ChosenBy.PROMISE_OWNER


def test_a_broken_promise_with_nobody_there_is_promised_anew_and_not_in_a_loop(scene: Scene) -> None:
    scene.waiting("c1")
    scene.pass_time(86_400)
    broken = bodies(scene.events, e.PromiseBroken)
    assert 2 < len(broken) < 12
    assert scene.state("c1") is HandoffState.PROMISED
    for body in broken:
        assert body.next_answer_by > body.answer_by


def test_no_promise_is_broken_over_a_weekend_that_was_promised_for_monday() -> None:
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=FRIDAY_EVENING)
    scene.waiting("c1")
    scene.pass_until(MONDAY_AFTER + timedelta(seconds=3_599))
    assert bodies(scene.events, e.PromiseBroken) == []
    scene.pass_time(1)
    assert len(bodies(scene.events, e.PromiseBroken)) == 1


def test_a_promise_broken_after_hours_is_promised_for_the_next_opening() -> None:
    just_before_closing = datetime(2026, 3, 6, 16, 58, tzinfo=UTC)
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=just_before_closing)
    scene.waiting("c1")
    scene.pass_time(301)
    assert bodies(scene.events, e.PromiseBroken)[0].next_answer_by == MONDAY_AFTER + timedelta(hours=1)


# --- overdue ---


def _overdue_since(scene: Scene) -> datetime | None:
    return scene.handoff("c1").overdue_since(scene.now)


def test_what_is_owed_is_overdue_from_the_first_moment_that_was_missed_until_a_person_answers() -> None:
    scene = Scene()
    scene.waiting("c1")
    first_moment = scene.handoff("c1").answer_by
    scene.pass_time(299)
    assert _overdue_since(scene) is None
    scene.now += timedelta(seconds=1)
    assert _overdue_since(scene) == first_moment, "before the sweep has found it"
    scene.pass_time(2_000)
    assert scene.handoff("c1").promises_broken > 1
    assert _overdue_since(scene) == first_moment
    scene.agent("ada")
    scene.accept("ada", "c1")
    assert _overdue_since(scene) == first_moment
    scene.writes("ada", "c1")
    assert _overdue_since(scene) is None
    scene.pass_time(5)
    scene.set_presence("ada", Presence.OFFLINE)
    scene.lose("ada")
    scene.pass_time(61)
    assert scene.handoff("c1").answer_by is not None
    assert _overdue_since(scene) is None, "what is owed anew is not late yet"


def test_a_moment_agreed_with_a_person_or_by_the_customer_is_no_longer_overdue(scene: Scene) -> None:
    scene.agent("ada", online=False)
    scene.waiting("c1")
    scene.pass_time(400)
    assert _overdue_since(scene) is not None
    scene.do(scene.callback("c1", scene.now + timedelta(hours=2)))
    assert _overdue_since(scene) is None


def test_what_has_ended_is_not_overdue(scene: Scene) -> None:
    scene.waiting("c1")
    scene.pass_time(400)
    scene.withdraws("c1")
    assert _overdue_since(scene) is None


# --- follow-up ---


def test_a_follow_up_later_than_a_moment_still_owed_breaks_that_moment_openly(scene: Scene) -> None:
    """An agent once could put off a customer who had been told five minutes until tomorrow, with not one word."""
    scene.agent("ada")
    scene.active("ada", "c1")
    owed = scene.handoff("c1").answer_by
    events = scene.do(scene.follow_up("ada", "c1", 86_400))
    assert types(events)[:3] == ["promise_broken", "supervisor_told", "handoff_promised"]
    assert bodies(events, e.PromiseBroken)[0].answer_by == owed


def test_a_follow_up_after_a_word_to_the_customer_breaks_nothing(scene: Scene) -> None:
    _followed_up(scene, 86_400)
    assert bodies(scene.events, e.PromiseBroken) == []


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_a_follow_up_lies_in_the_future_and_within_sixty_days(scene: Scene, days: int) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    before = scene.handoff("c1")
    assert scene.refused(scene.follow_up("ada", "c1", days * 86_400)) is Code.BAD_REQUEST
    assert scene.handoff("c1") == before


# --- failed contact ---


def test_a_failed_contact_gives_one_new_promise_of_the_same_agent(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")
    scene.do(scene.callback("c1"))
    scene.accept("ada", "c1")
    scene.contact("ada", "c1", "not_reached")
    promise = scene.handoff("c1").promise
    assert scene.state("c1") is HandoffState.PROMISED
    assert promise is not None
    assert (promise.owner.kind, promise.owner.id) == ("agent", "ada")
    assert promise.contact is not None
    assert promise.contact.phone == "+49 40 123456"


def test_after_the_second_failed_contact_the_agent_may_resolve_as_unreachable_and_only_so(
    scene: Scene,
) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")
    assert scene.refused(scene.resolve("ada", "c1", Outcome.UNREACHABLE)) is Code.CONFLICT
    scene.contact("ada", "c1", "not_reached")
    scene.contact("ada", "c1", "not_reached")
    assert scene.state("c1") is HandoffState.ACTIVE  # one new promise, not two
    assert scene.refused(scene.resolve("ada", "c1", Outcome.DONE)) is Code.CONFLICT
    scene.do(scene.resolve("ada", "c1", Outcome.UNREACHABLE))
    assert scene.handoff("c1").outcome is Outcome.UNREACHABLE
    scene.check_logs()


def test_an_agent_who_never_tried_cannot_resolve_as_unreachable(scene: Scene) -> None:
    """The attempts of a colleague once were enough."""
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.contact("ada", "c1", "not_reached")
    scene.contact("ada", "c1", "not_reached")
    scene.agent("ben")
    scene.disable("ada")
    scene.accept("ben", "c1")
    assert scene.refused(scene.resolve("ben", "c1", Outcome.UNREACHABLE)) is Code.CONFLICT


def test_a_failed_contact_does_not_keep_a_promise(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ada")
    scene.accept("ada", "c1")
    assert "promise_kept" not in types(scene.contact("ada", "c1", "not_reached"))
