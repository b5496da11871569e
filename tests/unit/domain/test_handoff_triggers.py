"""What triggers a handoff: the six rows of the design, and that nothing of the bot's can prevent it."""

import pytest

from handoff.domain import events as e
from handoff.domain.conversation import Control
from handoff.domain.errors import Code
from handoff.domain.handoff import HandoffState, Reason
from handoff.domain.requests import NOTHING_SPECIAL, HumanRequest, Reading, heard
from handoff.domain.speech import SPEECH
from tests.factories import ASKS_CLEARLY, ASKS_PERHAPS, IN_DISTRESS, Scene, bodies, rules, types


@pytest.fixture
def scene() -> Scene:
    """A customer with the bot, and an agent who is online."""
    scene = Scene()
    scene.agent("ada")
    scene.customer("c1")
    return scene


# --- 1: the button ---


def test_the_button_asks_for_a_person_at_once(scene: Scene) -> None:
    events = scene.asks("c1")
    requested = bodies(events, e.HandoffRequested)[0]
    assert requested.reason is Reason.BUTTON
    assert scene.log("c1")[2].actor.kind == "customer"
    assert scene.offered_to("c1") == "ada"


def test_a_note_with_the_button_is_part_of_the_transcript_before_the_request(scene: Scene) -> None:
    events = scene.asks("c1", note="It is about order 10023")
    assert types(events)[:2] == ["message", "handoff_requested"]


def test_the_button_works_while_the_bot_is_still_thinking(scene: Scene) -> None:
    scene.says("c1")
    scene.asks("c1")
    assert scene.control("c1") is Control.WAITING
    assert scene.conversation("c1").bot.pending == ()


def test_the_button_works_in_every_state_of_a_live_handoff_and_never_makes_a_second(scene: Scene) -> None:
    scene.asks("c1")
    first = scene.handoff("c1").handoff_id
    assert scene.asks("c1") == []
    scene.accept("ada", "c1")
    assert scene.asks("c1") == []
    scene.writes("ada", "c1")
    scene.do(scene.follow_up("ada", "c1", 600))
    scene.asks("c1")
    assert scene.state("c1") is HandoffState.OFFERED  # tapped now, and somebody is on duty
    assert scene.handoff("c1").handoff_id == first


# --- 2: the detector ---


def test_a_clear_request_in_a_message_is_transferred_without_another_question(scene: Scene) -> None:
    events = scene.says("c1", "I want to talk to a person", ASKS_CLEARLY)
    assert bodies(events, e.HandoffRequested)[0].reason is Reason.ASKED
    assert bodies(events, e.MessageRead)[0].matched == "talk to a person"
    assert scene.conversation("c1").bot.pending == ()  # the bot is not asked at all


def test_a_doubtful_request_is_answered_with_one_question_that_has_the_handoff_one_tap_away(
    scene: Scene,
) -> None:
    scene.says("c1", "Is anybody there?", ASKS_PERHAPS)
    assert scene.conversation("c1").handoff is None
    scene.bot_answers("c1", "I am the assistant.")
    last = scene.log("c1")[-1].body
    assert isinstance(last, e.Message)
    assert last.text == SPEECH["en"].person_question
    assert last.buttons == (SPEECH["en"].ask_for_person,)
    scene.says("c1", "And my parcel?")
    scene.bot_answers("c1", "On its way.")
    assert scene.said_by_bot("c1")[-1] == "On its way."  # asked once


def test_a_request_while_waiting_changes_nothing(scene: Scene) -> None:
    scene.asks("c1")
    events = scene.says("c1", "A person please!", ASKS_CLEARLY)
    assert types(events) == ["message"]


# --- 3: the bot's own intent ---


@pytest.mark.parametrize(
    ("wants", "reason"),
    [("intent", Reason.INTENT), ("action", Reason.ACTION), ("distress", Reason.DISTRESS)],
)
def test_the_bot_asks_for_a_person_with_its_reason(scene: Scene, wants: str, reason: Reason) -> None:
    scene.says("c1")
    scene.bot_answers("c1", wants=wants)
    assert scene.handoff("c1").reason is reason
    assert scene.state("c1") is HandoffState.OFFERED


def test_what_only_the_bot_takes_for_a_request_is_asked_about_and_then_believed(scene: Scene) -> None:
    """Talk of an agent of yesterday was transferred: the bot knows few sentences of that sort, and the detector,
    which knows many, had said no."""
    scene.says("c1", "The agent of yesterday was kind")
    scene.bot_answers("c1", wants="intent", intent="request_human")
    assert scene.conversation("c1").handoff is None
    assert scene.said_by_bot("c1")[-1] == SPEECH["en"].person_question
    scene.says("c1", "Yesterday's agent, I mean")
    scene.bot_answers("c1", wants="intent", intent="request_human")
    assert scene.handoff("c1").reason is Reason.INTENT


