"""One world: a desk with its server, people, network, disk and bot, and the weather that goes wrong; from a seed.

A world lives until enough handoffs were asked for. Then it grows calm: nothing goes wrong any more, everybody does
their work, every handoff has to come to its end, and what everybody was told is held against what is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import itertools
import logging
import random
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from handoff.app import Server, World, control_path
from handoff.detector.detector import Detector
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.errors import DomainError
from handoff.domain.events import AnyEvent
from handoff.service.desk_config import DeskFileError, load_desk_config
from handoff.service.ports import StorageUnavailable
from handoff.settings import Settings, read_settings
from handoff.simulation import rasa
from handoff.simulation.administrator import Administrator
from handoff.simulation.audit import Audit
from handoff.simulation.character import SKILLS, TEAMS, Character, limited
from handoff.simulation.clock import SeededIds, SimulatedClock
from handoff.simulation.disk import DiskFaults, Drive
from handoff.simulation.lines import Line, LineLost, Refused, http
from handoff.simulation.loop import GaveUp, Machine, Stuck, VirtualLoop, this_machine
from handoff.simulation.network import Link, Network
from handoff.simulation.operator import Operator, first_desk_file
from handoff.simulation.people.agents import Agent
from handoff.simulation.people.customers import ASKING, CHATTER, Customer
from handoff.simulation.people.person import DESK
from handoff.simulation.platter import SqlitePlatter
from handoff.simulation.post import Post
from handoff.simulation.referee import BELIEVED, Finding, Referee
from handoff.simulation.weather import Weather
from handoff.simulation.windows import SOON_S, AgentWindow, CustomerWindow, Screens
from handoff.storage.memory import MemoryStorage

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
FINDINGS_MAX = 20  # a world that is this wrong is ended
LINES_KEPT = 400  # of the trace, for whoever looks into a finding
_CALM_HOURS_MAX = 12.0  # of virtual time, in which every handoff has ended in a desk that works
_ASKED_AGAIN_WITHIN_S = (
    3 * 3_600.0
)  # of virtual time: somebody asks every few seconds, if only they get through
_ARRIVALS_LOOKED_AT_S = 1.0  # while there is room for nobody
_TICK_S = 1.0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of one world."""

    seed: str
    asked: int = 0
    handoffs: int = 0
    ended: int = 0
    events: int = 0
    virtual_s: float = 0.0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    trace_sha256: str = ""
    last_lines: list[str] = field(default_factory=list)


class _WatchedDesk(Desk):
    """The server's desk, with the referee looking at each event before it is put in."""

    def __init__(self, rules: DeskRules, referee: Referee, machine: Machine | None) -> None:
        super().__init__(rules)
        self._referee = referee
        self._machine = machine

    def evolve(self, event: AnyEvent) -> None:
        if self._machine is None or not self._machine.dying:
            self._referee.evolving(self, event)
        super().evolve(event)


# Storage was away, a rule refused, or somebody left while they were being answered.
_NO_DEFECT = (StorageUnavailable, DomainError, ConnectionError)


class _Defects(logging.Handler):
    """What the server logs as an error of its own is a finding; that storage was away is not."""

    def __init__(self, town: SimulatedTown) -> None:
        super().__init__(logging.ERROR)
        self._town = town

    def emit(self, record: logging.LogRecord) -> None:
        machine = this_machine()
        error = record.exc_info[1] if record.exc_info else None
        if machine is None or machine.dying or isinstance(error, _NO_DEFECT):
            return
        if error is None and not self._town.referee.steady:
            return  # the disk is away, say, or was just now: the server says so rightly
        where = _where(error)
        self._town.referee.wrong(
            "no defect", machine.name, f"{record.getMessage()}: {type(error).__name__} {where}"
        )


def _where(error: BaseException | None) -> str:
    trace = error.__traceback__ if error is not None else None
    places = []
    while trace is not None:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(places[-4:])


class _RememberingDetector(Detector):
    """The real one, without an encoder, so without a thread. What people say are few sentences, each read once."""

    def __init__(self) -> None:
        super().__init__()
        self.read = cache(super().read)  # type: ignore[method-assign]
        self.glance = cache(super().glance)  # type: ignore[method-assign]


_detector = cache(_RememberingDetector)  # reading its lexicons takes longer than a world


