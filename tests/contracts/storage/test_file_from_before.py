"""A file that an earlier version wrote: opened, brought to the present schema, and worked on as if it were today's.

`schema_1.sql` is the dump of such a file. It is never made anew: what is added to the state later has to cope with it.
"""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any

import apsw
import pytest

from handoff.domain.desk import Desk
from handoff.domain.fold import fold_conversation
from handoff.domain.guarantee import log_violations, violations
from handoff.domain.handoff import HandoffState, Outcome
from handoff.domain.people import Presence
from handoff.service.codec import conversation_to_json, event_from_record
from handoff.service.ports import Totals
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import Chronicle
from tests.contracts.storage.test_sqlite_file import opened
from tests.factories import Scene, rules

DUMP = Path(__file__).parent / "schema_1.sql"
LIVE = {
    "call-back": HandoffState.PROMISED,
    "follow-up": HandoffState.PROMISED,
    "active": HandoffState.ACTIVE,
    "fills-1": HandoffState.ACTIVE,
    "queued": HandoffState.OFFERED,
    "queued-behind": HandoffState.QUEUED,
}
ENDED = ("resolved", "withdrawn", "handed-back", "fills-2", "with-the-bot")


@pytest.fixture
def file_from_before(database: Path) -> Path:
    database.parent.mkdir(parents=True)
    connection = apsw.Connection(str(database))
    connection.execute(DUMP.read_text(encoding="utf-8"))
    connection.close()
    return database


async def scene_of(storage: SqliteStorage) -> Scene:
    """A desk that has taken up what is in storage, as a server does at its start."""
    state = await storage.live_state()
    scene = Scene(rules())
    scene.desk = Desk(rules())
    for agent in state.agents:
        scene.desk.put_agent(agent)
    for stored in state.conversations + await storage.conversations(ENDED):
        scene.desk.put_conversation(stored.conversation)
    assert state.latest_at is not None
    scene.now = scene.desk.latest_at = state.latest_at
    return scene


async def test_a_file_from_before_opens_with_everything_in_it(file_from_before: Path) -> None:
    async with opened(file_from_before) as storage:
        assert await storage.integrity() == []
        scene = await scene_of(storage)
        assert {one: scene.state(one) for one in LIVE} == LIVE
        assert {conversation.conversation_id for conversation in scene.desk.live()} == set(LIVE)
        assert len(await storage.ledger()) == len(LIVE) + len(ENDED) - 1
        assert await storage.account("ada@demo.example") is not None
        assert scene.person("tom").disabled


def differences(kept: Any, folded: Any, where: str = "") -> list[str]:
    """Where the state that the file kept and the one that its log folds to say different things of what both know."""
    if isinstance(kept, dict) and isinstance(folded, dict):
        shared = [name for name in kept if name in folded]
        return [what for name in shared for what in differences(kept[name], folded[name], f"{where}.{name}")]
    return [] if kept == folded else [f"{where}: {kept} is now {folded}"]


async def test_logs_from_before_are_whole_and_fold_to_what_was_kept(file_from_before: Path) -> None:
    """What the state has learnt to know since is not in the file; the next event of that kind puts it there."""
    connection = apsw.Connection(str(file_from_before))
    kept = {
        row[0]: json.loads(str(row[1])) for row in connection.execute("SELECT id, state FROM conversations")
    }
    connection.close()
    assert set(kept) == {*LIVE, *ENDED}
    async with opened(file_from_before) as storage:
        for conversation_id, state in kept.items():
            log = [event_from_record(record) for record in await storage.events(conversation_id)]
            assert log_violations(log) == []
            folded = reduce(fold_conversation, log, None)
            assert folded is not None
            assert differences(state, json.loads(conversation_to_json(folded))) == []


async def test_what_was_open_before_is_seen_through_to_its_end(file_from_before: Path) -> None:
    async with opened(file_from_before) as storage:
        scene = await scene_of(storage)
        scene.pass_time(86_400)
        assert {conversation.conversation_id for conversation in scene.desk.live()} >= set(LIVE)
        for agent_id in ("ada", "ben", "sue"):
            scene.connect(agent_id)
            scene.set_presence(agent_id, Presence.ONLINE)
        for _ in range(40):
            for agent_id in ("ada", "ben", "sue"):
                for conversation in scene.desk.concerning(agent_id):
                    one = conversation.conversation_id
                    if conversation.handoff is not None and conversation.handoff.offer is not None:
                        scene.accept(agent_id, one)
                    scene.writes(agent_id, one, "At last")
                    scene.do(scene.resolve(agent_id, one, Outcome.DONE))
            scene.pass_time(60)
        assert scene.desk.live() == []
        assert violations(scene.desk, scene.now) == []


async def test_figures_of_a_file_from_before_are_counted_once(file_from_before: Path) -> None:
    """What its rows did not say yet is taken from its log; each later row counts on top of it."""
    connection = apsw.Connection(str(file_from_before))  # in the file everybody was answered at once
    connection.execute(
        "UPDATE handoffs SET requested_at = '2026-03-02T12:00:54.999Z', promises_broken = 2"
        " WHERE conversation_id = 'fills-2'"
    )
    connection.close()
    async with opened(file_from_before) as storage:
        rows = {row.conversation_id: row for row in await storage.ledger()}
        assert (rows["fills-2"].first_answer_ms, rows["withdrawn"].first_answer_ms) == (7_001, None)
        before = Totals(
            requested={"button": len(rows)},
            ended={"answered": 2, "done": 1, "withdrawn": 1},
            promises_kept=3,
            promises_broken=2,
            first_answers={0: 2, 1: 1},
            first_answers_ms=7_001,
        )
        assert await storage.totals() == before
        chronicle = Chronicle()
        while chronicle.scene.new_handoff().handoff_id < "h100":  # beyond the ids in the file
            pass
        chronicle.scene.withdraws(chronicle.scene.waiting("new"))
        await storage.commit(chronicle.batch())
        after = await storage.totals()
        assert after.requested == {"button": len(rows) + 1}
        assert after.ended == {**before.ended, "withdrawn": 2}
        assert await storage.integrity() == []


async def test_what_was_said_before_there_was_an_index_is_found(file_from_before: Path) -> None:
    async with opened(file_from_before) as storage:
        while not await storage.index_words(7):
            pass
        found = await storage.search(["guten", "tag"], agent_id="ada", before=None, limit=20)
        assert "active" in [one.stored.conversation.conversation_id for one in found]
        [whispered] = await storage.search(["quick"], agent_id=None, before=None, limit=20)
        assert (whispered.record.type, whispered.stored.conversation.conversation_id) == ("whisper", "active")
        assert await storage.integrity() == []
