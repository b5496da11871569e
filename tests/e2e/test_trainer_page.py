"""The trainer's page in a real browser, with a scripted assistant: what is found, taught, undone and asked about."""

from __future__ import annotations

import asyncio
import fcntl
import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from handoff.bot_client.scripted import plain_reply
from handoff.trainer.dataset import FOLDERS_AND_FILES
from tests.e2e.product import ROOT
from tests.model_host import ModelHost, write_run
from tests.screens.stage import Stage
from tests.screens.trainer import begins_swap, enters, rasa, run, run_refused

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
    expect(page.get_by_text("Nothing similar is there yet.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 sentence added to review, English")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)
    assert b"what I think of 00000" in path.read_bytes()
    page.get_by_label("Show").select_option("taught")
    expect(page.get_by_text("Taught as review")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 1 sentence added to review, English")).to_be_visible(timeout=PATIENCE_MS)
    assert path.read_bytes() == before
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)  # not taught any more
    page.get_by_label("Show").select_option("open")
    page.get_by_role("button", name="may I review 00000").click()
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="may I review 00000")).to_be_visible(timeout=PATIENCE_MS)


def test_a_half_written_lesson_stays_as_a_draft_by_its_message(stage: Stage, tmp_path: Path) -> None:
    """Escape, or a click beside the dialog, used to lose what somebody had written for half an hour."""
    page = opened(stage, tmp_path)
    group = page.get_by_role("button", name="may I review 00000")
    group.click()
    page.get_by_role("button", name="Teach").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_visible()
    dialog.get_by_label("Something new…").check()
    dialog.get_by_label("Name").fill("Public opinion")
    dialog.get_by_label("Sentences, German").fill("darf ich öffentlich etwas dazu sagen")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    expect(group).to_contain_text("Draft")
    page.reload()
    expect(group).to_contain_text("Draft", timeout=PATIENCE_MS)
    group.click()
    page.get_by_role("button", name="Go on teaching").click()
    expect(dialog.get_by_label("Name")).to_have_value("public_opinion")
    expect(dialog.get_by_label("Sentences, German")).to_have_value("darf ich öffentlich etwas dazu sagen")
    page.mouse.click(4, 400)  # beside it
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Go on teaching").click()
    expect(dialog.get_by_role("button", name="Keep for later")).to_be_visible()
    dialog.get_by_role("button", name="Throw away").click()
    expect(group).not_to_contain_text("Draft")
    page.get_by_role("status").get_by_role("button", name="Undo").click()  # also thrown away by mistake
    expect(group).to_contain_text("Draft")
    page.get_by_role("button", name="Go on teaching").click()
    dialog.get_by_label("All intents").select_option("review")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing here.")).to_be_visible(timeout=PATIENCE_MS)
    assert "Draft" not in page.locator("main").inner_text()


def test_every_dialog_has_a_way_out_and_keeps_what_was_written(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="set_up_shipping_address").click()
    dialog = page.get_by_role("dialog")
    for name in ("Add sentences", "Rename", "Merge into…", "Mark an entity"):
        page.get_by_role("button", name=name).first.click()
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Add sentences").click()
    dialog.get_by_label("Sentences to learn").fill("a half of one")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add sentences Draft").click()
    expect(dialog.get_by_label("Sentences to learn")).to_have_value("a half of one")
    dialog.get_by_role("button", name="Keep for later").click()
    page.get_by_role("button", name="Rules and stories").click()
    page.get_by_role("button", name="Add a rule or story").click()
    dialog.get_by_label("Name").fill("of ours")
    dialog.get_by_label("The customer wants").select_option("complaint")
    page.mouse.click(4, 400)
    page.get_by_role("button", name="Add a rule or story Draft").click()
    expect(dialog.get_by_label("Name")).to_have_value("of ours")
    expect(dialog.get_by_label("The customer wants")).to_have_value("complaint")


