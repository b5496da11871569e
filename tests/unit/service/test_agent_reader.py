"""Readers of the desk's people."""

from __future__ import annotations

from handoff.domain.desk import Desk
from handoff.service.agent_reader import AgentReader, Follows
from handoff.service.committer import Committer
from handoff.service.world import RandomIds, SystemClock
from handoff.storage.memory import MemoryStorage
from tests.factories import rules


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
