"""A real server for each test, with the accounts of the demo made once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.houses import House, house_in

OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture(scope="session")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo's people and nothing else."""
    folder = tmp_path_factory.mktemp("accounts") / "data"

    async def make() -> None:
        async with house_in(folder):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
async def open_house(tmp_path: Path, accounts: Path) -> AsyncIterator[OpenHouse]:
    """Start a server with settings, a bot or a storage of the test's choice."""
    async with AsyncExitStack() as stack:

        async def start(**chosen: Any) -> House:
            chosen = {"accounts": accounts} | chosen
            return await stack.enter_async_context(house_in(tmp_path / "data", **chosen))

        yield start


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    """A server with the defaults of the demo."""
    return await open_house()
