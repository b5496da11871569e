"""Malformed requests of every kind: `bad_request`, and the connection goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from tests.clients import PATIENCE_S, Customer, Line, Refused, error_code
from tests.houses import House

LONE = "\ud800"
HUGE = 10**400
DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]

CUSTOMER_REQUESTS: dict[str, dict[str, Any]] = {
    "message": {"client_id": "m1", "text": "Hello"},
    "request_human": {"client_id": "m2", "note": "Please"},
    "withdraw": {"client_id": "m3"},
    "callback": {"client_id": "m4", "contact": {"phone": "+49 40 123456"}, "at": None},
    "feedback": {"client_id": "m5", "seq": 2, "helpful": True},
    "rate": {"client_id": "m6", "score": 5, "comment": "Good"},
    "sync": {"since": 0},
    "read": {"seq": 1},
}
AGENT_REQUESTS: dict[str, dict[str, Any]] = {
    "set_presence": {"presence": "online"},
    "accept": {"offer_id": "o1"},
    "decline": {"offer_id": "o1", "reason": "Busy"},
    "open": {"conversation_id": "c1", "since": 0},
    "message": {"conversation_id": "c1", "client_id": "a1", "text": "Hello"},
    "note": {"conversation_id": "c1", "client_id": "a2", "text": "Hello"},
    "whisper": {"conversation_id": "c1", "client_id": "a3", "text": "Hello"},
    "contacted": {"conversation_id": "c1", "client_id": "a4", "channel": "phone", "outcome": "reached"},
    "transfer": {"conversation_id": "c1", "client_id": "a5", "to": {"team": "service"}, "note": "Hm"},
    "follow_up": {"conversation_id": "c1", "client_id": "a6", "answer_by": "2099-01-01T00:00:00.000Z"},
    "hand_back": {"conversation_id": "c1", "client_id": "a7", "note": "Hm"},
    "resolve": {"conversation_id": "c1", "client_id": "a8", "outcome": "done", "note": "Hm"},
    "block": {"conversation_id": "c1", "client_id": "a9", "reason": "Threats"},
    "unblock": {"conversation_id": "c1", "client_id": "a10", "note": "Hm"},
    "wrap_up_done": {"conversation_id": "c1"},
    "read": {"conversation_id": "c1", "seq": 1},
    "assign": {"handoff_id": "h1", "agent_id": "g1"},
    "watch": {"conversation_id": "c1"},
    "unwatch": {"conversation_id": "c1"},
}
OPTIONAL = {"note", "comment", "reason", "at", "since"}
NOT_AN_OBJECT: list[Any] = [None, True, 7, 1.5, "text", "", [], [{}], [[]], DEEP]
WRONG_VALUES: list[Any] = [True, -1, 1.5, HUGE, [], {}, [1], {"a": 1}, DEEP, LONE, f"a{LONE}b"]


def misshapen(right: dict[str, Any]) -> list[Any]:
    """Everything that is wrong with a request in one place: its kind, a field missing, a field of a wrong kind."""
    wrong: list[Any] = [*NOT_AN_OBJECT]
    for field, value in right.items():
        if field not in OPTIONAL:
            wrong.append({name: other for name, other in right.items() if name != field})
            wrong.append(right | {field: None})
        wrong += [right | {field: bad} for bad in WRONG_VALUES if not _may_be(field, value, bad)]
    return wrong


def _may_be(field: str, value: Any, bad: Any) -> bool:
    """Whether the value is of the right kind after all."""
    return type(value) is type(bad) and isinstance(bad, bool)


async def still_alive(customer: Customer) -> None:
    ack = await customer.say("Still there?")
    await customer.reads("You said: Still there?")
    assert ack["seq"] in customer.events


@pytest.mark.parametrize("request_name", CUSTOMER_REQUESTS)
async def test_misshapen_request_of_a_customer_is_a_bad_request(house: House, request_name: str) -> None:
    customer = await house.customer()

    for data in misshapen(CUSTOMER_REQUESTS[request_name]):
        ack = await customer.ask(request_name, data)
        assert error_code(ack) == "bad_request", data

    assert error_code(await customer.ask(request_name)) == "bad_request"
    await still_alive(customer)


@pytest.mark.parametrize("request_name", AGENT_REQUESTS)
async def test_misshapen_request_of_an_agent_is_a_bad_request(house: House, request_name: str) -> None:
    agent = await house.agent("supervisor")

    for data in misshapen(AGENT_REQUESTS[request_name]):
        ack = await agent.ask(request_name, data)
        assert error_code(ack) == "bad_request", data

    assert error_code(await agent.ask(request_name)) == "bad_request"
    await agent.be("online")


UNTYPABLE = ["", "   \n\t ", "a\x00b", "a\x07b", "a\x1bb", "a\x7fb", "a\x9fb", LONE, "\rx\ry"]


async def test_text_that_nobody_can_have_typed_is_a_bad_request(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    for text in UNTYPABLE:
        assert await customer.refused("message", client_id="x", text=text) == "bad_request"
        assert await customer.refused("rate", client_id="y", score=3, comment=text) == "bad_request"
        for name in ("message", "note"):
            assert await agent.fails(name, conversation_id, text=text) == "bad_request"
        assert await agent.fails("resolve", conversation_id, outcome="done", note=text) == "bad_request"
        assert await agent.fails("block", conversation_id, reason=text) == "bad_request"

    await customer.say("All is well")
    await agent.reads(conversation_id, "All is well")


OUT_OF_BOUNDS: list[tuple[str, Any]] = [
    ("rate", {"client_id": "r", "score": 0}),
    ("rate", {"client_id": "r", "score": 6}),
    ("rate", {"client_id": "r", "score": "5"}),
    ("callback", {"client_id": "c", "contact": {}}),
    ("callback", {"client_id": "c", "contact": {"email": "nobody"}}),
    ("callback", {"client_id": "c", "contact": {"email": f"{LONE}@example.org"}}),
    ("callback", {"client_id": "c", "contact": {"email": "a\x00b@example.org"}}),
    ("callback", {"client_id": "c", "contact": {"phone": "call me"}}),
    ("callback", {"client_id": "c", "contact": {"phone": "+49 40 12345"}, "at": "tomorrow"}),
    ("callback", {"client_id": "c", "contact": {"phone": "+49 40 12345"}, "at": "2099-01-01T00:00:00"}),
    ("callback", {"client_id": "c", "contact": {"phone": "+49 40 12345"}, "at": "2020-01-01T00:00:00Z"}),
    ("callback", {"client_id": "c", "contact": {"phone": "+49 40 12345"}, "at": "9999-12-31T23:59:59Z"}),
    ("message", {"client_id": "", "text": "Hello"}),
    ("message", {"client_id": "x" * 65, "text": "Hello"}),
    ("message", {"client_id": "a b", "text": "Hello"}),
    ("sync", {"since": -1}),
    ("sync", {"since": 2**60}),
    ("feedback", {"client_id": "f", "seq": -5, "helpful": True}),
]


async def test_value_out_of_its_bounds_is_a_bad_request(house: House) -> None:
    customer = await house.customer()

    for name, data in OUT_OF_BOUNDS:
        assert error_code(await customer.ask(name, data)) == "bad_request", data

    await still_alive(customer)


NO_REQUESTS = [
    "nonsense",
    "",
    "snapshot",
    "event",
    "connect",
    "disconnect",
    "connect_error",
    "handlers",
    "*",
    LONE,
]


async def test_request_that_does_not_exist_is_a_bad_request(house: House) -> None:
    """`connect` and `disconnect` as names of events once reached the server's own handlers, and cut the socket off."""
    customer = await house.customer()
    agent = await house.agent()

    for name in NO_REQUESTS:
        for data in ((), ({},), ({"v": 1, "token": "x"},), ("a", "b", "c")):
            assert error_code(await customer.ask(name, *data)) == "bad_request", name
            assert error_code(await agent.ask(name, *data)) == "bad_request", name

    await still_alive(customer)
    await agent.be("away")


