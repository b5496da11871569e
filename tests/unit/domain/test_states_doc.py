"""The paper on the states says what the table says."""

from handoff.docs.states import FILE, page
from handoff.domain.handoff import LIVE, TRANSITIONS, HandoffState


def test_the_paper_is_what_its_generator_makes_of_the_table() -> None:
    """When this fails: `python -m handoff.docs.states`."""
    assert FILE.read_text(encoding="utf-8") == page()


def test_every_transition_is_in_the_diagram() -> None:
    text = page()
    for (before, event), after in TRANSITIONS.items():
        origin = "[*]" if before is None else before.value
        assert f"    {origin} --> {after.value}: {event}\n" in text


def test_no_live_state_is_without_a_way_on_and_ended_ones_lead_only_to_the_next_request() -> None:
    for state in HandoffState:
        events = {event for before, event in TRANSITIONS if before is state}
        assert events == {"handoff_requested"} if state not in LIVE else "handoff_requested" not in events


def test_every_state_is_reached_and_every_live_one_can_come_to_an_end() -> None:
    reached = set(TRANSITIONS.values())
    assert reached == set(HandoffState)
    ending = {state for state in HandoffState if state not in LIVE}
    for _ in HandoffState:
        ending |= {before for (before, _), after in TRANSITIONS.items() if after in ending and before}
    assert ending == set(HandoffState)
