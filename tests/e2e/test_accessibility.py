"""No page has a barrier that a machine can find, in any of its states, light or dark, at the sizes it is used at; and
the widget has a way to a person in each of them, and stands what people set their browsers to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import barriers
from tests.e2e.people import PATIENCE_MS, Customer
from tests.screens.looking import look
from tests.screens.stage import Stage
from tests.screens.states import DESKTOP, SMALL_PHONE, dark
from tests.screens.table import State, walks
from tests.screens.widget import resolved, waiting, with_person

pytestmark = pytest.mark.e2e

ALONE = (
    "widget-closed",
    "widget-unread",
)  # the trader's page is looked at here, and not again around each open chat


# Runs in the chat. What hides the button hides it from `elementFromPoint` too.
OUT_OF_REACH = """() => {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("runs out to the side");
    const button = document.querySelector("[data-testid=talk-to-person]");
    const { left, top, width, height } = button.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!button.contains(there)) wrong.push("no way to a person in sight");
    return wrong;
}"""


def out_of_reach(page: Page) -> list[str]:
    frame = page.locator("byname-chat iframe")
    if not frame.is_visible():
        return []
    found: list[str] = page.frame_locator("byname-chat iframe").locator("html").evaluate(OUT_OF_REACH)
    return found


def wrong_with(state: State, page: Page) -> list[str]:
    chat = state.name.startswith("widget-")
    wrong = []
    for view in (SMALL_PHONE if chat else DESKTOP, dark(DESKTOP)):
        look(page, view)
        around = not chat or state.name in ALONE
        found = barriers(page, around=around, only_looks=view.scheme == "dark")
        found += out_of_reach(page) if chat else []
        wrong += [f"{state.name} at {view.name}: {barrier}" for barrier in found]
    look(page, DESKTOP)  # from where a walk goes on
    return wrong


@pytest.mark.parametrize("walk", walks(), ids=lambda walk: "+".join(state.name for state in walk))
def test_state_has_no_barrier(stage: Stage, walk: tuple[State, ...]) -> None:
    page = walk[0].arrange(stage)
    wrong = wrong_with(walk[0], page)
    for state in walk[1:]:
        assert state.go_on is not None
        page = state.go_on(page)
        wrong += wrong_with(state, page)
    assert wrong == []


# Runs in the chat: controls that nothing marks off, when the browser draws all of them in the reader's two colours.
UNMARKED = """() => [...document.querySelectorAll("button, textarea, select, input:not(.cover), label:has(> .cover)")]
    .filter((one) => one.checkVisibility())
    .filter((one) => {
        const { borderTopStyle, borderTopWidth, textDecorationLine } = getComputedStyle(one);
        const bordered = borderTopStyle !== "none" && parseFloat(borderTopWidth) > 0;
        return !bordered && textDecorationLine !== "underline";
    })
    .map((one) => `${one.className} ${one.textContent.trim() || one.ariaLabel}`)"""


def unmarked(anna: Customer) -> list[str]:
    found: list[str] = anna.chat.locator("html").evaluate(UNMARKED)
    return found


def test_forced_colours_leave_every_control_marked_and_every_choice_seen(stage: Stage) -> None:
    anna = resolved(stage, forced_colors="active")
    assert anna.page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert unmarked(anna) == []
    expect(anna.log.locator(".message.agent .bubble").last).to_have_css("border-top-style", "solid")
    chosen = anna.chat.locator(".scores label").nth(3)
    chosen.click()
    other = anna.chat.locator(".scores label").nth(2)
    ground = other.evaluate("one => getComputedStyle(one).backgroundColor")
    expect(chosen).not_to_have_css("background-color", ground)
    anna.chat.get_by_role("button", name="About this chat").click()
    anna.chat.locator(".about").wait_for()
    assert unmarked(anna) == []
    anna.chat.get_by_role("button", name="Back to the chat").click()
    anna.chat.get_by_role("button", name="Not now").click()
    anna.says("Which one?")
    expect(anna.chat.locator(".reply").first).to_be_visible(timeout=PATIENCE_MS)
    assert unmarked(anna) == []
    anna.wants_person.click()
    anna.chat.get_by_test_id("handoff-card").wait_for()
    assert unmarked(anna) == []
    anna.page.keyboard.press("Escape")
    launcher = anna.page.get_by_test_id("launcher")
    expect(launcher).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(anna.composer).to_be_focused()
    anna.page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(launcher).to_have_css("border-top-style", "solid")
    expect(launcher).to_have_css("outline-style", "solid")


# Runs in a page: what moves and goes on moving.
MOVING = "() => document.getAnimations().filter((one) => one.playState === 'running').length"


def test_nothing_moves_for_those_who_asked_for_less_motion(stage: Stage) -> None:
    anna = waiting(stage, reduced_motion="no-preference")
    chat = anna.chat.locator("html")
    assert chat.evaluate(MOVING) > 0, "the waiting person's ring moves for everybody else"
    anna.page.emulate_media(reduced_motion="reduce")
    chat.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    assert chat.evaluate(MOVING) == 0


def test_typing_does_not_move_either(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.line.tell("typing", {"conversation_id": conversation_id}))
    expect(anna.log.get_by_text("is typing")).to_be_attached(timeout=PATIENCE_MS)
    chat = anna.chat.locator("html")
    chat.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    assert chat.evaluate(MOVING) == 0
