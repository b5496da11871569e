"""A customer, two agents and a supervisor on a host of their own, with a bad network between them and the server.

`python -m tests.faults.network.people WIRE CASE SEED PORT PASSWORD` plays one case and prints what was found as JSON.
Each client keeps a book of what it was told; what it sends, it sends again until there is an ack, as the contract says.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import socketio

from handoff.service.transcripts import verify_transcript
from tests.clients import Agent, Customer, Json, Refused, new_client_id
from tests.faults.network.cases import CASES, Case
from tests.faults.network.hosts import become_host
from tests.faults.network.wire import PEOPLE_ADDRESS, SERVER_ADDRESSES, Wire

CONNECT_S = 20.0  # as our pages: 3 s each way make three round trips until the snapshot
PAUSE_S = 0.5  # before the next attempt to connect, as our pages
SAY_EVERY_S = 0.5
LONGEST_S = 120.0
_LOOK_EVERY_S = 0.05
EMAILS = {who: f"{who}@shop.example" for who in ("agent1", "agent2", "supervisor")}


@dataclass(slots=True)
class Report:
    """`wrong` is empty when the guarantee held. Seconds count from when the fault began, `same_s` from its end."""

    case: str
    acknowledged: int = 0
    resent: int = 0
    connections: dict[str, int] = field(default_factory=dict)
    packets_lost: int = 0
    offline_s: float | None = None
    left_s: float | None = None
    answered_s: float | None = None
    same_s: float = 0.0
    worst_deadline_lag_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Person[C: (Customer, Agent)]:
    """A client that comes back whenever it is cut off, and the book of what it sent."""

    def __init__(self, client: C, ack_s: float) -> None:
        self.client = client
        self.up = asyncio.Event()
        self.sent: dict[str, str] = {}
        self.acks: dict[str, Json] = {}
        self.refused: dict[str, str] = {}
        self.resent = 0
        self.connections = 0
        self._ack_s = ack_s

    async def stay(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self.client.connect()
                await self._catch_up()
            except (
                Refused,
                TimeoutError,
                AssertionError,
                aiohttp.ClientError,
                socketio.exceptions.SocketIOError,
            ):
                await self.client.hang_up()
                await asyncio.sleep(PAUSE_S)
                continue
            self.connections += 1
            self.up.set()
            self.client.look_again()
            await self._until_closed()
            self.up.clear()
            await self.client.hang_up()

    async def reload(self) -> None:
        """The page is loaded anew; returns when it is connected again."""
        before = self.connections
        await self.client.hang_up()
        self.client.look_again()
        await self.until(lambda: self.connections > before and self.up.is_set(), "connected again")

    async def _until_closed(self) -> None:
        await self.client.until(lambda: self.client.line.closed, "the end", patience_s=3_600)

    async def _catch_up(self) -> None:
        match self.client:
            case Customer() as customer:
                await customer.catch_up()
            case Agent() as agent:
                assert agent.snapshot is not None
                for held in agent.snapshot["conversations"]:
                    conversation_id = held["conversation"]["id"]
                    since, more = max(agent.logs.get(conversation_id, {}), default=0), True
                    while more:
                        page = await agent.done("open", conversation_id=conversation_id, since=since)
                        agent.keep(conversation_id, page["events"])
                        since, more = page["last_seq"], page["more"]

    async def until[T](self, holds: Callable[[], T], what: str) -> T:
        return await self.client.until(holds, what, patience_s=LONGEST_S)

    async def ask(self, name: str, **asked: Any) -> Json:
        """The ack. Asked again after a while without one and on each new connection; any try's ack will do."""
        tries: list[asyncio.Future[Any]] = []
        while True:
            await self.up.wait()
            try:
                tries.append(await self.client.line.send(name, asked))
            except socketio.exceptions.SocketIOError:  # gone in this moment
                await asyncio.sleep(PAUSE_S)
                continue
            self.resent += len(tries) > 1
            closed = asyncio.ensure_future(self._until_closed())
            await asyncio.wait([*tries, closed], timeout=self._ack_s, return_when=asyncio.FIRST_COMPLETED)
            closed.cancel()
            for one in tries:
                if one.done() and (one.result()["ok"] or one.result()["error"]["code"] != "unavailable"):
                    return dict(one.result())
            tries = [one for one in tries if not one.done()]
            if self.client.line.closed:
                self.up.clear()

    async def say(self, text: str, **where: str) -> Json:
        client_id = new_client_id()
        self.sent[client_id] = text
        ack = await self.ask("message", client_id=client_id, text=text, **where)
        if ack["ok"]:
            self.acks[client_id] = ack
        else:
            self.refused[client_id] = ack["error"]["code"]
        return ack


