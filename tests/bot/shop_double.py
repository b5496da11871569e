"""A small real HTTP shop for the tests, with the contract that the actions rely on and dates that never change."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "the-key-of-the-tests"


def order(number: str, status: str, **changes: Any) -> dict[str, Any]:
    sent = status in ("shipped", "delivered")
    return {
        "number": number,
        "status": status,
        "placed_on": "2026-11-19",
        "items": [{"name": "Headphones Stille", "quantity": 1, "amount_cents": 14900}],
        "total_cents": 14900,
        "currency": "EUR",
        "carrier": "Nordpost" if sent else None,
        "tracking_number": "NP000000001DE" if sent else None,
        "expected_on": "2099-11-24" if status in ("processing", "packed", "shipped") else None,
        "delivered_on": "2099-11-20" if status == "delivered" else None,
        "cancellable": status in ("processing", "packed"),
        "cancellation_fee_cents": 490 if status == "packed" else 0,
        "shipping_city": "Hamburg",
    } | changes


def invoice(number: str, status: str, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "order_number": None,
        "issued_on": "2026-10-18",
        "due_on": "2026-11-01",
        "amount_cents": 4990,
        "currency": "EUR",
        "status": status,
        "paid_on": "2026-10-27" if status == "paid" else None,
    } | changes


def refund(number: str, status: str, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "order_number": "10018",
        "amount_cents": 12390,
        "currency": "EUR",
        "status": status,
        "requested_on": "2026-11-18",
        "paid_on": "2026-11-20" if status == "paid" else None,
        "method": "card",
    } | changes


def _goods() -> dict[str, dict[str, Any]]:
    records = [
        order("10019", "delivered"),
        order("10014", "delivered", delivered_on="2020-01-31"),
        order("10020", "delivered", total_cents=21900),
        order("10023", "shipped"),
        order("10027", "shipped", expected_on="2020-02-01"),
        order("10030", "packed"),
        order("10034", "processing"),
        order("10004", "cancelled"),
    ]
    invoices = [
        invoice("INV-2026-0201", "paid"),
        invoice("INV-2026-0203", "open"),
        invoice("INV-2026-0204", "overdue"),
    ]
    refunds = [
        refund("R-5001", "paid"),
        refund("R-5004", "approved"),
        refund("R-5006", "requested"),
        refund("R-5007", "requested", amount_cents=21900),
    ]
    return {
        "orders": {it["number"]: it for it in records},
        "invoices": {it["number"]: it for it in invoices},
        "refunds": {it["number"]: it for it in refunds},
    }


class ShopDouble:
    """The shop. `broken` makes it answer 500, `garbled` something that is no JSON, `gate` holds answers until set."""

    def __init__(self) -> None:
        self.goods = _goods()
        self.cancelled_by: dict[tuple[str, str], dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.broken = False
        self.garbled = False
        self.gate = threading.Event()
        self.gate.set()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # keeps connections, as a shop does
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer("GET")

            def do_POST(self) -> None:
                self._answer("POST")

            def _answer(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                shop.requests.append((method, self.path))
                shop.gate.wait(30)
                known = self.headers.get("Authorization") == f"Bearer {KEY}"
                status, content = (
                    shop.answer(method, self.path, body) if known else (401, {"error": "unauthorized"})
                )
                data = b"<html>" if shop.garbled else json.dumps(content).encode()
                with suppress(ConnectionError):  # who asked may have given up waiting
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self) -> None:
        """As on the first day."""
        self.goods = _goods()
        self.cancelled_by.clear()
        self.requests.clear()
        self.broken = self.garbled = False
        self.gate.set()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if self.broken:
            return 500, {"error": "internal"}
        _, kind, number, *rest = path.split("/")
        if kind == "invoices" and number.isdigit():
            number = f"INV-2026-{number.zfill(4)}"
        record = self.goods[kind].get(number)
        if record is None:
            return 404, {"error": "not_found"}
        if rest == ["cancel"]:
            return self._cancel(record, json.loads(body)["turn_id"])
        return 200, record

    def _cancel(self, record: dict[str, Any], turn_id: str) -> tuple[int, dict[str, Any]]:
        key = (record["number"], turn_id)
        if key not in self.cancelled_by:
            if record["status"] == "cancelled":
                return 409, {"error": "already_cancelled"}
            if not record["cancellable"]:
                return 409, {"error": "too_late"}
            record.update(status="cancelled", cancellable=False, expected_on=None)
            self.cancelled_by[key] = dict(record)
        return 200, self.cancelled_by[key]
