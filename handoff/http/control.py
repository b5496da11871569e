"""What the command line asks of a running server: over a socket file that only the owner of the data can open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from handoff.domain.desk import DeskRules
from handoff.domain.errors import bad_request
from handoff.http.errors import parsed
from handoff.service.accounts import Accounts, NewAccount
from handoff.service.bot_turns import BotTurns
from handoff.service.canary import Canaries, Outcome, Step
from handoff.service.desk_config import DeskFileError
from handoff.service.desk_rules import ladder_lines, route_lines
from handoff.service.notices import Notices

_Text = Annotated[str, Meta(min_length=1, max_length=254)]


class AddAgent(Struct):
    email: _Text
    name: _Text
    role: _Text
    employer: _Text
    access: list[_Text]
    teams: list[_Text] = []
    languages: list[_Text] = []
    skills: list[_Text] = []


class DisableAgent(Struct):
    who: _Text


class BotRestart(Struct):
    """Told by whoever restarts the bot on purpose. What is not told is a crash, and waits for nothing."""

    restart: Literal["begins", "ends"]


class CanaryStep(Struct):
    name: _Text
    seconds: Annotated[float, Meta(ge=0)]


class CanaryEnd(Struct):
    """`failure` is what went wrong, in words; None: it is through."""

    run_id: _Text
    steps: Annotated[list[CanaryStep], Meta(max_length=50)]
    failure: Annotated[str, Meta(max_length=500)] | None = None


class Control:
    """`reload` puts the desk file in force as it is now. `hear_again` takes up what `make reload` brought for the
    detector of requests for a person. `public_key`: with which transcripts of this installation are checked, in hex.
    `origin`: where this server listens, for who is on the same machine."""

    def __init__(
        self,
        accounts: Accounts,
        bot_turns: BotTurns,
        notices: Notices,
        canaries: Canaries,
        reload: Callable[[], Awaitable[DeskRules]],
        hear_again: Callable[[], Awaitable[None]],
        *,
        public_key: str,
        origin: Callable[[], str],
    ) -> None:
        self._accounts = accounts
        self._bot_turns = bot_turns
        self._notices = notices
        self._canaries = canaries
        self._reload = reload
        self._hear_again = hear_again
        self._origin = origin
        self._public_key = public_key

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/control/agents", self.list_agents),
            web.post("/api/control/agents", self.add_agent),
            web.post("/api/control/agents/disable", self.disable_agent),
            web.get("/api/control/key", self.key),
            web.post("/api/control/canary", self.begin_canary),
            web.post("/api/control/canary/end", self.end_canary),
            web.post("/api/control/bot", self.bot),
            web.post("/api/control/reload", self.reload),
            web.post("/api/control/notices/test", self.ask_for_test_notice),
        ]

    async def ask_for_test_notice(self, _request: web.Request) -> web.Response:
        await self._notices.ask_for_test()
        return web.json_response({})

    async def bot(self, request: web.Request) -> web.Response:
        """A restart that begins is answered when the bot is at work on no turn any more: now it may be stopped."""
        asked = await parsed(request, BotRestart)
        if asked.restart == "begins":
            await self._bot_turns.restart_begins()
        else:
            await self._hear_again()
            self._bot_turns.restart_ends()
        return web.json_response({})

    async def begin_canary(self, _request: web.Request) -> web.Response:
        """What a canary needs to walk the journey from outside. One at a time."""
        begun = await self._canaries.begin()
        body = {
            "run_id": begun.run_id,
            "conversation_id": begun.tokens.customer.conversation_id,
            "customer_token": begun.tokens.customer.token,
            "agent_token": begun.tokens.agent_token,
            "origin": self._origin(),
            "timeout_s": begun.timeout_s,
        }
        return web.json_response(body, status=201)

    async def end_canary(self, request: web.Request) -> web.Response:
        asked = await parsed(request, CanaryEnd)
        steps = tuple(Step(name=one.name, seconds=one.seconds) for one in asked.steps)
        await self._canaries.end(asked.run_id, Outcome(steps=steps, failure=asked.failure))
        return web.json_response({})

    async def key(self, _request: web.Request) -> web.Response:
        return web.json_response({"public_key": self._public_key})

    async def reload(self, _request: web.Request) -> web.Response:
        try:
            rules = await self._reload()
        except DeskFileError as error:
            problems = "\n".join(error.problems)
            raise bad_request(f"Nothing was changed: {error.path} cannot be used.\n{problems}") from error
        return web.json_response({"ladder": ladder_lines(rules), "routes": route_lines(rules)})

    async def list_agents(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._accounts.rows())

    async def add_agent(self, request: web.Request) -> web.Response:
        asked = await parsed(request, AddAgent)
        agent_id, token = await self._accounts.add(
            NewAccount(
                email=asked.email,
                name=asked.name,
                role=asked.role,
                employer=asked.employer,
                access=tuple(asked.access),
                teams=tuple(asked.teams),
                languages=tuple(asked.languages),
                skills=tuple(asked.skills),
            )
        )
        return web.json_response({"id": agent_id, "token": token}, status=201)

    async def disable_agent(self, request: web.Request) -> web.Response:
        asked = await parsed(request, DisableAgent)
        return web.json_response({"id": await self._accounts.disable(asked.who)})
