"""Finds a Python interpreter that really runs: the server needs 3.12 or newer, Rasa exactly 3.10.

Nothing is believed by its name: a `python3.10` on PATH may be a pyenv shim that fails until a version is
chosen, so every candidate is run and asked what it is.
"""

from __future__ import annotations

import glob
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping

from handoff.tooling.terminal import ToolingError

PROBE_TIMEOUT_S = 20  # a cold interpreter on a slow disk; a shim that hangs is given up
PROBE = (
    "import sys, ssl, ctypes, sysconfig; "
    "assert sys.implementation.name == 'cpython' and not sysconfig.get_config_var('Py_GIL_DISABLED'); "
    "print('%d.%d.%d' % sys.version_info[:3])"
)
PYENV_ROOTS = ("~/.pyenv", "/opt/pyenv", "/usr/local/pyenv")


@dataclass(frozen=True)
class Wanted:
    """What one of the two environments needs, and how a person chooses an interpreter for it."""

    environment: str
    """Its name: `server` or `bot`."""
    versions: tuple[str, ...]
    """Minor versions that are looked for by name, the best first."""
    newer: bool
    """Whether a version newer than all of these will do, too."""
    variable: str
    """The environment variable that names an interpreter outright."""

    def accepts(self, version: str) -> bool:
        """Whether an interpreter of this full version ("3.12.1") will do."""
        minor = _minor(version)
        return minor in self.versions or (self.newer and _number(minor) > max(map(_number, self.versions)))


@dataclass(frozen=True)
class Interpreter:
    """One that was run and said its version."""

    path: str
    version: str


SERVER = Wanted("server", ("3.12", "3.13", "3.14"), newer=True, variable="PYTHON312")
BOT = Wanted("bot", ("3.10",), newer=False, variable="PYTHON310")


def find(wanted: Wanted, environ: Mapping[str, str], roots: tuple[str, ...]) -> Interpreter | None:
    """The first interpreter that runs and fits, on PATH, then under the pyenv roots; `None` if none does.

    Where the variable is set, that one and no other: if it does not fit this is a `ToolingError`.
    """
    chosen = environ.get(wanted.variable)
    if chosen:
        interpreter = probe(os.path.expanduser(chosen))
        if interpreter is None or not wanted.accepts(interpreter.version):
            what = f"is Python {interpreter.version}" if interpreter else "does not run as CPython with ssl"
            raise ToolingError(
                f"{wanted.variable} is set to {chosen}, which {what}; "
                f"the {wanted.environment} needs Python {_needs(wanted)}."
            )
        return interpreter
    for path in _candidates(wanted, environ, roots):
        interpreter = probe(path)
        if interpreter is not None and wanted.accepts(interpreter.version):
            return interpreter
    return None


def probe(path: str) -> Interpreter | None:
    """Run the program at `path` and ask its version; `None` when it is no working CPython with ssl."""
    try:
        answer = subprocess.run(
            [path, "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    version = answer.stdout.strip()
    return Interpreter(path, version) if version.count(".") == 2 else None


def explain_absence(wanted: Wanted) -> str:
    """The one sentence for a machine that has no such interpreter and could not fetch one."""
    best = wanted.versions[0]
    return (
        f"No Python {_needs(wanted)} was found for the {wanted.environment}, on PATH or under pyenv, and "
        f"uv could not fetch one: install it (`uv python install {best}`, `pyenv install {best}` or your "
        f"system's package), or point {wanted.variable} to one, and try again."
    )


def any_python(environ: Mapping[str, str], roots: tuple[str, ...]) -> Iterator[str]:
    """Every Python 3.8 or newer that there is, as material for a bootstrap; each was run."""
    every = Wanted("bootstrap", ("3.12", "3.13", "3.14", "3.11", "3.10", "3.9", "3.8"), True, "")
    for path in _candidates(every, environ, roots):
        interpreter = probe(path)
        if interpreter is not None and every.accepts(interpreter.version):
            yield path


def _candidates(wanted: Wanted, environ: Mapping[str, str], roots: tuple[str, ...]) -> Iterator[str]:
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    seen = set()
    for name in [f"python{version}" for version in wanted.versions] + ["python3", "python"]:
        for folder in folders:
            path = os.path.join(folder, name)
            if path not in seen and os.access(path, os.X_OK):
                seen.add(path)
                yield path
    own = environ.get("PYENV_ROOT")
    for root in ([own] if own else []) + [os.path.expanduser(root) for root in roots]:
        for version in wanted.versions:
            folders = glob.glob(os.path.join(glob.escape(root), "versions", version + "*", "bin"))
            for folder in sorted(folders, key=lambda folder: _number(Path(folder).parent.name), reverse=True):
                path = os.path.join(folder, "python" + version)
                if path not in seen:
                    seen.add(path)
                    yield path


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in version.split("."))


def _needs(wanted: Wanted) -> str:
    return wanted.versions[0] + (" or newer" if wanted.newer else "")
