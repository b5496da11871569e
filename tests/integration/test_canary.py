"""The product's test of itself: through when the product works, failing when it does not, felt by nobody."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from handoff.canary.journey import Route, walk
from handoff.domain.errors import Code, DomainError
from handoff.service import agent_reader
from handoff.service.canary import CanaryPass, Outcome
from tests.clients import Agent, Json
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.integration.test_figures import ledger, metrics
from tests.integration.test_health import ready
from tests.receivers import hook, hook_settings

STEPS = [
    "customer connects",
    "agent connects",
    "customer asks for a person",
    "agent is offered it, with everything said",
    "agent accepts",
    "agent writes",
    "customer writes",
    "agent resolves",
    "transcript is kept",
    "goodbye",
]


async def command(house: House, *options: str) -> tuple[int, str]:
    """`python -m handoff canary` beside the running server: its code, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "handoff", "canary", *options),
        env=os.environ | house.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


def route(house: House, begun: CanaryPass) -> Route:
    return Route(
        origin=house.origin,
        conversation_id=begun.tokens.customer.conversation_id,
        customer_token=begun.tokens.customer.token,
        agent_token=begun.tokens.agent_token,
    )


async def sent(house: House) -> Outcome:
    """A canary from this process, to its end."""
    begun = await house.server.canaries.begin()
    outcome = await walk(route(house, begun), timeout_s=begun.timeout_s)
    await house.server.canaries.end(begun.run_id, outcome)
    return outcome


async def test_canary_of_the_command_line_walks_the_whole_journey_and_says_how_long_each_step_took(
    house: House,
) -> None:
    code, text = await command(house)
    assert code == 0, text
    *lines, last = text.splitlines()
    assert [line.split(" ms  ")[1] for line in lines] == STEPS
    assert last.startswith("through in ")
    code, text = await command(house, "--json")
    assert code == 0, text
    assert list(json.loads(text)["steps"]) == STEPS


async def test_canary_through_an_address_where_nobody_answers_fails(house: House) -> None:
    code, text = await command(house, "--origin", "http://127.0.0.1:9")
    assert code == 1
    assert "FAILED at: customer connects" in text
    _, body = await ready(house)
    assert (body["status"], body["checks"]["canary"]["ok"]) == ("degraded", False)
    assert (await metrics(house))["byname_canary_ok"] == 0
    assert (await command(house))[0] == 0
    _, body = await ready(house)
    assert (body["status"], body["checks"]["canary"]["through"]) == ("ok", 1)


async def test_canary_without_a_server_says_so(house: House) -> None:
    environment = house.environment
    environment["HANDOFF_DATA_DIR"] = str(house.data_dir / "elsewhere")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "handoff", "canary"),
        env=os.environ | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert (process.returncode, err.decode()) == (1, "No server runs on this data folder.\n")


