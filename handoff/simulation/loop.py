"""An event loop on virtual time. Nothing waits: when nothing can run, the clock moves to the next deadline.

Callbacks run in the order in which they became ready, as in asyncio's own loop; what differs from run to run is drawn
by others (the network, the disk, the people) from the seed. Each callback belongs to a machine or to none, by its
context; a machine can be killed between any two of its steps, and nothing of it runs afterwards.
"""

from __future__ import annotations

import asyncio
import random
from asyncio import events
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVarTuple, Unpack

from msgspec import Struct

if TYPE_CHECKING:
    from handoff.simulation.network import Network

_Ts = TypeVarTuple("_Ts")

_THREAD_WORK_S = 0.002  # what is handed to a thread takes up to this long
_STEPS_OF_AN_INSTANT_MAX = 100_000  # the most seen in one was a hundredth of it
_TASKS_KEPT = 64  # of a machine, before it is looked which of them have ended
_DYING_ROUNDS_MAX = 200  # each cancels whatever is still under way; a task may begin others while it ends


class Stuck(Exception):
    """The end will not be reached: nothing can run and no deadline is left, or it runs without time passing."""


class GaveUp(Exception):
    """The run was ended before its end."""


class Machine:
    """One run of a program on a host. `steps` counts its callbacks; it dies after the step `dies_at`, if set.

    While it is `dying` its tasks are being ended, and nothing that they do has an effect outside.
    """

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self.alive = True
        self.dying = False
        self.steps = 0
        self.dies_at: int | None = None
        self.on_death: Callable[[], None] = lambda: None
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self._tasks_max = _TASKS_KEPT
        self.context = copy_context()
        self.context.run(_MACHINE.set, self)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """It has begun here. Those that ended are forgotten from time to time: that costs less than to hear of each."""
        if len(self.tasks) >= self._tasks_max:
            self.tasks = {one: None for one in self.tasks if not one.done()}
            self._tasks_max = max(_TASKS_KEPT, 2 * len(self.tasks))
        self.tasks[task] = None

    def die_soon(self) -> None:
        """At the end of the step that is under way."""
        self.dies_at = self.steps


_MACHINE: ContextVar[Machine | None] = ContextVar("machine", default=None)


def this_machine() -> Machine | None:
    """The machine that the running code belongs to."""
    return _MACHINE.get()


def _touch(path: Path) -> None:
    """A socket file is a file to whoever looks at the folder."""
    path.touch()


class _Handle(Struct, eq=False):
    """What asyncio and aiohttp ask of a handle and nothing more: hundreds are made for each handoff, which is why they
    are made without a step of Python. `due_at` is virtual time; without a `callback` it was cancelled."""

    due_at: float
    callback: Callable[..., object] | None
    args: tuple[Any, ...]
    context: Context

    def cancel(self) -> None:
        self.callback, self.args = None, ()

    def cancelled(self) -> bool:
        return self.callback is None

    def when(self) -> float:
        return self.due_at


