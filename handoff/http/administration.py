"""What supervisors see and change of the desk: REST under `/api/v1/administration` and `/api/v1/board`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from handoff.domain.errors import bad_request
from handoff.domain.handoff import Reason
from handoff.domain.people import Agent
from handoff.http.errors import parsed, required_bearer
from handoff.service import administration_wire as wire
from handoff.service.access import Access
from handoff.service.accounts import ChangedAccount, NewAccount
from handoff.service.administration import AUDIT_ENTRIES_MAX, Administration
from handoff.service.day import Days
from handoff.service.limits import Rate
from handoff.service.ports import Clock

_HERE = "/api/v1/administration"
_NOT_KEPT = {"Cache-Control": "no-store"}
NUMBER_MAX = 2**53


class AdministrationApi:
    def __init__(
        self,
        access: Access,
        administration: Administration,
        days: Days,
        clock: Clock,
        *,
        request_burst: int,
        requests_per_second: float,
    ) -> None:
        """The rates are those of one person at the sockets."""
        self._access = access
        self._administration = administration
        self._days = days
        self._rate = Rate(clock, burst=request_burst, per_second=requests_per_second)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_HERE, self.overview),
            web.get(f"{_HERE}/audit", self.audit),
            web.post(f"{_HERE}/people", self.invite),
            web.put(f"{_HERE}/people/{{id}}", self.change_person),
            web.post(f"{_HERE}/people/{{id}}/disable", self.disable_person),
            web.post(f"{_HERE}/people/{{id}}/enable", self.enable_person),
            web.post(f"{_HERE}/people/{{id}}/link", self.renew_link),
            web.put(f"{_HERE}/teams/{{id}}", self.put_team),
            web.delete(f"{_HERE}/teams/{{id}}", self.remove_team),
            web.put(f"{_HERE}/opening-hours", self.put_hours),
            web.delete(f"{_HERE}/opening-hours", self.give_hours_back),
            web.post(f"{_HERE}/canned-answers", self.add_answer),
            web.put(f"{_HERE}/canned-answers/{{id}}", self.change_answer),
            web.delete(f"{_HERE}/canned-answers/{{id}}", self.remove_answer),
            web.get("/api/v1/board/today", self.today),
            web.get("/api/v1/board/handoffs", self.behind),
        ]

    async def _actor(self, request: web.Request) -> Agent:
        """Who asks. What they may do, the service says. Raises `unauthorized`, `rate_limited`."""
        agent = (await self._access.agent(required_bearer(request))).agent
        self._rate.take(agent.id)
        return agent

    # -- looking --

    async def overview(self, request: web.Request) -> web.Response:
        return _answer(await self._administration.overview(await self._actor(request)))

    async def audit(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        before = _number(request, "before")
        limit = _number(request, "limit")
        found = await self._administration.audit(
            actor, before=before, limit=AUDIT_ENTRIES_MAX if limit is None else limit
        )
        return _answer(found)

    async def today(self, request: web.Request) -> web.Response:
        return _answer(await self._days.today(await self._actor(request)))

    async def behind(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        reason = request.query.get("reason")
        if reason is not None and reason not in list(Reason):
            raise bad_request("There is no such reason.")
        found = await self._days.behind(
            actor,
            since=_moment(request, "from"),
            until=_moment(request, "to"),
            reason=None if reason is None else Reason(reason),
        )
        return _answer(found)

    # -- people --

    async def invite(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        asked = await parsed(request, wire.Invite)
        new = NewAccount(**_said(asked))
        return _answer(await self._administration.invite(actor, new), status=201)

    async def change_person(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        asked = await parsed(request, wire.ChangePerson)
        changed = ChangedAccount(**_said(asked))
        found = await self._administration.change_person(actor, _id(request), changed, asked.version)
        return _answer({"person": found})

    async def disable_person(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        return _answer({"person": await self._administration.disable_person(actor, _id(request))})

    async def enable_person(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        return _answer({"person": await self._administration.enable_person(actor, _id(request))})

    async def renew_link(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        return _answer(await self._administration.renew_link(actor, _id(request)), status=201)

    # -- teams, hours, answers --

    async def put_team(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        asked = await parsed(request, wire.PutTeam)
        found = await self._administration.put_team(actor, _id(request), asked.name, asked.version)
        return _answer({"team": found})

    async def remove_team(self, request: web.Request) -> web.Response:
        await self._administration.remove_team(await self._actor(request), _id(request))
        return web.Response(status=204)

    async def put_hours(self, request: web.Request) -> web.Response:
        actor = await self._actor(request)
        asked = await parsed(request, wire.PutHours)
        given = {"time_zone": asked.time_zone, "week": asked.week, "holidays": asked.holidays}
        found = await self._administration.put_hours(actor, given, asked.version)
        return _answer({"opening_hours": found})

    async def give_hours_back(self, request: web.Request) -> web.Response:
        found = await self._administration.give_hours_back(await self._actor(request))
        return _answer({"opening_hours": found})

    async def add_answer(self, request: web.Request) -> web.Response:
        return await self._put_answer(request, None, status=201)

    async def change_answer(self, request: web.Request) -> web.Response:
        return await self._put_answer(request, _id(request), status=200)

    async def _put_answer(self, request: web.Request, answer_id: str | None, *, status: int) -> web.Response:
        actor = await self._actor(request)
        asked = await parsed(request, wire.PutAnswer)
        found = await self._administration.put_answer(
            actor,
            answer_id,
            title=asked.title,
            text=asked.text,
            language=asked.language,
            team=asked.team,
            version=asked.version,
        )
        return _answer({"canned_answer": found}, status=status)

    async def remove_answer(self, request: web.Request) -> web.Response:
        await self._administration.remove_answer(await self._actor(request), _id(request))
        return web.Response(status=204)


def _answer(body: dict[str, Any], *, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers=_NOT_KEPT)


def _said(asked: wire.Invite | wire.ChangePerson) -> dict[str, Any]:
    """What is said of a person, whether it is new."""
    return {
        "email": asked.email,
        "name": asked.name,
        "role": asked.role,
        "employer": asked.employer,
        "access": tuple(asked.access),
        "teams": tuple(asked.teams),
        "languages": tuple(asked.languages),
        "skills": tuple(asked.skills),
        "capacity": asked.capacity,
    }


def _id(request: web.Request) -> str:
    return request.match_info["id"][:128]


def _number(request: web.Request, name: str) -> int | None:
    """Raises `bad_request`."""
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not 1 <= int(text) <= NUMBER_MAX:
        raise bad_request(f"{name} must be a whole number from 1 on.")
    return int(text)


def _moment(request: web.Request, name: str) -> datetime:
    """Raises `bad_request`."""
    try:
        at = datetime.fromisoformat(request.query.get(name, ""))
    except ValueError as error:
        raise bad_request(f"{name} must be a moment such as 2027-01-31T09:00:00Z.") from error
    if at.tzinfo is None:
        raise bad_request(f"{name} must say its time zone.")
    return at
