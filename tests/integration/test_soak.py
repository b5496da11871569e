"""Many people doing anything at any time, coming and going: in the end what each was told equals what is on disk.

Seeded, so that a run that fails can be had again; the network's timing is the only chance left.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from handoff.domain.guarantee import log_violations, violations
from handoff.service.codec import event_from_record
from tests.clients import Agent, Customer, Json, error_code, new_client_id
from tests.houses import House
from tests.integration.conftest import OpenHouse

STEPS = 50
TEXTS = [
    "Where is it?",
    "I want to talk to a human",
    "Thanks",
    "And now?",
    "Hello",
    "10023",
    "Das geht nicht",
]
EXPECTED = {"conflict", "not_found", "stale_offer", "rate_limited", "forbidden"}


class Person:
    """Acts at random. Whatever is refused has to be refused with an error that can be."""

    def __init__(self, house: House, seed: str) -> None:
        self.house = house
        self.chance = random.Random(seed)

    async def ask(self, client: Customer | Agent, name: str, **fields: Any) -> Json:
        ack: Json = await client.ask(name, fields)
        if not ack["ok"]:
            assert error_code(ack) in EXPECTED, (name, fields, ack)
        return ack

    async def reconnect(self, client: Customer | Agent) -> None:
        await client.hang_up()
        await client.connect(transport=self.chance.choice(["websocket", "websocket", "websocket", "polling"]))


class RandomCustomer(Person):
    async def live(self, customer: Customer) -> None:
        for number in range(STEPS):
            new = {"client_id": new_client_id()}
            match self.chance.randrange(12):
                case 0:
                    await self.ask(customer, "request_human", **new)
                case 1:
                    await self.ask(customer, "withdraw", **new)
                case 2:
                    await self.ask(customer, "callback", **new, contact={"phone": "+49 40 123456"})
                case 3:
                    await self.ask(
                        customer, "feedback", **new, seq=self.chance.randrange(1, 30), helpful=False
                    )
                case 4:
                    await self.reconnect(customer)
                case 5:
                    burst = [
                        await customer.line.send(
                            "message", {"client_id": new_client_id(), "text": f"burst {n}"}
                        )
                        for n in range(self.chance.randrange(2, 12))
                    ]
                    await asyncio.gather(*burst)
                case 6:
                    await self.ask(customer, "rate", **new, score=3)
                case _:
                    text = f"{self.chance.choice(TEXTS)} ({number})"
                    await self.ask(customer, "message", **new, text=text)


class RandomAgent(Person):
    async def live(self, agent: Agent, colleagues: list[Agent]) -> None:
        for _ in range(STEPS):
            offer = agent.offers[-1]["offer_id"] if agent.offers else "none"
            conversation_id = self.chance.choice(sorted(agent.logs)) if agent.logs else "none"
            new = {"client_id": new_client_id(), "conversation_id": conversation_id}
            match self.chance.randrange(16):
                case 0:
                    await self.ask(agent, "set_presence", presence=self.chance.choice(["online", "away"]))
                case 1:
                    await self.ask(agent, "decline", offer_id=offer)
                case 2:
                    to = {"agent_id": self.chance.choice(colleagues).id}
                    await self.ask(agent, "transfer", **new, to=to)
                case 3:
                    by = "2099-01-01T00:00:00Z"
                    assert (await agent.ask("follow_up", new | {"answer_by": by}))["ok"] is False
                case 4:
                    await self.ask(agent, "hand_back", **new)
                case 5:
                    await self.ask(agent, "contacted", **new, channel="phone", outcome="not_reached")
                case 6:
                    await self.reconnect(agent)
                case 7:
                    await self.ask(agent, "resolve", **new, outcome="done")
                case 8:
                    await self.ask(agent, "note", **new, text="A note")
                case 9 | 10 | 11:
                    await self.ask(agent, "set_presence", presence="online")
                    if agent.offers:
                        await self.ask(agent, "accept", offer_id=agent.offers[-1]["offer_id"])
                case _:
                    await self.ask(agent, "message", **new, text="A word")


@pytest.mark.parametrize("seed", [1, 5])
async def test_what_everybody_was_told_equals_what_is_on_disk(open_house: OpenHouse, seed: int) -> None:
    house = await open_house(
        offer_timeout_s="0.3", wrap_up_s="0.1", agent_lost_offer_s="0.2", agent_lost_active_s="0.4"
    )
    agents = [await house.agent("agent1"), await house.agent("agent2"), await house.agent("supervisor")]
    customers = [await house.customer() for _ in range(5)]
    lives = [RandomCustomer(house, f"{seed}c{n}").live(one) for n, one in enumerate(customers)]
    lives += [RandomAgent(house, f"{seed}a{n}").live(one, agents) for n, one in enumerate(agents)]
    await asyncio.gather(*lives)
    for agent in agents:
        await agent.be("away")

    for customer in customers:
        await all_told(customer)
        document = await customer.transcript(customer.conversation_id)
        visible = {one["seq"]: one["id"] for one in document["events"] if "payload" in one}
        assert {seq: event["id"] for seq, event in customer.events.items()} == visible
        assert customer.gaps() == []
        whole = await agents[2].transcript(customer.conversation_id)
        ids = {one["seq"]: one["id"] for one in whole["events"]}
        for agent in agents:
            for event in agent.log(customer.conversation_id):
                assert ids[event["seq"]] == event["id"]
        records = await house.server.storage.events(customer.conversation_id)
        [stored] = await house.server.storage.conversations([customer.conversation_id])
        assert log_violations([event_from_record(one) for one in records], stored.conversation) == []
        assert records[-1].hash == stored.head_hash
    assert violations(house.server.committer.desk, house.clock.now()) == []


async def all_told(customer: Customer) -> None:
    """Wait until the customer has seen the latest, and holds the same handoff as the server, without asking for it."""
    page = await customer.done("sync", since=customer.last_seq)

    def same() -> bool:
        told = customer.handoff
        return told is not None and all(
            told[key] == value
            for key, value in page["handoff"].items()
            if key not in ("as_of_seq", "wait_estimate_s")
        )

    if page["handoff"] is not None and page["handoff"]["state"] != "promised":
        await customer.until(same, f"the handoff {page['handoff']}")
    await customer.until(lambda: customer.last_seq >= page["last_seq"], f"event {page['last_seq']}")