class VirtualLoop(asyncio.BaseEventLoop):
    """`network` makes its connections; it is set once, before anything runs."""

    network: Network
    get_debug = staticmethod(bool)  # no; asked for with every future

    def __init__(self, seed: str) -> None:
        self._now = 0.0
        self._random = random.Random(f"{seed}:threads")
        self._due: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._timer_number = 0
        self._targets: dict[Any, Any] = {}
        self.steps = 0
        self._given_up = False
        self.defects: list[str] = []
        super().__init__()
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[method-assign]

    # -- running --

    def run_until_complete(self, future: Any) -> Any:
        """Raises `Stuck`, `GaveUp`."""
        main = asyncio.ensure_future(future, loop=self)
        due, left = self._due, _STEPS_OF_AN_INSTANT_MAX
        events._set_running_loop(self)
        try:
            while not main.done():
                if not due:
                    self._move_clock()
                    left = _STEPS_OF_AN_INSTANT_MAX
                handle = due.popleft()
                callback, context = handle.callback, handle.context
                if callback is None:
                    continue
                machine = context.get(_MACHINE)
                if machine is None:
                    self._run_handle(handle)
                    continue
                if not machine.alive:
                    continue
                self.steps += 1
                machine.steps += 1
                try:
                    context.run(callback, *handle.args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    self._note_failed(callback, machine, error)
                if machine.dies_at is not None and machine.steps >= machine.dies_at:
                    self.kill(machine)
                if self._given_up:
                    raise GaveUp
                left -= 1
                if not left:
                    raise Stuck(f"it goes on without time passing: {callback!r}")
        finally:
            events._set_running_loop(None)
        return main.result()

    def _run_handle(self, handle: _Handle) -> None:
        callback, context = handle.callback, handle.context
        if callback is None:
            return
        try:
            context.run(callback, *handle.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._note_failed(callback, context.get(_MACHINE), error)

    def _note_failed(self, callback: Any, machine: Machine | None, error: BaseException) -> None:
        """What a callback raises is a defect, except on a machine that is dying."""
        if machine is None or (machine.alive and not machine.dying):
            self.defects.append(f"{callback!r}: {error!r}")

    def _move_clock(self) -> None:
        timers = self._timers
        while timers:
            when, _, timer = heappop(timers)
            if timer.callback is None:
                continue
            if when > self._now:
                self._now = when
            self._due.append(timer)
            while timers and timers[0][0] <= self._now:
                self._due.append(heappop(timers)[2])
            return
        raise Stuck("nothing can run, and nothing is due")

    def give_up(self) -> None:
        """End the run after the step that is under way: what was looked for has been found."""
        self._given_up = True

    def kill(self, machine: Machine) -> None:
        """Between two steps: everything that the machine had under way is ended, without effect on anything."""
        if machine.dying:
            return
        machine.dying = True
        machine.on_death()
        running = events._get_running_loop()
        events._set_running_loop(self)  # it is not, when a world is taken down
        for _ in range(_DYING_ROUNDS_MAX):
            going = [task for task in machine.tasks if not task.done()]
            if not going:
                break
            for task in going:
                task.cancel()
            self._run_only(machine)
        events._set_running_loop(running)
        machine.alive = False
        machine.tasks.clear()

    def _run_only(self, machine: Machine) -> None:
        """Its ready callbacks until there are none; those of everybody else keep their order."""
        while True:
            own = [one for one in self._due if one.context.get(_MACHINE) is machine]
            if not own:
                return
            others = [one for one in self._due if one.context.get(_MACHINE) is not machine]
            self._due.clear()
            self._due.extend(others)
            for handle in own:
                self._run_handle(handle)

    def is_running(self) -> bool:
        return events._get_running_loop() is self

    def close(self) -> None:
        super().close()
        self._due.clear()
        self._timers.clear()

    # -- time --

    def time(self) -> float:
        return self._now

    def call_soon(
        self,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = _Handle(self._now, callback, args, copy_context() if context is None else context)
        self._due.append(handle)
        return handle  # type: ignore[return-value]

    call_soon_threadsafe = call_soon  # there are no threads

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        when = self._now + delay
        timer = _Handle(when, callback, args, copy_context() if context is None else context)
        self._timer_number += 1
        heappush(self._timers, (when, self._timer_number, timer))
        return timer  # type: ignore[return-value]

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = _Handle(when, callback, args, copy_context() if context is None else context)
        self._timer_number += 1
        heappush(self._timers, (when, self._timer_number, timer))
        return timer  # type: ignore[return-value]

    # -- tasks --

    def create_task(
        self, coro: Any, *, name: object = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(
            coro, loop=self, name=None if name is None else str(name), context=context
        )
        machine = _MACHINE.get() if context is None else context.get(_MACHINE)
        if machine is not None:
            machine.keep(task)
        return task

    def start_on(self, machine: Machine, coro: Any, name: str) -> asyncio.Task[Any]:
        """A task of this machine."""
        return self.create_task(coro, name=name, context=machine.context.copy())

    def run_in_executor(
        self, executor: Any, func: Callable[[Unpack[_Ts]], Any], *args: *_Ts
    ) -> asyncio.Future[Any]:
        """No thread: the work is done in one step, a little later."""
        done = self.create_future()

        def work() -> None:
            if done.cancelled():
                return
            try:
                done.set_result(func(*args))
            except Exception as error:
                done.set_exception(error)

        self.call_later(self._random.uniform(0, _THREAD_WORK_S), work)
        return done

    # -- network --

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **kwargs: Any
    ) -> Any:
        sock = kwargs.get("sock")
        if sock is not None:
            host, port = self._targets.pop(sock)
            sock.close()
        machine = this_machine()
        assert machine is not None, "connections come from machines"
        return await self.network.connect(machine, protocol_factory, (host, port))

    async def sock_connect(self, sock: Any, address: Any) -> None:
        """Only its address is of use: `create_connection` makes the connection."""
        self._targets[sock] = (address[0], address[1])

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        machine = this_machine()
        assert machine is not None, "servers run on machines"
        return self.network.listen(machine, protocol_factory, (machine.address, port))

    async def create_unix_server(self, protocol_factory: Any, path: Any = None, **_: Any) -> Any:
        machine = this_machine()
        assert machine is not None, "servers run on machines"
        _touch(Path(path))
        return self.network.listen(machine, protocol_factory, (str(path), 0))

    # -- errors --

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody caught is a defect, except on a machine that is dying."""
        task = context.get("task") or context.get("future")
        machine = this_machine()
        if machine is not None and (machine.dying or not machine.alive):
            return
        error = context.get("exception")
        if error is not None:
            name = task.get_name() if isinstance(task, asyncio.Task) else ""
            self.defects.append(f"{context.get('message')} {name}: {error!r}")

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        self.call_exception_handler(context)
