"""The circuit breaker: nobody waits for a bot that is out, and one turn at a time finds out whether it is back."""

from __future__ import annotations

import pytest

from handoff.bot_client.breaker import FAILURES_MAX, Breaker, Circuit


def open_breaker() -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_MAX):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_it_and_only_the_last_of_them_says_so() -> None:
    breaker = Breaker()

    said = [breaker.failed() for _ in range(FAILURES_MAX + 2)]

    assert said == [False] * (FAILURES_MAX - 1) + [True, False, False]
    assert breaker.state is Circuit.OPEN
    assert not breaker.admits()


def test_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(5 * FAILURES_MAX):
        breaker.failed()
        breaker.worked()

    assert breaker.state is Circuit.CLOSED
    assert breaker.admits()


def test_open_it_waits_until_the_bot_was_seen_to_answer() -> None:
    breaker = open_breaker()
    assert not breaker.admits()

    breaker.bot_answers()

    assert breaker.state is Circuit.HALF_OPEN
    assert breaker.admits()


def test_half_open_it_lets_one_turn_through_at_a_time() -> None:
    breaker = open_breaker()
    breaker.bot_answers()

    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.worked()

    assert breaker.state is Circuit.CLOSED
    assert all(breaker.admits() for _ in range(3))


def test_failed_trial_opens_it_again_and_is_counted() -> None:
    breaker = open_breaker()
    for number in (1, 2, 3):
        breaker.bot_answers()
        assert breaker.admits()
        assert breaker.failed()
        assert (breaker.state, breaker.reopened) == (Circuit.OPEN, number)
    breaker.bot_answers()
    breaker.admits()
    breaker.worked()

    assert breaker.reopened == 0


def test_trial_that_was_broken_off_makes_room_for_the_next() -> None:
    breaker = open_breaker()
    breaker.bot_answers()
    assert breaker.admits()

    breaker.abandoned()

    assert breaker.admits()


@pytest.mark.parametrize("state", ["closed", "half_open"])
def test_being_seen_changes_nothing_but_an_open_one(state: str) -> None:
    breaker = Breaker() if state == "closed" else open_breaker()
    breaker.bot_answers()
    breaker.bot_answers()

    assert breaker.state.value == state
