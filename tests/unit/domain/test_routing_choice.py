"""Who is asked: the order of the queue, the choice of the agent, and the reason that goes with the offer."""

from dataclasses import replace
from datetime import UTC, datetime

from handoff.domain import commands as c
from handoff.domain import events as e
from handoff.domain.errors import Code
from handoff.domain.handoff import ChosenBy, HandoffState
from handoff.domain.ladder import Rung
from handoff.domain.people import Access, Presence
from handoff.domain.routing import match
from tests.factories import WEEKDAYS_NINE_TO_FIVE, Scene, bodies, card, rules, types


def _reason(scene: Scene, conversation_id: str = "c1") -> ChosenBy | None:
    offer = scene.handoff(conversation_id).offer
    return offer.chosen_by if offer else None


def test_the_longest_idle_agent_is_asked_first() -> None:
    scene = Scene()
    for agent_id in ("ada", "ben", "cem"):
        scene.agent(agent_id)
        scene.pass_time(1)
    asked = []
    for number in range(4):
        conversation_id = scene.waiting(f"c{number}")
        asked.append(scene.offered_to(conversation_id))
        scene.accept(asked[-1] or "", conversation_id)
        scene.pass_time(1)
    assert asked == ["ada", "ben", "cem", "ada"]
    assert {body.chosen_by for body in bodies(scene.events, e.OfferMade)} == {ChosenBy.LONGEST_IDLE}


def test_an_agent_who_is_being_asked_comes_after_those_who_are_not() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.pass_time(1)
    scene.agent("ben")
    scene.waiting("c1")
    scene.waiting("c2")
    scene.waiting("c3")
    assert [scene.offered_to(one) for one in ("c1", "c2", "c3")] == ["ada", "ben", "ada"]


def test_two_who_were_waiting_are_not_both_offered_to_the_first_of_two_who_come() -> None:
    scene = Scene()
    scene.waiting("c1")
    scene.waiting("c2")
    for agent_id in ("ada", "ben"):
        scene.agent(agent_id, online=False)
        scene.set_presence(agent_id, Presence.ONLINE)
    scene.connect("ada")
    assert [scene.offered_to(one) for one in ("c1", "c2")] == ["ada", "ada"]  # nobody else was there
    scene.decline("ada", "c2")
    scene.connect("ben")
    assert scene.offered_to("c2") == "ben"


def test_only_agents_who_are_there_and_online_with_a_seat_are_asked() -> None:
    scene = Scene()
    scene.agent("away")
    scene.set_presence("away", Presence.AWAY)
    scene.agent("gone")
    scene.lose("gone")
    scene.agent("trainer", access=(Access.TRAINER,), online=False)
    scene.connect("trainer")
    scene.agent("full", capacity=1)
    scene.active("full", "busy")
    scene.waiting("c1")
    assert scene.offered_to("c1") is None
    scene.agent("zoe")
    assert scene.offered_to("c1") == "zoe"


def test_an_agent_speaks_the_customers_language_or_any() -> None:
    scene = Scene()
    scene.agent("en", languages=("en",))
    scene.agent("any")
    scene.waiting("c1", locale="de-AT")
    assert scene.offered_to("c1") == "any"
    scene.agent("de", languages=("de",))
    scene.decline("any", "c1")
    assert scene.offered_to("c1") == "de"


def test_an_agent_without_teams_serves_every_team_and_others_serve_theirs() -> None:
    scene = Scene()
    scene.agent("billing", teams=("billing",))
    scene.waiting("c1")
    assert scene.offered_to("c1") is None
    scene.agent("all")
    assert scene.offered_to("c1") == "all"


def test_the_queue_is_served_in_its_order() -> None:
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    for number in range(3):
        scene.waiting(f"c{number}")
        scene.pass_time(1)
    assert [scene.place(f"c{number}") for number in range(3)] == [1, 2, 3]
    scene.agent("ben", capacity=2)
    assert [scene.offered_to(f"c{number}") for number in range(3)] == ["ben", "ben", None]


def test_somebody_for_whom_no_agent_fits_does_not_hold_up_those_behind() -> None:
    scene = Scene()
    scene.agent("ada", languages=("en",), capacity=1)
    scene.active("ada", "busy")
    scene.waiting("german", locale="de")
    scene.waiting("english")
    scene.agent("ben", languages=("en",))
    assert scene.offered_to("german") is None
    assert scene.offered_to("english") == "ben"
    assert scene.place("german") == 1


