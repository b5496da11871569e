"""`python -m handoff simulate`: world after world from one seed, and what came of them.

A world is all that a seed decides, so worlds are lived in processes of their own, as many at a time as there are
processors, and counted in their order: the result is the same however many work on it.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from handoff.simulation.workers import Errand, in_processes
from handoff.simulation.world import FINDINGS_MAX, Outcome, hours, live_through, make_ready

HANDOFFS_IN_A_WORLD = 300  # then a new world begins, with another character; memory stays bounded
_PROGRESS_EVERY_S = 10.0


@dataclass(slots=True, kw_only=True)
class Report:
    """All worlds of a run together. What depends on the machine that ran it is not in `line`."""

    seed: int
    handoffs: int = 0
    ended: int = 0
    events: int = 0
    worlds: int = 0
    violations: int = 0
    virtual_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, outcome: Outcome) -> None:
        self.worlds += 1
        self.handoffs += outcome.handoffs
        self.ended += outcome.ended
        self.events += outcome.events
        self.violations += len(outcome.findings)
        self.virtual_s += outcome.virtual_s
        self.faults += outcome.faults
        self._digest.update(outcome.trace_sha256.encode())

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


def worlds(seed: int, handoffs: int | None, *, first: bool, cleanly: bool) -> Iterator[Errand]:
    """Those in which so many handoffs are asked for; without end if `handoffs` is None.

    A world ends a little after it has reached its number, so a run has some more than were asked for.
    """
    findings_max = 1 if first else FINDINGS_MAX
    number, left = 0, handoffs
    while left is None or left > 0:
        number += 1
        here = HANDOFFS_IN_A_WORLD if left is None else min(HANDOFFS_IN_A_WORLD, left)
        world = f"{seed}.{number}"
        carry_out = partial(live_through, world, here, findings_max=findings_max, cleanly=cleanly)
        yield Errand(world=world, handoffs=here, carry_out=carry_out)
        left = None if left is None else left - here


def simulate(
    seed: int,
    *,
    handoffs: int | None = None,
    for_hours: float | None = None,
    first: bool = False,
    workers: int = 0,
) -> Iterator[tuple[Outcome, Report]]:
    """Each world's outcome in its order, with the report of all up to it.

    Until so many handoffs were asked for, or so many hours of virtual time have passed; or, with `first`, until
    something is wrong. `workers`: processes; 0: all in this one.
    """
    report = Report(seed=seed)
    errands = worlds(seed, handoffs, first=first, cleanly=not workers)
    outcomes = in_processes(errands, workers) if workers else (one.carry_out() for one in errands)
    with closing(outcomes):
        for outcome in outcomes:
            report.add(outcome)
            yield outcome, report
            if first and report.violations:
                break
            if for_hours is not None and report.virtual_s >= for_hours * 3_600:
                break


def run(
    seed: int,
    handoffs: int | None,
    for_hours: float | None,
    world: str | None,
    *,
    first: bool,
    workers: int,
) -> int:
    """What is wrong, and JSON in the last line, to standard output; how far it is to standard error. 0 when nothing
    was wrong, else 1."""
    if world is not None:
        return _look_closely(world, handoffs or HANDOFFS_IN_A_WORLD)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # its worlds are stopped on the way out
    report = Report(seed=seed)
    progress = _Progress()
    make_ready()
    for outcome, report in simulate(
        seed, handoffs=handoffs, for_hours=for_hours, first=first, workers=workers
    ):
        if outcome.findings:
            print(f"world {outcome.seed}: {len(outcome.findings)} violations")
            for finding in outcome.findings:
                print(f"  {finding}")
            again = f"python -m handoff simulate --world {outcome.seed} --handoffs {outcome.asked}"
            print(f"  again, with its last steps: {again}", flush=True)
        progress.note(report)
    progress.note(report, at_end=True)
    print(json.dumps(report.line()), flush=True)
    return 1 if report.violations else 0


class _Progress:
    """Now and then a line to standard error."""

    def __init__(self) -> None:
        self._began_s = self._told_s = time.monotonic()

    def note(self, report: Report, *, at_end: bool = False) -> None:
        now_s = time.monotonic()
        if not at_end and now_s - self._told_s < _PROGRESS_EVERY_S:
            return
        self._told_s = now_s
        seconds = now_s - self._began_s
        print(
            f"{report.worlds} worlds, {report.handoffs} handoffs, {sum(report.faults.values())} faults, "
            f"{report.violations} violations in {seconds:.0f} s: {report.handoffs / seconds:.0f} handoffs a second",
            file=sys.stderr,
            flush=True,
        )


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
