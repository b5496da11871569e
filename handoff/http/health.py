"""Health, readiness and metrics."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from handoff.domain.handoff import HandoffState
from handoff.domain.people import Presence
from handoff.service.committer import Committed, Committer
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.ports import StorageUnavailable
from handoff.service.waits import Waits

CHECK_TIMEOUT_S = 3.0  # who asks gives up sooner or later too, and then learns nothing

Check = Callable[[], Awaitable[dict[str, Any]]]


class Health:
    """`checks` by name; only `storage` decides whether people can be served. A dead bot is `degraded`."""

    def __init__(
        self, committer: Committer, waits: Waits, deadlines: DeadlineWatch, checks: Mapping[str, Check]
    ) -> None:
        self._committer = committer
        self._checks = checks
        self._registry = CollectorRegistry()
        self._registry.register(_DeskCollector(committer, waits))
        self._registry.register(_DeadlineCollector(deadlines))

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
        return web.Response(body=generate_latest(self._registry), content_type="text/plain", charset="utf-8")


class _DeskCollector(Collector):
    """Reads the desk when asked; counts what was committed since the start."""

    def __init__(self, committer: Committer, waits: Waits) -> None:
        self._desk = committer.desk
        self._waits = waits
        self._events: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        committer.listen(self._count)

    def _count(self, committed: Committed) -> None:
        for event in committed.events:
            self._events[event.type] += 1
            if event.type == "handoff_requested" and event.payload is not None:
                self._reasons[str(event.payload["reason"])] += 1

    def collect(self) -> Iterator[Metric]:
        states = Counter(
            conversation.handoff.state.value
            for conversation in self._desk.live()
            if conversation.handoff is not None
        )
        live = GaugeMetricFamily("byname_live_handoffs", "Handoffs that are owed, by state", labels=["state"])
        for state in (
            HandoffState.QUEUED,
            HandoffState.OFFERED,
            HandoffState.ACTIVE,
            HandoffState.PROMISED,
        ):
            live.add_metric([state.value], states[state.value])
        yield live
        presences = Counter(
            agent.shown_presence.value for agent in self._desk.agents.values() if not agent.disabled
        )
        people = GaugeMetricFamily("byname_agents", "People of the desk, by presence", labels=["presence"])
        for presence in Presence:
            people.add_metric([presence.value], presences[presence.value])
        yield people
        promises = CounterMetricFamily("byname_promises", "Promises, by outcome", labels=["outcome"])
        for outcome, count in self._waits.promises.items():
            promises.add_metric([outcome], count)
        yield promises
        events = CounterMetricFamily(
            "byname_events", "Events committed since the start, by type", labels=["type"]
        )
        for event_type, count in sorted(self._events.items()):
            events.add_metric([event_type], count)
        yield events
        reasons = CounterMetricFamily(
            "byname_handoff_requests", "Handoffs since the start, by reason", labels=["reason"]
        )
        for reason, count in sorted(self._reasons.items()):
            reasons.add_metric([reason], count)
        yield reasons


class _DeadlineCollector(Collector):
    """Whether what falls due is carried out in time (invariant 4)."""

    def __init__(self, deadlines: DeadlineWatch) -> None:
        self._deadlines = deadlines

    def collect(self) -> Iterator[Metric]:
        for name, about, value in (
            (
                "byname_deadline_lag_seconds",
                "How long the earliest deadline has been due",
                self._deadlines.lag_s,
            ),
            (
                "byname_deadline_lag_worst_seconds",
                "The longest of it since the start",
                self._deadlines.worst_lag_s,
            ),
        ):
            yield GaugeMetricFamily(name, about, value=value)
        yield CounterMetricFamily(
            "byname_deadlines_late",
            "Times that a deadline was overdue by two sweeps",
            value=self._deadlines.late,
        )
