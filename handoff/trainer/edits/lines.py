"""Lines of a YAML text, put in and taken out without touching the others. Knows nothing of the assistant."""

from __future__ import annotations

from collections.abc import Sequence


def inserted(text: str, line: int, new: Sequence[str]) -> str:
    """With `new` before `line`, or at the end; whether the last line is ended stays as it is."""
    lines = text.split("\n")
    end = len(lines) - (lines[-1] == "")
    lines[min(line, end) : min(line, end)] = new
    return "\n".join(lines)


def removed(text: str, first: int, end: int, *, with_gap: bool = False) -> str:
    lines = text.split("\n")
    if with_gap and end < len(lines) - 1 and not lines[end].strip():
        end += 1
    elif with_gap and end >= len(lines) - 1 and first > 0 and not lines[first - 1].strip():
        first -= 1
    del lines[first:end]
    return "\n".join(lines)
