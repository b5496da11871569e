"""The widget on traders' pages: other origins, a strict policy, several sites, and what the page can ask of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.screens.stage import Stage

KEY = "the key that the shop signs its customers' names with"
PATIENCE_MS = 30_000


class Shop:
    """A trader's page of another origin, with the strictest policy that the widget can live with."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.attributes = ""
        self.server = ""

    @property
    def policy(self) -> str:
        return f"default-src 'none'; script-src {self.server}; frame-src {self.server}"

    @property
    def html(self) -> str:
        script = f'<script src="{self.server}/widget/loader.js" {self.attributes} async></script>'
        return f'<!doctype html><html lang="en"><title>Shop</title><h1>A shop</h1>{script}</html>'


@contextmanager
def _served() -> Iterator[Shop]:
    shop = Shop("")

    class Page_(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shop.html.encode()
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(body if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Page_)
    shop.origin = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


@pytest.fixture
def shop(stage: Stage) -> Iterator[Shop]:
    """Two sites on one desk: one for this shop, in yellow, one for somebody else's origin."""
    with _served() as shop:

        def with_sites(desk: str) -> str:
            site = (
                '[[sites]]\nkey = "{key}"\nname = "{key}"\nallowed_origins = ["{origin}"]\naccent_color = "{color}"\n'
                f'languages = ["{{language}}"]\nidentity_key = "{KEY}"\n\n'
            )
            more = site.format(key="yellow", origin=shop.origin, color="#ffd400", language="en")
            more += site.format(key="other", origin="https://other.example", color="#102030", language="de")
            return desk.replace("[[teams]]", more + "[[teams]]", 1)

        shop.server = stage.serve(desk_file=stage.desk_file(with_sites)).origin
        yield shop


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def visit(page: Page, shop: Shop, attributes: str) -> FrameLocator:
    """Opens the shop's page and waits for the button."""
    shop.attributes = attributes
    page.goto(shop.origin)
    page.get_by_test_id("launcher").wait_for()
    return page.frame_locator("byname-chat iframe")


def test_a_strict_policy_is_enough_and_nothing_is_loaded_before_it_is_wanted(page: Page, shop: Shop) -> None:
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    chat = visit(page, shop, 'data-site="yellow"')
    assert [url.removeprefix(shop.server) for url in asked if url.startswith(shop.server)] == [
        "/widget/loader.js"
    ]

    page.get_by_test_id("launcher").click()
    expect(chat.get_by_role("log")).to_contain_text(re.compile("AI"), timeout=PATIENCE_MS)
    assert [url for url in asked if not url.startswith((shop.server, shop.origin, "blob:"))] == []
    assert [text for text in broken if "favicon" not in text and "404" not in text] == []


def test_a_site_is_embedded_by_its_own_pages_only(page: Page, shop: Shop) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
    visit(page, shop, 'data-site="other"')
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.get_by_test_id("launcher").click()
    assert refused


def test_a_pale_colour_of_a_site_can_be_read(page: Page, shop: Shop) -> None:
    chat = visit(page, shop, 'data-site="yellow" data-side="left"')
    page.get_by_test_id("launcher").click()
    header = chat.locator("header.head")
    expect(header).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(header).to_have_css("color", "rgb(16, 22, 29)")
    box = page.get_by_test_id("launcher").bounding_box()
    assert box is not None
    assert box["x"] < 100


def test_page_and_customer_choose_the_language_and_the_customer_has_the_last_word(
    page: Page, shop: Shop
) -> None:
    chat = visit(page, shop, 'data-site="yellow" data-locale="fr"')
    button = page.get_by_test_id("launcher")
    expect(button).to_have_accessible_name("Chat d’assistance")
    button.click()
    expect(chat.get_by_test_id("talk-to-person")).to_contain_text("Parler à une personne")

    page.evaluate("Byname.setLocale('sv')")
    expect(chat.get_by_test_id("talk-to-person")).to_contain_text("Prata med en människa")
    expect(button).to_have_accessible_name("Stäng chatten")

    chat.get_by_role("button", name="Om den här chatten").click()
    chat.get_by_label("Språk").select_option("el")
    expect(chat.get_by_test_id("talk-to-person")).to_contain_text("Μιλήστε με άνθρωπο")
    page.evaluate("Byname.setLocale('de')")
    page.reload()
    expect(page.frame_locator("byname-chat iframe").get_by_test_id("talk-to-person")).to_contain_text(
        "Μιλήστε"
    )


def test_the_page_is_told_and_can_open_and_close(page: Page, shop: Shop) -> None:
    chat = visit(page, shop, 'data-site="yellow"')
    page.evaluate(
        "() => { window.heard = []; for (const one of ['open', 'close']) Byname.on(one, () => heard.push(one)) }"
    )
    page.evaluate("Byname.open()")
    expect(chat.get_by_test_id("composer")).to_be_focused(timeout=PATIENCE_MS)
    page.evaluate("Byname.close()")
    expect(page.get_by_test_id("launcher")).to_be_focused()
    assert page.evaluate("heard") == ["open", "close"]


def test_who_signs_in_goes_on_and_who_signs_out_leaves_nothing_behind(page: Page, shop: Shop) -> None:
    chat = visit(page, shop, 'data-site="yellow"')
    page.get_by_test_id("launcher").click()
    chat.get_by_test_id("composer").fill("Is my order 10023 on its way?")
    chat.get_by_test_id("composer").press("Enter")
    expect(chat.get_by_role("log")).to_contain_text("Is my order 10023")
    expect(chat.locator(".delivery").last).to_contain_text("Sent")

    token = jwt.encode({"sub": "17", "name": "Eva Berg", "exp": 4_000_000_000}, KEY, algorithm="HS256")
    page.evaluate("(token) => Byname.identify(token)", token)
    chat.get_by_role("button", name="About this chat").click()
    expect(chat.get_by_text("Signed in as Eva Berg")).to_be_visible(timeout=PATIENCE_MS)
    chat.get_by_role("button", name="Back to the chat").click()
    expect(chat.get_by_role("log")).to_contain_text("Is my order 10023")

    page.evaluate("Byname.identify(null)")
    expect(chat.get_by_role("log")).not_to_contain_text("Is my order 10023", timeout=PATIENCE_MS)


def test_forgotten_is_gone_from_the_screen_and_a_new_conversation_begins(page: Page, shop: Shop) -> None:
    chat = visit(page, shop, 'data-site="yellow"')
    page.get_by_test_id("launcher").click()
    chat.get_by_test_id("composer").fill("My word is Zwetschgenknödel")
    chat.get_by_test_id("composer").press("Enter")
    expect(chat.locator(".delivery").last).to_contain_text("Sent")
    chat.get_by_role("button", name="About this chat").click()
    chat.get_by_role("button", name="Erase my data…").click()
    expect(chat.get_by_role("button", name="Yes, erase everything")).to_be_focused()
    chat.get_by_role("button", name="Yes, erase everything").click()
    expect(chat.get_by_text("Your conversations have been erased.")).to_be_visible(timeout=PATIENCE_MS)
    chat.get_by_role("button", name="Back to the chat").click()
    expect(chat.get_by_role("log")).to_contain_text("AI", timeout=PATIENCE_MS)
    expect(chat.get_by_role("log")).not_to_contain_text("Zwetschgenknödel")
