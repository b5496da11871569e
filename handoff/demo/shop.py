"""The demo shop's HTTP service: what the action server asks about orders, invoices and refunds.

A sub-application with no rule of its own; the rules are in the store. It answers only callers that know the
bot's key.
"""

import asyncio
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from handoff.demo.shop_store import NotFound, Record, Refused, ShopStore

BODY_BYTES_MAX = 4096  # the only body is {"turn_id": ...}
TURN_ID_MAX = 200  # characters; ours are far shorter
TIME_ZONE = ZoneInfo(
    "Europe/Berlin"
)  # the shop's day decides what is late, here as in the assistant's actions


def shops_day(at: datetime) -> date:
    """The date in the shop, which is tomorrow's already when it is late in the evening in UTC."""
    return at.astimezone(TIME_ZONE).date()


def make_shop(path: Path, bot_key: str, today: date) -> web.Application:
    """The shop over the SQLite file at `path`, which is seeded as of `today` when it is new.

    Callers send `Authorization: Bearer <bot_key>`. The file is opened at start-up and closed at clean-up.
    Raises ValueError for an empty key, which would let anybody in.
    """
    if not bot_key:
        raise ValueError("the demo shop needs a bot key")
    app = web.Application(middlewares=[_key_check(bot_key)])
    shop = _Shop(path, today)
    app.router.add_get("/orders/{number}", shop.order)
    app.router.add_post("/orders/{number}/cancel", shop.cancel)
    app.router.add_get("/invoices/{number}", shop.invoice)
    app.router.add_get("/refunds/{number}", shop.refund)
    app.on_startup.append(shop.open)
    app.on_cleanup.append(shop.close)
    return app


class _Shop:
    """The handlers, and the one thread in which the store lives."""

    def __init__(self, path: Path, today: date) -> None:
        self._path = path
        self._today = today
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="demo-shop")
        self._store: ShopStore | None = None

    async def open(self, _app: web.Application) -> None:
        self._store = await self._off_loop(lambda: ShopStore(self._path, self._today))

    async def close(self, _app: web.Application) -> None:
        if self._store is not None:
            await self._off_loop(self._store.close)
            self._store = None
        self._thread.shutdown()

    async def order(self, request: web.Request) -> web.Response:
        return await self._answer(lambda store: store.order(request.match_info["number"]))

    async def invoice(self, request: web.Request) -> web.Response:
        return await self._answer(lambda store: store.invoice(request.match_info["number"]))

    async def refund(self, request: web.Request) -> web.Response:
        return await self._answer(lambda store: store.refund(request.match_info["number"]))

    async def cancel(self, request: web.Request) -> web.Response:
        body = await request.read()  # no larger than the application that mounts the shop allows
        if len(body) > BODY_BYTES_MAX:
            return _error(413, "too_large")
        turn_id = _turn_id(body)
        if turn_id is None:
            return _error(400, "bad_request")
        return await self._answer(lambda store: store.cancel(request.match_info["number"], turn_id))

    async def _answer(self, ask: Callable[[ShopStore], Record]) -> web.Response:
        store = self._store
        if store is None:
            return _error(503, "unavailable")
        try:
            return web.json_response(await self._off_loop(lambda: ask(store)))
        except NotFound:
            return _error(404, "not_found")
        except Refused as refused:
            return _error(409, refused.code)

    async def _off_loop[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _key_check(bot_key: str) -> Middleware:
    expected = f"Bearer {bot_key}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            return _error(401, "unauthorized")
        return await handler(request)

    return check


def _turn_id(body: bytes) -> str | None:
    """The turn id of a cancellation's body; None when the body is not what the contract says."""
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return None
    turn_id = parsed.get("turn_id") if isinstance(parsed, dict) else None
    if isinstance(turn_id, str) and 0 < len(turn_id) <= TURN_ID_MAX:
        return turn_id
    return None


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": code}, status=status)
