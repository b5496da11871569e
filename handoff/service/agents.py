"""What the people of the desk can ask of it: each request of the wire becomes one command, and its ack."""

from __future__ import annotations

from typing import Any

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.domain.errors import bad_request, not_found
from handoff.domain.events import AnyEvent
from handoff.domain.people import Agent, Presence
from handoff.domain.rights import may_see, require_supervisor
from handoff.domain.text import clean_text
from handoff.service import wire
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer, MakeAck, Request
from handoff.service.customers import seq_and_at
from handoff.service.ports import Ids, RequestKey, Storage, key_of_offer
from handoff.service.views import agent_event, block_view, handoff_view

REASON_CHARACTERS_MAX = 500  # of a block: a sentence or two, read in a list


class Agents:
    def __init__(self, committer: Committer, storage: Storage, ids: Ids) -> None:
        self._committer = committer
        self._storage = storage
        self._ids = ids

    # -- presence --

    async def connect(self, agent_id: str) -> None:
        await self._committer.carry_out(c.ConnectAgent(agent_id=agent_id))

    async def lose(self, agent_id: str) -> None:
        await self._committer.carry_out(c.LoseAgent(agent_id=agent_id))

    async def set_presence(self, agent_id: str, asked: wire.SetPresence) -> dict[str, Any]:
        presence = Presence(asked.presence)
        await self._committer.carry_out(c.SetPresence(agent_id=agent_id, presence=presence))
        return {"presence": presence.value}

    # -- offers --

    async def accept(self, agent_id: str, asked: wire.Accept) -> dict[str, Any]:
        """A repeated accept gives the first ack again: the log up to the moment of joining."""
        conversation_id = ""

        def ack(desk: Desk, events: list[AnyEvent]) -> dict[str, Any]:
            joined = next(event for event in events if event.type == "agent_joined")
            conversation = desk.conversation(getattr(joined, "conversation_id", conversation_id))
            return {
                "conversation_id": conversation.conversation_id,
                "handoff": handoff_view(desk, conversation),
                "last_seq": conversation.last_seq,
            }

        command = c.Accept(agent_id=agent_id, offer_id=asked.offer_id)
        request = _of_offer(agent_id, "accept", asked.offer_id)
        done = await self._committer.carry_out(command, request=request, make_ack=ack)
        records = await self._storage.events(done.ack["conversation_id"], limit=done.ack["last_seq"])
        return done.ack | {"events": [agent_event(record) for record in records]}

    async def decline(self, agent_id: str, asked: wire.Decline) -> dict[str, Any]:
        reason = clean_text(asked.reason, what="reason") if asked.reason else None
        command = c.Decline(agent_id=agent_id, offer_id=asked.offer_id, reason=reason)
        request = _of_offer(agent_id, "decline", asked.offer_id)
        return (await self._committer.carry_out(command, request=request)).ack

    # -- conversations --

    async def open(self, agent_id: str, asked: wire.Open) -> dict[str, Any]:
        await self.seen(agent_id, asked.conversation_id)
        records = await self._storage.events(asked.conversation_id, since=asked.since, limit=wire.EVENTS_MAX)
        desk = self._committer.desk
        conversation = await self._committer.loaded(asked.conversation_id)
        if conversation is None:
            raise not_found()
        last_seq = conversation.last_seq
        answer = {
            "events": [agent_event(record) for record in records],
            "last_seq": records[-1].seq if records else min(asked.since, last_seq),
            "more": bool(records) and records[-1].seq < last_seq,
            "handoff": handoff_view(desk, conversation),
        }
        await self._committer.settled()
        return answer

    async def seen(self, agent_id: str, conversation_id: str) -> Agent:
        """The agent, if this conversation is theirs to see. Raises `not_found`."""
        agent = self._committer.desk.agent(agent_id)
        conversation = await self._committer.loaded(conversation_id)
        if conversation is None or not may_see(agent, conversation):
            raise not_found()
        return agent

    async def supervised(self, agent_id: str, conversation_id: str) -> None:
        """Raises `forbidden` for those who are no supervisors, `not_found` for what is not there."""
        require_supervisor(self._committer.desk.agent(agent_id))
        await self.seen(agent_id, conversation_id)

    async def message(self, agent_id: str, asked: wire.AgentMessage) -> dict[str, Any]:
        text = clean_text(asked.text)
        command = c.AgentMessage(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            text=text,
            client_id=asked.client_id,
        )
        return await self._carry_out(agent_id, asked, command, _message_ack, {"text": text})

    async def note(self, agent_id: str, asked: wire.AgentMessage) -> dict[str, Any]:
        text = clean_text(asked.text)
        command = c.TakeNote(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            text=text,
            client_id=asked.client_id,
        )
        return await self._carry_out(agent_id, asked, command, seq_and_at, {"note": text})

    async def whisper(self, agent_id: str, asked: wire.AgentMessage) -> dict[str, Any]:
        text = clean_text(asked.text)
        command = c.SendWhisper(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            text=text,
            client_id=asked.client_id,
        )
        return await self._carry_out(agent_id, asked, command, seq_and_at, {"whisper": text})

    async def contacted(self, agent_id: str, asked: wire.Contacted) -> dict[str, Any]:
        command = c.RecordContact(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            channel=asked.channel,
            outcome=asked.outcome,
        )
        body = {"contacted": [asked.channel, asked.outcome]}
        return await self._carry_out(agent_id, asked, command, _contact_ack, body)

    async def transfer(self, agent_id: str, asked: wire.Transfer) -> dict[str, Any]:
        if (asked.to.agent_id is None) == (asked.to.team is None):
            raise bad_request("A transfer goes to one agent or to one team.")
        note = _note(asked.note)
        command = c.Transfer(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            to_agent_id=asked.to.agent_id,
            to_team=asked.to.team,
            note=note,
        )
        body = {"transfer": [asked.to.agent_id, asked.to.team, note]}
        return await self._carry_out(agent_id, asked, command, _handoff_ack(asked.conversation_id), body)

    async def follow_up(self, agent_id: str, asked: wire.FollowUp) -> dict[str, Any]:
        note = _note(asked.note)
        command = c.FollowUp(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            answer_by=asked.answer_by,
            note=note,
        )
        body = {"follow_up": [rfc3339(asked.answer_by), note]}
        return await self._carry_out(agent_id, asked, command, _handoff_ack(asked.conversation_id), body)

    async def hand_back(self, agent_id: str, asked: wire.HandBack) -> dict[str, Any]:
        note = _note(asked.note)
        command = c.HandBack(agent_id=agent_id, conversation_id=asked.conversation_id, note=note)
        body = {"hand_back": note}
        return await self._carry_out(agent_id, asked, command, _handoff_ack(asked.conversation_id), body)

    async def resolve(self, agent_id: str, asked: wire.Resolve) -> dict[str, Any]:
        note = _note(asked.note)
        command = c.Resolve(
            agent_id=agent_id,
            conversation_id=asked.conversation_id,
            outcome=asked.outcome,
            note=note,
        )
        body = {"resolve": [asked.outcome.value, note]}
        return await self._carry_out(agent_id, asked, command, _handoff_ack(asked.conversation_id), body)

    async def take_back(self, agent_id: str, asked: wire.TakeBack) -> dict[str, Any]:
        new = c.NewHandoff(handoff_id=self._ids.new("ho"), reference=self._ids.reference())
        command = c.TakeBack(agent_id=agent_id, conversation_id=asked.conversation_id, new_handoff=new)
        body = {"take_back": True}
        return await self._carry_out(agent_id, asked, command, _handoff_ack(asked.conversation_id), body)

    async def block(self, agent_id: str, asked: wire.Block) -> dict[str, Any]:
        reason = clean_text(asked.reason, what="reason", characters_max=REASON_CHARACTERS_MAX)
        command = c.BlockCustomer(agent_id=agent_id, conversation_id=asked.conversation_id, reason=reason)
        body = {"block": reason}
        return await self._carry_out(agent_id, asked, command, _block_ack(asked.conversation_id), body)

    async def unblock(self, agent_id: str, asked: wire.Unblock) -> dict[str, Any]:
        note = _note(asked.note)
        command = c.UnblockCustomer(agent_id=agent_id, conversation_id=asked.conversation_id, note=note)
        body = {"unblock": note}
        return await self._carry_out(agent_id, asked, command, _block_ack(asked.conversation_id), body)

    async def wrap_up_done(self, agent_id: str, asked: wire.InConversation) -> dict[str, Any]:
        command = c.EndWrapUp(agent_id=agent_id, conversation_id=asked.conversation_id)
        return (await self._committer.carry_out(command)).ack

    async def assign(self, agent_id: str, asked: wire.Assign) -> dict[str, Any]:
        command = c.Assign(agent_id=agent_id, handoff_id=asked.handoff_id, to_agent_id=asked.agent_id)

        def ack(desk: Desk, _events: list[AnyEvent]) -> dict[str, Any]:
            return {"handoff": handoff_view(desk, desk.of_handoff(asked.handoff_id))}

        return (await self._committer.carry_out(command, make_ack=ack)).ack

    async def acknowledge(self, agent_id: str, asked: wire.Acknowledge) -> dict[str, Any]:
        """Said again, or after the alert has ended, it is done already. Raises `not_found` for what was no alert."""
        conversation_id, _, number = asked.alert_id.rpartition(".")
        seq = int(number)
        await self.supervised(agent_id, conversation_id)
        [*found] = await self._storage.events(conversation_id, since=seq - 1, limit=1)
        if not found or found[0].seq != seq or found[0].type != "supervisor_told":
            raise not_found("There is no such alert.")
        command = c.Acknowledge(agent_id=agent_id, conversation_id=conversation_id, seq=seq)
        return (await self._committer.carry_out(command)).ack

    async def _carry_out(
        self, agent_id: str, asked: Any, command: c.Command, make_ack: MakeAck, body: dict[str, Any]
    ) -> dict[str, Any]:
        key = RequestKey(asked.conversation_id, f"agent:{agent_id}", asked.client_id)
        request = Request(key=key, body=body)
        return (await self._committer.carry_out(command, request=request, make_ack=make_ack)).ack


