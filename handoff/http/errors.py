"""Errors as HTTP answers: the same body as a refusing ack."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from handoff.domain.errors import Code, DomainError, bad_request
from handoff.service.ports import StorageUnavailable
from handoff.service.wire import error_body, parse

_log = logging.getLogger(__name__)

STATUS: dict[Code, int] = {
    Code.BAD_REQUEST: 400,
    Code.UNAUTHORIZED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.STALE_OFFER: 409,
    Code.TOO_LARGE: 413,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
}
_FROM_STATUS = {
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    413: Code.TOO_LARGE,
    429: Code.RATE_LIMITED,
    503: Code.UNAVAILABLE,
}
_REASON = {
    Code.NOT_FOUND: "There is nothing at this address.",
    Code.TOO_LARGE: "This is too large; at most 64 kB can be sent at once.",
}


def answer(error: DomainError) -> web.Response:
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return web.json_response({"error": error_body(error)}, status=STATUS[error.code], headers=headers)


@web.middleware
async def errors_as_answers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if not request.path.startswith("/api/"):
        return await handler(request)
    try:
        return await handler(request)
    except DomainError as error:
        return answer(error)
    except StorageUnavailable as error:
        _log.warning("storage did not answer", extra={"path": request.path}, exc_info=error)
        unavailable = "This cannot be done just now. Please try again."
        return answer(DomainError(Code.UNAVAILABLE, unavailable, retry_after_s=2))
    except web.HTTPException as error:
        code = _FROM_STATUS.get(error.status, Code.BAD_REQUEST)
        text = _REASON.get(code, error.reason)
        return web.json_response({"error": {"code": code.value, "message": text}}, status=error.status)
    except Exception:
        _log.exception("a request failed", extra={"path": request.path, "method": request.method})
        text = "Something went wrong on our side. Please try again."
        return web.json_response({"error": {"code": "unavailable", "message": text}}, status=500)


async def parsed[T](request: web.Request, shape: type[T]) -> T:
    """The JSON body as `shape`. An absent body counts as `{}`. Raises `bad_request`."""
    if not request.can_read_body:
        return parse({}, shape)
    try:
        body: Any = await request.json()
    except (ValueError, LookupError, RecursionError) as error:  # no JSON, or an unknown charset
        raise bad_request("The body is not JSON.") from error
    return parse(body, shape)


def bearer(request: web.Request) -> str | None:
    """The token of the `Authorization` header; None without one. Raises `unauthorized` for another scheme."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise DomainError(Code.UNAUTHORIZED, "This needs a bearer token.")
    return token.strip()


def required_bearer(request: web.Request) -> str:
    token = bearer(request)
    if token is None:
        raise DomainError(Code.UNAUTHORIZED, "This needs a bearer token.")
    return token
