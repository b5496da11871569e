"""A model is trained when its ingredients have changed, and is never there by halves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from handoff.tooling import model
from handoff.tooling.terminal import ToolingError
from tests.tooling.conftest import MakeProgram

# Called as `python -m rasa train ... --out FOLDER --fixed-model-name NAME`.
WORKING_RASA = """
while [ "$1" != --out ]; do shift; done
echo trained >> rasa.log
echo model > "$2/$4.tar.gz"
"""
FAILING_RASA = """
while [ "$1" != --out ]; do shift; done
echo half > "$2/$4.tar.gz"
echo "intent greet has no examples" >&2
exit 1
"""


@pytest.fixture
def clone(tmp_path: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with every ingredient and a Rasa that trains in no time."""
    root = tmp_path / "clone"
    for ingredient in model.INGREDIENTS:
        path = root / ingredient
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("version: 1\n", encoding="utf-8")
        else:
            path.mkdir(parents=True)
            (path / "one.yml").write_text("version: 1\n", encoding="utf-8")
    make_program("clone/.env-bot/bin/python", WORKING_RASA)
    monkeypatch.setattr(model, "ROOT", root)
    monkeypatch.setattr(model, "MODELS", root / "bot/models")
    monkeypatch.setattr(model, "BOT_LINK", root / ".env-bot")
    monkeypatch.setattr(model, "LOCKS", root / ".locks")
    return root


@pytest.mark.parametrize("ingredient", model.INGREDIENTS)
def test_model_has_another_name_when_an_ingredient_changes(clone: Path, ingredient: str) -> None:
    before = model.model_path()
    path = clone / ingredient

    (path if path.is_file() else path / "one.yml").write_text("version: 2\n", encoding="utf-8")

    assert model.model_path() != before


def test_new_and_renamed_files_are_changes_and_byte_code_is_not(clone: Path) -> None:
    before = model.model_path()
    (clone / "bot/components/__pycache__").mkdir()
    (clone / "bot/components/__pycache__/one.cpython-310.pyc").touch()
    assert model.model_path() == before

    (clone / "data/nlu/one.yml").rename(clone / "data/nlu/two.yml")
    renamed = model.model_path()
    (clone / "data/nlu/three.yml").touch()

    assert len({before, renamed, model.model_path()}) == 3


def test_other_files_of_the_bot_do_not_ask_for_training(clone: Path) -> None:
    before = model.model_path()

    (clone / "bot/channel.py").touch()
    (clone / "README.md").touch()

    assert model.model_path() == before


def test_model_is_trained_once_for_the_same_ingredients(clone: Path) -> None:
    first, second = model.ensure_model(), model.ensure_model()

    assert first == second
    assert first.read_text() == "model\n"
    assert (clone / "rasa.log").read_text() == "trained\n"


def test_failed_training_tells_why_and_leaves_no_model(clone: Path, make_program: MakeProgram) -> None:
    make_program("clone/.env-bot/bin/python", FAILING_RASA)

    with pytest.raises(ToolingError, match="intent greet has no examples"):
        model.ensure_model()

    assert not model.model_path().exists()


def test_rubble_of_an_interrupted_training_does_not_get_in_the_way(clone: Path) -> None:
    rubble = clone / "bot/models/.training"
    rubble.mkdir(parents=True)
    (rubble / "half.tar.gz").touch()

    model.ensure_model()

    assert [path.name for path in (clone / "bot/models").iterdir()] == [model.model_path().name]


def test_pruning_keeps_the_models_that_were_used_last(tmp_path: Path) -> None:
    for age in range(8):
        path = tmp_path / f"{age}.tar.gz"
        path.touch()
        os.utime(path, (1_000_000 - age, 1_000_000 - age))

    model.prune(tmp_path, kept=3)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.tar.gz", "1.tar.gz", "2.tar.gz"]


def put_in_service(data_dir: Path) -> Path:
    path = data_dir / "trainer/models/run_one.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")
    (data_dir / "trainer/in_service.json").write_text(json.dumps({"model": path.name}), encoding="utf-8")
    return path


def test_a_model_in_service_stays_while_the_components_are_the_same(clone: Path, tmp_path: Path) -> None:
    path = put_in_service(tmp_path / "data")
    for _start in range(2):
        model.let_go_of_other_code(tmp_path / "data")
        assert model.in_service(tmp_path / "data") == path.resolve()
    (clone / "data/nlu/one.yml").write_text("version: 2\n", encoding="utf-8")
    model.let_go_of_other_code(tmp_path / "data")
    assert model.in_service(tmp_path / "data") == path.resolve()


@pytest.mark.parametrize("code", model.CODE)
def test_a_model_of_other_components_is_let_go(clone: Path, tmp_path: Path, code: str) -> None:
    put_in_service(tmp_path / "data")
    model.let_go_of_other_code(tmp_path / "data")
    path = clone / code
    (path if path.is_file() else path / "one.yml").write_text("version: 2\n", encoding="utf-8")
    model.let_go_of_other_code(tmp_path / "data")
    assert model.in_service(tmp_path / "data") is None
