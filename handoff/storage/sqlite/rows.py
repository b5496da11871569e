"""What a batch and its parts look like as rows, both ways, and the statements that write them."""

# ruff: noqa: S608 - names of tables and columns are constants of this package; values are always bound

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

import apsw

from handoff.domain.events import AgentEvent
from handoff.domain.people import Agent
from handoff.service.codec import (
    agent_payload_to_json,
    agent_to_json,
    conversation_from_json,
    conversation_to_json,
    decode_json,
    json_text,
)
from handoff.service.ports import (
    Account,
    Administered,
    AuditEntry,
    Batch,
    LedgerRow,
    Notice,
    Recorded,
    RequestKey,
    StoredAck,
    StoredConversation,
    Token,
)
from handoff.storage.ledger import ledger_rows, moment, moment_or_none
from handoff.storage.sqlite.words import forget

Row = tuple[Any, ...]  # of SQLite's own types; which ones, the schema says


def _insert(table: str, columns: str, otherwise: str = "") -> str:
    """The statement for one row. `otherwise` says what happens to one that is there."""
    marks = ", ".join("?" for _ in columns.split(","))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) {otherwise}"


EVENT_COLUMNS = (
    "conversation_id, seq, id, at, type, actor_kind, actor_id, payload, salt, payload_digest, hash,"
    " customer_prev_seq"
)

_INSERT_EVENTS = _insert("events", EVENT_COLUMNS)
LEDGER_ROWS_KEPT_MAX = 20_000
_INSERT_AGENT_EVENTS = _insert("agent_events", "agent_id, at, type, payload")
_INSERT_ACKS = _insert("acks", "conversation_id, actor, client_id, body_digest, ack")
_PUT_CONVERSATIONS = _insert(
    "conversations",
    "id, customer_id, site, state, head_hash, last_seq, last_at, live, next_deadline_at",
    """ON CONFLICT (id) DO UPDATE SET state = excluded.state, head_hash = excluded.head_hash,
    last_seq = excluded.last_seq, last_at = excluded.last_at, live = excluded.live,
    next_deadline_at = excluded.next_deadline_at""",
)
# For those that are there, as most are: half the work of the other. It has the same values, in the same order.
_UPDATE_CONVERSATIONS = """
    UPDATE conversations SET state = ?4, head_hash = ?5, last_seq = ?6, last_at = ?7, live = ?8, next_deadline_at = ?9
    WHERE id = ?1
"""
_HANDOFF_COLUMNS = [name for name in LedgerRow._fields if name != "next_deadline_at"]
_of_handoff = attrgetter(*_HANDOFF_COLUMNS)
# An ended handoff stays as it ended, however often the conversation is written after.
_PUT_HANDOFFS = _insert(
    "handoffs",
    ", ".join(_HANDOFF_COLUMNS),
    "ON CONFLICT (handoff_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _HANDOFF_COLUMNS[1:])
    + " WHERE handoffs.ended_at IS NULL",
)
# As `LedgerRow`. The deadline of a live handoff is its conversation's.
LEDGER_COLUMNS = ", ".join(
    name
    if name != "next_deadline_at"
    else "CASE WHEN ended_at IS NULL THEN"
    " (SELECT c.next_deadline_at FROM conversations c WHERE c.id = handoffs.conversation_id) END"
    for name in LedgerRow._fields
)
_PUT_AGENTS = _insert(
    "agents",
    "id, state, next_deadline_at",
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, next_deadline_at = excluded.next_deadline_at",
)
_PUT_ACCOUNTS = _insert(
    "accounts",
    "agent_id, email, email_key, password_hash",
    """ON CONFLICT (agent_id) DO UPDATE SET email = excluded.email, email_key = excluded.email_key,
    password_hash = excluded.password_hash""",
)
# The first use is the first use: two requests that use a new token at once both write one.
_PUT_TOKENS = _insert(
    "tokens",
    "digest, kind, subject, conversation_id, expires_at, first_used_at, replaces",
    """ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at,
    first_used_at = coalesce(tokens.first_used_at, excluded.first_used_at)""",
)
NOTICE_COLUMNS = (
    "id, channel, why, asked_at, next_try_at, conversation_id, reference, state, answer_by, told_at, text,"
    " attempts, failure, delivered_at"
)
_PUT_NOTICES = _insert(
    "notices",
    NOTICE_COLUMNS,
    """ON CONFLICT (id, channel) DO UPDATE SET next_try_at = excluded.next_try_at, attempts = excluded.attempts,
    failure = excluded.failure, delivered_at = excluded.delivered_at""",
)
_PUT_ADMINISTERED = _insert(
    "administered", "kind, id, value", "ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value"
)
_TAKE_ADMINISTERED = "DELETE FROM administered WHERE kind = ? AND id = ?"
_AUDIT_COLUMNS = "at, actor_id, actor_name, action, subject, subject_name, changes"
AUDIT_COLUMNS = f"number, {_AUDIT_COLUMNS}"
_INSERT_AUDIT = _insert("audit", _AUDIT_COLUMNS)
_FORGET_NOTICES = "DELETE FROM notices WHERE delivered_at < ?"
_GIVE_TO_CUSTOMER = "UPDATE conversations SET customer_id = ?2 WHERE id = ?1"
_ERASE_EVENTS = "UPDATE events SET payload = NULL, salt = NULL WHERE conversation_id = ?1 AND seq < ?2"
_ERASE_ACKS = "DELETE FROM acks WHERE conversation_id = ?1"
# Under the keys that `key_of_offer` makes: these acks show the handoff, with how its customer is called back.
_ERASE_ACKS_OF_OFFERS = """DELETE FROM acks WHERE conversation_id = 'offers' AND (actor, client_id) IN (
    SELECT 'agent:' || (payload ->> 'agent_id'), 'accept:' || (payload ->> 'offer_id') FROM events
    WHERE conversation_id = ?1 AND seq < ?2 AND type = 'offer_made' AND payload IS NOT NULL)"""
