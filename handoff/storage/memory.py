"""Storage in memory, for fast tests: the same promises as SQLite but for durability. Not for production."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import structs

from handoff.domain.events import AgentEvent
from handoff.domain.people import Agent
from handoff.service.codec import decode_json, json_text
from handoff.service.ledger import totals_of
from handoff.service.ports import (
    Account,
    Administered,
    AuditEntry,
    Batch,
    Found,
    LedgerRow,
    LiveState,
    Notice,
    NoticeFigures,
    PromisesOfQuarter,
    Recorded,
    RequestKey,
    StorageConflict,
    StorageUnavailable,
    StoredAck,
    StoredConversation,
    Token,
    Totals,
    key_of_offer,
)
from handoff.storage.ledger import ledger_rows, moment, moment_or_none, quarter
from handoff.storage.words import record_has


class MemoryStorage:
    """Set `available` to False, and every method raises `StorageUnavailable` until it is True again.

    Payloads and acks are kept as JSON text, so that nobody can change them from outside, and what comes back is
    what a database would give back.
    """

    def __init__(self) -> None:
        self.available = True
        self._logs: dict[str, dict[int, tuple[Recorded, str]]] = {}
        self._agent_events: list[AgentEvent] = []
        self._conversations: dict[str, StoredConversation] = {}
        self._agents: dict[str, Agent] = {}
        self._deadlines: dict[str, datetime] = {}
        self._agent_deadlines: dict[str, datetime] = {}
        self._acks: dict[RequestKey, tuple[StoredAck, str]] = {}
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[bytes, Token] = {}
        self._tokens_dead: set[bytes] = set()
        self._secrets: dict[str, bytes] = {}
        self._notices: dict[tuple[str, str], Notice] = {}
        self._ledger: dict[str, LedgerRow] = {}
        self._live_rows: dict[str, LedgerRow] = {}
        self._promises: dict[str, PromisesOfQuarter] = {}
        self._administered: dict[tuple[str, str], str] = {}
        self._audit: list[tuple[AuditEntry, str]] = []
        self._latest_at: datetime | None = None

    async def open(self) -> None:
        self._reach()

    async def close(self) -> None:
        self.available = False

    async def check(self) -> dict[str, Any]:
        return {"ok": self.available, "engine": "memory"}

    def _reach(self) -> None:
        if not self.available:
            raise StorageUnavailable("this storage was told to be unavailable")

    # -- writing --

    async def commit(self, batch: Batch) -> None:
        await asyncio.sleep(0)  # others come in between here, as they do with a database
        self._reach()
        events = [(event, json_text(event.payload)) for event in batch.events]
        acks = {ack.key: (ack, json_text(ack.ack)) for ack in batch.acks}
        self._refuse_repeated(batch)
        accounts = self._accounts_with(batch.accounts)
        ledger, live_rows = self._ledger_with(batch)
        audit = [(entry, json_text(entry.changes)) for entry in batch.audit]
        # Every fence was passed: from here on nothing fails.
        self._count_promises(batch, ledger)
        for event, payload in events:
            self._logs.setdefault(event.conversation_id, {})[event.seq] = (event, payload)
        self._agent_events += batch.agent_events
        for stored, deadline in batch.conversations:
            self._conversations[stored.conversation.conversation_id] = stored
            _put_deadline(self._deadlines, stored.conversation.conversation_id, deadline)
        for agent, deadline in batch.agents:
            self._agents[agent.id] = agent
            _put_deadline(self._agent_deadlines, agent.id, deadline)
        self._acks |= acks
        self._accounts |= accounts
        self._ledger |= ledger
        for conversation_id, row in live_rows.items():
            if row is None:
                self._live_rows.pop(conversation_id, None)
            else:
                self._live_rows[conversation_id] = row
        self._put_tokens(batch)
        self._put_notices(batch)
        for one in batch.administered:
            if one.value is None:
                self._administered.pop((one.kind, one.id), None)
            else:
                self._administered[one.kind, one.id] = json_text(one.value)
        self._audit += audit
        self._erase(batch)
        written = [event.at for event in batch.events] + [event.at for event in batch.agent_events]
        if self._latest_at is not None:
            written.append(self._latest_at)
        self._latest_at = max(written, default=None)

    def _erase(self, batch: Batch) -> None:
        for conversation_id, before_seq in batch.erased:
            log = self._logs.get(conversation_id, {})
            for record, text in log.values():
                if record.type == "offer_made" and (made := decode_json(text)) is not None:
                    self._acks.pop(key_of_offer(made["agent_id"], "accept", made["offer_id"]), None)
            for seq in [one for one in log if one < before_seq]:
                log[seq] = (structs.replace(log[seq][0], payload=None, salt=None), json_text(None))
            for key in [one for one in self._acks if one.conversation_id == conversation_id]:
                del self._acks[key]

    def _refuse_repeated(self, batch: Batch) -> None:
        numbers = [(event.conversation_id, event.seq) for event in batch.events]
        if len(set(numbers)) < len(numbers) or any(
            seq in self._logs.get(conversation_id, ()) for conversation_id, seq in numbers
        ):
            raise StorageConflict("an event with this number is in the log already")
        keys = [ack.key for ack in batch.acks]
        if len(set(keys)) < len(keys) or any(key in self._acks for key in keys):
            raise StorageConflict("this request was acknowledged already")

    def _accounts_with(self, accounts: list[Account]) -> dict[str, Account]:
        changed: dict[str, Account] = {}
        for account in accounts:
            for other in (self._accounts | changed).values():
                if other.agent_id != account.agent_id and _same_email(other.email, account.email):
                    raise StorageConflict("another account has this e-mail address")
            changed[account.agent_id] = account
        return changed

    def _ledger_with(self, batch: Batch) -> tuple[dict[str, LedgerRow], dict[str, LedgerRow | None]]:
        """Changed rows by handoff, and the live row (or None) of each conversation that is concerned."""
        ledger: dict[str, LedgerRow] = {}
        live: dict[str, LedgerRow | None] = {}

        def put(row: LedgerRow) -> None:
            before = ledger.get(row.handoff_id) or self._ledger.get(row.handoff_id)
            if before is not None and before.ended_at is not None:
                return  # an ended handoff stays as it ended
            present = live.get(row.conversation_id, self._live_rows.get(row.conversation_id))
            is_another = present is not None and present.handoff_id != row.handoff_id
            if is_another and row.ended_at is None:
                raise StorageConflict("another handoff of this conversation is live")
            ledger[row.handoff_id] = row
            if not is_another:
                live[row.conversation_id] = None if row.ended_at else row

        for row in ledger_rows(batch):
            put(row)
        return ledger, live

    def _count_promises(self, batch: Batch, ledger: dict[str, LedgerRow]) -> None:
        at = {one.conversation.conversation_id: one.conversation.last_at for one, _ in batch.conversations}
        for row in ledger.values():
            before = self._ledger.get(row.handoff_id)
            kept = row.promises_kept - (before.promises_kept if before else 0)
            broken = row.promises_broken - (before.promises_broken if before else 0)
            if row.canary or not (kept or broken):
                continue
            key = quarter(at[row.conversation_id])
            found = self._promises.get(key, PromisesOfQuarter(key, 0, 0))
            self._promises[key] = PromisesOfQuarter(key, found.kept + kept, found.broken + broken)

    def _put_tokens(self, batch: Batch) -> None:
        for token in batch.tokens:
            before = self._tokens.get(token.digest)
            if before is not None and before.first_used_at is not None:
                token = replace(token, first_used_at=before.first_used_at)
            self._tokens[token.digest] = token
        self._tokens_dead.update(digest for digest in batch.tokens_dead if digest in self._tokens)
        for kind, subject in batch.tokens_dead_of:
            self._tokens_dead.update(
                token.digest
                for token in self._tokens.values()
                if token.kind == kind and token.subject == subject
            )

    def _put_notices(self, batch: Batch) -> None:
        self._notices |= {(notice.id, notice.channel): notice for notice in batch.notices}
        for before in batch.notices_delivered_before:
            self._notices = {
                key: notice
                for key, notice in self._notices.items()
                if notice.delivered_at is None or notice.delivered_at >= before
            }

    async def purge_tokens(self, expired_before: datetime, limit: int) -> int:
        self._reach()
        expired = [one.digest for one in self._tokens.values() if one.expires_at < expired_before][:limit]
        for one in expired:
            del self._tokens[one]
            self._tokens_dead.discard(one)
        return len(expired)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        self._reach()
        return self._secrets.setdefault(name, fresh)

    # -- reading --

    async def live_state(self) -> LiveState:
        self._reach()
        return LiveState(
            agents=list(self._agents.values()),
            conversations=[
                stored for stored in self._conversations.values() if stored.conversation.of_concern
            ],
            latest_at=self._latest_at,
        )

    async def conversations(self, ids: Iterable[str]) -> list[StoredConversation]:
        self._reach()
        return [self._conversations[one] for one in dict.fromkeys(ids) if one in self._conversations]

    async def conversation_ids(self, after: str, limit: int) -> list[str]:
        self._reach()
        return sorted(one for one in self._conversations if one > after)[:limit]

    async def acks(self, keys: Sequence[RequestKey]) -> list[StoredAck]:
        self._reach()
        found = [self._acks[key] for key in dict.fromkeys(keys) if key in self._acks]
        return [structs.replace(ack, ack=decode_json(text)) for ack, text in found]

    async def events(
        self, conversation_id: str, *, since: int = 0, limit: int | None = None, customer: bool = False
    ) -> list[Recorded]:
        self._reach()
        log = self._logs.get(conversation_id, {})
        found = [
            log[seq]
            for seq in log  # in its order: an event is written after the one that it follows
            if seq > since and not (customer and log[seq][0].customer_prev_seq is None)
        ]
        return [structs.replace(event, payload=decode_json(text)) for event, text in found[:limit]]

    async def due(self, now: datetime, limit: int) -> tuple[list[str], list[str]]:
        self._reach()
        return _due(self._deadlines, now, limit), _due(self._agent_deadlines, now, limit)

    async def earliest_deadline(self) -> datetime | None:
        self._reach()
        return min([*self._deadlines.values(), *self._agent_deadlines.values()], default=None)

    async def latest_conversation(self, site: str, customer_id: str) -> StoredConversation | None:
        self._reach()
        found = await self.conversations_of(site, customer_id)
        return found[-1] if found else None

    async def conversations_of(self, site: str, customer_id: str) -> list[StoredConversation]:
        self._reach()
        return [
            stored
            for stored in self._conversations.values()
            if stored.conversation.site == site and stored.conversation.customer.id == customer_id
        ]

    async def index_words(self, limit: int) -> bool:
        self._reach()
        return True

    async def search(
        self, words: Sequence[str], *, agent_id: str | None, before: int | None, limit: int
    ) -> list[Found]:
        self._reach()
        found: list[Found] = []
        numbered = list(enumerate(self._conversations.values(), 1))
        for number, stored in reversed(numbered[: None if before is None else before - 1]):
            conversation = stored.conversation
            if conversation.canary or (agent_id is not None and conversation.last_agent_id != agent_id):
                continue
            events = await self.events(conversation.conversation_id)
            hit = next((event for event in reversed(events) if record_has(event, words)), None)
            if hit is not None:
                found.append(Found(stored, hit, number))
        return found[:limit]

    async def ledger(self, *, live: bool = False) -> list[LedgerRow]:
        self._reach()
        rows = [self._with_deadline(row) for row in self._ledger.values() if not live or row.ended_at is None]
        return sorted(rows, key=lambda row: (row.requested_at, row.handoff_id))

    def _with_deadline(self, row: LedgerRow) -> LedgerRow:
        if row.ended_at is not None:
            return row
        return row._replace(next_deadline_at=moment_or_none(self._deadlines.get(row.conversation_id)))

    async def requested_between(self, since: datetime, until: datetime, limit: int) -> list[LedgerRow]:
        first, end = moment(since), moment(until)
        rows = [row for row in await self.ledger() if first <= row.requested_at < end and not row.canary]
        return rows[:limit]

    async def promises_since(self, since: datetime) -> list[PromisesOfQuarter]:
        self._reach()
        return sorted(one for one in self._promises.values() if one.quarter >= quarter(since))

    async def administered(self) -> list[Administered]:
        self._reach()
        return [
            Administered(kind=kind, id=about, value=decode_json(text))
            for (kind, about), text in sorted(self._administered.items())
        ]

    async def audit(self, *, before: int | None, limit: int) -> list[AuditEntry]:
        self._reach()
        entries = [
            replace(
                entry,
                number=number,
                changes={name: tuple(values) for name, values in decode_json(text).items()},
            )
            for number, (entry, text) in enumerate(self._audit, 1)
            if before is None or number < before
        ]
        return entries[::-1][:limit]

    async def totals(self) -> Totals:
        self._reach()
        return totals_of(self._ledger.values())

    async def notices_waiting(self, channel: str, limit: int) -> list[Notice]:
        self._reach()
        found = [one for one in self._notices.values() if one.channel == channel and one.delivered_at is None]
        return sorted(found, key=lambda one: (one.next_try_at, one.asked_at, one.id))[:limit]

    async def notices(self, *, delivered: bool, limit: int) -> list[Notice]:
        self._reach()
        rows = sorted(self._notices.values(), key=lambda one: (one.asked_at, one.id, one.channel))
        found = [one for one in rows if one.delivered_at is None]
        if delivered:
            found += [one for one in reversed(rows) if one.delivered_at is not None]
        return found[:limit]

    async def notice_figures(self) -> NoticeFigures:
        self._reach()
        waiting = [one for one in self._notices.values() if one.delivered_at is None]
        failed = [one for one in waiting if one.failure is not None]
        latest = max(failed, key=lambda one: (one.next_try_at, one.id), default=None)
        return NoticeFigures(
            pending=len(waiting),
            failed=len(failed),
            oldest_at=min((one.asked_at for one in waiting), default=None),
            latest_failure=None if latest is None else latest.failure,
        )

    async def account(self, email: str) -> Account | None:
        self._reach()
        return next((one for one in self._accounts.values() if _same_email(one.email, email)), None)

    async def account_of(self, agent_id: str) -> Account | None:
        self._reach()
        return self._accounts.get(agent_id)

    async def token(self, digest: bytes) -> Token | None:
        self._reach()
        return None if digest in self._tokens_dead else self._tokens.get(digest)

    async def successor(self, digest: bytes) -> Token | None:
        self._reach()
        found = [token for token in self._tokens.values() if token.replaces == digest]
        used = [(token.first_used_at, token) for token in found if token.first_used_at is not None]
        if used:
            return min(used, key=lambda pair: pair[0])[1]
        return found[0] if found else None


def _same_email(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _put_deadline(deadlines: dict[str, datetime], about: str, deadline: datetime | None) -> None:
    if deadline is None:
        deadlines.pop(about, None)
    else:
        deadlines[about] = deadline


def _due(deadlines: dict[str, datetime], now: datetime, limit: int) -> list[str]:
    passed = [(deadline, one) for one, deadline in deadlines.items() if deadline <= now]
    return [one for _, one in sorted(passed, key=lambda pair: pair[0])[:limit]]
