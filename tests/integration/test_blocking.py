"""Abuse, over the wire: an agent shuts a customer out with a reason, the customer is told whom to write to instead, and
a supervisor sees it and lets them in again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from handoff.app import DEMO_DESK
from tests.clients import Agent, Customer, Json, new_client_id
from tests.houses import House

OpenHouse = Callable[..., Awaitable[House]]
POST = "Nordlicht Handel GmbH, Speicherweg 12, 20457 Hamburg, Germany"
MAIL = "support@nordlicht.example"
REASON = "Threatened to come to our office"


async def blocked_by_agent(house: House) -> tuple[Customer, Agent, str]:
    """A customer whom agent1 has blocked after a word."""
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Please stay calm")
    await agent.do("block", conversation_id, reason=REASON)
    await customer.sees("customer_blocked")
    return customer, agent, conversation_id


async def refusal(customer: Customer, name: str, **fields: Any) -> Json:
    ack = await customer.ask(name, {"client_id": new_client_id()} | fields)
    assert ack["ok"] is False, ack
    return dict(ack["error"])


async def is_shut_out(customer: Customer) -> None:
    """Whatever would reach somebody is forbidden, and names both addresses."""
    for name, fields in (
        ("message", {"text": "Hello?"}),
        ("message", {"text": "I want to talk to a person"}),
        ("request_human", {}),
        ("request_human", {"note": "Hear me"}),
        ("callback", {"contact": {"phone": "+49 40 123456"}}),
    ):
        error = await refusal(customer, name, **fields)
        assert error["code"] == "forbidden", (name, error)
        assert POST in error["message"]
        assert MAIL in error["message"]


async def test_block_resolves_what_the_agent_has_and_tells_the_customer_where_to_write(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Please stay calm")

    ack = await agent.do("block", conversation_id, reason=REASON)

    assert (ack["handoff"]["state"], ack["handoff"]["agent"]["id"]) == ("resolved", agent.id)
    assert (ack["blocked"]["reason"], ack["blocked"]["by"]["name"]) == (REASON, "Maren Petersen")
    assert (await customer.sees("handoff_resolved"))["outcome"] == "done"
    told = await customer.sees("customer_blocked")
    assert told["by"] == {name: agent.me[name] for name in ("id", "name", "role", "employer")}
    for part in ("Maren Petersen", POST, MAIL):
        assert part in told["text"]
    assert await agent.assignment_ends(conversation_id) == "resolved"
    await customer.sees_state("resolved")
    await is_shut_out(customer)
    assert len(customer.of_type("message")) == 2, "the greeting and the agent's word, and nothing refused"


async def test_customer_is_told_in_their_language(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation(locale="de-AT")
    await agent.say(conversation_id, "Bitte beruhigen Sie sich")
    await agent.do("block", conversation_id, reason=REASON)

    assert "hat dieses Gespräch beendet" in (await customer.sees("customer_blocked"))["text"]
    assert "nicht mehr schreiben" in (await refusal(customer, "request_human"))["message"]


async def test_blocked_customer_reads_keeps_and_rates_as_before(house: House) -> None:
    customer, _, conversation_id = await blocked_by_agent(house)

    await customer.hang_up()
    snapshot = await customer.connect(since=0)
    assert snapshot["conversation"]["blocked"]["by"]["name"] == "Maren Petersen"
    assert MAIL in snapshot["conversation"]["blocked"]["text"]
    page = await customer.done("sync", since=0)
    assert [event["seq"] for event in page["events"]] == sorted(customer.events)
    await customer.done("read", seq=customer.last_seq)
    await customer.done("rate", client_id="r", score=1, comment="Rude")
    assert await customer.refused("withdraw", client_id="w") == "conflict"
    for chosen in ("json", "html", "txt"):
        kept = str(await customer.transcript(conversation_id, chosen))
        assert MAIL in kept
        assert REASON not in kept
    await customer.done("read", seq=1)


async def test_reason_is_for_the_people_of_the_desk(house: House) -> None:
    customer, agent, conversation_id = await blocked_by_agent(house)

    await customer.hang_up()
    await customer.connect(since=0)
    assert REASON not in str(customer.book)
    assert (await agent.sees(conversation_id, "block_explained"))["reason"] == REASON
    assert REASON in await agent.transcript(conversation_id, "txt")


async def test_blocking_in_silence_is_a_conflict_until_a_word_was_said(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    assert await agent.fails("block", conversation_id, reason=REASON) == "conflict"
    assert (await customer.sees_state("active"))["agent"]["id"] == agent.id
    await agent.do("contacted", conversation_id, channel="phone", outcome="reached")
    await agent.do("block", conversation_id, reason=REASON)
    await customer.sees("customer_blocked")


async def test_block_sent_again_is_one_block_and_the_same_ack(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Please stay calm")
    asked = {"conversation_id": conversation_id, "client_id": "b1", "reason": REASON}

    first = await agent.done("block", **asked)
    assert await agent.done("block", **asked) == first
    assert await agent.refused("block", **asked | {"reason": "Another"}) == "conflict"
    assert await agent.fails("block", conversation_id, reason=REASON) == "conflict"
    await customer.sees("customer_blocked")
    await customer.done("rate", client_id="r", score=1)
    await customer.sees("rated")
    assert len(customer.of_type("customer_blocked")) == 1


async def test_reason_has_five_hundred_characters_at_most(house: House) -> None:
    _, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Please stay calm")

    assert await agent.fails("block", conversation_id) == "bad_request"
    assert await agent.fails("block", conversation_id, reason=" ") == "bad_request"
    assert await agent.fails("block", conversation_id, reason="x" * 501) == "too_large"
    ack = await agent.do("block", conversation_id, reason=f"  {'x' * 500}\n")
    assert ack["blocked"]["reason"] == "x" * 500


async def test_last_agent_blocks_after_the_end_and_others_do_not_learn_that_it_is_there(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    await agent.say(conversation_id, "Good bye")
    await agent.do("resolve", conversation_id, outcome="answered")

    assert await other.fails("block", conversation_id, reason=REASON) == "not_found"
    assert await other.fails("block", "cv_nothing", reason=REASON) == "not_found"
    await agent.do("block", conversation_id, reason=REASON)
    await customer.sees("customer_blocked")


async def test_supervisor_takes_a_conversation_before_blocking_in_it(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")

    assert await supervisor.fails("block", conversation_id, reason=REASON) == "conflict"
    await supervisor.done("assign", handoff_id=customer.handoff["id"], agent_id=supervisor.id)
    assert await agent.assignment_ends(conversation_id) == "supervisor"
    assert await supervisor.fails("block", conversation_id, reason=REASON) == "conflict"
    await supervisor.say(conversation_id, "It ends here")
    await supervisor.do("block", conversation_id, reason=REASON)
    assert (await customer.sees("customer_blocked"))["by"]["name"] == "Leyla Aydin"


async def test_supervisor_blocks_somebody_who_abuses_the_bot(house: House) -> None:
    customer = await house.customer()
    supervisor = await house.agent("supervisor", presence="away")
    await customer.say("Blah, blah, blah")
    await customer.reads("You said: Blah, blah, blah")

    ack = await supervisor.do("block", customer.conversation_id, reason=REASON)

    assert ack["handoff"] is None
    await customer.sees("customer_blocked")
    await is_shut_out(customer)


async def test_somebody_who_waits_for_a_person_is_not_blocked_out_of_the_queue(house: House) -> None:
    customer = await house.customer()
    supervisor = await house.agent("supervisor", presence="away")
    await customer.want_person()
    await customer.sees_state("promised")

    assert await supervisor.fails("block", customer.conversation_id, reason=REASON) == "conflict"
    await customer.say("I am still here")


async def test_feedback_is_no_way_around_a_block(house: House) -> None:
    customer = await house.customer()
    supervisor = await house.agent("supervisor", presence="away")
    answers = []
    for number in range(2):
        await customer.say(f"Question {number}")
        answers.append((await customer.reads(f"You said: Question {number}"))["seq"])
    await supervisor.do("block", customer.conversation_id, reason=REASON)

    await customer.done("feedback", client_id="f0", seq=answers[0], helpful=False)
    error = await refusal(customer, "feedback", seq=answers[1], helpful=False)
    assert error["code"] == "forbidden"
    assert MAIL in error["message"]
    assert customer.handoff is None


async def test_supervisor_sees_the_block_and_lifts_it(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    customer, agent, conversation_id = await blocked_by_agent(house)

    def shown() -> list[Json]:
        boards = supervisor.all_told("board")
        return list(boards[-1]["blocked"]) if boards else []

    [row] = await supervisor.until(shown, "the block on the board")
    assert (row["conversation_id"], row["reason"], row["by"]["id"]) == (conversation_id, REASON, agent.id)
    page = await supervisor.done("open", conversation_id=conversation_id, since=0)
    assert [e["why"] for e in page["events"] if e["type"] == "supervisor_told"] == ["customer_blocked"]
    assert await agent.fails("unblock", conversation_id) == "forbidden"

    ack = await supervisor.do("unblock", conversation_id, note="Has apologised")

    assert ack["blocked"] is None
    assert (await customer.sees("customer_unblocked"))["by"]["name"] == "Leyla Aydin"
    assert "Has apologised" not in str(customer.events)
    assert await supervisor.fails("unblock", conversation_id) == "conflict"
    await supervisor.until(lambda: not shown(), "an empty list")
    await customer.say("I am sorry")
    await customer.reads("You said: I am sorry")
    await customer.want_person()
    await agent.done("wrap_up_done", conversation_id=conversation_id)
    await agent.offered(conversation_id, count=2)


async def test_block_outlives_the_server(house: House) -> None:
    customer, _, conversation_id = await blocked_by_agent(house)
    token = customer.session

    await house.restart(down=timedelta(hours=2))

    supervisor = await house.agent("supervisor", presence="away")
    assert supervisor.snapshot is not None
    assert [row["conversation_id"] for row in supervisor.snapshot["board"]["blocked"]] == [conversation_id]
    customer = house.adopt(Customer(house.origin, house.http, token))
    await customer.connect()
    await is_shut_out(customer)


async def test_block_follows_an_anonymous_customer_into_the_next_conversation(house: House) -> None:
    customer, agent, conversation_id = await blocked_by_agent(house)
    house.clock.move(days=31)

    async with house.http.post(
        f"{house.origin}/api/v1/customer/sessions", json={"locale": "de"}, headers=customer.bearer
    ) as answer:
        session = await answer.json()
    later = house.adopt(Customer(house.origin, house.http, session))
    snapshot = await later.connect()

    assert later.conversation_id != conversation_id
    assert [event["type"] for event in snapshot["events"]] == ["conversation_started", "customer_blocked"]
    assert snapshot["conversation"]["blocked"]["by"]["id"] == agent.id
    await is_shut_out(later)
    await is_shut_out(customer)


SITE_KEY = "the key that the shop signs its customers' names with"


@pytest.fixture
async def shop(open_house: OpenHouse, tmp_path: Path) -> House:
    """A desk whose site vouches for its customers."""
    desk_file = tmp_path / "desk.toml"
    text = DEMO_DESK.read_text(encoding="utf-8")
    signed = text.replace('# identity_key = "..."', f'identity_key = "{SITE_KEY}"')
    assert SITE_KEY in signed
    desk_file.write_text(signed, encoding="utf-8")
    return await open_house(desk_file=str(desk_file))


async def test_block_is_the_customers_in_old_and_new_conversations_alike(shop: House) -> None:
    """Two tokens for two conversations of one person: neither is a way in, and one lifting frees both."""
    claims = {"sub": "customer-7", "name": "Ada Lovelace", "exp": 4_000_000_000}
    identity = jwt.encode(claims, SITE_KEY, algorithm="HS256")
    older = await shop.customer(identity=identity)
    shop.clock.move(days=31)
    newer, agent, conversation_id = await shop.in_conversation(identity=identity)
    assert older.conversation_id != newer.conversation_id
    # Out of memory, so that the older conversation has to be found in storage.
    shop.server.committer.desk.drop_conversation(older.conversation_id)
    await agent.say(conversation_id, "Please stay calm")

    await agent.do("block", conversation_id, reason=REASON)

    await older.sees("customer_blocked")
    await is_shut_out(older)
    await is_shut_out(newer)
    stranger = await shop.customer(identity=jwt.encode(claims | {"sub": "customer-8"}, SITE_KEY))
    await stranger.say("I have nothing to do with that")
    supervisor = await shop.agent("supervisor", presence="away")
    await supervisor.do("unblock", older.conversation_id)
    for one in (older, newer):
        await one.sees("customer_unblocked")
        await one.say("Thank you")
