"""Fills a Python environment from a lock file with hashes, by the best tool there is: uv, else pip.

Must not know what the environments are for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, Mapping

from handoff.tooling import places, terminal
from handoff.tooling.certificates import with_system_certificates
from handoff.tooling.interpreters import PYENV_ROOTS, Interpreter, any_python, probe
from handoff.tooling.places import cache_dir, exclusive, fingerprint
from handoff.tooling.terminal import ToolingError, say

COMPLETE = "byname-complete"  # the last file written into an environment: without it, it is a ruin
BOOTSTRAP_LOCK = Path(__file__).with_name("bootstrap.lock")
UV_HOMES = ("~/.local/bin/uv", "~/.cargo/bin/uv")  # where its own installers put it, often off PATH
UV_FETCH_TIMEOUT_S = 900  # an interpreter is some 30 MB; a machine without internet says no long before


def build(folder: Path, lock: Path, base: Interpreter, title: str) -> None:
    """Make the environment at `folder` hold exactly what `lock` pins; a half-made one is thrown away first.

    The folder counts only once its `COMPLETE` file is there: an interrupted run leaves nothing that is used.
    """
    with exclusive(folder.with_name(folder.name + ".lock"), "the same installation"):
        if is_complete(folder):
            return
        failures = []
        for uv in uvs(os.environ):
            try:
                _fresh(folder)
                terminal.work(
                    f"{title} (uv)", [*_uv_install(uv, folder, lock, base)], env=_uv_environ(os.environ)
                )
                break
            except ToolingError as error:
                failures.append(str(error))
                say(f"{uv} did not manage, going on without it: {failures[-1].splitlines()[-1].strip()}")
        else:
            try:
                _fresh(folder)
                _pip_build(folder, lock, base, title)
            except ToolingError as error:
                raise ToolingError("\n".join([*failures, str(error)])) from error
        (folder / COMPLETE).write_text(base.version + "\n", encoding="utf-8")


def is_complete(folder: Path) -> bool:
    """Whether the environment at `folder` was built to its end and its interpreter is still there."""
    return (folder / COMPLETE).is_file() and (folder / "bin" / "python").exists()


def fetch_interpreter(version: str, environ: Mapping[str, str]) -> Interpreter | None:
    """A Python of this minor version that uv keeps, fetched if need be; `None` where that does not work."""
    for uv in uvs(environ):
        for fetch in (False, True):
            if fetch:
                say(f"No Python {version} here; asking uv to fetch one ...")
                if _uv_output(uv, ["python", "install", version], environ) is None:
                    return None
            kept = ["python", "find", "--python-preference", "only-managed", "--no-python-downloads", version]
            path = _uv_output(uv, kept, environ)
            interpreter = probe(path) if path else None
            if interpreter is not None:
                return interpreter
    return None


def uvs(environ: Mapping[str, str]) -> Iterator[str]:
    """Each uv worth trying: the machine's own, else (it may be too old for us) one that is fetched."""
    for find in (working_uv, _bootstrap):
        uv = find(environ)
        if uv is not None:
            yield uv


def working_uv(environ: Mapping[str, str]) -> str | None:
    """The uv on PATH or where its own installers put it, if it runs."""
    on_path = shutil.which("uv", path=environ.get("PATH", ""))
    for path in ([on_path] if on_path else []) + [os.path.expanduser(home) for home in UV_HOMES]:
        if _uv_output(path, ["--version"], environ) is not None:
            return path
    return None


def _bootstrap(environ: Mapping[str, str]) -> str | None:
    """uv from the package registry, in the cache; `None` when no Python here can install it."""
    folder = cache_dir() / "env" / ("uv-" + fingerprint(places.ROOT, [BOOTSTRAP_LOCK])[:16])
    program = folder / "bin" / "uv"
    with exclusive(folder.with_name(folder.name + ".lock"), "fetching uv"):
        if (folder / COMPLETE).is_file():
            return str(program)
        arguments = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(BOOTSTRAP_LOCK)]
        for python in any_python(environ, PYENV_ROOTS):
            pip = [python, "-m", "pip", "install", "--target", str(folder), *arguments]
            if not _succeeds([python, "-m", "pip", "--version"]):
                continue
            _fresh(folder)
            with contextlib.suppress(ToolingError):
                terminal.work("Fetching uv, which installs the rest", pip)
            if _succeeds([str(program), "--version"]):
                (folder / COMPLETE).write_text("", encoding="utf-8")
                return str(program)
    return None


def _uv_install(uv: str, folder: Path, lock: Path, base: Interpreter) -> list[str]:
    # One program for `work`: the environment first, then what goes into it. Byte code is made now, as pip does, for
    # where writing it later is switched off (PYTHONDONTWRITEBYTECODE) Rasa would need 20 s more at each start.
    script = (
        '"$0" venv --quiet --no-project --python "$1" "$2" && '
        'exec "$0" pip sync --require-hashes --compile-bytecode --python "$2/bin/python" "$3"'
    )
    return ["sh", "-c", script, uv, base.path, str(folder), str(lock)]


def _uv_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """uv does not read pip's settings: hand it a mirror that was set up for pip, unless uv has its own."""
    own = with_system_certificates(environ)
    if "PIP_INDEX_URL" in own and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & set(own):
        own["UV_DEFAULT_INDEX"] = own["PIP_INDEX_URL"]
    own.pop("VIRTUAL_ENV", None)
    return own


def _pip_build(folder: Path, lock: Path, base: Interpreter, title: str) -> None:
    if not _succeeds([base.path, "-c", "import ensurepip, venv"]):
        raise ToolingError(
            f"{title} needs either uv or a Python with venv and pip, and {base.path} has neither: install uv "
            "(`pip install uv`) or your system's python3-venv package, and try again."
        )
    script = (
        '"$0" -m venv "$1" && exec "$1/bin/python" -m pip install --quiet --disable-pip-version-check '
        '--require-hashes --no-deps -r "$2"'
    )
    terminal.work(f"{title} (pip, slower than uv)", ["sh", "-c", script, base.path, str(folder), str(lock)])


def _fresh(folder: Path) -> None:
    shutil.rmtree(str(folder), ignore_errors=True)


def _uv_output(uv: str, arguments: list[str], environ: Mapping[str, str]) -> str | None:
    try:
        answer = subprocess.run(
            [uv, *arguments],
            env=_uv_environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=UV_FETCH_TIMEOUT_S,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
