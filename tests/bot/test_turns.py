"""What customers get from the whole bot: real Rasa, real action server, a small real shop."""

import pytest

from tests.bot.parts import texts


def test_a_payment_question_is_answered_in_one_turn(customer):
    answer = customer().says("how can I pay?")
    assert answer["intent"]["name"] == "check_payment_methods"
    assert "PayPal" in texts(answer)
    assert (answer["language"], answer["unsure"], answer["handoff"], answer["failed_actions"]) == (
        "en",
        False,
        None,
        [],
    )


def test_an_order_number_in_the_first_message_is_looked_up_at_once(customer):
    answer = customer().says("where is order 10023")
    assert "on its way to Hamburg with Nordpost, tracking number NP000000001DE" in texts(answer)
    assert "action_track_order" in answer["actions"]
    assert answer["slots"]["order_number"] == "10023"


def test_the_number_is_asked_for_when_it_is_missing(customer):
    someone = customer()
    assert "order number" in texts(someone.says("where is my order?"))
    assert "Order 10023" in texts(someone.says("10023"))


def test_an_unknown_order_is_said_and_another_number_can_follow(customer):
    someone = customer()
    assert "I find no order with the number 99999" in texts(someone.says("where is order 99999"))
    assert "Order 10030" in texts(someone.says("sorry, 10030"))


def test_a_question_in_between_is_answered_and_the_form_goes_on(customer):
    someone = customer()
    someone.says("track my order")
    between = someone.says("which payment methods do you take?")
    assert "PayPal" in texts(between)
    assert "order number" in texts(between)
    assert "Order 10023" in texts(someone.says("10023"))


def test_another_request_in_between_takes_over(customer):
    someone = customer()
    someone.says("track my order")
    assert "Refund R-5004" in texts(someone.says("where is my refund R-5004"))


def test_a_form_can_be_left(customer):
    someone = customer()
    someone.says("where is my parcel")
    left = someone.says("never mind")
    assert "leave it at that" in texts(left)
    assert "order number" not in texts(left)
    assert "order number" not in texts(someone.says("how can I pay?"))


def test_german_is_answered_in_german_whatever_the_locale(customer):
    someone = customer("en")
    answer = someone.says("Wo ist meine Bestellung 10023?")
    assert answer["language"] == "de"
    assert "unterwegs nach Hamburg" in texts(answer)
    assert "24. November 2099" in texts(answer)


# Where the order is, and how one can pay, in every language that the desk speaks and the assistant does not answer in.
IN_OTHER_LANGUAGES = {
    "bg": ("Къде е поръчката ми, чакам я отдавна", "Как мога да платя при вас"),
    "cs": ("Kde je moje objednávka, čekám už dlouho", "Jak mohu u vás zaplatit"),
    "da": ("Hvor bliver min pakke af, jeg har ventet i flere uger", "Hvordan kan jeg betale hos jer"),
    "el": ("Πού είναι η παραγγελία μου, την περιμένω καιρό", "Πώς μπορώ να πληρώσω σε εσάς"),
    "es": ("Dónde está mi pedido, lo espero desde hace tiempo", "Cómo puedo pagar en su tienda"),
    "et": ("Kus on minu tellimus, ootan seda juba kaua", "Kuidas ma saan teie juures maksta"),
    "fi": ("Missä tilaukseni on, olen odottanut sitä kauan", "Miten voin maksaa teillä"),
    "fr": (
        "où est ma commande, je l'attends depuis longtemps",
        "comment est-ce que je peux payer chez vous",
    ),
    "ga": ("Cá bhfuil m'ordú, táim ag fanacht le fada", "Conas is féidir liom íoc libh"),
    "hr": ("Gdje je moja narudžba, dugo je čekam", "Kako mogu platiti kod vas"),
    "hu": ("Hol van a rendelésem, régóta várok rá", "Hogyan tudok fizetni önöknél"),
    "it": ("Dov'è il mio ordine, lo aspetto da tempo", "Come posso pagare da voi"),
    "kn": ("ನನ್ನ ಆರ್ಡರ್ ಎಲ್ಲಿದೆ, ತುಂಬಾ ದಿನಗಳಿಂದ ಕಾಯುತ್ತಿದ್ದೇನೆ", "ನಿಮ್ಮಲ್ಲಿ ಹಣ ಪಾವತಿಸುವುದು ಹೇಗೆ"),
    "lt": ("Kur mano užsakymas, seniai jo laukiu", "Kaip galiu pas jus sumokėti"),
    "lv": ("Kur ir mans pasūtījums, ilgi to gaidu", "Kā es varu pie jums samaksāt"),
    "mt": ("Fejn hi l-ordni tiegħi, ilni nistenniha", "Kif nista' nħallas għandkom"),
    "nl": ("Waar blijft mijn bestelling, ik wacht er al lang op", "Hoe kan ik bij jullie betalen"),
    "pl": ("Gdzie jest moje zamówienie, długo na nie czekam", "Jak mogę u was zapłacić"),
    "pt": ("Onde está a minha encomenda, espero há muito tempo", "Como posso pagar na vossa loja"),
    "ro": ("Unde este comanda mea, o aștept de mult", "Cum pot plăti la dumneavoastră"),
    "sk": ("Kde je moja objednávka, čakám už dlho", "Ako môžem u vás zaplatiť"),
    "sl": ("Kje je moje naročilo, čakam ga že dolgo", "Kako lahko pri vas plačam"),
    "sv": ("Var är min beställning, jag har väntat länge", "Hur kan jag betala hos er"),
}


