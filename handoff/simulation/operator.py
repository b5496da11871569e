"""What the operator does while people work: restarts the bot, edits the desk file, disables accounts, sends canaries.

Everything goes over the socket file, as the command line does it.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from handoff.domain.desk import DeskRules
from handoff.simulation.character import ROUTES
from handoff.simulation.lines import Json, Line, LineLost, Refused, http
from handoff.simulation.people.agents import Agent
from handoff.simulation.people.person import CLOSED_WITHIN_S, DESK, IDENTITY_KEY, Town, come_in

if TYPE_CHECKING:
    from handoff.simulation.loop import Machine
    from handoff.simulation.rasa import Rasa

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = (
    (("00:00", "24:00"),),
    (("00:00", "24:00"),),
    (("07:30", "08:10"), ("08:20", "18:00")),
    (("07:00", "23:30"),),
)
_IN_FORCE = "the desk file is in force as it was accepted, or not at all"
_DISABLED = "a disabled account has nothing and does nothing"
_CANARY = "a canary walks the journey"
_STEPS = (("widen", 0.8), ("tell_supervisor", 1.0), ("offer_promise", 0.9))  # step, share of its usual time
_WALK_S = 60.0

DESK_FILE = """
[trader]
name = "Simulated"
legal_name = "Simulated Trading"
postal_address = "1 Virtual Way, 00000 Nowhere"
email = "people@desk.example"

[[sites]]
key = "shop"
name = "Shop"
allowed_origins = []
accent_color = "#1f5f8b"
languages = ["en", "de"]
identity_key = "{identity_key}"

[[teams]]
key = "service"
name = "Customer Service"

[[teams]]
key = "billing"
name = "Billing"

[opening_hours]
time_zone = "UTC"
{days}

