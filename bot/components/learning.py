"""Learns intents from sentence vectors, and says how sure it is and how familiar a message is. Only numpy and scipy.

Three readers look at a message. The *regression* (multinomial, linear) over its vector is the better one with few
sentences an intent. The *neighbours* (kernel ridge regression: every training sentence speaks for its intent, the
louder the nearer) is the better one with many. The *spelling* (ridge regression over letter sequences) knows words that
the encoder does not. What each is worth is learned on held-back folds, by the least log loss, so the sum of all is a
probability that means something: of messages with 0.8, about eight in ten are right.

*Familiarity* is how much a message is like anything in the training data, whatever it means: how loud the neighbours
speak for the best intent, and the cosine to the three nearest; both beside what messages of its length have, since a
long one is like no other. It decides what is out of scope. Examples of what is out of scope are no intent, since a
class of them recognises few others; but they are neighbours too, and where they speak loudly a message is the less
familiar.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

SENTENCES_MAX = (
    16_000  # the neighbours' matrix has this many rows and columns: 1 GB; more are thinned out evenly
)
RANKING_LENGTH = 5

_FOLDS = 5
_SEED = 0
_DIMENSIONS_MAX = (
    256  # of the vectors as they are learned from: fewer are quicker to compare, and lose nothing
)
_SHARPNESS = 2.0  # of the neighbours: a sentence at cosine 0.5 speaks with a third of its voice
_RIDGE = 0.1  # how little a single training sentence is believed
_SPELLING_RIDGE = 0.5  # the same for the spelling, which believes less: the same letters mean many things
_ROWS = 1_000  # of the spelling's matrix at once, since in between it takes several times its size
_STRENGTH = 10.0  # of the regression (C): unit vectors need more than the usual 1
_ITERATIONS_MAX = 100
_NEAREST = 3  # one neighbour alone may be a slip in the data


@dataclass(frozen=True)
class Weights:
    """All that is learned. Columns of `voices` and rows of `coefficients` belong to `intents`, in that order."""

    intents: list[str]
    projection: np.ndarray  # vector to the shorter one that is learned from
    sentences: np.ndarray  # the training sentences' short vectors, known ones first
    voices: np.ndarray  # how much each of them speaks for each intent, and in the last column for none
    known_sentences: int
    coefficients: np.ndarray
    intercepts: np.ndarray
    regression_weight: float
    neighbours_weight: float
    rarity: np.ndarray  # of each letter sequence: the rarer, the more it says
    spelling: np.ndarray  # a row for each sequence: how much it speaks for each intent
    spelling_weight: float
    loudness_scale: float
    likeness_scale: float
    familiarity_slope: float  # how much the familiarity of what is known grows with the length
    familiarity_min: float
    familiarity_softness: float
    lead_min: float


@dataclass(frozen=True)
class Verdict:
    """What is thought of one sentence: intents with their probabilities, best first; and whether it is familiar.

    `known` is the chance, from 0 to 1, that the message is one of those that the assistant knows; at the level where
    messages begin to be refused it is 0.5.
    """

    ranking: list[tuple[str, float]]
    known: float
    is_familiar: bool
    is_clear: bool

    @property
    def confidence(self) -> float:
        """The chance that the message is known and means the first of the ranking."""
        return self.ranking[0][1] * self.known


@dataclass(frozen=True)
class Report:
    """Figures of the held-back folds, written beside the weights for who looks after the data."""

    sentences: int
    accuracy: float
    kept: float  # share of known messages that are familiar enough
    refused: float  # share of the out-of-scope sentences that are not
    unclear: float  # share of known messages that two intents claim almost alike
    wrong_answers: float  # share of known messages that would get a wrong answer
    calibration_error: float  # mean distance between confidence and share of right answers, over ten bins
    confused: list[tuple[int, str]]  # index of a known message, and what it was taken for while held back


@dataclass(frozen=True)
class _Spelling:
    """What was learned of letter sequences (see `Weights`), and what each sentence is told while it is held back."""

    rarity: np.ndarray
    voices: np.ndarray
    told: np.ndarray


def name_in_words(intent: str) -> str:
    """An intent's name as a sentence: one more to learn from, and worth much where an intent has few."""
    return " ".join(intent.replace("_", " ").replace("-", " ").split())


