"""Real Socket.IO clients for tests: a customer and an agent that know the wire contract and nothing else.

Each keeps a book of all that it was told. Tests wait for a condition on the book, with a deadline; nothing here sleeps.
What breaks the contract whatever the test is about (an event twice, out of order, a gap) is noted in `wrong`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp
import engineio
import socketio

PATIENCE_S = 20.0  # far more than anything takes on a busy machine, so that only what never comes fails
HANG_UP_S = 0.3

Json = dict[str, Any]


def new_client_id() -> str:
    return str(uuid.uuid4())


class Refused(Exception):
    """The server refused the connection; `error` is what it said."""

    def __init__(self, error: Any) -> None:
        super().__init__(str(error))
        self.error = error


class _Outgoing(asyncio.Queue[Any]):
    """What the library's writer sends; None is the end of it.

    When the library's reader has heard nothing for so long that the connection must be dead, it puts None here and
    waits for the writer to end. The writer takes a None that stands behind a packet for the end of that packet's
    batch, and writes on: whoever says something in that very moment stays on a dead connection until TCP gives it up.
    The second None stands first in the next batch, and ends it.
    """

    async def put(self, item: Any) -> None:
        await super().put(item)
        if item is None:
            await super().put(item)


class Engine(engineio.AsyncClient):  # type: ignore[misc]  # the library has no types
    """The library's connection, which ends when it hears nothing any more, as that of our pages does."""

    def create_queue(self, *_: Any, **__: Any) -> _Outgoing:
        return _Outgoing()


class _Socket(socketio.AsyncClient):  # type: ignore[misc]  # the library has no types
    def _engineio_client_class(self) -> type[Engine]:
        return Engine


class Line:
    """One Socket.IO connection to one namespace. It never reconnects by itself."""

    def __init__(self, origin: str, namespace: str, told: Callable[[str, Any], None]) -> None:
        self.namespace = namespace
        self.closed = False
        self._origin = origin
        self._told = told
        self._refusal: Any = None
        self._socket = _Socket(reconnection=False, logger=False, engineio_logger=False)
        self._socket.on("*", self._on_event, namespace=namespace)
        self._socket.on("connect_error", self._on_refusal, namespace=namespace)
        self._socket.on("disconnect", self._on_disconnect, namespace=namespace)

    async def _on_event(self, name: str, payload: Any = None) -> None:
        if not self.closed:  # what a network delivers after we hung up is read by nobody
            self._told(name, payload)

    async def _on_refusal(self, error: Any = None) -> None:
        self._refusal = error.get("data", error) if isinstance(error, dict) else error

    async def _on_disconnect(self, _reason: Any = None) -> None:
        self.closed = True
        self._told("(closed)", None)

    async def open(self, auth: Any, *, transport: str = "websocket", headers: Mapping[str, str] = {}) -> None:
        """Raises `Refused`."""
        try:
            await self._socket.connect(
                self._origin,
                auth=auth,
                namespaces=[self.namespace],
                transports=[transport],
                headers=dict(headers),
                wait_timeout=PATIENCE_S,
            )
        except socketio.exceptions.ConnectionError as error:
            refusal = self._refusal
            await self._socket.disconnect()
            raise Refused(refusal if refusal is not None else str(error)) from error

    async def close(self) -> None:
        """Hang up. The server sees the socket end at once, unless the network is gone."""
        self.closed = True
        try:
            async with asyncio.timeout(HANG_UP_S):
                await self._socket.disconnect()
        except TimeoutError:  # a long poll is open; goodbye was said on another request
            await self._socket.eio.http.close()

    async def ask(self, name: str, *data: Any) -> Any:
        """Send a request and wait for its ack."""
        async with asyncio.timeout(PATIENCE_S):
            return await (await self.send(name, *data))

    async def send(self, name: str, *data: Any) -> asyncio.Future[Any]:
        """Send a request without waiting; the future gets its ack (a list if it is not one value)."""
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answered(*values: Any) -> None:
            if not ack.done():
                ack.set_result(values[0] if len(values) == 1 else list(values))

        await self._socket.emit(name, data or None, namespace=self.namespace, callback=answered)
        return ack

    async def tell(self, name: str, *data: Any) -> None:
        """Send without asking for an ack."""
        await self._socket.emit(name, data or None, namespace=self.namespace)


