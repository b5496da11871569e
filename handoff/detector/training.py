"""`make train`: learns the detector's weights from the sentences in `data/human`.

One file a language, one sentence a line: `+ ` asks for a person, `- ` does not, `! ` shows distress; lines that start
with `#` are remarks. The same sentences always give the same weights, and nothing but sentences and code decides:
so the file of weights carries their fingerprint, and training is done again only when that has changed.

The method is a linear support vector machine with squared hinge loss, by dual coordinate descent (Hsieh and others,
2008). A message is judged by its most telling piece; so of a request in several clauses the whole and its best
clause are learned, and of other messages every clause. The second voice is a network over sentence vectors (`meaning`).
What a score means, alone and beside the other, is learned from
sentences held back in turn.

Which sentences are held back together, and in which order they are gone through, is drawn from the words of each: so a
sentence more or less leaves all others where they were, and what changes is what was taught, not the luck of the draw.
"""

import hashlib
import math
import os
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from handoff.detector.concepts import packaged_concepts
from handoff.detector.distress import packaged_phrases
from handoff.detector.drawing import drawn
from handoff.detector.encoder import Encoder, PackagedEncoder, Unavailable
from handoff.detector.features import TABLE_LENGTH, Piece, pieces
from handoff.detector.lexicon import packaged
from handoff.detector.model import (
    NETWORKS,
    WEIGHTS,
    Calibration,
    Model,
    Question,
    Scorer,
    Unusable,
    from_bytes,
    to_bytes,
)
from handoff.detector.requests import read_clauses
from handoff.detector.text import clauses, said
from handoff.detector.vectors import Vectors

if TYPE_CHECKING:
    from handoff.detector.meaning import Matrix, Network

SENTENCES = Path("data/human")
FOLDS = NETWORKS - 1
PASSES = 8
STRENGTH = 2.0  # C of the support vector machine: larger follows the sentences more closely
VOICED_MIN = 200  # sentences of each kind: with fewer the second voice has no say
_WHOLE_NUMBER_MAX = 127
_BIAS = TABLE_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Of the sentences that mean something else, the share that may score above each level, while held back.

    Many are near misses, so that of what customers write in a day a far smaller share does. `missed`: where the rules
    found a request, clear or not, this share of the requests may be missed: the model only has a veto.
    """

    levels: tuple[float, ...]
    missed: float | None = None


# Levels to ask, to transfer where the rules find a request clear as well, and to transfer. Together the voices know
# more of the requests at the same share, so there is something to give back to those who asked for nobody. What moves
# somebody to a person at once, for no rule or for distress, has a smaller share still: what customers of a shop write
# is less like what is learned than that is like itself.
REQUEST_ALONE = Shares(levels=(0.043, 0.0168, 0.001), missed=0.004)
REQUEST_TOGETHER = Shares(levels=(0.018, 0.005, 0.0003), missed=0.006)
DISTRESS_ALONE = Shares(levels=(0.0055,))
DISTRESS_TOGETHER = Shares(levels=(0.002,))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a file: language, mark and text, and the pieces as the model sees them, the whole first."""

    language: str
    mark: str
    text: str
    pieces: list[Piece] = field(repr=False)
    found: bool  # by the rules: a request, clear or not


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a sentence by voices that had not learned it."""

    total: float
    meaning: float
    true: bool
    found: bool


class BadLine(Exception):
    """A line of a file that is neither a sentence nor a remark."""


def read_sentences(folder: Path) -> list[tuple[str, str, str]]:
    """Language, mark and text of every line, files in order of their names. Raises `BadLine`."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            mark, _, text = line.partition(" ")
            if mark not in ("+", "-", "!") or not text.strip():
                raise BadLine(f"{path.name}, line {number}: a sentence starts with '+ ', '- ' or '! '")
            found.append((path.stem, mark, text.strip()))
    return found


