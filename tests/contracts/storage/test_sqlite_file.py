"""SQLite: the file. Who may open it, what survives, migrations, and backups."""

# ruff: noqa: ASYNC240 - files of a few pages, in a test that does nothing else meanwhile

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest

from handoff.service.ports import Batch, StorageUnavailable
from handoff.storage.sqlite import ForeignFile, SchemaTooNew, SqliteStorage, StorageInUse
from handoff.storage.sqlite.connections import open_writer
from handoff.storage.sqlite.migrations import migrate, schema_version
from handoff.storage.sqlite.schema import STEPS, Step
from tests.contracts.storage.batches import (
    STRANGE_TEXT,
    Chronicle,
    account,
    ack,
    conversation_batch,
    digest,
    token,
)
from tests.contracts.storage.conftest import Child
from tests.contracts.storage.schemas import NEXT_STEP
from tests.factories import MONDAY_NOON

StartChild = Callable[[str], Child]


@asynccontextmanager
async def opened(path: Path, *, read_only: bool = False) -> AsyncIterator[SqliteStorage]:
    storage = SqliteStorage(path, read_only=read_only)
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()


def everything() -> Batch:
    chronicle = Chronicle()
    chronicle.scene.agent("ada")
    chronicle.scene.active("ada", "c1")
    chronicle.scene.says("c1", STRANGE_TEXT)
    chronicle.scene.waiting("c2")
    batch = chronicle.batch()
    batch.acks.append(ack("client-1", seq=1))
    batch.accounts.append(account("ada", "ada@demo.example"))
    batch.tokens.append(token("t", replaces="old", first_used_at=MONDAY_NOON))
    return batch


async def contents(storage: SqliteStorage) -> list[object]:
    return [
        await storage.live_state(),
        [await storage.events(one) for one in ("c1", "c2")],
        await storage.ledger(),
        await storage.acks([ack("client-1").key]),
        await storage.account("ada@demo.example"),
        await storage.token(digest("t")),
        await storage.successor(digest("old")),
    ]


# -- what survives --


async def test_everything_is_there_after_a_restart(database: Path) -> None:
    async with opened(database) as storage:
        await storage.commit(everything())
        before = await contents(storage)
        secret = await storage.secret("signing", b"s" * 32)
    assert all(before)
    async with opened(database) as storage:
        assert await contents(storage) == before
        assert await storage.secret("signing", b"another") == secret
        assert await storage.integrity() == []


async def test_every_acknowledged_commit_survives_kill_9(database: Path, start_child: StartChild) -> None:
    child = start_child("write")
    acknowledged = [child.line() for _ in range(200)]
    acknowledged += child.kill()
    async with opened(database) as storage:
        for conversation_id in acknowledged:
            assert (
                await storage.events(conversation_id) == conversation_batch(conversation_id, "Hello").events
            )
        assert await storage.integrity() == []


# -- who may open it --


async def test_a_second_server_is_refused_by_name_of_the_first(
    database: Path, start_child: StartChild
) -> None:
    child = start_child("hold")
    assert child.line() == "open"
    with pytest.raises(StorageInUse, match=f"process {child.pid}"):
        await SqliteStorage(database).open()
    child.kill()
    async with opened(database) as storage:  # however the first one ended, its lock ended with it
        assert (await storage.check())["ok"] is True


async def test_a_refused_server_can_try_again(database: Path) -> None:
    second = SqliteStorage(database)
    async with opened(database):
        with pytest.raises(StorageInUse):
            await second.open()
    await second.open()
    await second.commit(everything())
    await second.close()


async def test_others_read_and_back_up_beside_the_server(database: Path, tmp_path: Path) -> None:
    async with opened(database) as server:
        async with opened(database, read_only=True) as reader:
            await server.commit(everything())
            assert await contents(reader) == await contents(server)
            assert (await reader.check())["ok"] is True
            await reader.backup(tmp_path / "copy.db")
            with pytest.raises(StorageUnavailable, match="reading only"):
                await reader.commit(everything())
        await server.commit(conversation_batch("c9"))


