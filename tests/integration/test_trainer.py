"""The trainer's workshop through its HTTP calls: real server, real files, a pretend Rasa that takes models."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest

from handoff.app import control_path
from handoff.bot_client.scripted import plain_reply
from handoff.demo.accounts import DEMO_PASSWORD
from handoff.domain.events import Score
from handoff.hearing import Ears
from handoff.service.ports import BotReply, BotTurn
from handoff.trainer.conversations import FINDINGS_SHOWN
from handoff.trainer.dataset import FOLDERS_AND_FILES
from handoff.trainer.edits.operations import Operation
from handoff.trainer.findings import TAKEN_BACK_S
from handoff.trainer.runs import NICENESS
from tests.clients import Json, new_client_id
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.model_host import ModelHost, write_run
from tests.unit.detector.sentences import encoder

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
RUN_PATIENCE_S = 240  # it stands behind everything else on the machine
POLL_S = 0.1  # as often as a lively page may ask


class Trainer:
    """Somebody at the trainer's page, call by call."""

    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self._token = token

    @classmethod
    async def sign_in(cls, house: House, name: str = "trainer") -> Trainer:
        body = {"email": f"{name}@demo.example", "password": DEMO_PASSWORD}
        async with house.http.post(f"{house.origin}/api/v1/agent/sessions", json=body) as response:
            return cls(house, (await response.json())["token"])

    async def ask(self, name: str, body: Any = None, *, status: int = 200, raw: bytes | None = None) -> Any:
        method = "GET" if body is None and raw is None else "POST"
        async with self._house.http.request(
            method,
            f"{self._house.origin}/api/v1/trainer/{name}",
            headers={"Authorization": f"Bearer {self._token}"},
            **({"data": raw} if raw is not None else {"json": body} if body is not None else {}),
        ) as response:
            found = await response.json()
            assert response.status == status, found
            return found

    async def teach(self, intent: str, *texts: str, language: str = "en", **more: Any) -> Any:
        operation = {"type": "add_sentences", "intent": intent, "language": language, "texts": list(texts)}
        return await self.ask("edit", {"operation": operation} | more)

    async def goes_back(self, *, status: int = 200) -> Any:
        serving = (await self.ask("overview"))["in_service"]["name"]
        return await self.ask("roll_back", {"of": serving}, status=status)

    async def until_over(self, run_id: str) -> Json:
        async with asyncio.timeout(RUN_PATIENCE_S):
            while True:
                found: Json = await self.ask(f"run?id={run_id}")
                if found["run"]["status"] != "running":
                    return found
                await asyncio.sleep(POLL_S)


@pytest.fixture
async def rasa() -> AsyncIterator[ModelHost]:
    host = ModelHost()
    runner = await host.start()
    yield host
    await runner.cleanup()


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    """A copy of the assistant's files."""
    folder = tmp_path / "assistant"
    for place in (*FOLDERS_AND_FILES, "config.yml"):
        for path in ROOT.glob(place):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder


@pytest.fixture
async def workshop(open_house: OpenHouse, assistant: Path, rasa: ModelHost) -> House:
    return await open_house(
        assistant_dir=str(assistant), bot_url=f"http://127.0.0.1:{rasa.port}", rasa_token="the token"
    )


@pytest.fixture
async def trainer(workshop: House) -> Trainer:
    return await Trainer.sign_in(workshop)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.*")}


def unsure(turn: BotTurn) -> BotReply:
    return plain_reply("I did not understand that.", intent="out_of_scope", unsure=True)


async def test_only_trainers_come_in(workshop: House) -> None:
    agent = await Trainer.sign_in(workshop, "agent1")
    calls = workshop.server.workshop
    for name in calls.reads:
        assert (await agent.ask(name, status=403))["error"]["code"] == "forbidden"
    for name in calls.acts:
        await agent.ask(name, {}, status=403)
    stranger = Trainer(workshop, "no token")
    for name in calls.reads:
        await stranger.ask(name, status=401)
    for name in calls.acts:
        await stranger.ask(name, {}, status=401)