def test_what_the_detector_doubts_and_the_bot_hears_too_is_a_request(scene: Scene) -> None:
    scene.says("c1", "Is anybody there for me?", ASKS_PERHAPS)
    scene.bot_answers("c1", wants="intent", intent="request_human")
    assert scene.handoff("c1").reason is Reason.INTENT


def test_a_plain_yes_to_the_question_for_a_person_is_a_request(scene: Scene) -> None:
    scene.says("c1", "Is anybody there?", ASKS_PERHAPS)
    scene.bot_answers("c1", "I am the assistant.")
    scene.says("c1", "yes")
    scene.bot_answers("c1", "All right. What can I help you with?", intent="affirm")
    assert scene.handoff("c1").reason is Reason.INTENT
    assert "All right. What can I help you with?" not in scene.said_by_bot("c1")


def test_a_yes_to_something_else_is_none(scene: Scene) -> None:
    scene.says("c1", "Is anybody there? Cancel my order", ASKS_PERHAPS)
    scene.bot_answers("c1", "Shall I cancel it?")
    scene.says("c1", "yes")
    scene.bot_answers("c1", "It is cancelled.", intent="affirm", did=("Order 10034 was cancelled.",))
    scene.says("c1", "Thanks, and my invoice?")
    scene.bot_answers("c1", "It is paid.")
    scene.says("c1", "yes")
    scene.bot_answers("c1", "All right.", intent="affirm")
    assert scene.conversation("c1").handoff is None


# --- 4: repeated failure ---


def test_two_unsure_answers_in_a_row_ask_for_a_person_and_the_second_is_not_shown(scene: Scene) -> None:
    scene.says("c1", "Flurbl?")
    scene.bot_answers("c1", "I am not sure.", unsure=True)
    assert scene.conversation("c1").handoff is None
    scene.says("c1", "Flurbl grommit?")
    scene.bot_answers("c1", "I am still not sure.", unsure=True)
    assert scene.handoff("c1").reason is Reason.BOT_UNSURE
    assert "I am still not sure." not in scene.said_by_bot("c1")


def test_a_sure_answer_in_between_forgives_the_unsure_one(scene: Scene) -> None:
    for number, unsure in enumerate((True, False, True)):
        scene.says("c1", f"Question {number} of mine?")
        scene.bot_answers("c1", f"Answer {number}", unsure=unsure)
    assert scene.conversation("c1").handoff is None


def test_the_same_question_again_asks_for_a_person(scene: Scene) -> None:
    scene.says("c1", "Where is my parcel?")
    scene.bot_answers("c1", "On its way.")
    scene.says("c1", "  WHERE is my parcel?!  ")
    assert scene.handoff("c1").reason is Reason.REPEATED_QUESTION


@pytest.mark.parametrize("text", ["yes", "10023", "ok!", "ಹೌದು", "?"])
def test_a_short_answer_given_twice_is_not_a_question_asked_again(scene: Scene, text: str) -> None:
    for _ in range(2):
        scene.says("c1", text)
        scene.bot_answers("c1", "Thank you.")
    assert scene.conversation("c1").handoff is None


def test_two_answers_marked_as_not_helpful_ask_for_a_person(scene: Scene) -> None:
    seqs = []
    for text in ("First question here?", "Second question here?"):
        scene.says("c1", text)
        seqs.append(scene.bot_answers("c1", f"Answer to: {text}")[-1])
    first, second = (event.seq for event in seqs if isinstance(event, e.Event))
    scene.do(scene.feedback("c1", first))
    scene.do(scene.feedback("c1", first))  # the same answer again is not a second one
    assert scene.conversation("c1").handoff is None
    scene.do(scene.feedback("c1", second))
    assert scene.handoff("c1").reason is Reason.NOT_HELPFUL


def test_an_answer_that_was_helpful_after_all_does_not_count(scene: Scene) -> None:
    seqs = []
    for text in ("First question here?", "Second question here?"):
        scene.says("c1", text)
        last = scene.bot_answers("c1", f"Answer to: {text}")[-1]
        assert isinstance(last, e.Event)
        seqs.append(last.seq)
    scene.do(scene.feedback("c1", seqs[0]))
    scene.do(scene.feedback("c1", seqs[0], helpful=True))
    scene.do(scene.feedback("c1", seqs[1]))
    assert scene.conversation("c1").handoff is None


def test_feedback_on_what_the_bot_did_not_say_is_not_found(scene: Scene) -> None:
    scene.says("c1")
    assert scene.refused(scene.feedback("c1", 99)) is Code.NOT_FOUND
    assert scene.refused(scene.feedback("c1", 3)) is Code.NOT_FOUND  # the customer's own message


def test_one_message_in_distress_asks_for_a_person(scene: Scene) -> None:
    scene.says("c1", "My lawyer will hear of this", IN_DISTRESS)
    assert scene.handoff("c1").reason is Reason.DISTRESS


