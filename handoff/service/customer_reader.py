"""What a customer's open socket has not had yet. A reader compares what its client was told with what is on disk now.

Nudges only wake a reader; what it tells follows from its cursors. So a lost nudge costs delay and never data, and
events reach a client in order and once. Whatever is read from the desk is told only when it is settled on disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from handoff.domain.conversation import Conversation
from handoff.domain.handoff import Handoff
from handoff.service.committer import Committer
from handoff.service.inbox import Inbox, Told
from handoff.service.ports import Recorded, Storage
from handoff.service.views import View, customer_conversation_view, customer_event, handoff_view
from handoff.service.waits import Waits
from handoff.service.wire import EVENTS_MAX


class CustomerReader:
    """One customer socket."""

    def __init__(
        self, committer: Committer, storage: Storage, waits: Waits, conversation_id: str, since: int
    ) -> None:
        self.conversation_id = conversation_id
        self._committer = committer
        self._storage = storage
        self._waits = waits
        self._cursor = since
        self._inbox = Inbox()
        self._unsure = True
        self._behind = False  # storage has more than was handed over
        self._looked_up_to = 0  # what the desk had at the last nudge without news is on disk by the next
        self._told_handoff: View | None = None
        self._told_of: Handoff | None = None
        self._handoff_due = False  # events were told, and what they made of the handoff was not looked at yet
        self.waits = False  # the client was told a place in the queue, which moves with others

    def feed(self, record: Recorded) -> None:
        if record.customer_prev_seq is not None:
            self._inbox.put(record)

    async def snapshot(self) -> View:
        """The state now, and the first of the events since the cursor. Raises `DomainError`."""
        view = await self.sync(self._cursor)
        conversation = await self._conversation()
        view["conversation"] = customer_conversation_view(self._committer.desk.rules, conversation)
        self._cursor = view["last_seq"] if not view["more"] else conversation.customer_seq
        self._note_told(view["handoff"])
        await self._committer.settled()
        return view

    async def sync(self, since: int) -> View:
        """Events after `since` that a customer may see, at most 500, and whether there are more."""
        records = await self._storage.events(
            self.conversation_id, since=since, limit=EVENTS_MAX, customer=True
        )
        conversation = await self._conversation()
        last_seq = records[-1].seq if records else min(since, conversation.customer_seq)
        view = {
            "events": [customer_event(record) for record in records],
            "last_seq": last_seq,
            "more": len(records) == EVENTS_MAX and last_seq < conversation.customer_seq,
            "handoff": self._handoff(conversation),
        }
        await self._committer.settled()
        return view

    def nudge(self) -> None:
        """Look into storage too the next time: an earlier nudge may have been lost."""
        self._unsure = True

    def at_hand(self) -> tuple[list[Told], bool]:
        """What is new, as far as memory knows it, and whether that is all; if not, `updates` has to be asked."""
        events = self._fed()
        if events is None:
            return [], False
        told: list[Told] = [("event", customer_event(record)) for record in events]
        if events:
            self._cursor = events[-1].seq
            self._handoff_due = True
        if self._handoff_due and self.conversation_id not in self._committer.desk.conversations:
            return told, False
        news = self._handoff_news()
        if news is not None and not self._committer.is_settled:
            return told, False
        self._handoff_due = False
        return told if news is None else [*told, self._take_over(*news)], True

    async def updates(self) -> AsyncIterator[Told]:
        """What is new since the last time."""
        while new := await self._new_events():
            for record in new:
                self._cursor, self._handoff_due = record.seq, True
                yield "event", customer_event(record)
        if self._handoff_due:
            await self._conversation()  # which may have been forgotten among the idle meanwhile
        news = self._handoff_news()
        if news is not None:
            self._handoff_due = True
            await self._committer.settled()
            yield self._take_over(*news)
        self._handoff_due = False

    def head(self) -> int | None:
        """`last_seq` for the `head` event; None while the conversation is not at hand, so idle."""
        conversation = self._committer.desk.conversations.get(self.conversation_id)
        return None if conversation is None else conversation.customer_seq

    def _fed(self) -> list[Recorded] | None:
        """New events that were handed over with nudges; None when storage has to be asked."""
        fed = [record for record in self._inbox.take() if record.seq > self._cursor]
        cursor = self._cursor
        for record in fed:
            self._behind |= record.customer_prev_seq != cursor
            cursor = record.seq
        if self._unsure and not fed:
            conversation = self._committer.desk.conversations.get(self.conversation_id)
            self._behind |= self._looked_up_to > cursor
            self._looked_up_to = 0 if conversation is None else conversation.customer_seq
        self._unsure = False
        return None if self._behind else fed

    async def _new_events(self) -> list[Recorded]:
        found = self._fed()
        if found is None:
            found = await self._storage.events(
                self.conversation_id, since=self._cursor, limit=EVENTS_MAX, customer=True
            )
            self._behind = len(found) == EVENTS_MAX
        return found

    def _handoff_news(self) -> tuple[Handoff, View] | None:
        """The handoff, if the customer should be told of something about it, and how it is told."""
        conversation = self._committer.desk.conversations.get(self.conversation_id)
        handoff = None if conversation is None else conversation.handoff
        if conversation is None or handoff is None or (handoff is self._told_of and not self.waits):
            return None
        if handoff is self._told_of and self._told_handoff is not None:  # only its place moves, with others
            place = self._committer.desk.place(handoff), self._waits.estimate_s(conversation)
            if place == (self._told_handoff["place"], self._told_handoff["wait_estimate_s"]):
                return None
        view = self._handoff(conversation)
        if view is None or not _differs(view, self._told_handoff):
            self._told_of = handoff
            return None
        return handoff, view

    def _take_over(self, handoff: Handoff, view: View) -> Told:
        self._told_of = handoff
        self._note_told(view)
        return "handoff", view

    def _note_told(self, handoff: View | None) -> None:
        self._told_handoff = handoff
        self.waits = handoff is not None and handoff["place"] is not None

    async def _conversation(self) -> Conversation:
        conversation = await self._committer.loaded(self.conversation_id)
        assert conversation is not None
        return conversation

    def _handoff(self, conversation: Conversation) -> View | None:
        desk = self._committer.desk
        return handoff_view(desk, conversation, self._waits.estimate_s(conversation))


def _differs(new: View, told: View | None) -> bool:
    """Whether a customer should know of it: anything but how far the log has grown."""
    return told is None or any(new[key] != told[key] for key in new if key != "as_of_seq")
