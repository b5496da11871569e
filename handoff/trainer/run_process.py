"""One training run, in a process of its own: validates, trains, tests, compares. Outlives a restart of the server.

Everything that it knows stands in its folder, and all that it does is written there: `state.json`, `log.txt`,
`candidate.tar.gz`, `candidate.weights`, `result.json`. It reads a copy of the data that was made when it began.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from handoff.service.ports import HumanRequestDetector
from handoff.trainer.dataset import HUMAN, TEST_STORIES, WITHOUT_SENTENCES, Dataset, read
from handoff.trainer.files import Files, write_whole
from handoff.trainer.judging import Case, Understood, compare, understood
from handoff.trainer.problems import Problem, problems

STEP_TIMEOUT_S = 3_600
TELL_EVERY_S = 1.0  # how many messages are read: the page looks about as often
_CALM = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "NO_COLOR": "1",
}
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"\S+/(?:site|dist)-packages/\S+:\d+: (?:\w+\.)*(?P<text>\w*Warning: .*)")


class Failed(Exception):
    """A step did not do. The message is for the trainer."""


class Cancelled(BaseException):
    """Somebody asked the run to end."""


class Ears(Protocol):
    """How requests for a person are heard: weights, learned from sentences, and a detector that hears with them. Both
    raise `ValueError` for what cannot be used. Before it is opened, a detector hears words alone."""

    def open(self) -> None: ...

    def packaged(self) -> bytes: ...

    def learn(self, folder: Path, known: bytes) -> bytes: ...

    def detector(self, weights: bytes) -> HumanRequestDetector: ...


class Run:
    """`project` holds the code and the encoders; `python` is the assistant's."""

    def __init__(self, folder: Path, project: Path, python: Path, ears: Ears) -> None:
        self._folder = folder
        self._project = project
        self._python = python
        self._ears = ears
        self._spec: dict[str, Any] = json.loads((folder / "spec.json").read_bytes())
        self._state: dict[str, Any] = json.loads((folder / "state.json").read_bytes())
        self._snapshot = folder / "snapshot"

    def carry_out(self) -> None:
        """Ends with a state of passed, refused (by the gate), failed or cancelled."""
        signal.signal(signal.SIGTERM, _cancel)
        try:
            result = self._steps()
            passed = bool(result["gate"]["passed"])
            self._say("passed" if passed else "refused", "" if passed else "The gate says no.")
        except Cancelled:
            self._say("cancelled", "")
        except Failed as error:
            self._say("failed", str(error))
        except Exception as error:
            self._log(f"{type(error).__name__}: {error}")
            self._say("failed", "The run broke off; the log says where.")
            raise
        finally:
            shutil.rmtree(self._folder / "work", ignore_errors=True)

    def _steps(self) -> dict[str, Any]:
        (self._folder / "work").mkdir(exist_ok=True)
        dataset = self._step("check", self._check)
        self._step("validate", self._validate)
        self._step("train", self._train)
        self._step("person", lambda: self._learn_requests(dataset))
        stories = self._step("stories", lambda: self._stories(dataset))
        cases = self._cases(dataset)
        candidate, current = self._step("listen", lambda: self._listen(cases))
        unmeasured = _unmeasured(dataset)
        return self._step("compare", lambda: self._compare(cases, candidate, current, stories, unmeasured))

    def _step[T](self, name: str, do: Callable[[], T]) -> T:
        begin = time.monotonic()
        self._state["step"] = name
        self._write()
        self._log(f"== {name}")
        done = do()
        self._state["done"] = [
            *self._state["done"],
            {"name": name, "seconds": round(time.monotonic() - begin, 1)},
        ]
        self._write()
        return done

    # -- the steps --

    def _check(self) -> Dataset:
        texts = Files(self._snapshot, self._folder).read()
        dataset = read(texts)
        found = problems(dataset)
        for one in found:
            self._log(f"{one.severity}: {one.text}")
        wrong = [one for one in found if one.severity == "error"]
        if wrong:
            raise Failed(_first(wrong))
        return dataset

    def _validate(self) -> None:
        code = self._rasa("data", "validate", *self._data_arguments())
        if code != 0:
            raise Failed("Rasa finds the data wrong; the log says where.")

    def _train(self) -> None:
        out = self._folder / "work"
        code = self._rasa(
            "train",
            *self._data_arguments(),
            "--out",
            str(out),
            "--fixed-model-name",
            "candidate",
            "--skip-validation",
        )
        made = out / "candidate.tar.gz"
        if code != 0 or not made.is_file():
            raise Failed("Rasa could not train; the log says why.")
        os.replace(made, self._folder / "candidate.tar.gz")
        with open(self._folder / "candidate.tar.gz", "rb") as handle:
            self._state["sha256"] = hashlib.file_digest(handle, "sha256").hexdigest()

    def _learn_requests(self, dataset: Dataset) -> None:
        """Where the assistant has no sentences about requests, those in service stay."""
        if not dataset.requests:
            return
        self._log(f"{len(dataset.requests)} sentences about requests for a person")
        try:
            weights = self._ears.learn(self._snapshot / HUMAN, self._weights())
        except ValueError as error:
            raise Failed(f"Requests for a person could not be learned. {error}") from error
        write_whole(self._folder / "candidate.weights", weights)
        self._state["weights_sha256"] = hashlib.sha256(weights).hexdigest()

    def _weights(self) -> bytes:
        """Those in service."""
        kept = self._folder / "current.weights"
        return kept.read_bytes() if kept.is_file() else self._ears.packaged()

    def _data_arguments(self) -> list[str]:
        place = self._snapshot
        return [
            "--config",
            str(place / "config.yml"),
            "--domain",
            str(place / "bot/domain"),
            "--data",
            str(place / "data"),
        ]

    def _stories(self, dataset: Dataset) -> dict[str, Any]:
        courses = [one for one in dataset.courses if one.path == TEST_STORIES]
        handoff = [
            one.name
            for one in courses
            if any(step.name in ("request_human", "utter_request_human") for step in one.steps)
        ]
        failed = self._failed_stories(self._folder / "candidate.tar.gz") if courses else []
        before: list[str] = []
        if failed and self._spec["current"] is not None:
            before = self._failed_stories(Path(self._spec["current"]))
        return {"count": len(courses), "failed": failed, "handoff": handoff, "failed_before": before}

    def _failed_stories(self, model: Path) -> list[str]:
        out = self._folder / "work" / f"stories-{model.name}"
        arguments = [
            "--model",
            str(model),
            "--stories",
            str(self._snapshot / TEST_STORIES),
            "--out",
            str(out),
        ]
        if self._rasa("test", "core", *arguments, "--no-plot", "--e2e") != 0:
            raise Failed("The test stories could not be played; the log says why.")
        report = out / "failed_test_stories.yml"
        text = report.read_text(encoding="utf-8") if report.is_file() else ""
        return [
            name.strip().strip("'\"")
            for name in re.findall(r"^\s*- story: (.+?)(?: \(.*\.yml\))?$", text, re.MULTILINE)
        ]

    def _cases(self, dataset: Dataset) -> list[Case]:
        cases = [
            Case(
                text=one.text,
                language=one.language,
                intent=one.intent,
                human=one.intent == "request_human" or None,
            )
            for one in dataset.held_back
        ]
        for path in sorted((self._project / "tests/held_out/human").glob("*.txt")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line[:2] in ("+ ", "- "):
                    cases.append(Case(text=line[2:], language=path.stem, human=line[0] == "+"))
        cases += [Case(**one) for one in self._spec["recent"]]
        return cases

    def _listen(self, cases: Sequence[Case]) -> tuple[list[Understood], list[Understood] | None]:
        learned = self._folder / "candidate.weights"
        weights = learned.read_bytes() if learned.is_file() else self._weights()
        sides = [(self._folder / "candidate.tar.gz", weights)]
        if self._spec["current"] is not None:
            sides.append((Path(self._spec["current"]), self._weights()))
        all_of = len(cases) * len(sides)
        found = []
        self._ears.open()
        for before, (model, its_weights) in enumerate(sides):
            self._log(f"{len(cases)} messages read by {model.name}")
            parsed = self._parsed(model, cases, len(cases) * before, all_of)
            detector = self._ears.detector(its_weights)
            found.append(
                [understood(one, detector.read(case.text)) for case, one in zip(cases, parsed, strict=True)]
            )
        self._state.pop("count", None)
        return found[0], found[1] if len(found) > 1 else None

    def _parsed(self, model: Path, cases: Sequence[Case], before: int, all_of: int) -> list[dict[str, Any]]:
        """How a model reads each message. Meanwhile the state says how many of `all_of` are read, `before` these."""
        given = self._folder / "work/messages.jsonl"
        lines = (json.dumps({"text": one.text, "locale": one.language}) + "\n" for one in cases)
        given.write_text("".join(lines), encoding="utf-8")
        command = [str(self._python), "-W", "ignore", "-m", "bot.parse", str(model)]
        parsed: list[dict[str, Any]] = []
        told = 0.0
        with (
            open(given, "rb") as messages,
            open(self._folder / "work/parse.log", "w+b") as said,
            subprocess.Popen(  # noqa: S603  # a program and a model of ours; messages go in as data
                command,
                cwd=self._project,
                env=_environ(),
                stdin=messages,
                stdout=subprocess.PIPE,
                stderr=said,
            ) as reader,
        ):
            assert reader.stdout is not None
            overdue = threading.Timer(STEP_TIMEOUT_S, reader.kill)
            overdue.start()
            try:
                for line in reader.stdout:
                    parsed.append(json.loads(line))
                    if time.monotonic() - told >= TELL_EVERY_S:
                        told = time.monotonic()
                        self._state["count"] = {"now": before + len(parsed), "of": all_of}
                        self._write()
            except BaseException:
                reader.kill()
                raise
            finally:
                overdue.cancel()
            if reader.wait() != 0:
                said.seek(0)
                self._log(said.read()[-4_000:].decode("utf-8", "replace"))
                raise Failed("A model could not be tried; the log says why.")
        return parsed

    def _compare(
        self,
        cases: list[Case],
        candidate: list[Understood],
        current: list[Understood] | None,
        stories: dict[str, Any],
        unmeasured: list[str],
    ) -> dict[str, Any]:
        result = compare(cases, candidate, current, stories) | {"unmeasured": unmeasured}
        write_whole(self._folder / "result.json", json.dumps(result, ensure_ascii=False).encode())
        for one in result["gate"]["conditions"]:
            self._log(f"{'yes' if one['ok'] else 'NO '} " + json.dumps(one, ensure_ascii=False))
        return result

    # -- what it says --

    def _rasa(self, *arguments: str) -> int:
        command = [str(self._python), "-m", "handoff.tooling.rasa", *arguments]
        with open(self._folder / "log.txt", "ab") as log:
            done = subprocess.run(  # noqa: S603  # paths of ours only
                command,
                cwd=self._project,
                env=_environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=STEP_TIMEOUT_S,
            )
        return done.returncode

    def _log(self, line: str) -> None:
        with open(self._folder / "log.txt", "ab") as log:
            log.write(line.encode("utf-8", "replace") + b"\n")

    def _say(self, status: str, message: str) -> None:
        self._state |= {"status": status, "message": message, "ended_at": time.time()}
        self._log(f"== {status} {message}".rstrip())
        self._write()

    def _write(self) -> None:
        write_whole(self._folder / "state.json", json.dumps(self._state).encode())


def _first(found: Sequence[Problem]) -> str:
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return found[0].text + more


def _environ() -> dict[str, str]:
    """Without our settings: a run needs no secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")} | _CALM


def _cancel(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its children were asked as well; the end is orderly
    raise Cancelled


def _unmeasured(dataset: Dataset) -> list[str]:
    """Intents of which no sentence is held back: no figure says how well they are understood."""
    return sorted(set(dataset.intents) - WITHOUT_SENTENCES - {one.intent for one in dataset.held_back})


def plain_log(raw: bytes) -> tuple[str, str]:
    """The log, and apart from it the warnings of libraries. Without colours, and of a line that was written over and
    over only what stood there in the end."""
    log, warnings = [], []
    for line in _COLOR.sub("", raw.decode("utf-8", "replace")).split("\n"):
        plain = line.rstrip("\r").rpartition("\r")[2]
        found = _WARNING.match(plain)
        if found is None:
            log.append(plain)
        else:
            warnings.append(found["text"])
    return "\n".join(log), "\n".join(warnings)
