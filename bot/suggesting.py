"""What the assistant would answer to a message, for a person to take or to leave.

Nothing changes by it: the conversation is a fresh one that nobody keeps, with what the assistant knew last of the real
one; and of the actions only those run that look something up. Whoever adds an action decides whether it is one of them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.actions.action import action_for_name_or_text
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot import remote_action
from bot.components.language import OUTPUT_KEY, PRIOR_KEY
from bot.output import CHANNEL, TurnOutput
from bot.turn import VERSION, TurnAnswer, TurnRequest

SUGGESTED_FROM = 0.6  # of 1: a suggestion that is wrong costs an agent more than one that is missing
LOOK_UP_TIMEOUT_S = 1.5  # the handoff server waits 2 s, for the reading of the message too

# They ask the shop and change nothing there; `tests/actions/test_looking_up.py` holds them to it.
LOOKING_UP = frozenset(
    {
        "action_track_order",
        "action_check_cancellation_fee",
        "action_check_invoice",
        "action_get_invoice",
        "action_get_refund",
        "action_track_refund",
    }
)
# What is only said between the assistant and a customer is no help to a person.
_NOT_SUGGESTED = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "bot_challenge",
        "help",
        "out_of_scope",
        "misunderstood",
        "request_human",
        "contact_customer_service",
    }
)


async def would_say(processor: MessageProcessor, asked: TurnRequest) -> dict[str, Any]:
    """At most one suggestion; none where the assistant is not sure, cannot look it up, or would do something."""
    known = asked.slots or {}
    prior = known.get("language", asked.locale_language)
    message = UserMessage(
        asked.spoken, input_channel=CHANNEL, metadata={"turn_id": asked.turn_id, PRIOR_KEY: prior}
    )
    message.parse_data = await processor.parse_message(message)
    intent = message.parse_data["intent"]
    name, confidence = str(intent.get("name") or ""), float(intent.get("confidence") or 0.0)
    text = ""
    if confidence >= SUGGESTED_FROM and name not in _NOT_SUGGESTED:
        tracker = DialogueStateTracker(asked.turn_id, processor.domain.slots)
        for slot, value in (known | {"language": message.parse_data[OUTPUT_KEY]}).items():
            tracker.update(SlotSet(slot, value), processor.domain)
        text = await _answer(processor, tracker, message, name)
    suggestions = [{"text": text, "intent": name}] if text else []
    return {"v": VERSION, "turn_id": asked.turn_id, "suggestions": suggestions}


async def _answer(
    processor: MessageProcessor, tracker: DialogueStateTracker, message: UserMessage, intent: str
) -> str:
    """By words alone where the rules say so; else the question for what is missing, or what a look gives."""
    if f"utter_{intent}" in processor.domain.responses:
        return await _response(processor, tracker, f"utter_{intent}")
    action = f"action_{intent}"
    if action not in LOOKING_UP or action not in processor.domain.user_actions:
        return ""
    form = f"{intent}_form"
    needed = processor.domain.required_slots_for_form(form) if form in processor.domain.form_names else []
    if needed:  # what may be a number of anything is one of what the form asks for
        tracker.update(ActiveLoop(form), processor.domain)
        tracker.update(SlotSet("requested_slot", needed[0]), processor.domain)
    said = TurnAnswer(turn_id="", model_id="")
    output = TurnOutput(said)
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(output, tracker)
    missing = next((slot for slot in needed if tracker.get_slot(slot) is None), None)
    if missing is not None:
        return await _response(processor, tracker, f"utter_ask_{missing}")
    remote_action.failed_actions.set(said.failed_actions)
    try:
        looks = action_for_name_or_text(action, processor.domain, processor.action_endpoint)
        events = await asyncio.wait_for(
            looks.run(output, processor.nlg, tracker, processor.domain), LOOK_UP_TIMEOUT_S
        )
    except (RasaException, asyncio.TimeoutError):
        return ""
    await processor._send_bot_messages(events, tracker, output)
    if said.failed_actions or said.handoff is not None:  # it would hand over; a person is there already
        return ""
    return "\n\n".join(one["text"] for one in said.messages)


async def _response(processor: MessageProcessor, tracker: DialogueStateTracker, response: str) -> str:
    said = await processor.nlg.generate(response, tracker, CHANNEL) or {}
    return str(said.get("text") or "")
