"""`kill -9` of a real server while a trainer edits and puts models in service.

Afterwards files fit together, one model is in service that is whole and that Rasa has, nothing that was acknowledged is
forgotten, and customers are answered.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from handoff.demo.accounts import DEMO_PASSWORD
from handoff.hearing import Ears
from handoff.trainer.dataset import FOLDERS_AND_FILES, read
from handoff.trainer.files import Files, digest
from tests.clients import Customer, Json
from tests.fake_rasa import KEY, FakeRasa
from tests.faults.server import ROOT, ServerProcess

MOMENTS = ("at any moment", "loading", "loaded", "at any moment", "loaded", "loading", "at any moment")
PATIENCE_S = 60.0
WEIGHTS = Ears().packaged()
WORDS = "amber birch cobalt dune ember fjord glade heath inlet jetty".split()


class RasaWithModels(FakeRasa):
    """`dies` is called while it loads a model, or when it has: then the server hears no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.model = "first.tar.gz"
        self.swapped = asyncio.Event()
        self.dies: dict[str, Any] = {}

    def routes(self) -> list[web.RouteDef]:
        return [*super().routes(), web.get("/status", self._status), web.put("/model", self._put)]

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"model_file": self.model})

    async def _put(self, request: web.Request) -> web.Response:
        path = Path((await request.json())["model_file"])
        if (die := self.dies.pop("loading", None)) is not None:
            die()
            return web.Response(status=500)
        assert await asyncio.to_thread(path.is_file)
        self.model = path.name
        self.swapped.set()
        if (die := self.dies.pop("loaded", None)) is not None:
            die()
        return web.Response(status=204)


class Desk:
    """What the trainer did and was told, and what has to be found of it after each death."""

    def __init__(self, folder: Path, rasa: RasaWithModels) -> None:
        self.assistant = folder / "assistant"
        for place in FOLDERS_AND_FILES:
            for path in ROOT.glob(place):
                target = self.assistant / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        self.rasa = rasa
        self.own = folder / "data/trainer"
        self.said: list[str] = []
        self.promoted: list[str] = []
        self.has_promoted = asyncio.Event()
        self._runs = 0

    def passed_run(self) -> str:
        self._runs += 1
        run_id = f"run_{self._runs:03}"
        folder = self.own / "runs" / run_id
        folder.mkdir(parents=True)
        content = f"model {self._runs}".encode() * 50_000
        (folder / "candidate.tar.gz").write_bytes(content)
        (folder / "candidate.weights").write_bytes(WEIGHTS)
        state = {
            "id": run_id, "status": "passed", "step": "compare", "done": [], "message": "", "edits": 0,
            "by": {"id": "ag_x", "name": "X"}, "at": "2026-01-01T00:00:00.000Z",
            "sha256": hashlib.sha256(content).hexdigest(),
            "weights_sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        }  # fmt: skip
        (folder / "state.json").write_text(json.dumps(state))
        return run_id

    async def works(self, server: ServerProcess, http: aiohttp.ClientSession) -> None:
        """Edits and promotes by turns, until the server is gone."""
        body = {"email": "trainer@demo.example", "password": DEMO_PASSWORD}
        async with http.post(f"{server.origin}/api/v1/agent/sessions", json=body) as response:
            headers = {"Authorization": f"Bearer {(await response.json())['token']}"}

        async def act(name: str, given: Json) -> None:
            address = f"{server.origin}/api/v1/trainer/{name}"
            async with http.post(address, json=given, headers=headers) as answer:
                assert answer.status == 200, await answer.text()

        while True:
            for _ in range(3):
                number = len(list(self.own.glob("texts/*"))) + len(self.said)
                said = " ".join(WORDS[int(digit)] for digit in str(number))
                sentence: Json = {"language": "en", "texts": [said]}
                if number % 2:
                    sentence |= {"type": "add_sentences", "intent": "review"}
                else:
                    sentence |= {"type": "add_requests", "kind": "asks"}
                await act("edit", {"operation": sentence})
                self.said.append(said)
            run_id = self.passed_run()
            await act("promote", {"id": run_id})
            self.promoted.append(f"{run_id}.tar.gz")
            self.has_promoted.set()

    async def audit(self) -> None:
        """Once the server has started again."""
        texts = Files(self.assistant, self.own).read()
        dataset = read(texts)
        assert dataset.broken == {}
        there = [one.text for one in [*dataset.sentences, *dataset.requests]]
        assert [one for one in self.said if there.count(one) != 1] == []
        assert not (self.own / "pending.json").exists()
        assert list(self.assistant.rglob("*.new")) == []
        if not (self.own / "journal.jsonl").exists():
            assert self.said == [] == self.promoted
            return
        entries = [json.loads(line) for line in (self.own / "journal.jsonl").read_text().splitlines()]
        now: dict[str, str] = {}
        for one in entries:
            for file in one.get("files", []):
                assert now.get(file["path"], file["before"]) == file["before"]
                now[file["path"]] = file["after"]
        assert {path: digest(texts[path]) for path in now} == now
        models = [one["model"]["name"] for one in entries if one["kind"] == "promoted"]
        assert [one for one in self.promoted if one not in models] == []
        if not models:
            return
        pointer = json.loads((self.own / "in_service.json").read_text())
        assert pointer["model"] == models[-1]
        content = (self.own / "models" / pointer["model"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == pointer["sha256"]
        assert (self.own / "models" / pointer["weights"]["name"]).read_bytes() == WEIGHTS
        async with asyncio.timeout(PATIENCE_S):
            while self.rasa.model != pointer["model"]:
                self.rasa.swapped.clear()
                await self.rasa.swapped.wait()


@pytest.mark.timeout(600)
async def test_a_server_that_is_killed_while_trainers_work_is_consistent_each_time(tmp_path: Path) -> None:
    rasa = RasaWithModels()
    await rasa.start()
    desk = Desk(tmp_path, rasa)
    address = f"http://127.0.0.1:{rasa.port}"
    server = ServerProcess(
        tmp_path / "data",
        tmp_path / "log",
        {
            "HANDOFF_BOT_URL": address,
            "HANDOFF_ACTIONS_URL": address,
            "HANDOFF_BOT_KEY": KEY,
            "HANDOFF_ASSISTANT_DIR": str(desk.assistant),
        },
    )
    draw = random.Random(29)
    try:
        async with aiohttp.ClientSession() as http:
            for round_, moment in enumerate(MOMENTS, 1):
                await server.start()
                working = asyncio.create_task(desk.works(server, http))
                if round_ == len(
                    MOMENTS
                ):  # however busy the machine is: one model at least was put in service
                    await asyncio.wait_for(desk.has_promoted.wait(), PATIENCE_S)
                if moment == "at any moment":
                    await asyncio.wait({working}, timeout=draw.uniform(0.5, 4.0))
                    server.kill()
                else:
                    rasa.dies[moment] = server.kill
                with suppress(aiohttp.ClientError):
                    await asyncio.wait_for(working, PATIENCE_S)
                await server.start()
                await desk.audit()
                customer = await Customer.begin(server.origin, http, locale="en")
                await customer.connect()
                await customer.say("is anybody answering")
                await customer.reads("From Rasa: is anybody answering")
                await customer.hang_up()
                server.kill()
    finally:
        server.stop()
        await rasa.stop()
    assert len(desk.said) > len(MOMENTS) and desk.promoted
