"""What the papers claim to be tested is tested: every test that they name is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)`")


def names_of_all_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def rows(paper: str) -> list[str]:
    lines = (ROOT / "handoff" / "docs" / paper).read_text(encoding="utf-8").splitlines()
    return [
        line
        for line in lines
        if line.startswith("| ") and not re.match(r"\| (---|[\w ]+ \| [\w, ]+ \| tests )", line)
    ]


@pytest.mark.parametrize("paper", ["cases.md"])
def test_every_case_on_paper_names_tests_and_every_test_it_names_is_there(paper: str) -> None:
    there = names_of_all_tests()
    found = rows(paper)

    assert len(found) > 20
    for row in found:
        named = NAMED.findall(row)
        assert named, f"no test in: {row}"
        assert set(named) <= there, f"no such test: {sorted(set(named) - there)}"


def test_every_file_that_the_cases_name_is_there() -> None:
    text = (ROOT / "handoff/docs/cases.md").read_text("utf-8")
    named = re.findall(r"`((?:tests|webchat|handoff)/[\w./-]+)`", text)

    assert len(named) > 3
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_test_in_a_real_browser_shows_a_case() -> None:
    """What is shown in a browser is promised somewhere: a reader of the cases finds it there."""
    text = (ROOT / "handoff/docs/cases.md").read_text("utf-8")
    named = set(NAMED.findall(text))
    tests = {
        name
        for path in (ROOT / "tests/e2e").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert tests - named == set()


def test_everything_that_goes_wrong_elsewhere_is_tried_at_least_twice() -> None:
    paper = (ROOT / "handoff/docs/cases.md").read_text(encoding="utf-8")
    elsewhere = paper.split("## What goes wrong elsewhere")[1].split("\n## ")[0]
    listed = [line for line in rows("cases.md") if line in elsewhere]

    assert len(listed) > 20
    assert [row for row in listed if len(set(NAMED.findall(row))) < 2] == []


# --- the guarantee: every command that it names ---

GUARANTEE = ROOT / "handoff" / "docs" / "guarantee.md"
PYTHON = ".env-server/bin/python -m "


def commands_of_guarantee() -> list[str]:
    spans = re.findall(r"`([^`]+)`", GUARANTEE.read_text(encoding="utf-8").replace("\n", " "))
    return [one for one in spans if one.startswith((PYTHON, "make "))]


def is_there(module: str) -> bool:
    path = ROOT / Path(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def selected(folders: list[str], word: str) -> list[str]:
    """Tests in these folders or files whose name, or whose file's, has the word, as `pytest -k` selects them."""
    paths = [
        path
        for one in folders
        for path in ([ROOT / one] if one.endswith(".py") else (ROOT / one).rglob("test_*.py"))
    ]
    return [
        name
        for path in paths
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
        if word in name or word in path.name
    ]


@pytest.mark.parametrize("command", commands_of_guarantee())
def test_every_command_of_the_guarantee_is_there(command: str) -> None:
    words = command.removeprefix(PYTHON).split()
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    module, *rest = words
    if module == "pytest":
        folders = [one for one in rest if one.startswith("tests")]
        word = rest[rest.index("-k") + 1] if "-k" in rest else ""
        assert all((ROOT / one).exists() for one in folders)
        assert len(selected(folders, word)) >= (5 if word else 1)
    else:
        assert is_there(module)
    if module == "handoff":
        run = subprocess.run(
            [sys.executable, "-m", module, rest[0], "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        options = [one for one in rest if one.startswith("--")]
        assert run.returncode == 0, run.stderr
        assert all(option in run.stdout for option in options)


def test_the_guarantee_names_tests_and_files_that_are_there() -> None:
    text = GUARANTEE.read_text(encoding="utf-8")

    assert set(NAMED.findall(text)) <= names_of_all_tests()
    for path in re.findall(r"`((?:handoff|tests)/[\w/.]+\.(?:py|md))`", text):
        assert (ROOT / path).is_file(), path
    assert len(commands_of_guarantee()) > 20


def test_the_guarantee_lists_the_invariants_of_the_design_by_their_numbers() -> None:
    numbers = re.findall(r"^\| (\d+) \| ", GUARANTEE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [int(one) for one in numbers] == list(range(1, 13))


def test_every_decision_has_a_number_of_its_own() -> None:
    papers = sorted(path.name for path in (ROOT / "handoff/docs/decisions").glob("[0-9]*.md"))
    numbers = [name[:4] for name in papers]
    assert len(numbers) > 40
    assert len(set(numbers)) == len(numbers), papers
    for name in papers:
        title = (ROOT / "handoff/docs/decisions" / name).read_text("utf-8").splitlines()[0]
        assert title.startswith(f"# {name[:4]}: "), title
