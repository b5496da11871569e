"""Words written to get past filters, or by a keyboard that does as it likes, are read as they were meant."""

import pytest

from handoff.detector.detector import Detector
from handoff.detector.text import clauses
from handoff.domain.requests import HumanRequest
from tests.unit.detector.sentences import encoder

DETECTOR = Detector(encoder=encoder())

MEANT = {
    "h u m a n": "human",
    "H.U.M.A.N": "human",
    "h-u-m-a-n": "human",
    "m e n s c h bitte": "mensch bitte",
    "speak to a h u m a n": "speak to ahuman human",  # an article beside it is a letter, too
    "hum4n ag3nt p3rs0n 0perator": "human agent person operator",
    "per$on hum@n": "person human",
    "hu\u200bm\u00adan \u202eagent\ufe0f": "human agent",
    "h\u0337u\u0337m\u0338a\u20ddn": "human",
    "hum\u0430n \u03b1gent \u0430g\u0435nt": "human agent agent",
    "\u0447o\u0432\u0435\u043a": "\u0447\u043e\u0432\u0435\u043a",
    "\u03ac\u03bd\u03b8\u03c1\u03c9\u03c0o": "\u03b1\u03bd\u03b8\u03c1\u03c9\u03c0\u03bf",
    "\uff41\uff47\uff45\uff4e\uff54 \U0001d4f1\U0001d4fe\U0001d4f6\U0001d4ea\U0001d4f7": "agent human",
    "\U0001f177\U0001f184\U0001f17c\U0001f170\U0001f17d": "human",
    "HUUUUMAN": "human",
    "\U0001f64f human \U0001f468\u200d\U0001f4bc please \U0001f64f": "human please",
}
AS_THEY_ARE = [
    "a4 b2b mp3 r5005 a1b2c 24hours 3weeks some1 wh1000",
    "size s m l",
    "iphone 15 pro",
    "\u043d\u043e\u043c\u0435\u0440 5",
    "ta\u010bizno 12",
]
ASKS = [
    "h u m a n",
    "i want to talk to a h u m a n",
    "t4lk t0 a r3al p3rs0n",
    "get me an ag3nt",
    "huuuumaaan pleeeease",
    "AGENT AGENT AGENT!!!!!!",
    "\U0001f621\U0001f621 agent \U0001f621\U0001f621",
    "sp\u0435ak to \u0430 hum\u0430n",
    "s\u200bp\u200be\u200ba\u200bk to an a\u200bg\u200be\u200bn\u200bt",
    "m e n s c h",
    "ich will einen m3nsch3n",
    "m e d e w e r k e r",
    "nange manushyara jothe maatadbeku",
    "customer care jothe mathadbeku please",
]


@pytest.mark.parametrize("written", MEANT)
def test_disguised_words_are_read_as_they_were_meant(written: str) -> None:
    assert " ".join(word for clause in clauses(written) for word in clause.words) == MEANT[written]


@pytest.mark.parametrize("written", AS_THEY_ARE)
def test_numbers_of_things_and_plain_words_stay_as_they_are(written: str) -> None:
    read = " ".join(word for clause in clauses(written) for word in clause.words)
    assert read == written.replace("\u010b", "c")


@pytest.mark.parametrize("written", ASKS)
def test_a_request_in_disguise_is_found(written: str) -> None:
    assert DETECTOR.read(written).human_request is not HumanRequest.NO


@pytest.mark.parametrize("at", [0, 20, 40, 60, 79])
def test_a_request_is_found_wherever_it_stands_in_a_long_message(at: int) -> None:
    lines = ["My parcel has not come and the tracking shows nothing new."] * 66
    lines.insert(at, "Please connect me with a human agent.")
    text = " ".join(lines)
    assert 3_800 < len(text) <= 4_000
    assert DETECTOR.read(text).human_request is not HumanRequest.NO


def test_a_long_message_that_asks_for_nobody_is_none() -> None:
    text = " ".join(["My parcel has not come, and the tracking page shows nothing new since Monday."] * 50)
    assert DETECTOR.read(text[:4_000]).human_request is HumanRequest.NO


def test_an_address_is_no_word() -> None:
    assert [clause.words for clause in clauses("mail human@agent.com or www.agent.com now")] == [
        ("mail", "or", "now")
    ]
