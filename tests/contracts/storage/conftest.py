"""The kinds of storage that the contract holds for. A test that takes `storage` runs once for each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.service.ports import Storage
from handoff.storage.memory import MemoryStorage
from handoff.storage.sqlite import SqliteStorage


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
