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
