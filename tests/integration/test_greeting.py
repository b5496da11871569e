"""Who comes back is greeted by name; who is new, or gave no name, is greeted as anybody."""

from __future__ import annotations

import jwt
import pytest

from tests.clients import Customer
from tests.houses import House

# Nobody shares this key with the desk: the name is display text, and what is greeted is the customer's own screen.
ADA = jwt.encode(
    {"name": "Ada Lovelace"}, "a key of the visitor's own making, not the desk's", algorithm="HS256"
)
NEW_CONVERSATION_DAYS = 31  # a conversation that rested for more than 30 days is followed by another


async def come_back(house: House, customer: Customer) -> Customer:
    """With the same token, after a long time."""
    house.clock.move(days=NEW_CONVERSATION_DAYS)
    url = f"{house.origin}/api/v1/customer/sessions"
    held = {"Authorization": f"Bearer {customer.token}"}
    async with house.http.post(url, json={}, headers=held) as answer:
        again = house.adopt(Customer(house.origin, house.http, await answer.json()))
    await again.connect()
    assert again.conversation_id != customer.conversation_id
    return again


def first_words(customer: Customer) -> str:
    first = customer.of_type("message")[0]
    assert first["actor"]["kind"] == "bot"
    return str(first["text"])


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "Welcome back, Ada Lovelace!"), ("de-AT", "wieder da sind, Ada Lovelace!")]
)
async def test_who_comes_back_is_greeted_by_name(house: House, locale: str, words: str) -> None:
    new = await house.customer(identity=ADA, locale=locale)
    assert "Ada" not in first_words(new)
    assert words in first_words(await come_back(house, new))


async def test_who_comes_back_without_a_name_is_greeted_as_anybody(house: House) -> None:
    new = await house.customer()
    assert first_words(await come_back(house, new)) == first_words(new)


async def test_bot_is_told_how_to_address_a_customer_with_a_name(house: House) -> None:
    customer = await house.customer(identity=ADA)
    await customer.say("Hello")
    await customer.reads("You said: Hello")
    assert house.scripted.turns[-1].slots == {"addressed": ", Ada Lovelace"}
    nameless = await house.customer()
    await nameless.say("Hello")
    await nameless.reads("You said: Hello")
    assert house.scripted.turns[-1].slots is None
