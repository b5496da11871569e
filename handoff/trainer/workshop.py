"""The trainer's use cases: what the page and its calls do, each one for a signed-in trainer.

Reading and parsing of files happens beside the event loop. One edit at a time; a run, a swap and an edit do not wait
for each other.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import aiohttp
from msgspec import Meta, Struct

from handoff.domain.errors import Code, DomainError, conflict, forbidden, not_found
from handoff.domain.people import Access, Agent
from handoff.service.chain import rfc3339
from handoff.service.ports import Clock, Ids, Recorded, Storage
from handoff.service.tasks import Tasks
from handoff.service.wire import parse
from handoff.trainer.dataset import DOMAIN, RULES, STORIES, TEST_STORIES, Dataset, bare, read
from handoff.trainer.edits import BUILT_IN, carry_out
from handoff.trainer.edits.operations import Operation, summary
from handoff.trainer.edits.wording import clean_sentence, story_line
from handoff.trainer.files import Change, ChangedMeanwhile, Files, digest, write_whole
from handoff.trainer.findings import Finding
from handoff.trainer.git import Git
from handoff.trainer.groups import group
from handoff.trainer.in_service import InService, Model, facts
from handoff.trainer.inbox import Inbox
from handoff.trainer.journal import Journal
from handoff.trainer.masking import mask
from handoff.trainer.measures import GOALS_MAX, goals, measures
from handoff.trainer.merging import Overlap, without
from handoff.trainer.problems import near, problems
from handoff.trainer.runs import Runs

_log = logging.getLogger(__name__)
GROUPS_SHOWN = 60
FINDINGS_SHOWN = 25  # of a group
FINDINGS_GROUPED = 3_000
HISTORY_SHOWN = 200
RECENT_MAX = 300  # customers' messages that a run compares on
SEEN_MAX = 400  # texts of files that pages show, kept to tell what has changed since
PARSE_TIMEOUT_S = 3.0
DIFF_LINES_MAX = 120
_Id = Annotated[str, Meta(min_length=1, max_length=120)]


class Edit(Struct, forbid_unknown_fields=True):
    """`versions` are the files as the page showed them; `findings` are the messages that this teaches."""

    operation: Operation
    versions: Annotated[dict[str, str], Meta(max_length=600)] = {}
    findings: Annotated[list[_Id], Meta(max_length=200)] = []


class Which(Struct, forbid_unknown_fields=True):
    id: _Id


class Ask(Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    language: Annotated[str, Meta(max_length=35)] = "en"


class Decide(Struct, forbid_unknown_fields=True):
    """`decision`: taught, dismissed, or open again."""

    findings: Annotated[list[_Id], Meta(min_length=1, max_length=500)]
    decision: Annotated[str, Meta(pattern="^(taught|dismissed|open)$")]


class Commit(Struct, forbid_unknown_fields=True):
    message: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Goal(Struct, forbid_unknown_fields=True):
    """What shall get better within thirty days: fewer handoffs after questions for this intent."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    intent: Annotated[str, Meta(min_length=1, max_length=80)]


class Course(Struct, forbid_unknown_fields=True):
    conversation_id: _Id
    kind: Annotated[str, Meta(pattern="^(story|test story)$")] = "story"


