"""What an administrator changes in the console while people work: titles, teams, languages and rights of the desk's
people, opening hours, teams, canned answers.

Each act looks at what there is and changes one thing. What was acknowledged holds at once, and is in the audit log.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Protocol

from handoff.service.administered import DeskChanges, read_hours
from handoff.simulation.lines import Json, LineLost, Refused, http
from handoff.simulation.people.person import CLOSED_WITHIN_S, DESK, SESSION, Town, come_in

if TYPE_CHECKING:
    from handoff.domain.desk import DeskRules
    from handoff.simulation.loop import Machine
    from handoff.simulation.people.agents import Agent

AT_ONCE = "what is administered holds at once, and is in the audit log"
_HERE = "/api/v1/administration"
_SIGNS_IN_WITH = "a simulated password"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = ([["00:00", "24:00"]], [["07:45", "08:15"], ["08:25", "19:00"]], [["06:00", "22:00"]])
_TEAMS = ("night", "returns")
_PAGE = 50
_ON_ITS_WAY_S = (
    60.0  # a request that was not answered may be held up on its way, and be carried out after all
)


class Place(Town, Protocol):
    """What the administrator can reach of the world."""

    agents: list[Agent]

    @property
    def control(self) -> tuple[str, int]: ...

    @property
    def works_by(self) -> DeskRules | None: ...


class Administrator:
    """`changes` is what was said in the console, `answers` the canned ones, by id, since `answers_since` (virtual).
    While `unsure`, an act was not answered, and nobody knows whether it was done."""

    def __init__(self, town: Place, machine: Machine, edits: asyncio.Lock) -> None:
        """`edits`: of whoever changes what holds on the desk."""
        self.changes = DeskChanges()
        self.answers: dict[str, Json] = {}
        self.answers_since = 0.0
        self.unsure = False
        self._unsure_until = 0.0
        self._town = town
        self._machine = machine
        self._edits = edits
        self._email = ""
        self._tries = 0
        self._token: str | None = None
        self._agent_id = ""
        self._number = 0
        self._acked: list[tuple[str, str]] = []
        self._unanswered = 0

    async def act(self, draw: random.Random) -> None:
        self._town.count("administered")
        async with self._edits:
            seen = await self._look()
            if seen is not None:
                await self._change_something(draw, seen)

    # -- looking --

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        return await http(self._machine, DESK, method, path, body, self._token)

    async def _look(self) -> Json | None:
        """All that may be administered; None when it cannot be had now."""
        if self.unsure and (self._town.loop.time() < self._unsure_until or not self._town.referee.steady):
            return None
        try:
            if self._token is None:
                await self._come_in()
            seen = await self._ask("GET", _HERE)
        except (LineLost, Refused) as error:
            if isinstance(error, Refused) and error.code == "unauthorized":
                self._token = None
            return None
        self._take_up(seen)
        return seen

    async def _come_in(self) -> None:
        if not self._agent_id:
            self._tries += 1
            self._email = f"admin{self._tries}@desk.example"
            account = {
                "email": self._email,
                "name": "Admin",
                "role": "Administration",
                "employer": "Simulated Trading",
                "access": ["supervisor", "admin"],
                "teams": [],
                "languages": [],
            }
            made = await http(self._machine, self._town.control, "POST", "/api/control/agents", account)
            link = {"password": _SIGNS_IN_WITH, "token": made["token"]}
            await http(self._machine, DESK, "POST", "/api/v1/agent/password", link)
        body = {"email": self._email, "password": _SIGNS_IN_WITH}
        answer = await http(self._machine, DESK, "POST", "/api/v1/agent/sessions", body)
        self._token, self._agent_id = answer["token"], answer["agent"]["id"]

    def _take_up(self, seen: Json) -> None:
        """What is shown is what was acknowledged; where an act was not answered, it says how it stands."""
        hours = seen["opening_hours"]
        changes = DeskChanges(
            hours=read_hours(hours) if hours["source"] == "console" else None,
            team_names={
                one["key"]: one["name"] for one in seen["teams"] if one["name"] != one["name_of_file"]
            },
        )
        answers = {one["id"]: _without_version(one) for one in seen["canned_answers"]}
        if not self.unsure and (changes, answers) != (self.changes, self.answers):
            self._wrong("desk", f"{changes} {answers} is shown, it was {self.changes} {self.answers}")
        self.changes, self.unsure = changes, False
        if answers != self.answers:
            self.answers, self.answers_since = answers, self._town.loop.time()

    def _wrong(self, about: str, what: str) -> None:
        self._town.referee.wrong(AT_ONCE, about, what)

    # -- changing --

    async def _change_something(self, draw: random.Random, seen: Json) -> None:
        self._number += 1
        match draw.choice(("person", "person", "password", "hours", "team", "answer", "answer")):
            case "password":
                await self._renew_password(draw, seen)
            case "person":
                await self._change_person(draw, seen)
            case "hours":
                await self._change_hours(draw, seen)
            case "team":
                await self._change_team(draw, seen)
            case _:
                await self._change_answer(draw, seen)

    async def _do(
        self, method: str, path: str, body: Json | None, action: str, subject: str = ""
    ) -> Json | None:
        """The answer; None when it was not done, or nobody knows. A conflict is for whoever asked to expect."""
        self.unsure = True
        try:
            answer = await self._ask(method, f"{_HERE}/{path}", body)
        except (LineLost, Refused) as error:
            if isinstance(error, Refused) and error.status != 503:
                self.unsure = False
                if error.status not in (401, 409, 429):
                    self._wrong("desk", f"{method} {path}: {error}")
            else:
                self._unanswered += 1
                self._unsure_until = self._town.loop.time() + _ON_ITS_WAY_S
            return None
        self.unsure = False
        self._acked.append((action, subject))
        return answer

    async def _change_person(self, draw: random.Random, seen: Json) -> None:
        """Another title, other teams and languages; now and then another right, which signs the person out."""
        town = self._town
        there = {one.agent_id: one for one in town.agents if not (one.over or one.leaves or one.supervisor)}
        rows = [one for one in seen["people"] if one["id"] in there and not one["disabled"]]
        if not rows:
            return
        row = draw.choice(rows)
        agent = there[row["id"]]
        is_trainer = "trainer" in row["access"]
        changes_rights = draw.random() < 0.3
        asked = {
            "name": row["name"],
            "role": f"Support {self._number}",
            "employer": row["employer"],
            "access": ["agent"] if is_trainer is changes_rights else ["agent", "trainer"],
            "teams": list(draw.choice(((), (), ("service",), ("billing",), ("service", "billing")))),
            "languages": list(draw.choice(((), (), ("en",), ("de", "en")))),
            "skills": row["skills"],
            "capacity": row["capacity_own"],
        }
        line = agent.line
        path = f"people/{agent.agent_id}"
        answer = await self._do("PUT", path, asked | {"version": row["version"]}, "person_changed", row["id"])
        if answer is None:
            return
        shadow = town.referee.shadow.agents[agent.agent_id]
        holds = (shadow.card.role, list(shadow.teams), list(shadow.languages), sorted(shadow.access))
        if holds != (asked["role"], asked["teams"], asked["languages"], asked["access"]):
            self._wrong(agent.agent_id, f"{holds} after {asked}")
        if changes_rights:
            await asyncio.sleep(CLOSED_WITHIN_S)
            if line is not None and not line.lost and line is agent.line and town.delivers(line):
                town.referee.wrong(SESSION, agent.name, "has other rights, and the line of before is open")

    async def _renew_password(self, draw: random.Random, seen: Json) -> None:
        """Somebody has forgotten theirs. With the new one every session of before is over."""
        town = self._town
        there = {one.agent_id: one for one in town.agents if not (one.over or one.leaves or one.supervisor)}
        rows = [one for one in seen["people"] if one["id"] in there and not one["disabled"]]
        if not rows:
            return
        agent = there[draw.choice(rows)["id"]]
        path = f"people/{agent.agent_id}/link"
        made = await self._do("POST", path, {}, "person_link_renewed", agent.agent_id)
        if made is None:
            return
        line, before, token = agent.line, agent.token, made["link"].rpartition("=")[2]
        body = {"password": "a simulated password", "token": token}
        try:
            await http(self._machine, DESK, "POST", "/api/v1/agent/password", body)
        except (LineLost, Refused):
            return
        await asyncio.sleep(CLOSED_WITHIN_S)
        if line is not None and not line.lost and line is agent.line and town.delivers(line):
            town.referee.wrong(SESSION, agent.name, "has another password, and the line of before is open")
        other = await come_in(agent, before)
        if other is not None:
            other.hang_up()
            town.referee.wrong(
                SESSION, agent.name, "has another password, and is let in with a token of before"
            )

    async def _change_hours(self, draw: random.Random, seen: Json) -> None:
        if seen["opening_hours"]["source"] == "console" and draw.random() < 0.5:
            if await self._do("DELETE", "opening-hours", None, "opening_hours_given_back"):
                self.changes = self.changes.with_hours(None)
            return
        spans = draw.choice(_HOURS)
        given: Json = {"time_zone": "UTC", "week": dict.fromkeys(_DAYS, spans), "holidays": []}
        version = {"version": seen["opening_hours"]["version"]}
        if await self._do("PUT", "opening-hours", given | version, "opening_hours_changed"):
            self.changes = self.changes.with_hours(read_hours(given))
            works_by = self._town.works_by
            if works_by is not None and works_by.hours != self.changes.hours:
                self._wrong("desk", f"opening hours {works_by.hours} after {given}")

    async def _change_team(self, draw: random.Random, seen: Json) -> None:
        key = draw.choice(_TEAMS)
        rows = [one for one in seen["teams"] if one["key"] == key]
        if rows and draw.random() < 0.5:
            if await self._do("DELETE", f"teams/{key}", None, "team_removed", key) is not None:
                self.changes = self.changes.with_team(key, None)
            return
        name, action = f"Team {self._number}", "team_renamed" if rows else "team_added"
        version = {"version": rows[0]["version"]} if rows else {}
        if await self._do("PUT", f"teams/{key}", {"name": name, **version}, action, key):
            self.changes = self.changes.with_team(key, name)

    async def _change_answer(self, draw: random.Random, seen: Json) -> None:
        rows = seen["canned_answers"]
        if rows and draw.random() < 0.4:
            row = draw.choice(rows)
            if (
                await self._do("DELETE", f"canned-answers/{row['id']}", None, "answer_removed", row["id"])
                is not None
            ):
                self._show({one: view for one, view in self.answers.items() if one != row["id"]})
            return
        asked: Json = {"title": f"Answer {self._number}", "text": "Hello {customer}.", "language": None}
        if rows and draw.random() < 0.5:
            row = draw.choice(rows)
            path, version = f"canned-answers/{row['id']}", {"version": row["version"]}
            answer = await self._do("PUT", path, asked | version, "answer_changed", row["id"])
        else:
            answer = await self._do("POST", "canned-answers", asked, "answer_added")
        if answer is not None:
            view = _without_version(answer["canned_answer"])
            self._acked[-1] = (self._acked[-1][0], view["id"])
            self._show(self.answers | {view["id"]: view})

    def _show(self, answers: dict[str, Json]) -> None:
        self.answers, self.answers_since = answers, self._town.loop.time()

    # -- at the end --

    async def audit(self) -> None:
        """The audit log has each act that was acknowledged, once, in its order, and no others of this person's."""
        if not self._agent_id:
            return
        entries: list[Json] = []
        page: Json = {"more": True}
        try:
            self._token = None
            await self._come_in()
            while page["more"]:
                before = f"&before={entries[-1]['number']}" if entries else ""
                page = await self._ask("GET", f"{_HERE}/audit?limit={_PAGE}{before}")
                entries += page["entries"]
        except (LineLost, Refused) as error:
            self._wrong("desk", f"the audit log cannot be read: {error}")
            return
        numbers = [one["number"] for one in entries]
        if numbers != sorted(set(numbers), reverse=True):
            self._wrong("desk", f"entries of the audit log {numbers}")
        own = [one for one in reversed(entries) if one["actor"]["id"] == self._agent_id]
        logged = [(one["action"], _subject(one)) for one in own]
        left = iter(logged)
        missing = [one for one in self._acked if one not in left]
        if missing or len(logged) > len(self._acked) + self._unanswered:
            self._wrong("desk", f"{missing} is not in the audit log, or out of order: {logged}")


