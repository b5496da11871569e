"""A real server under traffic from real clients, ended with `kill -9`, started again, and audited, again and again.

Clients keep a book of what they were told: every ack, every event. After each death the books are held against what is
on disk at that moment; after each start clients send again what was acknowledged before, and have to get the same ack.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import socketio

from handoff.app import DEMO_DESK
from handoff.service.chain import rfc3339
from handoff.service.desk_config import load_desk_config
from handoff.service.transcripts import verify_transcript
from handoff.service.world import SystemClock
from handoff.settings import read_settings
from handoff.storage.sqlite import SqliteStorage
from tests.clients import Agent, Client, Customer, Json, Refused, new_client_id
from tests.fake_rasa import KEY, FakeRasa
from tests.faults.books import Book, Entry, Findings, audit_disk
from tests.faults.cradle import cradle
from tests.faults.lives import POINTS
from tests.faults.platter import cut_power, lay_out
from tests.faults.server import START_PATIENCE_S, ServerProcess

AGENTS = ("agent1", "agent2", "supervisor")
PAUSE_S = 0.02  # before the next attempt, and of an agent who has nothing to do
KILLED_WITHIN_S = 0.6  # of the start, for a death at a moment: a start takes half of that
SENT_AGAIN = 3  # acknowledged requests of each client, after each start
# Short, so that offers pass, agents are lost and customers' clocks run out during a run.
CLOCKS = {
    "HANDOFF_OFFER_TIMEOUT_S": "2",
    "HANDOFF_WRAP_UP_S": "1",
    "HANDOFF_AGENT_LOST_OFFER_S": "1",
    "HANDOFF_AGENT_LOST_ACTIVE_S": "3",
    "HANDOFF_FIRST_ANSWER_REMIND_S": "2",
    "HANDOFF_FIRST_ANSWER_REQUEUE_S": "4",
    "HANDOFF_ANSWER_BY_S": "5",
}
CONTACT = {"phone": "+49 40 123456"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a life of the server ends: at a named point, else from outside, at a seeded moment; there `starting` means
    before it serves anybody."""

    point: str | None = None
    starting: bool = False


def deaths(seed: int, *, at_work: int, starting: int = 0, points: Sequence[str] = ()) -> list[Death]:
    """So many of each kind, and one at each of these named points, in an order that follows from the seed."""
    made = [Death()] * at_work + [Death(starting=True)] * starting + [Death(point=one) for one in points]
    random.Random(seed).shuffle(made)
    return made


class _Broken(Exception):
    """The guarantee did not hold; the report says where."""


@dataclass(slots=True)
class Report:
    findings: Findings = field(default_factory=Findings)
    deaths: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    sent_again: int = 0
    sectors_lost: int = 0

    def line(self) -> str:
        lost = f", {self.sectors_lost} sectors lost" if self.sectors_lost else ""
        return (
            f"{self.deaths.total()} x kill -9, {self.acknowledged} acknowledged, {self.sent_again} sent again{lost}: "
            f"{self.findings.counts()}"
        )


