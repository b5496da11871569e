"""The server was down over a deadline, each kind of them: those on people start again in full, those owed to
customers apply at once. Source: design, section 5, "What happens when"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.deadlines import Due, deadlines, due_now
from handoff.domain.people import Presence
from tests.factories import Scene, bodies, rules

DOWN = timedelta(days=30)  # over any deadline there is


def _the_bot_owes_an_answer(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1")


def _offered(scene: Scene) -> None:
    scene.agent("ada")
    scene.waiting("c1")


def _offered_to_somebody_lost(scene: Scene) -> None:
    _offered(scene)
    scene.lose("ada")


def _accepted(scene: Scene) -> None:
    scene.agent("ada")
    scene.active("ada", "c1")


def _answered(scene: Scene) -> None:
    _accepted(scene)
    scene.writes("ada", "c1")


def _with_somebody_lost(scene: Scene) -> None:
    _answered(scene)
    scene.lose("ada")


def _unanswered(scene: Scene) -> None:
    _answered(scene)
    scene.says("c1", "And now?")


def _nobody_there(scene: Scene) -> None:
    scene.waiting("c1")


def _all_seats_taken(scene: Scene) -> None:
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("c1")


def _called_back_at_four(scene: Scene) -> None:
    scene.customer("c1")
    scene.do(scene.callback("c1", at=scene.now + timedelta(hours=4)))


def _transferred_and_declined(scene: Scene) -> None:
    scene.agent("ada", teams=("service",))
    scene.agent("ben", teams=("billing",))
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.transfer("ada", "c1", to_team="billing"))
    scene.decline("ben", "c1")


Build = Callable[[Scene], None]

# What is due, how it comes about, and the seconds that the people have again.
ON_PEOPLE: dict[Due, tuple[Build, float]] = {
    Due.OFFER_EXPIRES: (_offered, 20),
    Due.OFFERED_AGENT_LOST: (_offered_to_somebody_lost, 10),
    Due.ACTIVE_AGENT_LOST: (_with_somebody_lost, 60),
    Due.FIRST_ANSWER_REMIND: (_accepted, 60),
    Due.FIRST_ANSWER_REQUEUE: (_accepted, 120),
    Due.NEXT_ANSWER_REMIND: (_unanswered, 180),
    Due.NEXT_ANSWER_REQUEUE: (_unanswered, 600),
}

# What is due, how it comes about, and the event that shows its consequence.
OWED_TO_CUSTOMERS: dict[Due, tuple[Build, type[e.Body]]] = {
    Due.BOT_TURN: (_the_bot_owes_an_answer, e.HandoffRequested),
    Due.ANSWER_BY: (_nobody_there, e.PromiseBroken),
    Due.PROMISE_AHEAD: (_called_back_at_four, e.PromiseBroken),  # its moment has passed too
    Due.LADDER: (_all_seats_taken, e.LadderStepped),
    Due.TRANSFER_NOT_TAKEN: (_transferred_and_declined, e.TransferFailed),
    Due.IDLE_REVIEW: (_answered, e.SupervisorTold),
    Due.NOTICE: (_nobody_there, e.NoticeAsked),
}


def _scene(build: Build, due: Due) -> Scene:
    scene = Scene(rules(site_languages=("en",)))
    build(scene)
    open_ones = [one.due for one in deadlines(scene.conversation("c1"), scene.desk.rules)]
    assert due in open_ones, f"the scene does not lead to {due}: {open_ones}"
    return scene


def _comes_back(scene: Scene) -> None:
    scene.now += DOWN
    scene.do(c.RestartClocks(sockets_lost=True))


def test_every_kind_of_deadline_is_on_people_or_owed_to_customers() -> None:
    assert set(ON_PEOPLE) | set(OWED_TO_CUSTOMERS) == set(Due)
    assert not set(ON_PEOPLE) & set(OWED_TO_CUSTOMERS)


@pytest.mark.parametrize("due", ON_PEOPLE)
def test_people_have_their_time_again_in_full(due: Due) -> None:
    build, seconds = ON_PEOPLE[due]
    scene = _scene(build, due)
    _comes_back(scene)
    assert due not in [one.due for one in due_now(scene.conversation("c1"), scene.desk.rules, scene.now)]
    scene.sweep()
    [again] = [one for one in deadlines(scene.conversation("c1"), scene.desk.rules) if one.due is due]
    assert (again.at - scene.now).total_seconds() == seconds
    scene.check_logs()


@pytest.mark.parametrize("due", OWED_TO_CUSTOMERS)
def test_what_is_owed_to_a_customer_applies_at_once(due: Due) -> None:
    build, consequence = OWED_TO_CUSTOMERS[due]
    scene = _scene(build, due)
    _comes_back(scene)
    assert due in [one.due for one in due_now(scene.conversation("c1"), scene.desk.rules, scene.now)]
    done = scene.sweep()
    assert bodies(done, consequence), [event.type for event in done]
    assert due_now(scene.conversation("c1"), scene.desk.rules, scene.now) == []
    scene.check_logs()


def test_a_wrap_up_that_ended_meanwhile_frees_the_seat_at_once() -> None:
    scene = Scene()
    _answered(scene)
    scene.do(scene.resolve("ada", "c1"))
    assert scene.desk.seats_taken(scene.person("ada")) == 1
    _comes_back(scene)
    scene.sweep()
    assert scene.desk.seats_taken(scene.person("ada")) == 0


def test_an_agent_who_had_just_lost_the_socket_has_the_full_time_to_come_back() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.lose("ada")
    _comes_back(scene)
    scene.sweep()
    scene.pass_time(9.9)
    assert scene.person("ada").presence is Presence.ONLINE
    scene.pass_time(0.1)
    assert scene.person("ada").presence is Presence.OFFLINE


def test_one_stop_after_another_gives_agents_their_time_each_time_and_customers_theirs_once() -> None:
    scene = Scene()
    _offered(scene)
    for _ in range(5):
        _comes_back(scene)
        scene.sweep()
    assert scene.offered_to("c1") == "ada"
    moments = [body.next_answer_by for body in bodies(scene.events, e.PromiseBroken)]
    assert len(moments) == 5 and moments == sorted(moments)
    scene.check_logs()
