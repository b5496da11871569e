"""Requests for a person are taught like everything else: one line each, no personal data, and nothing said twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.detector.training import read_sentences
from handoff.domain.errors import Code, DomainError
from handoff.trainer.dataset import HUMAN, read
from handoff.trainer.edits import BUILT_IN, carry_out
from handoff.trainer.edits.operations import (
    AddRequests,
    ChangeRequest,
    Operation,
    RemoveRequest,
)
from handoff.trainer.files import Files
from handoff.trainer.problems import near, problems
from tests.unit.trainer.test_edits import changed_lines
from tests.unit.trainer.test_nothing_outside import EVIL

ROOT = Path(__file__).resolve().parents[3]
ENGLISH, CZECH = f"{HUMAN}/en.txt", f"{HUMAN}/cs.txt"
MINE = """# In our own words.
+ an agent
+ somebody real

- the agent nouns of a language
# what they write in despair
! I cannot go on

- a person of honour
"""


@pytest.fixture(scope="module")
def all_texts() -> dict[str, str]:
    return Files(ROOT, ROOT / "var/nowhere").read()


@pytest.fixture
def texts() -> dict[str, str]:
    return {ENGLISH: MINE, CZECH: "+ člověk\n- dobrý den\n! pomoc\n"}


def add(kind: str, *said: str, language: str = "en") -> AddRequests:
    return AddRequests(language=language, kind=kind, texts=list(said))  # type: ignore[arg-type]


def refusal(
    texts: dict[str, str], asked: Operation, measured: frozenset[tuple[str, str]] = frozenset()
) -> DomainError:
    with pytest.raises(DomainError) as caught:
        carry_out(texts, asked, BUILT_IN, measured)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "line", "after"),
    [
        ("asks", "+ put me through", "+ somebody real"),
        ("sounds_like_it", "- put me through", "- a person of honour"),
        ("distress", "! put me through", "! I cannot go on"),
    ],
)
def test_a_sentence_comes_as_one_line_after_the_last_of_its_kind(
    texts: dict[str, str], kind: str, line: str, after: str
) -> None:
    changed = carry_out(texts, add(kind, "  put me\tthrough "))
    assert changed_lines(texts, changed) == [f"+ {line}"]
    lines = changed[ENGLISH].split("\n")
    assert lines[lines.index(line) - 1] == after
    assert list(changed) == [ENGLISH]


def test_every_language_of_the_detector_is_taught_and_no_other(all_texts: dict[str, str]) -> None:
    languages = sorted(path[len(HUMAN) + 1 : -4] for path in all_texts if path.startswith(HUMAN))
    assert len(languages) == 25
    for language in languages:
        changed = carry_out(all_texts, add("asks", "zzz qqq xxx", language=language))
        assert changed_lines(all_texts, changed) == ["+ + zzz qqq xxx"]
    for language in ("xx", "../nlu/orders", "en.txt", "", "EN", "en/../de", "\x00"):
        assert refusal(all_texts, add("asks", "zzz", language=language)).code is Code.BAD_REQUEST


def test_personal_data_does_not_reach_a_file(texts: dict[str, str]) -> None:
    said = "call me on +49 151 2345678 about 10023, erika.probe@post.example, my name is Erika Probe"
    [line] = changed_lines(texts, carry_out(texts, add("asks", said)))
    assert line == "+ + call me on 000 000000 about 00000, name@mail.example, my name is Alex Muster"


def test_the_same_is_not_said_twice_nor_both_ways(texts: dict[str, str]) -> None:
    assert "asks for a person" in refusal(texts, add("asks", "Somebody real!")).message
    assert "asks for nobody" in refusal(texts, add("asks", "A person of honour?")).message
    assert refusal(texts, add("distress", "an agent")).code is Code.CONFLICT
    assert carry_out(texts, add("asks", "an agent", language="cs"))  # another language has its own words


def test_what_the_detector_is_measured_on_is_not_learned(texts: dict[str, str]) -> None:
    measured = frozenset({("en", "let me have a word with your boss")})
    asked = add("asks", "Let me have a word with your boss!")
    assert "held back for measuring" in refusal(texts, asked, measured).message
    change = ChangeRequest(
        language="en", text="an agent", to="let me have a word with your boss", kind="asks"
    )
    assert refusal(texts, change, measured).code is Code.CONFLICT


def test_what_the_assistant_takes_for_a_request_is_not_taught_to_be_none(all_texts: dict[str, str]) -> None:
    said = next(
        one.text
        for one in read(all_texts).sentences
        if (one.intent, one.language) == ("request_human", "en")
        and one.text not in {its.text for its in read(all_texts).requests}
    )
    assert "request_human" in refusal(all_texts, add("sounds_like_it", said)).message


def test_a_sentence_changes_in_its_place_in_words_or_in_kind(texts: dict[str, str]) -> None:
    words = ChangeRequest(language="en", text="an agent", to="one of your agents", kind="asks")
    assert changed_lines(texts, carry_out(texts, words)) == ["- + an agent", "+ + one of your agents"]
    kind = ChangeRequest(language="en", text="an agent", to="an agent", kind="sounds_like_it")
    assert changed_lines(texts, carry_out(texts, kind)) == ["- + an agent", "+ - an agent"]
    both_ways = ChangeRequest(language="en", text="an agent", to="a person of honour", kind="asks")
    assert refusal(texts, both_ways).code is Code.CONFLICT
    gone = ChangeRequest(language="en", text="not there", to="x", kind="asks")
    assert refusal(texts, gone).code is Code.NOT_FOUND


def test_a_sentence_goes_and_the_last_of_its_kind_stays(texts: dict[str, str]) -> None:
    changed = carry_out(texts, RemoveRequest(language="en", text="an agent"))
    assert changed_lines(texts, changed) == ["- + an agent"]
    assert refusal(texts, RemoveRequest(language="en", text="I cannot go on")).code is Code.CONFLICT
    other = ChangeRequest(language="en", text="I cannot go on", to="I cannot go on", kind="asks")
    assert refusal(texts, other).code is Code.CONFLICT


def test_line_ends_remarks_and_a_missing_last_break_stay(texts: dict[str, str]) -> None:
    texts[ENGLISH] = MINE.replace("\n", "\r\n").removesuffix("\r\n")
    changed = carry_out(texts, add("sounds_like_it", "the human body"))
    assert changed[ENGLISH] == texts[ENGLISH] + "\r\n- the human body"


@pytest.mark.parametrize(
    "evil", [*EVIL, "x" * 401, "\x1b[2J", "a\x0bb", "\u202eagent", "\ud800", "!?", "+ x\n- y"]
)
@pytest.mark.parametrize("where", ["add", "change", "language", "remove"])
def test_what_is_typed_is_a_line_of_words_or_is_refused(
    texts: dict[str, str], tmp_path: Path, evil: str, where: str
) -> None:
    """Whatever is typed: no other file, no other line, and the detector's training reads what the page shows."""
    asked: dict[str, Operation] = {
        "add": add("asks", evil),
        "change": ChangeRequest(language="en", text="an agent", to=evil, kind="distress"),
        "language": add("asks", "fine", language=evil),
        "remove": RemoveRequest(language="en", text=evil),
    }
    before = read(texts).requests
    try:
        changed = carry_out(texts, asked[where])
    except DomainError as error:
        assert error.code in (Code.BAD_REQUEST, Code.NOT_FOUND, Code.CONFLICT)  # noqa: PT017
        return
    assert list(changed) == [ENGLISH] and where in ("add", "change")
    after = read(texts | changed).requests
    assert len(after) - len(before) == (1 if where == "add" else 0)
    (tmp_path / "en.txt").write_text(changed[ENGLISH], encoding="utf-8")
    signs = {"asks": "+", "sounds_like_it": "-", "distress": "!"}
    assert read_sentences(tmp_path) == [
        ("en", signs[one.kind], one.text) for one in after if one.language == "en"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [("agent\n", 1), ("# ok\n\n* agent\n", 3), ("+\n", 1), ("+ a\n+agent\n", 2), ("+ a\x07\n", 1)],
)
def test_a_file_with_a_bad_line_is_shown_with_the_line(texts: dict[str, str], text: str, line: int) -> None:
    [found] = [one for one in problems(read(texts | {ENGLISH: text})) if one.about == ENGLISH]
    assert found.severity == "error" and f"Line {line}:" in found.text
    assert refusal(texts | {ENGLISH: text}, add("asks", "put me through")).code is Code.BAD_REQUEST


def test_lines_that_contradict_each_other_are_an_error(texts: dict[str, str]) -> None:
    found = problems(read(texts | {ENGLISH: MINE + "- An agent.\n"}))
    assert [one.about for one in found if "in another it does not" in one.text] == [ENGLISH]


def test_our_own_sentences_contradict_nothing(all_texts: dict[str, str]) -> None:
    assert [one for one in problems(read(all_texts)) if one.about.startswith(HUMAN)] == []


def test_what_is_nearly_the_same_is_found_in_its_language_only(texts: dict[str, str]) -> None:
    dataset = read(texts)
    said = "what the agent nouns of a language"
    [found] = near(dataset, said, "en")
    assert (found.intent, found.kind, found.text) == (None, "sounds_like_it", "the agent nouns of a language")
    assert near(dataset, said, "cs") == near(dataset, said) == []


def test_words_of_indian_scripts_are_told_apart_by_their_vowels(all_texts: dict[str, str]) -> None:
    texts = {f"{HUMAN}/kn.txt": "+ ಬೇಕು\n- ಅದು\n! ಸಾಕು\n"}
    assert changed_lines(texts, carry_out(texts, add("sounds_like_it", "ಬೇಕಾ", language="kn")))
