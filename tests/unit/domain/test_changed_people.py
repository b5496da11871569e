"""An account is changed, disabled and enabled: what follows for those who wait, and for whom this person has."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.domain import commands as c
from handoff.domain.errors import Code, DomainError
from handoff.domain.handoff import HandoffState
from handoff.domain.people import Access, Presence
from handoff.domain.rights import require_may_administer_people
from tests.factories import Scene, card


def changed(scene: Scene, agent_id: str, **fields: Any) -> c.ChangeAgent:
    agent = scene.person(agent_id)
    said: dict[str, Any] = {
        "card": agent.card,
        "access": agent.access,
        "languages": agent.languages,
        "teams": agent.teams,
        "capacity": agent.capacity,
        "skills": agent.skills,
    }
    return c.ChangeAgent(**(said | fields))


def test_a_language_more_brings_the_offer_that_waited_for_it() -> None:
    scene = Scene()
    scene.agent("ada", languages=("fi",))
    scene.waiting("c1")
    assert scene.offered_to("c1") is None
    scene.do(changed(scene, "ada", languages=("fi", "en")))
    assert scene.offered_to("c1") == "ada"


def test_more_seats_are_offered_at_once_and_fewer_take_nothing_away() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.waiting("c2")
    assert scene.offered_to("c2") is None
    scene.do(changed(scene, "ada", capacity=2))
    assert scene.offered_to("c2") == "ada"
    scene.do(changed(scene, "ada", capacity=1))
    assert (scene.state("c1"), scene.offered_to("c2")) == (HandoffState.ACTIVE, "ada")


@pytest.mark.parametrize("access", [(Access.TRAINER,), ()])
def test_who_may_not_answer_any_more_lets_go_of_all(access: tuple[Access, ...]) -> None:
    scene = Scene()
    scene.agent("ada", capacity=2)
    scene.agent("ben", capacity=9)
    scene.set_presence("ben", Presence.AWAY)
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.waiting("c2")
    scene.set_presence("ben", Presence.ONLINE)
    scene.do(changed(scene, "ada", access=access))
    assert (scene.offered_to("c1"), scene.offered_to("c2")) == ("ben", "ben")
    assert scene.person("ada").presence is Presence.OFFLINE


def test_a_supervisor_without_the_agents_level_keeps_what_they_have_and_is_offered_nothing() -> None:
    scene = Scene()
    scene.supervisor("sue", online=True, capacity=2)
    scene.active("sue", "c1")
    scene.writes("sue", "c1")
    scene.waiting("c2")
    assert scene.offered_to("c2") == "sue"
    scene.do(changed(scene, "sue", access=(Access.SUPERVISOR,)))
    assert scene.state("c1") is HandoffState.ACTIVE
    assert scene.offered_to("c2") is None


def test_another_name_is_what_later_customers_see() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.do(
        changed(scene, "ada", card=card("ada").__class__(id="ada", name="Ada Berg", role="R", employer="E"))
    )
    scene.active("ada", "c1")
    handoff = scene.conversation("c1").handoff
    assert handoff is not None
    assert handoff.agent is not None
    assert handoff.agent.name == "Ada Berg"


def test_an_enabled_account_works_again_with_what_it_said_before() -> None:
    scene = Scene()
    scene.agent("ada", languages=("en",))
    scene.disable("ada")
    assert scene.refused(c.ConnectAgent(agent_id="ada")) is Code.FORBIDDEN
    scene.do(c.EnableAgent(agent_id="ada"))
    scene.connect("ada")
    scene.set_presence("ada", Presence.ONLINE)
    scene.waiting("c1")
    assert scene.offered_to("c1") == "ada"
    assert scene.do(c.EnableAgent(agent_id="ada")) == []


@pytest.mark.parametrize(
    ("actor", "levels", "may"),
    [
        ((Access.ADMIN,), tuple(Access), True),
        ((Access.SUPERVISOR,), (Access.AGENT,), True),
        ((Access.SUPERVISOR,), (Access.AGENT, Access.SUPERVISOR), False),
        ((Access.SUPERVISOR,), (Access.TRAINER,), False),
        ((Access.SUPERVISOR,), (Access.ADMIN,), False),
        ((Access.AGENT,), (Access.AGENT,), False),
        ((Access.TRAINER,), (Access.AGENT,), False),
    ],
)
def test_nobody_gives_or_takes_more_than_they_have(
    actor: tuple[Access, ...], levels: tuple[Access, ...], may: bool
) -> None:
    scene = Scene()
    scene.agent("ada", access=actor, online=False)
    person = scene.person("ada")
    if may:
        require_may_administer_people(person, *levels)
    else:
        with pytest.raises(DomainError) as refused:
            require_may_administer_people(person, *levels)
        assert refused.value.code is Code.FORBIDDEN
