"""`kill -9` under traffic: nothing that was acknowledged is missing, doubled, or without a next deadline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.crash import Findings, Run
from tests.faults.killed import POINTS


def _report(seed: int, findings: Findings) -> None:
    print(
        f"seed {seed}: {findings.kills} kills, {findings.acknowledged} acknowledged, {findings.broken() or 'whole'}"
    )


@pytest.mark.parametrize("seed", [1])
async def test_nothing_acknowledged_is_lost_to_three_kills(tmp_path: Path, seed: int) -> None:
    findings = await Run(tmp_path, seed, kills=3).go()
    _report(seed, findings)
    assert findings.broken() == []
    assert findings.acknowledged > 50


async def test_nothing_acknowledged_is_lost_to_a_kill_at_each_named_point(tmp_path: Path) -> None:
    findings = await Run(tmp_path, 2, kills=0, points=list(POINTS)).go()
    _report(2, findings)
    assert findings.broken() == []
    assert findings.acknowledged > 50


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(10, 15))
async def test_nothing_acknowledged_is_lost_to_many_kills(tmp_path: Path, seed: int) -> None:
    findings = await Run(tmp_path, seed, kills=20, customers=8).go()
    _report(seed, findings)
    assert findings.broken() == []
