"""The states of the customer's widget."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.people import PATIENCE_MS, Customer
from tests.screens.stage import PAKET, PARCEL, Stage
from tests.screens.states import (
    DESKTOP,
    FORCED,
    PHONE,
    SMALL_PHONE,
    TABLET,
    WIDGET,
    ZOOMED,
    dark,
    further,
    state,
)

CLOSED_ALL_WEEK = re.compile(r'^(mon|tue|wed|thu|fri|sat|sun) = \[\["00:00", "24:00"\]\]', re.MULTILINE)


def closed(desk: str) -> str:
    """A desk that opens for a minute a week: out of hours whenever one looks, with a next opening."""
    return CLOSED_ALL_WEEK.sub(r'\1 = [["04:00", "04:01"]]', desk)


def waiting(stage: Stage, **options: Any) -> Customer:
    """A customer in the queue behind another one: the only colleague is full."""
    stage.serve(capacity="1")
    maria = stage.colleague()
    stage.other_customer(asks=True)
    stage.run(maria.take())
    stage.other_customer(asks=True)
    anna = stage.customer(**options)
    german = options.get("language") == "de"
    anna.says("Mein Paket ist beschädigt, was nun?" if german else "My parcel is damaged, what shall I do?")
    anna.hears(PAKET if german else PARCEL)
    anna.wants_person.click()
    expect(anna.chat.get_by_test_id("handoff-card")).to_contain_text("2", timeout=PATIENCE_MS)
    return anna


def with_person(stage: Stage, **options: Any) -> tuple[Customer, Any, str]:
    """A customer with a colleague who has written, that colleague, and the conversation's id."""
    maria = stage.colleague()
    anna = stage.customer(**options)
    anna.says("Where is my parcel?")
    anna.hears(PARCEL)
    anna.wants_person.click()
    conversation_id = stage.taken(maria, anna)
    stage.run(maria.say(conversation_id, "Good day, I have read everything. Shall we leave it at the depot?"))
    anna.hears("leave it at the depot")
    return anna, maria, conversation_id


def chat(page: Page) -> FrameLocator:
    return page.frame_locator("byname-chat iframe")


def connected_again(anna: Customer) -> None:
    """After a leap of the clock, which a browser takes for a sleep: it drops its connection and makes a new one."""
    expect(anna.chat.get_by_text("Connection lost")).to_be_hidden(timeout=PATIENCE_MS)


@state("widget-closed", PHONE, DESKTOP, dark(DESKTOP))
def closed_panel(stage: Stage) -> Page:
    anna = stage.customer(opens=False)
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").wait_for()
    return anna.page


@state("widget-unread", PHONE, DESKTOP)
def unread(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage)
    anna.chat.get_by_role("button", name="Close chat").click()
    expect(anna.page.get_by_test_id("launcher")).to_have_attribute("aria-expanded", "false")
    stage.run(maria.say(conversation_id, "Are you still there?"))
    expect(anna.page.get_by_test_id("launcher")).to_have_accessible_name(re.compile("New messages: 1"))
    return anna.page


@state("widget-connecting", PHONE)
def connecting(stage: Stage) -> Page:
    anna = stage.customer(opens=False)
    anna.page.route("**/api/v1/customer/sessions", lambda route: route.abort())
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    expect(anna.chat.get_by_text("Connecting…")).to_be_visible()
    return anna.page


@state("widget-refused", PHONE)
def refused(stage: Stage) -> Page:
    anna = stage.customer(opens=False)
    refusal = '{"ok": false, "error": {"code": "forbidden", "message": ""}}'
    anna.page.route(
        "**/api/v1/customer/sessions",
        lambda route: route.fulfill(status=403, content_type="application/json", body=refusal),
    )
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    expect(anna.chat.get_by_role("alert").filter(has_text="support@")).to_be_visible()
    return anna.page


