"""What the server refuses is said in English; the pages have each such sentence in their other languages too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "webchat" / "src"

# Whatever an agent, a supervisor or an administrator may be refused by a rule or in a form.
SAID = (
    "domain/rights.py",
    "domain/text.py",
    "domain/decisions/blocks.py",
    "domain/decisions/people.py",
    "domain/decisions/supervisors.py",
    "domain/decisions/work.py",
    "service/accounts.py",
    "service/administered.py",
    "service/administration.py",
)
# And a trainer, who is also told what was not found and what is wrong with the files.
TOLD_TO_TRAINERS = sorted(
    path.relative_to(ROOT / "handoff").as_posix()
    for path in (ROOT / "handoff" / "trainer").rglob("*.py")
    if re.search(r"(conflict|bad_request|not_found|DomainError|Problem|Failed)\(", path.read_text("utf-8"))
)
RAISERS = {"conflict", "bad_request", "forbidden", "DomainError"}
TELLERS = RAISERS | {"not_found", "Problem", "Failed"}
# Which no page can bring about, or for which the pages have a sentence by their code.
NOT_SAID_THERE = {
    "Only the system sets not_responding.",
    "A canary is for the canary agent, and nothing else is.",
    "This offer has ended; somebody else may have it now.",
}


def shape(sentence: str) -> str:
    return re.sub(r"\{\w*\}", "{}", sentence)


def text_of(node: ast.expr) -> str | None:
    """The sentence with `{}` for each place; None for what is no sentence in the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def sentences(path: Path, callees: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in callees:
            said = [*node.args, *(one.value for one in node.keywords if one.arg == "text")]
            found = [text for one in said if (text := text_of(one)) is not None]
            yield from (text for text in found if text not in NOT_SAID_THERE)


def known_to(page: str) -> set[str]:
    text = (PAGES / page / "strings" / "refusals.ts").read_text("utf-8")
    return {shape(key) for key in re.findall(r'^    "(.+?)":', text, re.MULTILINE)}


@pytest.mark.parametrize("path", SAID)
def test_every_refusal_is_in_the_consoles_languages(path: str) -> None:
    said = {shape(sentence) for sentence in sentences(ROOT / "handoff" / path, RAISERS)}
    assert said, path
    assert said - known_to("console") == set()


@pytest.mark.parametrize("path", TOLD_TO_TRAINERS)
def test_every_refusal_is_in_the_languages_of_the_trainers_page(path: str) -> None:
    said = {shape(sentence) for sentence in sentences(ROOT / "handoff" / path, TELLERS)}
    assert said - known_to("trainer") == set()
