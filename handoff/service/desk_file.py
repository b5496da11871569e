"""The desk as it is configured: the desk file, read at the start and again when the operator asks for it, and over it
what its people changed in the console."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from handoff.domain.commands import PutInForce
from handoff.domain.policy import Policy
from handoff.service.administered import DeskChanges, read_changes
from handoff.service.committer import Committer
from handoff.service.desk_config import DeskConfig, load_desk_config
from handoff.service.desk_rules import skills_nobody_has
from handoff.service.ports import Batch, Storage

_log = logging.getLogger(__name__)


class DeskFile:
    """Whoever needs what is configured asks for `config` each time, and keeps nothing of it.

    `file` is what the file says, `changes` what was said in the console, `config` what holds.
    """

    def __init__(self, path: Path) -> None:
        """Raises `DeskFileError`."""
        self.path = path
        self.file: DeskConfig = load_desk_config(path)
        self.changes = DeskChanges()
        self.config = self.file
        self._turn = asyncio.Lock()  # one change after the other

    async def take_up(self, storage: Storage) -> None:
        """What was changed in the console before the server started. Raises `StorageUnavailable`."""
        self._hold(self.file, read_changes(await storage.administered()))

    async def reload(self, committer: Committer, policy: Policy, *, also: Batch | None = None) -> None:
        """Put the file in force as it is now, with what was changed in the console. The clocks of all who wait are
        computed anew and written; a moment that a customer was given stands.

        Raises `DeskFileError`, or `unavailable` when it could not be written: then everything is as it was.
        """
        file = load_desk_config(self.path)
        async with self._turn:
            rules = self.changes.over(file).rules(policy)
            await committer.carry_out(PutInForce(rules=rules), also=also)
            self._hold(file, self.changes)
        _log.info("the desk file is in force", extra={"path": str(self.path)})
        self.warn_of_missing_skills(committer)

    async def change(
        self, committer: Committer, policy: Policy, change: Callable[[DeskChanges], tuple[DeskChanges, Batch]]
    ) -> None:
        """`change` makes of what holds what shall hold, and the rows that say so. As `reload` else."""
        async with self._turn:
            changes, rows = change(self.changes)
            rules = changes.over(self.file).rules(policy)
            await committer.carry_out(PutInForce(rules=rules), also=rows)
            self._hold(self.file, changes)

    async def change_answers(
        self, storage: Storage, change: Callable[[DeskChanges], tuple[DeskChanges, Batch]]
    ) -> None:
        """The same for what no rule of the desk looks at. Raises `StorageUnavailable`."""
        async with self._turn:
            changes, rows = change(self.changes)
            await storage.commit(rows)
            self._hold(self.file, changes)

    async def look_again(self, committer: Committer, storage: Storage, policy: Policy) -> None:
        """After a change of which nobody knows whether it was written: put in force what storage says."""
        async with self._turn:
            changes = read_changes(await storage.administered())
            if changes != self.changes:
                await committer.carry_out(PutInForce(rules=changes.over(self.file).rules(policy)))
                self._hold(self.file, changes)

    def _hold(self, file: DeskConfig, changes: DeskChanges) -> None:
        self.file, self.changes, self.config = file, changes, changes.over(file)

    def warn_of_missing_skills(self, committer: Committer) -> None:
        have = [skill for agent in committer.desk.people() for skill in agent.skills]
        if missing := skills_nobody_has(committer.desk.rules, have):
            _log.warning("a route asks for skills that nobody has", extra={"skills": missing})