def _subject(entry: Json) -> str:
    """Opening hours have no subject that would tell one act from another."""
    return "" if entry["action"].startswith("opening_hours") else str(entry["subject"])


def _without_version(view: Json) -> Json:
    return {name: value for name, value in view.items() if name != "version"}


async def try_as_agent(agent: Agent) -> None:
    """Whoever is no supervisor looks at nothing of it, and changes nothing."""
    if agent.supervisor:
        return
    agent.town.count("pried")
    asked: tuple[tuple[str, str, Any], ...] = (
        ("GET", "", None),
        ("GET", "/audit", None),
        ("PUT", f"/teams/{_TEAMS[0]}", {"name": "Mine"}),
        ("DELETE", "/opening-hours", None),
        ("POST", "/canned-answers", {"title": "Mine", "text": "Mine"}),
        ("POST", f"/people/{agent.agent_id}/disable", {}),
    )
    method, path, body = agent.random.choice(asked)
    try:
        await agent.http(method, f"{_HERE}{path}", body, agent.token)
    except Refused as error:
        if error.code not in ("forbidden", "unauthorized"):
            agent.town.referee.wrong(AT_ONCE, agent.name, f"{method} {path}: {error}")
    else:
        agent.town.referee.wrong(AT_ONCE, agent.name, f"{method} {path} is done for an agent")
