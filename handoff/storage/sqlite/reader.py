"""Queries on one reading connection. It sees what is committed, and nothing of what is being written."""

# ruff: noqa: S608 - names of tables and columns are constants of this package; values are always bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import apsw

from handoff.service.chain import rfc3339
from handoff.service.codec import agent_from_json
from handoff.service.ledger import totals_of
from handoff.service.ports import (
    Account,
    Administered,
    AuditEntry,
    Found,
    LedgerRow,
    LiveState,
    Notice,
    NoticeFigures,
    PromisesOfQuarter,
    Recorded,
    RequestKey,
    StoredAck,
    StoredConversation,
    Token,
    Totals,
)
from handoff.storage.ledger import quarter
from handoff.storage.sqlite.rows import (
    AUDIT_COLUMNS,
    EVENT_COLUMNS,
    LEDGER_COLUMNS,
    NOTICE_COLUMNS,
    account_from,
    ack_from,
    administered_from,
    audit_entry_from,
    conversation_from,
    email_key,
    event_from,
    notice_from,
    token_from,
)
from handoff.storage.sqlite.words import (
    LAST_ROW,
    SEQ_BITS,
    conversations_behind,
    first_row_of,
    place_of,
)
from handoff.storage.words import full_text_query


class Reader:
    """Each method is one query, or a few of the same kind. For one thread at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def close(self) -> None:
        self._connection.close()

    def interrupt(self) -> None:
        """End a query that runs in another thread."""
        self._connection.interrupt()

    def conversations(self, ids: Iterable[str]) -> list[StoredConversation]:
        rows = self._connection.executemany(
            "SELECT state, head_hash FROM conversations WHERE id = ?", [(one,) for one in dict.fromkeys(ids)]
        )
        return [conversation_from(row) for row in rows]

    def conversation_ids(self, after: str, limit: int) -> list[str]:
        rows = self._connection.execute(
            "SELECT id FROM conversations WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        return [str(row[0]) for row in rows]

    def latest_conversation(self, site: str, customer_id: str) -> StoredConversation | None:
        row = self._connection.execute(
            "SELECT state, head_hash FROM conversations WHERE customer_id = ? AND site = ?"
            " ORDER BY number DESC LIMIT 1",
            (customer_id, site),
        ).fetchone()
        return None if row is None else conversation_from(row)

    def conversations_of(self, site: str, customer_id: str) -> list[StoredConversation]:
        rows = self._connection.execute(
            "SELECT state, head_hash FROM conversations WHERE customer_id = ? AND site = ? ORDER BY number",
            (customer_id, site),
        )
        return [conversation_from(row) for row in rows]

    def acks(self, keys: Sequence[RequestKey]) -> list[StoredAck]:
        rows = self._connection.executemany(
            "SELECT conversation_id, actor, client_id, body_digest, ack FROM acks"
            " WHERE conversation_id = ? AND actor = ? AND client_id = ?",
            [(key.conversation_id, key.actor, key.client_id) for key in dict.fromkeys(keys)],
        )
        return [ack_from(row) for row in rows]

    def events(self, conversation_id: str, since: int, limit: int | None, customer: bool) -> list[Recorded]:
        visible = "AND customer_prev_seq IS NOT NULL" if customer else ""
        rows = self._connection.execute(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE conversation_id = ? AND seq > ? {visible} ORDER BY seq LIMIT ?",
            (conversation_id, since, -1 if limit is None else limit),
        )
        return [event_from(row) for row in rows]

    def behind(self) -> list[str]:
        """Conversations with events that the index of words does not have."""
        return conversations_behind(self._connection)

    def search(
        self, words: Sequence[str], agent_id: str | None, before: int | None, limit: int
    ) -> list[Found]:
        query = full_text_query(words)
        if query is None:
            return []
        hits = self._connection.execute(
            "SELECT w.rowid FROM words w CROSS JOIN searched s ON s.number = w.rowid >> ?2"
            " WHERE w.text MATCH ?1 AND w.rowid < ?3 AND (?4 IS NULL OR s.agent_id = ?4) ORDER BY w.rowid DESC",
            (query, SEQ_BITS, LAST_ROW if before is None else first_row_of(before), agent_id),
        )
        found: dict[int, int] = {}
        for (row,) in hits:
            number, seq = place_of(row)
            found.setdefault(number, seq)  # the latest of each comes first
            if len(found) > limit:
                break
        return [self._found(number, seq) for number, seq in list(found.items())[:limit]]

    def _found(self, number: int, seq: int) -> Found:
        row: Any = self._connection.execute(
            "SELECT state, head_hash, id FROM conversations WHERE number = ?", (number,)
        ).fetchone()
        state, head_hash, conversation_id = row
        [record] = self.events(conversation_id, seq - 1, 1, customer=False)
        return Found(conversation_from((state, head_hash)), record, number)

    def due(self, now: datetime, limit: int) -> tuple[list[str], list[str]]:
        found = [
            [
                str(row[0])
                for row in self._connection.execute(
                    f"SELECT id FROM {table} WHERE next_deadline_at <= ? ORDER BY next_deadline_at, number LIMIT ?",
                    (rfc3339(now), limit),
                )
            ]
            for table in ("conversations", "agents")
        ]
        return found[0], found[1]

    def earliest_deadline(self) -> datetime | None:
        found = [
            self._connection.execute(
                f"SELECT min(next_deadline_at) FROM {table} WHERE next_deadline_at IS NOT NULL"
            ).get
            for table in ("conversations", "agents")
        ]
        return min((datetime.fromisoformat(one) for one in found if one is not None), default=None)

    def live_state(self) -> LiveState:
        connection = self._connection
        with connection:  # one view of all three
            latest_at = connection.execute("SELECT value FROM meta WHERE name = 'latest_at'").get
            live = connection.execute(
                "SELECT state, head_hash FROM conversations WHERE live = 1 ORDER BY number"
            ).fetchall()
            agents = connection.execute("SELECT state FROM agents ORDER BY number").fetchall()
        return LiveState(
            agents=[agent_from_json(str(row[0])) for row in agents],
            conversations=[conversation_from(row) for row in live],
            latest_at=datetime.fromisoformat(latest_at) if latest_at else None,
        )

    def ledger(self, live: bool) -> list[LedgerRow]:
        """Live ones are put in order here: that way their own index finds them, however many have ended."""
        if live:
            rows = self._connection.execute(f"SELECT {LEDGER_COLUMNS} FROM handoffs WHERE ended_at IS NULL")
            return sorted(map(LedgerRow._make, rows), key=lambda row: (row.requested_at, row.handoff_id))
        rows = self._connection.execute(
            f"SELECT {LEDGER_COLUMNS} FROM handoffs ORDER BY requested_at, handoff_id"
        )
        return [LedgerRow._make(row) for row in rows]

    def requested_between(self, since: datetime, until: datetime, limit: int) -> list[LedgerRow]:
        rows = self._connection.execute(
            f"SELECT {LEDGER_COLUMNS} FROM handoffs WHERE requested_at >= ? AND requested_at < ? AND canary = 0"
            " ORDER BY requested_at, handoff_id LIMIT ?",
            (rfc3339(since), rfc3339(until), limit),
        )
        return [LedgerRow._make(row) for row in rows]

    def promises_since(self, since: datetime) -> list[PromisesOfQuarter]:
        rows = self._connection.execute(
            "SELECT quarter, kept, broken FROM promises_by_quarter WHERE quarter >= ? ORDER BY quarter",
            (quarter(since),),
        )
        return [PromisesOfQuarter._make(row) for row in rows]

    def administered(self) -> list[Administered]:
        rows = self._connection.execute("SELECT kind, id, value FROM administered ORDER BY kind, id")
        return [administered_from(row) for row in rows]

    def audit(self, before: int | None, limit: int) -> list[AuditEntry]:
        rows = self._connection.execute(
            f"SELECT {AUDIT_COLUMNS} FROM audit WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2",
            (before, limit),
        )
        return [audit_entry_from(row) for row in rows]

    def totals(self) -> Totals:
        found: dict[str, dict[str, int]] = {}
        for name, label, value in self._connection.execute("SELECT name, label, value FROM figures"):
            found.setdefault(name, {})[label] = value
        promises = found.get("promises", {})
        return Totals(
            requested=found.get("requested", {}),
            ended=found.get("ended", {}),
            promises_kept=promises.get("kept", 0),
            promises_broken=promises.get("broken", 0),
            first_answers={int(label): count for label, count in found.get("first_answers", {}).items()},
            first_answers_ms=found.get("first_answers_ms", {}).get("", 0),
        )

    def notices_waiting(self, channel: str, limit: int) -> list[Notice]:
        rows = self._connection.execute(
            f"SELECT {NOTICE_COLUMNS} FROM notices WHERE channel = ? AND delivered_at IS NULL"
            " ORDER BY next_try_at, asked_at, id LIMIT ?",
            (channel, limit),
        )
        return [notice_from(row) for row in rows]

    def notices(self, delivered: bool, limit: int) -> list[Notice]:
        waiting = self._connection.execute(
            f"SELECT {NOTICE_COLUMNS} FROM notices WHERE delivered_at IS NULL ORDER BY asked_at, id, channel LIMIT ?",
            (limit,),
        ).fetchall()
        rest = limit - len(waiting) if delivered else 0
        others = self._connection.execute(
            f"SELECT {NOTICE_COLUMNS} FROM notices WHERE delivered_at IS NOT NULL"
            " ORDER BY asked_at DESC, id DESC, channel DESC LIMIT ?",
            (rest,),
        ).fetchall()
        return [notice_from(row) for row in waiting + others]

    def notice_figures(self) -> NoticeFigures:
        row: Any = self._connection.execute(
            "SELECT count(*), count(failure), min(asked_at) FROM notices WHERE delivered_at IS NULL"
        ).fetchone()
        pending, failed, oldest_at = row
        latest = self._connection.execute(
            "SELECT failure FROM notices WHERE delivered_at IS NULL AND failure IS NOT NULL"
            " ORDER BY next_try_at DESC, id DESC LIMIT 1"
        ).fetchone()
        return NoticeFigures(
            pending=pending,
            failed=failed,
            oldest_at=None if oldest_at is None else datetime.fromisoformat(oldest_at),
            latest_failure=None if latest is None else str(latest[0]),
        )

    def account(self, email: str) -> Account | None:
        return self._account("email_key", email_key(email))

    def account_of(self, agent_id: str) -> Account | None:
        return self._account("agent_id", agent_id)

    def _account(self, column: str, value: str) -> Account | None:
        row = self._connection.execute(
            f"SELECT agent_id, email, password_hash FROM accounts WHERE {column} = ?", (value,)
        ).fetchone()
        return None if row is None else account_from(row)

    def token(self, digest: bytes) -> Token | None:
        return self._token("digest = ? AND dead = 0", digest)

    def successor(self, digest: bytes) -> Token | None:
        """Dead ones too: that it was used once is what counts."""
        return self._token(
            "replaces = ? ORDER BY first_used_at IS NULL, first_used_at, rowid LIMIT 1", digest
        )

    def _token(self, which: str, digest: bytes) -> Token | None:
        row = self._connection.execute(
            "SELECT digest, kind, subject, conversation_id, expires_at, first_used_at, replaces"
            f" FROM tokens WHERE {which}",
            (digest,),
        ).fetchone()
        return None if row is None else token_from(row)

    def value(self, name: str) -> str | None:
        """An entry of `meta`."""
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def problems(self) -> list[str]:
        """What is wrong with the file: by SQLite's own check, between logs and states, and with the figures."""
        connection = self._connection
        problems = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        rows = connection.execute(
            """
            SELECT coalesce(c.id, e.conversation_id)
            FROM conversations c FULL JOIN (
              SELECT conversation_id, count(*) AS events, max(seq) AS last_seq FROM events GROUP BY conversation_id
            ) e ON e.conversation_id = c.id
            WHERE c.last_seq IS NOT e.last_seq OR e.events IS NOT e.last_seq OR c.head_hash IS NOT
              (SELECT hash FROM events WHERE conversation_id = c.id AND seq = c.last_seq)
            """
        )
        problems += [f"the log of conversation {row[0]} and its state do not fit" for row in rows]
        with connection:
            if self.totals() != totals_of(self.ledger(live=False)):
                problems.append("the figures kept and the ledger do not fit")
        return problems
