"""Simulated customers: they ask, wait, write, leave for a while, come back and give up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import jwt

from handoff.service.chain import rfc3339
from handoff.simulation import tricks
from handoff.simulation.lines import Json, Refused
from handoff.simulation.people.person import AS_ASKED, CLOSED_WITHIN_S, IDENTITY, IDENTITY_KEY, Person, Town
from handoff.simulation.referee import ERASED
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


_VOUCHED_FOR = 0.2  # of all customers: they are signed in to the site
_RETURN = 0.6  # of those: somebody who was here before, if anybody is
_HAS_BEEN_HERE = 0.5  # of those who sign in to the site meanwhile
_UNCLEAR = 0.1  # of all customers: the assistant does not understand them at first
_FAR_OFF = 4_000_000_000  # an end of a sign-in token that does not come


def signed(subject: str, key: str) -> str:
    """What the site says of a customer who is signed in there."""
    return jwt.encode({"sub": subject, "name": subject.partition("@")[0], "exp": _FAR_OFF}, key, "HS256")


class Customer(Person):
    """`events` holds what this customer's screen shows, by seq."""

    namespace = "/customer"

    def __init__(self, town: Town, number: int) -> None:
        super().__init__(town, f"customer-{number}", f"10.1.{number // 250 % 250}.{number % 250 + 1}")
        self.conversation_id = ""
        self.customer_id = ""
        self.token = ""
        self.window: CustomerWindow = CustomerWindow(town.referee, self.name, "")
        self.subject: str | None = None  # who this is to the site, if it vouches for them
        self.said: list[tuple[str, str, Json, str | None]] = []  # as whom, client_id, ack, text
        self.handoffs_acked: set[str] = set()
        self.windows = [self.window]
        self.forgotten = False  # everything of this customer's is being erased, or was
        self.elsewhere = False  # goes on in another conversation, and the session of this one is over
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
        body = {"site": "shop", "locale": draw.choice(("en", "en", "en", "de-DE", "de-DE", "fr-FR"))}
        if draw.random() < _VOUCHED_FOR:
            returns = town.guests and draw.random() < _RETURN
            self.subject = town.guests.pop(0) if returns else f"{self.name}@example.com"
            body["identity"] = signed(self.subject, IDENTITY_KEY)
        session = await self.http("POST", "/api/v1/customer/sessions", body)
        self.token, self.conversation_id = session["token"], session["conversation_id"]
        self.window.conversation_id = self.conversation_id
        self._come_in()
        self.start(self.keep_line(), "line")
        for _ in range(draw.choice((0, 0, 1, 1, 2))):
            await self.say(draw.choice(CHATTER))
            if draw.random() < 0.7:
                await self.news(draw.uniform(0.5, 4))
            if draw.random() < 0.1:
                await self.give_feedback()
        if draw.random() < _UNCLEAR:
            for text in ("hmm", "hmm, hmm"):
                await self.say(text)
                await self.news(8)
        times = draw.choice((1, 2, 2, 3, 4))
        for _ in range(times):
            await self.ask_for_person()
            await self.wait_until_over()
            if self.forgotten or self.elsewhere:
                return
            if draw.random() < 0.3:
                score = draw.randint(1, 5)
                said = {"score": score, "comment": f"{score} it is."} if score % 2 else {"score": score}
                ack = await self.request("rate", **said)
                if ack["ok"]:
                    town.referee.acked_as(self.conversation_id, "rated", self.customer_id, **said)
        self.town.trace("served", self.name)
        await self.pause(0, 3)
        if draw.random() < 0.08:
            await self.forget()
        elif draw.random() < 0.92:
            await self.end()
        else:
            self.start(self._leave_page_open(), "page")

    async def _leave_page_open(self) -> None:
        await self.pause(20, 500 * self.town.pace)
        await self.end()

    async def end(self) -> None:
        if self.subject is not None and not self.over:
            self.town.guests.append(self.subject)
        await super().end()

    def _come_in(self, *, brought_along: bool = False) -> None:
        """A session is there: its conversation is on disk, and it is the right one. `brought_along`: it was begun
        by them before they were known, and they may have others."""
        referee, about = self.town.referee, self.conversation_id
        state = referee.states.get(about)
        if state is None:
            referee.wrong("1: acknowledged is on disk", about, "a session without a log")
            return
        self.customer_id = state.customer.id
        if state.customer.verified is not (self.subject is not None):
            referee.wrong(IDENTITY, about, f"{self.subject} is {state.customer}")
        if self.subject is None:
            return
        home = self.town.homes.get(self.subject)
        if self.customer_id != f"shop:{self.subject}":
            referee.wrong(IDENTITY, about, f"{self.subject} comes in as {self.customer_id}")
        if brought_along:
            known = list(referee.accounts)
            if home is not None and known.index(home) > known.index(about):
                return  # the one that was begun last is where they come in again
        elif home is not None and (home == about) is bool(referee.accounts[home].erased_seq):
            referee.wrong(IDENTITY, about, f"{self.subject} was in {home}")
        if not brought_along and home not in (None, about) and state.previous_conversation_id is not None:
            referee.wrong(ERASED, about, "it leads to one that was erased")
        self.town.homes[self.subject] = about

    def client_id(self) -> str:
        """Whoever comes back goes on in the same conversation, and numbers anew."""
        number = super().client_id()
        return number if self.subject is None else f"{self.name}.{number}"

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
            self.said.append((self.customer_id, client_id, ack, fields.get("text")))
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
            await asyncio.gather(self.say(draw.choice(CHATTER)), self.request("request_human"))
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
                elif draw.random() < 0.2:  # has not heard anything for a while
                    await self.say(draw.choice(CHATTER))
            elif draw.random() < 0.08:
                await self.say(draw.choice(CHATTER))
            elif draw.random() < 0.03:
                await self.call_back()
            elif draw.random() < 0.03:
                await self.request("request_human")
            if town.drawn(0.003, draw):
                await self.forget()
                if self.forgotten:
                    return
            if town.drawn(0.02, draw):
                await self.leave_for_a_while()
            if town.drawn(0.02, draw):
                await self.renew_session()
            if self.subject is None and draw.random() < 0.01 and not await self.introduce():
                return
            if town.drawn(0.04, draw):
                await self.play_a_trick()
            if town.loop.time() > patient_until and draw.random() < 0.5:
                ack = await self.request("withdraw")
                if ack["ok"] and ack["handoff"]["state"] != "withdrawn":
                    town.referee.wrong(AS_ASKED, self.conversation_id, f"withdrawn: {ack['handoff']}")

    async def play_a_trick(self) -> None:
        match self.random.randrange(9):
            case 8:
                await tricks.catch_up(self)
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
            case 6:
                await tricks.forge_identity(self)
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

    async def forget(self) -> None:
        """Everything is erased, and nobody comes in with this session any more. A blocked customer is refused."""
        town, about = self.town, self.conversation_id
        town.count("customer_forgotten")
        referee, line = town.referee, self.line
        was_blocked = referee.is_blocked(about)
        self.forgotten = True
        try:
            await self.http("DELETE", "/api/v1/customer/data", None, self.token)
        except Refused as error:
            if error.code == "forbidden" and (was_blocked or referee.is_blocked(about)):
                self.forgotten = False
                return
            if error.code != "unauthorized":  # else an earlier try was answered, and the answer got lost
                referee.wrong(ERASED, about, f"{error}")
        for one, state in referee.states.items():
            if state.customer.id == self.customer_id and not state.erased:
                referee.wrong("1: acknowledged is on disk", one, "told as erased, and it is not")
        await asyncio.sleep(CLOSED_WITHIN_S)
        if line is not None and not line.lost and line is self.line and town.delivers(line):
            referee.wrong(ERASED, about, "the line is still open")
        try:
            path = f"/api/v1/conversations/{about}/transcript"
            await self.http("GET", path, None, self.token)
        except Refused as error:
            if error.code not in ("unauthorized", "not_found"):
                raise
        else:
            referee.wrong(ERASED, about, "the transcript is given out with the session of before")
        await self.end()

    async def introduce(self) -> bool:
        """Signs in to the site meanwhile: the conversation is theirs from now on. Whoever is blocked in it has to go on
        elsewhere. False: this customer has left."""
        town, referee, about = self.town, self.town.referee, self.conversation_id
        has_been_here = town.guests and self.random.random() < _HAS_BEEN_HERE
        subject = town.guests.pop(0) if has_been_here else f"{self.name}@example.com"
        town.count("introduced")

        def blocked() -> bool:
            return any(referee.is_blocked(one) for one in (about, town.homes.get(subject)) if one is not None)

        was_blocked, self.subject = blocked(), subject
        body = {"identity": signed(subject, IDENTITY_KEY)}
        try:
            session = await self.http("POST", "/api/v1/customer/sessions", body, self.token)
        except Refused as error:
            if not was_blocked and not blocked():
                raise
            town.trace("refused", f"{self.name} {error.code}")
            session = {"conversation_id": ""}  # an earlier try was answered, and the answer got lost
        if session["conversation_id"] == about:
            self.token = session["token"]
            self._come_in(brought_along=True)
            return True
        if not was_blocked and not blocked():
            referee.wrong(IDENTITY, about, f"{subject} is sent to {session['conversation_id']}")
        self.elsewhere = True
        await self.end()
        return False

    async def refused(self, error: Refused) -> None:
        if self.forgotten and error.code == "unauthorized":
            await asyncio.sleep(1.0)
        else:
            await super().refused(error)

    async def renew_session(self) -> None:
        session = await self.http("POST", "/api/v1/customer/sessions", {}, self.token)
        if session["conversation_id"] != self.conversation_id:
            self.town.referee.wrong("1: a session lasts", self.conversation_id, "resumed as another one")
        old, self.token = self.token, session["token"]
        if self.random.random() < 0.5:
            await tricks.use_both_tokens(self, old)
