"""The states of the trainer's page."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Container
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from handoff.bot_client.scripted import plain_reply
from handoff.service.ports import BotReply, BotTurn
from handoff.trainer.dataset import FOLDERS_AND_FILES
from handoff.trainer.judging import Case, Understood, compare
from tests.model_host import TOKEN, ModelHost, write_run
from tests.screens.stage import Stage
from tests.screens.states import DESK, DESKTOP, SMALL_PHONE, state

ROOT = Path(__file__).resolve().parents[2]


def _unsure(turn: BotTurn) -> BotReply:
    return plain_reply("I am not sure that I understood this.", intent="out_of_scope", unsure=True)


def _assistant(folder: Path) -> str:
    """A copy of the assistant's files, which a trainer may change."""
    for place in (*FOLDERS_AND_FILES, "config.yml"):
        for path in ROOT.glob(place):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return str(folder)


def enters(stage: Stage, tab: str) -> Page:
    anjali = stage.visitor("trainer")
    anjali.page.goto(f"/trainer/#{tab}")
    anjali.enters()
    anjali.page.get_by_role("navigation").wait_for()
    return anjali.page


def _served(stage: Stage) -> None:
    """Customers who were not well answered, and an agent who answered one of them."""
    folder = stage.folder / f"assistant-{len(list(stage.folder.iterdir()))}"
    stage.serve(_unsure, assistant_dir=_assistant(folder))
    colleague = stage.colleague()
    asks = (
        "Can you wrap order 10023 up as a birthday present?",
        "gift wrapping please, my mail is erika@post.example",
    )
    customer = stage.other_customer(*asks)
    conversation_id = stage.run(colleague.take(customer.conversation_id))
    stage.run(
        colleague.do("message", conversation_id, text="Yes: tick “Gift” at the checkout, it costs 3 euros.")
    )
    stage.other_customer("Is there gift wrapping with a bow")
    stage.other_customer("Geburtstagsgeschenk: könnt ihr das einpacken?", locale="de")
    words = "Donaudampfschifffahrtsgesellschaftskapitänsmützenversandkostenpauschalenrückerstattung"
    stage.other_customer(f"Was ist mit der {words} von der ich gelesen habe?", locale="de")


@state("trainer-sign-in", DESKTOP)
def sign_in(stage: Stage) -> Page:
    anjali = stage.visitor("trainer")
    anjali.page.goto("/trainer/")
    anjali.page.get_by_label("Password").wait_for()
    return anjali.page


@state("trainer-inbox-empty", DESKTOP)
def inbox_empty(stage: Stage) -> Page:
    page = enters(stage, "inbox")
    page.get_by_text("Nothing here.").wait_for()
    return page


@state("trainer-inbox", SMALL_PHONE, *DESK)
def inbox(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "inbox")
    page.get_by_role("button", pressed=False).filter(has_text="birthday present").click()
    page.get_by_role("button", name="Teach").wait_for()
    page.get_by_role("button", name="The conversation around it").first.click()
    return page


@state("trainer-teach", SMALL_PHONE, *DESK)
def teach(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "inbox")
    page.get_by_role("button", pressed=False).filter(has_text="birthday present").click()
    page.get_by_role("button", name="Teach").click()
    page.get_by_label("Something new…").check()
    page.get_by_label("Answer").first.fill("Yes: tick “Gift” at the checkout; it costs 3 euros a parcel.")
    page.get_by_text("How a customer sees it").first.wait_for()
    return page


@state("trainer-inbox-draft", SMALL_PHONE, *DESK)
def inbox_draft(stage: Stage) -> Page:
    page = teach(stage)
    page.keyboard.press("Escape")
    page.get_by_text("Kept as a draft").wait_for()
    return page


@state("trainer-taught", DESKTOP)
def taught(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "inbox")
    page.get_by_role("button", pressed=False).filter(has_text="birthday present").click()
    page.get_by_role("button", name="Teach").click()
    page.get_by_label("All intents").select_option("delivery_options")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Undo").wait_for()
    page.get_by_label("Show").select_option("taught")
    page.get_by_role("button", pressed=False).filter(has_text="birthday present").click()
    page.get_by_text("Taught as delivery_options").last.wait_for()
    return page


@state("trainer-intents", SMALL_PHONE, *DESK)
def intents(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="delivery_options").click()
    page.get_by_role("checkbox").first.check()
    return page


@state("trainer-requests", SMALL_PHONE, *DESK)
def requests(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="Requests for a person").click()
    page.get_by_role("button", name="Change: agent", exact=True).wait_for()
    return page


@state("trainer-request-add", SMALL_PHONE, DESKTOP)
def request_add(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="Requests for a person").click()
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Add sentences").click()
    page.get_by_role("radio", name="Asks for a person").check()
    page.get_by_label("Sentences to learn").fill(
        "hol mir mal den Kapitän ran\nruft mich unter 0151 2345678 an"
    )
    page.get_by_text("Replaced when saved").wait_for()
    return page


@state("trainer-teach-request", SMALL_PHONE, *DESK)
def teach_request(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "inbox")
    page.get_by_role("button", pressed=False).filter(has_text="Donaudampf").click()
    page.get_by_role("button", name="Teach").click()
    page.get_by_label("Sounds like it, but does not").check()
    page.get_by_text("The server hears").wait_for()
    return page


