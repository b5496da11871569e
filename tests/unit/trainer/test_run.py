"""A run learns requests for a person too, and its gate judges them. With a pretend Rasa, and the real detector."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from handoff.hearing import Ears
from handoff.trainer.dataset import FOLDERS_AND_FILES, HUMAN
from handoff.trainer.files import write_whole
from handoff.trainer.run_process import Run, plain_log
from tests.unit.detector.sentences import encoder

ROOT = Path(__file__).resolve().parents[3]
RASA = f"""#!{sys.executable}
import json, pathlib, sys
given = sys.argv[1:]
if "bot.parse" in given:
    for _ in sys.stdin:
        print(json.dumps({{"intent": "review", "ranking": [], "confidence": 0.9, "processor_ms": 1.0}}))
elif "train" in given:
    pathlib.Path(given[given.index("--out") + 1], "candidate.tar.gz").write_bytes(b"model")
"""
REQUESTS = """+ please let me talk to a human being
+ I need a real person to help me
+ can I speak to one of your agents
+ transfer me to your supervisor
- which agent sold me this lamp
- a person of my age
"""
CAPTAIN = "bring along the captain"
MORE_ASKS = [
    f"+ {verb} the captain" for verb in ("fetch", "find me", "I want", "get", "call", "where is")
] * 4


def sentences() -> list[str]:
    """A part of ours, so that they are learned in a moment."""
    lines = (ROOT / HUMAN / "en.txt").read_text(encoding="utf-8").split("\n")
    return [line for sign in "+-!" for line in [one for one in lines if one.startswith(sign)][:500]]


def learned(folder: Path, lines: list[str]) -> bytes:
    folder.mkdir(parents=True)
    (folder / "en.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Ears(encoder()).learn(folder, b"")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights in service."""
    return learned(tmp_path_factory.mktemp("before") / "human", sentences())


class Ground:
    """A project with a pretend Rasa, and a run's folder with a copy of the assistant's data."""

    def __init__(self, folder: Path, weights: bytes | None) -> None:
        self.project = folder / "project"
        held_out = self.project / "tests/held_out/human"
        held_out.mkdir(parents=True)
        (held_out / "en.txt").write_text(REQUESTS, encoding="utf-8")
        self.rasa = folder / "rasa"
        self.rasa.write_text(RASA)
        self.rasa.chmod(0o700)
        self.run = folder / "run_one"
        for place in (*FOLDERS_AND_FILES, "config.yml"):
            for path in ROOT.glob(place):
                target = self.run / "snapshot" / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        shutil.rmtree(self.run / "snapshot" / HUMAN)
        (self.run / "snapshot" / HUMAN).mkdir()
        (self.run / "snapshot/tests/bot/test_stories.yml").write_text(
            'version: "3.1"\nstories:\n- story: a person at once\n  steps:\n'
            "  - user: |\n      a person please\n    intent: request_human\n  - action: utter_request_human\n"
        )
        current = self.run / "current.tar.gz"
        current.write_bytes(b"current")
        if weights is not None:
            (self.run / "current.weights").write_bytes(weights)
        recent = [{"text": CAPTAIN, "language": "en"}]
        (self.run / "spec.json").write_text(json.dumps({"current": str(current), "recent": recent}))
        state = {"id": "run_one", "status": "running", "step": "check", "done": [], "message": ""}
        (self.run / "state.json").write_text(json.dumps(state))

    def taught(self, lines: list[str]) -> None:
        (self.run / "snapshot" / HUMAN / "en.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def goes(self) -> dict[str, Any]:
        with signals_kept():
            Run(self.run, self.project, self.rasa, Ears(encoder())).carry_out()
        return {name: json.loads((self.run / f"{name}.json").read_bytes()) for name in ("state", "result")}

    @property
    def log(self) -> str:
        return (self.run / "log.txt").read_text(encoding="utf-8")


@contextmanager
def signals_kept() -> Iterator[None]:
    """A run has its process to itself, and takes SIGTERM."""
    import signal

    kept = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)


def condition(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in result["gate"]["conditions"] if one["name"] == name)


def test_what_was_taught_to_ask_for_a_person_is_heard_and_shown(tmp_path: Path, before: bytes) -> None:
    ground = Ground(tmp_path, before)
    ground.taught([*sentences(), *MORE_ASKS])
    found = ground.goes()
    assert found["state"]["status"] == "passed", ground.log
    assert [one["name"] for one in found["state"]["done"]] == [
        "check", "validate", "train", "person", "stories", "listen", "compare",
    ]  # fmt: skip
    weights = (ground.run / "candidate.weights").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == found["state"]["weights_sha256"]
    [row] = [one for one in found["result"]["changed"] if one["text"] == CAPTAIN]
    assert row["current"]["person"] == "no" and row["candidate"]["person"] != "no"
    assert found["result"]["human"]["candidate"]["requests"] >= 4
    assert condition(found["result"], "human_requests")["ok"]


