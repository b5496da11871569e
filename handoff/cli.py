"""The operator's command line. Prints for people; exits with 0, 1 (it did not work) or 2 (wrong settings or usage)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from handoff.app import Server, control_path, database_path, desk_path
from handoff.canary.journey import Route, walk
from handoff.detector.encoder import PackagedEncoder
from handoff.domain.errors import DomainError
from handoff.hearing import Ears
from handoff.logs import set_up_logs
from handoff.notices.channels import channel_names
from handoff.service.accounts import NewAccount
from handoff.service.audit import audit
from handoff.service.canary import Outcome
from handoff.service.desk_config import DeskFileError, load_desk_config
from handoff.service.desk_rules import ladder_lines, route_lines, skills_nobody_has
from handoff.service.ledger import row_overdue_since
from handoff.service.ledger_text import in_order, json_line, people_line, summary
from handoff.service.notices import NOT_SET_UP, NOTICES_LISTED_MAX, listed
from handoff.service.ports import LedgerRow, Notice, StorageUnavailable, StorageUnusable
from handoff.service.transcripts import NotGenuine, verify_transcript
from handoff.service.world import SystemClock
from handoff.settings import Settings, SettingsError, read_settings, rows
from handoff.storage.sqlite import SqliteStorage
from handoff.trainer.dataset import read
from handoff.trainer.files import Files
from handoff.trainer.problems import problems
from handoff.trainer.run_process import Run

PROJECT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> None:
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        sys.exit(asked.run(asked))
    except SettingsError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except DeskFileError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except StorageUnusable as error:  # trying again would not help: as wrong settings
        print(error, file=sys.stderr)
        sys.exit(2)
    except (DomainError, StorageUnavailable, OSError) as error:
        print(getattr(error, "message", None) or error, file=sys.stderr)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m handoff", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    command("serve", _serve, "run the handoff server")
    command("settings", _settings, "print each setting with value, unit, default and origin")
    command("check", _check, "look at configuration and storage, and say what is wrong")
    command("reload", _reload, "put the desk file in force, as it is now, in the running server")
    command("migrate", _migrate, "bring the storage to this version")
    ledger = command("ledger", _ledger, "account for every handoff ever acknowledged, overdue ones first")
    ledger.add_argument("--open", action="store_true", help="only those that are owed")
    ledger.add_argument("--overdue", action="store_true", help="only those that are overdue")
    ledger.add_argument("--json", action="store_true", help="one JSON object a line; the summary on stderr")
    notices = command("notices", _notices, "list the notices that go outside the console, and how they fare")
    notices.add_argument("--all", action="store_true", help="those that got through, too")
    notices.add_argument("--json", action="store_true", help="one JSON object a line")
    notices.add_argument("--test", action="store_true", help="send one now, to see whether it gets through")
    canary = command("canary", _canary, "send a pretend customer through the running product")
    canary.add_argument("--origin", help="address to go through, a proxy's say; else the server's own")
    canary.add_argument("--json", action="store_true", help="the outcome as one JSON object")
    verify = command("verify", _verify, "check a signed transcript, offline")
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "--key", type=_key_in_hex, help="the key it has to be signed with, as `key` prints it"
    )
    command("key", _key, "print the public key with which this installation signs transcripts")
    command("backup", _backup, "copy the storage while the server runs").add_argument("file", type=Path)
    command("restore", _restore, "put a backup in the place of the storage").add_argument("file", type=Path)
    simulation = command(
        "simulate", _simulate, "the whole server on virtual time, with faults drawn from a seed"
    )
    simulation.add_argument("--seed", type=int, default=1, help="any number; the same one gives the same run")
    amount = simulation.add_mutually_exclusive_group()
    amount.add_argument("--handoffs", type=int, help="until so many were asked for (default: 300)")
    amount.add_argument("--hours", type=float, help="so many hours of virtual time")
    simulation.add_argument("--first", action="store_true", help="stop at the first violation")
    simulation.add_argument("--world", help="one world of a run again, with its last steps")
    simulation.add_argument(
        "--workers", type=int, help="processes at a time (default: one a processor); the result is the same"
    )
    checking = command(
        "trainer-check", _trainer_check, "what is wrong with the assistant's data, or looks so"
    )
    checking.add_argument("folder", type=Path, nargs="?", default=PROJECT)
    training = command("trainer-run", _trainer_run, "carry out a training run that the trainer's page began")
    training.add_argument("folder", type=Path)
    agent = commands.add_parser("agent", help="people of the desk").add_subparsers(
        required=True, metavar="add|list|disable"
    )
    add = agent.add_parser("add", help="add a person; prints a one-time link to set the password")
    for name, about in (
        ("--email", "sign-in address"),
        ("--name", "full name, as customers see it"),
        ("--role", "job title, as customers see it"),
        ("--employer", "who employs them"),
    ):
        add.add_argument(name, required=True, help=about)
    add.add_argument("--access", required=True, help="agent[,supervisor,trainer,admin]")
    add.add_argument("--team", action="append", default=[], help="key of a team; may be given again")
    add.add_argument("--language", action="append", default=[], help="such as en; may be given again")
    add.add_argument(
        "--skill", action="append", default=[], help="that a route of the desk asks for; may be given again"
    )
    add.set_defaults(run=_agent_add)
    agent.add_parser("list", help="everybody with an account").set_defaults(run=_agent_list)
    disable = agent.add_parser("disable", help="end an account, with its sessions")
    disable.add_argument("who", help="e-mail address or id")
    disable.set_defaults(run=_agent_disable)
    return parser


def _read() -> Settings:
    return read_settings(os.environ)


# --- training ---


def _trainer_run(asked: Any) -> int:
    server = _read().server
    vectors = server.vectors_dir or asked.folder.parent.parent
    encoder = PackagedEncoder(threads=os.cpu_count() or 1)
    ears = Ears(encoder, second_voice=server.second_voice, vectors=vectors)
    Run(asked.folder, PROJECT, PROJECT / ".env-bot/bin/python", ears).carry_out()
    return 0


def _trainer_check(asked: Any) -> int:
    found = problems(read(Files(asked.folder, asked.folder).read()))
    for one in found:
        print(f"{one.severity}: {one.text}")
    return 1 if any(one.severity == "error" for one in found) else 0


# --- serving --------------------------------------------------------------------------------------------


# The thread that writes asks for the interpreter again after each row. With Python's own 5 ms a busy event loop lets it
# wait that long every time, and everybody waits for the commit.
SWITCH_INTERVAL_S = 0.001
# Messages leave next to no reference cycles behind, so Python's search for them comes seldom: each of its full searches
# held everybody up for a tenth of a second with 500 conversations. What is there after the start is never searched. The
# small searches are of few objects: one of ten thousand took seven milliseconds, longer than most offers take in all.
COLLECT_AFTER = (2_000, 100, 20)


def _serve(_asked: Any) -> int:
    settings = _read()
    set_up_logs(settings.server.log_level)
    for name in settings.unknown:
        logging.getLogger(__name__).warning("not a setting", extra={"setting": name})
    server = Server(settings)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return asyncio.run(_until_stopped(server))


async def _until_stopped(server: Server) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        if not await _started(server, stop):
            return 0
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        _show(f"Serving people at {server.origin}")
        return await _first_of(stop, server.committer.diverged)
    finally:
        await server.close()


def _show(line: str) -> None:
    """On a disk that is full people are served all the same."""
    try:
        print(line, flush=True)
    except OSError:
        _leave_output()


async def _started(server: Server, stop: asyncio.Event) -> bool:
    """False when somebody stopped it first: a server that waits for its storage may wait for long."""
    starting = asyncio.ensure_future(server.start())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not starting.done():
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        return False
    starting.result()
    return True


async def _first_of(stop: asyncio.Event, diverged: asyncio.Event) -> int:
    """0 when somebody stopped it; 1 when it has to start anew, which the supervisor sees to."""
    waits = [asyncio.ensure_future(one.wait()) for one in (stop, diverged)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    if diverged.is_set():
        logging.getLogger(__name__).critical("storage and desk differ: this server has to start anew")
    return 1 if diverged.is_set() else 0


# --- looking --------------------------------------------------------------------------------------------


def _settings(_asked: Any) -> int:
    settings = _read()
    for row in rows(settings):
        value = row.value or "-"
        default = row.default or "-"
        print(f"{row.name}={value}  [{row.unit}; default {default}; {row.origin}]  {row.why}")
    for name in settings.unknown:
        print(f"{name} is set, but it is not a setting", file=sys.stderr)
    return 0


def _check(_asked: Any) -> int:
    settings = _read()
    config = load_desk_config(desk_path(settings))
    print(
        f"settings: ok; desk of {config.trader.name}, {len(config.sites)} site(s), {len(config.teams)} team(s)"
    )

    desk_rules = config.rules(settings.policy)
    _print_rules(ladder_lines(desk_rules), route_lines(desk_rules))

    print(f"notices: {_ways_out(settings)}")

    async def look() -> int:
        storage = SqliteStorage(database_path(settings), read_only=True)
        await storage.open()
        try:
            figures = await storage.notice_figures()
            facts = await storage.check()
            problems = await storage.integrity()
            problems += [problem async for problem in audit(storage)]
            people = (await storage.live_state()).agents
        finally:
            await storage.close()
        have = [skill for agent in people if not agent.disabled for skill in agent.skills]
        for skill in skills_nobody_has(desk_rules, have):
            print(f"routes: nobody has the skill {skill!r}; whoever needs it waits until everybody is asked")
        if figures.failed:
            print(
                f"notices: {figures.failed} failed, are tried again: {figures.latest_failure}",
                file=sys.stderr,
            )
        print(f"storage: {json.dumps(facts)}")
        for problem in problems:
            print(f"storage: {problem}", file=sys.stderr)
        if not problems:
            print("storage: every log is whole, and every state is what its log says")
        return 1 if problems else 0

    if not database_path(settings).exists():
        print("storage: none yet; the first start makes it")
        return 0
    return asyncio.run(look())


def _print_rules(ladder: list[str], routes: list[str]) -> None:
    for what, lines in (("ladder", ladder), ("routes", routes)):
        print(f"{what}:")
        for line in lines:
            print(f"  {line}")


def _reload(_asked: Any) -> int:
    async def ask(session: aiohttp.ClientSession) -> Any:
        async with session.post("/api/control/reload") as response:
            return await _answer(response)

    try:
        found = asyncio.run(_ask_running(_read(), ask))
    except _NoServer:
        print("No server runs on this data; the desk file is read when one starts.", file=sys.stderr)
        return 1
    print("The desk file is in force; times that customers were given stand.")
    _print_rules(found["ladder"], found["routes"])
    return 0


def _ledger(asked: Any) -> int:
    settings = _read()

    async def read() -> list[LedgerRow]:
        storage = SqliteStorage(database_path(settings), read_only=True)
        await storage.open()
        try:
            return await storage.ledger(live=asked.open or asked.overdue)
        finally:
            await storage.close()

    rows = asyncio.run(read()) if database_path(settings).exists() else []
    now = SystemClock().now()
    rows = in_order((row for row in rows if not asked.overdue or row_overdue_since(row, now)), now)
    to_text = json_line if asked.json else people_line
    try:
        for row in rows:
            print(to_text(row, now))
        print(summary(rows, now), file=sys.stderr if asked.json else sys.stdout, flush=True)
    except BrokenPipeError:  # whoever reads it has seen enough, as `head` has
        _leave_output()
    return 0


def _leave_output() -> None:
    """What could not be written is dropped, and so is what comes: else the end of the process fails for it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _notices(asked: Any) -> int:
    settings = _read()
    if asked.test:
        return _notices_test(settings)

    async def read() -> list[Notice]:
        storage = SqliteStorage(database_path(settings), read_only=True)
        await storage.open()
        try:
            return await storage.notices(delivered=asked.all, limit=NOTICES_LISTED_MAX)
        finally:
            await storage.close()

    now = SystemClock().now()
    for notice in asyncio.run(read()):
        row = listed(notice, now)
        if asked.json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            print("  ".join(f"{key}={value}" for key, value in row.items() if value is not None))
    if not asked.json:
        print(_ways_out(settings))
    return 0


