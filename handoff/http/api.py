"""The REST part of the wire contract, under `/api/v1`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from handoff.domain.errors import Code, DomainError, bad_request, not_found
from handoff.http.errors import bearer, parsed, required_bearer
from handoff.service import wire
from handoff.service.access import Access
from handoff.service.administered import hours_view
from handoff.service.agents import Agents
from handoff.service.chain import rfc3339
from handoff.service.committer import Committer
from handoff.service.desk_config import Site
from handoff.service.desk_file import DeskFile
from handoff.service.limits import Rate
from handoff.service.ports import Clock, Storage
from handoff.service.readable_transcripts import PAGE_POLICY, Reading, transcript_html, transcript_text
from handoff.service.transcripts import transcript_json
from handoff.service.views import earlier_view, me_view, moment
from handoff.service.waits import Waits

EARLIER_SHOWN_MAX = 50


class Api:
    def __init__(
        self,
        access: Access,
        agents: Agents,
        committer: Committer,
        storage: Storage,
        desk_file: DeskFile,
        waits: Waits,
        clock: Clock,
        signing_key: Ed25519PrivateKey,
        *,
        new_session_burst: int,
        new_sessions_per_second: float,
        demo: bool,
    ) -> None:
        """New sessions are limited by address: `new_session_burst` at once, and so many a second after that."""
        self._access = access
        self._agents = agents
        self._committer = committer
        self._storage = storage
        self._desk_file = desk_file
        self._waits = waits
        self._clock = clock
        self._key = signing_key
        self._demo = demo
        self._new_sessions = Rate(clock, burst=new_session_burst, per_second=new_sessions_per_second)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/customer/sessions", self.start_session),
            web.delete("/api/v1/customer/sessions", self.end_customer_session),
            web.get("/api/v1/customer/conversations", self.own_conversations),
            web.delete("/api/v1/customer/data", self.forget),
            web.post("/api/v1/agent/sessions", self.sign_in),
            web.delete("/api/v1/agent/sessions", self.sign_out),
            web.post("/api/v1/agent/password", self.set_password),
            web.get("/api/v1/conversations/{conversation_id}/transcript", self.transcript),
            web.get("/api/v1/desk", self.desk),
        ]

    async def start_session(self, request: web.Request) -> web.Response:
        asked = await parsed(request, wire.StartSession)
        token = bearer(request)
        if token is not None:
            new = await self._access.resume_session(
                token, locale=asked.locale, page_url=asked.page_url, identity=asked.identity
            )
        else:
            self._new_sessions.take(request.remote or "")
            new = await self._access.start_session(
                site=asked.site, locale=asked.locale, page_url=asked.page_url, identity=asked.identity
            )
        body = {
            "token": new.token,
            "conversation_id": new.conversation_id,
            "expires_at": rfc3339(new.expires_at),
        }
        return web.json_response(body, status=201)

    async def end_customer_session(self, request: web.Request) -> web.Response:
        await self._access.sign_out(required_bearer(request), "customer")
        return web.Response(status=204)

    async def own_conversations(self, request: web.Request) -> web.Response:
        """Those that the customer had before the present one, the latest first."""
        session = await self._access.customer(required_bearer(request))
        found = await self._access.conversations_of(session)
        body = [earlier_view(one) for one in found if one.conversation_id != session.conversation_id]
        return web.json_response(
            {"conversations": body[:EARLIER_SHOWN_MAX]}, headers={"Cache-Control": "no-store"}
        )

    async def forget(self, request: web.Request) -> web.Response:
        await self._access.forget(await self._access.customer(required_bearer(request)))
        return web.Response(status=204)

    async def sign_in(self, request: web.Request) -> web.Response:
        asked = await parsed(request, wire.SignIn)
        token, agent = await self._access.sign_in(asked.email, asked.password, sender=request.remote or "")
        return web.json_response({"token": token, "agent": me_view(agent)}, status=201)

    async def sign_out(self, request: web.Request) -> web.Response:
        await self._access.sign_out(required_bearer(request), "agent")
        return web.Response(status=204)

    async def set_password(self, request: web.Request) -> web.Response:
        asked = await parsed(request, wire.SetPassword)
        await self._access.set_password(asked.token, asked.password)
        return web.Response(status=204)

    async def transcript(self, request: web.Request) -> web.Response:
        conversation_id = request.match_info["conversation_id"]
        chosen = request.query.get("format", "json")
        if chosen not in ("json", "html", "txt"):
            raise bad_request("The format is json, html or txt.")
        customer = await self._reads_as_customer(required_bearer(request), conversation_id)
        conversation = await self._committer.loaded(conversation_id)
        if conversation is None:
            raise not_found()
        records = await self._storage.events(conversation_id)
        config = self._desk_file.config
        reading = Reading(
            trader=config.trader,
            conversation=conversation,
            time_zone=config.hours.time_zone,
            customer=customer,
        )
        if chosen == "json":
            document = transcript_json(config.trader, conversation, records, self._key, customer=customer)
            response = web.json_response(document)
        elif chosen == "html":
            text = transcript_html(reading, records)
            response = web.Response(text=text, content_type="text/html", charset="utf-8")
            response.headers["Content-Security-Policy"] = f"{PAGE_POLICY}; sandbox"
        else:
            text = transcript_text(reading, records)
            response = web.Response(text=text, content_type="text/plain", charset="utf-8")
        name = quote(f"conversation-{conversation_id}.{chosen}")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _reads_as_customer(self, token: str, conversation_id: str) -> bool:
        """Whether the reader is the conversation's customer; else an agent who may see it. Raises otherwise."""
        try:
            session = await self._access.customer(token)
        except DomainError as error:
            if error.code is not Code.UNAUTHORIZED:
                raise
            signed_in = await self._access.agent(token)
            await self._agents.seen(signed_in.agent.id, conversation_id)
            return False
        if session.conversation_id != conversation_id:
            own = await self._access.conversations_of(session)
            if conversation_id not in {one.conversation_id for one in own}:
                raise not_found()
        return True

    async def desk(self, request: web.Request) -> web.Response:
        """What anybody may know of the desk; with `?site=` also how the widget of that site looks."""
        desk = self._committer.desk
        trader = self._desk_file.config.trader
        totals = await self._storage.totals()
        hours, now = self._desk_file.config.hours, self._clock.now()
        is_open = hours.is_open(now)
        body: dict[str, Any] = {
            "open": is_open,
            "opens_at": None if is_open else moment(hours.next_opening(now)),
            "opening_hours": hours_view(hours),
            "on_duty": len(desk.on_duty()),
            "wait_estimate_s": self._waits.next_estimate_s(),
            "promises": {"kept": totals.promises_kept, "broken": totals.promises_broken},
            "trader": {
                "name": trader.name,
                "legal_name": trader.legal_name,
                "postal_address": trader.postal_address,
                "email": trader.email,
                "phone": trader.phone,
                "register": trader.register,
            },
            "teams": [{"key": team.key, "name": team.name} for team in self._desk_file.config.teams],
            "demo": self._demo,
        }
        site = self._desk_file.config.site(request.query.get("site"))
        if site is not None:
            body["site"] = _site_view(site)
        await self._committer.settled()
        return web.json_response(body, headers={"Cache-Control": "no-store"})


def _site_view(site: Site) -> dict[str, Any]:
    return {
        "key": site.key,
        "name": site.name,
        "accent_color": site.accent_color,
        "languages": list(site.languages),
    }