class Client:
    """What customer and agent share: the line and the book."""

    NAMESPACE = ""

    def __init__(self, origin: str, http: aiohttp.ClientSession, token: str) -> None:
        self.origin = origin
        self.http = http
        self.token = token
        self.book: list[tuple[str, Any]] = []
        self.wrong: list[str] = []
        self.line = self._new_line()
        self._news = asyncio.Event()

    def _new_line(self) -> Line:
        return Line(self.origin, self.NAMESPACE, self._told)

    def _told(self, name: str, payload: Any) -> None:
        self.book.append((name, payload))
        self.take_in(name, payload)
        self._news.set()

    def take_in(self, name: str, payload: Any) -> None:
        raise NotImplementedError

    async def until[T](self, holds: Callable[[], T], what: str, *, patience_s: float = PATIENCE_S) -> T:
        """Wait until `holds` finds something, looking anew at everything the client is told."""
        deadline = asyncio.get_running_loop().time() + patience_s
        while not (found := holds()):
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                latest = "\n".join(str(entry)[:200] for entry in self.book[-12:])
                raise AssertionError(f"not within {patience_s} s: {what}; told lately:\n{latest}") from None
        return found

    def look_again(self) -> None:
        """What somebody waits for may have changed, although the client was told nothing."""
        self._news.set()

    def all_told(self, name: str) -> list[Any]:
        return [payload for told, payload in self.book if told == name]

    async def ask(self, name: str, *data: Any) -> Any:
        return await self.line.ask(name, *data)

    async def done(self, name: str, /, **fields: Any) -> Json:
        """Ask for something that must be done."""
        ack = await self.ask(name, fields)
        assert ack["ok"] is True, f"{name}: {ack}"
        return dict(ack)

    async def refused(self, name: str, /, **fields: Any) -> str:
        """Ask for something that must be refused; the error's code."""
        return error_code(await self.ask(name, fields))

    async def hang_up(self) -> None:
        await self.line.close()

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def transcript(self, conversation_id: str, chosen: str = "json") -> Any:
        address = f"{self.origin}/api/v1/conversations/{conversation_id}/transcript"
        async with self.http.get(address, params={"format": chosen}, headers=self.bearer) as answer:
            assert answer.status == 200, await answer.text()
            return await (answer.json() if chosen == "json" else answer.text())


def error_code(answer: Any) -> str:
    """The code of a refusing ack, or of an HTTP body."""
    assert isinstance(answer, dict), answer
    assert answer.get("ok", False) is False, answer
    assert isinstance(answer["error"]["message"], str), answer
    return str(answer["error"]["code"])


class Customer(Client):
    """`events` by `seq` is what the customer's screen shows."""

    NAMESPACE = "/customer"

    def __init__(self, origin: str, http: aiohttp.ClientSession, session: Json) -> None:
        super().__init__(origin, http, session["token"])
        self.session = session
        self.conversation_id: str = session["conversation_id"]
        self.events: dict[int, Json] = {}
        self.handoff: Json | None = None
        self.snapshot: Json | None = None
        self._live_seq = 0

    @classmethod
    async def begin(cls, origin: str, http: aiohttp.ClientSession, **fields: Any) -> Self:
        async with http.post(f"{origin}/api/v1/customer/sessions", json=fields) as answer:
            assert answer.status == 201, await answer.text()
            return cls(origin, http, await answer.json())

    async def connect(
        self, *, since: int | None = None, transport: str = "websocket", headers: Mapping[str, str] = {}
    ) -> Json:
        """Connect, by default from the last `seq` seen; the snapshot."""
        self.snapshot = None
        self._live_seq = 0
        self.line = self._new_line()
        auth = {"v": 1, "token": self.token, "since": self.last_seq if since is None else since}
        await self.line.open(auth, transport=transport, headers=headers)
        return await self.until(lambda: self.snapshot, "a snapshot")

    @property
    def last_seq(self) -> int:
        return max(self.events, default=0)

    def take_in(self, name: str, payload: Any) -> None:
        if name == "snapshot":
            if self.snapshot is not None:
                self.wrong.append("a second snapshot")
            self.snapshot = payload
            self.handoff = payload["handoff"]
            self.keep(payload["events"])
        elif name == "event":
            if self.snapshot is None:
                self.wrong.append(f"an event before the snapshot: {payload}")
            if payload["seq"] in self.events or payload["seq"] <= self._live_seq:
                self.wrong.append(f"event {payload['seq']} again")
            self._live_seq = payload["seq"]
            self.keep([payload])
        elif name == "handoff":
            self.handoff = payload

    def keep(self, events: list[Json]) -> None:
        for event in events:
            if self.events.setdefault(event["seq"], event) != event:
                self.wrong.append(f"event {event['seq']} differs from what was told before")

    def gaps(self) -> list[int]:
        """Where the chain of `prev_seq` is broken; empty when the customer has all there is to see."""
        before = 0
        found = []
        for seq, event in sorted(self.events.items()):
            if event["prev_seq"] != before:
                found.append(seq)
            before = seq
        return found

    def of_type(self, event_type: str) -> list[Json]:
        return [event for _, event in sorted(self.events.items()) if event["type"] == event_type]

    def texts(self, kind: str | None = None) -> list[str]:
        """What was said, in order; only by `customer`, `bot` or `agent` if asked for."""
        said = self.of_type("message")
        return [event["text"] for event in said if kind is None or event["actor"]["kind"] == kind]

    async def say(self, text: str, client_id: str | None = None) -> Json:
        return await self.done("message", client_id=client_id or new_client_id(), text=text)

    async def want_person(self) -> Json:
        ack = await self.done("request_human", client_id=new_client_id())
        return dict(ack["handoff"])

    async def sees(self, event_type: str, count: int = 1) -> Json:
        """The latest of at least `count` events of a type."""
        await self.until(lambda: len(self.of_type(event_type)) >= count, f"{count} x {event_type}")
        return self.of_type(event_type)[-1]

    async def reads(self, text: str) -> Json:
        """The event of a message whose text contains `text`."""
        return await self.until(
            lambda: next((one for one in self.of_type("message") if text in one["text"]), None),
            f"a message with {text!r}",
        )

    async def sees_state(self, state: str) -> Json:
        return await self.until(
            lambda: self.handoff if self.handoff and self.handoff["state"] == state else None,
            f"a handoff that is {state}",
        )

    async def catch_up(self) -> None:
        """Fetch by `sync` whatever the snapshot left out."""
        more = self.snapshot is not None and self.snapshot["more"]
        since = self.snapshot["last_seq"] if self.snapshot is not None else 0
        while more:
            page = await self.done("sync", since=since)
            self.keep(page["events"])
            more, since = page["more"], page["last_seq"]