def judge(vectors: np.ndarray, letters: csr_matrix, weights: Weights) -> list[Verdict]:
    """What is thought of sentences with these vectors and letter sequences (`letters.count`), row by row."""
    short = vectors @ weights.projection
    cosines = short @ weights.sentences.T
    loudness, familiar_loudness = _split(_near(cosines) @ weights.voices)
    regression = short @ weights.coefficients.T + weights.intercepts
    spelt = np.asarray(_weighed(letters, weights.rarity) @ weights.spelling)
    chances = _softmax(
        weights.regression_weight * regression
        + weights.neighbours_weight * loudness
        + weights.spelling_weight * spelt
    )
    likeness = _likeness(cosines[:, : weights.known_sentences])
    familiarity = familiar_loudness / weights.loudness_scale + likeness / weights.likeness_scale
    familiarity -= weights.familiarity_slope * _length(letters)
    above = (familiarity - weights.familiarity_min) / weights.familiarity_softness
    verdicts = []
    for row, it in zip(chances, above, strict=True):
        best = np.argsort(-row)[:RANKING_LENGTH]
        lead = row[best[0]] - row[best[1]] if len(best) > 1 else 1.0
        verdicts.append(
            Verdict(
                [(weights.intents[i], float(row[i])) for i in best],
                known=float(1 / (1 + np.exp(-np.clip(it, -30, 30)))),
                is_familiar=bool(it >= 0),
                is_clear=bool(lead >= weights.lead_min),
            )
        )
    return verdicts


