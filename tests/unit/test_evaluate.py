"""`make evaluate`: files from outside are read with care, and the figures mean what they say."""

import json

import pytest

from handoff.tooling.terminal import ToolingError
from tests.evaluate import command
from tests.evaluate.command import predict, read_lines, tables
from tests.evaluate.scores import Gold, Prediction, score


def lines(*rows):
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def test_lines_are_read_with_or_without_labels():
    raw = lines(
        {"text": "hi", "lang": "de"}, b"", {"text": "ho", "lang": "en", "intent": "greet", "human": False}
    )
    assert read_lines(raw, "file") == [
        Gold(text="hi", lang="de"),
        Gold(text="ho", lang="en", intent="greet", human=False),
    ]


@pytest.mark.parametrize(
    ("value", "meant"), [("transfer", True), ("ask", True), ("no", False), (1, True), (None, None)]
)
def test_a_person_may_be_labelled_in_several_ways(value, meant):
    (gold,) = read_lines(lines({"text": "hi", "lang": "en", "human": value}), "file")
    assert gold.human is meant


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON, or not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        ([1], "not an object"),
        ({"lang": "en"}, "text is missing"),
        ({"text": 7}, "text is missing, or no string"),
        ({"text": "a", "lang": 7}, "lang is no language"),
        ({"text": "a", "lang": "\ud800"}, "lang is no language"),
        ({"text": "a", "intent": []}, "intent is neither"),
        ({"text": "a", "human": "perhaps"}, "human is neither"),
        ({"text": "a" * 1_000_001}, "longer than"),
    ],
)
def test_a_broken_line_is_named_with_what_is_wrong(line, fault):
    with pytest.raises(ToolingError, match="line 2: ") as error:
        read_lines(lines({"text": "fine"}, line), "file")
    assert fault in str(error.value)


def test_a_file_without_a_message_is_refused():
    with pytest.raises(ToolingError, match="holds no message"):
        read_lines(b"\n \n", "file")


def test_what_the_wire_refuses_is_refused_and_keeps_its_place(monkeypatch):
    parsed = {"intent": "greet", "confidence": 0.9, "ranking": [["greet", 0.95]], "language": "en", "ms": 1.0}
    asked = []
    monkeypatch.setattr(command, "_parse", lambda some: asked.extend(some) or [parsed] * len(some))
    texts = ["x" * 4001, " hello ", "\x00", "", "hi"]
    predictions = predict([Gold(text=text, lang="en") for text in texts])
    assert [one.text for one in predictions] == texts
    assert [one.decision for one in predictions] == ["refuse", "answer", "refuse", "refuse", "answer"]
    assert [one["text"] for one in asked] == ["hello", "hi"]


@pytest.mark.parametrize("lang", [{}, {"lang": None}, {"lang": ""}])
def test_a_message_without_a_language_counts_as_english(lang):
    assert read_lines(lines({"text": "hi", **lang}), "file") == [Gold(text="hi", lang="en")]


def test_a_line_is_written_for_each_line_read_whatever_stands_in_it(monkeypatch, tmp_path, capsys):
    """Half a character once ended the run with a traceback, after all the work."""
    monkeypatch.setattr(
        command,
        "_parse",
        lambda some: [{"intent": "greet", "confidence": 0.9, "ranking": [], "ms": 1.0} for _ in some],
    )
    texts = ["hi", "\ud83d", "a\u2028b\x85c", "", "\x00", "grüß", "x" * 5000, " "]
    data, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    data.write_bytes(lines(*({"text": text, "lang": "en", "intent": "\ud83d"} for text in texts)))
    assert command.main([str(data), "--predictions", str(out)]) == 0
    written = [json.loads(line) for line in out.read_bytes().split(b"\n")[:-1]]
    assert [line["text"] for line in written] == texts
    assert json.loads(capsys.readouterr().out.split("\n")[-2])["errors"]


def test_each_decision_has_its_candidates_and_one_kind_of_confidence(monkeypatch):
    ranking = [["buy", 0.5], ["pay", 0.4], ["send", 0.1]]
    parses = [
        {"intent": "buy", "confidence": 0.45, "ranking": ranking, "ms": 1.0},
        {"intent": "nlu_fallback", "confidence": 0.6, "ranking": ranking, "ms": 1.0},
        {"intent": "out_of_scope", "confidence": 0.9, "ranking": ranking, "ms": 1.0},
    ]
    monkeypatch.setattr(command, "_parse", lambda some: parses)
    got = predict([Gold(text=text, lang="en") for text in ("a", "b", "c")])
    assert [(one.decision, one.intent, one.candidates, one.confidence) for one in got] == [
        ("answer", "buy", ("buy",), 0.45),
        ("clarify", None, ("buy", "pay"), 0.4),
        ("refuse", None, (), 0.1),
    ]
    assert set(got[0].as_json()) == {"text", "decision", "intent", "candidates", "confidence", "human", "ms"}


def predicted(decision, *candidates, human="no", confidence=0.9, ms=2.0):
    return Prediction(
        text="",
        decision=decision,
        intent=candidates[0] if decision == "answer" else None,
        candidates=candidates,
        confidence=confidence,
        human=human,
        ms=ms,
    )


def test_figures_errors_and_tables_of_a_small_set():
    def gold(intent, human=None):
        return Gold(text=f"about {intent}", lang="en", intent=intent, human=human)

    golds = [
        gold("buy", False),
        gold("pay"),
        gold("send"),
        gold("buy"),
        gold("request_human", True),
        gold("out_of_scope"),
    ]
    got = [
        predicted("answer", "buy", human="ask"),
        predicted("clarify", "buy", "pay"),
        predicted("clarify", "buy", "pay"),
        predicted("refuse", confidence=0.3),
        predicted("refuse", human="transfer", confidence=0.8),
        predicted("answer", "pay", confidence=0.2),
    ]
    scores = score(golds, got)
    assert scores.intents["en"] == {
        "messages": 5,
        "right": 0.4,
        "right_or_named": 0.6,
        "asked": 0.4,
        "refused": 0.4,
        "answered_wrongly": 0.0,
    }
    assert scores.out_of_scope["en"]["refused"] == 0.0
    assert scores.out_of_scope["en"]["refused_at_keep"] == 1.0
    assert scores.human["en"]["requests_transferred"] == 1.0
    assert scores.human["en"]["others_transferred_or_asked"] == 1.0
    assert [error["faults"] for error in scores.errors] == [
        ["wants no person"],
        ["not among the choices"],
        ["refused"],
        ["answered, but out of scope"],
    ]
    printed = "\n".join(tables(scores))
    assert "'about send' (meant send, got buy or pay, person no)" in printed
    assert "60.0%" in printed
    json.dumps(scores.as_json())
