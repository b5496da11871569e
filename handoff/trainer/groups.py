"""Puts messages together that ask for about the same. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

from handoff.trainer.findings import Finding
from handoff.trainer.masking import STAND_INS

ALIKE = 0.36  # tried on pretend messages: below it, groups hold two subjects
_STEM_LETTERS = 5
_COMMON = frozenset(
    "the and you your for can how what with have does are this that was not but from they will would could please "
    "ich und sie der die das den dem ein eine einen mir mein meine kann wie was ist nicht mit für auf bei von zum zur "
    "man noch mal bitte haben habe wird werden auch wenn aber oder there their about just need want hello hallo".split()
)


@dataclass(slots=True)
class Group:
    """`findings[0]` is the one that the others are like."""

    findings: list[Finding]
    _centre: _Sketch = field(repr=False)

    @property
    def cost(self) -> float:
        return sum(one.cost for one in self.findings)


@dataclass(frozen=True, slots=True)
class _Sketch:
    stems: frozenset[str]
    grams: Counter[str]
    length: float
    intents: dict[str, float]


def _sketch(finding: Finding) -> _Sketch:
    text = finding.text
    for stand_in in STAND_INS:  # what two customers have in common is not that both named themselves
        text = text.replace(stand_in, " ")
    words = re.findall(r"\w+", text.casefold())
    stems = frozenset(word[:_STEM_LETTERS] for word in words if len(word) > 2 and word not in _COMMON)
    joined = f" {' '.join(words)} "
    grams = Counter(joined[place : place + 3] for place in range(len(joined) - 2))
    return _Sketch(
        stems, grams, sqrt(sum(count * count for count in grams.values())) or 1.0, dict(finding.ranking[:3])
    )


def _likeness(one: _Sketch, other: _Sketch) -> float:
    shared = one.stems & other.stems
    by_words = len(shared) / (min(len(one.stems), len(other.stems)) or 1)
    by_letters = sum(count * other.grams[gram] for gram, count in one.grams.items()) / (
        one.length * other.length
    )
    by_meaning = sum(min(share, other.intents.get(name, 0.0)) for name, share in one.intents.items())
    if not one.intents or not other.intents:  # the assistant was not asked: the words alone decide
        return 0.56 * by_words + 0.44 * by_letters
    return 0.45 * by_words + 0.35 * by_letters + 0.2 * by_meaning


def group(findings: Sequence[Finding]) -> list[Group]:
    """The most costly group first, and in it the most costly finding. The same findings give the same groups."""
    groups: list[Group] = []
    for finding in sorted(findings, key=lambda one: (-one.cost, one.id)):
        sketch = _sketch(finding)
        nearest = max(groups, key=lambda one: _likeness(sketch, one._centre), default=None)
        if nearest is not None and _likeness(sketch, nearest._centre) >= ALIKE:
            nearest.findings.append(finding)
        else:
            groups.append(Group([finding], sketch))
    return sorted(groups, key=lambda one: (-one.cost, one.findings[0].id))
