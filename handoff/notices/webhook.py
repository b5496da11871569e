"""Notices by webhook, one a request, signed after the Standard Webhooks scheme, which has libraries everywhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import aiohttp

from handoff.service.chain import rfc3339
from handoff.service.notices import NoticeFailed, Outgoing
from handoff.service.ports import Clock


class WebhookChannel:
    """A `POST` with JSON to one address. Any 2xx answer means that it was taken; redirects are not followed."""

    name = "webhook"
    at_once_max = 1
    apart_s = 0.0

    def __init__(self, url: str, key: bytes, clock: Clock, *, timeout_s: float) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, notices: Sequence[Outgoing]) -> None:
        for outgoing in notices:
            await self._post(outgoing)

    async def _post(self, outgoing: Outgoing) -> None:
        content = json.dumps(payload(outgoing), ensure_ascii=False).encode()
        sent_at_s = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Byname",
            "webhook-id": outgoing.notice.id,
            "webhook-timestamp": str(sent_at_s),
            "webhook-signature": signature(self._key, outgoing.notice.id, sent_at_s, content),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                self._url, data=content, headers=headers, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise NoticeFailed(f"the receiver answered {answer.status}")
        except TimeoutError as error:
            raise NoticeFailed(f"the receiver gave no answer within {self._timeout.total:g} s") from error
        except (
            aiohttp.ClientError,
            OSError,
        ) as error:  # its text may show the address, which may hold a token
            raise NoticeFailed(f"the receiver was not reached ({type(error).__name__})") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def payload(outgoing: Outgoing) -> dict[str, Any]:
    """`still_open`: nobody has reacted up to now. Moments are RFC 3339, UTC."""
    notice = outgoing.notice
    return {
        "type": "notice",
        "timestamp": rfc3339(notice.asked_at),
        "data": {
            "id": notice.id,
            "why": notice.why,
            "reference": notice.reference,
            "state": notice.state,
            "since": None if notice.told_at is None else rfc3339(notice.told_at),
            "answer_by": None if notice.answer_by is None else rfc3339(notice.answer_by),
            "link": outgoing.link,
            "still_open": outgoing.still_open,
            "text": notice.text,
        },
    }


def signature(key: bytes, notice_id: str, sent_at_s: int, content: bytes) -> str:
    """HMAC-SHA256 over id, second and body, joined by dots, in base64 after the scheme's version."""
    signed = f"{notice_id}.{sent_at_s}.".encode() + content
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
