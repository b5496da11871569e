"""Who gets in: tokens and their lives, origins, and what a stranger sees of others' conversations."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import jwt
import pytest

from handoff.app import DEMO_DESK
from handoff.settings import read_settings
from tests.clients import Agent, Customer, Json, Refused, error_code
from tests.houses import House
from tests.integration.conftest import OpenHouse

SESSIONS = "/api/v1/customer/sessions"


async def resume(house: House, token: str) -> tuple[int, Json]:
    headers = {"Authorization": f"Bearer {token}"}
    async with house.http.post(f"{house.origin}{SESSIONS}", json={}, headers=headers) as answer:
        return answer.status, await answer.json()


async def works(house: House, customer: Customer, token: str) -> bool:
    """Whether the token opens the customer's transcript."""
    address = f"{house.origin}/api/v1/conversations/{customer.conversation_id}/transcript"
    headers = {"Authorization": f"Bearer {token}"}
    async with house.http.get(address, headers=headers) as answer:
        if answer.status != 200:
            assert (answer.status, error_code(await answer.json())) == (401, "unauthorized")
        return answer.status == 200


async def sign_out(house: House, kind: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with house.http.delete(f"{house.origin}/api/v1/{kind}/sessions", headers=headers) as answer:
        return answer.status


async def test_resumed_session_is_the_same_conversation_with_a_new_token(house: House) -> None:
    customer = await house.customer()
    status, new = await resume(house, customer.token)

    assert status == 201
    assert new["conversation_id"] == customer.conversation_id
    assert new["token"] != customer.token
    assert new["expires_at"].endswith("Z")
    tab = house.adopt(Customer(house.origin, house.http, new))
    await tab.connect()
    await customer.say("The old socket stays open")
    await tab.reads("You said: The old socket stays open")


async def test_new_sessions_from_one_address_are_limited_and_resumed_ones_are_not(
    open_house: OpenHouse,
) -> None:
    house = await open_house(new_session_burst="2", new_sessions_per_second="0.5")
    house.clock.freeze()
    first = [await house.customer(connected=False) for _ in range(2)]

    async def begin() -> tuple[int, Json]:
        async with house.http.post(f"{house.origin}{SESSIONS}", json={}) as answer:
            return answer.status, await answer.json()

    status, body = await begin()
    assert (status, body["error"]["code"], body["error"]["retry_after_s"]) == (429, "rate_limited", 2)
    assert [(await resume(house, customer.token))[0] for customer in first] == [201, 201]
    house.clock.move(seconds=2)
    assert [(await begin())[0] for _ in range(2)] == [201, 429]


def test_two_thousand_from_one_address_may_begin_at_once() -> None:
    """Whoever measures this server from one machine, or a whole company behind one address, is let in."""
    server = read_settings({}).server

    assert 2_000 <= server.new_session_burst < 10_000
    assert server.new_sessions_per_second < 100


async def test_old_token_works_until_sixty_seconds_after_the_first_use_of_the_new_one(house: House) -> None:
    customer = await house.customer(connected=False)
    _, new = await resume(house, customer.token)

    house.clock.move(hours=5)
    assert await works(house, customer, customer.token)
    assert await works(house, customer, new["token"])
    house.clock.move(seconds=55)
    assert await works(house, customer, customer.token)
    house.clock.move(seconds=10)

    assert not await works(house, customer, customer.token)
    assert await works(house, customer, new["token"])
    assert (await resume(house, customer.token))[0] == 401


async def test_open_socket_outlives_its_replaced_token(house: House) -> None:
    customer = await house.customer()
    _, new = await resume(house, customer.token)
    assert await works(house, customer, new["token"])
    house.clock.move(minutes=10)

    await customer.say("Still here")
    await customer.reads("You said: Still here")


async def test_signing_out_does_not_bring_a_replaced_token_back(house: House) -> None:
    customer = await house.customer(connected=False)
    _, new = await resume(house, customer.token)
    assert await works(house, customer, new["token"])
    house.clock.move(seconds=61)
    assert await sign_out(house, "customer", new["token"]) == 204

    assert not await works(house, customer, customer.token)
    assert not await works(house, customer, new["token"])


async def test_token_lives_ninety_days_from_its_last_use(house: House) -> None:
    customer = await house.customer(connected=False)

    house.clock.move(days=89)
    assert await works(house, customer, customer.token)
    house.clock.move(days=89)
    assert await works(house, customer, customer.token)
    house.clock.move(days=91)
    assert not await works(house, customer, customer.token)


async def test_thirty_idle_days_without_a_live_handoff_begin_a_new_conversation(house: House) -> None:
    customer = await house.customer()
    await customer.say("Long ago")
    waiting = await house.customer()
    await waiting.want_person()
    house.clock.move(days=31)

    _, new = await resume(house, customer.token)
    _, same = await resume(house, waiting.token)

    assert new["conversation_id"] != customer.conversation_id
    assert same["conversation_id"] == waiting.conversation_id
    later = house.adopt(Customer(house.origin, house.http, new))
    await later.connect()
    assert "Long ago" not in str(later.events)


async def test_a_cleared_browser_begins_anew_and_the_old_request_goes_on(house: House) -> None:
    customer = await house.customer()
    await customer.say("Where is my lamp?")
    asked = await customer.want_person()
    await house.part(customer)

    stranger = await house.customer()

    assert stranger.conversation_id != customer.conversation_id
    assert stranger.handoff is None
    assert "lamp" not in str(stranger.events)
    agent = await house.agent()
    offer = await agent.offered(customer.conversation_id)
    assert offer["handoff_id"] == asked["id"]
    await agent.accept(offer)
    await agent.say(customer.conversation_id, "It left our house today")


async def test_deleted_session_is_dead_with_its_sockets(house: House) -> None:
    customer, agent = await house.customer(), await house.agent()

    assert await sign_out(house, "customer", customer.token) == 204
    assert await sign_out(house, "agent", agent.token) == 204

    for client in (customer, agent):
        await client.until(lambda client=client: client.line.closed, "the end of the socket")
        with pytest.raises(Refused) as refusal:
            await client.connect()
        assert refusal.value.error["code"] == "unauthorized"
    assert await sign_out(house, "customer", customer.token) == 401
    assert await sign_out(house, "agent", agent.token) == 401


async def test_token_of_one_kind_opens_nothing_of_the_other(house: House) -> None:
    customer, agent = await house.customer(), await house.agent()
    as_agent = house.adopt(Agent(house.origin, house.http, {"token": customer.token, "agent": {}}))
    session = {"token": agent.token, "conversation_id": customer.conversation_id}
    as_customer = house.adopt(Customer(house.origin, house.http, session))

    for stranger in (as_agent, as_customer):
        with pytest.raises(Refused) as refusal:
            await stranger.connect()
        assert refusal.value.error["code"] == "unauthorized"
    assert await sign_out(house, "agent", customer.token) == 401
    assert await sign_out(house, "customer", agent.token) == 401


async def test_wrong_password_and_unknown_address_look_the_same(house: House) -> None:
    answers = []
    for email, password in (
        ("agent1@demo.example", "wrong-password"),
        ("nobody@demo.example", "demo-only"),
        ("trainer@demo.example", ""),
    ):
        body = {"email": email, "password": password or "x"}
        async with house.http.post(f"{house.origin}/api/v1/agent/sessions", json=body) as answer:
            answers.append((answer.status, await answer.json()))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401


async def test_guessing_passwords_is_slowed_down(house: House) -> None:
    house.clock.freeze()  # a slow machine would give guesses time
    body = {"email": "agent1@demo.example", "password": "guess"}
    statuses = []
    for _ in range(12):
        async with house.http.post(f"{house.origin}/api/v1/agent/sessions", json=body) as answer:
            statuses.append(answer.status)
            if answer.status == 429:
                assert (await answer.json())["error"]["retry_after_s"] >= 1
                assert int(answer.headers["Retry-After"]) >= 1
    assert statuses == [401] * 10 + [429] * 2


async def test_who_signed_in_is_told_with_name_role_and_employer(house: House) -> None:
    agent = await house.agent("supervisor", presence=None)

    assert agent.me["name"] == "Leyla Aydin"
    assert agent.me["role"] == "Head of Customer Service"
    assert agent.me["employer"] == "Nordlicht Handel GmbH"
    assert sorted(agent.me["access"]) == ["admin", "agent", "supervisor"]


# --- origins --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_foreign_origin_is_refused_at_the_handshake(house: House, transport: str) -> None:
    customer, agent = await house.customer(), await house.agent()
    host = house.origin.removeprefix("http://")
    for foreign in ("https://evil.example", "null", f"https://{host}", f"http://{host}.evil.example"):
        for client in (customer, agent):
            await client.hang_up()
            with pytest.raises(Refused):
                await client.connect(transport=transport, headers={"Origin": foreign})

    for client in (customer, agent):
        await client.connect(transport=transport, headers={"Origin": house.origin})
        await client.hang_up()
        await client.connect(transport=transport)


async def test_foreign_origin_gets_no_answer_that_a_page_could_read(house: House) -> None:
    address = f"{house.origin}/socket.io/?EIO=4&transport=polling"
    async with house.http.get(address, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status in (400, 403)
        assert answer.headers.get("Access-Control-Allow-Origin") != "https://evil.example"


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 43])
async def test_bad_token_is_refused_at_connect(house: House, token: str) -> None:
    customer, agent = await house.customer(connected=False), await house.agent()
    await agent.hang_up()
    customer.token = agent.token = token

    for client in (customer, agent):
        with pytest.raises(Refused) as refusal:
            await client.connect()
        assert refusal.value.error["code"] == "unauthorized"


