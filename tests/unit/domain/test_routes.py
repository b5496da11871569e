"""Routes: what is known when a person is asked for decides which team is asked first, and with which skills."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handoff.domain.handoff import ChosenBy, HandoffState, Reason
from handoff.domain.routes import Route
from tests.factories import ASKS_CLEARLY, IN_DISTRESS, Scene, rules

TO_BILLING = Route(intents=("get_refund",), team="billing", skills=("refunds",))


def with_routes(*routes: Route) -> Scene:
    return Scene(replace(rules(site_languages=("en", "de")), routes=routes))


def answered(scene: Scene, *intents: str, conversation_id: str = "c1", unsure: bool = False) -> None:
    """The bot answered questions with these intents, one after another."""
    for number, intent in enumerate(intents):
        scene.says(conversation_id, f"Question {number} about {intent}")
        scene.bot_answers(conversation_id, f"Like this: {intent}.", intent=intent, unsure=unsure)


def sent_to(scene: Scene, conversation_id: str = "c1") -> tuple[str, tuple[str, ...]]:
    handoff = scene.handoff(conversation_id)
    return handoff.team, handoff.skills


def test_without_routes_the_first_team_is_asked_for_nothing_special() -> None:
    scene = with_routes()
    scene.waiting("c1")
    assert sent_to(scene) == ("service", ())


def test_the_intent_that_the_bot_understood_last_decides() -> None:
    scene = with_routes(TO_BILLING)
    scene.customer("c1")
    answered(scene, "get_refund")
    scene.asks("c1")
    assert sent_to(scene) == ("billing", ("refunds",))
    scene.check_logs()


def test_a_later_question_that_a_route_knows_takes_the_place_of_the_one_before() -> None:
    scene = with_routes(TO_BILLING, Route(intents=("track_order",), team="service"))
    scene.customer("c1")
    answered(scene, "get_refund", "track_order")
    scene.asks("c1")
    assert sent_to(scene) == ("service", ())


def test_a_word_of_thanks_does_not_hide_the_question_before_it() -> None:
    scene = with_routes(TO_BILLING)
    scene.customer("c1")
    answered(scene, "get_refund", "thank", "request_human")
    scene.asks("c1")
    assert sent_to(scene) == ("billing", ("refunds",))


def test_what_was_asked_six_questions_ago_is_not_what_a_person_is_wanted_for() -> None:
    scene = with_routes(TO_BILLING)
    scene.customer("c1")
    answered(scene, "get_refund", "a", "b", "c", "d", "e")
    scene.asks("c1")
    assert sent_to(scene) == ("service", ())


def test_one_thing_asked_again_and_again_counts_once() -> None:
    scene = with_routes(TO_BILLING)
    scene.customer("c1")
    answered(scene, "get_refund", "thank", "thank", "thank", "thank", "thank")
    scene.asks("c1")
    assert sent_to(scene) == ("billing", ("refunds",))


def test_a_guess_of_which_the_bot_was_not_sure_decides_nothing() -> None:
    scene = with_routes(TO_BILLING)
    scene.customer("c1")
    answered(scene, "get_refund", unsure=True)
    scene.asks("c1")
    assert sent_to(scene) == ("service", ())


def test_intents_of_a_handoff_that_was_asked_for_already_do_not_route_the_next() -> None:
    scene = with_routes(TO_BILLING)
    scene.agent("ada")
    scene.customer("c1")
    answered(scene, "get_refund")
    scene.asks("c1")
    scene.withdraws("c1")
    scene.asks("c1")
    assert sent_to(scene) == ("service", ())


def test_site_and_language_of_the_conversation_decide() -> None:
    scene = with_routes(
        Route(sites=("outlet",), languages=("de",), team="billing", skills=("outlet-de",)),
        Route(sites=("outlet",), skills=("outlet",)),
    )
    for conversation_id, site, locale, expected in (
        ("c1", "outlet", "de-AT", ("billing", ("outlet-de",))),
        ("c2", "outlet", "en", ("service", ("outlet",))),
        ("c3", "nordlicht", "de", ("service", ())),
    ):
        scene.customer(conversation_id, site=site, locale=locale)
        scene.asks(conversation_id)
        assert sent_to(scene, conversation_id) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(Reason.DISTRESS, "billing"), (Reason.ASKED, "service"), (Reason.BOT_UNAVAILABLE, "billing")],
)
def test_the_reason_decides(reason: Reason, expected: str) -> None:
    scene = with_routes(Route(reasons=(Reason.DISTRESS, Reason.BOT_UNAVAILABLE), team="billing"))
    scene.customer("c1")
    if reason is Reason.BOT_UNAVAILABLE:
        scene.says("c1")
        scene.bot_fails("c1")
    else:
        scene.says("c1", reading=IN_DISTRESS if reason is Reason.DISTRESS else ASKS_CLEARLY)
    assert scene.handoff("c1").reason is reason
    assert sent_to(scene)[0] == expected


def test_every_condition_that_is_given_must_match_and_the_first_match_wins() -> None:
    scene = with_routes(
        Route(intents=("get_refund",), reasons=(Reason.DISTRESS,), team="service", skills=("calm",)),
        Route(intents=("get_refund",), team="billing", skills=("refunds",)),
        Route(intents=("get_refund", "track_order"), skills=("never",)),
    )
    scene.customer("c1")
    answered(scene, "get_refund")
    scene.asks("c1")
    assert sent_to(scene) == ("billing", ("refunds",))


def test_a_route_to_a_team_that_is_gone_leads_to_the_first_one() -> None:
    scene = with_routes(Route(team="gone", skills=("refunds",)))
    scene.waiting("c1")
    assert sent_to(scene) == ("service", ("refunds",))


def test_those_with_the_skill_are_asked_first_and_everybody_after_a_minute() -> None:
    scene = with_routes(Route(skills=("refunds",)))
    scene.agent("ada")
    scene.agent("rea", skills=("refunds",))
    scene.waiting("c1")
    assert scene.offered_to("c1") == "rea"
    offer = scene.handoff("c1").offer
    assert offer is not None
    assert (offer.chosen_by, offer.matched) == (
        ChosenBy.LONGEST_IDLE,
        ("team=service", "skill=refunds", "language=en"),
    )
    scene.decline("rea", "c1")
    scene.pass_time(59.9)
    assert scene.state("c1") is HandoffState.QUEUED
    scene.pass_time(0.1)
    assert scene.offered_to("c1") == "ada"


def test_a_transfer_to_a_team_asks_for_no_skill_of_the_team_before() -> None:
    """The colleague who passes it on knows better than the route that it came by."""
    scene = with_routes(Route(skills=("refunds",)))
    scene.agent("rea", skills=("refunds",), teams=("service",))
    scene.active("rea", "c1")
    scene.agent("bea", teams=("billing",))
    scene.do(scene.transfer("rea", "c1", to_team="billing"))
    assert sent_to(scene) == ("billing", ())
    assert scene.offered_to("c1") == "bea"
    scene.check_logs()


def test_a_canary_follows_no_route() -> None:
    """A route to a skill that the canary agent does not have would have made the canary fail for no reason."""
    scene = with_routes(Route(team="billing", skills=("refunds",)))
    scene.agent("cay", canary=True)
    scene.waiting("c1", canary=True)
    assert sent_to(scene) == ("service", ())
    assert scene.offered_to("c1") == "cay"
