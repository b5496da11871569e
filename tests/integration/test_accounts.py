"""The operator's command line beside a server that runs: people are added, listed and disabled at once."""

from __future__ import annotations

import asyncio
import os
import re
import sys

import pytest

from tests.clients import Agent, Refused, error_code
from tests.houses import House


async def handoff(house: House, *arguments: str) -> tuple[int, str, str]:
    """`python -m handoff ...` on the data of this server: exit code and both outputs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "handoff",
        *arguments,
        env=environment | house.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert "Traceback" not in err.decode(), err.decode()
    return process.returncode or 0, out.decode(), err.decode()


ADD = (
    *("agent", "add", "--email", "Ines@shop.example", "--name", "Ines Ferreira", "--role", "Adviser"),
    *("--employer", "Nordlicht Handel GmbH", "--access", "agent", "--team", "service", "--language", "en-GB"),
    *("--skill", "Refunds", "--skill", "fibre-optics"),
)


async def set_password(house: House, token: str, password: str) -> int:
    body = {"token": token, "password": password}
    async with house.http.post(f"{house.origin}/api/v1/agent/password", json=body) as answer:
        if answer.status != 204:
            error_code(await answer.json())
        return answer.status


async def test_added_person_sets_a_password_once_and_takes_conversations(house: House) -> None:
    code, out, err = await handoff(house, *ADD)
    assert code == 0, err
    link = re.search(r"(\S+)/console/#/set-password\?token=(\S+)", out)
    assert link is not None, out
    token = link.group(2)

    assert await set_password(house, token, "short") == 400
    assert await set_password(house, token, "a password of some length") == 204
    assert await set_password(house, token, "another password of length") == 401
    assert (await handoff(house, *ADD))[0] == 1

    agent = house.adopt(
        await Agent.sign_in(house.origin, house.http, "ines@shop.example", "a password of some length")
    )
    await agent.connect()
    await agent.be("online")
    customer = await house.customer()
    await customer.want_person()
    await agent.take(customer.conversation_id)
    assert (await customer.sees("agent_joined"))["agent"]["name"] == "Ines Ferreira"


async def test_disabled_agent_is_out_at_once_and_the_customer_goes_to_the_head(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2", presence="away")
    waiting = await house.customer()
    await waiting.want_person()
    await agent.offered(waiting.conversation_id)
    tab = await house.second_socket(agent)

    code, _, err = await handoff(house, "agent", "disable", "agent1@demo.example")
    assert code == 0, err

    for socket in (agent, tab):
        await socket.until(lambda socket=socket: socket.line.closed, "the end of the socket")
    assert (await customer.sees("agent_left"))["reason"] == "disabled"
    with pytest.raises(Refused) as refusal:
        await agent.connect()
    assert refusal.value.error["code"] == "unauthorized"
    body = {"email": "agent1@demo.example", "password": "demo-only"}
    async with house.http.post(f"{house.origin}/api/v1/agent/sessions", json=body) as answer:
        assert answer.status == 401
    await other.be("online")
    first = await other.offered()
    assert first["conversation_id"] == conversation_id
    await other.take(conversation_id)
    await other.take(waiting.conversation_id)

    _, listed, _ = await handoff(house, "agent", "list")
    rows = {row.split()[1]: row for row in listed.splitlines()}
    assert rows["agent1@demo.example"].endswith("disabled")
    assert rows["agent2@demo.example"].endswith("online")


async def test_new_password_ends_the_sessions_of_that_person(house: House) -> None:
    """Sessions that survive a password change are how stolen ones go on being used."""
    _, out, _ = await handoff(house, *ADD)
    token = out.split("token=")[1].strip()
    await set_password(house, token, "a password of some length")
    agent = house.adopt(
        await Agent.sign_in(house.origin, house.http, "ines@shop.example", "a password of some length")
    )
    await agent.connect()

    assert await set_password(house, agent.token, "stolen and used for this") == 401

    await agent.be("online")


async def test_accounts_can_be_made_while_no_server_runs(house: House) -> None:
    await house.close()
    code, out, err = await handoff(house, *ADD)
    assert code == 0, err
    await house.open()
    house._clients.clear()

    assert await set_password(house, out.split("token=")[1].strip(), "a password of some length") == 204
    await Agent.sign_in(house.origin, house.http, "ines@shop.example", "a password of some length")


async def test_what_cannot_be_is_said_in_words(house: House) -> None:
    async def fails(*arguments: str) -> None:
        code, _, err = await handoff(house, *arguments)
        assert code in (1, 2)
        assert err.strip()

    await fails("agent", "disable", "nobody@demo.example")
    await fails(
        "agent", "add", "--email", "x", "--name", "X", "--role", "R", "--employer", "E", "--access", "king"
    )


async def test_skills_of_an_added_person_are_listed_and_shown_to_colleagues(house: House) -> None:
    code, _, err = await handoff(house, *ADD)
    assert code == 0, err
    code, out, _ = await handoff(house, "agent", "list")
    line = next(line for line in out.splitlines() if "ines@shop.example" in line)
    assert line.endswith("teams service  languages en  skills refunds,fibre-optics  offline")
    supervisor = await house.agent("supervisor")
    assert supervisor.snapshot is not None
    ines = next(one for one in supervisor.snapshot["team"] if one["name"] == "Ines Ferreira")
    assert ines["skills"] == ["refunds", "fibre-optics"]
    assert supervisor.snapshot["me"]["skills"] == []


@pytest.mark.parametrize("language", ["english", "xx", ""])
async def test_a_language_that_no_customer_can_have_is_refused(house: House, language: str) -> None:
    """Accepted, it would keep the person from being asked, and nobody would know why."""
    arguments = tuple(language if one == "en-GB" else one for one in ADD)
    code, _, err = await handoff(house, *arguments)
    assert code == 1
    assert "language" in err


@pytest.mark.parametrize("skill", ["two words", "_x", ""])
async def test_a_skill_is_a_plain_key(house: House, skill: str) -> None:
    arguments = tuple(skill if one == "Refunds" else one for one in ADD)
    code, _, err = await handoff(house, *arguments)
    assert code == 1
    assert err.strip()
