"""Starts a server in a fraction of a second: a process that has imported all of it, and forks a life from itself.

Each life is a process of its own, with its own environment, that runs `python -m COMMAND` as a shell would; only the
imports, and the detector's reading of its lexicon, were done before it. So two hundred crashes take minutes.

`python -m tests.faults.cradle` reads one JSON object a line: `{"command", "environment", "log"}` is answered with
`{"pid"}`, `{"reap": pid}` with `{"code"}` when that life has ended. With the end of its input all lives end.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.server import ROOT, Command, Life


class ForkedLife:
    """A life that the cradle has forked, as `Life`."""

    def __init__(self, cradle: Cradle, pid: int) -> None:
        self.pid = pid
        self._cradle = cradle
        self._end = os.pidfd_open(
            pid
        )  # readable once it has ended; until it is reaped, the pid is nobody else's
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended_within(timeout)
        if code is None:
            raise TimeoutError(f"process {self.pid} lives on")
        return code

    def send_signal(self, sig: int) -> None:
        if self._code is None:
            signal.pidfd_send_signal(self._end, sig)

    def _ended_within(self, seconds: float | None) -> int | None:
        if self._code is None and select.select([self._end], [], [], seconds)[0]:
            self._code = self._cradle.reap(self.pid)
            os.close(self._end)
        return self._code


class Cradle:
    """Made with `cradle()`. Its `birth` is what a `ServerProcess` takes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def birth(self, command: Command, environment: Mapping[str, str], log: Path) -> Life:
        asked = {"command": list(command), "environment": dict(environment), "log": str(log)}
        return ForkedLife(self, int(self._ask(asked)["pid"]))

    def reap(self, pid: int) -> int:
        return int(self._ask({"reap": pid})["code"])

    def _ask(self, asked: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def cradle() -> Iterator[Cradle]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.cradle"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Cradle(process)


# -- in the cradle's process --


def _prepare() -> None:
    """What is the same for each life: the code, and the detector, which is made once and only read."""
    from handoff import cli, hearing  # noqa: F401 - the point is that it is imported

    ready = hearing.Detector()
    hearing.Ears.detector = lambda *_asked: ready  # type: ignore[method-assign]


def _live(command: list[str], environment: dict[str, str], log: str) -> None:
    """Never returns."""
    code = 1
    try:
        out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for have, want in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(have, want)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = command
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    _prepare()
    lives: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "reap" in asked:
            _, status = os.waitpid(asked["reap"], 0)
            lives.discard(asked["reap"])
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            pid = os.fork()
            if pid == 0:
                _live(asked["command"], asked["environment"], asked["log"])
            lives.add(pid)
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)
    for pid in lives:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
