"""Writes `states.md`, the states of a handoff as a diagram and a table, from the table that the rules work by.

`python -m handoff.docs.states` writes the file; a test sees to it that the file is what this makes.
"""

from __future__ import annotations

from pathlib import Path

from handoff.domain.handoff import LIVE, TRANSITIONS, HandoffState

FILE = Path(__file__).with_name("states.md")

_HEAD = """# States of a handoff

Written by `python -m handoff.docs.states` from `TRANSITIONS` in `handoff/domain/handoff.py`; edit that, not this.

A handoff is live until a named agent has resolved it or its customer has withdrawn it. Time alone never ends one.
"""

_AFTER_DIAGRAM = """
An offer always ends on its own first (`offer_ended`): a customer who withdraws, or chooses a call-back, while somebody
is being asked is in `queued` for that one event. Types of events that the table does not know change no state; those
that it knows cannot happen in any other state than it says.
"""

_HOLDS = {
    HandoffState.QUEUED: "waiting in its place",
    HandoffState.OFFERED: "one live offer to one agent, with its deadline; it keeps its place",
    HandoffState.ACTIVE: "a named agent has it",
    HandoffState.PROMISED: "a dated answer or call-back, with its owner (an agent or a team)",
    HandoffState.RESOLVED: "ended by a named agent, with an outcome",
    HandoffState.WITHDRAWN: "ended by the customer",
}

_MEANS = {
    "handoff_requested": "a person is asked for",
    "handoff_queued": "it waits in its place, or at the head after something went wrong",
    "offer_made": "an agent is asked",
    "offer_ended": "declined, timed out or rescinded",
    "agent_joined": "an agent has it: accepted, taken up by its owner, or given by a supervisor",
    "handoff_promised": "a dated answer or call-back is promised",
    "handed_back": "the agent gives it back to the bot, having had a word with the customer",
    "handoff_resolved": "the agent ends it, having had a word with the customer",
    "handoff_withdrawn": "the customer needs nobody any more",
}


def page() -> str:
    """The whole of `states.md`."""
    return "\n".join([_HEAD, *_diagram(), _AFTER_DIAGRAM, *_states(), "", *_table(), ""])


def _rows() -> list[tuple[str, str, HandoffState]]:
    """(state before, event, state after), in the order of the states; the beginning is `[*]`."""
    order = [None, *HandoffState]
    rows = sorted(TRANSITIONS.items(), key=lambda row: order.index(row[0][0]))
    return [("[*]" if before is None else before.value, event, after) for (before, event), after in rows]


def _diagram() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {before} --> {after.value}: {event}" for before, event, after in _rows()]
    lines += [f"    {state.value} --> [*]" for state in HandoffState if state not in LIVE]
    return [*lines, "```"]


def _states() -> list[str]:
    lines = ["| state | holds |", "| --- | --- |"]
    return lines + [f"| `{state.value}` | {_HOLDS[state]} |" for state in HandoffState]


def _table() -> list[str]:
    lines = ["| from | event | to | that is |", "| --- | --- | --- | --- |"]
    for before, event, after in _rows():
        origin = "none yet" if before == "[*]" else f"`{before}`"
        lines.append(f"| {origin} | `{event}` | `{after.value}` | {_MEANS[event]} |")
    return lines


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
