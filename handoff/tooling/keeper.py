"""Keeps one part of the product running: starts it, passes on what it says, and starts it again when it dies.

It knows nothing of the other parts, so that the death of one never touches another.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Awaitable, Callable, Mapping

if TYPE_CHECKING:
    from pathlib import Path

    from handoff.tooling.console import Console

RESTART_FIRST_S = 0.25  # a single crash costs customers next to nothing
RESTART_MAX_S = 15  # a part that cannot start is not worth more of the machine
STEADY_S = 30  # a part that stayed up this long was well; its next death is a new story
RESTART_GRACE_S = 5  # for a part to finish what it is doing, when it is started again on purpose
HUNG_S = (
    60  # longer than loading another model takes on a busy machine; nothing that works is silent for so long
)
WATCH_EVERY_S = 5
DRAIN_S = 1  # for the last words of a part
READ_BYTES = 65536
LINE_BYTES_MAX = 16384  # a longer line is shown in pieces
REFUSED_EXIT_CODE = 2  # how a part says that its settings are wrong: trying again would give the same answer
PR_SET_PDEATHSIG = 1  # from Linux's prctl.h


@dataclass(frozen=True)
class Part:
    """One program of the product."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    cwd: Path
    is_ready: Callable[[], Awaitable[bool]]
    """Asked again and again after a start, until it says yes; and of a watched part now and then after that."""
    niceness: int = 0
    """Added to the scheduling priority number: a higher one leaves the processor to the others first."""
    essential: bool = False
    """Whether the product is pointless without it, so that its refusal to start ends everything."""
    watched: bool = False
    """Whether it is ended, and so started again, when it has not been ready for `HUNG_S` although it was before."""
    announced: bool = False
    """Whether the server is told when it is started on purpose, and holds what it would have asked of it."""


@dataclass
class Backoff:
    """How long to wait before the next start: doubling from death to death, anew after a steady run."""

    _next_s: float = field(default=RESTART_FIRST_S)

    def after(self, uptime_s: float) -> float:
        """The seconds to wait after a run that lasted `uptime_s`."""
        if uptime_s >= STEADY_S:
            self._next_s = RESTART_FIRST_S
        delay_s, self._next_s = self._next_s, min(self._next_s * 2, RESTART_MAX_S)
        return delay_s


