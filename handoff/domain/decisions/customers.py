"""What customers do: write, ask for a person, withdraw, choose a call-back, give feedback, rate."""

from __future__ import annotations

from datetime import datetime, timedelta

from handoff.domain import commands as c
from handoff.domain.conversation import BotSide, Control, Conversation
from handoff.domain.decisions.steps import (
    BOT,
    ask_for_person,
    customer_actor,
    promise,
    rescind_offer,
    shut_out,
    start_wrap_up,
    take_up_promise_if_possible,
    team_owner,
)
from handoff.domain.desk import Trial
from handoff.domain.errors import Code, DomainError, bad_request, conflict, not_found
from handoff.domain.events import (
    Actor,
    ConversationStarted,
    Feedback,
    HandoffWithdrawn,
    Message,
    MessageRead,
    Rated,
)
from handoff.domain.failing import begins_anew
from handoff.domain.handoff import Handoff, HandoffState, Reason
from handoff.domain.requests import NOTHING_SPECIAL, HumanRequest
from handoff.domain.rights import require_may_write, require_not_erased
from handoff.domain.text import same_question

CALLBACK_AHEAD_MAX = timedelta(days=60)
_REPEATABLE_WORDS_MIN = 2  # "yes", "10023" or "ok" said twice are answers, not a question asked again


def start_conversation(trial: Trial, command: c.StartConversation) -> None:
    if command.conversation_id in trial.desk.conversations:
        raise conflict("This conversation has already begun.")
    previous = trial.desk.conversations.get(command.previous_conversation_id or "")
    customer = Actor(kind="customer", id=command.customer_id, name=command.customer_name)
    trial.log(
        command.conversation_id,
        ConversationStarted(
            customer_id=command.customer_id,
            customer_name=command.customer_name,
            verified=command.verified,
            site=command.site,
            locale=command.locale,
            page_url=command.page_url,
            previous_conversation_id=command.previous_conversation_id,
            canary=command.canary,
            previous_agent_id=None
            if previous is None
            else previous.last_agent_id or previous.previous_agent_id,
        ),
        customer,
    )
    if previous is not None and previous.block is not None:
        shut_out(trial, command.conversation_id, previous.block.by, previous.block.reason)
    else:
        trial.log(command.conversation_id, Message(text=command.greeting), BOT)


def customer_message(trial: Trial, command: c.CustomerMessage) -> None:
    """Log it; then, if it is the bot's turn, see whether the bot may have it or a person is wanted."""
    conversation = trial.desk.conversation(command.conversation_id)
    require_may_write(trial.rules, conversation)
    bot = conversation.bot
    if len(bot.pending) >= trial.policy.bot_turns_waiting_max:
        raise DomainError(
            Code.RATE_LIMITED,
            "Many of your messages still wait for an answer; this one was not taken.",
            retry_after_s=5,
        )
    seq = trial.log(
        command.conversation_id,
        Message(text=command.text, client_id=command.client_id),
        customer_actor(conversation),
    )
    if conversation.control is not Control.BOT:
        return
    reading = command.read(command.text)
    if reading != NOTHING_SPECIAL:
        trial.log(
            command.conversation_id,
            MessageRead(
                of_seq=seq,
                human_request=reading.human_request,
                distress=reading.distress,
                matched=reading.matched,
            ),
        )
    if conversation.live_handoff is not None:  # promised: the obligation stands already
        take_up_promise_if_possible(trial, command.conversation_id)
    elif reading.human_request is HumanRequest.TRANSFER:
        ask_for_person(trial, command.conversation_id, Reason.ASKED, command.new_handoff)
    elif reading.distress:
        ask_for_person(trial, command.conversation_id, Reason.DISTRESS, command.new_handoff)
    elif _asked_again(bot, command.text) and not begins_anew(conversation.last_at, trial.now):
        ask_for_person(trial, command.conversation_id, Reason.REPEATED_QUESTION, command.new_handoff)


def _asked_again(bot: BotSide, text: str) -> bool:
    """`bot`: as it was before this message."""
    question = same_question(text)
    return question in bot.asked and len(question.split()) >= _REPEATABLE_WORDS_MIN


