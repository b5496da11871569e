"""The ledger and the figures of a running server: every handoff is accounted for, and a restart loses none."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import handoff
from handoff.service.canary import Outcome, Step
from handoff.storage.memory import MemoryStorage
from tests.clients import Json
from tests.houses import House
from tests.integration.conftest import OpenHouse


async def metrics(house: House) -> dict[str, float]:
    """Each sample by its name and labels."""
    async with house.http.get(f"{house.origin}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def desk(house: House) -> Json:
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        return dict(await answer.json())


async def ledger(house: House, *options: str, data_dir: str | None = None) -> tuple[list[str], str]:
    """What the command line prints beside the running server: its lines, and the summary."""
    environment = os.environ | house.environment
    if data_dir is not None:
        environment["HANDOFF_DATA_DIR"] = data_dir
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "handoff", "ledger", *options),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (told.decode() for told in await command.communicate())
    assert command.returncode == 0, err
    if "--json" in options:
        return out.splitlines(), err.strip()
    *lines, last = out.splitlines()
    return lines, last


async def test_plain_answer_in_time_is_a_promise_kept_for_the_public_too(house: House) -> None:
    _, agent, conversation_id = await house.in_conversation()
    assert (await desk(house))["promises"] == {"kept": 0, "broken": 0}
    await agent.say(conversation_id, "Hello")
    assert (await desk(house))["promises"] == {"kept": 1, "broken": 0}


async def test_figures_survive_a_restart(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    await agent.do("resolve", conversation_id, outcome="forwarded")
    other = await house.customer()
    await other.want_person()
    await other.done("withdraw", client_id="w")
    await house.restart()
    found = await metrics(house)
    assert found['byname_handoff_requests_total{reason="button"}'] == 2
    assert found['byname_ended_handoffs_total{outcome="forwarded"}'] == 1
    assert found['byname_ended_handoffs_total{outcome="withdrawn"}'] == 1
    assert found['byname_promises_total{outcome="kept"}'] == 1
    assert found['byname_first_answer_seconds_bucket{le="+Inf"}'] == 1
    assert found["byname_first_answer_seconds_count"] == 1
    assert found['byname_live_handoffs{state="queued"}'] == 0
    assert customer.conversation_id not in str(found)


async def test_waiting_and_overdue_show_in_the_figures(open_house: OpenHouse) -> None:
    house = await open_house(answer_by_s="60", offer_timeout_s="600")
    agent = await house.agent()
    customer = await house.customer()
    await customer.want_person()
    await agent.offered()
    house.clock.move(seconds=30)
    found = await metrics(house)
    assert 30 <= found["byname_oldest_waiting_seconds"] < 60
    assert found["byname_overdue_handoffs"] == 0
    house.clock.move(seconds=31)
    await customer.sees("promise_broken")
    found = await metrics(house)
    assert found["byname_overdue_handoffs"] == 1
    assert found["byname_oldest_live_handoff_seconds"] >= 61
    assert found['byname_promises_total{outcome="broken"}'] == 1
    assert found["byname_stuck_handoffs"] == 0


async def test_metrics_without_storage_say_so_and_show_the_rest(open_house: OpenHouse) -> None:
    storage = MemoryStorage()
    house = await open_house(storage=storage)
    await house.agent()
    storage.available = False
    found = await metrics(house)
    assert found["byname_storage_readable"] == 0
    assert found['byname_agents{presence="online"}'] == 1
    assert not any(name.startswith("byname_live_handoffs") for name in found)
    storage.available = True
    assert (await metrics(house))["byname_storage_readable"] == 1


async def test_ledger_accounts_for_every_handoff_beside_the_running_server(
    open_house: OpenHouse,
) -> None:
    house = await open_house(offer_timeout_s="3600")  # the offer stands however long the commands take
    customer, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    await agent.do("resolve", conversation_id, outcome="answered")
    waiting = await house.customer()
    await waiting.want_person()
    lines, last = await ledger(house)
    assert len(lines) == 2
    assert customer.handoff is not None and str(customer.handoff["reference"]) in lines[0]
    assert "answered" in lines[0]
    assert last.startswith("2 handoffs, 1 offered, 1 resolved; ended: 1 answered; moments given: 1 kept")
    lines, _ = await ledger(house, "--open")
    assert len(lines) == 1 and "offered" in lines[0]
    texts, last = await ledger(house, "--json")
    rows = [json.loads(text) for text in texts]
    assert [row["state"] for row in rows] == ["resolved", "offered"]
    assert "2 handoffs" in last


async def test_ledger_puts_what_is_overdue_first(
    open_house: OpenHouse,
) -> None:
    house = await open_house(answer_by_s="0.2")
    _, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "Hello")
    late = await house.customer()
    await late.want_person()
    await late.sees("promise_broken")
    for options in ((), ("--overdue",)):
        lines, last = await ledger(house, *options)
        assert late.handoff is not None and late.handoff["reference"] in lines[0]
        assert re.match(r"OVERDUE \d+s ", lines[0])
        assert "1 OVERDUE" in last
        assert len(lines) == (1 if options else 2)


async def test_ledger_without_any_data_is_empty(house: House) -> None:
    lines, last = await ledger(house, data_dir=str(house.data_dir / "nothing-here"))
    assert (lines, last) == ([], "0 handoffs; moments given: 0 kept, 0 broken; 0 OVERDUE")


async def test_every_figure_is_on_paper_and_every_figure_on_paper_is_there(house: House) -> None:
    assert (await house.server.canaries.begin()).run_id
    house.server.canaries.last = Outcome(steps=(Step(name="agent accepts", seconds=0.1),))
    house.server.canaries.last_at = house.clock.now()
    customer = await house.customer()
    await customer.say("Hello")
    await customer.reads("You said: Hello")
    shown = {re.sub(r"_(bucket|count|sum)$", "", name.split("{")[0]) for name in await metrics(house)}
    paper = (Path(handoff.__file__).parent / "docs" / "figures.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(byname_\w+)", paper, re.MULTILINE))
    assert {name for name in shown if not name.endswith("_created")} == named
