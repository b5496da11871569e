"""Composition root: builds the whole server from its settings. The only module that may import every layer."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from handoff.bot_client.rasa import RasaBot
from handoff.canary.watch import CanaryWatch
from handoff.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from handoff.demo.page import demo_routes
from handoff.demo.shop import make_shop, shops_day
from handoff.domain.desk import Desk, DeskRules
from handoff.domain.errors import Code, DomainError
from handoff.gateway.agents import AgentNamespace
from handoff.gateway.customers import CustomerNamespace
from handoff.gateway.server import FRAME_BYTES_MAX, Gateway
from handoff.hearing import Hearing
from handoff.http.administration import AdministrationApi
from handoff.http.api import Api
from handoff.http.closed_doors import ClosedDoors
from handoff.http.control import Control
from handoff.http.errors import errors_as_answers
from handoff.http.health import Health
from handoff.http.pages import Pages, add_safe_headers
from handoff.http.trainer import Trainer
from handoff.notices.channels import make_channels
from handoff.service.access import Access
from handoff.service.accounts import Accounts, By, NewAccount
from handoff.service.administration import Administration
from handoff.service.agents import Agents
from handoff.service.bot_turns import BotTurns
from handoff.service.canary import Canaries
from handoff.service.committer import Committer
from handoff.service.customers import Customers
from handoff.service.day import Days
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.desk_file import DeskFile
from handoff.service.housekeeping import Housekeeping
from handoff.service.notices import NoticeChannel, Notices
from handoff.service.past import Past
from handoff.service.ports import (
    Bot,
    Clock,
    HumanRequestDetector,
    Ids,
    Storage,
    StorageUnavailable,
    StorageUnusable,
)
from handoff.service.search import Search
from handoff.service.steady_clock import SteadyClock
from handoff.service.suggestions import Suggestions
from handoff.service.timekeeper import Timekeeper
from handoff.service.waits import Waits
from handoff.service.world import RandomIds, SystemClock
from handoff.settings import Settings, SettingsError
from handoff.storage.sqlite import SqliteStorage
from handoff.trainer.in_service import InService
from handoff.trainer.workshop import Workshop

_log = logging.getLogger(__name__)

ROOT = Path(__file__).parent
DEMO_DESK = ROOT / "demo" / "desk.toml"
BUILT_PAGES = ROOT.parent / "webchat" / "dist"
STORAGE_AGAIN_S = 1.0  # between two attempts to get at storage at the start
_SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 108


class BotWithChecks(Bot, Protocol):
    """The bot as the server runs it: with connections to open, and the action server's health."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def check_actions(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a test or a simulation may replace. Fields left None are the real thing."""

    clock: Clock | None = None
    ids: Ids | None = None
    storage: Storage | None = None
    bot: BotWithChecks | None = None
    detector: HumanRequestDetector | None = None
    desk: Callable[[DeskRules], Desk] | None = None
    hasher: PasswordHasher | None = None
    notice_channels: Sequence[NoticeChannel] | None = None


def desk_path(settings: Settings) -> Path:
    """Where the desk file is. Raises `SettingsError` when no desk is named outside demo mode."""
    path = settings.server.desk_file
    if path is None and not settings.server.demo:
        raise SettingsError(
            [
                "HANDOFF_DESK_FILE must name the desk file (trader, sites, teams, opening hours); "
                "HANDOFF_DEMO=1 runs the demo instead"
            ]
        )
    return (path or DEMO_DESK).resolve()


def database_path(settings: Settings) -> Path:
    return settings.server.data_dir / "byname.db"


def control_path(data_dir: Path) -> Path:
    """The socket file of a data folder; in the temporary folder when the path is too long for the kernel."""
    path = data_dir.resolve() / "control.sock"
    if len(str(path).encode()) <= _SOCKET_PATH_BYTES_MAX:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"byname-{name}.sock"


