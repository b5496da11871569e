"""The assistant's files as the page shows them: what is in them, what looks wrong, and how a sentence would fit in."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from handoff.domain.errors import DomainError, not_found
from handoff.domain.people import Agent
from handoff.service.ports import HumanRequestDetector
from handoff.service.wire import parse
from handoff.trainer.calls import Ask
from handoff.trainer.dataset import (
    DOMAIN,
    HUMAN,
    RULES,
    STORIES,
    TEST_STORIES,
    WITHOUT_SENTENCES,
    Dataset,
    bare,
    folded,
    language_of_path,
    read,
)
from handoff.trainer.edits import BUILT_IN
from handoff.trainer.edits.wording import clean_sentence
from handoff.trainer.files import Files, digest
from handoff.trainer.masking import mask
from handoff.trainer.problems import near, problems

SEEN_MAX = 400  # texts of files that pages show, kept to tell what has changed since
PARSE_TIMEOUT_S = 3.0


DetectorNow = Callable[[], Awaitable[HumanRequestDetector]]


class Material:
    """`project` holds the code, which knows some intents by name, and what requests for a person are measured on;
    `bot_url` is asked how a sentence is understood, `detector` whether the server hears a request in it."""

    def __init__(
        self, files: Files, project: Path, bot_url: str, token: str | None, detector: DetectorNow
    ) -> None:
        self._files = files
        self._project = project
        self._parse_url = f"{bot_url.rstrip('/')}/model/parse"
        self._token = token
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._named: frozenset[str] | None = None
        self._measured: frozenset[tuple[str, str]] | None = None
        self._detector = detector

    async def read(self) -> tuple[dict[str, str], Dataset]:
        texts = await asyncio.to_thread(self._files.read)
        dataset = await asyncio.to_thread(read, texts)
        for text in texts.values():
            self._seen[digest(text)] = text
            self._seen.move_to_end(digest(text))
        while len(self._seen) > SEEN_MAX:
            self._seen.popitem(last=False)
        return texts, dataset

    def seen(self, version: str) -> str | None:
        """The text that a page showed as this version; None when that is too long ago."""
        return self._seen.get(version)

    async def protected(self) -> frozenset[str]:
        """Intents that code knows by name: it would not notice that they are called otherwise."""
        if self._named is None:
            self._named = await asyncio.to_thread(_names_in_code, self._project) | BUILT_IN
        return self._named

    async def measured(self) -> frozenset[tuple[str, str]]:
        """What the detector is measured on, so that nobody teaches it: then it would measure nothing any more."""
        if self._measured is None:
            self._measured = await asyncio.to_thread(_measured, self._project)
        return self._measured

    async def data(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        texts, dataset = await self.read()
        counts: dict[str, dict[str, int]] = {intent: {} for intent in dataset.intents}
        for one in dataset.sentences:
            of = counts.setdefault(one.intent, {})
            of[one.language] = of.get(one.language, 0) + 1
        declared = {intent: path for path, file in dataset.files.items() for intent in file.intents}
        protected = await self.protected()
        return {
            "versions": {path: digest(text) for path, text in texts.items()},
            "intents": [
                {
                    "name": name,
                    "sentences": of,
                    "topic": declared.get(name, "").rsplit("/", 1)[-1].removesuffix(".yml"),
                    "fixed": name in protected,
                    "teachable": name not in WITHOUT_SENTENCES,
                }
                for name, of in counts.items()
            ],
            "topics": sorted(
                path.rsplit("/", 1)[-1].removesuffix(".yml") for path in texts if path.startswith(DOMAIN)
            ),
            "request_languages": [language_of_path(path) for path in texts if path.startswith(HUMAN)],
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

    async def intent(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        _, dataset = await self.read()
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
            "held_back": [
                {"language": one.language, "text": one.text}
                for one in dataset.held_back
                if one.intent == name
            ],
        }

    async def requests(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the server's detector of requests for a person learns in one language."""
        _, dataset = await self.read()
        language = str(given.get("language", ""))
        if f"{HUMAN}/{language}.txt" not in dataset.files:
            raise not_found("Requests for a person are not taught in this language.")
        return {
            "language": language,
            "sentences": [
                {"kind": one.kind, "text": one.text} for one in dataset.requests if one.language == language
            ],
        }

    async def problems(self, _agent: Agent, _given: Mapping[str, Any]) -> dict[str, Any]:
        _, dataset = await self.read()
        found = await asyncio.to_thread(problems, dataset)
        return {
            "problems": [{"severity": one.severity, "about": one.about, "text": one.text} for one in found]
        }

    async def check(self, _agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
        """Before a sentence is taught: as it would be kept, what is nearly the same, and what it is taken for now."""
        asked = parse(given, Ask)
        _, dataset = await self.read()
        try:
            kept = clean_sentence(asked.text, dataset.entities)
        except DomainError as error:
            return {
                "text": None, "why": error.message, "masked": [], "near": [], "ranking": [], "heard": None,
            }  # fmt: skip
        found = await asyncio.to_thread(near, dataset, kept, asked.language)
        reading = await asyncio.to_thread((await self._detector()).read, kept)
        return {
            "text": kept,
            "why": None,
            "masked": list(mask(asked.text).kinds),
            "near": [
                {
                    "intent": one.intent,
                    "kind": one.kind,
                    "language": one.language,
                    "text": one.text,
                    "likeness": one.likeness,
                }
                for one in found
            ],
            "ranking": await self._ranking(bare(kept)),
            "heard": {
                "request": reading.human_request.value,
                "chance": reading.chance,
                "distress": reading.distress,
            },
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


def _names_in_code(project: Path) -> frozenset[str]:
    found: set[str] = set()
    for path in [*(project / "actions").glob("*.py"), *(project / "bot").glob("*.py")]:
        found.update(re.findall(r'"([a-z][a-z0-9_]*)"', path.read_text(encoding="utf-8")))
    return frozenset(found)


def _measured(project: Path) -> frozenset[tuple[str, str]]:
    return frozenset(
        (path.stem, folded(line[2:]))
        for path in (project / "tests/held_out").glob("*/*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line[:2] in ("+ ", "- ", "! ")
    )
