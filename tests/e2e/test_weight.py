"""What a host page has to load for the widget: the built files, as they are served."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

from handoff.tooling import node

WEBCHAT = Path(__file__).resolve().parents[2] / "webchat"
WIDGET = WEBCHAT / "dist" / "widget"


def kilobytes(*files: Path) -> float:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1024


def test_loader_is_at_most_3_kb_and_the_widget_at_most_40() -> None:
    page = WIDGET / "index.html"
    named = re.findall(r'(?:src|href)="(\./[^"]+)"', page.read_text(encoding="utf-8"))
    assert len(named) >= 2

    assert kilobytes(WIDGET / "loader.js") <= 3
    assert kilobytes(page, *(WIDGET / one for one in named)) <= 40


def test_the_widget_asks_nobody_else() -> None:
    for file in (*WIDGET.glob("*.html"), *WIDGET.rglob("*.css"), *WIDGET.rglob("*.js")):
        asked = re.findall(
            r'(?:src|href)="(https?:[^"]+)"|url\(["\']?(https?:[^)"\']+)', file.read_text("utf-8")
        )
        assert asked == [], f"{file.name}: {asked}"


def test_build_that_is_too_big_says_so_fails_and_leaves_what_was_there(tmp_path: Path) -> None:
    shutil.copytree(
        WEBCHAT, tmp_path, ignore=shutil.ignore_patterns("node_modules", "dist"), dirs_exist_ok=True
    )
    (tmp_path / "node_modules").symlink_to(WEBCHAT / "node_modules")
    (tmp_path / "dist" / "widget").mkdir(parents=True)
    (tmp_path / "dist" / "widget" / "loader.js").write_text("of before")
    script = (tmp_path / "build.mjs").read_text("utf-8")
    assert "loader: 3," in script and "widget: 40," in script
    (tmp_path / "build.mjs").write_text(script.replace("loader: 3,", "loader: 1,"), encoding="utf-8")

    built = subprocess.run(
        ["node", "build.mjs"],
        cwd=tmp_path,
        env=node.environ_with_node(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert built.returncode != 0
    assert re.search(r"^loader +[\d.]+ kB gzip of 1 kB  TOO BIG$", built.stdout, re.MULTILINE), built.stdout
    assert re.search(r"^widget +[\d.]+ kB gzip of 40 kB$", built.stdout, re.MULTILINE)
    assert (tmp_path / "dist" / "widget" / "loader.js").read_text() == "of before"
