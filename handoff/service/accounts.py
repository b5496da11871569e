"""The accounts of the desk's people: added, listed, disabled. For the operator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from handoff.domain import commands as c
from handoff.domain.errors import bad_request, not_found
from handoff.domain.people import Access as AccessLevel
from handoff.domain.people import AgentCard
from handoff.domain.text import KEY, clean_text, is_language, language_of
from handoff.service.access import Access
from handoff.service.committer import Committer
from handoff.service.ports import Batch, Ids, Storage
from handoff.service.views import member_view

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


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
    password: str | None = None


class Accounts:
    def __init__(self, access: Access, committer: Committer, storage: Storage, ids: Ids) -> None:
        self._access = access
        self._committer = committer
        self._storage = storage
        self._ids = ids

    async def add(self, new: NewAccount) -> tuple[str, str | None]:
        """The new id, and the token of the link to set a password (None with one). Raises `DomainError`."""
        rules = self._committer.desk.rules
        if not _EMAIL.fullmatch(new.email.strip()):
            raise bad_request(f"{new.email!r} is not an e-mail address.")
        try:
            levels = tuple(AccessLevel(level) for level in new.access)
        except ValueError as error:
            raise bad_request("Access is one or more of agent, supervisor, trainer, admin.") from error
        if not levels:
            raise bad_request("Access is one or more of agent, supervisor, trainer, admin.")
        for team in new.teams:
            if rules.team(team) is None:
                known = ", ".join(one.key for one in rules.teams)
                raise bad_request(f"There is no team {team!r}; the desk has {known}.")
        agent_id = self._ids.new("ag")
        batch, token = await self._access.account_rows(agent_id, new.email, new.password)
        command = c.AddAgent(
            card=AgentCard(
                id=agent_id,
                name=clean_text(new.name, what="name"),
                role=clean_text(new.role, what="role"),
                employer=clean_text(new.employer, what="employer"),
            ),
            access=levels,
            languages=_languages(new.languages),
            teams=new.teams,
            skills=_skills(new.skills),
        )
        await self._committer.carry_out(command, also=batch)
        return agent_id, token

    async def disable(self, who: str) -> str:
        """By id or e-mail address: sessions end, offers are rescinded, active ones go to the head."""
        account = await self._storage.account(who.strip().lower())
        agent_id = account.agent_id if account is not None else who
        if agent_id not in self._committer.desk.agents:
            raise not_found("There is no such account.")
        rows = Batch(tokens_dead_of=[("agent", agent_id), ("password", agent_id)])
        await self._committer.carry_out(c.DisableAgent(agent_id=agent_id), also=rows)
        return agent_id

    async def supervisors_addresses(self) -> list[str]:
        """Of all who may see alerts, in no order."""
        supervisors = [agent for agent in self._committer.desk.people() if agent.is_supervisor]
        found = [await self._storage.account_of(agent.id) for agent in supervisors]
        return [account.email for account in found if account is not None]

    async def rows(self) -> list[dict[str, Any]]:
        """Everybody with an account, with the e-mail address. The canary agent has none."""
        desk = self._committer.desk
        found = []
        for agent in (one for one in desk.agents.values() if not one.canary):
            account = await self._storage.account_of(agent.id)
            email = account.email if account is not None else None
            found.append(member_view(desk, agent) | {"email": email, "disabled": agent.disabled})
        return found


def _languages(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each language once, without its region. Raises `bad_request`: nobody would ever be asked in a language that no
    locale names."""
    languages = tuple(dict.fromkeys(language_of(one) for one in given))
    for language in languages:
        if not is_language(language):
            raise bad_request(f"{language!r} is not a language such as en or de-AT (ISO 639-1).")
    return languages


def _skills(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each skill once, in small letters. Raises `bad_request`."""
    skills = tuple(dict.fromkeys(skill.strip().lower() for skill in given))
    for skill in skills:
        if not KEY.fullmatch(skill):
            raise bad_request(f"{skill!r} is not a skill: it has small letters, digits, - and _ only.")
    return skills
