"""Collects what the assistant says, and what its actions report beside it. It sends nothing anywhere."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel

from bot.turn import TurnAnswer

CHANNEL = "byname"  # by which responses may differ


class TurnOutput(OutputChannel):
    """Rasa's output of one turn, which becomes part of the answer."""

    def __init__(self, answer: TurnAnswer) -> None:
        self._answer = answer

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        self._say(text, [])

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        self._say(text, [{"title": button["title"], "payload": button["payload"]} for button in buttons])

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """A report of an action or a response: `did`, `handoff` or `failed`."""
        if "did" in json_message:
            self._answer.did.append(json_message["did"])
        if "handoff" in json_message:
            self._answer.handoff = json_message["handoff"]
        if "failed" in json_message:
            self._answer.failed_actions.append(json_message["failed"])

    def _say(self, text: str, buttons: list[dict[str, Any]]) -> None:
        self._answer.messages.append({"text": text, "buttons": buttons})