def test_a_new_intent_gets_its_sentences_for_measuring_where_it_is_made(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    held_back = tmp_path / "assistant/tests/bot/held_back.yml"
    page.get_by_role("button", name="may I review 00000").click()
    page.get_by_role("button", name="Teach").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Something new…").check()
    expect(dialog.get_by_text("Beside ")).to_be_visible(timeout=PATIENCE_MS)
    assert "data/nlu" not in dialog.inner_text()  # a topic is no path
    dialog.get_by_label("Name").fill("Gift wrapping")
    dialog.get_by_label("Sentences, English").fill("\n".join(f"wrap the {thing}" for thing in THINGS))
    dialog.get_by_role("button", name="Take 5 of the sentences above, English").click()
    expect(dialog.get_by_label("Sentences for measuring, English")).to_have_value(
        "\n".join(f"wrap the {thing}" for thing in THINGS[1::3])
    )
    dialog.get_by_label("Sentences, German").fill("bitte einpacken\nals Geschenk verpacken")
    dialog.get_by_label("Sentences for measuring, German").fill("mit Schleife drum")
    for place in range(2):
        dialog.get_by_label("Answer").nth(place).fill("Yes.")
        dialog.get_by_label("On a button").nth(place).fill("Gift wrapping")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Intent gift_wrapping added")).to_be_visible(timeout=PATIENCE_MS)
    text = held_back.read_text()
    assert text.count('    - "wrap the ') == 5 and '    - "mit Schleife drum"\n' in text
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="gift_wrapping").click()
    page.get_by_text("6 sentences held back for measuring").click()
    expect(page.get_by_text("mit Schleife drum")).to_be_visible()
    page.get_by_role("button", name="Add sentences").click()
    dialog.get_by_label("Language").select_option("de")
    dialog.get_by_label("Sentences to learn").fill("samt Grußkarte")
    dialog.get_by_label("Keep these for measuring").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("7 sentences held back for measuring")).to_be_visible(timeout=PATIENCE_MS)
    assert "samt Grußkarte" in held_back.read_text()


THINGS = [
    "lamp",
    "tent",
    "stove",
    "rug",
    "bag",
    "map",
    "rope",
    "axe",
    "boat",
    "kite",
    "hat",
    "cup",
    "pan",
    "bell",
    "box",
]


def test_everybody_sees_that_a_model_is_put_in_service_and_which_one_serves(stage: Stage) -> None:
    """It takes up to half a minute: nothing was shown, and what the page said afterwards was old until a reload."""
    host = rasa(stage)
    page = begins_swap(stage, host)
    under_way = page.get_by_role("status").filter(has_text="Anjali Rao is putting the model of 20 Nov")
    expect(under_way).to_contain_text("messages wait for a moment, and none is lost")
    expect(page.get_by_role("button", name="Put in service")).to_be_disabled()
    page.reload()
    expect(under_way).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Put in service")).to_be_disabled(timeout=PATIENCE_MS)
    other = enters(stage, "runs")
    expect(other.get_by_role("status").filter(has_text="Anjali Rao is putting")).to_be_visible(
        timeout=PATIENCE_MS
    )
    goes_on(stage, host)
    for one in (page, other):
        serves(one, "the model of 20 Nov 2026", "put there")
        expect(one.locator(".detail .row").first).to_contain_text("In service")
        expect(one.get_by_role("button", name="Put in service")).to_have_count(0)

    write_run(stage.house.data_dir, "run_second", b"another", at="2026-11-21T09:30:00.000Z")
    page.reload()
    page.get_by_role("button", name="Put in service").click()
    page.get_by_role("dialog").get_by_role("button", name="Put in service").click()
    serves(page, "the model of 21 Nov 2026", "put there")
    host.held = asyncio.Event()
    page.get_by_role("button", name="Go back to the model before").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("answered by the model of 20 Nov 2026")
    dialog.get_by_role("button", name="Go back to the model before").click()
    going_back = "Anjali Rao is going back to the model of 20 Nov 2026"
    for one in (page, other):
        expect(one.get_by_role("status").filter(has_text=going_back)).to_be_visible(timeout=PATIENCE_MS)
        expect(one.get_by_role("button", name="Go back to the model before")).to_be_disabled()
    goes_on(stage, host)
    expect(page.get_by_text("The model before is in service again.")).to_be_visible(timeout=PATIENCE_MS)
    for one in (page, other):
        serves(one, "the model of 20 Nov 2026", "went back to it")
        latest, earlier = (one.get_by_role("button", name=f"{day} Nov 2026, 09:30") for day in (21, 20))
        expect(latest).not_to_contain_text("In service")
        expect(earlier).to_contain_text("In service")
    expect(page.get_by_role("button", name="Put in service")).to_be_enabled()  # the later run is shown
    page.get_by_role("link", name="History").click()
    latest = page.get_by_role("main").get_by_role("listitem")
    expect(latest.nth(0)).to_contain_text("Back in service: the model of 20 Nov 2026", timeout=PATIENCE_MS)
    expect(latest.nth(1)).to_contain_text("In service: the model of 21 Nov 2026")


