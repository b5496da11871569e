"""The demo shop over a real HTTP server: what the action server may rely on."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from handoff.demo.shop import make_shop, shops_day

KEY = "key-of-the-test"
TODAY = date(2026, 11, 20)

type Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def shop(path: Path, *, today: date = TODAY, key: str | None = KEY) -> AsyncIterator[Client]:
    """The shop mounted as the server mounts it, and a client that sends `key`."""
    app = web.Application()
    app.add_subapp("/demo/shop", make_shop(path, KEY, today))
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with TestClient(TestServer(app), headers=headers) as client:
        yield client


async def get(client: Client, path: str) -> tuple[int, dict[str, Any]]:
    async with client.get(f"/demo/shop{path}") as answer:
        return answer.status, await answer.json()


async def cancel(client: Client, number: str, body: object) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/demo/shop/orders/{number}/cancel", json=body) as answer:
        return answer.status, await answer.json()


async def test_order_10023_is_on_its_way_with_carrier_and_day(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        status, order = await get(client, "/orders/10023")
    assert status == 200
    assert order == {
        "number": "10023",
        "status": "shipped",
        "placed_on": "2026-11-17",
        "items": [
            {"name": "Headphones Stille", "quantity": 1, "amount_cents": 14900},
            {"name": "Network cable, 10 m", "quantity": 1, "amount_cents": 1290},
        ],
        "total_cents": 16190,
        "currency": "EUR",
        "carrier": "Nordpost",
        "tracking_number": order["tracking_number"],
        "expected_on": "2026-11-21",
        "delivered_on": None,
        "cancellable": False,
        "cancellation_fee_cents": 0,
        "shipping_city": "Hamburg",
    }
    assert str(order["tracking_number"]).startswith("NP")


async def test_every_order_is_consistent_and_every_status_occurs(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        orders = [(await get(client, f"/orders/{number}"))[1] for number in range(10001, 10041)]
    for order in orders:
        sent = order["status"] in ("shipped", "delivered")
        assert (order["carrier"] is not None) == sent
        assert (order["tracking_number"] is not None) == sent
        assert (order["delivered_on"] is not None) == (order["status"] == "delivered")
        assert (order["expected_on"] is not None) == (order["status"] in ("processing", "packed", "shipped"))
        assert order["cancellable"] == (order["status"] in ("processing", "packed"))
        assert order["total_cents"] == sum(i["quantity"] * i["amount_cents"] for i in order["items"])
        assert date.fromisoformat(order["placed_on"]) <= TODAY
        if order["delivered_on"] is not None:
            assert order["placed_on"] <= order["delivered_on"] <= TODAY.isoformat()
    counts = Counter(order["status"] for order in orders)
    assert set(counts) == {"processing", "packed", "shipped", "delivered", "cancelled"}
    assert min(counts.values()) >= 3


@pytest.mark.parametrize(
    "number", ["99999", "1002", "100233", "abc", "1 OR 1=1", "%31%30%30%32%33x", "١٠٠٢٣", "x" * 3000]
)
async def test_what_is_no_order_number_is_not_found(tmp_path: Path, number: str) -> None:
    async with shop(tmp_path / "shop.db") as client:
        assert await get(client, f"/orders/{number}") == (404, {"error": "not_found"})


async def test_a_processing_order_is_cancelled_free_of_charge(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        status, order = await cancel(client, "10037", {"turn_id": "t1"})
        assert (status, order["status"], order["cancellation_fee_cents"]) == (200, "cancelled", 0)
        assert (await get(client, "/orders/10037"))[1] == order


async def test_a_packed_order_costs_the_fee_it_announced(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        _, before = await get(client, "/orders/10031")
        _, after = await cancel(client, "10031", {"turn_id": "t1"})
    assert before["cancellation_fee_cents"] == 490
    assert (after["status"], after["cancellation_fee_cents"], after["cancellable"]) == (
        "cancelled",
        490,
        False,
    )


async def test_the_same_turn_cancels_once_and_gets_the_same_answer(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        first = await cancel(client, "10037", {"turn_id": "t1"})
        assert await cancel(client, "10037", {"turn_id": "t1"}) == first
        assert await cancel(client, "10037", {"turn_id": "t2"}) == (409, {"error": "already_cancelled"})


async def test_one_turn_may_cancel_two_orders(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        assert (await cancel(client, "10037", {"turn_id": "t1"}))[0] == 200
        assert (await cancel(client, "10038", {"turn_id": "t1"}))[1]["number"] == "10038"


async def test_what_has_left_the_house_cannot_be_cancelled(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        for number in ("10023", "10001"):
            assert await cancel(client, number, {"turn_id": "t1"}) == (409, {"error": "too_late"})
        assert await cancel(client, "99999", {"turn_id": "t1"}) == (404, {"error": "not_found"})
        assert (await get(client, "/orders/10023"))[1]["status"] == "shipped"


@pytest.mark.parametrize(
    "body", [{}, [], "t1", None, {"turn_id": ""}, {"turn_id": 7}, {"turn_id": "x" * 201}]
)
async def test_a_cancellation_without_turn_id_is_refused_and_changes_nothing(
    tmp_path: Path, body: object
) -> None:
    async with shop(tmp_path / "shop.db") as client:
        assert await cancel(client, "10037", body) == (400, {"error": "bad_request"})
        assert (await get(client, "/orders/10037"))[1]["status"] == "processing"


async def test_a_body_that_is_no_json_or_too_long_is_refused(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        async with client.post("/demo/shop/orders/10037/cancel", data=b"\xff{") as answer:
            assert answer.status == 400
        async with client.post("/demo/shop/orders/10037/cancel", data=b" " * 5000) as answer:
            assert answer.status == 413


@pytest.mark.parametrize(
    "asked", ["INV-2026-0123", "inv-2026-0123", "0123", "123", "2026-0123", "INV 2026 0123"]
)
async def test_an_invoice_is_found_by_number_and_by_digits(tmp_path: Path, asked: str) -> None:
    async with shop(tmp_path / "shop.db") as client:
        status, invoice = await get(client, f"/invoices/{asked}")
    assert status == 200
    assert invoice == {
        "number": "INV-2026-0123",
        "order_number": "10023",
        "issued_on": "2026-11-17",
        "due_on": "2026-12-01",
        "amount_cents": 16190,
        "currency": "EUR",
        "status": "paid",
        "paid_on": "2026-11-17",
    }


async def test_invoices_are_open_overdue_and_paid(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        seen = {digits: (await get(client, f"/invoices/{digits}"))[1] for digits in ("0201", "0203", "0204")}
        assert (await get(client, "/invoices/INV-2019-0123"))[0] == 404
        assert (await get(client, "/invoices/9999"))[0] == 404
    assert {digits: invoice["status"] for digits, invoice in seen.items()} == {
        "0201": "paid",
        "0203": "open",
        "0204": "overdue",
    }
    assert seen["0203"]["order_number"] is None
    assert seen["0204"]["due_on"] < TODAY.isoformat() < seen["0203"]["due_on"]


async def test_refunds_are_found_by_number_and_by_digits_in_every_status(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db") as client:
        status, refund = await get(client, "/refunds/R-5004")
        assert (await get(client, "/refunds/5004")) == (200, refund)
        assert (await get(client, "/refunds/r5004")) == (200, refund)
        assert (await get(client, "/refunds/5999"))[0] == 404
        statuses = {(await get(client, f"/refunds/{number}"))[1]["status"] for number in range(5001, 5009)}
    assert status == 200
    assert refund == {
        "number": "R-5004",
        "order_number": "10018",
        "amount_cents": 12390,
        "currency": "EUR",
        "status": "approved",
        "requested_on": "2026-11-16",
        "paid_on": None,
        "method": "card",
    }
    assert statuses == {"requested", "approved", "paid"}


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", "schlüssel"])
async def test_without_the_key_nothing_is_told(tmp_path: Path, key: str | None) -> None:
    async with shop(tmp_path / "shop.db", key=key) as client:
        for path in ("/orders/10023", "/invoices/0123", "/refunds/5004"):
            assert await get(client, path) == (401, {"error": "unauthorized"})
        assert await cancel(client, "10037", {"turn_id": "t1"}) == (401, {"error": "unauthorized"})


def test_an_empty_key_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        make_shop(tmp_path / "shop.db", "", TODAY)


async def test_a_restart_keeps_dates_and_cancellations(tmp_path: Path) -> None:
    path = tmp_path / "var" / "shop.db"
    async with shop(path) as client:
        _, before = await get(client, "/orders/10023")
        answer = await cancel(client, "10037", {"turn_id": "t1"})
    async with shop(path, today=TODAY + timedelta(days=40)) as client:
        assert (await get(client, "/orders/10023"))[1] == before
        assert (await get(client, "/orders/10037"))[1]["status"] == "cancelled"
        assert await cancel(client, "10037", {"turn_id": "t1"}) == answer


def test_the_shops_day_begins_at_midnight_where_the_shop_is() -> None:
    """By it the assistant says what is late; seeded by the day in UTC, a parcel due today was late from 23:00 on."""
    assert shops_day(datetime(2026, 11, 20, 22, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert shops_day(datetime(2026, 11, 20, 23, 0, tzinfo=UTC)) == date(2026, 11, 21)
    assert shops_day(datetime(2027, 7, 1, 22, 0, tzinfo=UTC)) == date(2027, 7, 2)


async def test_seeding_in_january_dates_invoices_in_their_own_year(tmp_path: Path) -> None:
    async with shop(tmp_path / "shop.db", today=date(2027, 1, 2)) as client:
        assert (await get(client, "/invoices/0123"))[1]["number"] == "INV-2026-0123"
        assert (await get(client, "/invoices/0140"))[1]["number"] == "INV-2027-0140"
