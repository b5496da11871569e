"""The outbox: notices that were written with the log go out by each channel, and are tried until they are through.

A notice is on disk in the same transaction as the event that asks for it, one row a channel. It is delivered at least
once, under the same id each time, whatever happens to the server in between. Several that wait go out together where
the channel can do that. It is never given up: what fails is tried again, ever less often, and shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from handoff.domain.errors import DomainError, conflict
from handoff.service.chain import rfc3339
from handoff.service.committer import Committed, Committer
from handoff.service.ports import Batch, Clock, Ids, Notice, NoticeFigures, Storage, StorageUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0  # at the clock, which may step; a commit wakes at once
RETRY_LONGEST_S = 900.0  # a quarter of an hour: a mail server that comes back is found soon
DELIVERED_KEPT = timedelta(days=90)
FAILURE_CHARACTERS_MAX = 300
NOTICES_LISTED_MAX = 1_000
_FORGET_EVERY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice as it goes out. `link` leads into the console, None when it is about no conversation. `still_open`:
    nobody has reacted up to now."""

    notice: Notice
    link: str | None
    still_open: bool


class NoticeFailed(Exception):
    """It did not get through; the message says why, without addresses or secrets."""


class NoticeChannel(Protocol):
    """A way out of the house. `at_once_max`: how many notices one delivery takes; `apart_s`: the least time between
    two deliveries, in which others gather."""

    name: str
    at_once_max: int
    apart_s: float

    async def deliver(self, notices: Sequence[Outgoing]) -> None:
        """All of them. Raises `NoticeFailed`; then all are tried again."""

    async def close(self) -> None: ...


