"""Keeps what is found in all conversations: read once, and again where something was said since."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from handoff.service.committer import Committed
from handoff.service.ports import Storage
from handoff.trainer.findings import Day, Finding, Reviewed, review

PAGE = 200  # conversations between two pauses, in which customers' messages are served
CONVERSATIONS_MAX = 50_000  # of those with findings; the ones looked at longest ago go first


class Inbox:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._found: OrderedDict[str, Reviewed] = OrderedDict()
        self._stale: set[str] = set()
        self._whole = False
        self._reading = asyncio.Lock()

    def listen(self, committed: Committed) -> None:
        if self._whole or self._reading.locked():
            self._stale.update(event.conversation_id for event in committed.events)

    async def refresh(self) -> None:
        """Bring it up to date. The first time every conversation is read; nobody but the trainer waits for that."""
        async with self._reading:
            if not self._whole:
                after = ""
                while ids := await self._storage.conversation_ids(after, PAGE):
                    for conversation_id in ids:
                        await self._look_at(conversation_id)
                    after = ids[-1]
                self._whole = True
            while self._stale:
                await self._look_at(self._stale.pop())

    async def _look_at(self, conversation_id: str) -> None:
        reviewed = review(await self._storage.events(conversation_id))
        self._found.pop(conversation_id, None)
        if reviewed.days:
            self._found[conversation_id] = reviewed
            if len(self._found) > CONVERSATIONS_MAX:
                self._found.popitem(last=False)
        await asyncio.sleep(0)

    def findings(self) -> list[Finding]:
        return [finding for one in self._found.values() for finding in one.findings]

    def days(self) -> dict[str, Day]:
        total: dict[str, Day] = {}
        for one in self._found.values():
            for name, day in one.days.items():
                total.setdefault(name, Day()).add(day)
        return dict(sorted(total.items()))
