"""The assistant's data as a whole: the intents that are promised, in both languages, and answers for all of them.

Trainers may add intents of their own: of these less is demanded, and none of them makes a test fail by being there.
"""

import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml

from tests.bot.parts import ROOT

INTENTS = set(
    """
    cancel_order change_order change_shipping_address set_up_shipping_address check_cancellation_fee check_invoice
    get_invoice check_payment_methods payment_issue check_refund_policy get_refund track_refund complaint
    contact_customer_service create_account delete_account edit_account switch_account recover_password
    registration_problems delivery_options delivery_period newsletter_subscription place_order review track_order
    other_order misunderstood request_human greet goodbye thank affirm deny bot_challenge help out_of_scope
    """.split()
)
SAID_BY_CONNECTOR = {"say_also_asked", "say_answers_in_language"}
NO_TOPICS = set(  # nobody is asked whether this was meant
    "greet goodbye thank affirm deny bot_challenge help out_of_scope other_order misunderstood".split()
)
SENTENCES_MIN = {"en": 45, "de": 40}
SENTENCES_OF_TRAINERS_MIN = 1  # in each language; the trainer's page warns below eight


def read(folder):
    return [yaml.safe_load(path.read_text()) for path in sorted((ROOT / folder).glob("*.yml"))]


def declared(domain):
    """Every intent of the domain's files but Rasa's own for "not understood"."""
    named = [one for content in domain for one in content.get("intents") or []]
    return {one if isinstance(one, str) else next(iter(one)) for one in named} - {"nlu_fallback"}


@pytest.fixture(scope="module")
def sentences():
    return [
        (block["intent"], block["metadata"]["language"], line.removeprefix("- "))
        for content in read("data/nlu")
        for block in content["nlu"]
        for line in block["examples"].splitlines()
    ]


@pytest.fixture(scope="module")
def responses():
    return {
        name: variants for content in read("bot/domain") for name, variants in content["responses"].items()
    }


def test_every_intent_has_sentences_enough_in_both_languages(sentences):
    counts = Counter((intent, language) for intent, language, _ in sentences)
    few = {
        (intent, language): counts[intent, language]
        for intent in INTENTS | declared(read("bot/domain"))
        for language, least in SENTENCES_MIN.items()
        if counts[intent, language] < (least if intent in INTENTS else SENTENCES_OF_TRAINERS_MIN)
    }
    assert few == {}


def test_the_promised_intents_are_there_and_sentences_belong_to_intents(sentences):
    there = declared(read("bot/domain"))
    assert INTENTS - there == set()
    assert {intent for intent, _, _ in sentences} - there == set()


def test_no_sentence_stands_twice(sentences):
    counts = Counter(
        (language, re.sub(r"[^\w ]", "", text.lower()).strip()) for _, language, text in sentences
    )
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_response_that_speaks_does_so_in_both_languages(responses):
    for name, variants in responses.items():
        if name == "utter_request_human":
            continue
        languages = ["de" if "condition" in variant else "en" for variant in variants]
        assert sorted(languages) == ["de", "en"], name
        german, english = sorted(variants, key=lambda variant: "condition" not in variant)
        placeholders = [set(re.findall(r"{(\w+)}", variant["text"])) for variant in (german, english)]
        assert placeholders[0] == placeholders[1], name
        assert len(german.get("buttons", [])) == len(english.get("buttons", [])), name


def test_actions_say_exactly_the_responses_that_are_there_for_them(responses):
    source = "\n".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))
    stems = set(re.findall(r"f\"(say_\w+_)\{", source))
    named = set(re.findall(r"\"(say_\w+)\"", source))
    there = {name for name in responses if name.startswith("say_")} - SAID_BY_CONNECTOR
    assert named <= there
    assert [name for name in there - named if not any(name.startswith(stem) for stem in stems)] == []


def test_every_topic_is_a_button_whose_payload_is_a_sentence_of_its_intent(sentences, responses):
    """So that what a tap says is understood as what the button promised."""

    def plain(text):
        return re.sub(r"[^\w ]", "", text.lower()).strip()

    trained = {(intent, language, plain(text)) for intent, language, text in sentences}
    topics = {name.removeprefix("topic_") for name in responses if name.startswith("topic_")}
    assert INTENTS - NO_TOPICS <= topics <= declared(read("bot/domain")) - NO_TOPICS
    for topic in topics:
        for variant in responses[f"topic_{topic}"]:
            [button] = variant["buttons"]
            language = "de" if "condition" in variant else "en"
            assert (topic, language, plain(button["payload"])) in trained


def test_rasa_finds_nothing_wrong_with_the_data():
    """Rasa cannot see what actions, forms and its own fallback say; of everything else no warning is accepted."""
    command = [
        sys.executable,
        "-m",
        "rasa",
        "data",
        "validate",
        "--config",
        "config.yml",
        "--domain",
        "bot/domain",
    ]
    done = subprocess.run(
        [*command, "--data", "data", "--fail-on-warnings"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    warnings = re.findall(r"UserWarning: (.*)", output)
    others = [
        it
        for it in warnings
        if not re.match(r"The utterance '(say_\w+|topic_\w+|utter_ask_\w+|utter_default)' is not used", it)
    ]
    assert others == []
