"""A promised moment is seen to a little ahead of it, over the wire, so that it can be kept."""

from __future__ import annotations

from datetime import timedelta

from handoff.service.chain import rfc3339
from tests.clients import new_client_id
from tests.houses import House


def in_seconds(house: House, seconds: float) -> str:
    return rfc3339(house.clock.now() + timedelta(seconds=seconds))


async def test_a_call_back_at_a_named_time_is_offered_ahead_and_kept(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    at = in_seconds(house, 2_000)
    await customer.done("callback", client_id=new_client_id(), contact={"phone": "+49 40 123456"}, at=at)
    assert (await customer.sees_state("promised"))["promise"]["answer_by"] == at
    assert agent.offers == []

    house.clock.move(seconds=1_801)  # a tenth of the promise's span is left

    offer = await agent.offered()
    assert (offer["conversation_id"], offer["answer_by"]) == (customer.conversation_id, at)
    await agent.accept(offer)
    await agent.do("contacted", customer.conversation_id, channel="phone", outcome="reached")
    await customer.sees("promise_kept")
    assert customer.of_type("promise_broken") == []


async def test_an_agent_is_reminded_ahead_of_a_promise_of_theirs_and_the_customer_is_not_told(
    house: House,
) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "I will look it up and come back to you.")
    await agent.do("follow_up", conversation_id, answer_by=in_seconds(house, 2_000))
    await customer.sees("handoff_promised")

    house.clock.move(seconds=1_801)

    reminder = await agent.sees(conversation_id, "ladder_stepped")
    assert reminder["rung"] == "promise_reminded"
    assert customer.of_type("ladder_stepped") == []
    await agent.say(conversation_id, "Here it is, as promised.")
    await customer.sees("promise_kept")
