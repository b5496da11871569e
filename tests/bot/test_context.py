"""What a message means after what was said, and in answer to a question; and what it must not be taken for."""

import pytest

from bot.context import INVOICE, ORDER, REFUND, RETURN, Situation, topic_of, understood

NUMBER = Situation(form="track_order_form", asked_for="order_number", topic=ORDER)
REFUND_NUMBER = Situation(form="get_refund_form", asked_for="order_number")
CONFIRM = Situation(form="cancel_order_form", asked_for="cancel_confirmed", topic=ORDER)
READ = "out_of_scope"  # whatever the classifier made of it


def after(topic):
    return Situation(topic=topic)


@pytest.mark.parametrize(
    ("situation", "meant", "texts"),
    [
        (
            after(ORDER),
            "track_order",
            [
                "and when will it arrive?",
                "when does it come",
                "how much longer will it take?",
                "ok, when do I get it?",
                "what day will they be here",
                "what did I order again?",
                "is it cancelled now?",
                "and who's the carrier?",
                "mit welchem Paketdienst?",
                "Und wann kommt sie an?",
                "wann kommt die denn endlich",
                "wann bekomme ich es denn",
                "wie lange dauert das noch?",
                "was habe ich nochmal bestellt",
                "ist sie jetzt storniert?",
            ],
        ),
        (after(REFUND), "track_refund", ["when do I get it?", "wann bekomme ich es?"]),
        (after(RETURN), "check_refund_policy", ["how long does that take?", "wie lange dauert das?"]),
        (
            after(INVOICE),
            "check_invoice",
            ["I paid that last week!", "when is it due?", "die hab ich doch letzte Woche überwiesen!"],
        ),
        (
            after(ORDER),
            "cancel_order",
            ["cancel it then", "actually yes cancel it", "dann bitte stornieren", "doch, stornieren"],
        ),
        (
            CONFIRM,
            "check_cancellation_fee",
            ["hmm, how much would it cost?", "is there a fee", "was kostet das denn"],
        ),
        (
            CONFIRM,
            "affirm",
            [
                "cancel the order",
                "yes please, cancel it",
                "ja, bitte stornieren",
                "storniere die Bestellung bitte",
            ],
        ),
        (
            NUMBER,
            "affirm",
            [
                "hang on, need to find the number",
                "one moment please",
                "wait",
                "let me check my mail",
                "Moment, ich such die Nummer",
                "einen Augenblick bitte",
                "ich schau kurz nach",
            ],
        ),
        (
            NUMBER,
            "help",
            [
                "where do I find the order number?",
                "I don't have the number",
                "I don't know it",
                "what number?",
                "I never got a confirmation, no number",
                "Wo finde ich die Bestellnummer?",
                "hab ich nicht zur Hand",
                "keine Ahnung",
                "die Nummer habe ich nicht mehr",
            ],
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_a_message_is_about_what_was_spoken_of(situation, meant, texts):
    assert {text: understood(READ, text, situation) for text in texts} == dict.fromkeys(texts, meant)


@pytest.mark.parametrize(
    ("situation", "texts"),
    [
        (Situation(), ["when will it arrive?", "cancel it then", "hang on", "I paid that last week!"]),
        (
            after(ORDER),
            [
                "how long is the warranty on it?",
                "when do you open?",
                "wann wird das Geld abgebucht?",
                "wie lange dauert die Reparatur",
                "please don't cancel it",
                "what does it cost to cancel it?",
                "bitte nicht stornieren",
                "I paid for it",
                "when will order 10030 arrive, is it coming?",
                "I need to know when it will arrive for I am travelling to Spain tomorrow",
            ],
        ),
        (
            CONFIRM,
            [
                "don't cancel it",
                "no, do not cancel the order",
                "why would I cancel it",
                "can I cancel it later?",
                "cancel order 10030",
                "nicht stornieren",
                "kann ich später stornieren?",
                "cancel it if it is late",
            ],
        ),
        (
            NUMBER,
            [
                "wait, how can I pay?",
                "what is your phone number?",
                "wie ist Ihre Telefonnummer",
                "where is my parcel",
                "it has no number, 12",
                "I have been waiting for weeks",
                "warten wir noch auf die Rechnung?",
            ],
        ),
    ],
)
def test_what_says_by_itself_what_is_meant_is_left_alone(situation, texts):
    assert {text: understood(READ, text, situation) for text in texts} == dict.fromkeys(texts, READ)


@pytest.mark.parametrize("intent", ["request_human", "complaint", "misunderstood", "goodbye"])
def test_who_wants_a_person_or_to_leave_is_heard_wherever_it_is_said(intent):
    for situation in (NUMBER, CONFIRM, after(ORDER)):
        assert understood(intent, "hang on, cancel it, when will it come", situation) == intent


def test_the_time_that_something_takes_is_that_of_the_refund_asked_for():
    assert (
        understood("delivery_period", "how long are we talking about", REFUND_NUMBER) == "check_refund_policy"
    )
    assert understood("delivery_period", "how long are we talking about", NUMBER) == "delivery_period"


def test_the_topic_is_what_was_told_last():
    told = ["action_track_order", "utter_thank", "action_track_refund", "utter_greet", "action_listen"]
    assert topic_of(told, knows_order=True) == REFUND
    assert topic_of(["utter_greet"], knows_order=True) == ORDER
    assert topic_of(["utter_greet"], knows_order=False) is None