_KILL_ONE = "UPDATE tokens SET dead = 1 WHERE digest = ?"
_KILL_ALL_OF = "UPDATE tokens SET dead = 1 WHERE kind = ? AND subject = ?"


class LedgerMemory:
    """The rows of the ledger as they were written last, since most events of a conversation change nothing in its row.

    Whoever commits says `keep`; whoever does not, or does not know whether, says `forget`.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, LedgerRow] = OrderedDict()
        self._written: dict[str, LedgerRow] = {}

    def new_among(self, rows: Iterable[LedgerRow]) -> list[LedgerRow]:
        """Those that have to be written, in their order."""
        found = []
        for row in rows:
            if (self._written.get(row.handoff_id) or self._kept.get(row.handoff_id)) != row:
                self._written[row.handoff_id] = row
                found.append(row)
        return found

    def keep(self) -> None:
        for handoff_id, row in self._written.items():
            self._kept.pop(handoff_id, None)
            self._kept[handoff_id] = row
        self._written = {}
        while len(self._kept) > LEDGER_ROWS_KEPT_MAX:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        self._kept.clear()
        self._written = {}


def write(connection: apsw.Connection, batch: Batch, ledger: LedgerMemory) -> None:
    """Write a batch inside the transaction that is open. Tokens that it kills are dead after it."""
    if batch.erased:
        connection.execute("PRAGMA secure_delete = 1")  # overwritten in the file too, as far as SQLite can
    if batch.events:
        connection.executemany(_INSERT_EVENTS, [_event_row(event) for event in batch.events])
    if batch.acks:
        connection.executemany(_INSERT_ACKS, [_ack_row(ack) for ack in batch.acks])
    if batch.conversations:
        _write_conversations(connection, [_conversation_row(*one) for one in batch.conversations])
    rows = ledger.new_among(ledger_rows(batch))
    if rows:
        connection.executemany(_PUT_HANDOFFS, map(_of_handoff, rows))
    if batch.agent_events:
        connection.executemany(
            _INSERT_AGENT_EVENTS, [_agent_event_row(event) for event in batch.agent_events]
        )
    if batch.agents:
        connection.executemany(_PUT_AGENTS, [_agent_row(*one) for one in batch.agents])
    if batch.accounts:
        connection.executemany(_PUT_ACCOUNTS, [_account_row(account) for account in batch.accounts])
    if batch.tokens:
        connection.executemany(_PUT_TOKENS, [_token_row(token) for token in batch.tokens])
    if batch.tokens_dead:
        connection.executemany(_KILL_ONE, [(digest,) for digest in batch.tokens_dead])
    if batch.tokens_dead_of:
        connection.executemany(_KILL_ALL_OF, batch.tokens_dead_of)
    if batch.notices:
        connection.executemany(_PUT_NOTICES, [_notice_row(notice) for notice in batch.notices])
    if batch.notices_delivered_before:
        connection.executemany(_FORGET_NOTICES, [(moment(one),) for one in batch.notices_delivered_before])
    for one in batch.administered:
        if one.value is None:
            connection.execute(_TAKE_ADMINISTERED, (one.kind, one.id))
        else:
            connection.execute(_PUT_ADMINISTERED, (one.kind, one.id, json_text(one.value)))
    if batch.audit:
        connection.executemany(_INSERT_AUDIT, [_audit_row(entry) for entry in batch.audit])
    if batch.customers:
        connection.executemany(_GIVE_TO_CUSTOMER, batch.customers)
    if batch.erased:
        forget(connection, batch.erased)
        connection.executemany(_ERASE_ACKS_OF_OFFERS, batch.erased)
        connection.executemany(_ERASE_EVENTS, batch.erased)
        connection.executemany(_ERASE_ACKS, [(conversation_id,) for conversation_id, _ in batch.erased])
        connection.execute("PRAGMA secure_delete = 0")
    _write_latest_at(connection, batch)


def _write_conversations(connection: apsw.Connection, rows: list[Row]) -> None:
    before = connection.total_changes()
    connection.executemany(_UPDATE_CONVERSATIONS, rows)
    if connection.total_changes() - before < len(rows):  # some are new
        connection.executemany(_PUT_CONVERSATIONS, rows)


def _write_latest_at(connection: apsw.Connection, batch: Batch) -> None:
    written = [event.at for event in batch.events] + [event.at for event in batch.agent_events]
    if written:
        connection.execute(
            "UPDATE meta SET value = ?1 WHERE name = 'latest_at' AND value < ?1", (moment(max(written)),)
        )


def _event_row(event: Recorded) -> Row:
    return (
        event.conversation_id,
        event.seq,
        event.id,
        moment(event.at),
        event.type,
        event.actor_kind,
        event.actor_id,
        None if event.payload is None else json_text(event.payload),
        event.salt,
        event.payload_digest,
        event.hash,
        event.customer_prev_seq,
    )


def _conversation_row(stored: StoredConversation, next_deadline_at: datetime | None) -> Row:
    conversation = stored.conversation
    return (
        conversation.conversation_id,
        conversation.customer.id,
        conversation.site,
        conversation_to_json(conversation),
        stored.head_hash,
        conversation.last_seq,
        moment(conversation.last_at),
        int(conversation.of_concern),
        moment_or_none(next_deadline_at),
    )


def _ack_row(ack: StoredAck) -> Row:
    return (ack.key.conversation_id, ack.key.actor, ack.key.client_id, ack.body_digest, json_text(ack.ack))


def _agent_row(agent: Agent, next_deadline_at: datetime | None) -> Row:
    return (agent.id, agent_to_json(agent), moment_or_none(next_deadline_at))


def _agent_event_row(event: AgentEvent) -> Row:
    return (event.agent_id, moment(event.at), event.type, agent_payload_to_json(event))


def email_key(email: str) -> str:
    """Two addresses with the same key are the same."""
    return email.casefold()


def _account_row(account: Account) -> Row:
    return (account.agent_id, account.email, email_key(account.email), account.password_hash)


def _token_row(token: Token) -> Row:
    return (
        token.digest,
        token.kind,
        token.subject,
        token.conversation_id,
        moment(token.expires_at),
        moment_or_none(token.first_used_at),
        token.replaces,
    )


def _notice_row(notice: Notice) -> Row:
    return (
        notice.id,
        notice.channel,
        notice.why,
        moment(notice.asked_at),
        moment(notice.next_try_at),
        notice.conversation_id,
        notice.reference,
        notice.state,
        moment_or_none(notice.answer_by),
        moment_or_none(notice.told_at),
        notice.text,
        notice.attempts,
        notice.failure,
        moment_or_none(notice.delivered_at),
    )


def _audit_row(entry: AuditEntry) -> Row:
    return (
        moment(entry.at),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.subject_name,
        json_text(entry.changes),
    )


# -- and back --


def event_from(row: Row) -> Recorded:
    return Recorded(
        conversation_id=row[0],
        seq=row[1],
        id=row[2],
        at=datetime.fromisoformat(row[3]),
        type=row[4],
        actor_kind=row[5],
        actor_id=row[6],
        payload=None if row[7] is None else decode_json(row[7]),
        salt=row[8],
        payload_digest=row[9],
        hash=row[10],
        customer_prev_seq=row[11],
    )


def conversation_from(row: Row) -> StoredConversation:
    """From `state, head_hash`."""
    return StoredConversation(conversation=conversation_from_json(row[0]), head_hash=row[1])


def ack_from(row: Row) -> StoredAck:
    """From `conversation_id, actor, client_id, body_digest, ack`."""
    return StoredAck(key=RequestKey(row[0], row[1], row[2]), body_digest=row[3], ack=decode_json(row[4]))


def account_from(row: Row) -> Account:
    """From `agent_id, email, password_hash`."""
    return Account(agent_id=row[0], email=row[1], password_hash=row[2])


def token_from(row: Row) -> Token:
    """From `digest, kind, subject, conversation_id, expires_at, first_used_at, replaces`."""
    return Token(
        digest=row[0],
        kind=row[1],
        subject=row[2],
        conversation_id=row[3],
        expires_at=datetime.fromisoformat(row[4]),
        first_used_at=None if row[5] is None else datetime.fromisoformat(row[5]),
        replaces=row[6],
    )


def notice_from(row: Row) -> Notice:
    """From `NOTICE_COLUMNS`."""
    return Notice(
        id=row[0],
        channel=row[1],
        why=row[2],
        asked_at=datetime.fromisoformat(row[3]),
        next_try_at=datetime.fromisoformat(row[4]),
        conversation_id=row[5],
        reference=row[6],
        state=row[7],
        answer_by=None if row[8] is None else datetime.fromisoformat(row[8]),
        told_at=None if row[9] is None else datetime.fromisoformat(row[9]),
        text=row[10],
        attempts=row[11],
        failure=row[12],
        delivered_at=None if row[13] is None else datetime.fromisoformat(row[13]),
    )


def administered_from(row: Row) -> Administered:
    """From `kind, id, value`."""
    return Administered(kind=row[0], id=row[1], value=decode_json(row[2]))


def audit_entry_from(row: Row) -> AuditEntry:
    """From `AUDIT_COLUMNS`."""
    return AuditEntry(
        number=row[0],
        at=datetime.fromisoformat(row[1]),
        actor_id=row[2],
        actor_name=row[3],
        action=row[4],
        subject=row[5],
        subject_name=row[6],
        changes={name: (before, after) for name, (before, after) in decode_json(row[7]).items()},
    )
