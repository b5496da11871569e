"""Builds the web pages into `webchat/dist` when their sources have changed since the last build.

`python -m handoff.tooling.web` builds; with `packages` it only has the packages there, for lint, types and
tests.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Mapping

from handoff.tooling import node, terminal
from handoff.tooling.node import WEBCHAT
from handoff.tooling.places import LOCKS, exclusive, fingerprint
from handoff.tooling.terminal import main_guard

BUILT = WEBCHAT / "dist" / ".built"  # inside what it speaks of, so that both go together
INSTALLED = WEBCHAT / "node_modules" / ".byname-installed"
NOT_SOURCES = {"node_modules", "dist"}


def sources_fingerprint() -> str:
    """Changes with everything that the build may read."""
    return fingerprint(WEBCHAT, [path for path in WEBCHAT.iterdir() if path.name not in NOT_SOURCES])


def packages(environ: Mapping[str, str] | None = None) -> None:
    """Have the locked packages in `webchat/node_modules`."""
    wanted = fingerprint(WEBCHAT, [WEBCHAT / "package-lock.json"])
    if _stamp(INSTALLED) == wanted:
        return
    with exclusive(LOCKS / "web-packages", "installing the web packages"):
        if _stamp(INSTALLED) == wanted:
            return
        environ = environ or node.environ_with_node(os.environ)
        terminal.work("Installing the web packages", [node.npm(environ), "ci"], cwd=WEBCHAT, env=environ)
        INSTALLED.write_text(wanted, encoding="utf-8")


def build() -> None:
    """Have `webchat/dist` as the sources want it; a few milliseconds when it is."""
    if _stamp(BUILT) == sources_fingerprint():
        return
    environ = node.environ_with_node(os.environ)
    packages(environ)
    with exclusive(LOCKS / "web-build", "building the web pages"):
        wanted = sources_fingerprint()
        if _stamp(BUILT) == wanted:
            return
        if BUILT.exists():
            BUILT.unlink()
        terminal.work("Building the web pages", [node.npm(environ), "run", "build"], cwd=WEBCHAT, env=environ)
        BUILT.write_text(wanted, encoding="utf-8")


def _stamp(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def main() -> int:
    if sys.argv[1:] == ["packages"]:
        packages()
    else:
        build()
    return 0


if __name__ == "__main__":
    main_guard(main)
