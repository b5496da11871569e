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

from tests.e2e.axe import barriers
from tests.screens.looking import DRAWN
from tests.screens.stage import PARCEL, Stage

KEY = "the key that the shop signs its customers' names with"
PATIENCE_MS = 30_000


class Shop:
    """A trader's page of another origin, with the strictest policy that the widget can live with."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.attributes = ""
        self.styles = ""
        self.server = ""

    @property
    def policy(self) -> str:
        return (
            f"default-src 'none'; script-src {self.server}; frame-src {self.server}; style-src {self.origin}; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )

    @property
    def html(self) -> str:
        script = f'<script src="{self.server}/widget/loader.js" {self.attributes} async></script>'
        head = '<title>Shop</title><link rel="stylesheet" href="/shop.css">'
        return f'<!doctype html><html lang="en">{head}<h1>A shop</h1><button>Buy</button>{script}</html>'


@contextmanager
def _served() -> Iterator[Shop]:
    shop = Shop("")

    class Page_(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files = {"/": ("text/html", shop.html), "/shop.css": ("text/css", shop.styles)}
            kind, body = files.get(self.path, ("text/plain", ""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(body.encode())

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
    """Three sites on one desk: two of this shop, in yellow and in blue, and one for somebody else's origin."""
    with _served() as shop:

        def with_sites(desk: str) -> str:
            site = (
                '[[sites]]\nkey = "{key}"\nname = "{key}"\nallowed_origins = ["{origin}"]\naccent_color = "{color}"\n'
                f'languages = ["{{language}}"]\nidentity_key = "{KEY}"\n\n'
            )
            more = site.format(key="yellow", origin=shop.origin, color="#ffd400", language="en")
            more += site.format(key="blue", origin=shop.origin, color="#1133aa", language="de")
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


