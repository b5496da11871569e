"""The real clock and the real source of new ids. Tests and the simulation bring others."""

from __future__ import annotations

import secrets
import time
from binascii import b2a_base64
from datetime import UTC, datetime

# Letters and digits that are not taken for one another when read aloud or copied by hand.
READABLE = "ACDEFGHJKLMNPQRTUVWXYZ234679"
RANDOM_BYTES_AHEAD = 4_096  # asked for at once; every message takes some, and the asking is the price
_FOR_URLS = bytes.maketrans(b"+/", b"-_")


class SystemClock:
    """UTC from the operating system, cut to whole milliseconds."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        return time.monotonic()


class RandomIds:
    """Ids of 120 random bits, secrets of 256. All of it is the operating system's, most of it asked for in advance."""

    def __init__(self) -> None:
        self._ahead = b""
        self._used = 0

    def _random(self, count: int) -> bytes:
        """Each byte is handed out once."""
        end = self._used + count
        if end > len(self._ahead):
            self._ahead, self._used, end = secrets.token_bytes(RANDOM_BYTES_AHEAD), 0, count
        taken, self._used = self._ahead[self._used : end], end
        return taken

    def new(self, prefix: str) -> str:
        return f"{prefix}_{b2a_base64(self._random(15), newline=False).translate(_FOR_URLS).decode()}"

    def reference(self) -> str:
        letters = "".join(READABLE[byte % len(READABLE)] for byte in secrets.token_bytes(7))
        return f"{letters[:3]}-{letters[3:]}"

    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    def salt(self) -> bytes:
        return self._random(16)
