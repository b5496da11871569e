"""The JSON Schema of the wire contract is up to date, says something, and holds for all that the server tells."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from handoff.domain.events import BODIES
from handoff.service.wire_schema import PATH, text
from tests.clients import Agent, Customer, Json
from tests.houses import House

SCHEMA: Json = json.loads(PATH.read_text(encoding="utf-8"))
OF_CUSTOMER = {"snapshot": "CustomerSnapshot", "event": "Event", "handoff": "HandoffView"}
OF_AGENT = {
    "snapshot": "AgentSnapshot",
    "offer": "OfferView",
    "offer_ended": "OfferEndedView",
    "queue": "QueueView",
    "board": "BoardView",
    "wrap_ups": "WrapUpsView",
    "alert": "AlertView",
    "alert_ended": "AlertEndedView",
}
REQUESTS: list[tuple[str, Json]] = [
    ("CustomerAuth", {"v": 1, "token": "x", "since": 0}),
    ("Message", {"client_id": "3f2e", "text": "Hello"}),
    ("RequestHuman", {"client_id": "3f2e"}),
    ("Withdraw", {"client_id": "3f2e"}),
    ("Callback", {"client_id": "3f2e", "contact": {"phone": "+49 40 123456"}}),
    ("Feedback", {"client_id": "3f2e", "seq": 2, "helpful": False}),
    ("Rate", {"client_id": "3f2e", "score": 5}),
    ("Sync", {"since": 0}),
    ("Read", {"seq": 3}),
    ("AgentAuth", {"v": 1, "token": "x"}),
    ("SetPresence", {"presence": "away"}),
    ("Accept", {"offer_id": "x"}),
    ("Decline", {"offer_id": "x"}),
    ("Open", {"conversation_id": "x", "since": 0}),
    ("Contacted", {"conversation_id": "x", "client_id": "y", "channel": "phone", "outcome": "reached"}),
    ("Transfer", {"conversation_id": "x", "client_id": "y", "to": {"team": "service"}}),
    ("FollowUp", {"conversation_id": "x", "client_id": "y", "answer_by": "2099-01-01T00:00:00.000Z"}),
    ("HandBack", {"conversation_id": "x", "client_id": "y"}),
    ("Resolve", {"conversation_id": "x", "client_id": "y", "outcome": "done"}),
    ("Block", {"conversation_id": "x", "client_id": "y", "reason": "Threats"}),
    ("Unblock", {"conversation_id": "x", "client_id": "y"}),
    ("Assign", {"handoff_id": "x", "agent_id": "y"}),
    ("Acknowledge", {"alert_id": "x.7"}),
]


def validator(shape: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{shape}", "$defs": SCHEMA["$defs"]})


VALIDATORS = {shape: validator(shape) for shape in SCHEMA["$defs"]}


def problems(shape: str, payload: Any) -> list[str]:
    return [error.message[:300] for error in VALIDATORS[shape].iter_errors(payload)]


def test_schema_in_the_documents_is_what_the_types_say() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run python -m handoff.service.wire_schema"


def test_schema_is_a_schema_and_knows_every_event() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["Event"]["discriminator"]["mapping"]) == set(BODIES)


@pytest.mark.parametrize(("shape", "request_"), REQUESTS, ids=lambda one: one if isinstance(one, str) else "")
def test_request_needs_every_field_that_the_contract_names(shape: str, request_: Json) -> None:
    assert problems(shape, request_) == []
    optional = {"since"}
    for name in request_.keys() - optional:
        assert problems(shape, {key: value for key, value in request_.items() if key != name}), name
        assert problems(shape, request_ | {name: [None]}), name


async def work_a_day(house: House) -> tuple[list[Customer], list[Agent], list[Json]]:
    """One of nearly everything that can happen, and the acks of it."""
    supervisor = await house.agent("supervisor", presence="away")
    first, second = await house.agent("agent1"), await house.agent("agent2", presence="away")
    customer, other = await house.customer(), await house.customer(locale="de-AT")
    acks: list[Json] = []

    await customer.say("What is this?")
    answer = await customer.reads("You said: What is this?")
    await customer.done("feedback", client_id="f", seq=answer["seq"], helpful=False)
    await customer.want_person()
    offer = await first.offered(customer.conversation_id)
    await first.done("decline", offer_id=offer["offer_id"], reason="Lunch")
    await second.be("online")
    conversation_id = await second.take(customer.conversation_id)
    await second.say(conversation_id, "Good day")
    await second.do("note", conversation_id, text="Polite")
    await supervisor.done("watch", conversation_id=conversation_id)
    await supervisor.do("whisper", conversation_id, text="Be quick")
    acks.append(await second.do("transfer", conversation_id, to={"agent_id": first.id}, note="Broadband"))
    await first.accept(await first.offered(conversation_id, count=2))
    acks.append(await first.do("contacted", conversation_id, channel="phone", outcome="not_reached"))
    await first.do("contacted", conversation_id, channel="email", outcome="reached")
    await customer.sees("promise_kept")
    acks.append(await first.do("hand_back", conversation_id))
    await customer.done("rate", client_id="r", score=4, comment="Well")

    for one in (first, second):
        await one.be("away")
    await other.want_person()
    await other.sees_state("promised")
    contact = {"email": "me@example.org", "phone": "+49 40 123456"}
    acks.append(await other.done("callback", client_id="c", contact=contact))
    house.clock.move(minutes=6)
    await other.sees("promise_broken")
    alert = await supervisor.alerted(other.conversation_id, "promise_broken")
    acks.append(await supervisor.done("acknowledge", alert_id=alert["alert_id"]))
    acks.append(await supervisor.done("assign", handoff_id=other.handoff["id"], agent_id=first.id))
    acks.append(await first.done("open", conversation_id=other.conversation_id, since=0))
    await first.say(other.conversation_id, "Verzeihung")
    await first.do("resolve", other.conversation_id, outcome="answered")
    await other.want_person()
    acks.append(await other.done("withdraw", client_id="w"))
    acks.append(await supervisor.do("block", other.conversation_id, reason="Threats"))
    acks.append(await other.ask("message", {"client_id": "m", "text": "Hello?"}))
    await other.hang_up()
    await other.connect()
    acks.append(await supervisor.do("unblock", other.conversation_id, note="Has apologised"))
    acks.append(await supervisor.done("open", conversation_id=other.conversation_id, since=0))
    await other.sees("customer_unblocked")
    acks.append(await customer.done("sync", since=0))
    acks.append(await other.done("locale", client_id="l", locale="de"))
    acks.append(await other.done("introduce", client_id="i", name="Eva"))
    await supervisor.done("watch", conversation_id=other.conversation_id)
    async with house.http.delete(f"{house.origin}/api/v1/customer/data", headers=other.bearer) as answer:
        assert answer.status == 204
    await supervisor.sees(other.conversation_id, "erased")
    acks.append(await supervisor.done("open", conversation_id=other.conversation_id, since=0))
    for client, name in ((customer, "message"), (first, "resolve"), (first, "nonsense")):
        acks.append(await client.ask(name, {}))
    for one in (customer, first):
        await one.hang_up()
        await one.connect()
    await supervisor.until(lambda: supervisor.all_told("queue"), "the queue")
    await supervisor.until(lambda: supervisor.all_told("board"), "the board")
    return [customer, other], [supervisor, first, second], acks


async def test_everything_the_server_tells_fits_the_schema(house: House) -> None:
    customers, agents, acks = await work_a_day(house)
    told = [
        (OF_CUSTOMER[name], payload) for one in customers for name, payload in one.book if name in OF_CUSTOMER
    ]
    told += [(OF_AGENT[name], payload) for one in agents for name, payload in one.book if name in OF_AGENT]
    told += [("Event", one["event"]) for agent in agents for one in agent.all_told("event")]
    for ack in acks:
        if not ack["ok"]:
            told.append(("Failure", ack))
            continue
        if ack.get("handoff") is not None:
            told.append(("HandoffView", ack["handoff"]))
        told += [("Event", event) for event in ack.get("events", [])]
    document = await agents[0].transcript(customers[0].conversation_id)
    told += [("Event", event) for event in document["events"]]

    wrong = {(shape, problem) for shape, payload in told for problem in problems(shape, payload)}

    assert wrong == set()
    kinds = {payload["type"] for shape, payload in told if shape == "Event"}
    rare = {"message_read", "bot_turn_failed", "late_bot_answer", "transfer_failed", "ladder_stepped"}
    rare |= {"bot_turn_held", "bot_turn_resumed", "agent_connection", "promise_offered", "clocks_restarted"}
    assert kinds >= set(BODIES) - rare
    assert {shape for shape, _ in told} == {*OF_CUSTOMER.values(), *OF_AGENT.values(), "Failure"}


async def test_schema_would_notice(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    offer = await agent.offered()

    def without(payload: Json, name: str) -> Json:
        return {key: value for key, value in payload.items() if key != name}

    broken = copy.deepcopy(offer)
    del broken["transcript"]["events"][0]["actor"]
    assert problems("OfferView", broken)
    for name in ("offer_id", "transcript", "expires_at", "customer"):
        assert problems("OfferView", without(offer, name))
    event = customer.of_type("handoff_requested")[0]
    for name in ("seq", "prev_seq", "at", "type", "reference", "answer_by"):
        assert problems("Event", without(event, name)), name
    assert problems("Event", event | {"reason": "boredom"})
