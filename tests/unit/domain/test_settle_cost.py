"""What a decision looks at does not grow with the queue, where it does not have to. Counted, not timed."""

from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest

from handoff.domain import commands as c
from handoff.domain.decisions import decide
from handoff.domain.desk import Desk
from handoff.domain.handoff import HandoffState
from handoff.domain.people import Presence
from tests.factories import Scene

QUEUED = 150
settle = import_module("handoff.domain.decisions.settle")  # the package has a function of that name


@pytest.fixture(scope="module")
def crowded() -> Scene:
    """Ada and ben have one customer each; zoe is free and fits nobody; 150 customers wait."""
    scene = Scene()
    for agent_id in ("ada", "ben"):
        scene.agent(agent_id, capacity=1)
        conversation_id = scene.waiting(f"of-{agent_id}")
        scene.accept(agent_id, conversation_id)
        scene.writes(agent_id, conversation_id)
    scene.agent("zoe", languages=("fr",))
    for number in range(QUEUED):
        scene.waiting(f"q{number:03}")
    assert scene.desk.queue_length == QUEUED
    return scene


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the queue is gone through, and how often somebody is looked for."""
    counted: Counter[str] = Counter()
    true_queue, true_choose = Desk.queue, settle.choose

    def queue(desk: Desk) -> object:
        counted["queue"] += 1
        return true_queue(desk)

    def choose(*arguments: object) -> object:
        counted["choose"] += 1
        return true_choose(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "queue", queue)
    monkeypatch.setattr(settle, "choose", choose)
    return counted


def test_a_message_looks_at_nobody_who_waits(crowded: Scene, looks: Counter[str]) -> None:
    decide(crowded.desk, crowded.message("ada", "of-ada"), crowded.now)
    said = c.CustomerMessage(
        conversation_id="of-ada", text="Hello", client_id="x", new_handoff=crowded.new_handoff()
    )
    decide(crowded.desk, said, crowded.now)
    assert looks == Counter()


def test_a_resolution_with_wrap_up_looks_at_nobody_who_waits(crowded: Scene, looks: Counter[str]) -> None:
    decide(crowded.desk, crowded.resolve("ada", "of-ada"), crowded.now)
    assert looks == Counter()


def test_a_step_of_waiting_looks_at_the_one_who_waits(crowded: Scene, looks: Counter[str]) -> None:
    """With one agent free who fitted nobody, a minute of waiting of 2,000 customers once took seconds."""
    due = c.CarryOutDue(conversation_id="q000", new_handoff=crowded.new_handoff())
    widens_at = crowded.handoff("q000").waiting_since + timedelta(seconds=60)
    events = decide(crowded.desk, due, widens_at)
    assert [event.type for event in events] == ["ladder_stepped"]
    assert looks == Counter(choose=1)


def test_those_who_need_the_same_are_looked_at_once(crowded: Scene, looks: Counter[str]) -> None:
    decide(crowded.desk, c.LoseAgent(agent_id="ben"), crowded.now)
    assert looks == Counter()
    away = c.SetPresence(agent_id="ben", presence=Presence.AWAY)
    decide(crowded.desk, away, crowded.now)
    assert looks["choose"] == 1


def test_a_seat_that_becomes_free_goes_to_the_first_in_the_queue(crowded: Scene, looks: Counter[str]) -> None:
    crowded.do(crowded.resolve("ada", "of-ada"))
    crowded.do(c.EndWrapUp(agent_id="ada", conversation_id="of-ada"))
    assert crowded.handoff("q000").state is HandoffState.OFFERED
    assert looks["choose"] <= 3
