"""A real server under traffic from real clients, killed with `kill -9` at seeded moments, started again, and audited.

Clients keep a book of what they were told: every ack, every event. The audit holds the book against what the server
has after its last start.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import socketio

from handoff.service.transcripts import verify_transcript
from handoff.storage.sqlite import SqliteStorage
from tests.clients import Agent, Client, Customer, Json, Refused, new_client_id

ROOT = Path(__file__).resolve().parents[2]
START_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.02  # how often a server that is starting is looked at


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class ServerProcess:
    """`python -m handoff serve` in demo mode, without a bot: what the bot would answer leads to a person."""

    def __init__(self, data_dir: Path, log: Path, settings: Mapping[str, str] = {}) -> None:
        self._settings = settings
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Returns when it serves people."""
        await self.spawn()
        await self.until_answer("/healthz", 200)

    async def spawn(self, *command: str, file_bytes_max: int | None = None) -> None:
        """Start the process: `serve`, or another module with its arguments. `file_bytes_max`: the kernel refuses
        to write beyond that in any file."""
        dead_port = str(free_port())
        environment = os.environ | {
            "HANDOFF_DEMO": "1",
            "HANDOFF_PORT": str(self.port),
            "HANDOFF_DATA_DIR": str(self.data_dir),
            "HANDOFF_BOT_URL": f"http://127.0.0.1:{dead_port}",
            "HANDOFF_ACTIONS_URL": f"http://127.0.0.1:{dead_port}",
            "HANDOFF_MESSAGE_BURST": "100000",
            **self._settings,
        }

        def limited() -> None:
            assert file_bytes_max is not None
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, resource.RLIM_INFINITY))

        with self._log.open("ab") as log:
            self._process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-m", *(command or ("handoff", "serve"))],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=None if file_bytes_max is None else limited,
            )

    async def until_answer(self, path: str, status: int) -> Json:
        """Wait until the server answers so; what it says, if that is JSON."""
        assert self._process is not None
        async with aiohttp.ClientSession() as http, asyncio.timeout(START_PATIENCE_S):
            while True:
                assert self._process.poll() is None, self._log.read_text()[-3000:]
                try:
                    async with http.get(f"{self.origin}{path}") as answer:
                        if answer.status == status:
                            is_json = answer.content_type == "application/json"
                            return dict(await answer.json()) if is_json else {}
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(_LOOK_EVERY_S)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, START_PATIENCE_S)

    def kill(self) -> None:
        """`kill -9`: nothing of the process runs after this."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def memory_bytes(self) -> int:
        assert self._process is not None
        resident: int = psutil.Process(self._process.pid).memory_info().rss
        return resident

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=START_PATIENCE_S)


@dataclass(slots=True)
class Book:
    """What clients were told. Keyed by `client_id`: text and the ack, None while there is none."""

    sent: dict[str, str] = field(default_factory=dict)
    acks: dict[str, Json] = field(default_factory=dict)
    handoffs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Findings:
    """Each list is empty when the guarantee held."""

    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    without_deadline: list[str] = field(default_factory=list)
    acknowledged: int = 0
    kills: int = 0

    def broken(self) -> list[str]:
        return [*self.missing, *self.doubled, *self.moved, *self.differing, *self.without_deadline]


class Run:
    """One run: `customers` talk, two agents answer, the server is killed `kills` times at seeded moments, and once
    at each of the named `points`."""

    def __init__(
        self, folder: Path, seed: int, kills: int, *, customers: int = 4, points: Sequence[str] = ()
    ) -> None:
        self._random = random.Random(seed)
        self._kills = kills
        self._points = points
        self._customer_count = customers
        self._server = ServerProcess(folder / "data", folder / "server.log")
        self._books: dict[str, Book] = {}
        self._over = asyncio.Event()
        self._up = asyncio.Event()
        self._acks = 0
        self._acked = asyncio.Event()
        self._customers: list[Customer] = []

    async def go(self) -> Findings:
        try:
            findings = await self._go()
        finally:
            self._server.stop()
        await self._look_at_deadlines(findings)
        return findings

    async def _go(self) -> Findings:
        await self._server.start()
        self._up.set()
        async with aiohttp.ClientSession() as http:
            for _ in range(self._customer_count):
                customer = await Customer.begin(self._server.origin, http, site="nordlicht", locale="en")
                self._books[customer.conversation_id] = Book()
                self._customers.append(customer)
            emails = [f"agent{number}@demo.example" for number in (1, 2)]
            agents = [await Agent.sign_in(self._server.origin, http, one, "demo-only") for one in emails]
            async with asyncio.TaskGroup() as group:
                for customer in self._customers:
                    group.create_task(self._talk(customer))
                for agent in agents:
                    group.create_task(self._answer(agent))
                group.create_task(self._kill_again_and_again())
            findings = await self._audit()
            for client in (*self._customers, *agents):
                await client.hang_up()
        return findings

    # -- the killer --

    async def _kill_again_and_again(self) -> None:
        """One life for each of the named points; then each kill comes a seeded number of customers' acks after the
        server was there again, with requests under way."""
        for point in self._points:
            passages = 1 if point == "before a sweep" else self._random.randint(10, 30)
            await self._live_until_killed(point, passages)
            self._up.clear()
            await self._server.start()
            self._up.set()
            await self._after_acks(5)
        for _ in range(self._kills):
            await self._after_acks(self._random.randint(8, 40))
            self._up.clear()
            self._server.kill()
            await self._server.start()
            self._up.set()
        await self._after_acks(20)
        self._over.set()

    async def _live_until_killed(self, point: str, passages: int) -> None:
        """One life in which the server kills itself at a named point."""
        self._up.clear()
        self._server.kill()
        await self._server.spawn("tests.faults.killed", point, str(passages))
        self._up.set()
        code = await self._server.ended()
        assert code == -signal.SIGKILL, f"{point}: ended with {code}"

    async def _after_acks(self, count: int) -> None:
        target = self._acks + count
        async with asyncio.timeout(START_PATIENCE_S):
            while self._acks < target:
                self._acked.clear()
                await self._acked.wait()

    # -- clients --

    async def _reconnect(self, client: Customer | Agent) -> None:
        """As often as it takes: a server may be killed again while a client connects."""
        while True:
            await self._up.wait()
            try:
                await client.connect()
                if isinstance(client, Customer):
                    await client.catch_up()
                return
            except (Refused, AssertionError, TimeoutError):
                await client.hang_up()

    async def _until_acked(self, client: Customer | Agent, name: str, asked: Json) -> Json:
        """Send it again with the same `client_id` until it is acknowledged."""
        while True:
            ack = await self._ask(client, name, asked)
            if ack is None:
                await client.hang_up()
                await self._reconnect(client)
            elif ack.get("ok") or ack["error"]["code"] != "unavailable":
                if isinstance(
                    client, Customer
                ):  # agents are answered quickly, by refusals too: they would hurry the run
                    self._acks += 1
                    self._acked.set()
                return ack

    async def _ask(self, client: Client, name: str, asked: Json) -> Json | None:
        """The ack; None if the connection ended first."""
        if client.line.closed:
            return None
        try:
            ack = await client.line.send(name, asked)
        except socketio.exceptions.SocketIOError:  # the connection went while it was being sent
            return None
        closed = asyncio.ensure_future(client.until(lambda: client.line.closed, "the end", patience_s=60))
        await asyncio.wait([ack, closed], return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        return dict(ack.result()) if ack.done() else None

    async def _talk(self, customer: Customer) -> None:
        book = self._books[customer.conversation_id]
        await self._reconnect(customer)
        number = 0
        while not self._over.is_set():
            number += 1
            client_id = new_client_id()
            if number == 3:
                ack = await self._until_acked(customer, "request_human", {"client_id": client_id})
                book.handoffs.add(ack["handoff"]["id"])
                continue
            book.sent[client_id] = f"customer says {number}"
            asked = {"client_id": client_id, "text": book.sent[client_id]}
            ack = await self._until_acked(customer, "message", asked)
            assert ack["ok"], ack
            book.acks[client_id] = ack

    async def _answer(self, agent: Agent) -> None:
        await self._reconnect(agent)
        number = 0
        while not self._over.is_set():
            await self._until_acked(agent, "set_presence", {"presence": "online"})
            for offer in list(agent.offers):
                await self._until_acked(agent, "accept", {"offer_id": offer["offer_id"]})
            for customer in self._customers:
                book = self._books[customer.conversation_id]
                number += 1
                client_id = new_client_id()
                asked = {
                    "conversation_id": customer.conversation_id,
                    "client_id": client_id,
                    "text": f"agent says {number}",
                }
                ack = await self._until_acked(agent, "message", asked)
                if ack["ok"]:
                    book.sent[client_id] = asked["text"]
                    book.acks[client_id] = ack

    # -- the audit --

    async def _audit(self) -> Findings:
        findings = Findings(kills=self._kills + len(self._points))
        for customer in self._customers:
            document = await customer.transcript(customer.conversation_id)
            verify_transcript(document)
            book = self._books[customer.conversation_id]
            findings.acknowledged += len(book.acks) + len(book.handoffs)
            self._audit_messages(document["events"], book, findings)
            self._audit_told(document["events"], customer, findings)
        return findings

    def _audit_messages(self, events: list[Json], book: Book, findings: Findings) -> None:
        by_seq = {event["seq"]: event for event in events}
        counted = Counter(event["client_id"] for event in events if event.get("client_id"))
        findings.doubled += [client_id for client_id, count in counted.items() if count > 1]
        for client_id, ack in book.acks.items():
            event = by_seq.get(ack["seq"])
            if event is None or client_id not in counted:
                findings.missing.append(client_id)
            elif event.get("client_id") != client_id or event.get("text") != book.sent[client_id]:
                findings.moved.append(client_id)
        requested = [event["handoff_id"] for event in events if event["type"] == "handoff_requested"]
        findings.missing += [one for one in book.handoffs if one not in requested]
        findings.doubled += [one for one, count in Counter(requested).items() if count > 1]

    def _audit_told(self, events: list[Json], customer: Customer, findings: Findings) -> None:
        """What the customer's screen was shown is what the log has, and nothing else."""
        logged = {event["seq"]: (event["id"], event["type"]) for event in events}
        findings.differing += [
            f"{customer.conversation_id} {seq}"
            for seq, event in customer.events.items()
            if logged.get(seq) != (event["id"], event["type"])
        ]
        findings.differing += customer.wrong

    async def _look_at_deadlines(self, findings: Findings) -> None:
        """Every live handoff has a next deadline in storage, read by another process than the server's."""
        storage = SqliteStorage(self._server.data_dir / "byname.db", read_only=True)
        await storage.open()
        try:
            rows = await storage.ledger()
            assert await storage.integrity() == []
        finally:
            await storage.close()
        live = [row for row in rows if row.ended_at is None]
        findings.without_deadline += [row.handoff_id for row in live if row.next_deadline_at is None]
        told = {one for book in self._books.values() for one in book.handoffs}
        findings.missing += sorted(told - {row.handoff_id for row in rows})