@pytest.mark.parametrize("language", IN_OTHER_LANGUAGES)
def test_who_writes_in_a_third_language_is_told_once_which_one_is_answered_in(customer, language):
    first, second = IN_OTHER_LANGUAGES[language]
    someone = customer(language)
    told, *answered = someone.says(first)["messages"]
    assert "English or German" in told["text"]
    assert told["buttons"], "a person is one tap away"
    assert answered
    assert not any(one["text"] == told["text"] for one in someone.says(second)["messages"])


def test_of_two_wishes_one_is_answered_and_the_other_is_one_tap_away(customer):
    password = {"recover_password": "I forgot my password", "track_order": "Where is my order?"}
    payment = {
        "track_order": "Wo ist meine Bestellung?",
        "check_payment_methods": "Zeigen Sie mir die Zahlungsarten",
    }
    for locale, text, wishes in (
        ("en", "where is order 10023? And how do I change my password?", password),
        ("de", "Wo bleibt Bestellung 10023, und wie kann ich bezahlen?", payment),
    ):
        answer = customer(locale).says(text)
        answered = answer["intent"]["name"]
        (other,) = wishes.keys() - {answered}
        assert answered in wishes
        assert [button["payload"] for button in answer["messages"][-1]["buttons"]] == [wishes[other]]
        assert len(answer["messages"]) == 2


def test_what_happened_before_the_question_is_no_second_wish(customer):
    for text in (
        "I ordered a lamp last week and paid for it right away, where is order 10023?",
        "Hallo, ich habe vor einer Woche bestellt und noch nichts bekommen. Wo ist Bestellung 10023?",
    ):
        assert len(customer().says(text)["messages"]) == 1


def test_a_short_message_keeps_the_language_of_the_conversation(customer):
    someone = customer("en")
    someone.says("Wo ist meine Bestellung?")
    answer = someone.says("10030")
    assert answer["language"] == "de"
    assert "verpackt" in texts(answer)


def test_the_locale_decides_when_the_first_message_says_little(customer):
    assert customer("de-AT").says("10023")["language"] == "de"
    assert customer("en-IE").says("10023")["language"] == "en"


def test_cancelling_asks_first_then_does_it_and_reports_it(customer, shop):
    someone = customer()
    asked = someone.says("please cancel order 10034")
    assert "Shall I cancel it?" in texts(asked)
    assert [button["payload"] for button in asked["messages"][0]["buttons"]] == [
        "Yes, cancel it",
        "No, keep it",
    ]
    assert shop.cancelled_by == {}
    done = someone.says("Yes, cancel it", turn_id="turn-of-the-yes")
    assert "is cancelled now" in texts(done)
    assert done["did"] == [{"kind": "order_cancelled", "text": "Order 10034 was cancelled."}]
    assert list(shop.cancelled_by) == [("10034", "turn-of-the-yes")]


def test_no_keeps_the_order_and_a_later_yes_cancels_nothing(customer, shop):
    someone = customer()
    someone.says("cancel order 10034")
    assert "stays as it is" in texts(someone.says("no"))
    assert someone.says("yes")["did"] == []
    assert shop.cancelled_by == {}


