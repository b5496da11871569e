"""What trainers did, one JSON object a line: the history, what undo needs, and what was decided about each finding.

Lines are only added. The last one may be torn by a crash: it was never acknowledged, and is cut off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handoff.trainer.files import sync_folder


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: list[dict[str, Any]] = []

    def open(self) -> None:
        self.entries = []
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            with open(self._path, "r+b") as handle:
                handle.truncate(len(whole))
        self.entries = [json.loads(line) for line in whole.splitlines()]

    def add(self, entry: dict[str, Any]) -> None:
        """Returns when it is on disk."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self._path.exists()
        with open(self._path, "ab") as handle:
            handle.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        if fresh:
            sync_folder(self._path.parent)
        self.entries.append(entry)

    def add_once(self, entry: dict[str, Any]) -> None:
        """The same entry may be brought again by a start that completes what a crash cut off."""
        if all(one["id"] != entry["id"] for one in reversed(self.entries)):
            self.add(entry)

    def of(self, *kinds: str) -> Iterator[dict[str, Any]]:
        return (one for one in self.entries if one["kind"] in kinds)
