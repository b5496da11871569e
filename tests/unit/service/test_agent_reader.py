"""Readers of the desk's people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.domain.errors import DomainError
from handoff.domain.handoff import Outcome
from handoff.domain.people import Access, Presence
from handoff.service.agent_reader import AgentReader, CommonViews, Follows
from handoff.service.committer import Committer, Done
from handoff.service.inbox import Told
from handoff.service.ports import Recorded, StorageUnavailable
from handoff.service.views import View, sealed_event
from handoff.service.world import RandomIds, SystemClock
from handoff.storage.memory import MemoryStorage
from tests.factories import card, rules, start_conversation
from tests.gated import GatedStorage


def test_a_reader_whose_socket_is_gone_follows_nothing_any_more() -> None:
    """Found by the simulation: a socket that ended while its accept was under way was followed for ever, and each
    commit in that conversation failed before the other agents had been woken."""
    storage = MemoryStorage()
    committer = Committer(Desk(rules()), storage, SystemClock(), RandomIds())
    follows, common = Follows(), CommonViews(committer, storage)
    reader = AgentReader(committer, storage, SystemClock(), follows, common, dict, "ada")

    reader.joined("c1", 3)
    assert follows.of("c1") == [reader]
    reader.close()
    reader.joined("c1", 5)

    assert follows.of("c1") == []


async def _in_conversation(storage: MemoryStorage) -> tuple[Committer, AgentReader]:
    """Ada has c1 and has written in it; her socket has been told so."""
    committer, reader, _ = await _with_common_views(storage)
    return committer, reader


async def _with_common_views(storage: MemoryStorage) -> tuple[Committer, AgentReader, CommonViews]:
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
    common = CommonViews(committer, storage)
    reader = AgentReader(committer, storage, SystemClock(), Follows(), common, dict, "ada")
    await reader.snapshot()
    return committer, reader, common


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


async def test_an_offer_that_ended_with_an_erasure_is_not_told_as_accepted() -> None:
    """Found by the simulation: how an offer ended was looked up by its id, which is erased with everything else. The
    console took the conversation for the agent's own, and was told at once that it was over."""
    storage = MemoryStorage()
    committer, reader = await _in_conversation(storage)
    new = c.NewHandoff(handoff_id="h2", reference="AAA-0002")
    await committer.carry_out(start_conversation("c2", customer_id="cu2"))
    await committer.carry_out(c.RequestHandoff(conversation_id="c2", new_handoff=new, client_id="1"))
    assert "offer" in [name for name, _ in await _news(reader)]

    await committer.carry_out(c.EraseCustomer(conversation_id="c2"))
    told = await _news(reader)

    assert ("offer_ended", {"offer_id": "h2.1", "outcome": "rescinded"}) in told
    assert "assignment_ended" not in [name for name, _ in told]
    await committer.close()


async def test_an_offer_that_was_accepted_before_an_erasure_is_told_as_accepted() -> None:
    storage = MemoryStorage()
    committer, reader = await _in_conversation(storage)
    new = c.NewHandoff(handoff_id="h2", reference="AAA-0002")
    await committer.carry_out(start_conversation("c2", customer_id="cu2"))
    await committer.carry_out(c.RequestHandoff(conversation_id="c2", new_handoff=new, client_id="1"))
    assert "offer" in [name for name, _ in await _news(reader)]

    await committer.carry_out(c.Accept(agent_id="ada", offer_id="h2.1"))
    await committer.carry_out(c.EraseCustomer(conversation_id="c2"))
    told = await _news(reader)

    assert ("offer_ended", {"offer_id": "h2.1", "outcome": "accepted"}) in told
    assert ("assignment_ended", {"conversation_id": "c2", "reason": "withdrawn"}) in told
    await committer.close()


class _OneUnreadable(MemoryStorage):
    """The log of one conversation cannot be read for a while."""

    unreadable = ""

    async def events(self, conversation_id: str, **asked: Any) -> list[Recorded]:
        if conversation_id == self.unreadable:
            raise StorageUnavailable
        return await super().events(conversation_id, **asked)


async def test_an_offer_that_was_read_and_never_told_leaves_nothing_followed() -> None:
    """A look that was broken off had read one of two offers. It ended before the next look, and the console was told
    for good what went on between its customer and somebody else."""
    storage = _OneUnreadable()
    committer, reader = await _in_conversation(storage)
    for number in ("2", "3"):
        new = c.NewHandoff(handoff_id=f"h{number}", reference=f"AAA-000{number}")
        await committer.carry_out(start_conversation(f"c{number}", customer_id=f"cu{number}"))
        await committer.carry_out(
            c.RequestHandoff(conversation_id=f"c{number}", new_handoff=new, client_id="1")
        )
    storage.unreadable = "c3"
    with pytest.raises(StorageUnavailable):
        await _news(reader)
    assert "c2" not in [one["conversation_id"] for one in reader.heads()]

    await committer.carry_out(c.Withdraw(conversation_id="c2"))
    storage.unreadable = ""
    told = await _news(reader)

    assert [payload["conversation_id"] for name, payload in told if name == "offer"] == ["c3"]
    assert {one["conversation_id"] for one in reader.heads()} == {"c1", "c3"}
    await committer.close()


async def test_the_end_of_what_was_accepted_is_told_though_it_came_before_the_next_look() -> None:
    committer, reader = await _in_conversation(MemoryStorage())
    reader.accepted("c2", 1)

    told = await _news(reader)

    assert "assignment_ended" in [name for name, _ in told]
    assert [one["conversation_id"] for one in reader.heads()] == ["c1"]
    await committer.close()


