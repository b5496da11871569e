"""Trigger 4: whoever is being failed gets a person soon, and whoever is being helped is left in peace.

Many customers talk to bots that fail in different ways, with fixed seeds. A *failed* message is one whose answer does
not help; the promise is that nobody writes more than two more messages past the first of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from handoff.domain.conversation import BotSide
from handoff.domain.failing import STRETCH, doubt_after, is_failing, mark_of_answer, repeats_itself
from handoff.domain.handoff import Reason
from handoff.domain.policy import Policy
from handoff.domain.speech import SPEECH
from tests.factories import Scene

POLICY = Policy()
PAST_FAILURE_MAX = 2
INTERRUPTED_MAX = 0.03  # of the conversations in which the bot helps, slips included


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.agent("ada")
    scene.customer("c1")
    return scene


def _has_person(scene: Scene) -> bool:
    return scene.conversation("c1").handoff is not None


# --- the same answer again ---


def test_the_same_answer_to_other_words_offers_a_person_and_the_third_time_calls_one(scene: Scene) -> None:
    advice = "Please check with your bank."
    scene.says("c1", "My payment failed")
    scene.bot_answers("c1", advice, intent="payment_issue")
    scene.says("c1", "It is still not going through")
    scene.bot_answers("c1", advice, intent="payment_issue")
    assert scene.said_by_bot("c1")[-2:] == [advice, SPEECH["en"].person_question]
    assert not _has_person(scene)
    scene.says("c1", "I did that, what else can I do about the payment?")
    scene.bot_answers("c1", advice, intent="payment_issue")
    assert scene.handoff("c1").reason is Reason.REPEATED_QUESTION
    assert scene.said_by_bot("c1").count(advice) == 2  # not read out a third time


def test_the_same_answer_to_thanks_is_no_failure(scene: Scene) -> None:
    for number in range(6):
        scene.says("c1", "Thank you very much!")
        scene.bot_answers("c1", "You are welcome.", intent="thank")
        scene.says("c1", f"And question {number}?")
        scene.bot_answers("c1", f"Answer {number}.")
    assert not _has_person(scene)
    assert SPEECH["en"].person_question not in scene.said_by_bot("c1")


def test_thanks_between_two_same_answers_make_them_two_questions(scene: Scene) -> None:
    for text, answer, intent in (
        ("When are you open?", "From nine.", "contact_customer_service"),
        ("Thank you!", "You are welcome.", "thank"),
        ("Until when, I mean?", "From nine.", "contact_customer_service"),
    ):
        scene.says("c1", text)
        scene.bot_answers("c1", answer, intent=intent)
    assert SPEECH["en"].person_question not in scene.said_by_bot("c1")


# --- the same question again ---


def test_yes_cancel_it_twice_for_two_orders_interrupts_nobody(scene: Scene) -> None:
    for order in ("10030", "10034"):
        scene.says("c1", f"Please cancel order {order}")
        scene.bot_answers("c1", f"Shall I cancel {order}?", intent="cancel_order")
        scene.says("c1", "Yes, cancel it")
        scene.bot_answers(
            "c1", f"{order} is cancelled.", intent="affirm", did=(f"Order {order} was cancelled.",)
        )
    assert not _has_person(scene)


def test_a_question_may_be_asked_again_once_something_was_done(scene: Scene) -> None:
    for order in ("10030", "10034"):
        scene.says("c1", "I want to cancel an order")
        scene.bot_answers("c1", f"Which one? {order}", intent="cancel_order")
        scene.says("c1", order)
        scene.bot_answers("c1", f"{order} is cancelled.", did=(f"Order {order} was cancelled.",))
    assert not _has_person(scene)


def test_the_same_question_after_a_long_pause_is_a_new_one(scene: Scene) -> None:
    scene.says("c1", "Where is my parcel?")
    scene.bot_answers("c1", "On its way.")
    scene.pass_time(STRETCH.total_seconds() + 1)
    scene.says("c1", "Where is my parcel?")
    scene.bot_answers("c1", "On its way.")
    assert not _has_person(scene)
    assert SPEECH["en"].person_question not in scene.said_by_bot("c1")
    scene.says("c1", "Where is my parcel?")
    assert scene.handoff("c1").reason is Reason.REPEATED_QUESTION


def test_doubt_does_not_outlast_a_long_pause(scene: Scene) -> None:
    for _ in range(2):
        scene.says("c1", "Flurbl?")
        scene.bot_answers("c1", "I am not sure.", unsure=True)
        scene.pass_time(STRETCH.total_seconds() + 1)
    assert not _has_person(scene)


# --- how much counts ---


def test_a_mark_as_not_helpful_and_an_unsure_answer_together_are_enough(scene: Scene) -> None:
    scene.says("c1", "Where is my lamp?")
    scene.bot_answers("c1", "Lamps are in aisle five.")
    scene.do(scene.feedback("c1", scene.log("c1")[-1].seq))
    assert not _has_person(scene)
    scene.says("c1", "The one that I ordered")
    scene.bot_answers("c1", "I am not sure.", unsure=True)
    assert scene.handoff("c1").reason is Reason.BOT_UNSURE


def test_a_bot_that_fails_every_other_time_is_found_out(scene: Scene) -> None:
    for number in range(5):
        scene.says("c1", f"Question {number} of mine?")
        scene.bot_answers("c1", f"Answer {number}", unsure=number % 2 == 0)
    assert scene.handoff("c1").reason is Reason.BOT_UNSURE


def test_doubt_never_falls_below_none() -> None:
    assert doubt_after(0, intent="track_order", unsure=False, repeats=False) == 0
    assert doubt_after(1, intent="thank", unsure=False, repeats=False) == 1


def test_a_setting_says_how_many_unsure_answers_there_may_be() -> None:
    patient = Policy(unsure_answers_max=3)
    assert is_failing(BotSide(doubt=4), POLICY)
    assert not is_failing(BotSide(doubt=4), patient)
    assert is_failing(BotSide(doubt=6), patient)


def test_an_answer_that_differs_in_one_figure_is_another_one() -> None:
    bot = BotSide(answer=mark_of_answer("Order 10023 is on its way."))
    assert not repeats_itself(bot, "track_order", "Order 10024 is on its way.")


def test_an_answer_without_words_repeats_nothing() -> None:
    bot = BotSide(answer=mark_of_answer("Hello"))
    assert repeats_itself(bot, "track_order", "Hello")
    assert not repeats_itself(bot, "track_order", None)
    assert not repeats_itself(BotSide(), "track_order", "")


# --- many customers ---

Turn = tuple[str, str, bool, str]  # what is said; the answer, whether it is unsure, its intent


def _always_unsure(dice: random.Random) -> Iterator[Turn]:
    for number in range(9):
        yield (
            f"Wish in words {number}",
            dice.choice(["I am not sure.", "Not my field."]),
            True,
            "out_of_scope",
        )


def _always_the_same_wrong_answer(dice: random.Random) -> Iterator[Turn]:
    for number in range(9):
        yield f"Wish in words {number}", "You order in the shop.", False, "place_order"


def _wrong_and_told_so(dice: random.Random) -> Iterator[Turn]:
    """A wrong answer, and then customers say that it was: such a message is answered as unsure."""
    yield "Wish in words", "You order in the shop.", False, "place_order"
    yield "That is not what I asked", "I am sorry, I misunderstood.", True, "misunderstood"
    yield "Wish in other words", dice.choice(["I am not sure.", "Which of the two?"]), True, "nlu_fallback"
    yield "Wish in yet other words", "I am not sure.", True, "nlu_fallback"


@pytest.mark.parametrize("failing", [_always_unsure, _always_the_same_wrong_answer, _wrong_and_told_so])
@pytest.mark.parametrize("seed", range(5))
def test_nobody_writes_more_than_two_messages_past_a_failing_bot(
    failing: Callable[[random.Random], Iterator[Turn]], seed: int
) -> None:
    scene = Scene()
    scene.agent("ada")
    scene.customer("c1")
    dice = random.Random(seed)
    for helped in range(dice.randrange(3)):  # some were helped before
        scene.says("c1", f"Easy question {helped}")
        scene.bot_answers("c1", f"Right answer {helped}")
    written = 0
    for said, answer, unsure, intent in failing(dice):
        scene.says("c1", said)
        written += 1
        scene.bot_answers("c1", answer, unsure=unsure, intent=intent)
        if _has_person(scene):
            break
    assert _has_person(scene)
    assert written - 1 <= PAST_FAILURE_MAX


def _helped(dice: random.Random) -> Iterator[Turn]:
    """Questions, thanks and confirmations; one answer in twelve is unsure, and other words then help."""
    for number in range(dice.randrange(1, 7)):
        if dice.random() < 1 / 12:
            yield f"Question {number}, put badly", f"Did you mean {number}?", True, "nlu_fallback"
        yield f"Question {number}", f"Answer {number}", False, "track_order"
        if dice.random() < 0.4:
            yield dice.choice(["Thank you very much", "ok great thanks"]), "You are welcome.", False, "thank"


def test_few_who_are_being_helped_are_interrupted() -> None:
    interrupted = 0
    conversations = 400
    for seed in range(conversations):
        scene = Scene()
        scene.agent("ada")
        scene.customer("c1")
        for said, answer, unsure, intent in _helped(random.Random(seed)):
            scene.says("c1", said)
            scene.bot_answers("c1", answer, unsure=unsure, intent=intent)
            scene.pass_time(timedelta(seconds=40).total_seconds())
            if _has_person(scene):
                interrupted += 1
                break
    assert interrupted / conversations <= INTERRUPTED_MAX
