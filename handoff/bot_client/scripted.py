"""The shipped fake of the bot, for speed in tests: it answers what it was told to, at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handoff.domain.commands import BotMessage
from handoff.domain.events import Score
from handoff.service.ports import BotReply, BotSuggestion, BotTurn


def plain_reply(text: str, *, intent: str = "track_order", unsure: bool = False) -> BotReply:
    return BotReply(
        messages=(BotMessage(text=text),),
        intent=Score(name=intent, confidence=1.0),
        ranking=(),
        unsure=unsure,
        actions=(),
        failed_actions=(),
        did=(),
        slots="{}",
        model_id="scripted",
        wants=None,
    )


class ScriptedBot:
    """`answer` makes the reply to each turn, or raises `BotUnavailable`. Turns are kept in `turns`,
    those that were only asked what it would say in `suggested`."""

    def __init__(self, answer: Callable[[BotTurn], BotReply] | None = None) -> None:
        self.answer = answer or (lambda turn: plain_reply(f"You said: {turn.text[:100]}"))
        self.turns: list[BotTurn] = []
        self.suggested: list[BotTurn] = []

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def suggest(self, turn: BotTurn, *, timeout_s: float) -> tuple[BotSuggestion, ...]:
        self.suggested.append(turn)
        reply = self.answer(turn)
        if reply.unsure:
            return ()
        return tuple(BotSuggestion(text=one.text, intent=reply.intent.name) for one in reply.messages)

    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        self.turns.append(turn)
        return self.answer(turn)

    def restarted(self) -> None:
        pass

    async def check(self) -> dict[str, Any]:
        return {"ok": True}

    async def check_actions(self) -> dict[str, Any]:
        return {"ok": True}