Call = Callable[[Agent, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Workshop:
    """`assistant` holds data/ and bot/domain/, `project` the code, `own` is where the workshop keeps its things."""

    def __init__(
        self,
        *,
        assistant: Path,
        project: Path,
        own: Path,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        in_service: InService,
        bot_url: str,
        token: str | None,
    ) -> None:
        self._project = project
        self._own = own
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._in_service = in_service
        self._parse_url = f"{bot_url.rstrip('/')}/model/parse"
        self._token = token
        self._journal = Journal(own / "journal.jsonl")
        self._files = Files(assistant, own, self._journal.add_once)
        self._runs = Runs(assistant, project, own)
        self._git = Git(assistant)
        self.inbox = Inbox(storage)
        self._tasks = Tasks()
        self._editing = asyncio.Lock()
        self._promoting = asyncio.Lock()
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._named: frozenset[str] | None = None
        self.reads: dict[str, Call] = {
            "overview": self._overview,
            "inbox": self._inbox,
            "conversation": self._conversation,
            "data": self._data,
            "intent": self._intent,
            "problems": self._problems,
            "runs": self._list_runs,
            "run": self._run,
            "history": self._history,
            "measures": self._measures,
        }
        self.acts: dict[str, Call] = {
            "check": self._check,
            "course": self._course,
            "edit": self._edit,
            "preview": self._preview,
            "undo": self._undo,
            "commit": self._commit,
            "decide": self._decide,
            "train": self._train,
            "cancel": self._cancel,
            "promote": self._promote,
            "roll_back": self._roll_back,
            "goal": self._goal,
            "goal_done": self._goal_done,
        }

    def start(self) -> None:
        """Complete what a crash cut off. Does nothing where no trainer has been at work yet."""
        if self._own.is_dir():
            self._journal.open()
            self._files.recover()
        if self._in_service.now() is not None:
            self._tasks.start("model in service", self._in_service.reconcile())

    async def close(self) -> None:
        """A run goes on."""
        await self._tasks.close()

    async def call(self, agent: Agent, kind: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """`kind` is read or act. Raises `forbidden` for everybody who is no trainer."""
        if Access.TRAINER not in agent.access:
            raise forbidden("This is for trainers.")
        calls = self.reads if kind == "read" else self.acts
        if name not in calls:
            raise not_found()
        return await calls[name](agent, given)

    # -- what is shown --

    async def _overview(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        runs = await asyncio.to_thread(self._runs.all)
        since = self._last("promoted", "rolled_back")
        return {
            "me": {"id": agent.id, "name": agent.card.name},
            "in_service": facts(self._in_service.now()),
            "since": None
            if since is None
            else {"at": since["at"], "by": since["by"]["name"], "kind": since["kind"]},
            "run": runs[0] if runs else None,
            "edits_since": len(self._edits_since(since)),
            "can_roll_back": self._before() is not None,
            "uncommitted": await self._git.changed(),
        }

    def _last(self, *kinds: str) -> dict[str, Any] | None:
        return next((one for one in reversed(self._journal.entries) if one["kind"] in kinds), None)

    def _edits_since(self, since: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Edits that the model in service has not learned."""
        learned = since.get("edits") if since is not None else 0
        return list(self._journal.of("edit"))[learned or 0 :]

    def _decisions(self) -> dict[str, str]:
        return {
            finding: one["decision"] for one in self._journal.of("decided") for finding in one["findings"]
        }

    async def _inbox(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        await self.inbox.refresh()
        decisions = self._decisions()
        show, reason = given.get("show", "open"), given.get("reason")
        found = [
            one
            for one in self.inbox.findings()
            if decisions.get(one.id, "open") == show and (reason is None or reason in one.reasons)
        ]
        found.sort(key=lambda one: one.at, reverse=True)
        groups = await asyncio.to_thread(group, found[:FINDINGS_GROUPED])
        return {
            "total": len(found),
            "groups": [
                {
                    "cost": round(one.cost, 1),
                    "count": len(one.findings),
                    "reasons": sorted({reason for it in one.findings for reason in it.reasons}),
                    "minutes": round(sum(it.agent_minutes for it in one.findings), 1),
                    "findings": [_finding(it) for it in one.findings[:FINDINGS_SHOWN]],
                }
                for one in groups[:GROUPS_SHOWN]
            ],
        }

    async def _records(self, conversation_id: str) -> list[Recorded]:
        records = await self._storage.events(conversation_id)
        if not records:
            raise not_found("There is no such conversation.")
        return records

    async def _conversation(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was said, masked; how the assistant understood it stands beside."""
        records = await self._records(str(given.get("id", "")))
        names = _names(records)
        lines: list[dict[str, Any]] = []
        for record in records:
            payload = record.payload
            if payload is None:
                continue
            if record.type == "message":
                lines.append(
                    {
                        "seq": record.seq,
                        "at": rfc3339(record.at),
                        "who": record.actor_kind,
                        "name": payload.get("actor_name") if record.actor_kind == "agent" else None,
                        "text": mask(str(payload["text"]), names).text,
                        "understood": None,
                    }
                )
            elif record.type == "bot_turn_answered":
                for line in lines:
                    if line["seq"] == payload["of_seq"]:
                        line["understood"] = {
                            "intent": payload["intent"]["name"],
                            "confidence": payload["intent"]["confidence"],
                            "unsure": payload["unsure"],
                        }
            elif record.type in (
                "handoff_requested",
                "agent_joined",
                "handoff_resolved",
                "handoff_withdrawn",
            ):
                lines.append(
                    {
                        "seq": record.seq,
                        "at": rfc3339(record.at),
                        "who": "event",
                        "name": record.type,
                        "text": str(payload.get("reason") or payload.get("outcome") or ""),
                        "understood": None,
                    }
                )
        return {"lines": lines}

    async def _read(self) -> tuple[dict[str, str], Dataset]:
        texts = await asyncio.to_thread(self._files.read)
        dataset = await asyncio.to_thread(read, texts)
        for text in texts.values():
            self._seen[digest(text)] = text
            self._seen.move_to_end(digest(text))
        while len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        return texts, dataset

    async def _data(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        texts, dataset = await self._read()
        counts: dict[str, dict[str, int]] = {intent: {} for intent in dataset.intents}
        for one in dataset.sentences:
            of = counts.setdefault(one.intent, {})
            of[one.language] = of.get(one.language, 0) + 1
        declared = {intent: path for path, file in dataset.files.items() for intent in file.intents}
        protected = await self._protected()
        return {
            "versions": {path: digest(text) for path, text in texts.items()},
            "intents": [
                {
                    "name": name,
                    "sentences": of,
                    "topic": declared.get(name, "").rsplit("/", 1)[-1].removesuffix(".yml"),
                    "fixed": name in protected,
                }
                for name, of in counts.items()
            ],
            "topics": sorted(
                path.rsplit("/", 1)[-1].removesuffix(".yml") for path in texts if path.startswith(DOMAIN)
            ),
            "entities": dataset.entities,
            "actions": dataset.actions,
            "answers": [
                {
                    "name": one.name,
                    "language": one.language,
                    "text": one.text,
                    "path": one.path,
                    "buttons": [title for title, _ in one.buttons],
                }
                for one in dataset.answers
                if one.text and not one.name.startswith("topic_")
            ],
            "courses": [
                {
                    "path": one.path,
                    "kind": one.kind,
                    "name": one.name,
                    "yaml": one.yaml,
                    "steps": [
                        {"kind": step.kind, "name": step.name, "said": step.said} for step in one.steps
                    ],
                }
                for one in dataset.courses
            ],
            "course_files": [
                path for path in texts if path.startswith((RULES, STORIES)) or path == TEST_STORIES
            ],
        }

    async def _intent(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        _, dataset = await self._read()
        name = str(given.get("name", ""))
        if name not in dataset.intents:
            raise not_found("There is no such intent.")
        return {
            "name": name,
            "sentences": [
                {"language": one.language, "text": one.text}
                for one in dataset.sentences
                if one.intent == name
            ],
            "held_back": sum(one.intent == name for one in dataset.held_back),
        }

    async def _problems(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        _, dataset = await self._read()
        found = await asyncio.to_thread(problems, dataset)
        return {
            "problems": [{"severity": one.severity, "about": one.about, "text": one.text} for one in found]
        }

    async def _check(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """Before a sentence is taught: as it would be kept, what is nearly the same, and what it is taken for now."""
        asked = parse(given, Ask)
        _, dataset = await self._read()
        try:
            kept = clean_sentence(asked.text, dataset.entities)
        except DomainError as error:
            return {"text": None, "why": error.message, "masked": [], "near": [], "ranking": []}
        found = await asyncio.to_thread(near, dataset, kept)
        return {
            "text": kept,
            "why": None,
            "masked": list(mask(asked.text).kinds),
            "near": [
                {"intent": one.intent, "language": one.language, "text": one.text, "likeness": one.likeness}
                for one in found
            ],
            "ranking": await self._ranking(bare(kept)),
        }

    async def _ranking(self, text: str) -> list[dict[str, Any]]:
        """How the model in service understands it; empty when it does not answer."""
        params = {} if self._token is None else {"token": self._token}
        try:
            timeout = aiohttp.ClientTimeout(total=PARSE_TIMEOUT_S)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self._parse_url, params=params, json={"text": text}) as response,
            ):
                parsed = await response.json() if response.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return []
        ranking = parsed.get("intent_ranking") if isinstance(parsed, dict) else None
        return [
            {"intent": str(one["name"]), "confidence": round(float(one["confidence"]), 3)}
            for one in (ranking or [])[:5]
            if isinstance(one, dict) and "name" in one and "confidence" in one
        ]

    async def _course(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """A conversation as a story or a test story, to be looked over and put where it belongs."""
        asked = parse(given, Course)
        records = await self._records(asked.conversation_id)
        names = _names(records)
        said = {one.seq: one.payload for one in records if one.type == "message" and one.payload is not None}
        lines = [f"- story: conversation of {records[0].at.date().isoformat()}", "  steps:"]
        form = False
        for record in records:
            if record.type == "handoff_requested":
                break
            if (
                record.type != "bot_turn_answered"
                or record.payload is None
                or record.payload["of_seq"] not in said
            ):
                continue
            text = story_line(str(said[record.payload["of_seq"]]["text"]), names)
            intent = record.payload["intent"]["name"]
            lines += (
                [f"  - user: |\n      {text}", f"    intent: {intent}"]
                if asked.kind == "test story"
                else [f"  - intent: {intent}"]
            )
            for action in record.payload["actions"]:
                lines.append(f"  - action: {action}")
                form = form or action.endswith("_form")
        return {"yaml": "\n".join(lines), "form": form}

    # -- edits --

    async def _protected(self) -> frozenset[str]:
        """Intents that code knows by name: it would not notice that they are called otherwise."""
        if self._named is None:
            self._named = await asyncio.to_thread(_names_in_code, self._project) | BUILT_IN
        return self._named

    async def _edit(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Edit)
        async with self._editing:
            texts, changed = await self._changed(asked.operation)
            self._unmoved(texts, changed, asked.versions)
            entry = await self._write(agent, summary(asked.operation), texts, changed, {})
        if asked.findings:
            self._add("decided", agent, findings=asked.findings, decision="taught", edit=entry["id"])
        return self._done(entry, changed)

    async def _preview(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """What an edit would change, line by line, and what would be wrong after it. Changes nothing."""
        asked = parse(given, Edit)
        texts, changed = await self._changed(asked.operation)
        before, after = (
            await asyncio.to_thread(read, texts),
            await asyncio.to_thread(read, {**texts, **changed}),
        )
        there = set(await asyncio.to_thread(problems, before))
        fresh = [one for one in await asyncio.to_thread(problems, after) if one not in there]
        return {
            "files": [{"path": path, "diff": _diff(texts.get(path), text)} for path, text in changed.items()],
            "problems": [{"severity": one.severity, "about": one.about, "text": one.text} for one in fresh],
        }

    async def _changed(self, operation: Operation) -> tuple[dict[str, str], dict[str, str]]:
        texts, _ = await self._read()
        protected = await self._protected()
        return texts, await asyncio.to_thread(carry_out, texts, operation, protected)

    def _unmoved(
        self, texts: Mapping[str, str], changed: Mapping[str, str], versions: Mapping[str, str]
    ) -> None:
        """Raises `conflict`, with both, when a file that changes is not as the page showed it."""
        moved = [path for path in changed if path in versions and versions[path] != digest(texts.get(path))]
        if moved:
            raise DomainError(
                Code.CONFLICT,
                "Somebody has changed this meanwhile. Nothing was written; look at both and decide.",
                details={
                    "files": [
                        {
                            "path": path,
                            "theirs": _diff(self._seen.get(versions[path]), texts.get(path))
                            if versions[path] in self._seen
                            else None,
                            "yours": _diff(texts.get(path), changed[path]),
                        }
                        for path in moved
                    ],
                    "versions": {path: digest(texts.get(path)) for path in moved},
                },
            )

    async def _write(
        self,
        agent: Agent,
        title: str,
        texts: Mapping[str, str],
        changed: Mapping[str, str | None],
        more: dict[str, Any],
    ) -> dict[str, Any]:
        await self._in_service.pin()
        changes = [Change(path=path, before=texts.get(path), after=text) for path, text in changed.items()]
        entry = self._entry(
            "edit",
            agent,
            title=title,
            files=[
                {"path": one.path, "before": digest(one.before), "after": digest(one.after)}
                for one in changes
            ],
            **more,
        )
        try:
            await asyncio.to_thread(self._write_now, changes, entry)
        except ChangedMeanwhile as error:
            raise conflict(
                "Somebody has changed this meanwhile. Nothing was written: please look again."
            ) from error
        except OSError as error:
            raise DomainError(
                Code.UNAVAILABLE, f"The file could not be written ({error.strerror}). Nothing was changed."
            ) from error
        return entry

    def _write_now(self, changes: list[Change], entry: dict[str, Any]) -> None:
        kept = self._own / "texts"
        kept.mkdir(parents=True, exist_ok=True)
        for one in changes:
            for text in (one.before, one.after):
                path = kept / digest(text)
                if text is not None and not path.exists():
                    write_whole(path, text.encode())
        self._files.write(changes, entry)

    def _entry(self, kind: str, agent: Agent, **more: Any) -> dict[str, Any]:
        who = {"id": agent.id, "name": agent.card.name}
        return {"id": self._ids.new("ed"), "kind": kind, "at": rfc3339(self._clock.now()), "by": who, **more}

    def _add(self, kind: str, agent: Agent, **more: Any) -> dict[str, Any]:
        entry = self._entry(kind, agent, **more)
        self._journal.add(entry)
        return entry

    def _done(self, entry: dict[str, Any], changed: Mapping[str, str | None]) -> dict[str, Any]:
        return {
            "id": entry["id"],
            "title": entry["title"],
            "versions": {path: digest(text) for path, text in changed.items()},
        }

    async def _undo(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """Takes one edit back out, whatever was done elsewhere since. The undoing is an edit, and can be undone."""
        asked = parse(given, Which)
        async with self._editing:
            entry = next((one for one in self._journal.of("edit") if one["id"] == asked.id), None)
            if entry is None:
                raise not_found("There is no such edit.")
            if any(one.get("undoes") == asked.id for one in self._alive()):
                raise conflict("This edit is undone already.")
            texts, _ = await self._read()
            changed = await asyncio.to_thread(self._without, entry, texts)
            after = {**texts, **{path: text for path, text in changed.items() if text is not None}}
            broken = read(
                {path: text for path, text in after.items() if changed.get(path, "") is not None}
            ).broken
            if broken:
                raise conflict(
                    "Without this edit the files would not fit together any more. Nothing was changed."
                )
            done = await self._write(agent, f"Undo: {entry['title']}", texts, changed, {"undoes": asked.id})
        return self._done(done, changed)

    def _alive(self) -> list[dict[str, Any]]:
        """Edits that were not undone."""
        undone: set[str] = set()
        alive = []
        for one in reversed(list(self._journal.of("edit"))):
            if one["id"] in undone:
                continue
            alive.append(one)
            if "undoes" in one:
                undone.add(one["undoes"])
        return alive

    def _without(self, entry: dict[str, Any], texts: Mapping[str, str]) -> dict[str, str | None]:
        changed: dict[str, str | None] = {}
        for file in entry["files"]:
            now = texts.get(file["path"])
            before, after = self._kept(file["before"]), self._kept(file["after"])
            if now == after:
                changed[file["path"]] = before
                continue
            try:
                if now is None or before is None or after is None:
                    raise Overlap
                changed[file["path"]] = without(before, after, now)
            except Overlap as error:
                raise DomainError(
                    Code.CONFLICT,
                    "The same lines were changed again since. Undo the later edit first.",
                    details={
                        "files": [
                            {"path": file["path"], "theirs": _diff(after, now), "yours": _diff(after, before)}
                        ]
                    },
                ) from error
        return changed

    def _kept(self, name: str) -> str | None:
        return None if name == "none" else (self._own / "texts" / name).read_bytes().decode()

    async def _history(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        alive = {one["id"] for one in self._alive()}
        undone = {one["undoes"] for one in self._alive() if "undoes" in one}
        shown = [
            one
            for one in self._journal.entries
            if one["kind"] in ("edit", "promoted", "rolled_back", "committed")
        ]
        return {
            "entries": [
                {
                    "id": one["id"],
                    "kind": one["kind"],
                    "at": one["at"],
                    "by": one["by"]["name"],
                    "title": one.get("title") or one.get("run") or "",
                    "files": [file["path"] for file in one.get("files", [])],
                    "undone": one["kind"] == "edit" and (one["id"] not in alive or one["id"] in undone),
                }
                for one in reversed(shown[-HISTORY_SHOWN:])
            ],
            "uncommitted": await self._git.changed(),
        }

    async def _commit(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Commit)
        async with self._editing:
            ours = {file["path"] for one in self._journal.of("edit") for file in one["files"]}
            paths = [path for path in await self._git.changed() or [] if path in ours]
            if not paths:
                raise conflict("There is nothing of the trainers to commit here.")
            account = await self._storage.account_of(agent.id)
            email = account.email if account is not None else ""
            commit = await self._git.commit(paths, asked.message, name=agent.card.name, email=email)
            self._add("committed", agent, title=f"{commit} {asked.message.splitlines()[0]}", paths=paths)
        return {"commit": commit, "paths": paths}

    async def _decide(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Decide)
        self._add("decided", agent, findings=asked.findings, decision=asked.decision)
        return {}

    # -- runs and models --

    async def _list_runs(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        runs = await asyncio.to_thread(self._runs.all)
        now = self._in_service.now()
        return {
            "runs": [
                one | {"in_service": now is not None and now.name == f"{one['id']}.tar.gz"} for one in runs
            ]
        }

    async def _run(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        run_id = str(given.get("id", ""))
        state = await asyncio.to_thread(self._runs.state, run_id)
        return {
            "run": state,
            "log": await asyncio.to_thread(self._runs.log, run_id),
            "result": await asyncio.to_thread(self._runs.result, run_id),
        }

    async def _train(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        model = await self._in_service.pin()
        current = None if model is None else self._in_service.path(model.name)
        await self.inbox.refresh()
        recent = [
            {"text": one.text, "language": one.language}
            for one in sorted(self.inbox.findings(), key=lambda one: one.at, reverse=True)[:RECENT_MAX]
        ]
        async with self._editing:
            run_id = self._ids.new("run")
            return {
                "run": await asyncio.to_thread(
                    self._runs.begin,
                    run_id,
                    by={"id": agent.id, "name": agent.card.name},
                    at=rfc3339(self._clock.now()),
                    current=current,
                    recent=recent,
                    edits=len(list(self._journal.of("edit"))),
                )
            }

    async def _cancel(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        await asyncio.to_thread(self._runs.cancel, asked.id)
        return {}

    async def _promote(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        async with self._promoting:
            state = await asyncio.to_thread(self._runs.state, asked.id)
            if state["status"] != "passed":
                raise conflict("Only a run that has passed its gate can be put in service.")
            name = f"{asked.id}.tar.gz"
            before = self._in_service.now()
            if before is not None and before.name == name:
                raise conflict("This model is in service already.")
            model = await asyncio.to_thread(
                self._in_service.keep, self._runs.model(asked.id), name, str(state["sha256"])
            )
            await self._in_service.swap(model)
            entry = self._add(
                "promoted",
                agent,
                run=asked.id,
                model=facts(model),
                before=facts(before),
                edits=state["edits"],
            )
        _log.info("a model was put in service", extra={"model": name, "by": agent.id})
        return {"in_service": facts(model), "at": entry["at"]}

    def _before(self) -> dict[str, Any] | None:
        """The model before the one in service: each roll back goes one promotion further back."""
        stack: list[dict[str, Any]] = []
        for one in self._journal.of("promoted", "rolled_back"):
            if one["kind"] == "promoted":
                stack.append(one)
            elif stack:
                stack.pop()
        return stack[-1] if stack and stack[-1]["before"] is not None else None

    async def _roll_back(self, agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        async with self._promoting:
            promoted = self._before()
            if promoted is None:
                raise conflict("There is no model to go back to.")
            model = Model(name=promoted["before"]["name"], sha256=promoted["before"]["sha256"])
            await self._in_service.swap(model)
            earlier = [one for one in self._journal.of("promoted") if one["model"]["name"] == model.name]
            learned = earlier[-1]["edits"] if earlier else 0
            self._add("rolled_back", agent, model=facts(model), run=promoted["run"], edits=learned)
        return {"in_service": facts(model)}

    # -- measures --

    async def _measures(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        await self.inbox.refresh()
        days = self.inbox.days()
        marks = [
            {"at": one["at"], "kind": one["kind"], "by": one["by"]["name"]}
            for one in self._journal.of("promoted", "rolled_back")
        ]
        done = {one["goal"] for one in self._journal.of("goal_done")}
        chosen = [one | {"done": one["id"] in done} for one in self._journal.of("goal")]
        return measures(days, marks) | {"goals": goals(days, chosen, self._clock.now())}

    async def _goal(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Goal)
        done = {one["goal"] for one in self._journal.of("goal_done")}
        since = rfc3339(self._clock.now() - timedelta(days=30))
        live = [one for one in self._journal.of("goal") if one["id"] not in done and one["at"] > since]
        if len(live) >= GOALS_MAX:
            raise conflict(f"{GOALS_MAX} things at a time: finish one first.")
        return {"id": self._add("goal", agent, title=asked.title.strip(), intent=asked.intent)["id"]}

    async def _goal_done(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Which)
        if all(one["id"] != asked.id for one in self._journal.of("goal")):
            raise not_found("There is no such goal.")
        self._add("goal_done", agent, goal=asked.id)
        return {}


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "conversation_id": one.conversation_id,
        "seq": one.seq,
        "at": rfc3339(one.at),
        "language": one.language,
        "text": one.text,
        "masked": list(one.masked),
        "reasons": list(one.reasons),
        "handoff_reason": one.handoff_reason,
        "ranking": [{"intent": name, "confidence": round(share, 3)} for name, share in one.ranking],
        "agent": one.agent,
        "answers": list(one.answers),
        "cost": round(one.cost, 1),
    }


def _names(records: list[Recorded]) -> list[str]:
    name = (records[0].payload or {}).get("customer_name")
    return [name] if isinstance(name, str) else []


def _names_in_code(project: Path) -> frozenset[str]:
    found: set[str] = set()
    for path in [*(project / "actions").glob("*.py"), *(project / "bot").glob("*.py")]:
        found.update(re.findall(r'"([a-z][a-z0-9_]*)"', path.read_text(encoding="utf-8")))
    return frozenset(found)


def _diff(before: str | None, after: str | None) -> str:
    lines = unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:][:DIFF_LINES_MAX])
