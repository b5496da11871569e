"""A commit is all or nothing, and the fences hold: against defects, and against somebody who wrote first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from handoff.service.ports import Batch, Storage, StorageConflict, StorageUnavailable
from tests.contracts.storage.batches import Chronicle, account, ack, conversation_batch, digest, token


def repeated_event() -> Batch:
    return Batch(events=conversation_batch("c1", "Hello").events[1:2])


def repeated_event_within() -> Batch:
    events = conversation_batch("c7", "Hello").events
    return Batch(events=[*events, events[-1]])


def repeated_request() -> Batch:
    return Batch(acks=[ack("client-1", seq=99)])


def repeated_request_within() -> Batch:
    return Batch(acks=[ack("client-7", seq=1), ack("client-7", seq=2)])


def taken_email() -> Batch:
    return Batch(accounts=[account("other", "ADA@demo.example")])


def same_email_within() -> Batch:
    return Batch(accounts=[account("x", "x@demo.example"), account("y", "X@demo.example")])


def second_live_handoff() -> Batch:
    """Made from a state in which the conversation had none."""
    other = Chronicle()
    other.scene.new_handoff()  # so that the next has another id
    other.scene.waiting("c1")
    return Batch(conversations=other.batch().conversations)


FENCES: list[Callable[[], Batch]] = [
    repeated_event,
    repeated_event_within,
    repeated_request,
    repeated_request_within,
    taken_email,
    same_email_within,
    second_live_handoff,
]


async def everything(storage: Storage) -> list[object]:
    """All that a batch can change, as far as the port shows it."""
    live = await storage.live_state()
    return [
        live,
        [await storage.events(one) for one in ("c1", "c2", "c7")],
        await storage.conversations(["c1", "c2", "c7"]),
        await storage.ledger(),
        [await storage.account(one) for one in ("ada@demo.example", "bob@demo.example", "x@demo.example")],
        await storage.acks([ack(one).key for one in ("client-1", "client-2", "client-7")]),
        [await storage.token(digest(one)) for one in ("old", "new")],
    ]


def first() -> Batch:
    chronicle = Chronicle()
    chronicle.scene.agent("ada")
    chronicle.scene.waiting("c1")
    batch = chronicle.batch()
    batch.acks.append(ack("client-1", seq=3))
    batch.accounts.append(account("ada", "ada@demo.example"))
    batch.tokens.append(token("old"))
    return batch


def second() -> Batch:
    """Something new for every part of the storage."""
    chronicle = Chronicle()
    chronicle.scene.new_handoff()
    chronicle.scene.new_handoff()
    chronicle.scene.agent("bob")
    chronicle.scene.waiting("c2")
    batch = chronicle.batch()
    batch.acks.append(ack("client-2", seq=5))
    batch.accounts.append(account("bob", "bob@demo.example"))
    batch.tokens.append(token("new"))
    batch.tokens_dead.append(digest("old"))
    return batch


async def test_all_of_a_batch_is_there_after_its_commit(storage: Storage) -> None:
    await storage.commit(first())
    before = await everything(storage)
    await storage.commit(second())
    after = await everything(storage)
    assert all(one != other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.__name__)
async def test_a_batch_that_meets_a_fence_leaves_nothing_behind(
    storage: Storage, fence: Callable[[], Batch]
) -> None:
    await storage.commit(first())
    before = await everything(storage)
    batch = second()
    batch.add(fence())
    with pytest.raises(StorageConflict):
        await storage.commit(batch)
    assert await everything(storage) == before
    await storage.commit(second())  # and the storage is as good as before


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.__name__)
async def test_a_batch_that_meets_a_fence_does_not_hurt_those_beside_it(
    storage: Storage, fence: Callable[[], Batch]
) -> None:
    await storage.commit(first())
    others = [conversation_batch(f"beside-{number}", "Hello") for number in range(10)]
    batches = [*others[:5], fence(), *others[5:]]
    results = await asyncio.gather(*(storage.commit(batch) for batch in batches), return_exceptions=True)
    assert [type(result) for result in results] == [*[type(None)] * 5, StorageConflict, *[type(None)] * 5]
    for number in range(10):
        assert await storage.events(f"beside-{number}") == others[number].events


async def test_of_two_that_write_the_same_event_at_once_one_succeeds(storage: Storage) -> None:
    one, other = conversation_batch("c1", "I was first"), conversation_batch("c1", "No, I was")
    results = await asyncio.gather(storage.commit(one), storage.commit(other), return_exceptions=True)
    assert results[0] is None
    assert isinstance(results[1], StorageConflict)
    assert await storage.events("c1") == one.events


async def test_a_conflict_can_be_told_from_storage_that_is_away(storage: Storage) -> None:
    await storage.commit(first())
    with pytest.raises(StorageUnavailable) as refused:
        await storage.commit(repeated_event())
    assert isinstance(refused.value, StorageConflict)
    await storage.close()
    with pytest.raises(StorageUnavailable) as away:
        await storage.commit(second())
    assert not isinstance(away.value, StorageConflict)


async def test_commits_are_seen_by_the_next_read(storage: Storage) -> None:
    for number in range(50):
        batch = conversation_batch(f"c{number}", "Hello")
        await storage.commit(batch)
        assert await storage.events(f"c{number}") == batch.events


async def test_an_empty_batch_is_no_reason_to_fail(storage: Storage) -> None:
    await storage.commit(Batch())


async def test_a_value_that_is_no_json_fails_alone_and_is_called_a_defect(storage: Storage) -> None:
    batch = conversation_batch("c1", "Hello")
    broken = Batch(acks=[ack("client-1", answer=object())])
    results = await asyncio.gather(storage.commit(batch), storage.commit(broken), return_exceptions=True)
    assert results[0] is None
    assert isinstance(results[1], TypeError)
    assert await storage.events("c1") == batch.events


async def test_everything_asked_of_closed_storage_says_unavailable(storage: Storage) -> None:
    await storage.close()
    with pytest.raises(StorageUnavailable):
        await storage.live_state()
    with pytest.raises(StorageUnavailable):
        await storage.events("c1")
    with pytest.raises(StorageUnavailable):
        await storage.token(digest("old"))
    with pytest.raises(StorageUnavailable):
        await storage.secret("signing", b"fresh")
    assert (await storage.check())["ok"] is False


async def test_check_is_ok_again_and_again(storage: Storage) -> None:
    for _ in range(3):
        assert (await storage.check())["ok"] is True
