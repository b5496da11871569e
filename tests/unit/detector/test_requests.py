"""Requests for a person are found in every language, and talk about persons is not taken for one."""

from collections.abc import Callable, Iterable

import pytest

from handoff.detector.detector import Detector
from handoff.domain.requests import HumanRequest
from tests.unit.detector.sentences import (
    LANGUAGES,
    Sentence,
    encoder,
    held_back,
    held_back_customers,
    held_back_fourth,
    held_back_ordinary,
    held_back_roles,
    held_back_second,
    held_back_third,
    learned,
    near_misses_and_ordinary,
    some_learned,
    strangers,
)

ALONE = Detector()  # as in the first seconds of a server, or where the encoder cannot be loaded
DETECTOR = Detector(encoder=encoder())

# Of the sentences in tests/held_out/human, which nobody looked at for the lexicon or the training. Many of the others
# there are near misses, so that the alarms are more than a day's ordinary messages would raise.
HELD_BACK_FOUND = 0.965
HELD_BACK_ALARMS = 0.02
HELD_BACK_TRANSFERRED_WRONGLY = 0.007
SECOND_FOUND = 0.955
SECOND_ALARMS = 0.025
SECOND_TRANSFERRED_WRONGLY = 0.004
# What was missed of the third set was read before the rule for working persons was taught, so that its figures flatter,
# as those of the others do. Its near misses and its ordinary messages stand apart.
THIRD_FOUND = 0.955
THIRD_ALARMS = 0.04
THIRD_TRANSFERRED_WRONGLY = 0.01
ORDINARY_ALARMS = 0.005
FOURTH_FOUND = 0.97
FOURTH_ALARMS = 0.08  # near misses only, in five kinds
# What assistants of all trades are told, a third of it about persons ("has my boss answered?"): nearly all alarms are
# of that third.
ALL_TRADES_ALARMS = 0.045
ALL_TRADES_TRANSFERRED_WRONGLY = 0.007
CUSTOMERS_ALARMS = 0.02  # what customers of all trades write first, hardly any of it about persons
CUSTOMERS_TRANSFERRED_WRONGLY = 0.003
ROLES_FOUND = 0.9  # persons of all trades: before there was a rule for them, seven of ten
ROLES_ALARMS = 0.06
STRANGERS_FOUND = 0.95
STRANGERS_INTERRUPTED = 0.02
STRANGERS_TRANSFERRED = 0.005


def read(text: str) -> HumanRequest:
    return DETECTOR.read(text).human_request


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_learned_is_known(language: str) -> None:
    requests = [its.text for its in some_learned() if its[:2] == (language, "+")]
    others = [its.text for its in some_learned() if its[:2] == (language, "-")]
    missed = [text for text in requests if read(text) is HumanRequest.NO]
    alarms = [text for text in others if read(text) is not HumanRequest.NO]
    assert len(missed) <= 1 + 0.02 * len(requests), missed
    assert len(alarms) <= 1 + 0.02 * len(others), alarms


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_requests_are_transferred_without_another_question(language: str) -> None:
    """Until the encoder is there as well: more than half of some languages' name nobody, and are asked."""
    requests = [its.text for its in learned() if its[:2] == (language, "+")]
    clear = sum(ALONE.read(text).human_request is HumanRequest.TRANSFER for text in requests)
    assert clear >= 0.35 * len(requests)


def test_most_requests_of_strangers_are_transferred_without_another_question() -> None:
    requests = [its.text for its in strangers() if its.mark == "+"]
    assert sum(read(text) is HumanRequest.TRANSFER for text in requests) >= 0.6 * len(requests)


def test_held_back_requests_are_found() -> None:
    requests = [its.text for its in held_back() if its.mark == "+"]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= HELD_BACK_FOUND * len(requests)


def test_held_back_near_misses_raise_few_alarms() -> None:
    readings = [read(its.text) for its in held_back() if its.mark == "-"]
    alarms = sum(reading is not HumanRequest.NO for reading in readings)
    transferred = sum(reading is HumanRequest.TRANSFER for reading in readings)
    assert alarms <= HELD_BACK_ALARMS * len(readings)
    assert transferred <= HELD_BACK_TRANSFERRED_WRONGLY * len(readings)


def test_requests_of_the_second_set_are_found() -> None:
    requests = [its.text for its in held_back_second() if its.mark == "+"]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= SECOND_FOUND * len(requests)