async def test_reading_makes_no_file(database: Path) -> None:
    with pytest.raises(StorageUnavailable, match="no data"):
        await SqliteStorage(database, read_only=True).open()
    assert not database.parent.exists()


async def test_only_the_owner_may_read_the_files(database: Path) -> None:
    before = os.umask(0)
    try:
        async with opened(database) as storage:
            await storage.commit(everything())
            files = {one.name: stat.S_IMODE(one.stat().st_mode) for one in database.parent.iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    assert files == dict.fromkeys(("byname.db", "byname.db-wal", "byname.db-shm", "byname.db.lock"), 384)


async def test_a_file_of_other_software_is_left_alone(database: Path) -> None:
    database.parent.mkdir()
    other = apsw.Connection(str(database))
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = database.read_bytes()
    with pytest.raises(ForeignFile):
        await SqliteStorage(database).open()
    connection = apsw.Connection(str(database))
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("recipes",)]
    connection.close()
    assert len(database.read_bytes()) == len(before)


async def test_a_file_that_is_no_database_is_told(database: Path) -> None:
    database.parent.mkdir()
    database.write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(StorageUnavailable, match="not a database"):
        await SqliteStorage(database).open()


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match="file"):
        await SqliteStorage(tmp_path / "file" / "byname.db").open()


# -- migrations --


def tables(path: Path) -> list[object]:
    connection = apsw.Connection(str(path))
    found = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
    version = schema_version(connection)
    connection.close()
    return [found, version]


@pytest.mark.parametrize("start", ["nothing", "this version's data"])
async def test_a_migration_killed_before_any_of_its_statements_is_completed_by_the_next_start(
    database: Path, start_child: StartChild, start: str
) -> None:
    """At each moment the file is as one of the versions left it, with all the data, and never in between."""
    if start == "nothing":
        database.parent.mkdir()
        database.touch()
    else:
        async with opened(database) as storage:
            await storage.commit(everything())
    steps = (*STEPS, NEXT_STEP)
    whole = versions_of(database.parent / "reference.db")
    *killed, last = start_child("migrate").rest()
    expected = 0 if start == "nothing" else STEPS[-1].version
    statements = sum(len(step.statements) for step in steps if step.version > expected)
    assert last == f"done {len(killed) + 1} 0"
    assert len(killed) > statements, "BEGIN, COMMIT and the version's row are among them"
    seen = set()
    for name in killed:
        copy = database.parent / name
        schema, version = tables(copy)
        assert schema == whole[version], f"{name}: neither the old schema nor the new one"  # type: ignore[index]
        seen.add(version)
        connection = open_writer(copy)
        migrate(connection, steps)
        assert schema_version(connection) == NEXT_STEP.version
        found = connection.execute("SELECT id, mood FROM conversations ORDER BY id").fetchall()
        assert found == ([] if start == "nothing" else [("c1", "calm"), ("c2", "calm")])
        connection.close()
        assert tables(copy)[0] == whole[NEXT_STEP.version]
    assert seen == set(range(expected, NEXT_STEP.version)) or seen == set(
        range(expected, NEXT_STEP.version + 1)
    )


def versions_of(path: Path) -> dict[int, object]:
    """The schema that each version leaves, 0 being the empty file."""
    path.touch()
    found = {0: tables(path)[0]}
    for count in range(1, len(STEPS) + 2):
        connection = open_writer(path)
        migrate(connection, (*STEPS, NEXT_STEP)[:count])
        connection.close()
        found[count] = tables(path)[0]
    return found


