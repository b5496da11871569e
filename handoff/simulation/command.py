"""`python -m handoff simulate`: world after world from one seed, and what came of them."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from handoff.simulation.world import FINDINGS_MAX, Outcome, hours, live_through

HANDOFFS_IN_A_WORLD = 300  # then a new world begins, with another character; memory stays bounded


@dataclass(slots=True, kw_only=True)
class Report:
    """All worlds of a run together. What depends on the machine that ran it is not in `line`."""

    seed: int
    handoffs: int = 0
    ended: int = 0
    events: int = 0
    worlds: int = 0
    virtual_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, Outcome]] = field(default_factory=list)
    wall_s: float = 0.0
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, outcome: Outcome) -> None:
        self.worlds += 1
        self.handoffs += outcome.handoffs
        self.ended += outcome.ended
        self.events += outcome.events
        self.virtual_s += outcome.virtual_s
        self.faults += outcome.faults
        self._digest.update(outcome.trace_sha256.encode())
        if outcome.findings:
            self.wrong.append((outcome.seed, outcome))

    @property
    def violations(self) -> int:
        return sum(len(outcome.findings) for _, outcome in self.wrong)

    def line(self) -> dict[str, Any]:
        """The last line of the output: the same for the same seed, byte for byte."""
        return {
            "seed": self.seed,
            "worlds": self.worlds,
            "handoffs": self.handoffs,
            "ended": self.ended,
            "events": self.events,
            "hours": hours(self.virtual_s),
            "faults": sum(self.faults.values()),
            "faults_by_kind": dict(sorted(self.faults.items())),
            "violations": self.violations,
            "trace_sha256": self._digest.hexdigest(),
        }


def seeds_of_worlds(seed: int) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{seed}.{number}"


def simulate(
    seed: int,
    *,
    handoffs: int | None = None,
    for_hours: float | None = None,
    first: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """Until so many handoffs were asked for, or so many hours of virtual time have passed; or, with `first`, until
    something is wrong."""
    report = Report(seed=seed)
    started = time.perf_counter()
    for world in seeds_of_worlds(seed):
        left = (
            HANDOFFS_IN_A_WORLD if handoffs is None else min(HANDOFFS_IN_A_WORLD, handoffs - report.handoffs)
        )
        outcome = live_through(world, left, findings_max=1 if first else FINDINGS_MAX)
        report.add(outcome)
        report.wall_s = time.perf_counter() - started
        say(
            f"world {world}: {outcome.handoffs} handoffs, {sum(outcome.faults.values())} faults, "
            f"{hours(outcome.virtual_s)} h, {len(outcome.findings)} violations; "
            f"{report.handoffs / report.wall_s:.0f} handoffs a second so far"
        )
        for finding in outcome.findings:
            say(f"  {finding}")
        if handoffs is not None and report.handoffs >= handoffs:
            break
        if first and report.wrong:
            break
        if for_hours is not None and report.virtual_s >= for_hours * 3_600:
            break
    return report


def run(seed: int, handoffs: int | None, for_hours: float | None, world: str | None, *, first: bool) -> int:
    """Prints for people, and JSON in the last line. 0 when nothing was wrong, else 1."""
    if world is not None:
        return _look_closely(world, handoffs or HANDOFFS_IN_A_WORLD)
    report = simulate(
        seed, handoffs=handoffs, for_hours=for_hours, first=first, say=lambda text: print(text, flush=True)
    )
    for name, outcome in report.wrong:
        print(
            f"again, with its last steps: python -m handoff simulate --world {name} --handoffs {outcome.asked}"
        )
    print(json.dumps(report.line()), flush=True)
    return 1 if report.violations else 0


def _look_closely(world: str, handoffs: int) -> int:
    """One world again, with the trace up to the first thing that was wrong."""
    outcome = live_through(world, handoffs)
    print("".join(outcome.last_lines), end="")
    for finding in outcome.findings:
        print(finding)
    report = Report(seed=0)
    report.add(outcome)
    print(json.dumps(report.line() | {"world": world}), flush=True)
    return 1 if outcome.findings else 0
