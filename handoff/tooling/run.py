"""`make run`: have everything there, then supervise it.

One program for what `make setup web train` does in three, since people wait for it at every start.
"""

from __future__ import annotations

import os

from handoff.tooling import model, parts, supervise, web
from handoff.tooling.environments import ENVIRONMENTS, ensure
from handoff.tooling.places import cache_dir
from handoff.tooling.terminal import main_guard


def main() -> int:
    for environment in ENVIRONMENTS:
        ensure(environment)
    web.build()
    model.train_detector()
    os.environ.setdefault("HANDOFF_VECTORS_DIR", str(cache_dir()))
    data_dir = parts.read_instance(os.environ).data_dir
    model.let_go_of_other_code(data_dir)
    if model.in_service(data_dir) is None:
        model.ensure_model()
    return supervise.main()


if __name__ == "__main__":
    main_guard(main)
