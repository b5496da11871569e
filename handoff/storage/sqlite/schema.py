"""The tables, as numbered steps. A step that was released is never changed; what is new is a further step.

Moments are RFC 3339 text with milliseconds and `Z`, so that the order of the text is the order of time. There are no
foreign keys: everything that belongs together is written in one transaction, and their check would cost on each write.
"""

# ruff: noqa: S608 - put together from constants of this module

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the schema, carried out in one transaction."""

    version: int
    title: str
    statements: tuple[str, ...]


def _counting(name: str, label: str, value: str, when: str) -> str:
    """A statement of a trigger: `value` is added to a figure when the row that was written says so."""
    return (
        f"INSERT INTO figures SELECT '{name}', {label}, {value} WHERE {when} "
        "ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value;"
    )


_FIRST_ANSWER_CLASS = (
    "CASE WHEN new.first_answer_ms <= 5000 THEN 0 WHEN new.first_answer_ms <= 10000 THEN 1"
    " WHEN new.first_answer_ms <= 20000 THEN 2 WHEN new.first_answer_ms <= 30000 THEN 3"
    " WHEN new.first_answer_ms <= 60000 THEN 4 WHEN new.first_answer_ms <= 120000 THEN 5"
    " WHEN new.first_answer_ms <= 300000 THEN 6 WHEN new.first_answer_ms <= 600000 THEN 7"
    " WHEN new.first_answer_ms <= 1800000 THEN 8 WHEN new.first_answer_ms <= 3600000 THEN 9"
    " WHEN new.first_answer_ms <= 14400000 THEN 10 WHEN new.first_answer_ms <= 86400000 THEN 11 ELSE 12 END"
)
_FIRST = "new.first_answer_ms IS NOT NULL"
_ENDED = "new.ended_at IS NOT NULL"
# A new row counts with all that it says, a changed one with what it says more than before.
_COUNT_A_NEW_ROW = (
    "CREATE TRIGGER handoffs_counted_first AFTER INSERT ON handoffs WHEN new.canary = 0 BEGIN "
    + (
        _counting("requested", "new.reason", "1", "true")
        + _counting("ended", "coalesce(new.outcome, new.state)", "1", _ENDED)
        + _counting("promises", "'kept'", "new.promises_kept", "new.promises_kept > 0")
        + _counting("promises", "'broken'", "new.promises_broken", "new.promises_broken > 0")
        + _counting("first_answers", _FIRST_ANSWER_CLASS, "1", _FIRST)
        + _counting("first_answers_ms", "''", "new.first_answer_ms", _FIRST)
        + "END"
    )
)
_COUNT_A_CHANGE = (
    "CREATE TRIGGER handoffs_counted_again AFTER UPDATE ON handoffs WHEN new.canary = 0 AND"
    " (new.ended_at IS NOT old.ended_at OR new.promises_kept <> old.promises_kept"
    " OR new.promises_broken <> old.promises_broken OR new.first_answer_ms IS NOT old.first_answer_ms) BEGIN "
) + (
    _counting("ended", "coalesce(new.outcome, new.state)", "1", f"{_ENDED} AND old.ended_at IS NULL")
    + _counting("promises", "'kept'", "new.promises_kept - old.promises_kept", "true")
    + _counting("promises", "'broken'", "new.promises_broken - old.promises_broken", "true")
    + _counting("first_answers", _FIRST_ANSWER_CLASS, "1", f"{_FIRST} AND old.first_answer_ms IS NULL")
    + _counting("first_answers_ms", "''", "new.first_answer_ms", f"{_FIRST} AND old.first_answer_ms IS NULL")
    + "END"
)

# The conversation is written before its handoffs, with the moment of the event that changed them.
_PROMISES_OF_QUARTER = (
    "INSERT INTO promises_by_quarter SELECT substr(last_at, 1, 14) ||"
    " printf('%02d', CAST(substr(last_at, 15, 2) AS INTEGER) / 15 * 15), {kept}, {broken}"
    " FROM conversations WHERE id = new.conversation_id"
    " ON CONFLICT (quarter) DO UPDATE SET kept = kept + excluded.kept, broken = broken + excluded.broken; END"
)
_KEPT_ANEW = "new.promises_kept - old.promises_kept"
_BROKEN_ANEW = "new.promises_broken - old.promises_broken"

STEPS = (
    Step(
        version=1,
        title="the log, the people of the desk, and how they sign in",
        statements=(
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
            "INSERT INTO meta VALUES ('latest_at', '')",
            # `number` keeps the order in which conversations began; `live` marks those that a desk starts with.
            """
            CREATE TABLE conversations (
              number INTEGER PRIMARY KEY,
              id TEXT NOT NULL UNIQUE,
              customer_id TEXT NOT NULL,
              site TEXT NOT NULL,
              state TEXT NOT NULL,
              head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
              last_seq INTEGER NOT NULL,
              last_at TEXT NOT NULL,
              live INTEGER NOT NULL,
              next_deadline_at TEXT
            ) STRICT
            """,
            "CREATE INDEX conversations_of_customer ON conversations (customer_id, site)",
            "CREATE INDEX conversations_live ON conversations (number) WHERE live = 1",
            "CREATE INDEX conversations_due ON conversations (next_deadline_at) WHERE next_deadline_at IS NOT NULL",
            # A row for every handoff ever. At most one in a conversation is live.
            """
            CREATE TABLE handoffs (
              handoff_id TEXT PRIMARY KEY,
              conversation_id TEXT NOT NULL,
              reference TEXT NOT NULL,
              reason TEXT NOT NULL,
              team TEXT NOT NULL,
              language TEXT NOT NULL,
              state TEXT NOT NULL,
              requested_at TEXT NOT NULL,
              answer_by TEXT,
              agent_id TEXT,
              agent_name TEXT,
              promises_broken INTEGER NOT NULL,
              next_deadline_at TEXT,
              ended_at TEXT,
              ended_by TEXT,
              outcome TEXT
            ) STRICT
            """,
            "CREATE UNIQUE INDEX handoffs_live ON handoffs (conversation_id) WHERE ended_at IS NULL",
            # Clustered by conversation: a log is read as a whole. `payload` and `salt` are null once erased.
            """
            CREATE TABLE events (
              conversation_id TEXT NOT NULL,
              seq INTEGER NOT NULL CHECK (seq > 0),
              id TEXT NOT NULL,
              at TEXT NOT NULL,
              type TEXT NOT NULL,
              actor_kind TEXT NOT NULL,
              actor_id TEXT,
              payload TEXT,
              salt BLOB,
              payload_digest BLOB NOT NULL,
              hash BLOB NOT NULL CHECK (length(hash) = 32),
              customer_prev_seq INTEGER,
              PRIMARY KEY (conversation_id, seq)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX events_counted ON events (type) WHERE type IN ('promise_broken', 'promise_kept')",
            """
            CREATE TABLE agents (
              number INTEGER PRIMARY KEY,
              id TEXT NOT NULL UNIQUE,
              state TEXT NOT NULL,
              next_deadline_at TEXT
            ) STRICT
            """,
            "CREATE INDEX agents_due ON agents (next_deadline_at) WHERE next_deadline_at IS NOT NULL",
            """
            CREATE TABLE agent_events (
              number INTEGER PRIMARY KEY,
              agent_id TEXT NOT NULL,
              at TEXT NOT NULL,
              type TEXT NOT NULL,
              payload TEXT NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE acks (
              conversation_id TEXT NOT NULL,
              actor TEXT NOT NULL,
              client_id TEXT NOT NULL,
              body_digest BLOB NOT NULL,
              ack TEXT NOT NULL,
              PRIMARY KEY (conversation_id, actor, client_id)
            ) STRICT, WITHOUT ROWID
            """,
            # `email_key` is the address in the form under which two count as the same.
            """
            CREATE TABLE accounts (
              agent_id TEXT PRIMARY KEY,
              email TEXT NOT NULL,
              email_key TEXT NOT NULL UNIQUE,
              password_hash TEXT
            ) STRICT
            """,
            # A dead token keeps its row: its first use is what ends the life of the one that it replaced.
            """
            CREATE TABLE tokens (
              digest BLOB PRIMARY KEY,
              kind TEXT NOT NULL,
              subject TEXT NOT NULL,
              conversation_id TEXT,
              expires_at TEXT NOT NULL,
              first_used_at TEXT,
              replaces BLOB,
              dead INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            "CREATE INDEX tokens_of_subject ON tokens (subject, kind)",
            "CREATE INDEX tokens_successor ON tokens (replaces) WHERE replaces IS NOT NULL",
            "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
        ),
    ),
    Step(
        version=2,
        title="figures kept with each handoff, so that reading them costs the same after years",
        statements=(
            "ALTER TABLE handoffs ADD COLUMN waiting_since TEXT",
            "ALTER TABLE handoffs ADD COLUMN owed_since TEXT",
            "ALTER TABLE handoffs ADD COLUMN promises_kept INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE handoffs ADD COLUMN first_answer_ms INTEGER",
            "ALTER TABLE handoffs ADD COLUMN canary INTEGER NOT NULL DEFAULT 0",
            # Who was answered was answered by the last moment given, or that one would have been broken too.
            """
            UPDATE handoffs SET promises_kept = 1
            WHERE state = 'resolved' AND outcome <> 'unreachable'
            """,
            """
            UPDATE handoffs SET first_answer_ms = (
              SELECT CAST(round((julianday(min(e.at)) - julianday(handoffs.requested_at)) * 86400000) AS INTEGER)
              FROM events e
              WHERE e.conversation_id = handoffs.conversation_id AND e.type = 'message' AND e.actor_kind = 'agent'
                AND e.at BETWEEN handoffs.requested_at AND handoffs.ended_at
            ) WHERE ended_at IS NOT NULL
            """,
            "UPDATE handoffs SET waiting_since = requested_at WHERE state IN ('queued', 'offered')",
            "CREATE INDEX handoffs_in_order ON handoffs (requested_at, handoff_id)",
            """
            CREATE TABLE figures (
              name TEXT NOT NULL,
              label TEXT NOT NULL,
              value INTEGER NOT NULL,
              PRIMARY KEY (name, label)
            ) STRICT, WITHOUT ROWID
            """,
            # Those that are there already.
            "INSERT INTO figures SELECT 'requested', reason, count(*) FROM handoffs GROUP BY reason",
            """
            INSERT INTO figures SELECT 'ended', coalesce(outcome, state), count(*) FROM handoffs
            WHERE ended_at IS NOT NULL GROUP BY 2
            """,
            "INSERT INTO figures SELECT 'promises', 'kept', coalesce(sum(promises_kept), 0) FROM handoffs",
            "INSERT INTO figures SELECT 'promises', 'broken', coalesce(sum(promises_broken), 0) FROM handoffs",
            f"""
            INSERT INTO figures SELECT 'first_answers', {_FIRST_ANSWER_CLASS}, count(*) FROM handoffs AS new
            WHERE {_FIRST} GROUP BY 2
            """,
            "INSERT INTO figures SELECT 'first_answers_ms', '', coalesce(sum(first_answer_ms), 0) FROM handoffs",
            _COUNT_A_NEW_ROW,
            _COUNT_A_CHANGE,
            "DROP INDEX events_counted",
        ),
    ),
    Step(
        version=3,
        title="notices outside the console",
        statements=(
            """
            CREATE TABLE notices (
              id TEXT NOT NULL,
              channel TEXT NOT NULL,
              why TEXT NOT NULL,
              asked_at TEXT NOT NULL,
              next_try_at TEXT NOT NULL,
              conversation_id TEXT,
              reference TEXT,
              state TEXT,
              answer_by TEXT,
              told_at TEXT,
              text TEXT,
              attempts INTEGER NOT NULL,
              failure TEXT,
              delivered_at TEXT,
              PRIMARY KEY (id, channel)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX notices_waiting ON notices (channel, next_try_at) WHERE delivered_at IS NULL",
            "CREATE INDEX notices_delivered ON notices (delivered_at) WHERE delivered_at IS NOT NULL",
        ),
    ),
    Step(
        version=4,
        title="expired tokens are found without reading all of them",
        statements=("CREATE INDEX tokens_expiring ON tokens (expires_at)",),
    ),
    Step(
        version=5,
        title="the deadline of a handoff is its conversation's, and kept there only",
        statements=("ALTER TABLE handoffs DROP COLUMN next_deadline_at",),
    ),
    Step(
        version=6,
        title="what is administered in the console, who changed what, and promises by the time of the day",
        statements=(
            """
            CREATE TABLE administered (
              kind TEXT NOT NULL,
              id TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (kind, id)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE audit (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              at TEXT NOT NULL,
              actor_id TEXT,
              actor_name TEXT NOT NULL,
              action TEXT NOT NULL,
              subject TEXT NOT NULL,
              subject_name TEXT NOT NULL,
              changes TEXT NOT NULL
            ) STRICT
            """,
            "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN"
            " SELECT RAISE(ABORT, 'an entry of the audit log stands as it is'); END",
            "CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN"
            " SELECT RAISE(ABORT, 'an entry of the audit log stands as it is'); END",
            """
            CREATE TABLE promises_by_quarter (
              quarter TEXT PRIMARY KEY,
              kept INTEGER NOT NULL,
              broken INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE TRIGGER promises_first AFTER INSERT ON handoffs"
            " WHEN new.canary = 0 AND (new.promises_kept > 0 OR new.promises_broken > 0) BEGIN "
            + _PROMISES_OF_QUARTER.format(kept="new.promises_kept", broken="new.promises_broken"),
            "CREATE TRIGGER promises_again AFTER UPDATE ON handoffs"
            " WHEN new.canary = 0 AND (new.promises_kept <> old.promises_kept"
            " OR new.promises_broken <> old.promises_broken) BEGIN "
            + _PROMISES_OF_QUARTER.format(kept=_KEPT_ANEW, broken=_BROKEN_ANEW),
        ),
    ),
    Step(
        version=7,
        title="what was said can be searched",
        statements=(
            # How far each conversation is in the index, and whose it was last. It follows the log a little later, so
            # that a message does not wait for it: `SqliteStorage.index_words`.
            """
            CREATE TABLE searched (
              number INTEGER PRIMARY KEY,
              seq INTEGER NOT NULL,
              agent_id TEXT
            ) STRICT
            """,
            # A row an event that has words: its id is the conversation's number and the event's, see `words.py`. The
            # words stand here in the form under which they are compared; what is erased leaves the index for good.
            """
            CREATE VIRTUAL TABLE words USING fts5 (
              text, columnsize = 0, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M*'"
            )
            """,
            "INSERT INTO words (words, rank) VALUES ('secure-delete', 1)",
        ),
    ),
)
