"""The trained model behind the lexicon: how much a message looks like a request for a person, or like distress.

It has two voices: weights for words and their parts, and a network over sentence vectors (`meaning`), which speaks only
where an encoder is at hand. Its weights are a file in this package, made by
`make train` from `data/human` (see `training`); it is opened once.
"""

import math
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from handoff.detector.encoder import DIMENSIONS
from handoff.detector.features import TABLE_LENGTH, Piece

WEIGHTS = "weights.bin"
_BIAS = TABLE_LENGTH  # the place after the table

QUESTIONS = 2  # to a message: is a person asked for, does it show distress
UNITS = 256  # of a network; half as many read worse, more hardly better
NETWORKS = 4  # that speak as one, with the mean of what they say: one alone changes its mind when a sentence is added
HIDDEN = UNITS * NETWORKS
NETWORK_BYTES = DIMENSIONS * HIDDEN + 4 * (DIMENSIONS + HIDDEN + HIDDEN + HIDDEN * QUESTIONS + QUESTIONS)


class Unusable(Exception):
    """The file of weights is not one that this version of the product can read. `make train` makes a new one."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How what was heard becomes a chance, and from which chance on something is done.

    The chance is 1 / (1 + exp(-(slope * sum + share * meaning + offset))), fitted on sentences that neither voice had
    seen; `share` is 0 where the words speak alone.
    """

    slope: float
    share: float = 0.0
    offset: float
    at_least: tuple[float, ...]  # chances, ascending: what each is for is said where it is used

    def chance(self, total: float, meaning: float = 0.0) -> float:
        """`total`: what the words weigh, by `Scorer.total`. `meaning`: what the second voice says."""
        return 1 / (1 + math.exp(-(self.slope * total + self.share * meaning + self.offset)))


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of one question before its weights."""

    scale: float  # what a weight of 1 in the file stands for
    alone: Calibration
    together: Calibration


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The line of JSON before the weights."""

    fingerprint: str  # of the sentences and the code that the weights were learned from
    request: Question
    distress: Question


@dataclass(frozen=True, slots=True)
class Scorer:
    """One question to a message: the weights of words, whole numbers as in the file, and how to read what is heard."""

    weights: Sequence[int]
    question: Question

    def total(self, pieces: Iterable[Piece]) -> float | None:
        """What the most telling piece weighs; None when there is none."""
        sums = [self._sum(piece) for piece in pieces]
        return max(sums) * self.question.scale if sums else None

    def _sum(self, piece: Piece) -> float:
        total = sum(map(self.weights.__getitem__, piece.places))
        return total / math.sqrt(len(piece.places)) + self.weights[_BIAS]


@dataclass(frozen=True, slots=True)
class Model:
    """Both questions, and from what they were learned. `network` is `meaning.Network` as bytes."""

    fingerprint: str
    request: Scorer
    distress: Scorer
    network: bytes


def to_bytes(model: Model) -> bytes:
    """The file: a line of JSON, then both tables and the network, compressed."""
    head = Head(
        fingerprint=model.fingerprint,
        request=model.request.question,
        distress=model.distress.question,
    )
    tables = array("b", model.request.weights) + array("b", model.distress.weights)
    return msgspec.json.encode(head) + b"\n" + zlib.compress(tables.tobytes() + model.network, 9)


def from_bytes(content: bytes) -> Model:
    """Raises `Unusable`."""
    first, _, rest = content.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=Head)
        tables = array("b", zlib.decompress(rest))  # the network after them
    except (msgspec.DecodeError, zlib.error) as err:
        raise Unusable("the detector's weights are damaged: run make train") from err
    length = TABLE_LENGTH + 1
    if len(tables) != QUESTIONS * length + NETWORK_BYTES:
        raise Unusable("the detector's weights are of another version: run make train")
    return Model(
        head.fingerprint,
        Scorer(tables[:length], head.request),
        Scorer(tables[length : 2 * length], head.distress),
        tables[2 * length :].tobytes(),
    )


def packaged_model() -> Model:
    """The model that ships with the product. Reads a file: call it once. Raises `Unusable`."""
    return from_bytes((files("handoff.detector") / WEIGHTS).read_bytes())
