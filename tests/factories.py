"""Builders for tests of the rules: a scene with a desk, people, a clock that only the test moves, and every event.

Each step of a scene is checked against `handoff.domain.guarantee`, so every test holds the invariants besides its own
promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.conversation import Control, Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.decisions import Refused, decide
from handoff.domain.desk import Desk, DeskRules, Team, TraderAddress
from handoff.domain.errors import Code, DomainError
from handoff.domain.events import AgentEvent, AnyEvent, Body, Event, Message, Score
from handoff.domain.guarantee import event_violations, log_violations, violations
from handoff.domain.handoff import Contact, Handoff, HandoffState, Outcome
from handoff.domain.opening_hours import OpeningHours, Span
from handoff.domain.people import Access, Agent, AgentCard, Presence
from handoff.domain.policy import Policy
from handoff.domain.requests import NOTHING_SPECIAL, HumanRequest, Read, Reading

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEAMS = (Team(key="service", name="Customer Service"), Team(key="billing", name="Billing"))
TRADER = TraderAddress(
    name="Nordlicht Handel GmbH",
    postal_address="Speicherweg 12, 20457 Hamburg",
    email="help@nordlicht.example",
)
WEEKDAYS_NINE_TO_FIVE = OpeningHours(
    time_zone="UTC", week=tuple((Span(540, 1_020),) if day < 5 else () for day in range(7))
)


def reads_as(reading: Reading) -> Read:
    """A detector that reads every text in one way."""
    return lambda _text: reading


ASKS_CLEARLY = Reading(human_request=HumanRequest.TRANSFER, matched="talk to a person")
ASKS_PERHAPS = Reading(human_request=HumanRequest.ASK, matched="somebody")
IN_DISTRESS = Reading(distress=True, matched="lawyer")
_STEPS_MAX = 5_000  # of one `pass_time`: more than any test needs, so that a storm of events fails loudly


def rules(
    *, hours: OpeningHours | None = None, site_languages: tuple[str, ...] = ("en",), **policy: Any
) -> DeskRules:
    """Two teams, always open, and the default policy but for what is given."""
    plain = DeskRules(
        trader=TRADER, policy=replace(Policy(), **policy), teams=TEAMS, site_languages=site_languages
    )
    return plain if hours is None else replace(plain, hours=hours)


def card(agent_id: str) -> AgentCard:
    return AgentCard(id=agent_id, name=f"{agent_id.title()} Vogel", role="Adviser", employer="Nordlicht")


def start_conversation(
    conversation_id: str = "c1", *, customer_id: str | None = None, **other: Any
) -> c.StartConversation:
    """A customer of its own, unless `customer_id` names one, who begins on the demo site in English."""
    plain = c.StartConversation(
        conversation_id=conversation_id,
        customer_id=customer_id or f"customer-of-{conversation_id}",
        customer_name=None,
        verified=False,
        site="nordlicht",
        locale="en",
        page_url=None,
        previous_conversation_id=None,
        greeting="Hello, I am an AI assistant.",
    )
    return replace(plain, **other)


class Scene:
    """A desk in virtual time. `do` carries out a command, `pass_time` moves the clock and carries out what is due."""

    def __init__(self, desk_rules: DeskRules | None = None, at: datetime = MONDAY_NOON) -> None:
        self.desk = Desk(desk_rules or rules())
        self.now = at
        self.events: list[AnyEvent] = []
        self._ids = 0

    # -- acting --

    def do(self, command: c.Command) -> list[AnyEvent]:
        """The events of a command that is carried out."""
        return self._put_in(decide(self.desk, command, self.now))

    def refused(self, command: c.Command) -> Code:
        """The error code of a command that is refused. Its events (the person was there) are put in."""
        return self.refusal(command).code

    def refusal(self, command: c.Command) -> DomainError:
        try:
            events = decide(self.desk, command, self.now)
        except Refused as refusal:
            self._put_in(refusal.events)
            return refusal.error
        raise AssertionError(f"{command} was carried out: {[event.type for event in events]}")

    def _put_in(self, events: list[AnyEvent]) -> list[AnyEvent]:
        for event in events:
            assert event_violations(self.desk, event) == []
            self.desk.evolve(event)
        self.events += events
        return events

    def put_in_force(self, desk_rules: DeskRules) -> list[AnyEvent]:
        """Other rules hold from now on."""
        events = decide(self.desk, c.PutInForce(rules=desk_rules), self.now)
        self.desk.rules = desk_rules
        return self._put_in(events)

    def sweep(self) -> list[AnyEvent]:
        """Carry out all that is due now, as the sweep of a running server does."""
        done: list[AnyEvent] = []
        for agent_id, agent in list(self.desk.agents.items()):
            if self._is_due(next_agent_deadline_at(agent, self.desk.rules)):
                done += self.do(c.CarryOutDueOfAgent(agent_id=agent_id))
        for conversation_id, conversation in list(self.desk.conversations.items()):
            if self._is_due(next_deadline_at(conversation, self.desk.rules)):
                done += self.do(
                    c.CarryOutDue(conversation_id=conversation_id, new_handoff=self.new_handoff())
                )
        return done

    def _is_due(self, deadline_at: datetime | None) -> bool:
        return deadline_at is not None and deadline_at <= self.now

    def next_deadline_at(self) -> datetime | None:
        desk_rules = self.desk.rules
        moments = [next_deadline_at(one, desk_rules) for one in self.desk.conversations.values()]
        moments += [next_agent_deadline_at(one, desk_rules) for one in self.desk.agents.values()]
        return min((moment for moment in moments if moment is not None), default=None)

    def pass_time(self, seconds: float) -> list[AnyEvent]:
        """Move on, with a sweep at the very moment of each deadline on the way."""
        return self.pass_until(self.now + timedelta(seconds=seconds))

    def pass_until(self, until: datetime) -> list[AnyEvent]:
        done: list[AnyEvent] = []
        for _ in range(_STEPS_MAX):
            due_at = self.next_deadline_at()
            if due_at is None or due_at > until:
                self.now = until
                assert violations(self.desk, self.now) == []
                return done
            self.now = max(self.now, due_at)
            done += self.sweep()
            assert violations(self.desk, self.now) == []
        raise AssertionError(f"deadlines do not settle by {until}")

    def new_handoff(self) -> c.NewHandoff:
        self._ids += 1
        return c.NewHandoff(handoff_id=f"h{self._ids:03}", reference=f"REF-{self._ids:04}")

    def _client_id(self) -> str:
        self._ids += 1
        return f"client-{self._ids}"

    # -- people of the desk --

    def agent(
        self,
        agent_id: str = "ada",
        *,
        online: bool = True,
        access: tuple[Access, ...] = (Access.AGENT,),
        languages: tuple[str, ...] = (),
        teams: tuple[str, ...] = (),
        skills: tuple[str, ...] = (),
        capacity: int = 4,
        canary: bool = False,
    ) -> str:
        self.do(
            c.AddAgent(
                card=card(agent_id),
                access=access,
                languages=languages,
                teams=teams,
                skills=skills,
                capacity=capacity,
                canary=canary,
            )
        )
        if online:
            self.connect(agent_id)
            self.set_presence(agent_id, Presence.ONLINE)
        return agent_id

    def supervisor(self, agent_id: str = "sue", *, online: bool = False, capacity: int = 4) -> str:
        """A supervisor who also takes conversations; offline unless told otherwise."""
        access = (Access.AGENT, Access.SUPERVISOR)
        return self.agent(agent_id, access=access, online=online, capacity=capacity)

    def connect(self, agent_id: str) -> list[AnyEvent]:
        return self.do(c.ConnectAgent(agent_id=agent_id))

    def lose(self, agent_id: str) -> list[AnyEvent]:
        return self.do(c.LoseAgent(agent_id=agent_id))

    def disable(self, agent_id: str) -> list[AnyEvent]:
        return self.do(c.DisableAgent(agent_id=agent_id))

    def set_presence(self, agent_id: str, presence: Presence) -> list[AnyEvent]:
        return self.do(c.SetPresence(agent_id=agent_id, presence=presence))

    # -- customers --

    def customer(
        self,
        conversation_id: str = "c1",
        *,
        locale: str = "en",
        customer_id: str | None = None,
        site: str = "nordlicht",
        previous: str | None = None,
        canary: bool = False,
    ) -> str:
        """A conversation that has begun: of a customer of its own, unless `customer_id` names one."""
        self.do(
            start_conversation(
                conversation_id,
                customer_id=customer_id,
                site=site,
                locale=locale,
                previous_conversation_id=previous,
                canary=canary,
            )
        )
        return conversation_id

    def said_by_bot(self, conversation_id: str) -> list[str]:
        """The texts that the customer has from the bot."""
        return [
            event.body.text
            for event in self.log(conversation_id)
            if isinstance(event.body, Message) and event.actor.kind == "bot"
        ]

    def says(
        self, conversation_id: str, text: str = "Where is my parcel?", reading: Reading = NOTHING_SPECIAL
    ) -> list[AnyEvent]:
        return self.do(
            c.CustomerMessage(
                conversation_id=conversation_id,
                text=text,
                client_id=self._client_id(),
                new_handoff=self.new_handoff(),
                read=reads_as(reading),
            )
        )

    def asks(self, conversation_id: str, note: str | None = None) -> list[AnyEvent]:
        """The button."""
        return self.do(
            c.RequestHandoff(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                client_id=self._client_id(),
                note=note,
            )
        )

    def withdraws(self, conversation_id: str) -> list[AnyEvent]:
        return self.do(c.Withdraw(conversation_id=conversation_id))

    def callback(self, conversation_id: str, at: datetime | None = None) -> c.RequestCallback:
        return c.RequestCallback(
            conversation_id=conversation_id,
            new_handoff=self.new_handoff(),
            contact=Contact(phone="+49 40 123456"),
            at=at,
        )

    def feedback(self, conversation_id: str, seq: int, *, helpful: bool = False) -> c.GiveFeedback:
        return c.GiveFeedback(
            conversation_id=conversation_id, new_handoff=self.new_handoff(), seq=seq, helpful=helpful
        )

    # -- the bot --

    def bot_answers(
        self,
        conversation_id: str,
        *texts: str,
        of_seq: int | None = None,
        unsure: bool = False,
        wants: str | None = None,
        failed_actions: tuple[str, ...] = (),
        did: tuple[str, ...] = (),
        slots: str = "{}",
        intent: str = "track_order",
    ) -> list[AnyEvent]:
        """The answer to the oldest message that waits for the bot, unless `of_seq` names another."""
        seq = of_seq if of_seq is not None else self.conversation(conversation_id).bot.pending[0]
        return self.do(
            c.BotAnswered(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                of_seq=seq,
                messages=tuple(c.BotMessage(text=text) for text in texts),
                intent=Score(name=intent, confidence=0.9),
                ranking=(),
                unsure=unsure,
                actions=(),
                failed_actions=failed_actions,
                did=did,
                slots=slots,
                model_id="model-1",
                milliseconds=40,
                wants=wants,
            )
        )

    def bot_fails(
        self, conversation_id: str, failure: str = "error", of_seq: int | None = None
    ) -> list[AnyEvent]:
        seq = of_seq if of_seq is not None else self.conversation(conversation_id).bot.pending[0]
        return self.do(
            c.BotFailed(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                of_seq=seq,
                failure=failure,
            )
        )

    def holds(self, conversation_id: str = "c1", *, began_s_ago: float = 0) -> list[AnyEvent]:
        """The oldest message that waits for the bot meets a restart of ours."""
        return self.do(
            c.HoldBotTurn(
                conversation_id=conversation_id,
                of_seq=self.conversation(conversation_id).bot.pending[0],
                restart_began_at=self.now - timedelta(seconds=began_s_ago),
            )
        )

    def resumes(self, conversation_id: str = "c1") -> list[AnyEvent]:
        of_seq = self.conversation(conversation_id).bot.pending[0]
        return self.do(c.ResumeBotTurn(conversation_id=conversation_id, of_seq=of_seq))

    # -- agents' work --

    def offer_id(self, conversation_id: str) -> str:
        offer = self.handoff(conversation_id).offer
        assert offer is not None
        return offer.offer_id

    def accept(self, agent_id: str, conversation_id: str) -> list[AnyEvent]:
        return self.do(c.Accept(agent_id=agent_id, offer_id=self.offer_id(conversation_id)))

    def decline(self, agent_id: str, conversation_id: str) -> list[AnyEvent]:
        return self.do(c.Decline(agent_id=agent_id, offer_id=self.offer_id(conversation_id), reason=None))

    def writes(
        self, agent_id: str, conversation_id: str, text: str = "Hello, how can I help?"
    ) -> list[AnyEvent]:
        return self.do(self.message(agent_id, conversation_id, text))

    def message(self, agent_id: str, conversation_id: str, text: str = "Hello") -> c.AgentMessage:
        return c.AgentMessage(
            agent_id=agent_id, conversation_id=conversation_id, text=text, client_id=self._client_id()
        )

    def contact(self, agent_id: str, conversation_id: str, outcome: str) -> list[AnyEvent]:
        return self.do(
            c.RecordContact(
                agent_id=agent_id, conversation_id=conversation_id, channel="phone", outcome=outcome
            )
        )

    def transfer(
        self,
        agent_id: str,
        conversation_id: str,
        *,
        to_agent: str | None = None,
        to_team: str | None = None,
        note: str | None = None,
    ) -> c.Transfer:
        return c.Transfer(
            agent_id=agent_id,
            conversation_id=conversation_id,
            to_agent_id=to_agent,
            to_team=to_team,
            note=note,
        )

    def follow_up(self, agent_id: str, conversation_id: str, seconds: float) -> c.FollowUp:
        return c.FollowUp(
            agent_id=agent_id,
            conversation_id=conversation_id,
            answer_by=self.now + timedelta(seconds=seconds),
            note=None,
        )

    def hand_back(self, agent_id: str, conversation_id: str) -> c.HandBack:
        return c.HandBack(agent_id=agent_id, conversation_id=conversation_id, note=None)

    def resolve(self, agent_id: str, conversation_id: str, outcome: Outcome = Outcome.ANSWERED) -> c.Resolve:
        return c.Resolve(agent_id=agent_id, conversation_id=conversation_id, outcome=outcome, note=None)

    def assign(self, supervisor_id: str, conversation_id: str, to_agent_id: str) -> c.Assign:
        return c.Assign(
            agent_id=supervisor_id,
            handoff_id=self.handoff(conversation_id).handoff_id,
            to_agent_id=to_agent_id,
        )

    def block(self, agent_id: str, conversation_id: str, reason: str = "Threats") -> c.BlockCustomer:
        return c.BlockCustomer(agent_id=agent_id, conversation_id=conversation_id, reason=reason)

    def unblock(self, agent_id: str, conversation_id: str, note: str | None = None) -> c.UnblockCustomer:
        return c.UnblockCustomer(agent_id=agent_id, conversation_id=conversation_id, note=note)

    # -- scenes that many tests begin with --

    def waiting(self, conversation_id: str = "c1", *, locale: str = "en", canary: bool = False) -> str:
        """A customer who has just asked for a person."""
        self.customer(conversation_id, locale=locale, canary=canary)
        self.asks(conversation_id)
        return conversation_id

    def active(self, agent_id: str = "ada", conversation_id: str = "c1") -> str:
        """A customer whose handoff the (online) agent has accepted."""
        self.waiting(conversation_id)
        self.accept(agent_id, conversation_id)
        return conversation_id

    # -- looking --

    def conversation(self, conversation_id: str = "c1") -> Conversation:
        return self.desk.conversations[conversation_id]

    def handoff(self, conversation_id: str = "c1") -> Handoff:
        handoff = self.conversation(conversation_id).handoff
        assert handoff is not None
        return handoff

    def state(self, conversation_id: str = "c1") -> HandoffState:
        return self.handoff(conversation_id).state

    def control(self, conversation_id: str = "c1") -> Control:
        return self.conversation(conversation_id).control

    def person(self, agent_id: str) -> Agent:
        return self.desk.agents[agent_id]

    def place(self, conversation_id: str) -> int | None:
        return self.desk.place(self.handoff(conversation_id))

    def offered_to(self, conversation_id: str = "c1") -> str | None:
        offer = self.handoff(conversation_id).offer
        return None if offer is None else offer.agent_id

    def log(self, conversation_id: str = "c1") -> list[Event]:
        return [
            event
            for event in self.events
            if isinstance(event, Event) and event.conversation_id == conversation_id
        ]

    def check_logs(self) -> None:
        """Every log is whole and folds to what the desk has."""
        for conversation_id, conversation in self.desk.conversations.items():
            assert log_violations(self.log(conversation_id), conversation) == []


def types(events: list[AnyEvent]) -> list[str]:
    return [event.type for event in events]


def bodies[B: Body](events: list[AnyEvent], kind: type[B]) -> list[B]:
    return [event.body for event in events if isinstance(event, Event) and isinstance(event.body, kind)]


def of_agents(events: list[AnyEvent]) -> Iterator[AgentEvent]:
    return (event for event in events if isinstance(event, AgentEvent))


def told_supervisor(events: list[AnyEvent]) -> list[str]:
    return [body.why for body in bodies(events, e.SupervisorTold)]
