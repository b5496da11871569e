"""Orders: an action says only what the shop confirmed, and changes nothing without a yes."""

import pytest

from actions import orders


def test_a_shipped_order_is_told_with_carrier_and_expected_day(act):
    outcome = act("action_track_order", order_number="10023")
    (response, values) = outcome.said[0]
    assert response == "say_order_shipped"
    assert values["carrier"] == "Nordpost"
    assert values["tracking_number"] == "NP000000001DE"
    assert values["expected_on"] == "24 November 2099"
    assert values["items"] == "Headphones Stille"


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("10034", "say_order_processing"),
        ("10030", "say_order_packed"),
        ("10027", "say_order_late"),
        ("10019", "say_order_delivered"),
        ("10004", "say_order_cancelled"),
    ],
)
def test_each_status_has_its_own_answer(act, number, response):
    assert act("action_track_order", order_number=number).responses == [response]


def test_an_unknown_order_is_said_and_forgotten(act):
    outcome = act("action_track_order", order_number="99999")
    assert outcome.said == [("say_order_not_found", {"number": "99999"})]
    assert outcome.slots == {"order_number": None}


def test_a_number_cannot_reach_another_part_of_the_shop(act, shop):
    outcome = act("action_track_order", order_number="../invoices/0203")
    assert outcome.responses == ["say_order_not_found"]
    assert shop.requests == [("GET", "/orders/..%2Finvoices%2F0203")]


def test_the_question_before_a_free_cancellation_names_order_and_total(act):
    outcome = act("action_ask_cancel_order_form_cancel_confirmed", order_number="10034")
    assert outcome.responses == ["say_confirm_cancel_free"]
    assert outcome.said[0][1]["total"] == "€149.00"
    assert outcome.slots == {"orders_seen": ["10034"], "order_task": "cancel_order"}


def test_the_question_before_a_cancellation_with_a_fee_says_the_fee(act):
    outcome = act("action_ask_cancel_order_form_cancel_confirmed", order_number="10030", language="de")
    assert outcome.responses == ["say_confirm_cancel_fee"]
    assert outcome.said[0][1]["fee"] == "4,90 €"


@pytest.mark.parametrize(
    ("number", "response"),
    [("10023", "say_cancel_too_late"), ("10004", "say_order_cancelled"), ("99999", "say_order_not_found")],
)
def test_an_order_that_cannot_be_cancelled_ends_the_form(act, number, response):
    outcome = act("action_ask_cancel_order_form_cancel_confirmed", order_number=number)
    assert outcome.responses == [response]
    assert outcome.slots["requested_slot"] is None


def test_yes_cancels_once_and_reports_it(act, shop):
    first = act("action_cancel_order", order_number="10034", cancel_confirmed=True, turn_id="t1")
    again = act("action_cancel_order", order_number="10034", cancel_confirmed=True, turn_id="t1")
    assert first.responses == again.responses == ["say_cancel_done"]
    assert first.reports == [{"did": {"kind": "order_cancelled", "text": "Order 10034 was cancelled."}}]
    assert list(shop.cancelled_by) == [("10034", "t1")]
    assert first.slots == {"cancel_confirmed": None}


def test_cancelling_a_packed_order_says_what_is_kept_back(act):
    outcome = act("action_cancel_order", order_number="10030", cancel_confirmed=True)
    assert outcome.said == [("say_cancel_done_fee", {"number": "10030", "fee": "€4.90"})]


def test_no_keeps_the_order(act, shop):
    outcome = act("action_cancel_order", order_number="10034", cancel_confirmed=False)
    assert outcome.responses == ["say_cancel_kept"]
    assert shop.requests == []


def test_without_an_answer_nothing_is_said_or_done(act, shop):
    outcome = act("action_cancel_order", order_number="10034", cancel_confirmed=None)
    assert (outcome.said, outcome.reports, shop.requests) == ([], [], [])


@pytest.mark.parametrize(
    ("number", "response"), [("10023", "say_cancel_too_late"), ("10004", "say_order_cancelled")]
)
def test_a_refusal_of_the_shop_is_told_as_it_is_and_reports_nothing(act, number, response):
    outcome = act("action_cancel_order", order_number=number, cancel_confirmed=True)
    assert outcome.responses == [response]
    assert outcome.reports == []


def test_nothing_is_cancelled_without_a_turn_to_be_idempotent_by(act, shop):
    with pytest.raises(ValueError, match="turn_id"):
        act("action_cancel_order", order_number="10034", cancel_confirmed=True, turn_id=None)
    assert shop.requests == []


def test_the_fee_is_that_of_the_order_that_is_named_or_was_spoken_of(act, shop):
    named = act(
        "action_check_cancellation_fee", order_number="10034", text_entities={"order_number": "10030"}
    )
    spoken_of = act("action_check_cancellation_fee", order_number="10030")
    assert named.said == spoken_of.said == [("say_fee_amount", {"number": "10030", "fee": "€4.90"})]
    assert shop.requests == [("GET", "/orders/10030")] * 2


