"""The same look at the data from the command line: `make validate` begins with it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handoff.trainer.dataset import FOLDERS_AND_FILES

ROOT = Path(__file__).resolve().parents[3]


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "handoff", "trainer-check", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    for place in FOLDERS_AND_FILES:
        for path in ROOT.glob(place):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tmp_path


def test_our_own_data_is_without_an_error(assistant: Path) -> None:
    done = check(assistant)
    assert done.returncode == 0 and "error:" not in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("path", "added", "said"),
    [
        ("data/nlu/orders.yml", "\n- broken: [\n", "data/nlu/orders.yml cannot be read"),
        ("data/human/de.txt", "ohne Zeichen\n", "data/human/de.txt cannot be read"),
        ("data/human/de.txt", "- Berater\n", "asks for a person in one line"),
    ],
)
def test_what_cannot_be_trained_is_named_and_ends_it(
    assistant: Path, path: str, added: str, said: str
) -> None:
    with open(assistant / path, "a", encoding="utf-8") as file:
        file.write(added)
    done = check(assistant)
    assert done.returncode == 1 and re.search(f"error: .*{re.escape(said)}", done.stdout)


def test_the_three_commands_are_there_and_validate_begins_with_our_own_look() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").split("\n")
    for command, does in (
        ("train", "handoff.tooling.model"),
        ("validate", "handoff trainer-check"),
        ("evaluate", "tests.evaluate"),
    ):
        place = next(at for at, line in enumerate(lines) if line.startswith(f"{command}: setup"))
        assert does in lines[place + 1]
