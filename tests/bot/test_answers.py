"""What the answers say: short, the same in both languages, and true of the shop and of the desk."""

import re

import pytest
import yaml

from actions.refunds import RETURN_DAYS
from tests.bot.parts import ROOT

ANSWER_CHARS_MAX = 330
# Whoever changes one of these facts finds here every answer that says it.
FACTS = {
    "days to return": (r"(\d+)(?: days of delivery| Tagen? nach der Zustellung)", {str(RETURN_DAYS)}),
    "days to refund": (
        r"(?:refund\w*|erstatte\w*).{0,30}?(?:within|innerhalb von) (\d+) (?:days|Tagen)\b",
        {"14"},
    ),
    "free delivery from": (r"(?:value of €|ab )(\d+)(?: €)?", {"60"}),
    "phone": (r"(\+49[\d ]+\d)", {"+49 40 66969 120"}),
    "e-mail": (r"([\w.]+@[\w.]+\w)", {"support@nordlicht.example"}),
}


@pytest.fixture(scope="module")
def answers():
    """Every text by name and language."""
    found = {}
    for path in sorted((ROOT / "bot/domain").glob("*.yml")):
        for name, variants in yaml.safe_load(path.read_text())["responses"].items():
            for variant in variants:
                if "text" in variant:
                    found[name, "de" if "condition" in variant else "en"] = variant["text"]
    return found


def test_answers_are_short(answers):
    assert {key: len(text) for key, text in answers.items() if len(text) > ANSWER_CHARS_MAX} == {}


def test_both_languages_name_the_same_figures(answers):
    def figures(text):
        return sorted(re.findall(r"\d+(?:-\d+)*", re.sub(r"(?<=\d)[.,](?=\d)", "-", text)))

    differing = [
        name
        for name, language in answers
        if language == "en" and figures(answers[name, "en"]) != figures(answers[name, "de"])
    ]
    assert differing == []


@pytest.mark.parametrize("fact", FACTS)
def test_no_two_answers_disagree_about_a_fact(answers, fact):
    pattern, values = FACTS[fact]
    said = {value for text in answers.values() for value in re.findall(pattern, text)}
    assert said == values


def test_what_is_said_of_the_shop_is_what_the_shop_does(answers):
    seed = (ROOT / "handoff/demo/shop_seed.py").read_text()  # read, since it is of the server's newer Python
    cents = int(re.search(r"^PACKED_FEE_CENTS = (\d+)", seed, re.MULTILINE)[1])
    carrier = re.search(r'^CARRIER = "(.+?)"', seed, re.MULTILINE)[1]
    fee = f"{cents // 100}.{cents % 100:02}"
    for language, written in (("en", f"€{fee}"), ("de", f"{fee.replace('.', ',')} €")):
        assert written in answers["say_cancellation_fee_in_general", language]
        assert carrier in answers["utter_delivery_options", language]


def test_how_to_reach_the_trader_is_what_the_desk_file_says(answers):
    desk = (ROOT / "handoff/demo/desk.toml").read_text()
    for language, around_the_clock in (("en", "around the clock"), ("de", "rund um die Uhr")):
        text = answers["utter_contact_customer_service", language]
        for key in ("email", "phone"):
            assert re.search(rf'^{key} = "(.+?)"', desk, re.MULTILINE)[1] in text
        street, town = re.search(r'^postal_address = "(.+?), (.+?),', desk, re.MULTILINE).groups()
        assert f"{street}, {town}" in text
        always = re.findall(
            r'^(?:mon|tue|wed|thu|fri|sat|sun) = \[\["00:00", "24:00"\]\]', desk, re.MULTILINE
        )
        assert (around_the_clock in text) == (len(always) == 7)


def test_no_answer_claims_that_a_person_was_called(answers):
    claim = re.compile(
        r"(have|has been|was|were) (called|informed|escalated|forwarded|transferred|notified)|connecting you"
        r"|(verbinde|leite) (ich )?Sie|(wurde|habe ich|ist) .{0,30}(weitergeleitet|verständigt|informiert|eskaliert)",
        re.IGNORECASE,
    )
    assert [key for key, text in answers.items() if claim.search(text)] == []


def test_every_answer_that_cannot_help_has_a_person_one_tap_away():
    person = {"I want to talk to a person", "Ich möchte mit einem Menschen sprechen"}
    cannot = re.compile(
        r"cannot|not sure|misunderstood|a person|kann ich nicht|nicht sicher|falsch verstanden|Mensch"
    )
    without = []
    for path in sorted((ROOT / "bot/domain").glob("*.yml")):
        for name, variants in yaml.safe_load(path.read_text())["responses"].items():
            for variant in variants if name.startswith("utter_") else ():
                payloads = {button["payload"] for button in variant.get("buttons", [])}
                if cannot.search(variant.get("text", "")) and not payloads & person:
                    without.append(name)
    assert without == []