class SimulatedTown:
    """Everything of one world. `live` runs it to its end."""

    def __init__(self, seed: str, handoffs: int, folder: Path, findings_max: int) -> None:
        self.seed = seed
        self._findings_max = findings_max
        self.calm = False
        self.teams = TEAMS
        self.blocked: list[str] = []
        self.handed_back: set[str] = set()
        self.guests: list[str] = []
        self.homes: dict[str, str] = {}
        self.character = Character.drawn(random.Random(f"{seed}:character"))
        self.pace = 0.3 if self.character.brisk else 1.0
        self.outcome = Outcome(seed=seed, asked=handoffs)
        self._target = handoffs
        self._starts = 0
        self._folder = folder
        self._random = random.Random(f"{seed}:server")
        self.loop = VirtualLoop(seed)
        self.supervisor = Machine("supervisor", "10.0.0.9")
        self.network = Network(self.loop, seed, self.character.latency_s)
        self.clock = SimulatedClock(self.loop, START)
        self._digest = hashlib.sha256()
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._new_lines: list[str] = []  # not yet in the digest
        self.settings = self._settings()
        config = load_desk_config(self._folder / "desk.toml")
        self.rules = Server(self.settings, self._world(None)).committer.desk.rules
        self.referee = Referee(self.rules, self.loop.time, self.clock.now, self._found)
        self.rasa = rasa.Rasa(self.loop, seed, self.referee.rulebook.bot)
        self.referee.shown_there = self._without_line
        self.referee.is_on_line = self._is_on_line
        self.referee.told_from = lambda: self.network.delivering_from
        self.screens = Screens(self.referee, self.delivers, self.heard_from)
        self._config = config
        self.post = Post(lambda: self._starts, self.referee.wrong)
        self.referee.rulebook.channels = (self.post.name,)
        self.operator = Operator(self, self.supervisor)
        self.administrator = Administrator(self, self.supervisor, self.operator.edits)
        self.screens.administrator = self.administrator
        self.weather = Weather(self)
        policy = self.settings.policy
        self.pace_s = (policy.widen_s, policy.supervisor_s, policy.promise_s)
        self.platter = SqlitePlatter().as_storage() if self.character.on_sqlite else MemoryStorage()
        self.disk = DiskFaults()
        self._disk_random = random.Random(f"{seed}:disk")
        self.server: Server | None = None
        self.machine: Machine | None = None
        self.down_for_s = 0.0
        self._server_gone = asyncio.Event()
        self.agents: list[Agent] = []
        self.customers: list[Customer] = []
        self._customers_made = 0
        self._weather_over = False
        self._hired = 0
        self._hiring = random.Random(f"{seed}:people")

    # -- what it is made of --

    @property
    def desk_path(self) -> Path:
        return self._folder / "desk.toml"

    @property
    def control(self) -> tuple[str, int]:
        return str(control_path(self._folder)), 0

    @property
    def works_by(self) -> DeskRules | None:
        running = self.server is not None and self.referee.is_running
        return self.server.committer.desk.rules if running and self.server is not None else None

    def rules_wanted(self) -> DeskRules | None:
        if self.administrator.unsure:
            return None
        return self.administrator.changes.over(load_desk_config(self.desk_path)).rules(self.settings.policy)

    def _settings(self) -> Settings:
        desk_file = self.desk_path
        text = first_desk_file(self.character.hours, self.character.routes)
        desk_file.write_text(text, encoding="utf-8")
        environment = {
            "HANDOFF_HOST": DESK[0],
            "HANDOFF_PORT": str(DESK[1]),
            "HANDOFF_DATA_DIR": str(self._folder),
            "HANDOFF_DESK_FILE": str(desk_file),
            "HANDOFF_BOT_URL": f"http://{rasa.ADDRESS[0]}:{rasa.ADDRESS[1]}",
            "HANDOFF_ACTIONS_URL": f"http://{rasa.ADDRESS[0]}:{rasa.ADDRESS[1]}",
            "HANDOFF_BOT_KEY": "simulated",
            **self.character.settings,
        }
        return read_settings(environment)

    def _world(self, machine: Machine | None) -> World:
        """What is simulated of the server's surroundings; everything else is the real thing."""
        storage = None
        if machine is not None:
            drive = Drive(self.platter, machine, self.disk, self._disk_random, self._committed, self.count)
            storage = drive.as_storage()

        def watched(rules: DeskRules) -> Desk:
            return _WatchedDesk(rules, self.referee, machine) if machine is not None else Desk(rules)

        return World(
            clock=self.clock,
            ids=SeededIds(f"{self.seed}:ids:{self._starts if machine else 'none'}"),
            storage=storage,
            detector=_detector(),
            desk=watched,
            hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
            notice_channels=[self.post] if machine is not None else [],
        )

    # -- the trace, and what is wrong --

    def trace(self, kind: str, what: str) -> None:
        self._new_lines.append(f"{self.loop.time():.6f} {kind} {what}\n")
        if len(self._new_lines) >= LINES_KEPT:
            self._take_up_lines()

    def _take_up_lines(self) -> None:
        lines, self._new_lines = self._new_lines, []
        self._digest.update("".join(lines).encode())
        self._lines.extend(lines)

    def count(self, what: str) -> None:
        self.outcome.faults[what] += 1
        self.trace("fault", what)

    def drawn(self, chance: float, draw: random.Random) -> bool:
        return draw.random() < chance and not self.calm

    def _found(self, finding: Finding) -> None:
        self.trace("WRONG", str(finding))
        found = self.outcome.findings
        if any(one.check == finding.check and one.about == finding.about for one in found):
            return
        found.append(finding)
        if len(found) == self._findings_max:
            self.loop.give_up()
        if not self.outcome.last_lines:
            self._take_up_lines()
            self.outcome.last_lines = list(self._lines)

    def _committed(self, batch: Any) -> None:
        heads = " ".join(
            f"{one.conversation_id}.{one.seq}.{one.type}.{one.hash.hex()[:8]}" for one in batch.events
        )
        people = " ".join(f"{one.agent_id}.{one.type}" for one in batch.agent_events)
        if heads or people:
            self.trace("commit", f"{heads} {people}")
        if (batch.conversations or batch.agents) and self.server is not None:
            self.referee.in_force(self.server.committer.desk.rules)
        self.referee.committed(batch)

    # -- the server's life --

    async def _keep_server(self) -> None:
        """What the supervisor process does: the server is started again whenever it is gone."""
        while not self._weather_over:
            self._server_gone.clear()
            await self._start_server()
            await self._server_gone.wait()
            await asyncio.sleep(self.down_for_s)

    async def _start_server(self) -> None:
        self._starts += 1
        machine = Machine(f"server-{self._starts}", DESK[0])
        self.machine = machine
        machine.on_death = lambda: self._died(machine)
        self.trace("start", machine.name)
        self.referee.rulebook.starting()
        self.loop.start_on(machine, self._serve(machine), "server")

    async def _serve(self, machine: Machine) -> None:
        """As `python -m handoff serve`: until it is stopped, or has to start anew."""
        try:
            self.server = server = Server(self.settings, self._world(machine))
            await server.start()
        except (StorageUnavailable, DeskFileError):
            self.down_for_s = 1.0
            machine.die_soon()
            return
        self.trace("serving", machine.name)
        self.referee.running(True)
        await server.committer.diverged.wait()
        self.referee.wrong(BELIEVED, machine.name, "it found that out itself, and has to start anew")
        self.down_for_s = 0.5
        machine.die_soon()

    def _died(self, machine: Machine) -> None:
        """A killed process says goodbye by its kernel; a dead host does not."""
        if self.machine is machine:
            in_silence = self._random.random() < 0.2
            self.network.machine_died(machine, in_silence=in_silence, lose=self._random.random() < 0.5)
            self.referee.running(False)
            self.trace("died", machine.name)
            self.disk.death_before_commit = self.disk.death_after_commit = 0.0
            self._server_gone.set()

    async def stop_server(self) -> None:
        """A stop in good order, as for a new version."""
        server, machine = self.server, self.machine
        if server is None or machine is None or machine.dying:
            return
        closing = self.loop.start_on(machine, server.close(), "close")
        self.referee.running(False)
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.shield(closing)
        machine.die_soon()
        self.loop.call_soon(lambda: None, context=machine.context)

    # -- people --

    async def _hire(self) -> None:
        await self.referee.started.wait()
        for _ in range(self.character.agents):
            await self.hire_another()

    async def hire_another(self) -> None:
        """An account as an operator makes it: over the socket file, with a link to set the password."""
        number, draw = self._hired, self._hiring
        self._hired += 1
        supervisor = number == 0
        teams = () if number < 2 else draw.choice(((), (), ("service",), ("billing",), TEAMS))
        languages = draw.choice(((), (), ("en",), ("de", "en"), *((("fr",),) if number > 1 else ())))
        skills = draw.choice(((), SKILLS[:1], SKILLS))
        agent = Agent(self, number, supervisor=supervisor, teams=teams)
        account = {
            "email": agent.email,
            "name": f"Agent Number{number}",
            "role": "Support",
            "employer": "Simulated Trading",
            "access": ["agent", "supervisor"] if supervisor else ["agent"],
            "teams": list(teams),
            "languages": list(languages),
            "skills": list(skills),
        }
        password = {"password": "a simulated password"}
        address = agent.email
        for attempt in itertools.count(1):
            try:
                made = await http(self.supervisor, self.control, "POST", "/api/control/agents", account)
                link = password | {"token": made["token"]}
                await http(self.supervisor, DESK, "POST", "/api/v1/agent/password", link)
                break
            except (LineLost, Refused):  # whether there is an account nobody knows: another address then
                await asyncio.sleep(1)
                account["email"] = agent.email = f"again{attempt}-{address}"
        self.agents.append(agent)
        agent.start(self._work(agent), "day")

    async def _work(self, agent: Agent) -> None:
        await agent.sign_in()
        agent.start(agent.keep_line(), "line")
        agent.start(agent.have_moods(), "moods")

    async def _customers_come(self) -> None:
        """As many at a time as the character says, until enough handoffs were asked for."""
        draw = random.Random(f"{self.seed}:arrivals")
        here = 0
        room = asyncio.Event()
        room.set()

        def left(_: asyncio.Task[None]) -> None:
            nonlocal here
            here -= 1
            room.set()

        requested, since = 0, self.loop.time()
        while self.referee.requested < self._target and not self._too_wrong:
            if self.referee.requested > requested:
                requested, since = self.referee.requested, self.loop.time()
            elif self.loop.time() - since > _ASKED_AGAIN_WITHIN_S:
                self.referee.wrong("whoever asks gets a handoff", "world", f"none since {since:.0f} s")
                break
            if here < self.character.customers:
                self._customers_made += 1
                customer = Customer(self, self._customers_made)
                self.customers.append(customer)
                here += 1
                customer.start(customer.live_through(), "day").add_done_callback(left)
            else:
                room.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ARRIVALS_LOOKED_AT_S):
                        await room.wait()
            await asyncio.sleep(draw.expovariate(4.0))
        self.calm = True
        self.trace("calm", "")
        self._restore()

    @property
    def _too_wrong(self) -> bool:
        return len(self.outcome.findings) >= self._findings_max

    def _restore(self) -> None:
        """From now on everything works."""
        self.disk.before_commit = self.disk.after_commit = self.disk.slow_s = 0.0
        self.disk.death_before_commit = self.disk.death_after_commit = 0.0
        self.disk.away = False
        self.rasa.set_mood("well")
        self.post.mood = "well"
        if self.machine is not None and self.machine.dies_at is not None and self.machine.alive:
            self.machine.dies_at = None
        for agent in self.agents:
            agent.wanted = "online"

    def _customer_windows(self) -> Iterator[CustomerWindow]:
        return (window for one in self.customers if not one.over for window in one.windows)

    def _agent_windows(self) -> Iterator[AgentWindow]:
        return (one.window for one in self.agents if not one.over and not one.leaves)

    def delivers(self, line: Line) -> bool:
        link = self.link_of(line)
        return link is not None and link.delivers

    def heard_from(self, line: Line) -> float:
        link = self.link_of(line)
        return 0.0 if link is None else link.heard_from

    def _without_line(self) -> Iterator[tuple[str, float]]:
        """Agents who have no line at all, and since when."""
        for agent in self.agents:
            if agent.gone_since is not None:
                yield agent.agent_id, max(agent.gone_since, self.network.heard.get(agent.machine.name, 0.0))

    def _is_on_line(self, agent_id: str) -> bool:
        """Whether this agent's line is open, in use, and nothing is held up on it."""
        for one in self.agents:
            line = one.line
            if one.agent_id == agent_id and line is not None and not (line.lost or line.deaf):
                return self.delivers(line) and self.loop.time() - one.window.opened_at >= SOON_S
        return False

    def link_of(self, line: Line) -> Link | None:
        link: Link | None = getattr(line.transport, "link", None)
        return link

    # -- from the beginning to the end --

    def live(self, *, cleanly: bool = True) -> Outcome:
        """`cleanly`: leave nothing behind that could come to life in the next world of this process."""
        root = logging.getLogger()
        others, level = root.handlers[:], root.level
        root.handlers = [_Defects(self)]
        root.setLevel(logging.ERROR)
        collecting = gc.isenabled()
        gc.disable()  # what the collector ends must not depend on when it comes
        try:
            main = self.loop.start_on(self.supervisor, self._live(), "main")
            with limited(self.character.limits):
                self.loop.run_until_complete(main)
        except GaveUp:
            pass
        except Stuck as stuck:
            self.referee.wrong("no defect", "world", str(stuck))
        finally:
            root.handlers = others
            root.setLevel(level)
            self._sum_up()
            if cleanly:
                self._tear_down()
                if collecting:
                    gc.enable()
                gc.collect()
        return self.outcome

    async def _live(self) -> None:
        start = self.loop.start_on
        start(self.supervisor, self._keep_server(), "keep server")
        start(self.supervisor, self._tick(), "referee")
        await self._hire()
        weather = start(self.supervisor, self.weather.blow(), "weather")
        start(self.supervisor, self.weather.administer(), "administrator")
        await self._customers_come()
        await self._until_all_is_done()
        weather.cancel()
        if not self._too_wrong:
            await Audit(self).look()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.referee.tick()
            if self.referee.steady:
                self.screens.look(self._customer_windows(), self._agent_windows(), self.loop.time())
            for what in self.loop.defects:
                self.referee.wrong("no defect", "server", what)
            self.loop.defects.clear()

    async def _until_all_is_done(self) -> None:
        """Nothing goes wrong any more: every handoff ends."""
        until = self.loop.time() + _CALM_HOURS_MAX * 3_600
        while self.loop.time() < until and not self._too_wrong:
            await asyncio.sleep(5)
            live = [one for one, account in self.referee.accounts.items() if account.live]
            asking = [
                one for one in self.customers if not one.over and any(not task.done() for task in one._tasks)
            ]
            canaries = [one for one in live if self.referee.accounts[one].canary]
            if live and canaries == live:  # broken off long ago, perhaps
                await self.operator.send_canary(self._random, to_its_end=True)
            busy = self.weather.operations or any(self._busy(one) for one in asking)
            busy = busy or any(state.bot.pending for state in self.referee.states.values())
            if not live and not busy and self.referee.is_running:
                return
        for conversation_id, account in self.referee.accounts.items():
            if account.live:
                self.referee.wrong("every handoff comes to its end", conversation_id, f"{account.state}")

    def _busy(self, customer: Customer) -> bool:
        return any("day" in task.get_name() for task in customer._tasks)

    def _sum_up(self) -> None:
        outcome, referee = self.outcome, self.referee
        outcome.handoffs, outcome.ended, outcome.events = referee.requested, referee.ended, referee.events
        outcome.virtual_s = self.loop.time()
        outcome.steps = self.loop.steps
        self._take_up_lines()
        outcome.trace_sha256 = self._digest.hexdigest()

    def _tear_down(self) -> None:
        machines = [self.machine, self.supervisor, self.rasa.machine]
        machines += [one.machine for one in (*self.agents, *self.customers)]
        self.loop.call_exception_handler = lambda context: None  # type: ignore[method-assign]
        for machine in machines:
            if machine is not None:
                machine.on_death = lambda: None
                self.loop.kill(machine)
        self.loop.close()


def make_ready() -> None:
    """Read what all worlds have in common. Whoever copies this process for each of them does so first."""
    for text in (*CHATTER, *ASKING):
        _detector().read(text)


def live_through(
    seed: str, handoffs: int, *, findings_max: int = FINDINGS_MAX, cleanly: bool = True
) -> Outcome:
    """One world from its seed; it ends early when so many things were wrong. Not `cleanly`: its process ends too."""
    with tempfile.TemporaryDirectory(prefix="byname-") as folder:
        return SimulatedTown(seed, handoffs, Path(folder), findings_max).live(cleanly=cleanly)


def hours(seconds: float) -> float:
    return round(timedelta(seconds=seconds) / timedelta(hours=1), 2)
