"""Programs that only pretend, in folders of their own, so that the search for the real ones can be watched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MakeProgram = Callable[[str, str], Path]


@pytest.fixture
def make_program(tmp_path: Path) -> MakeProgram:
    """Write an executable shell script at a path below the test's folder."""

    def make(name: str, script: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, and nothing of the person's that could be found."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BYNAME_CACHE", str(folder))
    for name in ("PYTHON312", "PYTHON310", "PYENV_ROOT", "BYNAME_CHROMIUM", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder
