"""Nothing is lost, doubled or out of order: reload, reconnect, pages, bursts, and the same request again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from handoff.service.ports import StorageUnavailable
from tests.clients import Customer, error_code, new_client_id
from tests.gated import GatedStorage
from tests.houses import House, house_in
from tests.integration.conftest import OpenHouse


async def test_reload_shows_everything_again(house: House) -> None:
    customer = await house.customer()
    for number in range(5):
        await customer.say(f"Message {number}")
    await customer.reads("You said: Message 4")
    before = dict(customer.events)

    await customer.hang_up()
    customer.events.clear()
    snapshot = await customer.connect(since=0)

    assert customer.events == before
    assert snapshot["more"] is False
    assert snapshot["last_seq"] == max(before)
    told = {"id": customer.conversation_id, "control": "bot", "locale": "en", "blocked": None}
    told["customer"] = {"name": None, "verified": False}
    assert snapshot["conversation"] == told


async def test_reconnect_with_since_gets_exactly_what_was_missed(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Before the tunnel")
    await customer.reads("Before the tunnel")
    seen = customer.last_seq
    await customer.hang_up()
    for number in range(7):
        await agent.say(conversation_id, f"In the tunnel {number}")

    snapshot = await customer.connect()

    assert [event["text"] for event in snapshot["events"]] == [f"In the tunnel {n}" for n in range(7)]
    assert all(event["seq"] > seen for event in snapshot["events"])
    await agent.say(conversation_id, "After the tunnel")
    await customer.reads("After the tunnel")
    assert customer.gaps() == []


async def test_reconnect_with_nothing_missed_gets_nothing(house: House) -> None:
    customer = await house.customer()
    await customer.reads("AI assistant")
    await customer.hang_up()

    snapshot = await customer.connect()

    assert snapshot["events"] == []
    assert snapshot["last_seq"] == customer.last_seq


async def test_since_beyond_the_end_gets_nothing_and_then_what_is_new(house: House) -> None:
    customer = await house.customer(connected=False)

    snapshot = await customer.connect(since=10_000)
    await customer.say("New")

    assert snapshot["events"] == []
    assert (await customer.reads("You said: New"))["seq"] > 2


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_two_hundred_messages_without_waiting_keep_their_order(house: House, transport: str) -> None:
    """A long-polling client's messages gather into one body, of which the library once dropped all."""
    customer = await house.customer(transport=transport)
    other = await house.second_socket(customer)

    sent = [
        await customer.line.send("message", {"client_id": f"m{number}", "text": f"message number {number}"})
        for number in range(200)
    ]
    async with asyncio.timeout(30):
        acks = await asyncio.gather(*sent)

    assert all(ack["ok"] for ack in acks)
    assert [ack["seq"] for ack in acks] == sorted({ack["seq"] for ack in acks})
    wanted = [f"message number {number}" for number in range(200)]
    for reader in (customer, other):
        await reader.until(lambda reader=reader: len(reader.texts("customer")) == 200, "all messages")
        assert reader.texts("customer") == wanted
        assert reader.gaps() == []
    await customer.reads("You said: message number 199")
    document = await customer.transcript(customer.conversation_id)
    assert [event["seq"] for event in document["events"]] == list(range(1, document["count"] + 1))


async def test_ack_says_where_the_message_stands(house: House) -> None:
    customer = await house.customer()

    ack = await customer.say("Where am I?")

    event = await customer.reads("Where am I?")
    assert (ack["seq"], ack["at"]) == (event["seq"], event["at"])


async def test_same_client_id_twice_is_one_event_and_the_same_ack(house: House) -> None:
    customer = await house.customer()

    first = await customer.say("Once", "one-id")
    again = await customer.say("Once", "one-id")

    assert again == first
    assert await customer.refused("message", client_id="one-id", text="Something else") == "conflict"
    await customer.say("The next")
    await customer.reads("You said: The next")
    assert customer.texts("customer") == ["Once", "The next"]


async def test_same_client_id_at_once_over_two_sockets_is_one_event(house: House) -> None:
    customer = await house.customer()
    tab = await house.second_socket(customer)

    for number in range(10):
        request = {"client_id": f"id{number}", "text": f"Text {number}"}
        pending = [await line.send("message", request) for line in (customer.line, tab.line, customer.line)]
        acks = await asyncio.gather(*pending)
        assert acks[0] == acks[1] == acks[2]
        assert acks[0]["ok"] is True

    await tab.reads("You said: Text 9")
    assert tab.texts("customer") == [f"Text {number}" for number in range(10)]


