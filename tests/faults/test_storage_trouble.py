"""A real server whose disk is full, read-only or not there: honest refusals, and recovery without a restart."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from handoff.storage.sqlite import SqliteStorage
from tests.clients import Agent, Customer, Json, error_code
from tests.faults.disks import Disk, disk_of, hanging_kinds, kinds, read_only
from tests.faults.server import ROOT, Command, Life, ServerProcess

PASSWORD = "demo-only"


@pytest.fixture(params=kinds())
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    with disk_of(request.param) as disk:
        yield disk


@asynccontextmanager
async def serving(server: ServerProcess) -> AsyncIterator[aiohttp.ClientSession]:
    await server.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield http
    finally:
        server.stop()


async def customer_of(server: ServerProcess, http: aiohttp.ClientSession) -> Customer:
    customer = await Customer.begin(server.origin, http, locale="en")
    await customer.connect()
    return customer


async def agent_of(server: ServerProcess, http: aiohttp.ClientSession) -> Agent:
    agent = await Agent.sign_in(server.origin, http, "agent1@demo.example", PASSWORD)
    await agent.connect()
    await agent.be("online")
    return agent


async def problems(data_dir: Path) -> list[str]:
    storage = SqliteStorage(data_dir / "byname.db", read_only=True)
    await storage.open()
    try:
        return await storage.integrity()
    finally:
        await storage.close()


async def post(server: ServerProcess, http: aiohttp.ClientSession, path: str) -> tuple[int, Json]:
    async with http.post(f"{server.origin}{path}", json={}) as answer:
        return answer.status, await answer.json()


async def test_a_disk_that_takes_nothing_is_told_and_all_goes_on_when_it_takes_something_again(
    disk: Disk, tmp_path: Path
) -> None:
    server = ServerProcess(disk.folder, tmp_path / "server.log")
    async with serving(server) as http:
        agent = await agent_of(server, http)
        customer = await customer_of(server, http)
        await customer.want_person()
        conversation_id = await agent.take(customer.conversation_id)
        before = await customer.say("Before")
        await agent.reads(conversation_id, "Before")
        await agent.say(conversation_id, "I am here")
        await customer.reads("I am here")

        disk.break_under(server.pid)
        try:
            facts = await server.until_answer("/readyz", 503)
            assert (facts["status"], facts["checks"]["storage"]["ok"]) == ("down", False)
            assert facts["checks"]["storage"]["error"]
            refused = await customer.ask("message", {"client_id": "again", "text": "During"})
            assert error_code(refused) == "unavailable"
            assert refused["error"]["retry_after_s"] >= 1
            assert await agent.fails("message", conversation_id, text="Also during") == "unavailable"
            assert await agent.fails("resolve", conversation_id, outcome="done") == "unavailable"
            status, body = await post(server, http, "/api/v1/customer/sessions")
            assert (status, error_code(body)) == (503, "unavailable")
            assert (await server.until_answer("/healthz", 200))["status"] == "ok"
            # What is there can be read, over the socket and as a transcript.
            page = await customer.done("sync", since=0)
            assert page["last_seq"] >= before["seq"]
            transcript = await customer.transcript(customer.conversation_id)
            assert "During" not in str(transcript)
        finally:
            disk.mend_under(server.pid)

        assert (await server.until_answer("/readyz", 200))["checks"]["storage"]["ok"] is True
        again = await customer.done("message", client_id="again", text="During")
        await agent.reads(conversation_id, "During")
        assert again["seq"] > before["seq"]
        await agent.say(conversation_id, "Back again")
        await customer.reads("Back again")
        await agent.do("resolve", conversation_id, outcome="done")
        await customer.sees_state("resolved")
        assert customer.texts("customer") == ["Before", "During"]
        assert customer.gaps() == []
        assert customer.wrong == agent.wrong == []
        for client in (customer, agent):
            await client.hang_up()
    assert await problems(disk.folder) == []


async def test_a_server_that_starts_on_a_full_disk_tells_everybody_so_and_opens_when_there_is_room(
    tmp_path: Path,
) -> None:
    """It once ended, so that nobody was told anything, and `/readyz` refused the connection."""
    with disk_of("file limit") as disk:
        server = ServerProcess(disk.folder, tmp_path / "server.log")
        await server.spawn(file_bytes_max=1)
        try:
            facts = await server.until_answer("/readyz", 503)
            assert facts["status"] == "down"
            assert facts["checks"]["storage"]["error"]
            await server.until_answer("/healthz", 503)
            async with aiohttp.ClientSession() as http:
                status, body = await post(server, http, "/api/v1/customer/sessions")
                assert (status, error_code(body)) == (503, "unavailable")
                disk.mend_under(server.pid)
                await server.until_answer("/readyz", 200)
                customer = await customer_of(server, http)
                await customer.say("Hello")
                await customer.hang_up()
        finally:
            server.stop()


async def test_a_server_serves_although_nothing_takes_what_it_prints(tmp_path: Path) -> None:
    """It once ended when it had begun to serve, because it could not say so."""

    def born(command: Command, environment: Mapping[str, str], log: Path) -> Life:
        with log.open("ab") as told, Path("/dev/full").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=out, stderr=told
            )

    server = ServerProcess(tmp_path / "data", tmp_path / "server.log", birth=born)
    async with serving(server) as http:
        customer = await customer_of(server, http)
        await customer.say("Hello")
        await customer.hang_up()
    assert await server.ended() == 0


async def test_a_server_that_starts_where_it_may_not_write_opens_when_it_may(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = ServerProcess(data, tmp_path / "server.log")
    async with serving(server) as http:
        customer = await customer_of(server, http)
        said = await customer.say("Before")
        await customer.hang_up()
    try:
        with read_only(data):
            await server.spawn()
            facts = await server.until_answer("/readyz", 503)
            assert facts["checks"]["storage"]["ok"] is False
        await server.until_answer("/readyz", 200)
        async with aiohttp.ClientSession() as http:
            customer.http = http
            await customer.connect(since=0)
            assert customer.events[said["seq"]]["text"] == "Before"
            await customer.say("After")
            await customer.hang_up()
    finally:
        server.stop()


async def test_a_server_that_waits_for_its_storage_can_be_stopped(tmp_path: Path) -> None:
    with disk_of("file limit") as disk:
        server = ServerProcess(disk.folder, tmp_path / "server.log")
        await server.spawn(file_bytes_max=1)
        await server.until_answer("/readyz", 503)
        server.stop()
        assert await server.ended() == 0


@pytest.mark.parametrize("kind", hanging_kinds())
async def test_while_the_disk_does_not_answer_everybody_has_an_answer_within_5_s(
    tmp_path: Path, kind: str
) -> None:
    """Clients count an ack that takes longer as none. What was under way is waited for, and found by its `client_id`.

    The event loop once stood still with the disk, when it was the first to read after a commit.
    """
    with disk_of(kind) as disk:
        server = ServerProcess(disk.folder, tmp_path / "server.log")
        async with serving(server) as http:
            customer = await customer_of(server, http)
            await customer.say("Before")
            disk.break_under(server.pid)
            try:
                async with asyncio.timeout(5):
                    refused = await customer.ask("message", {"client_id": "again", "text": "During"})
                assert error_code(refused) == "unavailable"
                facts = await server.until_answer("/readyz", 503)
                assert facts["checks"]["storage"]["ok"] is False
                await server.until_answer("/healthz", 200)
            finally:
                disk.mend_under(server.pid)
            await server.until_answer("/readyz", 200)
            await customer.done("message", client_id="again", text="During")
            await customer.reads("During")
            assert customer.texts("customer") == ["Before", "During"]
            assert customer.gaps() == []
            await customer.hang_up()
        assert await problems(disk.folder) == []
