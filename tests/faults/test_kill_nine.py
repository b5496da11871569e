"""`kill -9` under traffic: nothing that was acknowledged is missing, doubled, or without a next deadline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.crash import Findings, Run


def _report(seed: int, findings: Findings) -> None:
    print(
        f"seed {seed}: {findings.kills} kills, {findings.acknowledged} acknowledged, {findings.broken() or 'whole'}"
    )


@pytest.mark.parametrize("seed", [1])
async def test_nothing_acknowledged_is_lost_to_three_kills(tmp_path: Path, seed: int) -> None:
    findings = await Run(tmp_path, seed, kills=3).go()
    _report(seed, findings)
    assert findings.broken() == []
    assert findings.acknowledged > 100


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(10, 15))
async def test_nothing_acknowledged_is_lost_to_many_kills(tmp_path: Path, seed: int) -> None:
    findings = await Run(tmp_path, seed, kills=20, customers=8).go()
    _report(seed, findings)
    assert findings.broken() == []
