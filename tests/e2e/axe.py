"""Looks for barriers with axe-core, frame by frame, by the rules of WCAG 2.2 AA and its best practices."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Frame, Page

from handoff.tooling.places import ROOT

AXE = ROOT / "webchat" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What other colours or another size can change; everything else in a document is the same in every light.
BY_LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]

RUN = """async (runOnly) => {
    const found = await axe.run(document, { iframes: false, runOnly, resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => ({
        id, help, where: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
    }));
}"""


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def _in_frame(frame: Frame, run_only: dict[str, object]) -> list[str]:
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(_source())
    found: list[dict[str, Any]] = frame.evaluate(RUN, run_only)
    return [f"{one['id']} ({one['help']}) at {where}" for one in found for where in one["where"]]


def barriers(page: Page, *, around: bool = True, only_looks: bool = False) -> list[str]:
    """What axe-core has against the page as it is now, its frames included.

    `around`: the page that a visible frame is in is looked at too. `only_looks`: the whole was looked at before, in
    other colours or at another size.
    """
    main = page.main_frame
    inner = [frame for frame in page.frames if frame != main and frame.frame_element().is_visible()]
    shown = [main, *inner] if around or not inner else inner
    run_only: dict[str, object] = (
        {"type": "rule", "values": BY_LOOKS} if only_looks else {"type": "tag", "values": TAGS}
    )
    return [barrier for frame in shown for barrier in _in_frame(frame, run_only)]
