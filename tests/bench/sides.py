"""The two sides of the comparison, behind one face: the bare relay, and ours. Both are real processes on loopback, and
are used through the same thin client.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import psutil

from tests.bench.lines import Line
from tests.clients import Json, new_client_id
from tests.faults.server import START_PATIENCE_S, ServerProcess, free_port

AGENTS = 2
OPENED_AT_ONCE = 8
# No clock on people runs out during a measurement: what is measured is the traffic.
SETTINGS = {
    "HANDOFF_CAPACITY": "100000",
    "HANDOFF_WRAP_UP_S": "0",
    "HANDOFF_OFFER_TIMEOUT_S": "3600",
    "HANDOFF_FIRST_ANSWER_REMIND_S": "36000",
    "HANDOFF_FIRST_ANSWER_REQUEUE_S": "36000",
    "HANDOFF_NEXT_ANSWER_REMIND_S": "36000",
    "HANDOFF_NEXT_ANSWER_REQUEUE_S": "36000",
    "HANDOFF_ANSWER_BY_S": "36000",
    "HANDOFF_MESSAGE_BURST": "1000000",
    "HANDOFF_SECOND_VOICE": "1",
}
OnScreen = Callable[[str], None]  # gets the text of a message that an agent sees


class Side(Protocol):
    """`conversations` of a customer and an agent each. Every figure is of the server's process alone."""

    name: str
    start_s: float
    conversations: int

    async def start(self, on_screen: OnScreen) -> None: ...

    async def open(self, count: int) -> None:
        """Have `count` conversations open, each with an agent in it."""

    async def send(self, number: int, text: str) -> None:
        """A message of the customer in conversation `number`; returns with the ack."""

    def cpu_s(self) -> float: ...

    def memory_bytes(self) -> int: ...

    async def close(self) -> None: ...


def many_connections() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


class _Process:
    pid: int

    def cpu_s(self) -> float:
        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    def memory_bytes(self) -> int:
        resident: int = psutil.Process(self.pid).memory_info().rss
        return resident


class Relay(_Process):
    name = "relay"
    start_s = 0.0

    def __init__(self) -> None:
        self._origin = f"http://127.0.0.1:{free_port()}"
        self._agents: list[Line] = []
        self._customers: list[Line] = []

    @property
    def conversations(self) -> int:
        return len(self._customers)

    async def start(self, on_screen: OnScreen) -> None:
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.bench.relay", self._origin.rpartition(":")[2]]
        self._process = await asyncio.to_thread(subprocess.Popen, command)
        self.pid = self._process.pid
        self._http = many_connections()

        def told(name: str, payload: Any) -> None:
            if name == "event":
                on_screen(payload["text"])

        async with asyncio.timeout(START_PATIENCE_S):
            while True:
                line = Line(self._http, self._origin, "/relay", told)
                try:
                    await line.open({})
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
        self.start_s = time.perf_counter() - started
        self._agents = [line] + [Line(self._http, self._origin, "/relay", told) for _ in range(AGENTS - 1)]
        for agent in self._agents[1:]:
            await agent.open({})

    async def open(self, count: int) -> None:
        while len(self._customers) < count:
            number = len(self._customers)
            await self._agents[number % AGENTS].done("join", f"conversation-{number}")
            line = Line(self._http, self._origin, "/relay")
            await line.open({})
            self._customers.append(line)

    async def send(self, number: int, text: str) -> None:
        asked = {"conversation_id": f"conversation-{number}", "client_id": new_client_id(), "text": text}
        await self._customers[number].done("message", asked)

    async def close(self) -> None:
        await hang_up(*self._customers, *self._agents)
        await self._http.close()
        self._process.terminate()
        await asyncio.to_thread(self._process.wait, START_PATIENCE_S)


