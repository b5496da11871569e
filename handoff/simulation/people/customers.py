"""Simulated customers: they ask, wait, write, leave for a while, come back and give up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from handoff.service.chain import rfc3339
from handoff.simulation import tricks
from handoff.simulation.lines import Json
from handoff.simulation.people.person import AS_ASKED, Person, Town
from handoff.simulation.windows import CustomerWindow

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
        for _ in range(draw.choice((0, 0, 1, 1, 2))):
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
        if draw.random() < 0.92:
            await self.end()
        else:
            self.start(self._leave_page_open(), "page")

    async def _leave_page_open(self) -> None:
        await self.pause(20, 500 * self.town.pace)
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
        if how < 0.55:
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
        elif how < 0.7:  # in one breath: the bot has just begun to answer
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
                self.town.referee.wrong(AS_ASKED, self.conversation_id, what)
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
                    town.referee.wrong(AS_ASKED, self.conversation_id, f"withdrawn: {ack['handoff']}")

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