async def test_canary_is_felt_by_nobody_and_counted_nowhere_but_marked_in_the_ledger(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    handoff = await customer.want_person()
    assert (await sent(house)).failure is None
    found = await metrics(house)
    assert found['byname_handoff_requests_total{reason="button"}'] == 1
    assert found['byname_ended_handoffs_total{outcome="done"}'] == 0
    assert found['byname_promises_total{outcome="kept"}'] == 0
    assert found["byname_first_answer_seconds_count"] == 0
    assert found['byname_live_handoffs{state="offered"}'] == 1
    assert found['byname_events_total{type="handoff_requested"}'] == 1
    assert 'byname_events_total{type="handoff_resolved"}' not in found
    assert sum(found[f'byname_agents{{presence="{one}"}}'] for one in ("online", "not_responding")) == 1
    assert found['byname_canaries_total{outcome="through"}'] == 1
    assert found['byname_canary_step_seconds{step="agent_accepts"}'] > 0
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        desk: Json = await answer.json()
    assert (desk["on_duty"], desk["wait_estimate_s"], desk["promises"]) == (1, None, {"kept": 0, "broken": 0})
    offers = [offer["reference"] for offer in agent.offers]
    assert offers == [handoff["reference"]]
    assert set(agent.presences) == {one["id"] for one in (agent.snapshot or {})["team"]}
    assert "Canary" not in str(agent.book)
    lines, last = await ledger(house)
    assert [line.startswith("canary") for line in lines] == [False, True]
    assert "1 handoff, 1 offered" in last and "not counted: 1 canary" in last


async def test_canaries_wait_ahead_of_nobody_and_supervisors_are_told_of_none(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    begun = await house.server.canaries.begin()
    stuck = await walk(route(house, begun), timeout_s=0.001)
    assert stuck.failure is not None
    assert await sent_behind(house, begun)
    assert "Canary" not in str(supervisor.book)
    assert supervisor.all_told("alert") == []


async def sent_behind(house: House, begun: CanaryPass) -> bool:
    """The next may come as soon as the one before was told to have ended."""
    with pytest.raises(DomainError) as refused:
        await house.server.canaries.begin()
    assert refused.value.code is Code.CONFLICT
    await house.server.canaries.end(begun.run_id, Outcome(steps=(), failure="for the test"))
    return (await sent(house)).ok


async def test_tokens_of_a_canary_are_dead_after_it(house: House) -> None:
    begun = await house.server.canaries.begin()
    await house.server.canaries.end(begun.run_id, await walk(route(house, begun), timeout_s=20))
    for token, kind in ((begun.tokens.agent_token, "agent"), (begun.tokens.customer.token, "customer")):
        headers = {"Authorization": f"Bearer {token}"}
        async with house.http.delete(f"{house.origin}/api/v1/{kind}/sessions", headers=headers) as answer:
            assert answer.status == 401


async def test_canary_that_was_left_half_way_is_ended_by_the_next(open_house: OpenHouse) -> None:
    """By a crash while it waited, and by one after the agent had accepted and said nothing."""
    house = await open_house(agent_lost_active_s="3600")
    for accepted in (False, True):
        begun = await house.server.canaries.begin()
        session = {
            "token": begun.tokens.customer.token,
            "conversation_id": begun.tokens.customer.conversation_id,
        }
        left = house.adopt(type(await house.customer())(house.origin, house.http, session))
        await left.connect()
        await left.want_person()
        me = {"id": next(one.id for one in house.server.committer.desk.agents.values() if one.canary)}
        agent = house.adopt(Agent(house.origin, house.http, {"token": begun.tokens.agent_token, "agent": me}))
        await agent.connect()
        if accepted:
            await agent.be("online")
            await agent.take(left.conversation_id)
        await house.part(left, agent)
        await house.server.canaries.end(begun.run_id, Outcome(steps=(), failure="crashed, say"))
    assert len(await house.server.storage.ledger(live=True)) == 2
    assert (await sent(house)).failure is None
    assert (await sent(house)).failure is None
    rows = await house.server.storage.ledger()
    assert [(row.state, row.canary) for row in rows if row.canary] == [("resolved", 1)] * 4


async def test_canary_whose_end_nobody_tells_keeps_the_next_out_for_its_time_only(house: House) -> None:
    begun = await house.server.canaries.begin()
    assert (await walk(route(house, begun), timeout_s=20)).ok
    with pytest.raises(DomainError):
        await house.server.canaries.begin()
    house.clock.move(seconds=begun.timeout_s + 16)
    assert (await sent(house)).ok
    with pytest.raises(DomainError) as refused:  # its own end comes too late to count
        await house.server.canaries.end(begun.run_id, Outcome(steps=()))
    assert refused.value.code is Code.NOT_FOUND
    await house.server.canaries.begin()
    await house.restart()
    assert (await sent(house)).ok


async def test_server_sends_canaries_by_itself_and_finds_out_when_they_fail(open_house: OpenHouse) -> None:
    house = await open_house(canary_every_s="0.05", canary_timeout_s="20")
    canaries = house.server.canaries

    async def count(what: str, at_least: int) -> None:
        async with asyncio.timeout(30):
            while (await ready(house))[1]["checks"]["canary"][what] < at_least:
                pass

    await count("through", 2)
    alarms: list[str] = []

    async def alarm(text: str) -> None:
        alarms.append(text)

    canaries.alarm_by(alarm)
    house.server.agents.resolve = _broken  # type: ignore[method-assign]
    canaries.timeout_s = 1.0
    await count("failed", 2)
    assert len(alarms) == 1, "one failure after another is one piece of news"
    assert "agent resolves" in alarms[0]


async def test_failure_of_a_canary_is_told_outside_the_console(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(**hook_settings(receiver))
        begun = await house.server.canaries.begin()
        failed = Outcome(steps=(), failure="agent accepts: not within 30 s")
        await house.server.canaries.end(begun.run_id, failed)
        data = (await receiver.gets()).body["data"]
        assert data["why"] == "canary_failed"
        assert "agent accepts: not within 30 s" in data["text"]
        assert (data["reference"], data["link"]) == (None, None)


async def _broken(*_asked: object) -> Json:
    raise DomainError(Code.CONFLICT, "Nothing can be resolved today.")


@pytest.mark.parametrize("fault", ["count", "hash", "text"])
async def test_canary_finds_a_transcript_that_is_not_whole(
    house: House, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = agent_reader.offer_view

    def damaged(*given: object) -> Json:
        offer = whole(*given)  # type: ignore[arg-type]
        events = offer["transcript"]["events"]
        if fault == "count":
            del events[1]
        elif fault == "hash":
            events[1]["payload_digest"] = "00" * 32
        else:
            said = next(event for event in events if event["actor"]["kind"] == "customer" and "text" in event)
            del said["text"]
        return offer

    monkeypatch.setattr(agent_reader, "offer_view", damaged)
    outcome = await sent(house)
    assert outcome.failure is not None
    assert outcome.failure.startswith("agent is offered it, with everything said: ")
    assert [row.state for row in await house.server.storage.ledger()] == ["withdrawn"]


async def test_malformed_words_about_a_canary_are_refused(house: House) -> None:
    for run_id in ("", "nobody", "\x00"):
        with pytest.raises(DomainError):
            await house.server.canaries.end(run_id, Outcome(steps=()))
    assert house.server.canaries.last is None
