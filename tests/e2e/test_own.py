"""What is the customer's own: a name or none, what was said before, a copy of it, and being forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from handoff.service.transcripts import NotGenuine, verify_transcript
from tests.e2e.people import PATIENCE_MS, Customer
from tests.screens.stage import PARCEL, Stage
from tests.screens.widget import with_person

pytestmark = pytest.mark.e2e


def looks_about(anna: Customer) -> None:
    anna.chat.get_by_role("button", name="About this chat").click()
    expect(anna.chat.get_by_role("heading", name="Who you are talking to")).to_be_focused(timeout=PATIENCE_MS)


def comes_back(anna: Customer) -> None:
    anna.chat.get_by_role("button", name="Back to the chat").click()
    expect(anna.chat.get_by_role("button", name="About this chat")).to_be_focused()


def test_who_the_trader_is_stands_one_tap_away(stage: Stage) -> None:
    anna = stage.customer()
    looks_about(anna)
    about = anna.chat.locator(".about")
    for stated in ("Nordlicht Handel GmbH", "Speicherweg 12, 20457 Hamburg", "HRB 999999"):
        expect(about).to_contain_text(stated)
    expect(about.get_by_role("link", name="support@nordlicht.example")).to_have_attribute(
        "href", "mailto:support@nordlicht.example"
    )
    expect(about.get_by_role("link", name="+49 40 66969 120")).to_have_attribute("href", "tel:+494066969120")
    expect(anna.wants_person).to_be_visible()
    anna.page.keyboard.press("Escape")
    expect(about).to_have_count(0)
    expect(anna.chat.get_by_role("button", name="About this chat")).to_be_focused()


def test_nobody_is_asked_who_they_are_and_whoever_says_it_is_called_so(stage: Stage) -> None:
    maria = stage.colleague()
    anonymous = stage.customer()
    expect(anonymous.chat.get_by_role("textbox")).to_have_count(1)  # the composer, and no form before it
    anonymous.wants_person.click()
    offer = stage.run(maria.offered(anonymous.conversation_id()))
    assert "name" not in offer["customer"]
    stage.run(maria.accept(offer))

    anna = stage.customer()
    looks_about(anna)
    anna.chat.get_by_label("Your name (optional)").fill("Anna Berg")
    anna.chat.get_by_role("button", name="Save", exact=True).click()
    expect(anna.chat.get_by_text("Saved.")).to_be_visible()
    comes_back(anna)
    anna.wants_person.click()
    offer = stage.run(maria.offered(anna.conversation_id()))
    assert offer["customer"]["name"] == "Anna Berg"


def test_who_returns_after_weeks_reads_and_keeps_what_was_said_before(stage: Stage) -> None:
    stage.colleague()
    anna = stage.customer()
    looks_about(anna)
    expect(anna.chat.get_by_role("heading", name="Earlier conversations")).to_have_count(0)
    comes_back(anna)
    anna.says("Where is my order 10023?")
    anna.hears(PARCEL)
    stage.move(days=31)
    anna.page.reload()
    expect(anna.log.locator(".message.bot")).to_have_count(1, timeout=PATIENCE_MS)
    expect(anna.log.get_by_text("order 10023")).to_have_count(0)

    looks_about(anna)
    before = anna.chat.locator(".earlier button")
    expect(before).to_have_count(1, timeout=PATIENCE_MS)
    before.press("Enter")
    read = anna.chat.locator(".earlier-log")
    expect(read).to_contain_text("Where is my order 10023?")
    expect(read).to_contain_text(PARCEL)
    with anna.page.expect_download() as kept:
        anna.chat.get_by_role("button", name="Plain text").click()
    assert "Where is my order 10023?" in kept.value.path().read_text("utf-8")
    anna.chat.get_by_role("button", name="Earlier conversations").click()
    expect(before).to_be_visible()
    comes_back(anna)


def test_copy_is_kept_in_three_forms_without_an_address_at_any_time(stage: Stage, tmp_path: Path) -> None:
    """While waiting, while a person is there, and after the end: each time whole, and the signed one holds."""
    maria = stage.colleague()
    anna = stage.customer()

    def keeps(*said: str) -> None:
        looks_about(anna)
        expect(anna.chat.locator(".about").get_by_label("e-mail")).to_have_count(0)
        for button, ending in (("To read (HTML)", "html"), ("Plain text", "txt"), ("Signed (JSON)", "json")):
            with anna.page.expect_download() as kept:
                anna.chat.get_by_role("button", name=button).click()
            assert kept.value.suggested_filename.startswith("Nordlicht ")
            kept.value.save_as(tmp_path / f"kept.{ending}")
            text = " ".join(
                (tmp_path / f"kept.{ending}").read_text("utf-8").split()
            )  # lines of text are wrapped
            assert all(one in text for one in said), ending
        document = json.loads((tmp_path / "kept.json").read_text("utf-8"))
        assert verify_transcript(document) == document["count"]
        with pytest.raises(NotGenuine):
            verify_transcript(document | {"count": document["count"] - 1})
        comes_back(anna)

    anna.says("Is my parcel lost?")
    anna.hears(PARCEL)
    keeps("Is my parcel lost?", PARCEL)
    anna.wants_person.click()
    keeps("Is my parcel lost?", anna.reference())
    conversation_id = stage.taken(maria, anna)
    stage.run(maria.say(conversation_id, "It is at the depot."))
    anna.hears("It is at the depot.")
    stage.run(maria.do("resolve", conversation_id, outcome="answered"))
    anna.hears("has closed your request")
    keeps("Is my parcel lost?", "Maren Petersen", "It is at the depot.")


def test_forgotten_is_gone_at_the_desk_too_and_in_every_tab(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    second = anna.context.new_page()
    second.goto(anna.page.url)
    second.get_by_test_id("launcher").click()
    there = second.frame_locator("byname-chat iframe")
    expect(there.get_by_role("log")).to_contain_text("leave it at the depot")
    anna.says("My street is Birkenweg")
    stage.run(maria.reads(conversation_id, "Birkenweg"))

    looks_about(anna)
    anna.chat.get_by_role("button", name="Erase my data…").click()
    anna.chat.get_by_role("button", name="Cancel").click()
    expect(anna.chat.get_by_role("button", name="Erase my data…")).to_be_visible()
    anna.chat.get_by_role("button", name="Erase my data…").click()
    anna.chat.get_by_role("button", name="Yes, erase everything").click()
    expect(anna.chat.get_by_text("Your conversations have been erased.")).to_be_visible(timeout=PATIENCE_MS)
    comes_back(anna)
    expect(anna.log).not_to_contain_text("Birkenweg")
    expect(there.get_by_role("log")).not_to_contain_text("Birkenweg", timeout=PATIENCE_MS)
    assert anna.conversation_id() != conversation_id

    document = stage.run(maria.transcript(conversation_id))
    assert "Birkenweg" not in json.dumps(document)
    assert verify_transcript(document) == document["count"]
    anna.forgives_lost_connections()
