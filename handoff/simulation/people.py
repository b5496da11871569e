"""Simulated people: customers who ask, wait, write and give up; agents who answer, decline, vanish and sleep.

They know only what the wire tells them, and keep a book of it. Everything that they do is drawn from the seed.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from handoff.service.chain import rfc3339
from handoff.simulation import tricks
from handoff.simulation.lines import Json, Line, LineLost, Refused, http
from handoff.simulation.loop import Machine
from handoff.simulation.windows import AgentWindow, CustomerWindow

if TYPE_CHECKING:
    from handoff.simulation.clock import SimulatedClock
    from handoff.simulation.loop import VirtualLoop
    from handoff.simulation.referee import Referee

_DAWDLES = 0.015  # of an agent's turns at a customer who was answered
ACK_S = 5.0  # no ack by then: send it again. Source: the wire contract
DESK = ("10.0.0.1", 8600)

CHATTER = (
    "Where is my order?",
    "It said Tuesday",
    "hmm",
    "Please cancel it",
    "Good morning",
    "Wo ist mein Paket?",
    "Is the lamp in stock",
    "I am stuck here",
)
ASKING = (
    "I want to talk to a human",
    "Please connect me with an agent",
    "Can somebody help me",
    "I need a refund of 900 euros",
    "Ich möchte mit einem Mitarbeiter sprechen",
)
WORDS = (
    "Good day, how can I help?",
    "I am looking into it.",
    "It leaves today.",
    "One moment please.",
    "Anything else?",
)

_LAST_MOMENT_S = 60.0  # nobody sits before a question for longer, to answer it at the last moment

_AS_ASKED = "1: an acknowledgement says what was asked for"


class Town(Protocol):
    """What people share with the world that they live in."""

    loop: VirtualLoop
    referee: Referee
    clock: SimulatedClock
    seed: str
    calm: bool
    pace: float  # of what takes people long: below 1 where the desk's clocks are short
    teams: tuple[str, ...]
    blocked: list[str]  # conversations, for supervisors to look into
    handed_back: set[str]  # conversations

    def count(self, what: str) -> None: ...

    def trace(self, kind: str, what: str) -> None: ...

    def drawn(self, chance: float, draw: random.Random) -> bool:
        """Whether something unkind happens now: never once the town is calm."""

    def link_of(self, line: Line) -> Any: ...

    def delivers(self, line: Line) -> bool:
        """Whether nothing is held up on its way to this person."""


class Person:
    """Keeps a line to the desk, and asks until there is an answer."""

    namespace = ""
    window: Any  # this person's kind of window

    def __init__(self, town: Town, name: str, address: str) -> None:
        self.town = town
        self.name = name
        self.random = random.Random(f"{town.seed}:{name}")
        self.machine = Machine(name, address)
        self.line: Line | None = None
        self.gone_since: float | None = None
        self.away_until = 0.0
        self.over = False
        self._line_changed = asyncio.Event()
        self._numbers = 0
        self.answered: deque[tuple[str, Json, Json]] = deque(
            maxlen=12
        )  # request, body, ack: to be sent again
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- the line --

    def auth(self) -> Json:
        raise NotImplementedError

    def told(self, name: str, payload: Any) -> None:
        raise NotImplementedError

    async def connected(self) -> None:
        """A new line has just opened."""

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self.town.loop.start_on(self.machine, work, f"{self.name} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def keep_line(self) -> None:
        """Connect whenever there is no line, unless this person is away."""
        while not self.over:
            now = self.town.loop.time()
            if self.line is not None and not self.line.lost:
                self._line_changed.clear()
                await self._line_changed.wait()
            elif now < self.away_until and not self.town.calm:
                await asyncio.sleep(min(2.0, self.away_until - now))
            else:
                try:
                    await self._open()
                except LineLost:
                    await asyncio.sleep(self.random.uniform(0.2, 2.0))
                except Refused as error:
                    await self.refused(error)

    async def refused(self, error: Refused) -> None:
        if error.code not in ("unavailable", "rate_limited"):
            self.town.referee.wrong("1: a session lasts", self.name, f"refused with {error}")
        await asyncio.sleep(self.random.uniform(0.5, 3.0))

    async def _open(self) -> None:
        self.window.begin()
        line = await Line.open(self.machine, DESK, self.namespace, self.auth(), self._told, self._line_lost)
        self.line = line
        self.window.open(line, self.town.loop.time())
        self.gone_since = None
        self.town.trace("open", self.name)
        self._line_changed.set()
        await self.connected()

    def _told(self, name: str, payload: Any) -> None:
        self.town.trace(
            "told", f"{self.name} {name} {payload.get('seq', '') if isinstance(payload, dict) else ''}"
        )
        self.told(name, payload)

    def _line_lost(self) -> None:
        self.town.trace("lost", self.name)
        self.gone_since = self.town.loop.time()
        self._line_changed.set()

    async def get_line(self) -> Line:
        while self.line is None or self.line.lost:
            self._line_changed.clear()
            await self._line_changed.wait()
        return self.line

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.hang_up()

    # -- requests --

    def client_id(self) -> str:
        """As short as may be: only within a person and a conversation it has to be another one each time."""
        self._numbers += 1
        return str(self._numbers)

    def keep(self, request: str, body: Json, ack: Json) -> None:
        """What was answered may come again later."""
        self.answered.append((request, body, ack))

    async def ask(self, request: str, /, **body: Any) -> Json:
        """Sent again, just as it is, until there is an ack; then that ack. Some are sent twice at once."""
        return await self.ask_anything(request, body)

    async def ask_anything(self, request: str, body: Any) -> Json:
        """`body` may be no object at all."""
        while True:
            line = await self.get_line()
            first = line.ask(request, body)
            second = None
            if "client_id" in body and self.town.drawn(0.06, self.random):
                self.town.count("sent_twice")
                second = line.ask(request, body)
            patience = self.town.loop.call_later(ACK_S, _stop_waiting, first, second)
            try:
                ack = await first
                if second is not None and ack != (again := await second) and ack["ok"] and again["ok"]:
                    # (a refusal is not kept)
                    self.town.referee.wrong("2: one client_id, one event", self.name, f"{ack} / {again}")
            except LineLost:
                self.town.count("ack_lost")
                continue
            except TimeoutError:
                self.town.count("sent_again")
                continue
            finally:
                patience.cancel()
            self.town.trace("ack", f"{self.name} {request} {ack.get('ok')} {ack.get('seq', _code(ack))}")
            if not ack["ok"] and _code(ack) in ("unavailable", "rate_limited"):
                await asyncio.sleep(ack["error"].get("retry_after_s", 1) * self.random.uniform(0.5, 1.5))
                continue
            return ack

    async def http(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Json:
        """Tried again until it is answered. Raises `Refused` for what will not be done."""
        while True:
            try:
                return await http(self.machine, DESK, method, path, body, token)
            except LineLost:
                await asyncio.sleep(self.random.uniform(0.2, 2.0))
            except Refused as error:
                if error.status not in (429, 503):
                    raise
                await asyncio.sleep(self.random.uniform(0.5, 3.0))

    async def pause(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.random.uniform(least_s, most_s))

    async def end(self) -> None:
        self.over = True
        self.hang_up()
        self._line_changed.set()
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()


def _stop_waiting(*acks: asyncio.Future[Json] | None) -> None:
    for one in acks:
        if one is not None and not one.done():
            one.set_exception(TimeoutError())
            one.exception()  # looked at, also when nobody waits for it


def _code(ack: Json) -> str:
    return str(ack.get("error", {}).get("code", ""))


class Customer(Person):
    """`events` holds what this customer's screen shows, by seq."""

    namespace = "/customer"

    def __init__(self, town: Town, number: int) -> None:
        super().__init__(town, f"customer-{number}", f"10.1.{number // 250 % 250}.{number % 250 + 1}")
        self.conversation_id = ""
        self.customer_id = ""
        self.token = ""
        self.window: CustomerWindow = CustomerWindow(town.referee, self.name, "")
        self.said: list[tuple[str, Json, str | None]] = []  # client_id, ack, text
        self.handoffs_acked: set[str] = set()
        self.windows = [self.window]
        self._news = asyncio.Event()

    def auth(self) -> Json:
        return {"v": 1, "token": self.token, "since": self.last_seq}

    # -- the screen --

    @property
    def events(self) -> dict[int, Json]:
        return self.window.events

    @property
    def last_seq(self) -> int:
        return self.window.last_seq

    @property
    def handoff(self) -> Json | None:
        return self.window.handoff

    def told(self, name: str, payload: Any) -> None:
        self.window.told(name, payload)
        if name == "snapshot" and not self.window.whole:
            self.start(self._fetch(), "fetch")
        self._news.set()

    async def _fetch(self) -> None:
        while True:
            ack = await self.ask("sync", since=self.last_seq)
            for event in ack["events"]:
                self.window.show(event)
            if not ack["more"]:
                self.window.whole = True
                return

    @property
    def state(self) -> str | None:
        return None if self.handoff is None else str(self.handoff["state"])

    @property
    def live(self) -> bool:
        return self.state in ("queued", "offered", "active", "promised")

    async def news(self, patience_s: float) -> None:
        """Something new is on the screen, or the patience is over."""
        self._news.clear()
        patience = self.town.loop.call_later(patience_s, self._news.set)
        try:
            await self._news.wait()
        finally:
            patience.cancel()

    # -- a customer's day --

    async def live_through(self) -> None:
        draw, town = self.random, self.town
        body = {"site": "shop", "locale": draw.choice(("en", "en", "de-DE"))}
        session = await self.http("POST", "/api/v1/customer/sessions", body)
        self.token, self.conversation_id = session["token"], session["conversation_id"]
        self.window.conversation_id = self.conversation_id
        self.customer_id = self._actor_id()
        self.start(self.keep_line(), "line")
        for _ in range(draw.choice((0, 0, 0, 1, 2))):
            await self.say(draw.choice(CHATTER))
            if draw.random() < 0.7:
                await self.news(draw.uniform(0.5, 4))
            if draw.random() < 0.1:
                await self.give_feedback()
        times = draw.choice((1, 2, 2, 3, 4))
        for _ in range(times):
            await self.ask_for_person()
            await self.wait_until_over()
            if draw.random() < 0.3:
                score = draw.randint(1, 5)
                ack = await self.request("rate", score=score)
                if ack["ok"]:
                    town.referee.acked_as(self.conversation_id, "rated", self.customer_id, score=score)
        self.town.trace("served", self.name)
        await self.pause(0, 3)
        if draw.random() < 0.95:  # the others leave their page open
            await self.end()

    def _actor_id(self) -> str:
        account = self.town.referee.accounts.get(self.conversation_id)
        started = account.records[0] if account is not None else None
        if started is None:
            self.town.referee.wrong(
                "1: acknowledged is on disk", self.conversation_id, "a session without a log"
            )
        return "" if started is None else str(started.actor_id)

    async def say(self, text: str) -> None:
        ack = await self.request("message", text=text)
        if ack["ok"]:
            self.town.referee.acked_event(self.conversation_id, self.customer_id, ack["client_id"], ack, text)

    async def request(self, name: str, **fields: Any) -> Json:
        """With a client_id of its own, which the returned ack names."""
        client_id = self.client_id()
        ack = await self.ask(name, client_id=client_id, **fields)
        if ack["ok"]:
            self.keep(name, {"client_id": client_id, **fields}, ack)
            self.said.append((client_id, ack, fields.get("text")))
            if ack.get("handoff") is not None:
                self.town.referee.acked_handoff(self.conversation_id, ack["handoff"])
                self.handoffs_acked.add(ack["handoff"]["id"])
                if self.handoff is None or ack["handoff"]["as_of_seq"] > self.handoff["as_of_seq"]:
                    self.window.handoff = ack["handoff"]
        return ack | {"client_id": client_id}

    async def give_feedback(self) -> None:
        mine = [
            seq
            for seq, event in self.events.items()
            if event["actor"]["kind"] == "bot" and event["type"] == "message"
        ]
        if mine:
            seq, helpful = self.random.choice(mine[-4:]), self.random.random() < 0.4
            ack = await self.request("feedback", seq=seq, helpful=helpful)
            if ack["ok"]:
                referee = self.town.referee
                referee.acked_as(
                    self.conversation_id, "feedback", self.customer_id, of_seq=seq, helpful=helpful
                )

    async def ask_for_person(self) -> None:
        draw = self.random
        how = draw.random()
        if how < 0.6:
            note = draw.choice((None, "It is about my order."))
            ack = await self.request("request_human", **({} if note is None else {"note": note}))
            if ack["ok"] and note is not None:
                self.town.referee.acked_as(
                    self.conversation_id,
                    "message",
                    self.customer_id,
                    text=note,
                    client_id=ack["client_id"],
                )
        elif how < 0.68:  # in one breath: the bot has just begun to answer
            await self.say(draw.choice(CHATTER))
            await self.request("request_human")
        elif how < 0.9:
            await self.say(draw.choice(ASKING))
            await self.news(8)
            if not self.live:
                await self.request("request_human")
        else:
            await self.call_back()

    async def call_back(self) -> None:
        draw = self.random
        at = None
        if draw.random() < 0.6:
            at = rfc3339(self.town.clock.now() + timedelta(seconds=draw.uniform(20, 400) * self.town.pace))
        contact = draw.choice(({"phone": "+49 40 1234567"}, {"email": "me@example.com"}))
        ack = await self.request("callback", contact=contact, **({} if at is None else {"at": at}))
        if ack["ok"]:
            promise = ack["handoff"]["promise"]
            if promise is None or promise["contact"] != contact or at not in (None, promise["answer_by"]):
                what = f"a call-back at {at} to {contact}: {promise}"
                self.town.referee.wrong(_AS_ASKED, self.conversation_id, what)
        elif not self.live:
            await self.request("request_human")

    async def wait_until_over(self) -> None:
        """Until somebody has resolved it, or patience is over; what is said meanwhile follows from the screen."""
        draw, town = self.random, self.town
        patient_until = town.loop.time() + draw.choice((20, 120, 600, 3_000)) * town.pace
        answered = 0
        while not self.over:
            await self.news(draw.uniform(3, 20) * self.town.pace)
            if self.handoff is not None and not self.live:
                return
            if self.state == "active":
                heard = self.window.heard_of_agents
                if heard > answered:
                    answered = heard
                    await self.pause(0.1, 2)
                    if draw.random() < 0.5:
                        await self.say(draw.choice(CHATTER))
            elif draw.random() < 0.08:
                await self.say(draw.choice(CHATTER))
            elif draw.random() < 0.03:
                await self.call_back()
            elif draw.random() < 0.03:
                await self.request("request_human")
            if town.drawn(0.02, draw):
                await self.leave_for_a_while()
            if town.drawn(0.02, draw):
                await self.renew_session()
            if town.drawn(0.04, draw):
                await self.play_a_trick()
            if town.loop.time() > patient_until and draw.random() < 0.5:
                ack = await self.request("withdraw")
                if ack["ok"] and ack["handoff"]["state"] != "withdrawn":
                    town.referee.wrong(_AS_ASKED, self.conversation_id, f"withdrawn: {ack['handoff']}")

    async def play_a_trick(self) -> None:
        match self.random.randrange(7):
            case 0:
                await tricks.ask_again(self)
            case 1:
                await tricks.use_id_again(self)
            case 2:
                await tricks.say_in_one_breath(self)
            case 3:
                await tricks.talk_nonsense(self)
            case 4:
                await tricks.pry_as_customer(self)
            case 5:
                await tricks.keep_transcript(self)
            case _:
                self.start(tricks.open_second_window(self), "second window")

    async def leave_for_a_while(self) -> None:
        self.town.count("customer_left")
        self.away_until = self.town.loop.time() + self.random.uniform(1, 60) * self.town.pace
        if self.random.random() < 0.5 and self.line is not None:
            self.line.deaf = True  # a phone that lost its network says no goodbye
            self.line._end()
        else:
            self.hang_up()

    async def renew_session(self) -> None:
        session = await self.http("POST", "/api/v1/customer/sessions", {}, self.token)
        if session["conversation_id"] != self.conversation_id:
            self.town.referee.wrong("1: a session lasts", self.conversation_id, "resumed as another one")
        old, self.token = self.token, session["token"]
        if self.random.random() < 0.5:
            await tricks.use_both_tokens(self, old)