def goes_on(stage: Stage, host: ModelHost) -> None:
    async def release() -> None:
        assert host.held is not None
        host.held.set()

    stage.run(release())


def serves(page: Page, model: str, how: str) -> None:
    bar = page.get_by_role("region", name="In service")
    expect(bar).to_contain_text(model, timeout=PATIENCE_MS)
    expect(bar).to_contain_text(how)
    expect(page.locator(".swap")).to_be_empty(timeout=PATIENCE_MS)


def test_a_swap_that_does_not_work_says_so_and_to_whom_looks_later(stage: Stage) -> None:
    host = rasa(stage)
    host.refuses = 400
    page = begins_swap(stage, host)
    goes_on(stage, host)
    failed = page.get_by_role("alert").filter(has_text="it did not work")
    expect(failed).to_contain_text("The one before goes on", timeout=PATIENCE_MS)
    page.reload()
    expect(failed).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Put in service")).to_be_enabled(timeout=PATIENCE_MS)


def test_a_run_shows_what_was_taught_apart_and_its_log_without_warnings(stage: Stage) -> None:
    page = run(stage)
    taught = page.get_by_role("row", name="Can you wrap order 00000 up?")
    expect(taught).to_contain_text("gift_wrapping")
    expect(taught).to_contain_text("Understood")
    expect(page.get_by_role("row", name="put the kettle on for me")).to_contain_text("Not yet")
    expect(page.get_by_role("heading", name="What was taught: 1 of 2 understood")).to_be_visible()
    expect(page.get_by_role("row", name="is there a bow on it")).to_contain_text("not known")
    expect(page.get_by_role("row", name="engraving")).to_contain_text("Not measured")
    expect(page.get_by_text("do not stand in the way")).to_be_visible()
    log = page.locator("pre.log")
    expect(log.first).to_be_hidden()
    page.get_by_text("Log", exact=True).click()
    expect(log.first).to_contain_text("== validate")
    expect(log.first).not_to_contain_text("UserWarning")
    expect(log.last).to_be_hidden()
    page.get_by_text("1 warning of the libraries").click()
    expect(log.last).to_contain_text("UserWarning: The utterance 'say_x' is not used.")
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        ends = page.locator(".detail > *").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().right)"
        )
        assert max(ends) <= width, (width, ends)  # wide tables are pushed along, nothing else is cut off


def test_a_run_at_work_says_how_many_messages_of_how_many_are_read(stage: Stage) -> None:
    count = {"now": 1_234, "of": 4_384}
    done = [{"name": name, "seconds": 3.0} for name in ("check", "validate", "train", "person", "stories")]
    write_run(stage.house.data_dir, "run_now", b"", status="running", step="listen", done=done, count=count)
    with open(stage.house.data_dir / "trainer/run.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a run does, whose life is what the system says
        page = enters(stage, "runs")
        step = page.get_by_role("listitem").filter(has_text="Both models read the test sentences")
        expect(step).to_contain_text("1,234 of 4,384", timeout=PATIENCE_MS)
        expect(page.get_by_role("button", name="Train with the data as it is")).to_be_disabled()
        expect(page.locator("pre.log").first).to_be_hidden()
        page.get_by_text("Log", exact=True).click()
        looked = page.expect_response(re.compile("trainer/run\\?"))
        with looked, page.expect_response(re.compile("trainer/overview")):
            pass
        expect(page.locator("pre.log").first).to_be_visible()  # who opened it reads on


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


def test_intents_are_renamed_split_and_merged_on_the_page_and_each_is_taken_back(
    stage: Stage, tmp_path: Path
) -> None:
    page = opened(stage, tmp_path)
    before = contents(tmp_path / "assistant")
    nlu = tmp_path / "assistant/data/nlu/delivery.yml"
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="set_up_shipping_address").click()
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Rename").click()
    dialog.get_by_label("New name").fill("How long it takes")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Intent set_up_shipping_address renamed to how_long_it_takes")).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert "intent: how_long_it_takes" in nlu.read_text() and "set_up_shipping_address" not in nlu.read_text()

    region = page.get_by_role("region", name="Sentences of how_long_it_takes")
    region.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Split 1 sentence off as a new intent").click()
    dialog.get_by_label("Name").fill("by when")
    dialog.get_by_label("Sentences, German").fill("bis wann wäre das")
    for place in range(2):
        dialog.get_by_label("Answer").nth(place).fill("Soon.")
        dialog.get_by_label("On a button").nth(place).fill("By when")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Intent by_when split off how_long_it_takes")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="by_when").click()
    page.get_by_role("button", name="Merge into…").click()
    dialog.get_by_label("All sentences of by_when go").select_option("delivery_options")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Intent by_when merged into delivery_options")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="by_when")).to_have_count(0)

    page.get_by_role("link", name="History").click()
    for undone in ("by_when merged", "by_when split", "set_up_shipping_address renamed"):
        page.get_by_role("button", name=f"Undo: Intent {undone}").click()
        expect(page.get_by_text(f"Undone: Intent {undone}").first).to_be_visible(timeout=PATIENCE_MS)
    assert contents(tmp_path / "assistant") == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.*")}


