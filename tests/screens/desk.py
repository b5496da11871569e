"""The states of the day's charts and of the administration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from handoff.demo.accounts import DEMO_PASSWORD
from tests.clients import Agent, Json
from tests.e2e.people import PATIENCE_MS, Supervisor
from tests.screens.stage import Stage
from tests.screens.states import DESK, DESKTOP, FORCED, PHONE, TABLET, dark, state

BERLIN = ZoneInfo("Europe/Berlin")
# Of each hour: how many ask, and after how many seconds they are answered.
HOURS = ((1, 12), (3, 25), (5, 60), (4, 210), (6, 95), (2, 18), (3, 40))
KEPT = ("agent_lost_active_s", "next_answer_requeue_s", "first_answer_requeue_s")  # whatever the clock does
WORDS = ("I want to talk to a person", "This is a disgrace, I am furious!", None)


def supervisor(stage: Stage, **options: Any) -> Supervisor:
    leyla = stage.agent("supervisor", presence=None, **options)
    assert isinstance(leyla, Supervisor)
    return leyla


def a_day(stage: Stage) -> None:
    """A morning and an afternoon with customers, one of whom was answered late."""
    stage.serve(
        capacity="20",
        wrap_up_s="1",
        agent_lost_active_s="90000",
        next_answer_requeue_s="90000",
        first_answer_requeue_s="90000",
    )
    now = stage.house.clock.now().astimezone(BERLIN)
    opens = (now + timedelta(days=1)).replace(hour=8, minute=5, second=0, microsecond=0)
    stage.move(seconds=(opens - now).total_seconds())
    maria = stage.colleague()
    for asking, wait_s in HOURS:
        began = stage.house.clock.now()
        for number in range(asking):
            words = WORDS[number % len(WORDS)]
            customer = stage.other_customer(*([words] if words else []), asks=words is None)
            conversation_id = stage.run(maria.take(customer.conversation_id))
            stage.move(seconds=wait_s * (number + 1) / asking)
            stage.run(maria.say(conversation_id, "Good day, I am reading along."))
            stage.run(maria.do("resolve", conversation_id, outcome="answered"))
            stage.run(customer.hang_up())
        stage.move(seconds=3_600 - (stage.house.clock.now() - began).total_seconds())


def administered(stage: Stage) -> None:
    """A desk of which something was changed already."""
    week = {day: [["08:00", "12:30"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    hours = {"time_zone": "Europe/Berlin", "week": week | {"sat": [["10:00", "14:00"]]}}
    person = {
        "email": "ines@nordlicht.example",
        "name": "Inês Ferreira de Albuquerque",
        "role": "Customer Service Specialist",
        "employer": "Nordlicht Handel GmbH",
        "access": ["agent"],
        "teams": ["service"],
        "languages": ["pt", "en"],
        "skills": ["refunds"],
    }
    answers = (
        (
            "Parcel is late",
            "I am sorry that parcel {reference} is late, {customer}. I am asking Nordpost.",
            "en",
        ),
        ("Paket kommt später", "Es tut mir leid, {customer}, dass Ihr Paket später kommt.", "de"),
        (
            "Greeting",
            "Good day {customer}, this is {agent}, {role} at {employer}. I have read everything.",
            None,
        ),
    )
    changes: list[tuple[str, str, Json]] = [
        ("POST", "/people", person),
        ("PUT", "/teams/night", {"name": "Night Shift"}),
        ("PUT", "/teams/broadband", {"name": "Broadband and Television"}),
        ("PUT", "/opening-hours", hours | {"holidays": ["2026-12-25", "2027-01-01"]}),
        *(
            ("POST", "/canned-answers", {"title": title, "text": text, "language": language})
            for title, text, language in answers
        ),
    ]

    house = stage.house

    async def change() -> None:
        leyla = await Agent.sign_in(house.origin, house.http, "supervisor@demo.example", DEMO_PASSWORD)
        for method, path, body in changes:
            address = f"{house.origin}/api/v1/administration{path}"
            async with house.http.request(method, address, json=body, headers=leyla.bearer) as answer:
                assert answer.status < 300, await answer.text()

    stage.run(change())


def section(stage: Stage, name: str, leyla: Supervisor | None = None) -> Page:
    page = (leyla or supervisor(stage)).page
    page.get_by_role("button", name="Administration").click()
    page.get_by_role("navigation", name="Administration").get_by_role("button", name=name).click()
    page.get_by_role("heading", name=name, level=2).wait_for()
    return page


@state("board-day", PHONE, *DESK, FORCED)
def board_day(stage: Stage) -> Page:
    a_day(stage)
    leyla = supervisor(stage)
    leyla.opens_board()
    expect(leyla.page.get_by_test_id("day-answers")).to_contain_text("of 24", timeout=PATIENCE_MS)
    leyla.page.get_by_role("heading", name="Today").scroll_into_view_if_needed()
    leyla.page.get_by_test_id("day-requests").get_by_role(
        "button", name="Asked for a person in words"
    ).click()
    return leyla.page


@state("board-day-table", TABLET, DESKTOP)
def board_day_table(stage: Stage) -> Page:
    a_day(stage)
    leyla = supervisor(stage)
    leyla.opens_board()
    for name in ("day-requests", "day-answers", "day-promises"):
        leyla.page.get_by_test_id(name).get_by_role("button", name="Table").click()
    return leyla.page


@state("board-day-behind", DESKTOP)
def board_day_behind(stage: Stage) -> Page:
    a_day(stage)
    leyla = supervisor(stage)
    leyla.opens_board()
    leyla.page.get_by_test_id("day-requests").get_by_role("button", name="5 requests").click()
    expect(leyla.page.get_by_test_id("behind")).to_have_count(5, timeout=PATIENCE_MS)
    return leyla.page


@state("administration-people", PHONE, *DESK)
def people(stage: Stage) -> Page:
    administered(stage)
    return section(stage, "People")


@state("administration-person", PHONE, TABLET, DESKTOP, dark(DESKTOP))
def person(stage: Stage) -> Page:
    administered(stage)
    page = section(stage, "People")
    page.get_by_role("button", name="Change Tobias Okafor").click()
    page.get_by_role("dialog").wait_for()
    return page


@state("administration-invited", DESKTOP)
def invited(stage: Stage) -> Page:
    page = section(stage, "People")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Full name").fill("Inês Ferreira")
    dialog.get_by_label("E-mail address").fill("ines@nordlicht.example")
    dialog.get_by_label("Job title").fill("Adviser")
    dialog.get_by_role("button", name="Invite").click()
    page.get_by_test_id("link").wait_for()
    return page


@state("administration-refused", DESKTOP)
def refused(stage: Stage) -> Page:
    page = section(stage, "People")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Full name").fill("Maren Petersen")
    dialog.get_by_label("E-mail address").fill("agent1@demo.example")
    dialog.get_by_label("Job title").fill("Adviser")
    dialog.get_by_role("button", name="Invite").click()
    dialog.get_by_text("There is an account for").wait_for()
    return page


@state("administration-teams", TABLET, DESKTOP)
def teams(stage: Stage) -> Page:
    administered(stage)
    return section(stage, "Teams")


@state("administration-hours", PHONE, *DESK)
def hours(stage: Stage) -> Page:
    administered(stage)
    return section(stage, "Opening hours")


@state("administration-answers", PHONE, DESKTOP, dark(DESKTOP))
def answers(stage: Stage) -> Page:
    administered(stage)
    return section(stage, "Canned answers")


@state("administration-answer", TABLET, DESKTOP)
def answer(stage: Stage) -> Page:
    administered(stage)
    page = section(stage, "Canned answers")
    page.get_by_role("button", name="Change Greeting").click()
    page.get_by_role("dialog").wait_for()
    return page


@state("administration-audit", PHONE, *DESK)
def audit(stage: Stage) -> Page:
    administered(stage)
    page = section(stage, "Audit log")
    page.get_by_test_id("audit-entry").nth(5).wait_for()
    return page
