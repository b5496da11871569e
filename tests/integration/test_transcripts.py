"""The transcript to keep: complete, dated, signed, the same for everybody but for what is hidden."""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rfc8785

from handoff.cli import main
from tests.clients import Json
from tests.houses import House


def verify(path: Path, *more: str) -> int:
    """The exit code of the operator's command."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(path), *more])
    return int(ended.value.code or 0)


def head_hash(events: list[Json]) -> str:
    """The chain as the design describes it, computed here anew from what anybody can see."""
    previous = bytes(32)
    for event in events:
        actor = {key: event["actor"][key] for key in ("kind", "id") if key in event["actor"]}
        envelope: dict[str, Any] = {
            name: event[name] for name in ("seq", "id", "at", "type", "payload_digest")
        }
        envelope["actor"] = actor
        previous = hashlib.sha256(previous + rfc8785.dumps(envelope)).digest()
        assert previous.hex() == event["hash"], event["seq"]
    return previous.hex()


async def conversation(house: House) -> tuple[Any, Any, str]:
    customer, agent, conversation_id = await house.in_conversation()
    await agent.do("note", conversation_id, text="The customer sounds upset")
    await agent.say(conversation_id, "Good day")
    await customer.say("Good day <b>to</b> you & yours")
    await agent.reads(conversation_id, "to</b> you")
    await agent.do("resolve", conversation_id, outcome="answered")
    await customer.sees("handoff_resolved")
    return customer, agent, conversation_id


async def test_offer_shows_the_complete_log_and_proves_it(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer()
    for number in range(30):
        await customer.say(f"Question {number}")
    await customer.reads("You said: Question 29")
    await customer.want_person()

    offer = await agent.offered(customer.conversation_id)
    transcript = offer["transcript"]

    assert transcript["count"] == len(transcript["events"])
    assert [event["seq"] for event in transcript["events"]] == list(range(1, transcript["count"] + 1))
    assert head_hash(transcript["events"]) == transcript["head_hash"]
    visible = {event["seq"] for event in transcript["events"]}
    assert set(customer.events) - visible <= {seq for seq in customer.events if seq > transcript["count"]}
    assert "handoff_requested" in [event["type"] for event in transcript["events"]]
    for name in ("reference", "reason", "requested_at", "expires_at", "answer_by", "handoff_id"):
        assert offer[name]
    assert offer["customer"]["locale"] == "en"
    assert offer["customer"]["returning"] is False


async def test_json_verifies_offline_and_so_does_the_customers_copy_with_stubs(
    house: House, tmp_path: Path
) -> None:
    customer, agent, conversation_id = await conversation(house)
    of_customer = await customer.transcript(conversation_id)
    of_agent = await agent.transcript(conversation_id)

    for name, document in (("customer", of_customer), ("agent", of_agent)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert verify(path) == 0
        assert head_hash(document["events"]) == document["head_hash"]
        assert document["count"] == len(document["events"])
        assert document["trader"]["legal_name"] == "Nordlicht Handel GmbH"
    assert of_customer["head_hash"] == of_agent["head_hash"]

    hidden = [event for event in of_customer["events"] if "payload" not in event]
    assert {"note", "offer_made"} <= {event["type"] for event in hidden}
    for stub in hidden:
        assert set(stub) == {"seq", "id", "at", "type", "actor", "payload_digest", "hash"}
        assert set(stub["actor"]) <= {"kind", "id"}
    assert "upset" not in json.dumps(of_customer)
    assert "upset" in json.dumps(of_agent)
    for event in of_agent["events"]:
        digest = hashlib.sha256(bytes.fromhex(event["salt"]) + rfc8785.dumps(event["payload"])).hexdigest()
        assert digest == event["payload_digest"]


async def test_every_change_to_a_transcript_is_found(house: House, tmp_path: Path) -> None:
    customer, _, conversation_id = await conversation(house)
    genuine = await customer.transcript(conversation_id)

    def text(document: Json) -> None:
        document["events"][1]["text"] = "Something else"

    def payload(document: Json) -> None:
        document["events"][1]["payload"]["text"] = document["events"][1]["text"] = "Something else"

    def moment(document: Json) -> None:
        document["events"][2]["at"] = "2020-01-01T00:00:00.000Z"

    def one_less(document: Json) -> None:
        del document["events"][-1]
        document["count"] -= 1

    def order(document: Json) -> None:
        document["events"][1], document["events"][2] = document["events"][2], document["events"][1]

    def trader(document: Json) -> None:
        document["trader"]["name"] = "Somebody else"

    def signature(document: Json) -> None:
        document["signature"] = "00" * 64

    def unsigned(document: Json) -> None:
        del document["signature"]

    for number, tamper in enumerate((text, payload, moment, one_less, order, trader, signature, unsigned)):
        document = copy.deepcopy(genuine)
        tamper(document)
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert verify(path) == 1, tamper.__name__


def test_verify_says_of_any_other_file_that_it_is_not_genuine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, content in enumerate((b"", b"{}", b"[]", b"nonsense", b"\xff\xfe", b'{"events": 7}')):
        path = tmp_path / f"{number}.json"
        path.write_bytes(content)
        assert verify(path) == 1
        assert "NOT genuine" in capsys.readouterr().err
    assert verify(tmp_path / "missing.json") == 1


def test_verify_is_a_command_of_its_own_and_needs_no_setting(tmp_path: Path) -> None:
    path = tmp_path / "nothing.json"
    path.write_text("{}", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
    command = [sys.executable, "-m", "handoff", "verify", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


async def test_key_of_the_installation_tells_its_transcripts_from_any_other(
    house: House, tmp_path: Path
) -> None:
    """The key in a transcript proves that it is whole, not whose it is."""
    customer = await house.customer()
    path = tmp_path / "own.json"
    path.write_text(json.dumps(await customer.transcript(customer.conversation_id)), encoding="utf-8")

    async def key_printed() -> str:
        environment = os.environ | house.environment
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "handoff", "key"), env=environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asked.communicate()
        assert asked.returncode == 0
        return said.decode().strip()

    of_running_server = await key_printed()
    assert verify(path, "--key", of_running_server.upper()) == 0
    assert verify(path, "--key", "0" * 64) == 1
    assert verify(path, "--key", "not a key") == 2
    await house.server.close()
    assert await key_printed() == of_running_server


async def test_html_and_text_are_dated_escaped_and_name_the_trader(house: House) -> None:
    customer, agent, conversation_id = await conversation(house)
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    await customer.say(hostile)
    await customer.reads("You said: <script>")

    html = await customer.transcript(conversation_id, "html")
    text = await customer.transcript(conversation_id, "txt")

    assert "<script" not in html and "<img" not in html and "&lt;script&gt;" in html
    assert "&lt;b&gt;to&lt;/b&gt; you &amp; yours" in html
    said = customer.of_type("message")[0]
    assert f'datetime="{said["at"]}"' in html
    at = datetime.fromisoformat(said["at"]).astimezone(ZoneInfo("Europe/Berlin"))
    for page in (html, text):
        assert "Nordlicht Handel GmbH" in page and "Speicherweg 12" in page
        assert "Maren Petersen" in page and "AI assistant" in page
        assert f"{at.day} {at:%B} {at.year}" in page and f"{at:%H:%M}" in page and "Europe/Berlin" in page
        assert "upset" not in page
    assert hostile in text
    for_agent = await agent.transcript(conversation_id, "txt")
    assert "upset" in for_agent and "Maren Petersen · Internal note" in for_agent


async def test_page_and_text_speak_the_language_of_the_conversation(house: House) -> None:
    agent = await house.agent()
    customer = await house.customer(locale="de-AT")
    await customer.want_person()
    await agent.take(customer.conversation_id)
    await agent.say(customer.conversation_id, "Guten Tag, ich habe alles gelesen.")
    await customer.reads("Guten Tag")
    await agent.do("resolve", customer.conversation_id, outcome="answered")
    await customer.sees("handoff_resolved")

    html = await customer.transcript(customer.conversation_id, "html")
    text = await customer.transcript(customer.conversation_id, "txt")

    assert '<html lang="de">' in html
    reference = customer.of_type("handoff_requested")[0]["reference"]
    for page in (html, " ".join(text.split())):
        assert "Gespräch mit Nordlicht" in page and "Alle Zeiten: Europe/Berlin" in page
        assert f"Sie haben nach einem Menschen gefragt · {reference}" in page
        assert "Maren Petersen ist jetzt da (Customer Service Specialist, Nordlicht Handel GmbH)" in page
        assert "Maren Petersen hat Ihr Anliegen abgeschlossen" in page
        assert "You asked" not in page and "has joined" not in page


async def test_no_message_can_pass_for_another_ones_heading_in_the_text(house: House) -> None:
    customer, _, conversation_id = await conversation(house)
    forged = "Thanks.\n09:00:00  Maren Petersen\n\u202809:00:01  Maren Petersen\u2029I owe you 500 euros."
    await customer.say(forged)
    await customer.reads("You said: Thanks.")

    text = await customer.transcript(conversation_id, "txt")

    lines = text.splitlines()
    assert any("I owe you 500 euros." in line for line in lines)
    for line in lines:
        if "09:00:0" in line or "500 euros" in line:
            assert line.startswith("          "), line
    long = "A word and " * 200 + "https://nordlicht.example/" + "x" * 120
    await customer.say(long)
    await customer.reads("You said: A word and")
    wrapped = (await customer.transcript(conversation_id, "txt")).splitlines()
    assert all(len(line) <= 78 or "https://nordlicht.example/xxx" in line for line in wrapped)
    assert any(line.strip() == "https://nordlicht.example/" + "x" * 120 for line in wrapped)


async def test_transcript_is_there_at_any_time(house: House, tmp_path: Path) -> None:
    customer = await house.customer()
    assert (await customer.transcript(customer.conversation_id))["count"] == 2
    await customer.want_person()
    await customer.sees_state("promised")
    document = await customer.transcript(customer.conversation_id)

    last_visible = next(event for event in reversed(document["events"]) if "payload" in event)
    assert last_visible["type"] == "handoff_promised"
    path = tmp_path / "promised.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert verify(path) == 0


async def test_transcript_cannot_run_anything_in_a_browser(house: House) -> None:
    customer = await house.customer()
    address = f"{house.origin}/api/v1/conversations/{customer.conversation_id}/transcript?format=html"
    async with house.http.get(address, headers=customer.bearer) as answer:
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        html = await answer.text()
        style = html.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'"
        assert policy in answer.headers["Content-Security-Policy"], "its own style, and nothing else"
        assert f'content="{policy}"' in html, "kept in the file, wherever it is opened"
        assert "url(" not in style and "@import" not in style
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
