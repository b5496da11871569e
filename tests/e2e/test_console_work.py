"""An agent's work in a real browser: offers, lists, passing on and giving back, keys, tablet, German."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from handoff.service.ports import BotReply, BotTurn, BotUnavailable
from handoff.tooling.places import ROOT
from tests import clients
from tests.e2e.people import MOMENT, PATIENCE_MS, Agent
from tests.screens.desk import administered
from tests.screens.stage import PARCEL, Stage
from tests.screens.states import DESKTOP, TABLET, View

pytestmark = pytest.mark.e2e

# A browser that is late with its next picture, as on a busy machine: whatever waits for one has not happened yet.
LATE_FRAMES = """() => {
    const soon = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (then) => setTimeout(() => soon(then), 600);
}"""


class SlowLine:
    """A console's connection on which what the server says can be held back for a while."""

    def __init__(self, page: Page) -> None:
        self._waiting: list[str | bytes] | None = None
        self._line: WebSocketRoute | None = None
        page.route_web_socket(re.compile("/socket.io/"), self._bridge)

    def _bridge(self, line: WebSocketRoute) -> None:
        self._line = line
        line.connect_to_server().on_message(self._heard)

    def _heard(self, said: str | bytes) -> None:
        if self._waiting is not None:
            self._waiting.append(said)
        elif self._line is not None:
            self._line.send(said)

    def hold(self) -> None:
        self._waiting = []

    def release(self) -> None:
        held, self._waiting = self._waiting or [], None
        for said in held:
            self._heard(said)


def on_slow_line(stage: Stage) -> tuple[Agent, SlowLine]:
    maria = stage.visitor()
    line = SlowLine(maria.page)
    maria.sign_in()
    maria.goes("Online")
    return maria, line


