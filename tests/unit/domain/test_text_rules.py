"""What counts as a text that a person may send, and when two questions are the same."""

import pytest

from handoff.domain.errors import Code, DomainError
from handoff.domain.text import clean_text, is_language, language_of, same_question


def _refused(text: str) -> Code:
    with pytest.raises(DomainError) as refusal:
        clean_text(text)
    return refusal.value.code


def test_a_text_is_trimmed_and_otherwise_left_alone() -> None:
    assert clean_text("  two\n\tlines, ünïcödé, 🙂, ಕನ್ನಡ  \n") == "two\n\tlines, ünïcödé, 🙂, ಕನ್ನಡ"


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_an_empty_text_is_a_bad_request(text: str) -> None:
    assert _refused(text) is Code.BAD_REQUEST


def test_exactly_4000_characters_after_trimming_are_taken_and_one_more_is_too_large() -> None:
    assert len(clean_text(" " + "ü" * 4_000 + "\n")) == 4_000
    assert _refused("ü" * 4_001) is Code.TOO_LARGE
    assert len(clean_text("🙂" * 4_000)) == 4_000


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x08", "\x0b", "\x1b", "\x7f", "\x80", "\x9f", "\r"])
def test_control_characters_are_a_bad_request(character: str) -> None:
    assert _refused(f"a{character}b") is Code.BAD_REQUEST


@pytest.mark.parametrize("character", ["\n", "\t", "\u2028", "\u200d", "\ufeff", "\u00ad", "\ue000"])
def test_new_line_tab_and_what_is_no_control_character_is_taken(character: str) -> None:
    assert clean_text(f"a{character}b") == f"a{character}b"


def test_a_half_of_a_surrogate_pair_is_a_bad_request() -> None:
    assert _refused("a\ud83db") is Code.BAD_REQUEST


def test_line_ends_of_windows_become_new_lines() -> None:
    assert clean_text("a\r\nb") == "a\nb"


def test_a_text_that_is_too_long_is_told_so_even_if_it_is_also_malformed() -> None:
    assert _refused("\x00" + "a" * 5_000) is Code.TOO_LARGE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my parcel?", "  where IS my   parcel ?!"),
        ("Wo ist mein Paket?", "wo ist mein paket"),
        ("Größe ändern", "GRÖSSE ÄNDERN"),
    ],
)
def test_case_blanks_and_punctuation_do_not_make_another_question(one: str, other: str) -> None:
    assert same_question(one) == same_question(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Where is order 10023?", "Where is order 10024?"), ("ನನ್ನ ಪಾರ್ಸೆಲ್ ಎಲ್ಲಿ", "ನನ್ನ ಪಾರ್ಸೆಲ್ ಎಲ್ಲ")],
)
def test_another_number_or_vowel_is_another_question(one: str, other: str) -> None:
    assert same_question(one) != same_question(other)


@pytest.mark.parametrize("locale", ["de", "de-AT", "EN_gb", "kn", "mt-MT", "gsw-CH"])
def test_a_language_is_known_by_the_code_that_locales_have(locale: str) -> None:
    assert is_language(language_of(locale))


@pytest.mark.parametrize("given", ["", "english", "deu", "xx", "d", "de fr", "de,fr", "*"])
def test_what_no_locale_names_is_not_a_language(given: str) -> None:
    assert not is_language(language_of(given))
