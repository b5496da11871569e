"""What the operator and the public may see: health, metrics, the desk, the demo's pages, and storage in trouble."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

from handoff.storage.memory import MemoryStorage
from tests.clients import PATIENCE_S, Json, error_code
from tests.houses import House
from tests.integration.conftest import OpenHouse


async def get(house: House, path: str) -> tuple[int, str]:
    async with house.http.get(f"{house.origin}{path}") as answer:
        return answer.status, await answer.text()


async def ready(house: House) -> tuple[int, Json]:
    async with house.http.get(f"{house.origin}/readyz") as answer:
        return answer.status, await answer.json()


async def test_healthy_server_says_so(house: House) -> None:
    assert (await get(house, "/healthz"))[0] == 200
    status, body = await ready(house)
    assert (status, body["status"]) == (200, "ok")
    assert set(body["checks"]) == {"storage", "deadlines", "notices", "bot", "actions", "canary", "hearing"}
    assert body["checks"]["storage"]["ok"] is True
    assert "3.5" in str(body["checks"]["storage"])  # the version of SQLite is said


async def test_metrics_count_what_happens(house: House) -> None:
    _, agent, conversation_id = await house.in_conversation()
    status, text = await get(house, "/metrics")

    assert status == 200
    assert 'byname_live_handoffs{state="active"} 1.0' in text
    assert 'byname_agents{presence="online"} 1.0' in text
    assert 'byname_handoff_requests_total{reason="button"} 1.0' in text
    assert conversation_id not in text
    assert agent.id not in text


async def test_public_may_know_of_the_desk_whether_it_is_open_and_who_runs_it(house: House) -> None:
    async with house.http.get(f"{house.origin}/api/v1/desk?site=nordlicht") as answer:
        desk = await answer.json()

    assert desk["open"] is True
    assert desk["on_duty"] == 0
    assert desk["wait_estimate_s"] is None
    assert desk["promises"] == {"kept": 0, "broken": 0}
    assert desk["trader"]["legal_name"] == "Nordlicht Handel GmbH"
    assert desk["opening_hours"]["time_zone"] == "Europe/Berlin"
    assert desk["site"]["key"] == "nordlicht"
    await house.agent()
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        assert (await answer.json())["on_duty"] == 1


async def test_answers_carry_safe_headers(house: House) -> None:
    for path in ("/", "/healthz", "/api/v1/desk", "/api/v1/nothing"):
        async with house.http.get(f"{house.origin}{path}") as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


async def test_the_date_of_an_answer_is_by_the_clock_that_deadlines_go_by(house: House) -> None:
    house.clock.move(days=40)
    for path in ("/", "/api/v1/desk", "/api/v1/nothing"):
        async with house.http.get(f"{house.origin}{path}") as answer:
            told = parsedate_to_datetime(answer.headers["Date"])
            assert abs(house.clock.now() - told) < timedelta(seconds=PATIENCE_S), path


async def test_without_storage_nothing_is_acknowledged_and_with_it_all_goes_on(open_house: OpenHouse) -> None:
    storage = MemoryStorage()
    house = await open_house(storage=storage)
    agent = await house.agent()
    customer = await house.customer()
    await customer.say("Before")
    await customer.reads("You said: Before")
    storage.available = False

    failed = await customer.ask("message", {"client_id": "again", "text": "During"})
    assert error_code(failed) == "unavailable"
    assert failed["error"]["retry_after_s"] >= 1
    assert await customer.refused("request_human", client_id="h") == "unavailable"
    assert await customer.refused("sync", since=0) == "unavailable"
    assert await agent.refused("set_presence", presence="away") == "unavailable"
    status, body = await ready(house)
    assert (status, body["status"], body["checks"]["storage"]["ok"]) == (503, "down", False)
    assert (await get(house, "/healthz"))[0] == 200
    async with house.http.post(f"{house.origin}/api/v1/customer/sessions", json={}) as answer:
        assert (answer.status, error_code(await answer.json())) == (503, "unavailable")
    assert "During" not in str(customer.events)

    storage.available = True
    assert (await ready(house))[0] == 200
    await customer.say("During", "again")
    await customer.reads("You said: During")
    await customer.want_person()
    await agent.take(customer.conversation_id)
    await customer.sees("agent_joined")
    assert customer.gaps() == []
    assert customer.texts("customer") == ["Before", "During"]


async def test_agent_lost_while_storage_is_away_is_not_shown_as_there_afterwards(
    open_house: OpenHouse,
) -> None:
    storage = MemoryStorage()
    house = await open_house(storage=storage)
    watcher = await house.agent("supervisor", presence="away")
    agent = await house.agent()
    await watcher.sees_presence(agent.id, "online")
    storage.available = False
    await agent.hang_up()
    assert await watcher.refused("set_presence", presence="online") == "unavailable"
    storage.available = True

    await watcher.sees_presence(agent.id, "offline")
