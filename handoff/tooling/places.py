"""Where things are: the clone, the cache outside it, and exclusive use of either.

Must not decide what is put there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from typing import Iterable, Iterator

from handoff.tooling.terminal import say

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / ".locks"


def cache_dir() -> Path:
    """The folder outside the clone that fresh clones share: `BYNAME_CACHE`, else under the user's cache."""
    own = os.environ.get("BYNAME_CACHE")
    if own:
        return Path(own).expanduser().resolve()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "byname"


@contextlib.contextmanager
def exclusive(path: Path, waiting_for: str) -> Iterator[None]:
    """Hold the lock file at `path`, so that two runs of make never build the same thing at once.

    The system drops the lock with the process, so an interrupted run blocks nobody.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another run is busy with {waiting_for}; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fingerprint(base: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over names and contents of files, folders taken whole, in an order of its own.

    A missing path counts as such, so that its appearance changes the result. Byte code is left out.
    """
    digest = hashlib.sha256()
    for path in sorted(set(_files(paths))):
        name = path.relative_to(base).as_posix().encode()
        content = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"missing"
        digest.update(b"%d:%s:%s" % (len(name), name, content))
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(str(path)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                if not name.endswith(".pyc"):
                    yield Path(folder) / name
