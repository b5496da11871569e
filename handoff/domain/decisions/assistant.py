"""What follows from the bot's answers and failures. The bot speaks only while it has control (invariant 5)."""

from __future__ import annotations

from datetime import timedelta

from handoff.domain import commands as c
from handoff.domain.change import changed
from handoff.domain.conversation import BotSide, Control, Conversation
from handoff.domain.decisions.steps import BOT, ask_for_person, say_request_stands
from handoff.domain.desk import Trial
from handoff.domain.events import (
    BotTurnAnswered,
    BotTurnFailed,
    BotTurnHeld,
    BotTurnResumed,
    LateBotAnswer,
    Message,
)
from handoff.domain.failing import AFFIRM, REQUEST_HUMAN, doubt_after, is_failing, repeats_itself
from handoff.domain.handoff import HandoffState, Reason
from handoff.domain.speech import speech

_REASONS = {"intent": Reason.INTENT, "action": Reason.ACTION, "distress": Reason.DISTRESS}


def bot_answered(trial: Trial, command: c.BotAnswered) -> None:
    conversation = trial.desk.conversation(command.conversation_id)
    bot = conversation.bot
    if conversation.erased:
        return  # what it was asked is gone, and the answer would bring it back
    if conversation.control is not Control.BOT or command.of_seq not in bot.pending:
        texts = tuple(message.text for message in command.messages)
        late = LateBotAnswer(of_seq=command.of_seq, texts=texts, did=command.did)
        trial.log(command.conversation_id, late)
        return
    if command.failed_actions or (not command.messages and command.wants is None):
        failure = "failed_action" if command.failed_actions else "empty"
        _fail(trial, command.conversation_id, command.of_seq, failure, command.did, command.new_handoff)
        return
    already = conversation.live_handoff is not None
    repeats = repeats_itself(bot, command.intent.name, command.messages[0].text if command.messages else None)
    alone = _hears_it_alone(bot, command)
    asks_person = not already and (alone or (command.wants is None and (bot.offer_person or repeats)))
    doubt = doubt_after(bot.doubt, intent=command.intent.name, unsure=command.unsure, repeats=repeats)
    doubtful = (command.unsure or repeats) and not already
    fails = doubtful and is_failing(changed(bot, doubt=doubt), trial.policy)
    says_yes = _says_yes_to_person(bot, command) and not already
    trial.log(
        command.conversation_id,
        BotTurnAnswered(
            of_seq=command.of_seq,
            intent=command.intent,
            ranking=command.ranking,
            unsure=command.unsure,
            actions=command.actions,
            did=command.did,
            slots=command.slots,
            model_id=command.model_id,
            milliseconds=command.milliseconds,
            repeats=repeats,
            asks_person=asks_person,
            unseen=fails or says_yes,
        ),
    )
    if fails:
        reason = Reason.BOT_UNSURE if command.unsure else Reason.REPEATED_QUESTION
        ask_for_person(trial, command.conversation_id, reason, command.new_handoff)
        return
    if says_yes:
        ask_for_person(trial, command.conversation_id, Reason.INTENT, command.new_handoff)
        return
    for message in command.messages:
        trial.log(command.conversation_id, Message(text=message.text, buttons=message.buttons), BOT)
    if command.wants is not None and (already or not alone):
        if already:
            say_request_stands(trial, command.conversation_id)
        else:
            reason = _REASONS.get(command.wants, Reason.INTENT)
            ask_for_person(trial, command.conversation_id, reason, command.new_handoff)
    elif asks_person:
        words = speech(conversation.language)
        question = Message(text=words.person_question, buttons=(words.ask_for_person,))
        trial.log(command.conversation_id, question, BOT)
    else:
        _offer_way_back(trial, conversation)


def _hears_it_alone(bot: BotSide, command: c.BotAnswered) -> bool:
    """Whether only the bot, and only now, takes the message for a request for a person: then the customer is asked. The
    detector, which said no, knows far more such sentences, and a person that nobody wanted keeps others waiting."""
    asks = command.wants == "intent" and command.intent.name == REQUEST_HUMAN
    return asks and not bot.offer_person and not bot.person_asked


def _says_yes_to_person(bot: BotSide, command: c.BotAnswered) -> bool:
    """A plain yes in words to the question whether a person is wanted, and not to one that the bot put beside it."""
    return bot.person_asked and command.intent.name == AFFIRM and not command.did


def _offer_way_back(trial: Trial, conversation: Conversation) -> None:
    """After a resolution the bot answers, and once offers the way back to the same agent, by name."""
    handoff = conversation.handoff
    if handoff is None or handoff.state is not HandoffState.RESOLVED or handoff.ended_at is None:
        return
    recent = trial.now - handoff.ended_at <= timedelta(seconds=trial.policy.return_to_agent_s)
    first_answer = len(conversation.bot.asked) == len(conversation.bot.pending)
    if recent and first_answer and handoff.agent is not None:
        text, button = speech(conversation.language).way_back_to(handoff.agent.name)
        trial.log(conversation.conversation_id, Message(text=text, buttons=(button,)), BOT)


def hold_bot_turn(trial: Trial, command: c.HoldBotTurn) -> None:
    """A restart of ours is announced and short: the turn waits for its end, within `BOT_RESTART_HOLD_S` of its
    beginning. A restart that takes longer is an outage, and holds nobody any more. Source: design, section 5."""
    bot = trial.desk.conversation(command.conversation_id).bot
    began_at = min(command.restart_began_at, trial.now)
    until = began_at + timedelta(seconds=trial.policy.bot_restart_hold_s)
    if bot.pending[:1] == (command.of_seq,) and bot.turn_held_until is None and until > trial.now:
        trial.log(command.conversation_id, BotTurnHeld(of_seq=command.of_seq, until=until))


def resume_bot_turn(trial: Trial, command: c.ResumeBotTurn) -> None:
    """In time; a hold that has run out leads to a person."""
    bot = trial.desk.conversation(command.conversation_id).bot
    held_until = bot.turn_held_until if bot.pending[:1] == (command.of_seq,) else None
    if held_until is not None and trial.now < held_until:
        trial.log(command.conversation_id, BotTurnResumed(of_seq=command.of_seq))


def bot_failed(trial: Trial, command: c.BotFailed) -> None:
    """A failure that was recorded already (its deadline passed, say) changes nothing more."""
    conversation = trial.desk.conversation(command.conversation_id)
    if command.of_seq in conversation.bot.pending:
        _fail(trial, command.conversation_id, command.of_seq, command.failure, (), command.new_handoff)


def _fail(
    trial: Trial, conversation_id: str, of_seq: int, failure: str, did: tuple[str, ...], new: c.NewHandoff
) -> None:
    """No outage of the bot costs a customer more than one turn: it leads to a person at once."""
    already = trial.live_handoff(conversation_id) is not None
    trial.log(conversation_id, BotTurnFailed(of_seq=of_seq, failure=failure, did=did))
    if already:
        say_request_stands(trial, conversation_id)
    else:
        ask_for_person(trial, conversation_id, Reason.BOT_UNAVAILABLE, new)
