"""What the papers claim to be tested is tested: every test that they name is there."""

from __future__ import annotations

import ast
import re
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
