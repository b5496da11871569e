"""`python -m tests.evaluate`: see `command`."""

from handoff.tooling.terminal import main_guard
from tests.evaluate.command import main

if __name__ == "__main__":
    main_guard(main)
