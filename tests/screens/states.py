"""The table of states. A state is a function that leads a stage there and returns the page to look at.

A state is added by writing such a function in `widget.py`, `console.py` or `trainer.py`, with `@state(...)` over it.
One that is a step from another is written as that step, with `@further(...)`: whoever walks them all goes there once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.sync_api import Page

from tests.screens.stage import Stage

Arrange = Callable[[Stage], Page]
GoOn = Callable[[Page], Page]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a state is looked at. Sizes are CSS pixels."""

    name: str
    width: int
    height: int
    scheme: str = "light"
    forced_colors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    name: str
    views: tuple[View, ...]
    arrange: Arrange
    after: str | None = None
    go_on: GoOn | None = None  # from the page of the state `after`


SMALL_PHONE = View(name="320", width=320, height=568)
PHONE = View(name="375", width=375, height=812)
TABLET = View(name="768", width=768, height=1024)
DESKTOP = View(name="1280", width=1280, height=800)
ZOOMED = View(name="zoom200", width=640, height=400)  # what is left of 1280 x 800 at 200 %
FORCED = View(name="forced", width=375, height=812, scheme="dark", forced_colors=True)


def dark(view: View) -> View:
    return replace(view, name=f"{view.name}-dark", scheme="dark")


WIDGET = (SMALL_PHONE, PHONE, dark(PHONE), DESKTOP)
DESK = (TABLET, DESKTOP, dark(DESKTOP))

STATES: dict[str, State] = {}


def state(name: str, *views: View) -> Callable[[Arrange], Arrange]:
    """Enters the function in the table. `name` begins with the page: `widget-`, `console-`, `trainer-`."""

    def enter(arrange: Arrange) -> Arrange:
        assert name not in STATES, name
        STATES[name] = State(name=name, views=views, arrange=arrange)
        return arrange

    return enter


def further(name: str, *views: View, after: str) -> Callable[[GoOn], GoOn]:
    """Enters a state that the function leads to from the page of the state `after`, which only one can follow."""

    def enter(go_on: GoOn) -> GoOn:
        assert name not in STATES and all(one.after != after for one in STATES.values()), name

        def arrange(stage: Stage) -> Page:
            return go_on(STATES[after].arrange(stage))

        STATES[name] = State(name=name, views=views, arrange=arrange, after=after, go_on=go_on)
        return go_on

    return enter


def walks() -> list[tuple[State, ...]]:
    """All states once: each with those that follow from it."""
    followers = {one.after: one for one in STATES.values() if one.after is not None}
    found = []
    for first in STATES.values():
        if first.after is None:
            walk = [first]
            while (following := followers.get(walk[-1].name)) is not None:
                walk.append(following)
            found.append(tuple(walk))
    return found
