"""The supervisor's board, what is done from it, and who is shut out and let in again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.people import PATIENCE_MS, Agent, Customer, Supervisor
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

MakeCustomer = Callable[..., Customer]
MakeAgent = Callable[[str], Agent]


def name_of(agent: Agent) -> str:
    return agent.page.locator(".me strong").inner_text()


def in_conversation(customer: MakeCustomer, agent: Agent) -> tuple[Customer, str]:
    """A customer who is with this agent, and the reference of the request."""
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    reference = anna.reference()
    agent.accepts(reference)
    anna.hears("has joined")
    return anna, reference


def test_supervisor_is_told_that_nobody_is_there_and_takes_the_customer_over(
    customer: MakeCustomer, supervisor: Supervisor
) -> None:
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    reference = anna.reference()
    strip = supervisor.page.get_by_role("status").filter(has_text=reference)
    expect(strip).to_contain_text("nobody is on duty", timeout=PATIENCE_MS)
    expect(supervisor.page).to_have_title(re.compile(r"^\([1-9]"))

    strip.get_by_role("button", name="To the board").click()
    expect(supervisor.alerts.filter(has_text=reference)).to_be_visible()
    expect(supervisor.row(reference)).to_contain_text("Promised")
    expect(supervisor.figure("promised")).not_to_have_text("0")
    supervisor.alerts.filter(has_text=reference).get_by_role("button", name="Take over").click()

    name = name_of(supervisor)
    anna.hears(f"{name} has joined")
    supervisor.says("Good evening, I am taking care of this myself.")
    anna.hears("taking care of this myself")
    supervisor.opens_board()
    expect(supervisor.alerts.filter(has_text=reference)).to_have_count(0, timeout=PATIENCE_MS)
    expect(supervisor.row(reference)).to_contain_text(name, timeout=PATIENCE_MS)
    expect(supervisor.figure("active")).to_have_text("1")

    supervisor.page.get_by_role("button", name="Inbox").click()
    supervisor.resolves()
    anna.hears(f"{name} has closed your request")
    supervisor.opens_board()
    expect(supervisor.row(reference)).to_have_count(0, timeout=PATIENCE_MS)


def test_acknowledged_alert_leaves_the_board_and_the_request_stays(
    customer: MakeCustomer, supervisor: Supervisor
) -> None:
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    reference = anna.reference()
    supervisor.opens_board()
    alert = supervisor.alerts.filter(has_text=reference)
    alert.get_by_role("button", name=f"Acknowledge the alert about {reference}").click()
    expect(alert).to_have_count(0, timeout=PATIENCE_MS)
    expect(supervisor.row(reference)).to_be_visible()
    supervisor.page.reload()
    expect(supervisor.row(reference)).to_be_visible(timeout=PATIENCE_MS)
    expect(alert).to_have_count(0)
    anna.chat.get_by_role("button", name="Back to the assistant").click()
    expect(supervisor.row(reference)).to_have_count(0, timeout=PATIENCE_MS)


def test_supervisor_gives_a_request_to_somebody_else_by_keyboard(
    customer: MakeCustomer, agent: MakeAgent, supervisor: Supervisor
) -> None:
    maria = agent("agent1")
    anna, reference = in_conversation(customer, maria)
    other = agent("agent2")
    supervisor.opens_board()
    expect(supervisor.row(reference)).to_contain_text(name_of(maria), timeout=PATIENCE_MS)

    assign = supervisor.row(reference).get_by_role("button", name=f"Assign {reference}")
    assign.focus()
    supervisor.page.keyboard.press("Enter")
    dialog = supervisor.page.get_by_role("dialog", name=f"Who takes {reference}?")
    expect(dialog).to_be_visible()
    supervisor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(assign).to_be_focused()
    supervisor.page.keyboard.press("Enter")
    person = dialog.get_by_role("radio", name=re.compile(name_of(other)))
    expect(dialog.get_by_role("radio", name=re.compile(name_of(maria)))).to_have_count(0)
    person.focus()
    supervisor.page.keyboard.press("Space")
    supervisor.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=PATIENCE_MS)

    anna.hears(f"{name_of(other)} has joined")
    expect(supervisor.row(reference)).to_contain_text(name_of(other), timeout=PATIENCE_MS)
    expect(maria.page.get_by_role("status").filter(has_text=reference)).to_contain_text("supervisor")
    other.page.get_by_role("button", name=re.compile(reference)).click()
    other.says("I have read everything.")
    anna.hears("I have read everything.")
    other.resolves()


def test_supervisor_watches_and_whispers_and_the_customer_sees_nothing_of_it(
    customer: MakeCustomer, agent: MakeAgent, supervisor: Supervisor
) -> None:
    maria = agent("agent1")
    anna, reference = in_conversation(customer, maria)
    maria.says("One moment please.")
    supervisor.opens_board()
    supervisor.row(reference).get_by_role("button", name=f"Watch {reference}").click()
    supervisor.hears("One moment please.")
    anna.says("I am in no hurry")
    supervisor.hears("I am in no hurry")
    supervisor.whispers("Offer her a voucher")
    maria.hears("Offer her a voucher")
    maria.hears(f"Whisper · {name_of(supervisor)}")
    maria.says("May I send you a voucher?")
    anna.hears("May I send you a voucher?")
    expect(anna.log.get_by_text("Offer her")).to_have_count(0)

    supervisor.page.get_by_role("button", name="Take over").click()
    anna.hears(f"{name_of(supervisor)} has joined")
    supervisor.says("This is the supervisor herself.")
    anna.hears("This is the supervisor herself.")
    supervisor.resolves()


def test_link_of_a_notice_leads_to_its_conversation_before_and_after_signing_in(
    customer: MakeCustomer, browser: Browser, product: Product
) -> None:
    anna = customer()
    anna.open_chat()
    anna.says("Is there anybody?")
    anna.wants_person.click()
    anna.reference()
    leyla = Supervisor(browser, product.address, "supervisor@demo.example")
    leyla.page.goto(f"/console/#/conversation/{anna.conversation_id()}")
    leyla.enters()
    leyla.hears("Is there anybody?")
    expect(leyla.page).not_to_have_url(re.compile("#"))
    leyla.opens_board()
    leyla.page.evaluate(f"location.hash = '/conversation/{anna.conversation_id()}'")
    leyla.hears("Is there anybody?")
    anna.chat.get_by_role("button", name="Back to the assistant").click()
    leyla.leaves()
    assert leyla.errors == []


def test_figures_of_the_board_choose_what_it_shows(
    customer: MakeCustomer, agent: MakeAgent, supervisor: Supervisor
) -> None:
    maria = agent("agent1")
    _, active = in_conversation(customer, maria)
    maria.says("Good day")
    maria.goes("Away")
    bert = customer()
    bert.open_chat()
    bert.wants_person.click()
    promised = bert.reference()
    supervisor.opens_board()
    expect(supervisor.row(promised)).to_be_visible(timeout=PATIENCE_MS)
    expect(supervisor.row(active)).to_be_visible()
    supervisor.page.get_by_test_id("figure-active").click()
    expect(supervisor.row(promised)).to_have_count(0)
    expect(supervisor.row(active)).to_be_visible()
    supervisor.page.get_by_test_id("figure-overdue").click()
    expect(supervisor.row(active)).to_have_count(0)
    expect(supervisor.row(promised)).to_have_count(0)
    member = supervisor.page.get_by_test_id("member").filter(has_text=name_of(maria))
    expect(member).to_contain_text("Away")
    expect(member).to_contain_text("1 of 4")
    bert.chat.get_by_role("button", name="Back to the assistant").click()
    maria.resolves()


def test_blocked_customer_is_told_by_whom_and_how_to_reach_the_trader_and_is_let_in_again(
    customer: MakeCustomer, agent: MakeAgent, supervisor: Supervisor
) -> None:
    maria = agent("agent1")
    anna, reference = in_conversation(customer, maria)
    block = maria.page.get_by_role("button", name="Block", exact=True)
    expect(block).to_be_disabled()
    maria.says("Please stay polite.")
    anna.hears("Please stay polite.")
    block.click()
    dialog = maria.page.get_by_role("dialog", name="Block this customer")
    expect(dialog.get_by_role("button", name="Block")).to_be_disabled()
    dialog.get_by_label("Reason").fill("Insults after a warning")
    dialog.get_by_role("button", name="Block").click()

    expect(anna.blocked).to_contain_text(name_of(maria), timeout=PATIENCE_MS)
    expect(anna.blocked).to_contain_text("Speicherweg 12, 20457 Hamburg")
    expect(anna.blocked).to_contain_text("support@nordlicht.example")
    expect(anna.blocked.get_by_role("link")).to_have_attribute("href", "mailto:support@nordlicht.example")
    expect(anna.composer).to_have_count(0)
    expect(anna.chat.get_by_text("Insults after a warning")).to_have_count(0)
    anna.page.reload()
    expect(anna.blocked).to_contain_text(name_of(maria), timeout=PATIENCE_MS)
    anna.hears("Please stay polite.")
    anna.wants_person.click()
    expect(anna.blocked).to_be_focused()
    expect(maria.page.get_by_test_id("blocked-strip")).to_contain_text("Insults after a warning")
    expect(maria.page.get_by_text("your seat is free again in")).to_be_visible()

    supervisor.opens_board()
    shut_out = supervisor.page.get_by_test_id("blocked").filter(has_text=reference)
    expect(shut_out).to_contain_text("Insults after a warning")
    shut_out.get_by_role("button", name=f"Unblock {reference}").click()
    question = supervisor.page.get_by_role("dialog", name="Unblock this customer")
    question.get_by_label("Note").fill("Apologised by e-mail")
    question.get_by_role("button", name="Unblock").click()
    expect(shut_out).to_have_count(0, timeout=PATIENCE_MS)
    expect(supervisor.alerts.filter(has_text=reference)).to_have_count(0, timeout=PATIENCE_MS)

    anna.says("I am sorry")
    anna.hears("I am sorry")
    maria.page.get_by_role("button", name="Ready now").click()


def test_offer_says_why_it_came_to_this_agent(customer: MakeCustomer, agent: MakeAgent) -> None:
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    reference = anna.reference()
    chosen = maria.page.get_by_test_id("chosen-by")
    expect(chosen).to_contain_text("free the longest", timeout=PATIENCE_MS)
    expect(chosen).to_contain_text("speaks English")
    maria.accepts(reference)
    maria.says("Good day")
    anna.hears("Good day")
    maria.resolves()
    anna.wants_person.click()
    expect(chosen).to_contain_text("You had this customer before", timeout=PATIENCE_MS)
    maria.accepts(anna.reference())
    maria.says("Here I am again.")
    maria.resolves()


def test_console_speaks_the_browsers_language_and_the_one_that_was_chosen(
    browser: Browser, product: Product
) -> None:
    leyla = Supervisor(browser, product.address, "supervisor@demo.example", locale="de-DE")
    leyla.sign_in()
    leyla.page.get_by_role("navigation").get_by_role("button", name="Übersicht").click()
    expect(leyla.page.get_by_role("heading", name="Stand der Dinge")).to_be_visible(timeout=PATIENCE_MS)
    expect(leyla.page.locator("html")).to_have_attribute("lang", "de")
    leyla.page.get_by_role("button", name="English").click()
    expect(leyla.page.get_by_role("heading", name="The desk now")).to_be_visible(timeout=PATIENCE_MS)
    leyla.page.reload()
    expect(leyla.page.get_by_role("heading", name="The desk now")).to_be_visible(timeout=PATIENCE_MS)
    expect(leyla.page.locator("html")).to_have_attribute("lang", "en")
    assert leyla.errors == []
    leyla.context.close()


def test_customer_chooses_when_to_be_contacted_and_sees_the_promise_at_the_top(
    customer: MakeCustomer, supervisor: Supervisor
) -> None:
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    anna.chat.get_by_role("button", name="Be contacted instead").click()
    when = anna.chat.get_by_role("group", name="When does it suit you?").get_by_role("radio")
    expect(when.first).to_be_checked(timeout=PATIENCE_MS)
    assert when.count() >= 4
    moment = when.nth(1).locator("..").inner_text()
    when.nth(1).check()
    anna.chat.get_by_label("Your e-mail address").fill("not an address")
    anna.chat.get_by_role("button", name="Contact me").click()
    expect(anna.chat.get_by_role("alert").filter(has_text="name@example.com")).to_be_visible()
    anna.chat.get_by_label("Your e-mail address").fill("anna@example.com")
    anna.chat.get_by_role("button", name="Contact me").click()

    card = anna.chat.get_by_test_id("handoff-card")
    expect(card).to_contain_text(f"You get an answer by {moment}", timeout=PATIENCE_MS)
    expect(card).to_contain_text("anna@example.com")
    expect(anna.chat.get_by_text(f"a person by {moment}")).to_be_visible()
    supervisor.opens_board()
    expect(supervisor.row(anna.reference())).to_contain_text("Promised")
    card.get_by_role("button", name="Back to the assistant").click()
    expect(card).to_be_hidden(timeout=PATIENCE_MS)
