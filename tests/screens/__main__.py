"""Makes the pictures: `python -m tests.screens [NAME ...] [--out FOLDER]`. A NAME is the beginning of states' names.

Each picture is `<state>--<view>.png`; `index.html` beside them shows them all.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from handoff.tooling import browser as chromium
from handoff.tooling import web
from tests.e2e.product import ROOT
from tests.screens.looking import look
from tests.screens.stage import Stage
from tests.screens.states import State
from tests.screens.table import STATES

OUT = ROOT / "results" / "screens"

INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title>
<style>body{{font:14px system-ui;margin:24px;background:#e8ecef;color:#17202a}}h2{{margin:32px 0 8px;font-size:16px}}
div{{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}}figure{{margin:0}}figcaption{{margin-top:4px}}
img{{display:block;max-height:560px;border:1px solid #b9c3cc}}</style>
{sections}</html>
"""


def take(stage: Stage, state: State, out: Path) -> list[str]:
    """The names of the pictures that were made."""
    page = state.arrange(stage)
    names = []
    for view in state.views:
        look(page, view)
        names.append(f"{state.name}--{view.name}.png")
        page.screenshot(path=out / names[-1], animations="disabled")
    return names


def index(pictures: dict[str, list[str]]) -> str:
    def figure(name: str) -> str:
        shown = html.escape(name.rpartition("--")[2].removesuffix(".png"))
        picture = f'<a href="{name}"><img src="{name}" alt="{shown}" loading="lazy"></a>'
        return f"<figure>{picture}<figcaption>{shown}</figcaption></figure>"

    return INDEX.format(
        sections="".join(
            f"<h2>{html.escape(state)}</h2><div>{''.join(map(figure, names))}</div>"
            for state, names in pictures.items()
        )
    )


def chosen(beginnings: list[str]) -> list[State]:
    found = [state for state in STATES.values() if not beginnings or state.name.startswith(tuple(beginnings))]
    if not found:
        sys.exit(f"byname: no state begins with {' or '.join(beginnings)}; there are {', '.join(STATES)}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--list", action="store_true", help="only the names of the states")
    options = parser.parse_args()
    states = chosen(options.names)
    if options.list:
        print("\n".join(state.name for state in states))
        return
    web.build()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    pictures: dict[str, list[str]] = {}
    failed: list[str] = []
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(os.environ), args=sandbox)
        stage = Stage(browser, Path(folder))
        for state in states:
            try:
                pictures[state.name] = take(stage, state, out)
                print(state.name, flush=True)
            except Exception as error:
                failed.append(state.name)
                print(f"{state.name}: {error}", file=sys.stderr, flush=True)
            stage.fresh()
        stage.close()
        browser.close()
    (out / "index.html").write_text(index(pictures), encoding="utf-8")
    count = sum(map(len, pictures.values()))
    print(
        f"{len(pictures)} states, {count} pictures in {time.monotonic() - began:.0f} s: {out / 'index.html'}"
    )
    if failed:
        sys.exit(f"byname: these states could not be reached: {', '.join(failed)}")


if __name__ == "__main__":
    main()
