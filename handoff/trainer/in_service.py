"""Which model answers customers, and which weights hear requests for a person: `in_service.json` says so.

A swap holds customers' turns, so that those under way finish and none is lost; a model that cannot be loaded leaves the
one before in its place. The file is written when the swap has happened, and Rasa is brought back to it if it differs.
Model and weights were judged together, and are put in service and taken back together.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from handoff.domain.errors import Code, DomainError, conflict
from handoff.service.bot_turns import BotTurns
from handoff.service.ports import HumanRequestDetector
from handoff.trainer.files import write_whole

_log = logging.getLogger(__name__)
SWAP_TIMEOUT_S = 60.0  # a model of ours takes two seconds; a machine that is busy training, more
CHECK_TIMEOUT_S = 5.0
AGAIN_S = 5.0  # until Rasa, which may be starting too, is asked again
MODELS_KEPT = 10
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,120}\.tar\.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Of the detector of requests for a person. `code` is that of the detector that they were learned for."""

    name: str
    sha256: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`sha256` is of the file, so that a damaged one is never loaded. `weights`: None where the packaged ones serve."""

    name: str
    sha256: str
    weights: Weights | None = None


class Hearing(Protocol):
    """The server's detector of requests for a person; `prepared` raises `ValueError` for weights that are none."""

    def packaged(self) -> bytes: ...

    def code(self) -> str: ...

    async def prepared(self, weights: bytes | None) -> HumanRequestDetector: ...

    def take(self, detector: HumanRequestDetector) -> None: ...


