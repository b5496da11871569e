"""Bearer tokens: unguessable, kept by their digest only, replaced without a gap, ended at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from handoff.domain.errors import Code, DomainError
from handoff.service.ports import Batch, Clock, Ids, Storage, StorageUnavailable, Token

REPLACED_TOKEN_GRACE = timedelta(seconds=60)
WRITE_TIMEOUT_S = 3.0  # a disk that hangs: who waits is told so, and asks again
_EXTEND_EVERY = timedelta(hours=1)  # a token's last use is written at most this often


def unauthorized(message: str = "Please sign in again.") -> DomainError:
    return DomainError(Code.UNAUTHORIZED, message)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()  # a header may hold any bytes


class Tokens:
    """All methods raise `unavailable` when storage does not answer."""

    def __init__(self, storage: Storage, clock: Clock, ids: Ids) -> None:
        self._storage = storage
        self._clock = clock
        self._ids = ids

    def new(
        self,
        kind: str,
        subject: str,
        conversation_id: str | None,
        life: timedelta,
        replaces: bytes | None = None,
    ) -> tuple[str, Token]:
        token = self._ids.secret()
        row = Token(
            digest=digest(token),
            kind=kind,
            subject=subject,
            conversation_id=conversation_id,
            expires_at=self._clock.now() + life,
            replaces=replaces,
        )
        return token, row

    async def valid(self, token: str, kind: str) -> Token:
        now = self._clock.now()
        row = await self.reading(self._storage.token(digest(token))) if token else None
        if row is None or row.kind != kind or row.expires_at <= now:
            raise unauthorized()
        successor = await self.reading(self._storage.successor(row.digest))
        if (
            successor is not None
            and successor.first_used_at is not None
            and successor.first_used_at + REPLACED_TOKEN_GRACE <= now
        ):
            raise unauthorized()
        return row

    async def use(self, token: str, kind: str, life: timedelta) -> Token:
        """A token's first use has to be written, since it ends the one before it; a longer life may wait for the next
        time, so that people can read while nothing can be written."""
        row = await self.valid(token, kind)
        now = self._clock.now()
        if row.first_used_at is None:
            row = replace(row, first_used_at=now, expires_at=now + life)
            await self.write(Batch(tokens=[row]))
        elif row.expires_at < now + life - _EXTEND_EVERY:
            with suppress(DomainError):
                await self.write(Batch(tokens=[replace(row, expires_at=now + life)]))
        return row

    async def write(self, batch: Batch, *, ended: Callable[[], None] | None = None) -> None:
        """`ended` is called when the write is over, however that went and whoever gave up waiting before: what was
        reported as failed may be on disk all the same."""
        commit = asyncio.ensure_future(self._storage.commit(batch))
        commit.add_done_callback(partial(_over, ended))
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await asyncio.shield(commit)
        except (StorageUnavailable, TimeoutError) as error:
            raise _try_later() from error

    async def reading[T](self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except StorageUnavailable as error:
            raise _try_later() from error


def _over(ended: Callable[[], None] | None, commit: asyncio.Future[None]) -> None:
    if not commit.cancelled():
        commit.exception()  # it was told to whoever still waited
    if ended is not None:
        ended()


def _try_later() -> DomainError:
    return DomainError(Code.UNAVAILABLE, "This cannot be done just now. Please try again.", retry_after_s=2)
