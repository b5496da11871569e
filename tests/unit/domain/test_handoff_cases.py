"""*What happens when* of the design, row by row, as far as the rules of the desk decide it."""

from datetime import timedelta

import pytest

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.conversation import Control
from handoff.domain.errors import Code
from handoff.domain.handoff import ChosenBy, HandoffState, LeftReason, OfferOutcome
from handoff.domain.people import Access, Presence
from tests.factories import Scene, bodies, card, of_agents, start_conversation, told_supervisor, types


@pytest.fixture
def scene() -> Scene:
    """One agent, ada, who is online."""
    scene = Scene()
    scene.agent("ada")
    return scene


# --- withdraw meets accept ---


def test_a_withdrawal_committed_first_makes_the_acceptance_stale(scene: Scene) -> None:
    scene.waiting("c1")
    accept = c.Accept(agent_id="ada", offer_id=scene.offer_id("c1"))
    scene.withdraws("c1")
    assert bodies(scene.events, e.OfferEnded)[-1].outcome is OfferOutcome.RESCINDED
    assert scene.refused(accept) is Code.STALE_OFFER
    assert scene.state("c1") is HandoffState.WITHDRAWN
    assert scene.desk.seats_taken(scene.person("ada")) == 0


def test_an_acceptance_committed_first_is_withdrawn_from_active_into_wrap_up(scene: Scene) -> None:
    scene.waiting("c1")
    scene.accept("ada", "c1")
    events = scene.withdraws("c1")
    assert types(events) == ["handoff_withdrawn", "wrap_up_started"]
    assert scene.state("c1") is HandoffState.WITHDRAWN


def test_withdrawing_twice_is_a_conflict_and_changes_nothing(scene: Scene) -> None:
    scene.waiting("c1")
    scene.withdraws("c1")
    assert scene.refused(c.Withdraw(conversation_id="c1")) is Code.CONFLICT


