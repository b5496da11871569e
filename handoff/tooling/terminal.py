"""How tooling talks to the person at the terminal and runs long work in front of them.

Every failure that a person can mend is a `ToolingError` with one clear sentence; `main_guard` prints it
without a traceback. Everything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Callable, Mapping, Sequence

HEARTBEAT_S = 15  # in a log: often enough to see that it lives, seldom enough to read
REDRAW_S = 0.5  # on a screen
TAIL_LINES = 40  # of a failed program's output: its error and what led to it


class ToolingError(Exception):
    """One sentence for the person at the terminal: what is wrong, and what they can do."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def main_guard(main: Callable[[], int]) -> None:
    """Run `main` as a program: a `ToolingError` becomes one sentence and exit code 1.

    Being asked to end counts like Ctrl-C, so that whatever was started is ended first.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except ToolingError as error:
        print(f"byname: {error}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def work(
    title: str, command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run a program to its end, showing that it goes on and how long it took.

    Its output is kept back, and its end shown only on failure, as part of the `ToolingError` raised then.
    """
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ToolingError(f"{title} failed: {error}") from error
    heartbeat = _Heartbeat(title, started)
    try:
        if process.stdout is not None:
            for line in process.stdout:
                tail.append(line.rstrip())
        code = process.wait()
    finally:
        heartbeat.stop()
        if process.poll() is None:
            process.terminate()
            process.wait()
    if code != 0:
        end = "\n".join(tail)
        raise ToolingError(f"{title} failed with exit code {code}. The end of its output:\n{end}")
    say(f"{title}: done in {time.monotonic() - started:.0f} s")


class _Heartbeat:
    """Tells that a piece of work still goes on: in place on a screen, line by line in a log."""

    def __init__(self, title: str, started: float) -> None:
        self._title = title
        self._started = started
        self._over = threading.Event()
        self._on_screen = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        say(f"{title} ...")
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(REDRAW_S if self._on_screen else HEARTBEAT_S):
            elapsed_s = time.monotonic() - self._started
            if self._on_screen:
                print(f"\r  {elapsed_s:4.0f} s ", end="", flush=True)
            else:
                say(f"  still at it after {elapsed_s:.0f} s: {self._title}")

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        if self._on_screen:
            print("\r\x1b[K", end="", flush=True)
