"""A disk that keeps only what it was told to keep: what a power cut may leave of SQLite's files.

While the server runs, a layer under its SQLite copies each write to a *platter* beside the data, but only when SQLite
has asked for it to be flushed (`fsync`) and the kernel has said that it is. After a power cut every sector of 512 bytes
is as it is on the platter, or as it was written since, as chance has it: so writes are lost, torn and out of order, and
what was flushed is there. The memory that SQLite's connections share is gone.

This is as bad as an honest disk can be. A disk that says "flushed" before it is, is not honest; see the guarantee.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import apsw

SECTOR_BYTES = 512
FILES = ("byname.db", "byname.db-wal", "byname.db-journal")

_Change = tuple[str, int, bytes]  # "write", offset, what; or "truncate", size, nothing
Passed = Callable[[str], None]  # is told the name of each moment in the life of a file, as it is passed


class Platter(apsw.VFS):
    """Becomes the way in which every connection of this process that is opened from now on reaches its file."""

    def __init__(self, folder: Path | None, passed: Passed) -> None:
        """`folder`: where the platter is; None for none."""
        super().__init__("platter", "unix", makedefault=True)
        self._folder = folder
        self._changes: defaultdict[str, list[_Change]] = defaultdict(list)
        self._lock = threading.Lock()
        self.passed = passed

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _File(self, Path(path).name if path else "", name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        if syncdir and self._folder is not None:
            (self._folder / Path(filename).name).unlink(missing_ok=True)

    def changed(self, name: str, change: _Change) -> None:
        if self._folder is not None and name in FILES:
            with self._lock:
                self._changes[name].append(change)

    def flushed(self, name: str) -> None:
        if self._folder is None or name not in FILES:
            return
        with self._lock:
            changes = self._changes.pop(name, [])
            path = self._folder / name
            path.touch()
            with path.open("r+b") as file:
                for what, number, content in changes:
                    if what == "write":
                        file.seek(number)
                        file.write(content)
                    else:
                        file.truncate(number)


class _File(apsw.VFSFile):
    def __init__(
        self, platter: Platter, short: str, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__("unix", name, flags)
        self._platter = platter
        self._name = short
        self._kind = {FILES[0]: "data", FILES[1]: "log"}.get(short, "other")

    def xWrite(self, data: bytes, offset: int) -> None:
        self._platter.changed(self._name, ("write", offset, bytes(data)))
        super().xWrite(data, offset)
        self._platter.passed(f"{self._kind} written")

    def xTruncate(self, newsize: int) -> None:
        self._platter.changed(self._name, ("truncate", newsize, b""))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._platter.passed(f"{self._kind} not flushed")
        super().xSync(flags)
        self._platter.flushed(self._name)
        self._platter.passed(f"{self._kind} flushed")


def lay_out(data_dir: Path, platter: Path) -> None:
    """A new platter, with all that is in the data folder."""
    platter.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        _put(platter / name, _content(data_dir / name))


def cut_power(data_dir: Path, platter: Path, chance: random.Random) -> int:
    """Leave in the data folder what a power cut left, once nobody runs there; how many sectors were lost.

    Now and then everything that was not flushed is lost, now and then nothing.
    """
    share = chance.choice((0.0, 0.1, 0.5, 0.5, 0.9, 1.0))  # of what was written and not flushed that is there
    lost = 0
    for name in FILES:
        kept, written = _content(platter / name), _content(data_dir / name)
        if kept != written:
            left, lost_here = _mixed(kept, written, share, chance)
            lost += lost_here
            _put(data_dir / name, left)
            _put(platter / name, left)
    (data_dir / f"{FILES[0]}-shm").unlink(missing_ok=True)
    return lost


def _mixed(
    kept: bytes | None, written: bytes | None, share: float, chance: random.Random
) -> tuple[bytes | None, int]:
    if kept is None or written is None:  # made, or removed, and the folder not flushed since
        left = written if chance.random() < share else kept
        return left, left is not written
    size = len(written if chance.random() < share else kept)
    out = bytearray(size)
    lost = 0
    for at in range(0, size, SECTOR_BYTES):
        old, new = kept[at : at + SECTOR_BYTES], written[at : at + SECTOR_BYTES]
        sector = new
        if old != new and chance.random() >= share:
            sector, lost = old, lost + 1
        sector = sector[: size - at]
        out[at : at + len(sector)] = sector
    return bytes(out), lost


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
