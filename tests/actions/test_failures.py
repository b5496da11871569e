"""When the shop cannot be asked, that is said, reported as a failure, and ends the form."""

import socket

import pytest

ACTIONS = {
    "action_track_order": {"order_number": "10023"},
    "action_ask_cancel_order_form_cancel_confirmed": {"order_number": "10034"},
    "action_cancel_order": {"order_number": "10034", "cancel_confirmed": True},
    "action_check_cancellation_fee": {"text_entities": {"order_number": "10034"}},
    "action_check_invoice": {"invoice_number": "0203"},
    "action_get_invoice": {"invoice_number": "0203"},
    "action_get_refund": {"order_number": "10019"},
    "action_track_refund": {"refund_number": "R-5004"},
}


def assert_failure_is_told(outcome, action):
    assert outcome.responses == ["say_shop_unavailable"]
    assert outcome.reports == [{"failed": action}]
    assert outcome.slots == {"requested_slot": None, "active_loop": None}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_broken_shop_is_a_failed_action(act, shop, action):
    shop.broken = True
    assert_failure_is_told(act(action, **ACTIONS[action]), action)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_shop_that_is_gone_is_a_failed_action(act, action):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert_failure_is_told(act(action, url=url, **ACTIONS[action]), action)


def test_a_shop_that_does_not_answer_in_time_is_a_failed_action(act, shop):
    shop.gate.clear()
    outcome = act("action_track_order", order_number="10023", timeout_s=0.2)
    assert_failure_is_told(outcome, "action_track_order")


def test_an_answer_that_is_no_json_is_a_failed_action(act, shop):
    shop.garbled = True
    assert_failure_is_told(act("action_track_order", order_number="10023"), "action_track_order")
