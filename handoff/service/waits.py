"""How long people wait at present: an estimate from what happened lately, or None when there is nothing to go by."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime
from statistics import fmean

from handoff.domain.conversation import Conversation
from handoff.domain.desk import Desk
from handoff.service.committer import Committed
from handoff.service.ports import Storage

LATEST_KEPT = 50
_KEPT_TYPES = ("promise_kept", "promise_broken")


class Waits:
    """Listens to commits. Also counts promises kept and broken, over the whole life of the installation."""

    def __init__(self) -> None:
        self.promises = {"kept": 0, "broken": 0}
        self._since: dict[str, datetime] = {}
        self._seconds: deque[float] = deque(maxlen=LATEST_KEPT)

    async def start(self, storage: Storage) -> None:
        counted = await storage.count_events(_KEPT_TYPES)
        self.promises = {"kept": counted["promise_kept"], "broken": counted["promise_broken"]}

    def listen(self, committed: Committed) -> None:
        for event in committed.events:
            match event.type:
                case "handoff_requested":
                    self._since[event.conversation_id] = event.at
                case "agent_joined":
                    since = self._since.pop(event.conversation_id, None)
                    if since is not None:
                        self._seconds.append((event.at - since).total_seconds())
                case "handoff_withdrawn" | "handoff_promised":
                    self._since.pop(event.conversation_id, None)
                case "promise_kept":
                    self.promises["kept"] += 1
                case "promise_broken":
                    self.promises["broken"] += 1
                case _:
                    pass

    def estimate_s(self, desk: Desk, conversation: Conversation) -> int | None:
        """For a waiting customer: the recent average, for each turn of all seats that is ahead."""
        handoff = conversation.live_handoff
        if handoff is None or not handoff.waiting:
            return None
        return self._for_place(desk, desk.place(handoff) or 1)

    def next_estimate_s(self, desk: Desk) -> int | None:
        """For somebody who would ask now."""
        return self._for_place(desk, desk.queue_length + 1)

    def _for_place(self, desk: Desk, place: int) -> int | None:
        seats = sum(desk.capacity_of(agent) for agent in desk.on_duty())
        if not self._seconds or seats == 0:
            return None
        return math.ceil(fmean(self._seconds) * math.ceil(place / seats))