def request_handoff(trial: Trial, command: c.RequestHandoff) -> None:
    """The button. A note of the customer's is said first, so that it is part of the transcript."""
    conversation = trial.desk.conversation(command.conversation_id)
    require_may_write(trial.rules, conversation)
    actor = customer_actor(conversation)
    if command.note is not None:
        trial.log(command.conversation_id, Message(text=command.note, client_id=command.client_id), actor)
    ask_for_person(trial, command.conversation_id, Reason.BUTTON, command.new_handoff, actor)


def withdraw(trial: Trial, command: c.Withdraw) -> None:
    conversation = trial.desk.conversation(command.conversation_id)
    handoff = conversation.live_handoff
    if handoff is None:
        raise conflict("There is no request for a person to withdraw.")
    end_by_customer(trial, conversation, handoff)


def end_by_customer(trial: Trial, conversation: Conversation, handoff: Handoff) -> None:
    """Withdraw a live handoff. An agent who has it gets the time for notes."""
    rescind_offer(trial, conversation.conversation_id)
    trial.log(conversation.conversation_id, HandoffWithdrawn(), customer_actor(conversation))
    if handoff.state is HandoffState.ACTIVE and handoff.agent is not None:
        start_wrap_up(trial, handoff.agent.id, conversation.conversation_id)


def request_callback(trial: Trial, command: c.RequestCallback) -> None:
    """A call-back, at a moment that the customer names or the desk's. Asks for a person first if nobody has."""
    if command.at is not None and not trial.now < command.at <= trial.now + CALLBACK_AHEAD_MAX:
        raise bad_request("The time of a call-back lies in the future, at most 60 days ahead.")
    if command.at is not None and not trial.rules.hours.is_open(command.at):
        raise bad_request(_closed_at(trial, command.at))
    conversation = trial.desk.conversation(command.conversation_id)
    require_may_write(trial.rules, conversation)
    actor = customer_actor(conversation)
    if conversation.live_handoff is None:
        ask_for_person(trial, command.conversation_id, Reason.BUTTON, command.new_handoff, actor)
    handoff = trial.live_handoff(command.conversation_id)
    assert handoff is not None
    if handoff.state is HandoffState.ACTIVE and handoff.agent is not None:
        raise conflict(f"{handoff.agent.name} is in this conversation: please agree on a time there.")
    promise(
        trial,
        command.conversation_id,
        team_owner(trial.rules, handoff.team),
        command.at or handoff.answer_by or trial.rules.answer_by(trial.now),
        contact=command.contact,
        time_named=command.at is not None,
        actor=actor,
    )


def _closed_at(trial: Trial, at: datetime) -> str:
    """A call-back then would be a promise that nobody is there to keep."""
    opens_at = trial.rules.hours.next_opening(at)
    if opens_at is None:
        return "The desk is closed at that time, and names a time itself when you leave it open."
    return f"The desk is closed at that time. It opens next at {opens_at:%Y-%m-%dT%H:%M:%SZ}."


def give_feedback(trial: Trial, command: c.GiveFeedback) -> None:
    conversation = trial.desk.conversation(command.conversation_id)
    if command.seq not in conversation.bot_messages:
        raise not_found("There is no recent answer of the assistant with this number.")
    trial.log(
        command.conversation_id,
        Feedback(of_seq=command.seq, helpful=command.helpful),
        customer_actor(conversation),
    )
    after = trial.desk.conversation(command.conversation_id)
    failed = len(after.bot.not_helpful) >= trial.policy.not_helpful_max
    if failed and not command.helpful and after.control is Control.BOT:
        ask_for_person(trial, command.conversation_id, Reason.NOT_HELPFUL, command.new_handoff)


def rate(trial: Trial, command: c.Rate) -> None:
    conversation = trial.desk.conversation(command.conversation_id)
    require_not_erased(conversation)
    trial.log(
        command.conversation_id,
        Rated(score=command.score, comment=command.comment),
        customer_actor(conversation),
    )
