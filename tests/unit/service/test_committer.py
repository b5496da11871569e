"""The committer: decide, write, and only then tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import rfc8785

from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.domain.errors import Code, DomainError
from handoff.domain.events import AnyEvent, Score
from handoff.domain.guarantee import log_violations, violations
from handoff.domain.handoff import Contact
from handoff.domain.people import Access, Presence
from handoff.service.codec import event_from_record
from handoff.service.committer import Committed, Committer, Done, MakeAck, Request, no_ack
from handoff.service.customers import seq_and_at
from handoff.service.ports import RequestKey, StorageConflict, StorageUnavailable
from handoff.service.world import RandomIds, SystemClock
from tests.factories import card, rules, start_conversation
from tests.gated import GatedStorage


class House:
    """A committer on its own, with what its listeners were told."""

    def __init__(self) -> None:
        self.storage = GatedStorage()
        self.committer = Committer(Desk(rules()), self.storage, SystemClock(), RandomIds())
        self.told: list[Committed] = []
        self.committer.listen(self.told.append)

    async def start_conversation(self, conversation_id: str = "c1") -> None:
        await self.committer.carry_out(
            start_conversation(conversation_id, customer_id="cu", greeting="Hello")
        )

    def message(self, client_id: str, text: str = "Where is it?") -> asyncio.Task[dict[str, object]]:
        return asyncio.ensure_future(self._message(client_id, text))

    def carry_out(self, command: c.Command, make_ack: MakeAck = no_ack) -> asyncio.Task[Done]:
        return asyncio.ensure_future(self.committer.carry_out(command, make_ack=make_ack))

    async def _message(self, client_id: str, text: str) -> dict[str, object]:
        command = message(client_id, text)
        request = Request(key=RequestKey("c1", "customer:cu", client_id), body={"text": text})
        done = await self.committer.carry_out(command, request=request, make_ack=seq_and_at)
        return done.ack

    async def texts(self) -> list[str]:
        records = await self.storage.events("c1")
        return [str(one.payload["text"]) for one in records if one.payload and one.type == "message"]


def message(client_id: str, text: str) -> c.CustomerMessage:
    new = c.NewHandoff(handoff_id=f"h-{client_id}", reference="R")
    return c.CustomerMessage(conversation_id="c1", text=text, client_id=client_id, new_handoff=new)


def answer(*, of_seq: int, confidence: float) -> c.BotAnswered:
    return c.BotAnswered(
        conversation_id="c1",
        new_handoff=c.NewHandoff(handoff_id="h-bot", reference="R"),
        of_seq=of_seq,
        messages=(c.BotMessage(text="It is on its way"),),
        intent=Score(name="track_order", confidence=confidence),
        ranking=(),
        unsure=False,
        actions=(),
        failed_actions=(),
        did=(),
        slots="{}",
        model_id="m",
        milliseconds=4,
        wants=None,
    )


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.storage.open()
    await house.committer.start()
    await house.start_conversation()
    yield house
    house.storage.gate.set()
    await house.committer.close()


async def test_nobody_is_told_before_it_is_on_disk(house: House) -> None:
    told_before = len(house.told)
    house.storage.gate.clear()
    house.storage.waiting.clear()
    message = house.message("m1")
    await house.storage.waiting.wait()
    reading = asyncio.ensure_future(house.committer.settled())
    await asyncio.sleep(0)
    assert (message.done(), reading.done(), len(house.told)) == (False, False, told_before)
    house.storage.gate.set()
    assert (await message)["seq"] == 3
    await reading
    assert len(house.told) == told_before + 1


async def test_who_waited_for_a_pass_that_failed_is_told_so_though_the_next_one_was_written(
    house: House,
) -> None:
    """A head beyond the log was told: the pass after the failed one was over before the reader had its turn, and all
    was well again."""
    house.storage.gate.clear()
    house.storage.waiting.clear()
    message = house.message("m1")
    await house.storage.waiting.wait()
    reading = asyncio.ensure_future(house.committer.settled())
    await asyncio.sleep(0)
    house.storage.error = StorageUnavailable("full")
    house.storage.gate.set()
    told = await asyncio.gather(message, reading, return_exceptions=True)
    house.storage.error = None
    assert [getattr(one, "code", None) for one in told] == [Code.UNAVAILABLE] * 2


async def test_commands_that_wait_share_one_commit(house: House) -> None:
    house.storage.gate.clear()
    house.storage.waiting.clear()
    first = house.message("m0")
    await house.storage.waiting.wait()
    before = house.storage.commits
    others = [house.message(f"m{number}", f"question {number}") for number in range(1, 51)]
    await asyncio.sleep(0)
    house.storage.gate.set()
    acks = await asyncio.gather(first, *others)
    assert [ack["seq"] for ack in acks] == list(range(3, 54))
    assert house.storage.commits == before + 2


async def test_a_request_twice_in_one_commit_is_one_event_and_the_same_ack(house: House) -> None:
    first, second = await asyncio.gather(house.message("m1"), house.message("m1"))
    assert first == second
    assert (await house.texts()).count("Where is it?") == 1


async def test_the_same_client_id_with_another_body_is_a_conflict(house: House) -> None:
    await house.message("m1")
    with pytest.raises(DomainError) as refusal:
        await house.message("m1", "Something else")
    assert refusal.value.code is Code.CONFLICT


async def test_a_failed_commit_leaves_the_desk_as_it_was_and_the_next_one_works(house: House) -> None:
    before = house.committer.desk.conversation("c1")
    house.storage.available = False
    with pytest.raises(DomainError) as refusal:
        await house.message("m1")
    assert refusal.value.code is Code.UNAVAILABLE
    assert house.committer.desk.conversation("c1") == before
    house.storage.available = True
    assert (await house.message("m1"))["seq"] == 3
    assert violations(house.committer.desk, SystemClock().now()) == []
    assert not house.committer.diverged.is_set()


def no_number(_desk: Desk, _events: list[AnyEvent]) -> dict[str, object]:
    raise ZeroDivisionError("an ack that cannot be made")


async def test_a_defect_in_one_command_costs_only_its_sender_an_answer(house: House) -> None:
    """A score of the bot's that no canonical JSON can hold (1e999) once failed every command of its pass."""
    await house.message("m0")
    house.storage.gate.clear()
    house.storage.waiting.clear()
    held = house.message("m1", "The pass before")
    await house.storage.waiting.wait()
    before = house.storage.commits
    good = [house.message(f"good-{number}", f"question {number}") for number in range(3)]
    cannot_be_sealed = house.carry_out(answer(of_seq=3, confidence=float("inf")))
    cannot_be_told = house.carry_out(message("m2", "Lost on the way"), no_number)
    more = [house.message(f"more-{number}", f"and {number}") for number in range(3)]
    await asyncio.sleep(0)
    house.storage.gate.set()

    with pytest.raises(rfc8785.CanonicalizationError):
        await cannot_be_sealed
    with pytest.raises(ZeroDivisionError):
        await cannot_be_told
    acks = await asyncio.gather(held, *good, *more)

    assert [ack["seq"] for ack in acks] == list(range(4, 11))
    assert house.storage.commits == before + 2
    assert "Lost on the way" not in await house.texts()
    [stored] = await house.storage.conversations(["c1"])
    assert stored.conversation == house.committer.desk.conversation("c1")
    log = [event_from_record(record) for record in await house.storage.events("c1")]
    assert log_violations(log, stored.conversation) == []
    assert (await house.message("m2", "Lost on the way"))["seq"] == 11