async def test_arguments_beyond_the_first_are_a_bad_request(house: House) -> None:
    customer = await house.customer()

    ack = await customer.ask("message", {"client_id": "m", "text": "Hello"}, "and more")

    assert error_code(ack) == "bad_request"
    assert customer.texts("customer") == []
    await still_alive(customer)


async def test_binary_data_is_a_bad_request(house: House) -> None:
    customer = await house.customer()

    assert error_code(await customer.ask("message", b"\x00\x01")) == "bad_request"
    assert error_code(await customer.ask("message", {"client_id": b"m", "text": b"x"})) == "bad_request"
    await still_alive(customer)


async def test_typing_is_never_answered_and_never_harms(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()

    acks = [await customer.line.send("typing", data) for data in ({}, None, "x", {"a": LONE}, DEEP)]
    acks += [await agent.line.send("typing", data) for data in ({"conversation_id": conversation_id}, {}, 5)]
    await customer.say("After typing")
    await agent.reads(conversation_id, "After typing")
    await agent.be("online")

    assert [ack for ack in acks if ack.done()] == []


async def test_ids_of_nothing_are_not_found_or_stale(house: House) -> None:
    agent = await house.agent("agent1")
    for strange in ("nothing", "x" * 128, "a\x00b", "' OR 1=1 --", "ü" * 64):
        assert await agent.refused("accept", offer_id=strange) == "stale_offer"
        assert await agent.refused("decline", offer_id=strange) == "stale_offer"
        assert await agent.refused("open", conversation_id=strange) == "not_found"
        assert await agent.refused("read", conversation_id=strange, seq=1) == "not_found"
        for name in ("message", "note"):
            assert await agent.fails(name, strange, text="Hello") == "not_found"
        assert await agent.fails("resolve", strange, outcome="done") == "not_found"
        assert await agent.fails("hand_back", strange) == "not_found"
        assert await agent.fails("block", strange, reason="Threats") == "not_found"
        assert await agent.fails("transfer", strange, to={"team": "service"}) == "not_found"


ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates too
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(ANY_CHARACTER, max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def nearly_right(right: dict[str, dict[str, Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    """A request that exists, with some of its fields replaced by anything."""
    return st.sampled_from(sorted(right)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.dictionaries(st.sampled_from(sorted(right[name])), JSON_VALUES).map(
                lambda bad: right[name] | bad
            ),
        )
    )


def anything(right: dict[str, dict[str, Any]]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    names = st.sampled_from(sorted(right)) | st.text(ANY_CHARACTER, max_size=12).filter(
        lambda one: one != "typing"
    )
    return st.lists(nearly_right(right) | st.tuples(names, JSON_VALUES), min_size=5, max_size=15)


DOCUMENTED = {"bad_request", "not_found", "forbidden", "conflict", "stale_offer", "too_large", "rate_limited"}


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(of_customer=anything(CUSTOMER_REQUESTS), of_agent=anything(AGENT_REQUESTS))
async def test_whatever_is_sent_gets_a_documented_answer(
    house: House, of_customer: list[tuple[str, Any]], of_agent: list[tuple[str, Any]]
) -> None:
    house.clock.move(minutes=10)  # so that no rate is reached
    customer = await house.customer()
    agent = await house.agent("supervisor", presence=None)

    acks = [await customer.ask(name, data) for name, data in of_customer]
    acks += [await agent.ask(name, data) for name, data in of_agent]

    for ack in acks:
        assert isinstance(ack, dict)
        assert ack["ok"] is True or error_code(ack) in DOCUMENTED
    assert (await customer.done("sync", since=0))["events"]
    await agent.be("online")
    await house.part(customer, agent)


# --- below the client: frames that no library sends -----------------------------------------------------


class Raw:
    """A bare web socket that speaks just enough Socket.IO."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, frame: str) -> None:
        await self.socket.send_str(frame)

    async def ack(self, number: int) -> Any:
        """The ack with this number; everything else that comes is passed over."""
        start = f"43/customer,{number}["
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = await self.socket.receive_str()
                if frame.startswith(start):
                    return json.loads(frame[len(start) - 1 :])[0]


@asynccontextmanager
async def raw_customer(house: House) -> AsyncIterator[Raw]:
    customer = await house.customer(connected=False)
    address = f"{house.origin}/socket.io/?EIO=4&transport=websocket"
    async with house.http.ws_connect(address) as socket:
        await socket.receive_str()
        await socket.send_str("40/customer," + json.dumps({"v": 1, "token": customer.token, "since": 0}))
        yield Raw(socket)


NO_REQUEST_FRAMES = [
    '42/customer,7["message",{"client_id"',
    "42/customer,7[",
    "42/customer,7",
    "42/customer,7{}",
    '42/customer,7"message"',
    "42/customer,7[]",
    "42/customer,7[null]",
    "42/customer,7[1,2]",
    '42/customer,7[["message"],{}]',
    '42/customer,7[{"message":1},{}]',
    '42/customer,7["message",{"client_id":"a","text":"' + "\\u0000" + '"}]',
    '42/customer,7["sync",{"since":' + "9" * 5_000 + "}]",
    '42/customer,7["sync",{"since":1e999}]',
    '42/customer,7["message",' + "[" * 20_000 + "]" * 20_000 + "]",
    '42/customer,7["message",' + '{"a":' * 9_000 + "1" + "}" * 9_000 + "]",
]


async def test_frame_that_is_no_request_is_a_bad_request(house: House) -> None:
    async with raw_customer(house) as raw:
        for frame in NO_REQUEST_FRAMES:
            await raw.send(frame)
            assert error_code(await raw.ack(7)) == "bad_request", frame[:60]

        right = {"client_id": str(uuid.uuid4()), "text": "Hello"}
        await raw.send("42/customer,8" + json.dumps(["message", right]))
        assert (await raw.ack(8))["ok"] is True


NO_FRAMES = [
    "4",
    "49",
    "4x",
    "44/customer,{}",
    "43/customer,99[]",
    "43/customer,x",
    "40/customer,",
    '40/customer,{"v":1}',
    "41/nowhere,",
    '42/nowhere,7["message",{}]',
    '42["message",{}]',
    '45/customer,1-7["message",{"_placeholder":true,"num":0}]',
    "6",
    "x",
    "",
]


async def test_frame_that_is_no_frame_never_breaks_the_server(house: House) -> None:
    """It may cost this connection; what it must not cost is anybody else's, or the customer's next one."""
    customer = await house.customer()
    for number, frame in enumerate(NO_FRAMES):
        async with raw_customer(house) as raw:
            await raw.send(frame)
            await customer.say(f"Still there, {number}?")
            await customer.reads(f"You said: Still there, {number}?")


async def test_second_connect_on_one_socket_changes_nothing(house: House) -> None:
    customer = await house.customer(connected=False)
    address = f"{house.origin}/socket.io/?EIO=4&transport=websocket"
    connect = "40/customer," + json.dumps({"v": 1, "token": customer.token, "since": 0})
    async with house.http.ws_connect(address) as socket:
        raw = Raw(socket)
        await socket.receive_str()
        for _ in range(3):
            await raw.send(connect)
        await raw.send("42/customer,8" + json.dumps(["message", {"client_id": "once", "text": "Hello"}]))
        assert (await raw.ack(8))["ok"] is True
    await customer.connect()
    assert customer.texts("customer") == ["Hello"]


BAD_AUTH: list[Any] = [
    None,
    "x",
    7,
    [],
    {},
    {"v": 1},
    {"v": 2, "token": "x"},
    {"v": "1", "token": "x"},
    {"token": "x"},
    {"v": 1, "token": None},
    {"v": 1, "token": 5},
    {"v": 1, "token": ""},
    {"v": 1, "token": LONE},
    {"v": 1, "token": "x" * 10_000},
    {"v": 1, "token": DEEP},
]


async def test_malformed_auth_is_refused_at_connect(house: House) -> None:
    for client in (await house.customer(), await house.agent()):
        for auth in BAD_AUTH:
            line = Line(house.origin, client.NAMESPACE, lambda *_: None)
            with pytest.raises(Refused) as refusal:
                await line.open(auth)
            assert refusal.value.error["code"] in ("bad_request", "unauthorized"), auth


async def test_since_that_is_no_number_is_refused_at_connect(house: House) -> None:
    customer = await house.customer()

    for since in (-1, "0", 1.5, None, True, HUGE, [], LONE):
        line = Line(house.origin, "/customer", lambda *_: None)
        with pytest.raises(Refused) as refusal:
            await line.open({"v": 1, "token": customer.token, "since": since})
        assert refusal.value.error["code"] == "bad_request", since


# --- HTTP -----------------------------------------------------------------------------------------------

BODIES: list[bytes] = [
    b"{",
    b"nonsense",
    b"[]",
    b"7",
    b'"x"',
    b"null",
    b"\xff\xfe",
    b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
]


PATHS = ["/api/v1/customer/sessions", "/api/v1/agent/sessions", "/api/v1/agent/password"]


async def test_body_that_is_no_object_is_a_bad_request(house: House) -> None:
    headers = {"Content-Type": "application/json"}
    for path in PATHS:
        for body in BODIES:
            async with house.http.post(f"{house.origin}{path}", data=body, headers=headers) as answer:
                got = (answer.status, error_code(await answer.json()))
            assert got == (400, "bad_request"), (path, body[:20])


WRONG_FIELDS: list[tuple[str, Any]] = [
    *(
        ("/api/v1/customer/sessions", {field: bad})
        for field in ("site", "locale", "page_url", "identity")
        for bad in (7, [], {}, True, LONE, "x" * 9_000, f"a{LONE}")
        if (field, bad) != ("identity", LONE)
    ),
    ("/api/v1/customer/sessions", {"site": "nowhere"}),
    ("/api/v1/customer/sessions", {"locale": "de DE"}),
    *(
        (
            "/api/v1/agent/sessions",
            {"email": "agent1@demo.example", "password": "demo-only"} | {field: bad},
        )
        for field in ("email", "password")
        for bad in (None, 7, [], {}, "", LONE, f"a{LONE}b", "x" * 2_000)
    ),
    ("/api/v1/agent/sessions", {"email": "agent1@demo.example"}),
    ("/api/v1/agent/password", {"token": LONE, "password": "long enough to do"}),
    ("/api/v1/agent/password", {"token": "x"}),
]


async def test_field_of_a_wrong_kind_is_a_bad_request(house: House) -> None:
    for path, body in WRONG_FIELDS:
        text = json.dumps(body)  # an escape for what UTF-8 has no form of, as a client might send it
        async with house.http.post(f"{house.origin}{path}", data=text) as answer:
            assert (answer.status, error_code(await answer.json())) == (400, "bad_request"), (path, body)


async def test_identity_that_is_no_token_only_has_no_name(house: House) -> None:
    for identity in (LONE, "x.y.z", "a" * 8_000, ""):
        async with house.http.post(
            f"{house.origin}/api/v1/customer/sessions", data=json.dumps({"identity": identity})
        ) as answer:
            assert answer.status in (201, 400)
            if answer.status == 400:
                assert error_code(await answer.json()) == "bad_request"


STRANGE_CALLS = [
    ("GET", "/api/v1/customer/sessions"),
    ("PUT", "/api/v1/agent/sessions"),
    ("POST", "/api/v1/desk"),
    ("GET", "/api/v1/nothing"),
    ("GET", "/api/v1/conversations/x"),
    ("POST", "/api/v1/conversations/x/transcript"),
    ("GET", "/api/v1/conversations/%00/transcript"),
    ("GET", "/api/v1/conversations/%ED%A0%80/transcript?format=json"),
    ("GET", "/api/v1/conversations/x/transcript?format=pdf"),
    ("GET", "/api/v1/desk?site=%00"),
    ("GET", "/api/v1/desk?site=%ED%A0%80"),
    ("GET", "/api/v2/desk"),
    ("DELETE", "/api/v1/customer/sessions"),
    ("DELETE", "/api/v1/agent/sessions"),
]


async def test_strange_call_gets_an_answer_of_the_contract(house: House) -> None:
    headers = [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ]
    for method, path in STRANGE_CALLS:
        for header in headers:
            address = URL(f"{house.origin}{path}", encoded=True)
            async with house.http.request(method, address, headers=header) as answer:
                assert answer.status in (200, 400, 401, 404, 405), (path, header, await answer.text())
                if answer.status != 200:
                    code = error_code(await answer.json())
                    assert code in ("bad_request", "unauthorized", "not_found"), (path, header, code)


async def test_token_that_is_no_text_is_unauthorized(house: House) -> None:
    """Bytes that are no UTF-8 in the header once ended in an error 500."""
    host, port = house.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"DELETE /api/v1/customer/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer \xff\xfe\xed\xa0\x80\r\n\r\n"
    )
    answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 401 ")