class Agent(Client):
    """A person of the desk. `logs` has the events of each conversation by `seq`."""

    NAMESPACE = "/agent"

    def __init__(self, origin: str, http: aiohttp.ClientSession, session: Json) -> None:
        super().__init__(origin, http, session["token"])
        self.me: Json = session["agent"]
        self.snapshot: Json | None = None
        self.offers: list[Json] = []
        self.offers_ended: dict[str, str] = {}
        self.assignments_ended: list[Json] = []
        self.logs: dict[str, dict[int, Json]] = {}
        self.presences: dict[str, str] = {}
        self.alerts: dict[str, Json] = {}
        self._live_seq: dict[str, int] = {}

    @classmethod
    async def sign_in(cls, origin: str, http: aiohttp.ClientSession, email: str, password: str) -> Self:
        body = {"email": email, "password": password}
        async with http.post(f"{origin}/api/v1/agent/sessions", json=body) as answer:
            assert answer.status == 201, await answer.text()
            return cls(origin, http, await answer.json())

    @property
    def id(self) -> str:
        return str(self.me["id"])

    async def connect(self, *, transport: str = "websocket", headers: Mapping[str, str] = {}) -> Json:
        self.snapshot = None
        self._live_seq = {}
        self.line = self._new_line()
        await self.line.open({"v": 1, "token": self.token}, transport=transport, headers=headers)
        return await self.until(lambda: self.snapshot, "a snapshot")

    def take_in(self, name: str, payload: Any) -> None:
        match name:
            case "snapshot":
                if self.snapshot is not None:
                    self.wrong.append("a second snapshot")
                self.snapshot = payload
                self.presences = {one["id"]: one["presence"] for one in payload["team"]}
                self.alerts = {one["alert_id"]: one for one in payload["alerts"]}
                for offer in payload["offers"]:
                    self._offered(offer)
            case "offer":
                self._offered(payload)
            case "offer_ended":
                if payload["offer_id"] in self.offers_ended:
                    self.wrong.append(f"offer {payload['offer_id']} ended twice")
                self.offers_ended[payload["offer_id"]] = payload["outcome"]
            case "assignment_ended":
                self.assignments_ended.append(payload)
            case "presence":
                self.presences[payload["agent_id"]] = payload["presence"]
            case "alert":
                self.alerts[payload["alert_id"]] = payload
            case "alert_ended":
                if self.alerts.pop(payload["alert_id"], None) is None:
                    self.wrong.append(f"alert {payload['alert_id']} ended, which was never told")
            case "event":
                self._happened(payload["conversation_id"], payload["event"])
            case _:
                pass

    def _offered(self, offer: Json) -> None:
        self.offers.append(offer)
        events = offer["transcript"]["events"]
        sealed = ("payload_digest", "hash")
        plain = [{key: value for key, value in event.items() if key not in sealed} for event in events]
        self.keep(offer["conversation_id"], plain)

    def _happened(self, conversation_id: str, event: Json) -> None:
        if event["seq"] <= self._live_seq.get(conversation_id, 0):
            self.wrong.append(f"event {event['seq']} of {conversation_id} again")
        self._live_seq[conversation_id] = event["seq"]
        self.keep(conversation_id, [event])

    def keep(self, conversation_id: str, events: list[Json]) -> None:
        log = self.logs.setdefault(conversation_id, {})
        for event in events:
            if log.setdefault(event["seq"], event) != event:
                self.wrong.append(f"event {event['seq']} differs from what was told before")

    def log(self, conversation_id: str) -> list[Json]:
        return [event for _, event in sorted(self.logs.get(conversation_id, {}).items())]

    def of_type(self, conversation_id: str, event_type: str) -> list[Json]:
        return [event for event in self.log(conversation_id) if event["type"] == event_type]

    async def sees(self, conversation_id: str, event_type: str, count: int = 1) -> Json:
        await self.until(
            lambda: len(self.of_type(conversation_id, event_type)) >= count, f"{count} x {event_type}"
        )
        return self.of_type(conversation_id, event_type)[-1]

    async def reads(self, conversation_id: str, text: str) -> Json:
        return await self.until(
            lambda: next(
                (one for one in self.of_type(conversation_id, "message") if text in one["text"]), None
            ),
            f"a message with {text!r}",
        )

    async def be(self, presence: str) -> None:
        await self.done("set_presence", presence=presence)

    async def offered(self, conversation_id: str | None = None, count: int = 1) -> Json:
        """The `count`-th offer, of this conversation if one is given."""

        def found() -> list[Json]:
            return [one for one in self.offers if conversation_id in (None, one["conversation_id"])]

        await self.until(lambda: len(found()) >= count, f"offer {count} of {conversation_id}")
        return found()[count - 1]

    async def accept(self, offer: Json) -> Json:
        ack = await self.done("accept", offer_id=offer["offer_id"])
        self.keep(ack["conversation_id"], ack["events"])
        return ack

    async def take(self, conversation_id: str | None = None) -> str:
        """Wait for an offer and accept it; the conversation's id."""
        offer = await self.offered(conversation_id)
        await self.accept(offer)
        return str(offer["conversation_id"])

    async def do(self, name: str, conversation_id: str, /, **fields: Any) -> Json:
        """A request in a conversation, with a new client_id; it must be done."""
        return await self.done(name, conversation_id=conversation_id, client_id=new_client_id(), **fields)

    async def fails(self, name: str, conversation_id: str, **fields: Any) -> str:
        """The same, but it must be refused; the error's code."""
        return await self.refused(name, conversation_id=conversation_id, client_id=new_client_id(), **fields)

    async def say(self, conversation_id: str, text: str) -> Json:
        return await self.do("message", conversation_id, text=text)

    async def offer_ends(self, offer: Json) -> str:
        offer_id = offer["offer_id"]
        await self.until(lambda: offer_id in self.offers_ended, f"the end of offer {offer_id}")
        return self.offers_ended[offer_id]

    async def assignment_ends(self, conversation_id: str) -> str:
        ended = await self.until(
            lambda: next(
                (one for one in self.assignments_ended if one["conversation_id"] == conversation_id), None
            ),
            f"the end of the assignment of {conversation_id}",
        )
        return str(ended["reason"])

    async def alerted(self, conversation_id: str, why: str) -> Json:
        """The open alert about this conversation, once it says `why`."""
        return await self.until(
            lambda: next(
                (
                    one
                    for one in self.alerts.values()
                    if (one["conversation_id"], one["why"]) == (conversation_id, why)
                ),
                None,
            ),
            f"an alert: {why}",
        )

    async def alert_ends(self, alert: Json) -> None:
        await self.until(lambda: alert["alert_id"] not in self.alerts, f"the end of {alert}")

    async def sees_presence(self, agent_id: str, presence: str) -> None:
        await self.until(lambda: self.presences.get(agent_id) == presence, f"{agent_id} shown {presence}")
