"""Looking at a page in one way: its size, its colours."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.screens.states import View

# Two pictures later all is drawn in the new way, and what appears has appeared.
DRAWN = """async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
}"""


def look(page: Page, view: View) -> None:
    """Sets the page up as the view says, and waits until it is drawn."""
    page.set_viewport_size({"width": view.width, "height": view.height})
    page.emulate_media(
        color_scheme="dark" if view.scheme == "dark" else "light",
        forced_colors="active" if view.forced_colors else "none",
        reduced_motion="reduce",
    )
    for frame in page.frames:
        frame.evaluate(DRAWN)
