"""Notices by e-mail: one mail for all that wait, to the supervisors, from an address that is read."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Awaitable, Callable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import aiosmtplib

from handoff.notices.words import body, subject
from handoff.service.desk_config import DeskConfig
from handoff.service.notice_addresses import Encryption, MailServer, writable
from handoff.service.notices import NoticeFailed, Outgoing
from handoff.service.ports import Clock

NOTICES_IN_A_MAIL_MAX = 50  # longer ones are not read; the rest follows in the next


class EmailChannel:
    """`recipients` and `desk` are asked for each time, so that a new supervisor, or a changed desk file, counts from
    then on. Mail comes from `sender`, None: from the trader's own address."""

    name = "email"
    at_once_max = NOTICES_IN_A_MAIL_MAX

    def __init__(
        self,
        server: MailServer,
        sender: str | None,
        recipients: Callable[[], Awaitable[Sequence[str]]],
        desk: Callable[[], DeskConfig],
        clock: Clock,
        *,
        timeout_s: float,
        apart_s: float,
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._clock = clock
        self._desk = desk
        self._timeout_s = timeout_s
        self.apart_s = apart_s
        self._own_name: str | None = None

    async def deliver(self, notices: Sequence[Outgoing]) -> None:
        """Through when one recipient's mail is taken: who else is told is the mail server's to say, in its own mail."""
        recipients = [one for one in await self._recipients() if writable(one)]
        if not recipients:
            raise NoticeFailed(
                "there is nobody to write to: no supervisor has an account with a usable address"
            )
        if self._own_name is None:
            self._own_name = await asyncio.to_thread(socket.getfqdn)
        server = self._server
        try:
            await aiosmtplib.send(
                self.mail(notices, recipients),
                sender=self._from,
                recipients=recipients,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.encryption is Encryption.TLS,
                start_tls=server.encryption is Encryption.STARTTLS,
                local_hostname=self._own_name,
                timeout=self._timeout_s,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = sorted({str(one.code) for one in error.recipients})
            raise NoticeFailed(f"the mail server refused every recipient ({', '.join(codes)})") from error
        except aiosmtplib.SMTPResponseException as error:
            raise NoticeFailed(f"the mail server refused: {error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NoticeFailed(
                f"the mail server was not reached: {str(error) or type(error).__name__}"
            ) from error

    async def close(self) -> None:
        """Nothing is held between two mails."""

    @property
    def _from(self) -> str:
        return self._sender or self._desk().trader.email

    def mail(self, notices: Sequence[Outgoing], recipients: Sequence[str]) -> EmailMessage:
        """The same notices give a mail of the same id, so that one sent twice can be told."""
        ids = [one.notice.id for one in notices]
        digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]
        desk = self._desk()
        trader = desk.trader.name
        user, _, domain = self._from.rpartition("@")
        mail = EmailMessage()
        mail["From"] = Address(display_name=f"{trader}, support desk", username=user, domain=domain)
        mail["To"] = ", ".join(recipients)
        mail["Subject"] = subject(trader, notices)
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{digest}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # so that no holiday notice comes back
        mail["Byname-Notices"] = " ".join(ids)
        mail.set_content(body(trader, notices, ZoneInfo(desk.hours.time_zone)))
        return mail
