"""Finds order, invoice and refund numbers in a message, by rule; and names what else `details` finds.

A number is named by its own form (`INV-2026-0117`, `R-5004`), by the word before it ("order no. 10023"), or by having
the five digits of an order. Other digits become a bare `number`, which a form takes when it asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.details import Detail, find_details

# What may stand between the word and the number: "order with the number: #10023", "Bestellung lautet 10023".
_BETWEEN = r"(?:\W{1,3}(?:with|the|my|is|no|nr|number|num|id|mit|der|die|ist|lautet|nummer|von|vom))*\W{0,4}?"
_END = r"(?![\w-]*\d)(?![.,]\d)(?!\s?(?:€|%|eur\b|euros?\b|cents?\b))"
_ORDER_WORD = (
    r"(?:orders?|bestellung(?:en)?|bestellnummer|auftrag|auftragsnummer|paket|parcel|package|lieferung)"
)
_INVOICE_WORD = r"(?:invoices?|bills?|rechnung(?:en|snummer)?)"
_REFUND_WORD = r"(?:refunds?|(?:rück)?erstattung(?:snummer)?|gutschrift)"
_POST_CODE = re.compile(
    r"(?:post\s?code|zip(?:\s?code)?|plz|postleitzahl)\W{0,3}(?:is|ist)?\W{0,3}$", re.IGNORECASE
)


@dataclass(frozen=True)
class _Rule:
    """One way to write a reference. A lower `rank` is the surer sign, and wins where several numbers are named."""

    entity: str
    rank: int
    pattern: re.Pattern[str]


def _rule(entity: str, rank: int, pattern: str) -> _Rule:
    return _Rule(entity, rank, re.compile(pattern, re.IGNORECASE))


_RULES = (
    _rule("invoice_number", 0, rf"\b(?P<value>INV[-\s]?20\d\d[-\s]?\d{{1,4}}|INV[-\s]?\d{{1,4}}){_END}"),
    _rule("refund_number", 0, rf"\b(?P<value>R[-\s]?\d{{4}}){_END}"),
    _rule("order_number", 0, rf"\b{_ORDER_WORD}{_BETWEEN}(?P<value>\d{{3,12}}){_END}"),
    _rule("invoice_number", 0, rf"\b{_INVOICE_WORD}{_BETWEEN}(?P<value>20\d\d-\d{{1,4}}|\d{{1,4}}){_END}"),
    _rule("refund_number", 0, rf"\b{_REFUND_WORD}{_BETWEEN}(?P<value>\d{{4}}){_END}"),
    _rule("order_number", 1, rf"#\s?(?P<value>\d{{3,12}}){_END}"),
    _rule("order_number", 2, rf"(?<![\w.,-])(?P<value>\d{{5}}){_END}"),
    _rule("number", 3, rf"(?<![\w.,-])(?P<value>20\d\d-\d{{1,4}}|\d{{3,12}}){_END}"),
)


@dataclass(frozen=True)
class Reference:
    """A number in a message: what it numbers, how the shop writes it, and where it stands."""

    entity: str
    value: str
    start: int
    end: int


def find_references(text: str, details: Iterable[Detail] = ()) -> list[Reference]:
    """The references in `text`, at most one of each kind: the surest, and of equally sure ones the last.

    The last, because who corrects a number names the right one last. The digits of `details` number nothing.
    """
    best: dict[str, tuple[int, Reference]] = {}
    for rank, reference in _all_references(text, details):
        known = best.get(reference.entity)
        if known is None or rank <= known[0]:
            best[reference.entity] = (rank, reference)
    return sorted((reference for _, reference in best.values()), key=lambda reference: reference.start)


def _all_references(text: str, details: Iterable[Detail]) -> Iterator[tuple[int, Reference]]:
    taken = [(detail.start, detail.end) for detail in details]
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, end = match.span("value")
            overlaps = any(start < other_end and other_start < end for other_start, other_end in taken)
            if overlaps or _POST_CODE.search(text[:start]):
                continue
            taken.append((start, end))
            yield (
                rule.rank,
                Reference(rule.entity, _as_written_by_shop(rule.entity, match["value"]), start, end),
            )


def _as_written_by_shop(entity: str, value: str) -> str:
    parts = re.findall(r"\d+", value)
    if entity == "refund_number":
        return f"R-{parts[0]}"
    if entity == "invoice_number" and value[0] in "iI":
        digits = "".join(parts)
        return f"INV-{digits[:4]}-{digits[4:].zfill(4)}" if len(digits) > 4 else f"INV-{digits}"
    return value


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ReferenceExtractor(EntityExtractorMixin, GraphComponent):
    """The Rasa component around `find_references` and `find_details`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReferenceExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            details = find_details(text)
            found = [
                {"entity": it.entity, "value": it.value, "start": it.start, "end": it.end, "confidence": 1.0}
                for it in (*find_references(text, details), *details)
            ]
            message.set(
                ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(found), add_to_output=True
            )
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to learn, and later components look at no entity."""
        return training_data