def learn(
    vectors: np.ndarray,
    intents: list[str],
    foreign: np.ndarray,
    letters: csr_matrix,
    foreign_letters: csr_matrix,
    *,
    keep: float,
    ask: float,
    measured: np.ndarray | None = None,
) -> tuple[Weights, Report]:
    """Weights for new messages, and figures of how they did on held-back folds.

    `foreign` holds the vectors of out-of-scope sentences, maybe none; `letters` and `foreign_letters` the letter
    sequences (`letters.count`), row by row as `vectors` and `foreign`. `keep` is the share of known messages that shall
    be familiar enough, `ask` the share that may be answered by a question, because two intents are near. All sentences
    are learned from; the levels and the figures come from those that `measured` (a mask, all by default) says.
    Raises ValueError with fewer than two intents or sentences, or vectors that are not finite.
    """
    if len(vectors) < 2 or len(set(intents)) < 2:
        raise ValueError("learning needs sentences of at least two intents")
    if not np.isfinite(vectors).all():
        raise ValueError("the sentence vectors are not finite")
    chosen = _thin(len(vectors))
    vectors, intents = vectors[chosen], [intents[i] for i in chosen]
    letters = letters[chosen]
    measured = np.ones(len(vectors), dtype=bool) if measured is None else measured[chosen]
    if not measured.any():
        measured = np.ones(len(vectors), dtype=bool)
    names, truth = np.unique(intents, return_inverse=True)
    count = len(truth)
    projection = _projection(vectors)
    short = vectors @ projection
    everything = np.vstack([short, foreign @ projection])

    folds = np.concatenate([_folds(truth), np.arange(len(foreign)) % _FOLDS])
    # Side by side, since all take long and compute outside Python's lock.
    with ThreadPoolExecutor(2, thread_name_prefix="learning") as beside:
        spelt = beside.submit(_learn_spelling, letters, truth, folds[:count], len(names))
        regressed = beside.submit(_regressions, short, truth, folds[:count], len(names))
        cosines = everything @ everything.T
        speakers = np.append(truth, np.full(len(foreign), len(names)))
        voices, told = _neighbours(cosines, speakers, folds, len(names) + 1)
        near = _held_back_likeness(cosines, folds, count)
        coefficients, intercepts, regression = regressed.result()
        spelling = spelt.result()
    loudness, familiar_loudness = _split(told)
    loudness = loudness[:count]
    readers = np.stack([regression, loudness, spelling.told])[:, measured]
    shares = _best_shares(readers, truth[measured])

    loudness_scale = float(familiar_loudness[:count].std()) or 1.0
    likeness_scale = float(near[:count].std()) or 1.0
    everyones = familiar_loudness / loudness_scale + near / likeness_scale
    lengths = _length(letters)[measured]
    familiarity_slope = _slope(lengths, everyones[:count][measured])
    familiarity = everyones[:count][measured] - familiarity_slope * lengths
    foreign_familiarity = everyones[count:] - familiarity_slope * _length(foreign_letters)
    familiarity_min = float(np.quantile(familiarity, 1 - keep))
    familiar = familiarity >= familiarity_min

    right_ones = truth[measured]
    chances = _softmax(np.tensordot(shares, readers, axes=1))
    taken_for = chances.argmax(axis=1)
    wrong = taken_for != right_ones
    best_two = np.sort(chances, axis=1)[:, -2:]
    lead = best_two[:, 1] - best_two[:, 0]
    lead_min = float(np.quantile(lead[familiar], ask))
    clear = lead >= lead_min
    weights = Weights(
        intents=[str(name) for name in names],
        projection=projection,
        sentences=everything,
        voices=voices,
        known_sentences=count,
        coefficients=coefficients,
        intercepts=intercepts,
        regression_weight=shares[0],
        neighbours_weight=shares[1],
        rarity=spelling.rarity,
        spelling=spelling.voices,
        spelling_weight=shares[2],
        loudness_scale=loudness_scale,
        likeness_scale=likeness_scale,
        familiarity_slope=familiarity_slope,
        familiarity_min=familiarity_min,
        familiarity_softness=_softness(familiarity - familiarity_min, foreign_familiarity - familiarity_min),
        lead_min=lead_min,
    )
    report = Report(
        sentences=len(right_ones),
        accuracy=float((~wrong).mean()),
        kept=float(familiar.mean()),
        refused=float((foreign_familiarity < familiarity_min).mean()) if len(foreign) else 0.0,
        unclear=float((familiar & ~clear).mean()),
        wrong_answers=float((familiar & clear & wrong).mean()),
        calibration_error=calibration_error(best_two[:, 1], ~wrong),
        confused=[
            (int(chosen[i]), str(names[taken_for[row]]))
            for row, i in enumerate(np.flatnonzero(measured))
            if wrong[row]
        ],
    )
    return weights, report


