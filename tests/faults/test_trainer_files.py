"""`kill -9` while trainers' edits are written: files that belong together, a whole journal, and nothing half done."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

from handoff.trainer.files import Files
from handoff.trainer.journal import Journal

KILLS = 12
ROOT = Path(__file__).resolve().parents[2]
A, B = "data/nlu/a.yml", "bot/domain/b.yml"

WRITER = """
import sys
from pathlib import Path
from handoff.trainer.files import Change, Files
from handoff.trainer.journal import Journal

root = Path(sys.argv[1])
journal = Journal(root / "own/journal.jsonl")
journal.open()
files = Files(root, root / "own", journal.add_once)
files.recover()
while True:
    now = files.read()
    number = int(now["data/nlu/a.yml"].split()[1]) + 1
    changes = [Change(path=path, before=text, after=f"version: {number}\\n") for path, text in now.items()]
    files.write(changes, {"id": f"ed_{number}", "kind": "edit"})
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_files_of_one_version(tmp_path: Path) -> None:
    for path in (A, B):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("version: 0\n")
    draw = random.Random(11)
    confirmed = 0
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(draw.randrange(1, 40)):
            confirmed = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split("\n")
        confirmed = max([confirmed, *(int(line) for line in rest[:-1])])
        writer.wait()
        journal = Journal(tmp_path / "own/journal.jsonl")
        journal.open()
        Files(tmp_path, tmp_path / "own", journal.add_once).recover()
        assert (tmp_path / A).read_text() == (tmp_path / B).read_text()
        number = int((tmp_path / A).read_text().split()[1])
        assert number >= confirmed
        ids = [json.loads(line)["id"] for line in (tmp_path / "own/journal.jsonl").read_text().splitlines()]
        assert ids == [f"ed_{place}" for place in range(1, number + 1)]
