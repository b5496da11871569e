"""A trainer changes sentences, answers, rules and stories. No word of theirs runs code or reaches another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.domain.errors import Code, DomainError
from handoff.trainer.dataset import read
from handoff.trainer.edits import carry_out
from handoff.trainer.edits.operations import (
    AddIntent,
    AddSentences,
    ChangeSentence,
    FormStep,
    Operation,
    PutCourse,
    RemoveCourse,
    RenameIntent,
    Said,
    SetAnswer,
    Words,
)
from handoff.trainer.files import FILES_MAX, Files
from handoff.trainer.marks import DEPTH_MAX, FILE_BYTES_MAX, BadFile, compose
from tests.unit.trainer.test_edits import changed_lines

ROOT = Path(__file__).resolve().parents[3]
EVIL = (
    "!!python/object/apply:os.system [id]",
    "!!python/name:os.system x",
    "!include /etc/passwd",
    "&a [*a]",
    "<<: *a",
    "${HOME}",
    "$${HOME}",
    "{{ ''.__class__.__mro__ }}",
    "{% import os %}",
    "{0.__class__}",
    "../../../etc/passwd",
    "/etc/passwd\x00.yml",
    "a\nresponses: {}",
    "a\r\nactions: [action_of_nobody]",
    "a: b",
    "# nothing",
    "--- !!map",
    "%TAG ! tag:x,2000:",
    "\u2028- intent: x",
    "\ufeff",
    "] }",
    '"',
    "'",
)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return Files(ROOT, ROOT / "var/nowhere").read()


def asked(evil: str) -> list[Operation]:
    words = Words(en=evil, de=evil)
    said = [Said(language=language, text=evil) for language in ("en", "de")]
    good = [Said(language="en", text="an odd english wish"), Said(language="de", text="ein seltsamer Wunsch")]
    fine = Words(en="Yes.", de="Ja.")
    rules, step = "data/rules/answers.yml", FormStep(intent="thank")
    known = "how do I leave a review"
    return [
        AddSentences(intent="review", language="en", texts=[evil]),
        AddSentences(intent="review", language="en", texts=[evil], keep_back=True),
        AddSentences(intent=evil, language="en", texts=["fine"]),
        AddSentences(intent="review", language=evil, texts=["fine"]),
        ChangeSentence(intent="review", language="en", text=known, to=evil),
        SetAnswer(name="utter_review", language="en", text=evil),
        SetAnswer(name=evil, language="en", text="fine"),
        AddIntent(name=evil, topic="orders", title=fine, answer=fine, sentences=good),
        AddIntent(name="own", topic=evil, title=fine, answer=fine, sentences=good),
        AddIntent(name="own", topic="orders", title=words, answer=fine, sentences=good),
        AddIntent(name="own", topic="orders", title=fine, answer=words, sentences=good),
        AddIntent(name="own", topic="orders", title=fine, answer=fine, sentences=said),
        RenameIntent(name="review", to=evil),
        PutCourse(path=evil, name="fine", steps=[step, FormStep(action="utter_thank")]),
        PutCourse(path=rules, name=evil, steps=[FormStep(intent="review"), FormStep(action="utter_thank")]),
        PutCourse(path=rules, name="fine", steps=[step, FormStep(action=evil)]),
        PutCourse(path=rules, name="fine", steps=[FormStep(intent=evil), FormStep(action="utter_thank")]),
        PutCourse(path=rules, yaml=evil),
        PutCourse(path=rules, yaml=f"- rule: x\n  steps:\n  - intent: {evil}\n  - action: utter_thank"),
        PutCourse(
            path=rules, yaml=f"- rule: x\n  steps:\n  - intent: thank\n  - action: utter_thank\n{evil}"
        ),
        RemoveCourse(path=evil, name="fine"),
    ]


@pytest.mark.parametrize("evil", EVIL)
def test_what_is_typed_stays_words_wherever_it_is_typed(texts: dict[str, str], evil: str) -> None:
    """Either it is refused, or it is kept as the words that it is: the files say nothing else than before."""
    before = read(texts)
    refused: set[Code] = set()
    for operation in asked(evil):
        try:
            changed = carry_out(texts, operation)
        except DomainError as error:
            refused.add(error.code)
            continue
        after = read(texts | changed)
        assert after.broken == {}, operation
        assert set(changed) <= set(texts), operation
        assert set(after.actions) - set(before.actions) <= {"utter_own", "topic_own"}, operation
        assert set(after.intents) - set(before.intents) <= {"own"}, operation
        assert not [line for line in changed_lines(texts, changed) if "${" in line], operation
        assert len(after.courses) - len(before.courses) in (0, 1), operation
    assert Code.BAD_REQUEST in refused and refused <= {Code.BAD_REQUEST, Code.NOT_FOUND, Code.CONFLICT}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * (DEPTH_MAX + 5) + "]" * (DEPTH_MAX + 5),
        "a: [" + "0," * 300_000 + "]",
        "a: " + "x" * (FILE_BYTES_MAX + 1),
        "a: &x [1]\nb: [*x, *x]",
        "a: !!python/object/apply:os.system [id]",
        "a: ${HOME}",
        "a: 1\n---\nb: 2",
        "a: 1\na: 2",
        "? [a, b]\n: c",
        "a: \x07",
        "- a",
        "",
    ],
)
def test_a_file_that_is_no_plain_data_is_not_read(text: str) -> None:
    with pytest.raises(BadFile):
        compose(text)


def test_large_and_many_files_are_left_out_and_nothing_of_the_outside_is_read(tmp_path: Path) -> None:
    folder, outside = tmp_path / "assistant/data/nlu", tmp_path / "outside"
    folder.mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.yml").write_text("secret: yes\n")
    (folder / "large.yml").write_text("x" * (FILE_BYTES_MAX + 1))
    (folder / "binary.yml").write_bytes(b"\xff\xfe\x00")
    (folder / "link.yml").symlink_to(outside / "secret.yml")
    (folder / "folder.yml").mkdir()
    (tmp_path / "assistant/data/rules").symlink_to(outside)
    for number in range(FILES_MAX + 5):
        (folder / f"z{number:04}.yml").write_text("nlu: []\n")
    found = Files(tmp_path / "assistant", tmp_path / "own").read()
    assert len(found) <= FILES_MAX and all(path.startswith("data/nlu/z") for path in found)
