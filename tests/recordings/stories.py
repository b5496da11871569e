"""The stories that are recorded: each leads one customer and one agent through a part of what can happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from handoff.demo.accounts import DEMO_PASSWORD
from tests.clients import Agent, Client, Customer
from tests.houses import House

Json = dict[str, Any]
Story = Callable[[House, "Pair"], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Pair:
    customer: Customer
    agent: Agent
    conversation_id: str

    async def together(self) -> None:
        """The agent takes the customer, who sees it. What the accepting said is in the agent's book too."""
        requests, joined = (len(self.customer.of_type(t)) for t in ("handoff_requested", "agent_joined"))
        offer = await self.agent.offered(self.conversation_id, requests)
        self.agent.book.append(("(accepted)", await self.agent.accept(offer)))
        await self.customer.sees("agent_joined", joined + 1)

    async def say(self, text: str) -> None:
        await self.agent.say(self.conversation_id, text)
        await self.customer.reads(text)

    async def ask(self, text: str) -> None:
        await self.customer.say(text)
        await self.agent.reads(self.conversation_id, text)


async def journey(_house: House, pair: Pair) -> None:
    """From the assistant to a person, and the rating."""
    customer, agent = pair.customer, pair.agent
    await customer.say("Where is my order 10023?")
    answer = await customer.reads("You said: Where is my order")
    await customer.done(
        "feedback", client_id="11111111-1111-4111-8111-111111111111", seq=answer["seq"], helpful=False
    )
    await customer.want_person()
    await customer.sees("handoff_requested")
    await pair.together()
    await pair.say("Good day, I have read everything.")
    await pair.ask("Thank you! 🎉 Shall we say Wednesday?")
    await agent.done(
        "read", conversation_id=pair.conversation_id, seq=agent.log(pair.conversation_id)[-1]["seq"]
    )
    await customer.until(lambda: customer.all_told("seen"), "that it was seen")
    await agent.line.tell("typing", {"conversation_id": pair.conversation_id})
    await customer.until(lambda: customer.all_told("typing"), "typing")
    await pair.say("Wednesday it is.")
    await agent.do("resolve", pair.conversation_id, outcome="done")
    await customer.sees("handoff_resolved")
    await customer.done("rate", client_id="22222222-2222-4222-8222-222222222222", score=5)
    await customer.sees("rated")


async def promises(house: House, pair: Pair) -> None:
    """A promise that is broken, a call-back that is kept, a person at last, and back to the assistant."""
    customer, agent = pair.customer, pair.agent
    await agent.be("away")
    await customer.want_person()
    await customer.sees_state("promised")
    house.clock.move(minutes=6)
    await customer.sees("promise_broken")
    contact = {"email": "anna@example.com"}
    await customer.done("callback", client_id="33333333-3333-4333-8333-333333333333", contact=contact)
    await customer.sees("handoff_promised", 2)
    await agent.be("online")
    await customer.want_person()
    await pair.together()
    await pair.say("I am sorry that you had to wait.")
    await agent.do("contacted", pair.conversation_id, channel="email", outcome="reached")
    await customer.sees("contacted")
    await agent.do("hand_back", pair.conversation_id)
    await customer.sees("handed_back")
    await customer.say("One more thing")
    await customer.reads("You said: One more thing")


async def moves(house: House, pair: Pair) -> None:
    """A customer who goes back, one who is passed on, an agent who is lost and comes back, and a block."""
    customer, agent = pair.customer, pair.agent
    await customer.want_person()
    await agent.offered(pair.conversation_id)
    await customer.done("withdraw", client_id="44444444-4444-4444-8444-444444444444")
    await customer.sees("handoff_withdrawn")
    await customer.want_person()
    await pair.together()
    await pair.say("One moment, my colleague knows better.")
    other = await house.agent("agent2")
    await agent.do("transfer", pair.conversation_id, to={"agent_id": other.id}, note="Knows routers")
    await customer.sees("agent_left")
    await other.take(pair.conversation_id)
    await customer.sees("agent_joined", 2)
    await other.hang_up()
    house.clock.move(seconds=61)
    await customer.sees("agent_left", 2)
    offer = await agent.offered(pair.conversation_id, 3)
    agent.book.append(("(accepted)", await agent.accept(offer)))
    await customer.sees("agent_joined", 3)
    await pair.say("Here I am again.")
    await agent.do("block", pair.conversation_id, reason="Insults after a warning")
    await customer.sees("customer_blocked")


