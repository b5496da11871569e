"""A whole handoff server in this process, with its clients: on a free port, on SQLite in a folder of the test.

The bot is the shipped `ScriptedBot` unless a test brings another; the clock can be moved; everything else is real.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from handoff.app import BotWithChecks, Server, World
from handoff.bot_client.scripted import ScriptedBot
from handoff.demo.accounts import DEMO_PASSWORD
from handoff.detector.detector import Detector
from handoff.service.ports import Storage
from handoff.settings import read_settings
from tests.clients import Agent, Client, Customer

SWEEP_S = "0.02"
# Argon2 as ever, but at a cost that suits tests, which sign in a hundred times.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1)
detector = cache(Detector)  # reading its lexicons takes longer than most tests


class MovableClock:
    """The real time, and what a test has added to it. With `move` time passes; with `step` the clock is set."""

    def __init__(self) -> None:
        self._added = timedelta()
        self._stepped = timedelta()
        self._frozen: tuple[datetime, float] | None = None

    def freeze(self) -> None:
        """From now on only `move` moves it."""
        self._frozen = (datetime.now(UTC), time.monotonic())

    def go_on(self) -> None:
        """After `freeze`: time passes again from the moment where it stopped."""
        assert self._frozen is not None
        (stopped, steady_s), self._frozen = self._frozen, None
        self._added -= max(datetime.now(UTC) - stopped, timedelta(seconds=time.monotonic() - steady_s))

    def move(self, **by: float) -> None:
        self._added += timedelta(**by)

    def step(self, **by: float) -> None:
        self._stepped += timedelta(**by)

    def now(self) -> datetime:
        moment = (self._frozen[0] if self._frozen else datetime.now(UTC)) + self._added + self._stepped
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        return (self._frozen[1] if self._frozen else time.monotonic()) + self._added.total_seconds()


class House:
    """A server that runs, and the clients that it let in."""

    def __init__(
        self, data_dir: Path, bot: BotWithChecks | None, storage: Storage | None, settings: dict[str, str]
    ) -> None:
        self.data_dir = data_dir
        self.clock = MovableClock()
        self.scripted = ScriptedBot()
        self._bot: BotWithChecks = bot if bot is not None else self.scripted
        self._storage = storage
        self._settings = settings
        self._clients: list[Client] = []
        self.server: Server
        self.http: aiohttp.ClientSession
        self.origin = ""

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a process would get them."""
        return {
            "HANDOFF_DEMO": "1",
            "HANDOFF_PORT": "0",
            "HANDOFF_DATA_DIR": str(self.data_dir),
            "HANDOFF_SWEEP_S": SWEEP_S,
            **{f"HANDOFF_{name.upper()}": value for name, value in self._settings.items()},
        }

    async def open(self) -> None:
        world = World(
            clock=self.clock, storage=self._storage, bot=self._bot, detector=detector(), hasher=QUICK_HASHER
        )
        self.server = Server(read_settings(self.environment), world)
        await self.server.start()
        self.origin = f"http://127.0.0.1:{self.server.port}"
        self.http = aiohttp.ClientSession()

    async def close(self) -> None:
        await asyncio.gather(*(client.hang_up() for client in self._clients))
        await self.http.close()
        await self.server.close()

    async def restart(self, *, down: timedelta = timedelta(), **settings: str) -> None:
        """Stop, let time pass, and start again on the same data. Everybody has to connect anew."""
        await self.close()
        self.clock.move(seconds=down.total_seconds())
        await self.reopen(**settings)

    async def reopen(self, **settings: str) -> None:
        """After `close`: on the same data again."""
        self._clients.clear()
        self._settings |= settings
        await self.open()

    def wrong(self) -> list[str]:
        """What broke the contract on any client, whatever the test was about."""
        return [what for client in self._clients for what in client.wrong]

    # -- clients --

    def adopt[C: Client](self, client: C) -> C:
        """Have a client looked after: hung up at the end, its book checked."""
        client.origin, client.http = self.origin, self.http
        self._clients.append(client)
        return client

    async def part(self, *clients: Client) -> None:
        """Hang up, and have the book checked now."""
        for client in clients:
            await client.hang_up()
            self._clients.remove(client)
            assert client.wrong == [], client.wrong

    async def customer(
        self, *, connected: bool = True, transport: str = "websocket", **session: Any
    ) -> Customer:
        session.setdefault("locale", "en")
        customer = self.adopt(await Customer.begin(self.origin, self.http, **session))
        if connected:
            await customer.connect(transport=transport)
        return customer

    async def agent(
        self, name: str = "agent1", *, presence: str | None = "online", transport: str = "websocket"
    ) -> Agent:
        """One of the demo's people, connected."""
        email = f"{name}@demo.example"
        agent = self.adopt(await Agent.sign_in(self.origin, self.http, email, DEMO_PASSWORD))
        await agent.connect(transport=transport)
        if presence is not None:
            await agent.be(presence)
        return agent

    async def second_socket[C: Customer | Agent](self, client: C, *, transport: str = "websocket") -> C:
        """Another socket (a tab) with the same token."""
        if isinstance(client, Customer):
            other: Any = Customer(self.origin, self.http, client.session)
        else:
            other = Agent(self.origin, self.http, {"token": client.token, "agent": client.me})
        self.adopt(other)
        await other.connect(transport=transport)
        return other  # type: ignore[no-any-return]

    async def in_conversation(
        self, agent_name: str = "agent1", **session: Any
    ) -> tuple[Customer, Agent, str]:
        """A customer who is with an agent, and the conversation's id."""
        agent = await self.agent(agent_name)
        customer = await self.customer(**session)
        await customer.want_person()
        conversation_id = await agent.take(customer.conversation_id)
        await customer.sees("agent_joined")
        return customer, agent, conversation_id


@asynccontextmanager
async def house_in(
    data_dir: Path,
    *,
    accounts: Path | None = None,
    bot: BotWithChecks | None = None,
    storage: Storage | None = None,
    **settings: str,
) -> AsyncIterator[House]:
    """`accounts`: a data folder made before, so that the passwords of the demo need not be hashed anew."""
    if accounts is not None:
        shutil.copytree(accounts, data_dir, dirs_exist_ok=True)
    house = House(data_dir, bot, storage, settings)
    await house.open()
    try:
        yield house
    finally:
        await house.close()
    assert house.wrong() == [], house.wrong()
