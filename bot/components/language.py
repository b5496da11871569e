"""Tells English from German, learned from our own training sentences.

A message is scored by its letter sequences, on top of a prior: the language of the conversation so far, or the
customer's locale. So "10023" or "ok" changes nothing, and a clear sentence does at once.

A sentence in a third language is noticed by how few of its letter sequences stand in any of ours; it leaves the
language of the answer as it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import rasa.shared.utils.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LANGUAGES = ("en", "de")
PRIOR_KEY = "language_prior"  # in the metadata of a message
OUTPUT_KEY = "language"
FOREIGN_KEY = "foreign_language"  # true in the parse of a message that is neither English nor German

_PRIOR_LOG_ODDS = 3.0  # about one clear word: more than "ok", less than a short sentence
_GRAM_LENGTHS = (1, 2, 3, 4)
_GRAM_MIN_COUNT = 2
_GRAM_LOG_ODDS_MAX = 2.5  # no single letter sequence decides alone
_TEXT_CHARS_MAX = 400
# Of the sequences of four letters in new English and German sentences 62 % and more are known, but for one sentence in
# a hundred; of those in other languages mostly a fifth, and in one sentence of twelve as many.
_FOREIGN_LENGTHS = (1, 4)  # single letters tell of another script
_FOREIGN_KNOWN_MAX = 0.62
_FOREIGN_GRAMS_MIN = 6  # two or three words: fewer may be a name
_WORD = re.compile(r"[^\W\d_]+")


def _grams(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text[:_TEXT_CHARS_MAX].lower()):
        padded = f" {word} "
        for length in _GRAM_LENGTHS:
            for start in range(len(padded) - length + 1):
                counts[padded[start : start + length]] += 1
    del counts[" "]
    return counts


def learn_log_odds(sentences: dict[str, list[str]]) -> dict[str, float]:
    """How much each letter sequence speaks for German (above zero) or English (below), in nats, smoothed."""
    counts = {language: Counter[str]() for language in LANGUAGES}
    for language in LANGUAGES:
        for sentence in sentences[language]:
            counts[language].update(_grams(sentence))
    english, german = counts["en"], counts["de"]
    known = {gram for gram, count in (english + german).items() if count >= _GRAM_MIN_COUNT}
    english_total = sum(english.values()) + len(known)
    german_total = sum(german.values()) + len(known)
    log_odds = {}
    for gram in sorted(known):
        odds = math.log((german[gram] + 1) / german_total) - math.log((english[gram] + 1) / english_total)
        log_odds[gram] = round(max(-_GRAM_LOG_ODDS_MAX, min(_GRAM_LOG_ODDS_MAX, odds)), 3)
    return log_odds


def detect(text: str, prior: str, log_odds: dict[str, float]) -> str:
    """The language of `text`, one of `LANGUAGES`. `prior` is what it is taken for when the text says little."""
    score = _PRIOR_LOG_ODDS if prior == "de" else -_PRIOR_LOG_ODDS
    # Sequences of several lengths overlap, so each says only a part of its own evidence.
    score += sum(log_odds.get(gram, 0.0) * count for gram, count in _grams(text).items()) / len(_GRAM_LENGTHS)
    return "de" if score > 0 else "en"


def is_foreign(text: str, log_odds: dict[str, float]) -> bool:
    """Whether `text` is in neither of `LANGUAGES`, as far as that can be told."""
    counts = _grams(text)
    for length in _FOREIGN_LENGTHS:
        some = {gram: count for gram, count in counts.items() if len(gram) == length and gram != " "}
        known = sum(count for gram, count in some.items() if gram in log_odds)
        if sum(some.values()) >= _FOREIGN_GRAMS_MIN and known < _FOREIGN_KNOWN_MAX * sum(some.values()):
            return True
    return False


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class LanguageDetector(GraphComponent):
    """Writes `language` and `foreign_language` into the parse of a message.

    Training sentences carry `language` in their metadata.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, log_odds: dict[str, float]) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._log_odds = log_odds

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls(model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # part of Rasa's signature
    ) -> LanguageDetector:
        with model_storage.read_from(resource) as directory:
            log_odds = rasa.shared.utils.io.read_json_file(directory / "log_odds.json")
        return cls(model_storage, resource, log_odds)

    def train(self, training_data: TrainingData) -> Resource:
        sentences: dict[str, list[str]] = {language: [] for language in LANGUAGES}
        for example in training_data.intent_examples:
            sentences[example_language(example)].append(example.get(TEXT))
        self._log_odds = learn_log_odds(sentences)
        with self._model_storage.write_to(self._resource) as directory:
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / "log_odds.json", self._log_odds)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            prior = (message.get("metadata") or {}).get(PRIOR_KEY, LANGUAGES[0])
            text = message.get(TEXT) or ""
            foreign = is_foreign(text, self._log_odds)
            language = prior if foreign else detect(text, prior, self._log_odds)
            message.set(OUTPUT_KEY, language, add_to_output=True)
            message.set(FOREIGN_KEY, foreign, add_to_output=True)
        return messages


def example_language(example: Message) -> str:
    """The language of a training sentence. Raises ValueError when its block of `data/nlu` does not say one."""
    language = ((example.get("metadata") or {}).get("intent") or {}).get("language")
    if language not in LANGUAGES:
        raise ValueError(
            f"the training sentence {example.get(TEXT)!r} of intent {example.get('intent')!r} lacks a language: "
            f"its block needs `metadata: {{language: en}}` or `de`"
        )
    return str(language)
