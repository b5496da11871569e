"""The audit finds every kind of damage, and nothing in what is sound."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from handoff.service.audit import audit
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Storage with a conversation that is over, one with an agent, and one that only the bot has had."""
    path = tmp_path / "byname.db"
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.withdraws(scene.waiting("c2"))
    scene.customer("c3")
    storage = SqliteStorage(path)
    await storage.open()
    await storage.commit(chronicle.batch())
    await storage.close()
    return path


async def problems(path: Path) -> list[str]:
    storage = SqliteStorage(path, read_only=True)
    await storage.open()
    try:
        return [problem async for problem in audit(storage)]
    finally:
        await storage.close()


def damage(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


async def test_what_is_sound_has_no_problem(file: Path) -> None:
    assert await problems(file) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            """UPDATE events SET payload = replace(payload, 'Hello', 'Hallo')
               WHERE conversation_id = 'c3' AND seq = 2""",
            "the payload of event 2 was changed",
        ),
        ("DELETE FROM events WHERE conversation_id = 'c1' AND seq = 2", "event 2 is missing"),
        ("DELETE FROM events WHERE conversation_id = 'c3' AND seq = 2", "1 events, and the state has seen 2"),
        (
            "UPDATE events SET at = '2030-01-01T00:00:00.000Z' WHERE conversation_id = 'c1' AND seq = 3",
            "event 3 does not follow from the one before",
        ),
        (
            """UPDATE conversations SET state = replace(state, '"state":"active"', '"state":"resolved"')
               WHERE id = 'c1'""",
            "the state is not what the log folds to",
        ),
        (
            "UPDATE conversations SET head_hash = zeroblob(32) WHERE id = 'c2'",
            "the state names another last event than the log has",
        ),
    ],
)
async def test_damage_is_found_where_it_is(file: Path, statement: str, said: str) -> None:
    damage(file, statement)

    found = await problems(file)

    assert any(said in problem for problem in found), found


async def test_a_field_that_an_earlier_version_did_not_know_is_no_damage(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        [(state,)] = connection.execute("SELECT state FROM conversations WHERE id = 'c1'")
        before = state.replace('"first_answered_at":"', '"unknown_then":"')
        connection.execute("UPDATE conversations SET state = ? WHERE id = 'c1'", (before,))
    connection.close()

    assert await problems(file) == []
