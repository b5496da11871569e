"""Makes calls to the action server quick, bounded in time, and visible when they fail.

Rasa 3.6.21 checks the answer's constant schema against its metaschema on every call (16 of 20 ms), connects anew for
each, and hides a failed one: the conversation goes on as if the action had run. There is no option for any of these, so
three methods are replaced. That is safe for the version that is pinned, and refused for any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from typing import Any

import aiohttp
import rasa
from jsonschema import Draft7Validator
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.schemas.events import EVENT_SCHEMA
from rasa.utils.endpoints import EndpointConfig

RASA_VERSION = "3.6.21"

# The names of the actions that failed in the turn at hand; the connector sets a fresh list for each turn.
failed_actions: ContextVar[list[str]] = ContextVar("failed_actions")

_LOOKS = 8  # in how many parts a call is waited for; standing still counts as one part, however long it was

# For so long an idle connection is used again: well below the 5 s after which the action server closes one, for a call
# that meets the closing would fail.
_IDLE_S = 2.0

_original_run = RemoteAction.run
_original_session = EndpointConfig.session

_answer = RemoteAction.action_response_format_spec()
_validator = Draft7Validator(_answer)
# Rasa holds each event against each of its 23 kinds, though the name says which one it can be.
_frame = Draft7Validator(_answer | {"properties": _answer["properties"] | {"events": {"type": "array"}}})
_event = {key: value for key, value in EVENT_SCHEMA.items() if key != "oneOf"}
_kinds = {
    kind["properties"]["event"]["const"]: Draft7Validator(_event | {"allOf": [kind]})
    for kind in EVENT_SCHEMA["oneOf"]
}

_session: aiohttp.ClientSession | None = None


def install(timeout_s: float) -> None:
    """Replace the three methods. `timeout_s` bounds one call; then the action has failed.

    Raises RuntimeError when Rasa is not the version that this was written for.
    """
    refuse_other_versions("bot/remote_action.py")

    async def run(action: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await _within(timeout_s, _original_run(action, *args, **kwargs))
        except ActionExecutionRejection:
            raise  # a form that asks for another try; nothing failed
        except Exception as error:
            failed_actions.get([]).append(action.name())
            # Rasa logs this with its traceback; the cause may quote the conversation and stays out of the log.
            raise RasaException(f"action {action.name()} failed: {type(error).__name__}") from None

    def validate(action: RemoteAction, result: dict[str, Any]) -> bool:
        if not is_plainly_valid(result):
            _validator.validate(result)
        return True

    RemoteAction.run = run
    RemoteAction._validate_action_result = validate
    EndpointConfig.session = session


def is_plainly_valid(result: Any) -> bool:
    """Whether an action's answer is what Rasa's schema says; when not, the schema itself has the last word."""
    return _frame.is_valid(result) and all(
        isinstance(event, dict)
        and isinstance(name := event.get("event"), str)
        and name in _kinds
        and _kinds[name].is_valid(event)
        for event in result.get("events", [])
    )


def session(endpoint: EndpointConfig) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
    """For one call: the session that all calls of this event loop share, so that connections are used again.

    Rasa sends the endpoint's headers with each call anyway; one with a password has a session of its own each time.
    """
    global _session
    if endpoint.basic_auth:
        return _original_session(endpoint)
    if _session is None or _session.closed or _session._loop is not asyncio.get_running_loop():
        connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_S, limit=0)
        _session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    return nullcontext(_session)


async def close() -> None:
    """Close what is kept open, in its event loop."""
    if _session is not None:
        await _session.close()


async def _within(timeout_s: float, call: Coroutine[Any, Any, Any]) -> Any:
    """What `call` returns. Raises `asyncio.TimeoutError` after `timeout_s`, not counting when the loop stood still.

    While Rasa loads a model it does nothing else, and the answer of an action lies there unread.
    """
    task = asyncio.ensure_future(call)
    try:
        for _ in range(_LOOKS):
            done, _ = await asyncio.wait({task}, timeout=timeout_s / _LOOKS)
            if done:
                return task.result()
        raise asyncio.TimeoutError
    finally:
        task.cancel()


def refuse_other_versions(module: str) -> None:
    """Raises RuntimeError when Rasa is not the version that `module`, which replaces parts of it, was written for."""
    if rasa.__version__ != RASA_VERSION:
        raise RuntimeError(f"{module} is for Rasa {RASA_VERSION}, and this is {rasa.__version__}")
