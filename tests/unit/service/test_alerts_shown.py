"""What a supervisor's socket is shown of the open alerts."""

from __future__ import annotations

from handoff.service.views import ALERTS_SHOWN_MAX, alerts_shown
from tests.factories import Scene


def unserved(scene: Scene, count: int) -> list[str]:
    """So many customers who asked while nobody was there."""
    for number in range(count):
        scene.waiting(f"c{number:03}")
        scene.pass_time(0.01)
    return list(scene.desk.conversations)


def test_only_what_changed_is_rendered_anew() -> None:
    scene = Scene()
    unserved(scene, 3)
    first = alerts_shown(scene.desk, {})
    scene.withdraws("c000")
    scene.says("c001")
    scene.do(scene.callback("c002"))
    then = alerts_shown(scene.desk, first)
    assert list(then) == ["c001", "c002"]
    assert then["c001"] is first["c001"]
    assert then["c002"] is not first["c002"]


def test_the_oldest_are_shown_and_the_others_follow_as_they_end() -> None:
    scene = Scene()
    everybody = unserved(scene, ALERTS_SHOWN_MAX + 2)
    shown = alerts_shown(scene.desk, {})
    assert list(shown) == everybody[:ALERTS_SHOWN_MAX]
    scene.withdraws(everybody[0])
    assert list(alerts_shown(scene.desk, shown)) == everybody[1 : ALERTS_SHOWN_MAX + 1]
