"""`make train`: learns the detector's weights from the sentences in `data/human`.

One file a language, one sentence a line: `+ ` asks for a person, `- ` does not, `! ` shows distress; lines that start
with `#` are remarks. The same sentences always give the same weights, and nothing but sentences and code decides:
so the file of weights carries their fingerprint, and training is done again only when that has changed.

The method is a linear support vector machine with squared hinge loss, by dual coordinate descent (Hsieh and others,
2008). A message is judged by its most telling piece; so of a request in several clauses the whole and its best
clause are learned, and of other messages every clause. What a score means is learned from sentences held back in turn.

Which sentences are held back together, and in which order they are gone through, is drawn from the words of each: so a
sentence more or less leaves all others where they were, and what changes is what was taught, not the luck of the draw.
"""

import hashlib
import math
import os
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handoff.detector.concepts import packaged_concepts
from handoff.detector.distress import packaged_phrases
from handoff.detector.features import TABLE_LENGTH, Piece, pieces
from handoff.detector.lexicon import packaged
from handoff.detector.model import WEIGHTS, Calibration, Model, Scorer, Unusable, from_bytes, to_bytes
from handoff.detector.requests import read_clauses
from handoff.detector.text import clauses
from handoff.domain.requests import HumanRequest

SENTENCES = Path("data/human")
FOLDS = 3
PASSES = 5
STRENGTH = 2.0  # C of the support vector machine: larger follows the sentences more closely
_WHOLE_NUMBER_MAX = 127
_BIAS = TABLE_LENGTH

# Of the sentences that are no requests, this share may score above the level, while held back. Many are near
# misses, so that of what customers write in a day a far smaller share does.
ASK_SHARE = 0.04
TRANSFER_SHARE = 0.001
CLEAR_SHARE = 0.0152  # where the rules find a request clear as well
DISTRESS_SHARE = 0.0055
# Where the rules found a request, clear or not, this share of the requests may be missed: the model only has a veto.
MISSED_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a file: language, mark and text, and the pieces as the model sees them, the whole first."""

    language: str
    mark: str
    text: str
    pieces: list[Piece] = field(repr=False)
    found: bool  # by the rules: a request, clear or not


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


def learn(sentences: Sequence[tuple[str, str, str]]) -> Model:
    """The model for these sentences."""
    lexicon, phrases, concepts = packaged(), packaged_phrases(), packaged_concepts()
    seen = []
    for language, mark, text in sentences:
        message = clauses(text)
        readings = read_clauses(lexicon, concepts, message)
        found = any(its.finding.request is not HumanRequest.NO for its in readings)
        seen.append(Sentence(language, mark, text, pieces(readings, phrases.show_in(message)), found))
    asking = [sentence for sentence in seen if sentence.mark != "!"]
    return Model(
        fingerprint(sentences),
        _scorer(
            asking,
            lambda sentence: sentence.mark == "+",
            (ASK_SHARE, CLEAR_SHARE, TRANSFER_SHARE),
            MISSED_SHARE,
        ),
        _scorer(seen, lambda sentence: sentence.mark == "!", (DISTRESS_SHARE,)),
    )


def _scorer(
    sentences: Sequence[Sentence],
    means: Callable[[Sentence], bool],
    shares: tuple[float, ...],
    missed: float | None = None,
) -> Scorer:
    """Weights from all sentences; calibration and levels from weights that had not seen the sentence.

    A level for each of the shares; with `missed`, before them that for sentences in which the rules found a request.
    """
    truth = [means(sentence) for sentence in sentences]
    fold_of = [_drawn(0, sentence.text.encode()) % FOLDS for sentence in sentences]
    scores = [0.0] * len(sentences)
    for fold in range(FOLDS):
        taught = [at for at, its in enumerate(fold_of) if its != fold]
        weights = _fit([sentences[at] for at in taught], [truth[at] for at in taught])
        for at, its in enumerate(fold_of):
            if its == fold:
                scores[at] = max((_sum(weights, piece) for piece in sentences[at].pieces), default=-9.0)
    slope, offset = _fit_chance(scores, truth)
    others = sorted(score for score, true in zip(scores, truth, strict=True) if not true)
    levels = [others[min(len(others) - 1, math.ceil(len(others) * (1 - share)))] for share in shares]
    if missed is not None:
        found = sorted(
            score for score, true, its in zip(scores, truth, sentences, strict=True) if true and its.found
        )
        levels = [min(found[math.floor(len(found) * missed)], levels[0]), *levels]
    weights = _fit(sentences, truth)
    scale = max(map(abs, weights)) / _WHOLE_NUMBER_MAX
    return Scorer(
        array("b", (round(weight / scale) for weight in weights)),
        Calibration(
            scale=scale,
            slope=slope,
            offset=offset,
            at_least=tuple(1 / (1 + math.exp(-(slope * level + offset))) for level in levels),
        ),
    )


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
        drawn = [_drawn(turn, name) for name in names]
        order.sort(key=drawn.__getitem__)
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


def _drawn(turn: int, name: bytes) -> int:
    """A number that looks like chance and is the same each time."""
    return int.from_bytes(hashlib.blake2b(b"%d " % turn + name, digest_size=8).digest(), "big")


def _sum(weights: Sequence[float], piece: Piece) -> float:
    return sum(map(weights.__getitem__, piece.places)) / math.sqrt(len(piece.places)) + weights[_BIAS]


def _fit_chance(scores: Sequence[float], truth: Sequence[bool]) -> tuple[float, float]:
    """Slope and offset of the logistic curve with the least log loss (Platt 1999), by Newton's method."""
    slope, offset = 1.0, 0.0
    for _ in range(30):
        gradient_a = gradient_b = 0.0
        aa = ab = bb = 1e-9
        for score, true in zip(scores, truth, strict=True):
            chance = 1 / (1 + math.exp(-(slope * score + offset)))
            error, weight = chance - true, chance * (1 - chance)
            gradient_a += error * score
            gradient_b += error
            aa += weight * score * score
            ab += weight * score
            bb += weight
        determinant = aa * bb - ab * ab
        slope -= (bb * gradient_a - ab * gradient_b) / determinant
        offset -= (aa * gradient_b - ab * gradient_a) / determinant
    return slope, offset


def main() -> int:
    """Brings the packaged weights up to date. Says so on standard error when it takes time."""
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
    unfinished.write_bytes(to_bytes(learn(sentences)))
    os.replace(unfinished, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
