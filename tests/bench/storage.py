"""How many commits storage takes: `python -m tests.bench.storage`. Many callers at once, one event each.

The processor time is that of the whole process, so it holds SQLite's own work too, and the making of the tasks.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from handoff.service.ports import Batch
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle

CALLERS = 500
ROUNDS = 20


def rounds() -> list[list[Batch]]:
    """Each caller has a conversation of its own and, once it has begun, adds a message to it in every round."""
    chronicles = [Chronicle() for _ in range(CALLERS)]
    made = []
    for number in range(ROUNDS + 1):
        for caller, chronicle in enumerate(chronicles):
            conversation_id = f"conversation-{caller}"
            if number == 0:
                chronicle.scene.customer(conversation_id)
                chronicle.scene.asks(conversation_id)
            else:
                chronicle.scene.says(conversation_id, f"Where is my parcel? I asked {number} times already.")
        made.append([chronicle.batch() for chronicle in chronicles])
    return made


async def measure(folder: Path) -> str:
    storage = SqliteStorage(folder / "byname.db")
    await storage.open()
    begin, *others = rounds()
    await asyncio.gather(*(storage.commit(batch) for batch in begin))
    transactions, started, processor = storage.transactions, time.perf_counter(), time.process_time()
    for batches in others:
        await asyncio.gather(*(storage.commit(batch) for batch in batches))
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    transactions = storage.transactions - transactions
    await storage.close()
    commits = CALLERS * ROUNDS
    return (
        f"{CALLERS} callers, {commits} commits of one event: {commits / seconds:,.0f} commits/s,"
        f" {processor / commits * 1e6:.0f} us of processor time each, {commits / transactions:.0f} in a transaction"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(asyncio.run(measure(Path(folder))) + "\n")


if __name__ == "__main__":
    main()