class Keeper:
    """Runs one part; `run` ends when it is told to stop, or when an essential part refuses to start.

    `on_ended` is called when a life of the part ends that was not meant to.
    """

    def __init__(
        self,
        part: Part,
        console: Console,
        on_ready: Callable[[Part, float], None],
        on_ended: Callable[[Part], None],
    ) -> None:
        self._part = part
        self._console = console
        self._on_ready = on_ready
        self._on_ended = on_ended
        self._backoff = Backoff()
        self._stopping = asyncio.Event()
        self._again = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        """Set once the part has been ready for the first time."""
        self.refused = False

    async def run(self) -> None:
        """Start the part, and again whenever it ends, until `stop`."""
        while not self._stopping.is_set():
            started = time.monotonic()
            ending = await self._run_once()
            if self._stopping.is_set():
                return
            if self._again.is_set():
                self._again.clear()
                continue
            self._on_ended(self._part)
            uptime_s = time.monotonic() - started
            if self._part.essential and ending == REFUSED_EXIT_CODE and not self.ready.is_set():
                self.refused = True
                return
            delay_s = self._backoff.after(uptime_s)
            self._console.say(
                f"{self._part.name} ended after {uptime_s:.1f} s ({_ending(ending)}); "
                f"starting it again in {delay_s:g} s"
            )
            await self._pause(delay_s)

    async def _pause(self, delay_s: float) -> None:
        """Before the next start; shorter when somebody stops the part, or starts it on purpose."""
        waits = [asyncio.ensure_future(one.wait()) for one in (self._stopping, self._again)]
        await asyncio.wait(waits, timeout=delay_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._again.clear()

    def restart(self, part: Part) -> None:
        """Ask the part to end, and start `part` in its place at once."""
        self._part = part
        self._again.set()
        process = self._process
        if process is not None:
            self._signal(signal.SIGTERM)
            asyncio.get_running_loop().call_later(RESTART_GRACE_S, self._kill_if_still, process)

    def _kill_if_still(self, process: asyncio.subprocess.Process) -> None:
        if self._process is process:
            self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the part to end, and do not start it again."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the part and whatever it started, now."""
        self._stopping.set()
        self._signal(signal.SIGKILL)

    async def _run_once(self) -> int | None:
        """One life of the part: its exit code, negative for a signal; `None` when it could not be started."""
        # A pipe of our own: asyncio's would make `wait` wait for everybody who holds its other end, so that a
        # dead part whose children live on would count as alive.
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._part.command,
                cwd=self._part.cwd,
                env=dict(self._part.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # so that Ctrl-C reaches the supervisor alone, which stops the parts
                preexec_fn=_child_setup(self._part.niceness),
            )
        except OSError as error:
            os.close(read_end)
            self._console.say(f"{self._part.name} could not be started: {error}")
            return None
        finally:
            os.close(write_end)
        self._process = process
        if self._stopping.is_set() or self._again.is_set():  # asked during the start
            self._signal(signal.SIGTERM)
        output = asyncio.create_task(self._pass_on_output(read_end), name=f"output of {self._part.name}")
        watch = asyncio.create_task(self._watch_readiness(), name=f"readiness of {self._part.name}")
        try:
            code = await process.wait()
            self._signal(signal.SIGKILL)  # whatever the part started and left behind
            await asyncio.wait([output], timeout=DRAIN_S)
        finally:
            self._process = None
            for task in (output, watch):
                task.cancel()
            await asyncio.gather(output, watch, return_exceptions=True)
        return code

    async def _pass_on_output(self, read_end: int) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
        )
        pending = b""
        try:
            while True:
                data = await reader.read(READ_BYTES)
                *lines, pending = (pending + data).split(b"\n")
                if not data or len(pending) > LINE_BYTES_MAX:
                    lines, pending = [*lines, *([pending] if pending else [])], b""
                for line in lines:
                    self._console.write(self._part.name, line)
                if not data:
                    return
        finally:
            transport.close()

    async def _watch_readiness(self) -> None:
        started = time.monotonic()
        while not await self._part.is_ready():
            pass
        self.ready.set()
        self._on_ready(self._part, time.monotonic() - started)
        if self._part.watched:
            await self._watch_for_silence()

    async def _watch_for_silence(self) -> None:
        """A part that hangs does not end by itself, and without that nobody would start it again."""
        ready_at = time.monotonic()
        while time.monotonic() - ready_at < HUNG_S:
            await asyncio.sleep(WATCH_EVERY_S)
            if await self._part.is_ready():
                ready_at = time.monotonic()
        self._console.say(f"{self._part.name} has not answered for {HUNG_S} s; ending it")
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _child_setup(niceness: int) -> Callable[[], None]:
    """What a part does between fork and exec, so that it never outlives the supervisor.

    Linux sends the signal when the thread that started the part ends, however it ends: with SIGKILL the
    supervisor has no chance to stop anything itself. Parts are started from the main thread, which lives as
    long as the process. The signal is SIGKILL because a part must survive that anyhow, and none can miss it.
    The setting stays across exec. Systems without prctl have no such thing; there only an orderly stop stops
    the parts.
    """
    libc = ctypes.CDLL(None)
    prctl = getattr(libc, "prctl", None)
    supervisor = os.getpid()

    def setup() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != supervisor:  # it died before the setting took hold
                os._exit(1)
        if niceness:
            os.nice(niceness)

    return setup


def _ending(code: int | None) -> str:
    if code is None:
        return "not started"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
