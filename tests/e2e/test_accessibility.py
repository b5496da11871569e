"""No page has a barrier that a machine can find, in any of its states, light or dark, at the sizes it is used at."""

from __future__ import annotations

import pytest

from tests.e2e.axe import barriers
from tests.screens.looking import look
from tests.screens.stage import Stage
from tests.screens.states import DESKTOP, SMALL_PHONE, dark
from tests.screens.table import STATES, State

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("state", STATES.values(), ids=lambda state: state.name)
def test_state_has_no_barrier(stage: Stage, state: State) -> None:
    page = state.arrange(stage)
    for view in (SMALL_PHONE if state.name.startswith("widget-") else DESKTOP, dark(DESKTOP)):
        look(page, view)
        assert barriers(page) == [], view.name
