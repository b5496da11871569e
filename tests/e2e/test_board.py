"""The supervisor's board and the audit log before a server whose clock can be moved: what is shown is what is so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import clients
from tests.e2e.people import PATIENCE_MS, Agent, Supervisor
from tests.screens.desk import administered
from tests.screens.stage import Stage

pytestmark = pytest.mark.e2e


def at_the_board(stage: Stage) -> Supervisor:
    leyla = stage.agent("supervisor", presence=None)
    assert isinstance(leyla, Supervisor)
    leyla.opens_board()
    return leyla


def reference_of(customer: clients.Customer) -> str:
    assert customer.handoff is not None
    return str(customer.handoff["reference"])


def test_board_says_who_waits_how_long_and_what_is_promised_due_and_broken(stage: Stage) -> None:
    stage.serve(capacity="1")
    colleague = stage.colleague()
    anna = stage.other_customer("My router blinks red", asks=True)
    stage.run(colleague.take(anna.conversation_id))
    stage.run(colleague.say(anna.conversation_id, "Let me look"))
    bert = stage.other_customer("Is anybody there?", asks=True)
    leyla = at_the_board(stage)
    waits = leyla.row(reference_of(bert))
    expect(waits).to_contain_text("Place 1", timeout=PATIENCE_MS)
    expect(waits).to_contain_text("Waiting")
    expect(leyla.row(reference_of(anna))).to_contain_text("Maren Petersen")
    expect(leyla.figure("waiting")).to_have_text("1")
    expect(leyla.figure("active")).to_have_text("1")
    expect(leyla.figure("overdue")).to_have_text("0")
    member = leyla.page.get_by_test_id("member").filter(has_text="Maren Petersen")
    expect(member).to_contain_text("Online")
    expect(member).to_contain_text("1 of 1")

    stage.move(minutes=2)
    expect(waits).to_contain_text(re.compile(r"2 min\.? ago"), timeout=PATIENCE_MS)
    stage.move(minutes=4)
    expect(leyla.figure("overdue")).to_have_text("1", timeout=PATIENCE_MS)
    expect(waits).to_contain_text(re.compile(r"\d+ (sec|min) overdue"))
    alert = leyla.alerts.filter(has_text=reference_of(bert))
    expect(alert).to_contain_text("a promise was broken", timeout=PATIENCE_MS)

    stage.run(bert.done("callback", client_id=clients.new_client_id(), contact={"email": "bert@example.com"}))
    expect(leyla.figure("promised")).to_have_text("1", timeout=PATIENCE_MS)
    expect(waits).to_contain_text("Promised")
    assert leyla.errors == []


def test_day_counts_a_kept_and_a_broken_promise_and_how_soon_answers_came(stage: Stage) -> None:
    stage.serve(capacity="4", wrap_up_s="0")
    stage.to_noon()  # the desk's day ends at midnight, and with it what was counted
    colleague = stage.colleague()
    for text in ("My router blinks red", "Where is my invoice?"):
        customer = stage.other_customer(text, asks=True)
        conversation_id = stage.run(colleague.take(customer.conversation_id))
        stage.run(colleague.say(conversation_id, "Good day"))
        stage.run(colleague.do("resolve", conversation_id, outcome="answered"))
    stage.run(colleague.be("away"))
    stage.other_customer("Is anybody there?", asks=True)
    stage.move(minutes=6)
    leyla = at_the_board(stage)
    page = leyla.page
    expect(page.get_by_test_id("day-requests")).to_contain_text(
        re.compile(r"3\s*requests today"), timeout=PATIENCE_MS
    )
    expect(
        page.get_by_test_id("day-requests").get_by_role("button", name=re.compile("Pressed"))
    ).to_be_visible()
    expect(page.get_by_test_id("day-answers")).to_contain_text("2 of 2 in a minute")
    expect(page.get_by_test_id("day-promises")).to_contain_text("of 3 kept, 1 broken")
    for name in ("day-requests", "day-answers", "day-promises"):
        assert page.get_by_test_id(name).locator("svg :is(rect, path, circle)").count() > 0
    assert leyla.errors == []


def test_charts_of_the_day_follow_what_happens_without_being_asked(stage: Stage) -> None:
    leyla = at_the_board(stage)
    requests = leyla.page.get_by_test_id("day-requests")
    expect(requests).to_contain_text("0 requests today")
    anna = stage.other_customer(asks=True)
    expect(leyla.row(reference_of(anna))).to_be_visible(timeout=PATIENCE_MS)
    stage.move(seconds=6)  # sooner than the next look by the clock
    expect(requests).to_contain_text("1 request today", timeout=12_000)


def test_another_role_holds_at_once_and_its_board_is_there(stage: Stage) -> None:
    leyla = stage.agent("supervisor", presence=None)
    tobias = stage.agent("agent2", presence=None)
    expect(tobias.page.get_by_role("button", name="Board")).to_have_count(0)
    section(leyla.page, "Administration", "People")
    leyla.page.get_by_role("button", name="Change Tobias Okafor").click()
    form = leyla.page.get_by_role("dialog")
    form.get_by_role("checkbox", name=re.compile("^Supervisor")).check()
    form.get_by_role("button", name="Save").click()
    expect(tobias.page.get_by_text("You have been signed out")).to_be_visible(timeout=PATIENCE_MS)
    tobias.enters()
    tobias.page.get_by_role("navigation").get_by_role("button", name="Board").click()
    expect(tobias.page.get_by_role("heading", name="The desk now")).to_be_visible(timeout=PATIENCE_MS)
    section(leyla.page, "Administration", "Audit log")
    entry = leyla.page.get_by_test_id("audit-entry").filter(has_text="Leyla Aydin changed Tobias Okafor")
    expect(entry).to_contain_text("Agent → Agent, Supervisor", timeout=PATIENCE_MS)
    assert leyla.errors == []


def section(page: Page, tab: str, name: str) -> None:
    page.get_by_role("button", name=tab).click()
    page.get_by_role("navigation", name=tab).get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name=name, level=2)).to_be_visible(timeout=PATIENCE_MS)


def changes(stage: Stage) -> None:
    """One change of every kind, beside those of `administered`."""
    administered(stage)
    house = stage.house

    async def change() -> None:
        leyla = await clients.Agent.sign_in(house.origin, house.http, "supervisor@demo.example", "demo-only")

        async def ask(method: str, path: str, body: Any = None) -> Any:
            address = f"{house.origin}/api/v1/administration{path}"
            async with house.http.request(method, address, json=body, headers=leyla.bearer) as answer:
                assert answer.status < 300, await answer.text()
                return await answer.json() if answer.status != 204 else None

        overview = await ask("GET", "")
        ines = next(one for one in overview["people"] if one["name"].startswith("Inês"))
        kept = ("email", "name", "role", "employer", "access", "teams", "languages", "skills")
        person = {name: ines[name] for name in kept} | {"capacity": 6, "teams": ["night"], "skills": []}
        await ask("PUT", f"/people/{ines['id']}", person | {"version": ines["version"]})
        await ask("POST", f"/people/{ines['id']}/link")
        await ask("POST", f"/people/{ines['id']}/disable")
        await ask("POST", f"/people/{ines['id']}/enable")
        await ask("PUT", "/teams/days", {"name": "Day Shift"})
        await ask("DELETE", "/teams/days")
        await ask("DELETE", "/teams/broadband")
        await ask("DELETE", "/opening-hours")
        late, greeting = (
            next(one for one in overview["canned_answers"] if one["title"] == title)
            for title in ("Paket kommt später", "Greeting")
        )
        text = {name: late[name] for name in ("title", "text", "version")}
        await ask("PUT", f"/canned-answers/{late['id']}", text | {"language": None, "team": "service"})
        await ask("DELETE", f"/canned-answers/{greeting['id']}")
        await house.server.administration.reload()

    stage.run(change())


ENGLISH = (
    ("The operator put the desk file desk.toml in force", ""),
    ("Leyla Aydin removed the answer “Greeting”", "Good day {customer}, this is {agent}"),
    ("Leyla Aydin changed the answer “Paket kommt später”", "Language German → Any language"),
    ("Leyla Aydin changed the answer “Paket kommt später”", "Team Any team → Customer Service"),
    (
        "Leyla Aydin took the opening hours of the desk file",
        "Mon–Fri 08:00–12:30, 13:30–18:00; Sat 10:00–14:00",
    ),
    ("Leyla Aydin gave the team Broadband and Television its name of the desk file", "Broadband Support"),
    ("Leyla Aydin removed the team Day Shift", ""),
    ("Leyla Aydin added the team Day Shift", ""),
    ("Leyla Aydin enabled Inês Ferreira de Albuquerque", ""),
    ("Leyla Aydin disabled Inês Ferreira de Albuquerque", ""),
    ("Leyla Aydin made a new password link for Inês Ferreira de Albuquerque", ""),
    ("Leyla Aydin changed Inês Ferreira de Albuquerque", "Conversations at once as everybody → 6"),
    ("Leyla Aydin changed Inês Ferreira de Albuquerque", "Teams Customer Service → Night Shift"),
    ("Leyla Aydin added the answer “Greeting”", "Title Greeting"),
    ("Leyla Aydin changed the opening hours", "Holidays 25 Dec 2026, 1 Jan 2027"),
    ("Leyla Aydin renamed the team Broadband and Television", "Broadband Support → Broadband and Television"),
    ("Leyla Aydin invited Inês Ferreira de Albuquerque", "Languages Portuguese, English"),
    ("Leyla Aydin invited Inês Ferreira de Albuquerque", "Access Agent"),
)
GERMAN = (
    ("Der Betreiber hat die Desk-Datei desk.toml in Kraft gesetzt", ""),
    ("Leyla Aydin hat den Textbaustein „Paket kommt später“ geändert", "Sprache Deutsch → Jede Sprache"),
    ("Leyla Aydin hat den Textbaustein „Paket kommt später“ geändert", "Team Jedes Team → Customer Service"),
    ("Leyla Aydin hat die Öffnungszeiten geändert", "Mo–Fr 08:00–12:30, 13:30–18:00; Sa 10:00–14:00"),
    ("Leyla Aydin hat die Öffnungszeiten geändert", "Feiertage 25.12.2026, 01.01.2027"),
    ("Leyla Aydin hat Inês Ferreira de Albuquerque geändert", "Gespräche zugleich wie alle → 6"),
    ("Leyla Aydin hat Inês Ferreira de Albuquerque eingeladen", "Sprachen Portugiesisch, Englisch"),
    ("Leyla Aydin hat Inês Ferreira de Albuquerque eingeladen", "Zugriff Berater"),
)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_every_kind_of_change_is_in_the_audit_log_in_the_readers_words(stage: Stage, locale: str) -> None:
    changes(stage)
    leyla: Agent = stage.visitor("supervisor", locale=locale)
    page = leyla.page
    leyla.sign_in()
    page.locator(".tabs button").nth(2).click(timeout=PATIENCE_MS)
    page.locator(".administration > nav button").last.click()
    entries = page.get_by_test_id("audit-entry")
    expect(entries.nth(15)).to_be_visible(timeout=PATIENCE_MS)
    read = [re.sub(r"\s+", " ", text) for text in entries.all_inner_texts()]
    for said, change in ENGLISH if locale == "en-GB" else GERMAN:
        assert any(said in one and change in one for one in read), (said, change, read)
    codes = re.compile(
        r"\b(person|team|answer|opening_hours|desk_file)_[a-z]+\b|\b(mon|tue|agent|supervisor|service|night|broadband|null)\b"
    )
    own = re.compile(r"\{\w+\}|\S+@\S+")  # places of an answer, and addresses
    assert [one for one in read if codes.search(own.sub("", one))] == []
    assert leyla.errors == []


def test_what_is_wrong_with_opening_hours_is_said_by_day_in_the_readers_language(stage: Stage) -> None:
    leyla = stage.agent("supervisor", presence=None, locale="de-DE")
    page = leyla.page
    page.get_by_role("button", name="Verwaltung").click()
    page.get_by_role("navigation", name="Verwaltung").get_by_role("button", name="Öffnungszeiten").click()
    monday = page.get_by_test_id("hours-mon")
    monday.get_by_label("Montag: öffnet um").fill("17:00")
    monday.get_by_label("Montag: schließt um").fill("09:00")
    tuesday = page.get_by_test_id("hours-tue")
    tuesday.get_by_label("Dienstag: schließt um").fill("15:00")
    tuesday.get_by_role("button", name="Zeiten am Dienstag hinzufügen").click()
    tuesday.get_by_label("Dienstag: öffnet um").last.fill("14:00")
    page.get_by_label("Zeitzone").fill("Mars/Olympus")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert").filter(has_text="Montag")).to_have_text(
        "Eine Zeitzone „Mars/Olympus“ gibt es nicht. Montag: Geschlossen wird nach dem Öffnen. "
        "Dienstag: Die Zeiten überschneiden sich.",
        timeout=PATIENCE_MS,
    )
    expect(monday.get_by_label("Montag: öffnet um")).to_have_value("17:00")
