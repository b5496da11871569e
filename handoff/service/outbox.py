"""What is written with a `notice_asked`, in one transaction: a row for each channel by which the notice goes out."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.domain.conversation import Conversation
from handoff.domain.events import NoticeAsked
from handoff.service.ports import Notice, Recorded


def notices_of(
    channels: Sequence[str], record: Recorded, asked: NoticeAsked, conversation: Conversation
) -> list[Notice]:
    """`conversation` as it is after the command; the event's id becomes the notice's.

    Nothing that a customer said or is called goes outside: reference, reason and moments are enough to find it.
    """
    handoff, alert = conversation.handoff, conversation.alert
    return [
        Notice(
            id=record.id,
            channel=channel,
            why=asked.why,
            asked_at=record.at,
            next_try_at=record.at,
            conversation_id=conversation.conversation_id,
            reference=None if handoff is None else handoff.reference,
            state=None if handoff is None else handoff.state.value,
            answer_by=None if handoff is None else handoff.answer_by,
            told_at=None if alert is None else alert.at,
        )
        for channel in channels
    ]
