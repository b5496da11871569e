"""Who the customer is to the desk: their language, their name, a proven identity, and being forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.errors import Code
from handoff.domain.guarantee import violations
from handoff.domain.handoff import Contact, HandoffState
from handoff.domain.people import Access
from handoff.domain.speech import speech
from tests.factories import ASKS_CLEARLY, Scene, start_conversation, types


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.agent("ada")
    scene.supervisor("sue")
    scene.customer("c1")
    return scene


def _introduce(name: str | None, customer_id: str | None = None, conversation_id: str = "c1") -> c.Introduce:
    return c.Introduce(conversation_id=conversation_id, name=name, customer_id=customer_id)


def _erase(conversation_id: str = "c1") -> c.EraseCustomer:
    return c.EraseCustomer(conversation_id=conversation_id)


def _note(agent_id: str, conversation_id: str) -> c.TakeNote:
    return c.TakeNote(agent_id=agent_id, conversation_id=conversation_id, text="Called back.", client_id="n")


# --- language ---


def test_another_language_holds_for_what_is_asked_from_then_on(scene: Scene) -> None:
    events = scene.do(c.ChangeLocale(conversation_id="c1", locale="de-AT"))
    assert types(events) == ["locale_changed"]
    assert scene.conversation("c1").language == "de"
    scene.asks("c1")
    assert scene.handoff("c1").language == "de"


def test_the_same_language_again_changes_nothing(scene: Scene) -> None:
    assert scene.do(c.ChangeLocale(conversation_id="c1", locale="en")) == []


def _of_other_language(scene: Scene) -> list[str]:
    return [text for text in scene.said_by_bot("c1") if text == speech("pl").other_language]


def test_whom_nobody_answers_in_their_language_is_told_so_once_before_the_first_request() -> None:
    """The greeting says it of the assistant alone, and who asks for a person at once heard nothing of the people."""
    scene = Scene()
    scene.agent("ada", languages=("en", "de"))
    scene.agent("cleo", access=(Access.TRAINER,), online=False)
    scene.customer("c1", locale="pl-PL")
    events = scene.says("c1", "Chcę rozmawiać z człowiekiem", ASKS_CLEARLY)
    assert types(events)[:4] == ["message", "message_read", "message", "handoff_requested"]
    assert len(_of_other_language(scene)) == 1
    scene.withdraws("c1")
    scene.asks("c1")
    assert len(_of_other_language(scene)) == 1
    assert violations(scene.desk, scene.now) == []


@pytest.mark.parametrize("languages", [(), ("en", "pl")])
def test_where_somebody_speaks_the_customers_language_nothing_is_said_of_it(
    languages: tuple[str, ...],
) -> None:
    scene = Scene()
    scene.agent("ada", languages=("en",))
    scene.agent("bert", languages=languages, online=False)
    scene.waiting("c1", locale="pl")
    assert _of_other_language(scene) == []


# --- name and identity ---


def test_a_name_is_shown_but_proves_nothing_and_can_be_taken_back(scene: Scene) -> None:
    scene.do(_introduce("Eva"))
    assert (scene.conversation("c1").customer.name, scene.conversation("c1").customer.verified) == (
        "Eva",
        False,
    )
    assert scene.do(_introduce("Eva")) == []
    scene.do(_introduce(None))
    assert scene.conversation("c1").customer.name is None


def test_a_conversation_of_nobody_becomes_the_customers_whom_the_site_vouches_for(scene: Scene) -> None:
    scene.do(_introduce("Eva Berg", "nordlicht:17"))
    conversation = scene.conversation("c1")
    assert (conversation.customer.id, conversation.customer.verified) == ("nordlicht:17", True)
    assert conversation.session_subject == "customer-of-c1"
    assert scene.do(_introduce("Eva Berg", "nordlicht:17")) == []
    scene.check_logs()


def test_a_proven_customers_conversation_never_becomes_anothers(scene: Scene) -> None:
    scene.do(_introduce("Eva Berg", "nordlicht:17"))
    assert scene.refused(_introduce("Otto", "nordlicht:18")) is Code.CONFLICT
    assert scene.refused(_introduce("Otto")) is Code.CONFLICT
    assert scene.conversation("c1").customer.name == "Eva Berg"


def test_a_blocked_customer_does_not_come_in_by_another_conversation(scene: Scene) -> None:
    scene.do(start_conversation("c2", customer_id="nordlicht:17"))
    scene.do(scene.block("sue", "c2"))
    assert scene.refused(_introduce("Eva", "nordlicht:17")) is Code.CONFLICT
    assert scene.refused(_introduce("Eva", conversation_id="c2")) is Code.FORBIDDEN


# --- forgotten ---


@pytest.mark.parametrize("state", ["queued", "offered", "active", "promised"])
def test_what_is_owed_is_withdrawn_before_everything_is_erased(state: str) -> None:
    scene = Scene()
    scene.supervisor("sue")
    if state != "queued":
        scene.agent("ada")
    scene.customer("c1")
    scene.asks("c1")
    if state == "active":
        scene.accept("ada", "c1")
    if state == "promised":
        contact = Contact(email="eva@example.com", phone=None)
        at = scene.now + timedelta(hours=2)
        new = scene.new_handoff()
        scene.do(c.RequestCallback(conversation_id="c1", new_handoff=new, contact=contact, at=at))
    if state != "queued":
        assert scene.state("c1") == state

    events = scene.do(_erase())

    assert [one for one in types(events) if one in ("handoff_withdrawn", "erased")] == [
        "handoff_withdrawn",
        "erased",
    ]
    conversation = scene.conversation("c1")
    assert conversation.erased
    assert scene.state("c1") is HandoffState.WITHDRAWN
    assert scene.handoff("c1").promise is None
    assert conversation.customer.name is None
    assert "eva@example.com" not in repr(conversation)
    scene.check_logs()
    assert violations(scene.desk, scene.now) == []


def test_all_conversations_of_the_customer_are_erased_and_nobody_elses(scene: Scene) -> None:
    scene.do(start_conversation("c2", customer_id="customer-of-c1"))
    scene.customer("c3")
    scene.do(_erase())
    assert [scene.conversation(one).erased for one in ("c1", "c2", "c3")] == [True, True, False]
    assert scene.refused(_erase()) is Code.CONFLICT


def test_nothing_is_said_in_an_erased_conversation_by_anybody(scene: Scene) -> None:
    scene.asks("c1")
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(_erase())
    message = c.CustomerMessage(
        conversation_id="c1", text="Hello?", client_id="m", new_handoff=scene.new_handoff()
    )
    assert scene.refused(message) is Code.CONFLICT
    assert scene.refused(_note("ada", "c1")) is Code.CONFLICT
    assert scene.refused(c.Rate(conversation_id="c1", score=5, comment=None)) is Code.CONFLICT
    assert scene.refused(scene.block("sue", "c1")) is Code.CONFLICT
    assert scene.refused(_introduce("Eva")) is Code.CONFLICT
    assert scene.refused(c.ChangeLocale(conversation_id="c1", locale="de")) is Code.CONFLICT


def test_a_late_answer_of_the_bot_does_not_bring_back_what_was_said(scene: Scene) -> None:
    scene.says("c1", "My card is 4711")
    (seq,) = scene.conversation("c1").bot.pending
    scene.do(_erase())
    assert scene.bot_answers("c1", "About card 4711", of_seq=seq) == []
    assert scene.bot_fails("c1", "timeout", of_seq=seq) == []
    assert "4711" not in repr(scene.conversation("c1"))


def test_a_block_cannot_be_shaken_off_by_being_forgotten(scene: Scene) -> None:
    scene.do(scene.block("sue", "c1"))
    assert scene.refused(_erase()) is Code.FORBIDDEN
    assert not scene.conversation("c1").erased


def test_the_erasing_itself_names_nobody(scene: Scene) -> None:
    scene.do(_introduce("Eva Berg"))
    erased = [one for one in scene.do(_erase()) if isinstance(one, e.Event) and one.type == "erased"]
    assert [(one.actor.kind, one.actor.name) for one in erased] == [("customer", None)]