@state("widget-greeting", *WIDGET, TABLET, dark(DESKTOP), ZOOMED)
def greeting(stage: Stage) -> Page:
    stage.colleague()
    return stage.customer().page


@state("widget-nobody-on-duty", *WIDGET)
def nobody_on_duty(stage: Stage) -> Page:
    anna = stage.customer()
    expect(anna.chat.get_by_text("busy or away")).to_be_visible()
    return anna.page


@state("widget-out-of-hours", *WIDGET)
def out_of_hours(stage: Stage) -> Page:
    stage.serve(desk_file=stage.desk_file(closed))
    anna = stage.customer()
    expect(anna.chat.get_by_text("not here at the moment")).to_be_visible()
    return anna.page


@state("widget-answer", *WIDGET)
def bot_answer(stage: Stage) -> Page:
    stage.colleague()
    anna = stage.customer()
    anna.says("Where is my order 10023?")
    anna.hears(PARCEL)
    return anna.page


@further("widget-answer-judged", PHONE, after="widget-answer")
def judged(page: Page) -> Page:
    chat(page).get_by_role("button", name="No, this did not help").click()
    chat(page).get_by_role("log").get_by_text("did not help").wait_for()
    return page


@state("widget-choices", *WIDGET)
def choices(stage: Stage) -> Page:
    stage.colleague()
    anna = stage.customer()
    anna.says("Which one?")
    expect(anna.chat.get_by_role("button", name="Change the delivery address")).to_be_visible()
    return anna.page


@state("widget-long-texts", *WIDGET)
def long_texts(stage: Stage) -> Page:
    stage.colleague()
    anna = stage.customer()
    anna.says(
        "How do I return the Donaudampfschifffahrtsgesellschaftskapitänsmützenhalterung-XL-2026-anthrazit-matt?"
    )
    anna.hears("Pack it in any box")
    anna.says("👍")
    anna.hears(PARCEL)
    return anna.page


@state("widget-links", PHONE, dark(PHONE), DESKTOP)
def links(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage)
    text = (
        "Everything is here: "
        "https://nordlicht.example/help/returns-and-refunds/how-to-send-something-back?order=10023&lang=en. "
        "Or write to support@nordlicht.example, or call +49 40 66969 120 (Mon-Fri)."
    )
    stage.run(maria.say(conversation_id, text))
    anna.hears("Everything is here")
    anna.says("Thanks! 🎉 My page is www.example.org/anna")
    anna.hears("My page is")
    return anna.page


@state("widget-over-long", SMALL_PHONE, PHONE, DESKTOP)
def over_long(stage: Stage) -> Page:
    anna = stage.customer()
    anna.composer.fill("My parcel has not come. " * 170)
    expect(anna.chat.get_by_text("too many")).to_be_visible()
    return anna.page


@state("widget-offline", *WIDGET)
def offline(stage: Stage) -> Page:
    anna, _maria, _conversation_id = with_person(stage)
    stage.server_stops()
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    anna.says("Yes please, until Wednesday.")
    anna.says("Is that all right?")
    anna.hears("Is that all right?")
    return anna.page


@state("widget-queued", *WIDGET, TABLET, ZOOMED, FORCED)
def queued(stage: Stage) -> Page:
    return waiting(stage).page


@state("widget-queued-german", SMALL_PHONE, PHONE, DESKTOP)
def queued_german(stage: Stage) -> Page:
    return waiting(stage, locale="de-DE", language="de").page


@further("widget-keep-waiting", PHONE, after="widget-queued")
def keep_waiting(page: Page) -> Page:
    chat(page).get_by_role("button", name="Keep waiting").click()
    chat(page).get_by_text("the answer waits for you here").wait_for()
    return page


@state("widget-offered", *WIDGET)
def offered(stage: Stage) -> Page:
    stage.colleague()
    anna = stage.customer()
    anna.wants_person.click()
    expect(anna.chat.get_by_text("You are next")).to_be_visible(timeout=PATIENCE_MS)
    return anna.page


