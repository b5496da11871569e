"""What people write about themselves does not reach a trainer's page or a file."""

import pytest

from handoff.trainer.masking import mask


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("write to Erika.Probe+shop@post.example please", ["Erika", "post.example"]),
        ("erika (at) post.example", ["erika", "post.example"]),
        ("call +49 151 2345678 or (040) 66 969-120", ["151", "2345678", "66", "969"]),
        ("ring 555-123-4567", ["555", "4567"]),
        ("IBAN DE89 3704 0044 0532 0130 00", ["DE89", "3704", "0532"]),
        ("NL91ABNA0417164300", ["ABNA", "0417"]),
        ("GB29 NWBK 6016 1331 9268 19", ["NWBK", "6016"]),
        ("card 4111 1111 1111 1111", ["4111", "1111"]),
        ("5500-0000-0000-0004 is my card", ["5500", "0004"]),
        ("where is order 10023", ["10023"]),
        ("Bestellung #A-12345 und RE-2026-0012", ["12345", "2026", "0012"]),
        ("parcel 1Z999AA10123456784", ["1Z999", "456784"]),
        ("Ich heiße Jörg von Malottki", ["Jörg", "Malottki"]),
        ("my name is Siobhán O'Brien and I wait", ["Siobhán", "Brien"]),
        ("Herr Dr. Wagenknecht hat angerufen", ["Wagenknecht"]),
        ("Mit freundlichen Grüßen\nPetra Neuhaus", ["Petra", "Neuhaus"]),
        ("Kind regards, Emma Thorne", ["Emma", "Thorne"]),
        ("an Lindenstraße 12a, 20457 Hamburg", ["Linden", "12a", "20457", "Hamburg"]),
        ("ship it to 221b Baker Street", ["221b", "Baker"]),
        ("wohne Am Markt 5", ["Markt 5"]),
        ("born 12.03.1984", ["1984"]),
        ("my password is hunter2!", ["hunter2"]),
        ("see https://shop.example/o/abc?key=zzz", ["abc", "zzz"]),
        ("Nummer 1 0 0 2 3 4", ["1 0 0"]),
        ("full-width １００２３", ["１００２３", "10023"]),
    ],
)
def test_personal_data_is_replaced(text: str, gone: list[str]) -> None:
    masked = mask(text)
    assert masked.kinds
    assert [one for one in gone if one in masked.text] == []


def test_known_names_go_wherever_they_stand() -> None:
    masked = mask("anna SCHMIDT here, it's Anna", ["Anna Schmidt"])
    assert "anna" not in masked.text.lower() and "schmidt" not in masked.text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "can you wrap 2 lamps as a gift?",
        "Wie kann ich in 3 Raten zahlen?",
        "it cost 49.90 €",
        "Ich bin Student und möchte Rabatt",
        "do you offer express delivery on a Saturday",
        "vielen Dank, das hilft",
        "Gibt es Lampen von Nordlicht?",
    ],
)
def test_ordinary_questions_stay_as_they_are(text: str) -> None:
    assert mask(text).text == text and mask(text).kinds == ()


def test_masked_twice_is_masked_once() -> None:
    once = mask("I am Erika Probe, 10023, erika@post.example, Lindenstraße 12, 20457 Hamburg").text
    assert mask(once).text == once


def test_long_and_strange_texts_take_no_time() -> None:
    for text in ("a" * 4_000, "1 " * 2_000, "A b" * 1_300, "@" * 4_000, "Str 1 " * 600, "\ue000\ue001" * 500):
        assert len(mask(text).text) < 40_000
