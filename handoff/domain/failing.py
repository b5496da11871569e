"""When the assistant is failing a customer: what counts, and how much. Source: design, section 6, trigger 4.

Doubt is counted in halves of an unsure answer, so that a sure answer takes away a part of it: a bot that fails every
other time is found out too, and one slip among good answers is forgotten. The figures are held to by
`tests/unit/domain/test_failing.py`, which lets many customers talk to bots that fail in different ways.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2s

from handoff.domain.conversation import BotSide
from handoff.domain.policy import Policy

_UNSURE = 2
_SAME_ANSWER = 2  # to other words: as bad as an unsure one
_SURE = -1

_MARK_BYTES = 8  # two answers of one conversation never share such a mark by chance

# After a longer pause a customer begins anew: the same question is then a new one, and an old slip is forgotten.
STRETCH = timedelta(minutes=30)

# Intents that ask for nothing: said twice they are no question asked again, and their answers may be alike.
PLEASANTRIES = frozenset({"greet", "goodbye", "thank", "affirm", "deny", "bot_challenge", "help"})


# The bot's name for a request for a person, and for a plain yes.
REQUEST_HUMAN = "request_human"
AFFIRM = "affirm"


def mark_of_answer(text: str) -> str:
    """What is kept of an answer, to tell whether the next one is the same."""
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=_MARK_BYTES).hexdigest()


def repeats_itself(bot: BotSide, intent: str, text: str | None) -> bool:
    """Whether the bot, whose state is that before the answer, would say again what it said last."""
    return text is not None and intent not in PLEASANTRIES and bot.answer == mark_of_answer(text)


def doubt_after(doubt: int, *, intent: str, unsure: bool, repeats: bool) -> int:
    """The doubt about the bot after one more answer of it; never below zero."""
    if intent in PLEASANTRIES and not unsure:
        return doubt
    return max(0, doubt + (_UNSURE if unsure else _SAME_ANSWER if repeats else _SURE))


def is_failing(bot: BotSide, policy: Policy) -> bool:
    """Whether, after an answer that was unsure or the same again, a person has to take over. A mark as not helpful
    weighs as much as an unsure answer."""
    return bot.doubt + _UNSURE * len(bot.not_helpful) >= _UNSURE * policy.unsure_answers_max


def begins_anew(last_at: datetime, now: datetime) -> bool:
    """Whether what is said now belongs to another stretch than what was said last."""
    return now - last_at > STRETCH
