"""Abuse: who may shut a customer out, what that does to what is owed, and what the customer can still do."""

from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.conversation import Control
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState, Outcome, Reason
from handoff.domain.people import Access
from tests.factories import (
    ASKS_CLEARLY,
    TRADER,
    Scene,
    bodies,
    card,
    reads_as,
    told_supervisor,
    types,
)


@pytest.fixture
def scene() -> Scene:
    """Ada is online, sue supervises; ada has c1 and has written in it."""
    scene = Scene()
    scene.agent("ada")
    scene.supervisor("sue")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    return scene


def _message(scene: Scene, conversation_id: str = "c1") -> c.CustomerMessage:
    return c.CustomerMessage(
        conversation_id=conversation_id, text="Hello?", client_id="m", new_handoff=scene.new_handoff()
    )


def _button(scene: Scene, conversation_id: str = "c1", note: str | None = None) -> c.RequestHandoff:
    return c.RequestHandoff(
        conversation_id=conversation_id, new_handoff=scene.new_handoff(), client_id="b", note=note
    )


# --- who may ---


def test_the_agent_who_has_it_and_has_written_blocks_and_thereby_resolves_it(scene: Scene) -> None:
    events = scene.do(scene.block("ada", "c1", "Threats against my family"))
    assert types(events) == [
        "handoff_resolved",
        "wrap_up_started",
        "customer_blocked",
        "block_explained",
        "supervisor_told",
        "notice_asked",
    ]
    handoff = scene.handoff("c1")
    assert (handoff.state, handoff.outcome, handoff.ended_by) == (
        HandoffState.RESOLVED,
        Outcome.DONE,
        "ada",
    )
    block = scene.conversation("c1").block
    assert block is not None
    assert (block.by, block.at, block.reason) == (card("ada"), scene.now, "Threats against my family")
    scene.check_logs()


def test_blocking_in_silence_is_a_conflict_and_changes_nothing() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    refusal = scene.refusal(scene.block("ada", "c1"))
    assert refusal.code is Code.CONFLICT
    assert "Write to the customer" in refusal.message
    assert scene.state("c1") is HandoffState.ACTIVE
    assert scene.conversation("c1").block is None


def test_a_contact_that_was_made_is_as_good_as_a_word_before_a_block() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.contact("ada", "c1", "reached")
    scene.do(scene.block("ada", "c1"))
    assert scene.conversation("c1").block is not None


def test_without_a_live_handoff_the_last_agent_blocks_and_nobody_else(scene: Scene) -> None:
    scene.agent("ben")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.refused(scene.block("ben", "c1")) is Code.NOT_FOUND
    assert types(scene.do(scene.block("ada", "c1"))) == [
        "customer_blocked",
        "block_explained",
        "supervisor_told",
        "notice_asked",
    ]


@pytest.mark.parametrize("blocker", ["ben", "sue"])
def test_nobody_blocks_under_the_hands_of_another(scene: Scene, blocker: str) -> None:
    scene.agent("ben")
    assert scene.refused(scene.block(blocker, "c1")) in (Code.NOT_FOUND, Code.CONFLICT)
    assert scene.state("c1") is HandoffState.ACTIVE


def test_a_supervisor_takes_it_first_and_writes_and_can_block_then(scene: Scene) -> None:
    scene.connect("sue")
    scene.do(scene.assign("sue", "c1", "sue"))
    assert scene.refused(scene.block("sue", "c1")) is Code.CONFLICT
    scene.writes("sue", "c1", "We do not go on like this.")
    events = scene.do(scene.block("sue", "c1"))
    assert scene.handoff("c1").ended_by == "sue"
    assert told_supervisor(events) == []


def test_a_supervisor_blocks_a_customer_who_is_alone_with_the_bot() -> None:
    scene = Scene()
    scene.supervisor("sue")
    scene.customer("c1")
    scene.do(scene.block("sue", "c1"))
    assert scene.conversation("c1").block is not None


