"""The simulated receiver of notices: it takes them, refuses them, or says nothing until nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from handoff.service.notices import NoticeFailed, Outgoing

NAME = "post"
_TWICE = "a notice that was taken is not brought again"


class Post:
    """A channel. `run` says which run of the server is on; `wrong` is told of what should not have come."""

    name = NAME
    at_once_max = 5
    apart_s = 1.0

    def __init__(self, run: Callable[[], int], wrong: Callable[[str, str, str], None]) -> None:
        self.mood = "well"
        self.taken: dict[str, int] = {}  # notice -> the run of the server that brought it last
        self._run = run
        self._wrong = wrong

    async def deliver(self, notices: Sequence[Outgoing]) -> None:
        if self.mood == "hung":
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.05)
        if self.mood == "refusing":
            raise NoticeFailed("not now")
        for one in notices:
            notice = one.notice
            if self.taken.get(notice.id) == self._run():
                self._wrong(_TWICE, notice.conversation_id or "desk", notice.id)
            self.taken[notice.id] = self._run()

    async def close(self) -> None:
        pass
