"""Presence is the truth: nobody is shown as there whose sockets are gone, and nobody is left with who is not there."""

from __future__ import annotations

import asyncio
import json

import pytest

from handoff.gateway.agents import AgentNamespace
from handoff.service.agents import Agents
from tests.houses import House


async def on_duty(house: House) -> int:
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        return int((await answer.json())["on_duty"])


async def test_agent_whose_last_socket_goes_is_offline_at_once(house: House) -> None:
    watcher = await house.agent("supervisor", presence="away")
    agent = await house.agent()
    tab = await house.second_socket(agent)
    await watcher.sees_presence(agent.id, "online")
    assert await on_duty(house) == 1

    await agent.hang_up()
    await watcher.be("online")
    assert watcher.presences[agent.id] == "online"
    await tab.hang_up()

    await watcher.sees_presence(agent.id, "offline")
    assert await on_duty(house) == 1  # the supervisor


async def test_agent_who_reloads_is_online_again(house: House) -> None:
    watcher = await house.agent("supervisor", presence="away")
    agent = await house.agent()
    await watcher.sees_presence(agent.id, "online")
    await agent.hang_up()
    await watcher.sees_presence(agent.id, "offline")

    snapshot = await agent.connect()

    assert snapshot["presence"] == "online"
    await watcher.sees_presence(agent.id, "online")


async def test_agent_is_not_lost_while_the_connection_is_being_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its commit and the socket's entry in the gateway's list, a connection looks like one that is gone."""
    namespaces: list[AgentNamespace] = []
    keep, record = AgentNamespace.keep_connections_true, Agents.connect

    async def keep_and_show(self: AgentNamespace) -> None:
        namespaces.append(self)
        await keep(self)

    async def record_and_be_looked_at(self: Agents, agent_id: str) -> None:
        await record(self, agent_id)
        await namespaces[-1].correct_connections()

    monkeypatch.setattr(AgentNamespace, "keep_connections_true", keep_and_show)
    monkeypatch.setattr(Agents, "connect", record_and_be_looked_at)
    await house.restart()

    agent = await house.agent()

    assert house.server.committer.desk.agent(agent.id).connected


async def test_offer_to_an_agent_who_is_gone_goes_to_the_next(house: House) -> None:
    await house.restart(agent_lost_offer_s="0.2")
    first, second = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer = await house.customer()
    await customer.want_person()
    await first.offered()
    await second.be("online")

    await first.hang_up()

    await second.take(customer.conversation_id)


async def test_conversation_of_a_lost_agent_goes_to_the_head_of_the_queue(house: House) -> None:
    await house.restart(agent_lost_active_s="0.3", agent_lost_offer_s="0.1")
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")

    await agent.hang_up()

    left = await customer.sees("agent_left")
    assert (left["reason"], left["agent"]["id"]) == ("lost", agent.id)
    await other.take(conversation_id)
    assert (await customer.sees("agent_joined", 2))["agent"]["id"] == other.id


async def test_agent_who_comes_back_in_time_keeps_the_conversation(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.hang_up()
    house.clock.move(seconds=50)
    await agent.connect()
    house.clock.move(seconds=50)
    await agent.say(conversation_id, "I am back")

    await customer.reads("I am back")
    assert customer.of_type("agent_left") == []


async def test_silent_agent_is_reminded_and_then_replaced(house: House) -> None:
    await house.restart(first_answer_remind_s="0.1", first_answer_requeue_s="0.5")
    customer, agent, conversation_id = await house.in_conversation()
    await house.agent("agent2")

    await agent.sees(conversation_id, "ladder_stepped")
    assert await agent.assignment_ends(conversation_id) == "silent"
    assert (await customer.sees("agent_left"))["reason"] == "silent"


async def test_customer_who_disconnects_stays_a_customer(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await customer.hang_up()
    house.clock.move(seconds=30)
    await agent.say(conversation_id, "The answer waits for you")

    await customer.connect()

    await customer.reads("The answer waits for you")
    assert customer.handoff["state"] == "active"


async def test_agent_away_gives_offers_back_and_keeps_conversations(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.customer()
    await other.want_person()
    offer = await agent.offered(other.conversation_id)

    await agent.be("away")

    assert await agent.offer_ends(offer) == "rescinded"
    await agent.say(conversation_id, "I am still with you")
    await customer.reads("still with you")
    assert await on_duty(house) == 0


async def test_agent_whose_network_is_gone_without_a_goodbye_is_found_out_when_the_ping_is_not_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library looked at each connection only once in the time that a ping has to be answered, and its goodbye to
    the dead one took another 10 s: such an agent was shown as there for up to 22 s instead of 15."""
    monkeypatch.setattr("handoff.gateway.server.PING_EVERY_S", 0.3)
    monkeypatch.setattr("handoff.gateway.server.PING_ANSWER_S", 2.0)
    await house.restart()
    watcher = await house.agent("supervisor", presence="away")
    agent = await house.agent()
    await watcher.sees_presence(agent.id, "online")
    address = f"{house.origin}/socket.io/?EIO=4&transport=websocket"
    async with house.http.ws_connect(address) as mute:  # takes everything, and never answers a ping
        await mute.receive_str()
        await mute.send_str("40/agent," + json.dumps({"v": 1, "token": agent.token}))
        assert "sid" in await mute.receive_str()
        await agent.hang_up()

        async with asyncio.timeout(8.0):  # 0.3 + 2 s, and what a busy machine needs
            await watcher.sees_presence(agent.id, "offline")
