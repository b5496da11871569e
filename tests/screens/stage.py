"""A whole handoff server with people before it, for one state: customers and agents with a browser, others without.

The server runs in this process on a thread of its own, so that its clock can be moved; its assistant answers by a
script. Everything else is the product.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from handoff.bot_client.scripted import ScriptedBot, plain_reply
from handoff.domain.commands import BotMessage
from handoff.domain.events import Button
from handoff.service.ports import BotReply, BotTurn
from tests import clients
from tests.e2e.people import Agent, Customer, Supervisor
from tests.houses import House

PATIENCE_S = 60

PAKET = "Ihre Bestellung 10023 hat heute früh unser Lager verlassen. Nordpost bringt sie morgen zwischen 10 und 12 Uhr."
PARCEL = "Your order 10023 left our warehouse this morning. Nordpost brings it tomorrow between 10 and 12."
LONG = (
    "You can send anything back within 30 days, and it costs you nothing. Pack it in any box, print the label "
    "from your account, and hand it in at a parcel shop.\n\n"
    "As soon as it has reached us, which takes two to four days, we look at it and return the money the way you "
    "paid: cards and PayPal within two days, bank transfers within five. You get an e-mail at every step.\n\n"
    "Everything about it: https://nordlicht.example/help/returns-and-refunds?ref=chat"
)


def answer(turn: BotTurn) -> BotReply:
    """What the scripted assistant says: a plain answer, a choice, or a long text, by a word of the question."""
    text = turn.text.lower()
    if "return" in text:
        return plain_reply(LONG, intent="return_policy")
    if "which" in text:
        choice = (
            Button(title="Where is my parcel?", payload="Where is my parcel?"),
            Button(title="Change the delivery address", payload="Change the delivery address"),
            Button(title="Talk to a person", payload="I would like to talk to a person"),
        )
        said = BotMessage(text="I am not sure what you mean. Is it one of these?", buttons=choice)
        plain = plain_reply("", unsure=True)
        return BotReply(**{name: getattr(plain, name) for name in BotReply.__slots__} | {"messages": (said,)})
    return plain_reply(PAKET if turn.locale.startswith("de") else PARCEL)


class Stage:
    """One server at a time; `fresh` takes the next one. Everything is gone with `close`."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)
        self._thread.start()
        self._house: House | None = None
        self._people: list[Customer | Agent] = []
        self._count = 0
        self._stopped = False
        self._ends: list[Callable[[], Coroutine[Any, Any, None]]] = []

    # -- the server --

    @property
    def house(self) -> House:
        """With the defaults of the demo, unless `serve` chose others."""
        if self._house is None:
            self.serve()
        assert self._house is not None
        return self._house

    def serve(
        self,
        answers: Callable[[BotTurn], BotReply] = answer,
        *,
        bot: ScriptedBot | None = None,
        **settings: str,
    ) -> House:
        """Starts the server with these settings (`HANDOFF_<NAME>`, in lower case). `bot` stands above `answers`."""
        assert self._house is None
        data = self.folder / f"data-{self._count}"
        self._count += 1
        accounts = self.folder / "accounts"
        if accounts.is_dir():
            shutil.copytree(accounts, data)
        house = House(data, bot or ScriptedBot(answers), None, settings)
        self.run(house.open())
        if not accounts.is_dir():
            self.run(house.close())
            shutil.copytree(data, accounts)
            self.run(house.open())
        self._house = house
        return house

    def desk_file(self, change: Callable[[str], str]) -> str:
        """The demo's desk file, changed, as the setting `desk_file`."""
        text = (Path(__file__).parents[2] / "handoff" / "demo" / "desk.toml").read_text("utf-8")
        path = self.folder / f"desk-{self._count}.toml"
        path.write_text(change(text), encoding="utf-8")
        return str(path)

    def run[T](self, work: Coroutine[Any, Any, T], *, patience_s: float = PATIENCE_S) -> T:
        """Carries out a client's or the server's work."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(patience_s)

    def move(self, **by: float) -> None:
        """Time passes, for the server and for every browser."""

        async def move() -> None:
            self.house.clock.move(**by)

        then = self.house.clock.now() + timedelta(**by)
        for one in self._people:  # first: they show what the server then tells them
            self._tell_time(one.context, then)
        self.run(move())

    def to_noon(self) -> None:
        """On to the next noon in UTC: for whom a midnight in between would matter."""
        now = self.house.clock.now()
        noon = (now + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
        self.move(seconds=(noon - now).total_seconds())

    def _tell_time(self, context: BrowserContext, now: datetime) -> None:
        if abs((now - datetime.now(UTC)).total_seconds()) > 1:
            context.clock.set_system_time(now)

    def server_stops(self) -> None:
        """Whoever has no browser is gone with it."""
        self.run(self.house.close())
        self._stopped = True

    def server_returns(self) -> None:
        """On the same data and at the same address."""
        self.run(self.house.reopen(port=str(self.house.server.port)))
        self._stopped = False

    def ends_with(self, end: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Something that the server needs besides: `end` is called when the server is gone."""
        self._ends.append(end)

    # -- people with a browser --

    def customer(self, *, opens: bool = True, **options: Any) -> Customer:
        """Somebody on the trader's page; `language` is that of the page."""
        one = Customer(self.browser, self.house.origin, **options)
        self._people.append(one)
        self._tell_time(one.context, self.house.clock.now())
        if opens:
            one.page.goto("/")
            one.page.get_by_test_id("launcher").click()
            one.log.locator(".bubble").first.wait_for()
        return one

    def agent(self, name: str = "agent1", *, presence: str | None = "Online", **options: Any) -> Agent:
        """Somebody at the console, signed in."""
        kind = Supervisor if name == "supervisor" else Agent
        one = kind(self.browser, self.house.origin, f"{name}@demo.example", **options)
        self._people.append(one)
        self._tell_time(one.context, self.house.clock.now())
        one.sign_in()
        if presence is not None:
            one.goes(presence)
        return one

    def visitor(self, name: str = "agent1", **options: Any) -> Agent:
        """Somebody before the console, not signed in."""
        one = Agent(self.browser, self.house.origin, f"{name}@demo.example", **options)
        self._people.append(one)
        return one

    # -- people without one, for whom nobody needs to see --

    def colleague(self, name: str = "agent1", presence: str = "online") -> clients.Agent:
        return self.run(self.house.agent(name, presence=presence))

    def other_customer(
        self, *said: str, asks: bool = False, name: str | None = None, **session: Any
    ) -> clients.Customer:
        """Who has said this by this name, and asked for a person if they did."""
        one = self.run(self.house.customer(**session))
        if name is not None:
            self.run(one.done("introduce", client_id=clients.new_client_id(), name=name))
        for text in said:
            self.run(one.say(text))
        if asks:
            self.run(one.want_person())
        return one

    def taken(self, colleague: clients.Agent, customer: Customer) -> str:
        """The colleague accepts what this customer asked for. Returns the conversation's id."""
        conversation_id = customer.conversation_id()
        self.run(colleague.take(conversation_id))
        customer.hears("has joined")
        return conversation_id

    # -- the end --

    def fresh(self) -> None:
        """Everybody goes, and the server with them."""
        for one in self._people:
            one.context.close()
        self._people.clear()
        if self._house is not None and not self._stopped:
            self.run(self._house.close())
        self._house = None
        self._stopped = False
        for end in self._ends:
            self.run(end())
        self._ends.clear()

    def close(self) -> None:
        self.fresh()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()
