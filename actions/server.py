"""The HTTP side of the action server: Rasa posts a call to `/webhook`, the supervisor asks `/health`.

Written instead of `rasa_sdk`'s own server, which listens on all interfaces, checks nobody, and answers an error with
the whole conversation.
"""

from __future__ import annotations

import hmac
import json
import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from sanic import Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from actions.clarify import Clarify
from actions.complaints import Complain
from actions.invoices import CheckInvoice, GetInvoice
from actions.numbers import WhereNumber
from actions.orders import AskCancelConfirmed, CancelOrder, CheckCancellationFee, OtherOrder, TrackOrder
from actions.refunds import GetRefund, TrackRefund
from actions.settings import Settings
from actions.shop import Shop

logger = logging.getLogger(__name__)

_TIME_ZONE = ZoneInfo("Europe/Berlin")  # the shop's day decides what is late


def make_actions(shop: Shop, settings: Settings) -> list[Action]:
    """Every action that the domain names."""

    def today():
        return datetime.now(_TIME_ZONE).date()

    return [
        TrackOrder(shop, today),
        AskCancelConfirmed(shop),
        CancelOrder(shop),
        CheckCancellationFee(shop),
        OtherOrder(),
        CheckInvoice(shop),
        GetInvoice(shop),
        GetRefund(shop, today, settings.refund_limit_cents),
        TrackRefund(shop, settings.refund_limit_cents),
        Complain(),
        Clarify(),
        WhereNumber(),
    ]


def make_app(settings: Settings) -> Sanic:
    """The application, not yet listening."""
    app = Sanic("byname_actions", configure_logging=False)
    shop = Shop(settings.shop_url, settings.bot_key, settings.shop_timeout_s)
    executor = ActionExecutor()
    for action in make_actions(shop, settings):
        executor.register_action(action)
    authorization = f"Bearer {settings.bot_key}".encode() if settings.bot_key else None

    @app.before_server_start
    async def open_shop(*_: object) -> None:
        await shop.open()

    @app.after_server_stop
    async def close_shop(*_: object) -> None:
        await shop.close()

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if authorization is not None and not hmac.compare_digest(given, authorization):
            return response.json({"error": "unauthorized"}, status=401)
        try:
            call = json.loads(request.body)
        except ValueError:
            call = None
        if not isinstance(call, dict) or not isinstance(call.get("tracker"), dict):
            return response.json({"error": "the body must be an action call"}, status=400)
        try:
            return response.json(await executor.run(call))
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            return response.json(body, status=400)
        except ActionNotFoundException as missing:
            return response.json({"error": "no such action", "action_name": missing.action_name}, status=404)

    @app.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, SanicException):
            return response.json({"error": str(error)}, status=error.status_code)
        # The traceback shows our code; the conversation is in the request, which is not logged.
        logger.error("action failed", exc_info=error)
        return response.json({"error": "the action failed"}, status=500)

    return app
