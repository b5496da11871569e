"""Who gets notices in tests: a real mail server and a real HTTP receiver, in this process, with moods."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.clients import PATIENCE_S

HOOK_KEY = "a key of at least sixteen bytes"


async def happens[T](holds: Callable[[], T], what: str) -> T:
    """Wait until `holds` finds something. Looks often, since what is waited for is in other parts' hands."""
    give_up_at = asyncio.get_running_loop().time() + PATIENCE_S
    while not (found := holds()):
        assert asyncio.get_running_loop().time() < give_up_at, f"not within {PATIENCE_S} s: {what}"
        await asyncio.sleep(0.01)
    return found


class MailBox:
    """A mail server. `mood`: takes, refuses_recipients, busy (try again later), hangs."""

    def __init__(self) -> None:
        self.mood = "takes"
        self.tries = 0
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.sessions: list[Session] = []
        self.port = 0
        self.logins: list[tuple[bytes, bytes]] = []
        self._released = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._options: dict[str, Any] = {}
        self._ssl: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def open(self, *, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self._options, self._ssl = options, implicit_tls
        await self._listen()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, loop=loop, hostname="mail.test", **self._options),
            "127.0.0.1",
            self.port,
            ssl=self._ssl,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        assert self._server is not None
        self._server.close()

    async def up(self) -> None:
        """Again, at the same address."""
        await self._listen()

    def release(self) -> None:
        self._released.set()

    def login(self, _server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"let me in", handled=False)

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.mood == "refuses_recipients" or address.startswith("unknown@"):
            self.tries += self.mood == "refuses_recipients"
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:
        self.tries += 1
        if self.mood == "busy":
            return "451 4.3.0 come back\tlater\x07"
        if self.mood == "hangs":
            await self._released.wait()
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        self.sessions.append(session)
        return "250 OK"

    def text(self, number: int = -1) -> str:
        return str(self.mails[number].get_content())

    async def gets(self, count: int = 1) -> EmailMessage:
        await happens(lambda: len(self.mails) >= count, f"{count} mails")
        return self.mails[count - 1]


@asynccontextmanager
async def mail_box(**options: Any) -> AsyncIterator[MailBox]:
    box = MailBox()
    await box.open(**options)
    try:
        yield box
    finally:
        box.release()
        await box.down()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request that came, whatever was answered. `genuine`: the signature is right and the time is now."""

    id: str
    body: dict[str, Any]
    genuine: bool
    sent_at_s: int


class Hook:
    """An HTTP receiver. `mood`: takes, fails, redirects, hangs, babbles (answers without an end)."""

    def __init__(self) -> None:
        self.mood = "takes"
        self.posted: list[Posted] = []
        self.taken: list[Posted] = []
        self.port = 0
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/secret-token"

    async def open(self) -> None:
        application = web.Application()
        application.router.add_post("/hooks/secret-token", self._post)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _post(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        posted = Posted(
            id=request.headers["webhook-id"],
            body=json.loads(content),
            genuine=self._is_genuine(request, content),
            sent_at_s=int(request.headers["webhook-timestamp"]),
        )
        self.posted.append(posted)
        match self.mood:
            case "fails":
                return web.Response(status=500, text="no")
            case "redirects":
                raise web.HTTPTemporaryRedirect(self.url)
            case "hangs":
                await self._released.wait()
            case "babbles":
                return await self._babble(request)
        self.taken.append(posted)
        return web.Response(status=204)

    async def _babble(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=500)
        await answer.prepare(request)
        while not self._released.is_set():
            await answer.write(b"x" * 65_536)
        return answer

    def _is_genuine(self, request: web.Request, content: bytes) -> bool:
        """As the scheme says; written apart from the sender's code on purpose."""
        signed = b".".join(
            (request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), content)
        )
        expected = base64.b64encode(hmac.digest(HOOK_KEY.encode(), signed, hashlib.sha256)).decode()
        return f"v1,{expected}" in request.headers["webhook-signature"].split(" ")

    def release(self) -> None:
        self._released.set()

    async def gets(self, count: int = 1) -> Posted:
        await happens(lambda: len(self.taken) >= count, f"{count} posted notices")
        return self.taken[count - 1]

    async def is_tried(self, count: int = 1) -> Posted:
        await happens(lambda: len(self.posted) >= count, f"{count} tries")
        return self.posted[count - 1]


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    receiver = Hook()
    await receiver.open()
    try:
        yield receiver
    finally:
        receiver.release()
        await receiver.down()


def hook_settings(receiver: Hook) -> dict[str, str]:
    return {"notice_webhook_url": receiver.url, "notice_webhook_key": HOOK_KEY, "notice_retry_s": "0.2"}
