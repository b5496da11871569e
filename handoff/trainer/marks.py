"""Reads YAML together with the place of everything in it, so that an edit changes the meant lines and no others.

What the assistant's files have no use for is refused before anything is made of it: tags, anchors, several documents,
keys that stand twice, nesting and sizes beyond reason, and `${NAME}`, which Rasa would fill from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

FILE_BYTES_MAX = 2_000_000  # the largest of ours has 60 kB
DEPTH_MAX = 20
VALUES_MAX = 200_000
_ENVIRONMENT = re.compile(r"\$\{")
# Control characters, and those that show lines in another order than they are read in: a review would not see it.
UNPRINTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


class BadFile(ValueError):
    """Why a text cannot be a file of the assistant: for people to read, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A piece of a text: from `start` up to `end`, counted in characters; `line` counts from 0."""

    start: int
    end: int
    line: int


def checked_text(text: str) -> str:
    """`text` itself. Raises `BadFile` for one that is too large, or has characters that nobody sees."""
    if len(text.encode("utf-8", "surrogatepass")) > FILE_BYTES_MAX:
        raise BadFile(f"It is larger than {FILE_BYTES_MAX:,} bytes.")
    if (found := UNPRINTED.search(text)) is not None:
        raise BadFile(f"Line {text.count(chr(10), 0, found.start()) + 1}: a control character.")
    return text


@lru_cache(maxsize=256)
def compose(text: str) -> MappingNode:
    """The tree of a file, which nobody changes. Raises `BadFile`."""
    checked_text(text)
    if (found := _ENVIRONMENT.search(text)) is not None:
        raise BadFile(
            f"Line {text.count(chr(10), 0, found.start()) + 1}: ${{...}} would be filled from the environment."
        )
    try:
        root = _Tree(text).root
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"Line {mark.line + 1}: "
        raise BadFile(f"{where}{getattr(error, 'problem', None) or 'this is not YAML'}.") from error
    except (RecursionError, ValueError, AssertionError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile("This is not YAML that can be read.") from error
    if not isinstance(root, MappingNode):
        raise BadFile("It must begin with keys such as version.")
    _no_key_twice(root)
    return root


class _Tree:
    """Made from the parser's events, one by one, so that nothing is built of what is refused."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self._open: list[tuple[Event, list[Node]]] = []
        self._values = 0
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1 or event.tags or event.version:
                    raise BadFile(f"Line {line}: one document a file, and no directives.")
            elif isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise BadFile(f"Line {line}: anchors and aliases (& and *) are not used here.")
            elif getattr(event, "ctag", None) and str(event.ctag):
                raise BadFile(f"Line {line}: tags (!) are not used here.")
            else:
                self._take(event)
            if len(self._open) > DEPTH_MAX or self._values > VALUES_MAX:
                raise BadFile(f"Line {line}: nested too deep, or too much.")

    def _take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            # Whether it was in quotes is all that tells the text "true" from the truth.
            tag = "plain" if event.implicit[0] else "text"
            self._add(ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._open.append((event, []))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            start, found = self._open.pop()
            marks = (start.start_mark, event.end_mark)
            if isinstance(event, SequenceEndEvent):
                self._add(SequenceNode("list", found, *marks))
            else:
                pairs = list(zip(found[::2], found[1::2], strict=True))
                self._add(MappingNode("map", pairs, *marks))

    def _add(self, node: Node) -> None:
        self._values += 1
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node


def _no_key_twice(node: Node) -> None:
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise BadFile(f"Line {key.start_mark.line + 1}: a key must be a word.")
            if key.value in seen:
                raise BadFile(f"Line {key.start_mark.line + 1}: {key.value!r} stands twice.")
            seen.add(key.value)
            _no_key_twice(value)
    elif isinstance(node, SequenceNode):
        for one in node.value:
            _no_key_twice(one)


def spot(node: Node) -> Spot:
    return Spot(node.start_mark.index, node.end_mark.index, node.start_mark.line)


def items(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    if isinstance(node, MappingNode):
        yield from node.value


def get(node: Node | None, key: str) -> Node | None:
    return next((value for name, value in items(node) if name.value == key), None)


def text_of(node: Node | None) -> str | None:
    return str(node.value) if isinstance(node, ScalarNode) else None


def elements(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


def scalars(node: Node, key: str | None = None) -> Iterator[tuple[str | None, ScalarNode]]:
    """Every scalar that is a value, with the key that it, or its list, stands under."""
    if isinstance(node, ScalarNode):
        yield key, node
    for name, value in items(node):
        yield from scalars(value, str(name.value))
    for one in elements(node):
        yield from scalars(one, key)


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def end_line(text: str, node: Node, key: Node | None = None) -> int:
    """The line after a node's last one: blank lines are not its own, nor remarks that stand left of it, or no deeper
    than its `key`."""
    column = max(node.start_mark.column if key is None else key.start_mark.column + 1, 1)
    lines = text.split("\n")
    end = text.count("\n", 0, node.end_mark.index)
    if node.end_mark.index and text[: node.end_mark.index].rsplit("\n", 1)[-1].strip():
        end += 1
    while end > node.start_mark.line + 1:
        last = lines[end - 1]
        foreign = last.lstrip().startswith("#") and indent_of(last) < column
        if last.strip() and not foreign:
            break
        end -= 1
    return end


def in_brackets(text: str, node: Node) -> bool:
    """Whether a list or a mapping is written in one piece, as in [a, b]."""
    return text[node.start_mark.index : node.start_mark.index + 1] in ("[", "{")


def replaced(text: str, pieces: list[tuple[Spot, str]]) -> str:
    """`text` with each piece replaced; they must not overlap."""
    for place, new in sorted(pieces, key=lambda one: one[0].start, reverse=True):
        text = text[: place.start] + new + text[place.end :]
    return text


def with_text(text: str, node: ScalarNode, new: str) -> str:
    """`text` with `new` as the value of a scalar, however it was written; a remark beside it stays."""
    start, end = node.start_mark.index, node.end_mark.index
    if node.style not in ("|", ">"):
        return text[:start] + new + text[end:]
    lines = text.split("\n")
    first = node.start_mark.line
    _, sign, remark = lines[first][node.start_mark.column :].partition(" #")
    last = first + 1
    outer = len(lines[first]) - len(lines[first].lstrip(" -"))  # where the key stands
    while last < len(lines) - 1 and (not lines[last].strip() or indent_of(lines[last]) > outer):
        last += 1
    while last > first + 1 and not lines[last - 1].strip():
        last -= 1
    head = lines[first][: node.start_mark.column] + new + sign + remark
    return "\n".join([*lines[:first], head, *lines[last:]])
