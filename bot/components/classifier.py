"""Names the intent of a message, or says that it does not know: the Rasa component around `learning`.

A message that is like nothing in `data/nlu` becomes `out_of_scope`: refused. A familiar one that two intents claim
almost alike becomes `nlu_fallback`: understood, but not which of the first two of the ranking. Sentences of
`out_of_scope` in `data/nlu` are no class of their own; they only show what is refused.
"""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasa.shared.utils.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.components.embedding import TEXT_CHARS_MAX, Emphasis, Encoders, open_encoders
from bot.components.language import FOREIGN_KEY, OUTPUT_KEY, example_language
from bot.components.learning import Report, Verdict, Weights, judge, learn, name_in_words
from bot.components.letters import count
from bot.components.spoken import learn_words, standard

logger = logging.getLogger(__name__)

OUT_OF_SCOPE = "out_of_scope"
ALSO_KEY = (
    "also_asked"  # in the parse of a message: intents that a part of it is about, beside that of the whole
)

# A message of two wishes is understood as one of them. Its parts are looked at by themselves, and a part counts when it
# is surer than most whole messages are: who tells what happened before asking has one wish only.
_PART_CHANCE_MIN = 0.9
_STORY_CHANCE_MIN = 0.7  # the same for one that agrees with a message that is like nothing that is known
_PART_WORDS_MIN = 3
_PARTS_MAX = 4
_SEAM = re.compile(r"[.!?;\n]+\s|,?\s+(?:and|und|sowie|also|außerdem|plus)\s+|,\s+", re.IGNORECASE)

_ENGLISH = "en"
_GERMAN = "de"
_ANY = "any"  # messages in German, and in every other language


