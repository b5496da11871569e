"""Worlds in processes of their own: some at a time, their outcomes in order.

Each world gets a fresh process, copied from this one: what it took of memory is given back with its end, and one that
dies or never ends is told as what it is, and takes no other with it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from handoff.simulation.referee import Finding
from handoff.simulation.world import Outcome

WORLD_PROCESSOR_S_MAX = 900  # of processor time: an ordinary world takes some ten seconds
_ENDS = (signal.SIGINT, signal.SIGTERM)
_AHEAD_MAX = 8  # outcomes for each worker that may wait for an earlier one


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A world to live through: its name, how many handoffs, and how that is done."""

    world: str
    handoffs: int
    carry_out: Callable[[], Outcome]


@dataclass(slots=True, kw_only=True)
class _Place:
    """One world in the row: its process, and then its outcome."""

    errand: Errand
    process: ForkProcess
    answer: Connection
    outcome: Outcome | None = None

    def take(self) -> None:
        """The process has answered, or is no more."""
        outcome: Outcome | None = None
        with suppress(EOFError, OSError):  # it may have died in the middle of its answer
            outcome = self.answer.recv()
        self.answer.close()
        self.process.join()
        self.outcome = outcome or _died(self.errand, self.process.exitcode)

    def stop(self) -> None:
        if self.outcome is None:
            self.process.kill()
            self.process.join()
            self.answer.close()


def in_processes(
    errands: Iterator[Errand], workers: int, *, processor_s_max: int = WORLD_PROCESSOR_S_MAX
) -> Generator[Outcome]:
    """The outcomes in the order of the errands, `workers` under way at a time. Close it, and they are all stopped."""
    row: deque[_Place] = deque()
    gc.collect()
    gc.freeze()  # the collectors of the copies leave alone, and so shared, what is here
    try:
        while True:
            busy = [place for place in row if place.outcome is None]
            while len(busy) < workers and len(row) < workers * _AHEAD_MAX:
                errand = next(errands, None)
                if errand is None:
                    break
                with _undisturbed():
                    busy.append(_begin(errand, processor_s_max))
                    row.append(busy[-1])
            if not row:
                return
            if row[0].outcome is not None:
                yield row[0].outcome
                row.popleft()
                continue
            ready = wait([place.answer for place in busy])
            for place in busy:
                if place.answer in ready:
                    place.take()
    finally:
        for place in row:
            place.stop()
        gc.unfreeze()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever ends the run meanwhile is heard afterwards: no process is begun that is not yet in the row."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(errand: Errand, processor_s_max: int) -> _Place:
    context = multiprocessing.get_context(
        "fork"
    )  # what was read and made once, as the lexicons, is there in each
    answer, send_to = context.Pipe(duplex=False)
    process = context.Process(target=_live, args=(errand, send_to, processor_s_max), daemon=True)
    process.start()
    send_to.close()
    return _Place(errand=errand, process=process, answer=answer)


def _live(errand: Errand, send_to: Connection, processor_s_max: int) -> None:
    for number in _ENDS:  # whoever ends the run ends its worlds, without a word
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s_max, processor_s_max + 5))
    send_to.send(errand.carry_out())
    send_to.close()
    os._exit(0)  # what it leaves behind is not worth taking apart


def _died(errand: Errand, exit_code: int | None) -> Outcome:
    """What is said of a world whose process ended without an answer."""
    outcome = Outcome(seed=errand.world, asked=errand.handoffs)
    how = f"ended with exit code {exit_code}"
    if exit_code == -signal.SIGXCPU:
        how = "never ended: all of its processor time was used up between two steps"
    outcome.findings.append(Finding(check="no defect", about="world", what=f"its process {how}", at_s=0.0))
    return outcome
