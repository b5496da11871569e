"""Our NLU parts by themselves: numbers in messages, English from German, and the classifier's two scores."""

import numpy as np
import pytest

from bot.components.classifier import judge, learn
from bot.components.embedding import TEXT_CHARS_MAX, normalise, open_encoder
from bot.components.language import detect, learn_log_odds
from bot.components.references import find_references


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10023", {"order_number": "10023"}),
        ("where is order 10023?", {"order_number": "10023"}),
        ("my order number is 10023.", {"order_number": "10023"}),
        ("Bestellnummer: 10023", {"order_number": "10023"}),
        ("Bestellung mit der Nummer 10023, bitte", {"order_number": "10023"}),
        ("#10023", {"order_number": "10023"}),
        ("order 4711 please", {"order_number": "4711"}),
        ("order 1234567", {"order_number": "1234567"}),
        ("no, not 10023, I mean 10024", {"order_number": "10024"}),
        ("order 10023, I live in 20457 Hamburg", {"order_number": "10023"}),
        ("my postcode is 20457", {}),
        ("PLZ 1010", {}),
        ("it cost 12345 EUR", {}),
        ("I paid 149.00", {}),
        ("INV-2026-0117", {"invoice_number": "INV-2026-0117"}),
        ("inv 2026 117", {"invoice_number": "INV-2026-0117"}),
        ("invoice 0203", {"invoice_number": "0203"}),
        ("Rechnung Nr. 2026-0117", {"invoice_number": "2026-0117"}),
        ("invoice for order 10016", {"order_number": "10016"}),
        ("R-5004", {"refund_number": "R-5004"}),
        ("r5004", {"refund_number": "R-5004"}),
        ("Erstattung 5004", {"refund_number": "R-5004"}),
        ("refund for order 10018, number R-5004", {"order_number": "10018", "refund_number": "R-5004"}),
        ("0203", {"number": "0203"}),
        ("2026-0117", {"number": "2026-0117"}),
        ("I have 2 lamps", {}),
        ("no digits at all", {}),
    ],
)
def test_references_are_found_by_form_or_by_the_word_before(text, expected):
    assert {it.entity: it.value for it in find_references(text)} == expected


def test_references_say_where_they_stand():
    text = "please look up order 10023 and refund R-5004"
    assert [text[it.start : it.end] for it in find_references(text)] == ["10023", "R-5004"]


@pytest.mark.parametrize(
    "text", ["order " + "no " * 1300, "#" * 4000, "1" * 4000, "order:" * 600 + " 1", "R-" * 2000]
)
@pytest.mark.timeout(5)
def test_a_hostile_message_is_read_quickly(text):
    find_references(text)


SENTENCES = {
    "en": [
        "where is my order",
        "I want to cancel the order",
        "how can I pay",
        "what does shipping cost",
        "thank you",
    ],
    "de": [
        "wo ist meine Bestellung",
        "ich möchte stornieren",
        "wie kann ich zahlen",
        "was kostet der Versand",
        "danke",
    ],
}


def test_a_clear_sentence_overrules_the_prior():
    log_odds = learn_log_odds(SENTENCES)
    assert detect("where can I pay for the order", "de", log_odds) == "en"
    assert detect("wie kann ich meine Bestellung zahlen", "en", log_odds) == "de"


@pytest.mark.parametrize("text", ["10023", "ok", "", "R-5004", "???", "🙂"])
def test_what_says_little_leaves_the_language_as_it_is(text):
    log_odds = learn_log_odds(SENTENCES)
    assert detect(text, "de", log_odds) == "de"
    assert detect(text, "en", log_odds) == "en"


def test_references_are_alike_to_the_encoder_and_texts_bounded():
    assert normalise("where is order 10023") == normalise("where is order 99999")
    assert normalise("INV-2026-0117") == normalise("R-5004") == normalise("10023")
    assert normalise("") == normalise("  ") == "-"
    assert len(normalise("x" * 10_000)) == TEXT_CHARS_MAX


def test_the_encoder_gives_unit_vectors_and_likens_translations():
    encoder = open_encoder("use-multilingual-v3")
    english, german, other = encoder.encode(["where is my parcel", "wo ist mein Paket", "I like pizza"])
    assert np.linalg.norm(english) == pytest.approx(1.0, abs=1e-3)
    assert english @ german > english @ other + 0.2


def test_an_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match="unknown sentence encoder"):
        open_encoder("none")


@pytest.fixture(scope="module")
def learned():
    """Three intents as clusters around axes, and strangers that lie on none."""
    random = np.random.default_rng(1)
    vectors, intents = [], []
    for axis, intent in enumerate(("buy", "pay", "send")):
        centre = np.eye(8)[axis]
        for _ in range(30):
            vector = centre + random.normal(0, 0.15, 8)
            vectors.append(vector / np.linalg.norm(vector))
            intents.append(intent)
    strangers = random.normal(0, 1, (40, 8))
    strangers[:, :3] = 0
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    known = np.asarray(vectors, dtype=np.float32)
    weights, report = learn(
        known, intents, strangers.astype(np.float32), strength=10.0, keep=0.95, margin=0.1
    )
    return weights, report


def test_the_level_of_familiarity_keeps_the_share_that_was_asked_for(learned):
    _, report = learned
    assert report.kept == pytest.approx(0.95, abs=0.02)
    assert report.refused > 0.9
    assert report.accuracy == 1.0


def test_a_stranger_is_less_familiar_than_any_known_axis(learned):
    weights, _ = learned
    known, stranger = judge(np.eye(8, dtype=np.float32)[[1, 7]], weights)
    assert known.ranking[0][0] == "pay"
    assert known.familiarity >= weights.familiarity_min > stranger.familiarity


def test_a_sentence_between_two_intents_has_no_clear_winner(learned):
    weights, _ = learned
    between = (np.eye(8)[0] + np.eye(8)[1]) / np.sqrt(2)
    (verdict,) = judge(between[None].astype(np.float32), weights)
    assert {name for name, _ in verdict.ranking[:2]} == {"buy", "pay"}
    assert sum(chance for _, chance in verdict.ranking) == pytest.approx(1.0)
