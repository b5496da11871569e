"""Socket.IO packets as this server reads them: what is no request is still one, and is refused as such.

The library raises on an event that is not JSON, so that its sender would wait for an ack in vain; and it would hand an
event that a client calls `connect` or `disconnect` to the handlers of the connection itself.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from socketio import packet

NO_REQUEST = ""  # the name of what cannot have one; no request is called so
_OF_THE_CONNECTION = frozenset({"connect", "disconnect"})


class Json:
    """What the library asks of a JSON module: msgspec's, which is several times as fast as the standard one."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        """What only the standard module can read (NaN, halves of surrogate pairs) is read by it, and refused later on,
        with words that fit. Raises `ValueError`, `RecursionError`."""
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return json.loads(text)


class Packet(packet.Packet):  # type: ignore[misc]  # the library has no types
    json = Json  # the library's name for it

    @classmethod
    def data_is_binary(cls, data: Any) -> bool:
        """Nothing here is; the library would look through everything that is sent."""
        return False

    def decode(self, encoded_packet: Any) -> int:
        """Raises only for packets that cannot be answered."""
        try:
            attachments = int(super().decode(encoded_packet))
        except (ValueError, RecursionError):
            if self.packet_type not in (packet.EVENT, packet.CONNECT):
                raise
            self.data, attachments = None, 0
        if self.packet_type in (packet.EVENT, packet.BINARY_EVENT):
            self.data = _request(self.data)
        return attachments


def _request(data: Any) -> list[Any]:
    """The name, then the arguments."""
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        return [NO_REQUEST]
    if data[0] in _OF_THE_CONNECTION:
        return [NO_REQUEST, *data[1:]]
    return data
