"""The figures of `/metrics`, as Prometheus knows them. Those of handoffs come from the ledger, so a restart loses none.

Canaries count in no figure but their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from handoff.domain.desk import Desk
from handoff.domain.handoff import LIVE, Outcome, Reason
from handoff.domain.people import Presence
from handoff.service.canary import Canaries
from handoff.service.committer import Committed, Committer
from handoff.service.deadline_watch import DeadlineWatch
from handoff.service.ledger import FIRST_ANSWER_BOUNDS_S, Standing
from handoff.service.notices import Notices
from handoff.service.ports import Totals


class Figures(Collector):
    """What is shown for one request."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


class CommittedEvents:
    """Counts what was committed since the start, by type; the bot's turns by what came of them."""

    def __init__(self, committer: Committer) -> None:
        self._desk = committer.desk
        self._counts: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        committer.listen(self._count)

    def _count(self, committed: Committed) -> None:
        for event in committed.events:
            conversation = self._desk.conversations.get(event.conversation_id)
            if conversation is not None and conversation.canary:
                continue
            self._counts[event.type] += 1
            if event.type == "bot_turn_answered":
                self._turns["answered"] += 1
            elif event.type == "bot_turn_failed" and event.payload is not None:
                self._turns[str(event.payload["failure"])] += 1

    def families(self) -> Iterator[Metric]:
        about = "Events committed since the start, by type"
        yield _counter("byname_events", about, "type", sorted(self._counts.items()))
        about = "Turns of the bot since the start: answered, or the failure that led to a person"
        yield _counter("byname_bot_turns", about, "outcome", sorted(self._turns.items()))


def of_ledger(totals: Totals, standing: Standing, now: datetime) -> Iterator[Metric]:
    """Every handoff that was ever acknowledged, and how those stand that are owed."""
    states = ((state.value, standing.by_state.get(state.value, 0)) for state in sorted(LIVE))
    yield _gauge("byname_live_handoffs", "Handoffs that are owed, by state", "state", states)
    reasons = {reason.value: 0 for reason in Reason} | dict(totals.requested)
    yield _counter("byname_handoff_requests", "Handoffs ever asked for, by reason", "reason", reasons.items())
    outcomes = {outcome.value: 0 for outcome in Outcome} | {"withdrawn": 0} | dict(totals.ended)
    yield _counter("byname_ended_handoffs", "Handoffs that ended, by outcome", "outcome", outcomes.items())
    promises = [("kept", totals.promises_kept), ("broken", totals.promises_broken)]
    about = "Moments given to customers: answered in time, or not"
    yield _counter("byname_promises", about, "outcome", promises)
    yield GaugeMetricFamily(
        "byname_oldest_waiting_seconds",
        "How long the customer has waited who waits longest, in the queue or with an offer",
        value=_age_s(standing.waiting_since, now),
    )
    yield GaugeMetricFamily(
        "byname_oldest_live_handoff_seconds",
        "Age of the oldest handoff that is owed",
        value=_age_s(standing.open_since, now),
    )
    yield GaugeMetricFamily(
        "byname_overdue_handoffs",
        "Handoffs whose customer should have had an answer, or a deadline its consequence",
        value=standing.overdue,
    )
    yield GaugeMetricFamily(
        "byname_stuck_handoffs",
        "Handoffs with a deadline that passed without its consequence",
        value=standing.stuck,
    )
    yield _first_answers(totals)


def _first_answers(totals: Totals) -> Metric:
    buckets: list[tuple[str, float]] = []
    count = 0
    for place, bound in enumerate((*FIRST_ANSWER_BOUNDS_S, None)):
        count += totals.first_answers.get(place, 0)
        buckets.append(("+Inf" if bound is None else f"{bound:.1f}", count))
    return HistogramMetricFamily(
        "byname_first_answer_seconds",
        "From the request to the first word of a person",
        buckets=buckets,
        sum_value=totals.first_answers_ms / 1_000,
    )


def of_people(desk: Desk) -> Iterator[Metric]:
    presences = Counter(agent.shown_presence.value for agent in desk.people())
    shown = ((presence.value, presences[presence.value]) for presence in Presence)
    yield _gauge("byname_agents", "People of the desk, by presence", "presence", shown)


def of_deadlines(deadlines: DeadlineWatch) -> Iterator[Metric]:
    """Whether what falls due is carried out in time (invariant 4)."""
    yield GaugeMetricFamily(
        "byname_deadline_lag_seconds", "How long the earliest deadline has been due", value=deadlines.lag_s
    )
    yield GaugeMetricFamily(
        "byname_deadline_lag_worst_seconds", "The longest of it since the start", value=deadlines.worst_lag_s
    )
    yield CounterMetricFamily(
        "byname_deadlines_late", "Times that a deadline was overdue by two sweeps", value=deadlines.late
    )


def of_canaries(canaries: Canaries) -> Iterator[Metric]:
    """The product's test of itself: how often it was through since the start, and the steps of the last one."""
    runs = [("through", canaries.runs[True]), ("failed", canaries.runs[False])]
    yield _counter("byname_canaries", "Tests of the whole journey since the start", "outcome", runs)
    if canaries.last is None or canaries.last_at is None:
        return
    yield GaugeMetricFamily(
        "byname_canary_ok", "Whether the last test of the journey was through", value=float(canaries.last.ok)
    )
    yield GaugeMetricFamily(
        "byname_canary_last_timestamp_seconds", "When it ended", value=canaries.last_at.timestamp()
    )
    steps = ((step.name.replace(" ", "_").replace(",", ""), step.seconds) for step in canaries.last.steps)
    yield _gauge("byname_canary_step_seconds", "How long each of its steps took", "step", steps)


def of_storage(*, readable: bool) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "byname_storage_readable", "Whether the figures of the ledger could be read", value=float(readable)
    )


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _gauge(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family


def _counter(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = CounterMetricFamily(name, about, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family


def of_notices(notices: Notices) -> Iterator[Metric]:
    """How notices outside the console fare."""
    summary = notices.summary()
    yield GaugeMetricFamily(
        "byname_notices_pending", "Notices that are not through yet", value=summary["pending"]
    )
    yield GaugeMetricFamily(
        "byname_notices_failed", "Those of them that were tried in vain", value=summary["failed"]
    )
    yield GaugeMetricFamily(
        "byname_notices_oldest_seconds",
        "How long the oldest of them has waited",
        value=notices.oldest_age_s,
    )
    yield GaugeMetricFamily(
        "byname_notice_channels", "Ways by which notices go outside", value=len(summary["configured"])
    )
