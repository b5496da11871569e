"""What a message means after what was said, and in answer to a question; and what it must not be taken for."""

import pytest

from bot.context import INVOICE, ORDER, REFUND, RETURN, Situation, topic_of, understood, wishes

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
                "where is it now?",
                "wo ist sie denn",
                "when does it come",
                "how much longer will it take?",
                "ok, when do I get it?",
                "what day will they be here",
                "what did I order again?",
                "it says delivered but I don't have it",
                "da steht zugestellt, ist aber nicht da",
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
        (
            after(RETURN),
            "check_refund_policy",
            [
                "how long does that take?",
                "and how long do I have?",
                "wie lange dauert das?",
                "bis wann geht das?",
            ],
        ),
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
        (CONFIRM, "cancel_order", ["sorry, what?", "wie bitte?"]),
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
                "what?",
                "häh?",
                "my email is anna@example.com",
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
                "where is it made?",
                "wo ist die Filiale",
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


def test_an_order_is_no_invoice_and_no_refund():
    for form, number in (("get_invoice_form", "invoice_number"), ("track_refund_form", "refund_number")):
        asked = Situation(form=form, asked_for=number)
        for text in ("for order 10023", "Bestellung 10023"):
            assert understood("track_order", text, asked) == "help"
        assert understood("track_order", "where is order 10023", asked) == "track_order"
        assert understood(READ, "I only have the order number", asked) == "help"


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to cancel, I just want to know where 10034 is",
        "please do not cancel my order",
        "I'm not trying to cancel anything",
        "Ich will nicht stornieren, ich will nur wissen wo 10034 ist",
        "bitte nicht stornieren",
        "stornieren möchte ich sie nicht",
    ],
)
def test_who_does_not_want_to_cancel_is_not_asked_whether_to_cancel(text):
    assert wishes(["cancel_order", "track_order"], text, set()) == ["track_order"]
    assert wishes(["cancel_order"], text, set()) == ["deny"]
    assert wishes(["delivery_period"], text, set()) == ["delivery_period"]


@pytest.mark.parametrize(
    "text",
    [
        "I don't need it any more, cancel it",
        "why can't I cancel my order",
        "cancel it if it is not on its way",
        "warum kann ich nicht stornieren",
        "die Bestellung lässt sich nicht stornieren",
        "ich brauche sie nicht, stornieren bitte",
    ],
)
def test_who_wants_to_cancel_is_not_taken_to_say_no(text):
    assert wishes(["cancel_order"], text, set()) == ["cancel_order"]


def test_of_two_wishes_the_one_whose_number_is_there_comes_first():
    both = ["get_invoice", "track_order"]
    assert wishes(both, "", {"order_number"}) == ["track_order", "get_invoice"]
    assert wishes(both, "", {"order_number", "invoice_number"}) == both
    assert wishes(both, "", set()) == both
    assert (
        wishes(["check_payment_methods", "track_order"], "", {"order_number"})[0] == "check_payment_methods"
    )


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
