"""Every setting of the handoff server, read once from `HANDOFF_*`; all that is wrong is reported together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from handoff.domain.policy import Policy
from handoff.service.notice_addresses import (
    MailServer,
    addresses,
    mail_server,
    sender,
    webhook_key,
    webhook_url,
)

PREFIX = "HANDOFF_"
LONGEST_S = 10 * 365 * 86_400  # moments have a last year; no desk waits that long


class SettingsError(Exception):
    """`problems` lists every setting that cannot be used, each with what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _of(
    default: Any,
    unit: str,
    why: str,
    minimum: float | None = None,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """`parse` is for a value of its own kind; otherwise the field's type says how it is read."""
    return field(default=default, metadata={"unit": unit, "why": why, "minimum": minimum, "parse": parse})


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
    canary_every_s: float = _of(
        0.0, "seconds", "between two tests of the whole journey, by a pretend customer and agent; 0: none", 0
    )
    canary_timeout_s: float = _of(30.0, "seconds", "that such a test may take before it has failed", 0.1)
    message_burst: int = _of(300, "messages", "from one customer at once", 1)
    messages_per_second: float = _of(5.0, "messages per second", "from one customer after that", 0.01)
    agent_request_burst: int = _of(
        6_000,
        "requests",
        "from one agent at once; a program that answers for many people may sign in as one",
        1,
    )
    agent_requests_per_second: float = _of(200.0, "requests per second", "from one agent after that", 0.01)
    new_session_burst: int = _of(
        3_000, "sessions", "begun at once from one address: a company, a carrier's or a proxy's", 1
    )
    new_sessions_per_second: float = _of(
        20.0, "sessions per second", "begun from one address after that", 0.01
    )
    smtp_url: MailServer | None = field(
        default=None,
        metadata={
            "unit": "secret",
            "why": "by which notices go out as e-mail: smtps://user:password@mail.example",
            "parse": mail_server,
        },
    )
    notice_email_from: str | None = _of(
        None,
        "address",
        "who the notices come from, and gets the answers; else the trader's own",
        parse=sender,
    )
    notice_email_to: tuple[str, ...] | None = _of(
        None, "addresses", "who gets notices by e-mail; else every supervisor", parse=addresses
    )
    notice_webhook_url: str | None = _of(
        None, "secret", "where notices are posted as JSON; often has a token in it", parse=webhook_url
    )
    notice_webhook_key: bytes | None = _of(
        None,
        "secret",
        "signs what is posted there, so that the receiver can tell it is ours",
        parse=webhook_key,
    )
    notice_retry_s: float = _of(
        30.0,
        "seconds",
        "until a notice that failed is tried again; then twice as long, to a quarter hour",
        0.05,
    )
    notice_timeout_s: float = _of(15.0, "seconds", "for a mail server or receiver to take a notice", 0.05)
    notice_digest_s: float = _of(10.0, "seconds", "between two e-mails; what is asked meanwhile is in one", 0)
    rasa_token: str | None = _of(
        None, "secret", "of Rasa's own interface: with it a new model is put in service"
    )
    assistant_dir: Path | None = field(
        default=None,
        metadata={
            "unit": "folder",
            "why": "config.yml, data/ and bot/domain/ that trainers edit; else the clone's",
        },
    )
    vectors_dir: Path | None = field(
        default=None,
        metadata={
            "unit": "folder",
            "why": "what was encoded to learn requests for a person is kept there; else with the trainers' runs",
        },
    )
    second_voice: bool = _of(
        True,
        "yes/no",
        "requests for a person are heard by what a message means as well, which takes 55 MB; else by its words",
    )
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
    problems += _of_notices(server)
    if problems:
        raise SettingsError(problems)
    return Settings(server=server, policy=policy, origins=origins, unknown=unknown)


def _of_notices(server: Server) -> list[str]:
    """What is set by halves, and would leave a supervisor without the notices that somebody counts on."""
    problems = []
    by_mail = server.notice_email_from is not None or server.notice_email_to is not None
    if by_mail and server.smtp_url is None:
        problems.append(
            "HANDOFF_NOTICE_EMAIL_FROM and _TO need HANDOFF_SMTP_URL: without it no mail can be sent"
        )
    if server.notice_webhook_url is not None and server.notice_webhook_key is None:
        problems.append(
            "HANDOFF_NOTICE_WEBHOOK_URL needs HANDOFF_NOTICE_WEBHOOK_KEY, with which it is signed"
        )
    if server.notice_webhook_url is None and server.notice_webhook_key is not None:
        problems.append(
            "HANDOFF_NOTICE_WEBHOOK_KEY needs HANDOFF_NOTICE_WEBHOOK_URL, where notices are posted"
        )
    return problems


# Read by the supervisor and the bot's side, which get the same environment.
_OF_OTHER_PARTS = {
    "rasa_port",
    "actions_port",
    "shop_url",
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
            parse = one.metadata.get("parse") or _parser(one.type)
            value = parse(text.strip())
            minimum = one.metadata.get("minimum")
            if minimum is not None and value < minimum:
                raise ValueError(f"at least {minimum:g}")
            if one.name.endswith("_s") and value > LONGEST_S:
                raise ValueError("at most ten years of seconds")
            values[one.name] = value
            origins[one.name] = "environment"
        except ValueError as error:
            given = name if one.metadata.get("unit") == "secret" else f"{name}={text!r}"
            problems.append(f"{given} cannot be used ({error})")
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
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)
