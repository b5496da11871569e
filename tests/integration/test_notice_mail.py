"""The way to the mail server: encrypted and proven where it must be, or not at all. Against a real server."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handoff.app import DEMO_DESK
from handoff.notices.email import EmailChannel
from handoff.service.desk_config import load_desk_config
from handoff.service.notice_addresses import Encryption, MailServer
from handoff.service.notices import NoticeFailed, Outgoing
from handoff.service.ports import Notice
from handoff.service.world import SystemClock
from tests.receivers import MailBox, mail_box


class Certificate:
    """A certificate of its own authority, for 127.0.0.1, in files of the test."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.path = folder / "mail.pem"
        key_path = folder / "mail.key"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.path, key_path)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """As an authority of the operator's system would be."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    return certificate


def channel(
    box: MailBox,
    encryption: Encryption,
    *,
    user: str | None = None,
    password: str | None = None,
    to: Sequence[str] = ("sue@shop.example",),
) -> EmailChannel:
    config = load_desk_config(DEMO_DESK)
    server = MailServer(host="127.0.0.1", port=box.port, encryption=encryption, user=user, password=password)

    async def recipients() -> Sequence[str]:
        return to

    return EmailChannel(server, None, recipients, lambda: config, SystemClock(), timeout_s=5, apart_s=0)


def outgoing(notice_id: str = "n1") -> Outgoing:
    now = datetime.now(UTC)
    notice = Notice(id=notice_id, channel="email", why="test", asked_at=now, next_try_at=now, text="Hello")
    return Outgoing(notice=notice, link=None, still_open=True)


async def test_tls_from_the_first_byte(trusted: Certificate) -> None:
    async with mail_box(implicit_tls=trusted.context) as box:
        await channel(box, Encryption.TLS).deliver([outgoing()])
        assert "Hello" in box.text()


async def test_starttls_before_anything_is_said(trusted: Certificate) -> None:
    async with mail_box(tls_context=trusted.context, require_starttls=True) as box:
        await channel(box, Encryption.STARTTLS).deliver([outgoing()])
        assert box.sessions[-1].ssl is not None


async def test_server_without_starttls_gets_nothing() -> None:
    async with mail_box() as box:
        with pytest.raises(NoticeFailed):
            await channel(box, Encryption.STARTTLS, user="desk", password="let me in").deliver([outgoing()])
        assert box.mails == [] and box.logins == []


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
async def test_server_whose_certificate_nobody_vouches_for_gets_nothing(
    certificate: Certificate, encryption: Encryption
) -> None:
    options = (
        {"implicit_tls": certificate.context}
        if encryption is Encryption.TLS
        else {"tls_context": certificate.context}
    )
    async with mail_box(**options) as box:
        with pytest.raises(NoticeFailed, match=r"(?i)certificate"):
            await channel(box, encryption).deliver([outgoing()])
        assert box.mails == []


async def test_name_and_password_are_given(trusted: Certificate) -> None:
    box = MailBox()
    await box.open(
        tls_context=trusted.context, require_starttls=True, authenticator=box.login, auth_required=True
    )
    try:
        await channel(box, Encryption.STARTTLS, user="desk", password="let me in").deliver([outgoing()])
        assert box.logins == [(b"desk", b"let me in")]
        with pytest.raises(NoticeFailed) as refused:
            await channel(box, Encryption.STARTTLS, user="desk", password="wrong").deliver([outgoing()])
        assert "535" in str(refused.value) and "wrong" not in str(refused.value)
        assert len(box.mails) == 1
    finally:
        await box.down()


async def test_same_notices_give_the_same_mail_id_and_others_another() -> None:
    async with mail_box() as box:
        way = channel(box, Encryption.NONE)
        for ids in (("n1", "n2"), ("n2", "n1"), ("n1",)):
            await way.deliver([outgoing(one) for one in ids])
        first, again, other = (mail["Message-ID"] for mail in box.mails)
        assert first == again != other


async def test_address_that_cannot_be_written_to_does_not_silence_the_others() -> None:
    strange = "sue@shop.example, eve@evil.example"
    async with mail_box() as box:
        await channel(box, Encryption.NONE, to=(strange, "jörg@shop.example", "tom@shop.example")).deliver(
            [outgoing()]
        )
        assert box.recipients == [["tom@shop.example"]]
        with pytest.raises(NoticeFailed, match="nobody to write to"):
            await channel(box, Encryption.NONE, to=(strange,)).deliver([outgoing()])
