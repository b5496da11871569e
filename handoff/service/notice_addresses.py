"""Where notices go, as the settings say it: mail server, addresses, key. Checked here, used by the adapters."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

_ADDRESS = re.compile(r"[^@\s,<>\x00-\x1f\x7f]+@[^@\s,<>\x00-\x1f\x7f]+")
_NOBODY_READS = re.compile(r"(?:^|[._+-])(?:do)?[._-]?(?:no|not)[._-]?reply", re.IGNORECASE)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY_BYTES_MIN = 16


class Encryption(StrEnum):
    """How the connection to the mail server is kept private."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # required, before anything is said
    NONE = "none"


_SCHEMES = {
    "smtps": (Encryption.TLS, 465),
    "smtp": (Encryption.STARTTLS, 587),
    "smtp+plain": (Encryption.NONE, 25),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """From `SMTP_URL`. `password` is not shown by `repr`."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(url: str) -> MailServer:
    """`smtps://user:password@host`, `smtp://...` (STARTTLS), `smtp+plain://...` (for a trusted network).

    On loopback `smtp://` is plain: it never leaves the machine, and a local server seldom has a proper certificate.
    Raises `ValueError` that does not repeat the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("an address such as smtps://user:password@mail.example:465") from None
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("an address such as smtps://user:password@mail.example:465")
    encryption, usual_port = _SCHEMES[parts.scheme]
    if parts.scheme == "smtp" and parts.hostname in _LOOPBACK:
        encryption = Encryption.NONE
    user = unquote(parts.username) if parts.username else None
    if user is not None and encryption is Encryption.NONE and parts.hostname not in _LOOPBACK:
        raise ValueError("smtps:// or smtp:// where a password is sent")
    return MailServer(
        host=parts.hostname,
        port=usual_port if port is None else port,
        encryption=encryption,
        user=user,
        password=unquote(parts.password) if parts.password else None,
    )


def addresses(text: str) -> tuple[str, ...]:
    """E-mail addresses, separated by commas. Raises `ValueError`."""
    found = tuple(one.strip() for one in text.split(",") if one.strip())
    if not found or not all(map(writable, found)):
        raise ValueError("e-mail addresses, separated by commas")
    return found


def writable(address: str) -> bool:
    """Whether a mail can be addressed to it as it is; accounts may have been made with more than mail servers take."""
    return address.isascii() and _ADDRESS.fullmatch(address) is not None


def sender(text: str) -> str:
    """An address whose mail is read: whoever gets a notice may answer it. Raises `ValueError`."""
    if not writable(text):
        raise ValueError("an e-mail address")
    if _NOBODY_READS.search(text.partition("@")[0]):
        raise ValueError("an address whose mail somebody reads, never a no-reply one")
    return text


def webhook_url(url: str) -> str:
    """Raises `ValueError` that does not repeat the URL, which may hold a token."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("an address such as https://hooks.example/byname")
    return url


def webhook_key(text: str) -> bytes:
    """The key of the signature: `whsec_` with base64 behind it, or the text itself. Raises `ValueError`."""
    if text.startswith("whsec_"):
        try:
            key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("base64 after whsec_") from None
    else:
        key = text.encode()
    if len(key) < _KEY_BYTES_MIN:
        raise ValueError(f"at least {_KEY_BYTES_MIN} bytes")
    return key