def _notices_test(settings: Settings) -> int:
    async def ask(session: aiohttp.ClientSession) -> Any:
        async with session.post("/api/control/notices/test") as response:
            return await _answer(response)

    async def here(server: Server) -> Any:
        return await server.notices.ask_for_test()

    asyncio.run(_with_server(settings, ask, here))
    print("a notice was asked for; `notices --all` shows whether it got through")
    return 0


def _ways_out(settings: Settings) -> str:
    """Which ways notices go outside, or that there are none. Raises `SettingsError`."""
    names = channel_names(settings, load_desk_config(desk_path(settings)))
    return f"notices go out by {' and '.join(names)}" if names else NOT_SET_UP


def _verify(asked: Any) -> int:
    try:
        document = json.loads(asked.file.read_text(encoding="utf-8"))
        count = verify_transcript(document, signed_by=asked.key)
    except (ValueError, NotGenuine) as error:
        print(f"{asked.file}: NOT genuine: {error}", file=sys.stderr)
        return 1
    print(f"{asked.file}: genuine; {count} events, complete and unchanged")
    print(f"signed with the key {document['public_key']}")
    return 0


def _key_in_hex(text: str) -> str:
    if re.fullmatch("[0-9a-fA-F]{64}", text) is None:
        raise argparse.ArgumentTypeError("a key has 64 hexadecimal digits")
    return text.lower()


