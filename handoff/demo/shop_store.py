"""The demo shop's store: orders, invoices and refunds in one SQLite file, seeded once.

Holds no HTTP. Every call is synchronous and short; the caller keeps it off the event loop and calls from one
thread at a time. Dates are counted back from the day of seeding, so that a fresh demo looks like
today's business.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from handoff.demo.shop_seed import (
    CARRIER,
    INVOICES,
    ORDERS,
    PACKED_FEE_CENTS,
    REFUNDS,
    SeedInvoice,
    SeedOrder,
    SeedRefund,
)

type Record = dict[str, Any]  # JSON of the shop's HTTP contract

CURRENCY = "EUR"
PAY_WITHIN_DAYS = 14  # the term of payment that stands on Nordlicht's invoices

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seeded (day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invoices (
    number TEXT PRIMARY KEY, digits TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    number TEXT PRIMARY KEY, digits TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS cancellations (
    number TEXT NOT NULL, turn_id TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (number, turn_id)
);
"""

_ORDER = re.compile(r"#?([0-9]{5})")
_INVOICE = re.compile(r"(?:INV)?[- ]?(?:(20[0-9]{2})[- ]?)?([0-9]{1,4})", re.IGNORECASE)
_REFUND = re.compile(r"R?[- ]?([0-9]{4})", re.IGNORECASE)


class NotFound(Exception):
    """No such order, invoice or refund; also for a number that cannot be one."""


class Refused(Exception):
    """The shop cannot do it. `code` is `too_late` (already shipped) or `already_cancelled`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ShopStore:
    """Orders, invoices and refunds.

    `today` matters only when the file is new: it becomes the day of seeding.
    """

    def __init__(self, path: Path, today: date) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._seed_once(today)

    def close(self) -> None:
        self._db.close()

    def order(self, number: str) -> Record:
        """The order as customers may hear of it, or NotFound."""
        return _order_view(self._order(number))

    def invoice(self, number: str) -> Record:
        """Found by its number (`INV-2026-0117`) or by its last digits (`0117`, `117`), else NotFound."""
        match = _INVOICE.fullmatch(number.strip())
        if match is None:
            raise NotFound(number)
        year, digits = match.group(1), match.group(2).zfill(4)
        found = self._one("SELECT body FROM invoices WHERE digits = ?", digits)
        if year is not None and not str(found["number"]).startswith(f"INV-{year}-"):
            raise NotFound(number)
        return found

    def refund(self, number: str) -> Record:
        """Found by its number (`R-5004`) or its digits (`5004`), else NotFound."""
        match = _REFUND.fullmatch(number.strip())
        if match is None:
            raise NotFound(number)
        return self._one("SELECT body FROM refunds WHERE digits = ?", match.group(1))

    def cancel(self, number: str, turn_id: str) -> Record:
        """Cancel the order once. The same `turn_id` again gives the first answer and changes nothing.

        Raises NotFound, or Refused when the order has left the house or was cancelled in another turn.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            answer = self._cancel(number, turn_id)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return answer

    def _cancel(self, number: str, turn_id: str) -> Record:
        order = self._order(number)
        done = self._db.execute(
            "SELECT answer FROM cancellations WHERE number = ? AND turn_id = ?", (order["number"], turn_id)
        ).fetchone()
        if done is not None:
            return _record(done[0])
        if order["status"] == "cancelled":
            raise Refused("already_cancelled")
        before = _order_view(order)
        if not before["cancellable"]:
            raise Refused("too_late")
        order.update(status="cancelled", expected_on=None, fee_cents=before["cancellation_fee_cents"])
        answer = _order_view(order)
        self._db.execute("UPDATE orders SET body = ? WHERE number = ?", (json.dumps(order), order["number"]))
        self._db.execute(
            "INSERT INTO cancellations (number, turn_id, answer) VALUES (?, ?, ?)",
            (order["number"], turn_id, json.dumps(answer)),
        )
        return answer

    def _order(self, number: str) -> Record:
        match = _ORDER.fullmatch(number.strip())
        if match is None:
            raise NotFound(number)
        return self._one("SELECT body FROM orders WHERE number = ?", match.group(1))

    def _one(self, query: str, key: str) -> Record:
        row = self._db.execute(query, (key,)).fetchone()
        if row is None:
            raise NotFound(key)
        return _record(row[0])

    def _seed_once(self, today: date) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self._db.execute("SELECT 1 FROM seeded").fetchone() is None:
                self._seed(today)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _seed(self, today: date) -> None:
        orders = {seed.number: _seed_order(seed, today) for seed in ORDERS}
        self._db.executemany(
            "INSERT INTO orders (number, body) VALUES (?, ?)",
            [(number, json.dumps(body)) for number, body in orders.items()],
        )
        invoices = [_seed_order_invoice(order) for order in orders.values()]
        invoices += [_seed_plain_invoice(seed, today) for seed in INVOICES]
        refunds = [_seed_refund(seed, orders, today) for seed in REFUNDS]
        self._db.executemany(
            "INSERT INTO invoices (number, digits, body) VALUES (?, ?, ?)", _numbered_rows(invoices)
        )
        self._db.executemany(
            "INSERT INTO refunds (number, digits, body) VALUES (?, ?, ?)", _numbered_rows(refunds)
        )
        self._db.execute("INSERT INTO seeded (day) VALUES (?)", (today.isoformat(),))


