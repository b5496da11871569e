"""Applies a planted fault to a copy of the sources, and lets the simulation look for it there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
SEED = 1
HANDOFFS_MAX = 900  # three worlds: by then each has been found several times over
PATIENCE_S = 900
_FINDING = re.compile(
    r"^  (?P<at>[0-9.]+) s \[(?P<check>[^]]*)\] (?P<about>\S+): (?P<what>.*)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the simulation said of a planted fault. `check` is None when it noticed nothing."""

    fault: str
    check: str | None
    what: str
    virtual_s: float
    handoffs: int
    seconds: float

    def row(self) -> str:
        found = self.check or "NOT FOUND"
        return (
            f"{self.fault:<34}  {found[:58]:<58}  {self.handoffs:>5} handoffs  "
            f"{self.virtual_s:>7.1f} s  {self.seconds:>6.1f} s"
        )


def applies(patch: Path) -> str:
    """Empty, or why this patch does not fit the sources any more."""
    check = ["git", "apply", "--check", "--recount", str(patch)]
    tried = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return "" if tried.returncode == 0 else tried.stderr


def look_for(patch: Path, *, seed: int = SEED, handoffs: int = HANDOFFS_MAX) -> Found:
    """Plant it in a copy, simulate until something is wrong, and say what and how soon."""
    with tempfile.TemporaryDirectory(prefix="byname-planted-") as folder:
        copy = Path(folder)
        left_out = shutil.ignore_patterns("__pycache__", "tooling")
        shutil.copytree(ROOT / "handoff", copy / "handoff", ignore=left_out)
        subprocess.run(
            ["git", "apply", "--recount", str(patch)], cwd=copy, check=True, capture_output=True, timeout=60
        )
        command = [sys.executable, "-m", "handoff", "simulate", "--first", "--seed", str(seed)]
        started = time.perf_counter()
        run = subprocess.run(
            [*command, "--handoffs", str(handoffs)],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        seconds = time.perf_counter() - started
    try:
        line = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise AssertionError(f"{patch.name}: {run.stdout[-1_000:]}\n{run.stderr[-2_000:]}") from error
    found = _FINDING.search(run.stdout)
    return Found(
        fault=patch.stem,
        check=found["check"] if found else None,
        what=f"{found['about']}: {found['what']}" if found else "",
        virtual_s=float(found["at"]) if found else line["hours"] * 3_600,
        handoffs=line["handoffs"],
        seconds=seconds,
    )
