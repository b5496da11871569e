"""`make run`: have everything there, then supervise it.

One program for what `make setup web train` does in three, since people wait for it at every start.
"""

from __future__ import annotations

from handoff.tooling import model, supervise, web
from handoff.tooling.environments import ENVIRONMENTS, ensure
from handoff.tooling.terminal import main_guard


def main() -> int:
    for environment in ENVIRONMENTS:
        ensure(environment)
    web.build()
    model.train_detector()
    model.ensure_model()
    return supervise.main()


if __name__ == "__main__":
    main_guard(main)