class Play:
    def __init__(self, name: str, wire: Wire, port: int, password: str) -> None:
        self._case: Case = CASES[name]
        self._wire = wire
        self._port = port
        self._password = password
        self._report = Report(name)
        self._quiet = asyncio.Event()
        self._customer: Person[Customer]
        self._agents: dict[str, Person[Agent]] = {}
        self._group: asyncio.TaskGroup

    def _origin(self, who: str) -> str:
        return f"http://{SERVER_ADDRESSES[who]}:{self._port}"

    async def go(self) -> Report:
        async with aiohttp.ClientSession() as http:
            await self._until_served(http)
            ack_s = self._case.ack_s
            customer = await Customer.begin(self._origin("customer"), http, site="nordlicht", locale="en")
            self._customer = Person(customer, ack_s)
            for who, email in EMAILS.items():
                agent = await Agent.sign_in(self._origin(who), http, email, self._password)
                self._agents[who] = Person(agent, ack_s)
            async with asyncio.TaskGroup() as self._group:
                staying = [self._group.create_task(one.stay()) for one in self._everybody()]
                await self._play()
                await self._audit()
                for task in staying:
                    task.cancel()
            for one in self._everybody():
                await one.client.hang_up()
        return self._report

    async def _until_served(self, http: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(LONGEST_S):
            while True:
                try:
                    async with http.get(f"{self._origin('supervisor')}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(_LOOK_EVERY_S)

    def _everybody(self) -> list[Person[Any]]:
        return [self._customer, *self._agents.values()]

    # -- what happens --

    async def _play(self) -> None:
        """The watcher is the supervisor, whose network is always fine."""
        case, customer, agent1, agent2 = (
            self._case,
            self._customer,
            self._agents["agent1"],
            self._agents["agent2"],
        )
        now = asyncio.get_running_loop().time
        for one in self._everybody():
            await one.up.wait()
        await agent1.ask("set_presence", presence="online")  # the longest idle: it is asked first
        colleague = self._group.create_task(self._take_over(agent2))
        if not case.offered:
            await customer.ask("request_human", client_id=new_client_id())
            await agent1.client.take()
            await customer.client.sees_state("active")
        await agent2.ask("set_presence", presence="online")

        for who in case.people:
            self._wire.set(who, to_server=case.to_server, from_server=case.from_server)
        began = now()
        talks = [self._group.create_task(self._talk(customer, "customer", customer.client.conversation_id))]
        if case.offered:
            await customer.ask("request_human", client_id=new_client_id())
        else:
            talks.append(
                self._group.create_task(self._talk(agent1, "agent1", customer.client.conversation_id))
            )
        marks = [self._group.create_task(self._mark(began))]
        if case.reload:
            await asyncio.gather(customer.reload(), agent1.reload())
        await asyncio.sleep(max(0.0, began + case.lasts_s - now()))
        for who in case.people:
            self._wire.set(who)
        healed = now()
        self._quiet.set()
        await asyncio.gather(*talks, *marks)
        if not case.requeued and not case.offered:
            colleague.cancel()
        await self._until_all_have_all()
        self._report.same_s = round(now() - healed, 2)

    async def _talk(self, person: Person[Any], who: str, conversation_id: str) -> None:
        """Until it is quiet, or the conversation is somebody else's."""
        where = {} if who == "customer" else {"conversation_id": conversation_id}
        number = 0
        while not self._quiet.is_set():
            number += 1
            if not (await person.say(f"{who} says {number}", **where))["ok"]:
                return
            await asyncio.sleep(SAY_EVERY_S)

    async def _take_over(self, colleague: Person[Agent]) -> None:
        offer = await colleague.until(lambda: colleague.client.offers, "an offer to the colleague")
        ack = await colleague.ask("accept", offer_id=offer[-1]["offer_id"])
        colleague.client.keep(ack["conversation_id"], ack["events"])
        await self._talk(colleague, "agent2", ack["conversation_id"])

    async def _mark(self, began: float) -> None:
        """When the fault had which consequence."""
        now = asyncio.get_running_loop().time
        case, customer = self._case, self._customer.client

        def since() -> float:
            return round(now() - began, 2)

        if case.offline:
            await self._watcher_sees("agent1", "offline")
            self._report.offline_s = since()
        if case.requeued:
            await self._customer.until(lambda: customer.of_type("agent_left"), "that the agent left")
            self._report.left_s = since()
        if case.requeued or case.offered:
            await self._customer.until(
                lambda: any("agent2 says" in text for text in customer.texts("agent")),
                "the colleague's answer",
            )
            self._report.answered_s = since()

    # -- the audit --

    def _holders(self) -> list[Person[Agent]]:
        """Agents who have the conversation now, as they see it."""
        second = self._case.requeued or self._case.offered
        return [self._agents["agent2" if second else "agent1"]]

    async def _until_all_have_all(self) -> None:
        """Every client is connected and has every message that was acknowledged, and knows who is there."""
        customer = self._customer
        conversation_id = customer.client.conversation_id
        seqs = {ack["seq"] for one in self._everybody() for ack in one.acks.values()}
        for one in self._everybody():
            await one.until(lambda one=one: one.up.is_set() and not one.client.line.closed, "connected")
        await customer.until(lambda: seqs <= customer.client.events.keys(), "all messages at the customer's")
        for agent in self._holders():
            log = agent.client.logs[conversation_id]
            await agent.until(lambda log=log: seqs <= log.keys(), "all messages at the agent's")
        # Who was away for longer than AGENT_LOST_ACTIVE_S, or let an offer pass, is asked again only after saying
        # that they are there.
        if self._case.requeued or self._case.offered:
            await self._agents["agent1"].ask("set_presence", presence="online")
        for who in ("agent1", "agent2"):
            await self._watcher_sees(who, "online")

    async def _watcher_sees(self, who: str, presence: str) -> None:
        watcher, agent_id = self._agents["supervisor"], self._agents[who].client.id
        await watcher.until(
            lambda: watcher.client.presences.get(agent_id) == presence, f"{who} shown {presence}"
        )

    async def _audit(self) -> None:
        customer, wrong = self._customer.client, self._report.wrong
        conversation_id = customer.conversation_id
        # The customer's screen is what the server has.
        page: Json = {"more": True, "last_seq": 0}
        there: list[Json] = []
        while page["more"]:
            page = await self._customer.ask("sync", since=page["last_seq"])
            there += page["events"]
        if [event for _, event in sorted(customer.events.items())] != there:
            wrong.append("the customer's events differ from the server's")
        live = ("as_of_seq", "wait_estimate_s")
        if _without(customer.handoff, live) != _without(page["handoff"], live):
            wrong.append(f"the customer's handoff: {customer.handoff}; the server's: {page['handoff']}")
        wrong += [f"gap before {seq}" for seq in customer.gaps()]
        # So is the agent's; and who does not have the conversation any more knows it.
        for agent in self._holders():
            opened: Json = {"more": True, "last_seq": 0}
            log: list[Json] = []
            while opened["more"]:
                opened = await agent.ask("open", conversation_id=conversation_id, since=opened["last_seq"])
                log += opened["events"]
            if agent.client.log(conversation_id) != log:
                wrong.append("the agent's events differ from the server's")
            if [event["seq"] for event in log] != list(range(1, len(log) + 1)):
                wrong.append("the agent's log has gaps")
        if self._case.requeued:
            former = self._agents["agent1"]
            ack = await former.say("too late", conversation_id=conversation_id)
            if ack["ok"]:
                wrong.append("who lost the conversation could write in it")
        for one in self._everybody():
            wrong += one.client.wrong
            self._report.resent += one.resent
        document = await customer.transcript(conversation_id)
        verify_transcript(document)
        self._audit_acknowledged(document["events"])
        self._report.connections = {
            "customer": self._customer.connections,
            **{who: agent.connections for who, agent in self._agents.items()},
        }
        self._report.packets_lost = sum(self._wire.lost.values())
        async with customer.http.get(f"{self._origin('supervisor')}/readyz") as answer:
            self._report.worst_deadline_lag_s = (await answer.json())["checks"]["deadlines"]["worst_lag_s"]

    def _audit_acknowledged(self, events: list[Json]) -> None:
        """All there, once, where the ack said, and in the order in which each person wrote."""
        wrong = self._report.wrong
        by_seq = {event["seq"]: event for event in events}
        counted = Counter(event["client_id"] for event in events if event.get("client_id"))
        wrong += [f"{client_id} is there {count} times" for client_id, count in counted.items() if count > 1]
        for one in self._everybody():
            self._report.acknowledged += len(one.acks)
            for client_id, ack in one.acks.items():
                event = by_seq.get(ack["seq"], {})
                if (event.get("client_id"), event.get("text")) != (client_id, one.sent[client_id]):
                    wrong.append(f"acknowledged and missing: {one.sent[client_id]}")
            wrong += [f"refused and yet there: {one.sent[each]}" for each in one.refused if counted[each]]
            in_order = [event["client_id"] for event in events if event.get("client_id") in one.sent]
            if in_order != [each for each in one.sent if counted[each]]:
                wrong.append("not in the order in which it was written")


def _without(handoff: Json | None, keys: tuple[str, ...]) -> Json | None:
    return None if handoff is None else {key: value for key, value in handoff.items() if key not in keys}


async def _main(ends: tuple[int, int], name: str, seed: int, port: int, password: str) -> None:
    wire = Wire(*ends, seed)
    wire.start()
    report = await Play(name, wire, port, password).go()
    wire.stop()
    print(json.dumps(asdict(report)))


def main() -> None:
    server_end, name, seed, port, password = sys.argv[1:]
    people_end = become_host([PEOPLE_ADDRESS])
    os.set_blocking(int(server_end), False)
    asyncio.run(_main((int(server_end), people_end), name, int(seed), int(port), password))


if __name__ == "__main__":
    main()
