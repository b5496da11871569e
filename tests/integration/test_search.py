"""Finding conversations again, over the wire: each sees what their role may see."""

from __future__ import annotations

import pytest

from tests.clients import Agent, Customer, Json
from tests.houses import House


async def served(house: House, agent: Agent, *said: str, **session: str) -> Customer:
    """A customer who has said this to an agent, and been answered; it is over."""
    customer = await house.customer(**session)
    for text in said:
        await customer.say(text)
    await customer.want_person()
    conversation_id = await agent.take(customer.conversation_id)
    await agent.say(conversation_id, "That is settled.")
    await agent.do("resolve", conversation_id, outcome="answered")
    await customer.sees_state("resolved")
    await agent.done("wrap_up_done", conversation_id=conversation_id)
    return customer


async def search(one: Agent, query: str, **more: object) -> Json:
    answer: Json = await one.done("search", query=query, **more)
    return answer


async def ids(one: Agent, query: str) -> list[str]:
    return [found["conversation_id"] for found in (await search(one, query))["found"]]


async def test_agent_finds_what_was_said_in_a_conversation_that_is_over_and_opens_it(house: House) -> None:
    maria = await house.agent("agent1")
    anna = await served(house, maria, "My Müller router blinks red")
    bert = await served(house, maria, "Where is my invoice?")

    answer = await search(maria, "muller rout")
    assert (answer["next"], answer["complete"]) == (None, True)
    [found] = answer["found"]
    assert found["conversation_id"] == anna.conversation_id
    assert found["text"].endswith("My Müller router blinks red")
    assert (found["state"], found["agent"]["id"]) == ("resolved", maria.id)
    opened = await maria.done("open", conversation_id=found["conversation_id"], since=0)
    assert next(event for event in opened["events"] if event["seq"] == found["seq"])["text"] == found["text"]

    by_reference = (await search(maria, found["reference"].lower()))["found"]
    assert [one["conversation_id"] for one in by_reference] == [anna.conversation_id]
    assert by_reference[0]["seq"] is None
    assert await ids(maria, "settled") == [bert.conversation_id, anna.conversation_id]


async def test_agents_find_their_own_and_supervisors_everything(house: House) -> None:
    maria = await house.agent("agent1")
    anna = await served(house, maria, "A parcel of mine")
    await maria.be("offline")
    tobias = await house.agent("agent2")
    bert = await served(house, tobias, "Another parcel")
    never_with_a_person = await house.customer()
    await never_with_a_person.say("A parcel, but no person")
    leyla = await house.agent("supervisor", presence=None)

    assert await ids(maria, "parcel") == [anna.conversation_id]
    assert await ids(tobias, "parcel") == [bert.conversation_id]
    everything = [never_with_a_person.conversation_id, bert.conversation_id, anna.conversation_id]
    assert await ids(leyla, "parcel") == everything
    reference = anna.handoff["reference"] if anna.handoff else ""
    assert await ids(tobias, reference) == []
    assert await tobias.refused("open", conversation_id=anna.conversation_id, since=0) == "not_found"
    trainer = await house.agent("trainer", presence=None)
    assert await ids(trainer, "parcel") == []


async def test_customers_are_found_by_name_and_address_until_they_are_forgotten(house: House) -> None:
    maria = await house.agent("agent1")
    anna = await served(house, maria, "Hello")
    await anna.done("introduce", client_id="i1", name="Zoë Ångström")
    await maria.be("away")
    await anna.done("callback", client_id="c1", contact={"email": "zoe@example.org"})
    leyla = await house.agent("supervisor", presence=None)
    assert await ids(leyla, "zoe angstr") == [anna.conversation_id]
    assert await ids(leyla, "zoe@example.org") == [anna.conversation_id]

    address = f"{house.origin}/api/v1/customer/data"
    bearer = {"Authorization": f"Bearer {anna.token}"}
    async with house.http.delete(address, headers=bearer) as answer:
        assert answer.status == 204
    for query in ("zoe", "zoe@example.org", "hello"):
        assert await ids(leyla, query) == []


async def test_long_list_comes_in_pages(house: House) -> None:
    leyla = await house.agent("supervisor", presence=None)
    everybody = []
    for _ in range(45):
        one = await house.customer()
        await one.say("A parcel")
        everybody.append(one.conversation_id)
        await house.part(one)
    pages = [await search(leyla, "parcel")]
    while (before := pages[-1]["next"]) is not None:
        pages.append(await search(leyla, "parcel", before=before))
    assert [len(page["found"]) for page in pages] == [20, 20, 5]
    found = [one["conversation_id"] for page in pages for one in page["found"]]
    assert found == everybody[::-1]


async def test_long_text_is_told_around_the_word(house: House) -> None:
    maria = await house.agent("agent1")
    await served(house, maria, "x " * 1_000 + "needle" + " y" * 900)
    [found] = (await search(maria, "needle"))["found"]
    assert "needle" in found["text"]
    assert len(found["text"]) <= 302
    assert found["text"].startswith("…")
    assert found["text"].endswith("…")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"query": None},
        {"query": 7},
        {"query": ""},
        {"query": "   "},
        {"query": "x" * 201},
        {"query": "a\x00b"},
        {"query": "a\x1bb"},
        {"query": "\ud800"},
        {"query": " ".join("abcdefghijklm")},
        {"query": ["parcel"]},
        {"query": "parcel", "before": 0},
        {"query": "parcel", "before": -1},
        {"query": "parcel", "before": "7"},
        {"query": "parcel", "before": 1.5},
        {"query": "parcel", "before": 2**60},
    ],
)
async def test_bad_search_is_refused_and_the_socket_goes_on(house: House, asked: Json) -> None:
    maria = await house.agent("agent1", presence=None)
    assert await maria.refused("search", **asked) == "bad_request"
    assert (await search(maria, "parcel"))["found"] == []


@pytest.mark.parametrize(
    "query",
    ['"', "'", "parcel*", "NEAR(a b)", "a AND b", "text:a", "-a", "^a", "(", "%", "_", "{}", "😀", "\u202e"],
)
async def test_signs_of_a_query_language_are_text_like_any_other(house: House, query: str) -> None:
    maria = await house.agent("agent1", presence=None)
    assert (await search(maria, query))["found"] == []


async def test_nobody_searches_who_is_no_person_of_the_desk(house: House) -> None:
    customer = await house.customer()
    assert await customer.refused("search", query="parcel") == "bad_request"
