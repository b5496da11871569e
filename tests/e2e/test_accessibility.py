"""No page has a barrier that a machine can find, in any of its states, light or dark, at the sizes it is used at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import barriers
from tests.screens.looking import look
from tests.screens.stage import Stage
from tests.screens.states import DESKTOP, SMALL_PHONE, dark
from tests.screens.table import State, walks

pytestmark = pytest.mark.e2e

ALONE = (
    "widget-closed",
    "widget-unread",
)  # the trader's page is looked at here, and not again around each open chat


def wrong_with(state: State, page: Page) -> list[str]:
    chat = state.name.startswith("widget-")
    wrong = []
    for view in (SMALL_PHONE if chat else DESKTOP, dark(DESKTOP)):
        look(page, view)
        around = not chat or state.name in ALONE
        found = barriers(page, around=around, only_looks=view.scheme == "dark")
        wrong += [f"{state.name} at {view.name}: {barrier}" for barrier in found]
    look(page, DESKTOP)  # from where a walk goes on
    return wrong


@pytest.mark.parametrize("walk", walks(), ids=lambda walk: "+".join(state.name for state in walk))
def test_state_has_no_barrier(stage: Stage, walk: tuple[State, ...]) -> None:
    page = walk[0].arrange(stage)
    wrong = wrong_with(walk[0], page)
    for state in walk[1:]:
        assert state.go_on is not None
        page = state.go_on(page)
        wrong += wrong_with(state, page)
    assert wrong == []
