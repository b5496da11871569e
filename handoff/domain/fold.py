"""How each event changes a conversation and an agent: the one place where state is made from the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handoff.domain import events as e
from handoff.domain.change import changed
from handoff.domain.conversation import Block, BotSide, Control, Conversation, Customer
from handoff.domain.events import AgentEvent, Event
from handoff.domain.failing import (
    PLEASANTRIES,
    begins_anew,
    doubt_after,
    mark_of_answer,
)
from handoff.domain.handoff import (
    HEAD,
    REGULAR,
    STATE_CHANGING,
    TRANSITIONS,
    ChosenBy,
    Handoff,
    HandoffState,
    Offer,
    OfferOutcome,
    Outcome,
    Promise,
    Told,
    gravity,
)
from handoff.domain.ladder import REMINDERS, Rung
from handoff.domain.people import Access, Agent, Presence, WrapUp
from handoff.domain.requests import HumanRequest
from handoff.domain.text import same_question

QUESTIONS_KEPT_MAX = 20
INTENTS_KEPT_MAX = 5  # what a customer asked about longer ago is not what they want a person for
BOT_MESSAGES_KEPT_MAX = 32


class IllegalEvent(Exception):
    """An event that cannot happen in this state: a defect in a decision, or a damaged log."""


def fold_conversation(conversation: Conversation | None, event: Event) -> Conversation:
    """The conversation after `event`; None stands for one that has not begun."""
    body = event.body
    if conversation is None:
        if not isinstance(body, e.ConversationStarted):
            raise IllegalEvent(f"a log begins with conversation_started, not {event.type}")
        return Conversation(
            conversation_id=event.conversation_id,
            customer=Customer(id=body.customer_id, name=body.customer_name, verified=body.verified),
            site=body.site,
            locale=body.locale,
            started_at=event.at,
            last_at=event.at,
            last_seq=event.seq,
            customer_seq=event.seq,
            previous_conversation_id=body.previous_conversation_id,
            canary=body.canary,
            previous_agent_id=body.previous_agent_id,
        )
    if event.seq != conversation.last_seq + 1:
        raise IllegalEvent(f"seq {event.seq} after {conversation.last_seq} in {conversation.conversation_id}")
    folded = _with_next_state(conversation, event)
    fold = _FOLDS.get(type(body))
    if fold is not None:
        folded = fold(body, folded, event)
    if folded.bot.pending and folded.control is not Control.BOT and conversation.control is Control.BOT:
        folded = changed(folded, bot=_dropped_turns(folded.bot))
    return changed(
        folded,
        alert=_alert_after(conversation.alert, event),
        last_seq=event.seq,
        last_at=event.at,
        customer_seq=conversation.customer_seq if event.customer_prev_seq is None else event.seq,
    )


def _with_next_state(conversation: Conversation, event: Event) -> Conversation:
    """The handoff's next state, from the table and from nowhere else."""
    if event.type not in STATE_CHANGING:
        return conversation
    handoff = conversation.handoff
    key = (None if handoff is None else handoff.state, event.type)
    if key not in TRANSITIONS:
        raise IllegalEvent(f"{event.type} while {key[0]}")
    if handoff is None or event.type == e.HandoffRequested.TYPE:
        return conversation  # made by the fold of the request itself
    return changed(conversation, handoff=changed(handoff, state=TRANSITIONS[key]))


def _alert_after(alert: Told | None, event: Event) -> Told | None:
    """The open alert: raised by telling the supervisor, ended by what somebody does about it."""
    match event.body:
        case e.SupervisorTold():
            return _told(alert, event.body.why, event)
        case e.NoticeAsked():
            if alert is None:
                raise IllegalEvent("a notice without an alert")
            return changed(alert, since=None, again_at=event.body.again_at)
        case e.Message() if event.actor.kind != "agent":
            return alert
        case (
            e.Message()
            | e.AgentJoined()
            | e.Contacted()
            | e.HandedBack()
            | e.HandoffResolved()
            | e.HandoffWithdrawn()
            | e.AlertAcknowledged()
            | e.Whisper()
            | e.CustomerUnblocked()
            | e.Erased()
        ):
            return None
        case _:
            return alert


