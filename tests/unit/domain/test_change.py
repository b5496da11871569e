"""Copies of state with some fields changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from handoff.domain.change import changed
from handoff.domain.conversation import Block, BotSide, Conversation
from handoff.domain.handoff import Handoff, Offer, Promise, Told
from handoff.domain.people import Agent, AgentCard, Presence


def test_a_changed_copy_is_what_the_standard_library_makes() -> None:
    before = BotSide(pending=(3,), generation=2)

    assert changed(before, pending=(), slots='{"order": 1}') == replace(
        before, pending=(), slots='{"order": 1}'
    )
    assert before == BotSide(pending=(3,), generation=2)


def test_a_copy_without_changes_is_equal_in_every_field_and_another_object() -> None:
    agent = Agent(
        card=AgentCard(id="a", name="Ada", role="r", employer="e"), access=(), presence=Presence.AWAY
    )

    copy = changed(agent)

    assert copy is not agent
    assert all(getattr(copy, one.name) == getattr(agent, one.name) for one in fields(Agent))


def test_a_field_that_there_is_not_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        changed(BotSide(), colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [Agent, BotSide, Block, Conversation, Handoff, Offer, Promise, Told])
def test_a_copy_is_of_the_same_class_and_as_frozen(kind: type[Any]) -> None:
    """It is filled as something else: every class that is copied has to have a layout that allows it."""
    value = kind(**{one.name: None for one in fields(kind)})

    copy = changed(value)

    assert type(copy) is kind
    assert copy == value
    with pytest.raises(FrozenInstanceError):
        setattr(copy, fields(kind)[0].name, "other")
    assert not hasattr(copy, "__dict__")