def test_other_messages_of_the_second_set_raise_few_alarms() -> None:
    readings = [read(its.text) for its in held_back_second() if its.mark == "-"]
    assert sum(its is not HumanRequest.NO for its in readings) <= SECOND_ALARMS * len(readings)
    assert sum(its is HumanRequest.TRANSFER for its in readings) <= SECOND_TRANSFERRED_WRONGLY * len(readings)


def test_requests_of_the_third_set_are_found() -> None:
    requests = [its.text for its in held_back_third() if its.mark == "+"]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= THIRD_FOUND * len(requests)


def test_near_misses_of_the_third_set_raise_few_alarms() -> None:
    near_misses, _ = near_misses_and_ordinary(held_back_third())
    readings = [read(text) for text in near_misses]
    assert sum(its is not HumanRequest.NO for its in readings) <= THIRD_ALARMS * len(readings)
    assert sum(its is HumanRequest.TRANSFER for its in readings) <= THIRD_TRANSFERRED_WRONGLY * len(readings)


def test_ordinary_messages_of_the_third_set_ask_for_nobody() -> None:
    _, ordinary = near_misses_and_ordinary(held_back_third())
    readings = [read(text) for text in ordinary]
    assert sum(its is not HumanRequest.NO for its in readings) <= ORDINARY_ALARMS * len(readings)
    assert not any(its is HumanRequest.TRANSFER for its in readings)


def test_requests_of_the_fourth_set_are_found() -> None:
    requests = [its.text for its in held_back_fourth() if its.mark == "+"]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= FOURTH_FOUND * len(requests)


def test_near_misses_of_the_fourth_set_raise_few_alarms() -> None:
    readings = [read(its.text) for its in held_back_fourth() if its.mark == "-"]
    assert sum(its is not HumanRequest.NO for its in readings) <= FOURTH_ALARMS * len(readings)


def test_what_assistants_of_all_trades_are_told_raises_few_alarms() -> None:
    readings = [read(its.text) for its in held_back_ordinary()]
    assert sum(its is not HumanRequest.NO for its in readings) <= ALL_TRADES_ALARMS * len(readings)
    transferred = sum(its is HumanRequest.TRANSFER for its in readings)
    assert transferred <= ALL_TRADES_TRANSFERRED_WRONGLY * len(readings)


def test_strangers_are_heard_and_not_interrupted() -> None:
    """What the product is held to, on messages of somebody who knew nothing of it."""
    requests = [read(its.text) for its in strangers() if its.mark == "+"]
    assert sum(its is not HumanRequest.NO for its in requests) >= STRANGERS_FOUND * len(requests)
    ordinary = []
    for language in LANGUAGES:
        ordinary += [its.text for its in strangers() if its[:2] == (language, "-")][6:]
    readings = [DETECTOR.read(text) for text in ordinary]
    interrupted = [its for its in readings if its.human_request is not HumanRequest.NO or its.distress]
    transferred = [its for its in readings if its.human_request is HumanRequest.TRANSFER or its.distress]
    assert len(interrupted) <= STRANGERS_INTERRUPTED * len(readings)
    assert len(transferred) <= STRANGERS_TRANSFERRED * len(readings)


SETS = (
    held_back,
    held_back_second,
    held_back_third,
    held_back_fourth,
    held_back_ordinary,
    held_back_customers,
)
# All sets together; near misses are most of the others.
TOGETHER_FOUND = 0.97
TOGETHER_ALARMS = 0.02
TOGETHER_TRANSFERRED_WRONGLY = 0.004
ALONE_FOUND = 0.955
ALONE_ALARMS = 0.04


def heard(detector: Detector, sentences: Iterable[Sentence], mark: str) -> int:
    """How many of those with this mark are taken for a request, clear or not."""
    readings = [detector.read(its.text).human_request for its in sentences if its.mark == mark]
    return sum(its is not HumanRequest.NO for its in readings)


@pytest.mark.parametrize("sentences", SETS)
def test_no_set_is_worse_for_the_second_voice(
    sentences: Callable[[], tuple[Sentence, ...]],
) -> None:
    """By more than the one sentence that any change of what is learned may move."""
    assert heard(DETECTOR, sentences(), "+") >= heard(ALONE, sentences(), "+") - 1
    assert heard(DETECTOR, sentences(), "-") <= heard(ALONE, sentences(), "-") + 1


def test_of_the_alarms_two_fifths_are_put_right_and_no_request_is_lost_for_it() -> None:
    known = [its for sentences in SETS for its in sentences()]
    assert heard(DETECTOR, known, "+") >= heard(ALONE, known, "+")
    assert heard(DETECTOR, known, "-") <= 0.6 * heard(ALONE, known, "-")


