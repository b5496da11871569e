"""Storage whose commits a test holds back, or lets fail."""

from __future__ import annotations

import asyncio
from typing import Any

from handoff.service.ports import Batch
from handoff.storage.memory import MemoryStorage


class GatedStorage(MemoryStorage):
    """Memory storage whose commits wait at a gate, and fail with `error` if one is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self.error: Exception | None = None
        self.error_after: Exception | None = None  # what is reported of a commit that is on disk
        self.commits = 0

    async def check(self) -> dict[str, Any]:
        return {"ok": self.available and self.error is None, "engine": "gated"}

    async def commit(self, batch: Batch) -> None:
        self.waiting.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.commits += 1
        await super().commit(batch)
        if self.error_after is not None:
            raise self.error_after
