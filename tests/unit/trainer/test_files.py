"""A change is on disk whole or not at all, whoever else writes and whatever dies in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from handoff.trainer.files import Change, ChangedMeanwhile, Files
from handoff.trainer.journal import Journal
from handoff.trainer.merging import Overlap, without

A, B = "data/nlu/a.yml", "bot/domain/b.yml"


class Died(BaseException):
    """In the place of kill -9."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in ((A, "a0\n"), (B, "b0\n")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def both(root: Path) -> list[str]:
    return [(root / path).read_text() for path in (A, B)]


CHANGES = [Change(path=A, before="a0\n", after="a1\n"), Change(path=B, before="b0\n", after="b1\n")]


def test_a_death_between_two_files_is_made_good_at_the_next_start(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[Any] = []
    files = Files(root, root / "own", notes.append)
    written: list[Path] = []

    def dies(path: Path, content: bytes) -> None:
        if path.name == "b.yml":
            raise Died
        path.write_bytes(content)
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr("handoff.trainer.files.write_whole", dies)
        with pytest.raises(Died):
            files.write(CHANGES, {"id": "ed_1"})
    assert both(root) == ["a1\n", "b0\n"] and notes == []
    Files(root, root / "own", notes.append).recover()
    assert both(root) == ["a1\n", "b1\n"] and notes == [{"id": "ed_1"}]
    Files(root, root / "own", notes.append).recover()
    assert notes == [{"id": "ed_1"}]


def test_what_somebody_wrote_after_the_crash_stands(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(path: Path, content: bytes) -> None:
        if path.name != "pending.json":
            raise Died
        path.write_bytes(content)

    with monkeypatch.context() as patch:
        patch.setattr("handoff.trainer.files.write_whole", dies)
        with pytest.raises(Died):
            Files(root, root / "own").write(CHANGES, {"id": "ed_1"})
    (root / A).write_text("by hand\n")
    Files(root, root / "own").recover()
    assert both(root) == ["by hand\n", "b1\n"]


def test_a_file_that_moved_on_is_not_written_over(root: Path) -> None:
    (root / B).write_text("by hand\n")
    with pytest.raises(ChangedMeanwhile) as caught:
        Files(root, root / "own").write(CHANGES, {"id": "ed_1"})
    assert caught.value.files == {B: "by hand\n"}
    assert both(root) == ["a0\n", "by hand\n"]


@pytest.mark.parametrize(
    "path",
    [
        "../x.yml",
        "/etc/x.yml",
        "data/nlu/../../x.yml",
        "config.yml",
        "bot/x.yml",
        "data/nlu/x.py",
        "data/nlu/.x.yml",
    ],
)
def test_only_the_datas_own_files_are_written(root: Path, path: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        Files(root, root / "own").write([Change(path=path, before=None, after="x")], {"id": "ed_1"})


def test_links_are_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yml"
    outside.write_text("secret: yes\n")
    (root / "data/nlu/link.yml").symlink_to(outside)
    assert set(Files(root, root / "own").read()) == {A, B}


def test_a_torn_last_line_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add({"id": "1", "kind": "edit"})
    with open(tmp_path / "journal.jsonl", "ab") as handle:
        handle.write(b'{"id": "2", "ki')
    again = Journal(tmp_path / "journal.jsonl")
    again.open()
    again.add({"id": "3", "kind": "edit"})
    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1", "3"] == [one["id"] for one in again.entries]


def test_one_change_comes_out_of_what_went_on_since() -> None:
    before, after = "1\n2\n3\n4\n5\n", "1\n2\nnew\n3\n4\n5\n"
    assert without(before, after, "0\n1\n2\nnew\n3\n4\n5\n6\n") == "0\n1\n2\n3\n4\n5\n6\n"
    assert without("1\n2\n3\n", "1\nB\n3\n", "1\nB\n3\n4\n") == "1\n2\n3\n4\n"
    assert without("a\nb\nc\nd\ne\n", "a\nB\nc\nD\ne\n", "x\na\nB\nc\nD\ne\n") == "x\na\nb\nc\nd\ne\n"


def test_lines_that_were_changed_again_are_not_guessed_at() -> None:
    with pytest.raises(Overlap):
        without("1\n2\n3\n", "1\nB\n3\n", "1\nBB\n3\n")
