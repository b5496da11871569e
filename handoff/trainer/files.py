"""The assistant's files on disk: which there are, what is in them, and how several change as one.

A trainer names no path of their own: only files that are found here exist. What is to be written is first put down
whole in `pending.json`; after a crash in the middle the next start completes it, so that no change is there by half.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handoff.trainer.dataset import DOMAIN, HELD_BACK, HUMAN, NLU, RULES, STORIES, TEST_STORIES
from handoff.trainer.marks import FILE_BYTES_MAX

_log = logging.getLogger(__name__)
ENDINGS = {HUMAN: ".txt", NLU: ".yml", RULES: ".yml", STORIES: ".yml", DOMAIN: ".yml"}  # by folder
FOLDERS = tuple(ENDINGS)
SINGLE = (TEST_STORIES, HELD_BACK)
FILES_MAX = 500


class ChangedMeanwhile(Exception):
    """A file is not any more as it was when the change was made. `files` maps each path to what it holds now."""

    def __init__(self, files: Mapping[str, str | None]) -> None:
        super().__init__(", ".join(files))
        self.files = dict(files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Of one file: `before` is None for a file that is new, `after` for one that goes."""

    path: str
    before: str | None
    after: str | None


def digest(text: str | None) -> str:
    return "none" if text is None else hashlib.sha256(text.encode()).hexdigest()


class Files:
    """`root` holds data/ and bot/domain/; `own` is a folder of ours for what is under way."""

    def __init__(
        self, root: Path, own: Path, done: Callable[[dict[str, Any]], None] = lambda _note: None
    ) -> None:
        """`done` gets the note of a change once its files are written; after a crash perhaps a second time."""
        self._root = root
        self._pending = own / "pending.json"
        self._done = done

    def read(self) -> dict[str, str]:
        """Every file by its path in the root. Links, and what is too large or no text, are left out."""
        found: dict[str, str] = {}
        for path in self._paths():
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = self._text(path)
                if text is not None:
                    found[path.relative_to(self._root).as_posix()] = text
        return found

    def _paths(self) -> Iterator[Path]:
        listed = [
            path
            for folder, ending in ENDINGS.items()
            for path in sorted((self._root / folder).glob(f"*{ending}"))
        ]
        listed += [self._root / path for path in SINGLE]
        yield from listed[:FILES_MAX]

    def _text(self, path: Path) -> str | None:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > FILE_BYTES_MAX:
            return None
        if self._root.resolve() not in path.resolve().parents:
            return None
        with open(path, encoding="utf-8", newline="") as handle:
            return handle.read()

    def write(self, changes: list[Change], note: dict[str, Any]) -> None:
        """All of them, or none. Raises `ChangedMeanwhile` when a file is not as `before` says."""
        now = {change.path: self._text(self._place(change.path)) for change in changes}
        if moved := {
            change.path: now[change.path] for change in changes if now[change.path] != change.before
        }:
            raise ChangedMeanwhile(moved)
        rows = [{"path": one.path, "before": digest(one.before), "after": one.after} for one in changes]
        self._pending.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._pending, json.dumps({"rows": rows, "note": note}).encode())
        self._complete(rows, note)

    def recover(self) -> None:
        """Complete what a crash interrupted, and clear away what was not written to its end."""
        self._complete_pending()
        endings = ENDINGS | {path.rpartition("/")[0]: ".yml" for path in SINGLE}
        for folder, ending in endings.items():
            for ruin in (self._root / folder).glob(f".*{ending}.*.new"):
                ruin.unlink()

    def _complete_pending(self) -> None:
        try:
            pending = json.loads(self._pending.read_bytes())
        except FileNotFoundError:
            return
        except ValueError:  # cannot be: it is written whole
            _log.error("an edit that was under way cannot be read", extra={"file": str(self._pending)})
            return
        rows, note = pending["rows"], pending["note"]
        _log.warning(
            "an edit that was interrupted is completed", extra={"files": [row["path"] for row in rows]}
        )
        self._complete(rows, note)

    def _complete(self, rows: list[dict[str, str | None]], note: dict[str, Any]) -> None:
        for row in rows:
            path = self._place(str(row["path"]))
            if digest(self._text(path)) != row["before"]:
                continue  # written already, or changed by somebody since: then theirs stands
            if row["after"] is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, row["after"].encode())
        self._done(note)
        self._pending.unlink()
        sync_folder(self._pending.parent)

    def _place(self, path: str) -> Path:
        """Only what the dataset can be made of. Raises `ValueError`."""
        folder, _, name = path.rpartition("/")
        if path not in SINGLE and not (
            folder in ENDINGS and name.endswith(ENDINGS[folder]) and not name.startswith(".")
        ):
            raise ValueError(path)
        return self._root / path


def write_whole(path: Path, content: bytes) -> None:
    """The old content or the new, whatever happens; with the rights of the old file."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    with open(fresh, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    os.replace(fresh, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