def test_withdrawing_an_offered_transfer_does_not_record_it_as_failed(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.agent("ben")
    scene.do(scene.transfer("ada", "c1", to_agent="ben"))
    assert types(scene.withdraws("c1")) == ["offer_ended", "handoff_withdrawn"]


# --- offers that are over ---


def test_an_offer_cannot_be_accepted_at_the_moment_it_expires(scene: Scene) -> None:
    scene.waiting("c1")
    scene.now += timedelta(seconds=20)
    assert scene.refused(c.Accept(agent_id="ada", offer_id=scene.offer_id("c1"))) is Code.STALE_OFFER


def test_a_newer_offer_voids_the_older(scene: Scene) -> None:
    scene.waiting("c1")
    old = scene.offer_id("c1")
    scene.agent("ben")
    scene.pass_time(20)
    assert scene.offered_to("c1") == "ben"
    assert scene.refused(c.Accept(agent_id="ada", offer_id=old)) is Code.STALE_OFFER
    assert scene.offered_to("c1") == "ben"


def test_nobody_accepts_or_declines_the_offer_of_another(scene: Scene) -> None:
    scene.waiting("c1")
    scene.agent("ben")
    offer_id = scene.offer_id("c1")
    assert scene.refused(c.Accept(agent_id="ben", offer_id=offer_id)) is Code.STALE_OFFER
    decline = c.Decline(agent_id="ben", offer_id=offer_id, reason=None)
    assert scene.refused(decline) is Code.STALE_OFFER
    assert scene.offered_to("c1") == "ada"


def test_accepting_twice_joins_once(scene: Scene) -> None:
    scene.waiting("c1")
    accept = c.Accept(agent_id="ada", offer_id=scene.offer_id("c1"))
    scene.do(accept)
    before = scene.conversation("c1")
    assert scene.refused(accept) is Code.STALE_OFFER
    assert scene.conversation("c1") == before


# --- after the end ---


def test_the_bot_answers_when_the_customer_writes_after_a_resolution(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.says("c1", "Thanks. And what about my other parcel?")
    assert scene.control("c1") is Control.BOT
    assert scene.state("c1") is HandoffState.RESOLVED
    assert len(scene.conversation("c1").bot.pending) == 1


def _ways_back(scene: Scene) -> list[e.Message]:
    return [body for body in bodies(scene.events, e.Message) if "Ada Vogel" in body.text and body.buttons]


@pytest.mark.parametrize("questions", [("Where is my parcel?",), ("Where is", "my other parcel?")])
def test_within_15_minutes_the_way_back_to_the_same_agent_is_offered_once_by_name(
    scene: Scene, questions: tuple[str, ...]
) -> None:
    """Two messages sent before the first answer once kept it from being offered."""
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.pass_time(899)
    for question in questions:
        scene.says("c1", question)
    for _ in questions:
        scene.bot_answers("c1", "On its way.")
    scene.says("c1", "And the other?")
    scene.bot_answers("c1", "Tomorrow.")
    assert [body.buttons[0].title for body in _ways_back(scene)] == ["Back to Ada Vogel"]


def test_after_15_minutes_the_way_back_is_not_offered(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.pass_time(901)
    scene.says("c1", "Where is my parcel?")
    scene.bot_answers("c1", "On its way.")
    assert _ways_back(scene) == []


@pytest.mark.parametrize("end", ["resolve", "hand_back"])
def test_the_next_handoff_of_a_conversation_prefers_the_agent_of_the_last(scene: Scene, end: str) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1") if end == "resolve" else scene.hand_back("ada", "c1"))
    scene.agent("ben")  # was given nothing yet, so would be the longest idle
    scene.pass_time(60)
    scene.asks("c1")
    assert scene.offered_to("c1") == "ada"
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert offer.chosen_by is ChosenBy.RETURNING_CUSTOMER


def test_a_preferred_agent_who_is_not_there_holds_nobody_up(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.agent("ben")
    scene.set_presence("ada", Presence.AWAY)
    scene.asks("c1")
    assert scene.offered_to("c1") == "ben"


def test_two_hand_backs_in_one_day_tell_the_supervisor(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.hand_back("ada", "c1"))
    assert told_supervisor(scene.events) == []
    scene.pass_time(3_600)
    scene.asks("c1")
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.hand_back("ada", "c1"))
    assert told_supervisor(scene.events) == ["handed_back_twice"]


def test_two_hand_backs_more_than_a_day_apart_tell_nobody(scene: Scene) -> None:
    for _ in range(2):
        scene.waiting("c1") if "c1" not in scene.desk.conversations else scene.asks("c1")
        scene.accept("ada", "c1")
        scene.writes("ada", "c1")
        scene.do(scene.hand_back("ada", "c1"))
        scene.pass_time(86_401)
    assert told_supervisor(scene.events) == []


# --- a supervisor takes or assigns ---


def test_an_assignment_takes_the_conversation_from_one_agent_and_gives_it_to_another(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.agent("ben")
    scene.supervisor()
    events = scene.do(scene.assign("sue", "c1", "ben"))
    assert types(events)[:2] == ["agent_left", "agent_seated"]
    assert bodies(events, e.AgentLeft)[0].reason is LeftReason.SUPERVISOR
    assert bodies(events, e.AgentJoined)[0].agent.id == "ben"
    assert scene.refused(scene.message("ada", "c1")) is Code.NOT_FOUND
    scene.writes("ben", "c1")


def test_only_an_assignment_exceeds_capacity(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.pass_time(1)
    scene.agent("ben", capacity=1)
    scene.set_presence("ada", Presence.AWAY)
    scene.waiting("c2")
    scene.accept("ben", "c2")
    scene.supervisor()
    scene.do(scene.assign("sue", "c1", "ben"))
    assert scene.desk.seats_taken(scene.person("ben")) == 2
    scene.waiting("c3")
    assert scene.offered_to("c3") is None


@pytest.mark.parametrize("state", [HandoffState.OFFERED, HandoffState.ACTIVE, HandoffState.PROMISED])
def test_a_supervisor_can_take_a_handoff_in_any_live_state(scene: Scene, state: HandoffState) -> None:
    scene.supervisor(online=True)
    scene.set_presence("sue", Presence.AWAY)
    scene.waiting("c1")
    if state is HandoffState.ACTIVE:
        scene.accept("ada", "c1")
    if state is HandoffState.PROMISED:
        scene.set_presence("ada", Presence.AWAY)
    assert scene.state("c1") is state
    scene.do(scene.assign("sue", "c1", "sue"))
    agent = scene.handoff("c1").agent
    assert agent is not None
    assert agent.id == "sue"


def test_a_supervisor_can_take_a_queued_handoff(scene: Scene) -> None:
    scene.supervisor(online=True)
    scene.set_presence("sue", Presence.AWAY)
    scene.waiting("c1")
    scene.decline("ada", "c1")
    assert scene.state("c1") is HandoffState.QUEUED
    scene.do(scene.assign("sue", "c1", "sue"))
    assert scene.state("c1") is HandoffState.ACTIVE


def test_a_supervisor_who_takes_no_conversations_otherwise_can_take_one_and_see_it_through(
    scene: Scene,
) -> None:
    scene.agent("sue", access=(Access.SUPERVISOR,), online=False)
    scene.connect("sue")
    scene.active("ada", "c1")
    scene.do(scene.assign("sue", "c1", "sue"))
    assert bodies(scene.events, e.AgentLeft)[-1].reason is LeftReason.SUPERVISOR
    scene.writes("sue", "c1")
    scene.do(scene.follow_up("sue", "c1", 600))
    assert types(scene.writes("sue", "c1", "As promised")) == [
        "agent_joined",
        "agent_seated",
        "message",
        "promise_kept",
    ]
    scene.do(scene.resolve("sue", "c1"))
    assert scene.handoff("c1").ended_by == "sue"


def test_nothing_is_routed_to_a_supervisor_who_takes_no_conversations(scene: Scene) -> None:
    scene.agent("sue", access=(Access.SUPERVISOR,), online=False)
    scene.connect("sue")
    scene.set_presence("ada", Presence.AWAY)
    scene.waiting("c1")
    assert scene.state("c1") is HandoffState.PROMISED
    assert scene.refused(scene.assign("sue", "c1", "tom")) is Code.BAD_REQUEST
    scene.agent("tom", access=(Access.TRAINER,), online=False)
    scene.connect("tom")
    assert scene.refused(scene.assign("sue", "c1", "tom")) is Code.BAD_REQUEST


def test_what_a_taking_supervisor_loses_goes_back_to_the_head(scene: Scene) -> None:
    scene.agent("sue", access=(Access.SUPERVISOR,), online=False)
    scene.connect("sue")
    scene.active("ada", "c1")
    scene.do(scene.assign("sue", "c1", "sue"))
    scene.lose("sue")
    scene.pass_time(60)
    assert scene.offered_to("c1") == "ada"
    assert scene.handoff("c1").rank == 0


def test_an_assignment_that_is_asked_again_changes_nothing(scene: Scene) -> None:
    """The ack got lost and the request came twice: it is done, and no conflict."""
    scene.supervisor(online=True)
    scene.set_presence("sue", Presence.AWAY)
    scene.agent("ben")
    scene.active("ada", "c1")
    scene.do(scene.assign("sue", "c1", "ben"))
    assert scene.do(scene.assign("sue", "c1", "ben")) == []
    scene.do(scene.assign("sue", "c1", "sue"))
    assert scene.do(scene.assign("sue", "c1", "sue")) == []
    assert scene.handoff("c1").agent == card("sue")


def test_an_assignment_to_whoever_has_it_of_their_own_accord_is_a_conflict(scene: Scene) -> None:
    scene.supervisor()
    scene.active("ada", "c1")
    assert scene.refused(scene.assign("sue", "c1", "ada")) is Code.CONFLICT


def test_an_assignment_to_somebody_without_a_socket_changes_nothing(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.agent("ben", online=False)
    scene.supervisor()
    before = scene.conversation("c1")
    assert scene.refused(scene.assign("sue", "c1", "ben")) is Code.CONFLICT
    assert scene.conversation("c1") == before


def test_only_supervisors_assign_and_whisper(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.agent("ben")
    assert scene.refused(scene.assign("ben", "c1", "ben")) is Code.FORBIDDEN
    whisper = c.SendWhisper(agent_id="ben", conversation_id="c1", text="psst", client_id="w1")
    assert scene.refused(whisper) is Code.FORBIDDEN


def test_a_supervisor_sees_every_conversation_and_writes_only_in_those_they_have(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.supervisor(online=True)
    assert scene.refused(scene.message("sue", "c1")) is Code.CONFLICT
    assert scene.refused(scene.resolve("sue", "c1")) is Code.CONFLICT


def test_a_whisper_is_hidden_from_the_customer(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.supervisor()
    seen = scene.conversation("c1").customer_seq
    scene.do(c.SendWhisper(agent_id="sue", conversation_id="c1", text="Offer a refund", client_id="w1"))
    assert scene.conversation("c1").customer_seq == seen
    assert scene.log("c1")[-1].customer_prev_seq is None


def test_an_assigned_handoff_that_is_let_go_can_be_routed_again(scene: Scene) -> None:
    scene.supervisor()
    scene.agent("ben")
    scene.active("ada", "c1")
    scene.do(scene.assign("sue", "c1", "ben"))
    scene.disable("ben")
    assert scene.offered_to("c1") == "ada"
    assert scene.handoff("c1").rank == 0


# --- a late answer of the bot ---


def test_a_bot_answer_after_control_has_moved_is_kept_hidden_with_what_it_did(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1", "Cancel order 10023")
    seq = scene.conversation("c1").last_seq
    scene.asks("c1")
    events = scene.bot_answers("c1", "Order 10023 is cancelled.", of_seq=seq, did=("Order 10023 cancelled",))
    assert types(events) == ["late_bot_answer"]
    late = bodies(events, e.LateBotAnswer)[0]
    assert (late.of_seq, late.did) == (seq, ("Order 10023 cancelled",))
    assert scene.log("c1")[-1].customer_prev_seq is None
    assert scene.conversation("c1").bot.generation == 2  # Rasa must not remember what nobody saw


def test_a_late_answer_does_not_disturb_the_turns_after_it(scene: Scene) -> None:
    """The sender it was asked under is given up already; the one in use may be in the middle of a question."""
    scene.customer("c1")
    scene.says("c1", "Cancel order 10023")
    late = scene.conversation("c1").last_seq
    scene.bot_fails("c1", "timeout")
    scene.withdraws("c1")
    scene.says("c1", "Cancel order 10034")
    scene.bot_answers("c1", "Shall I cancel it?", slots='{"order":"10034"}')
    scene.says("c1", "Yes, cancel it")
    before = scene.conversation("c1").bot

    scene.bot_answers("c1", "Shall I cancel 10023?", of_seq=late)

    assert scene.conversation("c1").bot == before


def test_the_bot_is_not_asked_while_a_person_has_the_conversation_or_the_customer_waits(scene: Scene) -> None:
    scene.waiting("c1")
    scene.says("c1", "Hello?")
    assert scene.conversation("c1").bot.pending == ()
    scene.accept("ada", "c1")
    scene.says("c1", "Hello?")
    assert scene.conversation("c1").bot.pending == ()


def test_slots_are_carried_over_to_a_fresh_sender_after_an_answer_nobody_saw(scene: Scene) -> None:
    scene.customer("c1")
    scene.says("c1", "My order is 10023")
    scene.bot_answers("c1", "Thank you", slots='{"order":"10023"}')
    scene.says("c1", "Cancel it")
    first = scene.conversation("c1").bot.generation
    scene.asks("c1")
    scene.withdraws("c1")
    scene.says("c1", "Where is it?")
    bot = scene.conversation("c1").bot
    assert bot.generation == first + 1
    assert bot.slots == '{"order":"10023"}'


@pytest.mark.parametrize("otherwise", ["unsure", "repeats"])
def test_the_bot_goes_on_under_a_fresh_sender_where_a_person_was_asked_for_in_the_place_of_its_answer(
    scene: Scene, otherwise: str
) -> None:
    """Found by the simulation, by a bot that keeps a book: its second answer that it was not sure of, or the same one
    again, is not shown, and Rasa remembered having said it."""
    scene.customer("c1")
    first = scene.conversation("c1").bot.generation
    for text in ("Where is it?", "And the lamp?"):
        scene.says("c1", text)
        events = scene.bot_answers("c1", "Pardon?", unsure=otherwise == "unsure", intent="track_order")
    if otherwise == "repeats":
        scene.says("c1", "No, the other one")
        events = scene.bot_answers("c1", "Pardon?", intent="track_order")

    assert bodies(events, e.HandoffRequested)
    assert bodies(events, e.Message) == []
    assert scene.conversation("c1").bot.generation == first + 1


# --- time and downtime ---


def test_moments_never_decrease_when_the_clock_steps_back(scene: Scene) -> None:
    scene.waiting("c1")
    latest = scene.log("c1")[-1].at
    scene.now -= timedelta(hours=1)
    scene.says("c1", "Hello?")
    assert scene.log("c1")[-1].at == latest


def test_after_downtime_deadlines_on_people_start_again_and_those_of_customers_apply() -> None:
    scene = Scene()
    for agent_id in ("ada", "ben"):
        scene.agent(agent_id, capacity=1)
    scene.active("ada", "active")
    scene.writes("ada", "active")
    scene.says("active", "And now?")
    scene.waiting("offered")
    scene.waiting("queued")
    assert scene.offered_to("offered") == "ben"
    scene.now += timedelta(hours=1)
    scene.do(c.RestartClocks(sockets_lost=True))
    scene.sweep()
    assert scene.state("offered") is HandoffState.OFFERED
    assert scene.state("active") is HandoffState.ACTIVE
    assert {one.type for one in scene.log("queued")} >= {"promise_broken"}
    assert {one.type for one in scene.log("offered")} >= {"promise_broken"}
    scene.pass_time(9)
    scene.connect("ada")
    scene.connect("ben")
    scene.pass_time(10.9)
    assert scene.offered_to("offered") == "ben"
    scene.pass_time(0.1)
    assert scene.state("offered") is not HandoffState.OFFERED
    scene.pass_time(579.9)
    assert scene.state("active") is HandoffState.ACTIVE
    scene.pass_time(0.1)
    assert bodies(scene.events, e.AgentLeft)[-1].reason is LeftReason.SILENT


def test_an_agent_who_was_just_lost_when_the_server_stopped_has_the_full_time_again(scene: Scene) -> None:
    """The 10 s of an agent without a socket once ran on while the server was down, and sent the queue home."""
    scene.waiting("c1")
    scene.lose("ada")
    scene.pass_time(3)
    scene.now += timedelta(minutes=2)
    scene.do(c.RestartClocks(sockets_lost=True))
    scene.sweep()
    scene.pass_time(9)
    assert scene.state("c1") is HandoffState.OFFERED
    scene.connect("ada")
    scene.accept("ada", "c1")


def test_agents_who_do_not_come_back_after_a_restart_are_lost(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(c.RestartClocks(sockets_lost=True))
    scene.pass_time(60)
    assert bodies(scene.events, e.AgentLeft)[-1].reason is LeftReason.LOST
    assert scene.state("c1") is HandoffState.PROMISED  # nobody else is there


def test_a_clock_that_steps_leaves_sockets_alone(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.now += timedelta(minutes=30)
    scene.do(c.RestartClocks(sockets_lost=False))
    scene.sweep()
    assert scene.person("ada").connected
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.pass_time(119)
    assert scene.state("c1") is HandoffState.ACTIVE
    scene.pass_time(1)
    assert bodies(scene.events, e.AgentLeft)[-1].reason is LeftReason.SILENT


# --- an agent is disabled ---


def test_disabling_an_agent_rescinds_offers_and_puts_active_ones_at_the_head_at_once(scene: Scene) -> None:
    scene.active("ada", "active")
    scene.waiting("offered")
    events = scene.disable("ada")
    ended = bodies(events, e.OfferEnded)[0]
    assert (ended.agent_id, ended.outcome) == ("ada", OfferOutcome.RESCINDED)
    assert bodies(events, e.AgentLeft)[0].reason is LeftReason.DISABLED
    assert scene.handoff("active").rank == 0
    assert scene.desk.concerning("ada") == []
    assert scene.person("ada").presence is Presence.OFFLINE
    assert scene.desk.seats_taken(scene.person("ada")) == 0


def test_the_promises_of_a_disabled_agent_pass_to_the_team_with_the_same_moment(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.follow_up("ada", "c1", 7_200))
    promised = scene.handoff("c1").promise
    assert promised is not None
    scene.agent("ben")
    scene.do(scene.assign(scene.supervisor(), scene.waiting("c2"), "ben"))
    scene.writes("ben", "c2")
    scene.do(scene.follow_up("ben", "c2", 7_200))
    of_ben = scene.handoff("c2").promise
    scene.disable("ada")
    assert scene.handoff("c2").promise == of_ben
    handed_on = scene.handoff("c1").promise
    assert handed_on is not None
    assert (handed_on.owner.kind, handed_on.owner.id) == ("team", "service")
    assert handed_on.answer_by == promised.answer_by


def test_a_disabled_agent_can_do_nothing_and_disabling_twice_does_nothing(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.disable("ada")
    assert scene.disable("ada") == []
    online = c.SetPresence(agent_id="ada", presence=Presence.ONLINE)
    assert scene.refused(online) is Code.FORBIDDEN
    assert scene.refused(c.ConnectAgent(agent_id="ada")) is Code.FORBIDDEN
    assert scene.refused(scene.message("ada", "c1")) is Code.NOT_FOUND
    note = c.TakeNote(agent_id="ada", conversation_id="c1", text="x", client_id="n1")
    assert scene.refused(note) is Code.NOT_FOUND


# --- who may do what ---


def test_missing_and_foreign_conversations_look_the_same_to_an_agent(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.agent("ben")
    assert scene.refused(scene.message("ben", "c1")) is Code.NOT_FOUND
    assert scene.refused(scene.message("ben", "nowhere")) is Code.NOT_FOUND


def test_an_agent_writes_only_while_the_conversation_is_theirs(scene: Scene) -> None:
    scene.waiting("c1")
    assert scene.refused(scene.message("ada", "c1")) is Code.CONFLICT  # offered, not accepted
    scene.accept("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    assert scene.refused(scene.message("ada", "c1")) is Code.CONFLICT


def test_a_note_can_still_be_taken_after_the_end_and_customers_do_not_see_it(scene: Scene) -> None:
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.do(c.TakeNote(agent_id="ada", conversation_id="c1", text="Called the depot", client_id="n1"))
    assert scene.log("c1")[-1].customer_prev_seq is None


def test_an_account_and_a_conversation_begin_once(scene: Scene) -> None:
    scene.customer("c1")
    again = c.AddAgent(
        card=scene.person("ada").card, access=(Access.AGENT,), languages=(), teams=(), capacity=4
    )
    assert scene.refused(again) is Code.CONFLICT
    assert [one.agent_id for one in of_agents(scene.events)].count("ada") == 3  # added, connected, online
    start = start_conversation("c1", customer_id="x")
    assert scene.refused(start) is Code.CONFLICT