async def test_a_step_that_fails_leaves_the_file_as_it_was(database: Path) -> None:
    async with opened(database) as storage:
        await storage.commit(everything())
    before = tables(database)
    broken = Step(
        version=NEXT_STEP.version,
        title="broken",
        statements=(*NEXT_STEP.statements, "INSERT INTO nowhere VALUES (1)"),
    )
    connection = open_writer(database)
    with pytest.raises(apsw.SQLError):
        migrate(connection, (*STEPS, broken))
    connection.close()
    assert tables(database) == before
    async with opened(database) as storage:
        assert len((await storage.live_state()).conversations) == 2


async def test_steps_are_done_once(database: Path) -> None:
    async with opened(database):
        pass
    connection = open_writer(database)
    steps = (*STEPS, NEXT_STEP)
    migrate(connection, steps)
    migrate(connection, steps)
    done = connection.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
    connection.close()
    assert done == [(step.version,) for step in steps]


async def test_data_of_a_newer_version_is_refused_and_left_alone(database: Path) -> None:
    async with opened(database):
        pass
    connection = open_writer(database)
    migrate(connection, (*STEPS, NEXT_STEP))
    connection.close()
    before = tables(database)
    for read_only in (False, True):
        with pytest.raises(SchemaTooNew, match=f"schema {NEXT_STEP.version}"):
            await SqliteStorage(database, read_only=read_only).open()
    assert tables(database) == before


async def test_reading_changes_no_schema(database: Path) -> None:
    database.parent.mkdir()
    database.touch()
    with pytest.raises(StorageUnavailable, match="migrate"):
        await SqliteStorage(database, read_only=True).open()


def test_steps_are_numbered_one_by_one() -> None:
    assert [step.version for step in STEPS] == list(range(1, len(STEPS) + 1))


# -- looking for damage --


async def test_integrity_names_a_log_that_lost_an_event(sqlite: SqliteStorage) -> None:
    await sqlite.commit(everything())
    assert await sqlite.integrity() == []
    await sqlite._writer.run(
        lambda connection: connection.execute("DELETE FROM events WHERE conversation_id = 'c1' AND seq = 2")
    )
    problems = await sqlite.integrity()
    assert len(problems) == 1
    assert "c1" in problems[0]


async def test_integrity_names_a_state_that_is_not_of_its_log(sqlite: SqliteStorage) -> None:
    await sqlite.commit(everything())
    await sqlite._writer.run(
        lambda connection: connection.execute(
            "UPDATE conversations SET head_hash = zeroblob(32) WHERE id = 'c2'"
        )
    )
    problems = await sqlite.integrity()
    assert len(problems) == 1
    assert "c2" in problems[0]


async def test_figures_that_differ_from_the_ledger_are_found(sqlite: SqliteStorage) -> None:
    await sqlite.commit(everything())
    assert await sqlite.integrity() == []
    await sqlite._writer.run(lambda connection: connection.execute("UPDATE figures SET value = value + 1"))
    assert await sqlite.integrity() == ["the figures kept and the ledger do not fit"]


SMALL_TABLES_READ_WHOLE = {
    "SELECT state FROM agents ORDER BY number",
    "SELECT name, label, value FROM figures",  # a few dozen rows, however many handoffs they count
}


async def test_reads_of_the_port_use_an_index(sqlite: SqliteStorage) -> None:
    """Whole tables are read for the ledger only; everything else stays fast with years of conversations."""
    statements: list[str] = []

    def remember(_cursor: apsw.Cursor, statement: str, _bindings: object) -> bool:
        statements.append(statement)
        return True

    assert sqlite._connections is not None
    near, far = sqlite._connections.near._connection, sqlite._connections.far._connection
    near.exec_trace = far.exec_trace = remember
    await sqlite.live_state()
    await sqlite.conversations(["c1"])
    await sqlite.acks([ack("client-1").key])
    await sqlite.events("c1", since=5, limit=10, customer=True)
    await sqlite.due(MONDAY_NOON, 10)
    await sqlite.earliest_deadline()
    await sqlite.totals()
    await sqlite.ledger(live=True)
    await sqlite.latest_conversation("nordlicht", "ann")
    await sqlite.account("ada@demo.example")
    await sqlite.account_of("ada")
    await sqlite.token(digest("t"))
    near.exec_trace = far.exec_trace = None
    queries = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(queries) >= 14
    for query in queries:
        marks = query.count("?")
        plan = [str(row[3]) for row in near.execute(f"EXPLAIN QUERY PLAN {query}", (None,) * marks)]
        whole = [step for step in plan if step.startswith("SCAN") and "INDEX" not in step]
        assert whole == [] or query in SMALL_TABLES_READ_WHOLE, (query, plan)
        assert not any("TEMP B-TREE" in step for step in plan), (query, plan)