def _told(before: Told | None, why: str, event: Event) -> Told:
    """What is told anew replaces an open alert, unless that is graver. The time to a notice counts from the first that
    got none yet."""
    told = Told(why=why, at=event.at, seq=event.seq, since=event.at)
    if before is None:
        return told
    if gravity(before.why) > gravity(why):
        return before
    if before.since is not None:
        return changed(told, since=before.since)
    if before.why == why and before.again_at is not None:
        return changed(told, since=None, again_at=before.again_at)
    return told


def _dropped_turns(bot: BotSide) -> BotSide:
    """Turns that nobody will see the answer of: the bot goes on later under a fresh sender id."""
    return changed(bot, pending=(), turn_started_at=None, turn_held_until=None, generation=bot.generation + 1)


Fold = Callable[[Any, Conversation, Event], Conversation]
_FOLDS: dict[
    type[e.Body], Fold
] = {}  # types without a rule of their own change nothing but the end of the log


def _of(kind: type[e.Body]) -> Callable[[Fold], Fold]:
    def put(fold: Fold) -> Fold:
        _FOLDS[kind] = fold
        return fold

    return put


def _live(conversation: Conversation) -> Handoff:
    if conversation.handoff is None:
        raise IllegalEvent("an event of a handoff in a conversation without one")
    return conversation.handoff


@_of(e.Message)
def _(body: e.Message, conversation: Conversation, event: Event) -> Conversation:
    if event.actor.kind == "customer":
        return _customer_said(body, conversation, event)
    if event.actor.kind == "agent":
        return changed(conversation, handoff=_engaged(_live(conversation), event))
    bot_messages = (*conversation.bot_messages, event.seq)[-BOT_MESSAGES_KEPT_MAX:]
    if conversation.bot.answer:
        return changed(conversation, bot_messages=bot_messages)
    bot = changed(conversation.bot, answer=mark_of_answer(body.text))
    return changed(conversation, bot_messages=bot_messages, bot=bot)


def _customer_said(body: e.Message, conversation: Conversation, event: Event) -> Conversation:
    handoff = conversation.handoff
    if conversation.control is Control.BOT:
        bot = conversation.bot
        if begins_anew(conversation.last_at, event.at) and not bot.pending:
            bot = changed(bot, asked=(), doubt=0, answer="")
        asked = (*bot.asked, same_question(body.text))[-QUESTIONS_KEPT_MAX:]
        bot = changed(
            bot,
            pending=(*bot.pending, event.seq),
            turn_started_at=bot.turn_started_at or event.at,
            asked=asked,
        )
        return changed(conversation, bot=bot)
    if handoff is not None and handoff.state is HandoffState.ACTIVE:
        handoff = changed(
            handoff, unanswered_since=handoff.unanswered_since or event.at, last_word_at=event.at
        )
        return changed(conversation, handoff=handoff)
    return conversation


def _engaged(handoff: Handoff, event: Event) -> Handoff:
    """An agent has written, or reached the customer: whatever was owed up to now is answered."""
    in_time = handoff.answer_by is not None and event.at <= handoff.answer_by
    return changed(
        handoff,
        engaged_by=_with_agent(handoff.engaged_by, event),
        first_answered_at=handoff.first_answered_at if handoff.engaged_by else event.at,
        promises_kept=handoff.promises_kept + in_time,
        written_since_join=True,
        unanswered_since=None,
        answer_by=None,
        owed_since=None,
        last_word_at=event.at,
        rungs=_without(handoff.rungs, Rung.ANSWER_REMINDED, Rung.IDLE_REVIEWED),
    )


def _with_agent(agent_ids: tuple[str, ...], event: Event) -> tuple[str, ...]:
    agent_id = event.actor.id or ""
    return agent_ids if agent_id in agent_ids else (*agent_ids, agent_id)


