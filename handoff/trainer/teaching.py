"""Trainers' edits: tried first, written whole, refused when somebody else was there meanwhile, undone, committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

from handoff.domain.errors import Code, DomainError, conflict, not_found
from handoff.domain.people import Agent
from handoff.service.ports import Storage
from handoff.service.wire import parse
from handoff.trainer.calls import Commit, Edit, Which
from handoff.trainer.dataset import read
from handoff.trainer.decisions import alive
from handoff.trainer.diary import Diary
from handoff.trainer.edits import carry_out
from handoff.trainer.edits.operations import Operation, told
from handoff.trainer.files import Change, ChangedMeanwhile, Files, digest, write_whole
from handoff.trainer.git import Git
from handoff.trainer.in_service import InService
from handoff.trainer.material import Material
from handoff.trainer.merging import Overlap, without
from handoff.trainer.problems import problems

HISTORY_SHOWN = 200
DIFF_LINES_MAX = 120


class Teaching:
    """`kept` is the folder of the texts that undoing needs. One edit at a time: `editing` is held while one is made."""

    def __init__(
        self,
        *,
        files: Files,
        material: Material,
        kept: Path,
        diary: Diary,
        git: Git,
        storage: Storage,
        in_service: InService,
        editing: asyncio.Lock,
    ) -> None:
        self._files = files
        self._material = material
        self._kept_in = kept
        self._diary = diary
        self._git = git
        self._storage = storage
        self._in_service = in_service
        self._editing = editing

    async def edit(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Edit)
        async with self._editing:
            texts, changed = await self._changed(asked.operation)
            self._unmoved(texts, changed, asked.versions)
            taught = {"findings": asked.findings} if asked.findings else {}
            entry = await self._write(agent, told(asked.operation), texts, changed, taught)
        return self._done(entry, changed)

    async def preview(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
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

    async def undo(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """Takes one edit back out, whatever was done elsewhere since. The undoing is an edit, and can be undone."""
        asked = parse(given, Which)
        async with self._editing:
            entry = next((one for one in self._diary.of("edit") if one["id"] == asked.id), None)
            if entry is None:
                raise not_found("There is no such edit.")
            if any(one.get("undoes") == asked.id for one in alive(self._diary.entries)):
                raise conflict("This edit is undone already.")
            texts, _ = await self._material.read()
            changed = await asyncio.to_thread(self._without, entry, texts)
            after = {**texts, **{path: text for path, text in changed.items() if text is not None}}
            broken = read(
                {path: text for path, text in after.items() if changed.get(path, "") is not None}
            ).broken
            if broken:
                raise conflict(
                    "Without this edit the files would not fit together any more. Nothing was changed."
                )
            did = {"type": "undo", "of": entry.get("did"), "title": entry.get("title", "")}
            done = await self._write(agent, did, texts, changed, {"undoes": asked.id})
        return self._done(done, changed)

    async def history(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        standing = alive(self._diary.entries)
        ids = {one["id"] for one in standing}
        undone = {one["undoes"] for one in standing if "undoes" in one}
        shown = [
            one
            for one in self._diary.entries
            if one["kind"] in ("edit", "promoted", "rolled_back", "committed")
        ]
        return {
            "entries": [
                {
                    "id": one["id"],
                    "kind": one["kind"],
                    "at": one["at"],
                    "by": one["by"]["name"],
                    "did": one.get("did"),
                    "title": one.get("title") or "",
                    "model": one["model"]["name"] if "model" in one else None,
                    "files": [file["path"] for file in one.get("files", [])],
                    "undone": one["kind"] == "edit" and (one["id"] not in ids or one["id"] in undone),
                }
                for one in reversed(shown[-HISTORY_SHOWN:])
            ],
            "uncommitted": await self._git.changed(),
        }

    async def commit(self, agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        asked = parse(given, Commit)
        async with self._editing:
            ours = {file["path"] for one in self._diary.of("edit") for file in one["files"]}
            paths = [path for path in await self._git.changed() or [] if path in ours]
            if not paths:
                raise conflict("There is nothing of the trainers to commit here.")
            account = await self._storage.account_of(agent.id)
            email = account.email if account is not None else ""
            commit = await self._git.commit(paths, asked.message, name=agent.card.name, email=email)
            self._diary.add(
                "committed", agent, title=f"{commit} {asked.message.splitlines()[0]}", paths=paths
            )
        return {"commit": commit, "paths": paths}

    async def _changed(self, operation: Operation) -> tuple[dict[str, str], dict[str, str]]:
        texts, _ = await self._material.read()
        protected, measured = await self._material.protected(), await self._material.measured()
        return texts, await asyncio.to_thread(carry_out, texts, operation, protected, measured)

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
                            "theirs": None
                            if (shown := self._material.seen(versions[path])) is None
                            else _diff(shown, texts.get(path)),
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
        did: dict[str, Any],
        texts: Mapping[str, str],
        changed: Mapping[str, str | None],
        more: dict[str, Any],
    ) -> dict[str, Any]:
        await self._in_service.pin()
        changes = [Change(path=path, before=texts.get(path), after=text) for path, text in changed.items()]
        entry = self._diary.entry(
            "edit",
            agent,
            did=did,
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
        self._kept_in.mkdir(parents=True, exist_ok=True)
        for one in changes:
            for text in (one.before, one.after):
                path = self._kept_in / digest(text)
                if text is not None and not path.exists():
                    write_whole(path, text.encode())
        self._files.write(changes, entry)

    def _done(self, entry: dict[str, Any], changed: Mapping[str, str | None]) -> dict[str, Any]:
        return {
            "id": entry["id"],
            "did": entry["did"],
            "versions": {path: digest(text) for path, text in changed.items()},
        }

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
        return None if name == "none" else (self._kept_in / name).read_bytes().decode()


def _diff(before: str | None, after: str | None) -> str:
    lines = unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:][:DIFF_LINES_MAX])
