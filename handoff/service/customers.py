"""What a customer can ask of the desk: each request of the wire becomes one command, and its ack."""

from __future__ import annotations

from typing import Any

from handoff.domain import commands as c
from handoff.domain.conversation import Control
from handoff.domain.desk import Desk
from handoff.domain.errors import Code, DomainError, bad_request
from handoff.domain.events import AnyEvent, Event, HandoffRequested
from handoff.domain.handoff import Contact
from handoff.domain.requests import Read, Reading
from handoff.domain.text import clean_name, clean_text
from handoff.service import wire
from handoff.service.access import CustomerSession
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer, MakeAck, Request, no_ack
from handoff.service.limits import Rate
from handoff.service.ports import Clock, Hears, Ids, RequestKey
from handoff.service.views import handoff_view
from handoff.service.waits import Waits

SPARE_MAX = 512  # about as many messages as are under way at once on a busy desk


def seq_and_at(_desk: Desk, events: list[AnyEvent]) -> dict[str, Any]:
    """The ack of something said: where it stands in the log. It is the first event of its decision."""
    first = next(event for event in events if isinstance(event, Event))
    return {"seq": first.seq, "at": rfc3339(first.at)}


def _hears_nothing_yet(_text: str) -> Reading:
    """The conversation went back to the assistant while the message was on its way: sent again, it is heard."""
    raise DomainError(
        Code.UNAVAILABLE, "The server has just started; this comes in a moment.", retry_after_s=1
    )


