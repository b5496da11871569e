"""What the pages' tests replay is what the server says today."""

from __future__ import annotations

import json

import pytest

from tests.houses import House
from tests.recordings.__main__ import RECORDED
from tests.recordings.stories import STORIES, desk_shape, record, shape


@pytest.mark.parametrize("name", STORIES)
async def test_recorded_story_is_what_the_server_says_today(house: House, name: str) -> None:
    """Fails when events get other fields or another order: then `python -m tests.recordings` records anew."""
    recorded = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    today = await record(house, STORIES[name])
    assert shape(today) == shape(recorded)
    assert desk_shape(today) == desk_shape(recorded)
