"""Worlds in which something was wrong once, with what it was. They stay, so that it stays mended."""

from __future__ import annotations

from typing import NamedTuple


class Failed(NamedTuple):
    """`world` is the seed of one world; `handoffs` is how many it took then."""

    world: str
    handoffs: int
    what: str


FAILED = (
    Failed("1", 200, "an agent's state behind the log after a commit that failed only by report"),
    Failed("2", 200, "deadlines that stood still after the clock was set back"),
    Failed("3", 200, "a reader followed after its socket had gone"),
    Failed("4", 200, "a wrap-up overdue on a desk that had gone on from before a commit"),
    Failed("5", 200, "a listener that failed at every commit of a conversation"),
    Failed("6", 100, "a client who left while being answered, which the referee took for a defect"),
    Failed("7", 150, "offers that stayed open while the clock caught up"),
    Failed("9", 150, "a reader followed after its socket had gone, in a small crowd"),
    Failed("11", 150, "the same, with the server started ten times"),
    Failed(
        "3000.14",
        300,
        "a call-back refused, then taken when sent again: the referee took it for a doubled one",
    ),
    Failed("5000.3", 300, "an offer that began on a slow disk, which the rulebook took for a short one"),
    Failed("5000.9", 300, "an address that grew with each try to hire, until no try could succeed"),
    Failed("5000.10", 300, "a stream of the simulation that was silent, lost something, and then went on"),
    Failed(
        "5000.11",
        300,
        "data and reset in one step of the simulation, which asyncio never does; later, in the first twenty, a promise"
        " that was taken up and given to somebody else between two looks, a false alarm",
    ),
    Failed("5000.18", 300, "a canary whose line broke before the calm, which was taken for a defect in it"),
    Failed("5000.20", 300, "the same as the first of these, seen by a customer"),
    Failed(
        "5000.235",
        300,
        "the clock put forward between deciding an offer and writing it, a false alarm of the rulebook",
    ),
    Failed("2026.18", 312, "the same as the one before, in the long run of `make faults`"),
    Failed("5000.241", 300, "a queue that changed and changed back between two looks, a false alarm"),
    Failed("5000.31", 300, "a head that named an event which was not on disk yet"),
    Failed("6000.15", 300, "a line that stayed open: that all was erased failed only by report"),
    Failed("6000.16", 300, "a request for a gap that was on its way for seconds, a false alarm"),
    Failed("6000.38", 300, "a line that stayed open: signing out failed only by report"),
    Failed("6000.69", 300, "the same, later in the day"),
    Failed("6000.88", 300, "a customer who was sent elsewhere, and unblocked later, a false alarm"),
    Failed(
        "7300.38", 300, "an agent who signed in twice at once, and out of the other session, a false alarm"
    ),
    Failed(
        "7400.16",
        300,
        "a customer sent elsewhere who has all erased with the session of before, a false alarm",
    ),
    Failed("7200.23", 300, "a customer told that there is no such thing: their conversation was not at hand"),
    Failed(
        "8100.3",
        300,
        "a customer not told of the end: the conversation was forgotten before that was written",
    ),
    Failed(
        "7001.1",
        300,
        "an offer that ended with an erasure, told as accepted: what says how it ended is erased",
    ),
    Failed("1.1", 300, "a changed title that no console was told of: the commit had failed by report only"),
    Failed("7002.2", 300, "an alert that ended with an erasure, of which the check did not know"),
    Failed("7500.34", 300, "the clock put forward between deciding a joining and writing it, a false alarm"),
    Failed(
        "8100.1",
        80,
        "a canary that let its offer pass while it ended others on a slow network, a false alarm",
    ),
)