def test_whole_life_of_a_chat_breaks_no_policy_and_asks_nobody_else(
    page: Page, shop: Shop, stage: Stage
) -> None:
    """Everything that is loaded when it is wanted: card, forms, sound, colours, another language, kept copies."""
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    maria = stage.colleague()
    chat = visit(page, shop, 'data-site="yellow"')
    page.get_by_test_id("launcher").click()
    log, composer = chat.get_by_role("log"), chat.get_by_test_id("composer")
    composer.fill("Which one?")
    composer.press("Enter")
    chat.get_by_role("button", name="Where is my parcel?").click()
    expect(log).to_contain_text(PARCEL, timeout=PATIENCE_MS)
    chat.get_by_test_id("talk-to-person").click()
    chat.get_by_role("button", name="Be contacted instead").click()
    expect(chat.get_by_label("Your e-mail address")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    conversation_id = stage.run(maria.take())
    stage.run(maria.say(conversation_id, "Here: https://nordlicht.example/help 🎉"))
    expect(log.get_by_role("link")).to_be_visible(timeout=PATIENCE_MS)
    stage.run(maria.do("resolve", conversation_id, outcome="done"))
    chat.get_by_role("radio", name=re.compile("^5")).check()
    chat.get_by_role("button", name="Send rating").click()
    chat.get_by_role("button", name="About this chat").click()
    with page.expect_download():
        chat.get_by_role("button", name="To read (HTML)").click()
    chat.get_by_role("button", name="Turn sound on").click()
    chat.get_by_label("Language").select_option("el")
    expect(chat.locator("html")).to_have_attribute("lang", "el", timeout=PATIENCE_MS)

    own = (shop.server, shop.origin, "blob:", shop.server.replace("http", "ws", 1))
    assert [url for url in asked if not url.startswith(own)] == []
    assert [text for text in broken if "favicon" not in text] == []


def test_styles_of_the_page_do_not_reach_the_chat(page: Page, shop: Shop) -> None:
    shop.styles = """
        * { all: revert; position: static; margin: 40px; color: red; font: 40px serif; }
        body > * { position: relative; display: none; opacity: 0; transform: scale(0.1); width: 10px; z-index: 1; }
        button, iframe, byname-chat { position: static; visibility: hidden; max-height: 30px; filter: blur(9px); }
    """
    chat = visit(page, shop, 'data-site="yellow"')
    button = page.get_by_test_id("launcher")
    size = page.viewport_size
    assert size is not None
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box == {"x": size["width"] - 80, "y": size["height"] - 80, "width": 60, "height": 60}
    button.click()
    expect(chat.get_by_test_id("composer")).to_be_focused(timeout=PATIENCE_MS)
    panel = page.locator("byname-chat iframe").bounding_box()
    assert panel is not None and panel["width"] == 400 and panel["height"] > 500
    expect(page.locator("byname-chat")).to_have_css("opacity", "1")
    # Nor the other way round: the page's own button is as the page wants it.
    expect(page.get_by_role("button", name="Buy", include_hidden=True)).to_have_css("visibility", "hidden")


def test_messages_that_come_from_elsewhere_change_nothing(page: Page, shop: Shop) -> None:
    """Only the chat's own window speaks to the loader, and only the page around it to the chat."""
    page.add_init_script(
        """window.heard = [];
        addEventListener("message", ({ data, origin }) => {
            if (data?.byname === 1) heard.push([data.type, origin]);
        });"""
    )
    chat = visit(page, shop, 'data-site="yellow"')
    button = page.get_by_test_id("launcher")
    button.click()
    expect(chat.get_by_test_id("composer")).to_be_focused(timeout=PATIENCE_MS)
    page.evaluate(
        """() => { for (const word of [{ type: "close" }, { type: "unread", count: 7 },
            { type: "words", words: ["Evil", "Evil", "Evil"] }]) window.postMessage({ byname: 1, ...word }, "*"); }"""
    )
    frame = next(frame for frame in page.frames if "/widget/" in frame.url)
    frame.evaluate(
        """() => new Promise((done) => {
            addEventListener("message", ({ data }) => { if (data === "last") setTimeout(done); });
            const words = [{ type: "closed" }, { type: "locale", locale: "de" }, { type: "identity", token: null }];
            for (const word of words) window.postMessage({ byname: 1, ...word }, "*");
            window.postMessage("last", "*");
        })"""
    )
    page.wait_for_function("heard.filter(([, from]) => from === location.origin).length === 3")
    expect(button).to_have_accessible_name("Close chat")
    expect(page).to_have_title("Shop")
    expect(chat.locator("html")).to_have_attribute("lang", "en")
    said = page.evaluate("heard.filter(([, from]) => from !== location.origin)")
    assert said and {origin for _, origin in said} == {shop.server}

    # A page that says it was another: what the chat has to tell is delivered to nobody.
    page.evaluate(
        """async (address) => { heard.length = 0; const frame = document.createElement("iframe");
            frame.src = address; document.body.append(frame);
            await new Promise((loaded) => frame.addEventListener("load", loaded)); }""",
        f"{shop.server}/widget/?site=yellow&host=https://bank.example",
    )
    other = page.frame_locator("iframe[src*='bank.example']")
    expect(other.get_by_test_id("composer")).to_be_attached(timeout=PATIENCE_MS)
    assert page.evaluate("heard") == []


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


def test_page_hears_how_much_is_unread_and_its_own_title_comes_back(
    page: Page, shop: Shop, stage: Stage
) -> None:
    maria = stage.colleague()
    chat = visit(page, shop, 'data-site="yellow"')
    page.evaluate(
        "() => { window.heard = []; window.stop = Byname.on('unread', (count) => heard.push(count)) }"
    )
    page.get_by_test_id("launcher").click()
    chat.get_by_test_id("talk-to-person").click()
    conversation_id = stage.run(maria.take())
    expect(chat.get_by_role("log")).to_contain_text("has joined", timeout=PATIENCE_MS)
    page.evaluate("Byname.close()")
    stage.run(maria.say(conversation_id, "Are you there?"))
    expect(page).to_have_title("(1) Shop", timeout=PATIENCE_MS)
    page.evaluate("document.title = 'Basket'")
    stage.run(maria.say(conversation_id, "I am waiting."))
    expect(page).to_have_title("(2) Basket", timeout=PATIENCE_MS)
    page.evaluate("Byname.open()")
    expect(page).to_have_title("Basket", timeout=PATIENCE_MS)
    assert page.evaluate("heard") == [1, 2, 0]
    page.evaluate("stop()")
    page.evaluate("Byname.close()")
    stage.run(maria.say(conversation_id, "Good-bye then."))
    expect(page).to_have_title("(1) Basket", timeout=PATIENCE_MS)
    assert page.evaluate("heard") == [1, 2, 0]


def test_sites_on_one_desk_have_each_their_own_look_and_conversations(
    page: Page, shop: Shop, stage: Stage
) -> None:
    maria = stage.colleague()
    chat = visit(page, shop, 'data-site="yellow"')
    page.get_by_test_id("launcher").click()
    chat.get_by_test_id("composer").fill("Said to the yellow shop")
    chat.get_by_test_id("composer").press("Enter")
    expect(chat.locator(".delivery").last).to_contain_text("Sent", timeout=PATIENCE_MS)
    chat.get_by_test_id("talk-to-person").click()
    first = stage.run(maria.take())

    blue = visit(page, shop, 'data-site="blue" data-locale="de"')
    page.get_by_test_id("launcher").click()
    expect(blue.get_by_test_id("talk-to-person")).to_contain_text("Mit einem Menschen", timeout=PATIENCE_MS)
    expect(blue.locator("header.head")).to_have_css("background-color", "rgb(17, 51, 170)")
    expect(blue.get_by_role("log")).not_to_contain_text("Said to the yellow shop")
    blue.get_by_test_id("talk-to-person").click()
    offer = stage.run(maria.offered(count=2))
    second = stage.run(maria.take(offer["conversation_id"]))
    assert first != second
    stage.run(maria.say(second, "Guten Tag im blauen Laden"))
    expect(blue.get_by_role("log")).to_contain_text("Guten Tag im blauen Laden", timeout=PATIENCE_MS)

    yellow = visit(page, shop, 'data-site="yellow"')  # where it was open, and is
    expect(yellow.get_by_role("log")).to_contain_text("Said to the yellow shop", timeout=PATIENCE_MS)
    expect(yellow.get_by_role("log")).not_to_contain_text("im blauen Laden")
    expect(yellow.locator("header.head")).to_have_css("background-color", "rgb(255, 212, 0)")


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#808080", "#ff5a5f", "#00ff00"])
def test_text_can_be_read_in_whatever_colour_a_site_has(
    page: Page, shop: Shop, stage: Stage, color: str
) -> None:
    """By day and by night: the button, the head, bubbles of both, links, quick answers, the card, a form's choices."""
    maria = stage.colleague()
    chat = visit(page, shop, f'data-site="yellow" data-accent="{color}"')
    page.get_by_test_id("launcher").click()
    for said in ("How do returns work?", "Which one?"):
        chat.get_by_test_id("composer").fill(said)
        chat.get_by_test_id("composer").press("Enter")
        expect(chat.locator(".delivery").last).to_contain_text("Sent", timeout=PATIENCE_MS)
    expect(chat.get_by_role("group", name="Suggested answers")).to_be_visible(timeout=PATIENCE_MS)

    def readable() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for frame in page.frames:
                frame.evaluate(DRAWN)
            assert [one for one in barriers(page, only_looks=True) if "color-contrast" in one] == [], scheme

    readable()
    chat.get_by_test_id("talk-to-person").click()
    chat.get_by_role("button", name="Be contacted instead").click()
    expect(chat.get_by_label("Your e-mail address")).to_be_focused(timeout=PATIENCE_MS)
    readable()
    conversation_id = stage.run(maria.take())
    stage.run(maria.say(conversation_id, "See https://nordlicht.example/help"))
    expect(chat.locator(".message.agent a")).to_be_visible(timeout=PATIENCE_MS)
    readable()


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
    name = chat.get_by_label("Your name (optional)")
    name.fill("Zwetschgenfee")
    chat.get_by_role("button", name="Save", exact=True).click()
    expect(chat.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE_MS)
    chat.get_by_role("button", name="Erase my data…").click()
    expect(chat.get_by_role("button", name="Yes, erase everything")).to_be_focused()
    chat.get_by_role("button", name="Yes, erase everything").click()
    expect(chat.get_by_text("Your conversations have been erased.")).to_be_visible(timeout=PATIENCE_MS)
    expect(name).to_have_value("", timeout=PATIENCE_MS)
    expect(chat.get_by_text("Saved.")).to_have_count(0)
    chat.get_by_role("button", name="Back to the chat").click()
    expect(chat.get_by_role("log")).to_contain_text("AI", timeout=PATIENCE_MS)
    expect(chat.get_by_role("log")).not_to_contain_text("Zwetschgenknödel")
