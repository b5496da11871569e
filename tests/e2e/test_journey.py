"""A customer, the assistant and a named person, from the first question to the rating."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import TimeoutError as NotYet
from playwright.sync_api import expect

from tests.e2e.people import PATIENCE_MS, Agent, Customer
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

MakeCustomer = Callable[..., Customer]
MakeAgent = Callable[[str], Agent]


def who_is_asked(agents: list[Agent], reference: str) -> Agent:
    """The agent to whom routing offers this: the longest idle one, which depends on what was before."""
    for _ in range(PATIENCE_MS // 200):
        for one in agents:
            try:
                one.offers.filter(has_text=reference).wait_for(timeout=100)
            except NotYet:
                continue
            return one
    raise AssertionError("nobody was asked")


def test_customer_gets_from_the_assistant_to_a_named_person_who_knows_everything_said(
    customer: MakeCustomer, agent: MakeAgent
) -> None:
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    expect(anna.wants_person).to_be_visible()

    anna.says("Which payment methods do you accept?")
    anna.hears(re.compile("invoice|card|PayPal", re.IGNORECASE))
    anna.says("Where is my order 10023?")
    anna.hears(re.compile("Nordpost"))

    anna.says("I would like to talk to a real person please")
    expect(maria.offers.first).to_be_visible(timeout=PATIENCE_MS)
    maria.hears("Where is my order 10023?")
    maria.hears(re.compile("Nordpost"))
    expect(maria.page.get_by_test_id("completeness").first).to_have_text(re.compile(r"hash verified"))

    maria.page.locator("body").press("a")
    maria.hears(re.compile("joined"))
    name = maria.page.locator(".me strong").inner_text()
    anna.hears(f"{name} has joined")
    expect(anna.chat.get_by_test_id("who-answers")).to_contain_text(name)
    expect(anna.wants_person).to_be_visible()

    maria.says("Good day, I have read everything. Shall we leave the parcel at the depot?")
    anna.hears("leave the parcel at the depot")
    before = anna.messages()
    anna.page.reload()
    anna.hears("leave the parcel at the depot")
    assert anna.messages() == before
    anna.says("Yes, until Wednesday please.\nThank you!")
    maria.hears(re.compile("until Wednesday please"))
    expect(anna.chat.get_by_text("Seen")).to_be_visible(timeout=PATIENCE_MS)

    maria.page.reload()
    maria.hears(re.compile("until Wednesday please"))
    maria.says("Done. Have a good evening!")
    anna.hears("Have a good evening!")
    maria.resolves("Done")

    anna.hears(f"{name} has closed your request")
    anna.chat.get_by_role("radio", name=re.compile("^5")).check()
    anna.chat.get_by_role("button", name="Send rating").click()
    anna.hears("You gave 5 of 5")
    expect(anna.chat.get_by_text("AI assistant", exact=True)).to_be_visible()
    assert anna.messages().count("Where is my order 10023?") == 1


def test_two_customers_and_two_agents_at_once_do_not_mix(customer: MakeCustomer, agent: MakeAgent) -> None:
    agents = [agent("agent1"), agent("agent2")]
    customers = [customer(), customer()]
    pairs: list[tuple[Customer, Agent]] = []
    free = list(agents)
    for number, one in enumerate(customers):
        one.open_chat()
        one.says(f"My secret word is marmalade{number}")
        one.hears(f"marmalade{number}")
        one.wants_person.click()
        asked = who_is_asked(free, one.reference())
        free.remove(asked)
        asked.accepts(one.reference())
        pairs.append((one, asked))

    for number, (one, colleague) in enumerate(pairs):
        colleague.says(f"Hello number {number}, this is for you alone")
        one.says(f"Understood, number {number}")
    for number, (one, colleague) in enumerate(pairs):
        one.hears(f"Hello number {number}, this is for you alone")
        colleague.hears(f"Understood, number {number}")
        other = 1 - number
        assert not any(f"number {other}" in text or f"marmalade{other}" in text for text in one.messages())
        assert not any(
            f"number {other}" in text or f"marmalade{other}" in text for text in colleague.messages()
        )
    for _one, colleague in pairs:
        colleague.resolves()


def test_transcript_can_be_kept_as_a_file_at_any_time(customer: MakeCustomer) -> None:
    anna = customer()
    anna.open_chat()
    anna.says("Which payment methods do you accept?")
    anna.hears("Which payment methods do you accept?")
    anna.chat.get_by_role("button", name="About this chat").click()
    expect(anna.chat.get_by_text("Nordlicht Handel GmbH")).to_be_visible()
    with anna.page.expect_download() as download:
        anna.chat.get_by_role("button", name="Signed (JSON)").click()
    kept = json.loads(download.value.path().read_text())
    assert kept["count"] == len(kept["events"])
    assert any(
        event.get("payload", {}).get("text", "").startswith("Which payment") for event in kept["events"]
    )


def test_what_is_typed_on_both_sides_while_the_server_is_gone_goes_out_once_and_in_order(
    product: Product, customer: MakeCustomer, agent: MakeAgent
) -> None:
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    maria.accepts(anna.reference())
    anna.hears("has joined")
    lines = [f"line {number} of four" for number in range(4)]
    answers = [f"answer {number} of three" for number in range(3)]

    product.kill_server()
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    expect(maria.page.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    for line, answer in zip(lines[:3], answers, strict=True):
        anna.says(line)
        maria.says(answer)
    product.wait_for(product.is_up, "the server after its restart")
    anna.says(lines[3])

    maria.hears(lines[3])
    anna.hears(answers[2])
    for one in (anna, maria):
        assert [text for text in one.messages() if text in lines] == lines
        assert [text for text in one.messages() if text in answers] == answers
    expect(anna.chat.get_by_text("Connection lost")).to_be_hidden(timeout=PATIENCE_MS)
    expect(maria.page.get_by_text("Connection lost")).to_be_hidden(timeout=PATIENCE_MS)
    maria.says("All four have arrived.")
    anna.hears("All four have arrived.")
    maria.resolves()
    anna.forgives_lost_connections()
    maria.forgives_lost_connections()


def test_chat_works_by_keyboard_and_gives_the_focus_back(customer: MakeCustomer) -> None:
    anna = customer()
    anna.page.goto("/")
    launcher = anna.page.get_by_test_id("launcher")
    launcher.focus()
    anna.page.keyboard.press("Enter")
    expect(anna.composer).to_be_focused()
    anna.page.keyboard.type("First line")
    anna.page.keyboard.press("Shift+Enter")
    anna.page.keyboard.type("second line")
    anna.page.keyboard.press("Enter")
    anna.hears(re.compile("First line\\s+second line"))
    expect(anna.composer).to_be_focused()
    anna.page.keyboard.press("Escape")
    expect(anna.chat.get_by_role("log")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_customer_whose_token_is_no_longer_good_starts_afresh_and_loses_nothing_typed(
    customer: MakeCustomer,
) -> None:
    anna = customer()
    anna.open_chat()
    anna.says("This is from before")
    anna.hears("This is from before")
    anna.composer.fill("Not sent yet")
    frame = next(frame for frame in anna.page.frames if "/widget/" in frame.url)
    frame.evaluate(
        """() => {
            const kept = JSON.parse(localStorage.getItem("byname.nordlicht.session"));
            localStorage.setItem("byname.nordlicht.session", JSON.stringify({...kept, token: "no-such-token"}));
        }"""
    )
    anna.page.reload()
    anna.hears("AI assistant")
    expect(anna.log.get_by_text("This is from before")).to_have_count(0)
    told = anna.log.get_by_text(
        "Your earlier conversation can no longer be opened here, so this is a new one."
    )
    expect(told).to_have_count(1)
    expect(anna.composer).to_have_value("Not sent yet")
    anna.composer.press("Enter")
    anna.hears("Not sent yet")
    anna.page.reload()
    anna.hears("Not sent yet")
    expect(told).to_have_count(1)
    anna.errors[:] = [error for error in anna.errors if "401" not in error]


def test_two_tabs_of_one_customer_see_the_same(customer: MakeCustomer) -> None:
    anna = customer()
    anna.open_chat()
    second = anna.context.new_page()
    second.goto("/")
    second.get_by_test_id("launcher").click()
    there = second.frame_locator("byname-chat iframe")
    anna.says("Said in the first tab")
    expect(there.get_by_role("log").get_by_text("Said in the first tab")).to_be_visible(timeout=PATIENCE_MS)
    there.get_by_test_id("composer").fill("Said in the second tab")
    there.get_by_test_id("composer").press("Enter")
    anna.hears("Said in the second tab")
    assert anna.messages().count("Said in the second tab") == 1


def test_message_that_comes_while_the_chat_is_closed_is_counted_on_the_button(
    customer: MakeCustomer, agent: MakeAgent
) -> None:
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    maria.accepts(anna.reference())
    anna.hears("has joined")
    anna.chat.get_by_role("button", name="Close chat").click()
    maria.says("Are you still there?")
    launcher = anna.page.get_by_test_id("launcher")
    expect(launcher).to_have_accessible_name(re.compile("New messages: 1"), timeout=PATIENCE_MS)
    expect(anna.page).to_have_title(re.compile(r"^\(1\)"))
    launcher.click()
    anna.hears("Are you still there?")
    expect(anna.page).not_to_have_title(re.compile(r"^\("))
    maria.resolves()


def test_customer_finds_the_way_back_to_the_same_agent_in_one_tap(
    customer: MakeCustomer, agent: MakeAgent
) -> None:
    maria = agent("agent1")
    name = maria.page.locator(".me strong").inner_text()
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    maria.accepts(anna.reference())
    maria.says("That is settled then.")
    anna.hears("That is settled then.")
    maria.resolves()
    anna.hears(f"{name} has closed your request")

    anna.says("Which payment methods do you accept?")
    replies = anna.chat.get_by_role("group", name="Suggested answers")
    replies.get_by_role("button", name=re.compile(name.split()[0])).click()
    expect(anna.log.get_by_text("You asked for a person")).to_have_count(2, timeout=PATIENCE_MS)
    maria.accepts(anna.reference())
    anna.hears(f"{name} has joined")
    maria.says("Here I am again.")
    anna.hears("Here I am again.")
    maria.resolves()


def test_an_order_is_looked_up_for_the_agent_and_the_customer_gets_one_answer(
    customer: MakeCustomer, agent: MakeAgent
) -> None:
    """The assistant looks up what the customer asks the agent, changes nothing, and says nothing itself."""
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    maria.accepts(anna.reference())
    suggestions = maria.page.get_by_test_id("suggestions")
    anna.says("Where is my order 10023?")
    expect(suggestions).to_contain_text(
        re.compile("Order 10023 .* is on its way to Hamburg"), timeout=PATIENCE_MS
    )
    suggestions.get_by_role("button", name="Use and edit").click()
    expect(suggestions).to_have_count(0)
    composer = maria.page.get_by_test_id("composer")
    expect(composer).to_have_value(re.compile("^Order 10023"))
    maria.page.keyboard.press("Control+a")
    maria.page.keyboard.type("I have looked: it is on its way, with Nordpost.")
    maria.page.keyboard.press("Enter")
    anna.hears("I have looked: it is on its way")

    anna.says("Then please cancel my order 10034")
    maria.hears("please cancel my order 10034")
    anna.says("And which payment methods do you accept?")
    expect(suggestions).to_contain_text("PayPal", timeout=PATIENCE_MS)
    expect(suggestions).to_have_count(1)
    suggestions.get_by_role("button", name="Leave it").click()
    maria.says("By invoice and by card")
    anna.hears("By invoice and by card")
    said = anna.messages()
    assert not any("Order 10023" in text or "PayPal" in text or "10034 is" in text for text in said)
    maria.resolves()
    anna.says("What does it cost to cancel order 10034?")  # the assistant again: it is as it was
    anna.hears(re.compile("Order 10034 is not packed yet"))
