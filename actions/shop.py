"""Asks the shop's service over HTTP. Knows its contract; decides and says nothing."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp

Record = dict[str, Any]  # the JSON of the shop's contract


class ShopUnavailable(Exception):
    """The shop could not be reached, took too long, or answered with what is not in the contract."""


class ShopRefused(Exception):
    """The shop understood and will not do it. `code` says why: `too_late`, `already_cancelled`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Shop:
    """The client. `timeout_s` bounds a whole call. Use `open` and `close` inside the event loop."""

    def __init__(self, base_url: str, key: str, timeout_s: float) -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def order(self, number: str) -> Record | None:
        """The order, or None when the shop knows none of this number. Raises ShopUnavailable."""
        return await self._call("GET", f"/orders/{quote(number, safe='')}")

    async def invoice(self, number: str) -> Record | None:
        return await self._call("GET", f"/invoices/{quote(number, safe='')}")

    async def refund(self, number: str) -> Record | None:
        return await self._call("GET", f"/refunds/{quote(number, safe='')}")

    async def cancel_order(self, number: str, turn_id: str) -> Record | None:
        """Cancel it, once for each `turn_id` however often it is asked. Raises ShopRefused, ShopUnavailable."""
        return await self._call("POST", f"/orders/{quote(number, safe='')}/cancel", {"turn_id": turn_id})

    async def _call(self, method: str, path: str, body: Record | None = None) -> Record | None:
        if self._session is None:
            raise RuntimeError("the shop client is not open")
        try:
            async with self._session.request(method, self._base_url + path, json=body) as response:
                status, content = response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise ShopUnavailable(type(error).__name__) from error
        if status == 404:
            return None
        if not isinstance(content, dict) or status not in (200, 409):
            raise ShopUnavailable(f"status {status}")
        if status == 409:
            raise ShopRefused(str(content.get("error", "")))
        return content
