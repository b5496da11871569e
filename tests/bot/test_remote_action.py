"""What we replace inside Rasa, and that it is still there to be replaced."""

import inspect

import pytest
import rasa
from rasa.core.actions.action import RemoteAction

from bot import remote_action


def test_rasa_is_the_version_whose_inside_we_know():
    assert rasa.__version__ == remote_action.RASA_VERSION
    source = inspect.getsource(RemoteAction)
    assert "self._validate_action_result(response)" in source
    assert "from jsonschema import validate" in source


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(RuntimeError, match=r"3\.7\.0"):
        remote_action.install(1.0)
