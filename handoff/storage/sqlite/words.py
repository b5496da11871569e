"""The index of words: what was said, under the number of its conversation and its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from handoff.service.codec import conversation_from_json, decode_json
from handoff.storage.words import words_of

SEQ_BITS = 24  # sixteen million events in one conversation
_SEQ = (1 << SEQ_BITS) - 1
LAST_ROW = 2**63 - 1


def place_of(rowid: int) -> tuple[int, int]:
    """The number of the conversation, and that of the event in it."""
    return rowid >> SEQ_BITS, rowid & _SEQ


def first_row_of(number: int) -> int:
    return number << SEQ_BITS


def conversations_behind(connection: apsw.Connection) -> list[str]:
    """Those that have events of which the index knows nothing."""
    rows = connection.execute(
        "SELECT c.id FROM conversations c LEFT JOIN searched s USING (number) WHERE c.last_seq > coalesce(s.seq, 0)"
    )
    return [str(row[0]) for row in rows]


def bring_up_to_date(connection: apsw.Connection, ids: Sequence[str], limit: int) -> list[str]:
    """Index at most `limit` events of these conversations, in one transaction. Returns the ids that are left."""
    connection.execute("BEGIN IMMEDIATE")
    left = list(ids)
    while left and limit > 0:
        indexed, done = _index(connection, left[-1], limit)
        limit -= max(indexed, 1)
        if done:
            left.pop()
    connection.execute("COMMIT")
    return left


def _index(connection: apsw.Connection, conversation_id: str, limit: int) -> tuple[int, bool]:
    row: Any = connection.execute(
        "SELECT number, c.last_seq, coalesce(s.seq, 0), c.state"
        " FROM conversations c LEFT JOIN searched s USING (number) WHERE c.id = ?",
        (conversation_id,),
    ).fetchone()
    if row is None:
        return 0, True
    number, last_seq, since, state = row
    conversation = conversation_from_json(state)
    events: list[Any] = connection.execute(
        "SELECT seq, type, payload FROM events WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (conversation_id, since, limit),
    ).fetchall()
    if not conversation.canary:
        found = (
            (
                first_row_of(number) | seq,
                words_of(event_type, None if payload is None else decode_json(payload)),
            )
            for seq, event_type, payload in events
        )
        connection.executemany(
            "INSERT INTO words (rowid, text) VALUES (?, ?)", [one for one in found if one[1] is not None]
        )
    up_to = events[-1][0] if events else last_seq
    connection.execute(
        "INSERT INTO searched VALUES (?1, ?2, ?3)"
        " ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, agent_id = excluded.agent_id",
        (number, up_to, conversation.last_agent_id),
    )
    return len(events), up_to >= last_seq


def forget(connection: apsw.Connection, erased: Iterable[tuple[str, int]]) -> None:
    """The words of events that are erased: each conversation with the number of the event before which all is."""
    for conversation_id, before_seq in erased:
        number = connection.execute("SELECT number FROM conversations WHERE id = ?", (conversation_id,)).get
        first = first_row_of(number)
        connection.execute("DELETE FROM words WHERE rowid >= ? AND rowid < ?", (first, first | before_seq))
