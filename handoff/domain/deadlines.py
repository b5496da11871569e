"""Every deadline of a conversation, computed from its log and the rules of the desk: nothing is kept in a timer."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from handoff.domain.conversation import Control, Conversation
from handoff.domain.desk import DeskRules
from handoff.domain.handoff import Handoff, HandoffState, Told
from handoff.domain.ladder import LadderRung, Rung
from handoff.domain.people import Agent, Presence
from handoff.domain.policy import Policy


class Due(StrEnum):
    """What is due at a deadline. In the order in which several that are due at once are carried out."""

    BOT_TURN = "bot_turn"
    OFFER_EXPIRES = "offer_expires"
    OFFERED_AGENT_LOST = "offered_agent_lost"
    ACTIVE_AGENT_LOST = "active_agent_lost"
    FIRST_ANSWER_REQUEUE = "first_answer_requeue"
    NEXT_ANSWER_REQUEUE = "next_answer_requeue"
    ANSWER_BY = "answer_by"
    PROMISE_AHEAD = "promise_ahead"
    LADDER = "ladder"
    TRANSFER_NOT_TAKEN = "transfer_not_taken"
    FIRST_ANSWER_REMIND = "first_answer_remind"
    NEXT_ANSWER_REMIND = "next_answer_remind"
    IDLE_REVIEW = "idle_review"
    NOTICE = "notice"


class Deadline(NamedTuple):
    """`rung` is the step of the ladder that is due, None for everything else. A tuple, for they are made anew with
    every event."""

    at: datetime
    due: Due
    rung: LadderRung | None = None


def deadlines(conversation: Conversation, rules: DeskRules) -> list[Deadline]:
    """All open deadlines, in no order. A live handoff always has one (invariant 3)."""
    found: list[Deadline] = []
    policy = rules.policy
    bot = conversation.bot
    if bot.pending and bot.turn_started_at is not None and conversation.control is Control.BOT:
        ends_at = bot.turn_held_until or _after(bot.turn_started_at, policy.bot_turn_timeout_s)
        found.append(Deadline(ends_at, Due.BOT_TURN))
    if conversation.alert is not None:
        found += _of_alert(conversation.alert, policy)
    handoff = conversation.live_handoff
    if handoff is None:
        return found
    if handoff.answer_by is not None:
        found.append(Deadline(handoff.answer_by, Due.ANSWER_BY))
    match handoff.state:
        case HandoffState.QUEUED:
            found += _of_waiting(handoff, rules)
        case HandoffState.OFFERED:
            found += _of_waiting(handoff, rules)
            found += _of_offer(handoff, policy)
        case HandoffState.ACTIVE:
            found += _of_active(handoff, policy)
        case HandoffState.PROMISED:
            found += _of_promise(handoff, policy)
        case _:
            pass
    return found


def _after(start: datetime, seconds: float) -> datetime:
    return start + _length(seconds)


@lru_cache(maxsize=256)  # the clocks of a policy are few, and started with every event
def _length(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _of_alert(told: Told, policy: Policy) -> list[Deadline]:
    """An outside notice, and another one, while nobody reacts."""
    at = told.again_at if told.since is None else _after(told.since, policy.notice_after_s)
    return [] if at is None else [Deadline(at, Due.NOTICE)]


def _of_waiting(handoff: Handoff, rules: DeskRules) -> list[Deadline]:
    found = [
        Deadline(_after(handoff.waiting_since, rung.after_s), Due.LADDER, rung)
        for rung in rules.rungs
        if rung.rung not in handoff.rungs
    ]
    if handoff.transferred_by is not None and handoff.offer is None:
        not_taken = _after(handoff.waiting_since, rules.transfer_taken_within_s)
        found.append(Deadline(not_taken, Due.TRANSFER_NOT_TAKEN))
    return found


def _of_promise(handoff: Handoff, policy: Policy) -> list[Deadline]:
    """A little ahead of a promised moment something is done for it, so that it can be kept: see `PROMISE_AHEAD_S`.

    A promise of the team without a named time needs nothing: it is taken up as soon as anybody is free.
    """
    promise = handoff.promise
    if promise is None or promise.made_at is None or Rung.PROMISE_REMINDED in handoff.rungs:
        return []
    if promise.owner.kind == "team" and not promise.time_named:
        return []
    ahead = min(timedelta(seconds=policy.promise_ahead_s), (promise.answer_by - promise.made_at) / 10)
    return [Deadline(promise.answer_by - ahead, Due.PROMISE_AHEAD)]


def _of_offer(handoff: Handoff, policy: Policy) -> list[Deadline]:
    found: list[Deadline] = []
    if handoff.offer is not None:
        found.append(Deadline(handoff.offer.expires_at, Due.OFFER_EXPIRES))
    if handoff.agent_lost_at is not None:
        lost = _after(handoff.agent_lost_at, policy.agent_lost_offer_s)
        found.append(Deadline(lost, Due.OFFERED_AGENT_LOST))
    return found


def _of_active(handoff: Handoff, policy: Policy) -> list[Deadline]:
    found: list[Deadline] = []
    reminded = Rung.ANSWER_REMINDED in handoff.rungs
    if handoff.agent_lost_at is not None:
        lost = _after(handoff.agent_lost_at, policy.agent_lost_active_s)
        found.append(Deadline(lost, Due.ACTIVE_AGENT_LOST))
    if not handoff.written_since_join and handoff.accepted_at is not None:
        start, remind_s, requeue_s = (
            handoff.accepted_at,
            policy.first_answer_remind_s,
            policy.first_answer_requeue_s,
        )
        remind, requeue = Due.FIRST_ANSWER_REMIND, Due.FIRST_ANSWER_REQUEUE
    elif handoff.unanswered_since is not None:
        start, remind_s, requeue_s = (
            handoff.unanswered_since,
            policy.next_answer_remind_s,
            policy.next_answer_requeue_s,
        )
        remind, requeue = Due.NEXT_ANSWER_REMIND, Due.NEXT_ANSWER_REQUEUE
    else:
        quiet_since = handoff.last_word_at or handoff.requested_at
        if handoff.idle_reviewed_at is not None:
            quiet_since = max(quiet_since, handoff.idle_reviewed_at)
        found.append(Deadline(_after(quiet_since, policy.idle_review_s), Due.IDLE_REVIEW))
        return found
    found.append(Deadline(_after(start, requeue_s), requeue))
    if not reminded:
        found.append(Deadline(_after(start, remind_s), remind))
    return found


def next_deadline_at(conversation: Conversation, rules: DeskRules) -> datetime | None:
    """The earliest deadline, as it is kept in storage; None when nothing is owed."""
    return min((deadline.at for deadline in deadlines(conversation, rules)), default=None)


def due_now(conversation: Conversation, rules: DeskRules, now: datetime) -> list[Deadline]:
    """What has passed its deadline, in the order in which it is carried out."""
    order = list(Due)
    passed = [deadline for deadline in deadlines(conversation, rules) if deadline.at <= now]
    return sorted(passed, key=lambda deadline: (order.index(deadline.due), deadline.at))


def next_agent_deadline_at(agent: Agent, rules: DeskRules) -> datetime | None:
    """When a wrap-up ends by itself, or an agent without a socket counts as gone; None: nothing is due."""
    moments = [wrap_up.until for wrap_up in agent.wrap_ups]
    if agent.lost_at is not None and agent.presence is not Presence.OFFLINE:
        moments.append(_after(agent.lost_at, rules.policy.agent_lost_offer_s))
    return min(moments, default=None)