class Run:
    """`customers` talk, three people answer, and the server dies as `deaths` say. With `power`, the power is cut each
    time: what was not flushed to disk is lost, wholly or in part. `careless`: the server does not wait for the disk."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        deaths: Sequence[Death],
        *,
        customers: int = 5,
        power: bool = False,
        careless: bool = False,
    ) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._deaths = deaths
        self._customer_count = customers
        self._folder = folder
        self._data_dir = folder / "data"
        self._platter = folder / "platter" if power else None
        self._careless = careless
        self._server: ServerProcess
        self._rasa = FakeRasa()
        self._rules = load_desk_config(DEMO_DESK).rules(read_settings({"HANDOFF_DEMO": "1", **CLOCKS}).policy)
        self._books: list[Book] = []
        self._report = Report()
        self._over = asyncio.Event()
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._acks = 0
        self._acked = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None

    async def go(self) -> Report:
        """Ends early when the guarantee did not hold: clients may wait for ever for what was lost."""
        with ExitStack() as stack:
            birth = stack.enter_context(cradle()).birth
            await self._rasa.start()
            settings = CLOCKS | {
                "HANDOFF_BOT_URL": f"http://127.0.0.1:{self._rasa.port}",
                "HANDOFF_BOT_KEY": KEY,
            }
            self._server = ServerProcess(self._data_dir, self._folder / "server.log", settings, birth)
            with suppress(_Broken):
                try:
                    await self._live_and_die()
                finally:
                    self._server.stop()
                    await self._rasa.stop()
                await self._audit()
        turns = Counter(turn["turn_id"] for turn in self._rasa.turns)
        self._report.findings.doubled.update(f"turn {one}" for one, count in turns.items() if count > 1)
        self._report.acknowledged = sum(len(book.acknowledged) for book in self._books)
        return self._report

    async def _live_and_die(self) -> None:
        if self._platter is not None:
            storage = SqliteStorage(self._data_dir / "byname.db")
            await storage.open()
            await storage.close()
            lay_out(self._data_dir, self._platter)
        await self._spawn()
        await self._server.until_answer("/healthz", 200)
        async with aiohttp.ClientSession() as http:
            await self._people_come(http)
            async with asyncio.TaskGroup() as self._tasks:
                for number, book in enumerate(self._books):
                    person = _Person(self, book, random.Random(f"{self._seed}.{number}"))
                    self._tasks.create_task(person.live())
                self._tasks.create_task(self._die_again_and_again())
            await self._look_at_what_is_told_now()
            for book in self._books:
                await book.client.hang_up()

    async def _people_come(self, http: aiohttp.ClientSession) -> None:
        for _ in range(self._customer_count):
            customer = await Customer.begin(self._server.origin, http, site="nordlicht", locale="en")
            self._books.append(Book(customer))
        for name in AGENTS:
            email = f"{name}@demo.example"
            self._books.append(Book(await Agent.sign_in(self._server.origin, http, email, "demo-only")))

    async def _look_at_what_is_told_now(self) -> None:
        for book in self._books:
            if isinstance(book.client, Customer):
                verify_transcript(await book.client.transcript(book.client.conversation_id))
        async with asyncio.timeout(START_PATIENCE_S):
            while True:
                ready = await self._server.until_answer("/readyz", 200)
                if ready["checks"]["deadlines"]["ok"]:
                    return
                await asyncio.sleep(PAUSE_S)

    # -- the killer --

    async def _die_again_and_again(self) -> None:
        self._up.set()
        await self._after_acks(10)
        await self._kill("at work")
        for death in self._deaths:
            await self._spawn(death.point)
            if death.point is not None:
                await self._end_at(death.point)
            elif death.starting:
                await asyncio.sleep(self._chance.uniform(0, KILLED_WITHIN_S))
                await self._kill("starting")
            else:
                await self._after_acks(self._chance.randint(1, 40))
                await asyncio.sleep(self._chance.uniform(0, 0.02))
                await self._kill("at work")
        await self._spawn()
        await self._after_acks(4 * self._customer_count)
        self._over.set()

    async def _end_at(self, point: str) -> None:
        try:
            code = await self._server.ended()
        except TimeoutError as error:
            raise AssertionError(f"not passed as often as it should have been: {point}") from error
        assert code == -signal.SIGKILL, f"{point}: ended with {code}"
        await self._dead(point)

    async def _kill(self, when: str) -> None:
        self._server.kill()
        await self._dead(when)

    async def _dead(self, where: str) -> None:
        """While nothing runs, the books are held against the disk."""
        self._up.clear()
        self._down.set()
        if self._platter is not None:
            self._report.sectors_lost += cut_power(self._data_dir, self._platter, self._chance)
        self._report.deaths[where] += 1
        await self._audit()

    async def _audit(self) -> None:
        """Raises `_Broken`."""
        self._report.findings.add(await audit_disk(self._data_dir, self._books, self._rules))
        if self._report.findings.broken():
            raise _Broken

    async def _after_acks(self, count: int) -> None:
        target = self._acks + count
        async with asyncio.timeout(START_PATIENCE_S):
            while self._acks < target:
                self._acked.clear()
                await self._acked.wait()

    async def _spawn(self, point: str | None = None) -> None:
        command = ["tests.faults.lives"]
        if point is not None:
            command += ["--point", point, "--passages", str(self._chance.randint(1, POINTS[point]))]
        if self._platter is not None:
            command += ["--platter", str(self._platter)]
        if self._careless:
            command += ["--careless"]
        if len(command) == 1:
            command = ["handoff", "serve"]
        self._down.clear()
        await self._server.spawn(*command)
        if self._tasks is not None:
            self._tasks.create_task(self._watch_for_its_port())

    async def _watch_for_its_port(self) -> None:
        """One looks for all: as soon as it takes a connection, everybody comes at once, ready or not."""
        while not self._down.is_set():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
            except OSError:
                await asyncio.sleep(PAUSE_S)
                continue
            writer.close()
            if not self._down.is_set():
                self._up.set()
            return

    async def _die(self, kill: Any) -> None:
        """Ends the life at once; then, while nothing runs, the books are held against the disk."""
        kill()
        self._up.clear()
        self._down.set()
        if self._platter is not None:
            self._report.sectors_lost += cut_power(self._data_dir, self._platter, self._chance)
        await self._audit()

    async def _audit(self) -> None:
        """Raises `_Broken`."""
        self._report.findings.add(await audit_disk(self._data_dir, self._books, self._rules))
        if self._report.findings.broken():
            raise _Broken

    # -- for those who are there --

    @property
    def over(self) -> bool:
        return self._over.is_set()

    def differs(self, what: str) -> None:
        self._report.findings.differing.add(what)

    def sent_again(self) -> None:
        self._report.sent_again += 1

    def acked(self) -> None:
        self._acks += 1
        self._acked.set()

    async def connect(self, client: Client) -> None:
        """As often as it takes: a server may be killed again while a client connects."""
        while True:
            await self._up.wait()
            attempt = asyncio.ensure_future(self._connect(client))
            down = asyncio.ensure_future(self._down.wait())
            await asyncio.wait([attempt, down], return_when=asyncio.FIRST_COMPLETED)
            down.cancel()
            if attempt.done() and attempt.exception() is None:
                return
            attempt.cancel()
            await asyncio.wait([attempt])
            await client.hang_up()
            error = None if attempt.cancelled() else attempt.exception()
            if error is not None and not isinstance(error, _GONE):
                raise error
            await asyncio.sleep(PAUSE_S)

    async def _connect(self, client: Any) -> None:
        await client.connect()
        if isinstance(client, Customer):
            await client.catch_up()

    async def ask(self, client: Client, name: str, asked: Json) -> Json | None:
        """The ack; None if the connection, or the life of the server, ended first."""
        if client.line.closed or self._down.is_set():
            return None
        try:
            ack = await client.line.send(name, asked)
        except socketio.exceptions.SocketIOError:  # the connection went while it was being sent
            return None
        ends = [
            asyncio.ensure_future(client.until(lambda: client.line.closed, "the end", patience_s=600)),
            asyncio.ensure_future(self._down.wait()),
        ]
        await asyncio.wait([ack, *ends], return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        return dict(ack.result()) if ack.done() else None


_GONE = (Refused, AssertionError, TimeoutError, aiohttp.ClientError, socketio.exceptions.SocketIOError)


class _Person:
    """Acts at random, and sends everything again until it is answered."""

    def __init__(self, run: Run, book: Book, chance: random.Random) -> None:
        self._run = run
        self._book = book
        self._client: Any = book.client
        self._chance = chance
        self._number = 0
        self._has: set[str] = set()  # conversations that this agent has, as far as known
        self._answered: set[str] = set()  # offers

    async def live(self) -> None:
        await self._run.connect(self._client)
        is_customer = isinstance(self._client, Customer)
        while not self._run.over:
            self._number += 1
            await (self._act_as_customer() if is_customer else self._act_as_agent())

    async def _do(self, name: str, conversation_id: str = "", **fields: Any) -> Json:
        """Ask until it is answered, over as many lives of the server as it takes."""
        body: Json = (
            fields
            if name in ("accept", "decline", "set_presence")
            else {"client_id": new_client_id(), **fields}
        )
        if isinstance(self._client, Agent) and conversation_id and "client_id" in body:
            body["conversation_id"] = conversation_id
        entry = Entry(conversation_id=conversation_id, name=name, body=body)
        if name != "set_presence":
            self._book.entries.append(entry)
        ack = await self._until_acked(name, body)
        if ack["ok"] and name not in ("set_presence", "decline"):
            entry.ack = ack
            if name == "accept":
                self._client.keep(ack["conversation_id"], ack["events"])
        if isinstance(self._client, Customer):  # agents are answered quickly, by refusals too
            self._run.acked()
        return ack

    async def _until_acked(self, name: str, body: Json) -> Json:
        while True:
            ack = await self._run.ask(self._client, name, body)
            if ack is None:
                await self._client.hang_up()
                await self._run.connect(self._client)
                if not await self._send_again():
                    continue
            elif ack["ok"] or ack["error"]["code"] != "unavailable":
                return ack
            else:
                await asyncio.sleep(PAUSE_S)

    async def _send_again(self) -> bool:
        """What was acknowledged before is sent again after a start: the same ack, and nothing is added."""
        for entry in self._book.acknowledged[-SENT_AGAIN:]:
            ack = await self._run.ask(self._client, entry.name, entry.body)
            if ack is None:
                return False
            if not ack["ok"] and ack["error"]["code"] == "unavailable":
                continue
            self._run.sent_again()
            if ack != entry.ack:
                self._run.differs(f"{entry.name} {entry.body}: first {entry.ack}, then {ack}")
        return True

    # -- customers --

    async def _act_as_customer(self) -> None:
        customer, chance = self._client, self._chance
        handoff = customer.handoff
        state = None if handoff is None else handoff["state"]
        live = state in ("queued", "offered", "active", "promised")
        here = customer.conversation_id
        bot = [event["seq"] for event in customer.of_type("message")[-8:] if event["actor"]["kind"] == "bot"]
        drawn = chance.random()
        if drawn > 0.98:
            await self._renew()
        elif not live and drawn < 0.2:
            await self._do("request_human", here)
        elif live and drawn < 0.04:
            await self._do("withdraw", here)
        elif drawn < 0.07 and state != "active":
            soon = SystemClock().now() + timedelta(seconds=chance.choice((2, 4, 900)))
            await self._do("callback", here, contact=CONTACT, at=rfc3339(soon))
        elif drawn < 0.09:
            await self._do("rate", here, score=chance.randint(1, 5))
        elif drawn < 0.12 and bot:
            await self._do("feedback", here, seq=chance.choice(bot), helpful=chance.random() < 0.5)
        else:
            await self._do("message", here, text=f"customer says {self._number}")

    async def _renew(self) -> None:
        """A new token for the same conversation, as a page that is loaded anew asks for."""
        customer = self._client
        address = f"{customer.origin}/api/v1/customer/sessions"
        try:
            async with customer.http.post(address, json={}, headers=customer.bearer) as answer:
                if answer.status == 201:
                    session = await answer.json()
                    assert session["conversation_id"] == customer.conversation_id, session
                    customer.token = session["token"]
        except aiohttp.ClientError:  # killed meanwhile: the old token is good
            pass

    # -- people of the desk --

    async def _act_as_agent(self) -> None:
        agent, chance = self._client, self._chance
        self._see_what_there_is()
        done = self._answered | agent.offers_ended.keys()
        open_offers = [one for one in agent.offers if one["offer_id"] not in done]
        drawn = chance.random()
        if self._number % 8 == 1:
            await self._do("set_presence", presence="online")
        elif open_offers and drawn < 0.9:
            offer = open_offers[-1]
            here, offer_id = offer["conversation_id"], offer["offer_id"]
            ack = await self._do("accept" if chance.random() < 0.9 else "decline", here, offer_id=offer_id)
            self._answered.add(offer_id)
            if ack["ok"] and "handoff" in ack:
                self._has.add(here)
        elif self._has:
            await self._work(chance.choice(sorted(self._has)))
        else:
            await asyncio.sleep(PAUSE_S)

    def _see_what_there_is(self) -> None:
        agent = self._client
        for ended in agent.assignments_ended:
            self._has.discard(ended["conversation_id"])
        agent.assignments_ended.clear()
        if agent.snapshot is not None:
            self._has.update(one["conversation"]["id"] for one in agent.snapshot["conversations"])

    async def _work(self, here: str) -> None:
        chance = self._chance
        drawn = chance.random()
        ends = False
        if drawn < 0.55:
            ack = await self._do("message", here, text=f"agent says {self._number}")
        elif drawn < 0.65:
            ack = await self._do("note", here, text=f"agent notes {self._number}")
        elif drawn < 0.72:
            outcome = chance.choice(("reached", "not_reached"))
            ack = await self._do("contacted", here, channel="phone", outcome=outcome)
        elif drawn < 0.76:
            ack, ends = await self._do("transfer", here, to={"team": "service"}), True
        elif drawn < 0.80:
            soon = rfc3339(SystemClock().now() + timedelta(seconds=chance.choice((2, 5, 900))))
            ack, ends = await self._do("follow_up", here, answer_by=soon), True
        elif drawn < 0.86:
            ack, ends = await self._do("hand_back", here), True
        else:
            ack, ends = await self._do("resolve", here, outcome="answered"), True
        if ends or not ack["ok"]:
            self._has.discard(here)
            if self._client.snapshot is not None:  # what it said is of the time before
                self._client.snapshot = self._client.snapshot | {"conversations": []}
