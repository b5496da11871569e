"""`make evaluate`: what the running product would do with messages, each as the first of a conversation, and how
well that is. On our own held-back sentences, or with DATA=FILE.jsonl on a file from outside.

A line of the file is `{"text", "lang", "intent"?, "human"?}`. With PREDICTIONS=OUT.jsonl a line is written for each
line read, in order. The server's part is its own detector and rules for distress, the assistant's part its trained
model in Rasa, in a process for each core when the file is long.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from handoff.domain.errors import DomainError
from handoff.domain.requests import Reading, heard
from handoff.domain.text import clean_text
from handoff.hearing import Ears
from handoff.tooling.environments import BOT_LINK
from handoff.tooling.model import ensure_model
from handoff.tooling.places import ROOT
from handoff.tooling.terminal import ToolingError, say
from tests.evaluate.scores import OUT_OF_SCOPE, WANTS_PERSON, Gold, Prediction, Scores, score

LINE_BYTES_MAX = 1_000_000
FAULTS_SHOWN = 10
LINES_A_PROCESS = 1_500  # fewer are read before a second process has loaded the model
HELD_BACK = ROOT / "tests/bot/held_back.yml"
HELD_BACK_HUMAN = tuple(
    ROOT / "tests/held_out" / name
    for name in (
        "human",
        "human_second",
        "human_third",
        "human_fourth",
        "ordinary",
        "ordinary_customers",
        "roles",
        "strangers",
    )
)

_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_ASKS_AGAIN = "nlu_fallback"  # Rasa's name for "one of two, but which"
_YES = frozenset({"yes", "true", "1", "human", "transfer", "ask"})
_NO = frozenset({"no", "false", "0", "none", ""})


def read_lines(raw: bytes, name: str) -> list[Gold]:
    """The messages of a file. Raises `ToolingError` that lists what is wrong with which lines, if anything is.

    Empty lines are no messages. Any text is let through that JSON can hold: what the wire would refuse is refused.
    """
    golds: list[Gold] = []
    faults: list[str] = []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if line.strip():
            try:
                golds.append(_gold(line))
            except ValueError as error:
                faults.append(f"line {number}: {error}")
    if faults:
        more = f"\n  and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise ToolingError(f"{name} cannot be evaluated:\n  " + "\n  ".join(faults[:FAULTS_SHOWN]) + more)
    if not golds:
        raise ToolingError(f"{name} holds no message: each line is to be an object with text and lang.")
    return golds


def _gold(line: bytes) -> Gold:
    if len(line) > LINE_BYTES_MAX:
        raise ValueError(f"longer than {LINE_BYTES_MAX:,} bytes")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON, or not UTF-8") from None
    if not isinstance(row, dict):
        raise ValueError("not an object")
    text, lang = row.get("text"), row.get("lang") or "en"
    if not isinstance(text, str):
        raise ValueError("text is missing, or no string")
    if not isinstance(lang, str) or not _LANGUAGE.fullmatch(lang):
        raise ValueError("lang is no language, such as en or de-AT")
    intent = row.get("intent")
    if intent is not None and not isinstance(intent, str):
        raise ValueError("intent is neither a string nor null")
    return Gold(text=text, lang=lang, intent=intent, human=_wants_person(row.get("human")))


def _wants_person(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    folded = str(value).strip().lower() if isinstance(value, str | int) else None
    if folded in _YES or folded in _NO:
        return folded in _YES
    raise ValueError('human is neither true nor false (nor "transfer", "ask", "no")')


def held_back() -> list[Gold]:
    """Our own sentences that nothing was learned from: the assistant's, and those for the detector."""
    # YAML without a YAML library on the server's side: the bot's environment has one.
    program = "import sys, json, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    done = subprocess.run(
        [str(BOT_LINK / "bin/python"), "-c", program],
        input=HELD_BACK.read_bytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    golds = [
        Gold(text=str(text), lang=lang, intent=intent, human=intent == WANTS_PERSON or None)
        for intent, languages in json.loads(done.stdout).items()
        for lang, texts in languages.items()
        for text in texts
    ]
    for path in sorted(path for folder in HELD_BACK_HUMAN for path in folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line[:2] in ("+ ", "- "):
                golds.append(Gold(text=line[2:], lang=path.stem, human=line[0] == "+"))
    return golds


def predict(golds: Sequence[Gold]) -> list[Prediction]:
    """What the product would do with each message, in order."""
    ears = Ears()
    ears.open()
    detector = ears.detector(ears.packaged())
    readings: list[tuple[Reading, float] | None] = []
    asked: list[dict[str, str]] = []
    for gold in golds:
        try:
            text = clean_text(gold.text)
        except DomainError:
            readings.append(None)
            continue
        begin = time.perf_counter()
        reading = detector.read(text)
        readings.append((reading, (time.perf_counter() - begin) * 1000))
        asked.append({"text": text, "locale": gold.lang or "en"})
    parses = iter(_parse(asked))
    predictions = []
    for gold, read in zip(golds, readings, strict=True):
        if read is None:  # the wire refuses it: empty, too long, or with a control character
            predictions.append(
                Prediction(
                    text=gold.text,
                    decision="refuse",
                    intent=None,
                    candidates=(),
                    confidence=0.0,
                    human="no",
                    ms=0.0,
                )
            )
        else:
            predictions.append(_prediction(gold.text, *read, next(parses)))
    return predictions


def _prediction(text: str, reading: Reading, spent_ms: float, parsed: dict[str, Any]) -> Prediction:
    intent: str = parsed["intent"]
    sure = float(parsed["confidence"])
    ms = round(spent_ms + parsed["ms"], 2)
    human = heard(reading, by_bot=intent == WANTS_PERSON)
    if intent in (OUT_OF_SCOPE, _ASKS_AGAIN):
        choices = tuple(name for name, _ in parsed["ranking"][:2]) if intent == _ASKS_AGAIN else ()
        decision = "clarify" if choices else "refuse"
        return Prediction(
            text=text,
            decision=decision,
            intent=None,
            candidates=choices,
            confidence=round(1 - sure, 4),
            human=human,
            ms=ms,
        )
    return Prediction(
        text=text, decision="answer", intent=intent, candidates=(intent,), confidence=sure, human=human, ms=ms
    )


def _parse(asked: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The assistant's reading of each message: by several processes when there are many."""
    if not asked:
        return []
    model = ensure_model()
    processes = max(1, min(os.cpu_count() or 1, len(asked) // LINES_A_PROCESS))
    size = -(-len(asked) // processes)
    parts = [asked[start : start + size] for start in range(0, len(asked), size)]
    results: list[list[dict[str, Any]]] = [[] for _ in parts]
    threads = [
        threading.Thread(target=_parse_part, args=(model, part, result), name=f"parse {number}")
        for number, (part, result) in enumerate(zip(parts, results, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    parsed = [one for result in results for one in result]
    if len(parsed) != len(asked):
        raise ToolingError(
            "the assistant's model ended before it had read every message; its output is above."
        )
    return parsed


def _parse_part(model: Path, part: list[dict[str, str]], result: list[dict[str, Any]]) -> None:
    command = [str(BOT_LINK / "bin/python"), "-W", "ignore", "-m", "bot.parse", str(model)]
    environ = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false"}
    given = "".join(json.dumps(one) + "\n" for one in part)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-4_000:])
        return
    result.extend(json.loads(line) for line in done.stdout.splitlines())


def tables(scores: Scores) -> Iterator[str]:
    """The figures for people, line by line."""
    yield from _table("intents", scores.intents)
    yield from _table("out of scope", scores.out_of_scope)
    if scores.calibration:
        yield ""
        distance = scores.calibration["mean_distance"]
        yield f"calibration: confidence and share of right answers are {_cell(distance)} apart, on the mean"
        for row in scores.calibration["bins"]:
            yield (
                f"  from {row['from']:.1f}  {row['messages']:6} messages  "
                f"confidence {_cell(row['confidence'])}  right {_cell(row['right'])}"
            )
    yield from _table("requests for a person", scores.human)
    yield ""
    yield "time a message: " + ", ".join(f"{name} {value}" for name, value in scores.latency.items())
    if scores.errors:
        yield ""
        yield f"errors: {len(scores.errors)}"
        for error in scores.errors:
            gold, got = error["gold"], error["got"]
            wanted = " ".join(str(it) for it in (gold["intent"], "person" if gold["human"] else "") if it)
            given = " or ".join(got["candidates"]) or got["decision"]
            yield (
                f"  {error['lang']}  {'; '.join(error['faults'])}: {error['text']!r} "
                f"(meant {wanted or '-'}, got {given}, person {got['human']})"
            )


def _table(title: str, rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not rows:
        return
    names = list(next(iter(rows.values())))
    yield ""
    yield title
    widths = [max(len(name), 9) for name in names]
    yield "  lang  " + "  ".join(name.rjust(width) for name, width in zip(names, widths, strict=True))
    for language, row in rows.items():
        cells = "  ".join(_cell(row[name]).rjust(width) for name, width in zip(names, widths, strict=True))
        yield f"  {language:4}  {cells}"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if isinstance(value, float) else str(value)


def _json(value: object) -> str:
    """As JSON. Half a character, which JSON can express and UTF-8 cannot, stays spelt out as it came."""
    text = json.dumps(value, ensure_ascii=False)
    return _HALF_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.evaluate", description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="a file of lines {text, lang, intent?, human?}")
    parser.add_argument("--predictions", type=Path, help="where to write one line for each line read")
    parser.add_argument("--json", type=Path, help="where to write all figures as JSON, else after the tables")
    options = parser.parse_args(arguments)
    if options.data is None:
        golds = held_back()
    else:
        try:
            golds = read_lines(options.data.read_bytes(), str(options.data))
        except OSError as error:
            raise ToolingError(f"{options.data} cannot be read: {error.strerror}.") from error
    predictions = predict(golds)
    if options.predictions is not None:
        lines = "".join(_json(one.as_json()) + "\n" for one in predictions)
        try:
            options.predictions.write_text(lines, encoding="utf-8", newline="\n")
        except OSError as error:
            raise ToolingError(f"{options.predictions} cannot be written: {error.strerror}.") from error
    scores = score(golds, predictions)
    for line in tables(scores):
        say(_HALF_CHARACTER.sub("?", line))
    encoded = _json(scores.as_json())
    if options.json is not None:
        options.json.write_text(encoded + "\n", encoding="utf-8")
    else:
        say("")
        say(encoded)
    return 0