class Customers:
    def __init__(
        self,
        committer: Committer,
        hearing: Hears,
        waits: Waits,
        clock: Clock,
        ids: Ids,
        *,
        message_burst: int,
        messages_per_second: float,
    ) -> None:
        self._committer = committer
        self._hearing = hearing
        self._waits = waits
        self._ids = ids
        self._spare: list[c.NewHandoff] = []
        self._messages = Rate(clock, burst=message_burst, per_second=messages_per_second)
        self._resent = Rate(clock, burst=message_burst, per_second=messages_per_second)

    def _new_handoff(self) -> c.NewHandoff:
        """For a command that may open one. Most do not, and leave theirs to the next."""
        if self._spare:
            return self._spare.pop()
        return c.NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())

    async def message(self, session: CustomerSession, asked: wire.Message) -> dict[str, Any]:
        """One that is sent again gets its first ack and does not count: resending has a rate of its own."""
        try:
            self._messages.take(session.customer_id)
        except DomainError as too_much:
            self._resent.take(session.customer_id)
            return await self._first_ack(session, asked, too_much)
        text = clean_text(asked.text)
        command = c.CustomerMessage(
            conversation_id=session.conversation_id,
            text=text,
            client_id=asked.client_id,
            read=await self._read(session.conversation_id, text),
            new_handoff=self._new_handoff(),
        )
        request = _request(session, asked.client_id, {"text": text})
        done = await self._committer.carry_out(command, request=request, make_ack=seq_and_at)
        if len(self._spare) < SPARE_MAX and not any(
            record.type == HandoffRequested.TYPE for record in done.events
        ):
            self._spare.append(command.new_handoff)
        if done.repeated and self._resent.took(session.customer_id):
            self._messages.give_back(session.customer_id)
        return done.ack

    async def _read(self, conversation_id: str, text: str) -> Read:
        """The desk listens to what is said to the assistant. What is said to a person, or while one is waited for,
        need not wait until a server that has just started hears: such a conversation is at hand."""
        conversation = self._committer.desk.conversations.get(conversation_id)
        if conversation is not None and conversation.control is not Control.BOT:
            at_work = self._hearing.at_work
            return _hears_nothing_yet if at_work is None else lambda text: at_work.glance(text)[0]
        reading = await self._hearing.read(text)
        return lambda _text: reading

    async def _first_ack(
        self, session: CustomerSession, asked: wire.Message, otherwise: DomainError
    ) -> dict[str, Any]:
        """The ack that this very message got before; else raises `otherwise`."""
        try:
            request = _request(session, asked.client_id, {"text": clean_text(asked.text)})
        except DomainError:
            raise otherwise from None
        ack = await self._committer.ack_of(request)
        if ack is None:
            raise otherwise
        return ack

    def malformed_message(self, session: CustomerSession) -> None:
        """One that could not be read counts as well. Raises `rate_limited`."""
        self._messages.take(session.customer_id)

    async def request_human(self, session: CustomerSession, asked: wire.RequestHuman) -> dict[str, Any]:
        note = clean_text(asked.note, what="note") if asked.note is not None else None
        command = c.RequestHandoff(
            conversation_id=session.conversation_id,
            new_handoff=self._new_handoff(),
            client_id=asked.client_id,
            note=note,
        )
        return await self._carry_out(
            session, asked.client_id, command, self._handoff(session), {"request_human": note}
        )

    async def withdraw(self, session: CustomerSession, asked: wire.Withdraw) -> dict[str, Any]:
        command = c.Withdraw(conversation_id=session.conversation_id)
        return await self._carry_out(
            session, asked.client_id, command, self._handoff(session), {"withdraw": True}
        )

    async def callback(self, session: CustomerSession, asked: wire.Callback) -> dict[str, Any]:
        if asked.contact.email is None and asked.contact.phone is None:
            raise bad_request("A call-back needs an e-mail address or a phone number.")
        contact = Contact(email=asked.contact.email, phone=asked.contact.phone)
        command = c.RequestCallback(
            conversation_id=session.conversation_id,
            new_handoff=self._new_handoff(),
            contact=contact,
            at=asked.at,
        )
        body = {
            "callback": [contact.email, contact.phone],
            "at": None if asked.at is None else rfc3339(asked.at),
        }
        return await self._carry_out(session, asked.client_id, command, self._handoff(session), body)

    async def feedback(self, session: CustomerSession, asked: wire.Feedback) -> dict[str, Any]:
        command = c.GiveFeedback(
            conversation_id=session.conversation_id,
            new_handoff=self._new_handoff(),
            seq=asked.seq,
            helpful=asked.helpful,
        )
        body = {"feedback": [asked.seq, asked.helpful]}
        return await self._carry_out(session, asked.client_id, command, no_ack, body)

    async def rate(self, session: CustomerSession, asked: wire.Rate) -> dict[str, Any]:
        comment = clean_text(asked.comment, what="comment") if asked.comment is not None else None
        command = c.Rate(conversation_id=session.conversation_id, score=asked.score, comment=comment)
        body = {"rate": [asked.score, comment]}
        return await self._carry_out(session, asked.client_id, command, no_ack, body)

    async def change_locale(self, session: CustomerSession, asked: wire.Locale) -> dict[str, Any]:
        command = c.ChangeLocale(conversation_id=session.conversation_id, locale=asked.locale)
        return await self._carry_out(session, asked.client_id, command, no_ack, {"locale": asked.locale})

    async def introduce(self, session: CustomerSession, asked: wire.Introduce) -> dict[str, Any]:
        name = None if asked.name is None else clean_name(asked.name)
        command = c.Introduce(conversation_id=session.conversation_id, name=name)
        return await self._carry_out(session, asked.client_id, command, no_ack, {"introduce": name})

    def _handoff(self, session: CustomerSession) -> MakeAck:
        def ack(desk: Desk, _events: list[AnyEvent]) -> dict[str, Any]:
            conversation = desk.conversation(session.conversation_id)
            return {"handoff": handoff_view(desk, conversation, self._waits.estimate_s(conversation))}

        return ack

    async def _carry_out(
        self,
        session: CustomerSession,
        client_id: str,
        command: c.Command,
        make_ack: MakeAck,
        body: dict[str, Any],
    ) -> dict[str, Any]:
        request = _request(session, client_id, body)
        done = await self._committer.carry_out(command, request=request, make_ack=make_ack)
        return done.ack


def _request(session: CustomerSession, client_id: str, body: dict[str, Any]) -> Request:
    key = RequestKey(session.conversation_id, f"customer:{session.customer_id}", client_id)
    return Request(key=key, body=body)
