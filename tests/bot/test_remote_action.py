"""What we replace inside Rasa, and that it is still there to be replaced."""

import asyncio
import inspect
import time

import pytest
import rasa
from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction
from rasa.shared.utils.schemas.events import EVENT_SCHEMA
from rasa.utils.endpoints import EndpointConfig

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


SCHEMA = Draft7Validator(RemoteAction.action_response_format_spec())
KINDS = {kind["properties"]["event"]["const"] for kind in EVENT_SCHEMA["oneOf"]}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_event_of_each_kind_is_held_against_its_kind(kind):
    event = {"event": kind, "name": "order_number", "value": "10023", "entities": [], "timestamp": None}
    answer = {"events": [event], "responses": [{"response": "say_order_shipped"}]}
    assert remote_action.is_plainly_valid(answer)
    SCHEMA.validate(answer)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"events": {}},
        {"events": ["slot"]},
        {"events": [{}]},
        {"events": [{"event": None}]},
        {"events": [{"event": ["slot"]}]},
        {"events": [{"event": "no_such"}]},
        {"events": [{"event": "slot"}]},
        {"events": [{"event": "slot", "name": 1, "value": 1}]},
        {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": "now"}]},
        {"events": [{"event": "entities", "entities": [{"value": 1}]}]},
        {"events": [{"event": "bot"}, {"event": "user", "text": 1}]},
        {"responses": {}},
        {"responses": ["hello"]},
    ],
)
def test_what_the_schema_refuses_is_not_plainly_valid(answer):
    assert not SCHEMA.is_valid(answer)
    assert not remote_action.is_plainly_valid(answer)


class Listener:
    """Answers every call with the path and key of it, and counts connections; `hang_up` ends those that there are."""

    def __init__(self):
        self.connections = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/webhook"
        return self

    async def __aexit__(self, *_):
        await self.hang_up()
        self._server.close()

    async def hang_up(self):
        for writer in self.connections:
            writer.close()
            await writer.wait_closed()

    async def _serve(self, reader, writer):
        self.connections.append(writer)
        while head := await reader.readuntil(b"\r\n\r\n"):
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:] if line)
            await reader.readexactly(int(fields["Content-Length"]))
            body = b'{"key": "%s"}' % fields["Authorization"].encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )


def test_calls_share_a_connection_and_the_next_one_outlives_its_end(monkeypatch):
    monkeypatch.setattr(EndpointConfig, "session", remote_action.session)

    async def heard_of_it():
        kept = [one for several in remote_action._session.connector._conns.values() for one, _ in several]
        for _ in range(1000):  # it is read in a few rounds of the loop
            if not any(one.is_connected() for one in kept):
                return
            await asyncio.sleep(0)

    async def calls():
        async with Listener() as listener:
            endpoint = EndpointConfig(listener.url, headers={"Authorization": "Bearer one"})
            for _ in range(3):
                assert await endpoint.request(json={}) == {"key": "Bearer one"}
            assert len(listener.connections) == 1
            await listener.hang_up()
            await heard_of_it()
            other = EndpointConfig(listener.url, headers={"Authorization": "Bearer two"})
            assert await other.request(json={}) == {"key": "Bearer two"}
            assert len(listener.connections) == 2
            await remote_action.close()

    for _ in range(2):  # another event loop, as for each test, has a session of its own
        asyncio.run(calls())