def _numbered_rows(bodies: list[Record]) -> list[tuple[str, str, str]]:
    """(number, its last four digits, body): invoices and refunds are also found by the digits."""
    return [(body["number"], str(body["number"])[-4:], json.dumps(body)) for body in bodies]


def _record(text: str) -> Record:
    loaded: Record = json.loads(text)
    return loaded


def _order_view(order: Mapping[str, Any]) -> Record:
    """The order of the HTTP contract; whether it can be cancelled, and its fee, follow from its status."""
    status = order["status"]
    fee_cents = {"packed": PACKED_FEE_CENTS, "cancelled": order["fee_cents"]}.get(status, 0)
    view = {key: value for key, value in order.items() if key != "fee_cents"}
    return view | {"cancellable": status in ("processing", "packed"), "cancellation_fee_cents": fee_cents}


def _seed_order(seed: SeedOrder, today: date) -> Record:
    placed_on = today - timedelta(days=seed.days_ago)
    sent = seed.status in ("shipped", "delivered")
    coming = seed.status in ("processing", "packed", "shipped")
    expected_on = today + timedelta(days=seed.expected_in_days) if coming else None
    delivered_on = (
        placed_on + timedelta(days=seed.delivered_after_days) if seed.status == "delivered" else None
    )
    return {
        "number": seed.number,
        "status": seed.status,
        "placed_on": placed_on.isoformat(),
        "items": [
            {"name": name, "quantity": quantity, "amount_cents": amount_cents}
            for name, quantity, amount_cents in seed.items
        ],
        "total_cents": sum(quantity * amount_cents for _, quantity, amount_cents in seed.items),
        "currency": CURRENCY,
        "carrier": CARRIER if sent else None,
        "tracking_number": f"NP{int(seed.number) * 7919 % 10**9:09d}DE" if sent else None,
        "expected_on": expected_on.isoformat() if expected_on else None,
        "delivered_on": delivered_on.isoformat() if delivered_on else None,
        "shipping_city": seed.shipping_city,
        "fee_cents": 0,
    }


def _seed_order_invoice(order: Record) -> Record:
    """Orders are paid when they are placed, so their invoice is paid the same day."""
    issued_on = date.fromisoformat(order["placed_on"])
    return {
        "number": f"INV-{issued_on.year}-{int(order['number']) - 10000 + 100:04d}",
        "order_number": order["number"],
        "issued_on": issued_on.isoformat(),
        "due_on": (issued_on + timedelta(days=PAY_WITHIN_DAYS)).isoformat(),
        "amount_cents": order["total_cents"],
        "currency": CURRENCY,
        "status": "paid",
        "paid_on": issued_on.isoformat(),
    }


def _seed_plain_invoice(seed: SeedInvoice, today: date) -> Record:
    issued_on = today - timedelta(days=seed.days_ago)
    due_on = issued_on + timedelta(days=PAY_WITHIN_DAYS)
    paid_on = issued_on + timedelta(days=seed.paid_after_days) if seed.paid_after_days is not None else None
    unpaid = "overdue" if due_on < today else "open"
    return {
        "number": f"INV-{issued_on.year}-{seed.digits}",
        "order_number": None,
        "issued_on": issued_on.isoformat(),
        "due_on": due_on.isoformat(),
        "amount_cents": seed.amount_cents,
        "currency": CURRENCY,
        "status": unpaid if paid_on is None else "paid",
        "paid_on": paid_on.isoformat() if paid_on else None,
    }


def _seed_refund(seed: SeedRefund, orders: Mapping[str, Record], today: date) -> Record:
    paid_on = today - timedelta(days=seed.paid_days_ago) if seed.paid_days_ago is not None else None
    amount_cents = (
        orders[seed.order_number]["total_cents"] if seed.amount_cents is None else seed.amount_cents
    )
    return {
        "number": seed.number,
        "order_number": seed.order_number,
        "amount_cents": amount_cents,
        "currency": CURRENCY,
        "status": seed.status,
        "requested_on": (today - timedelta(days=seed.requested_days_ago)).isoformat(),
        "paid_on": paid_on.isoformat() if paid_on else None,
        "method": seed.method,
    }
