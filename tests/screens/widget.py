"""The states of the customer's widget."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import jwt
from playwright.sync_api import FrameLocator, Page, Route, expect

from handoff.bot_client.scripted import ScriptedBot, plain_reply
from handoff.service.ports import BotReply, BotTurn, BotUnavailable
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


@state("widget-one-tap", *WIDGET)
def one_tap(stage: Stage) -> Page:
    """The assistant alone takes it for a request for a person: a question, and the answer is one tap."""

    def hears_a_request(_turn: BotTurn) -> BotReply:
        return replace(plain_reply("", intent="request_human"), messages=(), wants="intent")

    stage.serve(hears_a_request)
    stage.colleague()
    anna = stage.customer()
    anna.says("It is about the lamp and the people at the shop")
    anna.hears("Would you rather talk to a person?")
    return anna.page


class Thinking(ScriptedBot):
    """Takes its time, for as long as anybody looks."""

    async def turn(self, turn: BotTurn, *, timeout_s: float) -> BotReply:
        await asyncio.Event().wait()
        raise AssertionError


@state("widget-assistant-writes", PHONE)
def assistant_writes(stage: Stage) -> Page:
    stage.serve(bot=Thinking(), bot_turn_timeout_s="60")
    stage.colleague()
    anna = stage.customer()
    anna.says("Where is my order 10023?")
    expect(anna.log.get_by_text("is typing")).to_be_attached(timeout=PATIENCE_MS)
    return anna.page


@state("widget-brought-in", PHONE, SMALL_PHONE)
def brought_in(stage: Stage) -> Page:
    """The assistant cannot be reached: a person is asked for in its place, without the customer's asking."""

    def away(_turn: BotTurn) -> BotReply:
        raise BotUnavailable("away")

    stage.serve(away)
    stage.colleague()
    anna = stage.customer()
    anna.says("Where is my order 10023?")
    anna.hears("A person takes over")
    anna.chat.get_by_test_id("handoff-card").wait_for()
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


@state("widget-call-back-german", SMALL_PHONE, PHONE)
def call_back_german(stage: Stage) -> Page:
    anna = waiting(stage, locale="de-DE", language="de")
    anna.chat.get_by_role("button", name="Lieber Rückmeldung erhalten").click()
    anna.chat.get_by_role("radio", name="Telefon").check()
    anna.chat.get_by_role("button", name="Rückmeldung anfordern").click()
    return anna.page


@state("widget-promised", *WIDGET)
def promised(stage: Stage) -> Page:
    """Nobody is on duty: a promise is made at once."""
    anna = stage.customer()
    anna.says("I want to talk to a person")
    expect(anna.chat.get_by_test_id("handoff-card")).to_contain_text(
        "You get an answer by", timeout=PATIENCE_MS
    )
    return anna.page


@state("widget-promised-out-of-hours", SMALL_PHONE, PHONE, DESKTOP)
def promised_out_of_hours(stage: Stage) -> Page:
    """A day and an hour, days ahead perhaps."""
    stage.serve(desk_file=stage.desk_file(closed))
    anna = stage.customer()
    anna.wants_person.click()
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


@state("widget-rating-kannada", SMALL_PHONE, PHONE)
def rating_kannada(stage: Stage) -> Page:
    anna = resolved(stage)
    _speaks(anna, "kn")
    anna.chat.locator(".scores label").nth(3).click()
    return anna.page


@state("widget-with-person-finnish", SMALL_PHONE, PHONE)
def talking_in_finnish(stage: Stage) -> Page:
    anna, _maria, _conversation_id = with_person(stage)
    _speaks(anna, "fi")
    return anna.page


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


@state("widget-token-expired", PHONE)
def token_expired(stage: Stage) -> Page:
    """The browser's token is no longer good: a new conversation begins, and what was typed is still there."""
    anna = stage.customer()
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
    expect(anna.log.get_by_text("This is from before")).to_have_count(0)
    expect(anna.log.locator(".message.bot")).to_have_count(1, timeout=PATIENCE_MS)
    expect(anna.composer).to_have_value("Not sent yet")
    return anna.page


SIGN_IN_KEY = "what a shop signs the names of its customers with"