class Server:
    """The handoff server. `start` returns when it serves people; `port` is then the real one."""

    def __init__(self, settings: Settings, world: World = World()) -> None:  # frozen, shared safely
        self.settings = settings
        self.desk_file = DeskFile(desk_path(settings))
        self.port = settings.server.port
        self._key = settings.bot_key
        clock = SteadyClock(world.clock or SystemClock())
        ids = world.ids or RandomIds()
        self.clock = clock
        self.storage: Storage = world.storage or SqliteStorage(database_path(settings))
        self.bot: BotWithChecks = world.bot or RasaBot(
            settings.server.bot_url,
            settings.server.actions_url,
            self._key,
            late_answer_s=settings.server.bot_late_answer_s,
        )
        rules = self.desk_file.config.rules(settings.policy)
        channels = world.notice_channels
        if channels is None:
            channels = make_channels(
                settings,
                lambda: self.desk_file.config,
                clock,
                lambda: self.accounts.supervisors_addresses(),
            )
        self.committer = Committer(
            (world.desk or Desk)(rules),
            self.storage,
            clock,
            ids,
            notice_channels=[channel.name for channel in channels],
        )
        self.notices = Notices(
            self.committer,
            self.storage,
            clock,
            ids,
            channels,
            origin=lambda: self.origin,
            retry_s=settings.server.notice_retry_s,
            timeout_s=settings.server.notice_timeout_s,
        )
        self.waits = Waits(self.committer.desk)
        self.access = Access(
            self.committer, self.storage, self.desk_file, clock, ids, world.hasher or PasswordHasher()
        )
        self.accounts = Accounts(self.access, self.committer, self.storage, clock, ids)
        self.administration = Administration(
            self.desk_file,
            self.accounts,
            self.committer,
            self.storage,
            clock,
            ids,
            settings.policy,
            origin=lambda: self.origin,
        )
        self.days = Days(self.storage, self.desk_file, clock)
        self.timekeeper = Timekeeper(
            self.committer, self.storage, clock, ids, sweep_s=settings.server.sweep_s
        )
        self.housekeeping = Housekeeping(self.storage, clock, lambda: self.committer.passes_done)
        self.deadline_watch = DeadlineWatch(self.storage, clock, every_s=settings.server.sweep_s)
        self.bot_turns = BotTurns(
            self.committer,
            self.storage,
            self.bot,
            clock,
            ids,
            timeout_s=settings.policy.bot_turn_timeout_s,
        )
        self.hearing = Hearing(
            world.detector,
            lambda: self.in_service.weights_to_begin_with(),
            second_voice=settings.server.second_voice,
        )
        self.customers = Customers(
            self.committer,
            self.hearing,
            self.waits,
            clock,
            ids,
            message_burst=settings.server.message_burst,
            messages_per_second=settings.server.messages_per_second,
        )
        self.agents = Agents(self.committer, self.storage, ids)
        self.past = Past(self.agents, self.committer, self.storage)
        self.search = Search(self.committer, self.storage)
        self.suggestions = Suggestions(self.agents, self.committer, self.storage, self.bot, ids)
        self.canaries = Canaries(
            self.access,
            self.committer,
            clock,
            ids,
            every_s=settings.server.canary_every_s,
            timeout_s=settings.server.canary_timeout_s,
        )
        own = settings.server.data_dir / "trainer"
        token = settings.server.rasa_token
        trained = ROOT.parent / "bot/models"
        self.in_service = InService(
            own, trained, settings.server.bot_url, token, self.bot_turns, self.hearing
        )
        self.workshop = Workshop(
            assistant=settings.server.assistant_dir or ROOT.parent,
            project=ROOT.parent,
            own=own,
            storage=self.storage,
            clock=clock,
            ids=ids,
            in_service=self.in_service,
            detector=self.hearing.now,
            bot_url=settings.server.bot_url,
            token=token,
        )
        self.canaries.alarm_by(self._canary_failed)
        self.canary_watch = CanaryWatch(self.canaries, self.own_origin)
        self.committer.listen(self.waits.listen)
        self.committer.listen(self.bot_turns.listen)
        self.committer.listen(self.workshop.inbox.listen)
        self._gateway: Gateway | None = None
        self._runners: list[web.AppRunner] = []
        self._control: Path | None = None

    async def start(self) -> None:
        """While storage cannot be had, everybody is told so, and it is tried again. Raises `StorageUnusable`."""
        await self.bot.open()
        await self._take_up_storage()
        self.deadline_watch.start()
        self.housekeeping.start()
        self.workshop.start()
        application = await self._application()
        await self._serve(application)
        await self._serve_control()
        await self.notices.start()
        await self.hearing.now()
        self.hearing.start()
        self.canary_watch.start()
        _log.info("serving", extra={"host": self.settings.server.host, "port": self.port})

    async def _take_up_storage(self) -> None:
        steps = (self.storage.open, self.take_up_changes, self._take_up_desk, self.timekeeper.start)
        doors = ClosedDoors()
        closed: web.AppRunner | None = None
        try:
            for step in steps:
                while (why := await self._attempt(step)) is not None:
                    if why != doors.why:
                        doors.why = why
                        _log.error("nobody can be served yet", extra={"why": why})
                    if closed is None:
                        closed = await self._serve(doors.application())
                    await asyncio.sleep(STORAGE_AGAIN_S)
        finally:
            if closed is not None:
                self._runners.remove(closed)
                await closed.cleanup()

    async def _attempt(self, step: Callable[[], Awaitable[None]]) -> str | None:
        """What is wrong with storage; None when the step is done."""
        try:
            await step()
        except StorageUnusable:
            raise
        except StorageUnavailable as error:
            return str(error)
        except DomainError as error:
            if error.code is not Code.UNAVAILABLE:
                raise
            facts = await self.storage.check()
            return str(facts.get("error") or error.message)
        return None

    async def take_up_changes(self) -> None:
        """Work by what was changed in the console, before anything is decided."""
        await self.desk_file.take_up(self.storage)
        await self.committer.start(self.desk_file.config.rules(self.settings.policy))

    async def _take_up_desk(self) -> None:
        if self.committer.desk.latest_at is not None:
            self.clock.not_before(self.committer.desk.latest_at)
        await self.transcript_key()
        if self.settings.server.demo:
            await self._add_demo_accounts()
        self.desk_file.warn_of_missing_skills(self.committer)

    async def close(self) -> None:
        """Stops taking requests first, then the parts behind; what was acknowledged is on disk already."""
        await self.canary_watch.close()
        await self.workshop.close()
        if self._gateway is not None:
            await self._gateway.close()
        for runner in self._runners:
            await runner.cleanup()
        if self._control is not None:  # not another's, who has the data that this one did not get
            self._control.unlink(missing_ok=True)
        await self.deadline_watch.close()
        await self.housekeeping.close()
        await self.notices.close()
        await self.timekeeper.close()
        await self.administration.close()
        await self.hearing.close()
        await self.bot_turns.close()
        await self.committer.close()
        await self.bot.close()
        await self.storage.close()

    @property
    def origin(self) -> str:
        """Where people reach it."""
        server = self.settings.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        return server.public_origin or f"http://{host}:{self.port}"

    async def _canary_failed(self, text: str) -> None:
        await self.notices.ask(why="canary_failed", text=text)

    def own_origin(self) -> str:
        """Where this server listens, as seen from the same machine; in front of any proxy."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.server.host, self.settings.server.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def transcript_key(self) -> Ed25519PrivateKey:
        """The key with which this installation signs transcripts; made when it is first asked for."""
        fresh = Ed25519PrivateKey.generate().private_bytes_raw()
        return Ed25519PrivateKey.from_private_bytes(await self.storage.secret("transcript_key", fresh))

    async def _tell_time(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Pages set their clocks by what deadlines go by, which is not the system's after that was set back."""
        response.headers["Date"] = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)

    async def _application(self) -> web.Application:
        server = self.settings.server
        application = web.Application(middlewares=[errors_as_answers], client_max_size=FRAME_BYTES_MAX)
        application.on_response_prepare.append(add_safe_headers)
        application.on_response_prepare.append(self._tell_time)
        key = await self.transcript_key()
        api = Api(
            self.access,
            self.agents,
            self.committer,
            self.storage,
            self.desk_file,
            self.waits,
            self.clock,
            key,
            new_session_burst=server.new_session_burst,
            new_sessions_per_second=server.new_sessions_per_second,
            demo=server.demo,
        )
        checks = {
            "storage": self.storage.check,
            "deadlines": self.deadline_watch.check,
            "notices": self.notices.check,
            "bot": self.bot.check,
            "actions": self.bot.check_actions,
            "canary": self.canaries.check,
            "hearing": self.hearing.check,
        }
        pages = Pages(BUILT_PAGES, self.desk_file)
        if missing := pages.missing():
            _log.warning("pages are not built: run `make setup`", extra={"missing": missing})
        application.add_routes(api.routes())
        administration = AdministrationApi(
            self.access,
            self.administration,
            self.days,
            self.clock,
            request_burst=server.agent_request_burst,
            requests_per_second=server.agent_requests_per_second,
        )
        application.add_routes(administration.routes())
        health = Health(
            self.committer, self.storage, self.clock, self.deadline_watch, self.notices, self.canaries, checks
        )
        application.add_routes(health.routes())
        application.add_routes(pages.routes())
        application.add_routes(Trainer(self.access, self.workshop, self.clock).routes())
        if server.demo:
            application.add_routes(demo_routes())
            shop = make_shop(server.data_dir / "shop.db", self._key, shops_day(self.clock.now()))
            application.add_subapp("/demo/shop/", shop)
        # The first to be told of each commit: an offer is what somebody waits for.
        agents = AgentNamespace(
            self.access,
            self.agents,
            self.past,
            self.search,
            self.suggestions,
            self.committer,
            self.storage,
            self.clock,
            self.notices.summary,
            self.administration,
            request_burst=server.agent_request_burst,
            requests_per_second=server.agent_requests_per_second,
        )
        customers = CustomerNamespace(
            self.access, self.customers, self.committer, self.storage, self.waits, self.clock
        )
        origins = [server.public_origin] if server.public_origin is not None else None
        self._gateway = Gateway(application, customers, agents, self.bot_turns, allowed_origins=origins)
        await self._gateway.start()
        return application

    async def _serve(self, application: web.Application) -> web.AppRunner:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, self.settings.server.host, self.port).start()
        if runner.addresses:
            self.port = runner.addresses[0][1]
        return runner

    async def _serve_control(self) -> None:
        application = web.Application(middlewares=[errors_as_answers], client_max_size=FRAME_BYTES_MAX)
        public_key = (await self.transcript_key()).public_key().public_bytes_raw().hex()
        control = Control(
            self.accounts,
            self.bot_turns,
            self.notices,
            self.canaries,
            self._reload,
            self.hearing.again,
            public_key=public_key,
            origin=self.own_origin,
        )
        application.add_routes(control.routes())
        runner = web.AppRunner(application, access_log=None)
        self._runners.append(runner)
        await runner.setup()
        path = control_path(self.settings.server.data_dir)
        path.unlink(missing_ok=True)
        await web.UnixSite(runner, str(path)).start()
        path.chmod(0o600)
        self._control = path

    async def _reload(self) -> DeskRules:
        await self.administration.reload()
        return self.committer.desk.rules

    async def _add_demo_accounts(self) -> None:
        for demo in DEMO_ACCOUNTS:
            if await self.storage.account(demo.email) is None:
                await self.accounts.add(
                    NewAccount(
                        email=demo.email,
                        name=demo.name,
                        role=demo.role,
                        employer=demo.employer,
                        access=demo.access,
                        teams=demo.teams,
                        languages=demo.languages,
                        password=DEMO_PASSWORD,
                    ),
                    By(id=None, name="Demo"),
                )
