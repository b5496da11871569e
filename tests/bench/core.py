"""What a message costs behind the gateway: `python -m tests.bench.core [--conversations N] [--messages M]`.

Decide, fold, seal, write to SQLite, and read for the sockets of a customer and an agent: everything but the wire. The
event loop's processor time is told apart from the rest (the writer's thread), since it is what limits one server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from handoff.service.access import CustomerSession
from handoff.storage.sqlite import SqliteStorage
from tests.inside import Inside

WINDOW = 4  # messages that one customer has under way, as in the bench of the whole server
WARM_UP = 5  # messages of each conversation before anything is counted


async def talk(inside: Inside, sessions: list[CustomerSession], messages: int) -> None:
    """Each customer sends `messages`, `WINDOW` at once."""

    async def lane(session: CustomerSession, first: int) -> None:
        for number in range(first, messages, WINDOW):
            await inside.say(session, f"Message {number}: where is my parcel, please?")

    async with asyncio.TaskGroup() as group:
        for session in sessions:
            for first in range(WINDOW):
                group.create_task(lane(session, first))


async def measure(folder: Path, conversations: int, messages: int) -> str:
    storage = SqliteStorage(folder / "byname.db")
    inside = Inside(storage)
    await inside.open()
    sessions = [await inside.with_agent() for _ in range(conversations)]
    await talk(inside, sessions, WARM_UP)
    told, transactions = inside.told, storage.transactions
    began, loop_s, all_s = time.perf_counter(), time.thread_time(), time.process_time()
    await talk(inside, sessions, messages)
    seconds = time.perf_counter() - began
    loop_s, all_s = time.thread_time() - loop_s, time.process_time() - all_s
    said, transactions = conversations * messages, storage.transactions - transactions
    assert inside.told - told == 2 * said, "each message is told to its customer and to the agent"
    await inside.close()
    return (
        f"{conversations} conversations, {messages} messages each: {said / seconds:,.0f} a second;"
        f" processor {all_s / said * 1e6:.0f} us a message, {loop_s / said * 1e6:.0f} of it in the event loop;"
        f" {said / transactions:.0f} in a transaction"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.core", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--messages", type=int, default=100, help="for each conversation")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(asyncio.run(measure(Path(folder), asked.conversations, asked.messages)) + "\n")


if __name__ == "__main__":
    main()
