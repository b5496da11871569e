"""What the figures cost does not grow with the handoffs that have ended: counted in steps of SQLite, not in seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw

from handoff.service.ports import LedgerRow
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle

ENDED = 5_000


def fill(connection: apsw.Connection, model: LedgerRow) -> None:
    """Years of handoffs that ended as `model` did."""
    fields = model._asdict()
    del fields["next_deadline_at"]
    names, marks = ", ".join(fields), ", ".join(f":{name}" for name in fields)
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO handoffs ({names}) VALUES ({marks})",
        (
            fields | {"handoff_id": f"old-{number}", "conversation_id": f"old-{number}"}
            for number in range(ENDED)
        ),
    )
    connection.execute("COMMIT")


async def steps(storage: SqliteStorage, work: Callable[[], Awaitable[object]]) -> int:
    """How many steps its connections take for it."""
    count = 0

    def step() -> bool:
        nonlocal count
        count += 1
        return False

    connected = storage._connections
    assert connected is not None and connected.writer is not None
    connections = (
        connected.near._connection,
        connected.far._connection,
        connected.writer._connection,
    )
    for connection in connections:
        connection.set_progress_handler(step, 1)
    await work()
    for connection in connections:
        connection.set_progress_handler(None)
    return count


async def test_figures_and_the_rows_that_are_owed_cost_the_same_after_years(database: Path) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    try:
        chronicle = Chronicle()
        chronicle.scene.waiting("c1")
        chronicle.scene.withdraws(chronicle.scene.waiting("gone"))
        await storage.commit(chronicle.batch())
        [ended] = [row for row in await storage.ledger() if row.ended_at is not None]

        async def totals() -> None:
            await storage.totals()

        async def live() -> None:
            assert len(await storage.ledger(live=True)) == 1

        async def handoff() -> None:
            chronicle.scene.withdraws(chronicle.scene.waiting(f"c{len(chronicle.scene.events)}"))
            await storage.commit(chronicle.batch())

        works = (totals, live, handoff)
        await handoff()  # the first of its kind adds rows to the figures
        before = [await steps(storage, work) for work in works]
        await storage._writer.run(lambda connection: fill(connection, ended))
        after = [await steps(storage, work) for work in works]
        assert all(before)
        assert after == before
        assert (await storage.totals()).ended == {"withdrawn": ENDED + 4}
        assert await storage.integrity() == []
    finally:
        await storage.close()
