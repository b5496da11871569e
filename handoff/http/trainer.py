"""The trainer's calls, under `/api/v1/trainer/`: who asks, and what of the workshop. No rule of it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from handoff.domain.errors import bad_request
from handoff.domain.people import Agent
from handoff.http.errors import required_bearer
from handoff.service.access import Access
from handoff.service.limits import Rate
from handoff.service.ports import Clock

# Each call may read every file of the assistant: a page that is worked with asks a few times a second, in two tabs too.
BURST = 400
PER_SECOND = 30.0


class Calls(Protocol):
    """What the workshop can be asked. `kind` is read or act."""

    async def call(self, agent: Agent, kind: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]: ...


class Trainer:
    def __init__(self, access: Access, workshop: Calls, clock: Clock) -> None:
        self._access = access
        self._workshop = workshop
        self._rate = Rate(clock, burst=BURST, per_second=PER_SECOND)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/trainer/{name}", self.read),
            web.post("/api/v1/trainer/{name}", self.act),
        ]

    async def read(self, request: web.Request) -> web.Response:
        return await self._answer(await self._asking(request), "read", request, dict(request.query))

    async def act(self, request: web.Request) -> web.Response:
        return await self._answer(await self._asking(request), "act", request, await _body(request))

    async def _asking(self, request: web.Request) -> Agent:
        """Raises `unauthorized`, `rate_limited`."""
        agent = (await self._access.agent(required_bearer(request))).agent
        self._rate.take(agent.id)
        return agent

    async def _answer(
        self, agent: Agent, kind: str, request: web.Request, given: Mapping[str, Any]
    ) -> web.Response:
        found = await self._workshop.call(agent, kind, request.match_info["name"], given)
        return web.json_response(found, headers={"Cache-Control": "no-store"})


async def _body(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except (ValueError, LookupError, RecursionError) as error:
        raise bad_request("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body
