"""The day in charts, and the administration, in a real browser: what is changed there holds everywhere at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.axe import barriers
from tests.e2e.people import PATIENCE_MS, Agent, Customer, Supervisor
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

MakeCustomer = Callable[..., Customer]
MakeAgent = Callable[[str], Agent]
PASSWORD = "a sentence that is easy to keep"


def section(leyla: Supervisor, name: str) -> Locator:
    leyla.page.get_by_role("button", name="Administration").click()
    leyla.page.get_by_role("navigation", name="Administration").get_by_role("button", name=name).click()
    heading = leyla.page.get_by_role("heading", name=name, level=2)
    expect(heading).to_be_visible(timeout=PATIENCE_MS)
    return leyla.page.locator(".administration .section")


def entries(leyla: Supervisor, words: str) -> Locator:
    return section(leyla, "Audit log").get_by_test_id("audit-entry").filter(has_text=words)


def test_an_invited_colleague_chooses_a_password_by_the_link_and_is_disabled_in_the_end(
    customer: MakeCustomer, supervisor: Supervisor, browser: Browser, product: Product
) -> None:
    people = section(supervisor, "People")
    people.get_by_role("button", name="Invite").click()
    form = supervisor.page.get_by_role("dialog", name="Invite")
    expect(form.get_by_role("button", name="Invite")).to_be_disabled()
    form.get_by_label("Full name").fill("Ines Ferreira")
    form.get_by_label("E-mail address").fill("ines@nordlicht.example")
    form.get_by_label("Job title").fill("Night Adviser")
    form.get_by_label("Skills").fill("refunds")
    assert barriers(supervisor.page) == []
    form.get_by_role("button", name="Invite").click()
    link = supervisor.page.get_by_test_id("link").input_value()
    supervisor.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    row = people.get_by_test_id("person").filter(has_text="Ines Ferreira")
    expect(row).to_contain_text("Invited", timeout=PATIENCE_MS)

    ines = Agent(browser, product.address, "ines@nordlicht.example")
    ines.page.goto(link)
    ines.page.get_by_label("New password").fill(PASSWORD)
    ines.page.get_by_label("The same again").fill(PASSWORD)
    ines.page.get_by_role("button", name="Save").click()
    ines.enters(PASSWORD)
    ines.goes("Online")
    anna = customer()
    anna.open_chat()
    anna.wants_person.click()
    ines.accepts(anna.reference())
    ines.says("Good evening")
    anna.hears("Ines Ferreira has joined")
    ines.resolves()
    expect(ines.page.get_by_role("button", name="Administration")).to_have_count(0)

    supervisor.page.reload()
    row.get_by_role("button", name="Disable Ines Ferreira").click()
    supervisor.page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled", timeout=PATIENCE_MS)
    expect(ines.page.get_by_text("You have been signed out")).to_be_visible(timeout=PATIENCE_MS)
    ines.context.close()
    expect(entries(supervisor, "Leyla Aydin disabled Ines Ferreira")).to_have_count(1, timeout=PATIENCE_MS)
    invited = entries(supervisor, "Leyla Aydin invited Ines Ferreira")
    expect(invited).to_contain_text("Night Adviser")
    assert barriers(supervisor.page) == []


def test_hours_set_in_the_console_are_what_customers_are_told_until_they_are_given_back(
    customer: MakeCustomer, supervisor: Supervisor
) -> None:
    hours = section(supervisor, "Opening hours")
    expect(hours.get_by_test_id("hours-source")).to_have_text("From the desk file")
    for remove in hours.get_by_role("button", name="remove these hours").all()[::-1]:
        remove.click()
    expect(hours.get_by_text("Closed")).to_have_count(7)
    hours.get_by_role("button", name="Save").click()
    expect(hours.get_by_test_id("hours-source")).to_have_text("Set here", timeout=PATIENCE_MS)
    supervisor.opens_board()
    expect(supervisor.page.get_by_text("Closed now")).to_be_visible(timeout=PATIENCE_MS)

    section(supervisor, "Opening hours")
    hours.get_by_role("button", name="Take those of the desk file").click()
    dialog = supervisor.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take those of the desk file").click()
    expect(hours.get_by_test_id("hours-source")).to_have_text("From the desk file", timeout=PATIENCE_MS)
    assert barriers(supervisor.page) == []
    supervisor.opens_board()
    expect(supervisor.page.get_by_text("Closed now")).to_have_count(0, timeout=PATIENCE_MS)


def test_teams_and_canned_answers_are_kept_by_keyboard(supervisor: Supervisor) -> None:
    teams = section(supervisor, "Teams")
    teams.get_by_role("button", name="Add a team").focus()
    supervisor.page.keyboard.press("Enter")
    expect(supervisor.page.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
    supervisor.page.keyboard.type("Night Shift")
    supervisor.page.keyboard.press("Enter")
    night = teams.get_by_test_id("team").filter(has_text="Night Shift")
    expect(night).to_contain_text("0 members · added here", timeout=PATIENCE_MS)
    night.get_by_role("button", name="Remove Night Shift").click()
    supervisor.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(night).to_have_count(0, timeout=PATIENCE_MS)

    answers = section(supervisor, "Canned answers")
    expect(answers.get_by_text("None yet.")).to_be_visible()
    answers.get_by_role("button", name="Add an answer").focus()
    supervisor.page.keyboard.press("Enter")
    dialog = supervisor.page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox").first).to_be_focused()
    supervisor.page.keyboard.type("Greeting")
    dialog.get_by_label("Text").focus()
    supervisor.page.keyboard.type("Good day ")
    dialog.get_by_role("button", name="Customer’s name").click()
    supervisor.page.keyboard.type("!")
    expect(dialog.get_by_label("Text")).to_have_value("Good day {customer}!")
    assert barriers(supervisor.page) == []
    dialog.get_by_role("button", name="Save").click()
    greeting = answers.get_by_test_id("answer").filter(has_text="Greeting")
    expect(greeting).to_contain_text("Good day {customer}!", timeout=PATIENCE_MS)
    assert barriers(supervisor.page) == []
    greeting.get_by_role("button", name="Remove Greeting").click()
    supervisor.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(greeting).to_have_count(0, timeout=PATIENCE_MS)


def test_a_column_of_the_day_leads_by_keyboard_to_the_conversations_behind_it(
    customer: MakeCustomer, agent: MakeAgent, supervisor: Supervisor
) -> None:
    maria = agent("agent1")
    anna = customer()
    anna.open_chat()
    anna.says("I want to talk to a person")
    reference = anna.reference()
    maria.accepts(reference)
    maria.says("Good day, I am here")
    anna.hears("Good day, I am here")

    supervisor.page.reload()
    supervisor.opens_board()
    requests = supervisor.page.get_by_test_id("day-requests")
    expect(requests.get_by_role("button", name=re.compile("Asked for a person in words"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(supervisor.page.get_by_test_id("day-promises")).to_contain_text(re.compile("of [0-9]+ kept"))
    assert barriers(supervisor.page) == []
    chart = requests.get_by_role("group", name="Requests for a person")
    last = chart.get_by_role("button").last
    last.focus()
    supervisor.page.keyboard.press("ArrowLeft")
    expect(last).not_to_be_focused()
    supervisor.page.keyboard.press("End")
    expect(last).to_be_focused()
    supervisor.page.keyboard.press("Enter")
    behind = supervisor.page.get_by_test_id("behind").filter(has_text=reference)
    expect(behind).to_contain_text("Maren Petersen", timeout=PATIENCE_MS)
    behind.get_by_role("button", name=f"Open {reference}").click()
    supervisor.hears("Good day, I am here")
    maria.resolves()


def test_the_charts_say_the_same_as_tables(supervisor: Supervisor) -> None:
    supervisor.opens_board()
    for name, column in (("day-requests", "Hour"), ("day-answers", "Half within"), ("day-promises", "Kept")):
        card = supervisor.page.get_by_test_id(name)
        expect(card.get_by_role("table")).to_have_count(1, timeout=PATIENCE_MS)
        card.get_by_role("button", name="Table").click()
        expect(card.get_by_role("columnheader", name=column)).to_be_visible()
        expect(card.locator("svg")).to_have_count(0)
    assert barriers(supervisor.page) == []
