"""The journey: a customer asks for a person, an agent gets everything that was said, both write, the agent resolves.

Everything goes over HTTP and Socket.IO to the address that is given, with nothing of the server at hand but two tokens.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from handoff.canary.lines import JourneyFailed, Line, Told
from handoff.service.canary import Outcome, Step
from handoff.service.chain import FIRST_LINK, link
from handoff.service.transcripts import NotGenuine, verify_transcript

ASKED = "This is a test of the product by itself. Can I talk to a person?"
ANSWERED = "This is the test's agent. You are through."
REPLIED = "Thank you, that is all."
LEFT_OVER = "This is the end of a test that was interrupted."
GOODBYE_S = 5.0  # to take back what a failure left: the next canary ends it otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where to go, and as whom."""

    origin: str
    conversation_id: str
    customer_token: str
    agent_token: str


async def walk(route: Route, *, timeout_s: float) -> Outcome:
    """Never raises but for cancellation: what goes wrong is the outcome."""
    journey = _Journey(route)
    try:
        async with asyncio.timeout(timeout_s):
            await journey.walk()
    except TimeoutError:
        return journey.outcome(f"{journey.under_way}: not within {timeout_s:g} s")
    except JourneyFailed as error:
        return journey.outcome(f"{journey.under_way}: {error}")
    except (aiohttp.ClientError, OSError) as error:
        return journey.outcome(f"{journey.under_way}: {type(error).__name__}")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return journey.outcome(f"{journey.under_way}: an answer is malformed ({type(error).__name__})")
    return journey.outcome(None)