def taken(stage: Stage, maria: Agent, words: str = "Where is my parcel?") -> clients.Customer:
    """A customer whom this agent has accepted, with the conversation on the screen."""
    one = stage.other_customer(words, asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    expect(maria.page.get_by_test_id("composer")).to_be_visible(timeout=PATIENCE_MS)
    maria.hears(words)
    return one


def listed(page: Page, title: str) -> Locator:
    return page.get_by_role("navigation", name="Inbox").locator(".list").filter(has_text=title)


def test_an_offer_says_who_why_since_when_and_by_when_with_all_that_was_said(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = stage.other_customer("Where is my order 10023?", name="Anna Vogel")
    stage.run(anna.say("Please hurry"))
    stage.run(anna.want_person())

    card = maria.offers.first
    expect(card).to_contain_text("Anna Vogel", timeout=PATIENCE_MS)
    expect(card).to_contain_text("Pressed “Talk to a person”")
    expect(card).to_contain_text(re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{4} · Asked (this minute|\d+ min\.? ago)"))
    expect(card).to_contain_text(re.compile(r"\d+ seconds? left"))
    offer = page.get_by_role("region", name="Offer")
    expect(offer.get_by_role("heading", level=1)).to_have_text("Anna Vogel asks for a person")
    expect(offer.locator(".talk-head .meta")).to_contain_text(
        re.compile(f"Asked {MOMENT} · Answer by {MOMENT}")
    )
    expect(offer.locator("dl")).to_contain_text("Pressed “Talk to a person”")
    said = ["Where is my order 10023?", PARCEL, "Please hurry", PARCEL]
    assert [text for text in maria.messages() if text in said] == said
    expect(offer.get_by_test_id("completeness")).to_contain_text("hash verified")
    assert maria.errors == []


def test_offers_own_waiting_and_promised_ones_have_each_their_list(stage: Stage) -> None:
    stage.serve(capacity="1")
    maria = stage.agent()
    page = maria.page
    for title, nothing in (
        ("Yours", "No conversation is with you."),
        ("Waiting", "Nobody is waiting."),
        ("Promised", "Nothing is promised."),
    ):
        expect(listed(page, title)).to_contain_text(nothing)

    anna = stage.other_customer("My router blinks red", asks=True)
    expect(listed(page, "Offered to you").get_by_test_id("offer-card")).to_have_count(1, timeout=PATIENCE_MS)
    maria.offers.first.get_by_test_id("accept").click()
    expect(listed(page, "Yours").get_by_role("button")).to_have_count(1, timeout=PATIENCE_MS)
    expect(listed(page, "Yours")).to_contain_text("1 of 1")
    expect(listed(page, "Offered to you")).to_have_count(0)
    stage.other_customer("And I am waiting", asks=True)
    expect(listed(page, "Waiting").locator(".queue-row, .row-button")).to_have_count(1, timeout=PATIENCE_MS)
    expect(listed(page, "Waiting")).to_contain_text("Pressed “Talk to a person”")

    maria.says("I shall write tomorrow")
    stage.run(anna.reads("I shall write tomorrow"))
    page.get_by_role("button", name="Follow up").click()
    tomorrow = stage.house.clock.now().astimezone() + timedelta(days=1)
    page.get_by_label("Answer by").fill(tomorrow.strftime("%Y-%m-%dT09:30"))
    page.get_by_role("button", name="Confirm").click()
    expect(listed(page, "Promised").get_by_role("button")).to_have_count(1, timeout=PATIENCE_MS)
    expect(listed(page, "Promised")).to_contain_text("· You")
    # The seat is free, so whoever waited is offered.
    expect(listed(page, "Offered to you").get_by_test_id("offer-card")).to_have_count(1, timeout=PATIENCE_MS)
    expect(listed(page, "Waiting")).to_contain_text("Nobody is waiting.")
    assert maria.errors == []


def test_what_the_assistant_said_before_is_set_apart_and_the_reason_stands_beside_it(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = stage.other_customer("Where is my order 10023?", "I want to talk to a person")
    maria.offers.first.get_by_test_id("accept").click()
    maria.says("Good day")
    stage.run(anna.reads("Good day"))
    maria.hears("Good day")
    before = maria.log.locator(".row.before")
    expect(before.first).to_contain_text("Before this request: with the AI assistant")
    expect(before.filter(has_text=PARCEL)).to_have_count(1)
    expect(before.filter(has_text="Where is my order 10023?")).to_have_count(1)
    expect(before.filter(has_text="Good day")).to_have_count(0)
    ground = "(row) => getComputedStyle(row).backgroundColor"
    after = maria.log.locator(".row").filter(has_text="Good day")
    assert before.first.evaluate(ground) != after.evaluate(ground)
    details = page.get_by_role("complementary", name="Details")
    expect(details).to_contain_text("Asked for a person in words")
    assert maria.errors == []


def test_a_transfer_brings_a_colleague_everything_and_a_team_is_chosen_by_its_name(stage: Stage) -> None:
    maria, tobias = stage.agent("agent1"), stage.agent("agent2", presence="Away")
    anna = taken(stage, maria, "My router blinks red")
    maria.says("I ask a colleague who knows routers")
    stage.run(anna.reads("I ask a colleague"))
    tobias.goes("Online")

    maria.page.get_by_role("button", name="Transfer").click()
    choice = maria.page.get_by_label("To whom?")
    expect(choice.get_by_role("option", name="Tobias Okafor, Broadband Adviser")).to_have_count(
        1, timeout=PATIENCE_MS
    )
    expect(choice.get_by_role("option", name="Broadband Support")).to_have_count(1)
    choice.select_option(label="Tobias Okafor, Broadband Adviser")
    maria.page.get_by_label("Note for the desk (optional)").fill("Has restarted it twice")
    maria.page.get_by_role("button", name="Confirm").click()

    expect(tobias.page.get_by_test_id("chosen-by")).to_contain_text("Transferred to you", timeout=PATIENCE_MS)
    tobias.hears("My router blinks red")
    tobias.hears("I ask a colleague who knows routers")
    tobias.hears("Has restarted it twice")
    tobias.page.locator("body").press("a")
    stage.run(anna.sees("agent_joined", count=2))
    tobias.says("Tobias here. I have read everything.")
    stage.run(anna.reads("I have read everything"))
    assert not any("restarted it twice" in text for text in anna.texts())

    tobias.page.get_by_role("button", name="Transfer").click()
    tobias.page.get_by_label("To whom?").select_option(label="Broadband Support")
    tobias.page.get_by_role("button", name="Confirm").click()
    chosen = maria.page.get_by_test_id("chosen-by")
    maria.offers.first.locator(".row-button").click()
    expect(chosen).to_contain_text("team Broadband Support", timeout=PATIENCE_MS)
    assert maria.errors == tobias.errors == []


def test_a_customer_who_is_handed_back_is_with_the_assistant_again(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria)
    expect(page.get_by_role("button", name="Hand back")).to_be_disabled()
    maria.says("The assistant tells you the rest")
    stage.run(anna.reads("The assistant tells you the rest"))
    page.get_by_role("button", name="Hand back").click()
    page.get_by_label("Note for the desk (optional)").fill("Only asks about opening hours")
    page.get_by_role("button", name="Confirm").click()
    stage.run(anna.sees("handed_back"))
    stage.run(anna.say("Where is my parcel?"))
    stage.run(anna.until(lambda: anna.texts("bot").count(PARCEL) >= 2, "the assistant's answer"))
    expect(page.get_by_text("your seat is free again in")).to_be_visible(timeout=PATIENCE_MS)
    assert maria.errors == []


def test_every_act_on_a_conversation_is_done_by_keys_typed_without_looking(stage: Stage) -> None:
    """However late the browser draws: each key is for what the key before has opened."""
    maria = stage.agent()
    page, keys = maria.page, maria.page.keyboard
    anna = taken(stage, maria)
    page.evaluate(LATE_FRAMES)
    page.locator(".log").focus()
    keys.press("m")
    keys.type("Good day")
    keys.press("Enter")
    stage.run(anna.reads("Good day"))
    keys.press("Escape")
    keys.press("n")
    keys.type("Rang the depot")
    keys.press("Enter")
    maria.hears("Rang the depot")
    keys.press("Escape")

    keys.press("Control+k")
    keys.type("record a contact")
    keys.press("Enter")
    expect(page.get_by_role("radio", name="Phone")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    stage.run(anna.sees("contacted"))
    page.locator(".log").focus()
    keys.press("t")
    keys.press("Escape")
    expect(page.get_by_role("group", name="To whom?")).to_have_count(0)
    expect(page.locator(".log")).to_be_focused()
    keys.press("f")
    expect(page.get_by_label("Answer by")).to_be_focused()
    keys.press("Escape")
    keys.press("i")
    keys.press("h")
    keys.type("Knows everything now")
    expect(page.get_by_label("Note for the desk (optional)")).to_have_value("Knows everything now")
    keys.press("Tab")
    keys.press("Enter")
    ready = page.get_by_role(
        "button", name="Ready now"
    )  # the server opens it, and may tell the customer first
    expect(ready).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".log").focus()
    keys.press("w")
    expect(ready).to_have_count(0, timeout=PATIENCE_MS)
    assert maria.errors == []


def test_the_late_answer_to_one_form_closes_no_other(stage: Stage) -> None:
    """It did: on a slow line the form that was opened next was gone again, and letters typed for it were commands."""
    maria, line = on_slow_line(stage)
    page, keys = maria.page, maria.page.keyboard
    anna = taken(stage, maria)
    page.get_by_role("button", name="Record a contact").click()
    line.hold()
    keys.press("Enter")
    stage.run(anna.sees("contacted"))
    keys.press("Escape")
    keys.press("f")
    expect(page.get_by_label("Answer by")).to_be_focused()
    page.get_by_label("Note for the desk (optional)").fill("Wants to be rung tomorrow")
    stage.run(anna.say("Are you there?"))
    line.release()
    maria.hears("Are you there?")
    expect(page.get_by_label("Note for the desk (optional)")).to_have_value("Wants to be rung tomorrow")
    assert maria.errors == []


def test_who_went_elsewhere_is_not_taken_away_when_the_accepted_conversation_comes(stage: Stage) -> None:
    """What they were typing went to the wrong customer."""
    maria, line = on_slow_line(stage)
    page = maria.page
    anna = taken(stage, maria, "My router blinks red")
    bert = stage.other_customer("Where is my invoice?", asks=True)
    accept = maria.offers.first.get_by_test_id("accept")
    accept.wait_for()
    line.hold()
    accept.click()
    stage.run(bert.sees("agent_joined"))
    listed(page, "Yours").get_by_role("button").click()
    page.get_by_test_id("composer").fill("Have you")
    page.get_by_test_id("composer").focus()
    line.release()
    expect(listed(page, "Yours").get_by_role("button")).to_have_count(2, timeout=PATIENCE_MS)
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.type(" restarted it?")
    page.keyboard.press("Enter")
    stage.run(anna.reads("Have you restarted it?"))
    assert bert.texts("agent") == []
    assert maria.errors == []


def test_letters_typed_on_the_way_from_the_board_to_the_search_are_all_in_its_field(stage: Stage) -> None:
    """The field is not on the board: it was drawn, but had the keys one picture later, and letters ran commands."""
    leyla = stage.agent("supervisor", presence=None)
    page = leyla.page
    leyla.page.get_by_role("navigation").get_by_role("button", name="Board").click()
    expect(page.get_by_role("heading", name="The desk now")).to_be_visible(timeout=PATIENCE_MS)
    page.evaluate(LATE_FRAMES)
    page.locator("body").focus()
    page.keyboard.press("/")
    page.keyboard.type("bvk parcel")
    expect(page.get_by_role("searchbox", name="Search conversations")).to_have_value("bvk parcel")

    page.keyboard.press("Escape")
    page.get_by_role("navigation").get_by_role("button", name="Board").click()
    page.keyboard.press("Control+k")
    page.keyboard.type("search conversations")
    page.keyboard.press("Enter")
    page.keyboard.type("bvk once more")
    expect(page.get_by_role("searchbox", name="Search conversations")).to_have_value("bvk once more")

    page.keyboard.press("Control+k")
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert leyla.errors == []


def test_without_the_assistant_nothing_is_suggested_and_nothing_is_amiss(stage: Stage) -> None:
    asked = []

    def away(turn: BotTurn) -> BotReply:
        asked.append(turn.text)
        raise BotUnavailable("refused")

    stage.serve(answers=away)
    maria = stage.agent()
    page = maria.page
    anna = stage.other_customer(asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(re.compile("joined"))
    stage.run(anna.say("And the delivery?"))
    maria.hears("And the delivery?")
    maria.says("It comes tomorrow")
    stage.run(anna.reads("It comes tomorrow"))
    expect(page.get_by_test_id("suggestions")).to_have_count(0)
    expect(page.locator(".strip.bad")).to_have_count(0)
    assert asked == ["And the delivery?"]
    assert maria.errors == []


def test_a_tablet_is_enough_for_the_whole_way_by_touch(stage: Stage) -> None:
    maria = stage.agent(viewport={"width": TABLET.width, "height": TABLET.height}, has_touch=True)
    page = maria.page
    anna = stage.other_customer("Where is my parcel?", asks=True)
    maria.offers.first.get_by_test_id("accept").tap()
    maria.hears("Where is my parcel?")
    maria.says("It is on its way")
    stage.run(anna.reads("It is on its way"))
    page.get_by_role("button", name="Details").tap()
    page.get_by_role("button", name="Resolve").tap()
    page.get_by_role("radio", name="Answered").tap()
    page.get_by_role("button", name="Confirm").tap()
    stage.run(anna.sees_state("resolved"))
    page.get_by_role("button", name="Ready now").tap()
    expect(page.get_by_role("button", name="Ready now")).to_have_count(0, timeout=PATIENCE_MS)
    assert maria.errors == []


FITS = """() => {
    const seen = { visibilityProperty: true, opacityProperty: true };
    const shown = [...document.querySelectorAll("button, a, input, select, textarea, [role=option]")]
        .filter((one) => one.checkVisibility(seen) && one.closest("label") === null)
        .map((one) => [one.getAttribute("aria-label") ?? one.textContent, one.getBoundingClientRect()]);
    const frames = [...document.querySelectorAll(".table-frame:not(.visually-hidden)")];
    return {
        wide: document.documentElement.scrollWidth - innerWidth,
        cut: frames.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
        small: shown.filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name),
    };
}"""


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("view", [TABLET, DESKTOP], ids=lambda view: view.name)
def test_every_part_fits_the_screen_and_every_target_can_be_hit(
    stage: Stage, view: View, locale: str
) -> None:
    stage.serve(capacity="2", first_answer_requeue_s="90000")
    colleague = stage.colleague()
    leyla = stage.visitor("supervisor", locale=locale, viewport={"width": view.width, "height": view.height})
    page = leyla.page
    leyla.sign_in()
    tabs = page.locator(".tabs button")
    expect(tabs).to_have_count(3, timeout=PATIENCE_MS)
    for text in ("My router blinks red", "Where is my invoice?"):
        stage.other_customer(text, asks=True)
        stage.run(colleague.take())
    stage.other_customer("Is anybody there?", asks=True, name="Bartholomäus Schwarzenberg-Hohenfels")
    stage.move(minutes=6)
    administered(stage)  # which closes the desk at night and on Sundays
    tabs.nth(1).click()
    expect(page.locator("tr.overdue").first).to_be_visible(timeout=PATIENCE_MS)  # where a row has most in it
    fits = {"wide": 0, "cut": [], "small": []}
    for tab in range(3):
        tabs.nth(tab).click()
        expect(page.locator("main")).to_be_visible()
        assert page.evaluate(FITS) == fits
    sections = page.locator(".administration > nav button")
    for at in range(sections.count()):
        sections.nth(at).click()
        expect(page.locator(".section h2")).to_be_visible(timeout=PATIENCE_MS)
        assert page.evaluate(FITS) == fits
    tabs.nth(1).click()
    page.get_by_test_id("board-row").first.get_by_role("button").last.click()
    expect(page.get_by_test_id("composer")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate(FITS) == fits
    assert leyla.errors == []


STRINGS = ROOT / "webchat" / "src" / "console" / "strings"
SHOWN = """() => [...document.querySelectorAll("body *")].flatMap((one) => [
    ...[...one.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data),
    one.getAttribute("aria-label"), one.getAttribute("title"), one.getAttribute("placeholder"),
]).filter(Boolean).map((text) => text.trim()).filter(Boolean)"""


def sentences(language: str) -> set[str]:
    text = (STRINGS / f"{language}.ts").read_text(encoding="utf-8")
    return {found for found in re.findall(r'"([^"\n]{3,})"', text) if "{" not in found}


def test_what_the_server_refuses_is_said_in_the_agents_language(stage: Stage) -> None:
    """It was shown in English to everybody: the server speaks no other language to the console."""
    maria = stage.visitor(locale="de-DE")
    page = maria.page
    maria.sign_in()
    maria.goes("Online")
    stage.other_customer("Wo bleibt meine Rechnung?", locale="de", asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    page.get_by_role("button", name="Weitergeben").click()
    page.get_by_label("An wen?").select_option(label="Broadband Support")
    page.get_by_role("button", name="Bestätigen").click()
    refusal = "Bei Broadband Support ist niemand mit einem freien Platz da. Es wurde nichts geändert."
    expect(page.get_by_role("alert").get_by_text(refusal)).to_be_visible(timeout=PATIENCE_MS)


def test_in_german_nothing_is_left_in_english(stage: Stage) -> None:
    only_english = sentences("en") - sentences("de") - {"Deutsch"}  # what it calls itself, in both
    assert len(only_english) > 300
    administered(stage)
    leyla = stage.visitor("supervisor", locale="de-DE")
    page = leyla.page
    leyla.sign_in()
    page.get_by_role("radio", name="Online").click()
    stage.other_customer("Wo bleibt meine Rechnung?", locale="de", asks=True)
    leyla.offers.first.wait_for()
    seen: set[str] = set(page.evaluate(SHOWN))
    leyla.offers.first.get_by_test_id("accept").click()
    expect(page.get_by_test_id("composer")).to_be_visible(timeout=PATIENCE_MS)
    seen |= set(page.evaluate(SHOWN))
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    seen |= set(page.evaluate(SHOWN))
    page.keyboard.press("Escape")
    page.locator(".tabs button").nth(1).click()
    page.get_by_test_id("board-row").first.wait_for()
    page.get_by_test_id("day-requests").wait_for()
    seen |= set(page.evaluate(SHOWN))
    page.locator(".tabs button").nth(2).click()
    sections = page.locator(".administration > nav button")
    for at in range(sections.count()):
        sections.nth(at).click()
        expect(page.locator(".section h2")).to_be_visible(timeout=PATIENCE_MS)
        seen |= set(page.evaluate(SHOWN))
    expect(page.get_by_test_id("audit-entry").first).to_be_visible(timeout=PATIENCE_MS)
    seen |= set(page.evaluate(SHOWN))
    assert "Änderungsprotokoll" in seen
    assert seen & only_english == set()
    assert leyla.errors == []