async def test_a_question_that_the_bot_could_not_answer_is_found_taught_and_set_aside(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    workshop.scripted.answer = unsure
    agent = await workshop.agent()
    customer = await workshop.customer()
    await customer.say("Can you gift wrap 10023? erika.probe@post.example")
    await customer.say("gift wrap it please")
    conversation_id = await agent.take(customer.conversation_id)
    await agent.do("message", conversation_id, text="Yes, tick Gift at the checkout.")
    inbox = await trainer.ask("inbox")
    [group] = inbox["groups"]
    texts = [one["text"] for one in group["findings"]]
    assert "Can you gift wrap 00000? name@mail.example" in texts
    [handed] = [one for one in group["findings"] if "handed_over" in one["reasons"]]
    assert handed["handoff_reason"] == "bot_unsure" and handed["answers"] == [
        "Yes, tick Gift at the checkout."
    ]
    lines = (await trainer.ask(f"conversation?id={conversation_id}"))["lines"]
    assert "erika" not in json.dumps(lines) and "10023" not in json.dumps(lines)

    ids = [one["id"] for one in group["findings"]]
    done = await trainer.teach("review", "can I get it gift wrapped", findings=ids)
    assert done["did"] == {"type": "add_sentences", "intent": "review", "language": "en", "count": 1}
    assert "    - can I get it gift wrapped\n" in (assistant / "data/nlu/feedback.yml").read_text()
    assert (await trainer.ask("inbox"))["groups"] == []
    [taught] = (await trainer.ask("inbox?show=taught"))["groups"]
    assert {one["taught_as"] for one in taught["findings"]} == {"review"}
    await trainer.ask("undo", {"id": done["id"]})  # what is not taught any more is asked for again
    assert len((await trainer.ask("inbox"))["groups"]) == 1
    assert (await trainer.ask("inbox?show=taught"))["groups"] == []


async def test_all_that_ask_for_the_same_are_taught_at_once_also_those_that_are_not_shown(
    workshop: House, trainer: Trainer
) -> None:
    workshop.scripted.answer = unsure
    for _ in range(FINDINGS_SHOWN + 3):
        customer = await workshop.customer()
        await customer.say("Can you gift wrap it?")
        await customer.reads("I did not understand that.")
    [group] = (await trainer.ask("inbox"))["groups"]
    assert (
        len(group["findings"]) == FINDINGS_SHOWN and len(group["ids"]) == group["count"] == FINDINGS_SHOWN + 3
    )
    await trainer.teach("review", "can I get it gift wrapped", findings=group["ids"])
    assert (await trainer.ask("inbox"))["groups"] == []


async def test_feedback_and_repeats_are_found_too(workshop: House, trainer: Trainer) -> None:
    workshop.scripted.answer = lambda _turn: plain_reply("Always this.", intent="track_order")
    customer = await workshop.customer()
    await customer.say("what about a voucher")
    answer = await customer.reads("Always this.")
    await customer.done("feedback", client_id=new_client_id(), seq=answer["seq"], helpful=False)
    [group] = (await trainer.ask("inbox?reason=not_helpful"))["groups"]
    assert group["findings"][0]["reasons"] == ["not_helpful"]
    found = await trainer.ask("measures")
    assert (found["total"]["turns"], found["total"]["not_helpful"], found["total"]["confirmed"]) == (
        1,
        1,
        0.0,
    )


async def test_an_edit_is_undone_also_when_others_were_made_since(trainer: Trainer, assistant: Path) -> None:
    path = assistant / "data/nlu/feedback.yml"
    path.write_text("# by hand\n" + path.read_text())
    before = path.read_bytes()
    first = await trainer.teach("review", "one two three review")
    second = await trainer.teach("review", "a second way to say it", language="de")
    await trainer.ask("undo", {"id": first["id"]})
    assert b"one two three" not in path.read_bytes() and b"a second way" in path.read_bytes()
    await trainer.ask("undo", {"id": first["id"]}, status=409)
    await trainer.ask("undo", {"id": second["id"]})
    assert path.read_bytes() == before
    history = (await trainer.ask("history"))["entries"]
    assert [one["undone"] for one in history] == [False, False, True, True]


EVERY_KIND: list[Json] = [
    {"type": "add_sentences", "intent": "review", "language": "en", "texts": ["a word of praise for it"]},
    {"type": "add_sentences", "intent": "review", "language": "de", "texts": ["Lob"], "keep_back": True},
    {"type": "change_sentence", "intent": "review", "language": "en", "text": "a word of praise for it",
     "to": "a word of praise for [10023](order_number)"},
    {"type": "move_sentences", "intent": "review", "language": "en",
     "texts": ["a word of praise for [00000](order_number)"], "to": "complaint"},
    {"type": "remove_sentence", "intent": "complaint", "language": "en",
     "text": "a word of praise for [00000](order_number)"},
    {"type": "add_requests", "language": "en", "kind": "asks", "texts": ["pipe the boatswain"]},
    {"type": "change_request", "language": "en", "text": "pipe the boatswain", "to": "pipe him", "kind": "distress"},
    {"type": "remove_request", "language": "en", "text": "pipe him"},
    {"type": "set_answer", "name": "utter_review", "language": "de", "text": "Gern: unter dem Artikel."},
    {"type": "add_intent", "name": "gift_wrapping", "topic": "orders", "title": {"en": "Gift", "de": "Geschenk"},
     "answer": {"en": "Yes.", "de": "Ja."}, "held_back": [{"language": "en", "text": "a bow on top"}],
     "sentences": [{"language": "en", "text": "wrap it up"}, {"language": "de", "text": "pack es ein"}]},
    {"type": "rename_intent", "name": "gift_wrapping", "to": "presents"},
    {"type": "merge_intents", "name": "presents", "into": "delivery_options"},
    {"type": "put_course", "path": "data/rules/chitchat.yml", "name": "of ours",
     "steps": [{"intent": "review"}, {"action": "utter_thank"}]},
    {"type": "remove_course", "path": "data/rules/chitchat.yml", "name": "of ours"},
]  # fmt: skip


async def test_every_kind_of_edit_can_be_undone(trainer: Trainer, assistant: Path) -> None:
    """The last one first: each takes back what the one before it did."""
    assert {one["type"] for one in EVERY_KIND} == {
        shape.__struct_config__.tag for shape in get_args(Operation)
    }
    course = next(one for one in EVERY_KIND if one["type"] == "put_course")
    course["path"] = next(path for path in (await trainer.ask("data"))["course_files"] if "/rules/" in path)
    EVERY_KIND[-1]["path"] = course["path"]
    states = [contents(assistant)]
    ids = []
    for operation in EVERY_KIND:
        ids.append((await trainer.ask("edit", {"operation": operation}))["id"])
        states.append(contents(assistant))
        assert states[-1] != states[-2], operation
    for undone in reversed(ids):
        states.pop()
        await trainer.ask("undo", {"id": undone})
        assert contents(assistant) == states[-1]
    assert len(states) == 1


async def test_an_edit_on_an_old_state_is_refused_with_both_sides(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    other = await Trainer.sign_in(workshop)
    versions = (await trainer.ask("data"))["versions"]
    await other.teach("review", "the other was first")
    operation = {
        "type": "add_sentences",
        "intent": "review",
        "language": "en",
        "texts": ["and I came second"],
    }
    refused = await trainer.ask("edit", {"operation": operation, "versions": versions}, status=409)
    [file] = refused["error"]["details"]["files"]
    assert file["path"] == "data/nlu/feedback.yml"
    assert "+    - the other was first" in file["theirs"] and "+    - and I came second" in file["yours"]
    assert "came second" not in (assistant / file["path"]).read_text()
    await trainer.ask(
        "edit", {"operation": operation, "versions": versions | refused["error"]["details"]["versions"]}
    )
    assert "came second" in (assistant / file["path"]).read_text()


async def test_two_trainers_at_once_lose_nothing(workshop: House, trainer: Trainer, assistant: Path) -> None:
    other = await Trainer.sign_in(workshop)
    said = [f"wish of the {word} kind" for word in "alder birch cedar durian elm fir".split()]
    await asyncio.gather(
        *((trainer, other)[place % 2].teach("review", text) for place, text in enumerate(said))
    )
    text = (assistant / "data/nlu/feedback.yml").read_text()
    assert [text.count(f"- {one}\n") for one in said] == [1] * len(said)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operation": {"type": "no_such"}},
        {"operation": {"type": "add_sentences"}},
        {"operation": {"type": "add_sentences", "intent": "review", "language": "en", "texts": []}},
        {
            "operation": {
                "type": "add_sentences",
                "intent": "review",
                "language": "en",
                "texts": ["x"],
                "path": "config.yml",
            }
        },
        {"operation": {"type": "add_sentences", "intent": "review", "language": "en", "texts": ["x" * 401]}},
        {"operation": {"type": "add_sentences", "intent": "review", "language": "en", "texts": ["\ud800"]}},
        {"operation": {"type": "add_sentences", "intent": "review", "language": "xx", "texts": ["x"]}},
        {
            "operation": {
                "type": "set_answer",
                "name": "utter_thank",
                "language": "en",
                "text": "${HANDOFF_BOT_KEY}",
            }
        },
        {
            "operation": {
                "type": "put_course",
                "path": "data/rules/answers.yml",
                "yaml": "- rule: !!python/name:os.system x",
            }
        },
    ],
)
async def test_bad_input_is_refused_and_nothing_is_written(
    trainer: Trainer, assistant: Path, body: Json
) -> None:
    before = contents(assistant)
    await trainer.ask("edit", raw=json.dumps(body).encode(), status=400)
    assert contents(assistant) == before


