"""What follows from each command: `decide` finds the events, by the rules of the modules in this folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from handoff.domain import commands as c
from handoff.domain.decisions import (
    alerts,
    assistant,
    blocks,
    customers,
    due,
    operating,
    people,
    persons,
    supervisors,
    work,
)
from handoff.domain.decisions.alerts import notify_absent_supervisors
from handoff.domain.decisions.settle import settle
from handoff.domain.desk import Desk, Trial
from handoff.domain.errors import DomainError
from handoff.domain.events import AnyEvent, PresenceChanged
from handoff.domain.people import Presence

# The value's argument is the key's class; a mapping cannot say so in its type.
HANDLERS: dict[type[c.Command], Callable[[Trial, Any], None]] = {
    c.StartConversation: customers.start_conversation,
    c.CustomerMessage: customers.customer_message,
    c.RequestHandoff: customers.request_handoff,
    c.Withdraw: customers.withdraw,
    c.RequestCallback: customers.request_callback,
    c.GiveFeedback: customers.give_feedback,
    c.Rate: customers.rate,
    c.ChangeLocale: persons.change_locale,
    c.Introduce: persons.introduce,
    c.EraseCustomer: persons.erase_customer,
    c.BotAnswered: assistant.bot_answered,
    c.BotFailed: assistant.bot_failed,
    c.HoldBotTurn: assistant.hold_bot_turn,
    c.ResumeBotTurn: assistant.resume_bot_turn,
    c.AddAgent: people.add_agent,
    c.ChangeAgent: people.change_agent,
    c.DisableAgent: people.disable_agent,
    c.EnableAgent: people.enable_agent,
    c.ConnectAgent: people.connect_agent,
    c.LoseAgent: people.lose_agent,
    c.SetPresence: people.set_presence,
    c.EndWrapUp: people.end_wrap_up,
    c.Accept: work.accept,
    c.Decline: work.decline,
    c.AgentMessage: work.agent_message,
    c.TakeNote: work.take_note,
    c.RecordContact: work.record_contact,
    c.Transfer: work.transfer,
    c.FollowUp: work.follow_up,
    c.HandBack: work.hand_back,
    c.Resolve: work.resolve,
    c.TakeBack: work.take_back,
    c.BlockCustomer: blocks.block_customer,
    c.UnblockCustomer: blocks.unblock_customer,
    c.Assign: supervisors.assign,
    c.SendWhisper: supervisors.send_whisper,
    c.Acknowledge: alerts.acknowledge,
    c.CarryOutDue: due.carry_out_due,
    c.CarryOutDueOfAgent: due.carry_out_due_of_agent,
    c.RestartClocks: due.restart_clocks,
    c.PutInForce: operating.put_in_force,
}


class Refused(Exception):
    """The command was refused with `error`; what `trial` holds stands all the same (the person showed to be there)."""

    def __init__(self, error: DomainError, trial: Trial) -> None:
        super().__init__(str(error))
        self.error = error
        self.trial = trial

    @property
    def events(self) -> list[AnyEvent]:
        return self.trial.events


def decide(desk: Desk, command: c.Command, now: datetime) -> list[AnyEvent]:
    """What happens because of `command` at `now`. The desk is left as it was; put the events in with `evolve`.

    Raises `Refused`.
    """
    try:
        trial = carry_out(desk, command, now)
    except Refused as refused:
        refused.trial.undo()
        raise
    trial.undo()
    return trial.events


def carry_out(desk: Desk, command: c.Command, now: datetime) -> Trial:
    """The same, and the desk has the events in it: as `decide` and `evolve`, for half the work.

    Raises `Refused`, whose events are in the desk too. Any other exception leaves the desk as it was.
    """
    trial = Trial(desk, now)
    try:
        try:
            _note_that_person_is_there(trial, command)
            HANDLERS[type(command)](trial, command)
            _settle(trial)
        except DomainError as error:
            trial.undo()
            trial = Trial(desk, now)
            _note_that_person_is_there(trial, command)
            _settle(trial)
            raise Refused(error, trial) from error
    except Refused:
        raise
    except BaseException:
        trial.undo()
        raise
    return trial


def _settle(trial: Trial) -> None:
    settle(trial)
    notify_absent_supervisors(trial)


def _note_that_person_is_there(trial: Trial, command: c.Command) -> None:
    """Any act of an agent clears `not_responding`. Source: design, section 4."""
    if isinstance(command, c.ByAgent):
        agent = trial.desk.agents.get(command.agent_id)
        if agent is not None and agent.presence is Presence.NOT_RESPONDING:
            trial.person(agent.id, PresenceChanged(presence=Presence.ONLINE))


__all__ = ["HANDLERS", "Refused", "carry_out", "decide"]