@further("widget-call-back", *WIDGET, after="widget-keep-waiting")
def call_back(page: Page) -> Page:
    chat(page).get_by_role("button", name="Be contacted instead").click()
    chat(page).get_by_label("Your e-mail address").fill("anna@example")
    chat(page).get_by_role("button", name="Contact me").click()
    chat(page).get_by_role("alert").filter(has_text="name@example.com").wait_for()
    return page


@further("widget-call-back-other-time", SMALL_PHONE, PHONE, after="widget-call-back")
def call_back_other_time(page: Page) -> Page:
    chat(page).get_by_role("radio", name="Another time…").check()
    chat(page).get_by_label("Day and time").wait_for()
    return page


@further("widget-call-back-promised", *WIDGET, after="widget-call-back-other-time")
def call_back_promised(page: Page) -> Page:
    chat(page).get_by_role("radio", name="Phone").check()
    chat(page).get_by_label("Your phone number").fill("+49 40 66969 123")
    chat(page).get_by_role("group", name="When does it suit you?").get_by_role("radio").nth(2).check()
    chat(page).get_by_role("button", name="Contact me").click()
    chat(page).get_by_test_id("handoff-card").filter(has_text="66969 123").wait_for()
    return page


@state("widget-promised", *WIDGET)
def promised(stage: Stage) -> Page:
    """Nobody is on duty: a promise is made at once."""
    anna = stage.customer()
    anna.says("I want to talk to a person")
    expect(anna.chat.get_by_test_id("handoff-card")).to_contain_text(
        "You get an answer by", timeout=PATIENCE_MS
    )
    return anna.page


@state("widget-promise-broken", *WIDGET)
def promise_broken(stage: Stage) -> Page:
    anna = waiting(stage)
    stage.move(minutes=6)
    anna.hears("We did not keep our word")
    connected_again(anna)
    return anna.page


@state("widget-promise-offered", PHONE)
def promise_offered(stage: Stage) -> Page:
    """Who has waited long may be contacted instead, before any promise is broken."""
    stage.serve(capacity="1", answer_by_s="900")
    maria = stage.colleague()
    stage.other_customer(asks=True)
    stage.run(maria.take())
    anna = stage.customer()
    anna.wants_person.click()
    anna.chat.get_by_test_id("handoff-card").wait_for()
    stage.move(seconds=301)
    anna.hears("This is taking a while")
    connected_again(anna)
    return anna.page


@state("widget-joined", *WIDGET)
def joined(stage: Stage) -> Page:
    maria = stage.colleague()
    anna = stage.customer()
    anna.wants_person.click()
    stage.taken(maria, anna)
    return anna.page


@state("widget-with-person", *WIDGET, TABLET, FORCED)
def talking(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage)
    anna.says("Yes please, until Wednesday.\nThank you!")
    stage.run(maria.reads(conversation_id, "Yes please, until Wednesday.\nThank you!"))
    stage.run(maria.done("read", conversation_id=conversation_id, seq=maria.log(conversation_id)[-1]["seq"]))
    expect(anna.chat.get_by_text("Seen")).to_be_visible(timeout=PATIENCE_MS)
    stage.run(maria.line.tell("typing", {"conversation_id": conversation_id}))
    expect(anna.log.get_by_text("is typing")).to_be_attached()
    return anna.page


@further("widget-with-person-details", PHONE, after="widget-with-person")
def details(page: Page) -> Page:
    chat(page).get_by_test_id("talk-to-person").click()
    chat(page).get_by_test_id("handoff-card").wait_for()
    return page


@state("widget-scrolled-back", PHONE, DESKTOP)
def scrolled_back(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage, width=375)
    for number in range(12):
        stage.run(maria.say(conversation_id, f"Point {number + 1} of what we agreed on."))
    anna.hears("Point 12 of")
    anna.log.evaluate("(log) => { log.scrollTop = 40; }")
    expect(anna.chat.get_by_role("button", name="Conversation")).to_be_visible()
    stage.run(maria.say(conversation_id, "And one more thing."))
    expect(anna.chat.get_by_role("button", name="1 new message")).to_be_visible()
    return anna.page


