"""Faults that are planted in the code are found by the simulation; if one were not, it would prove little.

`python -m tests.planted` looks for all of them and prints which check found each, and how fast.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.faults import PATCHES, applies, look_for

QUICK = (
    "ack-before-commit",
    "capacity-off-by-one",
)  # found within a few handoffs; the runner has them all


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_fault_still_fits_the_sources(patch: Path) -> None:
    """When it does not: plant the same fault in the code as it is now, and write the patch anew."""
    assert applies(patch) == ""


def test_there_are_at_least_ten_planted_faults() -> None:
    assert len(PATCHES) >= 10


@pytest.mark.parametrize("name", QUICK)
def test_the_simulation_finds_a_planted_fault(name: str) -> None:
    found = look_for(next(patch for patch in PATCHES if patch.stem == name), handoffs=60)
    print(f"\n{found.row()}")

    assert found.check is not None
