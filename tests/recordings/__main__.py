"""Records the stories anew: `python -m tests.recordings`."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from handoff.tooling.places import ROOT
from tests.houses import house_in
from tests.recordings.stories import STORIES, record

RECORDED = ROOT / "webchat" / "tests" / "recorded"


async def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        with tempfile.TemporaryDirectory() as folder:
            async with house_in(Path(folder)) as house:
                recording = await record(house, story)
        text = json.dumps(recording, ensure_ascii=False, indent=1)
        (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(recording['customer']['told'])} and {len(recording['agent']['told'])} told")


if __name__ == "__main__":
    asyncio.run(main())
