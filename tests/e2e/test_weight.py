"""What a host page has to load for the widget: the built files, as they are served."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

WIDGET = Path(__file__).resolve().parents[2] / "webchat" / "dist" / "widget"


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
