"""The ledger: one row for every handoff there ever was, with how it stands or how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handoff.domain.handoff import Outcome
from handoff.service.chain import rfc3339
from handoff.service.ledger import FIRST_ANSWER_BOUNDS_S, standing
from handoff.service.ports import LedgerRow, Storage, Totals
from tests.contracts.storage.batches import Chronicle
from tests.factories import MONDAY_NOON


def part(row: LedgerRow, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


async def test_a_waiting_handoff_is_in_the_ledger_with_its_deadline(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.agent("ada", capacity=1)
    chronicle.scene.active("ada", "busy")
    await storage.commit(chronicle.batch())
    chronicle.scene.waiting("c1")
    await storage.commit(chronicle.batch())
    handoff = chronicle.scene.handoff("c1")
    assert handoff.answer_by is not None
    widen_s = chronicle.scene.desk.rules.policy.widen_s
    assert [row for row in await storage.ledger() if row.conversation_id == "c1"] == [
        LedgerRow(
            handoff_id=handoff.handoff_id,
            conversation_id="c1",
            reference=handoff.reference,
            reason="button",
            team="service",
            language="en",
            state="queued",
            requested_at="2026-03-02T12:00:00.000Z",
            answer_by=rfc3339(handoff.answer_by),
            agent_id=None,
            agent_name=None,
            promises_broken=0,
            next_deadline_at=rfc3339(MONDAY_NOON + timedelta(seconds=widen_s)),
            ended_at=None,
            ended_by=None,
            outcome=None,
            waiting_since="2026-03-02T12:00:00.000Z",
            owed_since=None,
            promises_kept=0,
            first_answer_ms=None,
            canary=0,
        )
    ]


async def test_the_row_follows_the_handoff_to_its_end(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada")
    scene.waiting("c1")
    await storage.commit(chronicle.batch())
    assert [row.state for row in await storage.ledger()] == ["offered"]
    scene.accept("ada", "c1")
    await storage.commit(chronicle.batch())
    [row] = await storage.ledger()
    assert part(row, "state", "agent_id", "agent_name") == ("active", "ada", "Ada Vogel")
    scene.writes("ada", "c1")
    scene.now += timedelta(seconds=5)
    scene.do(scene.resolve("ada", "c1", Outcome.FORWARDED))
    await storage.commit(chronicle.batch())
    [row] = await storage.ledger()
    assert part(row, "state", "outcome", "agent_id", "ended_by", "ended_at", "next_deadline_at") == (
        "resolved",
        "forwarded",
        "ada",
        "ada",
        rfc3339(scene.now),
        None,
    )


async def test_an_ended_row_stays_whatever_is_said_in_the_conversation_later(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.withdraws(chronicle.scene.waiting("c1"))
    await storage.commit(chronicle.batch())
    before = await storage.ledger()
    assert [part(row, "state", "outcome", "ended_at") for row in before] == [
        ("withdrawn", None, rfc3339(MONDAY_NOON))
    ]
    chronicle.scene.says("c1", "Just one more thing")
    await storage.commit(chronicle.batch())
    assert await storage.ledger() == before


async def test_each_handoff_of_a_conversation_has_its_row(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.waiting("c1")
    for _ in range(3):
        await storage.commit(chronicle.batch())
        scene.withdraws("c1")
        await storage.commit(chronicle.batch())
        scene.now += timedelta(seconds=1)
        scene.asks("c1")
    await storage.commit(chronicle.batch())
    rows = await storage.ledger()
    assert [row.state for row in rows] == ["withdrawn"] * 3 + ["promised"]
    assert len({row.handoff_id for row in rows}) == 4


async def test_a_handoff_that_ended_and_was_followed_by_another_in_one_batch_is_not_lost(
    storage: Storage,
) -> None:
    """Under load many commands share one commit, and the state that is written shows the last handoff only."""
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada")
    scene.waiting("c1")
    await storage.commit(chronicle.batch())
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1", Outcome.DONE))
    ended_at = rfc3339(scene.now)
    scene.now += timedelta(milliseconds=1)
    scene.asks("c1")
    await storage.commit(chronicle.batch())
    first, second = await storage.ledger()
    assert part(
        first, "state", "outcome", "agent_id", "agent_name", "ended_by", "ended_at", "next_deadline_at"
    ) == (
        "resolved",
        "done",
        "ada",
        "Ada Vogel",
        "ada",
        ended_at,
        None,
    )
    assert part(second, "state", "ended_at") == (scene.state("c1").value, None)


async def test_whole_lives_of_handoffs_in_one_batch_give_the_rows_that_single_commits_give(
    storage: Storage,
) -> None:
    def lives(chronicle: Chronicle) -> None:
        scene = chronicle.scene
        scene.agent("ada", capacity=9)
        scene.waiting("c1")
        scene.withdraws("c1")
        scene.now += timedelta(seconds=1)
        scene.asks("c1")
        scene.accept("ada", "c1")
        scene.writes("ada", "c1")
        scene.do(scene.hand_back("ada", "c1"))
        scene.now += timedelta(seconds=1)
        scene.asks("c1")

    at_once = Chronicle()
    lives(at_once)
    await storage.commit(at_once.batch())
    rows = await storage.ledger()
    assert [part(row, "state", "outcome", "agent_name") for row in rows] == [
        ("withdrawn", None, None),
        ("resolved", "done", "Ada Vogel"),
        ("offered", None, None),
    ]
    assert [row.reference for row in rows] == sorted({row.reference for row in rows})


async def test_the_ledger_is_in_the_order_of_the_requests(storage: Storage) -> None:
    chronicle = Chronicle()
    for conversation_id in ("z", "a", "m"):
        chronicle.scene.waiting(conversation_id)
        chronicle.scene.now += timedelta(milliseconds=1)
    await storage.commit(chronicle.batch())
    assert [row.conversation_id for row in await storage.ledger()] == ["z", "a", "m"]


# -- figures --


async def test_live_ones_alone_are_what_is_owed_in_the_same_order(storage: Storage) -> None:
    chronicle = Chronicle()
    for conversation_id in ("z", "a", "m"):
        chronicle.scene.waiting(conversation_id)
        chronicle.scene.now += timedelta(milliseconds=1)
    chronicle.scene.withdraws("a")
    await storage.commit(chronicle.batch())
    assert [row.conversation_id for row in await storage.ledger(live=True)] == ["z", "m"]


async def test_totals_count_each_handoff_once_however_often_its_row_is_written(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada", capacity=9)
    for conversation_id in ("c1", "c2", "c3"):
        scene.waiting(conversation_id)
        await storage.commit(chronicle.batch())
    scene.now += timedelta(seconds=8)
    scene.accept("ada", "c1")
    await storage.commit(chronicle.batch())
    scene.writes("ada", "c1")
    await storage.commit(chronicle.batch())
    scene.now += timedelta(seconds=1)
    scene.writes("ada", "c1")
    await storage.commit(chronicle.batch())
    scene.do(scene.resolve("ada", "c1", Outcome.FORWARDED))
    scene.withdraws("c2")
    await storage.commit(chronicle.batch())
    scene.says("c1", "Thank you")
    scene.bot_answers("c1", "You are welcome.")
    scene.pass_time(500)  # nobody took c3: the moment that its customer was given has passed
    await storage.commit(chronicle.batch())
    assert await storage.totals() == Totals(
        requested={"button": 3},
        ended={"forwarded": 1, "withdrawn": 1},
        promises_kept=1,
        promises_broken=1,
        first_answers={1: 1},  # more than 5 s, at most 10
        first_answers_ms=8_000,
    )


async def test_totals_begin_with_nothing(storage: Storage) -> None:
    assert await storage.totals() == Totals()


async def test_canaries_are_in_the_ledger_and_in_no_total(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("cay", canary=True)
    scene.waiting("test", canary=True)
    await storage.commit(chronicle.batch())
    scene.accept("cay", "test")
    scene.writes("cay", "test")
    scene.do(scene.resolve("cay", "test"))
    await storage.commit(chronicle.batch())
    scene.waiting("left", canary=True)
    await storage.commit(chronicle.batch())
    assert await storage.totals() == Totals()
    assert [row.canary for row in await storage.ledger()] == [1, 1]
    assert standing(await storage.ledger(live=True), scene.now).by_state == {}


@pytest.mark.parametrize("milliseconds", [0, 5_000, 5_001, 59_999, 60_000, 86_400_000, 86_400_001])
async def test_first_answers_are_counted_in_their_class(storage: Storage, milliseconds: int) -> None:
    """Both kinds of storage class them, each in its own words: at the edges they must agree with the bounds."""
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.waiting("c1")
    await storage.commit(chronicle.batch())
    scene.pass_until(scene.now + timedelta(milliseconds=milliseconds))
    scene.agent("ada")
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    await storage.commit(chronicle.batch())
    totals = await storage.totals()
    bounds = (*FIRST_ANSWER_BOUNDS_S, float("inf"))
    right = next(place for place, bound in enumerate(bounds) if milliseconds <= bound * 1_000)
    assert (totals.first_answers, totals.first_answers_ms) == ({right: 1}, milliseconds)
