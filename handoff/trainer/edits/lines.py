"""Lines of a YAML text, put in and taken out without touching the others. Knows nothing of the assistant."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import Node


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def end_line(text: str, node: Node) -> int:
    """The line after a node's last one: blank lines, and comments that belong to what follows, are not its own."""
    lines = text.split("\n")
    end = text.count("\n", 0, node.end_mark.index)
    if node.end_mark.index and text[: node.end_mark.index].rsplit("\n", 1)[-1].strip():
        end += 1
    while end > node.start_mark.line + 1:
        last = lines[end - 1]
        foreign = last.lstrip().startswith("#") and indent_of(last) < max(node.start_mark.column, 1)
        if last.strip() and not foreign:
            break
        end -= 1
    return end


def inserted(text: str, line: int, new: Sequence[str]) -> str:
    lines = text.split("\n")
    if line >= len(lines) and lines[-1] != "":
        lines.append("")
    if line == len(lines):
        line -= 1  # before the empty piece after the last line break
    lines[line:line] = new
    if lines[-1] != "":
        lines.append("")
    return "\n".join(lines)


def removed(text: str, first: int, end: int, *, with_gap: bool = False) -> str:
    lines = text.split("\n")
    if with_gap and end < len(lines) - 1 and not lines[end].strip():
        end += 1
    elif with_gap and end >= len(lines) - 1 and first > 0 and not lines[first - 1].strip():
        first -= 1
    del lines[first:end]
    return "\n".join(lines)
