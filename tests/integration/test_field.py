"""What desks of this kind get wrong elsewhere, tried here over the wire: two conversations of each kind, some of them
in other files. `handoff/docs/cases.md` has the whole list.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from handoff.app import database_path
from handoff.service.ports import Batch
from handoff.settings import read_settings
from handoff.storage.sqlite import SqliteStorage
from tests.clients import Agent, Json, new_client_id
from tests.houses import House
from tests.integration.conftest import OpenHouse

TEN_DAYS_S = 864_000


class GatedStorage(SqliteStorage):
    """The real storage; a commit waits at a gate while it is closed."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    async def commit(self, batch: Batch) -> None:
        self.arrived.set()
        await self.gate.wait()
        await super().commit(batch)


async def test_nobody_is_told_of_a_request_before_it_is_on_disk(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    """Elsewhere the bot says that it has escalated, and then makes the ticket."""
    storage = GatedStorage(tmp_path / "data" / "byname.db")
    house = await open_house(storage=storage)
    agent, customer = await house.agent(), await house.customer()
    told = len(customer.book), len(agent.book)
    storage.arrived.clear()
    storage.gate.clear()

    ack = await customer.line.send("request_human", {"client_id": new_client_id()})
    await storage.arrived.wait()
    async with house.http.get(
        f"{house.origin}/healthz"
    ) as answer:  # the server is awake, it only says nothing
        assert answer.status == 200
    assert not ack.done()
    assert (len(customer.book), len(agent.book)) == told

    storage.gate.set()
    assert (await ack)["ok"] is True
    await agent.take(customer.conversation_id)


async def test_a_person_asked_for_in_words_is_on_disk_before_anybody_is_told(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    """The same by words instead of the button; the assistant does not claim it either."""
    storage = GatedStorage(tmp_path / "data" / "byname.db")
    house = await open_house(storage=storage)
    agent, customer = await house.agent(), await house.customer()
    told = len(customer.book), len(agent.book)
    storage.arrived.clear()
    storage.gate.clear()

    said = {"client_id": new_client_id(), "text": "I want to speak to a human, please"}
    ack = await customer.line.send("message", said)
    await storage.arrived.wait()
    async with house.http.get(f"{house.origin}/healthz") as answer:
        assert answer.status == 200
    assert not ack.done()
    assert (len(customer.book), len(agent.book)) == told

    storage.gate.set()
    assert (await ack)["ok"] is True
    requested = await customer.sees("handoff_requested")
    offer = await agent.offered(customer.conversation_id)
    assert offer["handoff_id"] == requested["handoff_id"]


async def test_a_request_that_waited_for_ten_days_goes_to_the_first_who_comes(house: House) -> None:
    """Elsewhere a task is cancelled after a time to live, or skipped for ever once it is a week old."""
    customer = await house.customer()
    asked = await customer.want_person()
    await customer.sees_state("promised")
    for _ in range(10):
        broken = len(customer.of_type("promise_broken"))
        house.clock.move(seconds=TEN_DAYS_S / 10)
        await customer.sees("promise_broken", broken + 1)

    agent = await house.agent()
    offer = await agent.offered(customer.conversation_id)

    assert offer["handoff_id"] == asked["id"]
    assert offer["requested_at"] == asked["requested_at"]
    await agent.accept(offer)
    await agent.say(customer.conversation_id, "I am sorry that it took so long")
    await customer.reads("so long")


async def test_it_is_offered_again_as_often_as_it_takes(house: House) -> None:
    """Elsewhere a chat is passed on once, and then stays with whoever does not look."""
    agents = [await house.agent("agent1"), await house.agent("agent2")]
    customer = await house.customer()
    handoff = await customer.want_person()
    for _ in range(6):
        for agent in agents:
            await agent.be("online")
        asked = await agents[0].until(
            lambda: next((one for one in agents if _open_offers(one)), None), "an offer"
        )
        [offer] = _open_offers(asked)
        house.clock.move(seconds=21)
        assert await asked.offer_ends(offer) == "timed_out"

    for agent in agents:
        await agent.be("online")
    asked = await agents[0].until(
        lambda: next((one for one in agents if _open_offers(one)), None), "the seventh"
    )
    [offer] = _open_offers(asked)
    assert offer["handoff_id"] == handoff["id"]
    await asked.accept(offer)
    await customer.sees("agent_joined")


async def test_an_offer_that_its_agent_could_not_see_is_made_again_each_time(house: House) -> None:
    """The same with an agent whose network comes and goes: an offer that nobody saw is not the only one."""
    agent = await house.agent()
    customer = await house.customer()
    handoff = await customer.want_person()
    for _ in range(3):
        offer = await _next_offer(agent)
        assert offer["handoff_id"] == handoff["id"]
        await agent.hang_up()
        house.clock.move(seconds=11)
        await customer.until(
            lambda: customer.handoff is not None and customer.handoff["state"] != "offered",
            "the end of the offer",
        )
        agent = await house.agent()

    await agent.accept(await _next_offer(agent))
    await agent.say(customer.conversation_id, "My network was bad, now I am here")
    await customer.reads("now I am here")
    assert len(customer.of_type("handoff_requested")) == 1


async def test_who_comes_after_everybody_has_declined_gets_the_request(house: House) -> None:
    """Elsewhere the chat ends when the last one has declined."""
    first, second = await house.agent("agent1"), await house.agent("agent2")
    customer = await house.customer()
    handoff = await customer.want_person()
    for _ in range(2):
        agent = await first.until(
            lambda: next((one for one in (first, second) if _open_offers(one)), None), "an offer"
        )
        [offer] = _open_offers(agent)
        await agent.done("decline", offer_id=offer["offer_id"], reason="busy")
        await agent.be("away")

    await customer.say("Is anybody there?")
    assert customer.handoff is not None and customer.handoff["id"] == handoff["id"]
    await second.be("online")

    later = await _next_offer(second)
    assert later["handoff_id"] == handoff["id"]
    await second.accept(later)
    await second.say(customer.conversation_id, "Yes, I am")
    await customer.reads("Yes, I am")


async def test_after_a_hand_back_the_bot_answers_and_the_agent_cannot(house: House) -> None:
    """Elsewhere both answer. Here whoever does not hold the conversation is not heard in it, whichever of the two."""
    customer, agent, conversation_id = await house.in_conversation()
    turns = len(house.scripted.turns)
    await agent.say(conversation_id, "The rest is a question for our assistant")
    await customer.say("Thank you")
    await agent.reads(conversation_id, "Thank you")
    assert len(house.scripted.turns) == turns

    await agent.do("hand_back", conversation_id, note="Routine question")
    await customer.say("How can I pay?")

    await customer.reads("You said: How can I pay?")
    assert await agent.fails("message", conversation_id, text="One more thing") == "conflict"
    assert [text for text in customer.texts("agent") if "One more thing" in text] == []


async def _next_offer(agent: Agent) -> Json:
    return await agent.until(lambda: next(iter(_open_offers(agent)), None), "an offer")


def _open_offers(agent: Agent) -> list[Json]:
    return [offer for offer in agent.offers if offer["offer_id"] not in agent.offers_ended]


async def test_a_long_queue_loses_nobody(open_house: OpenHouse) -> None:
    """Elsewhere a queue over its limit closes the chat."""
    house = await open_house(accounts=None, capacity="200", wrap_up_s="0")
    waiting = await house.agent("agent1", presence=None)
    customers = [await house.customer() for _ in range(120)]
    handoffs = await asyncio.gather(*(customer.want_person() for customer in customers))
    assert len({handoff["id"] for handoff in handoffs}) == 120

    await waiting.be("online")
    await waiting.until(lambda: len(waiting.offers) == 120, "an offer for each")
    for offer in list(waiting.offers):
        await waiting.accept(offer)

    for customer in customers:
        await customer.sees_state("active")
    storage = SqliteStorage(database_path(read_settings(house.environment)), read_only=True)
    await storage.open()
    try:
        rows = await storage.ledger()
    finally:
        await storage.close()
    assert {row.handoff_id for row in rows} == {handoff["id"] for handoff in handoffs}


async def test_one_agent_serves_a_long_queue_one_after_another_in_its_order(open_house: OpenHouse) -> None:
    """The same with one pair of hands: everybody keeps their place until it is their turn."""
    house = await open_house(accounts=None, capacity="1", wrap_up_s="0")
    customers = [await house.customer() for _ in range(12)]
    for customer in customers:
        await customer.want_person()
    agent = await house.agent()

    for number, customer in enumerate(customers):
        offer = await agent.offered(count=number + 1)
        assert offer["conversation_id"] == customer.conversation_id
        await agent.accept(offer)
        await agent.say(customer.conversation_id, f"You were number {number + 1}")
        await customer.reads(f"number {number + 1}")
        await agent.do("resolve", customer.conversation_id, outcome="answered")
        await customer.sees_state("resolved")


async def test_a_day_without_a_word_leaves_it_open_and_tells_the_supervisor(house: House) -> None:
    """Elsewhere a silent request is closed."""
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    await supervisor.done("watch", conversation_id=conversation_id)
    await agent.say(conversation_id, "Take your time")
    await customer.reads("Take your time")

    house.clock.move(days=1, seconds=1)

    assert (await supervisor.sees(conversation_id, "supervisor_told"))["why"] == "idle"
    assert customer.handoff["state"] == "active"
    await customer.say("It took me a day")
    await agent.reads(conversation_id, "It took me a day")


async def test_who_closed_the_page_while_waiting_finds_the_answer_after_a_day(house: House) -> None:
    """The same with a customer who has gone: silence is no withdrawal."""
    customer = await house.customer()
    handoff = await customer.want_person()
    await customer.sees_state("promised")
    await customer.hang_up()
    house.clock.move(days=1)

    agent = await house.agent()
    offer = await agent.offered(customer.conversation_id)
    assert offer["handoff_id"] == handoff["id"]
    await agent.accept(offer)
    await agent.say(customer.conversation_id, "Here is your answer")

    await customer.connect()
    await customer.reads("Here is your answer")
    assert customer.handoff is not None and customer.handoff["state"] == "active"


async def test_the_widget_knows_within_seconds_that_the_last_agent_has_left(open_house: OpenHouse) -> None:
    """Elsewhere the widget goes on pretending that somebody is there."""
    house = await open_house(agent_lost_offer_s="0.3")

    async def on_duty() -> int:
        async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
            return int((await answer.json())["on_duty"])

    watcher = await house.agent("supervisor", presence="away")
    agent = await house.agent()
    await watcher.sees_presence(agent.id, "online")
    assert await on_duty() == 1

    await agent.hang_up()

    await watcher.sees_presence(agent.id, "offline")
    assert await on_duty() == 0
    customer = await house.customer()
    await customer.want_person()
    await customer.sees_state("promised")


async def test_no_client_chooses_whose_conversation_it_is(house: House) -> None:
    """Elsewhere the client names its session, and gets whatever is kept under that name."""
    victim = await house.customer()
    await victim.say("My address is Speicherweg 12")
    body = {"conversation_id": victim.conversation_id, "session_id": victim.conversation_id, "locale": "en"}

    async with house.http.post(f"{house.origin}/api/v1/customer/sessions", json=body) as answer:
        assert answer.status in (201, 400)
        other = (await answer.json()).get("conversation_id")

    assert other != victim.conversation_id