class Agent(Person):
    """`works_on` holds the conversations that this agent has, as far as the wire has said."""

    namespace = "/agent"

    def __init__(self, town: Town, number: int, *, supervisor: bool, teams: tuple[str, ...]) -> None:
        super().__init__(town, f"agent-{number}", f"10.2.0.{number + 1}")
        self.supervisor = supervisor
        self.teams = teams
        self.email = f"agent{number}@desk.example"
        self.agent_id = ""
        self.token = ""
        self.wanted = "online"
        self.presence = "offline"
        self.works_on: dict[str, None] = {}
        self.window: AgentWindow = AgentWindow(town.referee, self.name)
        self.team: list[str] = []
        self.queue: list[Json] = []
        self._old_offers: list[str] = []
        self._serving: set[str] = set()
        self.leaves = False  # the house, for good: the account is being disabled
        self._requests_in: dict[str, int] = {}
        self._answer_by: dict[str, datetime] = {}
        self._patience = 0.3 + self.random.random()  # how quick this person is

    def auth(self) -> Json:
        return {"v": 1, "token": self.token}

    async def sign_in(self) -> None:
        body = {"email": self.email, "password": "a simulated password"}
        try:
            answer = await self.http("POST", "/api/v1/agent/sessions", body)
        except Refused:
            if not self.leaves:
                raise
            self.over = True
            return
        self.token, self.agent_id = answer["token"], answer["agent"]["id"]

    async def refused(self, error: Refused) -> None:
        if (
            error.code == "unauthorized"
        ):  # the shift is longer than the token's life, or the clock was put forward
            await self.sign_in()
        else:
            await super().refused(error)

    # -- the screen --

    def told(self, name: str, payload: Any) -> None:
        self.window.told(name, payload)
        match name:
            case "snapshot":
                self._snapshot(payload)
            case "offer":
                self._offered(payload)
            case "assignment_ended":
                self.works_on.pop(payload["conversation_id"], None)
            case "event":
                self._happened(payload["conversation_id"], payload["event"])
            case "queue":
                self.queue = payload["queue"]
            case "alert":
                self.start(self._see_to(payload), "alert")
            case "presence":
                if payload["agent_id"] == self.agent_id:
                    self.presence = payload["presence"]
            case _:
                pass

    def _snapshot(self, snapshot: Json) -> None:
        self.presence, self.queue = snapshot["presence"], snapshot["queue"]
        self.team = [one["id"] for one in snapshot["team"]]
        self.works_on = {one["conversation"]["id"]: None for one in snapshot["conversations"]}
        for one in snapshot["conversations"]:
            self._serve(one["conversation"]["id"])
        for offer in snapshot["offers"]:
            self._offered(offer)

    def _offered(self, offer: Json) -> None:
        self.start(self._consider(offer), "offer")

    def _happened(self, conversation_id: str, event: Json) -> None:
        if event["type"] == "agent_joined" and event["agent"]["id"] == self.agent_id:
            self.works_on[conversation_id] = None
            self._serve(conversation_id)
        if conversation_id in self.window.gaps:
            self.start(self._fetch(conversation_id), "fetch")

    async def _fetch(self, conversation_id: str) -> None:
        since = self.window.fetch(conversation_id)
        if since is not None:
            ack = await self.ask("open", conversation_id=conversation_id, since=since)
            if ack["ok"]:
                self.window.fetched(conversation_id, ack)

    async def connected(self) -> None:
        self.start(self._be_there(), "presence")

    async def _be_there(self) -> None:
        if self.presence != self.wanted:
            await self.ask("set_presence", presence=self.wanted)

    # -- an agent's work --

    async def _consider(self, offer: Json) -> None:
        draw, town, offer_id = self.random, self.town, offer["offer_id"]
        await self.pause(0.1 * self._patience, 2 * self._patience)
        if town.drawn(0.04, draw):
            town.count("offer_ignored")
            await self.pause(
                15 * town.pace, 40 * town.pace
            )  # perhaps it is accepted all the same, when somebody else has it
            if draw.random() < 0.5:
                return
        if town.drawn(0.03, draw):
            self.vanish()
        if town.drawn(0.07, draw):
            town.count("offer_declined")
            await self._act_on("decline", offer_id=offer_id)
            return
        await self._accept(offer_id)
        self._old_offers.append(offer_id)
        if town.drawn(0.1, draw):  # a stale offer, taken again
            stale = draw.choice(self._old_offers[-6:])
            town.count("stale_accept")
            await self._accept(stale)

    async def _accept(self, offer_id: str) -> None:
        is_repeated = offer_id in self._old_offers  # gets its first ack again, and is no new act
        ask = self.ask if is_repeated else self._act_on
        ack = await ask("accept", offer_id=offer_id)
        if not ack["ok"]:
            if _code(ack) != "stale_offer":
                self.town.referee.wrong(
                    "8: a stale offer cannot be accepted", self.name, f"{offer_id}: {ack}"
                )
            return
        conversation_id = ack["conversation_id"]
        if ack["handoff"]["answer_by"] is not None:
            self._answer_by[conversation_id] = datetime.fromisoformat(ack["handoff"]["answer_by"])
        referee = self.town.referee
        for event in ack["events"]:
            referee.told_event(conversation_id, event, customer=False)
        referee.told_handoff(conversation_id, ack["handoff"])
        if ack["handoff"]["agent"] is None or ack["handoff"]["agent"]["id"] != self.agent_id:
            referee.wrong(
                "8: a stale offer cannot be accepted", conversation_id, f"{offer_id}: {ack['handoff']}"
            )
        if [event["seq"] for event in ack["events"]] != list(range(1, ack["last_seq"] + 1)):
            referee.wrong(
                "11: the agent sees the complete transcript", conversation_id, f"accept of {offer_id}"
            )
        account = referee.accounts.get(conversation_id)
        if account is not None and account.agent == self.agent_id and account.state == "active":
            self.window.accepted(conversation_id, ack["last_seq"])
            self.works_on[conversation_id] = None
            self._serve(conversation_id)

    def _serve(self, conversation_id: str) -> None:
        if conversation_id not in self._serving:
            self._serving.add(conversation_id)
            self.start(self._serve_until_over(conversation_id), "serve")

    async def _serve_until_over(self, conversation_id: str) -> None:
        try:
            written = 0
            while conversation_id in self.works_on and not self.over:
                await self.pause(0.1 * self._patience, 2 * self._patience)
                if self.town.drawn(0.01, self.random):
                    self.vanish()
                if self.town.drawn(0.015, self.random):
                    self.town.count("agent_silent")
                    await self.pause(40 * self.town.pace, 400 * self.town.pace)
                if written and self.random.random() < _DAWDLES:  # no fault, so also when all is calm
                    self.town.count("agent_dawdles")
                    await self.pause(150 * self.town.pace, 400 * self.town.pace)
                if conversation_id in self.works_on:
                    written += await self._act(conversation_id, written)
        finally:
            self._serving.discard(conversation_id)

    async def _act(self, conversation_id: str, written: int) -> int:
        """One act in a conversation; 1 if it was a message that the customer got."""
        draw, calm = self.random, self.town.calm
        if written == 0 and self.town.drawn(0.15, draw):
            await self._wait_for_last_moment(conversation_id)
        if written == 0 or (written < 3 and draw.random() < 0.3):
            if not calm and draw.random() < 0.04:  # perhaps it can be ended without a word
                ending = draw.choice(("resolve", "hand_back"))
                await self.do(ending, conversation_id, **({"outcome": "done"} if ending == "resolve" else {}))
                return 0
            if not calm and draw.random() < 0.05:
                return await self._other_act(conversation_id)
            text = draw.choice(WORDS)
            ack = await self.do("message", conversation_id, text=text)
            if ack["ok"]:
                self.town.referee.acked_event(conversation_id, self.agent_id, ack["client_id"], ack, text)
            return 1 if ack["ok"] else 0
        if not calm and draw.random() < 0.25:
            return await self._other_act(conversation_id)
        if conversation_id in self.town.handed_back and draw.random() < 0.6:  # once more
            await self.do("hand_back", conversation_id)
            return 0
        outcome = draw.choice(("answered", "done", "forwarded"))
        ack = await self.do("resolve", conversation_id, outcome=outcome)
        if ack["ok"]:
            self.town.referee.acked_as(conversation_id, "handoff_resolved", self.agent_id, outcome=outcome)
        if draw.random() < 0.7:
            await self.pause(0.2, 3)
            await self.ask("wrap_up_done", conversation_id=conversation_id)
        return 0

    async def _other_act(self, conversation_id: str) -> int:
        draw = self.random
        match draw.randrange(9):
            case 8:
                ack = await self.do("block", conversation_id, reason="Insults")
                if ack["ok"]:
                    self.town.blocked.append(conversation_id)
            case 0:
                await self.do("note", conversation_id, text="Remember the invoice.")
            case 1:
                ack = await self.do("hand_back", conversation_id)
                if ack["ok"]:
                    self.town.handed_back.add(conversation_id)
            case 2:
                colleague = draw.choice(self.team or [self.agent_id])
                await self.do("transfer", conversation_id, to={"agent_id": colleague})
            case 3:
                await self.do(
                    "transfer", conversation_id, to={"team": draw.choice(self.town.teams)}, note="For you."
                )
            case 4:
                wait_s = draw.uniform(10, 300) * self.town.pace
                at = rfc3339(self.town.clock.now() + timedelta(seconds=wait_s))
                ack = await self.do("follow_up", conversation_id, answer_by=at)
                if ack["ok"] and draw.random() < 0.5:
                    self.start(self._answer_at(conversation_id, wait_s), "promised answer")
                if ack["ok"]:
                    promise = ack["handoff"]["promise"]
                    if (promise["answer_by"], promise["owner"]["id"]) != (at, self.agent_id):
                        self.town.referee.wrong(_AS_ASKED, conversation_id, f"a follow-up at {at}: {promise}")
            case 5:
                await self.do(
                    "contacted",
                    conversation_id,
                    channel="phone",
                    outcome=draw.choice(("reached", "not_reached")),
                )
            case 6:
                await self.do("resolve", conversation_id, outcome="unreachable")
            case _:
                await self.do("resolve", conversation_id, outcome="done")
        return 0

    async def _wait_for_last_moment(self, conversation_id: str) -> None:
        """Somebody is owed an answer soon: it comes just before the moment, or just after it."""
        answer_by = self._answer_by.get(conversation_id)
        if answer_by is None:
            return
        left_s = (answer_by - self.town.clock.now()).total_seconds()
        if 0 < left_s < _LAST_MOMENT_S:
            self.town.count("agent_answers_late")
            await asyncio.sleep(max(0.0, left_s + self.random.uniform(-0.3, 0.5)))

    async def _answer_at(self, conversation_id: str, wait_s: float) -> None:
        """At the very moment that was promised: a little before it, or a little after."""
        until = self.town.loop.time() + wait_s + self.random.uniform(-0.6, 0.8)
        await asyncio.sleep(max(0.0, until - self.town.loop.time()))
        await self.do("message", conversation_id, text="As promised.")

    async def do(self, request: str, conversation_id: str, **fields: Any) -> Json:
        """A request in a conversation; whoever does not have it any more is told so, and lets go."""
        number = self._requests_in.get(conversation_id, 0) + 1
        self._requests_in[conversation_id], client_id = number, str(number)
        ack = await self._act_on(request, conversation_id=conversation_id, client_id=client_id, **fields)
        if ack["ok"]:
            self.keep(request, {"conversation_id": conversation_id, "client_id": client_id, **fields}, ack)
            handoff = ack.get("handoff")
            if handoff is not None:
                self.town.referee.acked_handoff(conversation_id, handoff)
                if handoff["state"] != "active":
                    self.works_on.pop(conversation_id, None)
        elif _code(ack) == "not_found" or "do not have this" in str(ack["error"]):
            self.works_on.pop(conversation_id, None)
        return ack | {"client_id": client_id}

    async def _act_on(self, request: str, /, **body: Any) -> Json:
        """A request that was never made before. Whatever its answer, it shows that this person is there."""
        rulebook = self.town.referee.rulebook
        unresponsive = rulebook.unresponsive(self.agent_id)
        ack = await self.ask(request, **body)
        rulebook.acted(self.agent_id, unresponsive)
        return ack

    # -- moods --

    def vanish(self) -> None:
        """A laptop is closed: no goodbye, and nobody there for a while."""
        self.town.count("agent_vanished")
        self.away_until = self.town.loop.time() + self.random.choice((5, 40, 150, 400)) * self.town.pace
        if self.line is not None and not self.line.lost:
            link = self.town.link_of(self.line)
            if link is not None:
                link.silence(up=True, down=True)
            self.line.deaf = True
            self.line._end()

    async def have_moods(self) -> None:
        """Beside the work: breaks, closed laptops, lost connections; and what supervisors do."""
        draw, town = self.random, self.town
        while not self.over:
            await self.pause(5 * town.pace, 25 * town.pace)
            if self.line is None or self.line.lost:
                continue
            what = draw.random()
            if town.drawn(0.05, draw):
                self.vanish()
            elif town.drawn(0.05, draw):
                town.count("agent_hung_up")
                self.away_until = town.loop.time() + draw.choice((1, 8, 30, 100)) * town.pace
                self.hang_up()
            elif town.drawn(0.06, draw):
                town.count("agent_away")
                self.wanted = draw.choice(("away", "offline"))
                await self.ask("set_presence", presence=self.wanted)
                await self.pause(5 * town.pace, 90 * town.pace)
                self.wanted = "online"
            if self.presence != self.wanted:
                await self.ask("set_presence", presence=self.wanted)
            if town.drawn(0.12, draw):
                await self._play_a_trick()
            if what < 0.2:
                await self._take_up_promises()
            if self.supervisor and what > 0.7:
                await self._supervise()

    async def _play_a_trick(self) -> None:
        match self.random.randrange(5):
            case 0:
                await tricks.ask_again(self)
            case 1:
                await tricks.use_id_again(self)
            case 2:
                await tricks.pry_as_agent(self)
            case 3:
                await tricks.sign_out(self)
            case _:
                self.start(tricks.open_second_console(self), "second console")

    async def _take_up_promises(self) -> None:
        """A promise of the team's: whoever writes has it."""
        for row in self.queue:
            if row["state"] == "promised" and row["conversation_id"] not in self.works_on:
                ack = await self.do("message", row["conversation_id"], text="I am here now.")
                if ack["ok"]:
                    self.works_on[row["conversation_id"]] = None
                    self._serve(row["conversation_id"])
                return

    async def _see_to(self, alert: Json) -> None:
        await self.pause(1, 30)
        if self.random.random() < 0.7:
            await self.ask("acknowledge", alert_id=alert["alert_id"])

    async def _supervise(self) -> None:
        draw = self.random
        if self.town.blocked and draw.random() < 0.3:
            await self.do("unblock", self.town.blocked.pop(0))
        rows = [row for row in self.queue if row["state"] in ("queued", "offered", "active", "promised")]
        if not rows:
            return
        row = draw.choice(rows)
        match draw.randrange(5):
            case 4:
                await self.ask("unwatch", conversation_id=row["conversation_id"])
            case 0:
                to = draw.choice(self.team or [self.agent_id])
                ack = await self.ask("assign", handoff_id=row["handoff_id"], agent_id=to)
                given_to = (ack["handoff"]["agent"] or {}).get("id") if ack["ok"] else to
                if given_to != to:
                    self.town.referee.wrong(_AS_ASKED, row["conversation_id"], f"{given_to} got it, not {to}")
            case 1:
                await self.ask("watch", conversation_id=row["conversation_id"])
            case 2:
                await self.do("whisper", row["conversation_id"], text="Mind the tone.")
            case _:
                ack = await self.ask("open", conversation_id=row["conversation_id"], since=0)
                for event in ack.get("events", []):
                    self.town.referee.told_event(row["conversation_id"], event, customer=False)