@state("widget-person-lost", PHONE)
def person_lost(stage: Stage) -> Page:
    anna, maria, _conversation_id = with_person(stage)
    stage.run(maria.hang_up())
    stage.move(seconds=61)
    anna.hears("lost the connection")
    connected_again(anna)
    return anna.page


@state("widget-handed-back", PHONE)
def handed_back(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.do("hand_back", conversation_id))
    anna.hears("The assistant answers again")
    return anna.page


def resolved(stage: Stage, **options: Any) -> Customer:
    anna, maria, conversation_id = with_person(stage, **options)
    stage.run(maria.do("resolve", conversation_id, outcome="done"))
    anna.hears("has closed your request")
    return anna


@state("widget-rating", *WIDGET)
def rating(stage: Stage) -> Page:
    anna = resolved(stage)
    anna.chat.get_by_role("radio", name=re.compile("^4")).check()
    expect(anna.chat.get_by_label("Anything to add?")).to_be_visible()
    return anna.page


@further("widget-rated", PHONE, after="widget-rating")
def rated(page: Page) -> Page:
    chat(page).get_by_role("radio", name=re.compile("^5")).check()
    chat(page).get_by_role("button", name="Send rating").click()
    chat(page).get_by_role("log").get_by_text("You gave 5 of 5").wait_for()
    return page


@state("widget-way-back", PHONE)
def way_back(stage: Stage) -> Page:
    anna = resolved(stage)
    anna.chat.get_by_role("button", name="Not now").click()
    anna.says("Where is my order 10023?")
    expect(anna.chat.get_by_role("button", name=re.compile("Back to"))).to_be_visible(timeout=PATIENCE_MS)
    return anna.page


@state("widget-withdrawn", PHONE)
def withdrawn(stage: Stage) -> Page:
    anna = waiting(stage)
    anna.chat.get_by_role("button", name="Back to the assistant").click()
    anna.hears("You went back to the assistant")
    return anna.page


@state("widget-days", PHONE, DESKTOP)
def days(stage: Stage) -> Page:
    stage.colleague()
    anna = stage.customer()
    for question in ("Where is my order 10023?", "And my order 10031?"):
        anna.says(question)
        anna.hears(question)
        stage.move(days=1)
    anna.page.reload()
    anna.says("Good morning")
    anna.hears("Good morning")
    return anna.page


@state("widget-blocked", *WIDGET)
def blocked(stage: Stage) -> Page:
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.do("block", conversation_id, reason="Insults after a warning"))
    expect(anna.blocked).to_contain_text("Speicherweg 12", timeout=PATIENCE_MS)
    return anna.page


@state("widget-not-sent", PHONE, dark(PHONE))
def not_sent(stage: Stage) -> Page:
    """Written without a network, and refused when it is back: the customer had been shut out meanwhile."""
    anna, maria, conversation_id = with_person(stage)
    anna.context.set_offline(True)
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    anna.says("One more thing")
    stage.run(maria.do("block", conversation_id, reason="Insults after a warning"))
    anna.context.set_offline(False)
    expect(anna.log.get_by_text("Not sent")).to_be_visible(timeout=PATIENCE_MS)
    return anna.page


@state("widget-earlier", PHONE, dark(PHONE), DESKTOP)
def earlier(stage: Stage) -> Page:
    """Two conversations of before, of which a person had the first."""
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.do("resolve", conversation_id, outcome="done"))
    anna.hears("has closed your request")
    for question in ("And how do returns work?", "Good morning"):
        stage.move(days=31)
        anna.page.reload()
        expect(anna.log.locator(".message.bot")).to_have_count(1, timeout=PATIENCE_MS)
        anna.says(question)
        anna.hears(question)
        expect(anna.log.locator(".delivery").last).to_have_text("Sent", timeout=PATIENCE_MS)
    anna.chat.get_by_role("button", name="About this chat").click()
    anna.chat.locator(".earlier button").nth(1).scroll_into_view_if_needed()
    return anna.page


