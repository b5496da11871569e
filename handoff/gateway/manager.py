"""How the Socket.IO server reaches one socket: directly, and in order."""

from __future__ import annotations

from typing import Any

import socketio
from engineio import packet as engineio_packet
from socketio import packet


class DirectManager(socketio.AsyncManager):  # type: ignore[misc]  # the library has no types
    """The library starts a task for each recipient of each event and waits for it: on a busy server one event a turn
    of the event loop, so that whoever is told many things falls behind by seconds. Each of ours goes to one socket,
    where sending only puts a packet into a queue, so nothing is gained by a task.
    """

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: str | None = None,
        **kwargs: Any,
    ) -> None:
        if callback is not None or skip_sid is not None:
            await super().emit(event, data, namespace, room, skip_sid, callback, to, **kwargs)
            return
        recipients = list(self.get_participants(namespace, to or room)) if namespace in self.rooms else []
        if not recipients:
            return
        made = self.server.packet_class(packet.EVENT, namespace=namespace, data=[event, data]).encode()
        parts = made if isinstance(made, list) else [made]
        for _, engineio_sid in recipients:
            for part in parts:
                ready = engineio_packet.Packet(engineio_packet.MESSAGE, part)
                await self.server._send_eio_packet(engineio_sid, ready)