@pytest.mark.parametrize("state", ["offered", "promised"])
def test_what_waits_for_a_person_cannot_be_blocked_away(state: str) -> None:
    """It ends in two ways only, and a block by somebody who has not written is neither."""
    scene = Scene()
    scene.supervisor("sue", online=True)
    if state == "offered":
        scene.agent("ada")
    else:
        scene.disable("sue")
        scene.supervisor("liz")
    scene.waiting("c1")
    assert scene.state("c1") == state
    blocker = "sue" if state == "offered" else "liz"
    assert scene.refused(scene.block(blocker, "c1")) is Code.CONFLICT
    assert scene.state("c1") == state


def test_blocking_twice_is_a_conflict(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    assert scene.refused(scene.block("ada", "c1")) is Code.CONFLICT
    assert scene.refused(scene.block("sue", "c1")) is Code.CONFLICT


def test_a_disabled_agent_blocks_nobody(scene: Scene) -> None:
    scene.disable("ada")
    assert scene.refused(scene.block("ada", "c1")) is Code.NOT_FOUND


# --- what the customer is told, and can still do ---


@pytest.mark.parametrize(("locale", "word"), [("en", "has ended"), ("de-AT", "beendet"), ("kn", "ಕೊನೆಗೊಳಿಸಿದ್ದಾರೆ")])
def test_the_customer_is_told_by_name_and_with_both_addresses_in_their_language(
    locale: str, word: str
) -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1", locale=locale)
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    [told] = bodies(scene.do(scene.block("ada", "c1")), e.CustomerBlocked)
    for part in (word, "Ada Vogel", TRADER.name, TRADER.postal_address, TRADER.email):
        assert part in told.text
    assert told.by == card("ada")


def test_the_reason_is_hidden_from_the_customer(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1", "Threats against my family"))
    shown = [event for event in scene.log("c1") if event.customer_prev_seq is not None]
    assert "Threats against my family" not in str(shown)
    assert bodies(scene.events, e.BlockExplained)[-1].reason == "Threats against my family"


def test_a_blocked_customer_cannot_write_nor_ask_and_is_told_where_else_to_go(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    before = scene.conversation("c1")
    for command in (_message(scene), _button(scene), _button(scene, note="Hear me"), scene.callback("c1")):
        refusal = scene.refusal(command)
        assert refusal.code is Code.FORBIDDEN
        assert TRADER.postal_address in refusal.message
        assert TRADER.email in refusal.message
    assert scene.conversation("c1") == before


def test_asking_in_words_is_no_way_around_a_block(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    asks = c.CustomerMessage(
        conversation_id="c1",
        text="I want a person",
        client_id="m",
        new_handoff=scene.new_handoff(),
        read=reads_as(ASKS_CLEARLY),
    )
    assert scene.refused(asks) is Code.FORBIDDEN


def test_feedback_of_a_blocked_customer_counts_but_leads_to_nobody() -> None:
    scene = Scene()
    scene.supervisor("sue")
    scene.customer("c1")
    for text in ("One answer", "Another"):
        scene.says("c1", f"Question about {text}")
        scene.bot_answers("c1", text)
    first, second = scene.conversation("c1").bot_messages[-2:]
    scene.do(scene.block("sue", "c1"))
    scene.do(scene.feedback("c1", first))
    assert scene.refused(scene.feedback("c1", second)) is Code.FORBIDDEN
    assert scene.conversation("c1").handoff is None
    scene.do(scene.feedback("c1", second, helpful=True))


def test_a_blocked_customer_can_still_rate(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    assert types(scene.do(c.Rate(conversation_id="c1", score=1, comment=None))) == ["rated"]


# --- the bot ---


def test_a_turn_under_way_is_dropped_and_its_answer_not_shown() -> None:
    scene = Scene()
    scene.supervisor("sue")
    scene.customer("c1")
    scene.says("c1", "You will be sorry")
    of_seq = scene.conversation("c1").bot.pending[0]
    scene.do(scene.block("sue", "c1"))
    assert types(scene.bot_answers("c1", "Gladly", of_seq=of_seq)) == ["late_bot_answer"]
    assert scene.pass_time(3_600) == []


@pytest.mark.parametrize("failure", ["timeout", "refused"])
def test_a_bot_that_fails_a_blocked_customer_leads_to_nobody(failure: str) -> None:
    scene = Scene()
    scene.supervisor("sue")
    scene.customer("c1")
    scene.says("c1", "You will be sorry")
    of_seq = scene.conversation("c1").bot.pending[0]
    scene.do(scene.block("sue", "c1"))
    assert scene.bot_fails("c1", failure, of_seq) == []
    assert scene.conversation("c1").handoff is None


# --- it is the customer's ---


def test_a_block_holds_in_all_conversations_of_the_customer_on_that_site(scene: Scene) -> None:
    owner = "customer-of-c1"
    scene.customer("older", customer_id=owner, locale="de")
    scene.customer("elsewhere", customer_id=owner, site="other-site")
    scene.customer("stranger")
    events = scene.do(scene.block("ada", "c1"))
    blocked = bodies(events, e.CustomerBlocked)
    assert ["has ended" in one.text for one in blocked] == [True, False]
    assert scene.refused(_message(scene, "older")) is Code.FORBIDDEN
    for free in ("elsewhere", "stranger"):
        assert scene.conversation(free).block is None
        scene.do(_message(scene, free))
    scene.do(scene.unblock("sue", "older"))
    for one in ("c1", "older"):
        assert scene.conversation(one).block is None
        scene.do(_message(scene, one))


def test_a_new_conversation_of_a_blocked_customer_begins_with_the_block(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1", "Threats"))
    scene.now += timedelta(days=40)
    scene.customer("c2", customer_id="customer-of-c1", previous="c1", locale="de")
    assert types(list(scene.log("c2"))) == ["conversation_started", "customer_blocked", "block_explained"]
    assert scene.refused(_button(scene, "c2")) is Code.FORBIDDEN
    block = scene.conversation("c2").block
    assert block is not None
    assert (block.by, block.reason) == (card("ada"), "Threats")
    scene.check_logs()
    scene.do(scene.unblock("sue", "c2"))
    scene.asks("c2")
    scene.do(_message(scene, "c1"))


def test_whoever_is_owed_a_person_elsewhere_is_not_blocked_before_that_has_ended(scene: Scene) -> None:
    scene.customer("c2", customer_id="customer-of-c1", previous="c1")
    scene.agent("ben")
    scene.asks("c2")
    refusal = scene.refusal(scene.block("ada", "c1"))
    assert refusal.code is Code.CONFLICT
    assert scene.handoff("c2").reference in refusal.message
    scene.withdraws("c2")
    scene.do(scene.block("ada", "c1"))


# --- and back ---


def test_only_a_supervisor_lifts_a_block(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    assert scene.refused(scene.unblock("ada", "c1")) is Code.FORBIDDEN
    scene.agent("tom", online=False, access=(Access.TRAINER,))
    assert scene.refused(scene.unblock("tom", "c1")) is Code.FORBIDDEN
    events = scene.do(scene.unblock("sue", "c1", "He has apologised"))
    assert types(events) == ["customer_unblocked", "note"]
    assert bodies(events, e.CustomerUnblocked)[0].by == card("sue")
    assert scene.refused(scene.unblock("sue", "c1")) is Code.CONFLICT


def test_after_a_block_is_lifted_everything_is_as_before(scene: Scene) -> None:
    scene.do(scene.block("ada", "c1"))
    scene.do(scene.unblock("sue", "c1"))
    scene.says("c1", "I am sorry")
    assert scene.control("c1") is Control.BOT
    scene.bot_answers("c1", "How can I help?")
    scene.asks("c1")
    assert scene.handoff("c1").reason is Reason.BUTTON
    assert scene.desk.blocked() == []
    scene.check_logs()


def test_those_blocked_are_listed_for_the_board(scene: Scene) -> None:
    scene.customer("c2")
    scene.do(scene.block("sue", "c2"))
    scene.do(scene.block("ada", "c1"))
    scene.do(c.Rate(conversation_id="c2", score=1, comment=None))
    assert {one.conversation_id for one in scene.desk.blocked()} == {"c1", "c2"}
    scene.do(scene.unblock("sue", "c2"))
    assert [one.conversation_id for one in scene.desk.blocked()] == ["c1"]
