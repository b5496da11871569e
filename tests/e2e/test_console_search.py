"""What is over is found again, and what is promised has its list: in a real browser, before the real server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from handoff.service.ports import StorageUnavailable
from tests import clients
from tests.e2e.people import PATIENCE_MS, Agent
from tests.screens.stage import Stage

pytestmark = pytest.mark.e2e


def served(stage: Stage, colleague: clients.Agent, *said: str) -> clients.Customer:
    """A customer whom this colleague has answered; it is over."""
    customer = stage.other_customer(*said, asks=True)
    conversation_id = stage.run(colleague.take(customer.conversation_id))
    stage.run(colleague.say(conversation_id, "That is settled."))
    stage.run(colleague.do("resolve", conversation_id, outcome="answered"))
    stage.run(colleague.done("wrap_up_done", conversation_id=conversation_id))
    return customer


def elsewhere(maria: Agent) -> Locator:
    return maria.page.get_by_test_id("found-elsewhere")


def searches(maria: Agent, words: str) -> None:
    maria.page.get_by_role("searchbox", name="Search conversations").fill(words)


def test_agent_finds_what_is_over_by_keyboard_reads_it_and_writes_nothing(stage: Stage) -> None:
    before = stage.colleague("agent1")
    served(stage, before, "My Müller router blinks red")
    served(stage, before, "The invoice is wrong")
    stage.run(before.hang_up())
    maria = stage.agent("agent1")
    page = maria.page

    page.locator("body").click()
    page.keyboard.press("/")
    page.keyboard.type("muller rout")
    expect(elsewhere(maria).get_by_role("button")).to_have_count(1, timeout=PATIENCE_MS)
    expect(elsewhere(maria)).to_contain_text("Müller router blinks red")
    expect(elsewhere(maria)).to_contain_text("Resolved · Maren Petersen")
    page.keyboard.press("Enter")
    maria.hears("That is settled.")
    found = maria.log.locator(".row.found")
    expect(found).to_contain_text("Müller router blinks red")
    expect(found).to_be_in_viewport()
    expect(page.get_by_test_id("composer")).to_have_count(0)
    expect(page.get_by_text("Nothing can be written here")).to_be_visible()

    reference = page.locator(".talk-head p").inner_text().split(" ")[0]
    page.locator(".log").focus()
    page.keyboard.press("w")
    expect(page.get_by_text("Nothing can be written here")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type(reference)
    expect(page.get_by_role("option")).to_contain_text([f"Search all conversations for “{reference}”"])
    page.keyboard.press("Enter")
    expect(elsewhere(maria).get_by_role("button")).to_have_count(1, timeout=PATIENCE_MS)
    searches(maria, "no such word")
    expect(elsewhere(maria).get_by_role("status")).to_have_text("Nothing found.", timeout=PATIENCE_MS)
    assert maria.errors == []


def test_agent_finds_only_their_own_and_a_supervisor_all_a_page_at_a_time(stage: Stage) -> None:
    colleague = stage.colleague("agent2")
    for number in range(22):
        served(stage, colleague, f"Parcel number {number}")
    maria = stage.agent("agent1")
    searches(maria, "parcel number")
    expect(elsewhere(maria).get_by_role("status")).to_have_text("Nothing found.", timeout=PATIENCE_MS)

    leyla = stage.agent("supervisor", presence=None)
    leyla.page.get_by_role("navigation").get_by_role("button", name="Inbox").click()
    searches(leyla, "parcel number")
    rows = elsewhere(leyla).get_by_role("listitem")
    expect(rows).to_have_count(20, timeout=PATIENCE_MS)
    expect(rows.first).to_contain_text("Parcel number 21")
    elsewhere(leyla).get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(22, timeout=PATIENCE_MS)
    expect(elsewhere(leyla).get_by_role("button", name="Show more")).to_have_count(0)
    rows.last.get_by_role("button").click()
    leyla.hears("Parcel number 0")
    assert maria.errors == leyla.errors == []


def test_search_that_could_not_be_made_says_so_and_is_made_again(stage: Stage) -> None:
    before = stage.colleague("agent1")
    served(stage, before, "My router blinks red")
    stage.run(before.hang_up())
    maria = stage.agent("agent1")
    storage = stage.house.server.storage
    whole, tries = storage.search, []

    async def fails_once(*asked: object, **more: object) -> object:
        tries.append(asked)
        if len(tries) == 1:
            raise StorageUnavailable("the disk is away")
        return await whole(*asked, **more)  # type: ignore[arg-type]

    storage.search = fails_once  # type: ignore[method-assign, assignment]
    searches(maria, "router")
    expect(elsewhere(maria).get_by_role("status")).to_have_text(
        "This could not be searched.", timeout=PATIENCE_MS
    )
    elsewhere(maria).get_by_role("button", name="Try again").click()
    expect(elsewhere(maria)).to_contain_text("router blinks red", timeout=PATIENCE_MS)
    assert maria.errors == []


def test_promises_have_a_list_with_owner_and_moment_and_those_of_the_team_are_answered_from_it(
    stage: Stage,
) -> None:
    maria = stage.agent("agent1", presence="Away")
    page = maria.page
    promised = page.get_by_role("navigation", name="Inbox").locator(".list").filter(has_text="Promised")
    waiting = page.get_by_role("navigation", name="Inbox").locator(".list").filter(has_text="Waiting")
    expect(promised).to_contain_text("Nothing is promised.")
    expect(waiting).to_contain_text("Nobody is waiting.")

    anna = stage.other_customer("When do you open?", asks=True)
    expect(promised.get_by_role("button")).to_have_count(1, timeout=PATIENCE_MS)
    expect(promised).to_contain_text("Customer Service")
    expect(promised).to_contain_text(re.compile(r"\d\d:\d\d"))
    promised.get_by_role("button").click()
    maria.hears("When do you open?")
    maria.says("At nine")
    stage.run(anna.reads("At nine"))
    stage.run(anna.sees("promise_kept"))
    assert maria.errors == []