def test_the_head_of_the_queue_is_before_all_regular_ones_and_in_order_of_its_own() -> None:
    scene = Scene()
    scene.agent("ada", capacity=2)
    for conversation_id in ("older", "newer"):
        scene.active("ada", conversation_id)
        scene.writes("ada", conversation_id)
        scene.pass_time(1)
    scene.agent("ben", capacity=1)
    scene.active("ben", "busy")
    scene.writes("ben", "busy")
    scene.waiting("regular")
    scene.disable("ada")
    assert [scene.place(one) for one in ("older", "newer", "regular")] == [1, 2, 3]
    assert bodies(scene.events, e.HandoffQueued)[-2].place == 1
    assert bodies(scene.events, e.HandoffQueued)[-1].place == 2


def test_an_agent_who_declined_is_not_asked_again_before_the_next_step_of_waiting() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    scene.decline("ada", "c1")
    scene.set_presence("ada", Presence.AWAY)  # nobody on duty: it is promised,
    assert scene.state("c1") is HandoffState.PROMISED
    scene.set_presence("ada", Presence.ONLINE)  # which is a new beginning
    assert scene.offered_to("c1") == "ada"
    scene.decline("ada", "c1")
    scene.pass_time(59)
    assert scene.offered_to("c1") is None
    scene.pass_time(1)
    assert scene.offered_to("c1") == "ada"


def test_declining_without_end_does_not_make_a_storm_of_offers() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.waiting("c1")
    for _ in range(200):
        if scene.offered_to("c1"):
            scene.decline("ada", "c1")
        scene.pass_time(60)
    assert types(scene.events).count("offer_made") < 15
    assert scene.handoff("c1").live


def test_a_change_that_concerns_nobody_waiting_makes_no_events_elsewhere() -> None:
    scene = Scene()
    scene.agent("ada", languages=("fr",))
    for number in range(10):
        scene.waiting(f"c{number}")
    scene.says("c3", "Hello?")
    assert types(scene.says("c3", "Hello again?")) == ["message"]
    events = scene.set_presence("ada", Presence.ONLINE)
    assert events == []


def test_every_offer_of_a_handoff_has_an_id_of_its_own() -> None:
    scene = Scene()
    for agent_id in ("ada", "ben", "cem"):
        scene.agent(agent_id)
    scene.waiting("c1")
    for _ in range(3):
        scene.decline(scene.offered_to("c1") or "", "c1")
    ids = [body.offer_id for body in bodies(scene.events, e.OfferMade)]
    assert len(ids) == len(set(ids)) == 3


def test_languages_of_the_site_are_shared_by_everybody_once_the_wait_has_widened() -> None:
    scene = Scene(rules(site_languages=("en",)))
    scene.agent("en", languages=("en",))
    scene.waiting("c1", locale="kn")
    scene.pass_time(59)
    assert scene.offered_to("c1") is None
    scene.pass_time(1)
    assert scene.offered_to("c1") == "en"


def test_a_promise_that_is_due_before_the_next_in_the_queue_is_taken_first() -> None:
    """All agents were gone for half a minute: those who had waited became promises, and when an agent came back
    everybody who asked later was once served before them."""
    scene = Scene()
    scene.agent("ada", capacity=1)
    scene.active("ada", "busy")
    scene.writes("ada", "busy")
    scene.waiting("earlier")
    scene.set_presence("ada", Presence.AWAY)
    assert scene.state("earlier") is HandoffState.PROMISED
    scene.pass_time(30)
    scene.set_presence("ada", Presence.ONLINE)
    scene.waiting("later")
    assert scene.state("later") is HandoffState.QUEUED
    scene.agent("ben", capacity=1)
    assert scene.offered_to("earlier") == "ben"
    assert scene.state("later") is HandoffState.QUEUED


def test_those_who_wait_now_are_served_before_promises_that_have_time() -> None:
    """Somebody who was promised an hour from opening does not hold up those who were told five minutes."""
    before_opening = datetime(2026, 3, 2, 8, 59, 50, tzinfo=UTC)
    scene = Scene(rules(hours=WEEKDAYS_NINE_TO_FIVE), at=before_opening)
    scene.waiting("overnight")
    scene.agent("ada", capacity=1, languages=("de",))
    scene.pass_time(20)
    scene.waiting("now")
    scene.agent("ben", capacity=1)
    assert scene.offered_to("now") == "ben"
    assert scene.state("overnight") is HandoffState.PROMISED