@state("trainer-run-refused", DESKTOP)
def run_refused(stage: Stage) -> Page:
    return _run_shown(stage, spoilt=range(0, 80, 7))


@state("trainer-answer", SMALL_PHONE, *DESK)
def answer(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("searchbox").fill("utter_contact")
    page.get_by_role("button", name="Change: utter_contact_customer_service, German").click()
    return page


@state("trainer-courses", *DESK)
def courses(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="Rules and stories").click()
    page.get_by_role("button", name="Change").first.wait_for()
    return page


@state("trainer-course-form", DESKTOP)
def course_form(stage: Stage) -> Page:
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="Rules and stories").click()
    page.get_by_role("button", name="Add a rule or story").click()
    return page


def _got(case: Case, **other: Any) -> Understood:
    fields = {"decision": "answer", "intent": case.intent or "track_order", "choices": (), "confidence": 0.9}
    return Understood(**(fields | {"person": "transfer" if case.human else "no", "ms": 5.0} | other))


@state("trainer-run", SMALL_PHONE, *DESK)
def run(stage: Stage) -> Page:
    return _run_shown(stage, spoilt=(30,))  # one of an intent, which the gate lets pass


@state("trainer-swap", SMALL_PHONE, *DESK)
def swap(stage: Stage) -> Page:
    """A model is being put in service. It stays so: Rasa never has it."""
    return begins_swap(stage, rasa(stage))


def rasa(stage: Stage) -> ModelHost:
    """Serves with a pretend Rasa that takes models."""
    host = ModelHost()
    stage.ends_with(stage.run(host.start()).cleanup)
    stage.serve(bot_url=f"http://127.0.0.1:{host.port}", rasa_token=TOKEN)
    return host


def begins_swap(stage: Stage, host: ModelHost) -> Page:
    host.held = asyncio.Event()
    page = _run_shown(stage, spoilt=(30,))
    page.get_by_role("button", name="Put in service").click()
    page.get_by_role("dialog").get_by_role("button", name="Put in service").click()
    page.get_by_text("The assistant loads it").wait_for()
    return page


def _run_shown(stage: Stage, spoilt: Container[int]) -> Page:
    """A run that is over. `spoilt`: sentences that the candidate gets wrong."""
    names = ("track_order", "cancel_order", "delivery_options", "gift_wrapping", "review")
    cases = [
        Case(text=f"sentence {n} about {name}", language="en", intent=name)
        for name in names
        for n in range(12)
    ]
    cases += [Case(text=f"I want a person {n}", language="en", human=True) for n in range(20)]
    taught = [
        Case(text="Can you wrap order 00000 up?", language="en", intent="gift_wrapping", taught=True),
        Case(text="put the kettle on for me", language="en", human=True, taught=True),
    ]
    cases += [*taught, Case(text="is there a bow on it", language="en")]
    now = [_got(one, intent="change_order") if one.intent == "gift_wrapping" else _got(one) for one in cases]
    wrong = {"intent": "cancel_order", "person": "no"}
    new = [_got(one, **wrong) if place in spoilt else _got(one) for place, one in enumerate(cases)]
    new[-2:] = [_got(cases[-2], person="no"), _got(cases[-1], intent="gift_wrapping")]
    stories = {"count": 24, "failed": [], "handoff": ["a person at once"], "failed_before": []}
    result = compare(cases, new, now, stories)
    steps = ("check", "validate", "train", "person", "stories", "listen", "compare")
    write_run(
        stage.house.data_dir,
        "run_shown",
        b"a model",
        status="passed" if result["gate"]["passed"] else "refused",
        done=[{"name": step, "seconds": 7 * place + 2} for place, step in enumerate(steps)],
        edits=1,
        by={"id": "ag_x", "name": "Anjali Rao"},
        at="2026-11-20T09:30:00.000Z",
    )
    folder = stage.house.data_dir / "trainer/runs/run_shown"
    (folder / "result.json").write_text(json.dumps(result | {"unmeasured": ["engraving"]}))
    warning = "/x/site-packages/rasa/io.py:100: UserWarning: The utterance 'say_x' is not used.\n"
    (folder / "log.txt").write_text(f"== check\n== validate\n{warning}== train\n")
    page = enters(stage, "runs")
    page.get_by_role("heading", name="May it go in service?").wait_for()
    return page


@state("trainer-measures", SMALL_PHONE, *DESK)
def measures(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "measures")
    page.get_by_label("What shall get better").fill("Better answers about presents")
    page.get_by_label("Measured on").select_option("review")
    page.get_by_role("button", name="Pick").click()
    page.get_by_text("Better answers about presents").wait_for()
    return page


@state("trainer-history", SMALL_PHONE, *DESK)
def history(stage: Stage) -> Page:
    _served(stage)
    page = enters(stage, "knowledge")
    page.get_by_role("button", name="review").click()
    page.get_by_role("button", name="Add sentences").click()
    page.get_by_label("Sentences to learn").fill("let me tell others how good the tent is")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Undo").wait_for()
    page.get_by_role("link", name="History").click()
    page.get_by_text("1 sentence added to review, English").last.wait_for()
    return page
