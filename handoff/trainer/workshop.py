"""The trainer's use cases: what the page and its calls do, each one for a signed-in trainer.

Reading and parsing of files happens beside the event loop. One edit at a time; a run, a swap and an edit do not wait
for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handoff.domain.errors import forbidden, not_found
from handoff.domain.people import Access, Agent
from handoff.service.ports import Clock, Ids, Storage
from handoff.service.tasks import Tasks
from handoff.trainer.calls import Call
from handoff.trainer.conversations import Conversations
from handoff.trainer.diary import Diary
from handoff.trainer.files import Files
from handoff.trainer.git import Git
from handoff.trainer.in_service import InService
from handoff.trainer.inbox import Inbox
from handoff.trainer.journal import Journal
from handoff.trainer.material import DetectorNow, Material
from handoff.trainer.models import Models
from handoff.trainer.progress import Progress
from handoff.trainer.runs import Runs
from handoff.trainer.teaching import Teaching


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
        detector: DetectorNow,
        bot_url: str,
        token: str | None,
    ) -> None:
        self._own = own
        self._in_service = in_service
        self._journal = Journal(own / "journal.jsonl")
        self._files = Files(assistant, own, self._journal.add_once)
        git = Git(assistant)
        self._tasks = Tasks()
        self.inbox = Inbox(storage)
        editing = asyncio.Lock()
        diary = Diary(self._journal, clock, ids)
        conversations = Conversations(storage, self.inbox, diary)
        material = Material(self._files, project, bot_url, token, detector)
        teaching = Teaching(
            files=self._files,
            material=material,
            kept=own / "texts",
            diary=diary,
            git=git,
            storage=storage,
            in_service=in_service,
            editing=editing,
        )
        self._models = Models(
            runs=Runs(assistant, project, own),
            in_service=in_service,
            inbox=self.inbox,
            diary=diary,
            clock=clock,
            ids=ids,
            editing=editing,
        )
        progress = Progress(self.inbox, diary, clock)
        self.reads: dict[str, Call] = {
            "overview": self._models.overview,
            "inbox": conversations.inbox,
            "conversation": conversations.conversation,
            "data": material.data,
            "intent": material.intent,
            "requests": material.requests,
            "problems": material.problems,
            "runs": self._models.all,
            "run": self._models.run,
            "history": teaching.history,
            "measures": progress.measures,
        }
        self.acts: dict[str, Call] = {
            "check": material.check,
            "course": conversations.course,
            "edit": teaching.edit,
            "preview": teaching.preview,
            "undo": teaching.undo,
            "commit": teaching.commit,
            "decide": conversations.decide,
            "train": self._models.train,
            "cancel": self._models.cancel,
            "promote": self._models.promote,
            "roll_back": self._models.roll_back,
            "goal": progress.goal,
            "goal_done": progress.goal_done,
        }

    def start(self) -> None:
        """Complete what a crash cut off. Does nothing where no trainer has been at work yet."""
        if self._own.is_dir():
            self._journal.open()
            self._files.recover()
            if (note := self._in_service.note()) is not None:
                self._journal.add_once(note)
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
