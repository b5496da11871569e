"""What was said is found again: the same in every kind of storage, and nothing of what was erased."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from handoff.domain.commands import EraseCustomer, Introduce, TakeNote
from handoff.service.ports import Found, Storage
from handoff.storage.sqlite import SqliteStorage
from tests.contracts.storage.batches import STRANGE_TEXT, Chronicle

SAID = {
    "c1": "Mein Name ist Mu\u0308ller-Lüdenscheidt, und ich warte auf meine PARCELS",
    "c2": "Πού είναι η παραγγελία μου; Die Straße stimmt nicht.",
    "c3": "ನನ್ನ ಆರ್ಡರ್ ಎಲ್ಲಿದೆ? Write to anna.berg@example.com about parcel 10023.",
    "c4": f"{STRANGE_TEXT} parcel",
}


async def indexed(storage: Storage, portion: int = 1_000) -> None:
    while not await storage.index_words(portion):
        pass


async def found(
    storage: Storage,
    query: str,
    *,
    agent_id: str | None = None,
    before: int | None = None,
    limit: int = 20,
) -> list[Found]:
    return await storage.search(query.split(), agent_id=agent_id, before=before, limit=limit)


async def ids(storage: Storage, query: str, *, agent_id: str | None = None) -> list[str]:
    hits = await found(storage, query, agent_id=agent_id)
    return [one.stored.conversation.conversation_id for one in hits]


def everything_in(database: Path) -> bytes:
    """The bytes of the file, with all that was committed in it."""
    raw = apsw.Connection(str(database))
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()
    return database.read_bytes()


async def told(storage: Storage) -> Chronicle:
    """Four customers have said something; Ada has had the first and the third, Ben the second."""
    chronicle = Chronicle()
    scene = chronicle.scene
    for conversation_id, text in SAID.items():
        scene.customer(conversation_id)
        scene.says(conversation_id, text)
    scene.agent("ada")
    for conversation_id in ("c1", "c3"):
        scene.asks(conversation_id)
        scene.accept("ada", conversation_id)
    scene.do(TakeNote(agent_id="ada", conversation_id="c3", text="Rang the depot", client_id="n1"))
    await storage.commit(chronicle.batch())
    await indexed(storage)
    return chronicle


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("muller", ["c1"]),
        ("MÜLLER", ["c1"]),
        ("parcel", ["c4", "c3", "c1"]),  # the beginning of a word, and the latest conversation first
        ("arcel", []),
        ("name warte", ["c1"]),
        ("name παραγγελια", []),
        ("παραγγελια", ["c2"]),
        ("strasse", ["c2"]),
        ("ಆರ್ಡ", ["c3"]),
        ("anna.berg@example.com", ["c3"]),
        ("berg@anna", []),
        ("lüdenscheidt und", ["c1"]),
        ("müller-lüd", ["c1"]),
        ("depot", ["c3"]),
        ("1", []),  # one letter alone is a whole word
        ('"parcel" OR NEAR(*', []),
        ("!!! parcel", ["c4", "c3", "c1"]),
        ("!!!", []),
        ("text:parcel", []),
        ("يبرع", []),
        ("عربي", ["c4"]),
    ],
)
async def test_words_find_what_has_all_of_them(storage: Storage, query: str, expected: list[str]) -> None:
    await told(storage)
    assert await ids(storage, query) == expected


async def test_latest_of_what_fits_is_shown(storage: Storage) -> None:
    chronicle = await told(storage)
    chronicle.scene.says("c1", "The parcel has come after all")
    await storage.commit(chronicle.batch())
    await indexed(storage)
    [*_, last] = await found(storage, "parcel")
    assert last.record.payload is not None
    assert last.record.payload["text"] == "The parcel has come after all"
    assert last.stored.conversation.last_seq >= last.record.seq


async def test_reference_name_and_address_find_their_customer(storage: Storage) -> None:
    chronicle = await told(storage)
    scene = chronicle.scene
    handoff = scene.conversation("c1").handoff
    assert handoff is not None
    reference = handoff.reference
    scene.do(Introduce(conversation_id="c2", name="Zoë Ångström", customer_id="nordlicht:zoe@example.org"))
    scene.asks("c2")
    scene.do(scene.callback("c2"))
    await storage.commit(chronicle.batch())
    await indexed(storage)
    assert await ids(storage, reference) == ["c1"]
    assert await ids(storage, reference.replace("-", "").lower()) == ["c1"]
    assert await ids(storage, "zoe ang") == ["c2"]
    assert await ids(storage, "zoe@example.org") == ["c2"]
    assert await ids(storage, "+49 40 123456") == ["c2"]
    assert await ids(storage, "customer-of-c1") == []  # an id that we made is nobody's name


async def test_an_agent_finds_what_was_theirs_last(storage: Storage) -> None:
    chronicle = await told(storage)
    assert await ids(storage, "parcel", agent_id="ada") == ["c3", "c1"]
    assert await ids(storage, "parcel", agent_id="ben") == []
    scene = chronicle.scene
    scene.agent("ben")
    scene.supervisor("sue")
    for conversation_id in ("c1", "c3"):
        scene.do(scene.assign("sue", conversation_id, "ben"))
    await storage.commit(chronicle.batch())
    await indexed(storage)
    assert await ids(storage, "parcel", agent_id="ada") == []
    assert await ids(storage, "parcel", agent_id="ben") == ["c3", "c1"]


async def test_pages_follow_each_other_without_gap_or_repetition(storage: Storage) -> None:
    chronicle = Chronicle()
    for number in range(7):
        chronicle.scene.customer(f"c{number}")
        for _ in range(3):
            chronicle.scene.says(f"c{number}", "A parcel")
    await storage.commit(chronicle.batch())
    await indexed(storage, 5)
    pages, before = [], None
    while page := await found(storage, "parcel", before=before, limit=3):
        pages.append([one.stored.conversation.conversation_id for one in page])
        before = page[-1].number
    assert pages == [["c6", "c5", "c4"], ["c3", "c2", "c1"], ["c0"]]


async def test_index_is_brought_up_to_date_in_portions_and_after_a_restart(database: Path) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    chronicle = Chronicle()
    for number in range(4):
        chronicle.scene.customer(f"c{number}")
        for _ in range(5):
            chronicle.scene.says(f"c{number}", "A parcel")
    await storage.commit(chronicle.batch())
    assert await ids(storage, "parcel") == []
    assert not await storage.index_words(3)
    await storage.close()

    await storage.open()
    await indexed(storage, 3)
    assert await ids(storage, "parcel") == ["c3", "c2", "c1", "c0"]
    assert await storage.index_words(3)
    await storage.close()
    raw = apsw.Connection(str(database))
    assert raw.execute("SELECT count(*) FROM words WHERE text MATCH 'parcel'").get == 20
    raw.close()


async def test_erased_words_are_found_no_more_and_are_not_in_the_file(database: Path) -> None:
    storage = SqliteStorage(database)
    await storage.open()
    chronicle = Chronicle()
    for conversation_id in ("c1", "c2"):
        chronicle.scene.customer(conversation_id)
        chronicle.scene.says(conversation_id, f"My word is zwetschgenknoedel{conversation_id}")
    await storage.commit(chronicle.batch())
    await indexed(storage)
    assert await ids(storage, "zwetsch") == ["c2", "c1"]
    chronicle.scene.do(EraseCustomer(conversation_id="c1"))
    batch = chronicle.batch()
    batch.erased = [("c1", chronicle.scene.conversation("c1").last_seq)]
    await storage.commit(batch)
    assert await ids(storage, "zwetsch") == ["c2"]
    await indexed(storage)
    assert await ids(storage, "zwetsch") == ["c2"]
    assert await storage.integrity() == []
    await storage.close()
    held = everything_in(database)
    assert b"zwetschgenknoedelc2" in held
    assert b"knoedelc1" not in held
