"""`make run`: have everything there, then become the supervisor.

One program for what `make setup web train` does in three, since people wait for it at every start.
"""

from __future__ import annotations

import os

from handoff.tooling import model, web
from handoff.tooling.environments import ENVIRONMENTS, SERVER_LINK, ensure
from handoff.tooling.places import ROOT
from handoff.tooling.terminal import main_guard


def main() -> int:
    for environment in ENVIRONMENTS:
        ensure(environment)
    web.build()
    model.ensure_model()
    os.chdir(str(ROOT))
    python = str(SERVER_LINK / "bin/python")
    os.execv(python, [python, "-m", "handoff.tooling.supervise"])


if __name__ == "__main__":
    main_guard(main)
