"""The clocks and limits of a desk, each with its default, its unit (last in the name) and its why."""

from __future__ import annotations

from dataclasses import dataclass, field


def _setting(default: float, why: str, *, minimum: float = 0) -> float:
    value: float = field(default=default, metadata={"why": why, "minimum": minimum})
    return value


def _count(default: int, why: str, *, minimum: int = 1) -> int:
    value: int = field(default=default, metadata={"why": why, "minimum": minimum})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every field is a setting `HANDOFF_<NAME>`. Source: design, section 5."""

    offer_timeout_s: float = _setting(
        20, "long enough to read the reason; three offers fit the 60 s step", minimum=0.05
    )
    agent_lost_offer_s: float = _setting(10, "a reload takes less; a closed laptop does not come back")
    agent_lost_active_s: float = _setting(60, "a short cut of the network must not change the person")
    first_answer_remind_s: float = _setting(60, "accepted and silent: the agent is reminded")
    first_answer_requeue_s: float = _setting(120, "accepted and still silent: somebody else is asked")
    next_answer_remind_s: float = _setting(180, "an unanswered customer message: the agent is reminded")
    next_answer_requeue_s: float = _setting(600, "an unanswered customer message: somebody else is asked")
    idle_review_s: float = _setting(
        86_400, "a day without a word: the supervisor is asked; it stays open", minimum=0.05
    )
    widen_s: float = _setting(60, "of waiting: any team, any language that both share")
    supervisor_s: float = _setting(120, "of waiting: the supervisor is told")
    promise_s: float = _setting(300, "of waiting: a call-back is offered")
    notice_after_s: float = _setting(
        60, "told and nobody reacts: the supervisor gets a notice outside the console", minimum=0.05
    )
    notice_again_s: float = _setting(900, "and again, in opening hours, while nobody does", minimum=0.05)
    promise_ahead_s: float = _setting(
        300, "before a promised time, but at most a tenth of its span: the team is asked, the owner reminded"
    )
    bot_turn_timeout_s: float = _setting(5, "a slower bot is a failing bot", minimum=0.05)
    bot_restart_hold_s: float = _setting(15, "a turn met by our own restart of the bot is held this long")
    answer_by_s: float = _setting(300, "what a customer is told in opening hours", minimum=0.05)
    answer_after_opening_s: float = _setting(3_600, "what a customer is told out of hours, from the opening")
    return_to_agent_s: float = _setting(900, "after a resolution the way back to the same agent is offered")
    wrap_up_s: float = _setting(30, "after a conversation, before the seat is free again")
    capacity: int = _count(4, "conversations that one agent takes at once")
    unsure_answers_max: int = _count(
        2, "answers in a row that the bot was not sure of, or that it gave before"
    )
    not_helpful_max: int = _count(2, "answers marked as not helpful")
    bot_turns_waiting_max: int = _count(500, "messages that may wait for the bot in one conversation")
