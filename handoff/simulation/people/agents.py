"""Simulated agents: they answer, decline, wait too long, vanish and sleep; supervisors also give, watch and whisper."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from handoff.service.chain import rfc3339
from handoff.simulation import administrator, tricks
from handoff.simulation.lines import Json, Refused
from handoff.simulation.people.person import AS_ASKED, Person, Town, code_of
from handoff.simulation.windows import AgentWindow

_DAWDLES = 0.015  # of an agent's turns at a customer who was answered
_DAWDLES_AGAIN = 0.15  # of the turns of one who had to be reminded in this conversation
_LAST_MOMENT_S = 60.0  # nobody sits before a question for longer, to answer it at the last moment
_NOT_THEIRS = ("do not have this", "had this conversation erased")
_LOGGED_AS = {  # what is told by each request, and as which event: the fields have the same names
    "block": ("block_explained", ("reason",)),
    "contacted": ("contacted", ("channel", "outcome")),
    "note": ("note", ("text",)),
    "resolve": ("handoff_resolved", ("outcome",)),
    "whisper": ("whisper", ("text",)),
}
WORDS = (
    "Good day, how can I help?",
    "I am looking into it.",
    "It leaves today.",
    "One moment please.",
    "Anything else?",
)


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
        self.window: AgentWindow = AgentWindow(town.referee, self.name, is_supervisor=supervisor)
        self.team: list[str] = []
        self.queue: list[Json] = []
        self._old_offers: list[str] = []
        self._reminded: set[str] = set()
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
        if event["type"] == "ladder_stepped" and event.get("rung") == "answer_reminded":
            self._reminded.add(conversation_id)
        if conversation_id in self.window.gaps:
            self.start(self._fetch(conversation_id), "fetch")

    async def _fetch(self, conversation_id: str) -> None:
        since = self.window.fetch(conversation_id)
        if since is not None:
            asked_at = self.town.loop.time()
            ack = await self.ask("open", conversation_id=conversation_id, since=since)
            if ack["ok"]:
                self.window.fetched(conversation_id, ack, asked_at)
                if ack["more"]:
                    await tricks.read_log(self, conversation_id, ack["last_seq"])

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
            if code_of(ack) != "stale_offer":
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
                slow = _DAWDLES_AGAIN if conversation_id in self._reminded else _DAWDLES
                if written and self.random.random() < slow:  # no fault, so also when all is calm
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
        await self.do("resolve", conversation_id, outcome=outcome)
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
                ack = await self.do("hand_back", conversation_id, note="Knows the answer now.")
                if ack["ok"]:
                    self.town.handed_back.add(conversation_id)
            case 2:
                colleague = draw.choice(self.team or [self.agent_id])
                await self.do("transfer", conversation_id, to={"agent_id": colleague}, note="Yours, I think.")
            case 3:
                await self.do(
                    "transfer", conversation_id, to={"team": draw.choice(self.town.teams)}, note="For you."
                )
            case 4:
                wait_s = draw.uniform(10, 300) * self.town.pace
                at = rfc3339(self.town.clock.now() + timedelta(seconds=wait_s))
                ack = await self.do("follow_up", conversation_id, answer_by=at, note="I said when.")
                if ack["ok"] and draw.random() < 0.5:
                    self.start(self._answer_at(conversation_id, wait_s), "promised answer")
                if ack["ok"]:
                    promise = ack["handoff"]["promise"]
                    if (promise["answer_by"], promise["owner"]["id"]) != (at, self.agent_id):
                        self.town.referee.wrong(AS_ASKED, conversation_id, f"a follow-up at {at}: {promise}")
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
                await self.do("resolve", conversation_id, outcome="done", note="It was the lamp.")
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
            self._said(request, conversation_id, fields)
            handoff = ack.get("handoff")
            if handoff is not None:
                self.town.referee.acked_handoff(conversation_id, handoff)
                if handoff["state"] != "active":
                    self.works_on.pop(conversation_id, None)
        elif code_of(ack) == "not_found" or any(one in str(ack["error"]) for one in _NOT_THEIRS):
            self.works_on.pop(conversation_id, None)
        return ack | {"client_id": client_id}

    def _said(self, request: str, conversation_id: str, fields: Json) -> None:
        """What was acknowledged is in the log with all that belongs to it."""
        acked_as = self.town.referee.acked_as
        if request in _LOGGED_AS:
            event_type, names = _LOGGED_AS[request]
            told = {name: fields[name] for name in names}
            acked_as(conversation_id, event_type, self.agent_id, **told)
        if fields.get("note") is not None:
            acked_as(conversation_id, "note", self.agent_id, text=fields["note"])

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
        match self.random.randrange(9):
            case 0:
                await tricks.ask_again(self)
            case 1:
                await tricks.use_id_again(self)
            case 2:
                await tricks.pry_as_agent(self)
            case 3:
                await tricks.sign_out(self)
            case 4:
                await tricks.look_for_something(self)
            case 5:
                await tricks.read_transcript(self)
            case 6:
                await tricks.read_what_is_over(self)
            case 7:
                await administrator.try_as_agent(self)
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
                    self.town.referee.wrong(AS_ASKED, row["conversation_id"], f"{given_to} got it, not {to}")
            case 1:
                await self.ask("watch", conversation_id=row["conversation_id"])
            case 2:
                await self.do("whisper", row["conversation_id"], text="Mind the tone.")
            case _:
                await tricks.read_log(self, row["conversation_id"])
