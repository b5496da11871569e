"""The bot behind Rasa's HTTP server, through our own connector there. A part that may be slow, wrong or gone."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any, Literal

import aiohttp
import msgspec
from msgspec import Meta, Struct

from handoff.bot_client.breaker import Breaker
from handoff.domain.commands import BotMessage
from handoff.domain.errors import DomainError
from handoff.domain.events import Button, Score
from handoff.domain.text import clean_text
from handoff.service.ports import BotReply, BotTurn, BotUnavailable, Clock

_log = logging.getLogger(__name__)

ANSWER_BYTES_MAX = 256_000
MESSAGES_MAX = 10
BUTTONS_MAX = 12
CHECK_TIMEOUT_S = 2.0
_REFUSED_PAUSE_S = 0.25  # a refused connection means Rasa is starting: the only failure that is tried again

_Text = Annotated[str, Meta(max_length=4_000)]
_Name = Annotated[str, Meta(max_length=200)]


class _Button(Struct):
    title: _Name
    payload: _Text


class _Message(Struct):
    text: str
    buttons: list[_Button] = []


class _Score(Struct):
    name: _Name
    confidence: float


class _Handoff(Struct):
    reason: Literal["intent", "action", "distress"]
    detail: str = ""


class _Did(Struct):
    kind: _Name
    text: _Text


class _Answer(Struct):
    """The turn contract, version 1. Samples: tests/contracts/bot_turn."""

    v: Literal[1]
    turn_id: str
    messages: list[_Message]
    intent: _Score
    ranking: list[_Score]
    unsure: bool
    actions: list[_Name]
    failed_actions: list[_Name]
    slots: dict[str, Any]
    model_id: _Name
    language: str = "en"
    handoff: _Handoff | None = None
    did: list[_Did] = []


_decode = msgspec.json.Decoder(_Answer).decode


def reply_from_json(raw: bytes, turn_id: str) -> BotReply:
    """A checked answer. Raises `BotUnavailable("garbage")` for any other shape, or another turn's answer."""
    try:
        answer = _decode(raw)
        if answer.turn_id != turn_id or len(answer.messages) > MESSAGES_MAX:
            raise BotUnavailable("garbage")
        messages = tuple(
            BotMessage(
                text=clean_text(message.text),
                buttons=tuple(
                    Button(title=one.title, payload=one.payload) for one in message.buttons[:BUTTONS_MAX]
                ),
            )
            for message in answer.messages
        )
    except (msgspec.DecodeError, msgspec.ValidationError, DomainError, ValueError) as error:
        raise BotUnavailable("garbage") from error
    return BotReply(
        messages=messages,
        intent=Score(name=answer.intent.name, confidence=answer.intent.confidence),
        ranking=tuple(Score(name=one.name, confidence=one.confidence) for one in answer.ranking[:5]),
        unsure=answer.unsure,
        actions=tuple(answer.actions),
        failed_actions=tuple(answer.failed_actions),
        did=tuple(one.text for one in answer.did),
        slots=json.dumps(answer.slots, ensure_ascii=False, sort_keys=True),
        model_id=answer.model_id,
        wants=answer.handoff.reason if answer.handoff is not None else None,
    )


class RasaBot:
    """Implements the `Bot` port. `open` and `close` bound its connections."""

    def __init__(self, url: str, actions_url: str, key: str, clock: Clock) -> None:
        self._turns_url = f"{url.rstrip('/')}/webhooks/byname/turn"
        self._check_url = f"{url.rstrip('/')}/webhooks/byname/"
        self._actions_url = f"{actions_url.rstrip('/')}/health"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._breaker = Breaker(clock)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(headers=self._headers, auto_decompress=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _http(self) -> aiohttp.ClientSession:
        assert self._session is not None, "open() comes first"
        return self._session

    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        """One answer within `timeout_s`. Tried again only while the connection is refused."""
        if not self._breaker.allows():
            raise BotUnavailable("circuit_open")
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._until_connected(turn)
        except TimeoutError as error:
            self._breaker.failed()
            raise BotUnavailable("timeout") from error
        except aiohttp.ClientConnectorError as error:
            self._breaker.failed()
            raise BotUnavailable("refused") from error
        except aiohttp.ClientError as error:
            self._breaker.failed()
            raise BotUnavailable("error") from error
        except BotUnavailable:
            self._breaker.failed()
            raise
        self._breaker.worked()
        return reply

    async def _until_connected(self, turn: BotTurn) -> BotReply:
        for attempts_left in (1, 0):
            try:
                return await self._ask(turn)
            except aiohttp.ClientConnectorError:
                if attempts_left == 0:
                    raise
                await asyncio.sleep(_REFUSED_PAUSE_S)
        raise AssertionError("unreachable")

    async def _ask(self, turn: BotTurn) -> BotReply:
        body = {
            "v": 1,
            "turn_id": turn.turn_id,
            "sender_id": turn.sender_id,
            "text": turn.text,
            "locale": turn.locale,
            "slots": turn.slots,
        }
        async with self._http().post(self._turns_url, json=body) as response:
            if response.status != 200:
                raise BotUnavailable("error")
            raw = await response.content.read(ANSWER_BYTES_MAX + 1)
            while not response.content.at_eof() and len(raw) <= ANSWER_BYTES_MAX:
                raw += await response.content.read(ANSWER_BYTES_MAX + 1)
        if len(raw) > ANSWER_BYTES_MAX:
            raise BotUnavailable("garbage")
        return reply_from_json(raw, turn.turn_id)

    async def check(self) -> dict[str, Any]:
        """Whether a model is loaded; a good answer closes the circuit."""
        facts = await self._check(self._check_url)
        if facts["ok"]:
            self._breaker.worked()
        return facts

    async def check_actions(self) -> dict[str, Any]:
        return await self._check(self._actions_url)

    async def _check(self, url: str) -> dict[str, Any]:
        try:
            timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT_S)
            async with self._http().get(url, timeout=timeout) as response:
                if response.status == 200:
                    return {"ok": True}
                return {"ok": False, "why": f"HTTP {response.status}"}
        except TimeoutError:
            return {"ok": False, "why": "timeout"}
        except aiohttp.ClientError:
            return {"ok": False, "why": "not reachable"}
