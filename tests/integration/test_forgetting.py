"""Who the customer is, over the wire: earlier conversations, a proven identity later, and "forget me"."""

from __future__ import annotations

import json

import pytest

from handoff.service.audit import audit
from handoff.service.transcripts import verify_transcript
from tests.clients import Customer, Json, Refused, error_code, new_client_id
from tests.houses import House
from tests.integration.test_sessions import resume, shop, signed, works

__all__ = ["shop"]  # the fixture

SECRET = "Zwetschgenknoedel"


async def earlier(house: House, customer: Customer) -> list[Json]:
    address = f"{house.origin}/api/v1/customer/conversations"
    async with house.http.get(address, headers=customer.bearer) as answer:
        assert answer.status == 200
        found: list[Json] = (await answer.json())["conversations"]
        return found


async def forget(house: House, token: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"}
    async with house.http.delete(f"{house.origin}/api/v1/customer/data", headers=headers) as answer:
        return answer.status, "" if answer.status == 204 else error_code(await answer.json())


# --- earlier conversations ---


async def test_who_returns_after_a_month_finds_the_conversation_of_before(house: House) -> None:
    first = await house.customer()
    await first.say("Is my order on its way?")
    await first.hang_up()
    house.clock.move(days=31)
    _, session = await resume(house, first.token)
    again = house.adopt(Customer(house.origin, house.http, session))

    (found,) = await earlier(house, again)
    assert found["id"] == first.conversation_id
    assert found["reference"] is None
    document = await again.transcript(first.conversation_id)
    assert "Is my order on its way?" in json.dumps(document)
    verify_transcript(document)


async def test_nobody_lists_or_reads_conversations_of_others(house: House) -> None:
    first, second = await house.customer(), await house.customer()
    await first.say("Mine alone")
    assert await earlier(house, second) == []
    address = f"{house.origin}/api/v1/conversations/{first.conversation_id}/transcript"
    async with house.http.get(address, headers=second.bearer) as answer:
        assert (answer.status, error_code(await answer.json())) == (404, "not_found")
    async with house.http.get(f"{house.origin}/api/v1/customer/conversations") as answer:
        assert answer.status == 401


# --- language and name ---


async def test_name_and_language_reach_the_desk_once(house: House) -> None:
    customer = await house.customer()
    await customer.done("locale", client_id=new_client_id(), locale="de-AT")
    client_id = new_client_id()
    await customer.done("introduce", client_id=client_id, name="  Eva  ")
    await customer.done("introduce", client_id=client_id, name="Eva")
    await customer.want_person()
    agent = await house.agent()
    offer = await agent.offered(customer.conversation_id)
    assert (offer["customer"]["name"], offer["customer"]["locale"]) == ("Eva", "de-AT")
    assert offer["customer"]["verified"] is False


@pytest.mark.parametrize("name", ["", "x" * 81, "two\nlines", "bell\x07", 7])
async def test_a_name_that_is_none_is_refused(house: House, name: object) -> None:
    customer = await house.customer()
    code = await customer.refused("introduce", client_id=new_client_id(), name=name)
    assert code in ("bad_request", "too_large")


@pytest.mark.parametrize("locale", ["", "x" * 36, "de de", "de\x00", None])
async def test_a_language_that_is_none_is_refused(house: House, locale: object) -> None:
    customer = await house.customer()
    assert await customer.refused("locale", client_id=new_client_id(), locale=locale) == "bad_request"


# --- forgotten ---


async def test_forgotten_is_forgotten_everywhere_and_the_chain_stays_whole(house: House) -> None:
    customer = await house.customer()
    await customer.done("introduce", client_id=new_client_id(), name="Eva Berg")
    await customer.say(f"My word is {SECRET}")
    await customer.want_person()
    agent = await house.agent()
    conversation_id = await agent.take(customer.conversation_id)
    await agent.say(conversation_id, f"Hello Eva Berg, about {SECRET}")
    await agent.do("note", conversation_id, text=f"Likes {SECRET}")

    assert await forget(house, customer.token) == (204, "")

    await agent.sees(conversation_id, "erased")
    assert not await works(house, customer, customer.token)
    assert (await forget(house, customer.token))[0] == 401
    document = await agent.transcript(conversation_id)
    verify_transcript(document)
    assert SECRET not in json.dumps(document)
    assert "Eva Berg" not in json.dumps(document)
    assert [event["type"] for event in document["events"]][-2:] == ["handoff_withdrawn", "erased"]
    for chosen in ("html", "txt"):
        assert SECRET not in await agent.transcript(conversation_id, chosen)
    assert await agent.fails("note", conversation_id, text="Late") == "conflict"
    assert [problem async for problem in audit(house.server.storage)] == []


async def test_an_open_socket_of_a_forgotten_customer_is_closed(house: House) -> None:
    customer = await house.customer()
    tab = await house.second_socket(customer)
    assert await forget(house, customer.token) == (204, "")
    await tab.until(lambda: tab.line.closed, "the end of the socket")
    with pytest.raises(Refused):
        await tab.connect()


async def test_an_erased_log_stands_a_restart(house: House) -> None:
    customer = await house.customer()
    await customer.say(f"My word is {SECRET}")
    await forget(house, customer.token)
    conversation_id = customer.conversation_id
    await house.restart()
    supervisor = await house.agent("supervisor", presence=None)
    acked = await supervisor.done("open", conversation_id=conversation_id, since=0)
    assert SECRET not in json.dumps(acked)
    assert [problem async for problem in audit(house.server.storage)] == []


# --- identity ---


async def identify(house: House, token: str, identity: str) -> Customer:
    """The session that a page's sign-in leads to, in a widget that has a session already."""
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{house.origin}/api/v1/customer/sessions"
    async with house.http.post(address, json={"identity": identity}, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return house.adopt(Customer(house.origin, house.http, await answer.json()))


async def test_who_signs_in_amid_a_conversation_goes_on_in_it(shop: House) -> None:
    before = await shop.customer()
    acked = await before.say("Is my order on its way?", client_id="said-once")
    customer = await identify(shop, before.token, signed())
    await customer.connect()

    assert customer.conversation_id == before.conversation_id
    assert customer.snapshot is not None
    assert customer.snapshot["conversation"]["customer"] == {"name": "Ada Lovelace", "verified": True}
    again = await customer.say("Is my order on its way?", client_id="said-once")
    assert again["seq"] == acked["seq"]  # sent once more after the sign-in, and still said once
    elsewhere = await shop.customer(identity=signed())
    assert elsewhere.conversation_id == before.conversation_id


async def test_who_signs_in_before_a_word_gets_their_own_conversation(shop: House) -> None:
    known = await shop.customer(identity=signed())
    await known.say("From the laptop")
    fresh = await shop.customer()
    customer = await identify(shop, fresh.token, signed())
    assert customer.conversation_id == known.conversation_id
    assert not await works(shop, fresh, fresh.token)


async def test_another_customer_on_the_same_machine_sees_nothing_of_the_first(shop: House) -> None:
    first = await shop.customer(identity=signed())
    await first.say("A secret")
    second = await identify(shop, first.token, signed(sub="customer-8", name="Otto"))
    await second.connect()
    assert second.conversation_id != first.conversation_id
    assert "A secret" not in str(second.events)
    assert await earlier(shop, second) == []
    assert not await works(shop, first, first.token)


async def test_a_forged_identity_changes_nothing_but_a_shown_name(shop: House) -> None:
    victim = await shop.customer(identity=signed())
    await victim.say("A secret")
    thief = await shop.customer()
    await thief.say("Good day to you")
    forged = await identify(shop, thief.token, signed("another key of the attacker, long enough for it"))
    assert forged.conversation_id == thief.conversation_id
    assert await earlier(shop, forged) == []


async def test_forgetting_ends_the_sessions_on_every_device(shop: House) -> None:
    phone = await shop.customer()
    await phone.say("From the phone, not signed in yet")
    signed_in = await identify(shop, phone.token, signed())
    laptop = await shop.customer(identity=signed())
    assert await forget(shop, laptop.token) == (204, "")
    for one in (phone, signed_in, laptop):
        assert not await works(shop, one, one.token)
    after = await shop.customer(identity=signed())
    assert after.conversation_id != phone.conversation_id
    assert await earlier(shop, after) == []