def test_an_agent_without_the_skills_asked_for_is_asked_only_once_it_has_widened() -> None:
    """A skill is something that a person has: an empty list means none of them, unlike teams and languages."""
    scene = Scene()
    plain = scene.person(scene.agent("ada", online=False))
    half = scene.person(scene.agent("ben", online=False, skills=("refunds",)))
    whole = scene.person(scene.agent("zoe", online=False, skills=("claims", "refunds", "fibre")))
    asked = replace(scene.handoff(scene.waiting("c1")), skills=("refunds", "fibre"))
    desk_rules = scene.desk.rules
    assert [one.id for one in (plain, half, whole) if match(one, asked, desk_rules)] == ["zoe"]
    widened = replace(asked, rungs=(Rung.WIDENED,))
    assert all(match(one, widened, desk_rules) for one in (plain, half, whole))


def test_the_capacity_of_the_desk_holds_for_everybody_without_one_of_their_own() -> None:
    scene = Scene(rules(capacity=1))
    scene.do(c.AddAgent(card=card("ada"), access=(Access.AGENT,), languages=(), teams=()))
    scene.connect("ada")
    scene.set_presence("ada", Presence.ONLINE)
    scene.waiting("c1")
    scene.waiting("c2")
    assert scene.offered_to("c1") == "ada"
    assert scene.offered_to("c2") is None


# --- the reason, and who comes before whom ---


def test_the_offer_says_what_decided_and_what_matched() -> None:
    scene = Scene()
    scene.agent("ada", teams=("service",), languages=("en",))
    scene.waiting("c1")
    made = bodies(scene.events, e.OfferMade)[0]
    assert (made.chosen_by, made.matched) == (ChosenBy.LONGEST_IDLE, ("team=service", "language=en"))
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert offer.matched == made.matched


def _returning(scene: Scene, later_s: float) -> None:
    """Bea of billing, to whom ada passed it, resolved the customer's first handoff; the second is asked for later."""
    scene.agent("ada", teams=("service",))
    scene.active("ada", "c1")
    scene.agent("bea", teams=("billing",))
    scene.do(scene.transfer("ada", "c1", to_agent="bea"))
    scene.accept("bea", "c1")
    scene.writes("bea", "c1")
    scene.do(scene.resolve("bea", "c1"))
    scene.pass_time(later_s)
    scene.asks("c1")


def test_the_way_back_leads_to_the_agent_who_was_named_whatever_the_team() -> None:
    scene = Scene()
    _returning(scene, 900)
    assert (scene.offered_to("c1"), _reason(scene)) == ("bea", ChosenBy.RETURNING_CUSTOMER)
    assert bodies(scene.events, e.OfferMade)[-1].matched == ()


def test_later_team_skill_and_language_come_before_the_last_agent() -> None:
    scene = Scene()
    _returning(scene, 901)
    assert (scene.offered_to("c1"), _reason(scene)) == ("ada", ChosenBy.LONGEST_IDLE)


def test_among_those_who_fit_the_last_agent_comes_before_the_longest_idle() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.agent("ben")
    scene.pass_time(86_400)
    scene.active("ada", "another")  # from now on ben is idle for longer
    scene.asks("c1")
    assert (scene.offered_to("c1"), _reason(scene)) == ("ada", ChosenBy.RETURNING_CUSTOMER)
    assert bodies(scene.events, e.OfferMade)[-1].matched == ("team=service", "language=en")


def test_a_last_agent_who_did_not_fit_is_asked_first_once_it_has_widened() -> None:
    scene = Scene(rules(answer_by_s=10_000))
    _returning(scene, 901)
    scene.decline("ada", "c1")
    scene.pass_time(60)
    assert (scene.offered_to("c1"), _reason(scene)) == ("bea", ChosenBy.RETURNING_CUSTOMER)


def test_a_linked_conversation_prefers_the_agent_of_the_one_before() -> None:
    """After thirty idle days a returning customer has a new conversation; their last agent is the same."""
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.writes("ada", "c1")
    scene.do(scene.resolve("ada", "c1"))
    scene.agent("ben")
    scene.pass_time(31 * 86_400)
    scene.active("ada", "another")  # from now on ben is idle for longer
    scene.customer("c2", customer_id="customer-of-c1", previous="c1")
    scene.customer(
        "c3", customer_id="customer-of-c1", previous="c2"
    )  # years later, nobody was asked for in c2
    scene.asks("c3")
    assert (scene.offered_to("c3"), _reason(scene, "c3")) == ("ada", ChosenBy.RETURNING_CUSTOMER)
    scene.check_logs()


def test_the_agent_of_an_earlier_conversation_does_not_see_the_next_one_for_that() -> None:
    scene = Scene()
    scene.agent("ada")
    scene.active("ada", "c1")
    scene.customer("c2", customer_id="customer-of-c1", previous="c1")
    note = c.TakeNote(agent_id="ada", conversation_id="c2", text="Hm", client_id="n1")
    assert scene.refused(note) is Code.NOT_FOUND
