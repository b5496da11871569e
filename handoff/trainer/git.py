"""Offers what trainers changed as a commit with their name, where the assistant's folder is a git checkout."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from handoff.domain.errors import conflict
from handoff.trainer.files import FOLDERS, SINGLE

TIMEOUT_S = 30.0
MESSAGE_CHARS_MAX = 2_000
_UNFIT = re.compile(r"[<>\x00-\x1f\x7f]")


class Git:
    def __init__(self, root: Path) -> None:
        self._root = root

    async def changed(self) -> list[str] | None:
        """The assistant's files that differ from the last commit; None where there is no checkout."""
        if shutil.which("git") is None:
            return None
        places = [one for one in (*FOLDERS, *SINGLE) if (self._root / one).exists()]
        code, out = await self._git(
            "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", *places
        )
        if code != 0:
            return None
        _, prefix = await self._git("rev-parse", "--show-prefix")
        start = prefix.strip()
        return [row[3:].removeprefix(start) for row in out.split("\0") if row]

    async def commit(self, paths: Sequence[str], message: str, *, name: str, email: str) -> str:
        """The id of the commit, of these files only. Raises `conflict`."""
        who = {"name": _UNFIT.sub("", name).strip() or "Trainer", "email": _UNFIT.sub("", email).strip()}
        code, out = await self._git("add", "--", *paths)
        if code == 0:
            given = [
                "-c",
                f"user.name={who['name']}",
                "-c",
                f"user.email={who['email']}",
                "-c",
                "commit.gpgsign=false",
            ]
            text = message.replace("\0", "")[:MESSAGE_CHARS_MAX]
            code, out = await self._git(
                *given, "commit", "--quiet", f"--message={text}", "--only", "--", *paths
            )
        if code != 0:
            raise conflict(f"Git did not make the commit: {out.strip()[-300:] or 'it does not say why'}")
        _, commit = await self._git("rev-parse", "--short", "HEAD")
        return commit.strip()

    async def _git(self, *arguments: str) -> tuple[int, str]:
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "HANDOFF_"))
        }
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=self._root, env=environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            out, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return 1, "it took too long"
        return process.returncode or 0, out.decode("utf-8", "replace")
