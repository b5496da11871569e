"""`make reload` finds the one supervisor of a data folder, and nobody else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from handoff import app
from handoff.tooling import model, reload
from handoff.tooling.announcer import control_path
from handoff.tooling.reload import only_one, supervisor_of
from handoff.tooling.terminal import ToolingError


def test_supervisor_of_a_folder_is_known_while_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    assert supervisor_of(folder) is None
    with only_one(folder):
        assert supervisor_of(folder) == os.getpid()
        assert supervisor_of(tmp_path) is None

    assert supervisor_of(folder) is None


def test_second_product_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(ToolingError, match="runs already"), only_one(tmp_path):
        pass


def test_process_id_that_was_left_behind_is_not_signalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / reload.NAME).write_text("1", encoding="ascii")
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(model, "ensure_model", lambda: tmp_path)
    monkeypatch.setattr(model, "train_detector", lambda: None)

    with pytest.raises(ToolingError, match="No product runs"):
        reload.main()


def test_supervisor_is_asked_by_a_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(model, "ensure_model", lambda: tmp_path)
    monkeypatch.setattr(model, "train_detector", lambda: asked.append((0, 0)))
    monkeypatch.setattr(os, "kill", lambda pid, number: asked.append((pid, number)))

    with only_one(tmp_path):
        assert reload.main() == 0

    assert asked == [(0, 0), (os.getpid(), signal.SIGUSR1)]  # the detector first, which the signal lets in


@pytest.mark.parametrize("name", ["data", "d" * 120])
def test_supervisor_and_server_agree_on_the_control_socket(tmp_path: Path, name: str) -> None:
    assert control_path(tmp_path / name) == app.control_path(tmp_path / name)
