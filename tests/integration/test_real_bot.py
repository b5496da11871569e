"""The real Rasa and its action server, hung, killed and started again, under the whole product as `make run` starts it.

What a bot can answer wrongly is in `test_bot_failures.py`, with a Rasa that a test plays. Here is what only the real
one shows: that it is as the other tests believe, and that it comes back.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import aiohttp
import psutil
import pytest

from handoff.demo.accounts import DEMO_PASSWORD
from tests.clients import Agent, Customer, Json
from tests.e2e.product import ROOT, START_TIMEOUT_S, Product

TURN_TIMEOUT_S = 5  # the default: an action that hangs is given up after 4
WITHOUT_WAITING_S = 4  # sooner than any time-out of the bot's


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Up, with the assistant still loading; it may take as long as it needs on a busy machine."""
    data = tmp_path_factory.mktemp("product")
    running = Product(data, bot_restart_hold_s=str(START_TIMEOUT_S), bot_turn_timeout_s=str(TURN_TIMEOUT_S))
    try:
        running.wait_for(running.is_up, "the handoff server")
        yield running
    finally:
        running.stop()


class People:
    """Makes customers and agents, and hangs up for them."""

    def __init__(self, origin: str, http: aiohttp.ClientSession, stack: AsyncExitStack) -> None:
        self._origin = origin
        self._http = http
        self._stack = stack

    async def customer(self) -> Customer:
        customer = await Customer.begin(self._origin, self._http, locale="en")
        await customer.connect()
        self._stack.push_async_callback(customer.hang_up)
        return customer

    async def agent(self) -> Agent:
        agent = await Agent.sign_in(self._origin, self._http, "agent1@demo.example", DEMO_PASSWORD)
        await agent.connect()
        await agent.be("online")
        self._stack.push_async_callback(agent.hang_up)
        self._stack.push_async_callback(agent.be, "offline")
        return agent


@pytest.fixture
async def people(product: Product) -> AsyncIterator[People]:
    async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        yield People(product.address, http, stack)


Whole = Callable[[], Awaitable[None]]


@pytest.fixture
def whole(product: Product) -> Whole:
    """Wait until every part is there and the bot is asked again."""

    def there() -> bool:
        return product.is_whole() and product.bot_facts().get("circuit") != "open"

    async def wait() -> None:
        await asyncio.to_thread(product.wait_for, there, "the product with all its parts")

    return wait


@contextmanager
def hung(part: psutil.Process) -> Iterator[None]:
    part.suspend()
    try:
        yield
    finally:
        if part.is_running():
            part.resume()


async def answered(customer: Customer, text: str) -> Json:
    """What the bot says, however long it has to be loaded first."""
    return await customer.until(
        lambda: next((one for one in customer.of_type("message") if text in one["text"]), None),
        f"an answer with {text!r}",
        patience_s=START_TIMEOUT_S,
    )


async def gets_person(customer: Customer, *, within_s: float) -> str:
    """The reason with which the customer is passed to a person in time."""
    await customer.until(lambda: customer.of_type("handoff_requested"), "a person", patience_s=within_s)
    return str(customer.of_type("handoff_requested")[-1]["reason"])


async def test_question_asked_while_the_assistant_is_loading_waits_for_it(
    product: Product, people: People
) -> None:
    assert product.bot_facts()["ok"] is False, "it was not loading any more"
    customer = await people.customer()
    await customer.say("Where is order 10023?")

    await answered(customer, "Order 10023")

    assert customer.of_type("handoff_requested") == []


async def test_hung_rasa_costs_one_turn_and_what_it_says_later_is_kept(
    product: Product, people: People, whole: Whole
) -> None:
    await whole()
    agent = await people.agent()
    customers = [await people.customer() for _ in range(4)]
    with hung(product.part("handoff.tooling.rasa")):
        for customer in customers[:3]:
            await customer.say("Where is order 10023?")
        for customer in customers[:3]:
            assert await gets_person(customer, within_s=2 * TURN_TIMEOUT_S) == "bot_unavailable"
        await customers[3].say("Where is order 10023?")
        assert await gets_person(customers[3], within_s=WITHOUT_WAITING_S) == "bot_unavailable"
        conversation_id = await agent.take(customers[0].conversation_id)

    late = await agent.sees(conversation_id, "late_bot_answer")
    assert "Order 10023" in str(late["texts"])
    assert "Order 10023" not in str(customers[0].texts("bot"))
    await whole()
    again = customers[3]
    await again.done("withdraw", client_id="w")
    await again.say("How can I pay?")
    await answered(again, "PayPal")


async def test_killed_rasa_costs_one_turn_and_knows_the_order_again_when_it_is_back(
    product: Product, people: People, whole: Whole
) -> None:
    await whole()
    known, asking, after = [await people.customer() for _ in range(3)]
    await known.say("Where is order 10023?")
    await answered(known, "Order 10023")
    rasa = product.part("handoff.tooling.rasa")
    with hung(rasa):
        await asking.say("Where is order 10023?")
        await asking.until(lambda: asking.all_told("typing"), "the bot being asked")
        rasa.kill()
        assert await gets_person(asking, within_s=WITHOUT_WAITING_S) == "bot_unavailable"
    await after.say("How can I pay?")
    assert await gets_person(after, within_s=WITHOUT_WAITING_S) == "bot_unavailable"

    await whole()
    await known.say("And where is my order now?")
    await known.until(
        lambda: str(known.texts("bot")).count("Order 10023") >= 2,
        "the same order",
        patience_s=START_TIMEOUT_S,
    )
    for customer in (asking, after):
        await customer.done("withdraw", client_id="w")
        await customer.say("Which payment methods do you take?")
        await answered(customer, "PayPal")
    assert known.of_type("handoff_requested") == []


async def test_hung_action_server_costs_only_those_who_need_an_action(
    product: Product, people: People, whole: Whole
) -> None:
    await whole()
    needs, needs_not = await people.customer(), await people.customer()
    with hung(product.part("actions")):
        await needs.say("Where is order 10023?")
        await needs_not.say("How can I pay?")
        await answered(needs_not, "PayPal")
        assert await gets_person(needs, within_s=2 * TURN_TIMEOUT_S) == "bot_unavailable"

    await needs.done("withdraw", client_id="w")
    await needs.say("Please tell me where order 10023 is")
    await answered(needs, "Order 10023")
    assert needs_not.of_type("handoff_requested") == []


async def test_reload_of_the_assistant_costs_nobody_anything(
    product: Product, people: People, whole: Whole
) -> None:
    await whole()
    customers = [await people.customer() for _ in range(3)]
    rasa = product.part("handoff.tooling.rasa")
    command = (sys.executable, "-m", "handoff.tooling.reload")
    reload = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=product.environ)
    assert await reload.wait() == 0
    await asyncio.to_thread(product.wait_for, lambda: not rasa.is_running(), "the end of the old Rasa")

    for customer in customers:
        await customer.say("Where is order 10023?")
    for customer in customers:
        await answered(customer, "Order 10023")

    assert [one for customer in customers for one in customer.of_type("handoff_requested")] == []
