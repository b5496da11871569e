"""What befalls the network, and what has to come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.network.wire import FINE, LOST, Weather

# The server pings every 8 s and waits 7 s; the rest is the look at it, the commit and the nudge on a busy machine.
SHOWN_OFFLINE_S = 8 + 7 + 3.0
# A connection begun in the cut asks again up to 8 s after the last time: TCP doubles the pause, and each attempt is
# given up after 20 s. One from before may stand still for longer in TCP's doubled pauses, but whoever hears nothing for
# 8 + 7 s gives it up and connects anew; that takes a round trip. The rest is the catching up on a busy machine.
SAME_AGAIN_S = 8 + 7 + 10.0

_ALL = ("customer", "agent1", "agent2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`to_server`, `from_server`: the weather for these people, for `lasts_s`; everybody else's is fine.

    `offline`: the agent is shown offline meanwhile. `requeued`: a colleague takes the conversation over.
    `offered`: the customer asks for a person only after it began, so that the agent is offered what never arrives.
    `reload`: both load their page anew in the middle. `ack_s`: how long a client waits before it sends again.
    """

    people: tuple[str, ...]
    to_server: Weather = FINE
    from_server: Weather = FINE
    lasts_s: float
    offline: bool = False
    requeued: bool = False
    offered: bool = False
    reload: bool = False
    ack_s: float = 5.0
    settings: Mapping[str, str] = field(default_factory=dict)


_SOON_LOST = {"HANDOFF_AGENT_LOST_ACTIVE_S": "10"}

LONG = {
    "the customer's words are lost": Case(people=("customer",), to_server=LOST, lasts_s=40),
    "nothing reaches the customer": Case(people=("customer",), from_server=LOST, lasts_s=40),
    "the agent's words are lost": Case(
        people=("agent1",), to_server=LOST, lasts_s=40, offline=True, requeued=True, settings=_SOON_LOST
    ),
    "nothing reaches the agent": Case(
        people=("agent1",), from_server=LOST, lasts_s=40, offline=True, requeued=True, settings=_SOON_LOST
    ),
    "an agent is cut off before the offer": Case(
        people=("agent1",), to_server=LOST, from_server=LOST, lasts_s=40, offline=True, offered=True
    ),
    "30 % of all packets are lost": Case(
        people=_ALL, to_server=Weather(lost=0.3), from_server=Weather(lost=0.3), lasts_s=60
    ),
    "3 s each way": Case(
        people=_ALL, to_server=Weather(delay_s=3), from_server=Weather(delay_s=3), lasts_s=60, reload=True
    ),
    "everybody is cut off for 60 s": Case(
        people=_ALL,
        to_server=LOST,
        from_server=LOST,
        lasts_s=60,
        offline=True,
        settings={"HANDOFF_AGENT_LOST_ACTIVE_S": "90"},
    ),
    "the agent is cut off for 60 s": Case(
        people=("agent1",),
        to_server=LOST,
        from_server=LOST,
        lasts_s=60,
        offline=True,
        requeued=True,
        settings=_SOON_LOST,
    ),
}

SHORT = {
    "nothing reaches customer and agent for a moment": Case(
        people=("customer", "agent1"), from_server=LOST, lasts_s=1.5, ack_s=0.5
    ),
}
CASES = LONG | SHORT
