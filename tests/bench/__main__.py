"""What the guarantee costs: ours beside a bare relay, on the same clients, in one run.

`python -m tests.bench [--conversations N] [--messages M]`. Every message is durable with us, and kept nowhere by the
relay. Figures are for comparison within the run; the ratios are what counts. Loopback only; it ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import psutil
import socketio

from tests.clients import Agent, Customer, Json, new_client_id
from tests.faults.crash import START_PATIENCE_S, ServerProcess, free_port

AGENTS = 2
WINDOW = 4  # messages that one customer has under way; enough to keep the server busy, few enough to be real
NAMESPACE = "/relay"


@dataclass(slots=True)
class Result:
    """Seconds from the customer's send to the agent's screen, for every message; and how long all of them took."""

    latencies_s: list[float] = field(default_factory=list)
    seconds: float = 0.0
    start_s: float = 0.0
    memory_bytes: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.seconds

    def percentile_s(self, percent: int) -> float:
        return quantiles(self.latencies_s, n=100)[percent - 1]


Send = Callable[[str], Awaitable[Any]]


class Screens:
    """When each message was sent, and when an agent saw it."""

    def __init__(self, expected: int) -> None:
        self.result = Result()
        self._sent: dict[str, float] = {}
        self._expected = expected
        self._all_seen = asyncio.Event()

    def sends(self, text: str) -> None:
        self._sent[text] = time.perf_counter()

    def seen(self, text: str) -> None:
        sent = self._sent.pop(text, None)
        if sent is not None:
            self.result.latencies_s.append(time.perf_counter() - sent)
            if len(self.result.latencies_s) == self._expected:
                self._all_seen.set()

    async def run(self, senders: dict[str, Send], messages: int) -> Result:
        """Every sender sends `messages` texts, `WINDOW` at once, each after the ack of an earlier one."""

        async def talk(name: str, send: Send, lane: int) -> None:
            for number in range(lane, messages, WINDOW):
                text = f"{name} {number}"
                self.sends(text)
                ack = await send(text)
                assert ack["ok"], ack

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for name, send in senders.items():
                for lane in range(WINDOW):
                    group.create_task(talk(name, send, lane))
        async with asyncio.timeout(60):
            await self._all_seen.wait()
        self.result.seconds = time.perf_counter() - started
        return self.result


async def measure_relay(conversations: int, messages: int) -> Result:
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.relay", str(port)]
    process = await asyncio.to_thread(subprocess.Popen, command)
    try:
        screens = Screens(conversations * messages)
        agents = [await _relay_line(port) for _ in range(AGENTS)]
        screens.result.start_s = time.perf_counter() - started
        for agent in agents:
            agent.on("event", lambda asked: screens.seen(asked["text"]), namespace=NAMESPACE)
        senders: dict[str, Send] = {}
        lines = []
        for number in range(conversations):
            conversation_id = f"conversation-{number}"
            await agents[number % AGENTS].call("join", conversation_id, namespace=NAMESPACE)
            line = await _relay_line(port)
            lines.append(line)
            senders[conversation_id] = _relay_sender(line, conversation_id)
        result = await screens.run(senders, messages)
        result.memory_bytes = psutil.Process(process.pid).memory_info().rss
        for line in (*agents, *lines):
            await line.disconnect()
        return result
    finally:
        process.terminate()
        process.wait(timeout=START_PATIENCE_S)


async def _relay_line(port: int) -> socketio.AsyncClient:
    line = socketio.AsyncClient(reconnection=False)
    async with asyncio.timeout(START_PATIENCE_S):
        while True:
            try:
                await line.connect(
                    f"http://127.0.0.1:{port}", namespaces=[NAMESPACE], transports=["websocket"]
                )
                return line
            except socketio.exceptions.ConnectionError:
                await asyncio.sleep(0.02)


def _relay_sender(line: socketio.AsyncClient, conversation_id: str) -> Send:
    async def send(text: str) -> Any:
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asked = {"conversation_id": conversation_id, "client_id": new_client_id(), "text": text}
        await line.emit("message", asked, namespace=NAMESPACE, callback=ack.set_result)
        return await ack

    return send


class WatchingAgent(Agent):
    """An agent whose screen is timed."""

    screens: Screens

    def take_in(self, name: str, payload: Any) -> None:
        super().take_in(name, payload)
        if name == "event" and payload["event"]["type"] == "message":
            self.screens.seen(payload["event"]["text"])


async def measure_ours(conversations: int, messages: int, folder: Path) -> Result:
    started = time.perf_counter()
    settings = {"HANDOFF_CAPACITY": str(conversations), "HANDOFF_FIRST_ANSWER_REQUEUE_S": "3600"}
    server = ServerProcess(folder / "data", folder / "server.log", settings)
    await server.start()
    started_s = time.perf_counter() - started
    try:
        async with aiohttp.ClientSession() as http:
            screens = Screens(conversations * messages)
            screens.result.start_s = started_s
            agents = []
            for number in range(1, AGENTS + 1):
                email = f"agent{number}@demo.example"
                agent = await WatchingAgent.sign_in(server.origin, http, email, "demo-only")
                agent.screens = screens
                await agent.connect()
                await agent.be("online")
                agents.append(agent)
            senders: dict[str, Send] = {}
            customers = []
            for number in range(conversations):
                customer = await Customer.begin(server.origin, http, site="nordlicht", locale="en")
                await customer.connect()
                await customer.want_person()
                customers.append(customer)
                await _somebody_takes(agents, customer)
                senders[f"conversation-{number}"] = _our_sender(customer)
            result = await screens.run(senders, messages)
            result.memory_bytes = server.memory_bytes()
            for client in (*customers, *agents):
                await client.hang_up()
            return result
    finally:
        server.stop()


async def _somebody_takes(agents: list[WatchingAgent], customer: Customer) -> None:
    tasks = [asyncio.ensure_future(agent.offered(customer.conversation_id)) for agent in agents]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    offer: Json = done.pop().result()
    agent = agents[next(number for number, task in enumerate(tasks) if task.done() and not task.cancelled())]
    await agent.accept(offer)


def _our_sender(customer: Customer) -> Send:
    async def send(text: str) -> Any:
        return await (await customer.line.send("message", {"client_id": new_client_id(), "text": text}))

    return send


def _print(name: str, ours: float, relay: float, unit: str, scale: float = 1.0) -> None:
    print(f"{name:34} {relay * scale:10.1f} {ours * scale:10.1f}  {unit:12} {ours / relay:6.2f}")


async def main(conversations: int, messages: int) -> None:
    relay = await measure_relay(conversations, messages)
    with tempfile.TemporaryDirectory() as folder:
        ours = await measure_ours(conversations, messages, Path(folder))
    print(f"{conversations} conversations, {messages} messages each, {AGENTS} agents; one run, same clients")
    print(f"{'':34} {'relay':>10} {'ours':>10}  {'':12} {'ratio':>6}")
    _print("messages a second", ours.per_second, relay.per_second, "1/s")
    _print("send to screen, p50", ours.percentile_s(50), relay.percentile_s(50), "ms", 1000)
    _print("send to screen, p99", ours.percentile_s(99), relay.percentile_s(99), "ms", 1000)
    _print("start", ours.start_s, relay.start_s, "s")
    _print("memory of the server", ours.memory_bytes, relay.memory_bytes, "MB", 1e-6)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--messages", type=int, default=40)
    asked = parser.parse_args()
    asyncio.run(main(asked.conversations, asked.messages))
