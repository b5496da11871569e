"""The kinds of storage that the contract holds for. A test that takes `storage` runs once for each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from handoff.service.ports import Storage
from handoff.storage.memory import MemoryStorage
from handoff.storage.sqlite import SqliteStorage

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the file of this test is, in a folder that is not there yet."""
    return tmp_path / "data" / "byname.db"


@pytest.fixture(params=["memory", "sqlite"])
async def storage(request: pytest.FixtureRequest, database: Path) -> AsyncIterator[Storage]:
    made: Storage = MemoryStorage() if request.param == "memory" else SqliteStorage(database)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def sqlite(database: Path) -> AsyncIterator[SqliteStorage]:
    storage = SqliteStorage(database)
    await storage.open()
    yield storage
    await storage.close()


class Child:
    """A process that has the database open. See `child`."""

    def __init__(self, what: str, database: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contracts.storage.child", what, str(database)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def line(self) -> str:
        """The next thing it says; waits for it."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> list[str]:
        """`kill -9`; returns what it had said before that was not heard yet."""
        self._process.kill()
        return self.rest()

    def rest(self) -> list[str]:
        """All that it still says, until its end."""
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        self._process.wait(60)
        return [line for line in said.split("\n")[:-1] if line]


@pytest.fixture
def start_child(database: Path) -> Iterator[Callable[[str], Child]]:
    """Start a process on the database of this test."""
    children: list[Child] = []

    def start(what: str) -> Child:
        child = Child(what, database)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