def fingerprint(sentences: Sequence[tuple[str, str, str]]) -> str:
    """Of everything that decides what training gives: the sentences, this package's code and its lexicon."""
    digest = hashlib.sha256(repr(list(sentences)).encode())
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("*.toml"), *here.glob("*/*.toml")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def learn(sentences: Sequence[tuple[str, str, str]], encoder: Encoder, kept: Path | None = None) -> Model:
    """The model for these sentences. Opens the encoder where need be; raises `Unavailable`. In the folder `kept` the
    vectors of the sentences are found again: without, each takes ten milliseconds of processor time."""
    encoder.open()
    lexicon, phrases, concepts = packaged(), packaged_phrases(), packaged_concepts()
    seen = []
    for language, mark, text in sentences:
        message = clauses(text)
        readings = read_clauses(lexicon, concepts, message)
        found = any(its.finding.sure for its in readings)
        seen.append(Sentence(language, mark, text, pieces(readings, phrases.show_in(message)), found))
    network, meanings = _learn_meaning(seen, encoder, kept)
    asking = [at for at, sentence in enumerate(seen) if sentence.mark != "!"]
    return Model(
        fingerprint(sentences),
        _scorer(
            [seen[at] for at in asking],
            "+",
            [meanings[at][0] for at in asking],
            (REQUEST_ALONE, REQUEST_TOGETHER),
        ),
        _scorer(
            seen,
            "!",
            [distressed for _, distressed in meanings],
            (DISTRESS_ALONE, DISTRESS_TOGETHER),
        ),
        network.to_bytes(),
    )


def _fold(sentence: Sentence) -> int:
    return drawn(0, sentence.text.encode()) % FOLDS


def _scorer(
    sentences: Sequence[Sentence],
    mark: str,
    meanings: Sequence[float],
    shares: tuple[Shares, Shares],
) -> Scorer:
    """Weights from all sentences; calibrations and levels from weights that had not seen the sentence."""
    truth = [sentence.mark == mark for sentence in sentences]
    folds = [_fold(sentence) for sentence in sentences]
    totals = [0.0] * len(sentences)
    for fold in range(FOLDS):
        taught = [at for at, its in enumerate(folds) if its != fold]
        weights = _fit([sentences[at] for at in taught], [truth[at] for at in taught])
        for at, its in enumerate(folds):
            if its == fold:
                totals[at] = max((_sum(weights, piece) for piece in sentences[at].pieces), default=-9.0)
    heard = [
        Heard(total, meaning, true, sentence.found)
        for total, meaning, true, sentence in zip(totals, meanings, truth, sentences, strict=True)
    ]
    alone = _calibration(heard, shares[0], second_voice=False)
    enough = VOICED_MIN <= sum(truth) <= len(truth) - VOICED_MIN
    weights = _fit(sentences, truth)
    scale = max(map(abs, weights)) / _WHOLE_NUMBER_MAX
    return Scorer(
        array("b", (round(weight / scale) for weight in weights)),
        Question(
            scale=scale,
            alone=alone,
            together=_calibration(heard, shares[1], second_voice=True) if enough else alone,
        ),
    )


def _calibration(heard: Sequence[Heard], shares: Shares, *, second_voice: bool) -> Calibration:
    """A level for each of the shares; with `missed`, before them that for sentences with a request by the rules."""
    from handoff.detector.meaning import fit_chance

    truth = [its.true for its in heard]
    columns = [[its.total for its in heard]]
    if second_voice:
        columns.append([its.meaning for its in heard])
    slope, *share, offset = fit_chance(columns, truth)
    fitted = Calibration(slope=slope, share=share[0] if share else 0.0, offset=offset, at_least=())
    chances = [fitted.chance(its.total, its.meaning) for its in heard]
    others = sorted(chance for chance, true in zip(chances, truth, strict=True) if not true)
    levels = [others[min(len(others) - 1, math.ceil(len(others) * (1 - share)))] for share in shares.levels]
    if shares.missed is not None:
        found = sorted(chance for chance, its in zip(chances, heard, strict=True) if its.true and its.found)
        levels = [min(found[math.floor(len(found) * shares.missed)], levels[0]), *levels]
    return msgspec.structs.replace(fitted, at_least=tuple(levels))


