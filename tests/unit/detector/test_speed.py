"""The detector reads every message before the bot does, so it must be quick, whatever it is given.

Times are of the thread's own processor use, the best of a few runs, so that a busy machine does not matter much.
"""

import random
import statistics
import time
from collections.abc import Callable

import pytest

from handoff.detector.detector import Detector
from handoff.detector.encoder import PackagedEncoder
from handoff.detector.text import said
from tests.unit.detector.sentences import held_back

ENCODER = PackagedEncoder(remembered=0)
ENCODER.open()
DETECTOR = Detector(encoder=ENCODER)
ORDINARY_S = 0.001  # by its words, on the event loop
HOSTILE_S = 0.030  # twice what it takes on a quiet machine
MEANING_S = 0.030  # by both voices, beside the event loop: twice what it takes on a quiet machine
HOSTILE_MEANING_S = 1.5
RANDOM = random.Random(7)

HOSTILE = {
    "one word": "a" * 4000,
    "one person": "agent " * 666,
    "one mistyped word": "agnet " * 666,
    "mistyped words": " ".join("agnet perosn represntatve opertor konsultatem".split() * 80)[:4000],
    "all kinds": "not agent bot you person talk " * 133,
    "roles": "i need the my delivery agent " * 137,
    "clauses": "no agent, " * 400,
    "questions": "are you human? " * 266,
    "punctuation": "?!,;" * 1000,
    "dashes": " -" * 2000,
    "at signs": "@" * 4000,
    "marks": "a" + "\u0301" * 3999,
    "growing": "\ufdfa" * 4000,
    "kannada": "ಮನುಷ್ಯ " * 570,
    "random words": " ".join("".join(RANDOM.choices("aeghmnoprstx", k=9)) for _ in range(400)),
    "random characters": "".join(chr(RANDOM.randrange(1, 0x3000)) for _ in range(4000)),
    "far too long": "agent bot " * 100_000,
}


def seconds(text: str, runs: int, read: Callable[[str], object] = DETECTOR.glance) -> float:
    def once() -> float:
        start = time.thread_time()
        read(text)
        return time.thread_time() - start

    return min(once() for _ in range(runs))


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_read_in_bounded_time(kind: str) -> None:
    assert seconds(HOSTILE[kind], runs=20) < HOSTILE_S


def test_an_ordinary_message_is_read_within_a_millisecond() -> None:
    texts = [its.text for its in held_back()]
    assert statistics.median(seconds(text, runs=2) for text in texts) < ORDINARY_S


def test_what_an_ordinary_message_means_is_heard_within_thirty() -> None:
    texts = [its.text for its in held_back()[::4]]
    assert statistics.median(seconds(text, runs=2, read=DETECTOR.read) for text in texts) < MEANING_S


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_encoded_in_bounded_time(kind: str) -> None:
    def encode(text: str) -> None:
        ENCODER.encode(said(text))

    assert seconds(HOSTILE[kind], runs=2, read=encode) < HOSTILE_MEANING_S
