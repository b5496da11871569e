"""The whole journey over real sockets: a question, a person asked for in words, a named person, an end."""

from __future__ import annotations

import asyncio

import pytest

from tests.houses import House


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_customer_gets_from_the_bot_to_a_named_person_and_back(house: House, transport: str) -> None:
    agent = await house.agent(transport=transport)
    customer = await house.customer(transport=transport)

    greeting = await customer.reads("AI assistant")
    assert greeting["actor"]["kind"] == "bot"
    await customer.say("How can I pay?")
    await customer.reads("You said: How can I pay?")
    await customer.say("Where is my order 10023?")
    await customer.reads("You said: Where is my order 10023?")
    await customer.say("I want to talk to a human, please")

    requested = await customer.sees("handoff_requested")
    assert requested["reason"] == "asked"
    assert requested["reference"] and requested["answer_by"] > requested["at"]
    offer = await agent.offered(customer.conversation_id)
    said = [event["text"] for event in offer["transcript"]["events"] if event["type"] == "message"]
    assert said == customer.texts()
    ack = await agent.accept(offer)
    assert [event["text"] for event in ack["events"] if event["type"] == "message"] == said
    assert ack["handoff"]["state"] == "active"

    joined = await customer.sees("agent_joined")
    card = {"id": agent.id, "name": "Maren Petersen", "role": "Customer Service Specialist"}
    assert joined["agent"] == card | {"employer": "Nordlicht Handel GmbH"}
    state = await customer.sees_state("active")
    assert state["agent"] == joined["agent"]

    await agent.say(customer.conversation_id, "Hello, this is Maren.")
    await customer.reads("this is Maren")
    await customer.say("Where is my parcel?")
    await agent.reads(customer.conversation_id, "Where is my parcel?")
    ended = await agent.do("resolve", customer.conversation_id, outcome="answered", note="Told the date.")
    assert ended["handoff"]["state"] == "resolved"
    resolved = await customer.sees("handoff_resolved")
    assert resolved["outcome"] == "answered" and resolved["actor"]["name"] == "Maren Petersen"
    assert (await customer.sees_state("resolved"))["id"] == requested["handoff_id"]

    await customer.say("Thank you, and the bill?")
    await customer.reads("You said: Thank you, and the bill?")
    assert customer.gaps() == []


async def test_bot_is_silent_while_a_person_is_waited_for_and_while_one_is_there(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    before = len(house.scripted.turns)

    await customer.say("Said while I wait")
    conversation_id = await agent.take(customer.conversation_id)
    await customer.say("Said to the person")
    await agent.reads(conversation_id, "Said to the person")
    await agent.say(conversation_id, "I am reading it")
    await customer.reads("I am reading it")

    assert len(house.scripted.turns) == before
    assert [text for text in customer.texts("bot") if text.startswith("You said")] == []


async def test_asking_twice_for_a_person_gives_the_same_handoff(house: House) -> None:
    await house.agent()
    customer = await house.customer()

    first = await customer.want_person()
    second = await customer.want_person()
    await customer.say("I want to talk to a human")

    assert second["id"] == first["id"] and second["reference"] == first["reference"]
    assert len(customer.of_type("handoff_requested")) == 1


async def test_note_with_the_button_is_part_of_what_the_agent_reads(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()

    await customer.done("request_human", client_id="with-note", note="It is about my broken kettle")

    offer = await agent.offered(customer.conversation_id)
    assert "broken kettle" in str(offer["transcript"]["events"])
    assert (await customer.reads("broken kettle"))["client_id"] == "with-note"


async def test_two_customers_and_two_agents_at_once_do_not_mix(house: House) -> None:
    agents = [await house.agent("agent1"), await house.agent("agent2")]
    customers = [await house.customer(), await house.customer()]
    for number, customer in enumerate(customers):
        await customer.say(f"Secret of customer {number}")
        await customer.want_person()
    of_agent = [(await agent.offered())["conversation_id"] for agent in agents]
    assert sorted(of_agent) == sorted(customer.conversation_id for customer in customers)
    for agent in agents:
        await agent.take()

    async def talk(number: int) -> None:
        customer = customers[number]
        agent = agents[of_agent.index(customer.conversation_id)]
        for turn in range(20):
            await customer.say(f"customer {number} turn {turn}")
            await agent.say(customer.conversation_id, f"to customer {number} turn {turn}")
        await customer.reads(f"to customer {number} turn 19")
        await agent.reads(customer.conversation_id, f"customer {number} turn 19")

    await asyncio.gather(talk(0), talk(1))

    for number, customer in enumerate(customers):
        other = 1 - number
        assert not [text for text in customer.texts() if f"customer {other}" in text]
        said = [text for text in customer.texts("customer") if "turn" in text]
        assert said == [f"customer {number} turn {turn}" for turn in range(20)]
        assert customer.gaps() == []
        agent = agents[of_agent.index(customer.conversation_id)]
        assert set(agent.logs) == {customer.conversation_id}


async def test_conversations_are_given_to_whoever_has_been_idle_longest(house: House) -> None:
    first, second = await house.agent("agent1"), await house.agent("agent2")
    served: list[str] = []
    for _ in range(4):
        customer = await house.customer()
        await customer.want_person()
        offer = (
            await first.until(
                lambda cid=customer.conversation_id: next(
                    (one for one in first.offers + second.offers if one["conversation_id"] == cid), None
                ),
                "an offer to either",
            )
            if not served or served[-1] == second.id
            else await second.offered(customer.conversation_id)
        )
        holder = first if offer in first.offers else second
        await holder.accept(offer)
        served.append(holder.id)

    assert served[0] != served[1]
    assert served == [served[0], served[1]] * 2