def test_a_doubtful_request_in_distress_is_not_asked_back(scene: Scene) -> None:
    reading = Reading(human_request=HumanRequest.ASK, distress=True, matched="x")
    scene.says("c1", "Somebody help me now", reading)
    assert scene.handoff("c1").reason is Reason.DISTRESS


# --- 5: the bot is down, too slow, or empty ---


@pytest.mark.parametrize("failure", ["refused", "timeout", "error", "garbage", "empty"])
def test_every_failure_of_the_bot_leads_to_a_person_within_one_turn(scene: Scene, failure: str) -> None:
    scene.says("c1")
    scene.bot_fails("c1", failure)
    assert scene.handoff("c1").reason is Reason.BOT_UNAVAILABLE
    assert bodies(scene.events, e.BotTurnFailed)[0].failure == failure


def test_an_answer_with_nothing_in_it_leads_to_a_person(scene: Scene) -> None:
    scene.says("c1")
    scene.bot_answers("c1")
    assert scene.handoff("c1").reason is Reason.BOT_UNAVAILABLE


def test_a_failed_action_leads_to_a_person_and_what_was_done_is_recorded(scene: Scene) -> None:
    scene.says("c1")
    scene.bot_answers("c1", "Done!", failed_actions=("action_refund",), did=("Order cancelled",))
    assert scene.handoff("c1").reason is Reason.BOT_UNAVAILABLE
    assert bodies(scene.events, e.BotTurnFailed)[0].did == ("Order cancelled",)
    assert "Done!" not in scene.said_by_bot("c1")


def test_one_outage_makes_one_handoff_however_many_messages_wait(scene: Scene) -> None:
    scene.says("c1", "One question")
    first = scene.conversation("c1").last_seq
    scene.says("c1", "Two questions")
    scene.bot_fails("c1")
    assert scene.bot_fails("c1", of_seq=first) == []
    scene.pass_time(60)
    assert len(bodies(scene.events, e.HandoffRequested)) == 1


def test_the_same_failure_reported_twice_changes_nothing(scene: Scene) -> None:
    scene.says("c1")
    seq = scene.conversation("c1").last_seq
    scene.bot_fails("c1")
    assert scene.bot_fails("c1", of_seq=seq) == []


def test_a_customer_who_writes_faster_than_the_bot_answers_is_told_and_loses_nothing() -> None:
    scene = Scene(rules(bot_turns_waiting_max=3))
    scene.customer("c1")
    for number in range(3):
        scene.says("c1", f"Question number {number}")
    with pytest.raises(Exception, match="still wait") as refusal:
        scene.says("c1", "One more")
    assert refusal.value.error.code is Code.RATE_LIMITED  # type: ignore[attr-defined]
    assert refusal.value.error.retry_after_s == 5  # type: ignore[attr-defined]
    assert len(scene.conversation("c1").bot.pending) == 3


# --- while only promised, the bot goes on ---


def test_the_bot_answers_while_a_handoff_is_only_promised() -> None:
    scene = Scene()
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    scene.says("c1", "Meanwhile, where is my parcel?")
    scene.bot_answers("c1", "On its way.")
    assert scene.state("c1") is HandoffState.PROMISED
    assert scene.said_by_bot("c1")[-1] == "On its way."


def test_a_bot_that_fails_while_a_handoff_is_promised_says_that_the_request_stands() -> None:
    scene = Scene()
    scene.waiting("c1")
    scene.says("c1", "Meanwhile, where is my parcel?")
    scene.bot_fails("c1")
    assert scene.said_by_bot("c1")[-1] == SPEECH["en"].request_stands
    assert len(bodies(scene.events, e.HandoffRequested)) == 1


def test_counts_of_failure_begin_anew_after_a_handoff(scene: Scene) -> None:
    scene.says("c1", "Flurbl here?")
    scene.bot_answers("c1", "I am not sure.", unsure=True)
    scene.asks("c1")
    scene.withdraws("c1")
    scene.says("c1", "Flurbl here?")
    scene.bot_answers("c1", "I am not sure.", unsure=True)
    assert scene.handoff("c1").state is HandoffState.WITHDRAWN


@pytest.mark.parametrize("by_bot", [False, True])
@pytest.mark.parametrize("reading", [NOTHING_SPECIAL, ASKS_PERHAPS, ASKS_CLEARLY, IN_DISTRESS])
def test_what_is_measured_is_what_the_decisions_do_with_a_first_message(
    scene: Scene, reading: Reading, by_bot: bool
) -> None:
    scene.says("c1", "somebody there", reading)
    if scene.conversation("c1").bot.pending:
        if by_bot:
            scene.bot_answers("c1", wants="intent", intent="request_human")
        else:
            scene.bot_answers("c1", "An answer.", intent="track_order")
    question = [one for one in bodies(scene.log("c1"), e.Message) if one.text == SPEECH["en"].person_question]
    led_to = "transfer" if scene.conversation("c1").handoff else "ask" if question else "no"
    assert heard(reading, by_bot=by_bot) == led_to
