"""The desk file that is in force: read when the server starts, and again when the operator asks for it."""

from __future__ import annotations

import logging
from pathlib import Path

from handoff.domain.commands import PutInForce
from handoff.domain.policy import Policy
from handoff.service.committer import Committer
from handoff.service.desk_config import DeskConfig, load_desk_config
from handoff.service.desk_rules import skills_nobody_has

_log = logging.getLogger(__name__)


class DeskFile:
    """Whoever needs what stands in the file asks for `config` each time, and keeps nothing of it."""

    def __init__(self, path: Path) -> None:
        """Raises `DeskFileError`."""
        self.path = path
        self.config: DeskConfig = load_desk_config(path)

    async def reload(self, committer: Committer, policy: Policy) -> None:
        """Put the file in force as it is now. The clocks of all who wait are computed anew and written; a moment that a
        customer was given stands.

        Raises `DeskFileError`, or `unavailable` when it could not be written: then everything is as it was.
        """
        config = load_desk_config(self.path)
        await committer.carry_out(PutInForce(rules=config.rules(policy)))
        self.config = config
        _log.info("the desk file is in force", extra={"path": str(self.path)})
        self.warn_of_missing_skills(committer)

    def warn_of_missing_skills(self, committer: Committer) -> None:
        have = [skill for agent in committer.desk.people() for skill in agent.skills]
        if missing := skills_nobody_has(committer.desk.rules, have):
            _log.warning("a route asks for skills that nobody has", extra={"skills": missing})