def test_few_are_missed_and_few_asked_in_vain() -> None:
    known = [its for sentences in SETS for its in sentences()]
    asking = [read(its.text) for its in known if its.mark == "+"]
    others = [read(its.text) for its in known if its.mark == "-"]
    assert sum(its is not HumanRequest.NO for its in asking) >= TOGETHER_FOUND * len(asking)
    assert sum(its is not HumanRequest.NO for its in others) <= TOGETHER_ALARMS * len(others)
    assert sum(its is HumanRequest.TRANSFER for its in others) <= TOGETHER_TRANSFERRED_WRONGLY * len(others)


def test_without_the_encoder_hardly_fewer_are_found() -> None:
    everything = [its for sentences in SETS for its in sentences()]
    assert heard(ALONE, everything, "+") >= ALONE_FOUND * sum(its.mark == "+" for its in everything)
    assert heard(ALONE, everything, "-") <= ALONE_ALARMS * sum(its.mark == "-" for its in everything)


def test_what_customers_write_first_asks_for_nobody() -> None:
    readings = [read(its.text) for its in held_back_customers()]
    assert sum(its is not HumanRequest.NO for its in readings) <= CUSTOMERS_ALARMS * len(readings)
    transferred = sum(its is HumanRequest.TRANSFER for its in readings)
    assert transferred <= CUSTOMERS_TRANSFERRED_WRONGLY * len(readings)


def test_persons_of_all_trades_who_are_asked_for_are_found() -> None:
    requests = [its.text for its in held_back_roles() if its.mark == "+"]
    found = sum(read(text) is not HumanRequest.NO for text in requests)
    assert found >= ROLES_FOUND * len(requests)


def test_persons_of_all_trades_who_are_spoken_of_raise_few_alarms() -> None:
    readings = [read(its.text) for its in held_back_roles() if its.mark == "-"]
    assert sum(its is not HumanRequest.NO for its in readings) <= ROLES_ALARMS * len(readings)
    assert not any(its is HumanRequest.TRANSFER for its in readings)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("can your locksmith come into the chat", "en role: locksmith*"),
        ("the glazier and the roofer should join this chat", "en role: roofer*"),
        ("holen Sie den Dachdecker in den Chat", "de role: dachdecker*"),
        ("niech ślusarz do mnie oddzwoni", "pl role: ślusarz*"),
        ("kattotyöt: voiko lukkoseppä soittaa minulle", "fi role: lukkosepä*"),
        ("the locksmith called at six", ""),
        ("when does the locksmith come", ""),
        ("remind me to call the locksmith", "en never: remind me"),
        ("tell the locksmith to leave the key under the mat", ""),
    ],
)
def test_a_working_person_is_asked_for_together_with_an_act_towards_me(text: str, rule: str) -> None:
    assert DETECTOR.read(text).matched.replace("trained model", "") == rule


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("agent", HumanRequest.TRANSFER),
        ("cancel it and get me someone", HumanRequest.TRANSFER),
        ("no need for an agent", HumanRequest.NO),
        ("I do not want a bot, I want a human", HumanRequest.TRANSFER),
        ("are you human?", HumanRequest.NO),
        ("message number 110", HumanRequest.NO),
        ("123456", HumanRequest.NO),
        ("+43 664 1234567", HumanRequest.NO),
        ("human or bot?", HumanRequest.NO),
        ("is anybody there?", HumanRequest.ASK),
        ("my manager wants an invoice", HumanRequest.NO),
        ("I want to talk to my manager about it, where is the invoice", HumanRequest.TRANSFER),
        ("the delivery agent left it outside", HumanRequest.NO),
        ("ich brauche keinen Mitarbeiter", HumanRequest.NO),
        ("Kann ich nicht mit einem Mitarbeiter sprechen?", HumanRequest.TRANSFER),
    ],
)
def test_the_plain_cases_are_clear(text: str, request_: HumanRequest) -> None:
    assert read(text) is request_


