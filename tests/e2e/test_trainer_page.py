"""The trainer's page in a real browser, with a scripted assistant: what is found, taught, undone and asked about."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from handoff.bot_client.scripted import plain_reply
from handoff.trainer.dataset import FOLDERS_AND_FILES
from tests.e2e.product import ROOT
from tests.screens.stage import Stage
from tests.screens.trainer import run_refused

PATIENCE_MS = 30_000


def opened(stage: Stage, tmp_path: Path) -> Page:
    """The page of a trainer of a desk whose assistant could not answer one question."""
    for place in (*FOLDERS_AND_FILES, "config.yml"):
        for path in ROOT.glob(place):
            target = tmp_path / "assistant" / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    stage.serve(
        lambda _turn: plain_reply("Sorry?", intent="out_of_scope", unsure=True),
        assistant_dir=str(tmp_path / "assistant"),
    )
    stage.other_customer("<img src=x onerror=alert(1)> may I review 10023")
    anjali = stage.visitor("trainer")
    anjali.page.goto("/trainer/")
    anjali.enters()
    anjali.page.get_by_role("navigation").wait_for()  # signed in
    return anjali.page


def test_what_was_asked_is_taught_and_can_be_undone(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/data/nlu/feedback.yml"
    before = path.read_bytes()
    page.get_by_role("button", name="may I review 00000").click()
    assert page.locator("img[src=x]").count() == 0  # what a customer wrote is text
    page.get_by_role("button", name="Teach").click()
    page.get_by_label("All intents").select_option("review")
    page.get_by_label("Sentences to learn").fill("may I say publicly what I think of 10023")
    expect(page.get_by_text("Saved as: may I say publicly what I think of 00000")).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)
    assert b"what I think of 00000" in path.read_bytes()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible(timeout=PATIENCE_MS)
    assert path.read_bytes() == before


def test_a_message_is_taught_as_one_that_asks_for_nobody_and_typed_ones_as_requests(
    stage: Stage, tmp_path: Path
) -> None:
    page = opened(stage, tmp_path)
    english, german = (tmp_path / f"assistant/data/human/{language}.txt" for language in ("en", "de"))
    before = english.read_bytes(), german.read_bytes()
    page.get_by_role("button", name="may I review 00000").click()
    page.get_by_role("button", name="Teach").click()
    page.get_by_label("Sounds like it, but does not").check()
    page.get_by_label("Sentences to learn").fill("may I review the agent of order 10023")
    expect(page.get_by_text("The server hears")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Saved as: may I review the agent of order 00000")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)
    assert b"\n- may I review the agent of order 00000\n" in english.read_bytes()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible(timeout=PATIENCE_MS)
    assert english.read_bytes() == before[0]

    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Requests for a person").click()
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Add sentences").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Asks for a person").check()
    dialog.get_by_label("Sentences to learn").fill("holt mir den Smutje\nholt mir den Bootsmann")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    assert "\n+ holt mir den Smutje\n+ holt mir den Bootsmann\n" in german.read_text()
    page.get_by_role("searchbox").fill("smutje")
    page.get_by_role("button", name="Change: holt mir den Smutje").click()
    dialog.get_by_label("Shows distress").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    assert "\n! holt mir den Smutje\n" in german.read_text()
    page.get_by_role("button", name="Remove: holt mir den Smutje").click()
    expect(page.get_by_text("No such sentence.")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Add sentences").click()
    dialog.get_by_label("Sounds like it, but does not").check()
    dialog.get_by_label("Sentences to learn").fill("Holt mir den Bootsmann!")
    expect(dialog.get_by_text("“holt mir den Bootsmann” under Asks for a person")).to_be_visible(
        timeout=PATIENCE_MS
    )
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("there already", timeout=PATIENCE_MS)
    assert german.read_text().count("Bootsmann") == 1


def test_a_rule_is_checked_on_the_spot_by_form_and_as_yaml(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/data/rules/answers.yml"
    before = path.read_text()
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Rules and stories").click()
    page.get_by_role("button", name="Add a rule or story").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File").select_option("data/rules/answers.yml")
    dialog.get_by_role("button", name="As YAML").click()
    yaml = dialog.get_by_label("YAML")
    yaml.fill("- rule: of ours\n  steps:\n  - intent: no_such_wish\n  - action: utter_thank")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("alert")).to_have_text("Line 3: there is no intent “no_such_wish”.")
    yaml.fill("- rule: &a of ours\n  steps: !!python/name:os.system x")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("alert")).to_contain_text("are not used here")
    dialog.get_by_role("button", name="As a form").click()
    dialog.get_by_label("Name").fill("thanks for the review")
    for _ in range(2 - dialog.get_by_role("listitem").count()):
        dialog.get_by_role("button", name="+ Customer").click()
    dialog.get_by_label("The customer wants").first.select_option("complaint")
    dialog.get_by_label("The assistant does").first.select_option("utter_thank")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_text("contradicts another rule")).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog.get_by_text("+- rule: thanks for the review")).to_be_visible()
    assert path.read_text() == before


def test_words_are_marked_as_an_entity_by_selecting_them(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/data/nlu/feedback.yml"
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="review").click()
    page.get_by_role("button", name="Add sentences").click()
    page.get_by_label("Sentences to learn").fill("my opinion of 00000 please")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="my opinion of 00000 please")
    row.get_by_role("button", name="Mark an entity").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").evaluate("field => field.setSelectionRange(14, 19)")
    dialog.get_by_role("button", name="order_number", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    assert "    - my opinion of [00000](order_number) please\n" in path.read_text()


def test_the_preview_looks_as_the_widget_does(stage: Stage, tmp_path: Path) -> None:
    """An answer is shown in the widget's own bubble, and what is typed is text in it."""
    page = opened(stage, tmp_path)
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("searchbox").fill("utter_review")
    page.get_by_role("button", name="Change: utter_review, English").click()
    page.get_by_label("Answer in English").fill("<img src=x> Write it under the article.")
    shown = page.locator(".preview-frame .bubble")
    expect(shown).to_have_text("<img src=x> Write it under the article.")
    assert page.locator("img[src=x]").count() == 0
    real = stage.customer().log.locator(".message.bot .bubble").first
    style = """bubble => { const style = getComputedStyle(bubble);
        return [style.fontSize, style.lineHeight, style.padding, style.borderRadius, style.backgroundColor]; }"""
    assert shown.evaluate(style) == real.evaluate(style)


