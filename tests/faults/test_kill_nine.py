"""`kill -9`, and power cuts, under traffic: nothing acknowledged is missing, doubled, or without a next deadline.

The counts are told at the end of the run. Each death is followed by an audit of the disk as it was left, see `crash`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.crash import Run, deaths
from tests.faults.lives import AT_START, IN_FILES, METHODS, POINTS

Tell = Callable[[str], None]

# One kind of moment each; `make faults` has them all.
TELLING = (
    "written, not committed",
    "committed, nobody told",
    "acks given, none sent",
    "some of those concerned are told",
    "the bot has answered, nothing is recorded",
    "something is due",
    "log not flushed",
    "data written",
    "started: state taken up",
)


@pytest.mark.parametrize("point", [*METHODS, *AT_START])
def test_named_point_is_a_place_in_the_code(point: str) -> None:
    owner, name, when = (METHODS | AT_START)[point]

    assert callable(getattr(owner, name))
    assert when in ("before", "after")


async def test_nothing_acknowledged_is_lost_to_twenty_kills(tmp_path: Path, tell: Tell) -> None:
    report = await Run(tmp_path, 1, deaths(1, at_work=6, starting=4, points=TELLING)).go()

    tell(report.line())
    assert report.findings.broken() == []
    assert report.deaths.total() == 20
    assert report.acknowledged > 100
    assert report.sent_again > 50


async def test_nothing_acknowledged_is_lost_to_power_cuts(tmp_path: Path, tell: Tell) -> None:
    points = ("log written", "log flushed", "data written", "data not flushed")
    report = await Run(tmp_path, 2, deaths(2, at_work=3, points=points), power=True).go()

    tell(report.line())
    assert report.findings.broken() == []
    assert report.sectors_lost > 0


async def test_power_cut_shows_what_a_server_would_lose_that_does_not_wait_for_the_disk(
    tmp_path: Path, tell: Tell
) -> None:
    """Else the test above would prove nothing."""
    careless = Run(tmp_path, 3, deaths(3, at_work=6), power=True, careless=True)

    report = await careless.go()

    tell(report.line())
    assert report.findings.missing or report.findings.unsound


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(10, 14))
async def test_nothing_acknowledged_is_lost_to_two_hundred_kills(
    tmp_path: Path, seed: int, tell: Tell
) -> None:
    """Fifty a seed, each of the named points once in each."""
    report = await Run(tmp_path, seed, deaths(seed, at_work=18, starting=9, points=tuple(POINTS))).go()

    tell(report.line())
    assert report.findings.broken() == []
    assert report.deaths.total() == 50


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(20, 22))
async def test_nothing_acknowledged_is_lost_to_a_hundred_power_cuts(
    tmp_path: Path, seed: int, tell: Tell
) -> None:
    """Fifty a seed, most of them in the midst of SQLite's files."""
    points = tuple(itertools.islice(itertools.cycle((*IN_FILES, *METHODS)), 30))
    report = await Run(tmp_path, seed, deaths(seed, at_work=14, starting=5, points=points), power=True).go()

    tell(report.line())
    assert report.findings.broken() == []
    assert report.sectors_lost > 0