async def test_what_moves_around_an_agent_is_at_hand_and_an_offer_has_to_be_read() -> None:
    storage = MemoryStorage()
    committer, reader = await _in_conversation(storage)
    await _news(reader)
    await committer.carry_out(c.SetPresence(agent_id="ada", presence=Presence.AWAY))

    reader.nudge()
    told, complete = reader.at_hand()
    assert (("presence", {"agent_id": "ada", "presence": "away"}) in told, complete) == (True, True)
    assert reader.at_hand() == ([], True)

    new = c.NewHandoff(handoff_id="h2", reference="AAA-0002")
    await committer.carry_out(c.SetPresence(agent_id="ada", presence=Presence.ONLINE))
    await committer.carry_out(start_conversation("c2", customer_id="cu2"))
    await committer.carry_out(c.RequestHandoff(conversation_id="c2", new_handoff=new, client_id="1"))
    reader.nudge()
    assert reader.at_hand() == ([], False)
    assert "offer" in [name for name, _ in await _news(reader)]
    await committer.close()


async def test_nothing_around_is_told_from_a_desk_that_is_ahead_of_the_disk() -> None:
    gate = GatedStorage()
    committer, reader = await _in_conversation(gate)
    await _news(reader)
    gate.gate.clear()
    gate.waiting.clear()
    change = asyncio.create_task(committer.carry_out(c.SetPresence(agent_id="ada", presence=Presence.AWAY)))
    await gate.waiting.wait()
    reader.nudge()

    assert reader.at_hand() == ([], False)

    gate.gate.set()
    await change
    told, _ = reader.at_hand()
    assert ("presence", {"agent_id": "ada", "presence": "away"}) in told
    await committer.close()


async def test_what_all_are_shown_alike_is_rendered_once_for_each_state() -> None:
    committer, _, common = await _with_common_views(MemoryStorage())
    queue, presences = common.queue(everything=True), common.presences()
    assert common.queue(everything=True) is queue
    assert common.presences() is presences
    assert [row["handoff_id"] for row in queue] == ["h1"]

    await committer.carry_out(
        c.Resolve(agent_id="ada", conversation_id="c1", outcome=Outcome.DONE, note=None)
    )

    assert common.queue(everything=True) == []
    assert common.presences() is presences
    await committer.close()


async def _offered(storage: GatedStorage) -> tuple[Committer, AgentReader, asyncio.Task[Done]]:
    """Ada is about to be offered c2: its transcript is ready, and the commit waits at the gate."""
    committer, reader, common = await _with_common_views(storage)
    await committer.carry_out(start_conversation("c2", customer_id="cu2"))
    await _news(reader)
    foretold: list[Sequence[Recorded]] = []
    committer.foretell(foretold.append)
    storage.gate.clear()
    storage.waiting.clear()
    new = c.NewHandoff(handoff_id="h2", reference="AAA-0002")
    asking = asyncio.create_task(
        committer.carry_out(c.RequestHandoff(conversation_id="c2", new_handoff=new, client_id="1"))
    )
    await storage.waiting.wait()
    await common.prepare(foretold[-1])
    return committer, reader, asking


def _offers(told: list[Told]) -> list[View]:
    return [payload for name, payload in told if name == "offer"]


async def test_an_offer_whose_transcript_was_made_ready_is_at_hand_as_soon_as_it_is_on_disk() -> None:
    storage = GatedStorage()
    committer, reader, asking = await _offered(storage)
    reader.nudge()
    assert reader.at_hand() == ([], False)

    storage.gate.set()
    await asking
    reader.nudge()
    told, complete = reader.at_hand()
    reader.nudge()
    again, _ = reader.at_hand()

    assert complete
    assert [offer["offer_id"] for offer in _offers(told)] == ["h2.1"]
    log = await storage.events("c2")
    assert _offers(told)[0]["transcript"] == {
        "events": [sealed_event(record) for record in log],
        "count": len(log),
        "head_hash": log[-1].hash.hex(),
    }
    assert _offers(again) == []
    await committer.close()


async def test_a_transcript_made_ready_for_a_commit_that_failed_is_not_told() -> None:
    """The next offer in the conversation has the same number of events, and other ones."""
    storage = GatedStorage()
    committer, reader, asking = await _offered(storage)
    storage.error = StorageUnavailable("full")
    storage.gate.set()
    with pytest.raises(DomainError):
        await asking
    storage.error = None

    new = c.NewHandoff(handoff_id="h3", reference="AAA-0003")
    await committer.carry_out(c.RequestHandoff(conversation_id="c2", new_handoff=new, client_id="2"))
    reader.nudge()
    assert reader.at_hand() == ([], False)
    told = await _news(reader)

    log = await storage.events("c2")
    assert [offer["transcript"]["head_hash"] for offer in _offers(told)] == [log[-1].hash.hex()]
    assert [event["id"] for event in _offers(told)[0]["transcript"]["events"]] == [one.id for one in log]
    await committer.close()


async def test_a_transcript_made_ready_is_not_told_when_more_was_said_meanwhile() -> None:
    storage = GatedStorage()
    committer, reader, asking = await _offered(storage)
    storage.gate.set()
    await asking
    said = c.Introduce(conversation_id="c2", name="Anna")
    await committer.carry_out(said)

    told = await _news(reader)

    log = await storage.events("c2")
    assert [offer["transcript"]["count"] for offer in _offers(told)] == [len(log)]
    await committer.close()
