"""Fixtures of the bot's tests: one real Rasa, one real action server and one small real shop for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handoff.tooling.model import ensure_model
from tests.bot.parts import Bot, Customer
from tests.bot.shop_double import ShopDouble


@pytest.fixture(scope="session")
def model() -> Path:
    """The model for the data and configuration as they are; trained when there is none."""
    return ensure_model()


@pytest.fixture(scope="session")
def _shop() -> Iterator[ShopDouble]:
    shop = ShopDouble()
    yield shop
    shop.close()


@pytest.fixture
def shop(_shop: ShopDouble) -> ShopDouble:
    _shop.reset()
    return _shop


@pytest.fixture(scope="session")
def running_bot(model: Path, _shop: ShopDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    bot = Bot(model, _shop.url, tmp_path_factory.mktemp("bot"))
    try:
        bot.start()
        yield bot
    finally:
        bot.stop()


@pytest.fixture
def bot(running_bot: Bot, shop: ShopDouble) -> Bot:
    """The running bot, before a shop that is as on the first day."""
    return running_bot


@pytest.fixture
def customer(bot: Bot) -> Callable[..., Customer]:
    """Makes a customer with a conversation of their own."""

    def make(locale: str = "en") -> Customer:
        return Customer(bot, locale)

    return make
