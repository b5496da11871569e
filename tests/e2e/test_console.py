"""The agent's console in a real browser: keyboard, several conversations, honest presence, and what helps to answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from handoff.bot_client.scripted import plain_reply
from tests import clients
from tests.e2e.people import PATIENCE_MS, Agent
from tests.screens.stage import Stage

pytestmark = pytest.mark.e2e


def asking(stage: Stage, words: str = "Where is my parcel?", **session: str) -> clients.Customer:
    return stage.other_customer(words, asks=True, **session)


def taken(stage: Stage, maria: Agent, words: str = "Where is my parcel?") -> clients.Customer:
    """A customer whom this agent has accepted, with the conversation on the screen."""
    one = asking(stage, words)
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(words)
    expect(maria.page.get_by_test_id("composer")).to_be_visible()
    return one


def in_front(maria: Agent) -> Locator:
    """The conversation on the screen."""
    return maria.page.locator(".talk-head h1 + p")


def palette(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Find or do")).to_be_visible()
    page.keyboard.type(words)


def no_errors(*agents: Agent) -> None:
    assert [error for one in agents for error in one.errors] == []


def test_customer_is_served_from_the_offer_to_the_free_seat_without_a_mouse(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    page.locator("body").click()
    anna = asking(stage)
    expect(page.get_by_role("button", name="Accept").last).to_be_visible(timeout=PATIENCE_MS)

    page.keyboard.press("a")
    expect(page.get_by_test_id("composer")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.type("It is on its way")
    page.keyboard.press("Enter")
    stage.run(anna.reads("It is on its way"))
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_test_id("composer")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.type("Asked the depot")
    page.keyboard.press("Enter")
    maria.hears("Asked the depot")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("radio", name="Answered")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    stage.run(anna.sees_state("resolved"))
    expect(page.get_by_role("button", name="Ready now")).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".log").focus()
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Ready now")).to_have_count(0, timeout=PATIENCE_MS)
    assert not any("depot" in text for text in anna.texts())
    no_errors(maria)


def test_single_keys_do_nothing_while_writing_or_when_turned_off(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    taken(stage, maria)
    page.get_by_test_id("composer").press_sequentially("art")
    expect(page.get_by_test_id("composer")).to_have_value("art")
    expect(page.get_by_role("group", name="How did it end?")).to_have_count(0)

    page.get_by_role("button", name="Settings").click()
    page.get_by_role("switch", name=re.compile("Single keys")).uncheck()
    page.keyboard.press("Escape")
    page.locator(".log").focus()
    page.keyboard.press("t")
    page.keyboard.press("?")
    expect(page.get_by_role("group", name="To whom?")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    palette(page, "transf")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="To whom?")).to_be_visible()
    no_errors(maria)


def test_palette_finds_commands_conversations_and_words_and_gives_the_focus_back(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    taken(stage, maria, "My router blinks red")
    first = in_front(maria).inner_text()
    taken(stage, maria, "The invoice is wrong")
    expect(in_front(maria)).not_to_have_text(first)

    palette(page, "blinks")
    option = page.get_by_role("option").filter(has_text="router blinks red")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(in_front(maria)).to_have_text(first)
    expect(page.locator(".row.found")).to_contain_text("router blinks red")

    page.get_by_test_id("composer").focus()
    palette(page, "nothing of this kind")
    expect(page.get_by_role("option")).to_contain_text(
        ["Search all conversations for “nothing of this kind”"]
    )
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("composer")).to_be_focused()

    palette(page, "away")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Away")).to_be_checked(timeout=PATIENCE_MS)
    page.locator(".log").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Write a message")
    expect(keys.get_by_text("Accept", exact=True)).to_be_visible()  # though nothing is offered just now
    expect(keys.locator("kbd").first).to_be_visible()
    no_errors(maria)


def test_search_finds_what_was_said_and_goes_there(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria, "Mein Name ist Müller")
    for number in range(120):
        stage.run(anna.say(f"And one thing more, number {number}"))
    maria.hears("number 119")
    taken(stage, maria, "Something else entirely")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search conversations")
    expect(field).to_be_focused()
    page.keyboard.type("muller name")
    found = page.get_by_role("navigation", name="Inbox").locator(".list").filter(has_text="In your list")
    expect(found.get_by_role("button")).to_have_count(1)
    expect(found).to_contain_text("Mein Name ist Müller")
    page.keyboard.press("Enter")
    there = maria.log.locator(".row.found")
    expect(there).to_contain_text("Mein Name ist Müller")
    expect(there).to_be_in_viewport()
    page.get_by_role("button", name="To the newest").click()
    expect(maria.log.get_by_text("number 119", exact=False)).to_be_in_viewport()
    no_errors(maria)


def test_each_text_stays_with_its_customer_and_is_kept_over_a_reload(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria, "This is Anna")
    at_anna = in_front(maria).inner_text()
    bert = taken(stage, maria, "This is Bert")
    at_bert = in_front(maria).inner_text()
    composer = page.get_by_test_id("composer")

    composer.fill("For Bert only")
    expect(page.locator(".composer .to")).to_contain_text(at_bert)
    page.keyboard.press("Alt+ArrowDown")
    expect(in_front(maria)).to_have_text(at_anna)
    expect(composer).to_have_value("")
    expect(page.locator(".composer .to")).to_contain_text(at_anna)
    composer.fill("For Anna only")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.locator(".composer .to")).to_have_text("only for the desk")
    composer.fill("A note on Anna")
    expect(page.get_by_role("navigation", name="Inbox").get_by_text("Draft")).to_have_count(1)

    page.reload()
    expect(in_front(maria)).to_have_text(at_anna, timeout=PATIENCE_MS)
    expect(composer).to_have_value("For Anna only")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(composer).to_have_value("A note on Anna")
    page.get_by_role("button", name="Message", exact=True).click()
    expect(composer).to_have_value("For Anna only")
    composer.press("Enter")
    stage.run(anna.reads("For Anna only"))
    page.keyboard.press("Alt+ArrowUp")
    expect(in_front(maria)).to_have_text(at_bert)
    expect(composer).to_have_value("For Bert only")
    composer.press("Enter")
    stage.run(bert.reads("For Bert only"))
    assert anna.texts("agent") == ["For Anna only"]
    assert bert.texts("agent") == ["For Bert only"]
    no_errors(maria)


def test_suggested_answer_is_taken_to_edit_or_left_and_never_sent_by_itself(stage: Stage) -> None:
    stage.serve(answers=lambda turn: plain_reply(f"The rules for {turn.text}", intent="delivery_options"))
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria)
    suggestions = page.get_by_test_id("suggestions")
    stage.run(anna.say("returns"))
    expect(suggestions).to_contain_text("The rules for returns", timeout=PATIENCE_MS)
    suggestions.get_by_role("button", name="Leave it").click()
    expect(suggestions).to_have_count(0)

    stage.run(anna.say("delivery"))
    expect(suggestions).to_contain_text("The rules for delivery", timeout=PATIENCE_MS)
    page.get_by_test_id("composer").fill("Hello! ")
    suggestions.get_by_role("button", name="Use and edit").click()
    expect(page.get_by_test_id("composer")).to_have_value("Hello! The rules for delivery")
    expect(page.get_by_test_id("composer")).to_be_focused()
    assert anna.texts("agent") == []
    page.keyboard.type(", in short")
    page.keyboard.press("Enter")
    stage.run(anna.reads("Hello! The rules for delivery, in short"))
    expect(suggestions).to_have_count(0)
    no_errors(maria)


def test_what_was_resolved_handed_back_or_transferred_by_a_slip_is_taken_back(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria)
    maria.says("One moment")
    stage.run(anna.reads("One moment"))
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("radio", name="Answered").check()
    page.get_by_role("button", name="Confirm").click()
    stage.run(anna.sees_state("resolved"))
    page.get_by_role("button", name="Take it back").click()
    stage.run(anna.sees_state("active"))
    maria.says("Here I am again")
    stage.run(anna.reads("Here I am again"))

    bert = stage.colleague("agent2")
    page.get_by_role("button", name="Transfer").click()
    page.get_by_label("To whom?").select_option(
        label=re.compile(bert.me["name"]).pattern + f", {bert.me['role']}"
    )
    page.get_by_role("button", name="Confirm").click()
    offer = stage.run(bert.offered(anna.conversation_id))
    page.get_by_role("button", name="Take it back").click()
    stage.run(anna.sees("agent_joined", count=3))
    stage.run(
        bert.until(lambda: bert.offers_ended.get(offer["offer_id"]) == "rescinded", "a rescinded offer")
    )
    maria.says("I keep you after all")
    stage.run(anna.reads("I keep you after all"))

    page.get_by_role("button", name="Hand back").click()
    page.get_by_role("button", name="Confirm").click()
    stage.run(anna.sees("handed_back"))
    page.get_by_role("button", name="Take it back").click()
    stage.run(anna.sees("agent_joined", count=4))
    maria.says("Here I am once more")
    stage.run(anna.reads("Here I am once more"))
    no_errors(maria)


def test_customers_past_is_at_hand(stage: Stage) -> None:
    stage.serve(wrap_up_s="0")
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria, "My first question")
    maria.says("My first answer")
    stage.run(anna.reads("My first answer"))
    past = page.get_by_test_id("past")
    expect(past).to_contain_text("this is their first request")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("radio", name="Done").check()
    page.get_by_role("button", name="Confirm").click()
    stage.run(anna.sees_state("resolved"))
    stage.run(anna.want_person())
    maria.offers.first.get_by_test_id("accept").click()
    expect(past.get_by_role("listitem")).to_have_count(1, timeout=PATIENCE_MS)
    expect(past).to_contain_text("Done · Maren Petersen")
    no_errors(maria)


def test_who_locks_the_screen_is_away_and_back_with_the_first_act(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    machine = maria.context.new_cdp_session(page)
    allowed = {
        "origin": stage.house.origin,
        "permissions": ["idleDetection"],
        "browserContextId": machine.send("Target.getTargetInfo")["targetInfo"]["browserContextId"],
    }
    stage.browser.new_browser_cdp_session().send("Browser.grantPermissions", allowed)
    machine.send("Emulation.setIdleOverride", {"isUserActive": True, "isScreenUnlocked": True})
    page.get_by_role("button", name="Settings").click()
    watch = page.get_by_role("switch", name=re.compile("Away when my screen is locked"))
    watch.click()
    expect(watch).to_be_checked()
    page.keyboard.press("Escape")

    machine.send("Emulation.setIdleOverride", {"isUserActive": False, "isScreenUnlocked": False})
    expect(page.get_by_role("radio", name="Away")).to_be_checked(timeout=PATIENCE_MS)
    expect(page.get_by_text("Your screen was locked")).to_be_visible()
    colleague = stage.colleague("agent2", presence="offline")
    own_id = page.evaluate("JSON.parse(sessionStorage['byname.console.session']).agent.id")
    assert colleague.presences[own_id] == "away"

    machine.send("Emulation.setIdleOverride", {"isUserActive": True, "isScreenUnlocked": True})
    expect(page.get_by_role("radio", name="Online")).to_be_checked(timeout=PATIENCE_MS)
    expect(page.get_by_text("Your screen was locked")).to_have_count(0)

    maria.goes("Away")
    machine.send("Emulation.setIdleOverride", {"isUserActive": False, "isScreenUnlocked": False})
    machine.send("Emulation.setIdleOverride", {"isUserActive": True, "isScreenUnlocked": True})
    page.mouse.move(300, 300)
    expect(page.get_by_role("radio", name="Away")).to_be_checked()
    no_errors(maria)


def test_without_a_connection_nobody_is_shown_as_online(stage: Stage) -> None:
    maria = stage.agent()
    stage.server_stops()
    expect(maria.page.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    expect(maria.page.get_by_text("Not there: no connection")).to_be_visible()
    expect(maria.page.get_by_role("radio", name="Online")).to_have_count(0)


CALLS = """() => {
    window.called = [];
    window.behind = false;
    Object.defineProperty(document, "hidden", { get: () => window.behind });
    window.Notification = class extends EventTarget {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title, options) { super(); window.called.push(`${title} | ${options.body}`); }
        close() {}
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...all) { window.called.push("tone"); start.apply(this, all); };
}"""


def test_offer_and_words_call_the_agent_by_sound_notice_and_title(stage: Stage) -> None:
    maria = stage.visitor()
    page = maria.page
    page.add_init_script(f"({CALLS})()")
    maria.sign_in()
    maria.goes("Online")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("switch", name=re.compile("Desktop notices")).check()
    expect(page.get_by_role("switch", name=re.compile("Desktop notices"))).to_be_checked()
    page.keyboard.press("Escape")
    page.evaluate("() => { behind = true }")

    anna = asking(stage)
    expect(page).to_have_title(re.compile(r"^\(1\)"), timeout=PATIENCE_MS)
    called = page.evaluate("called")
    assert called.count("tone") == 2
    [notice] = [one for one in called if one != "tone"]
    assert "asks for a person" in notice
    page.evaluate("() => { behind = false }")
    maria.offers.first.get_by_test_id("accept").click()
    expect(page.get_by_test_id("composer")).to_be_visible(timeout=PATIENCE_MS)
    expect(page).not_to_have_title(re.compile(r"^\("))

    page.evaluate(
        "() => { called = []; behind = true; document.dispatchEvent(new Event('visibilitychange')) }"
    )
    stage.run(anna.say("My card number is 4111"))
    expect(page).to_have_title(re.compile(r"^\(1\)"), timeout=PATIENCE_MS)
    called = page.evaluate("called")
    assert called.count("tone") == 1
    assert [one for one in called if one != "tone"] == [next(one for one in called if "has written" in one)]
    assert "4111" not in str(called)
    page.evaluate("() => { behind = false; document.dispatchEvent(new Event('visibilitychange')) }")
    expect(page).not_to_have_title(re.compile(r"^\("))
    page.evaluate("() => { called = [] }")
    palette(page, "sound off")
    page.keyboard.press("Enter")
    asking(stage)
    expect(maria.offers).to_have_count(1, timeout=PATIENCE_MS)
    assert page.evaluate("called") == []
    no_errors(maria)


def test_dark_and_light_are_chosen_and_kept(stage: Stage) -> None:
    maria = stage.agent(presence=None)
    page = maria.page

    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    def shows(colour: str) -> None:
        expect(page.locator("body")).to_have_css("background-color", colour, timeout=PATIENCE_MS)

    light, dark = ground(), "rgb(16, 21, 27)"
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="Dark").check()
    shows(dark)
    page.reload()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible(timeout=PATIENCE_MS)
    shows(dark)
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="Light").check()
    shows(light)
    page.get_by_role("radio", name="As the system").check()
    shows(dark)
    no_errors(maria)


def test_new_words_are_announced_once_and_scrolling_announces_nothing(stage: Stage) -> None:
    maria = stage.agent()
    anna = taken(stage, maria)
    said = maria.page.get_by_test_id("announced")
    expect(said).to_have_text("")
    stage.run(anna.say("Hello, is anybody there?"))
    expect(said).to_have_text("Customer: Hello, is anybody there?", timeout=PATIENCE_MS)
    maria.says("Here I am")
    maria.hears("Here I am")
    expect(said).to_have_text("Customer: Hello, is anybody there?")
    expect(maria.log).to_have_attribute("aria-live", "off")
    no_errors(maria)


def canned(stage: Stage, **answer: str | None) -> None:
    """A supervisor adds a canned answer."""
    leyla = stage.colleague("supervisor", presence="offline")

    async def add() -> None:
        house = stage.house
        url = f"{house.origin}/api/v1/administration/canned-answers"
        async with house.http.post(
            url, json={"language": None, "team": None} | answer, headers=leyla.bearer
        ) as done:
            assert done.status == 201, await done.text()

    stage.run(add())


def test_canned_answer_is_found_by_a_slash_and_filled_for_this_customer(stage: Stage) -> None:
    maria = stage.agent()
    page = maria.page
    anna = taken(stage, maria)
    reference = in_front(maria).inner_text()
    composer = page.get_by_test_id("composer")
    canned(stage, title="Greeting", text="Good day {customer}, I am {agent}, {role}.")
    canned(stage, title="Reference", text="Your reference is {reference}.")
    expect(page.get_by_role("button", name="Canned answers")).to_be_visible(timeout=PATIENCE_MS)

    composer.press("/")
    picker = page.get_by_role("group", name="Canned answers")
    expect(picker.get_by_role("option")).to_have_count(2)
    page.keyboard.type("greet")
    expect(picker.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(picker).to_have_count(0)
    expect(composer).to_be_focused()
    expect(composer).to_have_value("Good day, I am Maren Petersen, Customer Service Specialist.")
    composer.press("End")
    page.keyboard.type(" ")
    palette(page, "insert reference")
    page.keyboard.press("Enter")
    said = f"Good day, I am Maren Petersen, Customer Service Specialist. Your reference is {reference}."
    expect(composer).to_have_value(said)
    composer.press("Enter")
    stage.run(anna.reads(said))

    composer.press("/")
    page.keyboard.press("Escape")
    expect(picker).to_have_count(0)
    expect(composer).to_be_focused()
    page.keyboard.type("1/2")
    expect(composer).to_have_value("1/2")
    no_errors(maria)
