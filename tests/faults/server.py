"""The server as a process of its own, for tests that kill it, starve it or measure it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import aiohttp
import psutil

from tests.clients import Json

ROOT = Path(__file__).resolve().parents[2]
START_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.02  # how often a server that is starting is looked at

Command = Sequence[str]  # what follows `python -m`


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Life(Protocol):
    """One process, from its start to its end. A `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...


# A command, its whole environment and the file for what it prints, to a life.
Birth = Callable[[Command, Mapping[str, str], Path], Life]


def by_command(command: Command, environment: Mapping[str, str], log: Path) -> Life:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=out, stderr=out
        )


class ServerProcess:
    """`python -m handoff serve` in demo mode, without a bot: what the bot would answer leads to a person."""

    def __init__(
        self, data_dir: Path, log: Path, settings: Mapping[str, str] = {}, birth: Birth = by_command
    ) -> None:
        self._settings = settings
        self._birth = birth
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self._log = log
        self._life: Life | None = None

    async def start(self, *command: str) -> None:
        """Returns when it serves people."""
        await self.spawn(*command)
        await self.until_answer("/healthz", 200)

    async def spawn(self, *command: str, file_bytes_max: int | None = None) -> None:
        """Start the process: `serve`, or another module with its arguments. `file_bytes_max`: the kernel refuses
        to write beyond that in any file."""
        dead_port = str(free_port())
        environment = os.environ | {
            "HANDOFF_DEMO": "1",
            "HANDOFF_PORT": str(self.port),
            "HANDOFF_DATA_DIR": str(self.data_dir),
            "HANDOFF_BOT_URL": f"http://127.0.0.1:{dead_port}",
            "HANDOFF_ACTIONS_URL": f"http://127.0.0.1:{dead_port}",
            "HANDOFF_MESSAGE_BURST": "100000",
            "HANDOFF_SECOND_VOICE": "0",  # one thing less to open for each of many starts
            **self._settings,
        }
        self._life = await asyncio.to_thread(
            self._birth, command or ("handoff", "serve"), environment, self._log
        )
        if file_bytes_max is not None:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (file_bytes_max, resource.RLIM_INFINITY))

    async def until_answer(
        self, path: str, status: int, is_meant: Callable[[Json], bool] = lambda _said: True
    ) -> Json:
        """Wait until the server answers so; what it says, if that is JSON."""
        assert self._life is not None
        async with aiohttp.ClientSession() as http, asyncio.timeout(START_PATIENCE_S):
            while True:
                assert self._life.poll() is None, self._log.read_text()[-3000:]
                try:
                    async with http.get(f"{self.origin}{path}") as answer:
                        if answer.status == status:
                            is_json = answer.content_type == "application/json"
                            said = dict(await answer.json()) if is_json else {}
                            if is_meant(said):
                                return said
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(_LOOK_EVERY_S)

    async def until_second_voice(self) -> None:
        """Wait until messages are heard by what they mean as well; for what is measured."""
        await self.until_answer(
            "/readyz", 200, lambda its: its["checks"]["hearing"]["second_voice"] == "ready"
        )

    @property
    def pid(self) -> int:
        assert self._life is not None
        return self._life.pid

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self._life is not None
        return await asyncio.to_thread(self._life.wait, START_PATIENCE_S)

    def kill(self) -> None:
        """`kill -9`: nothing of the process runs after this."""
        assert self._life is not None
        self._life.send_signal(signal.SIGKILL)
        self._life.wait(START_PATIENCE_S)

    def memory_bytes(self) -> int:
        resident: int = psutil.Process(self.pid).memory_info().rss
        return resident

    def stop(self) -> None:
        if self._life is not None and self._life.poll() is None:
            self._life.send_signal(signal.SIGTERM)
            self._life.wait(START_PATIENCE_S)