def test_a_conversation_becomes_a_test_story_on_the_page(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/tests/bot/test_stories.yml"
    page.get_by_role("button", name="may I review 00000").click()
    page.get_by_role("button", name="As a test story").click()
    dialog = page.get_by_role("dialog")
    yaml = dialog.get_by_label("YAML")
    expect(yaml).to_have_value(re.compile("may I review 00000"))
    yaml.fill(yaml.input_value().split("  - action")[0].rstrip() + "\n  - action: utter_out_of_scope")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("“conversation of .*” added. Test stories"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert "may I review 00000" in path.read_text()


def test_an_answer_that_is_missing_in_a_language_is_written_on_the_page(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    path = tmp_path / "assistant/bot/domain/feedback.yml"
    path.write_text(
        path.read_text().replace("  utter_review:", "  utter_praise:\n    - text: Yes.\n\n  utter_review:")
    )
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("searchbox").fill("utter_praise")
    page.get_by_role("button", name="Write: utter_praise, German").click()
    page.get_by_label("Answer in German").fill("Ja, gern.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Answer utter_praise changed, German")).to_be_visible(timeout=PATIENCE_MS)
    assert 'text: "Ja, gern."\n    - text: Yes.\n' in path.read_text()


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
    page.get_by_role("searchbox").fill("utter_contact_customer")
    page.get_by_role("button", name="Change: utter_contact_customer_service, English").click()
    bubble, reply = shown.bounding_box(), page.locator(".preview-frame .reply").first.bounding_box()
    assert bubble is not None and reply is not None
    assert (
        reply["y"] - (bubble["y"] + bubble["height"]) >= 8
    )  # as in the widget, it does not touch the bubble


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
    expect(page.get_by_text("Answer utter_review changed, English")).to_be_visible(timeout=PATIENCE_MS)
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
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("searchbox").fill("utter_contact_customer")
    lines = page.get_by_role("heading", name="utter_contact_customer_service").evaluate(LINES)
    assert lines == ["utter_contact_customer_", "service"]  # and not in the middle of a word


# The lines of a text, by where each of its characters is drawn.
LINES = """element => {
    const lines = [];
    let top = null;
    for (const node of element.childNodes) for (let at = 0; at < (node.data ?? "").length; at += 1) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (top === null || box.top > top + 4) { lines.push(""); top = box.top; }
        lines[lines.length - 1] += node.data[at];
    }
    return lines;
}"""


def test_the_head_takes_two_rows_on_a_tablet_and_three_on_a_phone(stage: Stage, tmp_path: Path) -> None:
    page = opened(stage, tmp_path)
    for language in ("English", "German"):
        for width, rows in ((1280, 1), (768, 2), (390, 3), (320, 3)):
            page.set_viewport_size({"width": width, "height": 800})
            tops = page.locator("header.top").evaluate(
                """head => [...new Set([...head.querySelectorAll(".mark, .tab, .icon-button")].map(one => {
                    const box = one.getBoundingClientRect();
                    return Math.round((box.top + box.height / 2) / 12);
                }))]"""
            )
            assert len(tops) == rows, (language, width, tops)
        if language == "English":
            page.get_by_role("button", name="Deutsch").click()
            page.get_by_role("link", name="Eingang").wait_for()


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
