"""What customers and agents have in common: a line to the desk, and requests that are sent until they are answered."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from handoff.simulation.lines import Json, Line, LineLost, Refused, http
from handoff.simulation.loop import Machine

if TYPE_CHECKING:
    from handoff.simulation.clock import SimulatedClock
    from handoff.simulation.loop import VirtualLoop
    from handoff.simulation.referee import Referee

ACK_S = 5.0  # no ack by then: send it again. Source: the wire contract
DESK = ("10.0.0.1", 8600)

IDENTITY_KEY = "a simulated secret of the site, shared with the desk"
IDENTITY = "whom the site vouches for finds their own conversation, and nobody else does"
CLOSED_WITHIN_S = 4.0
SESSION = "a session lasts as long as it may, and no longer"
AS_ASKED = "1: an acknowledgement says what was asked for"


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
    guests: list[
        str
    ]  # customers whom the site vouches for, by its own id, who are not here now and may return
    homes: dict[str, str]  # their conversation

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
            self.town.trace("ack", f"{self.name} {request} {ack.get('ok')} {ack.get('seq', code_of(ack))}")
            if not ack["ok"] and code_of(ack) in ("unavailable", "rate_limited"):
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


def code_of(ack: Json) -> str:
    return str(ack.get("error", {}).get("code", ""))


async def come_in(person: Person, token: str) -> Line | None:
    """Another line of this person's with this token, which nobody listens to; None: there is none."""
    auth = {"v": 1, "token": token}
    try:
        return await Line.open(
            person.machine, DESK, person.namespace, auth, lambda name, payload: None, lambda: None
        )
    except (LineLost, Refused):
        return None
