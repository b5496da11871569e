"""The conversation store: bounded, and indifferent to which model is loaded."""

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

from bot import tracker_store
from bot.tracker_store import EVENTS_MAX, TURNS_KEPT, ConversationStore

DOMAIN = Domain.from_dict(
    {
        "intents": ["ask"],
        "slots": {
            "order_number": {"type": "text", "mappings": [{"type": "custom"}]},
            "old": {"type": "text", "mappings": [{"type": "custom"}]},
        },
    }
)
LATER_DOMAIN = Domain.from_dict(
    {"intents": ["ask"], "slots": {"order_number": {"type": "text", "mappings": [{"type": "custom"}]}}}
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(tracker_store, "_conversations", tracker_store.OrderedDict())


def turn(tracker, text):
    for event in (
        UserUttered(text, {"name": "ask"}),
        ActionExecuted("utter_x"),
        ActionExecuted("action_listen"),
    ):
        tracker.update(event)


def saved(store, sender_id, *, turns, loop=None):
    async def save():
        tracker = store.init_tracker(sender_id)
        tracker.update(SlotSet("order_number", "10023"))
        for number in range(turns):
            turn(tracker, f"question {number}")
        if loop:
            tracker.update(ActiveLoop(loop))
        await store.save(tracker)
        return await store.retrieve(sender_id)

    return asyncio.run(save())


def test_a_long_conversation_is_cut_to_its_slots_and_last_turns():
    tracker = saved(ConversationStore(DOMAIN), "s", turns=EVENTS_MAX)
    said = [event.text for event in tracker.events if isinstance(event, UserUttered)]
    assert said == [f"question {EVENTS_MAX - back}" for back in range(TURNS_KEPT, 0, -1)]
    assert tracker.get_slot("order_number") == "10023"


def test_a_form_in_progress_is_not_cut():
    tracker = saved(ConversationStore(DOMAIN), "s", turns=EVENTS_MAX, loop="some_form")
    assert sum(isinstance(event, UserUttered) for event in tracker.events) == EVENTS_MAX
    assert tracker.active_loop_name == "some_form"


def test_the_quietest_conversation_goes_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(tracker_store, "CONVERSATIONS_MAX", 2)
    store = ConversationStore(DOMAIN)
    for sender_id in ("first", "second"):
        saved(store, sender_id, turns=1)
    saved(store, "first", turns=2)
    saved(store, "third", turns=1)
    assert asyncio.run(store.keys()) == ["first", "third"]


def test_a_new_model_finds_the_conversations_of_the_old_without_slots_it_lacks():
    async def swap():
        old = ConversationStore(DOMAIN)
        tracker = old.init_tracker("s")
        tracker.update(SlotSet("old", "x"))
        tracker.update(SlotSet("order_number", "10023"))
        await old.save(tracker)
        return await ConversationStore(LATER_DOMAIN).retrieve("s")

    tracker = asyncio.run(swap())
    assert tracker.get_slot("order_number") == "10023"
    assert "old" not in tracker.slots


def test_what_is_not_saved_did_not_happen():
    async def half_a_turn():
        store = ConversationStore(DOMAIN)
        await store.save(store.init_tracker("s"))
        tracker = await store.retrieve("s")
        turn(tracker, "lost")
        return await store.retrieve("s")

    assert not asyncio.run(half_a_turn()).events
