"""The states of the agents' and supervisors' console."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from handoff.bot_client.scripted import plain_reply
from tests import clients
from tests.e2e.people import PATIENCE_MS, Agent, Supervisor
from tests.screens.stage import PARCEL, Stage, answer
from tests.screens.states import DESK, DESKTOP, PHONE, TABLET, dark, state


def offered(stage: Stage) -> Agent:
    """An agent to whom a customer who talked to the assistant is offered."""
    maria = stage.agent()
    stage.other_customer("Where is my order 10023?", "That does not help me at all", asks=True)
    maria.offers.first.wait_for()
    return maria


def answering(stage: Stage) -> Agent:
    """An agent in the middle of a conversation."""
    maria = stage.agent()
    anna = stage.other_customer(
        "Where is my order 10023?", "That does not help me at all", asks=True, name="Anna Vogel"
    )
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(re.compile("joined"))
    maria.says("Good day, I have read everything. Shall we leave the parcel at the depot?")
    stage.run(anna.reads("Good day, I have read everything. Shall we leave the parcel at the depot?"))
    stage.run(anna.say("Yes please, until Wednesday. Thank you!"))
    maria.hears("until Wednesday")
    return maria


@state("console-sign-in", PHONE, *DESK)
def sign_in(stage: Stage) -> Page:
    maria = stage.visitor()
    maria.page.goto("/console/")
    maria.page.get_by_label("Password").wait_for()
    return maria.page


@state("console-sign-in-wrong", DESKTOP)
def sign_in_wrong(stage: Stage) -> Page:
    maria = stage.visitor()
    maria.sign_in("not this one")
    maria.page.get_by_text("do not belong together").wait_for()
    return maria.page


@state("console-offline", *DESK)
def offline(stage: Stage) -> Page:
    maria = stage.agent(presence=None)
    maria.page.get_by_role("heading", name="You are offline").wait_for()
    return maria.page


@state("console-idle", DESKTOP)
def idle(stage: Stage) -> Page:
    maria = stage.agent()
    maria.page.get_by_role("heading", name="Ready").wait_for()
    return maria.page


@state("console-offer", *DESK)
def offer(stage: Stage) -> Page:
    maria = offered(stage)
    maria.hears("Where is my order 10023?")
    return maria.page


@state("console-conversation", *DESK)
def conversation(stage: Stage) -> Page:
    return answering(stage).page


@state("console-note", DESKTOP)
def note(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Note", exact=True).click()
    maria.notes("Depot knows, holds it until Wednesday 18:00")
    maria.hears("Depot knows")
    return maria.page


@state("console-resolve", TABLET, DESKTOP)
def resolve(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Resolve").click()
    maria.page.get_by_role("radio", name="Answered").check()
    return maria.page


@state("console-transfer", TABLET, DESKTOP)
def transfer(stage: Stage) -> Page:
    stage.colleague("agent2", presence="away")
    maria = answering(stage)
    maria.page.get_by_role("button", name="Transfer").click()
    return maria.page


@state("console-transferred", DESKTOP)
def transferred(stage: Stage) -> Page:
    """It can still be taken back."""
    maria = answering(stage)
    stage.colleague("agent2")
    maria.page.get_by_role("button", name="Transfer").click()
    maria.page.get_by_label("To whom?").select_option(label="Tobias Okafor, Broadband Adviser")
    maria.page.get_by_role("button", name="Confirm").click()
    maria.page.get_by_text("It was transferred.").wait_for()
    return maria.page


@state("console-refused", DESKTOP)
def refused(stage: Stage) -> Page:
    """To a team of which nobody is there; said in the agent's language."""
    maria = stage.agent(locale="de-DE")
    stage.other_customer("Wo bleibt meine Rechnung?", locale="de", asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    maria.page.get_by_role("button", name="Weitergeben").click()
    maria.page.get_by_label("An wen?").select_option(label="Broadband Support")
    maria.page.get_by_role("button", name="Bestätigen").click()
    maria.page.get_by_text("niemand mit einem freien Platz da").wait_for()
    return maria.page


@state("console-hand-back", DESKTOP)
def hand_back(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Hand back").click()
    return maria.page


@state("console-follow-up", TABLET, DESKTOP)
def follow_up(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Follow up").click()
    return maria.page


@state("console-block", DESKTOP)
def block(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Block").click()
    maria.page.get_by_role("dialog").wait_for()
    return maria.page


@state("console-wrap-up", DESKTOP)
def wrap_up(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("button", name="Resolve").click()
    maria.page.get_by_role("radio", name="Answered").check()
    maria.page.get_by_role("button", name="Confirm").click()
    maria.page.get_by_role("button", name="Ready now").wait_for()
    return maria.page


@state("console-busy", *DESK)
def busy(stage: Stage) -> Page:
    """Several conversations, one of them with a draft, and one more waiting."""
    maria = stage.agent()
    for name, words in (
        ("Henrik Lindqvist", "Where is my invoice?"),
        (None, "The router blinks red"),
        ("Zoë van den Broek", "My parcel is damaged"),
        ("Bartholomäus Schwarzenberger-Hohenfels", "I want to cancel"),
    ):
        one = stage.other_customer(words, asks=True, name=name)
        maria.offers.first.get_by_test_id("accept").click()
        maria.hears(words)
        stage.run(one.say(f"Are you there? {words}"))
        maria.page.get_by_test_id("composer").fill("One moment, I am looking")
    stage.other_customer("Is anybody there?", asks=True)
    expect(maria.page.get_by_role("navigation")).to_contain_text("4 of 4", timeout=PATIENCE_MS)
    return maria.page


@state("console-not-responding", DESKTOP)
def not_responding(stage: Stage) -> Page:
    maria = offered(stage)
    stage.move(seconds=21)
    maria.page.get_by_role("alert").filter(has_text="went unanswered").wait_for()
    return maria.page


@state("console-connection-lost", DESKTOP)
def connection_lost(stage: Stage) -> Page:
    maria = answering(stage)
    stage.server_stops()
    maria.page.get_by_text("Connection lost").wait_for()
    return maria.page


def on_the_board(stage: Stage, locale: str = "en-GB") -> Supervisor:
    """A desk with something of everything: overdue, waiting, active, promised, an alert."""
    stage.serve(capacity="1")
    stage.other_customer("Nobody was there last night", asks=True, name="Henrik Lindqvist")
    maria = stage.colleague()
    stage.run(maria.take())
    stage.other_customer("Wo bleibt meine Rechnung?", locale="de", asks=True, name="Jutta Wessels")
    leyla = stage.agent("supervisor", presence=None, locale=locale)
    assert isinstance(leyla, Supervisor)
    stage.other_customer("My parcel is damaged", asks=True)
    leyla.page.locator(".tabs button").nth(1).click()
    leyla.page.get_by_test_id("board-row").first.wait_for()
    return leyla


@state("board", *DESK)
def board(stage: Stage) -> Page:
    leyla = on_the_board(stage)
    expect(leyla.page.get_by_test_id("board-row")).to_have_count(3, timeout=PATIENCE_MS)
    return leyla.page


@state("board-overdue", DESKTOP, dark(DESKTOP))
def board_overdue(stage: Stage) -> Page:
    leyla = on_the_board(stage)
    stage.move(minutes=6)
    expect(leyla.figure("overdue")).not_to_have_text("0", timeout=PATIENCE_MS)
    return leyla.page


@state("board-german", TABLET, DESKTOP)
def board_german(stage: Stage) -> Page:
    leyla = on_the_board(stage, locale="de-DE")
    stage.move(minutes=6)
    expect(leyla.figure("overdue")).not_to_have_text("0", timeout=PATIENCE_MS)
    return leyla.page


@state("board-watching", TABLET, DESKTOP)
def board_watching(stage: Stage) -> Page:
    """A conversation of an agent's, with a whisper to them."""
    leyla = on_the_board(stage)
    leyla.page.get_by_test_id("board-row").filter(has_text="Maren Petersen").get_by_role(
        "button", name="Watch"
    ).click()
    leyla.whispers("Offer him the refund, it is on us")
    leyla.hears("Offer him the refund")
    return leyla.page


@state("board-nobody", DESKTOP)
def board_nobody(stage: Stage) -> Page:
    """A customer asks, and nobody is on duty."""
    leyla = stage.agent("supervisor", presence=None)
    assert isinstance(leyla, Supervisor)
    stage.other_customer("Is anybody there?", asks=True)
    leyla.opens_board()
    leyla.alerts.first.wait_for()
    return leyla.page


@state("board-empty", DESKTOP)
def board_empty(stage: Stage) -> Page:
    leyla = stage.agent("supervisor", presence=None)
    assert isinstance(leyla, Supervisor)
    leyla.opens_board()
    return leyla.page


@state("board-assign", TABLET, DESKTOP)
def board_assign(stage: Stage) -> Page:
    leyla = on_the_board(stage)
    leyla.page.get_by_role("button", name=re.compile("^Assign")).first.click()
    leyla.page.get_by_role("dialog").wait_for()
    return leyla.page


@state("console-german", DESKTOP)
def german(stage: Stage) -> Page:
    maria = stage.visitor(locale="de-DE")
    maria.sign_in()
    maria.goes("Online")
    stage.other_customer("Wo bleibt meine Rechnung?", locale="de", asks=True)
    maria.offers.first.wait_for()
    maria.hears("Wo bleibt meine Rechnung?")
    return maria.page


@state("console-palette", TABLET, DESKTOP, dark(DESKTOP))
def palette(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.keyboard.press("Control+k")
    maria.page.get_by_role("option").first.wait_for()
    return maria.page


@state("console-palette-nothing", DESKTOP)
def palette_nothing(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.keyboard.press("Control+k")
    maria.page.keyboard.type("no such thing")
    maria.page.get_by_role("option", name=re.compile("Search all conversations")).wait_for()
    return maria.page


@state("console-keys", DESKTOP)
def keys(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.locator(".log").focus()
    maria.page.keyboard.press("?")
    maria.page.get_by_role("dialog", name="Keys").wait_for()
    return maria.page


@state("console-settings", TABLET, DESKTOP, dark(DESKTOP))
def settings(stage: Stage) -> Page:
    maria = stage.agent()
    maria.page.get_by_role("button", name="Settings").click()
    maria.page.get_by_role("dialog", name="Settings").wait_for()
    return maria.page


def served(stage: Stage, colleague: clients.Agent, *said: str, **session: str) -> None:
    """A customer whom this colleague has served; it is over."""
    customer = stage.other_customer(*said, asks=True, **session)
    conversation_id = stage.run(colleague.take(customer.conversation_id))
    stage.run(colleague.say(conversation_id, "It waits for you at the depot until Wednesday."))
    stage.run(colleague.do("resolve", conversation_id, outcome="answered"))
    stage.run(colleague.done("wrap_up_done", conversation_id=conversation_id))
    stage.run(customer.hang_up())


@state("console-search", *DESK)
def search(stage: Stage) -> Page:
    earlier = stage.colleague()
    served(
        stage, earlier, "Where is my parcel? It should have come on Monday, and the neighbours know nothing"
    )
    served(stage, earlier, "My parcel is at the depot, they say")
    stage.run(earlier.hang_up())
    maria = answering(stage)
    maria.page.get_by_role("searchbox").fill("wednesday")
    maria.page.get_by_test_id("found-elsewhere").get_by_role("button").nth(1).wait_for()
    return maria.page


@state("console-search-opened", DESKTOP, dark(DESKTOP))
def search_opened(stage: Stage) -> Page:
    page = search(stage)
    page.get_by_test_id("found-elsewhere").get_by_role("button").first.click()
    page.get_by_text("Nothing can be written here").wait_for()
    return page


@state("console-search-nothing", DESKTOP)
def search_nothing(stage: Stage) -> Page:
    maria = answering(stage)
    maria.page.get_by_role("searchbox").fill("no such thing")
    expect(maria.page.get_by_test_id("found-elsewhere").get_by_role("status")).to_have_text("Nothing found.")
    return maria.page


@state("console-promised", *DESK)
def promised(stage: Stage) -> Page:
    """One promise of the agent's own, one of the team."""
    maria = answering(stage)
    maria.page.get_by_role("button", name="Follow up").click()
    tomorrow = stage.house.clock.now().astimezone() + timedelta(days=1)
    maria.page.get_by_label("Answer by").fill(tomorrow.strftime("%Y-%m-%dT09:30"))
    maria.page.get_by_role("button", name="Confirm").click()
    expect(maria.page.get_by_text("Promised: an answer by")).to_be_visible()
    maria.goes("Away")
    stage.other_customer("When do you open on Saturday?", asks=True)
    lists = maria.page.get_by_role("navigation", name="Inbox").locator(".list")
    expect(lists.filter(has_text="Promised").get_by_role("button")).to_have_count(2, timeout=PATIENCE_MS)
    return maria.page


@state("console-suggestion", TABLET, DESKTOP, dark(DESKTOP))
def suggestion(stage: Stage) -> Page:
    stage.serve(answers=lambda turn: answer(turn) if "return" in turn.text else plain_reply(PARCEL))
    maria = stage.agent()
    anna = stage.other_customer("Where is my order 10023?", asks=True, name="Anna Vogel")
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(re.compile("joined"))
    stage.run(anna.say("And if I want to return it?"))
    maria.page.get_by_test_id("suggestions").wait_for()
    return maria.page


@state("console-canned", TABLET, DESKTOP, dark(DESKTOP))
def canned(stage: Stage) -> Page:
    maria = answering(stage)
    leyla = stage.colleague("supervisor", presence="offline")
    for title, text in (
        ("Depot", "Good day {customer}, the parcel waits for you at the depot until Wednesday, 18:00."),
        (
            "Greeting",
            "Good day {customer}, I am {agent}, {role} at {employer}. I have read everything so far.",
        ),
        ("Refund on its way", "The money is on its way; your bank shows it within three days. {reference}"),
    ):
        stage.run(added(stage, leyla, title, text))
    maria.page.get_by_role("button", name="Canned answers").click()
    maria.page.get_by_role("option").nth(2).wait_for()
    return maria.page


async def added(stage: Stage, leyla: clients.Agent, title: str, text: str) -> None:
    url = f"{stage.house.origin}/api/v1/administration/canned-answers"
    body = {"title": title, "text": text, "language": None, "team": None}
    async with stage.house.http.post(url, json=body, headers=leyla.bearer) as done:
        assert done.status == 201, await done.text()


@state("console-long", DESKTOP, dark(DESKTOP))
def long(stage: Stage) -> Page:
    """In the middle of a long conversation, away from its end."""
    maria = stage.agent()
    anna = stage.other_customer("Where is my order 10023?", asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(re.compile("joined"))
    for number in range(60):
        stage.run(anna.say(f"And one thing more, number {number}, which I nearly forgot"))
    maria.hears("number 59")
    maria.log.hover()
    maria.page.mouse.wheel(0, -900)
    maria.page.get_by_role("button", name="To the newest").wait_for()
    return maria.page


@state("console-come-back", DESKTOP)
def come_back(stage: Stage) -> Page:
    """A customer with a past."""
    stage.serve(wrap_up_s="0")
    maria = stage.agent()
    anna = stage.other_customer("Where is my order 10023?", asks=True)
    maria.offers.first.get_by_test_id("accept").click()
    maria.hears(re.compile("joined"))
    maria.says("It comes tomorrow.")
    stage.run(anna.reads("It comes tomorrow."))
    maria.page.get_by_role("button", name="Resolve").click()
    maria.page.get_by_role("radio", name="Answered").check()
    maria.page.get_by_role("button", name="Confirm").click()
    stage.run(anna.sees_state("resolved"))
    stage.run(anna.want_person())
    maria.offers.first.get_by_test_id("accept").click()
    maria.page.get_by_test_id("past").get_by_role("listitem").wait_for()
    return maria.page
