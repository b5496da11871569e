"""Worlds in processes of their own: in order, and none is waited for in vain."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from handoff.simulation.workers import Errand, in_processes
from handoff.simulation.world import Outcome
from tests.planted.faults import ROOT


def errands(*works: Callable[[], Outcome]) -> Iterator[Errand]:
    for number, work in enumerate(works):
        yield Errand(world=f"1.{number}", handoffs=1, carry_out=work)


def living(name: str) -> Callable[[], Outcome]:
    return lambda: Outcome(seed=name)


def dying() -> Outcome:
    os._exit(3)


def endless() -> Outcome:
    while True:
        pass


def killed_for_want_of_memory() -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_outcomes_come_in_order_whoever_is_ready_first() -> None:
    gate, opener = multiprocessing.Pipe()

    def slow() -> Outcome:
        gate.recv()
        return Outcome(seed="slow")

    def quick() -> Outcome:
        opener.send("now")
        return Outcome(seed="quick")

    found = list(in_processes(errands(slow, quick, living("last")), 2))

    assert [one.seed for one in found] == ["slow", "quick", "last"]


def test_a_world_whose_process_dies_is_told_and_the_others_go_on() -> None:
    found = list(in_processes(errands(dying, living("next"), killed_for_want_of_memory), 2))

    assert [one.seed for one in found] == ["1.0", "next", "1.2"]
    assert [str(finding) for finding in found[0].findings] == [
        "0.000 s [no defect] world: its process ended with exit code 3"
    ]
    assert found[1].findings == []
    assert "exit code -9" in str(found[2].findings[0])


def test_a_world_that_never_ends_is_told_as_that() -> None:
    found = list(in_processes(errands(endless, living("next")), 2, processor_s_max=1))

    assert "never ended" in str(found[0].findings[0])
    assert found[1].seed == "next"


def test_whoever_has_seen_enough_leaves_no_process_behind() -> None:
    before = set(multiprocessing.active_children())
    outcomes = in_processes(errands(living("first"), endless, endless), 2)

    assert next(outcomes).seed == "first"
    outcomes.close()

    assert set(multiprocessing.active_children()) == before


def test_a_run_that_is_told_to_end_takes_its_worlds_with_it() -> None:
    words = [sys.executable, "-m", "handoff", "simulate", "--handoffs", "3000", "--workers", "2"]
    run = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    try:
        until = time.monotonic() + 120
        while len(worlds := children.read_text().split()) < 2:
            assert run.poll() is None
            assert time.monotonic() < until
        run.terminate()
        assert run.wait(60) == 128 + signal.SIGTERM
    finally:
        run.kill()
        run.wait()
    assert [world for world in worlds if Path(f"/proc/{world}").exists()] == []
