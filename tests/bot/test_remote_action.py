"""What we replace inside Rasa, and that it is still there to be replaced."""

import asyncio
import inspect
import time

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


def test_an_answer_that_came_while_the_loop_stood_still_is_no_timeout():
    """A model is loaded in Rasa's event loop; calls under way then ran out of time with their answer there."""

    async def turn():
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        loop.call_soon(time.sleep, 0.4)  # a model is loaded
        loop.call_soon(lambda: asyncio.ensure_future(arrive(answer)))
        return await remote_action._within(0.2, wait_for(answer))

    async def arrive(answer):
        for _ in range(5):  # an answer is read in a few rounds of the loop
            await asyncio.sleep(0)
        answer.set_result("there")

    async def wait_for(answer):
        return await answer

    assert asyncio.run(turn()) == "there"


def test_an_action_that_does_not_answer_is_given_up_and_ended():
    ended = []

    async def never():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def turn():
        with pytest.raises(asyncio.TimeoutError):
            await remote_action._within(0.05, never())
        await asyncio.sleep(0)

    asyncio.run(turn())
    assert ended == [True]
