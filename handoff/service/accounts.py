"""The accounts of the desk's people: added, changed, disabled. Each change is in the audit log with who made it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handoff.domain import commands as c
from handoff.domain.errors import Code, DomainError, bad_request, conflict, not_found
from handoff.domain.people import Access as AccessLevel
from handoff.domain.people import Agent, AgentCard
from handoff.domain.text import KEY, clean_text, is_language, language_of
from handoff.service.access import Access
from handoff.service.committer import Committer
from handoff.service.ports import Account, AuditEntry, Batch, Clock, Ids, Storage
from handoff.service.views import member_view

LINE_CHARACTERS_MAX = 120  # of a name, a job title, an employer: customers read them in one line
LISTED_MAX = 50  # teams, languages or skills of one person
CAPACITY_MAX = 100
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")
_EMAIL_CHARACTERS_MAX = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes something. `id` is None for those who have the data in their hands."""

    id: str | None
    name: str


OPERATOR = By(id=None, name="Operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A person to add. `password` is set only by the demo; others get a one-time link."""

    email: str
    name: str
    role: str
    employer: str
    access: tuple[str, ...]
    teams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAccount:
    """What an account says from now on. `email` of None: it stays."""

    name: str
    role: str
    employer: str
    access: tuple[str, ...]
    teams: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int | None
    email: str | None = None


class Accounts:
    def __init__(
        self, access: Access, committer: Committer, storage: Storage, clock: Clock, ids: Ids
    ) -> None:
        self._access = access
        self._committer = committer
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._turn = asyncio.Lock()  # no two at once find that an e-mail address is free
        self._listeners: list[Callable[[], None]] = []
        self._in_doubt: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None], *, in_doubt: Callable[[], None]) -> None:
        """`listener` is called when somebody was added, changed, disabled or enabled; `in_doubt` when that was told as
        not written, and may be on disk all the same."""
        self._listeners.append(listener)
        self._in_doubt.append(in_doubt)

    async def _carry_out(self, command: c.Command, also: Batch) -> None:
        try:
            await self._committer.carry_out(command, also=also)
        except DomainError as error:
            if error.code is Code.UNAVAILABLE:
                for listener in self._in_doubt:
                    listener()
            raise

    async def add(self, new: NewAccount, by: By = OPERATOR) -> tuple[str, str | None]:
        """The new id, and the token of the link to set a password (None with one). Raises `DomainError`."""
        email = _email(new.email)
        agent_id = self._ids.new("ag")
        command = c.AddAgent(
            card=_card(agent_id, new),
            access=known_levels(new.access),
            languages=_languages(new.languages),
            teams=self._teams(new.teams),
            skills=_skills(new.skills),
            capacity=_capacity(new.capacity),
        )
        async with self._turn:
            batch, token = await self._access.account_rows(agent_id, email, new.password)
            said = {"email": email, **_said(command)}
            batch.audit.append(
                self._entry(by, "person_invited", command.card, {k: (None, v) for k, v in said.items()})
            )
            await self._carry_out(command, batch)
        self._tell()
        return agent_id, token

    async def change(self, agent_id: str, asked: ChangedAccount, by: By) -> None:
        """Another access signs the person out everywhere, and so does being none who answers. Raises `DomainError`."""
        agent = self._person(agent_id)
        teams = tuple(team for team in asked.teams if team not in agent.teams)
        self._teams(teams)  # one that is gone from the desk may stay
        command = c.ChangeAgent(
            card=_card(agent_id, asked),
            access=known_levels(asked.access),
            languages=_languages(asked.languages),
            teams=_few(asked.teams, "teams"),
            skills=_skills(asked.skills),
            capacity=_capacity(asked.capacity),
        )
        async with self._turn:
            rows = Batch()
            account = await self._access.account_of(agent_id)
            before, after = _said_of(agent), _said(command)
            if account is not None and asked.email is not None:
                before["email"], after["email"] = account.email, _email(asked.email)
                rows.accounts += await self._account_with_email(account, after["email"])
            changes = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
            if not changes:
                return
            if "access" in changes:
                rows.tokens_dead_of.append(("agent", agent_id))
            rows.audit.append(self._entry(by, "person_changed", command.card, changes))
            await self._carry_out(command, rows)
        self._tell()

    async def _account_with_email(self, account: Account, email: str) -> list[Account]:
        if account.email == email:
            return []
        other = await self._access.account_with(email)
        if other is not None and other.agent_id != account.agent_id:
            raise conflict(f"There is an account for {email} already.")
        return [replace(account, email=email)]

    async def disable(self, who: str, by: By = OPERATOR) -> str:
        """By id or e-mail address: sessions end, offers are rescinded, active ones go to the head."""
        account = await self._storage.account(who.strip().lower())
        agent_id = account.agent_id if account is not None else who
        agent = self._person(agent_id)
        if not agent.disabled:
            rows = Batch(tokens_dead_of=[("agent", agent_id), ("password", agent_id)])
            rows.audit.append(self._entry(by, "person_disabled", agent.card))
            await self._carry_out(c.DisableAgent(agent_id=agent_id), rows)
            self._tell()
        return agent_id

    async def enable(self, agent_id: str, by: By) -> None:
        """They sign in with the password that they had."""
        agent = self._person(agent_id)
        if agent.disabled:
            rows = Batch(audit=[self._entry(by, "person_enabled", agent.card)])
            await self._carry_out(c.EnableAgent(agent_id=agent_id), rows)
            self._tell()

    async def renew_link(self, agent_id: str, by: By) -> str:
        """The token of a new link to set a password; the links before it are dead. Raises `DomainError`."""
        agent = self._person(agent_id)
        if agent.disabled:
            raise conflict("This account is disabled. Enable it first.")
        rows = Batch(audit=[self._entry(by, "person_link_renewed", agent.card)])
        return await self._access.renew_password_link(agent_id, rows)

    def person(self, agent_id: str) -> Agent:
        """Raises `not_found`."""
        return self._person(agent_id)

    async def supervisors_addresses(self) -> list[str]:
        """Of all who may see alerts, in no order."""
        supervisors = [agent for agent in self._committer.desk.people() if agent.is_supervisor]
        found = [await self._storage.account_of(agent.id) for agent in supervisors]
        return [account.email for account in found if account is not None]

    async def rows(self) -> list[dict[str, Any]]:
        """Everybody with an account, with the e-mail address. The canary agent has none."""
        people = [one for one in self._committer.desk.agents.values() if not one.canary]
        return [await self.row(agent.id) for agent in people]

    async def row(self, agent_id: str) -> dict[str, Any]:
        """`capacity_own` is None for those to whom the setting of the desk applies; `invited`: has no password yet."""
        desk = self._committer.desk
        agent = self._person(agent_id)
        account = await self._storage.account_of(agent_id)
        return member_view(desk, agent) | {
            "email": None if account is None else account.email,
            "disabled": agent.disabled,
            "invited": account is not None and account.password_hash is None,
            "capacity_own": agent.capacity,
        }

    def _person(self, agent_id: str) -> Agent:
        agent = self._committer.desk.agents.get(agent_id)
        if agent is None or agent.canary:
            raise not_found("There is no such account.")
        return agent

    def _teams(self, given: tuple[str, ...]) -> tuple[str, ...]:
        rules = self._committer.desk.rules
        for team in given:
            if rules.team(team) is None:
                known = ", ".join(one.key for one in rules.teams)
                raise bad_request(f"There is no team {team!r}; the desk has {known}.")
        return _few(given, "teams")

    def _entry(
        self, by: By, action: str, card: AgentCard, changes: dict[str, tuple[Any, Any]] | None = None
    ) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            actor_id=by.id,
            actor_name=by.name,
            action=action,
            subject=card.id,
            subject_name=card.name,
            changes=changes or {},
        )

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _said(command: c.AddAgent | c.ChangeAgent) -> dict[str, Any]:
    """What an account says, field by field, as the audit log keeps it."""
    card = command.card
    return {
        "name": card.name,
        "role": card.role,
        "employer": card.employer,
        "access": [level.value for level in command.access],
        "teams": list(command.teams),
        "languages": list(command.languages),
        "skills": list(command.skills),
        "capacity": command.capacity,
    }


