"""Names the intent of a message, or says that it does not know: sentence embedding and logistic regression.

Two scores are learned from held-back folds of the training data, so that they mean something:

* `confidence` is a probability: of messages with 0.8, about eight in ten were right (temperature scaling).
* *familiarity* says how much a message is like anything in the training data: the largest logit plus the likeness to
  the nearest training sentences. Below the level that `keep` of the known messages exceed, a message is refused as
  `out_of_scope`. Sentences of that intent in `data/nlu` are no class; they only show what the level refuses.

A familiar message that two intents claim almost alike becomes `nlu_fallback`: understood, but not which of the two.
"""

from __future__ import annotations

import logging
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
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.components.embedding import SentenceEncoder, open_encoder

logger = logging.getLogger(__name__)

OUT_OF_SCOPE = "out_of_scope"
RANKING_LENGTH = 5

_FOLDS = 5
_SEED = 0
_ITERATIONS_MAX = 300
_TEMPERATURES = np.geomspace(0.2, 2.0, 40)


@dataclass(frozen=True)
class Weights:
    """All that is learned. Rows of `coefficients` and `intercepts` belong to `intents`, in that order."""

    intents: list[str]
    coefficients: np.ndarray
    intercepts: np.ndarray
    neighbours: np.ndarray  # the training sentences' vectors
    temperature: float
    logit_scale: float
    likeness_scale: float
    familiarity_min: float


@dataclass(frozen=True)
class Verdict:
    """What is thought of one sentence: intents with their probabilities, best first, and whether it is familiar."""

    ranking: list[tuple[str, float]]
    familiarity: float


@dataclass(frozen=True)
class Report:
    """Figures of the held-back folds, written beside the weights for who looks after the data."""

    accuracy: float
    kept: float  # share of known messages that are familiar enough
    refused: float  # share of the out-of-scope sentences that are not
    unclear: float  # share of known messages that two intents claim almost alike
    wrong_answers: float  # share of known messages that would get a wrong answer
    confused: list[tuple[int, str]]  # index of a known message, and what it was taken for while held back


