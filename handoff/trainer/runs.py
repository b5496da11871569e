"""Training runs as the server sees them: begins one, tells how they fare, ends one early. The work is in `run_process`.

A lock on a file says whether a run is alive: the process inherits it, and the system drops it with the process, so a
server that starts anew finds a run of the one before still at work, or knows that it was cut off.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handoff.domain.errors import DomainError, conflict, not_found
from handoff.trainer.files import ENDINGS, write_whole
from handoff.trainer.run_process import plain_log

KEPT = 20  # runs; models that were in service are kept elsewhere
LOG_CHARS = 20_000  # of the end of the log, for the page
NICENESS = 15  # customers' messages come first
_ID = re.compile(r"run_[A-Za-z0-9_-]{1,60}")
_COPIED = (
    "config.yml",
    "data/nlu",
    "data/rules",
    "data/stories",
    "data/human",
    "bot/domain",
    "tests/bot/test_stories.yml",
    "tests/bot/held_back.yml",
)


class Runs:
    """`assistant` holds the data, `project` the code, `own` is the workshop's folder."""

    def __init__(self, assistant: Path, project: Path, own: Path) -> None:
        self._assistant = assistant
        self._project = project
        self._folder = own / "runs"
        self._lock = own / "run.lock"
        self._processes: list[subprocess.Popen[bytes]] = []

    def begin(
        self,
        run_id: str,
        *,
        by: dict[str, Any],
        at: str,
        current: Path | None,
        weights: bytes | None,
        recent: Sequence[dict[str, str]],
        edits: int,
    ) -> dict[str, Any]:
        """`current` and `weights` are in service, None for the packaged weights. Raises `conflict` while another run is
        at work."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._lock, "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise conflict("A run is at work already. One at a time.") from error
            folder = self._folder / run_id
            self._copy(folder / "snapshot")
            state: dict[str, Any] = {
                "id": run_id, "status": "running", "step": "check", "done": [], "message": "",
                "by": by, "at": at, "ended_at": None, "edits": edits,
            }  # fmt: skip
            kept = None
            if current is not None:
                kept = folder / "current.tar.gz"
                _same(current, kept)
            if weights is not None:
                write_whole(folder / "current.weights", weights)
            spec = {"current": None if kept is None else str(kept.resolve()), "recent": list(recent)}
            write_whole(folder / "spec.json", json.dumps(spec, ensure_ascii=False).encode())
            write_whole(folder / "state.json", json.dumps(state).encode())
            command = [sys.executable, "-m", "handoff", "trainer-run", str(folder.resolve())]
            with open(folder / "log.txt", "ab") as log:
                process = subprocess.Popen(  # noqa: S603  # our own program on a folder that we named
                    command, cwd=self._project, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, pass_fds=(lock.fileno(),), preexec_fn=_behind_people,
                )  # fmt: skip
            write_whole(folder / "pid", str(process.pid).encode())
            self._processes = [one for one in self._processes if one.poll() is None] + [process]
        self._prune()
        return self.state(run_id)

    def _copy(self, to: Path) -> None:
        for name in _COPIED:
            source, target = self._assistant / name, to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                target.mkdir()
                for path in sorted(source.glob(f"*{ENDINGS[name]}")):
                    if not path.is_symlink():
                        shutil.copyfile(path, target / path.name)
            elif source.is_file() and not source.is_symlink():
                shutil.copyfile(source, target)

    def busy(self) -> bool:
        """Whether a run is at work, of this server's or of one before it."""
        for one in self._processes:
            one.poll()
        if not self._lock.exists():
            return False
        with open(self._lock, "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def all(self) -> list[dict[str, Any]]:
        """The latest first."""
        if not self._folder.is_dir():
            return []
        found = [self.state(path.name) for path in self._folder.iterdir() if (path / "state.json").is_file()]
        return sorted(found, key=lambda one: str(one["at"]), reverse=True)

    def state(self, run_id: str) -> dict[str, Any]:
        """Raises `not_found`."""
        path = self._place(run_id) / "state.json"
        state: dict[str, Any] = json.loads(path.read_bytes())
        if state["status"] == "running" and not self.busy():
            state = json.loads(path.read_bytes())  # it may just have ended
            if state["status"] == "running":
                state |= {
                    "status": "interrupted",
                    "message": "It was cut off: the machine or the process ended.",
                }
        return state

    def result(self, run_id: str) -> dict[str, Any] | None:
        path = self._place(run_id) / "result.json"
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found

    def log(self, run_id: str) -> tuple[str, str]:
        """The end of it, and of the warnings of libraries that are left out of it."""
        path = self._place(run_id) / "log.txt"
        if not path.is_file():
            return "", ""
        with open(path, "rb") as handle:
            handle.seek(max(path.stat().st_size - LOG_CHARS * 4, 0))
            log, warnings = plain_log(handle.read())
        return log[-LOG_CHARS:], warnings[-LOG_CHARS:]

    def model(self, run_id: str) -> Path:
        return self._place(run_id) / "candidate.tar.gz"

    def weights(self, run_id: str) -> Path:
        return self._place(run_id) / "candidate.weights"

    def cancel(self, run_id: str) -> None:
        """Ask it to end. It is over when its state says so."""
        if self.state(run_id)["status"] != "running":
            raise conflict("This run is over.")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.killpg(int((self._place(run_id) / "pid").read_text()), signal.SIGTERM)

    def _place(self, run_id: str) -> Path:
        path = self._folder / run_id
        if not _ID.fullmatch(run_id) or not (path / "state.json").is_file():
            raise not_found("There is no such run.")
        return path

    def _prune(self) -> None:
        for state in self.all()[KEPT:]:
            with contextlib.suppress(DomainError):
                shutil.rmtree(self._place(str(state["id"])), ignore_errors=True)


def _same(source: Path, target: Path) -> None:
    """Another name for the same model; a copy where the disk is another."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _behind_people() -> None:
    os.nice(NICENESS)
