"""Customers and agents as they use the pages: by what they see and by the names of controls."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Route, expect

PATIENCE_MS = 20_000  # for what takes the server, the assistant and two browsers on a small machine
# A moment as British pages show it: with its date when midnight lies in between ("Fri 1 Jan 2027, 00:02"), in one line.
MOMENT = r"(\w+\s\d+\s\w+(\s\d+)?, )?\d\d:\d\d"


# What a browser says of a server that is gone for a while, which a page cannot keep it from saying.
GONE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket connection to")


# Of the console's sign-in: address, password, button.
ENGLISH = ("E-mail address", "Password", "Sign in")
GERMAN = ("E-Mail-Adresse", "Passwort", "Anmelden")

REFERENCE = re.compile(r"\b[A-Z0-9]{3}-[A-Z0-9]{4}\b")


def _watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page whose errors are collected: scripts that fail, resources that are missing, policies that are broken."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    return page, errors


def _in_language(route: Route, language: str) -> None:
    """The trader's page as it would be in another language, for what goes by that."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('lang="en"', f'lang="{language}"', 1))


class Customer:
    """Somebody on the trader's page."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        locale: str = "en-GB",
        language: str = "en",
        width: int = 1280,
        **context: Any,
    ) -> None:
        """`locale` is the browser's, `language` that of the trader's page. `context` goes to Playwright."""
        options: dict[str, Any] = {"viewport": {"width": width, "height": 860}, "reduced_motion": "reduce"}
        self.context = browser.new_context(base_url=address, locale=locale, **(options | context))
        self.page, self.errors = _watched(self.context)
        if language != "en":
            self.page.route(address + "/", lambda route: _in_language(route, language))

    @property
    def chat(self) -> FrameLocator:
        return self.page.frame_locator("byname-chat iframe")

    @property
    def log(self) -> Locator:
        return self.chat.get_by_role("log")

    @property
    def composer(self) -> Locator:
        return self.chat.get_by_test_id("composer")

    @property
    def blocked(self) -> Locator:
        """What stands in the composer's place for somebody who may not write."""
        return self.chat.get_by_test_id("blocked")

    @property
    def wants_person(self) -> Locator:
        return self.chat.get_by_test_id("talk-to-person")

    def open_chat(self) -> None:
        self.page.goto("/")
        self.page.get_by_test_id("launcher").click()
        self.hears("AI assistant")

    def says(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def hears(self, words: str | re.Pattern[str]) -> Locator:
        """Waits until the words stand in the log. Returns the newest place where they do."""
        found = self.log.get_by_text(words).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def messages(self) -> list[str]:
        return self.log.locator(".bubble").all_inner_texts()

    def reference(self) -> str:
        """Of the latest request for a person, as the log shows it."""
        line = self.hears(REFERENCE).inner_text()
        found = REFERENCE.search(line)
        assert found is not None
        return found.group()

    def conversation_id(self) -> str:
        """As the widget keeps it, for what has no other way to name a conversation."""
        frame = next(frame for frame in self.page.frames if "/widget/" in frame.url)
        kept: str = frame.evaluate(
            "() => JSON.parse(localStorage.getItem('byname.nordlicht.session')).conversation_id"
        )
        return kept

    def forgives_lost_connections(self) -> None:
        self.errors[:] = [error for error in self.errors if not any(sign in error for sign in GONE)]


class Agent:
    """Somebody at the console."""

    def __init__(
        self, browser: Browser, address: str, email: str, *, locale: str = "en-GB", **context: Any
    ) -> None:
        self.email = email
        self.labels = GERMAN if locale.startswith("de") else ENGLISH
        options: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"}
        self.context = browser.new_context(base_url=address, locale=locale, **(options | context))
        self.page, self.errors = _watched(self.context)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def offers(self) -> Locator:
        return self.page.get_by_test_id("offer-card")

    def sign_in(self, password: str = "demo-only") -> None:
        self.page.goto("/console/")
        self.enters(password)

    def enters(self, password: str = "demo-only") -> None:
        address, secret, enter = self.labels
        self.page.get_by_label(address).fill(self.email)
        self.page.get_by_label(secret).fill(password)
        self.page.get_by_role("button", name=enter).click()

    def goes(self, presence: str) -> None:
        choice = self.page.get_by_role("radio", name=presence)
        choice.click()
        expect(choice).to_be_checked(timeout=PATIENCE_MS)

    def accepts(self, reference: str) -> None:
        """Waits for this offer, whatever else is offered, and accepts it."""
        self.offers.filter(has_text=reference).get_by_test_id("accept").click()
        self.hears(re.compile("joined"))
        expect(self.page.get_by_role("region", name=reference)).to_be_visible()

    def says(self, text: str) -> None:
        """To the customer."""
        self._writes("message", text)

    def notes(self, text: str) -> None:
        """For the desk, after choosing so."""
        self._writes("note", text)

    def _writes(self, kind: str, text: str) -> None:
        """Waits until the field is for this kind of text: it is drawn anew when another is chosen."""
        composer = self.page.locator(f".composer.for-{kind}").get_by_test_id("composer")
        composer.fill(text)
        composer.press("Enter")

    def hears(self, words: str | re.Pattern[str]) -> Locator:
        found = self.log.get_by_text(words).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def messages(self) -> list[str]:
        return self.log.locator(".bubble").all_inner_texts()

    def forgives_lost_connections(self) -> None:
        self.errors[:] = [error for error in self.errors if not any(sign in error for sign in GONE)]

    def resolves(self, outcome: str = "Answered") -> None:
        self.page.get_by_role("button", name="Resolve").click()
        self.page.get_by_role("radio", name=outcome).check()
        self.page.get_by_role("button", name="Confirm").click()
        self.page.get_by_role("button", name="Ready now").click()

    def leaves(self) -> None:
        """Goes offline, so that the next test's customers are not offered to this one."""
        self.goes("Offline")
        self.context.close()


class Supervisor(Agent):
    """Somebody who sees the whole desk."""

    @property
    def alerts(self) -> Locator:
        return self.page.get_by_test_id("alert")

    def whispers(self, text: str) -> None:
        """To the agent whose conversation is watched."""
        self._writes("whisper", text)

    def row(self, reference: str) -> Locator:
        """A request on the board."""
        return self.page.get_by_test_id("board-row").filter(has_text=reference)

    def figure(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"figure-{name}").locator(".number")

    def opens_board(self) -> None:
        self.page.get_by_role("navigation").get_by_role("button", name="Board").click()
        expect(self.page.get_by_role("heading", name="The desk now")).to_be_visible()