class Ours(_Process):
    """The whole server, with its storage, in demo mode and without a bot."""

    name = "ours"
    start_s = 0.0

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._server = ServerProcess(folder / "data", folder / "server.log", SETTINGS)
        self._agents: list[Line] = []
        self._customers: list[Line] = []
        self._ids: list[str] = []
        self._agent_of: dict[str, Line] = {}
        self._offers: dict[str, asyncio.Future[tuple[Line, Json]]] = {}

    @property
    def conversations(self) -> int:
        return len(self._customers)

    async def start(self, on_screen: OnScreen) -> None:
        started = time.perf_counter()
        await self._server.start()
        self.start_s = time.perf_counter() - started
        self.pid = self._server.pid
        await self._server.until_second_voice()
        self._http = many_connections()
        for number in range(1, AGENTS + 1):
            await self._sign_in(f"agent{number}@demo.example", on_screen)

    async def _sign_in(self, email: str, on_screen: OnScreen) -> None:
        def told(name: str, payload: Any) -> None:
            if name == "event":
                if payload["event"]["type"] == "message":
                    on_screen(payload["event"]["text"])
            elif name == "offer":
                waiting = self._offers.pop(payload["conversation_id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result((line, payload))

        body = {"email": email, "password": "demo-only"}
        async with self._http.post(f"{self._server.origin}/api/v1/agent/sessions", json=body) as answer:
            token = (await answer.json())["token"]
        line = Line(self._http, self._server.origin, "/agent", told)
        await line.open({"v": 1, "token": token})
        await line.done("set_presence", {"presence": "online"})
        self._agents.append(line)

    async def open(self, count: int) -> None:
        while (missing := count - len(self._customers)) > 0:
            await asyncio.gather(*(self._open_one() for _ in range(min(missing, OPENED_AT_ONCE))))

    async def _open_one(self) -> None:
        line, conversation_id = await self._begin()
        await self._offer_of(line, conversation_id)
        self._customers.append(line)
        self._ids.append(conversation_id)

    async def _begin(self) -> tuple[Line, str]:
        body = {"site": "nordlicht", "locale": "en"}
        async with self._http.post(f"{self._server.origin}/api/v1/customer/sessions", json=body) as answer:
            session = await answer.json()
        line = Line(self._http, self._server.origin, "/customer")
        await line.open({"v": 1, "token": session["token"], "since": 0})
        return line, str(session["conversation_id"])

    async def _offer_of(self, customer: Line, conversation_id: str) -> float:
        """Ask for a person and have it accepted; the seconds from the request to the offer with its transcript."""
        offered: asyncio.Future[tuple[Line, Json]] = asyncio.get_running_loop().create_future()
        self._offers[conversation_id] = offered
        asked_at = time.perf_counter()
        asked = await customer.send("request_human", {"client_id": new_client_id()})
        agent, offer = await offered
        seconds = time.perf_counter() - asked_at
        assert (await asked)["ok"]
        assert offer["transcript"]["count"] == len(offer["transcript"]["events"])
        await agent.done("accept", {"offer_id": offer["offer_id"]})
        self._agent_of[conversation_id] = agent
        return seconds

    async def send(self, number: int, text: str) -> None:
        await self._customers[number].done("message", {"client_id": new_client_id(), "text": text})

    async def ask_again(self, number: int) -> float:
        """The agent ends conversation `number`, its customer asks anew: seconds from the request to the offer."""
        conversation_id = self._ids[number]
        await self._end(conversation_id)
        return await self._offer_of(self._customers[number], conversation_id)

    async def serve_and_end(self, count: int) -> None:
        """`count` customers who come, are answered, and go."""

        async def one() -> None:
            line, conversation_id = await self._begin()
            await self._offer_of(line, conversation_id)
            await self._end(conversation_id)
            await line.close()

        for done in range(0, count, OPENED_AT_ONCE):
            await asyncio.gather(*(one() for _ in range(min(OPENED_AT_ONCE, count - done))))

    async def _end(self, conversation_id: str) -> None:
        agent = self._agent_of.pop(conversation_id)
        about = {"conversation_id": conversation_id}
        await agent.done("message", {"client_id": new_client_id(), "text": "You are welcome"} | about)
        await agent.done("resolve", {"client_id": new_client_id(), "outcome": "done"} | about)

    async def start_again_s(self) -> float:
        """Stop and start on what is there now; the seconds until it serves people. Nobody is connected afterwards."""
        await self._hang_up()
        self._server.stop()
        started = time.perf_counter()
        await self._server.start()
        return time.perf_counter() - started

    async def _hang_up(self) -> None:
        await hang_up(*self._customers, *self._agents)
        self._customers, self._agents = [], []

    async def close(self) -> None:
        await self._hang_up()
        await self._http.close()
        self._server.stop()


async def hang_up(*lines: Line) -> None:
    await asyncio.gather(*(line.close() for line in lines))