class InService:
    def __init__(
        self,
        own: Path,
        trained: Path,
        bot_url: str,
        token: str | None,
        bot_turns: BotTurns,
        hearing: Hearing,
    ) -> None:
        """`trained` is where `make train` puts its models."""
        self._models = own / "models"
        self._trained = trained
        self._pointer = own / "in_service.json"
        self._url = bot_url.rstrip("/")
        self._token = token
        self._bot_turns = bot_turns
        self._hearing = hearing
        self._swapping = asyncio.Lock()
        self.step: str | None = None  # of the swap under way: check, wait (for answers under way), load

    def now(self) -> Model | None:
        """What the workshop put in service, or found there when it began; None before."""
        try:
            of = json.loads(self._pointer.read_bytes())
        except FileNotFoundError:
            return None
        return Model(name=of["model"], sha256=of["sha256"], weights=weights_of(of))

    def weights(self, model: Model | None) -> bytes | None:
        """None for the packaged ones, which also stand in for those of another detector than this product's. Raises
        `conflict` for a damaged file."""
        if model is None or (named := model.weights) is None:
            return None
        if named.code != self._hearing.code():
            _log.warning("weights of an earlier detector are left out", extra={"weights": named.name})
            return None
        try:
            found = self.path(named.name).read_bytes()
        except FileNotFoundError:
            found = b""
        if hashlib.sha256(found).hexdigest() != named.sha256:
            raise conflict(
                "What it learned about requests for a person is not there any more, or is damaged."
            )
        return found

    def weights_to_begin_with(self) -> bytes | None:
        """At a start nobody can be asked: the packaged weights stand in for damaged ones."""
        try:
            return self.weights(self.now())
        except DomainError as error:
            _log.error("the packaged detector serves", extra={"why": error.message})
            return None

    def path(self, name: str) -> Path:
        return (self._models / name).resolve()

    async def pin(self) -> Model | None:
        """Keep the model that answers now, and the weights that hear, so that data which changes does not change them
        unjudged. None: not known."""
        if (known := self.now()) is not None:
            if known.weights is None or known.weights.code != self._hearing.code():
                known = replace(known, weights=await asyncio.to_thread(self._take_packaged))
                self._point(known, self.note())
            return known
        loaded = await self.loaded()
        source = None if loaded is None else self._trained / loaded
        if loaded is None or source is None or not source.is_file():
            return None
        model = await asyncio.to_thread(self._take, source, loaded)
        model = replace(model, weights=await asyncio.to_thread(self._take_packaged))
        self._point(model)
        return model

    def _take_packaged(self) -> Weights:
        content = self._hearing.packaged()
        digest = hashlib.sha256(content).hexdigest()
        return self._put(content, f"packaged_{digest[:16]}.weights", digest)

    def _put(self, content: bytes, name: str, sha256: str) -> Weights:
        self._models.mkdir(parents=True, exist_ok=True)
        if not self.path(name).exists():
            write_whole(self.path(name), content)
        return Weights(name=name, sha256=sha256, code=self._hearing.code())

    async def loaded(self) -> str | None:
        """The name of the file that Rasa has loaded; None when it does not say."""
        try:
            timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT_S)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.get(f"{self._url}/status", params=self._params()) as response,
            ):
                if response.status != 200:
                    return None
                facts = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        name = facts.get("model_file") if isinstance(facts, dict) else None
        return name if isinstance(name, str) and _NAME.fullmatch(name) else None

    def _params(self) -> dict[str, str]:
        return {} if self._token is None else {"token": self._token}

    def keep(self, source: Path, name: str, sha256: str, learned: Path, weights_sha256: str | None) -> Model:
        """Take a run's model into the models that can serve, with the weights that it `learned`; without a digest of
        those it learned none, and the ones in service stay. Raises `conflict` for damaged files."""
        now = self.now()
        weights = None if now is None else now.weights
        if weights_sha256 is not None:
            content = learned.read_bytes() if learned.is_file() else b""
            if hashlib.sha256(content).hexdigest() != weights_sha256:
                raise conflict("What this run learned about requests for a person is damaged. Train again.")
            weights = self._put(content, f"{name.removesuffix('.tar.gz')}.weights", weights_sha256)
        model = replace(self._take(source, name), weights=weights)
        if model.sha256 != sha256:
            self.path(name).unlink()
            raise conflict("The file of this model is damaged. Train again.")
        self._prune()
        return model

    def _take(self, source: Path, name: str) -> Model:
        self._models.mkdir(parents=True, exist_ok=True)
        target = self.path(name)
        if not target.exists():
            fresh = target.with_name(f".{name}.new")
            shutil.copyfile(source, fresh)
            with open(fresh, "rb") as handle:
                os.fsync(handle.fileno())
            os.replace(fresh, target)
        return Model(name=name, sha256=_sha256(target))

    def _prune(self) -> None:
        now = self.now()
        serving = set() if now is None else {now.name, now.weights.name if now.weights else ""}
        for ending in ("tar.gz", "weights"):
            files = self._models.glob(f"*.{ending}")
            latest = sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)
            for path in latest[MODELS_KEPT:]:
                if path.name not in serving:
                    path.unlink()

    def note(self) -> dict[str, Any] | None:
        """What the last swap was to be remembered by: a crash may have come before it was."""
        try:
            found: dict[str, Any] | None = json.loads(self._pointer.read_bytes()).get("note")
        except FileNotFoundError:
            return None
        return found

    async def swap(self, model: Model, note: dict[str, Any] | None) -> None:
        """Raises `DomainError`; then the model before goes on. `note` is on disk as soon as the model is in service."""
        async with self._swapping:
            try:
                await self._swap(model, note)
            finally:
                self.step = None

    async def _swap(self, model: Model, note: dict[str, Any] | None) -> None:
        self.step = "check"
        path = self.path(model.name)
        if not path.is_file() or await asyncio.to_thread(_sha256, path) != model.sha256:
            raise conflict("The file of this model is not there any more, or is damaged.")
        weights = await asyncio.to_thread(self.weights, model)
        try:
            detector = await self._hearing.prepared(weights)
        except ValueError as error:
            raise conflict(
                "What it learned about requests for a person cannot be used. Train again."
            ) from error
        self.step = "wait"
        await self._bot_turns.restart_begins()
        try:
            self.step = "load"
            await self._load(path)
            self._hearing.take(detector)
        finally:
            self._bot_turns.restart_ends()
        self._point(model, note)
        os.utime(path)
        if weights is not None and model.weights is not None:
            os.utime(self.path(model.weights.name))

    async def _load(self, path: Path) -> None:
        timeout = aiohttp.ClientTimeout(total=SWAP_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.put(
                    f"{self._url}/model", params=self._params(), json={"model_file": str(path)}
                ) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DomainError(
                Code.UNAVAILABLE,
                "The assistant does not answer just now. The model before stays.",
                retry_after_s=10,
            ) from error
        if status != 204:
            raise conflict(f"The assistant did not take this model (HTTP {status}). The one before goes on.")

    def _point(self, model: Model, note: dict[str, Any] | None = None) -> None:
        content = {"model": model.name, **(facts(model) or {}), "note": note}
        self._pointer.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._pointer, json.dumps(content).encode())

    async def reconcile(self) -> None:
        """After a crash in the middle of a swap: bring Rasa to the model that the file names, as soon as it answers."""
        while True:
            if await self._is_reconciled():
                return
            await asyncio.sleep(AGAIN_S)

    async def _is_reconciled(self) -> bool:
        """False where it should be tried again."""
        model, loaded = self.now(), await self.loaded()
        if model is None or loaded == model.name:
            return True
        if loaded is None:
            return False
        _log.warning("the assistant has another model than was put in service", extra={"model": model.name})
        try:
            await self.swap(model, self.note())
        except DomainError as error:
            _log.warning("the model could not be put in service again", extra={"why": error.message})
            return error.code is not Code.UNAVAILABLE
        return True


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def facts(model: Model | None) -> dict[str, Any] | None:
    """As it is kept in the journal; `weights_of` is the way back."""
    if model is None:
        return None
    its = model.weights
    weights = None if its is None else {"name": its.name, "sha256": its.sha256, "code": its.code}
    return {"name": model.name, "sha256": model.sha256, "weights": weights}


def weights_of(kept: Mapping[str, Any]) -> Weights | None:
    """Of a model as `facts` gave it; before there were any, it has none."""
    found = kept.get("weights")
    return None if found is None else Weights(**found)
