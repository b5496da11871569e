"""The three parts of one running instance: their commands, ports and environment, read from `HANDOFF_*`.

Every setting that is given goes to all parts as it is; here are only the ones that the parts must agree on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Awaitable, Callable, Mapping

from handoff.tooling.environments import BOT_LINK, SERVER_LINK
from handoff.tooling.keeper import Part
from handoff.tooling.places import ROOT
from handoff.tooling.terminal import ToolingError

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT_DEFAULT = 8600
READY_POLL_S = 0.1  # often enough that nobody waits for the poll; a refused connection costs nothing
READY_TIMEOUT_S = 5
BEHIND_PEOPLE = 5  # niceness of Rasa and the actions: loading a model must not slow down people's messages


@dataclass(frozen=True)
class Instance:
    """Where one running product is found, and the environment that its parts get."""

    host: str
    port: int
    rasa_port: int
    actions_port: int
    demo: bool
    environ: Mapping[str, str]

    @property
    def data_dir(self) -> Path:
        """Where the server keeps its data; the parts run in the clone, so from there."""
        return ROOT / self.environ["HANDOFF_DATA_DIR"]

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{_reachable(self.host)}:{self.port}"


def read_instance(environ: Mapping[str, str]) -> Instance:
    """The instance that the environment describes; every wrong value is told in one `ToolingError`."""
    wrong: list[str] = []
    port = _port(environ, "HANDOFF_PORT", PORT_DEFAULT, wrong)
    rasa_port = _port(environ, "HANDOFF_RASA_PORT", port + 1, wrong)
    actions_port = _port(environ, "HANDOFF_ACTIONS_PORT", port + 2, wrong)
    if wrong:
        raise ToolingError(" ".join(wrong))
    host = environ.get("HANDOFF_HOST") or LOOPBACK
    own = dict(environ)
    for name, value in {
        "HANDOFF_HOST": host,
        "HANDOFF_PORT": str(port),
        "HANDOFF_RASA_PORT": str(rasa_port),
        "HANDOFF_ACTIONS_PORT": str(actions_port),
        "HANDOFF_DATA_DIR": str(ROOT / "var"),
        "HANDOFF_DEMO": "1",
        "HANDOFF_BOT_KEY": secrets.token_urlsafe(32),
        "HANDOFF_RASA_TOKEN": secrets.token_urlsafe(32),
        "HANDOFF_BOT_URL": f"http://{LOOPBACK}:{rasa_port}",
        "HANDOFF_ACTIONS_URL": f"http://{LOOPBACK}:{actions_port}",
        "HANDOFF_SHOP_URL": f"http://{_reachable(host)}:{port}/demo/shop",
        "PYTHONUNBUFFERED": "1",
    }.items():
        own[name] = own.get(name) or value
    # Where writing byte code is switched off, our own modules would be compiled anew at each start: a fifth
    # of a second.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    demo = own["HANDOFF_DEMO"].strip().lower() in {"1", "true", "yes", "on"}
    return Instance(host, port, rasa_port, actions_port, demo, own)


def check_ports(instance: Instance) -> None:
    """A `ToolingError` that names the setting to change when a port is taken."""
    for host, port, variable in (
        (instance.host, instance.port, "HANDOFF_PORT"),
        (LOOPBACK, instance.rasa_port, "HANDOFF_RASA_PORT"),
        (LOOPBACK, instance.actions_port, "HANDOFF_ACTIONS_PORT"),
    ):
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            raise ToolingError(
                f"Port {port} on {host} cannot be used ({error.strerror}): stop what uses it, or choose "
                f"another, for instance HANDOFF_PORT={instance.port + 100} (or only {variable}), and start again."
            ) from error


def server_part(instance: Instance) -> Part:
    """The handoff server, the one that people reach."""
    return Part(
        name="server",
        command=(str(SERVER_LINK / "bin/python"), "-m", "handoff", "serve"),
        environ=instance.environ,
        cwd=ROOT,
        is_ready=_answers(_reachable(instance.host), instance.port, "/healthz"),
        essential=True,
    )


def bot_parts(instance: Instance, model_file: Path) -> list[Part]:
    """Rasa and its action server, both on loopback only."""
    python = str(BOT_LINK / "bin/python")
    rasa = [
        python,
        "-m",
        "handoff.tooling.rasa",
        "run",
        "--interface",
        LOOPBACK,
        "--port",
        str(instance.rasa_port),
    ]
    rasa += ["--model", os.path.relpath(str(model_file), str(ROOT))]
    rasa += ["--endpoints", "bot/endpoints.yml", "--credentials", "bot/credentials.yml"]
    actions = (python, "-m", "actions", "--port", str(instance.actions_port))
    rasa_ready = _answers(LOOPBACK, instance.rasa_port, "/webhooks/byname/")
    actions_ready = _answers(LOOPBACK, instance.actions_port, "/health")
    return [
        Part(
            *("actions", actions, instance.environ, ROOT, actions_ready),
            niceness=BEHIND_PEOPLE,
            watched=True,
        ),
        Part(
            *("rasa", tuple(rasa), instance.environ, ROOT, rasa_ready),
            niceness=BEHIND_PEOPLE,
            watched=True,
            announced=True,
        ),
    ]


def _port(environ: Mapping[str, str], name: str, default: int, wrong: list[str]) -> int:
    text = environ.get(name) or str(default)
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    wrong.append(f"{name} is {text}: it should be a port number from 1 to 65535.")
    return default


def _reachable(host: str) -> str:
    """The address under which this machine itself reaches a server bound to `host`."""
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host


def _answers(host: str, port: int, path: str) -> Callable[[], Awaitable[bool]]:
    """A question that takes a moment each time: does GET `path` answer 200 there?"""

    async def ask() -> bool:
        await asyncio.sleep(READY_POLL_S)
        with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            return await asyncio.wait_for(_get_is_200(host, port, path), READY_TIMEOUT_S)
        return False

    return ask


async def _get_is_200(host: str, port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split()
        return len(status) > 1 and status[1] == b"200"
    finally:
        writer.close()
