"""The log of a conversation: every event comes back as it was written, in order, to those who may see it."""

from __future__ import annotations

import pytest

from handoff.domain.fold import fold_conversation
from handoff.service.chain import FIRST_LINK, link, payload_digest, rfc3339
from handoff.service.codec import event_from_record
from handoff.service.ports import Batch, Recorded, Storage
from tests.contracts.storage.batches import STRANGE_TEXT, Chronicle, conversation_batch


def texts(events: list[Recorded]) -> list[str]:
    return [event.payload["text"] for event in events if event.payload and event.type == "message"]


async def test_events_come_back_as_they_were_written(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.agent()
    chronicle.scene.active()
    chronicle.scene.writes("ada", "c1")
    batch = chronicle.batch()
    await storage.commit(batch)
    assert await storage.events("c1") == batch.events


async def test_a_log_folds_to_the_state_that_was_stored_with_it(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.agent()
    chronicle.scene.active()
    chronicle.scene.says("c1", "Are you there?")
    await storage.commit(chronicle.batch())
    folded = None
    for record in await storage.events("c1"):
        folded = fold_conversation(folded, event_from_record(record))
    [stored] = await storage.conversations(["c1"])
    assert folded == stored.conversation


async def test_the_chain_can_be_verified_from_what_comes_back(storage: Storage) -> None:
    await storage.commit(conversation_batch("c1", "Hello", STRANGE_TEXT))
    previous = FIRST_LINK
    for event in await storage.events("c1"):
        assert event.salt is not None
        assert event.payload is not None
        assert payload_digest(event.salt, event.payload) == event.payload_digest
        previous = link(
            previous,
            seq=event.seq,
            event_id=event.id,
            at=rfc3339(event.at),
            event_type=event.type,
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            digest=event.payload_digest,
        )
        assert previous == event.hash
    [stored] = await storage.conversations(["c1"])
    assert stored.head_hash == previous


async def test_later_batches_go_on_where_the_log_ended(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.customer()
    await storage.commit(chronicle.batch())
    chronicle.scene.says("c1", "One")
    await storage.commit(chronicle.batch())
    chronicle.scene.says("c1", "Two")
    await storage.commit(chronicle.batch())
    events = await storage.events("c1")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert texts(events)[-2:] == ["One", "Two"]


async def test_since_gives_what_was_missed_and_nothing_else(storage: Storage) -> None:
    await storage.commit(conversation_batch("c1", "One", "Two", "Three"))
    everything = await storage.events("c1")
    for since in range(len(everything) + 2):
        assert await storage.events("c1", since=since) == everything[since:]


async def test_limit_gives_the_first_of_what_was_missed(storage: Storage) -> None:
    await storage.commit(conversation_batch("c1", *(f"message {number}" for number in range(300))))
    everything = await storage.events("c1")
    assert len(everything) >= 300
    for limit in (0, 1, 63, 64, 65, 200, len(everything), 10_000):
        assert await storage.events("c1", limit=limit) == everything[:limit]
        assert await storage.events("c1", since=17, limit=limit) == everything[17 : 17 + limit]


async def test_customers_get_only_what_they_may_see_each_linked_to_the_one_before(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.agent()
    chronicle.scene.active()
    for number in range(100):
        chronicle.scene.says("c1", f"question {number}")
        chronicle.scene.writes("ada", "c1", f"answer {number}")
    await storage.commit(chronicle.batch())
    everything = await storage.events("c1")
    visible = await storage.events("c1", customer=True)
    assert visible == [event for event in everything if event.customer_prev_seq is not None]
    assert {"offer_made"} <= {event.type for event in everything} - {event.type for event in visible}
    previous = 0
    for event in visible:
        assert event.customer_prev_seq == previous
        previous = event.seq
    since = visible[3].seq
    assert await storage.events("c1", since=since, limit=80, customer=True) == visible[4:84]


async def test_logs_of_conversations_do_not_mix(storage: Storage) -> None:
    await storage.commit(conversation_batch("c1", "mine"))
    await storage.commit(conversation_batch("c2", "yours"))
    assert texts(await storage.events("c1"))[-1] == "mine"
    assert texts(await storage.events("c2"))[-1] == "yours"
    assert await storage.events("c3") == []


@pytest.mark.parametrize(
    "text", [STRANGE_TEXT, "x" * 400_000, "ß" * 100_000], ids=["strange", "long", "wide"]
)
async def test_any_text_of_any_length_comes_back_unchanged(storage: Storage, text: str) -> None:
    await storage.commit(conversation_batch("c1", text))
    assert texts(await storage.events("c1"))[-1] == text


async def test_what_was_read_cannot_be_used_to_change_the_log(storage: Storage) -> None:
    await storage.commit(conversation_batch("c1", "Hello"))
    for event in await storage.events("c1"):
        assert event.payload is not None
        event.payload.clear()
    assert texts(await storage.events("c1"))[-1] == "Hello"


async def test_an_erased_event_is_kept_without_payload_and_salt(storage: Storage) -> None:
    [first, *_] = conversation_batch().events
    erased = Recorded(
        conversation_id="c9",
        seq=1,
        id="ev_1",
        at=first.at,
        type="message",
        actor_kind="system",
        actor_id=None,
        payload=None,
        salt=None,
        payload_digest=first.payload_digest,
        hash=first.hash,
        customer_prev_seq=0,
    )
    await storage.commit(Batch(events=[erased]))
    assert await storage.events("c9") == [erased]
