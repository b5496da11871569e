"""How long people wait at present: an estimate from what happened lately, or None when there is nothing to go by."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime
from statistics import fmean

from handoff.domain.conversation import Conversation
from handoff.domain.desk import Desk
from handoff.service.committer import Committed

LATEST_KEPT = 50


class Waits:
    """Listens to commits. Canaries, which wait for nobody, are left out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since: dict[str, datetime] = {}
        self._seconds: deque[float] = deque(maxlen=LATEST_KEPT)
        self._usual_s = 0.0  # their mean

    def listen(self, committed: Committed) -> None:
        for event in committed.events:
            match event.type:
                case "handoff_requested" if not self._desk.conversation(event.conversation_id).canary:
                    self._since[event.conversation_id] = event.at
                case "agent_joined":
                    since = self._since.pop(event.conversation_id, None)
                    if since is not None:
                        self._seconds.append((event.at - since).total_seconds())
                        self._usual_s = fmean(self._seconds)
                case "handoff_withdrawn" | "handoff_promised":
                    self._since.pop(event.conversation_id, None)
                case _:
                    pass

    def estimate_s(self, conversation: Conversation) -> int | None:
        """For a waiting customer: the recent average, for each turn of all seats that is ahead."""
        handoff = conversation.live_handoff
        if handoff is None or not handoff.waiting:
            return None
        return self._for_place(self._desk.place(handoff) or 1)

    def next_estimate_s(self) -> int | None:
        """For somebody who would ask now."""
        return self._for_place(self._desk.queue_length + 1)

    def _for_place(self, place: int) -> int | None:
        if not self._seconds:
            return None
        seats = sum(self._desk.capacity_of(agent) for agent in self._desk.on_duty())
        return math.ceil(self._usual_s * math.ceil(place / seats)) if seats else None