# -- backups --


async def test_a_backup_taken_while_commits_go_on_is_whole(sqlite: SqliteStorage, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "monday.db"
    copy.parent.mkdir()
    await sqlite.commit(everything())
    before = await contents(sqlite)
    going_on = [sqlite.commit(conversation_batch(f"more-{number}", "Hello")) for number in range(200)]
    await asyncio.gather(sqlite.backup(copy), *going_on)
    assert [one.name for one in copy.parent.iterdir()] == ["monday.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    async with opened(copy) as restored:
        assert await restored.integrity() == []
        assert (await contents(restored))[1:] == before[1:]


async def test_a_backup_replaces_an_older_one_as_a_whole_or_not_at_all(
    sqlite: SqliteStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.db"
    await sqlite.backup(copy)
    first = copy.read_bytes()
    await sqlite.commit(everything())
    monkeypatch.setattr("handoff.storage.sqlite.backup.BACKUP_TIMEOUT_S", -1.0)
    with pytest.raises(StorageUnavailable, match="not finished"):
        await sqlite.backup(copy)
    assert copy.read_bytes() == first
    assert {one.name for one in tmp_path.iterdir()} == {"copy.db", "data"}
    monkeypatch.undo()
    await sqlite.backup(copy)
    assert copy.read_bytes() != first


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
async def test_a_backup_never_replaces_the_data_itself(database: Path, ending: str) -> None:
    itself = database.with_name(database.name + ending)
    async with opened(database) as server:
        before = itself.stat().st_ino
        async with opened(database, read_only=True) as reader:
            with pytest.raises(StorageUnavailable, match="the data itself"):
                await reader.backup(itself)
        assert itself.stat().st_ino == before
        await server.commit(everything())
        committed = await contents(server)
    async with opened(database) as after:
        assert (await contents(after))[1:] == committed[1:]


async def test_a_backup_into_nowhere_is_told(sqlite: SqliteStorage, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="nowhere"):
        await sqlite.backup(tmp_path / "nowhere" / "copy.db")


async def test_a_restored_backup_has_everything_and_the_replaced_data_is_kept(
    database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    async with opened(database) as storage:
        await storage.commit(everything())
        before = await contents(storage)
        await storage.backup(copy)
        await storage.commit(conversation_batch("after the backup", "Hello"))
    await SqliteStorage(database).restore_from(copy)
    async with opened(database) as storage:
        assert await contents(storage) == before
        assert await storage.events("after the backup") == []
        assert await storage.integrity() == []
    async with opened(database.with_name("byname.db.before-restore")) as replaced:
        assert await replaced.events("after the backup") != []
        assert await replaced.integrity() == []


async def test_the_log_of_a_killed_server_is_not_played_into_restored_data(
    database: Path, tmp_path: Path, start_child: StartChild
) -> None:
    copy = tmp_path / "copy.db"
    async with opened(tmp_path / "other" / "byname.db") as other:
        await other.commit(everything())
        await other.backup(copy)
    child = start_child("write")
    [child.line() for _ in range(20)]
    child.kill()
    assert database.with_name("byname.db-wal").stat().st_size > 0
    await SqliteStorage(database).restore_from(copy)
    async with opened(database) as storage:
        assert await storage.events("w0-0") == []
        assert await storage.integrity() == []
        assert (await contents(storage))[1][0] != []  # type: ignore[index]
    async with opened(database.with_name("byname.db.before-restore")) as replaced:
        assert await replaced.events("w0-0") != []


async def test_damaged_data_can_be_replaced_too(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    async with opened(tmp_path / "other" / "byname.db") as other:
        await other.commit(everything())
        await other.backup(copy)
    database.parent.mkdir()
    database.write_bytes(b"a bad block " * 1_000)
    await SqliteStorage(database).restore_from(copy)
    async with opened(database) as storage:
        assert await storage.integrity() == []
    assert database.with_name("byname.db.before-restore").read_bytes().startswith(b"a bad block")


@pytest.mark.parametrize("what", ["missing", "no database", "foreign", "too new", "damaged"])
async def test_what_is_no_good_backup_is_not_restored(database: Path, tmp_path: Path, what: str) -> None:
    async with opened(database) as storage:
        await storage.commit(everything())
        before = await contents(storage)
        copy = tmp_path / "copy.db"
        if what != "missing":
            await storage.backup(copy)
    if what == "no database":
        copy.write_bytes(b"Dear diary, " * 1_000)
    elif what == "foreign":
        copy.unlink()
        apsw.Connection(str(copy)).execute("CREATE TABLE recipes (name TEXT)")
    elif what == "too new":
        connection = open_writer(copy)
        migrate(connection, (*STEPS, NEXT_STEP))
        connection.close()
    elif what == "damaged":
        content = bytearray(copy.read_bytes())
        content[4_096 * 3 : 4_096 * 5] = b"\xff" * 8_192
        copy.write_bytes(content)
    with pytest.raises(StorageUnavailable):
        await SqliteStorage(database).restore_from(copy)
    async with opened(database) as storage:
        assert await contents(storage) == before
    assert not [one for one in database.parent.iterdir() if "partial" in one.name or "before" in one.name]


async def test_nothing_is_restored_under_a_running_server(
    sqlite: SqliteStorage, database: Path, tmp_path: Path
) -> None:
    await sqlite.backup(tmp_path / "copy.db")
    with pytest.raises(StorageInUse):
        await SqliteStorage(database).restore_from(tmp_path / "copy.db")
    await sqlite.commit(everything())


@pytest.mark.parametrize("what", ["backup", "restore"])
async def test_a_copy_killed_at_any_moment_leaves_the_file_as_it_was_or_as_it_should_be(
    database: Path, start_child: StartChild, what: str
) -> None:
    copy = database.with_name("copy.db")
    async with opened(database) as storage:
        await storage.commit(conversation_batch("first", "Hello"))
        await storage.backup(copy)
        await storage.commit(everything())
    written, before, after = (
        ("copy.db", ["first"], ["c1", "c2", "first"])
        if what == "backup"
        else ("byname.db", ["c1", "c2", "first"], ["first"])
    )
    *killed, last = start_child(what).rest()
    assert last == f"done {len(killed) + 1} 0"
    assert len(killed) > 8
    seen = []
    for folder in map(Path, killed):
        seen.append(conversations_in(folder / written))
        assert seen[-1] in (before, after), folder
        async with opened(folder / "byname.db") as storage:
            assert await storage.integrity() == []
        if what == "backup":
            async with opened(folder / "byname.db", read_only=True) as reader:
                await reader.backup(folder / "copy.db")
        else:
            await SqliteStorage(folder / "byname.db").restore_from(folder / "copy.db")
        assert conversations_in(folder / written) == after
        assert not list(folder.glob(".*.partial")), "what the killed one left is gone"
    assert before in seen and after in seen


def conversations_in(path: Path) -> list[str]:
    connection = apsw.Connection(str(path))
    found = [str(row[0]) for row in connection.execute("SELECT id FROM conversations ORDER BY id")]
    connection.close()
    return found