def test_a_clash_shows_both_sides_and_leaves_the_choice(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/bot/domain/feedback.yml"
    page.goto("/trainer/#knowledge")
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("searchbox").fill("utter_review")
    page.get_by_role("button", name="Change: utter_review, English").click()
    path.write_text(path.read_text() + "\n# by hand\n")
    page.get_by_label("Answer in English").fill("Write it under the article: we read every one.")
    expect(page.get_by_text("How a customer sees it")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("+# by hand")).to_be_visible(timeout=PATIENCE_MS)
    assert "we read every one" not in path.read_text()
    dialog.get_by_role("button", name="Make my change to the new state").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_text("Change the answer utter_review (en)")).to_be_visible(timeout=PATIENCE_MS)
    assert "we read every one" in path.read_text() and path.read_text().endswith("# by hand\n")


def test_every_part_is_reached_by_keyboard_and_fits_a_small_phone(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    page.set_viewport_size({"width": 320, "height": 568})
    for name, heading in (
        ("What it knows", "What it knows"),
        ("Training", "Training"),
        ("Measures", "Does it get better?"),
        ("History", "History"),
        ("Inbox", "What customers were not well answered"),
    ):
        page.get_by_role("link", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=PATIENCE_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_a_refusal_names_what_was_lost_and_says_what_to_do(stage: Stage) -> None:
    page = run_refused(stage)
    lost = "“I want a person 3” · “I want a person 10” · “I want a person 17”"
    expect(page.get_by_text("17 of 20 heard, before: 20")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(f"No longer heard: {lost}")).to_be_visible()
    expect(page.get_by_text("Teach sentences like those that are no longer heard")).to_be_visible()
    expect(page.get_by_text("17 of 20 at once, before: 20")).to_be_visible()
    expect(page.get_by_text(f"No longer at once: {lost}")).to_be_visible()
    expect(page.get_by_role("row", name="I want a person 10")).to_contain_text("Worse")
    assert page.get_by_role("button", name="Put in service").count() == 0
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_text("17 von 20 gehört, zuvor: 20")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Lehren Sie Sätze wie die nicht mehr gehörten")).to_be_visible()
