"""The conversation itself: what state a message is in, what is seen meanwhile, and what a bad network costs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.axe import barriers
from tests.e2e.people import MOMENT, PATIENCE_MS, Customer
from tests.screens.stage import LONG, PARCEL, Stage
from tests.screens.widget import CLOSED_ALL_WEEK, waiting, with_person

pytestmark = pytest.mark.e2e


def delivery(customer: Customer, text: str) -> str:
    """What stands under a message of the customer's."""
    said = customer.log.locator(".message.customer").filter(has_text=text)
    return said.locator(".delivery").inner_text()


def kept(customer: Customer) -> list[str]:
    """What the browser keeps of what was not sent yet."""
    frame = next(frame for frame in customer.page.frames if "/widget/" in frame.url)
    texts: list[str] = frame.evaluate(
        "() => JSON.parse(localStorage.getItem('byname.nordlicht.outbox') ?? '[]').map(({text}) => text)"
    )
    return texts


# -- messages --


def test_message_says_truly_whether_it_is_on_its_way_on_disk_or_seen(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    anna.context.set_offline(True)
    anna.says("Are you there?")
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    assert delivery(anna, "Are you there?") == "Will be sent when you are back online"
    anna.context.set_offline(False)
    stage.run(maria.reads(conversation_id, "Are you there?"))
    sent = anna.log.locator(".message.customer").filter(has_text="Are you there?").locator(".delivery")
    expect(sent).to_have_text("Sent", timeout=PATIENCE_MS)
    stage.run(maria.done("read", conversation_id=conversation_id, seq=maria.log(conversation_id)[-1]["seq"]))
    expect(sent).to_have_text("Seen", timeout=PATIENCE_MS)
    anna.forgives_lost_connections()


def test_links_open_elsewhere_and_nothing_else_in_a_text_is_more_than_text(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    text = (
        "Look at https://nordlicht.example/a?b=1, or write to help@nordlicht.example, or call +49 40 66969 120. "
        "<img src=x onerror=alert(1)> [here](javascript:alert(1))"
    )
    stage.run(maria.say(conversation_id, text))
    said = anna.hears("Look at")
    assert said.inner_text() == text
    links = said.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://nordlicht.example/a?b=1",
        "mailto:help@nordlicht.example",
        "tel:+494066969120",
    ]
    expect(links.first).to_have_attribute("target", "_blank")
    expect(links.first).to_have_attribute("rel", re.compile("noopener"))
    expect(said.locator("img")).to_have_count(0)


def test_long_answer_is_shown_from_its_first_line_and_the_end_is_one_tap_away(stage: Stage) -> None:
    stage.colleague()
    anna = stage.customer(viewport={"width": 320, "height": 480})
    anna.says("How do returns work?")
    answer = anna.hears("You can send anything back")
    to_end = anna.chat.get_by_role("button", name="Conversation")
    expect(to_end).to_be_visible()
    log, said = anna.log.bounding_box(), answer.bounding_box()
    assert log is not None and said is not None
    assert said["height"] > log["height"] and said["y"] >= log["y"]
    to_end.click()
    expect(to_end).to_be_hidden()
    expect(anna.log).to_be_focused()
    assert LONG.split()[-1] in answer.inner_text()


def test_choices_of_the_assistant_are_one_tap_and_go_when_one_is_taken(stage: Stage) -> None:
    stage.colleague()
    anna = stage.customer()
    anna.says("Which one?")
    replies = anna.chat.get_by_role("group", name="Suggested answers")
    replies.get_by_role("button", name="Where is my parcel?").click()
    anna.hears(PARCEL)
    expect(replies).to_have_count(0)
    assert anna.messages().count("Where is my parcel?") == 1
    expect(anna.composer).to_be_focused()


def test_emoji_alone_stands_large_and_a_text_of_any_script_stays_whole(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.say(conversation_id, "🎉"))
    expect(anna.hears("🎉")).to_have_css("font-size", "36px")
    for text in ("ಧನ್ಯವಾದಗಳು 🙏🏽", "شكرا جزيلا", "👩‍👩‍👧‍👦 family", "Ünïcödé\u200b\ttab"):
        anna.says(text)
        stage.run(maria.reads(conversation_id, text))
        assert text in [said.text_content() for said in anna.log.locator(".bubble").all()]


def test_text_is_kept_within_its_length_and_says_how_much_is_too_much(stage: Stage) -> None:
    anna = stage.customer()
    anna.composer.fill("x" * 3_990)
    expect(anna.chat.get_by_text("10 characters left")).to_be_visible()
    anna.composer.fill("😀" * 4_001)
    expect(anna.chat.get_by_text("1 character too many")).to_be_visible()
    anna.composer.press("Enter")
    expect(anna.composer).to_have_value("😀" * 4_001)
    anna.composer.fill("😀" * 4_000)
    anna.composer.press("Enter")
    expect(anna.composer).to_have_value("")
    expect(anna.log.locator(".message.customer .delivery")).to_have_text("Sent", timeout=PATIENCE_MS)


def test_sound_is_off_until_it_is_turned_on_and_stays_as_chosen(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    anna.context.add_init_script(
        """window.tones = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };"""
    )
    anna.page.reload()
    anna.hears("leave it at the depot")
    frame = next(frame for frame in anna.page.frames if "/widget/" in frame.url)

    def closes_and_gets(text: str) -> None:
        anna.chat.get_by_role("button", name="Close chat").click()
        stage.run(maria.say(conversation_id, text))
        launcher = anna.page.get_by_test_id("launcher")
        expect(launcher).to_have_accessible_name(re.compile("New messages: 1"), timeout=PATIENCE_MS)
        launcher.click()
        anna.hears(text)

    closes_and_gets("Still there?")
    assert frame.evaluate("window.tones") == 0
    anna.chat.get_by_role("button", name="About this chat").click()
    anna.chat.get_by_role("button", name="Turn sound on").click()
    expect(anna.chat.get_by_role("button", name="Turn sound off")).to_be_visible()
    before = frame.evaluate("window.tones")
    anna.chat.get_by_role("button", name="Back to the chat").click()
    closes_and_gets("Hello again")
    frame.wait_for_function("before => window.tones > before", arg=before)


# -- who answers --


def test_assistant_says_that_it_is_one_and_is_seen_at_work(stage: Stage) -> None:
    stage.colleague()
    anna = stage.customer()
    expect(anna.chat.get_by_test_id("who-answers")).to_contain_text("AI assistant")
    expect(anna.log.locator(".message.bot .who").first).to_contain_text("AI")
    anna.hears(re.compile("I am the AI assistant of Nordlicht"))


def test_person_is_named_with_role_and_employer_and_is_seen_typing(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    joined = anna.log.locator(".joined")
    expect(joined).to_contain_text("Maren Petersen has joined")
    expect(joined).to_contain_text("Customer Service Specialist, Nordlicht Handel GmbH")
    expect(anna.chat.get_by_test_id("who-answers")).to_contain_text("Nordlicht Handel GmbH")
    stage.run(maria.line.tell("typing", {"conversation_id": conversation_id}))
    expect(anna.log.get_by_text("Maren Petersen is typing")).to_be_attached(timeout=PATIENCE_MS)
    stage.run(maria.say(conversation_id, "Here I am."))
    anna.hears("Here I am.")
    expect(anna.log.get_by_text("is typing")).to_have_count(0)


def test_who_waits_sees_reference_place_and_time_and_may_wait_be_called_or_go_back(stage: Stage) -> None:
    anna = waiting(stage)
    card = anna.chat.get_by_test_id("handoff-card")
    expect(card).to_contain_text("Place 2 in the queue")
    expect(card).to_contain_text(f"Reference {anna.reference()}")
    expect(card).to_contain_text(re.compile(f"A person answers by {MOMENT}"))
    card.get_by_role("button", name="Keep waiting").click()
    expect(card).to_contain_text("the answer waits for you here")
    expect(anna.composer).to_be_focused()
    card.get_by_role("button", name="Be contacted instead").click()
    expect(anna.chat.get_by_label("Your e-mail address")).to_be_focused()
    anna.page.keyboard.press("Escape")
    expect(card).to_be_focused()
    expect(card).to_contain_text("Place 2 in the queue")
    card.get_by_role("button", name="Back to the assistant").click()
    anna.hears("You went back to the assistant")
    expect(card).to_have_count(0)
    expect(anna.composer).to_be_focused()
    anna.says("Where is my parcel?")
    expect(anna.log.get_by_text(PARCEL)).to_have_count(2, timeout=PATIENCE_MS)


def test_who_waits_is_told_how_long_it_usually_takes(stage: Stage) -> None:
    """The one before waited 185 seconds, and one seat for two people takes two turns: 7 minutes, never rounded down."""
    stage.serve(capacity="1", offer_timeout_s="600")
    maria = stage.colleague()
    first = stage.other_customer(asks=True)
    stage.move(seconds=185)
    stage.run(maria.take(first.conversation_id))
    stage.other_customer(asks=True)
    anna = stage.customer()
    anna.wants_person.click()
    card = anna.chat.get_by_test_id("handoff-card")
    expect(card).to_contain_text("Place 2 in the queue", timeout=PATIENCE_MS)
    expect(card.get_by_test_id("usual-wait")).to_have_text("Usually about 7 minutes")


def test_kept_conversation_is_in_its_language_and_has_no_barrier(stage: Stage, tmp_path: Path) -> None:
    maria = stage.colleague()
    anna = stage.customer(locale="de-DE", language="de")
    anna.wants_person.click()
    stage.run(maria.take(anna.conversation_id()))
    anna.hears("Maren Petersen ist jetzt da")
    anna.chat.get_by_role("button", name="Über diesen Chat").click()
    with anna.page.expect_download() as page_kept:
        anna.chat.get_by_role("button", name="Zum Lesen (HTML)").click()
    with anna.page.expect_download() as text_kept:
        anna.chat.get_by_role("button", name="Nur Text").click()
    page_kept.value.save_as(tmp_path / "kept.html")
    text_kept.value.save_as(tmp_path / "kept.txt")

    asked: list[str] = []
    paper = anna.context.new_page()
    paper.on("request", lambda request: asked.append(request.url))
    for width, scheme in ((320, "light"), (1280, "dark")):
        paper.set_viewport_size({"width": width, "height": 800})
        paper.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        paper.goto((tmp_path / "kept.html").as_uri())
        expect(paper.get_by_role("heading", name="Gespräch mit Nordlicht")).to_be_visible()
        expect(paper.get_by_text("Maren Petersen ist jetzt da")).to_be_visible()
        assert paper.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert barriers(paper) == [], scheme
    assert {url.partition(":")[0] for url in asked} == {"file"}, "needs nothing else"
    text = (tmp_path / "kept.txt").read_text("utf-8")
    assert text.startswith("Gespräch mit Nordlicht\n") and "Maren Petersen ist jetzt da" in text


def test_browser_that_forbids_storage_costs_the_keeping_and_never_the_chat(stage: Stage) -> None:
    maria = stage.colleague()
    anna = stage.customer(opens=False)
    anna.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    anna.says("Where is my parcel?")
    anna.hears(PARCEL)
    anna.wants_person.click()
    offer = stage.run(maria.offered())
    stage.run(maria.take(offer["conversation_id"]))
    anna.hears("has joined")
    stage.run(maria.say(offer["conversation_id"], "Good day"))
    anna.hears("Good day")
    assert anna.errors == []


def test_broken_promise_is_apologised_for_and_what_comes_next_is_said(stage: Stage) -> None:
    anna = waiting(stage)
    stage.move(minutes=6)
    anna.hears("We did not keep our word. We are sorry.")
    card = anna.chat.get_by_test_id("handoff-card")
    expect(card).to_contain_text("a supervisor knows")
    expect(card).to_contain_text(re.compile(f"A person answers by {MOMENT}"))


@pytest.mark.parametrize("hours", ["nobody is on duty", "closed"])
def test_that_nobody_is_there_is_said_before_the_customer_types(stage: Stage, hours: str) -> None:
    if hours == "closed":
        shut = stage.desk_file(lambda desk: CLOSED_ALL_WEEK.sub(r'\1 = [["04:00", "04:01"]]', desk))
        stage.serve(desk_file=shut)
    anna = stage.customer()
    said = "not here at the moment" if hours == "closed" else "busy or away"
    expect(anna.chat.get_by_text(said)).to_be_visible()
    again = anna.chat.get_by_text(re.compile(f"We are here again from {MOMENT}"))
    expect(again).to_have_count(1 if hours == "closed" else 0)
    expect(anna.wants_person).to_be_visible()
    expect(anna.log.locator(".message.customer")).to_have_count(0)


def test_time_at_which_the_desk_is_closed_is_said_at_its_field_with_the_next_opening(stage: Stage) -> None:
    hours = stage.desk_file(lambda desk: CLOSED_ALL_WEEK.sub(r'\1 = [["09:00", "17:00"]]', desk))
    stage.serve(desk_file=hours)
    stage.to_noon()
    anna = stage.customer(timezone_id="Europe/Berlin", viewport={"width": 320, "height": 568})
    anna.wants_person.click()
    card = anna.chat.get_by_test_id("handoff-card")
    card.get_by_role("button", name="Be contacted instead").click()
    anna.chat.get_by_label("Your e-mail address").fill("anna@nordlicht.example")
    anna.chat.get_by_text("Another time…").click()
    field = anna.chat.get_by_label("Day and time")
    night = stage.house.clock.now() + timedelta(days=2)
    field.fill(f"{night:%Y-%m-%d}T03:00")
    anna.chat.get_by_role("button", name="Contact me").click()
    said = anna.chat.get_by_role("alert").filter(has_text="We are here again from")
    expect(said).to_contain_text(f"{night.day} {night:%b}")
    expect(said).to_contain_text("09:00")
    expect(field).to_be_focused()
    whole = """said => { const { left, bottom } = said.getBoundingClientRect();
        return said === document.elementFromPoint(left + 2, bottom - 2); }"""
    assert said.evaluate(whole), "it lies under the buttons that stay in sight"
    field.fill(f"{night:%Y-%m-%d}T09:30")
    anna.chat.get_by_role("button", name="Contact me").click()
    expect(card).to_contain_text(re.compile(r"You get an answer by .*09:30"), timeout=PATIENCE_MS)


def test_that_the_last_one_has_left_is_seen_within_seconds_by_who_has_the_chat_open(stage: Stage) -> None:
    maria = stage.colleague()
    anna = stage.customer()
    expect(anna.chat.get_by_text("busy or away")).to_have_count(0)
    stage.run(maria.be("away"))
    expect(anna.chat.get_by_text("busy or away")).to_be_visible(timeout=PATIENCE_MS)
    stage.run(maria.be("online"))
    expect(anna.chat.get_by_text("busy or away")).to_have_count(0, timeout=PATIENCE_MS)


# -- poor networks --


def test_cut_of_minutes_loses_and_doubles_nothing_in_either_direction(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    anna.context.set_offline(True)
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    for number in range(3):
        anna.says(f"from the tunnel {number}")
        stage.run(maria.say(conversation_id, f"while you were away {number}"))
    stage.move(minutes=3)
    anna.context.set_offline(False)
    for number in range(3):
        stage.run(maria.reads(conversation_id, f"from the tunnel {number}"))
        anna.hears(f"while you were away {number}")
    expect(anna.chat.get_by_text("Connection lost")).to_be_hidden(timeout=PATIENCE_MS)
    texts = anna.messages()
    assert [text for text in texts if "tunnel" in text] == [f"from the tunnel {n}" for n in range(3)]
    assert [text for text in texts if "away" in text] == [f"while you were away {n}" for n in range(3)]
    mine = [e["text"] for e in maria.log(conversation_id) if "tunnel" in e.get("text", "")]
    assert mine == [f"from the tunnel {n}" for n in range(3)]
    assert kept(anna) == []
    anna.forgives_lost_connections()


def test_laptop_that_slept_finds_its_line_dead_and_loses_and_doubles_nothing(stage: Stage) -> None:
    """The connection is gone without a word, as after a night: neither side hears that, nor what the other says."""
    anna, maria, conversation_id = with_person(stage)
    lines: list[dict[str, bool]] = []

    def bridge(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        line = {"dead": False}
        lines.append(line)
        page_side.on_message(lambda said: None if line["dead"] else server_side.send(said))
        server_side.on_message(lambda said: None if line["dead"] else page_side.send(said))

    anna.context.route_web_socket(re.compile("/socket.io/"), bridge)
    anna.page.reload()
    anna.hears("leave it at the depot")
    anna.says("Good night")
    stage.run(maria.reads(conversation_id, "Good night"))
    expect(anna.log.locator(".delivery").last).to_have_text("Sent", timeout=PATIENCE_MS)

    lines[-1]["dead"] = True
    stage.run(maria.say(conversation_id, "said while you slept"))
    anna.says("written before anybody noticed")
    expect(anna.log.locator(".delivery").last).to_have_text("Sending…")
    stage.move(minutes=10)
    anna.hears("said while you slept")
    stage.run(maria.reads(conversation_id, "written before anybody noticed"))
    expect(anna.log.locator(".delivery").last).to_have_text("Sent", timeout=PATIENCE_MS)
    assert len(lines) > 1
    texts = anna.messages()
    assert texts.count("said while you slept") == texts.count("written before anybody noticed") == 1
    said = [event.get("text") for event in maria.log(conversation_id)]
    assert said.count("written before anybody noticed") == 1
    assert kept(anna) == []


def test_what_was_written_without_a_network_survives_a_reload_and_a_closed_tab(stage: Stage) -> None:
    anna, _maria, _conversation_id = with_person(stage)
    stage.server_stops()
    expect(anna.chat.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    anna.says("first, before the reload")
    anna.says("second, before the reload")
    anna.composer.fill("not sent yet")
    assert kept(anna) == ["first, before the reload", "second, before the reload"]
    origin = anna.page.url
    anna.page.close()
    stage.server_returns()
    anna.page = anna.context.new_page()
    anna.page.goto(origin)
    anna.page.get_by_test_id("launcher").click()
    anna.hears("second, before the reload")
    expect(anna.composer).to_have_value("not sent yet")
    expect(anna.log.locator(".delivery")).to_have_text(["Sent"], timeout=PATIENCE_MS)
    assert [text for text in anna.messages() if "before the reload" in text] == [
        "first, before the reload",
        "second, before the reload",
    ]
    assert kept(anna) == []


def test_two_tabs_keep_what_each_has_written_without_a_network(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    second = anna.context.new_page()
    second.goto(anna.page.url)
    second.get_by_test_id("launcher").click()
    there = second.frame_locator("byname-chat iframe")
    expect(there.get_by_role("log").get_by_text("leave it at the depot")).to_be_visible()
    anna.context.set_offline(True)
    expect(there.get_by_text("Connection lost")).to_be_visible(timeout=PATIENCE_MS)
    anna.says("written in the first tab")
    there.get_by_test_id("composer").fill("written in the second tab")
    there.get_by_test_id("composer").press("Enter")
    assert sorted(kept(anna)) == ["written in the first tab", "written in the second tab"]
    second.close()
    anna.context.set_offline(False)
    for text in ("written in the first tab", "written in the second tab"):
        stage.run(maria.reads(conversation_id, text))
        anna.hears(text)
        assert anna.messages().count(text) == 1
    anna.forgives_lost_connections()


def test_two_tabs_opened_at_once_begin_one_conversation(stage: Stage) -> None:
    anna = stage.customer(opens=False)
    pages: list[Page] = [anna.page, anna.context.new_page()]
    for page in pages:
        page.goto("/")
    for page in pages:
        page.evaluate("Byname.open()")
    logs = [page.frame_locator("byname-chat iframe").get_by_role("log") for page in pages]
    for log in logs:
        log.locator(".bubble").first.wait_for(timeout=PATIENCE_MS)
    anna.says("I am one person")
    expect(logs[1].get_by_text("I am one person")).to_be_visible(timeout=PATIENCE_MS)


# -- by keyboard, and for those who listen --


def test_whole_way_from_the_first_question_to_the_rating_by_keyboard_alone(stage: Stage) -> None:
    stage.serve(capacity="1")
    maria = stage.colleague()
    anna = stage.customer(opens=False)
    keyboard = anna.page.keyboard
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").focus()
    keyboard.press("Enter")
    expect(anna.composer).to_be_focused(timeout=PATIENCE_MS)
    keyboard.type("Which one?")
    keyboard.press("Enter")
    replies = anna.chat.get_by_role("group", name="Suggested answers")
    expect(replies).to_be_visible(timeout=PATIENCE_MS)
    keyboard.press("Shift+Tab")
    expect(replies.get_by_role("button").last).to_be_focused()
    for _ in range(2):
        keyboard.press("Shift+Tab")
    expect(replies.get_by_role("button").first).to_be_focused()
    keyboard.press("Enter")
    anna.hears(PARCEL)
    expect(anna.composer).to_be_focused()

    helped = anna.chat.get_by_role("button", name="Yes, this helped")
    for _ in range(4):
        keyboard.press("Shift+Tab")
        if helped.evaluate("button => button === document.activeElement"):
            break
    expect(helped).to_be_focused()
    keyboard.press("Space")
    anna.hears("Thank you.")
    expect(anna.composer).to_be_focused()

    anna.wants_person.focus()
    keyboard.press("Enter")
    card = anna.chat.get_by_test_id("handoff-card")
    expect(card).to_be_focused(timeout=PATIENCE_MS)
    keyboard.press("Tab")
    expect(card.get_by_role("button", name="Keep waiting")).to_be_focused()
    stage.taken(maria, anna)
    expect(card).to_have_count(0)
    expect(anna.composer).to_be_focused()

    conversation_id = anna.conversation_id()
    stage.run(maria.say(conversation_id, "All settled."))
    anna.hears("All settled.")
    stage.run(maria.do("resolve", conversation_id, outcome="done"))
    first = anna.chat.get_by_role("radio", name=re.compile("^1"))
    expect(first).to_be_visible(timeout=PATIENCE_MS)
    first.focus()
    for _ in range(4):
        keyboard.press("ArrowRight")
    expect(anna.chat.get_by_role("radio", name=re.compile("^5"))).to_be_checked()
    keyboard.press("Tab")
    keyboard.type("Quick and friendly")
    keyboard.press("Tab")
    expect(anna.chat.get_by_role("button", name="Send rating")).to_be_focused()
    keyboard.press("Enter")
    anna.hears("You gave 5 of 5")
    expect(anna.composer).to_be_focused()
    keyboard.press("Escape")
    expect(anna.page.get_by_test_id("launcher")).to_be_focused()


def test_tab_order_is_that_of_the_page_and_everything_that_gets_the_focus_shows_it(stage: Stage) -> None:
    anna = waiting(stage)
    names: list[str] = []
    anna.chat.get_by_role("button", name="Close chat").focus()
    anna.page.keyboard.press("Shift+Tab")
    for _ in range(9):
        named, outlined = anna.composer.evaluate(
            """() => {
                const { activeElement: here } = document;
                const style = getComputedStyle(here);
                const name = here.getAttribute("aria-label") ?? here.labels?.[0]?.textContent ?? here.textContent;
                return [name.trim(), here.matches(":focus-visible") && style.outlineStyle !== "none"];
            }"""
        )
        assert outlined, named
        names.append(named)
        anna.page.keyboard.press("Tab")
    assert names == [
        "About this chat",
        "Close chat",
        "Talk to a person",
        "Conversation",
        "Keep waiting",
        "Be contacted instead",
        "Back to the assistant",
        "Your message",
        "Send",
    ]


def listens(anna: Customer) -> None:
    """From the next load on, what a screen reader would say by itself is kept in `announced`."""
    anna.context.add_init_script(
        """window.announced = [];
        document.addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
            for (const { addedNodes, target, type } of changes) for (const node of [...addedNodes, target]) {
                if (node === target && type !== "characterData") continue;
                const element = node instanceof Element ? node : node.parentElement;
                if (node === target && element?.closest("[role=log]")) continue; // which tells of what is added
                const off = element?.closest("[aria-live=off]") ?? null;
                const region = element?.closest("[aria-live=polite],[role=status],[role=alert],[role=log]") ?? null;
                if (off !== null || region === null || region.getAttribute("aria-live") === "off") continue;
                if (node !== region && node.textContent.trim() !== "") window.announced.push(node.textContent);
            }
        }).observe(document, { childList: true, characterData: true, subtree: true }));"""
    )


def announced(anna: Customer) -> list[str]:
    frame = next(frame for frame in anna.page.frames if "/widget/" in frame.url)
    said: list[str] = frame.evaluate("window.announced")
    return said


def test_new_words_are_announced_once_and_history_is_not(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    listens(anna)
    anna.page.reload()
    anna.hears("leave it at the depot")
    expect(anna.log).to_have_attribute("aria-live", "polite")
    assert not any("depot" in said for said in announced(anna))
    stage.run(maria.line.tell("typing", {"conversation_id": conversation_id}))
    expect(anna.log.get_by_text("is typing")).to_be_attached(timeout=PATIENCE_MS)
    stage.run(maria.say(conversation_id, "Shall I go on?"))
    anna.hears("Shall I go on?")
    anna.says("Yes please")
    stage.run(maria.reads(conversation_id, "Yes please"))
    expect(anna.log.locator(".delivery").last).to_have_text("Sent", timeout=PATIENCE_MS)
    heard = announced(anna)
    assert sum("Shall I go on?" in said for said in heard) == 1
    assert sum("Yes please" in said for said in heard) == 1
    assert not any("typing" in said for said in heard)


def test_what_becomes_of_a_request_is_announced_once(stage: Stage) -> None:
    stage.serve(capacity="1")
    maria = stage.colleague()
    stage.other_customer(asks=True)
    first = stage.run(maria.take())
    anna = stage.customer(opens=False)
    listens(anna)
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    expect(anna.log).to_have_attribute("aria-live", "polite", timeout=PATIENCE_MS)
    anna.wants_person.click()
    reference = anna.reference()
    card = anna.chat.get_by_test_id("handoff-card")
    card.get_by_role("button", name="Be contacted instead").click()
    anna.chat.get_by_label("Your e-mail address").fill("anna@nordlicht.example")
    anna.chat.get_by_role("button", name="Contact me").click()
    expect(card).to_contain_text("You get an answer by", timeout=PATIENCE_MS)
    card.get_by_role("button", name="Ask for a person now").click()
    expect(card).to_contain_text("You are next", timeout=PATIENCE_MS)
    stage.run(maria.say(first, "All done."))
    stage.run(maria.do("resolve", first, outcome="answered"))
    stage.run(maria.done("wrap_up_done", conversation_id=first))
    stage.taken(maria, anna)
    heard = announced(anna)
    for words in (f"You asked for a person\u00a0· {reference}", "Promised: we get in touch", "has joined"):
        assert sum(words in said for said in heard) == 1, (words, heard)
    assert not any("You get an answer by" in said for said in heard), "the log has told it"


@pytest.mark.parametrize("size", [(320, 568), (640, 400), (375, 812)])
def test_nothing_is_cut_off_on_small_screens_and_every_target_can_be_hit(
    stage: Stage, size: tuple[int, int]
) -> None:
    anna = waiting(stage, viewport={"width": size[0], "height": size[1]})
    wide = anna.composer.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    small = anna.composer.evaluate(
        """() => [...document.querySelectorAll("button, a, input, textarea")]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.getAttribute("aria-label") ?? one.textContent, one.getBoundingClientRect()])
            .filter(([, { width, height }]) => width < 24 || height < 24)
            .map(([name]) => name)"""
    )
    assert small == []
    for name in ("Keep waiting", "Be contacted instead", "Back to the assistant"):
        button = anna.chat.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport()
    expect(anna.composer).to_be_in_viewport()
    expect(anna.wants_person).to_be_in_viewport()


def test_rating_is_asked_of_nobody_who_was_shut_out(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage)
    stage.run(maria.do("block", conversation_id, reason="Insults after a warning"))
    expect(anna.blocked).to_be_visible(timeout=PATIENCE_MS)
    anna.hears("has ended this conversation")
    expect(anna.chat.get_by_role("radio", name=re.compile("^5"))).to_have_count(0)