def calibration_error(confidences: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between confidence and share of right answers over ten bins, each by its number of messages."""
    if not len(confidences):
        return 0.0
    bins = np.minimum((confidences * 10).astype(int), 9)
    distances = [
        abs(confidences[bins == it].mean() - right[bins == it].mean()) * (bins == it).mean()
        for it in np.unique(bins)
    ]
    return float(sum(distances))


def _thin(count: int) -> np.ndarray:
    """Indices of the sentences to learn from: all, or an even sample."""
    if count <= SENTENCES_MAX:
        return np.arange(count)
    return np.sort(np.random.default_rng(_SEED).permutation(count)[:SENTENCES_MAX])


def _projection(vectors: np.ndarray) -> np.ndarray:
    """Onto the directions in which the sentences differ most; cosines stay as they are, nearly."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(directions[:, ::-1][:, :_DIMENSIONS_MAX], dtype=np.float32)


def _folds(truth: np.ndarray) -> np.ndarray:
    """A fold for each sentence, the sentences of each intent dealt out evenly."""
    random = np.random.default_rng(_SEED)
    folds = np.empty(len(truth), dtype=int)
    for intent in range(truth.max() + 1):
        members = random.permutation(np.flatnonzero(truth == intent))
        folds[members] = (np.arange(len(members)) + intent) % _FOLDS
    return folds


def _near(cosines: np.ndarray) -> np.ndarray:
    near = cosines - np.float32(1)
    near *= _SHARPNESS
    return np.asarray(np.exp(near, out=near))


def _split(told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How loud the neighbours speak for each intent; and for the loudest, less what speaks for none of them."""
    loudness, for_none = told[:, :-1], told[:, -1]
    return loudness, loudness.max(axis=1) - np.maximum(for_none, 0)


def _length(letters: csr_matrix) -> np.ndarray:
    """How long sentences are: the logarithm of the number of their letter sequences."""
    return np.asarray(np.log1p(letters.getnnz(axis=1)))


def _slope(lengths: np.ndarray, familiarity: np.ndarray) -> float:
    """Of the line through `familiarity` with the least squares."""
    spread = lengths - lengths.mean()
    return float(spread @ familiarity / max(spread @ spread, 1e-9))


def _likeness(cosines: np.ndarray) -> np.ndarray:
    """Mean cosine to the nearest sentences."""
    nearest = min(_NEAREST, cosines.shape[1])
    return np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)


def _held_back_likeness(cosines: np.ndarray, folds: np.ndarray, known: int) -> np.ndarray:
    """The likeness of each sentence to the first `known` ones, those of its own fold left out."""
    likeness = np.zeros(len(folds))
    for fold in range(_FOLDS):
        unseen = np.flatnonzero(folds == fold)
        seen = np.flatnonzero(folds[:known] != fold)
        if len(unseen) and len(seen):
            likeness[unseen] = _likeness(cosines[np.ix_(unseen, seen)])
    return likeness


def _neighbours(
    cosines: np.ndarray, truth: np.ndarray, folds: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The voices of the training sentences, and what each of them is told while its fold is held back."""
    return _ridge_regression(_near(cosines), _RIDGE, truth, folds, classes)


def _learn_spelling(counts: csr_matrix, truth: np.ndarray, folds: np.ndarray, classes: int) -> _Spelling:
    """From the letter sequences of sentences and what they mean."""
    count = len(truth)
    seen_in = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = (1 + np.log((1 + count) / (1 + seen_in))).astype(np.float32)
    rows = _weighed(counts, rarity)
    # Every pair of sentences once: the half above the diagonal is all that is looked at.
    alike = np.zeros((count, count), dtype=np.float32)
    for start in range(0, count, _ROWS):
        end = start + _ROWS
        alike[start:end, start:] = (rows[start:end] @ rows[start:].T).toarray()
    voices, told = _ridge_regression(alike, _SPELLING_RIDGE, truth, folds, classes)
    return _Spelling(rarity, np.ascontiguousarray(rows.T @ voices, dtype=np.float32), told)


def _weighed(counts: csr_matrix, rarity: np.ndarray) -> csr_matrix:
    """Rows of unit length, in which a sequence counts the more the rarer it is."""
    rows = counts.copy()
    rows.data *= rarity[rows.indices]
    lengths = np.sqrt(np.add.reduceat(np.append(rows.data**2, 0), rows.indptr[:-1]))
    lengths[np.diff(rows.indptr) == 0] = 1  # no sequence at all
    rows.data /= np.repeat(lengths, np.diff(rows.indptr)).astype(np.float32)
    return rows


def _ridge_regression(
    alike: np.ndarray, ridge: float, truth: np.ndarray, folds: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The voices of kernel ridge regression, and what each sentence is told while its fold is held back.

    The inverse of the whole matrix gives the held-back answers of every fold without learning anew: Rifkin and
    Lippert, Notes on Regularized Least-Squares (2007), with blocks in place of single rows. The matrix `alike`, which
    is symmetric and float32, is overwritten: it may be most of the memory that there is. Of it only the half above the
    diagonal is read.
    """
    aims = np.eye(classes, dtype=np.float32)[truth] - np.float32(1 / classes)
    alike[np.diag_indices_from(alike)] += ridge
    # The same matrix, in the order in which LAPACK reads it. Of what follows only the lower half is computed and looked
    # at; the other would be the same.
    triangle, _ = lapack.spotrf(alike.T, lower=1, overwrite_a=1)  # the ridge makes it positive definite
    inverse, _ = lapack.spotri(triangle, lower=1, overwrite_c=1)
    voices = np.ascontiguousarray(blas.ssymm(1.0, inverse, aims, lower=1))
    told = np.empty(aims.shape, dtype=np.float32)
    for fold in np.unique(folds):
        members = np.flatnonzero(folds == fold)  # in order, so that a block's lower half is the inverse's
        block = np.asfortranarray(inverse[np.ix_(members, members)])
        _, unlike, _ = lapack.sposv(block, voices[members], lower=1, overwrite_a=1)
        told[members] = aims[members] - unlike
    return voices, told


def _regression(vectors: np.ndarray, truth: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and intercepts of a multinomial regression with an L2 penalty."""
    aims = np.eye(classes, dtype=np.float32)[truth]
    dimensions = vectors.shape[1]
    penalty = 1 / (_STRENGTH * len(truth))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(dimensions + 1, classes).astype(np.float32)
        logits = vectors @ weights[:-1] + weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        sums = chances.sum(axis=1, keepdims=True)
        value = (np.log(sums[:, 0]) - (logits * aims).sum(axis=1)).mean(dtype=float)
        error = (chances / sums - aims) / np.float32(len(truth))
        slope = np.vstack([vectors.T @ error + penalty * weights[:-1], error.sum(axis=0)])
        return value + penalty / 2 * float((weights[:-1] ** 2).sum()), slope.ravel().astype(float)

    best = minimize(
        loss,
        np.zeros((dimensions + 1) * classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS_MAX},
    )
    weights = best.x.reshape(dimensions + 1, classes).astype(np.float32)
    return np.ascontiguousarray(weights[:-1].T), weights[-1]


def _regressions(
    vectors: np.ndarray, truth: np.ndarray, folds: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients and intercepts; and what each sentence is told while its fold is held back."""
    told = np.zeros((len(truth), classes))
    for fold in range(_FOLDS):
        held_back = folds == fold
        if held_back.any() and not held_back.all():
            coefficients, intercepts = _regression(vectors[~held_back], truth[~held_back], classes)
            told[held_back] = vectors[held_back] @ coefficients.T + intercepts
    return *_regression(vectors, truth, classes), told


def _best_shares(readers: np.ndarray, truth: np.ndarray) -> list[float]:
    """What the readers are worth: the weights of their sum with the least log loss on held-back sentences."""
    rows = np.arange(len(truth))
    voices = readers.astype(float)

    def loss(shares: np.ndarray) -> tuple[float, np.ndarray]:
        error = _softmax(np.tensordot(shares, voices, axes=1))
        value = float(-np.log(error[rows, truth] + 1e-12).mean())
        error[rows, truth] -= 1
        return value, np.tensordot(voices, error, axes=2) / len(truth)

    best = minimize(
        loss,
        [0.5, 5.0, 5.0],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 5.0), (0.0, 50.0), (0.0, 50.0)],
    )
    return [float(share) for share in best.x]


def _softness(known: np.ndarray, foreign: np.ndarray) -> float:
    """How gradually `known` falls around the level: the width with the least log loss, both kinds weighing alike."""
    widths = float(known.std()) * np.geomspace(0.05, 2.0, 30)
    if not len(foreign):
        return float(widths[len(widths) // 2])
    losses = [np.logaddexp(0, -known / it).mean() + np.logaddexp(0, foreign / it).mean() for it in widths]
    return float(widths[int(np.argmin(losses))])


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
