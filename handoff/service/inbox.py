"""What readers share: the shape of what is told, and the inbox of committed events."""

from __future__ import annotations

from handoff.service.ports import Recorded
from handoff.service.views import View

Told = tuple[str, View]  # name of a Socket.IO event, and its payload
INBOX_EVENTS_MAX = 1_000  # a slower client is read to from storage instead


class Inbox:
    """Committed events that were handed over with the nudge, so that most need no read from storage."""

    def __init__(self) -> None:
        self._records: list[Recorded] = []

    def put(self, record: Recorded) -> None:
        if len(self._records) < INBOX_EVENTS_MAX:
            self._records.append(record)

    def take(self) -> list[Recorded]:
        records, self._records = self._records, []
        return records
