"""The search for an interpreter believes nothing that it has not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.tooling import interpreters
from handoff.tooling.interpreters import BOT, SERVER, Interpreter, find
from handoff.tooling.terminal import ToolingError
from tests.tooling.conftest import MakeProgram

FAILING_SHIM = 'echo "pyenv: python3.10: command not found" >&2; exit 127'


def says(version: str) -> str:
    return f"echo {version}"


def test_failing_shim_is_passed_over_for_the_next_on_path(make_program: MakeProgram) -> None:
    shim = make_program("shims/python3.10", FAILING_SHIM)
    real = make_program("usr/python3.10", says("3.10.13"))

    found = find(BOT, {"PATH": f"{shim.parent}:{real.parent}"}, roots=())

    assert found == Interpreter(str(real), "3.10.13")


def test_shim_that_hangs_is_given_up(make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "PROBE_TIMEOUT_S", 0.2)
    shim = make_program("shims/python3.10", "exec sleep 60")
    real = make_program("usr/python3.10", says("3.10.13"))

    found = find(BOT, {"PATH": f"{shim.parent}:{real.parent}"}, roots=())

    assert found == Interpreter(str(real), "3.10.13")


def test_version_under_a_pyenv_root_is_found_behind_its_shims(
    make_program: MakeProgram, tmp_path: Path
) -> None:
    shim = make_program("pyenv/shims/python3.10", FAILING_SHIM)
    make_program("pyenv/versions/3.10.2/bin/python3.10", says("3.10.2"))
    newest = make_program("pyenv/versions/3.10.13/bin/python3.10", says("3.10.13"))
    environ = {"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}

    assert find(BOT, environ, roots=()) == Interpreter(str(newest), "3.10.13")


def test_path_comes_before_pyenv(make_program: MakeProgram, tmp_path: Path) -> None:
    on_path = make_program("usr/python3.10", says("3.10.5"))
    make_program("pyenv/versions/3.10.13/bin/python3.10", says("3.10.13"))

    found = find(BOT, {"PATH": str(on_path.parent)}, roots=(str(tmp_path / "pyenv"),))

    assert found == Interpreter(str(on_path), "3.10.5")


@pytest.mark.parametrize(
    ("version", "fits"),
    [("3.11.9", False), ("3.12.0", True), ("3.13.1", True), ("3.15.0", True), ("4.0.0", True)],
)
def test_server_takes_python_3_12_and_newer(make_program: MakeProgram, version: str, fits: bool) -> None:
    python = make_program("usr/python3", says(version))

    found = find(SERVER, {"PATH": str(python.parent)}, roots=())

    assert (found is not None) == fits


@pytest.mark.parametrize(("version", "fits"), [("3.9.18", False), ("3.10.0", True), ("3.11.0", False)])
def test_bot_takes_python_3_10_only(make_program: MakeProgram, version: str, fits: bool) -> None:
    python = make_program("usr/python3", says(version))

    found = find(BOT, {"PATH": str(python.parent)}, roots=())

    assert (found is not None) == fits


def test_program_that_says_nonsense_is_no_interpreter(make_program: MakeProgram) -> None:
    assert interpreters.probe(str(make_program("usr/python3", "echo welcome"))) is None


def test_chosen_interpreter_wins_over_path(make_program: MakeProgram) -> None:
    on_path = make_program("usr/python3.12", says("3.12.1"))
    chosen = make_program("own/python", says("3.13.0"))

    found = find(SERVER, {"PATH": str(on_path.parent), "PYTHON312": str(chosen)}, roots=())

    assert found == Interpreter(str(chosen), "3.13.0")


def test_chosen_interpreter_that_does_not_fit_is_refused_by_name(make_program: MakeProgram) -> None:
    on_path = make_program("usr/python3.10", says("3.10.13"))
    chosen = make_program("own/python", says("3.12.1"))

    with pytest.raises(ToolingError, match=r"PYTHON310 is set to .*is Python 3\.12\.1.* needs Python 3\.10"):
        find(BOT, {"PATH": str(on_path.parent), "PYTHON310": str(chosen)}, roots=())


def test_absence_is_explained_with_every_choice() -> None:
    assert find(BOT, {"PATH": ""}, roots=()) is None

    sentence = interpreters.explain_absence(BOT)

    for choice in ("PATH", "pyenv install 3.10", "uv python install 3.10", "PYTHON310"):
        assert choice in sentence
    assert "\n" not in sentence
