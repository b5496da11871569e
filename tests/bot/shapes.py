"""`python -m tests.bot.shapes INTENTS SENTENCES`: writes a set for `make score` of so many intents, with so many
sentences of each to learn from and ten more to test with: to see what learning costs at the size of published sets.

Made of `sets/telephone_en.txt`, words of our own. What is beyond its size are variations by rule, which are easier than
what people write: the time and the memory say something, the share of right answers does not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

TELEPHONE = Path(__file__).parent / "sets" / "telephone_en.txt"
TESTED = 10
SHOTS = 10

_BEFORE = (
    "",
    "hi, ",
    "hello there, ",
    "please help: ",
    "quick question, ",
    "so ",
    "good morning, ",
    "um ",
    "hey ",
)
_AFTER = (
    "",
    " please",
    " thanks",
    " asap",
    ", can you help",
    " as soon as you can",
    ", what now",
    " today",
    " !!",
)
_KINDS = (
    "",
    "on my second line",
    "for my mother",
    "at the office",
)  # the same wish about another thing: another intent


def telephone() -> dict[str, list[str]]:
    """The sentences of each intent, as they stand in the file."""
    sentences: dict[str, list[str]] = {}
    for line in TELEPHONE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            sentences[line[2:]] = []
        elif line and not line.startswith("#"):
            sentences[list(sentences)[-1]].append(line)
    return sentences


def few_shot_rows(shift: int) -> Iterator[dict[str, str]]:
    """Ten sentences of each intent to learn from, the others to test with; which ones, `shift` says."""
    for intent, sentences in telephone().items():
        for place in range(len(sentences)):
            text = sentences[(place + shift * (len(sentences) - SHOTS)) % len(sentences)]
            yield {"text": text, "intent": intent, "split": "train" if place < SHOTS else "test"}


def shaped_rows(intents: int, sentences: int) -> Iterator[dict[str, str]]:
    written = telephone()
    chosen = islice(((name, kind) for kind in _KINDS for name in written), intents)
    for name, kind in chosen:
        intent = "_".join([name, *kind.split()])
        variations = (
            f"{before}{text} {kind}".rstrip() + after
            for turn in count()
            for number, text in enumerate(written[name])
            for before, after in [_around(turn, number)]
        )
        for place, text in enumerate(islice(variations, sentences + TESTED)):
            yield {"text": text, "intent": intent, "split": "train" if place < sentences else "test"}


def _around(turn: int, number: int) -> tuple[str, str]:
    place = turn + number * len(_BEFORE)
    return _BEFORE[place % len(_BEFORE)], _AFTER[place // len(_BEFORE) % len(_AFTER)]


def main() -> None:
    intents, sentences = (int(one) for one in sys.argv[1:3])
    for row in shaped_rows(intents, sentences):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
