"""The end of a world: what everybody was told is held against what is on the disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from handoff.service import wire
from handoff.service.administered import read_changes
from handoff.service.ports import key_of_offer
from handoff.service.transcripts import NotGenuine, verify_transcript
from handoff.simulation.lines import Json, Line, LineLost, Refused, http
from handoff.simulation.people.customers import Customer
from handoff.simulation.people.person import DESK
from handoff.simulation.referee import BELIEVED, ERASED
from handoff.simulation.sealing import sealed_rightly

if TYPE_CHECKING:
    from handoff.simulation.world import SimulatedTown

_READ_AGAIN_EVERY = 4  # of all customers: who look at the end at everything anew
_NOTICES_WITHIN_S = 2_000.0  # a notice that failed is tried again after a quarter of an hour at the latest
_VERIFIED_EVERY = 12  # of all customers: whose signed transcript is verified


class Audit:
    """Of a town that is calm, and in which every handoff has ended."""

    def __init__(self, town: SimulatedTown) -> None:
        self._town = town

    async def look(self) -> None:
        """What everybody was told, against what is on the disk."""
        referee = self._town.referee
        await asyncio.sleep(5)  # whatever is on its way arrives
        for conversation_id, account in referee.accounts.items():
            kept = await self._town.platter.events(conversation_id)
            if kept != account.kept():
                referee.wrong(
                    "1: acknowledged is on disk", conversation_id, "the log on the disk is another one"
                )
            if account.erased_seq:
                await self._audit_acks_of_offers(conversation_id)
        for index, customer in enumerate(self._town.customers):
            self._audit_customer(customer)
            if customer.conversation_id and index % _VERIFIED_EVERY == 0:
                self._check_chain(customer.conversation_id)
            own = referee.accounts.get(customer.conversation_id)
            if own is None or own.erased_seq or customer.elsewhere:
                continue
            if index % _READ_AGAIN_EVERY == 0:
                await self._read_again(customer)
            if index % _VERIFIED_EVERY == 0:
                await self._verify_transcript(customer)
        await self._audit_desk()
        await self._audit_states()
        await self._audit_ledger()
        await self._audit_notices()
        await self._town.administrator.audit()

    async def _audit_acks_of_offers(self, conversation_id: str) -> None:
        """What an agent was answered when accepting shows how to reach the customer."""
        made = (one.payload or {} for one in self._town.referee.accounts[conversation_id].records)
        keys = [
            key_of_offer(one["agent_id"], "accept", one["offer_id"]) for one in made if "expires_at" in one
        ]
        if await self._town.platter.acks(keys):
            self._town.referee.wrong(ERASED, conversation_id, "acks of offers in it are on the disk")

    def _audit_customer(self, customer: Customer) -> None:
        """Acknowledged and missing: none. And a screen that is on shows all there is."""
        referee, about = self._town.referee, customer.conversation_id
        account = referee.accounts.get(about)
        if account is None:
            return
        requested = {(one.payload or {}).get("handoff_id") for one in account.records}
        for handoff_id in customer.handoffs_acked:
            if handoff_id not in requested:
                referee.wrong("1: acknowledged is on disk", about, f"handoff {handoff_id} is missing")
        for actor, client_id, ack, text in customer.said:
            if text is not None:
                referee.acked_event(about, actor, client_id, ack, text)
        if customer.line is None or customer.line.lost:
            return
        if customer.last_seq != account.visible_seq:
            what = f"the screen ends at {customer.last_seq}, the log at {account.visible_seq}"
            referee.wrong("9: what clients build equals what the server has", about, what)
        seen = customer.handoff
        if seen is not None and (seen["id"], seen["state"]) != account.history[-1]:
            what = f"the screen says {seen['state']}, the log {account.history[-1]}"
            referee.wrong("9: what clients build equals what the server has", about, what)

    async def _read_again(self, customer: Customer) -> None:
        """Another screen of this customer's, from the first event on: it shows what the first one showed."""
        got: dict[int, Json] = {}
        done = asyncio.Event()

        def told(name: str, payload: Any) -> None:
            if name == "snapshot":
                got.update({event["seq"]: event for event in payload["events"]})
                done.set()

        try:
            auth = {"v": 1, "token": customer.token, "since": 0}
            line = await Line.open(customer.machine, DESK, "/customer", auth, told, lambda: None)
            async with asyncio.timeout(20):
                await done.wait()
            line.hang_up()
        except (LineLost, Refused, TimeoutError) as error:
            self._town.referee.wrong(
                "1: a session lasts", customer.conversation_id, f"cannot come back: {error}"
            )
            return
        records = self._town.referee.accounts[customer.conversation_id].records
        visible = [one.seq for one in records if one.customer_prev_seq is not None]
        if sorted(got) != visible[: wire.EVENTS_MAX]:
            self._town.referee.wrong(
                "customers see what is theirs, and all of it", customer.conversation_id, "read again"
            )
        for seq, event in customer.events.items():
            if seq in got and got[seq] != event:
                what = f"event {seq} differs"
                self._town.referee.wrong(
                    "9: what clients build equals what the server has", customer.conversation_id, what
                )

    async def _verify_transcript(self, customer: Customer) -> None:
        about = customer.conversation_id
        try:
            path = f"/api/v1/conversations/{about}/transcript"
            document = await http(customer.machine, DESK, "GET", path, None, customer.token)
            count = verify_transcript(document)
        except (LineLost, Refused, NotGenuine) as error:
            self._town.referee.wrong("11: the chain covers every event", about, f"transcript: {error}")
            return
        if count != len(self._town.referee.accounts[about].records):
            self._town.referee.wrong(
                "11: the chain covers every event", about, f"a transcript of {count} events"
            )

    def _check_chain(self, conversation_id: str) -> None:
        previous = bytes(32)
        for record in self._town.referee.accounts[conversation_id].kept():
            if not sealed_rightly(record, previous):
                self._town.referee.wrong(
                    "11: the chain covers every event", conversation_id, f"event {record.seq}"
                )
            previous = record.hash

    async def _audit_desk(self) -> None:
        """What the server believes is what is on the disk."""
        if self._town.server is None:
            return
        referee, desk = self._town.referee, self._town.server.committer.desk
        for conversation_id, believed in desk.conversations.items():
            if referee.states.get(conversation_id) != believed:
                referee.wrong(BELIEVED, conversation_id, "the server differs")
        for agent_id, agent in desk.agents.items():
            if referee.shadow.agents.get(agent_id) != agent:
                referee.wrong(BELIEVED, agent_id, "the server differs")
        changes = self._town.server.desk_file.changes
        if read_changes(await self._town.platter.administered()) != changes:
            referee.wrong(BELIEVED, "desk", f"{changes} was changed in the console, says the server")

    async def _audit_states(self) -> None:
        """What storage would give to the next server is what the log says."""
        for stored in await self._town.platter.conversations(list(self._town.referee.accounts)):
            about = stored.conversation.conversation_id
            if self._town.referee.states.get(about) != stored.conversation:
                self._town.referee.wrong(
                    "9: replaying the log equals the state", about, "stored is something else"
                )

        of_concern = {one for one, state in self._town.referee.states.items() if state.of_concern}
        taken_up = await self._town.platter.live_state()
        found = {stored.conversation.conversation_id for stored in taken_up.conversations}
        for about in sorted(of_concern ^ found):
            what = "is taken up" if about in found else "is not taken up"
            self._town.referee.wrong(BELIEVED, about, f"{what} by the next server")

    async def _audit_notices(self) -> None:
        """Each one that was asked for was brought, once the receiver took them again."""
        until = self._town.loop.time() + _NOTICES_WITHIN_S
        while await self._town.platter.notices_waiting(self._town.post.name, 1):
            if self._town.loop.time() > until:
                break
            await asyncio.sleep(10)
        for conversation_id, account in self._town.referee.accounts.items():
            for record in account.records:
                if record.type == "notice_asked" and record.id not in self._town.post.taken:
                    self._town.referee.wrong("every notice comes through", conversation_id, record.id)

    async def _audit_ledger(self) -> None:
        """Every handoff that was ever asked for is in the ledger, with its end."""
        rows = {row.handoff_id: row for row in await self._town.platter.ledger(live=False)}
        for conversation_id, account in self._town.referee.accounts.items():
            for record in account.records:
                if record.type == "handoff_requested":
                    row = rows.get((record.payload or {})["handoff_id"])
                    if row is None or row.ended_at is None:
                        self._town.referee.wrong("every handoff is in the ledger", conversation_id, f"{row}")