def _key(_asked: Any) -> int:
    async def ask(session: aiohttp.ClientSession) -> Any:
        async with session.get("/api/control/key") as response:
            return (await _answer(response))["public_key"]

    async def here(server: Server) -> Any:
        return (await server.transcript_key()).public_key().public_bytes_raw().hex()

    print(asyncio.run(_with_server(_read(), ask, here)))
    return 0


def _simulate(asked: Any) -> int:
    from handoff.simulation.command import HANDOFFS_IN_A_WORLD, run

    handoffs = asked.handoffs if asked.handoffs or asked.hours else HANDOFFS_IN_A_WORLD
    workers = max(1, asked.workers or len(os.sched_getaffinity(0)))
    return run(asked.seed, handoffs, asked.hours, asked.world, first=asked.first, workers=workers)


def _canary(asked: Any) -> int:
    settings = _read()

    async def send(session: aiohttp.ClientSession) -> Outcome:
        async with session.post("/api/control/canary") as response:
            begun = await _answer(response)
        route = Route(
            origin=(asked.origin or begun["origin"]).rstrip("/"),
            conversation_id=begun["conversation_id"],
            customer_token=begun["customer_token"],
            agent_token=begun["agent_token"],
        )
        outcome = await walk(route, timeout_s=begun["timeout_s"])
        steps = [{"name": step.name, "seconds": step.seconds} for step in outcome.steps]
        body = {"run_id": begun["run_id"], "steps": steps, "failure": outcome.failure}
        async with session.post("/api/control/canary/end", json=body) as response:
            await _answer(response)
        return outcome

    try:
        outcome = asyncio.run(_ask_running(settings, send))
    except _NoServer:
        print("No server runs on this data folder.", file=sys.stderr)
        return 1
    if asked.json:
        steps = {step.name: round(step.seconds, 4) for step in outcome.steps}
        print(json.dumps({"ok": outcome.ok, "steps": steps, "failure": outcome.failure}))
    else:
        for step in outcome.steps:
            print(f"{step.seconds * 1_000:8.1f} ms  {step.name}")
        print(f"through in {outcome.seconds:.2f} s" if outcome.ok else f"FAILED at: {outcome.failure}")
    return 0 if outcome.ok else 1


