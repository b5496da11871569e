"""Whatever is written, in whatever portions, every kind of storage shows the same afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handoff.domain.decisions import Refused
from handoff.service.ports import Storage
from handoff.storage.memory import MemoryStorage
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle
from tests.factories import MONDAY_NOON

CONVERSATIONS = ("c1", "c2", "c3")
DOINGS = (
    "says",
    "asks",
    "withdraws",
    "accept",
    "writes",
    "resolve",
    "hand_back",
    "block",
    "unblock",
    "lose",
    "connect",
    "wait",
    "commit",
)


def do(chronicle: Chronicle, doing: str, conversation_id: str) -> None:
    """What cannot be done now is left out: the rules say so, and this is not about them."""
    scene = chronicle.scene
    try:
        match doing:
            case "says":
                scene.says(conversation_id, "Where is my parcel?")
            case "asks":
                scene.asks(conversation_id)
            case "withdraws":
                scene.withdraws(conversation_id)
            case "accept" if (offered_to := offered(chronicle, conversation_id)) is not None:
                scene.accept(offered_to, conversation_id)
            case "writes":
                scene.writes("ada", conversation_id)
            case "resolve":
                scene.do(scene.resolve("ada", conversation_id))
            case "hand_back":
                scene.do(scene.hand_back("ada", conversation_id))
            case "block":
                scene.do(scene.block("sue", conversation_id))
            case "unblock":
                scene.do(scene.unblock("sue", conversation_id))
            case "lose":
                scene.lose("ada")
            case "connect":
                scene.connect("ada")
            case "wait":
                scene.pass_time(400)
    except Refused:
        pass
    scene.now += timedelta(milliseconds=1)


def offered(chronicle: Chronicle, conversation_id: str) -> str | None:
    handoff = chronicle.scene.conversation(conversation_id).live_handoff
    return None if handoff is None or handoff.offer is None else handoff.offer.agent_id


async def shown(storage: Storage) -> list[object]:
    live = await storage.live_state()
    return [
        live.agents,
        {one.conversation.conversation_id: one for one in live.conversations},
        live.latest_at,
        [await storage.events(one) for one in CONVERSATIONS],
        [await storage.events(one, since=3, limit=4, customer=True) for one in CONVERSATIONS],
        await storage.conversations(CONVERSATIONS),
        await storage.ledger(),
        [await storage.due(MONDAY_NOON + timedelta(seconds=after), 2) for after in (60, 300, 10**6)],
        await storage.ledger(live=True),
        await storage.totals(),
        await storage.promises_since(MONDAY_NOON),
        await storage.requested_between(MONDAY_NOON, MONDAY_NOON + timedelta(days=1), 2),
        [await storage.latest_conversation("nordlicht", f"customer-of-{one}") for one in CONVERSATIONS],
        [await storage.conversations_of("nordlicht", f"customer-of-{one}") for one in CONVERSATIONS],
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(doings=st.lists(st.tuples(st.sampled_from(DOINGS), st.sampled_from(CONVERSATIONS)), max_size=30))
def test_memory_and_sqlite_show_the_same(doings: list[tuple[str, str]]) -> None:
    async def compare() -> None:
        with tempfile.TemporaryDirectory() as folder:
            memory, sqlite = MemoryStorage(), SqliteStorage(Path(folder) / "byname.db")
            await memory.open()
            await sqlite.open()
            try:
                chronicle = Chronicle()
                chronicle.scene.agent("ada", capacity=2)
                chronicle.scene.supervisor("sue")
                for conversation_id in CONVERSATIONS:
                    chronicle.scene.customer(conversation_id)
                for doing, conversation_id in [*doings, ("commit", "")]:
                    if doing == "commit":
                        batch = chronicle.batch()
                        await memory.commit(batch)
                        await sqlite.commit(batch)
                    else:
                        do(chronicle, doing, conversation_id)
                assert await shown(memory) == await shown(sqlite)
                assert await sqlite.integrity() == []
                ledger = {row.handoff_id: row for row in await sqlite.ledger()}
                assert len(ledger) == len(
                    [e for e in chronicle.scene.events if e.type == "handoff_requested"]
                )
            finally:
                await sqlite.close()

    asyncio.run(compare())
