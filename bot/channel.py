"""The connector: the handoff server asks here, one HTTP call a turn.

It runs the turn in Rasa and reports all that came of it, failures included. It must not say anything itself, and
never writes what people wrote into a log.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import (
    ACTION_DEFAULT_FALLBACK_NAME,
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
)
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import remote_action, shortcuts
from bot.components.classifier import ALSO_KEY
from bot.components.language import FOREIGN_KEY, OUTPUT_KEY, PRIOR_KEY
from bot.context import NUMBERS, Situation, topic_of, understood, wishes
from bot.output import CHANNEL, TurnOutput
from bot.suggesting import would_say
from bot.turn import BODY_BYTES_MAX, CARRIED_SLOTS, BadTurn, TurnAnswer, TurnRequest, parse_turn

logger = logging.getLogger(__name__)

# An action may take this long: the handoff server waits 5 s for a turn and should hear what went wrong.
ACTION_TIMEOUT_S = 4.0

# How often a turn looks whether the sender's turn before it is over. Rasa's own 1 s would be felt.
LOCK_POLL_S = 0.02

UNSURE_ACTIONS = frozenset(
    {
        "utter_out_of_scope",
        "utter_default",
        "utter_misunderstood",
        "action_clarify",
        ACTION_DEFAULT_FALLBACK_NAME,
    }
)
# Said once to somebody who writes in a third language, before the first answer.
ANSWERS_IN_LANGUAGE = "say_answers_in_language"
# Said after the answer where the message asked for something else as well; the topics are buttons of the domain.
ALSO_ASKED = "say_also_asked"
TOPIC = "topic_"
_NOT_REPORTED = frozenset({ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME})


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BynameChannel(InputChannel):
    """`POST /webhooks/byname/turn` and `suggest`, and `GET /webhooks/byname/` for whether a model is loaded."""

    def __init__(self, key: str) -> None:
        self._authorization = f"Bearer {key}".encode() if key else None

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> BynameChannel:
        remote_action.install(ACTION_TIMEOUT_S)
        shortcuts.install()
        return cls(os.environ.get("HANDOFF_BOT_KEY", ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("byname", __name__)

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            processor = _processor(request)
            if processor is None:
                return json({"status": "loading"}, status=503)
            return json({"status": "ok", "model_id": processor.model_metadata.model_id})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            processor, asked = self._asked(request)
            agent: Agent = request.app.ctx.agent
            async with agent.lock_store.lock(asked.sender_id, wait_time_in_seconds=LOCK_POLL_S):
                answer = await run_turn(processor, asked)
            return json(answer.as_json())

        @routes.post("/suggest")
        async def suggest(request: Request) -> HTTPResponse:
            return json(await would_say(*self._asked(request)))

        @routes.listener("after_server_stop")
        async def close(*_: object) -> None:
            await remote_action.close()

        @routes.exception(_Refused)
        async def refused(_request: Request, error: _Refused) -> HTTPResponse:
            return json({"error": str(error)}, status=error.status)

        return routes

    def _asked(self, request: Request) -> tuple[MessageProcessor, TurnRequest]:
        """Raises `_Refused`: for a stranger, for what is no turn, and while no model is loaded."""
        if not self._knows_key(request):
            raise _Refused(401, "unauthorized")
        try:
            asked = parse_turn(_body(request))
        except BadTurn as error:
            raise _Refused(400, str(error)) from error
        processor = _processor(request)
        if processor is None:
            raise _Refused(503, "no model is loaded")
        return processor, asked

    def _knows_key(self, request: Request) -> bool:
        if self._authorization is None:
            return True
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._authorization)


def _processor(request: Request) -> MessageProcessor | None:
    agent: Agent | None = request.app.ctx.agent
    return agent.processor if agent is not None and agent.is_ready() else None


def _body(request: Request) -> object:
    if len(request.body) > BODY_BYTES_MAX:
        raise BadTurn("the body is too large")
    try:
        return request.json
    except Exception:
        # Sanic wraps whatever its JSON parser raises, in types that differ from parser to parser.
        raise BadTurn("the body must be JSON") from None


async def run_turn(processor: MessageProcessor, asked: TurnRequest) -> TurnAnswer:
    """One turn of the sender's conversation. The caller holds the sender's lock."""
    answer = TurnAnswer(turn_id=asked.turn_id, model_id=processor.model_metadata.model_id)
    remote_action.failed_actions.set(answer.failed_actions)
    output = TurnOutput(answer)

    tracker = await processor.fetch_tracker_and_update_session(asked.sender_id, output)
    is_new = tracker.get_last_event_for(UserUttered) is None
    if is_new:
        for name, value in (asked.slots or {}).items():
            tracker.update(SlotSet(name, value), processor.domain)
    has_language = not is_new or "language" in (asked.slots or {})
    prior = tracker.get_slot("language") if has_language else asked.locale_language

    if tracker.is_active_loop_rejected:
        # A message was answered without its question being asked again; the next one is the form's again.
        tracker.update(ActiveLoop(tracker.active_loop_name), processor.domain)

    message = UserMessage(
        asked.spoken,
        output,
        asked.sender_id,
        input_channel=CHANNEL,
        message_id=asked.turn_id,
        metadata={"turn_id": asked.turn_id, PRIOR_KEY: prior},
    )
    # Parsed here and not inside Rasa, so that the language is known before the first response is chosen.
    message.parse_data = await processor.parse_message(message, tracker)
    answer.language = message.parse_data[OUTPUT_KEY]
    tracker.update(SlotSet("language", answer.language), processor.domain)

    also_asked = _read_in_place(message.parse_data, asked.spoken, tracker)

    first_foreign = bool(message.parse_data[FOREIGN_KEY]) and not _wrote_foreign_before(tracker)
    # The parts of the processor's `handle_message`, which would read the conversation once more before and after.
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(output, tracker)
    await processor._run_prediction_loop(output, tracker)
    await processor.save_tracker(tracker)
    if first_foreign and answer.messages and ANSWERS_IN_LANGUAGE in processor.domain.responses:
        said = await processor.nlg.generate(ANSWERS_IN_LANGUAGE, tracker, CHANNEL) or {}
        answer.messages.insert(0, {"text": said["text"], "buttons": said.get("buttons", [])})
    _report(tracker, message.parse_data, answer)
    if answer.messages and not answer.unsure and answer.handoff is None:
        await _tell_of_other(processor, tracker, also_asked, answer)
    return answer


def _read_in_place(parse_data: dict[str, Any], text: str, tracker: DialogueStateTracker) -> list[str]:
    """Put the intent that the message has in its place into what was read of it. Returned is what it asks beside."""
    read = parse_data["intent"]["name"]
    known = {it["entity"] for it in parse_data["entities"]}
    known |= {name for name in NUMBERS if tracker.get_slot(name) is not None}
    first, *others = wishes([read, *parse_data[ALSO_KEY]], text, known)
    meant = understood(first, text, _situation(tracker))
    if meant != read:
        parse_data["intent"] = {"name": meant, "confidence": 1.0}
    return [it for it in others if it != meant]


def _situation(tracker: DialogueStateTracker) -> Situation:
    actions = [event.action_name for event in tracker.events if isinstance(event, ActionExecuted)]
    return Situation(
        form=tracker.active_loop_name,
        asked_for=tracker.get_slot(REQUESTED_SLOT),
        topic=topic_of(actions, knows_order=bool(tracker.get_slot("orders_seen"))),
    )


async def _tell_of_other(
    processor: MessageProcessor, tracker: DialogueStateTracker, also_asked: list[str], answer: TurnAnswer
) -> None:
    """One wish is answered in a turn; the other one is not forgotten, but one tap away."""
    for intent in also_asked:
        topic = await processor.nlg.generate(f"{TOPIC}{intent}", tracker, CHANNEL)
        said = topic and await processor.nlg.generate(ALSO_ASKED, tracker, CHANNEL, other=topic["text"])
        if topic and said:
            answer.messages.append({"text": said["text"], "buttons": topic["buttons"]})
            return


def _wrote_foreign_before(tracker: DialogueStateTracker) -> bool:
    return any(
        isinstance(event, UserUttered) and (event.parse_data or {}).get(FOREIGN_KEY)
        for event in tracker.events
    )


def _report(tracker: DialogueStateTracker, parse_data: dict[str, Any], answer: TurnAnswer) -> None:
    """Read off the conversation what the turn did; its events are those after the customer's message.

    From the raw events: the fallback action takes the customer's message back, so `latest_message` misleads.
    """
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in _NOT_REPORTED:
            answer.actions.insert(0, event.action_name)
    answer.intent = _scored(parse_data["intent"])
    answer.ranking = [_scored(it) for it in parse_data.get("intent_ranking", [])][:5]
    answer.unsure = not UNSURE_ACTIONS.isdisjoint(answer.actions)
    answer.slots = {
        name: tracker.get_slot(name) for name in CARRIED_SLOTS if tracker.get_slot(name) is not None
    }
    if answer.failed_actions:
        logger.warning("actions failed in a turn: %s", ", ".join(answer.failed_actions))


def _scored(intent: dict[str, Any]) -> dict[str, Any]:
    return {"name": intent.get("name") or "", "confidence": round(float(intent.get("confidence") or 0.0), 4)}
