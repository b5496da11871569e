"""Rules of the house that the linters cannot say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.tooling.places import ROOT

TOOLING = sorted((ROOT / "handoff/tooling").glob("*.py"))
DOMAIN = sorted((ROOT / "handoff/domain").rglob("*.py"))
# No clock, no chance, no input or output: what is left is data and arithmetic.
PURE_MODULES = {
    "__future__",
    "abc",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "math",
    "operator",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
    "uuid",
    "zoneinfo",
}
CLOCKS = {"now", "utcnow", "today", "uuid1", "uuid4"}


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports."""
    for item in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(item, ast.Import):
            yield from (alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom):
            assert item.level == 0, f"{path}: imports are written out in full"
            yield item.module or ""


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TOOLING, ids=short)
def test_tooling_is_written_for_python_3_8_and_its_standard_library(path: Path) -> None:
    """It runs before any environment exists, on whatever Python the machine has."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))

    strangers = {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("handoff.tooling")
    }

    assert strangers == set()


def test_the_product_does_not_need_the_tooling() -> None:
    """It only starts the server, which may run where no make ever did."""
    product = [path for path in (ROOT / "handoff").rglob("*.py") if path not in TOOLING]

    leaning = [
        short(path) for path in product if any(name.startswith("handoff.tooling") for name in imported(path))
    ]

    assert leaning == []


@pytest.mark.parametrize("path", DOMAIN, ids=short)
def test_domain_imports_nothing_that_knows_the_world(path: Path) -> None:
    strangers = {
        name
        for name in imported(path)
        if name.split(".")[0] not in PURE_MODULES and not name.startswith("handoff.domain")
    }

    assert strangers == set()


@pytest.mark.parametrize("path", DOMAIN, ids=short)
def test_domain_never_asks_for_the_time_or_chance_and_never_waits(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [item.func for item in ast.walk(tree) if isinstance(item, ast.Call)]
    asked = {called.attr for called in calls if isinstance(called, ast.Attribute)} & CLOCKS
    waits = [item for item in ast.walk(tree) if isinstance(item, (ast.Await, ast.AsyncFunctionDef))]

    assert asked == set()
    assert waits == []


def test_lock_files_have_hashes_and_name_no_host() -> None:
    locks = [
        ROOT / "handoff/requirements.lock",
        ROOT / "bot/requirements.lock",
        ROOT / "handoff/tooling/bootstrap.lock",
        ROOT / "handoff/tooling/node.lock",
    ]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        pins = re.findall(
            r"^[a-z0-9][^\n]*==[^\n]*\\\n {4}--hash=sha256:", text, re.MULTILINE | re.IGNORECASE
        )
        assert len(pins) == len(re.findall(r"^\S", text, re.MULTILINE)) > 0, lock
        assert "://" not in text, lock
    for lock in (ROOT / "webchat/package-lock.json", ROOT / "handoff/tooling/chromium/package-lock.json"):
        text = lock.read_text(encoding="utf-8")
        assert '"resolved"' not in text, lock
        assert '"integrity"' in text, lock


def test_run_for_continuous_integration_is_a_program_that_bash_understands() -> None:
    run = ROOT / ".ci/run"

    assert os.access(run, os.X_OK)
    subprocess.run(["bash", "-n", str(run)], check=True, timeout=20)


def test_make_help_lists_the_promised_targets() -> None:
    make = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )

    listed = {line.split()[0] for line in make.stdout.splitlines()}

    promised = {"setup", "run", "test", "lint", "types", "train", "bench", "faults", "e2e", "clean", "help"}
    assert promised <= listed