@further("widget-earlier-read", PHONE, dark(PHONE), DESKTOP, after="widget-earlier")
def earlier_read(page: Page) -> Page:
    chat(page).locator(".earlier button").last.click()
    chat(page).locator(".earlier-log").get_by_text("leave it at the depot").wait_for()
    return page


@state("widget-about", *WIDGET, TABLET)
def about(stage: Stage) -> Page:
    anna = stage.customer()
    anna.chat.get_by_role("button", name="About this chat").click()
    expect(anna.chat.get_by_text("Nordlicht Handel GmbH")).to_be_visible()
    return anna.page


def _about(stage: Stage, **options: Any) -> Customer:
    anna = stage.customer(**options)
    anna.chat.locator("header button").first.click()
    anna.chat.locator(".about").wait_for()
    return anna


@further("widget-oneself", *WIDGET, dark(DESKTOP), after="widget-about")
def oneself(page: Page) -> Page:
    """Name, language, sound: what the customer may choose."""
    name = chat(page).get_by_label("Your name (optional)")
    name.fill("Anna Berg")
    chat(page).get_by_role("button", name="Save", exact=True).click()
    chat(page).get_by_text("Saved.").wait_for()
    name.scroll_into_view_if_needed()
    return page


@further("widget-forget-asks", PHONE, dark(DESKTOP), after="widget-oneself")
def forget_asks(page: Page) -> Page:
    chat(page).get_by_role("button", name="Erase my data…").click()
    chat(page).get_by_role("button", name="Yes, erase everything").scroll_into_view_if_needed()
    return page


@further("widget-forgotten", PHONE, after="widget-forget-asks")
def forgotten(page: Page) -> Page:
    chat(page).get_by_role("button", name="Yes, erase everything").click()
    done = chat(page).get_by_text("Your conversations have been erased.")
    done.wait_for()
    done.scroll_into_view_if_needed()
    return page


def _in_language(stage: Stage, language: str, title: str) -> Page:
    stage.colleague(presence="away")
    anna = _about(stage)
    anna.chat.get_by_label("Language").select_option(language)
    anna.chat.get_by_role("heading", name=title).wait_for()
    anna.chat.locator(".about .back").click()
    anna.wants_person.click()
    anna.chat.get_by_test_id("handoff-card").wait_for()
    return anna.page


@state("widget-in-hungarian", PHONE, SMALL_PHONE)
def in_hungarian(stage: Stage) -> Page:
    return _in_language(stage, "hu", "Kivel beszél")


@state("widget-in-finnish", SMALL_PHONE)
def in_finnish(stage: Stage) -> Page:
    return _in_language(stage, "fi", "Kenen kanssa juttelet")


@state("widget-about-german", SMALL_PHONE, PHONE)
def about_german(stage: Stage) -> Page:
    return _about(stage, locale="de-DE", language="de").page


@state("widget-in-greek", SMALL_PHONE)
def in_greek(stage: Stage) -> Page:
    return _in_language(stage, "el", "Με ποιον μιλάτε")


@state("widget-in-kannada", SMALL_PHONE)
def in_kannada(stage: Stage) -> Page:
    return _in_language(stage, "kn", "ನೀವು ಯಾರೊಂದಿಗೆ ಮಾತನಾಡುತ್ತಿದ್ದೀರಿ")


@state("widget-right-to-left", PHONE, DESKTOP)
def right_to_left(stage: Stage) -> Page:
    """No language of the widget runs that way yet; its layout stands it all the same."""
    anna, _, _ = with_person(stage)
    anna.chat.locator("html").evaluate("(html) => { html.dir = 'rtl' }")
    return anna.page
