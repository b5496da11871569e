"""The whole table: importing these modules enters their states."""

from tests.screens import console, desk, trainer, widget
from tests.screens.states import STATES, State, walks

PAGES = (widget, console, desk, trainer)

__all__ = ["PAGES", "STATES", "State", "walks"]