def _on_another_site(stage: Stage, *, color: str, side: str) -> Customer:
    """A second site of the same desk, with a look of its own, on a page of its own."""
    site = (
        f'[[sites]]\nkey = "fjord"\nname = "Fjord Outdoor"\nallowed_origins = []\naccent_color = "{color}"\n'
        f'languages = ["en"]\nidentity_key = "{SIGN_IN_KEY}"\n\n'
    )
    stage.serve(desk_file=stage.desk_file(lambda desk: desk.replace("[[teams]]", site + "[[teams]]", 1)))
    stage.colleague()
    anna = stage.customer(opens=False)

    def other(route: Route) -> None:
        page = route.fetch()
        embed = f'data-site="fjord" data-accent="{color}" data-side="{side}"'
        route.fulfill(
            response=page,
            body=page.text().replace('data-site="nordlicht" data-accent="#1f5f8b"', embed),
        )

    anna.page.route(stage.house.origin + "/", other)
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    anna.log.locator(".bubble").first.wait_for()
    return anna


@state("widget-yellow-site", PHONE, dark(PHONE), DESKTOP, dark(DESKTOP))
def yellow_site(stage: Stage) -> Page:
    """A pale colour, in which nothing could be read as it is; the button on the left."""
    anna = _on_another_site(stage, color="#ffd400", side="left")
    anna.says("Which one?")
    expect(anna.chat.get_by_role("button", name="Change the delivery address")).to_be_visible()
    return anna.page


@state("widget-dark-site", PHONE, dark(PHONE), DESKTOP)
def dark_site(stage: Stage) -> Page:
    anna = _on_another_site(stage, color="#1a1a1a", side="right")
    anna.says("How do returns work?")
    anna.hears("Pack it in any box")
    return anna.page


@state("widget-signed-in", PHONE)
def signed_in(stage: Stage) -> Page:
    """The site has said who the customer is: nobody is asked for a name."""
    anna = _on_another_site(stage, color="#14532d", side="right")
    token = jwt.encode(
        {"sub": "17", "name": "Eva Berg", "exp": 4_000_000_000}, SIGN_IN_KEY, algorithm="HS256"
    )
    anna.page.evaluate("(token) => Byname.identify(token)", token)
    anna.chat.get_by_role("button", name="About this chat").click()
    said = anna.chat.get_by_text("Signed in as Eva Berg")
    expect(said).to_be_visible(timeout=PATIENCE_MS)
    said.scroll_into_view_if_needed()
    return anna.page


@state("widget-kept", SMALL_PHONE, PHONE, dark(PHONE), DESKTOP)
def kept(stage: Stage) -> Page:
    """What a customer keeps to read: the page in a browser, without the product."""
    anna = resolved(stage)
    anna.chat.get_by_role("button", name="About this chat").click()
    with anna.page.expect_download() as download:
        anna.chat.get_by_role("button", name="To read (HTML)").click()
    path = stage.folder / "kept.html"
    download.value.save_as(path)
    paper = anna.context.new_page()
    paper.goto(path.as_uri())
    return paper


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


def _speaks(anna: Customer, language: str) -> None:
    """The customer chooses the language, and goes back to the chat."""
    anna.chat.locator("header button").first.click()
    anna.chat.get_by_label("Language").select_option(language)
    expect(anna.chat.locator("html")).to_have_attribute("lang", language, timeout=PATIENCE_MS)
    anna.chat.locator(".about .back").click()


def _in_language(stage: Stage, language: str) -> Page:
    stage.colleague(presence="away")
    anna = stage.customer()
    _speaks(anna, language)
    anna.wants_person.click()
    anna.chat.get_by_test_id("handoff-card").wait_for()
    return anna.page


@state("widget-in-hungarian", PHONE, SMALL_PHONE)
def in_hungarian(stage: Stage) -> Page:
    return _in_language(stage, "hu")


@state("widget-in-finnish", SMALL_PHONE)
def in_finnish(stage: Stage) -> Page:
    return _in_language(stage, "fi")


@state("widget-about-german", SMALL_PHONE, PHONE)
def about_german(stage: Stage) -> Page:
    return _about(stage, locale="de-DE", language="de").page


@state("widget-in-greek", SMALL_PHONE)
def in_greek(stage: Stage) -> Page:
    return _in_language(stage, "el")


@state("widget-in-kannada", SMALL_PHONE)
def in_kannada(stage: Stage) -> Page:
    return _in_language(stage, "kn")


@state("widget-right-to-left", PHONE, DESKTOP)
def right_to_left(stage: Stage) -> Page:
    """No language of the widget runs that way yet; its layout stands it all the same."""
    anna, _, _ = with_person(stage)
    anna.chat.locator("html").evaluate("(html) => { html.dir = 'rtl' }")
    return anna.page
