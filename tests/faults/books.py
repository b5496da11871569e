"""What clients were told, written down, and held against what is on disk."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from handoff.domain.desk import Desk, DeskRules
from handoff.domain.guarantee import Invariant, violations
from handoff.service.audit import audit
from handoff.service.ports import LedgerRow, Recorded, StorageUnavailable
from handoff.storage.sqlite import SqliteStorage
from tests.clients import Agent, Customer, Json
from tests.faults.platter import FILES

# Requests that leave an event of their own each time, by its type: more of them on disk than were ever sent, and
# something was done twice.
LEAVES = {
    "rate": "rated",
    "feedback": "feedback",
    "contacted": "contacted",
    "note": "note",
    "transfer": "transfer_asked",
    "withdraw": "handoff_withdrawn",
}
# Requests about a handoff, and an event that is in the log once they are acknowledged.
SHOWS = {
    "request_human": "handoff_requested",
    "withdraw": "handoff_withdrawn",
    "callback": "handoff_promised",
    "transfer": "transfer_asked",
    "follow_up": "handoff_promised",
    "accept": "agent_joined",
}
ENDS = {"withdraw": "withdrawn", "resolve": "resolved", "hand_back": "resolved"}


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request. `ack` is None until there is one that says `ok`."""

    conversation_id: str
    name: str
    body: Json
    ack: Json | None = None


@dataclass(slots=True)
class Book:
    """One client's: what it asked for, and what it was told."""

    client: Customer | Agent
    entries: list[Entry] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.ack is not None]

    def told(self) -> dict[str, dict[int, Json]]:
        """The events that this client was told of, by conversation and `seq`."""
        match self.client:
            case Customer() as customer:
                return {customer.conversation_id: customer.events}
            case Agent() as agent:
                return agent.logs


@dataclass(slots=True)
class Findings:
    """Each set is empty when the guarantee held."""

    missing: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    without_deadline: set[str] = field(default_factory=set)
    unsound: set[str] = field(default_factory=set)

    def add(self, other: Findings) -> None:
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    def counts(self) -> str:
        return ", ".join(
            f"{one.name.replace('_', ' ')} {len(getattr(self, one.name))}" for one in fields(self)
        )

    def broken(self) -> list[str]:
        return [f"{one.name}: {what}" for one in fields(self) for what in sorted(getattr(self, one.name))]


async def audit_disk(data_dir: Path, books: Sequence[Book], rules: DeskRules) -> Findings:
    """Hold what is on disk, while no server runs there, against the books. What is looked at is a copy, so that the
    next start finds all as the crash left it."""
    with tempfile.TemporaryDirectory(prefix="byname-audit-") as folder:
        for name in FILES:
            with suppress(FileNotFoundError):
                shutil.copy(data_dir / name, folder)
        storage = SqliteStorage(Path(folder) / "byname.db", read_only=True)
        try:
            await storage.open()
            return await _look(storage, books, rules)
        except (StorageUnavailable, ValueError) as error:  # what is there cannot be read, or means nothing
            return Findings(unsound={f"the data cannot be read: {error}"})
        finally:
            await storage.close()


async def _look(storage: SqliteStorage, books: Sequence[Book], rules: DeskRules) -> Findings:
    findings = Findings()
    findings.unsound.update(await storage.integrity())
    findings.unsound.update([problem async for problem in audit(storage)])
    findings.unsound.update(await _desk_problems(storage, rules))
    rows = {row.handoff_id: row for row in await storage.ledger()}
    findings.without_deadline.update(
        row.handoff_id for row in rows.values() if row.ended_at is None and row.next_deadline_at is None
    )
    asked = defaultdict[str, list[Entry]](list)
    for book in books:
        for entry in book.entries:
            asked[entry.conversation_id].append(entry)
    for conversation_id, entries in asked.items():
        log = {record.seq: record for record in await storage.events(conversation_id)}
        findings.missing.update(f"{one.name} {one.body}" for one in entries if not _there(one, log, rows))
        findings.doubled.update(f"{conversation_id}: {what}" for what in _doubled(entries, log.values()))
    for book in books:
        findings.differing.update(book.client.wrong)
        for conversation_id, told in book.told().items():
            log = {record.seq: record for record in await storage.events(conversation_id)}
            findings.differing.update(
                f"{conversation_id} {seq} {event['type']} was told"
                for seq, event in told.items()
                if seq not in log or (log[seq].id, log[seq].type) != (event["id"], event["type"])
            )
    return findings


async def _desk_problems(storage: SqliteStorage, rules: DeskRules) -> list[str]:
    """The invariants, on a desk as the next start will take it up; but for what holds only while a server runs."""
    state = await storage.live_state()
    if state.latest_at is None:
        return []
    desk = Desk(rules)
    for agent in state.agents:
        desk.put_agent(agent)
    for stored in state.conversations:
        desk.put_conversation(stored.conversation)
    desk.latest_at = state.latest_at
    found = violations(desk, state.latest_at)
    return [str(one) for one in found if one.invariant is not Invariant.IN_TIME]


def _there(entry: Entry, log: dict[int, Recorded], rows: dict[str, LedgerRow]) -> bool:
    """Whether what was acknowledged is on disk, as it was asked for and where the ack says."""
    ack = entry.ack
    if ack is None:
        return True
    if "seq" in ack:
        payload = log[ack["seq"]].payload if ack["seq"] in log else None
        return payload is not None and all(
            payload.get(name) == entry.body.get(name)
            for name in ("text", "channel", "outcome", "client_id")
            if name in payload
        )
    handoff = ack.get("handoff")
    if handoff is None:  # rated, feedback: their acks name no event
        return any(record.type == LEAVES[entry.name] for record in log.values())
    as_of_seq = ack.get("last_seq") or handoff["as_of_seq"]
    if handoff["id"] not in rows or as_of_seq not in log:
        return False
    if entry.name in ENDS and rows[handoff["id"]].state != ENDS[entry.name]:
        return False
    shows = SHOWS.get(entry.name)
    return shows is None or any(record.type == shows and record.seq <= as_of_seq for record in log.values())


def _doubled(entries: Iterable[Entry], log: Iterable[Recorded]) -> list[str]:
    payloads = [(record.type, record.payload or {}) for record in log]
    client_ids = Counter(payload["client_id"] for _, payload in payloads if payload.get("client_id"))
    found = [f"{client_id} is there {count} times" for client_id, count in client_ids.items() if count > 1]
    requested = Counter(payload["handoff_id"] for kind, payload in payloads if kind == "handoff_requested")
    found += [f"{one} was begun {count} times" for one, count in requested.items() if count > 1]
    asked = Counter(entry.name for entry in entries)
    there = Counter(kind for kind, _ in payloads)
    return found + [
        f"{there[kind]} {kind}, and {asked[name]} {name} were sent"
        for name, kind in LEAVES.items()
        if there[kind] > asked[name]
    ]
