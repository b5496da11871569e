"""How long a dead part waits for its next start."""

from __future__ import annotations

from handoff.tooling.keeper import RESTART_FIRST_S, RESTART_MAX_S, STEADY_S, Backoff


def test_waits_double_from_death_to_death_up_to_a_maximum() -> None:
    backoff = Backoff()

    waits = [backoff.after(uptime_s=0) for _ in range(12)]

    assert waits[:3] == [RESTART_FIRST_S, 2 * RESTART_FIRST_S, 4 * RESTART_FIRST_S]
    assert waits[-1] == RESTART_MAX_S


def test_steady_run_starts_the_story_anew() -> None:
    backoff = Backoff()
    for _ in range(12):
        backoff.after(uptime_s=0)

    assert backoff.after(uptime_s=STEADY_S) == RESTART_FIRST_S
    assert backoff.after(uptime_s=0) == 2 * RESTART_FIRST_S
