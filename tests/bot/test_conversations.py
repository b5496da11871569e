"""How a conversation goes on: memory, corrections, interruptions, and what it says when it did not understand."""

import pytest

from tests.bot.parts import texts


def test_the_other_order_is_the_one_that_was_spoken_of_before(customer):
    someone = customer()
    assert "Order 10023" in texts(someone.says("where is order 10023"))
    assert "Order 10030" in texts(someone.says("where is order 10030"))
    other = someone.says("no, the other one")
    assert "Order 10023" in texts(other)
    assert "Order 10030" in texts(someone.says("and the other one?"))


def test_a_corrected_number_repeats_what_was_wanted(customer):
    someone = customer()
    someone.says("Wo ist Bestellung 10023?")
    corrected = someone.says("nein, ich meine Bestellung 10030")
    assert "Bestellung 10030" in texts(corrected)
    assert "verpackt" in texts(corrected)


def test_a_correction_before_the_yes_asks_again_for_the_right_order(customer, shop):
    someone = customer()
    someone.says("cancel order 10034")
    asked = someone.says("no I mean order 10030")
    assert "10030" in texts(asked)
    assert asked["messages"][0]["buttons"][0]["payload"] == "Yes, cancel it"
    assert shop.cancelled_by == {}
    done = someone.says("Yes, cancel it")
    assert [it["text"] for it in done["did"]] == ["Order 10030 was cancelled."]


def test_the_other_one_before_the_yes_asks_again_for_the_other(customer, shop):
    someone = customer()
    someone.says("where is order 10030")
    assert "10034" in texts(someone.says("please cancel order 10034"))
    asked = someone.says("no, the other one")
    assert "10030" in texts(asked)
    assert shop.cancelled_by == {}
    someone.says("yes")
    assert [order for order, _ in shop.cancelled_by] == ["10030"]


def test_the_other_one_of_a_single_order_is_asked_for(customer):
    someone = customer()
    someone.says("where is order 10023")
    assert "order number" in texts(someone.says("wrong order"))
    assert "Order 10030" in texts(someone.says("10030"))


def test_what_cancelling_costs_is_said_for_the_order_spoken_of(customer):
    someone = customer()
    someone.says("where is order 10034")
    assert "Order 10034" in texts(someone.says("what would it cost to cancel it?"))
    contract = someone.says("how much is the fee to end my internet contract")
    assert "minimum term" in texts(contract)


def test_the_order_of_one_question_is_that_of_the_next(customer):
    someone = customer()
    someone.says("where is order 10034")
    assert "Order 10034" in texts(someone.says("please cancel it, I changed my mind about the order"))


def test_other_orders_are_carried_over_to_a_fresh_sender(customer):
    first = customer()
    first.says("where is order 10023")
    slots = first.says("where is order 10030")["slots"]
    assert slots["orders_seen"] == ["10023", "10030"]
    assert "Order 10023" in texts(customer().says("no, the other one", slots=slots))


def test_an_answer_that_missed_the_point_is_owned_up_to_and_counts_as_unsure(customer):
    for question, protest, word in (
        ("how can I pay?", "that's not what I asked", "misunderstood"),
        ("Wie kann ich bezahlen?", "das war nicht meine Frage", "falsch verstanden"),
    ):
        someone = customer()
        assert someone.says(question)["unsure"] is False
        answer = someone.says(protest)
        assert word in texts(answer)
        assert answer["unsure"] is True
        assert len(answer["messages"][0]["buttons"]) == 1


def test_a_protest_in_a_form_leaves_the_form(customer):
    someone = customer()
    someone.says("where is my parcel")
    left = someone.says("you misunderstood me, I asked something else")
    assert "order number" not in texts(left)
    assert "PayPal" in texts(someone.says("how can I pay?"))


def test_a_customer_whose_name_is_known_is_greeted_by_it(customer):
    assert texts(customer().says("hello", slots={"addressed": ", Anna"})).startswith("Hello, Anna!")
    assert texts(customer().says("guten Tag", slots={"addressed": ", Anna"})).startswith("Hallo, Anna!")
    assert texts(customer().says("hello")).startswith("Hello! ")