# --- storage --------------------------------------------------------------------------------------------


def _migrate(_asked: Any) -> int:
    settings = _read()

    async def run() -> None:
        storage = SqliteStorage(database_path(settings))
        await storage.open()
        await storage.close()

    asyncio.run(run())
    print(f"{database_path(settings)} is at this version")
    return 0


def _backup(asked: Any) -> int:
    settings = _read()

    async def run() -> None:
        storage = SqliteStorage(database_path(settings), read_only=True)
        await storage.open()
        try:
            await storage.backup(asked.file)
        finally:
            await storage.close()

    asyncio.run(run())
    print(f"backed up to {asked.file}")
    return 0


def _restore(asked: Any) -> int:
    settings = _read()

    async def run() -> None:
        storage = SqliteStorage(database_path(settings))
        await storage.restore_from(asked.file)

    asyncio.run(run())
    print(f"restored from {asked.file}")
    return 0


# --- people ---------------------------------------------------------------------------------------------


class _NoServer(Exception):
    """No server runs on this data folder."""


async def _ask_running[T](settings: Settings, ask: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    """Ask the running server, which holds the desk. Raises `_NoServer`."""
    path = control_path(settings.server.data_dir)
    if not path.exists():
        raise _NoServer
    try:
        connector = aiohttp.UnixConnector(str(path))
        async with aiohttp.ClientSession("http://localhost", connector=connector) as session:
            return await ask(session)
    except aiohttp.ClientConnectorError as error:  # left behind by a server that was killed
        raise _NoServer from error


async def _with_server(
    settings: Settings,
    ask_running: Callable[[aiohttp.ClientSession], Awaitable[Any]],
    do_here: Callable[[Server], Awaitable[Any]],
) -> Any:
    """Ask the running server; if none runs on this data folder, do it here."""
    try:
        return await _ask_running(settings, ask_running)
    except _NoServer:
        pass
    server = Server(settings)
    await server.storage.open()
    try:
        await server.take_up_changes()
        return await do_here(server)
    finally:
        await server.committer.close()
        await server.storage.close()


async def _answer(response: aiohttp.ClientResponse) -> Any:
    body = await response.json()
    if response.status >= 400:
        raise OSError(body["error"]["message"])
    return body


def _agent_add(asked: Any) -> int:
    settings = _read()
    new = NewAccount(
        email=asked.email,
        name=asked.name,
        role=asked.role,
        employer=asked.employer,
        access=tuple(level.strip() for level in asked.access.split(",") if level.strip()),
        teams=tuple(asked.team),
        languages=tuple(asked.language),
        skills=tuple(asked.skill),
    )

    async def ask(session: aiohttp.ClientSession) -> Any:
        body = {
            "email": new.email,
            "name": new.name,
            "role": new.role,
            "employer": new.employer,
            "access": list(new.access),
            "teams": list(new.teams),
            "languages": list(new.languages),
            "skills": list(new.skills),
        }
        async with session.post("/api/control/agents", json=body) as response:
            return (await _answer(response))["token"]

    async def here(server: Server) -> Any:
        return (await server.accounts.add(new))[1]

    token = asyncio.run(_with_server(settings, ask, here))
    server = settings.server
    origin = server.public_origin or f"http://{server.host}:{server.port}"
    print(f"{new.name} can set a password within three days, once, at")
    print(f"{origin}/console/#/set-password?token={token}")
    return 0


def _agent_list(_asked: Any) -> int:
    settings = _read()

    async def ask(session: aiohttp.ClientSession) -> Any:
        async with session.get("/api/control/agents") as response:
            return await _answer(response)

    async def here(server: Server) -> Any:
        return await server.accounts.rows()

    for row in asyncio.run(_with_server(settings, ask, here)):
        state = "disabled" if row["disabled"] else row["presence"]
        access = ",".join(row["access"])
        who = f"{row['name']}, {row['role']}, {row['employer']}"
        serves = [f"{what} {','.join(row[what])}" for what in ("teams", "languages", "skills") if row[what]]
        print("  ".join([row["id"], str(row["email"]), who, access, *serves, state]))
    return 0


def _agent_disable(asked: Any) -> int:
    settings = _read()

    async def ask(session: aiohttp.ClientSession) -> Any:
        async with session.post("/api/control/agents/disable", json={"who": asked.who}) as response:
            return await _answer(response)

    async def here(server: Server) -> Any:
        return await server.accounts.disable(asked.who)

    asyncio.run(_with_server(settings, ask, here))
    print(f"{asked.who} is disabled")
    return 0
