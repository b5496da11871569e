"""The outbox: notices wait in storage until they are delivered, whatever kind of storage it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handoff.service.ports import Batch, Notice, NoticeFigures, Storage, StorageUnavailable
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import STRANGE_TEXT, conversation_batch
from tests.factories import MONDAY_NOON


def notice(notice_id: str, *, channel: str = "email", after_s: float = 0, text: str | None = None) -> Notice:
    at = MONDAY_NOON + timedelta(seconds=after_s)
    return Notice(
        id=notice_id,
        channel=channel,
        why="long_wait",
        asked_at=at,
        next_try_at=at,
        conversation_id="c1",
        reference="REF-1",
        state="queued",
        answer_by=at + timedelta(minutes=5),
        told_at=at,
        text=text,
    )


def failed(one: Notice, failure: str = "refused", *, again_after_s: float) -> Notice:
    next_try_at = MONDAY_NOON + timedelta(seconds=again_after_s)
    return replace(one, attempts=one.attempts + 1, failure=failure, next_try_at=next_try_at)


def delivered(one: Notice, *, after_s: float = 0) -> Notice:
    at = MONDAY_NOON + timedelta(seconds=after_s)
    return replace(one, attempts=one.attempts + 1, failure=None, delivered_at=at)


async def put(storage: Storage, *notices: Notice) -> None:
    await storage.commit(Batch(notices=list(notices)))


async def test_notice_comes_back_as_it_was_written(storage: Storage) -> None:
    full = notice("n1", text=STRANGE_TEXT)
    bare = Notice(id="n2", channel="email", why="test", asked_at=MONDAY_NOON, next_try_at=MONDAY_NOON)
    await put(storage, full, bare)
    assert await storage.notices_waiting("email", 10) == [full, bare]


async def test_notice_is_written_with_the_events_or_not_at_all(storage: Storage) -> None:
    batch = conversation_batch("c1")
    await storage.commit(batch)
    again = conversation_batch("c1")
    again.notices.append(notice("n1"))
    with pytest.raises(StorageUnavailable):
        await storage.commit(again)
    assert await storage.notices_waiting("email", 10) == []


async def test_each_channel_has_a_row_of_its_own(storage: Storage) -> None:
    mail, post = notice("n1"), notice("n1", channel="webhook")
    await put(storage, mail, post)
    await put(storage, delivered(mail))
    assert await storage.notices_waiting("email", 10) == []
    assert await storage.notices_waiting("webhook", 10) == [post]


async def test_next_to_be_tried_comes_first(storage: Storage) -> None:
    first, second, third = notice("n1"), notice("n2", after_s=1), notice("n3", after_s=2)
    await put(storage, third, second, first)
    later = failed(first, again_after_s=1.5)
    await put(storage, later)
    assert [one.id for one in await storage.notices_waiting("email", 10)] == ["n2", "n1", "n3"]
    assert await storage.notices_waiting("email", 1) == [second]


async def test_what_came_of_a_try_is_kept(storage: Storage) -> None:
    one = notice("n1")
    await put(storage, one)
    tried = failed(one, STRANGE_TEXT.replace("\x00", ""), again_after_s=30)
    await put(storage, tried)
    assert await storage.notices_waiting("email", 10) == [tried]
    await put(storage, delivered(tried, after_s=31))
    assert await storage.notices(delivered=True, limit=10) == [delivered(tried, after_s=31)]


async def test_figures_count_what_waits(storage: Storage) -> None:
    assert await storage.notice_figures() == NoticeFigures()
    one, two, three = notice("n1"), notice("n2", after_s=5), notice("n3", channel="webhook", after_s=9)
    await put(storage, one, two, three)
    await put(
        storage, failed(two, "older failure", again_after_s=30), failed(three, "refused", again_after_s=60)
    )
    assert await storage.notice_figures() == NoticeFigures(
        pending=3, failed=2, oldest_at=one.asked_at, latest_failure="refused"
    )
    await put(storage, delivered(one), delivered(three))
    assert await storage.notice_figures() == NoticeFigures(
        pending=1, failed=1, oldest_at=two.asked_at, latest_failure="older failure"
    )


async def test_people_see_what_waits_first_and_then_the_latest(storage: Storage) -> None:
    rows = [notice(f"n{number}", after_s=number) for number in range(6)]
    await put(storage, *rows)
    await put(storage, *(delivered(one) for one in rows[::2]))
    assert [one.id for one in await storage.notices(delivered=False, limit=10)] == ["n1", "n3", "n5"]
    shown = [one.id for one in await storage.notices(delivered=True, limit=10)]
    assert shown == ["n1", "n3", "n5", "n4", "n2", "n0"]
    assert [one.id for one in await storage.notices(delivered=True, limit=4)] == shown[:4]
    assert [one.id for one in await storage.notices(delivered=True, limit=2)] == shown[:2]


async def test_delivered_long_ago_are_cleared_away_and_nothing_else(storage: Storage) -> None:
    old, recent, waiting = notice("n1"), notice("n2"), notice("n3")
    await put(storage, delivered(old, after_s=10), delivered(recent, after_s=20), waiting)
    await storage.commit(Batch(notices_delivered_before=[MONDAY_NOON + timedelta(seconds=20)]))
    assert [one.id for one in await storage.notices(delivered=True, limit=10)] == ["n3", "n2"]


async def test_notices_outlive_a_restart(sqlite: SqliteStorage) -> None:
    await put(sqlite, failed(notice("n1"), again_after_s=30))
    await sqlite.close()
    await sqlite.open()
    [kept] = await sqlite.notices_waiting("email", 10)
    assert (kept.attempts, kept.failure) == (1, "refused")


async def test_unavailable_storage_says_so(storage: Storage) -> None:
    await storage.close()
    with pytest.raises(StorageUnavailable):
        await storage.notices_waiting("email", 10)
    with pytest.raises(StorageUnavailable):
        await storage.notice_figures()
