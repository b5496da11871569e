"""Makes the README's picture of widget and console from the running product: `python -m tests.e2e.screens`."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from handoff.tooling import browser as chromium
from tests.e2e.people import PATIENCE_MS, Agent, Customer
from tests.e2e.product import ROOT, Product

PICTURE = ROOT / "handoff" / "docs" / "pictures" / "widget-and-console.png"

FRAME = """
<style>
  body {{ margin: 0; padding: 36px; display: flex; gap: 28px; align-items: center; background: #e6edf2; }}
  img {{ display: block; border-radius: 12px; box-shadow: 0 10px 36px rgb(16 40 60 / 22%); }}
</style>
<img src="data:image/png;base64,{widget}" height="700"><img src="data:image/png;base64,{console}" height="700">
"""


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def take(browser: Browser, address: str) -> bytes:
    """The two pages in the middle of one conversation, side by side."""
    maria = Agent(browser, address, "agent1@demo.example")
    maria.sign_in()
    maria.goes("Online")
    anna = Customer(browser, address)
    anna.open_chat()
    anna.says("Where is my order 10023?")
    anna.hears(re.compile("Nordpost"))
    anna.says("Can I talk to a real person about the delivery?")
    maria.accepts(anna.reference())
    maria.says("Good day, I have read everything. Shall I have the parcel held at the depot for you?")
    anna.hears("held at the depot")
    anna.says("Yes please, until Wednesday. Thank you!")
    maria.hears("until Wednesday")
    expect(anna.chat.get_by_text("Seen")).to_be_visible(timeout=PATIENCE_MS)
    maria.says("Done: it waits for you there until Wednesday evening.")
    anna.hears("until Wednesday evening")
    widget = anna.page.locator("byname-chat iframe").screenshot()
    console = maria.page.screenshot()
    frame = browser.new_page(viewport={"width": 1560, "height": 772})
    frame.set_content(FRAME.format(widget=encoded(widget), console=encoded(console)))
    picture = frame.screenshot(full_page=True)
    maria.resolves("Done")
    maria.leaves()
    return picture


def main() -> None:
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        product = Product(Path(data))
        try:
            product.wait_for(product.is_whole, "the product with all its parts")
            launched = playwright.chromium.launch(executable_path=chromium.find(os.environ), args=options)
            picture = take(launched, product.address)
            launched.close()
        finally:
            product.stop()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(picture)


if __name__ == "__main__":
    main()