async def test_ids_are_no_paths(trainer: Trainer) -> None:
    for name in ("run?id=../../etc", "run?id=", "conversation?id=../x", "intent?name=../x"):
        await trainer.ask(name, status=404)
    for name in ("cancel", "promote", "undo"):
        await trainer.ask(name, {"id": "../../x"}, status=404)
    await trainer.ask("edit", raw=b"[" * 30_000, status=400)
    await trainer.ask("edit", raw=b'"text"', status=400)
    await trainer.ask("edit", raw=b" " * 100_000, status=413)


async def test_a_change_is_committed_with_the_trainers_name(trainer: Trainer, assistant: Path) -> None:
    def git(*arguments: str) -> str:
        environ = {"PATH": os.environ["PATH"], "HOME": str(assistant), "GIT_CONFIG_NOSYSTEM": "1"}
        given = ["git", "-c", "user.name=Somebody", "-c", "user.email=s@shop.example", *arguments]
        return subprocess.run(
            given, cwd=assistant, env=environ, capture_output=True, text=True, check=True
        ).stdout

    assert (await trainer.ask("history"))["uncommitted"] is None
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "Begin")
    (assistant / "data/nlu/orders.yml").open("a").write("\n# by hand\n")
    (assistant / "config.yml").open("a").write("\n# by hand\n")
    await trainer.teach("review", "a sentence to commit")
    assert "data/nlu/feedback.yml" in (await trainer.ask("history"))["uncommitted"]
    await trainer.ask("commit", {"message": "data: Teach\n\n--author=Evil <e@e>"})
    assert (
        git("log", "-1", "--format=%an <%ae> %s").strip() == "Anjali Rao <trainer@demo.example> data: Teach"
    )
    assert git("show", "--name-only", "--format=").split() == ["data/nlu/feedback.yml"]
    await trainer.ask("commit", {"message": "again"}, status=409)


