"""Disks that can be filled, made read-only and made to hang while a server runs on them.

What the machine allows is found out by trying: a disk of its own needs root and a kernel that mounts; where that is
refused, the kernel's limits and the folder's modes remain, and the tests run with these.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import apsw

SMALL_DISK_BYTES = 8 * 1024 * 1024
IMAGE_BYTES = 64 * 1024 * 1024


class Disk(Protocol):
    """`folder` is where the data goes. What is broken can be mended."""

    folder: Path

    def break_under(self, pid: int) -> None: ...

    def mend_under(self, pid: int) -> None: ...


class FullSmallDisk:
    """A file system of a few megabytes in memory; full while a file without meaning takes up the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def break_under(self, pid: int) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4_096))
            except OSError:
                return

    def mend_under(self, pid: int) -> None:
        (self.folder / "filler").unlink()


class FileLimit:
    """No disk, but a kernel that refuses every write beyond the first byte of a file, as it may for any process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def break_under(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def mend_under(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class ImmutableFiles:
    """Files that the file system lets nobody change, although a process has them open for writing.

    The file with SQLite's shared memory stays as it is: the kernel ends a process that writes to a page of memory
    which it cannot give to the disk any more (SIGBUS), and its next start is another test.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def break_under(self, pid: int) -> None:
        self._change("+i")

    def mend_under(self, pid: int) -> None:
        self._change("-i")

    def _change(self, how: str) -> None:
        files = [one for one in sorted(self.folder.glob("byname.db*")) if not one.name.endswith("-shm")]
        subprocess.run(["chattr", how, *map(str, files)], check=True, capture_output=True)


class LockedFile:
    """Another process that writes to the file, and does not come to an end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._other: apsw.Connection | None = None

    def break_under(self, pid: int) -> None:
        self._other = apsw.Connection(str(self.folder / "byname.db"))
        self._other.execute("BEGIN IMMEDIATE")

    def mend_under(self, pid: int) -> None:
        if self._other is not None:
            self._other.close()
            self._other = None


class FrozenDisk:
    """A file system on which every write waits, as on a disk or a network that does not answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def break_under(self, pid: int) -> None:
        subprocess.run(["fsfreeze", "--freeze", str(self.folder)], check=True, capture_output=True)

    def mend_under(self, pid: int) -> None:
        subprocess.run(["fsfreeze", "--unfreeze", str(self.folder)], check=False, capture_output=True)


@contextmanager
def _on_image(_kind: str) -> Iterator[Disk]:
    place = Path(tempfile.mkdtemp(prefix="byname-disk-"))
    image, folder = place / "image", place / "mounted"
    folder.mkdir()
    try:
        with image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True, capture_output=True)
        disk = FrozenDisk(folder)
        try:
            yield disk
        finally:
            disk.mend_under(0)
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        shutil.rmtree(place)


@contextmanager
def _in_memory(_kind: str) -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="byname-disk-"))
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", str(folder)],
            check=True,
            capture_output=True,
        )
        try:
            yield FullSmallDisk(folder)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextmanager
def _in_folder(kind: str) -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="byname-disk-"))
    made: dict[str, type[FileLimit | ImmutableFiles | LockedFile]] = {
        "file limit": FileLimit,
        "immutable files": ImmutableFiles,
        "locked file": LockedFile,
    }
    disk = made[kind](folder)
    try:
        yield disk
    finally:
        if not isinstance(disk, FileLimit):
            disk.mend_under(0)
        shutil.rmtree(folder)


_KINDS = {
    "file limit": _in_folder,
    "small disk": _in_memory,
    "immutable files": _in_folder,
    "locked file": _in_folder,
    "frozen disk": _on_image,
}


@contextmanager
def disk_of(kind: str) -> Iterator[Disk]:
    with _KINDS[kind](kind) as disk:
        yield disk


def _works(kind: str) -> bool:
    try:
        with disk_of(kind) as disk:
            (disk.folder / "byname.db").write_bytes(b"data")
            with (disk.folder / "byname.db").open("ab", buffering=0) as held:
                disk.break_under(os.getpid())
                try:
                    for _ in range(3):  # what is left of a page is still written
                        held.write(bytes(8_192))
                    return False
                except OSError:
                    return True
                finally:
                    disk.mend_under(os.getpid())
    except (OSError, subprocess.CalledProcessError):
        return False


def hanging_kinds() -> list[str]:
    """The kinds of disk that do not answer which this machine can make; one at least, everywhere."""
    try:
        with disk_of("frozen disk") as disk:
            disk.break_under(0)
        return ["locked file", "frozen disk"]
    except (OSError, subprocess.CalledProcessError):
        return ["locked file"]


def kinds() -> list[str]:
    """The kinds of disk that refuse to write which this machine can make; one at least, everywhere."""
    return ["file limit", *(kind for kind in ("small disk", "immutable files") if _works(kind))]


# -- a place that cannot be written from the start --


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write in this folder: by a mount where that is possible, else by its modes."""
    mounted = (
        subprocess.run(
            ["mount", "--bind", str(folder), str(folder)], check=False, capture_output=True
        ).returncode
        == 0
    )
    if mounted:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True, capture_output=True)
    else:
        folder.chmod(0o500)
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        else:
            folder.chmod(0o700)
