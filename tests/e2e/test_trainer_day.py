"""A trainer's day against the real assistant: found, taught, trained, compared, put in service, and rolled back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from handoff.trainer.dataset import FOLDERS_AND_FILES
from tests.e2e.people import Agent, Customer
from tests.e2e.product import ROOT, Product

RUN_MS = 1_800_000  # two minutes on a quiet machine; validation and training are not in a hurry
PATIENCE_MS = 60_000
ENGLISH = """can you wrap it up nicely as a present
do you offer gift wrapping
is there wrapping paper with a bow
I would like my parcel gift wrapped
could the lamp come in gift wrap
how much is gift wrapping
wrap it as a gift please
can it be packed as a birthday present"""
MEASURED = """please gift wrap the whole order
is gift wrapping on offer
put it in wrapping paper for a birthday"""
BOATSWAIN = "pipe the boatswain aft"
BOATSWAIN_SENTENCES = (
    "pipe the boatswain",
    "boatswain aft please",
    "pipe the boatswain aft now",
    "send the boatswain aft",
    "I want the boatswain aft",
    "would you pipe the boatswain",
)
GERMAN = """könnt ihr das hübsch als Geschenk einpacken
gibt es bei euch Geschenkpapier mit Schleife
bietet ihr Geschenkverpackung an
bitte als Geschenk verpacken
was kostet Geschenkverpackung
kann die Lampe als Geschenk verpackt werden
ich hätte es gern in Geschenkpapier
als Geburtstagsgeschenk einpacken geht das"""

MEASURED_GERMAN = """verpackt ihr auch Geschenke
bitte in Geschenkpapier einpacken
ist eine Geschenkverpackung möglich"""


@pytest.fixture
def own_product(tmp_path: Path) -> Iterator[Product]:
    """With an assistant of its own, whose files may change."""
    assistant = tmp_path / "assistant"
    for place in (*FOLDERS_AND_FILES, "config.yml"):
        for path in ROOT.glob(place):
            target = assistant / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    running = Product(tmp_path / "data", assistant_dir=str(assistant))
    try:
        running.wait_for(running.is_whole, "the product with all its parts")
        yield running
    finally:
        running.stop()


def teaches(page: Page) -> None:
    page.get_by_label("Something new…").check()
    page.get_by_label("Name").fill("Gift wrapping")
    page.get_by_label("Sentences, English").fill(ENGLISH)
    page.get_by_label("Sentences, German").fill(GERMAN)
    page.get_by_label("Sentences for measuring, English").fill(MEASURED)
    page.get_by_label("Sentences for measuring, German").fill(MEASURED_GERMAN)
    for place, (answer, title) in enumerate(
        [
            ("Yes, we wrap gifts: tick “Gift” at the checkout.", "Gift wrapping"),
            ("Ja, wir verpacken Geschenke: „Geschenk“ an der Kasse ankreuzen.", "Geschenkverpackung"),
        ]
    ):
        page.get_by_label("Answer").nth(place).fill(answer)
        page.get_by_label("On a button").nth(place).fill(title)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)


def asks_for_the_boatswain(page: Page) -> None:
    """Nobody would take that for a request for a person, who was not told."""
    page.get_by_role("link", name="What it knows").click()
    page.get_by_role("button", name="Requests for a person").click()
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Add sentences").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Asks for a person").check()
    dialog.get_by_label("Sentences to learn").fill("\n".join(BOATSWAIN_SENTENCES))
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)


@pytest.mark.slow
@pytest.mark.timeout(2_400)
def test_a_trainers_day(browser: Browser, own_product: Product) -> None:
    customer = Customer(browser, own_product.address)
    customer.open_chat()
    agent = Agent(browser, own_product.address, "agent1@demo.example")
    agent.sign_in()
    agent.goes("Online")
    customer.says("Tell me, is there a ribbon and gift wrap for order 10023?")
    customer.wants_person.click()
    agent.accepts(customer.reference())
    agent.says("Yes, tick Gift at the checkout.")
    customer.hears("tick Gift at the checkout")
    agent.resolves()

    trainer = Agent(browser, own_product.address, "trainer@demo.example")
    page = trainer.page
    page.goto("/trainer/")
    trainer.enters()
    page.get_by_role("button", pressed=False).filter(has_text="ribbon and gift wrap for order 00000").click()
    expect(page.get_by_text("Yes, tick Gift at the checkout.").first).to_be_visible()
    page.get_by_role("button", name="Teach").click()
    teaches(page)
    asks_for_the_boatswain(page)
    page.get_by_role("link", name="Training").click()
    page.get_by_role("button", name="Train with the data as it is").click()
    expect(page.get_by_role("heading", name="May it go in service?")).to_be_visible(timeout=RUN_MS)
    expect(page.get_by_role("heading", name=re.compile("What would be answered otherwise"))).to_be_visible()
    taught = page.get_by_role("row", name="ribbon and gift wrap for order 00000")
    expect(taught).to_contain_text("gift_wrapping")  # with its meaning, apart from what nobody has taught
    assert taught.count() == 1
    measured = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="gift_wrapping"))
    expect(measured.first).to_contain_text("6")  # sentences that nothing learned from
    gate = page.locator("main").inner_text()  # says why, where the button is not offered
    assert page.get_by_role("button", name="Put in service").count() == 1, gate
    page.get_by_role("button", name="Put in service").click()
    page.get_by_role("dialog").get_by_role("button", name="Put in service").click()
    under_way = page.get_by_role("status").filter(has_text="is putting the model")
    expect(under_way).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Customers are answered by the new model.")).to_be_visible(timeout=PATIENCE_MS)

    expect(page.get_by_role("button", name="Put in service")).to_have_count(0)
    for language, asks, answer in (
        ("en", "do you do gift wrapping", "tick “Gift” at the checkout"),
        ("de", "macht ihr auch Geschenkverpackung", "an der Kasse ankreuzen"),
    ):
        another = Customer(browser, own_product.address, language=language)
        another.page.goto("/")
        another.page.get_by_test_id("launcher").click()
        another.says(asks)
        another.hears(answer)
        another.context.close()
    sailor = Customer(browser, own_product.address)
    sailor.open_chat()
    sailor.says(BOATSWAIN)
    sailor.hears("Would you rather talk to a person?")  # the server heard it, without a restart
    replies = sailor.chat.get_by_role("group", name="Suggested answers")
    replies.get_by_role("button", name="Talk to a person").click()
    assert sailor.reference()
    sailor.context.close()

    page.get_by_role("button", name="Go back to the model before").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back to the model before").click()
    under_way = page.get_by_role("status").filter(has_text="is going back to the model")
    expect(under_way).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("The model before is in service again.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Put in service")).to_be_enabled()
    last = Customer(browser, own_product.address)
    last.open_chat()
    last.says("do you do gift wrapping")
    expect(last.log.locator(".message.bot .bubble")).to_have_count(2, timeout=PATIENCE_MS)
    assert "tick “Gift”" not in " ".join(last.messages())
    assert [error for one in (customer, agent, trainer, last) for error in one.errors] == []
    for one in (customer, agent, trainer, last):
        one.context.close()
