"""Keeps conversations in memory: quickly, in bounded space, and across the swap of a model.

Rasa's own memory store writes and reads every conversation as JSON several times a turn, keeps all of them for ever,
and forgets them when a model is swapped. The log of record is the handoff server's; this is the assistant's short-term
memory, and losing it costs a repeated question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

CONVERSATIONS_MAX = 5_000  # some 20 kB each; the one that was quiet longest goes first
EVENTS_MAX = 24  # three or four turns; what a turn costs grows with them
TURNS_KEPT = 2  # of a conversation that is cut; the rules look back one

# Shared by all stores of the process: Rasa makes a new store for every model that it loads.
_conversations: OrderedDict[str, list[Event]] = OrderedDict()


class ConversationStore(TrackerStore):
    """Named in `bot/endpoints.yml`. A turn that fails halfway is not saved, so the conversation stays as it was."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,  # Rasa passes the endpoint's URL; there is none
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        _conversations[tracker.sender_id] = shortened(tracker)
        _conversations.move_to_end(tracker.sender_id)
        while len(_conversations) > CONVERSATIONS_MAX:
            _conversations.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        events = _conversations.get(sender_id)
        if events is None:
            return None
        known = [it for it in events if not isinstance(it, SlotSet) or it.key in self._slot_names()]
        return DialogueStateTracker.from_events(sender_id, known, self.domain.slots)

    async def retrieve_full_tracker(self, sender_id: str) -> DialogueStateTracker | None:
        return await self.retrieve(sender_id)

    async def delete(self, sender_id: str) -> None:
        _conversations.pop(sender_id, None)

    async def keys(self) -> Iterable[str]:
        return list(_conversations)

    def _slot_names(self) -> set[str]:
        """A swapped model may lack a slot that an old conversation has."""
        return {slot.name for slot in self.domain.slots}


def shortened(tracker: DialogueStateTracker) -> list[Event]:
    """The events to keep: all, or when they are many and no form is open, the slots and the last turns."""
    events = list(tracker.events)
    if len(events) <= EVENTS_MAX or tracker.active_loop is not None:
        return events
    turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= TURNS_KEPT:
        return events
    slots = [SlotSet(slot.name, slot.value) for slot in tracker.slots.values() if slot.value is not None]
    return [*slots, *events[turns[-TURNS_KEPT] :]]
