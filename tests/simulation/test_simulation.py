"""The whole server on virtual time: no seed finds anything wrong, and any seed repeats exactly.

`python -m handoff simulate --seed N --handoffs N` runs as much more of it as one likes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from handoff.simulation import command, world
from handoff.simulation.command import simulate
from handoff.simulation.people.customers import Customer
from handoff.simulation.world import live_through
from tests.planted.faults import ROOT
from tests.simulation.seeds import FAILED, Failed

SLICE = 20  # handoffs of a world in `make test`; the long runs are in `make faults`


@pytest.mark.parametrize("failed", FAILED, ids=lambda failed: failed.world)
def test_a_seed_that_failed_once_holds(failed: Failed) -> None:
    outcome = live_through(failed.world, SLICE)

    assert [str(finding) for finding in outcome.findings] == []
    assert outcome.ended == outcome.handoffs >= SLICE
    assert sum(outcome.faults.values()) > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("failed", FAILED, ids=lambda failed: failed.world)
def test_a_seed_that_failed_once_holds_as_long_as_it_took(failed: Failed) -> None:
    assert [str(finding) for finding in live_through(failed.world, failed.handoffs).findings] == []


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_thousands_of_handoffs_without_a_violation() -> None:
    for outcome, report in simulate(2_026, handoffs=6_000, workers=2):
        print(outcome.seed, report.handoffs, *outcome.findings, sep="\n")

    assert report.violations == 0
    assert report.ended == report.handoffs >= 6_000


def test_the_same_seed_gives_the_same_run_in_another_process() -> None:
    """To the byte, whatever order Python gives to its sets there."""
    outputs = [_output_of_process(hash_seed) for hash_seed in ("1", "4711")]

    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0].splitlines()[-1])["handoffs"] >= 15


def _output_of_process(hash_seed: str) -> str:
    words = [sys.executable, "-m", "handoff", "simulate", "--seed", "77", "--handoffs", "15"]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    run = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stdout[-2_000:] + run.stderr[-2_000:]
    return run.stdout


def test_the_result_does_not_depend_on_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "HANDOFFS_IN_A_WORLD", 4)
    lines = []
    for workers in (0, 1, 3):
        *_, (_, report) = simulate(5, handoffs=10, workers=workers)
        lines.append(report.line())

    assert lines[0] == lines[1] == lines[2]
    assert lines[0]["worlds"] == 3


def test_a_world_in_which_nobody_gets_through_is_told_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never_asks(_: Customer) -> None:
        """As if no request had any effect."""

    monkeypatch.setattr(Customer, "live_through", never_asks)
    monkeypatch.setattr(world, "_ASKED_AGAIN_WITHIN_S", 30.0)

    outcome = live_through("nobody", 5)

    assert [finding.check for finding in outcome.findings] == ["whoever asks gets a handoff"]
    assert outcome.handoffs == 0


def test_another_seed_gives_another_run() -> None:
    assert live_through("one", 5).trace_sha256 != live_through("another", 5).trace_sha256


def test_hours_of_virtual_time_bound_a_run_too() -> None:
    *_, (_, report) = simulate(3, for_hours=0.001)

    assert report.worlds == 1
    assert set(report.line()) >= {"handoffs", "faults", "violations", "trace_sha256", "hours", "seed"}