def _learn_meaning(
    sentences: Sequence[Sentence], encoder: Encoder, kept: Path | None
) -> tuple["Network", list[tuple[float, ...]]]:
    """The second voice, and what each of its networks but the last says of the sentences held back from it."""
    import numpy as np

    from handoff.detector.meaning import Network

    parts = [said(sentence.text) for sentence in sentences]
    vectors = iter(Vectors(encoder, kept).of([part for its in parts for part in its]))
    encoded = [np.array(list(islice(vectors, len(its)))) for its in parts]
    meanings: list[tuple[float, ...]] = [()] * len(sentences)
    folds = [_fold(sentence) for sentence in sentences]
    networks = []
    for fold in range(FOLDS):
        networks.append(_network(sentences, encoded, [at for at, its in enumerate(folds) if its != fold]))
        for at, its in enumerate(folds):
            if its == fold:
                meanings[at] = networks[fold].of_message(encoded[at])
    networks.append(_network(sentences, encoded, range(len(sentences))))
    return Network.together(networks), meanings


def _network(sentences: Sequence[Sentence], encoded: Sequence["Matrix"], taught: Sequence[int]) -> "Network":
    """Of a request the whole is learned, of other messages every clause too; the same for distress."""
    from handoff.detector.meaning import learn as learn_network

    vectors, truth, counts, names = [], [], [], []
    for at in taught:
        mark = sentences[at].mark
        for part, vector in enumerate(encoded[at]):
            counting = mark == "-" or (mark == "+" and part == 0), mark != "!" or part == 0
            if any(counting):
                vectors.append(vector)
                truth.append((mark == "+", mark == "!"))
                counts.append(counting)
                names.append(b"%d " % part + sentences[at].text.encode())
    return learn_network(vectors, truth, counts, names)


def _fit(sentences: Sequence[Sentence], truth: Sequence[bool]) -> list[float]:
    """Weights, the constant at the end. Twice: the first round finds the telling clause of each request."""
    wholes = [
        (piece, 1.0 if true else -1.0)
        for sentence, true in zip(sentences, truth, strict=True)
        for piece in (sentence.pieces[:1] if true else sentence.pieces)
    ]
    first = _descend(wholes)
    telling = [
        (max(sentence.pieces[1:], key=lambda piece: _sum(first, piece)), 1.0)
        for sentence, true in zip(sentences, truth, strict=True)
        if true and len(sentence.pieces) > 1
    ]
    return _descend([*wholes, *telling]) if telling else first


def _descend(examples: Sequence[tuple[Piece, float]]) -> list[float]:
    weights = [0.0] * (TABLE_LENGTH + 1)
    alphas = [0.0] * len(examples)
    diagonal = 1 / (2 * STRENGTH)
    order = list(range(len(examples)))
    names = [array("I", piece.places).tobytes() for piece, _ in examples]
    for turn in range(PASSES):
        draws = [drawn(turn, name) for name in names]
        order.sort(key=draws.__getitem__)
        for at in order:
            piece, sign = examples[at]
            value = 1 / math.sqrt(len(piece.places))
            gradient = sign * _sum(weights, piece) - 1 + diagonal * alphas[at]
            if alphas[at] == 0.0 and gradient >= 0:
                continue
            alpha = max(alphas[at] - gradient / (2 + diagonal), 0.0)  # a piece has length 1, the constant too
            step = (alpha - alphas[at]) * sign
            alphas[at] = alpha
            weights[_BIAS] += step
            step *= value
            for place in piece.places:
                weights[place] += step
    return weights


def _sum(weights: Sequence[float], piece: Piece) -> float:
    return sum(map(weights.__getitem__, piece.places)) / math.sqrt(len(piece.places)) + weights[_BIAS]


def main(vectors: Path | None = None) -> int:
    """Brings the packaged weights up to date. Says so on standard error when it takes time. In the folder `vectors`
    those of sentences are kept from one time to the next."""
    try:
        sentences = read_sentences(SENTENCES)
    except BadLine as err:
        sys.stderr.write(f"{SENTENCES}: {err}\n")
        return 1
    path = Path(__file__).parent / WEIGHTS
    try:
        if from_bytes(path.read_bytes()).fingerprint == fingerprint(sentences):
            return 0
    except (OSError, Unusable):
        pass
    sys.stderr.write(f"Training the detector of requests for a person on {len(sentences)} sentences\n")
    unfinished = path.with_suffix(".new")
    try:
        unfinished.write_bytes(
            to_bytes(learn(sentences, PackagedEncoder(threads=os.cpu_count() or 1), vectors))
        )
    except Unavailable as err:
        sys.stderr.write(f"the sentence encoder cannot be opened: {err}\n")
        return 1
    os.replace(unfinished, path)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
