"""What is answered while the server has no storage yet: that nobody can be served just now, and why."""

from __future__ import annotations

from aiohttp import web

from handoff.domain.errors import Code, DomainError
from handoff.http.errors import answer

_RETRY_AFTER_S = 2


class ClosedDoors:
    """Every address answers 503. `/readyz` names the reason, which is for the operator and no secret."""

    def __init__(self) -> None:
        self.why = ""

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/healthz", self._down)
        application.router.add_get("/readyz", self._down)
        application.router.add_route("*", "/{anything:.*}", self._unavailable)
        return application

    async def _down(self, _request: web.Request) -> web.Response:
        body = {"status": "down", "checks": {"storage": {"ok": False, "error": self.why}}}
        return web.json_response(body, status=503, headers={"Cache-Control": "no-store"})

    async def _unavailable(self, _request: web.Request) -> web.Response:
        text = "The desk cannot be reached just now. Please try again in a moment."
        return answer(DomainError(Code.UNAVAILABLE, text, retry_after_s=_RETRY_AFTER_S))
