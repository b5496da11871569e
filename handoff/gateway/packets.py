"""Socket.IO packets as this server reads them: what is no request is still one, and is refused as such.

The library raises on an event that is not JSON, so that its sender would wait for an ack in vain; and it would hand an
event that a client calls `connect` or `disconnect` to the handlers of the connection itself.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import msgspec
from socketio import packet

NO_REQUEST = ""  # the name of what cannot have one; no request is called so
_OF_THE_CONNECTION = frozenset({"connect", "disconnect"})

_EVENT_IN_NAMESPACE = f"{packet.EVENT}/"
_ACK_ID_DIGITS_MAX = 15
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Request(NamedTuple):
    namespace: str
    ack_id: int | None
    name: str
    arguments: list[Any]


def read_request(text: str) -> Request | None:
    """A packet that is a plain request in a namespace of its own; None for all others, which `Packet` reads."""
    comma = text.find(",")
    bracket = text.find("[", comma)
    if not text.startswith(_EVENT_IN_NAMESPACE) or comma < 0 or bracket < 0:
        return None
    ack_id = text[comma + 1 : bracket]
    if ack_id and not (ack_id.isascii() and ack_id.isdigit() and len(ack_id) <= _ACK_ID_DIGITS_MAX):
        return None
    try:
        data = _decode(text[bracket:])
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    name, *arguments = _request(data)
    return Request(text[1:comma], int(ack_id) if ack_id else None, name, arguments)


def event_packet(namespace: str, name: str, payload: Any) -> bytes:
    return _beginning(namespace, name) + _encode(payload) + b"]"


@cache
def _beginning(namespace: str, name: str) -> bytes:
    return f"{packet.EVENT}{namespace},".encode() + _encode([name])[:-1] + b","


def ack_packet(namespace: str, ack_id: int, ack: Any) -> bytes:
    return b"%d%s,%d[%s]" % (packet.ACK, namespace.encode(), ack_id, _encode(ack))


class Json:
    """What the library asks of a JSON module: msgspec's, which is several times as fast as the standard one."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return _encode(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        """What only the standard module can read (NaN, halves of surrogate pairs) is read by it, and refused later on,
        with words that fit. Raises `ValueError`, `RecursionError`."""
        try:
            return _decode(text)
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
