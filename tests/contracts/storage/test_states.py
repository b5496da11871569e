"""States: what a desk starts from, what is due, and how a conversation is found again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from handoff.domain.people import Presence
from handoff.service.ports import Storage, StoredConversation
from tests.contracts.storage.batches import STRANGE_TEXT, Chronicle, ack, conversation_batch
from tests.factories import MONDAY_NOON


async def test_storage_begins_with_nothing(storage: Storage) -> None:
    state = await storage.live_state()
    assert state.agents == []
    assert state.conversations == []
    assert state.latest_at is None
    assert await storage.due(MONDAY_NOON, 10) == ([], [])
    assert await storage.earliest_deadline() is None
    assert await storage.ledger() == []
    assert await storage.conversations(["c1"]) == []
    assert await storage.conversations([]) == []
    assert await storage.conversation_ids("", 10) == []
    assert await storage.acks([]) == []
    assert await storage.latest_conversation("nordlicht", "ann") is None
    assert await storage.conversations_of("nordlicht", "ann") == []


async def test_every_conversation_is_listed_once_in_pages(storage: Storage) -> None:
    chronicle = Chronicle()
    for conversation_id in ("c2", "c1", "c10", "c3"):
        chronicle.scene.customer(conversation_id)
    await storage.commit(chronicle.batch())

    assert await storage.conversation_ids("", 3) == ["c1", "c10", "c2"]
    assert await storage.conversation_ids("c2", 3) == ["c3"]
    assert await storage.conversation_ids("c3", 3) == []


async def test_a_desk_starts_from_every_agent_and_each_live_handoff(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.customer("only-the-bot")
    scene.waiting("queued-1")
    scene.withdraws(scene.waiting("withdrawn"))
    scene.agent("ada", capacity=2)
    scene.agent("bob", online=False)
    scene.accept("ada", "queued-1")
    scene.waiting("offered")
    scene.waiting("queued-2")
    await storage.commit(chronicle.batch())
    state = await storage.live_state()
    assert {one.conversation.conversation_id for one in state.conversations} == {
        "queued-1",
        "offered",
        "queued-2",
    }
    assert all(one == chronicle.stored(one.conversation.conversation_id) for one in state.conversations)
    assert state.agents == [scene.person("ada"), scene.person("bob")]
    assert state.latest_at == scene.now


async def test_a_handoff_that_ended_is_not_live_any_more(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.waiting("c1")
    await storage.commit(chronicle.batch())
    assert len((await storage.live_state()).conversations) == 1
    chronicle.scene.withdraws("c1")
    await storage.commit(chronicle.batch())
    assert (await storage.live_state()).conversations == []


async def test_a_desk_starts_from_those_who_are_blocked_too(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.supervisor("sue")
    chronicle.scene.customer("c1")
    chronicle.scene.customer("c2")
    chronicle.scene.do(chronicle.scene.block("sue", "c1", "Threats"))
    await storage.commit(chronicle.batch())
    assert (await storage.live_state()).conversations == [chronicle.stored("c1")]
    assert await storage.due(MONDAY_NOON + timedelta(days=400), 10) == ([], [])
    chronicle.scene.do(chronicle.scene.unblock("sue", "c1"))
    await storage.commit(chronicle.batch())
    assert (await storage.live_state()).conversations == []


async def test_the_latest_moment_is_of_any_event_whoever_it_concerns(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.customer("c1")
    await storage.commit(chronicle.batch())
    assert (await storage.live_state()).latest_at == MONDAY_NOON
    chronicle.scene.now += timedelta(milliseconds=1_001)
    chronicle.scene.agent("ada")
    await storage.commit(chronicle.batch())
    assert (await storage.live_state()).latest_at == MONDAY_NOON + timedelta(milliseconds=1_001)


async def test_the_latest_moment_never_moves_back(storage: Storage) -> None:
    late, early = Chronicle(), conversation_batch("early")
    late.scene.now += timedelta(hours=1)
    late.scene.customer("late")
    await asyncio.gather(storage.commit(late.batch()), storage.commit(early))
    await storage.commit(conversation_batch("early too"))
    assert (await storage.live_state()).latest_at == MONDAY_NOON + timedelta(hours=1)


async def test_states_come_back_for_the_ids_that_are_there_once_each(storage: Storage) -> None:
    chronicle = Chronicle()
    for number in range(100):
        chronicle.scene.customer(f"c{number}")
    await storage.commit(chronicle.batch())
    asked = [f"c{number}" for number in range(0, 200, 2)]
    found = await storage.conversations([*asked, "c4", "c4", "nobody"])
    assert found == [chronicle.stored(f"c{number}") for number in range(0, 100, 2)]


async def test_a_state_is_replaced_by_the_next(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.customer("c1")
    await storage.commit(chronicle.batch())
    chronicle.scene.says("c1", STRANGE_TEXT)
    await storage.commit(chronicle.batch())
    assert await storage.conversations(["c1"]) == [chronicle.stored("c1")]


async def test_due_are_those_whose_moment_has_come_the_earliest_first(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    for conversation_id in ("third", "first", "second"):
        scene.customer(conversation_id)
    for conversation_id in ("first", "second", "third"):
        scene.asks(conversation_id)
        scene.now += timedelta(milliseconds=1)
    await storage.commit(chronicle.batch())
    owed = MONDAY_NOON + timedelta(seconds=scene.desk.rules.policy.answer_by_s)
    assert await storage.earliest_deadline() == owed
    assert await storage.due(owed - timedelta(milliseconds=1), 10) == ([], [])
    assert await storage.due(owed, 10) == (["first"], [])
    assert await storage.due(owed + timedelta(milliseconds=1), 10) == (["first", "second"], [])
    assert await storage.due(owed + timedelta(days=400), 10) == (["first", "second", "third"], [])
    assert await storage.due(owed + timedelta(days=400), 2) == (["first", "second"], [])


async def test_agents_are_due_by_their_own_deadlines(storage: Storage) -> None:
    chronicle = Chronicle()
    scene = chronicle.scene
    scene.agent("ada")
    scene.agent("bob")
    scene.lose("ada")
    await storage.commit(chronicle.batch())
    lost_for_good = MONDAY_NOON + timedelta(seconds=scene.desk.rules.policy.agent_lost_offer_s)
    assert await storage.due(lost_for_good - timedelta(milliseconds=1), 10) == ([], [])
    assert await storage.due(lost_for_good, 10) == ([], ["ada"])
    assert await storage.earliest_deadline() == lost_for_good


async def test_nothing_is_due_of_a_deadline_that_was_taken_away(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.scene.agent("ada")
    chronicle.scene.lose("ada")
    chronicle.scene.waiting("c1")
    await storage.commit(chronicle.batch())
    far = MONDAY_NOON + timedelta(days=400)
    assert await storage.due(far, 10) == (["c1"], ["ada"])
    chronicle.scene.withdraws("c1")
    chronicle.scene.connect("ada")
    chronicle.scene.set_presence("ada", Presence.AWAY)
    await storage.commit(chronicle.batch())
    assert await storage.due(far, 10) == ([], [])
    assert await storage.earliest_deadline() is None


async def test_the_latest_conversation_is_the_one_that_began_last_at_that_site(storage: Storage) -> None:
    chronicle = Chronicle()
    chronicle.begins("zz-first", customer_id="ann")
    chronicle.begins("aa-second", customer_id="ann")
    chronicle.begins("elsewhere", customer_id="ann", site="other-site")
    chronicle.begins("somebody-else", customer_id="bob")
    await storage.commit(chronicle.batch())
    chronicle.scene.says("zz-first", "Something was said there later")
    await storage.commit(chronicle.batch())
    found = await storage.latest_conversation("nordlicht", "ann")
    assert found == chronicle.stored("aa-second")
    elsewhere: StoredConversation | None = await storage.latest_conversation("other-site", "ann")
    assert elsewhere == chronicle.stored("elsewhere")
    assert await storage.latest_conversation("other-site", "bob") is None


async def test_all_conversations_of_a_customer_are_found_in_the_order_in_which_they_began(
    storage: Storage,
) -> None:
    chronicle = Chronicle()
    chronicle.begins("zz-first", customer_id="ann")
    chronicle.begins("aa-second", customer_id="ann")
    chronicle.begins("elsewhere", customer_id="ann", site="other-site")
    chronicle.begins("somebody-else", customer_id="bob")
    await storage.commit(chronicle.batch())
    chronicle.scene.says("zz-first", "Something was said there later")
    await storage.commit(chronicle.batch())
    found = await storage.conversations_of("nordlicht", "ann")
    assert found == [chronicle.stored("zz-first"), chronicle.stored("aa-second")]
    assert await storage.conversations_of("other-site", "bob") == []


async def test_an_answer_once_given_is_found_by_its_request(storage: Storage) -> None:
    given = [ack(f"client-{number}", seq=number, text=STRANGE_TEXT, none=None) for number in range(70)]
    elsewhere = ack("client-1", conversation_id="c2", seq=7)
    batch = conversation_batch("c1")
    batch.acks += [*given, elsewhere]
    await storage.commit(batch)
    asked = [one.key for one in given] + [ack("never").key, given[0].key]
    found = await storage.acks(asked)
    assert {one.key: one for one in found} == {one.key: one for one in given}
    assert len(found) == len(given)
    assert await storage.acks([elsewhere.key]) == [elsewhere]
