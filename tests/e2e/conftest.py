"""One product and one browser for all of these tests; people come and go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from handoff.tooling import browser as chromium
from tests.e2e.people import Agent, Customer, Supervisor
from tests.e2e.product import Product
from tests.screens.stage import Stage


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, with the assistant's model loaded. Gone with the last of these tests."""
    running = Product(tmp_path_factory.mktemp("product"))
    try:
        running.wait_for(running.is_whole, "the product with all its parts")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Gone with the last of these tests too: while it is there, its event loop keeps others from running theirs."""
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.find(os.environ), args=options)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def stages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    one = Stage(browser, tmp_path_factory.mktemp("stage"))
    yield one
    one.close()


@pytest.fixture
def stage(stages: Stage) -> Iterator[Stage]:
    """A server of the test's own, in this process, with a scripted assistant and a clock that can be moved."""
    yield stages
    stages.fresh()


@pytest.fixture
def customer(browser: Browser, product: Product) -> Iterator[Callable[..., Customer]]:
    """Makes customers. None of their pages may have failed, whatever else a test found."""
    made: list[Customer] = []

    def make(**options: object) -> Customer:
        made.append(Customer(browser, product.address, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.context.close()
    assert [error for one in made for error in one.errors] == []


@pytest.fixture
def agent(browser: Browser, product: Product) -> Iterator[Callable[[str], Agent]]:
    """Makes agents who are signed in and online; they go offline when the test is over."""
    made: list[Agent] = []

    def make(name: str) -> Agent:
        one = Agent(browser, product.address, f"{name}@demo.example")
        made.append(one)
        one.sign_in()
        one.goes("Online")
        return one

    yield make
    for one in made:
        one.leaves()
    assert [error for one in made for error in one.errors] == []


@pytest.fixture
def supervisor(browser: Browser, product: Product) -> Iterator[Supervisor]:
    """Signed in, but not online: nothing is offered to her."""
    one = Supervisor(browser, product.address, "supervisor@demo.example")
    one.sign_in()
    yield one
    one.leaves()
    assert one.errors == []
