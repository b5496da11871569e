"""The wire between two hosts: it carries each packet, or loses it, or is slow, for each person and direction apart.

Each person reaches the server by an address of their own; by it the wire tells them apart.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections import Counter
from dataclasses import dataclass
from typing import Literal

PEOPLE_ADDRESS = "10.99.0.100"
SERVER_ADDRESSES = {
    "customer": "10.99.0.1",
    "agent1": "10.99.0.2",
    "agent2": "10.99.0.3",
    "supervisor": "10.99.0.4",
}
_PACKETS_A_TURN = 64

Direction = Literal["to_server", "from_server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """`lost`: share of the packets, 1 for all. `delay_s`: how long each is under way."""

    lost: float = 0.0
    delay_s: float = 0.0


FINE = Weather()
LOST = Weather(lost=1.0)


class Wire:
    """Between the server's end and the people's end, both TUN devices. Runs in the event loop that starts it."""

    def __init__(self, server_end: int, people_end: int, seed: int) -> None:
        self._ends = {"to_server": server_end, "from_server": people_end}
        self._people = {socket.inet_aton(address): who for who, address in SERVER_ADDRESSES.items()}
        self._random = random.Random(seed)
        self._weather: dict[tuple[str, Direction], Weather] = {}
        self.carried: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._ends["from_server"], self._take, "to_server", self._ends["from_server"])
        loop.add_reader(self._ends["to_server"], self._take, "from_server", self._ends["to_server"])

    def stop(self) -> None:
        for end in self._ends.values():
            asyncio.get_running_loop().remove_reader(end)

    def set(self, who: str, *, to_server: Weather = FINE, from_server: Weather = FINE) -> None:
        self._weather[who, "to_server"] = to_server
        self._weather[who, "from_server"] = from_server

    def _take(self, direction: Direction, end: int) -> None:
        for _ in range(_PACKETS_A_TURN):
            try:
                packet = os.read(end, 65_535)
            except BlockingIOError:
                return
            # The server's address: at 16 as the destination, at 12 as the source (RFC 791).
            at = 16 if direction == "to_server" else 12
            who = self._people.get(packet[at : at + 4]) if packet[0] >> 4 == 4 else None
            if who is not None:
                self._carry(who, direction, packet)

    def _carry(self, who: str, direction: Direction, packet: bytes) -> None:
        weather = self._weather.get((who, direction), FINE)
        if self._random.random() < weather.lost:
            self.lost[f"{who} {direction}"] += 1
            return
        self.carried[f"{who} {direction}"] += 1
        if weather.delay_s:
            asyncio.get_running_loop().call_later(weather.delay_s, self._deliver, direction, packet)
        else:
            self._deliver(direction, packet)

    def _deliver(self, direction: Direction, packet: bytes) -> None:
        os.write(self._ends[direction], packet)