def _without(rungs: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(rung for rung in rungs if rung not in gone)


@_of(e.Feedback)
def _(body: e.Feedback, conversation: Conversation, event: Event) -> Conversation:
    others = tuple(seq for seq in conversation.bot.not_helpful if seq != body.of_seq)
    not_helpful = others if body.helpful else (*others, body.of_seq)[-BOT_MESSAGES_KEPT_MAX:]
    return changed(conversation, bot=changed(conversation.bot, not_helpful=not_helpful))


@_of(e.MessageRead)
def _(body: e.MessageRead, conversation: Conversation, event: Event) -> Conversation:
    asks = body.human_request is HumanRequest.ASK
    return changed(conversation, bot=changed(conversation.bot, offer_person=asks))


@_of(e.Contacted)
def _(body: e.Contacted, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    if body.outcome == "reached":
        return changed(conversation, handoff=_engaged(handoff, event))
    return changed(
        conversation,
        handoff=changed(
            handoff,
            contacts_failed=handoff.contacts_failed + 1,
            attempted_by=_with_agent(handoff.attempted_by, event),
        ),
    )


@_of(e.LocaleChanged)
def _(body: e.LocaleChanged, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, locale=body.locale)


@_of(e.CustomerIntroduced)
def _(body: e.CustomerIntroduced, conversation: Conversation, event: Event) -> Conversation:
    before = conversation.customer
    if body.customer_id is None:
        return changed(conversation, customer=changed(before, name=body.name))
    return changed(
        conversation,
        customer=Customer(id=body.customer_id, name=body.name, verified=True),
        begun_as=conversation.session_subject,
    )


@_of(e.Erased)
def _(body: e.Erased, conversation: Conversation, event: Event) -> Conversation:
    """What is left says that there was a conversation, when, and how it ended; nothing that somebody said."""
    handoff = conversation.handoff
    if handoff is not None and handoff.live:
        raise IllegalEvent("a conversation was erased while a person was owed to its customer")
    return changed(
        conversation,
        customer=changed(conversation.customer, name=None),
        bot=BotSide(generation=conversation.bot.generation + 1),
        bot_messages=(),
        handoff=None if handoff is None else changed(handoff, promise=None),
        previous_conversation_id=None,
        erased=True,
    )


@_of(e.CustomerBlocked)
def _(body: e.CustomerBlocked, conversation: Conversation, event: Event) -> Conversation:
    bot = _dropped_turns(conversation.bot) if conversation.bot.pending else conversation.bot
    return changed(conversation, block=Block(by=body.by, at=event.at), bot=bot)


@_of(e.BlockExplained)
def _(body: e.BlockExplained, conversation: Conversation, event: Event) -> Conversation:
    if conversation.block is None:
        raise IllegalEvent("a block is explained where there is none")
    return changed(conversation, block=changed(conversation.block, reason=body.reason))


@_of(e.CustomerUnblocked)
def _(body: e.CustomerUnblocked, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, block=None)


@_of(e.BotTurnAnswered)
def _(body: e.BotTurnAnswered, conversation: Conversation, event: Event) -> Conversation:
    bot = conversation.bot
    pending = tuple(seq for seq in bot.pending if seq != body.of_seq)
    intents = bot.intents
    if body.intent.name and not body.unsure:
        others = tuple(one for one in intents if one != body.intent.name)
        intents = (*others, body.intent.name)[-INTENTS_KEPT_MAX:]
    bot = changed(
        bot,
        generation=bot.generation + body.unseen,
        pending=pending,
        asked=bot.asked if body.repeats is None else _still_asked(bot, body),
        answer="",
        intents=intents,
        turn_started_at=event.at if pending else None,
        turn_held_until=None,
        doubt=doubt_after(bot.doubt, intent=body.intent.name, unsure=body.unsure, repeats=bool(body.repeats)),
        slots=body.slots,
        offer_person=False,
        person_asked=body.asks_person,
    )
    return changed(conversation, bot=bot)


def _still_asked(bot: BotSide, body: e.BotTurnAnswered) -> tuple[str, ...]:
    """The questions that a customer may not have to ask again: none once something was done for them, and not the
    message just answered if it asked for nothing. The latest of `asked` are those of the pending turns."""
    if body.did:
        return ("",) * len(bot.asked)
    if body.intent.name not in PLEASANTRIES or body.of_seq not in bot.pending:
        return bot.asked
    at = len(bot.asked) - len(bot.pending) + bot.pending.index(body.of_seq)
    return bot.asked if at < 0 else (*bot.asked[:at], "", *bot.asked[at + 1 :])


@_of(e.BotTurnFailed)
def _(body: e.BotTurnFailed, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, bot=_dropped_turns(conversation.bot))


@_of(e.BotTurnHeld)
def _(body: e.BotTurnHeld, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, bot=changed(conversation.bot, turn_held_until=body.until))


@_of(e.BotTurnResumed)
def _(body: e.BotTurnResumed, conversation: Conversation, event: Event) -> Conversation:
    bot = changed(conversation.bot, turn_started_at=event.at, turn_held_until=None)
    return changed(conversation, bot=bot)


@_of(e.HandoffRequested)
def _(body: e.HandoffRequested, conversation: Conversation, event: Event) -> Conversation:
    before = conversation.handoff
    previous = before.state if before is not None else None
    last_agent_id = conversation.last_agent_id or conversation.previous_agent_id
    of_last_agent = before is not None and before.agent is not None and previous is HandoffState.RESOLVED
    handoff = Handoff(
        handoff_id=body.handoff_id,
        reference=body.reference,
        state=TRANSITIONS[previous, body.TYPE],
        reason=body.reason,
        requested_at=event.at,
        answer_by=body.answer_by,
        team=body.team,
        language=body.language,
        skills=body.skills,
        rank=REGULAR,
        enqueued_at=event.at,
        waiting_since=event.at,
        preferred_agent_id=last_agent_id,
        preferred_because=ChosenBy.RETURNING_CUSTOMER if last_agent_id else None,
        resolved_before_at=before.ended_at if before is not None and of_last_agent else None,
        canary=conversation.canary,
    )
    bot = changed(
        conversation.bot,
        doubt=0,
        not_helpful=(),
        asked=(),
        intents=(),
        answer="",
        offer_person=False,
        person_asked=False,
    )
    return changed(conversation, handoff=handoff, bot=bot)


@_of(e.HandoffQueued)
def _(body: e.HandoffQueued, conversation: Conversation, event: Event) -> Conversation:
    handoff = changed(
        _live(conversation),
        rank=min(body.rank, _live(conversation).rank),
        answer_by=body.answer_by,
        agent=None,
        assigned_by=None,
        accepted_at=None,
        written_since_join=False,
        unanswered_since=None,
        agent_lost_at=None,
        waiting_since=event.at,
        rungs=(),
        wider_teams=(),
    )
    return changed(conversation, handoff=handoff)


@_of(e.TransferAsked)
def _(body: e.TransferAsked, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    handoff = changed(
        handoff,
        team=body.team or handoff.team,
        skills=() if body.team else handoff.skills,
        preferred_agent_id=body.agent_id,
        preferred_because=ChosenBy.TRANSFER if body.agent_id else None,
        transferred_by=event.actor.id,
    )
    return changed(conversation, handoff=handoff)


@_of(e.TransferFailed)
def _(body: e.TransferFailed, conversation: Conversation, event: Event) -> Conversation:
    handoff = changed(
        _live(conversation),
        preferred_agent_id=body.back_to,
        preferred_because=ChosenBy.SENDER if body.back_to else None,
        transferred_by=None,
        rank=HEAD,
    )
    return changed(conversation, handoff=handoff)


@_of(e.OfferMade)
def _(body: e.OfferMade, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    offer = Offer(
        offer_id=body.offer_id,
        agent_id=body.agent_id,
        expires_at=body.expires_at,
        chosen_by=body.chosen_by,
        matched=body.matched,
    )
    return changed(
        conversation,
        handoff=changed(handoff, offer=offer, offers_made=handoff.offers_made + 1, agent_lost_at=None),
    )


@_of(e.OfferEnded)
def _(body: e.OfferEnded, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    # Those who let the time pass are `not_responding` until they act; then they may be asked again at once.
    declined = body.outcome is OfferOutcome.DECLINED
    declined_by = (*handoff.declined_by, body.agent_id) if declined else handoff.declined_by
    handoff = changed(handoff, offer=None, agent_lost_at=None, declined_by=declined_by)
    if handoff.preferred_agent_id == body.agent_id:
        handoff = changed(handoff, preferred_agent_id=None, preferred_because=None)
    return changed(conversation, handoff=handoff)


@_of(e.AgentJoined)
def _(body: e.AgentJoined, conversation: Conversation, event: Event) -> Conversation:
    handoff = changed(
        _live(conversation),
        agent=body.agent,
        assigned_by=event.actor.id if event.actor.id != body.agent.id else None,
        accepted_at=event.at,
        offer=None,
        declined_by=(),
        preferred_agent_id=None,
        preferred_because=None,
        transferred_by=None,
        written_since_join=False,
        unanswered_since=None,
        agent_lost_at=None,
        last_word_at=event.at,
        rungs=(),
        wider_teams=(),
    )
    return changed(conversation, handoff=handoff, last_agent_id=body.agent.id)


@_of(e.AgentLeft)
def _(body: e.AgentLeft, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, handoff=changed(_live(conversation), declined_by=(body.agent.id,)))


@_of(e.AgentConnection)
def _(body: e.AgentConnection, conversation: Conversation, event: Event) -> Conversation:
    lost_at = event.at if body.lost else None
    return changed(conversation, handoff=changed(_live(conversation), agent_lost_at=lost_at))


@_of(e.HandoffPromised)
def _(body: e.HandoffPromised, conversation: Conversation, event: Event) -> Conversation:
    promise = Promise(
        answer_by=body.answer_by,
        owner=body.owner,
        contact=body.contact,
        time_named=body.time_named,
        made_at=event.at,
    )
    before = _live(conversation)
    preferred_agent_id: str | None = None
    preferred_because: ChosenBy | None = None
    if body.owner.kind == "agent":
        preferred_agent_id, preferred_because = body.owner.id, ChosenBy.PROMISE_OWNER
    elif before.preferred_because in (ChosenBy.RETURNING_CUSTOMER, ChosenBy.PROMISE_OWNER):
        # Not owed by that agent (any more), who is still the one that this customer knows.
        preferred_agent_id, preferred_because = before.preferred_agent_id, ChosenBy.RETURNING_CUSTOMER
    agreed = event.actor.kind in ("customer", "agent")
    handoff = changed(
        before,
        promise=promise,
        promise_kept=False,
        answer_by=body.answer_by,
        owed_since=None if agreed else before.owed_since,
        agent=None,
        assigned_by=None,
        accepted_at=None,
        written_since_join=False,
        unanswered_since=None,
        agent_lost_at=None,
        transferred_by=None,
        preferred_agent_id=preferred_agent_id,
        preferred_because=preferred_because,
        declined_by=(),
        rungs=(),
        wider_teams=(),
    )
    return changed(conversation, handoff=handoff)


@_of(e.PromiseKept)
def _(body: e.PromiseKept, conversation: Conversation, event: Event) -> Conversation:
    return changed(conversation, handoff=changed(_live(conversation), promise_kept=True))


@_of(e.PromiseBroken)
def _(body: e.PromiseBroken, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    promise = handoff.promise
    if promise is not None:
        owner = body.next_owner or promise.owner
        promise = changed(
            promise, answer_by=body.next_answer_by, owner=owner, time_named=False, made_at=event.at
        )
    return changed(
        conversation,
        handoff=changed(
            handoff,
            promise=promise,
            answer_by=body.next_answer_by,
            promises_broken=handoff.promises_broken + 1,
            owed_since=handoff.owed_since or body.answer_by,
            rank=HEAD,
            declined_by=(),
        ),
    )


@_of(e.LadderStepped)
def _(body: e.LadderStepped, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    declined_by = handoff.declined_by if body.rung in REMINDERS else ()
    return changed(
        conversation,
        handoff=changed(
            handoff,
            rungs=(*_without(handoff.rungs, body.rung), body.rung),
            wider_teams=tuple(dict.fromkeys((*handoff.wider_teams, *body.teams))),
            declined_by=declined_by,
            idle_reviewed_at=event.at if body.rung == Rung.IDLE_REVIEWED else handoff.idle_reviewed_at,
        ),
    )


@_of(e.ClocksRestarted)
def _(body: e.ClocksRestarted, conversation: Conversation, event: Event) -> Conversation:
    handoff = _live(conversation)
    offer = handoff.offer
    if offer is not None and body.offer_expires_at is not None:
        offer = changed(offer, expires_at=body.offer_expires_at)
    handoff = changed(
        handoff,
        offer=offer,
        accepted_at=event.at if handoff.accepted_at is not None else None,
        unanswered_since=event.at if handoff.unanswered_since is not None else None,
        agent_lost_at=event.at if handoff.agent_lost_at is not None else None,
        rungs=_without(handoff.rungs, Rung.ANSWER_REMINDED),
    )
    return changed(conversation, handoff=handoff)


def _ended(conversation: Conversation, event: Event, outcome: Outcome | None) -> Conversation:
    handoff = changed(
        _live(conversation),
        outcome=outcome,
        ended_at=event.at,
        ended_by=event.actor.id,
        offer=None,
        unanswered_since=None,
        agent_lost_at=None,
    )
    return changed(conversation, handoff=handoff)


@_of(e.HandedBack)
def _(body: e.HandedBack, conversation: Conversation, event: Event) -> Conversation:
    ended = _ended(conversation, event, Outcome.DONE)
    return changed(ended, hand_backs=(*ended.hand_backs, event.at)[-2:])


@_of(e.HandoffResolved)
def _(body: e.HandoffResolved, conversation: Conversation, event: Event) -> Conversation:
    return _ended(conversation, event, body.outcome)


@_of(e.HandoffWithdrawn)
def _(body: e.HandoffWithdrawn, conversation: Conversation, event: Event) -> Conversation:
    return _ended(conversation, event, None)


def fold_agent(agent: Agent | None, event: AgentEvent) -> Agent:
    """The agent after `event`; None stands for an account that does not exist yet."""
    body = event.body
    if isinstance(body, e.AgentAdded):
        return Agent(
            card=body.card,
            access=tuple(Access(level) for level in body.access),
            languages=body.languages,
            teams=body.teams,
            capacity=body.capacity,
            skills=body.skills,
            idle_since=event.at,
            canary=body.canary,
        )
    if agent is None:
        raise IllegalEvent(f"{event.type} of an agent who was never added")
    match body:
        case e.AgentChanged():
            return changed(
                agent,
                card=body.card,
                access=tuple(Access(level) for level in body.access),
                languages=body.languages,
                teams=body.teams,
                capacity=body.capacity,
                skills=body.skills,
            )
        case e.AgentEnabled():
            return changed(agent, disabled=False)
        case e.AgentDisabled():
            return changed(agent, disabled=True, presence=Presence.OFFLINE, wrap_ups=())
        case e.PresenceChanged():
            lost_presence = agent.presence if body.because_lost else None
            return changed(agent, presence=body.presence, lost_presence=lost_presence)
        case e.AgentConnected():
            return changed(agent, connected=True, lost_at=None, lost_presence=None)
        case e.AgentLost():
            return changed(agent, connected=False, lost_at=event.at)
        case e.WrapUpStarted():
            wrap_up = WrapUp(conversation_id=body.conversation_id, until=body.until)
            return changed(agent, wrap_ups=(*agent.wrap_ups, wrap_up), idle_since=event.at)
        case e.WrapUpEnded():
            kept = tuple(one for one in agent.wrap_ups if one.conversation_id != body.conversation_id)
            return changed(agent, wrap_ups=kept)
        case e.AgentSeated():
            return changed(agent, idle_since=event.at)
        case _:
            raise IllegalEvent(f"unknown event {event.type} of an agent")
