"""`python -m bot.score FILE.jsonl`: learns from any set of `{text, intent, split}` and scores it, by the same encoders
and the same learning as the assistant's, so that they can be put beside published figures.

`split` is `train` or `test`; other splits are left out. Intents named `oos` or `out_of_scope` are what is to be
refused. `--shots N` learns from N sentences of each intent, drawn anew for each of `--draws` runs. Settings come from
config.yml.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.components.embedding import Encoders, open_encoders
from bot.components.learning import calibration_error, judge, learn, name_in_words
from bot.components.letters import count
from bot.components.spoken import learn_words, standard

FOREIGN = frozenset({"oos", "out_of_scope"})
FAULTS_SHOWN = 10
KEEP = 0.95  # out of scope is measured where this share of the other test sentences is kept
CONFIG = Path(__file__).resolve().parents[1] / "config.yml"
_COMPONENT = "bot.components.classifier.EmbeddingClassifier"


class BadFile(ValueError):
    """What is wrong with a file, line by line, for the person who gave it."""


@dataclass(frozen=True)
class Row:
    text: str
    intent: str
    split: str

    @property
    def is_foreign(self) -> bool:
        return self.intent in FOREIGN


def read_rows(path: Path) -> list[Row]:
    """The sentences of a file of JSON lines. Raises BadFile that says what is wrong with which lines."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        ) from error
    rows, faults = [], []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line)))
            except (ValueError, RecursionError) as error:
                faults.append(f"line {number}: {error if isinstance(error, BadFile) else 'not JSON'}")
    if faults:
        more = f"\n  and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise BadFile(f"{path} cannot be scored:\n  " + "\n  ".join(faults[:FAULTS_SHOWN]) + more)
    known = {row.intent for row in rows if row.split == "train" and not row.is_foreign}
    if len(known) < 2 or not any(row.split == "test" for row in rows):
        raise BadFile(
            f"{path} needs sentences of at least two intents in split train, and some in split test"
        )
    return rows


def _row(value: object) -> Row:
    if not isinstance(value, dict):
        raise BadFile("not an object")
    texts = [value.get(name) for name in ("text", "intent", "split")]
    if not all(isinstance(it, str) and it for it in texts):
        raise BadFile("text, intent and split must be strings that are not empty")
    return Row(*texts)


def run(
    rows: list[Row],
    encoders: Encoders,
    shots: int | None,
    seed: int,
    *,
    in_english: bool,
    keep: float,
    ask: float,
) -> dict[str, Any]:
    """Learn once, and score the test sentences, of which the learning knows nothing."""
    train = [i for i, row in enumerate(rows) if row.split == "train" and not row.is_foreign]
    foreign = [row.text for row in rows if row.split == "train" and row.is_foreign]
    if shots is not None:
        train = list(_draw(rows, train, shots, seed))
    test = [i for i, row in enumerate(rows) if row.split == "test"]
    names = sorted({rows[i].intent for i in train})
    texts = [rows[i].text for i in train] + [name_in_words(it) for it in names]
    intents = [rows[i].intent for i in train] + names
    said = np.arange(len(texts)) < len(train)
    begin = time.process_time()
    emphasis = encoders.emphasis(texts + foreign, np.full(len(texts) + len(foreign), in_english))
    encode = encoders.encode_english if in_english else encoders.encode
    vectors = encode(texts + foreign, emphasis)
    weights, report = learn(
        vectors[: len(texts)],
        intents,
        vectors[len(texts) :],
        count(texts),
        count(foreign),
        keep=keep,
        ask=ask,
        measured=said,
    )
    learned_s = time.process_time() - begin
    begin = time.process_time()
    tested = [rows[i].text for i in test]
    verdicts = judge(encode(tested, emphasis), count(tested), weights)
    judged_s = time.process_time() - begin
    pairs = [(rows[i], verdict) for i, verdict in zip(test, verdicts, strict=True)]
    known = [(row, verdict) for row, verdict in pairs if not row.is_foreign]
    strange = [verdict for row, verdict in pairs if row.is_foreign]
    right = np.array([verdict.ranking[0][0] == row.intent for row, verdict in known], dtype=bool)
    chances = np.array([verdict.ranking[0][1] for _, verdict in known])
    figures: dict[str, Any] = {
        "learned_from": len(train),
        "intents": len(weights.intents),
        "tested": len(known),
        "right": _mean(right),
        "expected_by_held_back_folds": round(report.accuracy, 4),
        "calibration_error": round(calibration_error(chances, right), 4),
        "learning_processor_s": round(learned_s, 2),
        "reading_processor_ms_a_sentence": round(judged_s * 1000 / len(test), 2),
    }
    if strange and known:
        level = float(np.quantile([verdict.known for _, verdict in known], 1 - KEEP))
        figures["out_of_scope_tested"] = len(strange)
        figures[f"out_of_scope_refused_at_{KEEP:.0%}_kept"] = _mean([it.known < level for it in strange])
        figures["out_of_scope_refused_as_set"] = _mean([not it.is_familiar for it in strange])
        figures["kept_as_set"] = _mean([verdict.is_familiar for _, verdict in known])
    return figures


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0


def _draw(rows: list[Row], train: list[int], shots: int, seed: int) -> Iterator[int]:
    random = np.random.default_rng(seed)
    by_intent: dict[str, list[int]] = {}
    for index in train:
        by_intent.setdefault(rows[index].intent, []).append(index)
    for _, members in sorted(by_intent.items()):
        yield from random.permutation(members)[:shots].tolist()


def settings() -> dict[str, Any]:
    """The classifier's settings in config.yml."""
    pipeline = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["pipeline"]
    (ours,) = [it for it in pipeline if it["name"] == _COMPONENT]
    return dict(ours)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bot.score", description=__doc__)
    parser.add_argument("file", type=Path, help="JSON lines of {text, intent, split}")
    parser.add_argument("--shots", type=int, help="learn from so many sentences of each intent")
    parser.add_argument("--draws", type=int, default=3, help="how often, with other sentences each time (3)")
    parser.add_argument(
        "--language",
        default="en",
        help="of the sentences; en is read by the English encoder too, de also as it is spoken",
    )
    options = parser.parse_args(arguments)
    if (options.shots is not None and options.shots < 1) or options.draws < 1:
        parser.error("--shots and --draws must be 1 or more")
    try:
        rows = [row for row in read_rows(options.file) if row.split in ("train", "test")]
    except BadFile as error:
        sys.stderr.write(f"byname: {error}\n")
        return 1
    if options.language == "de":
        words = learn_words(row.text for row in rows if row.split == "train")
        rows = [replace(row, text=standard(row.text, words)) for row in rows]
    ours = settings()
    encoders = open_encoders(ours["encoder"], ours.get("english_encoder"))
    draws = range(options.draws if options.shots is not None else 1)
    levels = {"keep": ours["keep"], "ask": ours["ask"]}
    in_english = options.language == "en"
    runs = [run(rows, encoders, options.shots, seed, in_english=in_english, **levels) for seed in draws]
    figures = {
        "file": options.file.name,
        "shots": options.shots,
        "draws": len(runs),
        **{name: round(float(np.mean([one[name] for one in runs])), 4) for name in runs[0]},
    }
    for name, value in figures.items():
        sys.stdout.write(f"{name:40} {value}\n")
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