def _said_of(agent: Agent) -> dict[str, Any]:
    return {
        "name": agent.card.name,
        "role": agent.card.role,
        "employer": agent.card.employer,
        "access": [level.value for level in agent.access],
        "teams": list(agent.teams),
        "languages": list(agent.languages),
        "skills": list(agent.skills),
        "capacity": agent.capacity,
    }


def _card(agent_id: str, said: NewAccount | ChangedAccount) -> AgentCard:
    return AgentCard(
        id=agent_id,
        name=_line(said.name, "name"),
        role=_line(said.role, "role"),
        employer=_line(said.employer, "employer"),
    )


def _line(text: str, what: str) -> str:
    line = clean_text(text, what=what, characters_max=LINE_CHARACTERS_MAX)
    if "\n" in line or "\t" in line:
        raise bad_request(f"The {what} is one line.")
    return line


def _email(given: str) -> str:
    email = given.strip().lower()
    if len(email) > _EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(email):
        raise bad_request(f"{given[:100]!r} is not an e-mail address.")
    return email


def known_levels(given: tuple[str, ...]) -> tuple[AccessLevel, ...]:
    """Each once, in the order of the levels. Raises `bad_request`."""
    if not given or any(level not in list(AccessLevel) for level in given):
        raise bad_request("Access is one or more of agent, supervisor, trainer, admin.")
    return tuple(level for level in AccessLevel if level in given)


def _capacity(given: int | None) -> int | None:
    if given is not None and not 1 <= given <= CAPACITY_MAX:
        raise bad_request(f"A person takes from 1 to {CAPACITY_MAX} conversations at once.")
    return given


def _few(given: tuple[str, ...], what: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(given))
    if len(found) > LISTED_MAX:
        raise bad_request(f"A person has at most {LISTED_MAX} {what}.")
    return found


def _languages(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each language once, without its region. Raises `bad_request`: nobody would ever be asked in a language that no
    locale names."""
    languages = _few(tuple(language_of(one) for one in given), "languages")
    for language in languages:
        if not is_language(language):
            raise bad_request(f"{language[:20]!r} is not a language such as en or de-AT (ISO 639-1).")
    return languages


def _skills(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each skill once, in small letters. Raises `bad_request`."""
    skills = _few(tuple(skill.strip().lower() for skill in given), "skills")
    for skill in skills:
        if not KEY.fullmatch(skill):
            raise bad_request(f"{skill[:70]!r} is not a skill: it has small letters, digits, - and _ only.")
    return skills
