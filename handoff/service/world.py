"""The real clock and the real source of new ids. Tests and the simulation bring others."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

# Letters and digits that are not taken for one another when read aloud or copied by hand.
READABLE = "ACDEFGHJKLMNPQRTUVWXYZ234679"


class SystemClock:
    """UTC from the operating system, cut to whole milliseconds."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        return time.monotonic()


class RandomIds:
    """Ids of 120 random bits, secrets of 256."""

    def new(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_urlsafe(15)}"

    def reference(self) -> str:
        letters = "".join(READABLE[byte % len(READABLE)] for byte in secrets.token_bytes(7))
        return f"{letters[:3]}-{letters[3:]}"

    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    def salt(self) -> bytes:
        return secrets.token_bytes(16)
