"""Looks for barriers with axe-core, frame by frame, by the rules of WCAG 2.2 AA and its best practices."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Frame, Page

from handoff.tooling.places import ROOT

AXE = ROOT / "webchat" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

RUN = """async (tags) => {
    const found = await axe.run(document, { iframes: false, runOnly: tags, resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => ({
        id, help, where: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
    }));
}"""


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def _in_frame(frame: Frame) -> list[str]:
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(_source())
    found: list[dict[str, Any]] = frame.evaluate(RUN, TAGS)
    return [f"{one['id']} ({one['help']}) at {where}" for one in found for where in one["where"]]


def barriers(page: Page) -> list[str]:
    """What axe-core has against the page as it is now, its frames included."""
    shown = [frame for frame in page.frames if frame == page.main_frame or frame.frame_element().is_visible()]
    return [barrier for frame in shown for barrier in _in_frame(frame)]