@pytest.mark.parametrize(
    "text", ["What does leaving my plan early cost?", "Kündigungsgebühr Internetvertrag"]
)
def test_the_fee_is_told_in_general_without_an_order_and_for_contracts(act, shop, text):
    of_contract = act("action_check_cancellation_fee", order_number="10030", text=text)
    assert of_contract.responses == ["say_cancellation_fee_in_general"]
    assert act("action_check_cancellation_fee").responses == ["say_cancellation_fee_in_general"]
    assert shop.requests == []


@pytest.mark.parametrize(
    ("number", "response"),
    [("10034", "say_fee_free"), ("10023", "say_cancel_too_late"), ("99999", "say_order_not_found")],
)
def test_the_fee_of_an_order_follows_its_state(act, number, response):
    outcome = act("action_check_cancellation_fee", text_entities={"order_number": number})
    assert outcome.responses == [response]


def test_orders_are_remembered_with_what_was_wanted_of_them(act):
    outcome = act("action_track_order", order_number="10023", orders_seen=["10023", "10030"])
    assert outcome.slots == {"orders_seen": ["10030", "10023"], "order_task": "track_order"}
    many = [str(number) for number in range(10041, 10046)]
    outcome = act("action_track_order", order_number="10030", orders_seen=many)
    assert outcome.slots["orders_seen"] == [*many[1:], "10030"]
    assert act("action_get_refund", order_number="10019").slots["order_task"] == "get_refund"


@pytest.mark.parametrize(
    ("slots", "entities", "number", "form"),
    [
        ({"orders_seen": ["10023", "10030"], "order_number": "10030"}, {}, "10023", "track_order_form"),
        ({"orders_seen": ["10030"], "order_number": "10030"}, {}, None, "track_order_form"),
        ({"orders_seen": ["10023"], "order_task": "get_refund"}, {}, "10023", "get_refund_form"),
        ({"order_task": "cancel_order"}, {"order_number": "10031"}, "10031", "cancel_order_form"),
        ({"orders_seen": ["10023"], "order_number": "10030"}, {"number": "999"}, "999", "track_order_form"),
        ({"order_task": "another model's"}, {}, None, "track_order_form"),
    ],
)
def test_the_other_order_takes_up_the_last_task(act, slots, entities, number, form):
    outcome = act("action_other_order", text_entities=entities, **slots)
    assert outcome.slots["order_number"] == number
    assert outcome.slots["active_loop"] == form
    assert outcome.slots["cancel_confirmed"] is None
    assert outcome.said == []


def test_several_orders_of_one_question_are_told_and_no_other_number(act):
    text = "where are 10023, 10030 and 99999?"
    outcome = act("action_track_order", text=text, intent="track_order", order_number="10030")
    assert outcome.responses == ["say_order_packed", "say_order_shipped"]
    assert outcome.slots["orders_seen"] == ["10023", "10030"]
    corrected = act(
        "action_track_order", text="no, 10030 not 10023", intent="other_order", order_number="10030"
    )
    assert corrected.responses == ["say_order_packed"]


@pytest.mark.parametrize(
    ("number", "text", "response"),
    [
        ("10023", "and when will it arrive?", "say_order_when"),
        ("10030", "wann kommt sie an", "say_order_when"),
        ("10023", "sorry what was the tracking number again?", "say_order_tracking"),
        ("10023", "mit welchem Paketdienst", "say_order_tracking"),
        ("10023", "what did I order?", "say_order_items"),
        ("10004", "was habe ich da bestellt", "say_order_items"),
        ("10027", "when will it arrive?", "say_order_late"),  # nobody knows, and a person can look
        ("10019", "when will it arrive?", "say_order_delivered"),
        ("10019", "it says delivered but I don't have it", "say_order_missing"),
        ("10019", "ist aber nicht da", "say_order_missing"),
        ("10023", "it has not come, when will it?", "say_order_when"),
        ("10034", "which tracking number?", "say_order_processing"),
        ("10023", "where is it?", "say_order_shipped"),
    ],
)
def test_of_an_order_just_told_the_part_is_said_that_is_asked_about(act, number, text, response):
    told = {"orders_seen": ["10014", number], "order_task": "track_order"}
    assert act("action_track_order", text=text, order_number=number, **told).responses == [response]
    for before in ({}, {**told, "orders_seen": [number, "10014"]}, {**told, "order_task": "cancel_order"}):
        first = act("action_track_order", text=text, order_number=number, **before)
        assert first.responses[0] not in orders.PARTS


def test_two_orders_to_be_cancelled_are_asked_about_one_by_one_and_remembered(act):
    ask = "action_ask_cancel_order_form_cancel_confirmed"
    outcome = act(ask, text="cancel 10034 and 10030", order_number="10030")
    assert outcome.responses == ["say_confirm_cancel_fee"]
    assert outcome.slots["orders_seen"] == ["10034", "10030"]


def test_what_cancelling_costs_is_left_to_the_question_that_follows(act):
    outcome = act("action_check_cancellation_fee", order_number="10030", requested_slot="cancel_confirmed")
    assert outcome.responses == []