# --- runs and models ---


async def test_a_run_says_what_is_wrong_before_it_trains(trainer: Trainer, assistant: Path) -> None:
    (assistant / "data/nlu/orders.yml").open("a").write("\n- broken: [\n")
    run = (await trainer.ask("train", {}))["run"]
    over = await trainer.until_over(run["id"])
    assert (
        over["run"]["status"] == "failed" and "data/nlu/orders.yml cannot be read" in over["run"]["message"]
    )
    assert over["result"] is None
    await trainer.ask("promote", {"id": run["id"]}, status=409)


async def test_one_run_at_a_time_and_it_can_be_cancelled(trainer: Trainer) -> None:
    run = (await trainer.ask("train", {}))["run"]
    await trainer.ask("train", {}, status=409)
    await trainer.ask("cancel", {"id": run["id"]})
    assert (await trainer.until_over(run["id"]))["run"]["status"] in ("cancelled", "interrupted")
    again = (await trainer.ask("train", {}))["run"]
    await trainer.ask("cancel", {"id": again["id"]})
    await trainer.until_over(again["id"])


async def test_a_run_goes_on_while_the_server_restarts_and_a_killed_one_is_known(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    run = (await trainer.ask("train", {}))["run"]
    await workshop.restart()
    trainer = await Trainer.sign_in(workshop)
    assert (await trainer.ask(f"run?id={run['id']}"))["run"]["status"] == "running"
    await trainer.ask("train", {}, status=409)
    pid = int((workshop.data_dir / "trainer/runs" / run["id"] / "pid").read_text())
    assert os.getpgid(pid) == pid != os.getpgid(0)  # of its own, and with less priority than customers
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)
    os.killpg(pid, signal.SIGKILL)
    over = await trainer.until_over(run["id"])
    assert over["run"]["status"] == "interrupted"
    (assistant / "data/nlu/orders.yml").open("a").write("\n- broken: [\n")
    another = (await trainer.ask("train", {}))["run"]
    await trainer.until_over(another["id"])


