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

    async def tell(self, sid: str, namespace: str, event: str, data: Any) -> None:
        """Send one event to one socket; nothing happens when it is gone."""
        engineio_sid = self.eio_sid_from_sid(sid, namespace)
        if engineio_sid is not None:
            made = self.server.packet_class(packet.EVENT, namespace=namespace, data=[event, data]).encode()
            await self.server._send_eio_packet(
                engineio_sid, engineio_packet.Packet(engineio_packet.MESSAGE, made)
            )
