"""The bot behind Rasa's HTTP server, through our own connector there. A part that may be slow, wrong or gone."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any, Literal

import aiohttp
import msgspec
from msgspec import Meta, Struct

from handoff.bot_client.breaker import Breaker, Circuit
from handoff.domain.commands import BotMessage
from handoff.domain.errors import DomainError
from handoff.domain.events import Button, Score
from handoff.domain.text import clean_text
from handoff.service.ports import BotReply, BotSuggestion, BotTurn, BotUnavailable
from handoff.service.tasks import Tasks

_log = logging.getLogger(__name__)

ANSWER_BYTES_MAX = 256_000
MESSAGES_MAX = 10
BUTTONS_MAX = 12
SLOTS_BYTES_MAX = 8_000  # they are sent back with each turn, beside a text of any legal length
CHECK_TIMEOUT_S = 2.0
CONNECTIONS_MAX = 256  # turns under way, and those that are given up and may still be answered
LATE_TURNS_MAX = 128
PROBE_FIRST_S = 0.5  # from the opening of the circuit to the first look whether the bot is back
PROBE_LONGEST_S = 8.0  # the same after trials that failed one after another
PROBE_EVERY_S = 1.0
_REFUSED_PAUSE_S = 0.25  # a refused connection means Rasa is starting: the only failure that is tried again
_LOADING = 503  # the connector is there, and no model yet

_Text = Annotated[str, Meta(max_length=4_000)]
_Name = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
_Confidence = Annotated[
    float, Meta(ge=-1_000, le=1_000)
]  # a probability; another model may give another score


class _Button(Struct):
    title: _Name
    payload: _Text


class _Message(Struct):
    text: str
    buttons: list[_Button] = []


class _Score(Struct):
    name: _Name
    confidence: _Confidence


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
    messages: Annotated[list[_Message], Meta(max_length=MESSAGES_MAX)]
    intent: _Score
    ranking: Annotated[list[_Score], Meta(max_length=500)]
    unsure: bool
    actions: Annotated[list[_Name], Meta(max_length=100)]
    failed_actions: Annotated[list[_Name], Meta(max_length=100)]
    slots: dict[str, Any]
    model_id: _Name
    language: str = "en"
    handoff: _Handoff | None = None
    did: Annotated[list[_Did], Meta(max_length=20)] = []


class _Suggestion(Struct):
    text: _Text
    intent: _Name


class _Suggested(Struct):
    v: Literal[1]
    turn_id: str
    suggestions: Annotated[list[_Suggestion], Meta(max_length=5)]


_decode = msgspec.json.Decoder(_Answer).decode
_decode_suggested = msgspec.json.Decoder(_Suggested).decode


def reply_from_json(raw: bytes, turn_id: str) -> BotReply:
    """A checked answer. Raises `BotUnavailable("garbage")` for any other shape, or another turn's answer."""
    try:
        answer = _decode(raw)
        slots = json.dumps(answer.slots, ensure_ascii=False, sort_keys=True)
        if answer.turn_id != turn_id or len(slots.encode()) > SLOTS_BYTES_MAX:
            raise BotUnavailable("garbage")
        return BotReply(
            messages=tuple(_message(one) for one in answer.messages),
            intent=Score(name=answer.intent.name, confidence=answer.intent.confidence),
            ranking=tuple(Score(name=one.name, confidence=one.confidence) for one in answer.ranking[:5]),
            unsure=answer.unsure,
            actions=tuple(answer.actions),
            failed_actions=tuple(answer.failed_actions),
            did=tuple(clean_text(one.text) for one in answer.did),
            slots=slots,
            model_id=answer.model_id,
            wants=answer.handoff.reason if answer.handoff is not None else None,
        )
    except (msgspec.DecodeError, msgspec.ValidationError, DomainError, ValueError, RecursionError) as error:
        raise BotUnavailable("garbage") from error


def suggestions_from_json(raw: bytes, turn_id: str) -> tuple[BotSuggestion, ...]:
    """Checked suggestions. Raises `BotUnavailable("garbage")` as `reply_from_json` does."""
    try:
        answer = _decode_suggested(raw)
        if answer.turn_id != turn_id:
            raise BotUnavailable("garbage")
        return tuple(
            BotSuggestion(text=clean_text(one.text), intent=one.intent) for one in answer.suggestions
        )
    except (msgspec.DecodeError, msgspec.ValidationError, DomainError, ValueError, RecursionError) as error:
        raise BotUnavailable("garbage") from error


def _message(message: _Message) -> BotMessage:
    """Its texts are such as a person could have typed; a button's payload will be one."""
    buttons = tuple(
        Button(title=clean_text(one.title), payload=clean_text(one.payload))
        for one in message.buttons[:BUTTONS_MAX]
    )
    return BotMessage(text=clean_text(message.text), buttons=buttons)


