"""Sends a canary now and then, from inside the server, over its own address as from outside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from handoff.canary.journey import Route, walk
from handoff.domain.errors import DomainError
from handoff.service.canary import Canaries
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)


class CanaryWatch:
    """`origin` is where the server listens, once it does. Every 0 seconds means never."""

    def __init__(self, canaries: Canaries, origin: Callable[[], str]) -> None:
        self._canaries = canaries
        self._origin = origin
        self._tasks = Tasks()

    def start(self) -> None:
        if self._canaries.every_s > 0:
            self._tasks.start("canaries", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            try:
                await self.send()
            except (
                DomainError
            ) as error:  # another is under way, or storage is away, which its own check tells
                _log.warning("no canary could be sent", extra={"code": error.code.value})
            await asyncio.sleep(self._canaries.every_s)

    async def send(self) -> None:
        """One canary, to its end. Raises `DomainError` when none can begin."""
        begun = await self._canaries.begin()
        route = Route(
            origin=self._origin(),
            conversation_id=begun.tokens.customer.conversation_id,
            customer_token=begun.tokens.customer.token,
            agent_token=begun.tokens.agent_token,
        )
        outcome = await walk(route, timeout_s=begun.timeout_s)
        await self._canaries.end(begun.run_id, outcome)