def niceness_in_session(session: int) -> dict[int, set[int]]:
    """By process of a session, that of each of its threads (Linux)."""
    found: dict[int, set[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/task/[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            facts = stat.read_text().rpartition(")")[2].split()  # after the name, which may hold anything
            if int(facts[3]) == session:
                found.setdefault(int(stat.parts[2]), set()).add(int(facts[16]))
    return found


async def test_a_run_has_less_priority_than_customers_in_all_its_processes(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    shutil.rmtree(assistant / "data/human")  # so that Rasa's turn comes soon
    own = os.getpriority(os.PRIO_PROCESS, 0)
    run = (await trainer.ask("train", {}))["run"]
    pid = int((workshop.data_dir / "trainer/runs" / run["id"] / "pid").read_text())
    async with asyncio.timeout(RUN_PATIENCE_S):
        while True:
            found = niceness_in_session(pid)
            if len(found) > 1:  # Rasa is at work for it
                break
            await asyncio.sleep(POLL_S)
    await trainer.ask("cancel", {"id": run["id"]})
    assert pid in found and os.getpid() not in found
    assert set.union(*found.values()) == {min(own + NICENESS, 19)} and own < 19
    await trainer.until_over(run["id"])


def passed_run(house: House, run_id: str, content: bytes, *, sha256: str | None = None) -> str:
    return write_run(house.data_dir, run_id, content, sha256=sha256)


async def test_promotion_swaps_the_model_and_each_roll_back_goes_one_back(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    one, two = passed_run(workshop, "run_one", b"1"), passed_run(workshop, "run_two", b"2")
    await trainer.ask("promote", {"id": one})
    await trainer.ask("promote", {"id": one}, status=409)
    await trainer.ask("promote", {"id": two})
    assert rasa.model == "run_two.tar.gz"
    assert (await trainer.ask("overview"))["in_service"]["name"] == "run_two.tar.gz"
    await trainer.goes_back()
    assert rasa.loads == ["run_one.tar.gz", "run_two.tar.gz", "run_one.tar.gz"]
    await trainer.goes_back(status=409)  # what was there before the first is not known to this Rasa
    history = (await trainer.ask("history"))["entries"]
    assert [one["kind"] for one in history] == ["rolled_back", "promoted", "promoted"]
    assert {one["by"] for one in history} == {"Anjali Rao"}
    assert history[0]["at"] >= history[1]["at"] >= history[2]["at"] > "2026"


async def test_everybody_sees_what_serves_and_what_is_being_put_in_its_place(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    one, two = passed_run(workshop, "run_one", b"1"), passed_run(workshop, "run_two", b"2")
    other = await Trainer.sign_in(workshop)
    await trainer.ask("promote", {"id": one})
    rasa.held = asyncio.Event()
    rasa.asked.clear()
    promoting = asyncio.create_task(trainer.ask("promote", {"id": two}))
    async with asyncio.timeout(PATIENCE_S):
        await rasa.asked.wait()
    found = await other.ask("overview")
    swap = found["swap"]
    assert (swap["kind"], swap["by"], swap["step"]) == ("promoted", "Anjali Rao", "load")
    assert swap["model"]["run"]["id"] == "run_two"
    assert found["in_service"]["run"]["id"] == "run_one"
    refused = await other.goes_back(status=409)  # what they looked at is about to change
    assert "Anjali Rao" in refused["error"]["message"]
    assert (await other.ask("overview"))["swap_failed"] is None  # the one under way goes on
    rasa.held.set()
    await promoting
    found = await other.ask("overview")
    assert found["swap"] is None and found["since"]["kind"] == "promoted"
    assert found["in_service"]["run"] == {"id": "run_two", "at": "2026-01-01T00:00:00.000Z", "by": "X"}
    assert found["back_to"]["run"]["id"] == "run_one"
    await other.ask("roll_back", {"of": "run_one.tar.gz"}, status=409)  # a page that was not looked at since
    await other.goes_back()
    found = await trainer.ask("overview")
    assert found["in_service"]["run"]["id"] == "run_one" and found["since"]["kind"] == "rolled_back"


async def test_a_swap_that_failed_is_known_to_who_looks_later_until_the_next(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    rasa.refuses = 400
    one = passed_run(workshop, "run_one", b"1")
    await trainer.ask("promote", {"id": one}, status=409)
    found = await (await Trainer.sign_in(workshop)).ask("overview")
    assert found["swap"] is None and found["swap_failed"]["by"] == "Anjali Rao"
    assert "HTTP 400" in found["swap_failed"]["text"]
    rasa.refuses = None
    await trainer.ask("promote", {"id": one})
    assert (await trainer.ask("overview"))["swap_failed"] is None


async def test_a_model_that_does_not_load_or_is_damaged_leaves_the_one_before(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    good, bad = passed_run(workshop, "run_good", b"1"), passed_run(workshop, "run_bad", b"2", sha256="0" * 64)
    await trainer.ask("promote", {"id": good})
    await trainer.ask("promote", {"id": bad}, status=409)
    assert rasa.loads == ["run_good.tar.gz"]
    rasa.refuses = 400
    other = passed_run(workshop, "run_other", b"3")
    await trainer.ask("promote", {"id": other}, status=409)
    assert (await trainer.ask("overview"))["in_service"]["name"] == "run_good.tar.gz"


async def test_turns_wait_for_the_swap_and_none_is_lost(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    rasa.held = asyncio.Event()
    customer = await workshop.customer()
    promoting = asyncio.create_task(trainer.ask("promote", {"id": passed_run(workshop, "run_one", b"1")}))
    async with asyncio.timeout(PATIENCE_S):
        await rasa.asked.wait()
    await customer.say("in the middle of the swap")
    assert customer.texts("bot")[-1] != "You said: in the middle of the swap"
    rasa.held.set()
    await promoting
    await customer.reads("You said: in the middle of the swap")


async def test_a_crash_in_the_middle_of_a_swap_is_put_right(
    workshop: House, trainer: Trainer, rasa: ModelHost
) -> None:
    await trainer.ask("promote", {"id": passed_run(workshop, "run_one", b"1")})
    rasa.asked.clear()
    rasa.model = "run_two.tar.gz"  # it was loaded, and the server died before it wrote that down
    rasa.held = asyncio.Event()
    await workshop.restart()
    async with asyncio.timeout(PATIENCE_S):
        await rasa.asked.wait()
    swap = (await (await Trainer.sign_in(workshop)).ask("overview"))["swap"]
    assert swap == {"kind": "restored", "by": None, "model": None, "step": "load"}
    rasa.held.set()
    assert rasa.loads == ["run_one.tar.gz", "run_one.tar.gz"]


async def test_a_crash_in_a_swap_is_put_right_when_rasa_is_there_again(
    workshop: House, trainer: Trainer, rasa: ModelHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.trainer.in_service.AGAIN_S", 0.01)
    await trainer.ask("promote", {"id": passed_run(workshop, "run_one", b"1")})
    rasa.asked.clear()
    rasa.looked_at.clear()
    rasa.model, rasa.starting = "run_two.tar.gz", True
    await workshop.restart()
    async with asyncio.timeout(PATIENCE_S):
        await rasa.looked_at.wait()
        rasa.starting = False
        await rasa.asked.wait()
    assert rasa.loads == ["run_one.tar.gz", "run_one.tar.gz"]


# --- requests for a person ---


async def test_a_request_that_nobody_heard_is_taught_from_the_inbox_and_taken_back(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    workshop.scripted.answer = unsure
    customer = await workshop.customer(locale="cs")
    await customer.say("je kapitán Novák doma? tel. 602 111 222")
    await customer.reads("I did not understand that.")
    [group] = (await trainer.ask("inbox"))["groups"]
    [finding] = group["findings"]
    assert finding["language"] == "cs"
    path = assistant / "data/human/cs.txt"
    before = path.read_bytes()
    operation = {"type": "add_requests", "language": "cs", "kind": "asks", "texts": [finding["text"]]}
    versions = (await trainer.ask("data"))["versions"]
    done = await trainer.ask(
        "edit", {"operation": operation, "versions": versions, "findings": [finding["id"]]}
    )
    assert done["did"] == {"type": "add_requests", "kind": "asks", "language": "cs", "count": 1}
    assert f"\n+ {finding['text']}\n" in path.read_text() and "602 111 222" not in finding["text"]
    assert (await trainer.ask("inbox"))["groups"] == []
    of = await trainer.ask("requests?language=cs")
    assert {"kind": "asks", "text": finding["text"]} in of["sentences"]
    await trainer.ask("edit", {"operation": operation}, status=409)
    await trainer.ask("undo", {"id": done["id"]})
    assert path.read_bytes() == before


async def test_what_was_wrongly_taken_for_a_request_is_found(workshop: House, trainer: Trainer) -> None:
    """The customer was transferred for what was said, and took it back at once; or was asked, and said no."""
    hasty, patient, asked = [await workshop.customer() for _ in range(3)]
    for customer, said in ((hasty, "I want to talk to a human"), (patient, "I want to talk to a person")):
        await customer.say(said)
        await customer.sees("handoff_requested")
    await hasty.done("withdraw", client_id=new_client_id())
    workshop.clock.move(seconds=TAKEN_BACK_S + 1)
    await patient.done("withdraw", client_id=new_client_id())
    workshop.scripted.answer = lambda turn: (
        plain_reply("Then not.", intent="deny")
        if turn.text == "no"
        else replace(plain_reply("Hm.", intent="request_human"), wants="intent")
    )
    await asked.say("is the agent nice")
    await asked.reads("Hm.")
    await asked.say("no")
    await asked.reads("Then not.")
    groups = (await trainer.ask("inbox?reason=heard_wrongly"))["groups"]
    texts = {one["text"] for group in groups for one in group["findings"]}
    assert texts == {"I want to talk to a human", "is the agent nice"}


async def test_requests_are_listed_by_language_and_nothing_else_is(trainer: Trainer) -> None:
    languages = (await trainer.ask("data"))["request_languages"]
    assert len(languages) == 25 and {"en", "de", "kn"} < set(languages)
    for language in ("", "xx", "../nlu/orders", "en.txt", "%00"):
        await trainer.ask(f"requests?language={language}", status=404)


async def test_what_the_server_hears_now_is_said_while_it_is_written(trainer: Trainer) -> None:
    asked = {"text": "I would like to talk to a human please", "language": "en"}
    heard = (await trainer.ask("check", asked))["heard"]
    assert heard["request"] == "transfer" and heard["chance"] > 0.5 and heard["distress"] is False
    asked = {"text": "where is my parcel", "language": "en"}
    assert (await trainer.ask("check", asked))["heard"]["request"] == "no"
    there = (await trainer.ask("requests?language=en"))["sentences"][40]
    near = (await trainer.ask("check", {"text": there["text"] + "!", "language": "en"}))["near"]
    assert there["kind"] in {one["kind"] for one in near}


async def test_two_trainers_teach_requests_at_once_and_a_stale_page_is_refused(
    workshop: House, trainer: Trainer, assistant: Path
) -> None:
    other = await Trainer.sign_in(workshop)
    versions = (await trainer.ask("data"))["versions"]

    def asks(kind: str, text: str) -> Json:
        return {"type": "add_requests", "language": "en", "kind": kind, "texts": [text]}

    said = [f"wish of the {word} kind" for word in "alder birch cedar durian elm fir".split()]
    await asyncio.gather(
        *(
            (trainer, other)[place % 2].ask("edit", {"operation": asks("asks", text)})
            for place, text in enumerate(said)
        )
    )
    text = (assistant / "data/human/en.txt").read_text()
    assert [text.count(f"+ {one}\n") for one in said] == [1] * len(said)
    late = {"operation": asks("distress", "the late one"), "versions": versions}
    refused = await trainer.ask("edit", late, status=409)
    [file] = refused["error"]["details"]["files"]
    assert file["path"] == "data/human/en.txt" and "+! the late one" in file["yours"]
    assert "++ wish of the alder kind" in file["theirs"]
    assert (assistant / "data/human/en.txt").read_text() == text


@pytest.mark.parametrize(
    "operation",
    [
        {"type": "add_requests", "language": "en", "kind": "+", "texts": ["x y"]},
        {"type": "add_requests", "language": "en", "kind": "asks", "texts": []},
        {"type": "add_requests", "language": "en", "kind": "asks", "texts": ["x y"] * 201},
        {"type": "add_requests", "language": "en", "kind": "asks", "texts": ["x" * 2_001]},
        {"type": "add_requests", "language": ["en"], "kind": "asks", "texts": ["x y"]},
        {"type": "add_requests", "language": "../../x", "kind": "asks", "texts": ["x y"]},
        {"type": "add_requests", "language": "en", "kind": "asks", "texts": ["x y"], "path": "config.yml"},
        {"type": "change_request", "language": "en", "text": "agent", "to": "\x00", "kind": "asks"},
        {"type": "remove_request", "language": "en\n", "text": "agent"},
    ],
)
async def test_bad_requests_are_refused_and_no_file_changes(
    trainer: Trainer, assistant: Path, operation: Json
) -> None:
    before = contents(assistant)
    await trainer.ask("edit", {"operation": operation}, status=400)
    assert contents(assistant) == before


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Weights for which the oracle is a person to talk to. From few sentences, so that it takes a moment only."""
    folder = tmp_path_factory.mktemp("human")
    lines = (ROOT / "data/human/en.txt").read_text(encoding="utf-8").split("\n")
    kept = [line for sign in "+-!" for line in [one for one in lines if one.startswith(sign)][:150]]
    mine = [f"+ {ask} the oracle" for ask in ("fetch", "bring me", "I want", "get", "call", "where is")]
    (folder / "en.txt").write_text("\n".join([*kept, *mine * 4]) + "\n", encoding="utf-8")
    return Ears(encoder()).learn(folder, b"")


def hears_too(house: House, run_id: str, weights: bytes, *, sha256: str | None = None) -> str:
    """The run has learned about requests for a person as well."""
    folder = house.data_dir / "trainer/runs" / run_id
    (folder / "candidate.weights").write_bytes(weights)
    state = json.loads((folder / "state.json").read_text())
    state["weights_sha256"] = sha256 or hashlib.sha256(weights).hexdigest()
    (folder / "state.json").write_text(json.dumps(state))
    return run_id


async def is_heard(house: House) -> bool:
    customer = await house.customer()
    await customer.say("bring me the oracle")
    records = await house.server.storage.events(customer.conversation_id)
    [read] = [one.payload for one in records if one.type == "message_read"]
    assert read is not None
    return bool(read["human_request"] == "transfer")


async def test_what_was_learned_about_requests_goes_in_service_and_back_with_the_model(
    workshop: House, trainer: Trainer, learned: bytes
) -> None:
    await trainer.ask("promote", {"id": passed_run(workshop, "run_one", b"1")})
    assert not await is_heard(workshop)
    two = hears_too(workshop, passed_run(workshop, "run_two", b"2"), learned)
    await trainer.ask("promote", {"id": two})
    assert await is_heard(workshop)
    await workshop.restart()
    trainer = await Trainer.sign_in(workshop)
    assert await is_heard(workshop)
    await trainer.ask(
        "promote", {"id": passed_run(workshop, "run_three", b"3")}
    )  # learned nothing about them
    assert await is_heard(workshop)
    await trainer.goes_back()
    assert await is_heard(workshop)
    await trainer.goes_back()
    assert not await is_heard(workshop)
    await workshop.restart()
    assert not await is_heard(workshop)


async def test_damaged_weights_or_a_model_that_does_not_load_change_nothing_that_is_heard(
    workshop: House, trainer: Trainer, rasa: ModelHost, learned: bytes
) -> None:
    await trainer.ask("promote", {"id": passed_run(workshop, "run_good", b"1")})
    bad = hears_too(workshop, passed_run(workshop, "run_bad", b"2"), learned, sha256="0" * 64)
    await trainer.ask("promote", {"id": bad}, status=409)
    strange = hears_too(workshop, passed_run(workshop, "run_strange", b"3"), b"{}\nno weights")
    await trainer.ask("promote", {"id": strange}, status=409)
    assert rasa.loads == ["run_good.tar.gz"]
    rasa.refuses = 400
    other = hears_too(workshop, passed_run(workshop, "run_other", b"4"), learned)
    await trainer.ask("promote", {"id": other}, status=409)
    assert not await is_heard(workshop)
    assert (await trainer.ask("overview"))["in_service"]["name"] == "run_good.tar.gz"


async def test_weights_of_another_detector_or_damaged_on_disk_leave_the_packaged_ones(
    workshop: House, trainer: Trainer, learned: bytes
) -> None:
    """After an update of the product, or on a bad disk, people are heard all the same."""
    await trainer.ask("promote", {"id": hears_too(workshop, passed_run(workshop, "run_one", b"1"), learned)})
    pointer = workshop.data_dir / "trainer/in_service.json"
    kept = json.loads(pointer.read_text())
    for changed in ({"code": "of another time"}, {"sha256": "0" * 64}, {"name": "gone.weights"}):
        pointer.write_text(json.dumps(kept | {"weights": kept["weights"] | changed}))
        await workshop.restart()
        assert not await is_heard(workshop)
    pointer.write_text(json.dumps({"model": kept["model"], "sha256": kept["sha256"], "note": None}))
    await workshop.restart()  # as it was written before there were weights
    assert not await is_heard(workshop)
    await (await Trainer.sign_in(workshop)).teach("review", "one more way to review")
    assert json.loads(pointer.read_text())["weights"]["name"].startswith("packaged_")


async def test_make_reload_brings_the_packaged_weights_back(
    workshop: House, trainer: Trainer, learned: bytes
) -> None:
    await trainer.ask("promote", {"id": hears_too(workshop, passed_run(workshop, "run_one", b"1"), learned)})
    assert await is_heard(workshop)
    (workshop.data_dir / "trainer/in_service.json").unlink()
    connector = aiohttp.UnixConnector(str(control_path(workshop.data_dir)))
    async with aiohttp.ClientSession(connector=connector) as http:
        for moment in ("begins", "ends"):
            async with http.post("http://localhost/api/control/bot", json={"restart": moment}) as response:
                assert response.status == 200
    assert not await is_heard(workshop)


# --- goals and stories ---


async def test_three_goals_at_most_and_they_end(trainer: Trainer) -> None:
    for number in range(3):
        await trainer.ask("goal", {"title": f"less of {number}", "intent": "track_order"})
    await trainer.ask("goal", {"title": "a fourth", "intent": "track_order"}, status=409)
    goals = (await trainer.ask("measures"))["goals"]
    assert [one["days_left"] for one in goals] == [30] * 3
    await trainer.ask("goal_done", {"id": goals[0]["id"]})
    await trainer.ask("goal", {"title": "a fourth", "intent": "track_order"})


async def test_a_conversation_becomes_a_story(workshop: House, trainer: Trainer, assistant: Path) -> None:
    def answers(turn: BotTurn) -> BotReply:
        reply = plain_reply("Four ways.", intent="check_payment_methods")
        return BotReply(
            **{name: getattr(reply, name) for name in reply.__slots__ if name not in ("actions", "ranking")},
            actions=("utter_check_payment_methods",),
            ranking=(Score(name="check_payment_methods", confidence=0.9),),
        )

    workshop.scripted.answer = answers
    customer = await workshop.customer()
    await customer.say("how may I pay for [10023]?")
    await customer.reads("Four ways.")
    given = await trainer.ask("course", {"conversation_id": customer.conversation_id, "kind": "test story"})
    assert "how may I pay for 00000?" in given["yaml"]
    operation = {"type": "put_course", "path": "tests/bot/test_stories.yml", "yaml": given["yaml"]}
    preview = await trainer.ask("preview", {"operation": operation})
    assert preview["problems"] == [] and [one["path"] for one in preview["files"]] == [
        "tests/bot/test_stories.yml"
    ]
    await trainer.ask("edit", {"operation": operation})
    assert given["yaml"].splitlines()[0] in (assistant / "tests/bot/test_stories.yml").read_text()


async def test_what_is_nearly_the_same_is_said_while_it_is_written(trainer: Trainer) -> None:
    found = await trainer.ask("check", {"text": "how do you deliver big thing"})
    assert found["near"][0]["intent"] == "delivery_options"
    assert found["ranking"] == [{"intent": "track_order", "confidence": 0.7}]
    assert (await trainer.ask("check", {"text": "/restart"}))["text"] is None


async def test_who_asks_too_much_at_once_waits_and_others_do_not(
    monkeypatch: pytest.MonkeyPatch, open_house: OpenHouse, assistant: Path
) -> None:
    monkeypatch.setattr("handoff.http.trainer.BURST", 4)
    monkeypatch.setattr("handoff.http.trainer.PER_SECOND", 0.001)
    house = await open_house(assistant_dir=str(assistant))
    trainer = await Trainer.sign_in(house)
    for _ in range(4):
        await trainer.ask("history")
    refused = await trainer.ask("edit", {}, status=429)
    assert refused["error"]["code"] == "rate_limited" and refused["error"]["retry_after_s"] > 1
    await (await Trainer.sign_in(house, "agent1")).ask("overview", status=403)
