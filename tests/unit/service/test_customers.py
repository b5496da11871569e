"""What a customer's message waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from handoff.domain import commands as c
from handoff.domain.errors import Code, DomainError
from handoff.service import wire
from handoff.storage.memory import MemoryStorage
from tests.clients import new_client_id
from tests.inside import AGENT, Inside


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    one = Inside(MemoryStorage())
    await one.open()
    yield one
    await one.close()


async def test_what_is_said_to_a_person_does_not_wait_until_a_server_that_has_just_started_hears(
    inside: Inside,
) -> None:
    """A server killed on a busy machine came back within 4 s, and the customer's words to their agent were on disk
    after 23 s: they waited for the detector, which nobody asks about what is said to a person."""
    with_agent, with_bot = await inside.with_agent(), await inside.begin()
    inside.hearing.gone()
    async with asyncio.timeout(5):
        await inside.say(with_agent, "Are you still there?")

    to_the_bot = asyncio.ensure_future(inside.say(with_bot, "Where is it?"))
    async with asyncio.timeout(5):
        await inside.say(with_agent, "Hello?")
    assert not to_the_bot.done()
    inside.hearing.comes()
    async with asyncio.timeout(5):
        await to_the_bot


async def test_message_that_meets_the_end_of_the_handoff_before_the_server_hears_is_sent_again(
    inside: Inside,
) -> None:
    """What comes back to the assistant meanwhile is never taken without having been listened to."""
    session = await inside.with_agent()
    await inside.answer(session, "You are welcome")
    inside.hearing.gone()
    said = wire.Message(client_id=new_client_id(), text="Thank you")
    ends = c.HandBack(agent_id=AGENT, conversation_id=session.conversation_id, note=None)
    ending = asyncio.ensure_future(inside.committer.carry_out(ends))
    with pytest.raises(DomainError) as refused:
        await asyncio.gather(ending, inside.customers.message(session, said))
    assert refused.value.code is Code.UNAVAILABLE
    inside.hearing.comes()
    assert (await inside.customers.message(session, said))["seq"] > 0


async def test_who_writes_again_in_a_conversation_that_is_no_longer_at_hand_is_heard(inside: Inside) -> None:
    """Found by the simulation: after a restart, whoever had only talked to the assistant was told "not found"."""
    session = await inside.begin()
    await inside.say(session, "Where is it?")
    inside.committer.desk.drop_conversation(session.conversation_id)
    async with asyncio.timeout(5):
        await inside.say(session, "Are you still there?")
    texts = [
        one.payload["text"]
        for one in await inside.storage.events(session.conversation_id)
        if one.payload and one.type == "message"
    ]
    assert texts[-1] == "Are you still there?"