STORIES: dict[str, Story] = {"journey": journey, "promises": promises, "moves": moves}


async def record(house: House, story: Story) -> Json:
    """What customer, agent and a supervisor were told, in order, and what a page that is loaded at the end is told at
    once."""
    supervisor = await house.agent("supervisor", presence=None)
    agent = await house.agent("agent1")
    customer = await house.customer()
    pair = Pair(customer=customer, agent=agent, conversation_id=customer.conversation_id)
    await story(house, pair)
    last_seq = customer.last_seq
    await agent.until(
        lambda: (
            max((event["seq"] for event in agent.log(pair.conversation_id)), default=0) >= last_seq
            or any(name == "assignment_ended" for name, _ in agent.book)
        ),
        "the agent knows the end",
    )
    again = await house.second_socket(customer)
    await again.until(lambda: again.snapshot, "a snapshot")
    assert again.snapshot is not None
    opened = await agent.done("open", conversation_id=pair.conversation_id, since=0)
    loaded = {one: await _loaded(house, one) for one in (agent, supervisor)}
    return {
        "conversation_id": pair.conversation_id,
        "customer": {"told": told(customer), "loaded": again.snapshot},
        "agent": {"told": told(agent), "loaded": loaded[agent], "opened": opened},
        "supervisor": {"told": told(supervisor), "loaded": loaded[supervisor]},
    }


async def _loaded(house: House, one: Agent) -> Json:
    """What a second page of this person is told, once the first has been told as much."""
    house.clock.move(seconds=2)  # queue and board are told once a second
    second = house.adopt(await Agent.sign_in(one.origin, one.http, _EMAILS[one.me["name"]], DEMO_PASSWORD))
    snapshot = await second.connect()
    await house.part(second)
    for name in ("queue", "board"):
        if name in snapshot:
            wanted = _of_now(name, snapshot[name])
            await one.until(lambda n=name, w=wanted: _latest(one, n) == w, f"the {name} as it is")  # type: ignore[misc]
    return snapshot


_EMAILS = {"Maren Petersen": "agent1@demo.example", "Leyla Aydin": "supervisor@demo.example"}


def _latest(one: Agent, name: str) -> Any:
    """The queue or the board that this person was told last."""
    for told_as, payload in reversed(one.book):
        if told_as == "snapshot":
            return _of_now(name, payload.get(name))
        if told_as == name:
            return _of_now(name, payload["queue"] if name == "queue" else payload)
    return None


def _of_now(name: str, shown: Any) -> Any:
    return {**shown, "as_of": ""} if name == "board" and shown else shown


def told(client: Client) -> list[tuple[str, Any]]:
    return [(name, payload) for name, payload in client.book if name != "(closed)"]


def desk_shape(recording: Json) -> set[tuple[str, str, tuple[str, ...]]]:
    """What agent and supervisor were told, by name and fields: its order is partly that of the network."""
    return {
        (who, name, tuple(sorted(payload)))
        for who in ("agent", "supervisor")
        for name, payload in recording[who]["told"]
        if name not in ("event", "typing", "seen", "head")
    }


def shape(recording: Json) -> list[tuple[str, tuple[str, ...]]]:
    """The events that the customer was told, each by type and fields."""
    return [
        (payload["type"], tuple(sorted(payload)))
        for name, payload in recording["customer"]["told"]
        if name == "event"
    ]