{ladder}
{routes}
"""


def first_desk_file(days: str, routes: str) -> str:
    return DESK_FILE.format(days=days, ladder="", routes=routes, identity_key=IDENTITY_KEY)


def desk_file(draw: random.Random, pace_s: tuple[float, float, float]) -> str:
    """A valid desk file. `pace_s`: after how long each step of the ladder is usual."""
    spans = draw.choice(_HOURS)
    hours = ", ".join(f'["{start}", "{end}"]' for start, end in spans)
    days = "\n".join(f"{day} = [{hours}]" for day in _DAYS)
    ladder = ""
    if draw.random() < 0.5:
        times = sorted(usual * draw.uniform(0.5, 1.5) for usual in pace_s)
        ladder = "\n".join(
            f'[[ladder]]\ndo = "{step}"\nafter_s = {round(after_s, 1)}'
            for (step, _), after_s in zip(_STEPS, times, strict=True)
        )
    return DESK_FILE.format(days=days, ladder=ladder, routes=draw.choice(ROUTES), identity_key=IDENTITY_KEY)


class Place(Town, Protocol):
    """What the operator can reach of the world."""

    rasa: Rasa
    pace_s: tuple[float, float, float]
    agents: list[Agent]

    @property
    def desk_path(self) -> Path: ...

    @property
    def control(self) -> tuple[str, int]: ...

    @property
    def works_by(self) -> DeskRules | None:
        """The rules that the running server has in force; None while there is none."""

    def rules_wanted(self) -> DeskRules | None:
        """What the desk file says now, with what was changed in the console; None when nobody knows what was."""

    async def hire_another(self) -> None: ...


class Operator:
    """`machine` is where the command line runs."""

    def __init__(self, town: Place, machine: Machine) -> None:
        self._town = town
        self._machine = machine
        self.edits = asyncio.Lock()  # of whoever changes what holds on the desk

    async def _ask(self, path: str, body: Json | None = None) -> Json:
        return await http(self._machine, self._town.control, "POST", f"/api/control/{path}", body or {})

    async def restart_bot(self, draw: random.Random) -> None:
        """Announced, as `make run` does it. Some restarts take longer than anybody is held for."""
        town = self._town
        town.count("bot_restart")
        town.referee.rulebook.restart_announced()
        try:
            await self._ask("bot", {"restart": "begins"})
        except (LineLost, Refused):
            return
        town.rasa.set_mood("dead")
        await asyncio.sleep(draw.choice((0.5, 2.0, 6.0, 12.0, 40.0)))
        town.rasa.set_mood("well")
        while True:  # a server that was started anew meanwhile is told all the same
            try:
                await self._ask("bot", {"restart": "ends"})
                return
            except (LineLost, Refused):
                await asyncio.sleep(0.5)

    def edit_desk_file(self, draw: random.Random) -> None:
        """Whatever starts next reads it."""
        self._town.count("desk_file_edited")
        self._town.desk_path.write_text(desk_file(draw, self._town.pace_s), encoding="utf-8")

    async def reload(self, draw: random.Random) -> None:
        """In force at once; a file with a mistake is refused, and changes nothing."""
        async with self.edits:
            await self._reload(draw)

    async def _reload(self, draw: random.Random) -> None:
        town = self._town
        good = town.desk_path.read_text(encoding="utf-8")
        if draw.random() < 0.25:
            town.count("desk_file_broken")
            town.desk_path.write_text(good.replace("[opening_hours]", "[opening]"), encoding="utf-8")
            try:
                await self._ask("reload")
            except (LineLost, Refused):
                pass
            else:
                town.referee.wrong(_IN_FORCE, "desk", "a desk file with a mistake was taken")
            town.desk_path.write_text(good, encoding="utf-8")
            return
        town.count("desk_file_reloaded")
        self.edit_desk_file(draw)
        try:
            await self._ask("reload")
        except (LineLost, Refused):
            return
        wanted = town.rules_wanted()
        if wanted is not None and town.works_by not in (None, wanted):
            town.referee.wrong(_IN_FORCE, "desk", "the file was taken, and other rules are in force")

    async def disable_somebody(self, draw: random.Random) -> None:
        """Somebody leaves the house for good, and another one is hired."""
        town = self._town
        there = [one for one in town.agents if not one.over and not one.leaves and one.agent_id]
        if len(there) < 3:
            return
        may_leave = [one for one in there if not one.supervisor]
        rulebook = town.referee.rulebook
        owing = [one for one in may_leave if rulebook.owes(one.agent_id)]
        agent = draw.choice(owing or may_leave)
        town.count("agent_disabled")
        agent.leaves = True
        line = agent.line
        while not await self._disable(agent.email):
            await agent.pause(0.3, 0.7)
        await asyncio.sleep(CLOSED_WITHIN_S)
        if line is not None and not line.lost and town.delivers(line):
            town.referee.wrong(_DISABLED, agent.agent_id, "the line is still open")
        other = await come_in(agent, agent.token)
        if other is not None:
            other.hang_up()
            town.referee.wrong(_DISABLED, agent.agent_id, "is let in")
        await agent.end()
        await town.hire_another()

    async def _disable(self, email: str) -> bool:
        try:
            await self._ask("agents/disable", {"who": email})
        except (LineLost, Refused):
            return False
        return True

    # -- canaries --

    async def send_canary(self, draw: random.Random, *, to_its_end: bool = False) -> None:
        """A pretend customer and the canary agent. Some break off in the middle; the next one clears up."""
        town = self._town
        town.count("canary")
        try:
            begun = await self._ask("canary")
        except (LineLost, Refused):
            return
        walk = _Walk(
            town, self._machine, begun, steps=99 if to_its_end else draw.choice((1, 2, 3, 4, 99, 99))
        )
        undisturbed = town.calm and town.referee.steady  # a line that broke before the calm is noticed in it
        failure = await walk.to_the_end()
        if failure is not None and undisturbed and town.referee.steady and walk.steps == 99:
            town.referee.wrong(_CANARY, begun["conversation_id"], failure)
        if failure is None:  # else nobody tells its end, and it is over when its time is
            with suppress(LineLost, Refused):
                await self._ask("canary/end", {"run_id": begun["run_id"], "steps": []})


class _Walk:
    """One canary's journey, so many steps of it."""

    def __init__(self, town: Place, machine: Machine, begun: Json, *, steps: int) -> None:
        self.steps = steps
        self._town = town
        self._machine = machine
        self._begun = begun
        self._offers: dict[str, str] = {}
        self._has: set[str] = set()
        self._let_pass = False
        self._news = asyncio.Event()
        self._numbers = 0

    async def to_the_end(self) -> str | None:
        """Why it was not through; None: it was, or was meant to break off."""
        lines: list[Line] = []
        try:
            async with asyncio.timeout(_WALK_S):
                await self._walk(lines)
        except (LineLost, Refused, TimeoutError) as error:
            return f"{type(error).__name__} {error}"
        finally:
            for line in lines:
                line.hang_up()
        return None

    async def _walk(self, lines: list[Line]) -> None:
        begun, one = self._begun, self._begun["conversation_id"]
        auth = {"v": 1, "token": begun["customer_token"], "since": 0}
        customer = await Line.open(self._machine, DESK, "/customer", auth, _ignore, _nothing)
        lines.append(customer)
        auth = {"v": 1, "token": begun["agent_token"]}
        agent = await Line.open(self._machine, DESK, "/agent", auth, self._told, _nothing)
        lines.append(agent)
        await agent.ask("set_presence", {"presence": "online"})
        if self.steps < 2:
            return
        await customer.ask("request_human", {"client_id": "1", "note": "This is a test."})
        while self.steps > 2 and one not in self._has:
            await self._news.wait()
            self._news.clear()
            if self._let_pass:  # the way was too long: whoever is there again is offered it again
                await agent.ask("set_presence", {"presence": "online"})
                self._let_pass = False
            for offer_id, about in list(self._offers.items()):
                if about == one:
                    await self._accept(agent, offer_id)
            if one not in self._has:
                await self._clear(agent, but=one)
        if self.steps < 4:
            return
        await agent.ask("message", {"conversation_id": one, "client_id": "1", "text": "Hello"})
        if self.steps < 5:
            return
        await agent.ask("resolve", {"conversation_id": one, "client_id": "2", "outcome": "done"})
        await self._clear(agent, but=one)
        await agent.ask("wrap_up_done", {"conversation_id": one})
        await agent.ask("set_presence", {"presence": "offline"})

    async def _accept(self, agent: Line, offer_id: str) -> None:
        ack = await agent.ask("accept", {"offer_id": offer_id})
        self._offers.pop(offer_id, None)
        if ack["ok"]:
            self._has.add(ack["conversation_id"])

    async def _clear(self, agent: Line, *, but: str) -> None:
        """What an earlier canary left behind is ended."""
        for offer_id, about in list(self._offers.items()):
            if about != but:
                await self._accept(agent, offer_id)
        for about in sorted(self._has - {but}):
            self._numbers += 1
            said = {"conversation_id": about, "client_id": f"{but}.{self._numbers}", "text": "This is over."}
            await agent.ask("message", said)
            ended = {"conversation_id": about, "client_id": f"{but}.{self._numbers}.e", "outcome": "done"}
            await agent.ask("resolve", ended)
            await agent.ask("wrap_up_done", {"conversation_id": about})
            self._has.discard(about)

    def _told(self, name: str, payload: Any) -> None:
        if name == "snapshot":
            self._has.update(one["conversation"]["id"] for one in payload["conversations"])
            for offer in payload["offers"]:
                self._offers[offer["offer_id"]] = offer["conversation_id"]
        elif name == "offer":
            self._offers[payload["offer_id"]] = payload["conversation_id"]
        elif name == "offer_ended":
            self._offers.pop(payload["offer_id"], None)
            self._let_pass = self._let_pass or payload["outcome"] == "timed_out"
        self._news.set()


def _ignore(_name: str, _payload: Any) -> None:
    pass


def _nothing() -> None:
    pass