def test_what_was_taught_so_that_requests_are_missed_is_refused(tmp_path: Path, before: bytes) -> None:
    ground = Ground(tmp_path, before)
    asking = [line[2:] for line in REQUESTS.splitlines() if line.startswith("+")]
    wrong = [f"- {request} {when}" for request in asking for when in WHEN]
    ground.taught([*sentences(), *wrong])
    found = ground.goes()
    assert found["state"]["status"] == "refused", ground.log
    assert not condition(found["result"], "human_requests")["ok"]
    worse = [one for one in found["result"]["changed"] if one["verdict"] == "worse"]
    assert {one["meant"] for one in worse} >= {"a person"}


WHEN = ("today", "now", "in May", "in June", "soon", "later", "again", "tomorrow", "here", "at last")


def test_what_is_known_already_is_not_learned_again(tmp_path: Path, before: bytes) -> None:
    ground = Ground(tmp_path, before)
    ground.taught(sentences())
    found = ground.goes()
    assert (ground.run / "candidate.weights").read_bytes() == before
    assert found["state"]["status"] == "passed" and found["result"]["changed"] == []


def test_an_assistant_without_such_sentences_leaves_what_is_in_service(tmp_path: Path, before: bytes) -> None:
    ground = Ground(tmp_path, before)
    found = ground.goes()
    assert not (ground.run / "candidate.weights").exists() and "weights_sha256" not in found["state"]
    assert found["state"]["status"] == "passed"


def test_a_bad_line_ends_the_run_with_its_place(tmp_path: Path, before: bytes) -> None:
    ground = Ground(tmp_path, before)
    ground.taught([*sentences(), "no sign"])
    with signals_kept():
        Run(ground.run, ground.project, ground.rasa, Ears(encoder())).carry_out()
    state = json.loads((ground.run / "state.json").read_bytes())
    assert (
        state["status"] == "failed"
        and f"en.txt cannot be read. Line {len(sentences()) + 1}:" in state["message"]
    )


def test_the_state_says_how_many_of_how_many_messages_are_read(
    tmp_path: Path, before: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[dict[str, int]] = []

    def written(path: Path, content: bytes) -> None:
        if path.name == "state.json" and "count" in (state := json.loads(content)):
            said.append(state["count"])
        write_whole(path, content)

    monkeypatch.setattr("handoff.trainer.run_process.write_whole", written)
    monkeypatch.setattr("handoff.trainer.run_process.TELL_EVERY_S", 0.0)
    found = Ground(tmp_path, before).goes()
    of = said[0]["of"]
    assert said == [{"now": place, "of": of} for place in range(1, of + 1)] and of % 2 == 0  # two models
    assert "count" not in found["state"]


def test_what_was_taught_is_tried_and_an_intent_that_nothing_measures_is_named(
    tmp_path: Path, before: bytes
) -> None:
    ground = Ground(tmp_path, before)
    spec = json.loads((ground.run / "spec.json").read_bytes())
    spec["recent"].append({"text": "my view of it", "language": "en", "intent": "review", "taught": True})
    (ground.run / "spec.json").write_text(json.dumps(spec))
    held_back = ground.run / "snapshot/tests/bot/held_back.yml"
    text = held_back.read_text(encoding="utf-8")
    held_back.write_text(text.replace("\nreview:\n", "\ncomplaint_too:\n"), encoding="utf-8")
    result = ground.goes()["result"]
    assert [(one["text"], one["meant"], one["learned"]) for one in result["taught"]] == [
        ("my view of it", "review", True)
    ]
    assert result["unmeasured"] == ["review"]


def test_the_log_is_without_warnings_of_libraries_and_they_are_kept_apart() -> None:
    raw = (
        b"== validate\n\x1b[0m\x1b[93m/x/site-packages/rasa/io.py:100: UserWarning: The intent 'a' is odd.\n"
        b"\x1b[0m/x/site-packages/a/b.py:7: numpy.VisibleDeprecationWarning: old\n"
        b"warning: \xe2\x80\x9ca\xe2\x80\x9d stands twice.\nhalf\rwhole\r\n"
    )
    log, warnings = plain_log(raw)
    assert log == "== validate\nwarning: \u201ca\u201d stands twice.\nwhole\n"
    assert warnings == "UserWarning: The intent 'a' is odd.\nVisibleDeprecationWarning: old"
