"""The tables, as numbered steps. A step that was released is never changed; what is new is a further step.

Moments are RFC 3339 text with milliseconds and `Z`, so that the order of the text is the order of time. There are no
foreign keys: everything that belongs together is written in one transaction, and their check would cost on each write.
"""

from __future__ import annotations

from dataclasses import dataclass

# Of these, `count_events` has an index; others are counted by reading the whole log.
COUNTED_TYPES = ("promise_broken", "promise_kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the schema, carried out in one transaction."""

    version: int
    title: str
    statements: tuple[str, ...]


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
)
