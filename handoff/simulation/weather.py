"""What goes wrong in a world, a trouble at a time: on the network, the disk, the clock, with the bot and the server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handoff.simulation import rasa

if TYPE_CHECKING:
    from handoff.simulation.world import SimulatedTown


_ADMINISTERED_EVERY_S = 25.0  # in the middle: a lot for a desk, and a few times in the life of a handoff


class Weather:
    """`operations`: what the operator has under way."""

    def __init__(self, town: SimulatedTown) -> None:
        self._town = town
        self._random = random.Random(f"{town.seed}:weather")
        self.operations: set[asyncio.Task[None]] = set()

    async def blow(self) -> None:
        """Until the town is calm."""
        draw = self._random
        while not self._town.calm:
            await asyncio.sleep(draw.expovariate(1 / self._town.character.trouble_every_s))
            if not self._town.calm:
                await self._one_trouble(draw)

    async def administer(self) -> None:
        """Beside all that: an administrator at work, until the town is calm."""
        draw = random.Random(f"{self._town.seed}:administrator")
        while not self._town.calm:
            await asyncio.sleep(draw.expovariate(1 / _ADMINISTERED_EVERY_S))
            if self._town.referee.is_running and not self._town.calm:
                self._operate(self._town.administrator.act(draw))

    async def _one_trouble(self, draw: random.Random) -> None:
        kinds = {
            "cut": 30,
            "stall": 18,
            "silence": 10,
            "partition": 2,
            "kill": 5,
            "death_at_commit": 5,
            "stop": 2,
            "disk": 9,
            "bot": 12,
            "clock": 2,
            "bot_restart": 5,
            "reload": 3,
            "disable": 1,
            "canary": 3,
            "post": 4,
        }
        kind = draw.choices(list(kinds), list(kinds.values()))[0]
        match kind:
            case "cut" | "stall" | "silence":
                self._trouble_on_link(kind, draw)
            case "partition":
                self._town.count("partition")
                self._town.referee.rulebook.bot.trouble()
                for link in list(self._town.network.links.values()):
                    seconds = draw.uniform(1, 30)
                    link.asking.stall(seconds)
                    link.serving.stall(seconds)
            case "kill":
                if self._town.machine is not None and self._town.machine.alive:
                    self._town.count("killed_between_awaits")
                    self._town.down_for_s = draw.choice((0.1, 1.0, 3.0, 25.0, 90.0))
                    self._town.machine.dies_at = self._town.machine.steps + draw.randint(1, 600)
            case "death_at_commit":
                self._town.down_for_s = draw.choice((0.1, 1.0, 3.0))
                if draw.random() < 0.5:
                    self._town.disk.death_before_commit = 0.5
                else:
                    self._town.disk.death_after_commit = 0.5
            case "stop":
                self._town.count("stopped_in_good_order")
                self._town.down_for_s = draw.choice((0.5, 5.0))
                await self._town.stop_server()
            case "disk":
                await self._trouble_with_disk(draw)
            case "bot":
                await self._trouble_with_bot(draw)
            case "bot_restart":
                self._operate(self._town.operator.restart_bot(draw))
            case "reload":
                self._operate(self._town.operator.reload(draw))
            case "disable":
                self._operate(self._town.operator.disable_somebody(draw))
            case "canary":
                self._operate(self._town.operator.send_canary(draw))
            case "post":
                await self._trouble_with_post(draw)
            case _:
                self._trouble_with_clock(draw)

    def _trouble_on_link(self, kind: str, draw: random.Random) -> None:
        links = list(self._town.network.links.values())
        if not links:
            return
        link = draw.choice(links)
        up, down = draw.choice(((True, True), (True, False), (False, True)))
        self._town.count(f"link_{kind}")
        if kind == "cut":
            link.cut(lose_up=up, lose_down=down)
        elif kind == "stall":
            seconds = draw.choice((0.5, 3.0, 8.0, 40.0))
            if up:
                link.asking.stall(seconds)
            if down:
                link.serving.stall(seconds)
        else:
            link.silence(up=up, down=down)

    async def _trouble_with_disk(self, draw: random.Random) -> None:
        kind = draw.choice(("before", "after", "slow", "away"))
        self._town.count(f"disk_{kind}")
        self._town.referee.trouble()
        disk = self._town.disk
        match kind:
            case "before":
                disk.before_commit = 0.4
            case "after":
                disk.after_commit = 0.3
            case "slow":
                disk.slow_s = draw.choice((0.05, 0.3, 1.0))
            case _:
                disk.away = True
        await asyncio.sleep(draw.choice((0.3, 1.0, 4.0)))
        disk.before_commit = disk.after_commit = disk.slow_s = 0.0
        disk.away = False
        self._town.referee.trouble()

    async def _trouble_with_bot(self, draw: random.Random) -> None:
        mood = draw.choice(rasa.MOODS)
        self._town.count(f"bot_{mood}")
        self._town.rasa.set_mood(mood)
        await asyncio.sleep(draw.choice((3.0, 10.0, 30.0)))
        self._town.rasa.set_mood("well")

    def _operate(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._town.loop.start_on(self._town.supervisor, work, "operator")
        self.operations.add(task)
        task.add_done_callback(self.operations.discard)

    async def _trouble_with_post(self, draw: random.Random) -> None:
        mood = draw.choice(("refusing", "hung"))
        self._town.count(f"notices_{mood}")
        self._town.post.mood = mood
        await asyncio.sleep(draw.choice((3.0, 20.0)))
        self._town.post.mood = "well"

    def _trouble_with_clock(self, draw: random.Random) -> None:
        seconds = draw.choice((-600.0, -30.0, -2.0, 3.0, 7.0, 90.0, 4_000.0))
        self._town.count("clock_back" if seconds < 0 else "clock_forward")
        self._town.trace("clock", f"{seconds}")
        before = self._clock_of_server()
        self._town.clock.step(seconds)
        self._town.referee.trouble()
        if seconds > 0:
            jumped_s = (self._clock_of_server() - before).total_seconds()
            self._town.referee.rulebook.clock_put_forward(
                before, jumped_s if self._town.referee.is_running else 0.0
            )
        if seconds < 0:
            self._town.referee.clock_set_back()

    def _clock_of_server(self) -> datetime:
        return self._town.clock.now() if self._town.server is None else self._town.server.clock.now()
