"""What the bot was asked and what it said, held against the log.

The bot keeps this book as it would keep a conversation: by sender. So it notices when it is asked one turn twice, when
it is to go on from an answer that nobody saw, and when what it did, or knew, is another thing in the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from handoff.service.ports import Recorded
from handoff.simulation.lines import Json

Wrong = Callable[[str, str, str], None]  # check, about, what

ONCE = "the bot is asked a turn once, and recovers when it is well"
REMEMBERS = "the bot remembers having said what was seen, and nothing else"
AS_SAID = "what the bot did, and knew, is in the log as it said it"

_RECOVERS_S = 60.0  # the bot is looked after every 8 s at the least, and one turn on trial takes 5 s


class BotBook:
    """`asked` and `said` are called by the bot, `logged` for what became durable of its turns."""

    def __init__(self, now_s: Callable[[], float], wrong: Wrong) -> None:
        self._now_s = now_s
        self._wrong = wrong
        self._turns: set[str] = set()
        self._seen: set[str] = set()  # turns of which the customer got the answer
        self._said: dict[str, Json] = {}
        self._latest: dict[str, str] = {}  # sender -> turn
        self._to_be_shown: dict[str, tuple[str, str]] = {}  # conversation -> turn, and the end of its answer
        self._known: dict[str, Json] = {}  # conversation -> slots
        self._known_s: dict[str, float] = {}  # since when
        self._well_s = 0.0  # since when it is well, and whoever asks it too
        self._left_alone_s: float | None = (
            None  # since when it was asked no turn, as it was thought to be ill
        )

    def trouble(self) -> None:
        """The bot was not well until now, or the server, or the way between them."""
        self._well_s, self._left_alone_s = self._now_s(), None

    def asked(self, turn: Json, sent_s: float) -> None:
        """`sent_s`: when it was sent. It may have been held up, and nobody may be waiting for it any more."""
        turn_id, sender = str(turn["turn_id"]), str(turn["sender_id"])
        about, _, number = turn_id.rpartition(".")
        if not number.isdigit():  # what it would say is asked by anybody, at any time
            return
        self._left_alone_s = None
        if turn_id in self._turns:
            self._wrong(ONCE, about, f"{turn_id} is asked again")
        self._turns.add(turn_id)
        before = self._latest.get(sender)
        if before is not None and before not in self._seen:
            self._wrong(REMEMBERS, about, f"{turn_id} goes on as {sender} from {before}, which nobody saw")
        self._latest[sender] = turn_id
        given = {name: value for name, value in (turn["slots"] or {}).items() if name != "addressed"}
        if sent_s >= self._known_s.get(about, 0.0) and given != self._known.get(about, {}):
            self._wrong(REMEMBERS, about, f"{turn_id} knows {given}, it was {self._known.get(about)}")

    def said(self, turn_id: str, answer: Json) -> None:
        """A whole answer, in good order, is on its way."""
        self._said[turn_id] = answer

    def logged(self, record: Recorded) -> None:
        payload: dict[str, Any] = record.payload or {}
        about, failure = record.conversation_id, payload.get("failure")
        turn_id = f"{about}.{payload['of_seq']}"
        if failure == "circuit_open":
            self._left_alone(about)
        if failure not in (None, "failed_action", "empty"):
            return  # nothing that it said came through
        said = self._said.get(turn_id)
        did = [one["text"] for one in (said or {}).get("did", ())]
        if said is None or list(payload.get("did", ())) != did:
            self._wrong(AS_SAID, about, f"{record.type} of {turn_id} with {payload.get('did')}, it did {did}")
            return
        if record.type == "late_bot_answer":
            if list(payload.get("texts", ())) != [one["text"] for one in said["messages"]]:
                self._wrong(AS_SAID, about, f"{turn_id} came late with {payload.get('texts')}")
        elif record.type == "bot_turn_answered":
            texts = [one["text"] for one in said["messages"]]
            if texts:
                self._to_be_shown[about] = (turn_id, texts[-1])
            else:
                self._seen.add(turn_id)
            self._known[about], self._known_s[about] = json.loads(payload["slots"]), self._now_s()
            if self._known[about] != said["slots"]:
                self._wrong(AS_SAID, about, f"{turn_id} knew {said['slots']}, not {payload['slots']}")

    def shown(self, about: str, text: str) -> None:
        """The bot's words are in the log, for the customer to see."""
        turn_id, last = self._to_be_shown.get(about, ("", None))
        if text == last:
            self._seen.add(turn_id)

    def _left_alone(self, about: str) -> None:
        now_s = self._now_s()
        self._left_alone_s = self._left_alone_s or now_s
        since_s = max(self._well_s, self._left_alone_s)
        if now_s - since_s > _RECOVERS_S:
            self._wrong(ONCE, about, f"it is well, and left alone for {now_s - since_s:.0f} s")