async def test_same_client_id_after_a_reconnect_and_a_restart_is_one_event(house: House) -> None:
    customer = await house.customer()
    first = await customer.say("Once", "one-id")
    await customer.hang_up()
    await customer.connect()
    assert await customer.say("Once", "one-id") == first

    await house.restart()
    house.adopt(customer)
    await customer.connect()

    assert await customer.say("Once", "one-id") == first
    assert await customer.refused("message", client_id="one-id", text="Other") == "conflict"
    assert customer.texts("customer") == ["Once"]


async def test_client_ids_of_two_customers_do_not_meet(house: House) -> None:
    first, second = await house.customer(), await house.customer()

    await first.say("Of the first", "same")
    await second.say("Of the second", "same")

    assert second.texts("customer") == ["Of the second"] or await second.reads("Of the second")


async def test_requests_of_every_kind_are_idempotent(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    later = "2099-01-01T00:00:00.000Z"
    assert await agent.fails("follow_up", conversation_id, answer_by=later) == "bad_request"

    async def twice(client: Customer | type(agent), name: str, **fields: object) -> None:  # type: ignore[valid-type]
        request = {"client_id": new_client_id(), **fields}
        first = await client.ask(name, request)
        assert first["ok"] is True, first
        assert await client.ask(name, request) == first

    of_agent = {"conversation_id": conversation_id}
    await twice(agent, "message", **of_agent, text="Hello")
    await twice(agent, "note", **of_agent, text="A note")
    await twice(agent, "contacted", **of_agent, channel="phone", outcome="reached")
    await twice(agent, "resolve", **of_agent, outcome="done")
    await twice(customer, "rate", score=5)
    await twice(customer, "feedback", seq=2, helpful=True)
    await twice(customer, "request_human", note="Again, please")
    await agent.offered(conversation_id, count=2)
    await twice(customer, "withdraw")
    await twice(customer, "callback", contact={"phone": "+49 40 123456"})

    document = await agent.transcript(conversation_id)
    types = [event["type"] for event in document["events"]]
    for once in ("note", "contacted", "handoff_resolved", "rated", "feedback", "handoff_withdrawn"):
        assert types.count(once) == 1, once
    assert types.count("handoff_requested") == 3
    assert types.count("handoff_promised") == 1


async def test_long_log_comes_in_pages_of_five_hundred_and_nothing_in_between_is_lost(house: House) -> None:
    customer = await house.customer()
    pending = [
        await customer.line.send("message", {"client_id": f"m{n}", "text": f"message number {n}"})
        for n in range(255)
    ]
    assert all(ack["ok"] for ack in await asyncio.gather(*pending))
    await customer.reads("You said: message number 254")

    reader = house.adopt(Customer(house.origin, house.http, customer.session))
    snapshot = await reader.connect()
    assert len(snapshot["events"]) == 500
    assert snapshot["more"] is True
    assert snapshot["last_seq"] == snapshot["events"][-1]["seq"]
    await customer.say("Said while pages are fetched")
    await reader.reads("You said: Said while pages are fetched")
    await reader.catch_up()
    await customer.reads("You said: Said while pages are fetched")

    assert reader.events == customer.events
    assert reader.gaps() == []
    page = await reader.done("sync", since=reader.last_seq)
    assert (page["events"], page["more"], page["last_seq"]) == ([], False, reader.last_seq)


async def test_head_tells_a_client_how_far_the_log_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.gateway.customers.HEAD_EVERY_S", 0.05)
    monkeypatch.setattr("handoff.gateway.agents.HEAD_EVERY_S", 0.05)
    await house.restart()
    customer, agent, conversation_id = await house.in_conversation()
    await agent.do("note", conversation_id, text="Hidden from the customer")
    ack = await customer.say("The last word")
    await agent.do("note", conversation_id, text="Hidden too")

    await customer.until(lambda: {"last_seq": ack["seq"]} in customer.all_told("head"), "a head")
    head = {"conversation_id": conversation_id, "last_seq": ack["seq"] + 1}
    await agent.until(lambda: head in agent.all_told("head"), "a head")
    assert max(one["last_seq"] for one in customer.all_told("head")) == ack["seq"]


async def test_head_is_told_of_what_is_on_disk_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulation found it: a head was rendered from the desk while a pass was being written. Had that failed, the
    client would have looked for an event that never was."""
    monkeypatch.setattr("handoff.gateway.customers.HEAD_EVERY_S", 0.02)
    storage = GatedStorage()
    async with house_in(tmp_path, storage=storage) as house:
        customer = await house.customer()
        committer = house.server.committer
        last_seq = customer.last_seq
        looked, settled = asyncio.Event(), committer.settled

        async def watched() -> None:
            if committer.desk.conversation(customer.conversation_id).last_seq > last_seq:
                looked.set()
            await settled()

        monkeypatch.setattr(committer, "settled", watched)
        storage.gate.clear()
        body = {"client_id": new_client_id(), "text": "Is this on disk?"}
        sending = asyncio.ensure_future(customer.ask("message", body))
        async with asyncio.timeout(10):
            await looked.wait()
        storage.error = StorageUnavailable("the disk is full")
        storage.gate.set()

        assert error_code(await sending) == "unavailable"
        assert all(head["last_seq"] <= last_seq for head in customer.all_told("head"))
        storage.error = None


async def test_chain_of_prev_seq_holds_over_what_the_customer_cannot_see(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    for number in range(5):
        await agent.do("note", conversation_id, text=f"Note {number}")
        await agent.say(conversation_id, f"Word {number}")
    await customer.reads("Word 4")

    shown = sorted(customer.events)
    assert shown != list(range(1, len(shown) + 1))
    assert customer.gaps() == []
    assert [event["seq"] for event in agent.log(conversation_id)] == list(range(1, max(shown) + 1))
    assert all(event["prev_seq"] == event["seq"] - 1 for event in agent.log(conversation_id))
    assert not [event for event in customer.events.values() if event["type"] in ("note", "offer_made")]


async def test_two_tabs_see_the_same(house: House) -> None:
    first = await house.customer()
    second = await house.second_socket(first, transport="polling")
    await first.say("From the first tab")
    await second.say("From the second tab")
    await first.want_person()
    for tab in (first, second):
        await tab.reads("You said: From the second tab")
        await tab.sees("handoff_promised")  # nobody is on duty: the last event of this story

    assert first.events == second.events


async def test_request_without_an_ack_is_carried_out_all_the_same(house: House) -> None:
    customer = await house.customer()

    await customer.line.tell("message", {"client_id": "quiet", "text": "No ack wanted"})
    await customer.line.tell("message", {"client_id": "quiet2"})

    await customer.reads("You said: No ack wanted")


async def test_text_of_every_kind_comes_back_as_it_was_sent(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    texts = [
        "line\nbreak\tand tab",
        "x" * 4_000,
        "\U0001f600" * 4_000,
        "<script>alert(1)</script>",
        "ಕನ್ನಡ ελληνικά Ünïcödé \u202eright to left",
        '"quoted" \\ back',
        "e\u0301 zero\u200bwidth",
    ]
    for text in texts:
        await customer.say(text)
        await agent.say(conversation_id, text)

    await customer.until(lambda: len(customer.texts("agent")) == len(texts), "all answers")
    assert customer.texts("agent") == customer.texts("customer") == texts


async def test_text_is_trimmed_and_one_too_long_is_too_large(house: House) -> None:
    customer = await house.customer()
    await customer.say("  in the middle \n ")
    await customer.say("y" * 4_000 + "   ")

    assert await customer.refused("message", client_id="l", text="z" * 4_001) == "too_large"
    assert await customer.refused("message", client_id="l", text="z" * 60_000) == "too_large"
    assert await customer.refused("request_human", client_id="l", note="z" * 4_001) == "too_large"
    assert (
        error_code(await customer.ask("rate", {"client_id": "l", "score": 1, "comment": "z" * 4_001}))
        == "too_large"
    )
    await customer.say("Still there")
    await customer.reads("You said: Still there")
    assert customer.texts("customer") == ["in the middle", "y" * 4_000, "Still there"]


async def test_frame_over_64_kb_may_close_only_its_own_connection(house: House) -> None:
    customer, other = await house.customer(), await house.customer()

    await customer.line.tell("message", {"client_id": "big", "text": "x" * 200_000})
    await customer.until(lambda: customer.line.closed, "the end of the connection")
    await customer.connect()
    await customer.say("Back again")
    await other.say("Undisturbed")

    await other.reads("You said: Undisturbed")
    assert customer.texts("customer") == ["Back again"]


async def test_burst_of_three_hundred_passes_and_the_next_has_to_wait(house: House) -> None:
    customer, other = await house.customer(), await house.customer()
    house.clock.freeze()
    pending = [
        await customer.line.send("message", {"client_id": f"m{n}", "text": f"message number {n}"})
        for n in range(301)
    ]
    acks = await asyncio.gather(*pending)

    assert all(ack["ok"] for ack in acks[:300])
    assert error_code(acks[300]) == "rate_limited"
    assert acks[300]["error"]["retry_after_s"] >= 1
    await other.say("Another customer's rate is another's")
    house.clock.move(seconds=acks[300]["error"]["retry_after_s"])
    await customer.say("message number 300", "m300")


async def test_message_sent_again_gets_its_ack_and_does_not_count(house: House) -> None:
    """Whoever lost a connection right after a burst sends it all again, and is still owed every ack."""
    customer = await house.customer()
    house.clock.freeze()
    messages = [{"client_id": f"m{n}", "text": f"message number {n}"} for n in range(300)]

    first = [await customer.ask("message", one) for one in messages]
    again = [await customer.ask("message", one) for one in messages[:150]]
    assert error_code(await customer.ask("message", {"client_id": "m301", "text": "new"})) == "rate_limited"
    changed = {"client_id": "m299", "text": "another body"}
    assert error_code(await customer.ask("message", changed)) == "rate_limited"

    assert all(ack["ok"] for ack in first)
    assert again == first[:150]
    assert len(customer.of_type("message")) == len(customer.texts("bot")) + 300


async def test_message_sent_again_leaves_room_for_new_ones(house: House) -> None:
    customer = await house.customer()
    house.clock.freeze()
    one = {"client_id": "m0", "text": "message number 0"}

    first = await customer.ask("message", one)
    for _ in range(150):
        assert await customer.ask("message", one) == first
    new = [await customer.ask("message", {"client_id": f"n{n}", "text": f"new {n}"}) for n in range(299)]

    assert all(ack["ok"] for ack in new)


async def test_flood_of_the_same_message_is_bounded(house: House) -> None:
    customer = await house.customer()
    house.clock.freeze()
    pending = [
        await customer.line.send("message", {"client_id": "m0", "text": "the same"}) for _ in range(700)
    ]

    acks = await asyncio.gather(*pending)

    assert acks[:600] == acks[:1] * 600
    assert {error_code(ack) for ack in acks[600:]} == {"rate_limited"}


@pytest.mark.parametrize(
    "malformed", [{"text": "no id"}, {"client_id": "x", "text": "\x07"}, {"client_id": "x", "text": ""}, [1]]
)
async def test_malformed_messages_count_like_any_other(house: House, malformed: Any) -> None:
    customer = await house.customer()
    house.clock.freeze()
    pending = [await customer.line.send("message", malformed) for _ in range(301)]

    codes = [error_code(ack) for ack in await asyncio.gather(*pending)]

    assert codes == ["bad_request"] * 300 + ["rate_limited"]
    assert error_code(await customer.ask("message", {"client_id": "m", "text": "Hi"})) == "rate_limited"
    await customer.done("request_human", client_id="button")


async def test_flood_of_one_agent_is_bounded_and_the_others_go_on(open_house: OpenHouse) -> None:
    house = await open_house(agent_request_burst="20", agent_requests_per_second="2")
    customer, agent, conversation_id = await house.in_conversation()
    house.clock.freeze()

    acks = [await agent.ask("read", {"conversation_id": conversation_id, "seq": 1}) for _ in range(25)]

    assert {error_code(ack) for ack in acks[20:]} == {"rate_limited"}
    assert (await (await house.agent("agent2")).ask("set_presence", {"presence": "away"}))["ok"]
    house.clock.move(seconds=1)
    assert (await agent.say(conversation_id, "I am still here"))["ok"]
    await customer.reads("I am still here")
