"""What tests counted or measured is told at the end of a run, whether they passed or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_TOLD = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line for the end of the run."""

    def told(line: str) -> None:
        request.config.stash.setdefault(_TOLD, []).append(f"{request.node.name}: {line}")

    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_TOLD, [])
    if lines:
        terminalreporter.section("what was counted")
        for line in lines:
            terminalreporter.write_line(line)