def likeness(vectors: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Mean cosine to the three nearest neighbours: one alone may be a slip in the data."""
    cosines = vectors @ neighbours.T
    nearest = min(3, cosines.shape[1])
    return np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)


def probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = logits / temperature
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def judge(vectors: np.ndarray, weights: Weights) -> list[Verdict]:
    logits = vectors @ weights.coefficients.T + weights.intercepts
    chances = probabilities(logits, weights.temperature)
    familiarity = (
        logits.max(axis=1) / weights.logit_scale
        + likeness(vectors, weights.neighbours) / weights.likeness_scale
    )
    verdicts = []
    for row, familiar in zip(chances, familiarity, strict=True):
        best = np.argsort(-row)[:RANKING_LENGTH]
        verdicts.append(Verdict([(weights.intents[i], float(row[i])) for i in best], float(familiar)))
    return verdicts


def learn(
    vectors: np.ndarray,
    intents: list[str],
    foreign: np.ndarray,
    *,
    strength: float,
    keep: float,
    margin: float,
) -> tuple[Weights, Report]:
    """Weights for new messages, and figures of how they did on held-back folds.

    `foreign` holds the vectors of the out-of-scope sentences. `keep` is the share of known messages that shall be
    familiar enough, `margin` the least lead of the best intent over the second.
    """
    names, truth = np.unique(intents, return_inverse=True)
    held_back = _hold_back(vectors, truth, foreign, strength)
    logit_scale = float(held_back.logits.max(axis=1).std())
    likeness_scale = float(held_back.likeness.std())
    familiarity = held_back.logits.max(axis=1) / logit_scale + held_back.likeness / likeness_scale
    model = _fit(vectors, truth, strength)
    weights = Weights(
        intents=[str(name) for name in names],
        coefficients=model.coef_.astype(np.float32),
        intercepts=model.intercept_.astype(np.float32),
        neighbours=vectors,
        temperature=_best_temperature(held_back.logits, truth),
        logit_scale=logit_scale,
        likeness_scale=likeness_scale,
        familiarity_min=float(np.quantile(familiarity, 1 - keep)),
    )

    best_two = np.sort(probabilities(held_back.logits, weights.temperature), axis=1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] >= margin
    familiar = familiarity >= weights.familiarity_min
    wrong = held_back.logits.argmax(axis=1) != truth
    foreign_familiarity = held_back.foreign_logits / logit_scale + held_back.foreign_likeness / likeness_scale
    report = Report(
        accuracy=float((~wrong).mean()),
        kept=float(familiar.mean()),
        refused=float((foreign_familiarity < weights.familiarity_min).mean()) if len(foreign) else 0.0,
        unclear=float((familiar & ~clear).mean()),
        wrong_answers=float((familiar & clear & wrong).mean()),
        confused=[(int(i), str(names[held_back.logits[i].argmax()])) for i in np.flatnonzero(wrong)],
    )
    return weights, report


@dataclass(frozen=True)
class _HeldBack:
    """Scores of every known sentence by a model that had not seen it, and the mean ones of the foreign sentences."""

    logits: np.ndarray
    likeness: np.ndarray
    foreign_logits: np.ndarray  # the largest one of each sentence
    foreign_likeness: np.ndarray


def _hold_back(vectors: np.ndarray, truth: np.ndarray, foreign: np.ndarray, strength: float) -> _HeldBack:
    logits = np.zeros((len(truth), truth.max() + 1))
    near = np.zeros(len(truth))
    foreign_logits = np.zeros((_FOLDS, len(foreign)))
    foreign_near = np.zeros((_FOLDS, len(foreign)))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for fold, (seen, unseen) in enumerate(folds.split(vectors, truth)):
        model = _fit(vectors[seen], truth[seen], strength)
        logits[unseen] = model.decision_function(vectors[unseen])
        near[unseen] = likeness(vectors[unseen], vectors[seen])
        if len(foreign):
            foreign_logits[fold] = model.decision_function(foreign).max(axis=1)
            foreign_near[fold] = likeness(foreign, vectors[seen])
    return _HeldBack(logits, near, foreign_logits.mean(axis=0), foreign_near.mean(axis=0))


def _fit(vectors: np.ndarray, truth: np.ndarray, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=_ITERATIONS_MAX, random_state=_SEED).fit(vectors, truth)


def _best_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least log loss on held-back sentences."""
    rows = np.arange(len(truth))
    losses = [-np.log(probabilities(logits, it)[rows, truth] + 1e-12).mean() for it in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingClassifier(IntentClassifier, GraphComponent):
    """The Rasa component around `learn` and `judge`."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        encoder: SentenceEncoder,
        weights: Weights | None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder
        self._weights = weights

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "encoder": "use-multilingual-v3",
            "strength": 10.0,  # of the regression (C): unit vectors need more than the usual 1
            "keep": 0.95,  # share of known messages that shall be answered
            "margin": 0.1,  # least lead in probability of the best intent over the second
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmbeddingClassifier:
        return cls(config, model_storage, resource, open_encoder(config["encoder"]), None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # part of Rasa's signature
    ) -> EmbeddingClassifier:
        with model_storage.read_from(resource) as directory, np.load(directory / "weights.npz") as arrays:
            scalars = rasa.shared.utils.io.read_json_file(directory / "scalars.json")
            weights = Weights(**{name: arrays[name] for name in arrays.files}, **scalars)
        return cls(config, model_storage, resource, open_encoder(config["encoder"]), weights)

    def train(self, training_data: TrainingData) -> Resource:
        known = [it for it in training_data.intent_examples if it.get(INTENT) != OUT_OF_SCOPE]
        foreign = [it for it in training_data.intent_examples if it.get(INTENT) == OUT_OF_SCOPE]
        vectors = self._encoder.encode([it.get(TEXT) for it in known])
        weights, report = learn(
            vectors,
            [it.get(INTENT) for it in known],
            self._encoder.encode([it.get(TEXT) for it in foreign]) if foreign else vectors[:0],
            strength=self._config["strength"],
            keep=self._config["keep"],
            margin=self._config["margin"],
        )
        self._weights = weights
        confused = [
            {"text": known[i].get(TEXT), "intent": known[i].get(INTENT), "taken_for": name}
            for i, name in report.confused
        ]
        self._save(weights, vars(report) | {"confused": confused})
        logger.info(
            f"intents on held-back folds: {report.accuracy:.1%} right, {report.wrong_answers:.1%} answered wrongly, "
            f"{report.unclear:.1%} unclear; {report.kept:.1%} kept while {report.refused:.1%} of out of scope refused"
        )
        return self._resource

    def _save(self, weights: Weights, report: dict[str, Any]) -> None:
        arrays = {name: value for name, value in vars(weights).items() if isinstance(value, np.ndarray)}
        scalars = {name: value for name, value in vars(weights).items() if name not in arrays}
        with self._model_storage.write_to(self._resource) as directory:
            np.savez(directory / "weights.npz", **arrays)
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / "scalars.json", scalars)
            rasa.shared.utils.io.dump_obj_as_json_to_file(directory / "report.json", report)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if self._weights is None:
            raise RuntimeError("the classifier was not trained")
        vectors = self._encoder.encode([message.get(TEXT) or "" for message in messages])
        for message, verdict in zip(messages, judge(vectors, self._weights), strict=True):
            name, confidence = self._decide(verdict, self._weights.familiarity_min)
            ranking = [{"name": intent, "confidence": chance} for intent, chance in verdict.ranking]
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _decide(self, verdict: Verdict, familiarity_min: float) -> tuple[str, float]:
        best, second = verdict.ranking[0], verdict.ranking[1]
        if verdict.familiarity < familiarity_min:
            return OUT_OF_SCOPE, 1.0 - best[1]
        if best[1] - second[1] < self._config["margin"]:
            return DEFAULT_NLU_FALLBACK_INTENT_NAME, 1.0 - best[1]
        return best
