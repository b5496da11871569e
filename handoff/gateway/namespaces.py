"""What both namespaces share: the way from a raw request to its ack."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import batched
from typing import Any, Protocol

import socketio

from handoff.domain.errors import DomainError, bad_request
from handoff.gateway.packets import event_packet
from handoff.gateway.sockets import POLL_S, Pump, Reader
from handoff.service.ports import StorageUnavailable
from handoff.service.tasks import Tasks
from handoff.service.tokens import unauthorized
from handoff.service.wire import error_body, parse

_log = logging.getLogger(__name__)

HEAD_EVERY_S = 20.0
SOCKETS_AT_ONCE = 50  # looked after now and then: whoever speaks meanwhile does not wait for all of them

Ack = dict[str, Any]
# A request's shape, and what is done with it: (socket, parsed request) -> what the ack adds.
Handlers = dict[str, tuple[type[Any], Callable[[Any, Any], Awaitable[Ack]]]]


class Relay(Protocol):
    """How one namespace reaches the sockets of the other with what may be lost: typing, seen."""

    def to_customers(self, conversation_id: str, name: str, payload: Ack) -> None: ...

    def to_agents(self, conversation_id: str, name: str, payload: Ack) -> None: ...


def refusal(error: DomainError) -> Ack:
    return {"ok": False, "error": error_body(error)}


class Arrival:
    """A connection that is being made. Its socket is in no list yet, while its session may end."""

    def __init__(self) -> None:
        self.ended: set[bytes | str | None] = set()  # digests of tokens, and whose sessions

    def check(self, digest: bytes, subject: str) -> None:
        """Raises `unauthorized`."""
        if digest in self.ended or subject in self.ended:
            raise unauthorized()


class RoleNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """Dispatches by table. Every request but `typing` gets its ack, a malformed one too; a defect gets none."""

    UNANSWERED = frozenset({"typing"})

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tasks = Tasks()
        self.handlers: Handlers = {}
        self._arrivals: set[Arrival] = set()

    async def trigger_event(self, event: str, *args: Any) -> Any:
        sid = args[0]
        if event == "connect":
            return await self.on_connect(sid, args[2] if len(args) > 2 else None)
        if event == "disconnect":
            return await self.on_disconnect(sid)
        answer = await self.answer(event, sid, args[1:])
        return self.server.not_handled if answer is None else answer

    async def answer(self, event: str, sid: str, arguments: Sequence[Any]) -> Ack | None:
        """Carry out a request. None: there is no ack."""
        ack = await self._answer(event, sid, arguments)
        return None if event in self.UNANSWERED else ack

    async def on_connect(self, sid: str, auth: Any) -> None:
        raise NotImplementedError

    async def on_disconnect(self, sid: str) -> None:
        raise NotImplementedError

    def socket(self, sid: str) -> Any:
        """What is known of this socket; None when it is going away."""
        raise NotImplementedError

    def take_rate(self, socket: Any, event: str) -> None:
        """Raises `rate_limited`."""
        raise NotImplementedError

    def count_malformed(self, socket: Any, event: str) -> None:
        """Count a request that could not be read, where `take_rate` did not. Raises `rate_limited`."""

    async def _answer(self, event: str, sid: str, data: Sequence[Any]) -> Ack | None:
        """None: there is no ack."""
        socket = self.socket(sid)
        if socket is None:
            return None
        try:
            if event not in self.handlers:
                raise bad_request(f"There is no request {event[:40]!r}.")
            shape, handle = self.handlers[event]
            self.take_rate(socket, event)
            try:
                if len(data) > 1:
                    raise bad_request("A request has one argument.")
                asked = parse(data[0] if data else {}, shape)
            except DomainError:
                self.count_malformed(socket, event)
                raise
            added = await handle(socket, asked)
        except DomainError as error:
            return refusal(error)
        except StorageUnavailable as error:
            _log.warning("a request could not be answered", extra={"request": event}, exc_info=error)
            return {"ok": False, "error": {"code": "unavailable", "message": _TRY_AGAIN, "retry_after_s": 2}}
        except Exception:  # a defect: no ack, so that the client sends it again
            _log.exception("a request failed", extra={"request": event})
            return None
        return {"ok": True} | added

    def pump_for(self, sid: str, reader: Reader) -> Pump:
        """What tells a new socket; to be woken when the socket is known."""
        return Pump(
            f"{self.namespace} {sid}",
            reader,
            self.server.connection_of(sid, self.namespace),
            partial(event_packet, self.namespace),
            self.tasks,
            partial(self.disconnect, sid),
        )

    # -- the ends of sessions --

    @contextmanager
    def arrival(self) -> Iterator[Arrival]:
        arrival = Arrival()
        self._arrivals.add(arrival)
        try:
            yield arrival
        finally:
            self._arrivals.remove(arrival)

    def session_ended(self, digest: bytes | None, subject: str | None) -> None:
        for arrival in self._arrivals:
            arrival.ended |= {digest, subject}
        for sid in self.sockets_of(digest, subject):
            self.tasks.start(f"end of {sid}", self.disconnect(sid))

    def sockets_of(self, digest: bytes | None, subject: str | None) -> list[str]:
        """The sockets that were opened with this token, or by this person."""
        raise NotImplementedError

    def pumps(self) -> Iterable[Pump]:
        raise NotImplementedError

    async def poll(self) -> None:
        """A nudge that was lost is made up for."""
        while True:
            await asyncio.sleep(POLL_S)
            for some in batched(list(self.pumps()), SOCKETS_AT_ONCE):
                for pump in some:
                    pump.wake(moved=True)
                await asyncio.sleep(0)

    def refuse(self, error: DomainError) -> None:
        """Refuse a connection: the code as the message of `connect_error`, the error as its data."""
        refused = socketio.exceptions.ConnectionRefusedError(error.code.value, error_body(error))
        raise refused from error


_TRY_AGAIN = "This cannot be done just now. Please send it again."