@pytest.mark.parametrize("word", ["stop this please", "abort", "abbrechen bitte"])
def test_a_form_is_left_by_other_words_too(customer, word):
    someone = customer()
    someone.says("is my invoice paid?")
    assert "invoice number" not in texts(someone.says(word))


def test_small_talk_takes_one_line(customer):
    someone = customer()
    for text in ("hi", "thank you", "bye"):
        answer = someone.says(text)
        assert len(answer["messages"]) == 1
        assert len(texts(answer)) <= 160


def test_when_it_arrives_is_said_of_the_order_spoken_of(customer):
    for locale, first, then in (
        ("en", "where is order 10023", "and when will it arrive?"),
        ("de", "Wo bleibt Bestellung 10023?", "Und wann kommt sie an?"),
    ):
        someone = customer(locale)
        someone.says(first)
        answer = someone.says(then)
        assert "10023" in texts(answer)
        assert "24" in texts(answer)
        assert "NP000000001DE" not in texts(answer)
        assert not answer["unsure"]


def test_parts_of_what_was_told_are_told_again_in_other_words(customer):
    someone = customer()
    said = [texts(someone.says("where is order 10023"))]
    for text, part in (
        ("sorry what was the tracking number again?", "NP000000001DE"),
        ("and who's the carrier?", "Nordpost"),
        ("what did I order?", "Headphones Stille, €149.00"),
        ("when will it arrive?", "24 November 2099"),
    ):
        said.append(texts(someone.says(text)))
        assert part in said[-1]
        assert len(said[-1]) < len(said[0])


def test_when_it_comes_is_said_of_the_refund_spoken_of(customer):
    someone = customer()
    someone.says("where is order 10023")
    someone.says("where's my money? refund R-5004")
    assert "Refund R-5004" in texts(someone.says("when do I get it?"))


def test_two_orders_in_one_question_are_both_told_and_remembered(customer):
    someone = customer()
    answer = someone.says("where are orders 10023 and 10030?")
    assert "Order 10023" in texts(answer)
    assert "Order 10030" in texts(answer)
    assert "Order 10030" in texts(someone.says("and the other one?"))


def test_a_change_of_mind_after_no_asks_again(customer, shop):
    someone = customer()
    someone.says("cancel order 10034")
    someone.says("no, leave it")
    assert "Shall I cancel it?" in texts(someone.says("actually yes cancel it"))
    assert shop.cancelled_by == {}
    someone.says("cancel the order")
    assert [order for order, _ in shop.cancelled_by] == ["10034"]


def test_what_it_costs_is_said_by_the_question_and_not_twice(customer, shop):
    for locale, first, then, fee in (
        ("en", "cancel order 10030", "hmm, how much would it cost?", "€4.90"),
        ("de", "Bestellung 10030 stornieren", "was kostet das?", "4,90 €"),
    ):
        someone = customer(locale)
        someone.says(first)
        answer = someone.says(then)
        assert texts(answer).count(fee) == 1
        assert len(answer["messages"][0]["buttons"]) == 2
    assert shop.cancelled_by == {}


def test_who_looks_for_the_number_is_left_in_peace_and_the_form_goes_on(customer):
    for locale, first, words, last in (
        ("en", "I want a refund", ("hang on, need to find the number", "ok"), "You can return order 10019"),
        ("de", "Ich möchte mein Geld zurück", ("Moment, ich such die Nummer", "ok"), "Bestellung 10019"),
    ):
        someone = customer(locale)
        someone.says(first)
        for word in words:
            answer = someone.says(word)
            assert answer["actions"] == ["utter_take_your_time"]
            assert len(answer["messages"]) == 1
        answer = someone.says("10019")
        assert answer["actions"] == ["get_refund_form", "action_get_refund"]
        assert last in texts(answer)


def test_who_has_no_number_is_told_where_it_stands_and_offered_a_person(customer):
    for locale, first, then, place in (
        ("en", "where is my order", "I don't have the number", "order confirmation"),
        ("de", "Ist meine Rechnung bezahlt?", "wo finde ich die Nummer?", "oben auf der Rechnung"),
        ("en", "where is my refund", "where is that number?", "e-mail about the refund"),
    ):
        someone = customer(locale)
        someone.says(first)
        answer = someone.says(then)
        assert place in texts(answer)
        assert not answer["unsure"]
        assert len(answer["messages"]) == 1
        assert len(answer["messages"][0]["buttons"]) == 1


