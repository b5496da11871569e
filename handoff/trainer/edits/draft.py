"""The texts while an edit is carried out, and what it may ask of them at each step."""

from __future__ import annotations

from collections.abc import Mapping

from handoff.domain.errors import conflict, not_found
from handoff.trainer.dataset import WITHOUT_SENTENCES, Dataset, read
from handoff.trainer.marks import BadFile


class Draft:
    """`texts` change step by step; `protected` are intents that code knows by name, `measured` the language and folded
    text of every sentence that the detector of requests for a person is measured on."""

    def __init__(
        self,
        texts: Mapping[str, str],
        protected: frozenset[str],
        measured: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.texts = dict(texts)
        self.measured = measured
        self._protected = protected

    @property
    def dataset(self) -> Dataset:
        found = read(self.texts)
        if found.broken:
            path, why = next(iter(found.broken.items()))
            raise BadFile(f"{path}: {why}")
        return found

    def known_intent(self, name: str) -> None:
        if name not in self.dataset.intents:
            raise not_found(f"There is no intent {name}.")

    def teachable(self, name: str) -> None:
        self.known_intent(name)
        if name in WITHOUT_SENTENCES:
            raise conflict(f"{name} has no sentences: the assistant says it of itself when it is unsure.")

    def unprotected(self, name: str) -> None:
        self.known_intent(name)
        if name in self._protected:
            raise conflict(f"{name} is known by name to the program, and keeps it.")
