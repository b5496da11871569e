"""What a customer had erased is gone, from every place it was kept in, and the chain stays whole."""

from __future__ import annotations

from pathlib import Path

import apsw

from handoff.domain.commands import EraseCustomer, Introduce
from handoff.service.chain import FIRST_LINK, link, rfc3339
from handoff.service.ports import Batch, RequestKey, Storage, StoredAck, key_of_offer
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle

SECRET = "Zwetschgenknoedel-4711"


def _everything_in(database: Path) -> str:
    """All rows of all tables, as text."""
    connection = apsw.Connection(str(database))
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return repr(rows)


def _ack(conversation_id: str) -> StoredAck:
    key = RequestKey(conversation_id, "customer:cu", "m-1")
    return StoredAck(key=key, body_digest=b"d", ack={"said": SECRET})


async def _written(storage: Storage) -> tuple[Chronicle, int]:
    """Two conversations with a secret in each; the first is erased. Returns the number of the erasing event."""
    chronicle = Chronicle()
    for conversation_id in ("c1", "c2"):
        chronicle.scene.customer(conversation_id)
        chronicle.scene.says(conversation_id, f"My word is {SECRET}")
    batch = chronicle.batch()
    batch.acks = [_ack("c1"), _ack("c2")]
    await storage.commit(batch)
    erased_at = chronicle.scene.conversation("c1").last_seq
    await storage.commit(Batch(erased=[("c1", erased_at)]))
    return chronicle, erased_at


async def test_payloads_salts_and_acks_are_gone_and_the_rest_stays(storage: Storage) -> None:
    _, erased_at = await _written(storage)

    events = await storage.events("c1")
    assert [one.payload is None and one.salt is None for one in events] == [
        one.seq < erased_at for one in events
    ]
    assert await storage.acks([_ack("c1").key]) == []
    assert len(await storage.acks([_ack("c2").key])) == 1
    assert all(one.payload is not None for one in await storage.events("c2"))


async def test_what_an_agent_was_answered_when_accepting_is_gone_too(storage: Storage) -> None:
    """It is kept under the offer, not under the conversation, and shows the handoff with how its customer is called
    back: it stayed when everything else was erased, and an accept that was sent again was answered with it."""
    chronicle, keys = Chronicle(), []
    chronicle.scene.agent("ada", capacity=2)
    for conversation_id in ("c1", "c2"):
        chronicle.scene.waiting(conversation_id)
        offer = chronicle.scene.handoff(conversation_id).offer
        assert offer is not None
        keys.append(key_of_offer("ada", "accept", offer.offer_id))
    batch = chronicle.batch()
    batch.acks = [StoredAck(key=key, body_digest=b"d", ack={"said": SECRET}) for key in keys]
    await storage.commit(batch)

    await storage.commit(Batch(erased=[("c1", chronicle.scene.conversation("c1").last_seq + 1)]))

    assert [ack.key for ack in await storage.acks(keys)] == keys[1:]


async def test_the_chain_of_an_erased_log_is_whole(storage: Storage) -> None:
    await _written(storage)
    previous = FIRST_LINK
    for one in await storage.events("c1"):
        previous = link(
            previous,
            seq=one.seq,
            event_id=one.id,
            at=rfc3339(one.at),
            event_type=one.type,
            actor_kind=one.actor_kind,
            actor_id=one.actor_id,
            digest=one.payload_digest,
        )
        assert previous == one.hash


async def test_a_conversation_given_to_another_customer_is_found_there_only(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.customer("c1")
    await storage.commit(chronicle.batch())
    before = (await storage.conversations(["c1"]))[0].conversation
    chronicle.scene.do(Introduce(conversation_id="c1", name=None, customer_id="nordlicht:17"))
    batch = chronicle.batch()
    batch.customers = [("c1", "nordlicht:17")]
    await storage.commit(batch)

    assert await storage.conversations_of(before.site, before.customer.id) == []
    found = await storage.conversations_of(before.site, "nordlicht:17")
    assert [one.conversation.conversation_id for one in found] == ["c1"]
    latest = await storage.latest_conversation(before.site, "nordlicht:17")
    assert latest == found[0]


async def test_no_row_of_any_table_holds_what_was_erased(database: Path, sqlite: SqliteStorage) -> None:
    chronicle = Chronicle()
    for conversation_id in ("c1", "c2"):
        chronicle.scene.customer(conversation_id)
        chronicle.scene.says(conversation_id, f"My word is {SECRET}")
        chronicle.scene.asks(conversation_id)
        chronicle.scene.do(Introduce(conversation_id=conversation_id, name=f"Eva {SECRET}"))
        chronicle.scene.do(chronicle.scene.callback(conversation_id))
    batch = chronicle.batch()
    batch.acks = [_ack("c1"), _ack("c2")]
    await sqlite.commit(batch)
    assert SECRET in _everything_in(database)

    for conversation_id in ("c1", "c2"):
        chronicle.scene.do(EraseCustomer(conversation_id=conversation_id))
        batch = chronicle.batch()
        batch.erased = [(conversation_id, chronicle.scene.conversation(conversation_id).last_seq)]
        await sqlite.commit(batch)

    held = _everything_in(database)
    assert "handoff_requested" in held
    assert SECRET.lower() not in held.lower()
    assert "+49 40 123456" not in held
