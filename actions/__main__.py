"""`python -m actions --port N`: the action server, on loopback only. Settings come from `HANDOFF_*`."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from actions.server import make_app
from actions.settings import SettingsError, read_settings

HOST = "127.0.0.1"  # only Rasa on this machine calls it


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m actions", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"action server: {error}\n")
        return 2
    make_app(settings).run(HOST, arguments.port, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
