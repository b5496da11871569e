"""Kill a real server under traffic as often as you like, with a seed of your own, and hear what clients were promised
and did not get: `python -m tests.faults --seed N --kills N [--power] [--point NAME...]`.

Half of the kills come while people are at work, a fifth while the server starts, the others at named points of the
code. With `--power` all that was not flushed to disk is lost each time, wholly or in part. Ends with 1 if anything is
missing, doubled, different, unsound, or without a next deadline.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.crash import Run, deaths
from tests.faults.lives import POINTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="any number")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--power", action="store_true", help="cut the power instead of only killing")
    parser.add_argument(
        "--point", action="append", choices=list(POINTS), help="a named point; may be given again"
    )
    asked = parser.parse_args()
    points = asked.point or random.Random(asked.seed).sample(list(POINTS), len(POINTS))
    at_work, starting = asked.kills // 2, asked.kills // 5
    named = list(itertools.islice(itertools.cycle(points), asked.kills - at_work - starting))
    with tempfile.TemporaryDirectory(prefix="byname-faults-") as folder:
        mix = deaths(
            asked.seed, at_work=at_work - 1, starting=starting, points=named
        )  # the first comes by itself
        report = asyncio.run(Run(Path(folder), asked.seed, mix, power=asked.power).go())
    print(f"seed {asked.seed}: {report.line()}")
    for what in report.findings.broken():
        print(f"  {what}")
    return 1 if report.findings.broken() else 0


if __name__ == "__main__":
    sys.exit(main())