def test_a_question_before_the_yes_is_answered_and_the_confirmation_asked_again(customer, shop):
    someone = customer()
    someone.says("Bestellung 10030 stornieren")
    between = someone.says("wie kann ich bezahlen?")
    assert "PayPal" in texts(between)
    assert "4,90 €" in texts(between)
    assert shop.cancelled_by == {}
    assert "ist jetzt storniert" in texts(someone.says("ja"))


def test_a_shipped_order_cannot_be_cancelled(customer):
    answer = customer().says("cancel order 10023")
    assert "can no longer be cancelled" in texts(answer)
    assert answer["did"] == []


def test_a_request_for_a_person_is_a_handoff_without_a_word(customer):
    for text in ("I want to talk to a person", "Ich möchte mit einem Menschen sprechen"):
        answer = customer().says(text)
        assert answer["handoff"] == {"reason": "intent", "detail": "request_human"}
        assert answer["messages"] == []


def test_a_request_for_a_person_in_a_form_leaves_the_form(customer):
    someone = customer()
    someone.says("cancel order 10034")
    asked = someone.says("let me talk to a human being")
    assert asked["handoff"]["reason"] == "intent"
    assert asked["messages"] == []
    assert someone.says("yes")["did"] == []


def test_a_large_refund_goes_to_a_person(customer):
    answer = customer().says("I want a refund for order 10020")
    assert answer["handoff"]["reason"] == "action"
    assert "€200.00" in texts(answer)


def test_a_complaint_is_offered_a_person_and_a_second_one_gets_one(customer):
    someone = customer()
    first = someone.says("I want to complain")
    assert first["handoff"] is None
    assert first["messages"][0]["buttons"][0]["payload"] == "I want to talk to a person"
    second = someone.says("your service is terrible")
    assert second["handoff"]["reason"] == "distress"
    assert second["messages"] == []


def test_yes_to_the_offer_after_a_complaint_is_a_request_for_a_person(customer):
    someone = customer()
    someone.says("ich möchte mich beschweren")
    assert someone.says("ja")["handoff"] == {"reason": "intent", "detail": "request_human"}


def test_what_the_bot_does_not_know_is_refused_as_unsure(customer):
    for text in ("what's the weather in Paris tomorrow", "erzähl mir einen Witz"):
        answer = customer().says(text)
        assert answer["unsure"] is True
        assert answer["intent"]["name"] == "out_of_scope"
        assert 1 <= len(answer["ranking"]) <= 5


def test_are_you_human_gets_the_truth(customer):
    assert "not a human" in texts(customer().says("are you a human?"))
    assert "kein Mensch" in texts(customer().says("bist du ein Mensch?"))


def test_no_answer_says_that_a_person_was_called(customer):
    said = [
        texts(customer().says(text))
        for text in ("I want to complain", "my payment failed", "refund order 10020")
    ]
    for claim in ("has been called", "have called", "forwarded", "transferred", "connecting you"):
        assert not any(claim in text for text in said)


def test_slots_are_carried_over_to_a_fresh_sender(customer):
    first = customer()
    slots = first.says("Wo ist Bestellung 10023?")["slots"]
    after_restart = customer("en")
    answer = after_restart.says("stornieren bitte", slots=slots)
    assert answer["language"] == "de"
    assert "10023" in texts(answer)


def test_slots_that_come_along_do_not_disturb_a_conversation_that_is_known(customer):
    """They come with every turn, for a bot that was started anew; one that knows better goes on as it was."""
    someone = customer()
    slots = someone.says("where is order 10023")["slots"]
    someone.says("where is order 10034", slots=slots)
    answer = someone.says("where is my order?", slots=slots)
    assert "10034" in texts(answer)
    question = someone.says("please cancel order 10034", slots=slots)
    assert question["messages"][0]["buttons"]
    done = someone.says("Yes, cancel it", slots=slots | {"order_number": "10023"})
    assert [one["text"] for one in done["did"]] == ["Order 10034 was cancelled."]


def test_a_long_conversation_keeps_its_memory_and_its_answers(customer):
    someone = customer()
    someone.says("where is order 10023")
    for _ in range(15):
        assert "PayPal" in texts(someone.says("how can I pay?"))
    answer = someone.says("where is my order?")
    assert "Order 10023" in texts(answer)
    assert answer["actions"] == ["track_order_form", "action_track_order"]
