"""The second voice: a small network over sentence vectors, one output for each question to a message.

The only module of the detector that computes with numpy, which takes a while to import: so it is imported where there
are vectors, never at a start. What it says of a message is weighed against the trained words by `model.Calibration`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from handoff.detector.drawing import drawn
from handoff.detector.encoder import DIMENSIONS
from handoff.detector.model import HIDDEN, QUESTIONS, UNITS

PASSES = 30
BATCH = 128
STEP = 2e-3  # of Adam; falls to nothing over the passes
KEPT = np.float32(
    0.5
)  # of the hidden units, in each step: with all, the network learns the sentences by heart
# Sentence vectors all point in much the same direction: what they differ in is what lies around their middle.
LENGTH = np.float32(12.0)  # of a vector, before its distance from the middle is taken
UNSURE = np.float32(0.05)  # of each answer's truth: a network that may never be quite sure errs less loudly
MASKS = 4096  # ways to keep half of the units
_SEED = 0
_WHOLE_NUMBER_MAX = 127

type Matrix = np.ndarray[Any, np.dtype[np.float32]]


class Network:
    """One hidden layer. Pure: the same vectors, the same answer on the same machine."""

    def __init__(self, middle: Matrix, layers: Sequence[Matrix]) -> None:
        """`middle` of the vectors; weights and constants of the hidden layer, then of the outputs."""
        self._middle = middle
        self._hidden, self._hidden_constants, self._out, self._out_constants = layers

    def answers(self, vectors: Matrix) -> Matrix:
        """A row for each vector, a column for each question: above zero for yes."""
        hidden = np.maximum(_spread(vectors, self._middle) @ self._hidden + self._hidden_constants, 0)
        answers: Matrix = hidden @ self._out + self._out_constants
        return answers

    def of_message(self, vectors: Matrix) -> tuple[float, ...]:
        """For each question: the mean of what the whole says, the first row, and the part that says it loudest."""
        answers = self.answers(vectors)
        return tuple(((answers[0] + answers.max(axis=0)) / 2).tolist())

    def to_bytes(self) -> bytes:
        """The hidden layer as whole numbers of one byte, a scale for each unit; the rest as it is."""
        scales = (np.abs(self._hidden).max(axis=0) / _WHOLE_NUMBER_MAX).astype("<f4")
        whole = np.rint(self._hidden / scales).astype(np.int8)
        others = (self._middle, scales, self._hidden_constants, self._out, self._out_constants)
        return b"".join([whole.tobytes(), *(part.astype("<f4").tobytes() for part in others)])

    @classmethod
    def from_bytes(cls, content: bytes) -> Network:
        """`content` has the length that `model.NETWORK_BYTES` says."""
        whole = np.frombuffer(content, np.int8, DIMENSIONS * HIDDEN).reshape(DIMENSIONS, HIDDEN)
        rest = np.frombuffer(content, "<f4", offset=whole.size).astype(np.float32)
        middle, scales, constants, out, out_constants = np.split(
            rest, np.cumsum([DIMENSIONS, HIDDEN, HIDDEN, HIDDEN * QUESTIONS])
        )
        layers = whole.astype(np.float32) * scales, constants, out.reshape(HIDDEN, QUESTIONS), out_constants
        return cls(middle, layers)

    @classmethod
    def together(cls, networks: Sequence[Network]) -> Network:
        """One that answers with the mean of what these say."""
        middle = networks[0]._middle
        layers = (
            np.hstack([its._hidden for its in networks]),
            np.hstack(
                [its._hidden_constants + _spread(middle, its._middle) @ its._hidden for its in networks]
            ),
            np.vstack([its._out for its in networks]) / np.float32(len(networks)),
            np.mean([its._out_constants for its in networks], axis=0),
        )
        return cls(middle, layers)


def _spread(vectors: Matrix, middle: Matrix) -> Matrix:
    return (vectors - middle) * LENGTH


def learn(
    rows: Sequence[Matrix],
    answers: Sequence[tuple[bool, ...]],
    counting: Sequence[tuple[bool, ...]],
    names: Sequence[bytes],
) -> Network:
    """A network by logistic loss and Adam (Kingma and Ba 2015) with dropout, always the same for the same.

    For each row the answer to each question, whether that counts, and a name: in which step of a pass a row is learned,
    and which hidden units are dropped for it, is drawn from that. So a row more leaves the others where they were.
    """
    draw = np.random.default_rng(_SEED)
    layers = [
        draw.standard_normal((DIMENSIONS, UNITS), dtype=np.float32) / np.float32(np.sqrt(DIMENSIONS)),
        np.zeros(UNITS, np.float32),
        draw.standard_normal((UNITS, QUESTIONS), dtype=np.float32) / np.float32(np.sqrt(UNITS)),
        np.zeros(QUESTIONS, np.float32),
    ]
    if not rows:
        return Network(np.zeros(DIMENSIONS, np.float32), layers)
    vectors, truth, counts = (np.asarray(its, np.float32) for its in (rows, answers, counting))
    middle = vectors.mean(axis=0)
    vectors, truth = _spread(vectors, middle), truth * (1 - 2 * UNSURE) + UNSURE
    masks = (draw.random((MASKS, UNITS), dtype=np.float32) < KEPT).astype(np.float32) / KEPT
    steps = 1 << max(0, round(math.log2(len(rows) / BATCH)))  # seldom another number
    means = [np.zeros_like(layer) for layer in layers]
    squares = [np.zeros_like(layer) for layer in layers]
    taken = 0
    for turn in range(PASSES):
        draws = np.array([drawn(turn, name) for name in names], np.uint64)
        order = np.argsort(draws, kind="stable")
        ends = np.searchsorted(draws[order] >> np.uint64(32), np.arange(1, steps) * (1 << 32) // steps)
        for chosen in np.split(order, ends):
            taken += 1
            kept = masks[draws[chosen] % np.uint64(MASKS)]
            slopes = _slopes(layers, vectors[chosen], truth[chosen], counts[chosen], kept)
            step = STEP * (1 - turn / PASSES) / (1 - 0.9**taken)
            for layer, mean, square, slope in zip(layers, means, squares, slopes, strict=True):
                mean += np.float32(0.1) * (slope - mean)
                square += np.float32(0.001) * (slope * slope - square)
                spread = np.sqrt(square / np.float32(1 - 0.999**taken)) + np.float32(1e-8)
                layer -= np.float32(step) * mean / spread
    return Network(middle, layers)


def _slopes(
    layers: Sequence[Matrix], vectors: Matrix, truth: Matrix, counts: Matrix, kept: Matrix
) -> tuple[Matrix, ...]:
    """Of the mean loss, for each of the layers."""
    weights, constants, out, out_constants = layers
    hidden = np.maximum(vectors @ weights + constants, 0) * kept
    wrong = (1 / (1 + np.exp(-(hidden @ out + out_constants))) - truth) * counts / np.float32(BATCH)
    back = wrong @ out.T * (hidden > 0) * kept
    return vectors.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0)


def fit_chance(columns: Sequence[Sequence[float]], truth: Sequence[bool]) -> list[float]:
    """A factor for each column and a constant: the logistic curve with the least log loss (Platt 1999), by Newton's
    method."""
    seen = np.column_stack([*columns, np.ones(len(truth))])
    true = np.asarray(truth, dtype=float)
    factors = np.zeros(seen.shape[1])
    for _ in range(30):
        chances = 1 / (1 + np.exp(-(seen @ factors)))
        weighed = seen * (chances * (1 - chances))[:, None]
        factors -= np.linalg.solve(seen.T @ weighed + np.eye(len(factors)) * 1e-9, seen.T @ (chances - true))
    fitted: list[float] = factors.tolist()
    return fitted