@dataclass(slots=True)
class _Journey:
    route: Route
    steps: list[Step] = field(default_factory=list)
    under_way: str = "start"

    def outcome(self, failure: str | None) -> Outcome:
        return Outcome(steps=tuple(self.steps), failure=failure)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        self.under_way = name
        began = time.perf_counter()
        yield
        self.steps.append(Step(name=name, seconds=time.perf_counter() - began))

    async def walk(self) -> None:
        route = self.route
        async with AsyncExitStack() as lines:
            async with self.step("customer connects"):
                auth = {"v": 1, "token": route.customer_token, "since": 0}
                customer = await lines.enter_async_context(Line(route.origin, "/customer", auth))
                await customer.until(_snapshot, "the snapshot")
            try:
                async with self.step("agent connects"):
                    auth = {"v": 1, "token": route.agent_token}
                    agent = await lines.enter_async_context(Line(route.origin, "/agent", auth))
                    await self._end_what_was_left(agent, await agent.until(_snapshot, "the snapshot"))
                    await agent.ask("set_presence", presence="online")
                await self._talk(customer, agent)
            except BaseException:
                await _take_back(customer)
                raise
            async with self.step("transcript is kept"):
                await self._keep_transcript()
            async with self.step("goodbye"):
                await agent.ask("wrap_up_done", conversation_id=route.conversation_id)
                await agent.ask("set_presence", presence="offline")

    async def _talk(self, customer: Line, agent: Line) -> None:
        one = self.route.conversation_id
        async with self.step("customer asks for a person"):
            ack = await customer.ask("request_human", client_id=_client_id(), note=ASKED)
            _require(bool(ack.get("handoff", {}).get("reference")), "the ack has no reference")
        async with self.step("agent is offered it, with everything said"):
            offer = await self._offer(agent)
            _require_whole(offer)
        async with self.step("agent accepts"):
            await agent.ask("accept", offer_id=offer["offer_id"])
            joined = await customer.until(lambda told: _event(told, "agent_joined"), "agent_joined")
            _require(bool(joined.get("agent", {}).get("name")), "the customer is told no name")
        async with self.step("agent writes"):
            await agent.ask("message", conversation_id=one, client_id=_client_id(), text=ANSWERED)
            await customer.until(lambda told: _message(told, ANSWERED), "the agent's message")
        async with self.step("customer writes"):
            await customer.ask("message", client_id=_client_id(), text=REPLIED)
            await agent.until(lambda told: _message(told, REPLIED, one), "the customer's message")
        async with self.step("agent resolves"):
            await agent.ask("resolve", conversation_id=one, client_id=_client_id(), outcome="done")
            await customer.until(lambda told: _event(told, "handoff_resolved"), "handoff_resolved")

    async def _offer(self, agent: Line) -> Told:
        """Ours. What else is offered meanwhile was left by a canary that did not come to its end, and is ended."""
        seen: set[str] = set()
        while True:
            offer = await agent.until(lambda told: _next_offer(told, seen), "the offer")
            seen.add(offer["offer_id"])
            if offer["conversation_id"] == self.route.conversation_id:
                return offer
            await _end(agent, offer["conversation_id"], offer["offer_id"])

    async def _end_what_was_left(self, agent: Line, snapshot: Told) -> None:
        for held in snapshot["conversations"]:
            await _end(agent, held["conversation"]["id"])
        for offer in snapshot["offers"]:
            await _end(agent, offer["conversation_id"], offer["offer_id"])

    async def _keep_transcript(self) -> None:
        address = f"{self.route.origin}/api/v1/conversations/{self.route.conversation_id}/transcript"
        headers = {"Authorization": f"Bearer {self.route.customer_token}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as answer:
            _require(answer.status == 200, f"HTTP {answer.status}")
            document = await answer.json()
        try:
            verify_transcript(document)
        except NotGenuine as error:
            raise JourneyFailed(f"the transcript is not genuine: {error}") from error
        said = [event.get("text") for event in document["events"] if event["type"] == "message"]
        _require(said[-3:] == [ASKED, ANSWERED, REPLIED], "the transcript lacks something that was said")


async def _end(agent: Line, conversation_id: str, offer_id: str | None = None) -> None:
    try:
        if offer_id is not None:
            await agent.ask("accept", offer_id=offer_id)
        await agent.ask("message", conversation_id=conversation_id, client_id=_client_id(), text=LEFT_OVER)
        await agent.ask("resolve", conversation_id=conversation_id, client_id=_client_id(), outcome="done")
        await agent.ask("wrap_up_done", conversation_id=conversation_id)
    except JourneyFailed:
        pass  # its offer ended just now, say: it is offered again, to the next canary at the latest


async def _take_back(customer: Line) -> None:
    """Nothing is left behind by a journey that failed, if it can be helped."""
    try:
        async with asyncio.timeout(GOODBYE_S):
            await customer.ask("withdraw", client_id=_client_id())
    except (TimeoutError, JourneyFailed):
        pass  # nothing was asked for yet, or the next canary ends it


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise JourneyFailed(otherwise)


def _require_whole(offer: Told) -> None:
    """Count, numbers, chain and head of the transcript on the offer fit, and what was asked is in it. Source: design,
    section 8, invariant 11."""
    transcript = offer["transcript"]
    events = transcript["events"]
    _require(
        transcript["count"] == len(events) > 0
        and [event["seq"] for event in events] == list(range(1, len(events) + 1)),
        "the transcript on the offer is not complete",
    )
    previous = FIRST_LINK
    for event in events:
        previous = link(
            previous,
            seq=event["seq"],
            event_id=event["id"],
            at=event["at"],
            event_type=event["type"],
            actor_kind=event["actor"]["kind"],
            actor_id=event["actor"].get("id"),
            digest=bytes.fromhex(event["payload_digest"]),
        )
        _require(previous.hex() == event["hash"], "the transcript on the offer does not verify")
    _require(previous.hex() == transcript["head_hash"], "the head of the transcript on the offer is wrong")
    _require(any(event.get("text") == ASKED for event in events), "the offer lacks what the customer said")


def _client_id() -> str:
    return str(uuid.uuid4())


def _snapshot(told: list[tuple[str, Any]]) -> Told | None:
    return next((payload for name, payload in told if name == "snapshot"), None)


def _next_offer(told: list[tuple[str, Any]], seen: set[str]) -> Told | None:
    return next(
        (payload for name, payload in told if name == "offer" and payload["offer_id"] not in seen), None
    )


def _events(told: list[tuple[str, Any]], conversation_id: str | None = None) -> list[Told]:
    """Those of the customer's own conversation, or, with an id, of one that the agent has."""
    payloads = [payload for name, payload in told if name == "event"]
    if conversation_id is None:
        return payloads
    return [one["event"] for one in payloads if one["conversation_id"] == conversation_id]


def _event(told: list[tuple[str, Any]], event_type: str) -> Told | None:
    return next((event for event in _events(told) if event["type"] == event_type), None)


def _message(told: list[tuple[str, Any]], text: str, conversation_id: str | None = None) -> Told | None:
    said = (event for event in _events(told, conversation_id) if event["type"] == "message")
    return next((event for event in said if event["text"] == text), None)
