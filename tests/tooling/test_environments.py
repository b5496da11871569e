"""An environment is used only when it is complete and is what the lock file says."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from handoff.tooling import environments, installer, interpreters
from handoff.tooling.environments import Environment, ensure, folder_for
from handoff.tooling.terminal import ToolingError
from tests.tooling.conftest import MakeProgram

PYTHON = 'case "$*" in "-I -c"*) echo 3.10.13 ;; *) exit 1 ;; esac'  # it has neither venv nor pip
# It makes what the real one makes, as far as anybody looks, and counts how often it installed something.
WORKING_UV = """
case "$1" in
  --version) echo "uv 1.0" ;;
  venv) for folder; do :; done; mkdir -p "$folder/bin"; : > "$folder/bin/python" ;;
  pip) echo installed >> "$UV_LOG" ;;
esac
"""
FAILING_UV = WORKING_UV.replace('echo installed >> "$UV_LOG"', "echo 'no such package' >&2; exit 1")


@pytest.fixture
def uv_log(tmp_path: Path, cache: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a Python 3.10 and a uv that works; what it has installed, line by line."""
    log = tmp_path / "uv.log"
    log.write_text("", encoding="utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "mkdir", "chmod"):
        (tools / name).symlink_to(f"/bin/{name}")
    make_program("machine/python3.10", PYTHON)
    make_program("machine/uv", WORKING_UV)
    monkeypatch.setenv("PATH", f"{tmp_path / 'machine'}:{tools}")
    monkeypatch.setenv("HOME", str(tmp_path))
    for module in (interpreters, installer):
        monkeypatch.setattr(module, "PYENV_ROOTS", ())
    monkeypatch.setenv("UV_LOG", str(log))
    return log


@pytest.fixture
def bot(tmp_path: Path, cache: Path) -> Environment:
    lock = tmp_path / "requirements.lock"
    lock.write_text("rasa==3.6.21\n", encoding="utf-8")
    return Environment(interpreters.BOT, lock, tmp_path / ".env-bot", "Installing")


def test_folder_is_named_after_lock_and_interpreter(bot: Environment, cache: Path) -> None:
    first = folder_for(bot, "3.10.13")

    assert first.parent == cache / "env"
    assert folder_for(bot, "3.10.13") == first
    assert folder_for(bot, "3.10.14") != first
    bot.lock.write_text("rasa==3.6.20\n", encoding="utf-8")
    assert folder_for(bot, "3.10.13") != first


def test_first_run_installs_and_links_and_the_second_runs_nothing(
    bot: Environment, uv_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(bot)
    assert bot.link.resolve() == folder_for(bot, "3.10.13").resolve()

    monkeypatch.setenv("PATH", "")  # with nothing to run, nothing can be run
    ensure(bot)

    assert uv_log.read_text() == "installed\n"


def test_fresh_clone_takes_the_environment_of_another(bot: Environment, uv_log: Path, tmp_path: Path) -> None:
    ensure(bot)
    clone = Environment(bot.wanted, bot.lock, tmp_path / "clone-env-bot", bot.title)

    ensure(clone)

    assert clone.link.resolve() == bot.link.resolve()
    assert uv_log.read_text() == "installed\n"


def test_changed_lock_gets_a_new_environment_and_leaves_the_old_alone(bot: Environment, uv_log: Path) -> None:
    ensure(bot)
    old = bot.link.resolve()
    bot.lock.write_text("rasa==3.6.20\n", encoding="utf-8")

    ensure(bot)

    assert bot.link.resolve() != old
    assert installer.is_complete(old)


def test_half_made_environment_is_thrown_away(bot: Environment, uv_log: Path) -> None:
    """An installation that was interrupted leaves a folder that looks like an environment."""
    ruin = folder_for(bot, "3.10.13")
    (ruin / "bin").mkdir(parents=True)
    (ruin / "bin/python").touch()
    (ruin / "rubble").touch()
    bot.link.symlink_to(ruin)

    ensure(bot)

    assert installer.is_complete(ruin)
    assert not (ruin / "rubble").exists()


def test_environment_whose_interpreter_is_gone_is_made_anew(bot: Environment, uv_log: Path) -> None:
    ensure(bot)
    (bot.link / "bin/python").unlink()

    ensure(bot)

    assert uv_log.read_text() == "installed\n" * 2


def test_failed_installation_tells_why_and_is_not_used(
    bot: Environment, uv_log: Path, make_program: MakeProgram
) -> None:
    make_program("machine/uv", FAILING_UV)

    with pytest.raises(ToolingError) as refusal:
        ensure(bot)

    assert "no such package" in str(refusal.value)
    assert "python3-venv" in str(refusal.value)
    assert not installer.is_complete(folder_for(bot, "3.10.13"))
    assert not bot.link.exists()


def test_without_a_working_uv_pip_does_it(bot: Environment, uv_log: Path, make_program: MakeProgram) -> None:
    make_program("machine/uv", FAILING_UV)
    venv_makes_python = 'mkdir -p "$3/bin"; printf "#!/bin/sh\\n" > "$3/bin/python"; chmod +x "$3/bin/python"'
    script = f'case "$*" in *ensurepip*) ;; "-m venv"*) {venv_makes_python} ;; *) {PYTHON} ;; esac'
    make_program("machine/python3.10", script)

    ensure(bot)

    assert installer.is_complete(bot.link.resolve())


def test_two_runs_at_once_install_once(bot: Environment, uv_log: Path) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            ensure(bot)
        except BaseException as error:
            failures.append(error)

    runs = [threading.Thread(target=run) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()

    assert failures == []
    assert uv_log.read_text() == "installed\n"


def test_uv_that_does_not_run_is_not_used(uv_log: Path, make_program: MakeProgram) -> None:
    make_program("machine/uv", "exit 1")

    assert installer.working_uv(os.environ) is None


def test_interpreter_is_fetched_by_uv_when_none_is_here(
    bot: Environment, uv_log: Path, make_program: MakeProgram, tmp_path: Path
) -> None:
    (tmp_path / "machine/python3.10").unlink()
    fetched = tmp_path / "fetched/python3.10"
    body = f"echo '#!/bin/sh' > {fetched}; echo 'echo 3.10.13' >> {fetched}; chmod +x {fetched}"
    fetching = f"""
case "$1 $2" in
  "python install") mkdir -p {fetched.parent}; {body}; exit ;;
  "python find") test -e {fetched} && echo {fetched}; exit ;;
esac"""
    make_program("machine/uv", fetching + WORKING_UV)

    ensure(bot)

    assert fetched.exists()
    assert installer.is_complete(bot.link.resolve())


def test_no_interpreter_at_all_is_one_sentence(
    bot: Environment, uv_log: Path, make_program: MakeProgram, tmp_path: Path
) -> None:
    (tmp_path / "machine/python3.10").unlink()
    make_program("machine/uv", 'test "$1" = --version')

    with pytest.raises(ToolingError, match=r"No Python 3\.10 was found for the bot"):
        ensure(bot)


def test_missing_lock_is_told(bot: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    bot.lock.unlink()

    with pytest.raises(ToolingError, match=r"requirements\.lock is missing"):
        ensure(bot)