class RasaBot:
    """Implements the `Bot` port. `open` and `close` bound its connections.

    `late_answer_s`: how long, after a turn was given up, its answer is still listened for.
    """

    def __init__(self, url: str, actions_url: str, key: str, *, late_answer_s: float) -> None:
        self._turns_url = f"{url.rstrip('/')}/webhooks/byname/turn"
        self._suggest_url = f"{url.rstrip('/')}/webhooks/byname/suggest"
        self._check_url = f"{url.rstrip('/')}/webhooks/byname/"
        self._actions_url = f"{actions_url.rstrip('/')}/health"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._late_answer_s = late_answer_s
        self._breaker = Breaker()
        self._asking: set[asyncio.Task[BotReply]] = set()
        self._probes = Tasks()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX)
        self._session = aiohttp.ClientSession(
            headers=self._headers, auto_decompress=False, connector=connector
        )

    async def close(self) -> None:
        await self._probes.close()
        asking = sorted(self._asking, key=lambda task: task.get_name())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _http(self) -> aiohttp.ClientSession:
        assert self._session is not None, "open() comes first"
        return self._session

    # -- turns --

    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        """One answer within `timeout_s`. Tried again only while the connection is refused."""
        if not self._breaker.admits():
            raise BotUnavailable("circuit_open")
        task = asyncio.create_task(self._reply(turn, timeout_s + self._late_answer_s), name=turn.turn_id)
        self._asking.add(task)
        task.add_done_callback(self._asked)
        try:
            await asyncio.wait({task}, timeout=timeout_s)
        except asyncio.CancelledError:
            task.cancel()
            self._breaker.abandoned()
            raise
        if not task.done():
            self._failed()
            raise BotUnavailable("timeout", late=self._if_late(task))
        try:
            reply = task.result()
        except BotUnavailable:
            self._failed()
            raise
        except Exception as error:  # a defect of ours: a person all the same, and the circuit hears of it
            _log.exception("a bot turn broke")
            self._failed()
            raise BotUnavailable("error") from error
        self._breaker.worked()
        return reply

    def _asked(self, task: asyncio.Task[BotReply]) -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still listened has it; nobody has to

    def _if_late(self, task: asyncio.Task[BotReply]) -> asyncio.Task[BotReply] | None:
        if len(self._asking) <= LATE_TURNS_MAX:
            return task
        task.cancel()
        return None

    async def _reply(self, turn: BotTurn, timeout_s: float) -> BotReply:
        """Raises `BotUnavailable` for whatever the bot can do to us."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._until_connected(turn)
        except TimeoutError as error:
            raise BotUnavailable("timeout") from error
        except aiohttp.ClientConnectorError as error:
            raise BotUnavailable("refused") from error
        except aiohttp.ClientError as error:
            raise BotUnavailable("error") from error

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
        return reply_from_json(await self._post(self._turns_url, turn), turn.turn_id)

    async def _post(self, url: str, turn: BotTurn) -> bytes:
        body = {
            "v": 1,
            "turn_id": turn.turn_id,
            "sender_id": turn.sender_id,
            "text": turn.text,
            "locale": turn.locale,
            "slots": turn.slots,
        }
        async with self._http().post(url, json=body, allow_redirects=False) as response:
            if response.status != 200:
                raise BotUnavailable("error")
            raw = await response.content.read(ANSWER_BYTES_MAX + 1)
            while not response.content.at_eof() and len(raw) <= ANSWER_BYTES_MAX:
                raw += await response.content.read(ANSWER_BYTES_MAX + 1)
        if len(raw) > ANSWER_BYTES_MAX:
            raise BotUnavailable("garbage")
        return raw

    # -- what it would say --

    async def suggest(self, turn: BotTurn, *, timeout_s: float) -> tuple[BotSuggestion, ...]:
        """Not tried again, and no matter for the circuit: nobody is waiting for it."""
        if self._breaker.state is not Circuit.CLOSED:
            raise BotUnavailable("circuit_open")
        try:
            async with asyncio.timeout(timeout_s):
                return suggestions_from_json(await self._post(self._suggest_url, turn), turn.turn_id)
        except TimeoutError as error:
            raise BotUnavailable("timeout") from error
        except aiohttp.ClientError as error:
            raise BotUnavailable("error") from error

    # -- whether it is there --

    def restarted(self) -> None:
        self._breaker.worked()

    def _failed(self) -> None:
        if self._breaker.failed():
            _log.warning("the bot is left alone", extra={"after_trials": self._breaker.reopened})
            self._probes.start("look after the bot", self._probe(self._breaker.reopened))

    async def _probe(self, trials_failed: int) -> None:
        """Look until the bot answers at all; what its answers are worth, the next turn will show."""
        await asyncio.sleep(min(PROBE_FIRST_S * 2**trials_failed, PROBE_LONGEST_S))
        while self._breaker.state is Circuit.OPEN:
            status = await self._status(self._check_url)
            if isinstance(status, int) and status != _LOADING:
                self._breaker.bot_answers()
            else:
                await asyncio.sleep(PROBE_EVERY_S)

    async def check(self) -> dict[str, Any]:
        """Whether a model is loaded, and whether turns are let through."""
        return _facts(await self._status(self._check_url)) | {"circuit": self._breaker.state.value}

    async def check_actions(self) -> dict[str, Any]:
        return _facts(await self._status(self._actions_url))

    async def _status(self, url: str) -> int | str:
        """The HTTP status of an answer, or why there is none."""
        try:
            timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT_S)
            async with self._http().get(url, timeout=timeout, allow_redirects=False) as response:
                return response.status
        except TimeoutError:
            return "timeout"
        except aiohttp.ClientError:
            return "not reachable"


def _facts(status: int | str) -> dict[str, Any]:
    if status == 200:
        return {"ok": True}
    return {"ok": False, "why": f"HTTP {status}" if isinstance(status, int) else status}
