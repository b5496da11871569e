"""The trained model behind the lexicon: how much a message looks like a request for a person, or like distress.

Its weights are a file in this package, made by `make train` from `data/human` (see `training`); it is opened once.
"""

import math
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from handoff.detector.features import TABLE_LENGTH, Piece

WEIGHTS = "weights.bin"
_BIAS = TABLE_LENGTH  # the place after the table


class Unusable(Exception):
    """The file of weights is not one that this version of the product can read. `make train` makes a new one."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How a sum of weights becomes a chance, and from which chance on something is done.

    The chance is 1 / (1 + exp(-(slope * sum + offset))), fitted on sentences that the weights had not seen.
    """

    scale: float  # what a weight of 1 in the file stands for
    slope: float
    offset: float
    at_least: tuple[float, ...]  # chances, ascending: what each is for is said where it is used


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of one question before its weights."""

    fingerprint: str  # of the sentences and the code that the weights were learned from
    request: Calibration
    distress: Calibration


@dataclass(frozen=True, slots=True)
class Scorer:
    """One question to a message: its weights, whole numbers as in the file, and how to read their sum."""

    weights: Sequence[int]
    calibration: Calibration

    def chance(self, pieces: Iterable[Piece]) -> float:
        """The highest chance among the pieces; 0 when there is none."""
        sums = [self._sum(piece) for piece in pieces]
        if not sums:
            return 0.0
        calibration = self.calibration
        return 1 / (1 + math.exp(-(calibration.slope * max(sums) * calibration.scale + calibration.offset)))

    def _sum(self, piece: Piece) -> float:
        total = sum(map(self.weights.__getitem__, piece.places))
        return total / math.sqrt(len(piece.places)) + self.weights[_BIAS]


@dataclass(frozen=True, slots=True)
class Model:
    """Both questions, and from what they were learned."""

    fingerprint: str
    request: Scorer
    distress: Scorer


def to_bytes(model: Model) -> bytes:
    """The file: a line of JSON, then both tables, compressed."""
    head = Head(
        fingerprint=model.fingerprint,
        request=model.request.calibration,
        distress=model.distress.calibration,
    )
    tables = array("b", model.request.weights) + array("b", model.distress.weights)
    return msgspec.json.encode(head) + b"\n" + zlib.compress(tables.tobytes(), 9)


def from_bytes(content: bytes) -> Model:
    """Raises `Unusable`."""
    first, _, rest = content.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=Head)
        tables = array("b", zlib.decompress(rest))
    except (msgspec.DecodeError, zlib.error) as err:
        raise Unusable("the detector's weights are damaged: run make train") from err
    length = TABLE_LENGTH + 1
    if len(tables) != 2 * length:
        raise Unusable("the detector's weights are of another version: run make train")
    return Model(
        head.fingerprint,
        Scorer(tables[:length], head.request),
        Scorer(tables[length:], head.distress),
    )


def packaged_model() -> Model:
    """The model that ships with the product. Reads a file: call it once. Raises `Unusable`."""
    return from_bytes((files("handoff.detector") / WEIGHTS).read_bytes())