def test_the_same_asked_again_is_understood(customer):
    """It was answered with "I am not sure that I understood you", and the form was gone."""
    someone = customer()
    someone.says("where is my order")
    again = someone.says("where is my order??")
    assert not again["unsure"]
    assert "order confirmation" in texts(again)
    assert "Order 10030" in texts(someone.says("10030"))
    someone = customer()
    someone.says("cancel order 10034")
    assert "Shall I cancel it?" in texts(someone.says("can you cancel it for me?"))


def test_who_says_to_have_paid_is_believed_and_offered_a_person(customer):
    for locale, first, then, word in (
        ("en", "is invoice 0204 paid?", "I paid that last week!", "Thank you for telling me"),
        (
            "de",
            "Ist Rechnung 0204 bezahlt?",
            "die hab ich doch letzte Woche überwiesen!",
            "Danke für den Hinweis",
        ),
    ):
        someone = customer(locale)
        someone.says(first)
        answer = someone.says(then)
        assert word in texts(answer)
        assert len(answer["messages"][0]["buttons"]) == 1


def test_which_of_two_was_meant_is_asked_by_name(customer):
    """The action did not get the domain, where the topics are, and asked for other words each time."""
    unclear = (("en", "my order", "Talk to a person"), ("de", "Konto", "Mit einem Menschen sprechen"))
    for locale, text, person in unclear:
        answer = customer(locale).says(text)
        assert answer["actions"] == ["action_clarify"]
        titles = [button["title"] for button in answer["messages"][0]["buttons"]]
        assert titles[-1] == person
        assert len(titles) == 3
        assert all(title in texts(answer) for title in titles[:-1])


def test_who_does_not_want_to_cancel_is_told_what_they_ask(customer):
    for locale, text in (
        ("en", "I don't want to cancel, I just want to know where 10034 is"),
        ("de", "Ich will nicht stornieren, ich will nur wissen wo 10034 ist"),
    ):
        answer = customer(locale).says(text)
        assert answer["actions"] == ["track_order_form", "action_track_order"]
        assert len(answer["messages"]) == 1


def test_of_two_questions_the_one_that_can_be_answered_comes_first(customer):
    for locale, text, other in (
        ("en", "Where is order 10023? Also I need the invoice for it", "Get an invoice"),
        ("de", "Wo ist 10023? Und ich brauch die Rechnung dazu", "Rechnung"),
    ):
        answer = customer(locale).says(text)
        assert "10023" in answer["messages"][0]["text"]
        assert other in answer["messages"][-1]["text"]
        assert len(answer["messages"][-1]["buttons"]) == 1


def test_an_order_number_is_no_invoice_number(customer):
    someone = customer()
    someone.says("I need an invoice")
    assert "top of the invoice" in texts(someone.says("for order 10023"))
    assert "INV-2026-0203" in texts(someone.says("0203"))


def test_two_orders_are_cancelled_one_after_the_other(customer, shop):
    for locale, words in (
        ("en", ("cancel orders 10034 and 10030", "yes", "and the other one", "yes")),
        ("de", ("storniere 10034 und 10030", "ja", "und die andere", "ja")),
    ):
        shop.reset()
        someone = customer(locale)
        for text in words:
            someone.says(text)
        assert sorted(order for order, _ in shop.cancelled_by) == ["10030", "10034"]


def test_who_has_not_got_what_was_delivered_is_offered_a_person(customer):
    for locale, first, then, word in (
        ("en", "my order 10019 never arrived", "it says delivered but I don't have it", "I am sorry"),
        (
            "de",
            "Bestellung 10019 ist nie angekommen",
            "da steht zugestellt, ist aber nicht da",
            "tut mir leid",
        ),
    ):
        someone = customer(locale)
        assert len(someone.says(first)["messages"][0]["buttons"]) == 1
        answer = someone.says(then)
        assert word in texts(answer)
        assert len(answer["messages"][0]["buttons"]) == 1
        assert not answer["unsure"]
