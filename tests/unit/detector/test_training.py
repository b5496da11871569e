"""The packaged weights come from the sentences in data/human, the same each time; bad files say what is wrong."""

from pathlib import Path

import pytest

from handoff.detector.model import Unusable, from_bytes, packaged_model, to_bytes
from handoff.detector.training import BadLine, fingerprint, learn, main, read_sentences
from tests.unit.detector.sentences import (
    LANGUAGES,
    encoder,
    held_back,
    held_back_customers,
    held_back_fourth,
    held_back_ordinary,
    held_back_roles,
    held_back_second,
    held_back_third,
    learned,
    strangers,
)


def few() -> list[tuple[str, str, str]]:
    return [tuple(line) for line in learned() if line.language in ("da", "el")][::3]


def test_the_packaged_weights_are_those_of_the_present_sentences() -> None:
    """When this fails, sentences, lexicon or code have changed since: `make train`, and commit the weights."""
    assert packaged_model().fingerprint == fingerprint([tuple(line) for line in learned()])


def test_the_same_sentences_always_give_the_same_weights() -> None:
    assert to_bytes(learn(few(), encoder())) == to_bytes(learn(few(), encoder()))


def test_other_sentences_have_another_fingerprint() -> None:
    assert fingerprint(few()) != fingerprint(few()[1:])


def test_weights_come_back_from_their_file_as_they_were() -> None:
    model = packaged_model()
    again = from_bytes(to_bytes(model))
    assert again == model


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x00" * 100, to_bytes(packaged_model())[:-20]])
def test_damaged_weights_are_refused(content: bytes) -> None:
    with pytest.raises(Unusable, match="make train"):
        from_bytes(content)


@pytest.mark.parametrize("line", ["agent", "* agent", "+", "+agent", "+  "])
def test_a_line_without_a_mark_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "en.txt").write_text(f"# remark\n\n+ an agent\n{line}\n", encoding="utf-8")
    with pytest.raises(BadLine, match=r"en\.txt, line 4"):
        read_sentences(tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_brings_enough_of_every_kind(language: str) -> None:
    texts = {mark: {its.text for its in learned() if its[:2] == (language, mark)} for mark in "+-!"}
    assert len(texts["+"]) >= 100
    assert len(texts["-"]) >= 100
    assert len(texts["!"]) >= 30


def test_nothing_that_is_held_back_is_learned() -> None:
    def plain(text: str) -> str:
        return "".join(char for char in text.casefold() if char.isalnum())

    sets = (
        held_back,
        held_back_second,
        held_back_third,
        held_back_fourth,
        held_back_ordinary,
        held_back_customers,
        held_back_roles,
        strangers,
    )
    held = {(its.language, plain(its.text)) for sentences in sets for its in sentences()}
    assert [its for its in learned() if (its.language, plain(its.text)) in held] == []


def test_a_bad_file_ends_training_with_a_sentence_that_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/human").mkdir(parents=True)
    (tmp_path / "data/human/en.txt").write_text("agent\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main() == 1
    assert "en.txt, line 1" in capsys.readouterr().err
