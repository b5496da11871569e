"""The Socket.IO server: the library's for all that is rare, and a short way for what is frequent.

Frequent are requests with their acks, and events to one socket. The library passes each through a dozen calls, some of
which look up again and again what does not change, and starts a task for each recipient of an event.
"""

from __future__ import annotations

from typing import Any

import socketio

from handoff.gateway.connections import Connection, ConnectionServer
from handoff.gateway.packets import ack_packet, read_request


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Every namespace is one of ours: it answers a request by `answer`, which never fails."""

    def connection_of(self, sid: str, namespace: str) -> Connection:
        """The connection by which a socket has come. Raises `KeyError` when it has gone."""
        found: Connection = self.eio.sockets[self.manager.eio_sid_from_sid(sid, namespace)]
        return found

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        request = read_request(data) if isinstance(data, str) else None
        handler = self.namespace_handlers.get(request.namespace) if request is not None else None
        if request is None or handler is None:
            await super()._handle_eio_message(eio_sid, data)
            return
        sid = self.manager.sid_from_eio_sid(eio_sid, request.namespace)
        if not self.manager.is_connected(sid, request.namespace):
            return
        ack = await handler.answer(request.name, sid, request.arguments)
        connection = self.eio.sockets.get(eio_sid)
        if ack is not None and request.ack_id is not None and connection is not None:
            connection.tell(ack_packet(request.namespace, request.ack_id, ack))

    def _engineio_server_class(self) -> type[ConnectionServer]:
        return ConnectionServer


class RoomlessManager(socketio.AsyncManager):  # type: ignore[misc]  # the library has no types
    """Nothing is sent to rooms here. The library looks through all rooms, so all sockets, when one socket goes."""

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for waiting in (self.pending_connect, self.pending_disconnect):
            if sid in waiting.get(namespace, ()):
                waiting[namespace].remove(sid)
                if not waiting[namespace]:
                    del waiting[namespace]
        self.callbacks.pop(sid, None)
        for room in (sid, None):  # its own, and that of all
            self.basic_leave_room(sid, namespace, room)
