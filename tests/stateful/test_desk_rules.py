"""Any command in any state, with valid and stale arguments, while time passes: the rules hold, or refuse in words.

The machine drives the pure desk. Every event is checked before it is put in, every state after each step; sweeps run
at most one second of virtual time apart. The run is derandomized: the same code gives the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handoff.domain import commands as c
from handoff.domain.conversation import Conversation
from handoff.domain.deadlines import next_agent_deadline_at, next_deadline_at
from handoff.domain.decisions import HANDLERS, Refused, decide
from handoff.domain.desk import Desk
from handoff.domain.errors import Code, DomainError
from handoff.domain.events import AgentEvent, AnyEvent, Event
from handoff.domain.fold import fold_agent
from handoff.domain.guarantee import SWEEP_S, event_violations, log_violations, violations
from handoff.domain.handoff import LIVE, Contact, Outcome, Reason
from handoff.domain.ladder import DEFAULT_LADDER, LadderStep, Step
from handoff.domain.opening_hours import ALWAYS_OPEN
from handoff.domain.people import Access, Agent, AgentCard, Presence
from handoff.domain.policy import Policy
from handoff.domain.requests import NOTHING_SPECIAL
from handoff.domain.routes import Route
from tests.factories import (
    ASKS_CLEARLY,
    ASKS_PERHAPS,
    IN_DISTRESS,
    MONDAY_NOON,
    TEAMS,
    WEEKDAYS_NINE_TO_FIVE,
    reads_as,
    rules,
)

CANARY = "c5"
CONVERSATIONS = ("c1", "c2", "c3", "c4", CANARY)
# Capacity 1 and languages or teams that do not fit make seats scarce; liz has only what she takes herself, tom nothing.
PEOPLE: dict[str, tuple[tuple[Access, ...], tuple[str, ...], tuple[str, ...], int]] = {
    "ada": ((Access.AGENT,), (), (), 1),
    "ben": ((Access.AGENT,), ("en",), ("service",), 2),
    "bea": ((Access.AGENT,), ("de",), ("billing",), 1),
    "sue": ((Access.AGENT, Access.SUPERVISOR), (), (), 1),
    "liz": ((Access.SUPERVISOR,), (), (), 1),
    "tom": ((Access.TRAINER,), (), (), 4),
    "cay": ((Access.AGENT,), (), (), 1),  # the canary agent
}
# c4 is the second conversation of the customer of c3, so a block holds for both.
CUSTOMER_OF = {"c1": "ann", "c2": "bob", "c3": "cem", "c4": "cem", CANARY: "cay"}
SKILLS = {"bea": ("refunds",), "sue": ("refunds", "calm")}
LOCALES = {"c1": "en", "c2": "de-AT", "c3": "kn", "c4": "en-GB", CANARY: "en"}
ROUNDS_MAX = 80  # deadlines until everybody has been served; a few of each handoff, and no more
EVENTS_OF_ONE_STEP_MAX = 60  # far above what one command on this small desk can bring; a storm is not

LADDERS = (
    DEFAULT_LADDER,
    (),
    (
        LadderStep(do=Step.WIDEN, after_s=5, teams=("billing",)),
        LadderStep(do=Step.TELL_SUPERVISOR, after_s=40),
        LadderStep(do=Step.WIDEN, after_s=40),
        LadderStep(do=Step.TELL_SUPERVISOR, after_s=200),
    ),
)
ROUTES = (
    (),
    (
        Route(reasons=(Reason.DISTRESS, Reason.BOT_UNSURE), team="billing"),
        Route(languages=("de",), skills=("refunds",)),
        Route(intents=("track_order",), team="billing", skills=("refunds", "nobody-has-it")),
    ),
)

conversations = st.sampled_from(CONVERSATIONS)
people = st.sampled_from(tuple(PEOPLE))
texts = st.sampled_from(("Where is my parcel?", "yes", "Cancel order 10023", "I need help with it"))


def seen(desk: Desk) -> tuple[Any, ...]:
    """All of a desk that a decision could have changed by mistake."""
    return (
        copy(desk.conversations),
        copy(desk.agents),
        desk.latest_at,
        desk.rules,
        lists(desk),
    )


def lists(desk: Desk) -> tuple[Any, ...]:
    """What a desk keeps in lists, so that nobody has to look through all conversations."""

    def ids(conversations: Iterable[Conversation]) -> list[str]:
        return [conversation.conversation_id for conversation in conversations]

    return (
        ids(desk.queue()),
        sorted(ids(desk.promised())),
        sorted(ids(desk.live())),
        ids(desk.alerted()),
        sorted(ids(desk.blocked())),
        {
            agent.id: (
                ids(desk.concerning(agent.id)),
                ids(desk.offered_to(agent.id)),
                ids(desk.held_by(agent.id)),
                sorted(desk.ids_held_by(agent.id)),
                desk.seats_taken(agent),
            )
            for agent in desk.agents.values()
        },
    )


class DeskRulesMachine(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY_NOON
        self.desk = Desk(rules(site_languages=("en", "de")))
        self.logs: dict[str, list[Event]] = {}
        self.agent_logs: dict[str, list[AgentEvent]] = {}
        self.live_ids: set[str] = set()
        self.offers: list[tuple[str, str]] = [("ada", "never-made")]
        self.ids = 0

    @initialize(
        at=st.sampled_from((MONDAY_NOON, datetime(2026, 3, 6, 16, 50, tzinfo=MONDAY_NOON.tzinfo))),
        hours=st.sampled_from((None, WEEKDAYS_NINE_TO_FIVE)),
        wrap_up_s=st.sampled_from((30, 0)),
        on_duty=st.sets(people),
        asking=st.sets(conversations),
    )
    def open_the_desk(
        self, at: datetime, hours: Any, wrap_up_s: float, on_duty: set[str], asking: set[str]
    ) -> None:
        self.now = at
        self.desk = Desk(rules(hours=hours, site_languages=("en", "de"), wrap_up_s=wrap_up_s))
        for agent_id, (access, languages, teams, capacity) in PEOPLE.items():
            card = AgentCard(
                id=agent_id, name=f"{agent_id.title()} Vogel", role="Adviser", employer="Nordlicht"
            )
            self.do(
                c.AddAgent(
                    card=card,
                    access=access,
                    languages=languages,
                    teams=teams,
                    capacity=capacity,
                    canary=agent_id == "cay",
                    skills=SKILLS.get(agent_id, ()),
                )
            )
        for conversation_id in CONVERSATIONS:
            self.do(
                c.StartConversation(
                    conversation_id=conversation_id,
                    customer_id=CUSTOMER_OF[conversation_id],
                    customer_name=None,
                    verified=False,
                    site="nordlicht",
                    locale=LOCALES[conversation_id],
                    page_url=None,
                    previous_conversation_id=None,
                    greeting="Hello, I am an AI assistant.",
                    canary=conversation_id == CANARY,
                )
            )
        for agent_id in sorted(on_duty):
            self.comes_on_duty(agent_id)
        for conversation_id in sorted(asking):
            self.customer_taps_the_button(conversation_id, None)

    # -- carrying out --

    def do(self, command: c.Command) -> None:
        """Legal events or a documented refusal; the desk is only changed by putting events in."""
        before = seen(self.desk)
        events, error = decided(self.desk, command, self.now)
        if error is not None:
            assert error.code in Code
            assert error.message.endswith("."), error.message
        assert seen(self.desk) == before, f"{command} changed the desk"
        again, _ = decided(self.desk, command, self.now)
        assert again == events, f"{command} decides differently twice"
        assert len(events) <= EVENTS_OF_ONE_STEP_MAX
        if isinstance(command, c.PutInForce):
            self.desk.rules = command.rules
        for event in events:
            self.put_in(event)

    def put_in(self, event: AnyEvent) -> None:
        assert event_violations(self.desk, event) == []
        assert event.at >= (self.desk.latest_at or event.at)
        self.desk.evolve(event)
        if isinstance(event, AgentEvent):
            self.agent_logs.setdefault(event.agent_id, []).append(event)
            return
        self.logs.setdefault(event.conversation_id, []).append(event)
        handoff = self.desk.conversations[event.conversation_id].handoff
        if handoff is not None:
            self.live_ids.add(handoff.handoff_id)
            if handoff.offer is not None:
                self.offers.append((handoff.offer.agent_id, handoff.offer.offer_id))

    def sweep(self) -> None:
        desk_rules = self.desk.rules
        for agent_id in PEOPLE:
            due_at = next_agent_deadline_at(self.desk.agents[agent_id], desk_rules)
            if due_at is not None and due_at <= self.now:
                self.do(c.CarryOutDueOfAgent(agent_id=agent_id))
        for conversation_id in CONVERSATIONS:
            due_at = next_deadline_at(self.desk.conversations[conversation_id], desk_rules)
            if due_at is not None and due_at <= self.now:
                self.do(c.CarryOutDue(conversation_id=conversation_id, new_handoff=self.new_handoff()))

    def new_handoff(self) -> c.NewHandoff:
        self.ids += 1
        return c.NewHandoff(handoff_id=f"h{self.ids:04}", reference=f"REF-{self.ids:04}")

    def client_id(self) -> str:
        self.ids += 1
        return f"client-{self.ids}"

    # -- time --

    @rule(
        seconds=st.sampled_from(
            (0.4, 1.0, 1.0, 5.0, 5.0, 10.0, 21.0, 61.0, 130.0, 320.0, 700.0, 4_000.0, 90_000.0)
        ),
        late=st.floats(min_value=0, max_value=SWEEP_S, allow_nan=False),
    )
    def time_passes(self, seconds: float, late: float) -> None:
        """From deadline to deadline, each swept up to a second late, as a real server would be."""
        desk_rules = self.desk.rules
        until = self.now + timedelta(seconds=seconds)
        for _ in range(2_000):
            moments = [next_deadline_at(one, desk_rules) for one in self.desk.conversations.values()]
            moments += [next_agent_deadline_at(one, desk_rules) for one in self.desk.agents.values()]
            due_at = min((moment for moment in moments if moment is not None), default=None)
            if due_at is None or due_at > until:
                self.now = until
                return
            self.now = max(self.now, due_at) + timedelta(seconds=late)
            self.check_desk()
            self.sweep()
        raise AssertionError("deadlines do not settle")

    @rule(seconds=st.sampled_from((6.0, 45.0, 3_600.0, 200_000.0)), sockets_lost=st.booleans())
    def the_server_was_away(self, seconds: float, sockets_lost: bool) -> None:
        self.now += timedelta(seconds=seconds)
        self.do(c.RestartClocks(sockets_lost=sockets_lost))
        self.sweep()

    @rule(seconds=st.sampled_from((1.0, 3_600.0)))
    def the_clock_steps_back_for_one_command(self, seconds: float) -> None:
        true_now = self.now
        self.now -= timedelta(seconds=seconds)
        self.customer_writes("c1", "Where is my parcel?", NOTHING_SPECIAL)
        self.now = true_now
        self.the_server_was_away(
            0.0, False
        )  # a step forward, which is what setting it right is, counts as such

    @rule(
        ladder=st.sampled_from(LADDERS),
        routes=st.sampled_from(ROUTES),
        hours=st.sampled_from((ALWAYS_OPEN, WEEKDAYS_NINE_TO_FIVE)),
        one_team=st.booleans(),
        slower=st.sampled_from((0.2, 1.0, 3.0)),
    )
    def the_operator_puts_other_rules_in_force(
        self, ladder: Any, routes: Any, hours: Any, one_team: bool, slower: float
    ) -> None:
        """What a customer was told stands; the next sweep comes within a second, whatever became due by it."""
        before = {one: self.given(one) for one in CONVERSATIONS}
        plain = Policy()
        desk_rules = replace(
            self.desk.rules,
            ladder=ladder,
            routes=routes,
            hours=hours,
            teams=TEAMS[:1] if one_team else TEAMS,
            policy=replace(
                self.desk.rules.policy,
                widen_s=plain.widen_s * slower,
                offer_timeout_s=plain.offer_timeout_s * slower,
                promise_ahead_s=plain.promise_ahead_s * slower,
            ),
        )
        self.do(c.PutInForce(rules=desk_rules))
        assert {one: self.given(one) for one in CONVERSATIONS} == before
        self.sweep()

    def given(self, conversation_id: str) -> datetime | None:
        handoff = self.desk.conversations[conversation_id].live_handoff
        return None if handoff is None else handoff.answer_by

    # -- who the customers are --

    @rule(conversation_id=conversations, locale=st.sampled_from(("en", "de-AT", "kn")))
    def customer_changes_the_language(self, conversation_id: str, locale: str) -> None:
        self.do(c.ChangeLocale(conversation_id=conversation_id, locale=locale))

    @rule(
        conversation_id=conversations,
        name=st.sampled_from((None, "Eva")),
        customer_id=st.sampled_from((None, None, "nordlicht:17")),
    )
    def customer_says_who_they_are(
        self, conversation_id: str, name: str | None, customer_id: str | None
    ) -> None:
        self.do(c.Introduce(conversation_id=conversation_id, name=name, customer_id=customer_id))

    @precondition(lambda self: self.ids % 7 == 0)  # seldom, since an erased conversation is over
    @rule(conversation_id=conversations)
    def customer_has_everything_erased(self, conversation_id: str) -> None:
        self.do(c.EraseCustomer(conversation_id=conversation_id))

    # -- people of the desk --

    @rule(agent_id=people)
    def connects(self, agent_id: str) -> None:
        self.do(c.ConnectAgent(agent_id=agent_id))

    @rule(agent_id=people)
    def comes_on_duty(self, agent_id: str) -> None:
        """Often, since without it little happens."""
        self.do(c.ConnectAgent(agent_id=agent_id))
        self.do(c.SetPresence(agent_id=agent_id, presence=Presence.ONLINE))

    @rule(agent_id=people)
    def loses_the_socket(self, agent_id: str) -> None:
        self.do(c.LoseAgent(agent_id=agent_id))

    @rule(agent_id=people, presence=st.sampled_from(tuple(Presence)))
    def sets_presence(self, agent_id: str, presence: Presence) -> None:
        self.do(c.SetPresence(agent_id=agent_id, presence=presence))

    @rule(agent_id=st.sampled_from(("bea", "ben")), sure=st.integers(0, 4))
    def is_disabled(self, agent_id: str, sure: int) -> None:
        """Seldom, since it is for good."""
        if sure == 0:
            self.do(c.DisableAgent(agent_id=agent_id))

    @rule(
        agent_id=people,
        access=st.sampled_from(
            ((Access.AGENT,), (Access.AGENT,), (Access.AGENT, Access.SUPERVISOR), (Access.TRAINER,))
        ),
        languages=st.sampled_from((("en",), ("en", "de"), ("fi",))),
        capacity=st.sampled_from((None, 1, 3)),
    )
    def account_is_changed(
        self, agent_id: str, access: tuple[Access, ...], languages: tuple[str, ...], capacity: int | None
    ) -> None:
        agent = self.desk.agents[agent_id]
        self.do(
            c.ChangeAgent(
                card=agent.card,
                access=access,
                languages=languages,
                teams=agent.teams,
                capacity=capacity,
                skills=agent.skills,
            )
        )

    @rule(agent_id=people)
    def is_enabled(self, agent_id: str) -> None:
        self.do(c.EnableAgent(agent_id=agent_id))

    @rule(agent_id=people, conversation_id=conversations)
    def says_the_notes_are_done(self, agent_id: str, conversation_id: str) -> None:
        self.do(c.EndWrapUp(agent_id=agent_id, conversation_id=conversation_id))

    # -- customers --

    @rule(
        conversation_id=conversations,
        text=texts,
        reading=st.sampled_from((NOTHING_SPECIAL, NOTHING_SPECIAL, ASKS_CLEARLY, ASKS_PERHAPS, IN_DISTRESS)),
    )
    def customer_writes(self, conversation_id: str, text: str, reading: Any) -> None:
        self.do(
            c.CustomerMessage(
                conversation_id=conversation_id,
                text=text,
                client_id=self.client_id(),
                new_handoff=self.new_handoff(),
                read=reads_as(reading),
            )
        )

    @rule(conversation_id=conversations, note=st.none() | texts)
    def customer_taps_the_button(self, conversation_id: str, note: str | None) -> None:
        self.do(
            c.RequestHandoff(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                client_id=self.client_id(),
                note=note,
            )
        )
        conversation = self.desk.conversations[conversation_id]
        assert conversation.live_handoff is not None or conversation.block is not None or conversation.erased

    @rule(conversation_id=conversations)
    def customer_withdraws(self, conversation_id: str) -> None:
        self.do(c.Withdraw(conversation_id=conversation_id))
        assert self.desk.conversations[conversation_id].live_handoff is None

    @rule(
        conversation_id=conversations, seconds=st.none() | st.sampled_from((-5, 30, 900, 90_000, 9_000_000))
    )
    def customer_wants_a_call_back(self, conversation_id: str, seconds: int | None) -> None:
        self.do(
            c.RequestCallback(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                contact=Contact(email="someone@example.org"),
                at=None if seconds is None else self.now + timedelta(seconds=seconds),
            )
        )

    @rule(conversation_id=conversations, seq=st.integers(0, 30), helpful=st.booleans())
    def customer_gives_feedback(self, conversation_id: str, seq: int, helpful: bool) -> None:
        shown = self.desk.conversations[conversation_id].bot_messages
        of_seq = shown[seq % len(shown)] if shown and seq < 25 else seq
        self.do(
            c.GiveFeedback(
                conversation_id=conversation_id, new_handoff=self.new_handoff(), seq=of_seq, helpful=helpful
            )
        )

    # -- the bot --

    @rule(
        conversation_id=conversations,
        stale=st.booleans(),
        unsure=st.booleans(),
        wants=st.none() | st.sampled_from(("intent", "action", "distress")),
        shown=st.integers(0, 2),
        failed=st.integers(0, 4),
    )
    def bot_answers(
        self, conversation_id: str, stale: bool, unsure: bool, wants: str | None, shown: int, failed: int
    ) -> None:
        pending = self.desk.conversations[conversation_id].bot.pending
        self.do(
            c.BotAnswered(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                of_seq=pending[0] if pending and not stale else 3,
                messages=tuple(c.BotMessage(text=f"Answer {number}") for number in range(shown)),
                intent=c.Score(name="track_order", confidence=0.5),
                ranking=(),
                unsure=unsure,
                actions=(),
                failed_actions=("action_cancel",) if failed == 0 else (),
                did=(),
                slots="{}",
                model_id="model-1",
                milliseconds=10,
                wants=wants,
            )
        )

    @rule(conversation_id=conversations, stale=st.booleans())
    def bot_fails(self, conversation_id: str, stale: bool) -> None:
        pending = self.desk.conversations[conversation_id].bot.pending
        self.do(
            c.BotFailed(
                conversation_id=conversation_id,
                new_handoff=self.new_handoff(),
                of_seq=pending[0] if pending and not stale else 3,
                failure="error",
            )
        )

    @rule(conversation_id=conversations, stale=st.booleans(), began_s_ago=st.sampled_from((-3, 0, 5, 14, 15)))
    def bot_turn_meets_a_restart(self, conversation_id: str, stale: bool, began_s_ago: int) -> None:
        pending = self.desk.conversations[conversation_id].bot.pending
        self.do(
            c.HoldBotTurn(
                conversation_id=conversation_id,
                of_seq=pending[0] if pending and not stale else 3,
                restart_began_at=self.now - timedelta(seconds=began_s_ago),
            )
        )

    @rule(conversation_id=conversations, stale=st.booleans())
    def restart_is_over(self, conversation_id: str, stale: bool) -> None:
        pending = self.desk.conversations[conversation_id].bot.pending
        of_seq = pending[0] if pending and not stale else 3
        self.do(c.ResumeBotTurn(conversation_id=conversation_id, of_seq=of_seq))

    # -- agents' work --

    def open_offers(self) -> list[tuple[str, str]]:
        found = []
        for conversation in self.desk.queue():
            if conversation.handoff is not None and conversation.handoff.offer is not None:
                offer = conversation.handoff.offer
                found.append((offer.agent_id, offer.offer_id))
        return found

    @precondition(lambda self: self.open_offers())
    @rule(pick=st.integers(0, 9))
    def accepts_an_open_offer(self, pick: int) -> None:
        offers = self.open_offers()
        agent_id, offer_id = offers[pick % len(offers)]
        self.do(c.Accept(agent_id=agent_id, offer_id=offer_id))

    @precondition(lambda self: self.open_offers())
    @rule(pick=st.integers(0, 9))
    def declines_an_open_offer(self, pick: int) -> None:
        offers = self.open_offers()
        agent_id, offer_id = offers[pick % len(offers)]
        self.do(c.Decline(agent_id=agent_id, offer_id=offer_id, reason=None))

    @rule(pick=st.integers(0, 200), other=st.none() | people, accept=st.booleans())
    def answers_any_offer_that_was_ever_made(self, pick: int, other: str | None, accept: bool) -> None:
        agent_id, offer_id = self.offers[pick % len(self.offers)]
        agent_id = other or agent_id
        if accept:
            self.do(c.Accept(agent_id=agent_id, offer_id=offer_id))
        else:
            self.do(c.Decline(agent_id=agent_id, offer_id=offer_id, reason="busy"))

    def at_work(self, conversation_id: str, other: str | None) -> tuple[str, str]:
        """An agent and a conversation that agent has, as near to `conversation_id` as there is one; if nobody has
        any, or the rule wants somebody else (`other`) to try, that one and `conversation_id`."""
        start = CONVERSATIONS.index(conversation_id)
        for one in CONVERSATIONS[start:] + CONVERSATIONS[:start]:
            handoff = self.desk.conversations[one].live_handoff
            if other is None and handoff is not None and handoff.agent is not None:
                return handoff.agent.id, one
        return other or "ada", conversation_id

    others = st.sampled_from((None, None, None, None, *PEOPLE))

    @rule(conversation_id=conversations, other=others, text=texts)
    def agent_writes(self, conversation_id: str, other: str | None, text: str) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(
            c.AgentMessage(
                agent_id=agent_id, conversation_id=conversation_id, text=text, client_id=self.client_id()
            )
        )

    @rule(conversation_id=conversations, other=others, whisper=st.booleans())
    def agent_takes_a_note_or_whispers(self, conversation_id: str, other: str | None, whisper: bool) -> None:
        kind: Callable[..., c.Command] = c.SendWhisper if whisper else c.TakeNote
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(
            kind(agent_id=agent_id, conversation_id=conversation_id, text="hm", client_id=self.client_id())
        )

    @rule(conversation_id=conversations, other=others, outcome=st.sampled_from(("reached", "not_reached")))
    def agent_records_a_contact(self, conversation_id: str, other: str | None, outcome: str) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(
            c.RecordContact(
                agent_id=agent_id, conversation_id=conversation_id, channel="phone", outcome=outcome
            )
        )

    @rule(
        conversation_id=conversations,
        other=others,
        to=people | st.just("nobody"),
        team=st.none() | st.sampled_from(("service", "billing", "nowhere")),
        sensible=st.booleans(),
    )
    def agent_transfers(
        self, conversation_id: str, other: str | None, to: str, team: str | None, sensible: bool
    ) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        if sensible:
            free = [one for one in self.desk.on_duty() if self.desk.has_free_seat(one) and one.id != agent_id]
            to = free[0].id if free else to
        self.do(
            c.Transfer(
                agent_id=agent_id,
                conversation_id=conversation_id,
                to_agent_id=to if team is None else None,
                to_team=team,
                note=None,
            )
        )

    @rule(conversation_id=conversations, other=others, seconds=st.sampled_from((-1, 30, 600, 100_000)))
    def agent_promises_a_follow_up(self, conversation_id: str, other: str | None, seconds: int) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(
            c.FollowUp(
                agent_id=agent_id,
                conversation_id=conversation_id,
                answer_by=self.now + timedelta(seconds=seconds),
                note="Will call",
            )
        )

    @rule(conversation_id=conversations, other=people, own=st.booleans())
    def agent_takes_a_slip_back(self, conversation_id: str, other: str, own: bool) -> None:
        """Mostly whoever had it last, since it is nobody else's slip."""
        last = self.desk.conversations[conversation_id].last_agent_id
        agent_id = last if own and last is not None else other
        self.do(
            c.TakeBack(agent_id=agent_id, conversation_id=conversation_id, new_handoff=self.new_handoff())
        )

    @rule(conversation_id=conversations, other=others)
    def agent_hands_back(self, conversation_id: str, other: str | None) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(c.HandBack(agent_id=agent_id, conversation_id=conversation_id, note=None))

    @rule(conversation_id=conversations, other=others, outcome=st.sampled_from(tuple(Outcome)))
    def agent_resolves(self, conversation_id: str, other: str | None, outcome: Outcome) -> None:
        agent_id, conversation_id = self.at_work(conversation_id, other)
        self.do(c.Resolve(agent_id=agent_id, conversation_id=conversation_id, outcome=outcome, note=None))

    @rule(conversation_id=conversations, other=others, seldom=st.integers(0, 3))
    def agent_blocks_the_customer(self, conversation_id: str, other: str | None, seldom: int) -> None:
        if seldom == 0:
            agent_id, conversation_id = self.at_work(conversation_id, other)
            self.do(c.BlockCustomer(agent_id=agent_id, conversation_id=conversation_id, reason="Threats"))

    @rule(conversation_id=conversations, by=st.sampled_from(("sue", "sue", "ada")))
    def supervisor_lets_the_customer_in_again(self, conversation_id: str, by: str) -> None:
        self.do(c.UnblockCustomer(agent_id=by, conversation_id=conversation_id, note=None))

    @rule(by=st.sampled_from(("sue", "sue", "liz", "ada")), to=people, conversation_id=conversations)
    def supervisor_assigns(self, by: str, to: str, conversation_id: str) -> None:
        handoff = self.desk.conversations[conversation_id].handoff
        handoff_id = handoff.handoff_id if handoff is not None else "never-asked"
        self.do(c.Assign(agent_id=by, handoff_id=handoff_id, to_agent_id=to))

    @rule(
        by=st.sampled_from(("sue", "sue", "sue", "ada")),
        conversation_id=conversations,
        behind=st.sampled_from((0, 0, 0, 1, 1_000)),
    )
    def supervisor_acknowledges(self, by: str, conversation_id: str, behind: int) -> None:
        """The open alert, if there is one; also one that ended, and numbers that never were."""
        conversation = self.desk.conversations[conversation_id]
        seq = conversation.alert.seq if conversation.alert is not None else conversation.last_seq
        self.do(c.Acknowledge(agent_id=by, conversation_id=conversation_id, seq=seq - behind))

    # -- what always holds --

    @invariant()
    def check_desk(self) -> None:
        found = [str(violation) for violation in violations(self.desk, self.now)]
        assert not found, found

    @invariant()
    def the_lists_of_the_desk_say_what_its_conversations_do(self) -> None:
        anew = Desk(self.desk.rules)
        for agent in self.desk.agents.values():
            anew.put_agent(agent)
        for conversation in self.desk.conversations.values():
            anew.put_conversation(conversation)
        assert lists(self.desk) == lists(anew)

    @invariant()
    def customers_have_their_places_whatever_canaries_do(self) -> None:
        queue = [one for one in self.desk.queue() if not one.canary]
        places = [self.desk.place(one.handoff) for one in queue if one.handoff is not None]
        assert places == list(range(1, len(queue) + 1))
        assert self.desk.queue_length == len(queue)

    @invariant()
    def no_handoff_is_forgotten(self) -> None:
        """Every handoff that was ever opened is live still, or ended by one of the two ways, in its log."""
        ended = {"handed_back", "handoff_resolved", "handoff_withdrawn"}
        for conversation_id, log in self.logs.items():
            asked = sum(1 for event in log if event.type == "handoff_requested")
            ends = sum(1 for event in log if event.type in ended)
            handoff = self.desk.conversations[conversation_id].handoff
            alive = handoff is not None and handoff.state in LIVE
            assert asked == ends + alive

    def agents_finish_the_work(self) -> None:
        """By people who share a language with every customer, whatever became of their accounts meanwhile."""
        desk_rules = self.desk.rules
        for agent_id in ("ada", "sue", "cay"):
            access, languages, _, capacity = PEOPLE[agent_id]
            self.account_is_changed(agent_id, access, languages, capacity)
        for _ in range(ROUNDS_MAX):
            for agent_id in ("ada", "sue", "cay"):
                self.comes_on_duty(agent_id)
            for conversation in self.desk.alerted():
                self.supervisor_acknowledges("sue", conversation.conversation_id, 0)
            for agent_id in PEOPLE:
                for conversation in self.desk.concerning(agent_id):
                    self.answer_and_resolve(agent_id, conversation.conversation_id)
            if not self.desk.live():
                return
            moments = [next_deadline_at(one, desk_rules) for one in self.desk.conversations.values()]
            moments += [next_agent_deadline_at(one, desk_rules) for one in self.desk.agents.values()]
            self.now = max(self.now, min(moment for moment in moments if moment is not None))
            self.sweep()
        raise AssertionError(f"still open: {self.desk.live()}")

    def answer_and_resolve(self, agent_id: str, conversation_id: str) -> None:
        handoff = self.desk.conversations[conversation_id].handoff
        if handoff is not None and handoff.offer is not None:
            self.do(c.Accept(agent_id=agent_id, offer_id=handoff.offer.offer_id))
        self.agent_writes(conversation_id, agent_id, "Hello")
        self.agent_resolves(conversation_id, agent_id, Outcome.ANSWERED)
        self.says_the_notes_are_done(agent_id, conversation_id)

    def teardown(self) -> None:
        """In the end agents do their work, and no handoff stays open; each log and each person fold to the desk."""
        self.agents_finish_the_work()
        for conversation_id, conversation in self.desk.conversations.items():
            assert log_violations(self.logs[conversation_id], conversation) == []
        for agent_id, agent in self.desk.agents.items():
            folded: Agent | None = None
            for event in self.agent_logs[agent_id]:
                folded = fold_agent(folded, event)
            assert folded == agent


def decided(desk: Desk, command: c.Command, now: datetime) -> tuple[list[AnyEvent], DomainError | None]:
    try:
        return decide(desk, command, now), None
    except Refused as refusal:
        return refusal.events, refusal.error


def test_every_command_there_is_can_be_given_by_the_machine() -> None:
    """A command added later has to be added to the machine as well; `Rate` changes no state of a handoff."""
    source = __file__
    with open(source, encoding="utf-8") as file:
        text = file.read()
    missing = {kind.__name__ for kind in HANDLERS if f"c.{kind.__name__}" not in text}
    assert missing == {"Rate"}


TestDeskRules = DeskRulesMachine.TestCase
TestDeskRules.settings = settings(
    max_examples=200,
    stateful_step_count=60,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # shrinking takes minutes; add Phase.shrink to look into a failure
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
)