@dataclass(frozen=True)
class _Sentence:
    """One to learn from: a customer's of `data/nlu`, or the name of an intent."""

    text: str
    intent: str
    language: str
    is_name: bool = False


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingClassifier(IntentClassifier, GraphComponent):
    """Two sets of weights: for English messages, learned from English sentences; for all others, learned from all."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        weights: dict[str, Weights],
        emphasis: Emphasis,
        words: dict[str, str],
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._encoders: Encoders = open_encoders(config["encoder"], config["english_encoder"])
        self._weights = weights
        self._emphasis = emphasis
        self._words = words

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "encoder": "use-multilingual-v3",
            "english_encoder": None,  # beside the other one, for messages in English
            "keep": 0.95,  # share of known messages that shall be answered
            "ask": 0.07,  # share of known messages that may be answered with "did you mean A or B?"
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmbeddingClassifier:
        return cls(config, model_storage, resource, {}, Emphasis(), {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # part of Rasa's signature
    ) -> EmbeddingClassifier:
        weights = {}
        with model_storage.read_from(resource) as directory:
            for reader in (_ENGLISH, _ANY):
                with np.load(directory / f"weights-{reader}.npz") as arrays:
                    scalars = rasa.shared.utils.io.read_json_file(directory / f"scalars-{reader}.json")
                    weights[reader] = Weights(**{name: arrays[name] for name in arrays.files}, **scalars)
            with np.load(directory / "emphasis.npz") as arrays:
                emphasis = Emphasis(**{name: arrays[name] for name in arrays.files})
            words = rasa.shared.utils.io.read_json_file(directory / "words.json")
        return cls(config, model_storage, resource, weights, emphasis, words)

    def train(self, training_data: TrainingData) -> Resource:
        sentences = [
            _Sentence(it.get(TEXT), it.get(INTENT), example_language(it))
            for it in training_data.intent_examples
        ]
        intents = sorted({it.intent for it in sentences} - {OUT_OF_SCOPE})
        sentences += [_Sentence(name_in_words(it), it, _ENGLISH, is_name=True) for it in intents]
        in_english = np.array([it.language == _ENGLISH for it in sentences], dtype=bool)
        self._words = learn_words(it.text for it in sentences if it.language == _GERMAN)
        texts = [standard(it.text, self._words) if it.language == _GERMAN else it.text for it in sentences]
        self._emphasis = self._encoders.emphasis(texts, in_english)
        vectors, english_vectors = self._encoders.encode_all(texts, in_english, self._emphasis)
        letters = count(texts)
        english = [it for it in sentences if it.language == _ENGLISH]
        others = in_english.all() or ~in_english  # whose figures those of all languages are
        # Side by side: what takes long in either computes outside Python's lock.
        with ThreadPoolExecutor(2, thread_name_prefix="learning") as readers:
            learned = {
                _ENGLISH: readers.submit(self._learn, english, english_vectors, letters[in_english], True),
                _ANY: readers.submit(self._learn, sentences, vectors, letters, others),
            }
        for reader, result in learned.items():
            weights, report, confused = result.result()
            self._weights[reader] = weights
            self._save(reader, weights, vars(report) | {"confused": confused})
            _tell(reader, report)
        with self._model_storage.write_to(self._resource) as directory:
            np.savez(directory / "emphasis.npz", **vars(self._emphasis))
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / "words.json", self._words)
        return self._resource

    def _learn(
        self,
        sentences: list[_Sentence],
        vectors: np.ndarray,
        letters: csr_matrix,
        measured: np.ndarray | bool,
    ) -> tuple[Weights, Report, list[dict[str, str]]]:
        """From `sentences`; the levels are such as suit the `measured` ones. With it, what was confused."""
        foreign = np.array([it.intent == OUT_OF_SCOPE for it in sentences], dtype=bool)
        said = np.array([not it.is_name for it in sentences], dtype=bool)
        known = [it for it, is_foreign in zip(sentences, foreign, strict=True) if not is_foreign]
        intents = [it.intent for it in known]
        weights, report = learn(
            vectors[~foreign],
            intents,
            vectors[foreign],
            letters[~foreign],
            letters[foreign],
            keep=self._config["keep"],
            ask=self._config["ask"],
            measured=(said & measured)[~foreign],
        )
        confused = [
            {"text": known[i].text, "intent": known[i].intent, "taken_for": name}
            for i, name in report.confused
        ]
        return weights, report, confused

    def _save(self, reader: str, weights: Weights, report: dict[str, Any]) -> None:
        arrays = {name: value for name, value in vars(weights).items() if isinstance(value, np.ndarray)}
        scalars = {name: value for name, value in vars(weights).items() if name not in arrays}
        with self._model_storage.write_to(self._resource) as directory:
            np.savez(directory / f"weights-{reader}.npz", **arrays)
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / f"scalars-{reader}.json", scalars)
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / f"report-{reader}.json", report)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if not self._weights:
            raise RuntimeError("the classifier was not trained")
        for in_english in (True, False):
            some = [it for it in messages if _is_english(it) is in_english]
            if not some:
                continue
            texts = [[text := self._as_written(message), *parts_of(text)] for message in some]
            verdicts = iter(self._judge([one for several in texts for one in several], in_english))
            for message, several in zip(some, texts, strict=True):
                verdict, *parts = (next(verdicts) for _ in several)
                sure = surely_asked(parts)
                name, confidence = decide_by_parts(verdict, parts)
                ranking = [{"name": intent, "confidence": chance} for intent, chance in verdict.ranking]
                message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
                message.set(ALSO_KEY, also_asked(name, sure), add_to_output=True)
        return messages

    def _as_written(self, message: Message) -> str:
        text = (message.get(TEXT) or "")[:TEXT_CHARS_MAX]
        return standard(text, self._words) if _is_german(message) else text

    def _judge(self, texts: list[str], in_english: bool) -> list[Verdict]:
        encode = self._encoders.encode_english if in_english else self._encoders.encode
        return judge(
            encode(texts, self._emphasis), count(texts), self._weights[_ENGLISH if in_english else _ANY]
        )


def parts_of(text: str) -> list[str]:
    """The clauses of a message that may hold more than one wish; none of one that has a single clause.

    Of many the last ones: a story comes before the wish that it leads to.
    """
    parts = [part for part in _SEAM.split(text[:TEXT_CHARS_MAX]) if len(part.split()) >= _PART_WORDS_MIN]
    return parts[-_PARTS_MAX:] if len(parts) > 1 else []


def surely_asked(parts: list[Verdict], chance_min: float = _PART_CHANCE_MIN) -> dict[str, float]:
    """What parts of a message ask, in their order, and how sure that is; only what is surer than most messages are."""
    found: dict[str, float] = {}
    for verdict in parts:
        if verdict.is_familiar and verdict.confidence >= chance_min:
            found.setdefault(verdict.ranking[0][0], verdict.confidence)
    return found


def also_asked(intent: str, sure: dict[str, float]) -> list[str]:
    """What is surely asked beside the `intent` of a message; nothing unless that is surely asked too."""
    return [name for name in sure if name != intent] if intent in sure else []


def _is_english(message: Message) -> bool:
    return message.get(OUTPUT_KEY) == _ENGLISH and not message.get(FOREIGN_KEY)


def _is_german(message: Message) -> bool:
    return message.get(OUTPUT_KEY) == _GERMAN and not message.get(FOREIGN_KEY)


def decide_by_parts(verdict: Verdict, parts: list[Verdict]) -> tuple[str, float]:
    """As `decide`, but a part that is sure of what the whole message may mean speaks for it."""
    name, confidence = decide(verdict)
    if name == DEFAULT_NLU_FALLBACK_INTENT_NAME:  # there are two wishes, each of them clear
        sure = surely_asked(parts)
        first = verdict.ranking[0][0]
        return (first, sure[first]) if first in sure else (name, confidence)
    if name == OUT_OF_SCOPE:  # a story, and somewhere in it the wish
        sure = surely_asked(parts, _STORY_CHANCE_MIN)
        may_mean = [first for first, _ in verdict.ranking[:2] if first in sure]
        if len(may_mean) == 1:
            return may_mean[0], sure[may_mean[0]]
    return name, confidence


def decide(verdict: Verdict) -> tuple[str, float]:
    """The intent and how sure that is; for the two that are none, how sure it is that there is no better answer."""
    if not verdict.is_familiar:
        return OUT_OF_SCOPE, 1.0 - verdict.confidence
    if not verdict.is_clear:
        return DEFAULT_NLU_FALLBACK_INTENT_NAME, 1.0 - verdict.confidence
    return verdict.ranking[0][0], verdict.confidence


def _tell(reader: str, report: Report) -> None:
    logger.info(
        f"{'English' if reader == _ENGLISH else 'other'} messages on held-back folds: {report.accuracy:.1%} right, "
        f"{report.wrong_answers:.1%} answered wrongly, {report.unclear:.1%} unclear; {report.kept:.1%} kept while "
        f"{report.refused:.1%} of out of scope refused"
    )
