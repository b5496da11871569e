"""Starts the whole product as `make run` does, on free ports and with its own data, and stops it again."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 150  # a cold machine loads the assistant's model in half a minute
STOP_TIMEOUT_S = 30


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; held together so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Product:
    """A running product. `lines` is everything its parts said, for when something goes wrong."""

    def __init__(self, data: Path, **settings: str) -> None:
        port, rasa, actions = _free_ports(3)
        self.address = f"http://127.0.0.1:{port}"
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        environ |= {
            "HANDOFF_DEMO": "1",
            "HANDOFF_PORT": str(port),
            "HANDOFF_RASA_PORT": str(rasa),
            "HANDOFF_ACTIONS_PORT": str(actions),
            "HANDOFF_DATA_DIR": str(data),
            **{f"HANDOFF_{name.upper()}": value for name, value in settings.items()},
        }
        self.environ = environ
        self._process = subprocess.Popen(
            [sys.executable, "-m", "handoff.tooling.supervise"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, name="product output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            self._said.put(line)
        self._said.put(None)

    def wait_for(self, done: Callable[[], bool], what: str, timeout_s: float = START_TIMEOUT_S) -> None:
        """Until `done`, looked at anew with each line the product says and a few times a second."""
        deadline = time.monotonic() + timeout_s
        while not done():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come within {timeout_s} s:\n" + self.tail())
            try:
                if self._said.get(timeout=0.2) is None:
                    raise AssertionError(f"the product ended before {what}:\n" + self.tail())
            except queue.Empty:
                continue

    def tail(self) -> str:
        return "\n".join(self.lines[-60:])

    def is_up(self) -> bool:
        return self._readiness() is not None

    def is_whole(self) -> bool:
        """Whether every part is there, the assistant with its model included."""
        readiness = self._readiness()
        return readiness is not None and readiness["status"] == "ok"

    def _readiness(self) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                readiness: dict[str, Any] = json.load(answer)
                return readiness
        except OSError:
            return None

    def bot_facts(self) -> dict[str, Any]:
        """What the server knows of the bot; nothing when the server is away."""
        readiness = self._readiness()
        return {} if readiness is None else dict(readiness["checks"]["bot"])

    def part(self, *words: str) -> psutil.Process:
        """The process of the part with these words in its command."""
        for part in psutil.Process(self._process.pid).children(recursive=True):
            if set(words) <= set(part.cmdline()):
                return part
        raise AssertionError(f"no part {words} runs:\n" + self.tail())

    def kill_server(self) -> None:
        """`kill -9` of the handoff server alone; whoever keeps it running starts it again."""
        self.part("handoff", "serve").kill()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._reader.join(STOP_TIMEOUT_S)
            if self._process.stdout is not None:
                self._process.stdout.close()