async def test_public_origin_of_a_proxy_is_the_only_one_let_in(house: House) -> None:
    await house.restart(public_origin="https://help.shop.example")
    customer = await house.customer(connected=False)

    await customer.connect(headers={"Origin": "https://help.shop.example"})
    await customer.hang_up()
    with pytest.raises(Refused):
        await customer.connect(headers={"Origin": "https://other.example"})


# --- others' conversations ------------------------------------------------------------------------------


async def fetch(http: aiohttp.ClientSession, address: str, token: str | None) -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with http.get(address, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_customer_cannot_read_anothers_transcript_nor_learn_that_it_exists(house: House) -> None:
    mine, theirs = await house.customer(), await house.customer()
    await theirs.say("A secret")
    agent = await house.agent()
    base = f"{house.origin}/api/v1/conversations"

    for token in (mine.token, agent.token):
        for chosen in ("json", "html", "txt"):
            there = await fetch(
                house.http, f"{base}/{theirs.conversation_id}/transcript?format={chosen}", token
            )
            missing = await fetch(house.http, f"{base}/cv_nothing/transcript?format={chosen}", token)
            assert there == missing
            assert there[0] == 404
    assert (await fetch(house.http, f"{base}/{theirs.conversation_id}/transcript", None))[0] == 401
    assert (await fetch(house.http, f"{base}/{theirs.conversation_id}/transcript", "x"))[0] == 401


async def test_reference_of_a_handoff_opens_nothing(house: House) -> None:
    await house.agent()
    customer, stranger = await house.customer(), await house.customer()
    handoff = await customer.want_person()
    base = f"{house.origin}/api/v1/conversations"

    for guess in (handoff["reference"], handoff["id"]):
        assert (await fetch(house.http, f"{base}/{guess}/transcript", stranger.token))[0] == 404


async def test_agent_reads_only_what_is_or_was_theirs(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    alone = await house.customer()
    unreachable = (conversation_id, alone.conversation_id, "cv_nothing")

    assert (await agent.done("open", conversation_id=conversation_id, since=0))["events"]
    for hidden in unreachable:
        assert await other.refused("open", conversation_id=hidden, since=0) == "not_found"
        assert await other.fails("message", hidden, text="Let me in") == "not_found"
        assert await other.fails("note", hidden, text="Let me in") == "not_found"
        assert await other.fails("resolve", hidden, outcome="done") == "not_found"
        assert await other.refused("read", conversation_id=hidden, seq=1) == "not_found"
    assert "Let me in" not in str(await agent.transcript(conversation_id))
    assert customer.texts("agent") == []


SITE_KEY = "the key that the shop signs its customers' names with"


@pytest.fixture
async def shop(open_house: OpenHouse, tmp_path: Path) -> House:
    """A desk whose site vouches for its customers."""
    text = DEMO_DESK.read_text(encoding="utf-8").replace(
        '# identity_key = "..."', f'identity_key = "{SITE_KEY}"'
    )
    assert SITE_KEY in text
    desk_file = tmp_path / "desk.toml"
    desk_file.write_text(text, encoding="utf-8")
    return await open_house(desk_file=str(desk_file))


def signed(key: str = SITE_KEY, algorithm: str = "HS256", **claims: object) -> str:
    plain = {"sub": "customer-7", "name": "Ada Lovelace", "exp": 4_000_000_000}
    return jwt.encode(plain | claims, key, algorithm=algorithm)


async def test_customer_whom_the_site_vouches_for_comes_back_to_the_same_conversation(shop: House) -> None:
    laptop = await shop.customer(identity=signed())
    await laptop.say("From the laptop")
    phone = await shop.customer(identity=signed())
    other = await shop.customer(identity=signed(sub="customer-8", name="Somebody Else"))

    assert phone.conversation_id == laptop.conversation_id
    assert "From the laptop" in phone.texts("customer")
    started = phone.of_type("conversation_started")[0]
    assert started["verified"] is True
    assert started["actor"]["name"] == "Ada Lovelace"
    assert other.conversation_id != laptop.conversation_id


async def test_identity_that_is_not_the_sites_opens_no_history(shop: House) -> None:
    known = await shop.customer(identity=signed())
    await known.say("A secret")
    claims = {"sub": "customer-7", "name": "Ada Lovelace"}
    forged = [
        signed("another key of the attacker, long enough for the algorithm"),
        signed(exp=1_000_000_000),
        jwt.encode(claims, SITE_KEY, algorithm="HS256"),  # without an end
        jwt.encode({"name": "Ada Lovelace", "exp": 4_000_000_000}, SITE_KEY, algorithm="HS256"),  # of nobody
        jwt.encode(claims | {"exp": 4_000_000_000}, "", algorithm="none"),
        signed()[:-2],
        "not.a.token",
    ]
    for identity in forged:
        stranger = await shop.customer(identity=identity)
        assert stranger.conversation_id != known.conversation_id, identity
        assert stranger.of_type("conversation_started")[0]["verified"] is False
        assert "A secret" not in str(stranger.events)


async def test_identity_without_a_valid_signature_is_only_a_name(house: House) -> None:
    claims = {"sub": "someone-else", "name": "Ada <b>Lovelace</b>", "exp": 4_000_000_000}
    forged = jwt.encode(claims, "a key of the attacker's own making, long", algorithm="HS256")
    first = await house.customer(identity=forged)
    second = await house.customer(identity=forged)

    assert first.conversation_id != second.conversation_id
    started = first.of_type("conversation_started")[0]
    assert started["verified"] is False
    assert started["actor"]["name"] == "Ada <b>Lovelace</b>"
