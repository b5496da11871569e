"""Invoices and refunds: what the shop says, and a person where the assistant may not decide."""

import pytest


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("INV-2026-0201", "say_invoice_paid"),
        ("INV-2026-0203", "say_invoice_open"),
        ("0204", "say_invoice_overdue"),
    ],
)
def test_an_invoice_is_told_by_its_status(act, number, response):
    outcome = act("action_check_invoice", invoice_number=number)
    assert outcome.responses == [response]
    assert outcome.said[0][1]["amount"] == "€49.90"


def test_german_amounts_and_days_are_written_the_german_way(act):
    values = act("action_check_invoice", invoice_number="203", language="de").said[0][1]
    assert (values["amount"], values["due_on"]) == ("49,90 €", "1. November 2026")


def test_an_invoice_to_download_is_named_by_its_full_number(act):
    outcome = act("action_get_invoice", invoice_number="203")
    assert outcome.responses == ["say_invoice_download"]
    assert outcome.said[0][1]["number"] == "INV-2026-0203"


@pytest.mark.parametrize("action", ["action_check_invoice", "action_get_invoice"])
def test_an_unknown_invoice_is_said_and_forgotten(act, action):
    outcome = act(action, invoice_number="INV-2026-9999")
    assert outcome.responses == ["say_invoice_not_found"]
    assert outcome.slots == {"invoice_number": None}


@pytest.mark.parametrize(
    ("number", "response"),
    [("R-5001", "say_refund_paid"), ("R-5004", "say_refund_approved"), ("R-5006", "say_refund_requested")],
)
def test_a_refund_is_told_by_its_status_without_a_handoff(act, number, response):
    outcome = act("action_track_refund", refund_number=number)
    assert outcome.responses == [response]
    assert outcome.reports == []


def test_a_large_refund_that_waits_for_a_decision_goes_to_a_person(act):
    outcome = act("action_track_refund", refund_number="R-5007")
    assert outcome.responses == ["say_refund_requested", "say_refund_needs_person"]
    assert outcome.said[1][1] == {"limit": "€200.00"}
    assert outcome.reports[0]["handoff"]["reason"] == "action"


def test_an_unknown_refund_is_said_and_forgotten(act):
    outcome = act("action_track_refund", refund_number="R-9999")
    assert outcome.responses == ["say_refund_not_found"]
    assert outcome.slots == {"refund_number": None}


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("10019", "say_return_how"),
        ("10014", "say_return_too_late"),
        ("10023", "say_return_not_delivered"),
        ("10034", "say_return_cancel_instead"),
        ("10030", "say_return_cancel_instead"),
        ("10004", "say_return_cancelled"),
        ("99999", "say_order_not_found"),
    ],
)
def test_how_to_get_a_refund_follows_the_state_of_the_order(act, number, response):
    outcome = act("action_get_refund", order_number=number)
    assert outcome.responses == [response]
    assert outcome.reports == []


def test_a_refund_above_the_limit_goes_to_a_person_and_promises_nothing(act):
    outcome = act("action_get_refund", order_number="10020")
    assert outcome.responses == ["say_refund_needs_person"]
    assert outcome.reports[0]["handoff"] == {
        "reason": "action",
        "detail": "A refund for order 10020 is above the assistant's limit.",
    }


def test_the_first_complaint_is_asked_about_and_the_second_goes_to_a_person(act):
    first = act("action_complaint")
    second = act("action_complaint", **first.slots)
    assert first.responses == ["say_complaint"]
    assert first.reports == []
    assert second.said == []
    assert second.reports[0]["handoff"]["reason"] == "distress"


@pytest.mark.parametrize(
    "text", ["I paid that last week", "die habe ich schon bezahlt", "hab ich doch überwiesen"]
)
def test_who_says_to_have_paid_is_offered_a_search_unless_it_is_booked(act, text):
    def said(number):
        return act("action_check_invoice", text=text, invoice_number=number).responses

    assert said("0203") == said("0204") == ["say_invoice_payment_missing"]
    assert said("0201") == ["say_invoice_paid"]


@pytest.mark.parametrize("number", ["order_number", "invoice_number", "refund_number"])
def test_where_a_number_stands_is_said_of_the_one_that_was_asked_for(act, number):
    assert act("action_where_number", requested_slot=number).responses == [f"say_where_{number}"]
    assert act("action_where_number", requested_slot="cancel_confirmed").responses == []
    assert act("action_where_number", requested_slot="cancel_confirmed", intent="help").responses == [
        "utter_help"
    ]