def _of_offer(agent_id: str, act: str, offer_id: str) -> Request:
    return Request(key=key_of_offer(agent_id, act, offer_id), body={act: offer_id})


def _note(note: str | None) -> str | None:
    return clean_text(note, what="note") if note is not None else None


def _at_of(event_type: str) -> MakeAck:
    def ack(_desk: Desk, events: list[AnyEvent]) -> dict[str, Any]:
        found = next(event for event in events if event.type == event_type)
        return {"seq": getattr(found, "seq", 0), "at": rfc3339(found.at)}

    return ack


_message_ack = _at_of("message")  # a promise that is taken up has the agent's joining before the message
_contact_ack = _at_of("contacted")


def _handoff_ack(conversation_id: str) -> MakeAck:
    def ack(desk: Desk, _events: list[AnyEvent]) -> dict[str, Any]:
        return {"handoff": handoff_view(desk, desk.conversation(conversation_id))}

    return ack


def _block_ack(conversation_id: str) -> MakeAck:
    def ack(desk: Desk, _events: list[AnyEvent]) -> dict[str, Any]:
        conversation = desk.conversation(conversation_id)
        block = conversation.block
        return {
            "handoff": handoff_view(desk, conversation),
            "blocked": None if block is None else block_view(block),
        }

    return ack
