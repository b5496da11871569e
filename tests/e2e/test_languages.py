"""The widget in all of its languages: who chooses, that everything has its place, and when it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from handoff.domain.speech import speech
from tests.e2e.people import PATIENCE_MS, Customer
from tests.screens.stage import Stage
from tests.screens.widget import waiting, with_person

pytestmark = pytest.mark.e2e

# Runs in the chat: what stands out of it to the side, is cut off, or lies over something else that one can press.
MISPLACED = """() => {
    const wrong = [];
    const named = (one) => `${one.tagName.toLowerCase()}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
    const seen = [...document.querySelectorAll("#app *")].filter((one) =>
        one.checkVisibility() && !one.closest(".visually-hidden, svg, option"));
    for (const one of seen) {
        const { left, right, width } = one.getBoundingClientRect();
        if (width > 0 && (left < -0.5 || right > innerWidth + 0.5)) wrong.push(`outside: ${named(one)}`);
        const { overflowX } = getComputedStyle(one);
        if (overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1 && one.tagName !== "INPUT" &&
            one.tagName !== "SELECT") wrong.push(`cut off: ${named(one)}`);
    }
    const controls = seen.filter((one) => one.matches("button, textarea"));
    controls.forEach((one, index) => controls.slice(index + 1).forEach((other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const inView = (box) => box.bottom > 0 && box.top < innerHeight;
        if (one.parentElement === other.parentElement && inView(a) && inView(b) && a.left < b.right - 1 &&
            b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
            wrong.push(`over each other: ${named(one)} and ${named(other)}`);
    }));
    return wrong;
}"""


def speaks(anna: Customer, language: str) -> None:
    """Chooses a language in the chat, by what stands there in none."""
    anna.chat.locator("header button").first.click()
    anna.chat.locator("#language").select_option(language)
    expect(anna.chat.locator("html")).to_have_attribute("lang", language, timeout=PATIENCE_MS)


def misplaced(anna: Customer) -> list[str]:
    found: list[str] = anna.chat.locator("html").evaluate(MISPLACED)
    return found


def test_every_language_has_room_on_the_smallest_phone(stage: Stage) -> None:
    """With a reference, a place, a moment, a usual wait and all choices; and beside it who the trader is."""
    anna = waiting(stage, viewport={"width": 320, "height": 568})
    anna.chat.locator("header button").first.click()
    choices = anna.chat.locator("#language option")
    expect(choices).to_have_count(25)
    languages = choices.evaluate_all("all => all.map((one) => one.value)")
    anna.chat.locator("header button").first.click()
    wrong: dict[str, list[str]] = {}
    english: set[str] = set()
    for language in ("en", *sorted(set(languages) - {"en"})):
        speaks(anna, language)
        about = misplaced(anna)
        anna.chat.locator("header button").first.click()
        card = anna.chat.get_by_test_id("handoff-card")
        expect(card).to_contain_text(anna.reference())
        expect(card).to_contain_text("2")
        expect(anna.wants_person).to_be_in_viewport()
        expect(anna.composer).to_be_in_viewport()
        if found := about + misplaced(anna):
            wrong[language] = found
        shown = {anna.wants_person.inner_text(), *card.get_by_role("button").all_inner_texts()}
        if language == "en":
            english = shown
        else:
            assert not shown & english, language
    assert wrong == {}


def test_browser_chooses_when_the_page_says_no_language_or_one_that_nobody_speaks(stage: Stage) -> None:
    stage.colleague()

    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r' lang="[^"]*"', "", answer.text(), count=1))

    anna = stage.customer(opens=False, locale="fi-FI")
    anna.page.route(stage.house.origin + "/", without)
    anna.page.goto("/")
    anna.page.get_by_test_id("launcher").click()
    expect(anna.wants_person).to_contain_text("Juttele ihmisen kanssa", timeout=PATIENCE_MS)

    sami = stage.customer(opens=False, locale="sv-SE", language="tlh")
    sami.page.goto("/")
    sami.page.get_by_test_id("launcher").click()
    expect(sami.wants_person).to_contain_text("Prata med en människa", timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("kn", "ನಾನು ಇಂಗ್ಲಿಷ್ ಅಥವಾ ಜರ್ಮನ್ ಭಾಷೆಯಲ್ಲಿ ಉತ್ತರಿಸುತ್ತೇನೆ."),
        ("fr", "Je réponds en anglais ou en allemand."),
        ("de", None),
    ],
)
def test_whom_the_assistant_does_not_answer_in_their_language_is_told_so_before_they_type(
    stage: Stage, language: str, said: str | None
) -> None:
    """In their own language, in its first words and once. Of the other languages a unit test says the same."""
    anna = stage.customer(locale=language, language=language)
    (greeting,) = anna.messages()
    assert greeting == speech(language).greet("Nordlicht", back=False, name=None)
    assert greeting.count(said or "Englisch") == (0 if said is None else 1)


def test_layout_stands_right_to_left(stage: Stage) -> None:
    anna, maria, conversation_id = with_person(stage, viewport={"width": 320, "height": 568})
    stage.run(maria.say(conversation_id, "شكرا جزيلا لك، سأنتظر"))
    arabic = anna.hears("شكرا جزيلا")
    assert (
        arabic.evaluate("one => getComputedStyle(one).direction") == "rtl"
    )  # by itself, in a text that runs so
    anna.chat.locator("html").evaluate("html => { html.dir = 'rtl' }")
    mine = anna.log.locator(".message.customer .bubble").last.bounding_box()
    theirs = anna.log.locator(".message.agent .bubble").last.bounding_box()
    frame = anna.chat.locator("html").bounding_box()
    assert mine is not None and theirs is not None and frame is not None
    assert mine["x"] - frame["x"] < 40
    assert theirs["x"] + theirs["width"] > frame["x"] + frame["width"] - 60
    assert misplaced(anna) == []
    anna.wants_person.click()
    anna.chat.get_by_test_id("handoff-card").wait_for()
    assert misplaced(anna) == []
    anna.chat.locator("header button").first.click()
    anna.chat.locator(".about").wait_for()
    assert misplaced(anna) == []


@pytest.mark.parametrize(
    ("locale", "zone", "today", "yesterday", "clock"),
    [
        ("en-GB", "Europe/London", "Today", "Yesterday", r"^\d\d:\d\d$"),
        ("en-US", "America/New_York", "Today", "Yesterday", r"^\d{1,2}:\d\d\s(AM|PM)$"),
        ("da-DK", "Europe/Copenhagen", "I dag", "I går", r"^\d\d\.\d\d$"),
    ],
)
def test_days_and_times_are_those_of_the_reader(
    stage: Stage, locale: str, zone: str, today: str, yesterday: str, clock: str
) -> None:
    stage.colleague()
    now = stage.house.clock.now()
    noon = (now + timedelta(days=1)).replace(
        hour=16, minute=30, second=0
    )  # the same day in all of these zones
    stage.move(seconds=(noon - now).total_seconds())
    anna = stage.customer(locale=locale, language=locale[:2], timezone_id=zone)
    for question in ("Where is order 10023?", "And order 10031?", "And order 10032?"):
        anna.says(question)
        anna.hears(question)
        expect(anna.log.locator(".message.bot")).to_have_count(
            len(anna.log.locator(".message.customer").all()) + 1
        )
        stage.move(days=1)
    anna.page.reload()
    anna.says("Good day")
    anna.hears("Good day")
    headings = anna.log.get_by_role("heading")
    expect(headings).to_have_count(4)
    assert [text.capitalize() for text in headings.all_inner_texts()[2:]] == [yesterday, today]
    times = anna.log.locator("time")
    assert all(re.search(clock, text) for text in times.all_inner_texts()), times.all_inner_texts()
    first = datetime.fromisoformat(str(times.first.get_attribute("datetime")))
    assert first.astimezone(UTC).date() == noon.date()
