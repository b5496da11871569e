"""The whole table: importing these modules enters their states."""

from tests.screens import console, trainer, widget
from tests.screens.states import STATES, State

PAGES = (widget, console, trainer)

__all__ = ["PAGES", "STATES", "State"]