ARE_YOU_HUMAN = {
    "bg": "ти човек ли си или машина?",
    "cs": "jsi člověk nebo stroj?",
    "da": "er du et menneske eller en maskine?",
    "de": "bist du ein Mensch oder eine Maschine?",
    "el": "είσαι άνθρωπος ή μηχανή;",
    "en": "are you a human or a machine?",
    "es": "¿eres humano o una máquina?",
    "et": "kas sa oled inimene või masin?",
    "fi": "oletko ihminen vai kone?",
    "fr": "es-tu un humain ou une machine ?",
    "ga": "an duine nó meaisín thú?",
    "hr": "jesi li ti čovjek ili stroj?",
    "hu": "ember vagy vagy gép?",
    "it": "sei un umano o una macchina?",
    "kn": "ನೀವು ಮನುಷ್ಯರೇ ಅಥವಾ ಯಂತ್ರವೇ?",
    "lt": "ar tu žmogus, ar mašina?",
    "lv": "vai tu esi cilvēks vai mašīna?",
    "mt": "int bniedem jew magna?",
    "nl": "ben je een mens of een machine?",
    "pl": "jesteś człowiekiem czy maszyną?",
    "pt": "és humano ou uma máquina?",
    "ro": "ești om sau mașină?",
    "sk": "si človek alebo stroj?",
    "sl": "si človek ali stroj?",
    "sv": "är du en människa eller en maskin?",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_asking_what_the_assistant_is_asks_for_nobody(language: str) -> None:
    assert read(ARE_YOU_HUMAN[language]) is HumanRequest.NO


ARE_YOU_A_ROBOT = {
    "bg": "робот ли си?",
    "cs": "jsi robot?",
    "da": "er du en robot?",
    "de": "bist du ein Roboter?",
    "el": "είσαι ρομπότ;",
    "en": "are you a robot?",
    "es": "¿eres un robot?",
    "et": "kas sa oled robot?",
    "fi": "oletko robotti?",
    "fr": "es-tu un robot ?",
    "ga": "an robat thú?",
    "hr": "jesi li robot?",
    "hu": "robot vagy?",
    "it": "sei un robot?",
    "kn": "ನೀವು ರೋಬೋಟ್ ಆಗಿದ್ದೀರಾ?",
    "lt": "ar tu robotas?",
    "lv": "vai tu esi robots?",
    "mt": "int robot?",
    "nl": "ben je een robot?",
    "pl": "jesteś robotem?",
    "pt": "és um robô?",
    "ro": "ești un robot?",
    "sk": "si robot?",
    "sl": "si robot?",
    "sv": "är du en robot?",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_asking_whether_it_is_a_robot_asks_for_nobody(language: str) -> None:
    assert read(ARE_YOU_A_ROBOT[language]) is HumanRequest.NO


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("REPRESENTATIVE!!!", "representative"),
        ("reprasentative", "representative"),
        ("i want to tlak to an agnet", "i want to talk to an agent"),
        ("ich moechte einen mitarbieter sprechen", "ich möchte einen Mitarbeiter sprechen"),
        ("ich möchte einen Mitarbeiter sprechen".upper(), "ich möchte einen Mitarbeiter sprechen"),
        ("je veux parler a un operateur", "je veux parler à un opérateur"),
        ("chce mluvit s clovekem", "chci mluvit s člověkem"),
        ("thelo na miliso me anthropo", "θέλω να μιλήσω με άνθρωπο"),
        ("iskam da govorya s operator", "искам да говоря с оператор"),
        ("a hu\u200bman plea\u00adse", "a human please"),
        ("ｈｕｍａｎ please", "human please"),
        ("humaaaan pleeeease", "human please"),
    ],
)
def test_spelling_does_not_stand_in_the_way(typed: str, meant: str) -> None:
    assert read(typed) is not HumanRequest.NO
    assert read(meant) is HumanRequest.TRANSFER


@pytest.mark.parametrize(
    "text", ["", " ", "?!", "10023", "😀", "http://agent.example/human", "agent@human.example"]
)
def test_what_has_no_words_asks_for_nobody(text: str) -> None:
    assert read(text) is HumanRequest.NO


def test_a_request_is_found_at_the_end_of_the_longest_message() -> None:
    story = "The lamp that I ordered came with a broken foot and two scratches on the shade. " * 48
    assert read(story + "I want to talk to a human") is HumanRequest.TRANSFER
    assert read(story) is HumanRequest.NO


def test_a_request_is_found_after_much_talk_about_agents() -> None:
    story = "One agent said this, another agent said that. My agent was rude. " * 20
    assert read(story) is HumanRequest.NO
    assert read(story + "Get me a supervisor.") is HumanRequest.TRANSFER
    assert read("Get me a supervisor. " + story) is HumanRequest.TRANSFER


def test_the_record_names_the_rule_and_never_the_customers_words() -> None:
    matched = DETECTOR.read("I am Waldemar Xylander, give me an operatr").matched
    assert matched == "en talk: operator"


def test_the_same_text_is_always_read_the_same_way() -> None:
    texts = [its.text for its in held_back()]
    first = [DETECTOR.read(text) for text in texts]
    assert [DETECTOR.read(text) for text in reversed(texts)] == first[::-1]
