"""Two hosts with a bad network between them: nothing acknowledged is lost or doubled, and everybody sees the truth.

The server's process is on one host, real clients in a process of their own on the other. The figures are printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from handoff.app import Server
from handoff.domain.guarantee import LATE_S
from handoff.service.accounts import NewAccount
from handoff.settings import read_settings
from handoff.storage.sqlite import SqliteStorage
from tests.clients import Json
from tests.faults.network.cases import CASES, LONG, SAME_AGAIN_S, SHORT, SHOWN_OFFLINE_S
from tests.faults.network.hosts import why_not
from tests.faults.network.people import EMAILS
from tests.faults.network.wire import SERVER_ADDRESSES

ROOT = Path(__file__).resolve().parents[3]
PORT = 8600
PASSWORD = "a password of some length"


def _require_hosts(reason: str | None) -> None:
    """`reason`: why there can be none. In CI these tests must run: skipped, nobody would notice for a year."""
    if reason is None:
        return
    told = f"this machine makes no network namespaces: {reason}"
    if os.environ.get("CI"):
        pytest.fail(f"{told}; in CI they are needed")
    pytest.skip(told)


@pytest.fixture(scope="module", autouse=True)
def _hosts() -> None:
    _require_hosts(why_not())


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "HANDOFF_DEMO": "0",  # which would listen on loopback only
        "HANDOFF_DESK_FILE": str(ROOT / "handoff" / "demo" / "desk.toml"),
        "HANDOFF_DATA_DIR": str(folder / "data"),
        "HANDOFF_HOST": "0.0.0.0",
        "HANDOFF_PORT": str(PORT),
        "HANDOFF_BOT_URL": "http://127.0.0.1:9",  # nobody: all that is asked leads to a person
        "HANDOFF_ACTIONS_URL": "http://127.0.0.1:9",
        **settings,
    }


async def _hire(environment: Mapping[str, str]) -> None:
    """Give the people of the desk their accounts, before the server starts."""
    server = Server(read_settings(environment))
    await server.storage.open()
    try:
        await server.committer.start()
        for who, email in EMAILS.items():
            access = ("agent", "supervisor") if who == "supervisor" else ("agent",)
            person = NewAccount(
                email=email,
                name=who.capitalize(),
                role="Adviser",
                employer="Nordlicht Handel GmbH",
                access=access,
                teams=("service",),
                languages=("en",),
                password=PASSWORD,
            )
            await server.accounts.add(person)
    finally:
        await server.committer.close()
        await server.storage.close()


@asynccontextmanager
async def _server_host(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[int]:
    """The server runs on a host of its own; its end of the wire."""
    ours, theirs = socket.socketpair()
    handle = str(theirs.fileno())
    addresses = ",".join(SERVER_ADDRESSES.values())
    module = ("-m", "tests.faults.network.host", handle, addresses)
    with (folder / "server.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *module, sys.executable, "-m", "handoff", "serve"),
            cwd=ROOT,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            pass_fds=[theirs.fileno()],
        )
    theirs.close()
    try:
        with ours:
            _, ends, _, _ = await asyncio.to_thread(socket.recv_fds, ours, 16, 1)
        try:
            yield ends[0]
        finally:
            os.close(ends[0])
    finally:
        process.terminate()
        assert await process.wait() == 0, (folder / "server.log").read_text()[-3_000:]


async def _play(folder: Path, name: str) -> Json:
    """Play one case; what the people found, with what the disk says afterwards."""
    environment = _environment(folder, CASES[name].settings)
    await _hire(environment)
    async with _server_host(folder, environment) as end:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.network.people", str(end), name, "1", str(PORT), PASSWORD),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=[end],
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, err.decode()[:6_000]
    report: Json = json.loads(out.splitlines()[-1])
    storage = SqliteStorage(folder / "data" / "byname.db", read_only=True)
    await storage.open()
    try:
        report["wrong"] += await storage.integrity()
        rows = await storage.ledger(live=True)
        report["wrong"] += [
            f"{row.reference} has no deadline" for row in rows if row.next_deadline_at is None
        ]
        report["live"] = len(rows)
    finally:
        await storage.close()
    return report


def _line(report: Json) -> str:
    figures = {
        key: value for key, value in report.items() if key not in ("case", "wrong") and value is not None
    }
    return json.dumps(figures).replace('"', "")


def _judge(report: Json, name: str) -> None:
    case = CASES[name]
    assert report["wrong"] == []
    assert report["live"] == 1  # a bad network ends no handoff
    assert report["packets_lost"] > 0 or not _loses(name)
    assert report["acknowledged"] >= 2
    assert report["worst_deadline_lag_s"] <= LATE_S
    assert report["same_s"] <= SAME_AGAIN_S
    assert (report["offline_s"] is not None) == case.offline
    if case.offline:
        assert report["offline_s"] <= SHOWN_OFFLINE_S
    if case.requeued:
        lost_s = float(case.settings["HANDOFF_AGENT_LOST_ACTIVE_S"])
        assert report["offline_s"] + lost_s - 1 <= report["left_s"] <= SHOWN_OFFLINE_S + lost_s + LATE_S
    if case.requeued or case.offered:
        assert report["answered_s"] <= case.lasts_s  # the customer did not wait for the network


def _loses(name: str) -> bool:
    return any(weather.lost for weather in (CASES[name].to_server, CASES[name].from_server))


@pytest.mark.parametrize("name", SHORT)
async def test_moment_of_bad_network_costs_nothing(
    tmp_path: Path, name: str, tell: Callable[[str], None]
) -> None:
    report = await _play(tmp_path, name)
    tell(_line(report))
    _judge(report, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
async def test_bad_network_costs_nothing_that_was_acknowledged(
    tmp_path: Path, name: str, tell: Callable[[str], None]
) -> None:
    report = await _play(tmp_path, name)
    tell(_line(report))
    _judge(report, name)


def test_ci_does_not_pass_over_these_tests_where_a_host_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="in CI they are needed"):
        _require_hosts("not permitted")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="not permitted"):
        _require_hosts("not permitted")
