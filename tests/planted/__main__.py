"""Every planted fault, and which check of the simulation found it and how fast: `python -m tests.planted [NAME...]`."""

from __future__ import annotations

import sys

from tests.planted.faults import PATCHES, look_for


def main() -> int:
    wanted = sys.argv[1:]
    chosen = [patch for patch in PATCHES if not wanted or patch.stem in wanted]
    print(f"{'planted fault':<34}  {'found by the check':<58}  {'after':>14}  {'virtual':>9}  {'real':>8}")
    missed = 0
    for patch in chosen:
        found = look_for(patch)
        missed += found.check is None
        print(found.row(), flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} planted faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
