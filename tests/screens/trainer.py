"""The states of the trainer's page."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.screens.stage import Stage
from tests.screens.states import DESK, DESKTOP, state


@state("trainer-sign-in", DESKTOP)
def sign_in(stage: Stage) -> Page:
    anjali = stage.visitor("trainer")
    anjali.page.goto("/trainer/")
    anjali.page.get_by_label("Password").wait_for()
    return anjali.page


@state("trainer-start", *DESK)
def start(stage: Stage) -> Page:
    anjali = stage.visitor("trainer")
    anjali.page.goto("/trainer/")
    anjali.enters()
    anjali.page.get_by_role("heading", name="The assistant").wait_for()
    return anjali.page
