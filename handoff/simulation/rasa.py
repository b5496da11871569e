"""The simulated bot: a host that speaks the turn contract over HTTP, well or badly.

`mood` says how: `well`, `slow`, `hung` (takes the request and never answers), `dead` (nobody listens), `broken` (500),
`babbling` (too much, too long, garbled, another turn's answer), `empty`.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec

from handoff.simulation.bot_book import BotBook
from handoff.simulation.loop import Machine, VirtualLoop
from handoff.simulation.network import Listener

MOODS = ("slow", "hung", "dead", "broken", "babbling", "empty")
ADDRESS = ("10.9.0.1", 5005)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Rasa:
    def __init__(self, loop: VirtualLoop, seed: str, book: BotBook) -> None:
        self._loop = loop
        self.book = book
        self.random = random.Random(f"{seed}:rasa")
        self.machine = Machine("rasa", ADDRESS[0])
        self.mood = "well"
        self.asked = 0
        self._listener: Listener | None = None
        self.set_mood("well")

    def set_mood(self, mood: str) -> None:
        self.mood = mood
        self.book.trouble()
        if mood == "dead" and self._listener is not None:
            self._listener.close()
            self._listener = None
        elif mood != "dead" and self._listener is None:
            self._listener = self._loop.network.listen(self.machine, lambda: _Turns(self), ADDRESS)

    def answer_to(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What a Rasa that is well says to this."""
        text = str(asked["text"]).lower()
        answer: dict[str, Any] = {
            "v": 1,
            "turn_id": asked["turn_id"],
            "messages": [{"text": f"About {text[:40]!r}: it is on its way."}],
            "intent": {"name": "track_order", "confidence": 0.9},
            "ranking": [],
            "unsure": False,
            "actions": [],
            "failed_actions": [],
            "slots": {"turns": self.asked},
            "model_id": "simulated",
        }
        if "hmm" in text:
            answer["unsure"] = True
        if "refund" in text:
            answer["handoff"] = {"reason": "action", "detail": "above the limit"}
        if "cancel" in text:
            answer["did"] = [{"kind": "order_cancelled", "text": "Order 7 was cancelled."}]
        if "somebody" in text:
            answer["handoff"] = {"reason": "intent"}
        if "stuck" in text:
            answer["failed_actions"] = ["action_look"]
        return answer


class _Turns(asyncio.Protocol):
    """One connection of the server's to the bot: request after request."""

    def __init__(self, rasa: Rasa) -> None:
        self._rasa = rasa
        self._loop = rasa._loop
        self._got = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            ),
            0,
        )
        if len(body) < length:
            return
        self._got = body[length:]
        rasa, mood = self._rasa, self._rasa.mood
        rasa.asked += 1
        if head.startswith(b"GET"):
            if mood not in ("hung", "dead"):
                self._later(0.001, 200, {"status": "ok"})
            return
        asked = _decode(body[:length])
        rasa.book.asked(asked, rasa._loop.network.delivering_from)
        if mood in ("hung", "dead"):
            return
        answer = rasa.answer_to(asked)
        chance = rasa.random
        seconds = chance.uniform(0.02, 0.3) if mood != "slow" else chance.uniform(2.0, 9.0)
        if mood == "broken":
            self._later(seconds, 500, {"error": "no"})
        elif mood == "empty":
            rasa.book.said(asked["turn_id"], answer | {"messages": []})
            self._later(seconds, 200, answer | {"messages": []})
        elif mood == "babbling":
            self._later(seconds, 200, self._babble(answer))
        else:
            rasa.book.said(asked["turn_id"], answer)
            self._later(seconds, 200, answer)

    def _babble(self, answer: dict[str, Any]) -> Any:
        match self._rasa.random.randrange(6):
            case 0:
                return answer | {"messages": [{"text": "and " * 2_000}]}
            case 1:
                return answer | {"messages": [{"text": f"Thing {number}."} for number in range(40)]}
            case 2:
                return answer | {"turn_id": "of-another.1"}
            case 3:
                return ["no", "answer", {"at": "all"}]
            case 4:
                return answer | {"messages": [{"text": 7}], "unsure": "perhaps"}
            case _:
                return answer | {"messages": [{"text": "x" * 300_000}]}

    def _later(self, seconds: float, status: int, body: Any) -> None:
        self._loop.call_later(seconds, self._answer, status, _encode(body))

    def _answer(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)
