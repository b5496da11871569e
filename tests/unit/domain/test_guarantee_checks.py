"""The checks of the guarantee find what they are there for: each is shown a desk or a log with that very defect."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handoff.domain import events as e
from handoff.domain import guarantee
from handoff.domain.conversation import BotSide
from handoff.domain.desk import Desk
from handoff.domain.events import Actor, Event
from handoff.domain.guarantee import (
    Invariant,
    event_violations,
    log_violations,
    violations,
)
from handoff.domain.handoff import ChosenBy, HandoffState, LeftReason, Outcome, PromiseOwner, Told
from tests.factories import Scene, card

ADA = Actor(kind="agent", id="ada", name="Ada Vogel")
BEN = Actor(kind="agent", id="ben", name="Ben Vogel")
BOT = Actor(kind="bot")


@pytest.fixture
def scene() -> Scene:
    """Ada has c1 (active, with a word said), c2 is offered to her, ben is there and full."""
    scene = Scene()
    scene.agent("ada", capacity=2)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.agent("ben", capacity=0)
    scene.waiting("c2")
    assert scene.offered_to("c2") == "ada"
    assert violations(scene.desk, scene.now) == []
    return scene


def _found(desk: Desk, scene: Scene) -> set[Invariant]:
    return {violation.invariant for violation in violations(desk, scene.now)}


def _change(scene: Scene, conversation_id: str, **fields: object) -> Desk:
    conversation = scene.conversation(conversation_id)
    handoff = replace(scene.handoff(conversation_id), **fields)  # type: ignore[arg-type]
    scene.desk.put_conversation(replace(conversation, handoff=handoff))
    return scene.desk


def _next(scene: Scene, body: e.Body, actor: Actor = e.SYSTEM, conversation_id: str = "c1") -> Event:
    return Event(
        conversation_id=conversation_id,
        seq=scene.conversation(conversation_id).last_seq + 1,
        at=scene.now,
        actor=actor,
        body=body,
        customer_prev_seq=None,
    )


def _breaks(scene: Scene, event: Event) -> set[Invariant]:
    return {violation.invariant for violation in event_violations(scene.desk, event)}


# --- states ---


def test_a_live_handoff_without_a_deadline_is_found(scene: Scene) -> None:
    desk = _change(scene, "c1", state=HandoffState.PROMISED, agent=None, answer_by=None)
    assert Invariant.LIVE in _found(desk, scene)


@pytest.mark.parametrize(
    "fields",
    [{"offer": None}, {"state": HandoffState.ACTIVE}, {"answer_by": None}],
    ids=["offered without offer", "active without agent", "waiting without moment"],
)
def test_a_state_that_does_not_hold_what_it_should_is_found(scene: Scene, fields: dict[str, object]) -> None:
    found = _found(_change(scene, "c2", **fields), scene)
    assert found & {Invariant.LIVE, Invariant.SEATS}


def test_an_active_handoff_of_a_lost_agent_without_a_clock_is_found(scene: Scene) -> None:
    scene.lose("ada")
    assert Invariant.LIVE in _found(_change(scene, "c1", agent_lost_at=None), scene)


def test_a_deadline_three_seconds_overdue_is_found_and_one_two_seconds_overdue_is_not(scene: Scene) -> None:
    scene.now += timedelta(seconds=22)  # the offer to ada ran out two seconds ago
    assert _found(scene.desk, scene) == set()
    scene.now += timedelta(seconds=1)
    assert _found(scene.desk, scene) == {Invariant.IN_TIME}


def test_an_overdue_wrap_up_is_found(scene: Scene) -> None:
    scene.do(scene.resolve("ada", "c1"))
    scene.withdraws("c2")
    scene.now += timedelta(seconds=33)
    assert _found(scene.desk, scene) == {Invariant.IN_TIME}


def test_a_bot_that_owes_an_answer_while_a_person_has_the_conversation_is_found(scene: Scene) -> None:
    scene.desk.put_conversation(
        replace(scene.conversation("c1"), bot=BotSide(pending=(1,), turn_started_at=scene.now))
    )
    assert _found(scene.desk, scene) == {Invariant.CONTROL}


def test_more_conversations_than_capacity_by_routing_are_found(scene: Scene) -> None:
    scene.desk.put_agent(replace(scene.person("ada"), capacity=1))
    assert _found(scene.desk, scene) == {Invariant.SEATS}


def test_a_conversation_with_somebody_who_is_disabled_is_found(scene: Scene) -> None:
    scene.desk.put_agent(replace(scene.person("ada"), disabled=True))
    assert Invariant.SEATS in _found(scene.desk, scene)


def test_somebody_who_waits_while_a_fitting_agent_is_free_is_found(scene: Scene) -> None:
    _change(scene, "c2", state=HandoffState.QUEUED, offer=None)
    assert _found(scene.desk, scene) == {Invariant.SETTLED}


def test_somebody_who_waits_for_nobody_is_found(scene: Scene) -> None:
    _change(scene, "c2", state=HandoffState.QUEUED, offer=None)
    for agent_id in ("ada", "ben"):
        scene.desk.put_agent(replace(scene.person(agent_id), connected=False, lost_at=None))
    assert Invariant.SETTLED in _found(scene.desk, scene)


def test_a_conversation_that_the_desks_lists_have_lost_is_found(scene: Scene) -> None:
    scene.desk.conversations["c3"] = replace(scene.conversation("c2"), conversation_id="c3")
    assert Invariant.LIVE in _found(scene.desk, scene)


# --- steps ---


def test_a_gap_in_the_numbers_is_found(scene: Scene) -> None:
    event = replace(_next(scene, e.Note(text="x")), seq=99)
    assert _breaks(scene, event) == {Invariant.NUMBERED}


@pytest.mark.parametrize("conversation_id", ["c1", "c2"], ids=["agent has it", "customer waits"])
def test_a_bot_that_speaks_out_of_turn_is_found(scene: Scene, conversation_id: str) -> None:
    event = _next(scene, e.Message(text="Hello!"), BOT, conversation_id)
    assert _breaks(scene, event) == {Invariant.CONTROL}


def test_an_agent_who_writes_in_the_conversation_of_another_is_found(scene: Scene) -> None:
    assert _breaks(scene, _next(scene, e.Message(text="Hello!"), BEN)) == {Invariant.CONTROL}


def test_an_offer_to_somebody_without_a_seat_is_found(scene: Scene) -> None:
    _change(scene, "c2", state=HandoffState.QUEUED, offer=None)
    offer = e.OfferMade(offer_id="x", agent_id="ben", expires_at=scene.now, chosen_by=ChosenBy.LONGEST_IDLE)
    assert _breaks(scene, _next(scene, offer, conversation_id="c2")) == {Invariant.SEATS}


def _offered_anew(scene: Scene, **fields: object) -> e.OfferMade:
    """The offer of c2 to ada, to be made again while the handoff is as `fields` say."""
    offer = scene.handoff("c2").offer
    assert offer is not None
    _change(scene, "c2", state=HandoffState.QUEUED, offer=None, **fields)
    return e.OfferMade(
        offer_id="x",
        agent_id="ada",
        expires_at=offer.expires_at,
        chosen_by=offer.chosen_by,
        matched=offer.matched,
    )


def test_an_offer_as_routing_makes_it_is_in_order(scene: Scene) -> None:
    assert _breaks(scene, _next(scene, _offered_anew(scene), conversation_id="c2")) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"skills": ("refunds",)},  # which ada does not have
        {"declined_by": ("ada",)},
        {"preferred_agent_id": "ada", "preferred_because": ChosenBy.TRANSFER},  # and that is not on record
    ],
)
def test_an_offer_to_somebody_who_was_not_to_be_asked_is_found(
    scene: Scene, fields: dict[str, object]
) -> None:
    offer = _offered_anew(scene, **fields)
    assert _breaks(scene, _next(scene, offer, conversation_id="c2")) == {Invariant.ROUTED}


@pytest.mark.parametrize(
    "wrong", [{"matched": ("team=billing",)}, {"matched": ()}, {"chosen_by": ChosenBy.RETURNING_CUSTOMER}]
)
def test_an_offer_with_an_untrue_reason_on_record_is_found(scene: Scene, wrong: dict[str, Any]) -> None:
    offer = replace(_offered_anew(scene), **wrong)
    assert _breaks(scene, _next(scene, offer, conversation_id="c2")) == {Invariant.ROUTED}


@pytest.mark.parametrize(("actor", "agent_id"), [(BEN, "ben"), (ADA, "ben"), (BEN, "ada")])
def test_an_acceptance_by_anybody_but_the_one_asked_is_found(
    scene: Scene, actor: Actor, agent_id: str
) -> None:
    joined = e.AgentJoined(agent=card(agent_id))
    assert Invariant.FRESH_OFFER in _breaks(scene, _next(scene, joined, actor, "c2"))


def test_an_acceptance_after_the_offer_ran_out_is_found(scene: Scene) -> None:
    scene.now += timedelta(seconds=20)
    joined = _next(scene, e.AgentJoined(agent=card("ada")), ADA, "c2")
    assert _breaks(scene, joined) == {Invariant.FRESH_OFFER}


def test_an_assignment_by_somebody_who_is_no_supervisor_is_found(scene: Scene) -> None:
    joined = _next(scene, e.AgentJoined(agent=card("ben")), BEN)
    assert _breaks(scene, joined) == {Invariant.SEATS}


def test_an_event_that_cannot_follow_is_found(scene: Scene) -> None:
    assert _breaks(scene, _next(scene, e.HandoffWithdrawn(), conversation_id="c2")) == {Invariant.LIVE}


def test_a_moment_that_moves_later_in_silence_is_found(scene: Scene) -> None:
    _change(scene, "c1", answer_by=scene.now + timedelta(seconds=60))
    queued = e.HandoffQueued(place=1, rank=1, answer_by=scene.now + timedelta(seconds=61))
    assert _breaks(scene, _next(scene, queued)) == {Invariant.ANSWER_BY}


def test_a_later_moment_that_the_customer_has_not_named_is_found(scene: Scene) -> None:
    _change(scene, "c2", answer_by=scene.now + timedelta(seconds=60), offer=None, state=HandoffState.QUEUED)
    customer = Actor(kind="customer", id=scene.conversation("c2").customer.id)
    owner = PromiseOwner(kind="team", id="service", name="Customer Service")
    later = e.HandoffPromised(answer_by=scene.now + timedelta(seconds=61), owner=owner)

    assert _breaks(scene, _next(scene, later, customer, "c2")) == {Invariant.ANSWER_BY}
    assert _breaks(scene, _next(scene, replace(later, time_named=True), customer, "c2")) == set()


def test_a_place_that_gets_worse_is_found(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    """The fold cannot make it worse, so the check is shown a fold that can."""
    true_fold = guarantee.fold_conversation
    _change(scene, "c1", rank=0)

    def worse(conversation: object, event: Event) -> object:
        after = true_fold(conversation, event)  # type: ignore[arg-type]
        assert after.handoff is not None
        return replace(after, handoff=replace(after.handoff, rank=1))

    monkeypatch.setattr(guarantee, "fold_conversation", worse)
    left = e.AgentLeft(agent=card("ada"), reason=LeftReason.LOST)
    assert _breaks(scene, _next(scene, left)) == {Invariant.PLACE}


@pytest.mark.parametrize(
    ("actor", "engaged"),
    [(ADA, False), (BEN, True), (e.SYSTEM, True), (replace(ADA, name=None), True)],
    ids=["in silence", "by another", "by the system", "without a name"],
)
def test_a_handoff_that_ends_otherwise_than_by_its_engaged_named_agent_is_found(
    scene: Scene, actor: Actor, engaged: bool
) -> None:
    if not engaged:
        _change(scene, "c1", engaged_by=())
    for body in (e.HandedBack(), e.HandoffResolved(outcome=Outcome.DONE)):
        assert _breaks(scene, _next(scene, body, actor)) == {Invariant.ENDED_BY}


def test_a_withdrawal_by_anybody_but_the_customer_is_found(scene: Scene) -> None:
    for actor in (ADA, e.SYSTEM, Actor(kind="customer", id="customer-of-c2")):
        assert _breaks(scene, _next(scene, e.HandoffWithdrawn(), actor)) == {Invariant.ENDED_BY}


def test_an_alert_ends_with_an_erasure_by_its_customer_and_by_nobody_else(scene: Scene) -> None:
    """Found by the simulation: the rules let an alert end so, and the check did not know of it."""
    told = Told(why="handed_back_twice", at=scene.now, seq=1, since=scene.now)
    conversation = replace(scene.conversation("c1"), handoff=None, alert=told)
    scene.desk.put_conversation(conversation)
    customer = Actor(kind="customer", id=conversation.customer.id)

    assert _breaks(scene, _next(scene, e.Erased(), customer)) == set()
    assert _breaks(scene, _next(scene, e.Erased())) == {Invariant.ALERTS}


def test_an_alert_that_is_acknowledged_under_the_number_of_an_earlier_one_is_found(scene: Scene) -> None:
    told = Told(why="handed_back_twice", at=scene.now, seq=4, since=scene.now)
    scene.desk.put_conversation(replace(scene.conversation("c1"), alert=told))

    assert _breaks(scene, _next(scene, e.AlertAcknowledged(of_seq=4), ADA)) == set()
    assert _breaks(scene, _next(scene, e.AlertAcknowledged(of_seq=3), ADA)) == {Invariant.ALERTS}


def test_a_broken_promise_that_another_alert_hides_is_found(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    told = Told(why="promise_broken", at=scene.now, seq=4, since=scene.now)
    scene.desk.put_conversation(replace(scene.conversation("c1"), alert=told))
    idle = _next(scene, e.SupervisorTold(why="idle"))

    assert _breaks(scene, idle) == set()
    monkeypatch.setattr("handoff.domain.fold.gravity", lambda why: 0)
    assert _breaks(scene, idle) == {Invariant.ALERTS}


@pytest.mark.parametrize(
    "left",
    [{"bot": BotSide(asked=("where is it",))}, {"previous_conversation_id": "c0"}],
    ids=["what the bot was asked", "the conversation before"],
)
def test_what_is_left_of_an_erased_conversation_is_found(scene: Scene, left: dict[str, Any]) -> None:
    erased = replace(scene.conversation("c1"), handoff=None, erased=True, bot=BotSide(generation=2))
    scene.desk.put_conversation(erased)
    assert _found(scene.desk, scene) == set()

    scene.desk.put_conversation(replace(erased, **left))
    assert _found(scene.desk, scene) == {Invariant.ERASED}


# --- logs ---


def _swap(log: list[Event]) -> list[Event]:
    return [log[1], log[0], *log[2:]]


def _drop(log: list[Event]) -> list[Event]:
    return log[:3] + log[4:]


def _double(log: list[Event]) -> list[Event]:
    return [*log, log[-1]]


def _backwards(log: list[Event]) -> list[Event]:
    return [*log[:-1], replace(log[-1], at=log[0].at - timedelta(seconds=1))]


@pytest.mark.parametrize("damage", [_swap, _drop, _double, _backwards])
def test_a_damaged_log_is_found(scene: Scene, damage: Callable[[list[Event]], list[Event]]) -> None:
    log = scene.log("c1")
    assert log_violations(log, scene.conversation("c1")) == []
    found = log_violations(damage(log))
    assert {violation.invariant for violation in found} == {Invariant.NUMBERED}


def test_a_stored_state_that_differs_from_its_log_is_found(scene: Scene) -> None:
    stored = replace(scene.conversation("c1"), locale="de")
    found = log_violations(scene.log("c1"), stored)
    assert [violation.invariant for violation in found] == [Invariant.REPLAY]


def test_a_step_that_breaks_a_rule_is_found_in_the_whole_log_too(scene: Scene) -> None:
    forged = _next(scene, e.Message(text="Hello!"), BOT)
    found = log_violations([*scene.log("c1"), forged])
    assert [violation.invariant for violation in found] == [Invariant.CONTROL]
    assert "5: one holder of control" in str(found[0])