async def test_a_fence_of_storage_that_holds_asks_for_a_new_start(house: House) -> None:
    house.storage.error = StorageConflict("seq 3 is there already")
    with pytest.raises(DomainError) as refusal:
        await house.message("m1")
    assert refusal.value.code is Code.UNAVAILABLE
    assert house.committer.diverged.is_set()


async def test_while_the_disk_hangs_everybody_is_told_so_and_afterwards_the_same_request_gets_its_ack(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit under way cannot be taken back: only its end tells, and the same `client_id` finds out."""
    monkeypatch.setattr("handoff.service.committer.PATIENCE_S", 0.02)
    house.storage.gate.clear()
    house.storage.waiting.clear()
    in_commit = house.message("m1")
    await house.storage.waiting.wait()
    in_queue = house.message("m2", "And this?")
    reading = asyncio.ensure_future(house.committer.settled())
    told = await asyncio.gather(in_commit, in_queue, reading, return_exceptions=True)
    assert [getattr(one, "code", None) for one in told] == [Code.UNAVAILABLE] * 3
    assert not house.committer.healthy
    with pytest.raises(DomainError) as refusal:
        await house.message("m3", "And that?")
    assert refusal.value.code is Code.UNAVAILABLE

    house.storage.gate.set()
    async with asyncio.timeout(10):
        while not house.committer.healthy:  # noqa: ASYNC110 - the end of a commit has no event
            await asyncio.sleep(0)
    assert (await house.message("m1"))["seq"] == 3
    assert (await house.message("m2", "And this?"))["seq"] == 4
    assert await house.texts() == ["Hello", "Where is it?", "And this?"]
    assert violations(house.committer.desk, SystemClock().now()) == []


async def test_storage_that_takes_nothing_is_told_in_the_log_once_and_so_is_its_return(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk often holds the log too."""
    house.storage.available = False
    for number in range(5):
        with pytest.raises(DomainError):
            await house.message(f"m{number}")
    house.storage.available = True
    await house.message("m5")
    lines = [one.message for one in caplog.records if one.name == "handoff.service.committer"]
    assert lines == ["storage took no commit", "storage takes commits again"]


async def test_a_disk_that_is_read_and_takes_nothing_is_not_told_as_well_again_and_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """It once was after every pass that had nothing to write: two lines and a traceback for each refusal."""
    house.storage.error = StorageUnavailable("full")
    for number in range(5):
        with pytest.raises(DomainError):
            await house.message(f"m{number}")
        with pytest.raises(DomainError):
            await house.carry_out(c.Withdraw(conversation_id="none"))
        assert not house.committer.healthy
    house.storage.error = None
    await house.message("m5")
    lines = [one.message for one in caplog.records if one.name == "handoff.service.committer"]
    assert lines == ["storage took no commit", "storage takes commits again"]


async def test_storage_that_takes_something_again_is_well_although_nobody_writes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.service.committer._LOOK_EVERY_S", 0.001)
    house.storage.error = StorageUnavailable("full")
    with pytest.raises(DomainError):
        await house.message("m1")
    house.storage.error = None
    async with asyncio.timeout(10):
        while not house.committer.healthy:  # noqa: ASYNC110 - that it is well has no event
            await asyncio.sleep(0)


async def test_what_is_due_does_not_wait_behind_what_people_ask(house: House) -> None:
    """In a flood of messages deadlines are carried out with the next commit all the same."""
    house.storage.gate.clear()
    house.storage.waiting.clear()
    first = house.message("m0")
    await house.storage.waiting.wait()
    flood = [house.message(f"m{number}", f"question {number}") for number in range(1, 450)]
    await asyncio.sleep(0)
    due = asyncio.ensure_future(house.committer.carry_out(c.RestartClocks(sockets_lost=True)))
    await asyncio.sleep(0)
    house.storage.gate.set()
    await due
    assert sum(one.done() for one in flood) < 300
    await asyncio.gather(first, *flood)


async def test_a_listener_with_a_defect_does_not_end_the_work(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(_committed: Committed) -> None:
        raise RuntimeError("a defect")

    house.committer.listen(defect)
    late: list[Committed] = []
    house.committer.listen(late.append)
    await house.message("m1")
    await house.message("m2", "And this?")
    assert len(late) == 2
    assert "a listener failed" in caplog.text


async def test_a_caller_who_goes_away_does_not_undo_what_was_decided(house: House) -> None:
    house.storage.gate.clear()
    house.storage.waiting.clear()
    message = house.message("m1")
    await house.storage.waiting.wait()
    message.cancel()
    house.storage.gate.set()
    assert (await house.message("m2", "And this?"))["seq"] == 4
    assert await house.texts() == ["Hello", "Where is it?", "And this?"]


async def test_a_message_whose_commit_failed_only_by_report_is_taken_in_and_acknowledged_again(
    house: House,
) -> None:
    """Found by the simulation: the desk went on from before the commit, and the next one met its event in the log."""
    house.storage.error_after = StorageUnavailable("the answer was lost")
    with pytest.raises(DomainError) as refused:
        await house.message("m1")
    assert refused.value.code is Code.UNAVAILABLE
    house.storage.error_after = None

    again = await house.message("m1")
    other = await house.message("m2", "And the other one?")

    assert (again["seq"], other["seq"]) == (3, 4)
    assert not house.committer.diverged.is_set()
    log = [event_from_record(record) for record in await house.storage.events("c1")]
    assert log_violations(log, house.committer.desk.conversations["c1"]) == []
    assert [record.seq for committed in house.told for record in committed.events] == [1, 2, 3, 4]


async def test_an_agent_whose_commit_failed_only_by_report_is_as_the_log_says(house: House) -> None:
    """Found by the simulation: events of agents have no number, so nothing showed that the log had one more."""
    await house.carry_out(
        c.AddAgent(card=card("ada"), access=(Access.AGENT,), languages=(), teams=(), capacity=None)
    )
    await house.carry_out(c.ConnectAgent(agent_id="ada"))
    house.storage.error_after = StorageUnavailable("the answer was lost")
    with pytest.raises(DomainError):
        await house.carry_out(c.SetPresence(agent_id="ada", presence=Presence.ONLINE))
    house.storage.error_after = None

    await house.carry_out(c.SetPresence(agent_id="ada", presence=Presence.ONLINE))

    [stored] = (await house.storage.live_state()).agents
    assert stored == house.committer.desk.agents["ada"]
    presences = [one for one in house.storage._agent_events if one.type == "presence_changed"]
    assert len(presences) == 1


async def test_other_rules_write_the_deadlines_of_all_who_wait_anew(house: House) -> None:
    new = c.NewHandoff(handoff_id="h1", reference="R")
    await house.carry_out(c.RequestHandoff(conversation_id="c1", new_handoff=new, client_id="r1"))
    handoff = house.committer.desk.conversations["c1"].handoff
    assert handoff is not None
    callback = c.RequestCallback(
        conversation_id="c1",
        new_handoff=new,
        contact=Contact(phone="1"),
        at=handoff.requested_at + timedelta(seconds=800),
    )
    await house.carry_out(callback)
    ahead = handoff.requested_at + timedelta(seconds=725)
    assert await house.storage.due(ahead, 10) == (["c1"], [])
    await house.carry_out(c.PutInForce(rules=rules(promise_ahead_s=10)))
    assert await house.storage.due(ahead, 10) == ([], [])
    assert await house.storage.due(ahead + timedelta(seconds=71), 10) == (["c1"], [])


async def test_rules_reported_as_not_written_leave_no_deadlines_behind(house: House) -> None:
    """The commit was on disk all the same: storage had deadlines of rules that were not in force, and later ones."""
    new = c.NewHandoff(handoff_id="h1", reference="R")
    await house.carry_out(c.RequestHandoff(conversation_id="c1", new_handoff=new, client_id="r1"))
    handoff = house.committer.desk.conversations["c1"].handoff
    assert handoff is not None
    later = handoff.requested_at + timedelta(seconds=800)
    callback = c.RequestCallback(conversation_id="c1", new_handoff=new, contact=Contact(phone="1"), at=later)
    await house.carry_out(callback)
    ahead = handoff.requested_at + timedelta(seconds=725)
    house.storage.error_after = StorageUnavailable("reported as failed")
    with pytest.raises(DomainError):
        await house.carry_out(c.PutInForce(rules=rules(promise_ahead_s=10)))
    assert await house.storage.due(ahead, 10) == ([], [])

    house.storage.error_after = None

    async with asyncio.timeout(10):
        while await house.storage.due(ahead, 10) != (["c1"], []):  # noqa: ASYNC110 - storage has no event
            await asyncio.sleep(0)


async def test_rules_that_could_not_be_written_are_not_in_force(house: House) -> None:
    new = c.NewHandoff(handoff_id="h1", reference="R")
    await house.carry_out(c.RequestHandoff(conversation_id="c1", new_handoff=new, client_id="r1"))
    before = house.committer.desk.rules
    house.storage.error = StorageUnavailable("full")
    with pytest.raises(DomainError) as refused:
        await house.carry_out(c.PutInForce(rules=rules(promise_ahead_s=10)))
    assert refused.value.code is Code.UNAVAILABLE
    assert house.committer.desk.rules is before
    house.storage.error = None
    await house.carry_out(c.PutInForce(rules=before))
    assert house.committer.healthy


async def test_whoever_waits_for_the_bot_is_not_forgotten_however_little_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in the simulation, in worlds that keep no idle conversation: there no turn of the bot was ever begun, and
    each led to a person when its time had run out."""
    monkeypatch.setattr("handoff.service.committer.IDLE_CONVERSATIONS_KEPT_MAX", 0)

    await house.message("m1")
    assert house.committer.desk.conversation("c1").bot.pending == (3,)

    await house.committer.carry_out(answer(of_seq=3, confidence=0.9))
    assert "c1" not in house.committer.desk.conversations
