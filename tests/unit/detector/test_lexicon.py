"""The lexicon files are complete, and mistakes in them are found when they are read."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

import pytest

from handoff.detector.lexicon import Kind, Lexicon
from handoff.detector.text import Clause, clauses, fold, spellings
from handoff.detector.typos import Typos, within

FILES = sorted((files("handoff.detector") / "lexicon").iterdir(), key=lambda file: file.name)
EU_LANGUAGES = set("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())


def test_all_languages_of_the_union_and_kannada_are_there() -> None:
    assert {file.name.removesuffix(".toml") for file in FILES} == EU_LANGUAGES | {"kn"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_has_every_kind_of_entry(file: Traversable) -> None:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assert document["language"] == file.name.removesuffix(".toml")
    assert [kind for kind in Kind if not document.get(kind)] == []
    Lexicon([document])


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="persn"):
        Lexicon([{"language": "en", "common": "the", "persn": ["agent"]}])


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Rückruf", "ruckruf"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ŁÓDŹ", "lodz"),
        ("don’t", "dont"),
    ],
)
def test_folding_drops_case_and_accents(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_kannada_vowel_signs_are_kept() -> None:
    assert clauses("ಏಜೆಂಟ್ ಬೇಕು!") == [Clause(("ಏಜೆಂಟ್", "ಬೇಕು"), asks=False)]


def test_clauses_end_at_punctuation_and_know_their_question_mark() -> None:
    assert clauses("Cancel it, ok? me@x.example www.a.example") == [
        Clause(("cancel", "it"), asks=False),
        Clause(("ok",), asks=True),
    ]


def test_a_long_clause_is_read_in_overlapping_pieces_that_lose_no_word() -> None:
    words = [f"w{n}" for n in range(95)]
    pieces = clauses(" ".join(words))
    assert [word for piece in pieces for word in piece.words if word not in words] == []
    assert {word for piece in pieces for word in piece.words} == set(words)
    assert all(set(a.words) & set(b.words) for a, b in pairwise(pieces))


def test_spellings_cover_digraphs_and_latin_letters() -> None:
    assert spellings(["möchte* ich", "menu"]) == [{("mochte*", "ich"), ("moechte*", "ich")}, {("menu",)}]
    (bulgarian,) = spellings(["човек"])
    assert ("chovek",) in bulgarian
    (greek,) = spellings(["άνθρωπος"])
    assert ("anthropos",) in greek


@pytest.mark.parametrize(
    ("typed", "word", "edits", "near"),
    [
        ("agent", "agent", 0, True),
        ("agnet", "agent", 1, True),
        ("agen", "agent", 1, True),
        ("agennt", "agent", 1, True),
        ("agunt", "agent", 1, True),
        ("agntx", "agent", 1, False),
        ("represntatve", "representative", 2, True),
        ("reprsntatve", "representative", 2, False),
    ],
)
def test_typos_are_counted(typed: str, word: str, edits: int, near: bool) -> None:
    assert within(typed, word, edits) is near


def test_a_mistyped_word_or_stem_is_found_again() -> None:
    typos = Typos(["representative", "human", "talk"], [("mitarbeiter", 6)])
    assert typos.find("represntatve") == ({"representative"}, set())
    assert typos.find("humna") == ({"human"}, set())
    assert typos.find("tlak") == ({"talk"}, set())
    assert typos.find("mitarbietern") == (set(), {"mitarbeiter"})
    assert typos.find("walk") == (set(), set())
    assert typos.find("mitarbeitersuchmaschine") == (set(), set())
