"""What is administered, the audit log, and the figures of the day: the same from every kind of storage."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff.service.ports import Administered, AuditEntry, Batch, Storage, StorageUnavailable
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import STRANGE_TEXT, Chronicle
from tests.factories import MONDAY_NOON


def entry(action: str, **changes: tuple[object, object]) -> AuditEntry:
    return AuditEntry(
        at=MONDAY_NOON,
        actor_id="sue",
        actor_name="Sue Vogel",
        action=action,
        subject="ada",
        subject_name=STRANGE_TEXT,
        changes=changes,
    )


async def test_what_is_administered_is_put_replaced_and_taken_away(storage: Storage) -> None:
    one = Administered(kind="team", id="night", value={"name": STRANGE_TEXT})
    other = Administered(kind="team", id="day", value={"name": "Day"})
    hours = Administered(kind="opening_hours", id="", value={"week": {"mon": [["09:00", "17:00"]]}})
    await storage.commit(Batch(administered=[one, other, hours]))
    assert await storage.administered() == [hours, other, one]
    again = Administered(kind="team", id="night", value={"name": "Owls"})
    await storage.commit(Batch(administered=[again, Administered(kind="team", id="day", value=None)]))
    assert await storage.administered() == [hours, again]
    await storage.commit(Batch(administered=[Administered(kind="team", id="nobody", value=None)]))
    assert await storage.administered() == [hours, again]


async def test_the_audit_log_is_numbered_and_read_from_its_end(storage: Storage) -> None:
    for number in range(5):
        await storage.commit(Batch(audit=[entry(f"a{number}", role=("Clerk", ["x", None, 1]))]))
    found = await storage.audit(before=None, limit=3)
    assert [(one.number, one.action) for one in found] == [(5, "a4"), (4, "a3"), (3, "a2")]
    assert found[0].changes == {"role": ("Clerk", ["x", None, 1])}
    assert found[0].subject_name == STRANGE_TEXT
    assert [one.number for one in await storage.audit(before=3, limit=9)] == [2, 1]
    assert await storage.audit(before=1, limit=9) == []


async def test_the_audit_log_cannot_be_changed_or_shortened(sqlite: SqliteStorage) -> None:
    await sqlite.commit(Batch(audit=[entry("person_disabled")]))
    for statement in ("UPDATE audit SET actor_name = 'somebody else'", "DELETE FROM audit"):
        with pytest.raises(StorageUnavailable, match="stands as it is"):
            await sqlite._writer.run(lambda connection, told=statement: connection.execute(told))
    assert [one.actor_name for one in await sqlite.audit(before=None, limit=9)] == ["Sue Vogel"]


async def test_requests_and_promises_of_a_stretch_of_time(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada", capacity=3)
    scene.active("ada", "kept")
    scene.writes("ada", "kept")
    scene.do(scene.resolve("ada", "kept"))
    await storage.commit(chronicle.batch())
    scene.lose("ada")
    scene.pass_time(600)
    scene.waiting("broken")  # and nobody is there
    scene.pass_time(2_000)
    scene.customer("pretended", canary=True)
    scene.asks("pretended")
    await storage.commit(chronicle.batch())

    rows = await storage.requested_between(MONDAY_NOON, MONDAY_NOON + timedelta(hours=2), 10)
    assert [row.conversation_id for row in rows] == ["kept", "broken"]
    assert [row.promises_broken > 0 for row in rows] == [False, True]
    assert rows == await storage.requested_between(MONDAY_NOON, MONDAY_NOON + timedelta(hours=2), 2)
    assert [
        row.conversation_id
        for row in await storage.requested_between(
            MONDAY_NOON + timedelta(minutes=5), MONDAY_NOON + timedelta(hours=2), 10
        )
    ] == ["broken"]
    promises = await storage.promises_since(MONDAY_NOON)
    assert promises[0] == ("2026-03-02T12:00", 1, 0)
    totals = await storage.totals()
    assert (sum(one.kept for one in promises), sum(one.broken for one in promises)) == (
        totals.promises_kept,
        totals.promises_broken,
    )
    assert totals.promises_broken > 0
    assert promises[1:] == await storage.promises_since(MONDAY_NOON + timedelta(minutes=15))
