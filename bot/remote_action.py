"""Makes calls to the action server quick, bounded in time, and visible when they fail.

Rasa 3.6.21 checks the answer's constant schema against its metaschema on every call (16 of 20 ms), and hides a failed
call: the conversation goes on as if the action had run. There is no option for either, so two methods of its
`RemoteAction` are replaced. That is safe for the version that is pinned, and refused for any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import rasa
from jsonschema import Draft7Validator
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException

RASA_VERSION = "3.6.21"

# The names of the actions that failed in the turn at hand; the connector sets a fresh list for each turn.
failed_actions: ContextVar[list[str]] = ContextVar("failed_actions")

_LOOKS = 8  # in how many parts a call is waited for; standing still counts as one part, however long it was

_original_run = RemoteAction.run
_validator = Draft7Validator(RemoteAction.action_response_format_spec())


def install(timeout_s: float) -> None:
    """Replace the two methods. `timeout_s` bounds one call; then the action has failed.

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
        _validator.validate(result)
        return True

    RemoteAction.run = run
    RemoteAction._validate_action_result = validate


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
