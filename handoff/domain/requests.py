"""What a text says about wanting a person: the answer of a detector, as the rules use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class HumanRequest(StrEnum):
    """Whether a customer asks for a person: clearly, perhaps, or not."""

    TRANSFER = "transfer"
    ASK = "ask"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one customer message was read, before and independent of the bot.

    `matched` names the phrase or rule, for the record. `distress` covers anger, threats, safety and legal words.
    `chance` is that of a request for a person, 0 to 1, for figures: `human_request` is what counts.
    """

    human_request: HumanRequest = HumanRequest.NO
    distress: bool = False
    matched: str = ""
    chance: float = 0.0


NOTHING_SPECIAL = Reading()


def heard(reading: Reading, *, by_bot: bool) -> HumanRequest:
    """What a conversation's first message leads to, read so, and where the bot takes it for a request or not: what both
    hear is a transfer, what one of them doubts or hears alone is asked about. The decisions say so step by step, in
    `decisions.customers` and `decisions.assistant`; this is for whoever measures."""
    if reading.human_request is HumanRequest.TRANSFER or reading.distress:
        return HumanRequest.TRANSFER
    hearing = (reading.human_request is HumanRequest.ASK) + by_bot
    return (HumanRequest.NO, HumanRequest.ASK, HumanRequest.TRANSFER)[hearing]


Read = Callable[[str], Reading]
"""A detector, as the rules use it: the same text always has the same reading. It is asked only when it matters."""


def reads_nothing_special(_text: str) -> Reading:
    return NOTHING_SPECIAL
