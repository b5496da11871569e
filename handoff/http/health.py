"""Health, readiness and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import generate_latest

from handoff.http import metrics
from handoff.service.canary import Canaries
from handoff.service.committer import Committer
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.ledger import standing
from handoff.service.notices import Notices
from handoff.service.ports import Clock, Storage, StorageUnavailable

CHECK_TIMEOUT_S = 3.0  # who asks gives up sooner or later too, and then learns nothing

Check = Callable[[], Awaitable[dict[str, Any]]]


class Health:
    """`checks` by name; only `storage` decides whether people can be served. A dead bot is `degraded`."""

    def __init__(
        self,
        committer: Committer,
        storage: Storage,
        clock: Clock,
        deadlines: DeadlineWatch,
        notices: Notices,
        canaries: Canaries,
        checks: Mapping[str, Check],
    ) -> None:
        self._desk = committer.desk
        self._storage = storage
        self._clock = clock
        self._deadlines = deadlines
        self._canaries = canaries
        self._checks = checks
        self._notices = notices
        self._events = metrics.CommittedEvents(committer)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(self, _request: web.Request) -> web.Response:
        results = await asyncio.gather(*(self._run(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, results, strict=True))
        if not checks["storage"]["ok"]:
            status = "down"
        elif all(check["ok"] for check in checks.values()):
            status = "ok"
        else:
            status = "degraded"
        return web.json_response(
            {"status": status, "checks": checks},
            status=503 if status == "down" else 200,
            headers={"Cache-Control": "no-store"},
        )

    async def _run(self, check: Check) -> dict[str, Any]:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                return await check()
        except StorageUnavailable as error:
            return {"ok": False, "error": str(error) or "not available"}
        except TimeoutError:
            return {"ok": False, "error": f"no answer within {CHECK_TIMEOUT_S:g} s"}

    async def metrics(self, _request: web.Request) -> web.Response:
        """What storage cannot tell just now is left out, and said; the rest is shown all the same."""
        families = [
            *metrics.of_people(self._desk),
            *metrics.of_deadlines(self._deadlines),
            *metrics.of_notices(self._notices),
            *metrics.of_canaries(self._canaries),
            *self._events.families(),
        ]
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                totals = await self._storage.totals()
                live = await self._storage.ledger(live=True)
        except (StorageUnavailable, TimeoutError):
            families += metrics.of_storage(readable=False)
        else:
            now = self._clock.now()
            families += metrics.of_storage(readable=True)
            families += metrics.of_ledger(totals, standing(live, now), now)
        body = generate_latest(metrics.Figures(families))
        return web.Response(body=body, content_type="text/plain", charset="utf-8")
