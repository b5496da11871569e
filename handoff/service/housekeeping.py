"""What has time: it throws away what serves nobody any more, and makes what was said findable.

Nothing of a conversation is thrown away: that is retention, and another matter.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from handoff.service.ports import Clock, Storage, StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

EVERY_S = 3_600.0
INDEX_EVERY_S = 60.0  # a search asks for what is newer itself; this keeps its first answer of the day short
EVENTS_AT_ONCE = 16  # a millisecond of the thread that writes: what a message may wait for
REST_S = 0.01  # between two portions
# The same while people are at work. Each of their commits may wait for a portion of the index, and for its own way to
# the disk: at the pace of a desk at rest every fifth did, for as long as there was something to index.
REST_AT_WORK_S = 0.1
TOKENS_AT_ONCE = 500  # a few milliseconds of the thread that writes
# An expired token stays this long: its first use is what ends the life of the one before it, which can outlive it by
# the minute of grace and by the hour in which a last use is not written.
TOKEN_KEPT_FOR = timedelta(days=1)


class Housekeeping:
    def __init__(self, storage: Storage, clock: Clock, passes_done: Callable[[], int]) -> None:
        """`passes_done` counts up with what people do."""
        self._storage = storage
        self._clock = clock
        self._passes_done = passes_done
        self._tasks = Tasks()

    def start(self) -> None:
        self._tasks.start("housekeeping", self._run())
        self._tasks.start("index of words", self._keep_index())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            try:
                await self.purge_tokens()
            except StorageUnavailable as error:
                _log.warning("expired tokens could not be purged", extra={"error": str(error)})
            await asyncio.sleep(EVERY_S)

    async def _keep_index(self) -> None:
        while True:
            await asyncio.sleep(INDEX_EVERY_S)
            try:
                while not await self._storage.index_words(EVENTS_AT_ONCE):
                    await self._rest()
            except StorageUnavailable as error:
                _log.warning("the index of words is not up to date", extra={"error": str(error)})

    async def _rest(self) -> None:
        before = self._passes_done()
        await asyncio.sleep(REST_S)
        if self._passes_done() != before:
            await asyncio.sleep(REST_AT_WORK_S)

    async def purge_tokens(self) -> int:
        """How many were thrown away. Commits of others come in between. Raises `StorageUnavailable`."""
        purged = 0
        while True:
            some = await self._storage.purge_tokens(self._clock.now() - TOKEN_KEPT_FOR, TOKENS_AT_ONCE)
            purged += some
            if some < TOKENS_AT_ONCE:
                if purged:
                    _log.info("expired tokens purged", extra={"tokens": purged})
                return purged
