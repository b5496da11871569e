"""Every setting of the handoff server, read once from `HANDOFF_*`; all that is wrong is reported together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from handoff.domain.policy import Policy

PREFIX = "HANDOFF_"
LONGEST_S = 10 * 365 * 86_400  # moments have a last year; no desk waits that long


class SettingsError(Exception):
    """`problems` lists every setting that cannot be used, each with what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _of(default: Any, unit: str, why: str, minimum: float | None = None) -> Any:
    return field(default=default, metadata={"unit": unit, "why": why, "minimum": minimum})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Settings of the process; those of the desk's rules are in `Policy`."""

    host: str = _of("127.0.0.1", "address", "where it listens; demo mode only on loopback")
    port: int = _of(8600, "port", "0 takes any free one", 0)
    data_dir: Path = field(
        default=Path("var"),
        metadata={"unit": "folder", "why": "the log and everything else that must last"},
    )
    demo: bool = _of(False, "yes/no", "the pretend trader with its accounts; loopback only")
    desk_file: Path | None = field(
        default=None,
        metadata={"unit": "file", "why": "trader, sites, teams, hours; the demo brings its own"},
    )
    public_origin: str | None = _of(None, "origin", "how browsers reach it, behind a proxy say")
    bot_url: str = _of("http://127.0.0.1:8601", "URL", "the Rasa server")
    actions_url: str = _of("http://127.0.0.1:8602", "URL", "the action server")
    bot_key: str | None = _of(None, "secret", "shared with Rasa and the action server")
    bot_late_answer_s: float = _of(
        60.0,
        "seconds",
        "after a turn timed out, its answer is listened for: what it did is shown to the agent",
        0,
    )
    sweep_s: float = _of(0.5, "seconds", "between two looks at what is due; at most 1", 0.01)
    message_burst: int = _of(300, "messages", "from one customer at once", 1)
    messages_per_second: float = _of(5.0, "messages per second", "from one customer after that", 0.01)
    log_level: str = _of("INFO", "level", "DEBUG, INFO, WARNING or ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    server: Server
    policy: Policy
    origins: Mapping[str, str]
    unknown: tuple[str, ...] = ()

    @property
    def bot_key(self) -> str:
        """Without a shared secret one of the moment: the bot's side then refuses, instead of being open to all."""
        return self.server.bot_key or secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of `python -m handoff settings`."""

    name: str
    value: str
    unit: str
    default: str
    origin: str
    why: str


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises `SettingsError` with every problem at once. Names that no part knows are in `unknown`."""
    problems: list[str] = []
    origins: dict[str, str] = {}
    server = _read(Server, environment, problems, origins)
    policy = _read(Policy, environment, problems, origins)
    known = {one.name for kind in (Server, Policy) for one in fields(kind)} | _OF_OTHER_PARTS
    unknown = tuple(
        name
        for name in sorted(environment)
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in known
    )
    if server.sweep_s > 1:
        problems.append("HANDOFF_SWEEP_S may be 1 at most: a deadline is looked at every second")
    if server.demo and server.host not in ("127.0.0.1", "::1", "localhost"):
        problems.append(
            f"HANDOFF_HOST={server.host!r}: demo mode has a known password and binds to loopback only; "
            "HANDOFF_DEMO=0 with a desk file is the real thing"
        )
    if problems:
        raise SettingsError(problems)
    return Settings(server=server, policy=policy, origins=origins, unknown=unknown)


# Read by the supervisor and the bot's side, which get the same environment.
_OF_OTHER_PARTS = {
    "rasa_port",
    "actions_port",
    "shop_url",
    "rasa_token",
    "refund_limit_cents",
    "shop_timeout_s",
}


def _read[T](
    kind: type[T], environment: Mapping[str, str], problems: list[str], origins: dict[str, str]
) -> T:
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]  # both kinds are dataclasses
        name = PREFIX + one.name.upper()
        text = environment.get(name)
        if text is None:
            continue
        try:
            value = _parser(one.type)(text.strip())
            minimum = one.metadata.get("minimum")
            if minimum is not None and value < minimum:
                raise ValueError(f"at least {minimum:g}")
            if one.name.endswith("_s") and value > LONGEST_S:
                raise ValueError("at most ten years of seconds")
            values[one.name] = value
            origins[one.name] = "environment"
        except ValueError as error:
            problems.append(f"{name}={text!r} cannot be used ({error})")
    return kind(**values)


def _parser(annotation: Any) -> Callable[[str], Any]:
    text = str(annotation)
    if "Path" in text:
        return _path
    for name, parse in (("bool", _flag), ("int", int), ("float", _number)):
        if text.startswith(name):
            return parse
    return _text


def _number(text: str) -> float:
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("a finite number")
    return number


def _flag(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError("1 or 0")


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a path")
    return Path(text)


def _text(text: str) -> str:
    if not text:
        raise ValueError("not empty")
    return text


def rows(settings: Settings) -> list[Row]:
    """All settings with unit, default and origin. Secrets are not shown."""
    found = []
    for part in (settings.server, settings.policy):
        for one in fields(part):
            value = getattr(part, one.name)
            unit = one.metadata.get("unit") or ("seconds" if one.name.endswith("_s") else "count")
            shown = "(set)" if unit == "secret" and value is not None else value
            found.append(
                Row(
                    name=PREFIX + one.name.upper(),
                    value=_shown(shown),
                    unit=unit,
                    default=_shown(one.default),
                    origin=settings.origins.get(one.name, "default"),
                    why=one.metadata["why"],
                )
            )
    return found


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
