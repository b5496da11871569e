"""The clock of the desk: it never goes back, and it never stands still."""

from __future__ import annotations

from datetime import timedelta

from handoff.service.steady_clock import SteadyClock
from tests.clocks import NOON, SettableClock


def test_it_says_what_the_world_says() -> None:
    world = SettableClock()
    clock = SteadyClock(world)
    for seconds in (0, 0.001, 3, 86_400):
        world.passes(seconds)
        assert clock.now() == world.wall


def test_a_step_forward_shows_at_once() -> None:
    world = SettableClock()
    clock = SteadyClock(world)
    clock.now()
    world.is_set(3_600)
    assert clock.now() == NOON + timedelta(hours=1)


def test_after_a_step_back_time_goes_on_at_half_speed_until_the_world_has_caught_up() -> None:
    """It once stood still, and every deadline with it, for as long as the clock had been set back."""
    world = SettableClock()
    clock = SteadyClock(world)
    clock.now()
    world.is_set(-60)
    assert clock.now() == NOON
    world.passes(40)
    assert clock.now() == NOON + timedelta(seconds=20)
    world.passes(80)
    assert clock.now() == world.wall == NOON + timedelta(seconds=60)
    world.passes(10)
    assert clock.now() == world.wall


def test_it_never_goes_back_whatever_the_world_does() -> None:
    world = SettableClock()
    clock = SteadyClock(world)
    before = clock.now()
    for step in (-0.4, 5, -5, 0, -3_600, 0.25, 7_200, -9_000) * 5:
        world.is_set(step)
        world.passes(0.25)
        now = clock.now()
        assert now > before
        before = now


def test_it_begins_no_earlier_than_what_was_written_last() -> None:
    """The clock was set back while the server was down."""
    world = SettableClock()
    clock = SteadyClock(world)
    clock.not_before(NOON + timedelta(seconds=30))
    assert clock.now() == NOON + timedelta(seconds=30)
    world.passes(10)
    assert clock.now() == NOON + timedelta(seconds=35)
    clock.not_before(NOON)
    assert clock.now() == NOON + timedelta(seconds=35)


def test_moments_are_whole_milliseconds_and_no_part_of_one_is_lost() -> None:
    world = SettableClock()
    clock = SteadyClock(world)
    clock.now()
    world.is_set(-60)
    for _ in range(1_000):
        world.passes(0.001)
        assert clock.now().microsecond % 1_000 == 0
    assert clock.now() == NOON + timedelta(seconds=0.5)
