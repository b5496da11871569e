"""`make setup`: the two Python environments, `.env-server` and `.env-bot`.

They live in the cache outside the clone, under a name made from their lock file and interpreter: so a fresh
clone and a second instance share them, and a changed lock never touches one that is in use. The clone holds
links. When all is in place this costs a few milliseconds and runs no other program.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from handoff.tooling import installer, interpreters
from handoff.tooling.interpreters import BOT, SERVER, Interpreter, Wanted
from handoff.tooling.places import ROOT, cache_dir
from handoff.tooling.terminal import ToolingError, main_guard


@dataclass(frozen=True)
class Environment:
    """One of the two: what it needs, what is installed in it, and the link that everything else uses."""

    wanted: Wanted
    lock: Path
    link: Path
    title: str


SERVER_LINK = ROOT / ".env-server"
BOT_LINK = ROOT / ".env-bot"
ENVIRONMENTS = (
    Environment(
        SERVER,
        ROOT / "handoff/requirements.lock",
        SERVER_LINK,
        "Installing the server's environment",
    ),
    Environment(BOT, ROOT / "bot/requirements.lock", BOT_LINK, "Installing the bot's environment"),
)


def folder_for(environment: Environment, version: str) -> Path:
    """Where the environment for this lock and this full Python version belongs."""
    key = hashlib.sha256(environment.lock.read_bytes() + b"\n" + version.encode()).hexdigest()[:16]
    return cache_dir() / "env" / (f"{environment.wanted.environment}-{key}")


def ensure(environment: Environment) -> None:
    """Have the environment there, complete and linked."""
    if not environment.lock.is_file():
        raise ToolingError(f"{environment.lock.relative_to(ROOT)} is missing from this clone.")
    if not os.environ.get(environment.wanted.variable) and _linked_and_current(environment):
        return
    interpreter = _interpreter(environment.wanted)
    folder = folder_for(environment, interpreter.version)
    if not installer.is_complete(folder):
        installer.build(folder, environment.lock, interpreter, environment.title)
    _point(environment.link, folder)


def _linked_and_current(environment: Environment) -> bool:
    folder = Path(os.path.realpath(str(environment.link)))
    if not installer.is_complete(folder):
        return False
    version = (folder / installer.COMPLETE).read_text(encoding="utf-8").strip()
    return folder == Path(os.path.realpath(str(folder_for(environment, version))))


def _interpreter(wanted: Wanted) -> Interpreter:
    found = interpreters.find(wanted, os.environ, interpreters.PYENV_ROOTS) or installer.fetch_interpreter(
        wanted.versions[0], os.environ
    )
    if found is None:
        raise ToolingError(interpreters.explain_absence(wanted))
    return found


def _point(link: Path, folder: Path) -> None:
    """Make `link` a link to `folder` in one step, so that a run beside this one never finds it missing."""
    if link.exists() and not link.is_symlink():
        raise ToolingError(
            f"{link.name} is in the way: it should be a link that make setup makes; remove it."
        )
    with tempfile.TemporaryDirectory(dir=str(link.parent), prefix=f"{link.name}.") as beside:
        fresh = Path(beside) / link.name
        fresh.symlink_to(folder)
        os.replace(str(fresh), str(link))


def main() -> int:
    for environment in ENVIRONMENTS:
        ensure(environment)
    return 0


if __name__ == "__main__":
    main_guard(main)
