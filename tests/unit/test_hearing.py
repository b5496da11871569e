"""How messages are heard by a server at work: at once where that is plain, beside the event loop where it is not."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator

import pytest

from handoff import hearing
from handoff.domain.requests import HumanRequest, Reading
from handoff.hearing import Ears, Hearing

AT_A_GLANCE = Reading(human_request=HumanRequest.ASK, chance=0.4)
IN_FULL = Reading(human_request=HumanRequest.TRANSFER, chance=0.99)


class Doubting:
    """Is sure of nothing at a glance, and takes as long as it is let to read."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.fails = False
        self.read_in: str | None = None

    def glance(self, text: str) -> tuple[Reading, bool]:
        return AT_A_GLANCE, text == "plain"

    def read(self, _text: str) -> Reading:
        self.go.wait(10)
        self.read_in = threading.current_thread().name
        if self.fails:
            raise RuntimeError("no more memory")
        return IN_FULL


@pytest.fixture
async def heard() -> AsyncIterator[Hearing]:
    one = Hearing(None, lambda: None)
    one.at_work = Doubting()
    yield one
    one.at_work.go.set()
    await one.close()


def doubting(heard: Hearing) -> Doubting:
    assert isinstance(heard.at_work, Doubting)
    return heard.at_work


async def test_what_is_plain_waits_for_no_thread(heard: Hearing) -> None:
    assert await heard.read("plain") == AT_A_GLANCE
    assert doubting(heard).read_in is None


async def test_what_is_in_doubt_is_read_in_full_beside_the_event_loop(heard: Hearing) -> None:
    doubting(heard).go.set()
    assert await heard.read("doubtful") == IN_FULL
    assert (doubting(heard).read_in or "").startswith("second voice")


async def test_no_customer_waits_for_a_busy_machine(heard: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "SECOND_VOICE_S", 0.01)
    assert await heard.read("doubtful") == AT_A_GLANCE


async def test_a_voice_that_fails_loses_nobody(heard: Hearing, caplog: pytest.LogCaptureFixture) -> None:
    doubting(heard).fails = True
    doubting(heard).go.set()
    assert await heard.read("doubtful words") == AT_A_GLANCE
    assert caplog.messages == ["read by its words alone"] and "doubtful words" not in caplog.text


class Missing:
    ready = False

    def open(self) -> None:
        raise hearing.Unavailable("no such package")

    def encode(self, sentences: object) -> None: ...


async def test_without_an_encoder_the_words_alone_are_read_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PackagedEncoder", Missing)
    one = Hearing(None, lambda: None)
    one.open()
    assert [(its.levelno, its.message) for its in caplog.records] == [
        (logging.ERROR, "no sentence encoder: messages are read by their words alone")
    ]
    assert await one.check() == {"ok": False, "second_voice": "missing", "error": "no such package"}
    reading = await one.read("I want to talk to a person")
    assert reading == Ears(Missing()).detector(one.packaged()).read("I want to talk to a person")
    assert reading.human_request is HumanRequest.TRANSFER
    await one.close()


async def test_the_encoder_is_opened_after_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()

    class Opening(Missing):
        def open(self) -> None:
            self.ready = True
            opened.set()

    monkeypatch.setattr(hearing, "PackagedEncoder", Opening)
    monkeypatch.setattr(hearing, "ENCODER_AFTER_S", 0.0)
    one = Hearing(None, lambda: None)
    assert await one.check() == {"ok": True, "second_voice": "opening"}
    one.start()
    async with hearing.asyncio.timeout(5):
        await hearing.asyncio.to_thread(opened.wait)
    assert await one.check() == {"ok": True, "second_voice": "ready"}
    await one.close()


async def test_a_second_voice_that_is_switched_off_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "PackagedEncoder", Missing)
    one = Hearing(None, lambda: None, second_voice=False)
    one.start()
    one.open()
    assert await one.check() == {"ok": True, "second_voice": "off"}
    assert (await one.read("I want to talk to a person")).human_request is HumanRequest.TRANSFER
    await one.close()
