"""The `rasa` program, calm and private: `.env-bot/bin/python -m handoff.tooling.rasa run ...`.

It runs in the bot's environment, sends no telemetry, and keeps back the page of warnings with which Rasa's packages
greet each start. The token for Rasa's own interface comes from `HANDOFF_RASA_TOKEN`, since a command line is for
everybody on the machine to see.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import warnings
from pathlib import Path

from handoff.tooling.model import in_service

CALM = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
# When they are imported, the one switches deprecation warnings on, and the other gives them as a kind that Rasa shows.
LOUD = ("sanic.app", "matplotlib")


def main() -> None:
    os.environ.update(CALM)
    for name in LOUD:
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module(name)
    warnings.simplefilter("ignore", DeprecationWarning)
    token = os.environ.get("HANDOFF_RASA_TOKEN")
    if sys.argv[1:2] == ["run"]:
        if token:
            sys.argv += ["--enable-api", f"--auth-token={token}"]  # in one: a token may begin with "-"
        # Started again after a crash, it loads what was put in service meanwhile, not what it was started with.
        data_dir = os.environ.get("HANDOFF_DATA_DIR")
        chosen = in_service(Path(data_dir)) if data_dir else None
        if chosen is not None and "--model" in sys.argv:
            sys.argv[sys.argv.index("--model") + 1] = str(chosen)
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
