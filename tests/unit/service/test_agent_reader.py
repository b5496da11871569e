"""Readers of the desk's people."""

from __future__ import annotations

import pytest

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.domain.handoff import Outcome
from handoff.domain.people import Access, Presence
from handoff.service.agent_reader import AgentReader, Follows
from handoff.service.committer import Committer
from handoff.service.inbox import Told
from handoff.service.ports import StorageUnavailable
from handoff.service.world import RandomIds, SystemClock
from handoff.storage.memory import MemoryStorage
from tests.factories import card, rules, start_conversation


def test_a_reader_whose_socket_is_gone_follows_nothing_any_more() -> None:
    """Found by the simulation: a socket that ended while its accept was under way was followed for ever, and each
    commit in that conversation failed before the other agents had been woken."""
    committer = Committer(Desk(rules()), MemoryStorage(), SystemClock(), RandomIds())
    follows = Follows()
    reader = AgentReader(committer, MemoryStorage(), SystemClock(), follows, dict, "ada")

    reader.joined("c1", 3)
    assert follows.of("c1") == [reader]
    reader.close()
    reader.joined("c1", 5)

    assert follows.of("c1") == []


async def _in_conversation(storage: MemoryStorage) -> tuple[Committer, AgentReader]:
    """Ada has c1 and has written in it; her socket has been told so."""
    committer = Committer(Desk(rules()), storage, SystemClock(), RandomIds())
    await committer.start()
    access, new = (Access.AGENT,), c.NewHandoff(handoff_id="h1", reference="AAA-0001")
    for command in (
        c.AddAgent(card=card("ada"), access=access, languages=(), teams=()),
        c.ConnectAgent(agent_id="ada"),
        c.SetPresence(agent_id="ada", presence=Presence.ONLINE),
        start_conversation("c1", customer_id="cu1"),
        c.RequestHandoff(conversation_id="c1", new_handoff=new, client_id="1"),
        c.Accept(agent_id="ada", offer_id="h1.1"),
        c.AgentMessage(agent_id="ada", conversation_id="c1", text="Good day", client_id="1"),
    ):
        await committer.carry_out(command)
    reader = AgentReader(committer, storage, SystemClock(), Follows(), dict, "ada")
    await reader.snapshot()
    return committer, reader


async def _news(reader: AgentReader) -> list[Told]:
    reader.nudge()
    return [told async for told in reader.updates()]


async def test_the_end_of_an_assignment_is_told_though_storage_was_away_when_it_was_looked_for() -> None:
    """Found by the simulation: the reader had struck the conversation off before it read why it was over; that failed,
    and the console showed it for good."""
    storage = MemoryStorage()
    committer, reader = await _in_conversation(storage)
    await _news(reader)
    await committer.carry_out(
        c.Resolve(agent_id="ada", conversation_id="c1", outcome=Outcome.DONE, note=None)
    )
    storage.available = False
    with pytest.raises(StorageUnavailable):
        await _news(reader)

    storage.available = True
    told = await _news(reader)

    assert ("assignment_ended", {"conversation_id": "c1", "reason": "resolved"}) in told
    await committer.close()
