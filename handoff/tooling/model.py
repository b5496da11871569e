"""`make train`: a Rasa model for exactly the data and configuration that are in the clone; the detector's weights too.

The model's file is named after the fingerprint of everything that decides what training gives, so "is there
a model for this?" is a question of a file being there, and going back to earlier data finds its earlier
model.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from handoff.tooling import terminal
from handoff.tooling.environments import BOT_LINK, SERVER_LINK
from handoff.tooling.places import LOCKS, ROOT, cache_dir, exclusive, fingerprint
from handoff.tooling.terminal import ToolingError, main_guard, say

MODELS = ROOT / "bot/models"
INGREDIENTS = (
    "config.yml",
    "data/nlu",
    "data/rules",
    "data/stories",
    "bot/domain",
    "bot/components",
    "bot/requirements.lock",
)
CODE = ("bot/components", "bot/requirements.lock")  # what a model needs to be loaded, of its ingredients
KEPT = 5  # enough to go back and forth between a few branches; each is some MB


def model_path() -> Path:
    """Where the model for the present ingredients is, or will be."""
    name = fingerprint(ROOT, [ROOT / ingredient for ingredient in INGREDIENTS])[:16]
    return MODELS / f"{name}.tar.gz"


def in_service(data_dir: Path) -> Path | None:
    """The model that trainers put in service for this data folder, which then is the one to start with; `None` where
    they did not: then it is the one for the present data."""
    pointer = data_dir / "trainer/in_service.json"
    try:
        path = data_dir / "trainer/models" / json.loads(pointer.read_text(encoding="utf-8"))["model"]
    except FileNotFoundError:
        return None
    return path.resolve() if path.is_file() else None


def let_go(data_dir: Path) -> None:
    """From now on the model for the present data answers customers, whatever was put in service before."""
    with contextlib.suppress(FileNotFoundError):
        (data_dir / "trainer/in_service.json").unlink()


def let_go_of_other_code(data_dir: Path) -> None:
    """When the product starts: a model that was put in service under other components of ours may not load under these,
    and then nobody would be answered. The model for the present data is trained and taken in its place."""
    noted = data_dir / "trainer/assistant_code"
    code = fingerprint(ROOT, [ROOT / one for one in CODE])
    before = noted.read_text(encoding="ascii") if noted.is_file() else code
    if before != code and in_service(data_dir) is not None:
        say("The assistant's components have changed: the model that trainers put in service is let go.")
        let_go(data_dir)
    for folder in (data_dir, noted.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    noted.write_text(code, encoding="ascii")


def ensure_model() -> Path:
    """The path of the trained model for the present ingredients; trains it when there is none."""
    path = model_path()
    if path.is_file():
        os.utime(str(path))  # so that pruning keeps what is used
        return path
    with exclusive(LOCKS / "model", "training the assistant's model"):
        path = model_path()
        if not path.is_file():
            _train(path)
            prune(MODELS, KEPT)
    return path


def train_detector() -> None:
    """Bring the weights of the detector of requests for a person up to date with `data/human`; mostly they are."""
    with exclusive(LOCKS / "detector", "training the detector"):
        command = [str(SERVER_LINK / "bin/python"), "-m", "handoff.detector.training"]
        command += [str(cache_dir())]  # where it finds sentences again that it has encoded once
        if subprocess.run(command, cwd=str(ROOT), check=False).returncode != 0:
            raise ToolingError("the detector could not be trained; the line above says why")


def prune(folder: Path, kept: int) -> None:
    """Remove all models but the `kept` last used."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[kept:]:
        path.unlink()


def _train(path: Path) -> None:
    name = path.name[: -len(".tar.gz")]
    workshop = MODELS / ".training"  # whoever holds the lock owns it, so what lies there is a ruin
    shutil.rmtree(str(workshop), ignore_errors=True)
    workshop.mkdir(parents=True)
    command = [str(BOT_LINK / "bin/python"), "-m", "handoff.tooling.rasa", "train"]
    command += ["--config", "config.yml", "--domain", "bot/domain", "--data", "data"]
    command += ["--out", str(workshop.relative_to(ROOT)), "--fixed-model-name", name]
    command += ["--skip-validation"]  # two thirds of the time; make validate and the tests do it
    terminal.work("Training the assistant's model", command, cwd=ROOT)
    os.replace(str(workshop / path.name), str(path))
    shutil.rmtree(str(workshop))


def main() -> int:
    if sys.argv[1:] == ["path"]:
        say(str(model_path().relative_to(ROOT)))
    else:
        train_detector()
        ensure_model()
    return 0


if __name__ == "__main__":
    main_guard(main)
