"""The actions that run for a suggestion change nothing in the shop, whatever is asked and whatever it has."""

import pytest

from bot.suggesting import LOOKING_UP

NUMBERS = {
    "order_number": ["10019", "10014", "10020", "10023", "10027", "10030", "10034", "10004", "99999"],
    "invoice_number": ["INV-2026-0201", "INV-2026-0203", "INV-2026-0204", "INV-2026-9999"],
    "refund_number": ["R-5001", "R-5004", "R-5006", "R-5007", "R-9999"],
}


@pytest.mark.parametrize("action", sorted(LOOKING_UP))
@pytest.mark.parametrize("confirmed", [None, True])
def test_an_action_for_suggestions_only_reads(act, shop, action, confirmed):
    for at in range(max(map(len, NUMBERS.values()))):
        slots = {name: known[min(at, len(known) - 1)] for name, known in NUMBERS.items()}
        outcome = act(action, cancel_confirmed=confirmed, **slots)
        assert not any("did" in report for report in outcome.reports)
    assert shop.requests
    assert {method for method, _ in shop.requests} == {"GET"}


def test_what_cancels_is_none_of_them(act, shop):
    assert "action_cancel_order" not in LOOKING_UP
    act("action_cancel_order", order_number="10034", cancel_confirmed=True)
    assert "POST" in {method for method, _ in shop.requests}
