"""Fixtures of the action tests: the actions as they are, before a small real HTTP shop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.server import make_actions
from actions.settings import Settings
from actions.shop import Shop
from tests.bot.shop_double import KEY, ShopDouble


@pytest.fixture(scope="session")
def shop_server() -> Iterator[ShopDouble]:
    server = ShopDouble()
    yield server
    server.close()


@pytest.fixture
def shop(shop_server: ShopDouble) -> ShopDouble:
    shop_server.reset()
    return shop_server


@dataclass
class Outcome:
    """What one run of an action led to."""

    said: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)

    @property
    def responses(self) -> list[str]:
        return [name for name, _ in self.said]


@pytest.fixture
def act(shop: ShopDouble) -> Callable[..., Outcome]:
    """Runs an action by name; slots by keyword, `text_entities` are the entities of the message."""

    def run(
        name: str,
        *,
        turn_id: str | None = "turn-1",
        text: str = "",
        intent: str = "",
        text_entities: dict[str, str] | None = None,
        url: str = shop.url,
        timeout_s: float = 5.0,
        **slots: Any,
    ) -> Outcome:
        settings = Settings(shop_url=url, bot_key=KEY, shop_timeout_s=timeout_s)
        return asyncio.run(_run(name, settings, _tracker(turn_id, text, intent, text_entities or {}, slots)))

    return run


async def _run(name: str, settings: Settings, tracker: Tracker) -> Outcome:
    shop = Shop(settings.shop_url, settings.bot_key, settings.shop_timeout_s)
    await shop.open()
    try:
        action = next(it for it in make_actions(shop, settings) if it.name() == name)
        dispatcher = CollectingDispatcher()
        events = await action.run(dispatcher, tracker, {})
    finally:
        await shop.close()
    outcome = Outcome()
    for message in dispatcher.messages:
        if message.get("custom"):
            outcome.reports.append(message["custom"])
        else:
            own = {"response", "template"}  # the SDK repeats the name under its old key
            values = {
                key: value for key, value in message.items() if key not in own and isinstance(value, str)
            }
            outcome.said.append((message["response"], values))
    for event in events:
        if event["event"] == "slot":
            outcome.slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            outcome.slots["active_loop"] = event["name"]
    return outcome


def _tracker(
    turn_id: str | None, text: str, intent: str, entities: dict[str, str], slots: dict[str, Any]
) -> Tracker:
    latest = {
        "text": text,
        "intent": {"name": intent},
        "entities": [{"entity": name, "value": value} for name, value in entities.items()],
    }
    user_event = {"event": "user", "metadata": {"turn_id": turn_id} if turn_id else {}}
    return Tracker("sender", slots, latest, [user_event], False, None, {}, None)