class Notices:
    """See the module. `origin` is where the console is, once the server listens."""

    def __init__(
        self,
        committer: Committer,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        channels: Sequence[NoticeChannel],
        *,
        origin: Callable[[], str],
        retry_s: float,
        timeout_s: float,
    ) -> None:
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._channels = channels
        self._origin = origin
        self._retry_s = retry_s
        self._timeout_s = timeout_s
        self._figures = NoticeFigures()
        self._news = {channel.name: asyncio.Event() for channel in channels}
        self._tasks = Tasks()
        committer.listen(self._committed)

    async def start(self) -> None:
        """What was not through when the server stopped is taken up first."""
        try:
            await self._count()
        except StorageUnavailable as error:  # counted when something comes of a notice
            _log.warning("notices cannot be counted now", exc_info=error)
        for channel in self._channels:
            self._tasks.start(f"notices by {channel.name}", self._run(channel))
        self._tasks.start("notices of long ago", self._forget())

    async def close(self) -> None:
        await self._tasks.close()
        for channel in self._channels:
            await channel.close()

    async def ask(self, *, why: str, text: str) -> None:
        """A notice that is about no conversation. `text` is ours, with nothing in it that a customer said.

        Raises `StorageUnavailable`.
        """
        now = self._clock.now()
        notice_id = self._ids.new("no")
        rows = [
            Notice(id=notice_id, channel=channel.name, why=why, asked_at=now, next_try_at=now, text=text)
            for channel in self._channels
        ]
        if rows:
            await self._storage.commit(Batch(notices=rows))
            self._wake()
        else:
            _log.warning("a notice for which no channel is set up", extra={"why": why})

    async def ask_for_test(self) -> None:
        """For the operator. Raises `conflict` when there is no way out, and `StorageUnavailable`."""
        if not self._channels:
            raise conflict(f"{NOT_SET_UP[0].upper()}{NOT_SET_UP[1:]}.")
        await self.ask(why="test", text="If you can read this, notices of the support desk reach you.")

    # -- showing --

    def summary(self) -> dict[str, Any]:
        """For board and `/readyz`, from memory. `failed` are those of the pending ones that were tried in vain."""
        oldest_at = self._figures.oldest_at
        return {
            "configured": [channel.name for channel in self._channels],
            "pending": self._figures.pending,
            "failed": self._figures.failed,
            "oldest_at": None if oldest_at is None else rfc3339(oldest_at),
        }

    @property
    def oldest_age_s(self) -> float:
        """Of those that are not through yet; 0 when all are."""
        oldest_at = self._figures.oldest_at
        return 0.0 if oldest_at is None else max(0.0, (self._clock.now() - oldest_at).total_seconds())

    async def check(self) -> dict[str, Any]:
        """Facts for `/readyz`. Not ok while notices fail; that none are set up is said, and is no fault."""
        facts = {"ok": self._figures.failed == 0} | self.summary() | {"oldest_s": round(self.oldest_age_s, 1)}
        if not self._channels:
            facts["why"] = NOT_SET_UP
        if self._figures.latest_failure is not None:
            facts["error"] = self._figures.latest_failure
        return facts

    # -- delivering --

    def _committed(self, committed: Committed) -> None:
        if any(event.type == "notice_asked" for event in committed.events):
            self._wake()

    def _wake(self) -> None:
        for news in self._news.values():
            news.set()

    async def _run(self, channel: NoticeChannel) -> None:
        not_before = self._clock.now()
        while True:
            try:
                if self._clock.now() >= not_before and await self._deliver_due(channel):
                    not_before = self._clock.now() + timedelta(seconds=channel.apart_s)
                    continue
                if await self._news_of(channel):
                    await self._count()
            except StorageUnavailable as error:
                _log.warning("notices cannot be read now", exc_info=error)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _news_of(self, channel: NoticeChannel) -> bool:
        """Whether something was asked for; else it is time to look whether something is due."""
        news = self._news[channel.name]
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await news.wait()
        except TimeoutError:
            return False
        news.clear()
        return True

    async def _deliver_due(self, channel: NoticeChannel) -> bool:
        """When one is due, try all that wait, as many as go at once. False: nothing was due, or it failed."""
        rows = await self._storage.notices_waiting(channel.name, channel.at_once_max)
        if not rows or rows[0].next_try_at > self._clock.now():
            return False
        failure = await self._try(channel, [await self._outgoing(row) for row in rows])
        told = {"channel": channel.name, "notices": len(rows)}
        if failure is not None:
            _log.warning("notices not delivered", extra=told | {"failure": failure})
            await self._record([self._to_be_tried_again(row, failure) for row in rows])
            return False
        _log.info("notices delivered", extra=told)
        moment = self._clock.now()
        await self._record(
            [replace(row, attempts=row.attempts + 1, failure=None, delivered_at=moment) for row in rows]
        )
        return True

    async def _try(self, channel: NoticeChannel, outgoing: list[Outgoing]) -> str | None:
        """What went wrong, None for nothing."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await channel.deliver(outgoing)
        except NoticeFailed as error:
            return _in_a_line(str(error))
        except TimeoutError:
            return f"no answer within {self._timeout_s:g} s"
        except Exception as error:  # a defect of ours must not silence all notices to come
            _log.exception("a notice met a defect", extra={"channel": channel.name})
            return f"a defect: {type(error).__name__}"
        return None

    async def _outgoing(self, row: Notice) -> Outgoing:
        if row.conversation_id is None:
            return Outgoing(notice=row, link=None, still_open=True)
        link = f"{self._origin()}/console/#/conversation/{row.conversation_id}"
        try:
            conversation = await self._committer.loaded(row.conversation_id)
        except DomainError as error:
            raise StorageUnavailable("the conversation of a notice cannot be read") from error
        still_open = conversation is not None and conversation.alert is not None
        return Outgoing(notice=row, link=link, still_open=still_open)

    def _to_be_tried_again(self, row: Notice, failure: str) -> Notice:
        longest_s = max(RETRY_LONGEST_S, self._retry_s)
        wait_s = min(self._retry_s * 2 ** min(row.attempts, 20), longest_s)
        next_try_at = self._clock.now() + timedelta(seconds=wait_s)
        return replace(row, attempts=row.attempts + 1, failure=failure, next_try_at=next_try_at)

    async def _record(self, rows: list[Notice]) -> None:
        """What came of a try. Until that is on disk nothing else goes out on this channel: it would go out twice."""
        while True:
            try:
                await self._storage.commit(Batch(notices=rows))
                await self._count()
                return
            except StorageUnavailable as error:
                _log.warning("what came of notices cannot be written now", exc_info=error)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _count(self) -> None:
        self._figures = await self._storage.notice_figures()

    async def _forget(self) -> None:
        while True:
            try:
                long_ago = self._clock.now() - DELIVERED_KEPT
                await self._storage.commit(Batch(notices_delivered_before=[long_ago]))
            except StorageUnavailable as error:
                _log.warning("old notices cannot be cleared away now", exc_info=error)
            await asyncio.sleep(_FORGET_EVERY_S)


def _in_a_line(text: str) -> str:
    """What another server said may hold anything."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(printable.split())[:FAILURE_CHARACTERS_MAX]


NOT_SET_UP = "no notice goes outside the console: set HANDOFF_SMTP_URL or HANDOFF_NOTICE_WEBHOOK_URL"


def listed(notice: Notice, now: datetime) -> dict[str, Any]:
    """A line for people and machines; `age_s` until it got through, or up to now."""
    until = notice.delivered_at or now
    return {
        "id": notice.id,
        "channel": notice.channel,
        "why": notice.why,
        "reference": notice.reference,
        "asked_at": rfc3339(notice.asked_at),
        "age_s": round((until - notice.asked_at).total_seconds(), 1),
        "attempts": notice.attempts,
        "delivered_at": None if notice.delivered_at is None else rfc3339(notice.delivered_at),
        "next_try_at": None if notice.delivered_at is not None else rfc3339(notice.next_try_at),
        "failure": notice.failure,
    }
