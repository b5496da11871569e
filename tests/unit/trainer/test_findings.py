"""What the inbox holds: each way in which the assistant served somebody badly, the dearest group first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handoff.service.ports import Recorded
from handoff.trainer.findings import TAKEN_BACK_S, Finding, Reviewed, review
from handoff.trainer.groups import group

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
Said = tuple[str, str, dict[str, Any]]  # type, actor, payload


def log(*said: Said, apart_s: float = 10.0, locale: str = "en", conversation_id: str = "cv_1") -> Reviewed:
    rows = [("conversation_started", "customer", {"locale": locale, "customer_name": "Erika Probe"}), *said]
    return review(
        [
            Recorded(
                conversation_id=conversation_id,
                seq=place,
                id=f"ev_{place}",
                at=START + timedelta(seconds=apart_s * place),
                type=kind,
                actor_kind=actor,
                actor_id=None,
                payload=payload,
                salt=None,
                payload_digest=b"",
                hash=b"",
                customer_prev_seq=None,
            )
            for place, (kind, actor, payload) in enumerate(rows, 1)
        ]
    )


def says(text: str) -> Said:
    return ("message", "customer", {"text": text})


def turn(of_seq: int, intent: str, **more: Any) -> Said:
    ranking = [{"name": intent, "confidence": 0.4}, {"name": "review", "confidence": 0.2}]
    facts = {
        "of_seq": of_seq,
        "intent": ranking[0],
        "ranking": ranking,
        "unsure": False,
        "actions": ["utter_x"],
    }
    return ("bot_turn_answered", "bot", facts | more)


ANSWER: Said = ("message", "bot", {"text": "An answer."})


def requested(reason: str) -> Said:
    return ("handoff_requested", "system", {"reason": reason})


NOT_HELPFUL = {"of_seq": 4, "helpful": False}
SORRY = ["utter_misunderstood"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unsure", [says("hm"), turn(2, "out_of_scope", unsure=True)]),
        ("repeated", [says("hm"), turn(2, "review"), says("hm again"), turn(4, "review", repeats=True)]),
        ("not_helpful", [says("hm"), turn(2, "review"), ANSWER, ("feedback", "customer", NOT_HELPFUL)]),
        ("wrong", [says("hm"), turn(2, "review"), says("not that"), turn(4, "misunderstood", actions=SORRY)]),
        ("handed_over", [says("hm"), turn(2, "review"), requested("button")]),
        ("heard_wrongly", [says("hm"), requested("asked"), ("handoff_withdrawn", "customer", {})]),
        ("heard_wrongly", [says("hm"), turn(2, "request_human", asks_person=True), says("no"), turn(4, "deny")]),
    ],
)  # fmt: skip
def test_each_way_of_being_served_badly_is_found(reason: str, said: list[Said]) -> None:
    found = log(*said).findings
    assert reason in {name for one in found for name in one.reasons}


def test_who_was_served_well_is_not_found() -> None:
    helped = ("feedback", "customer", {"of_seq": 4, "helpful": True})
    assert log(says("hm"), turn(2, "review"), ANSWER, helped).findings == ()


@pytest.mark.parametrize(
    ("said", "apart_s"),
    [
        ([says("a person"), requested("asked"), ("handoff_withdrawn", "customer", {})], TAKEN_BACK_S + 1),
        ([says("a person"), requested("button"), ("handoff_withdrawn", "customer", {})], 1.0),
        (
            [
                says("a person"),
                requested("asked"),
                ("agent_joined", "system", {"agent": {"name": "Aylin Demir"}}),
                ("handoff_withdrawn", "customer", {}),
            ],
            1.0,
        ),
        ([says("hm"), turn(2, "review", asks_person=True), says("no"), turn(4, "deny")], 1.0),
    ],
)
def test_who_may_have_wanted_a_person_is_no_false_alarm(said: list[Said], apart_s: float) -> None:
    found = log(*said, apart_s=apart_s).findings
    assert "heard_wrongly" not in {name for one in found for name in one.reasons}


def test_what_the_agent_answered_stands_by_the_question_that_led_there() -> None:
    agent = {"agent": {"name": "Aylin Demir"}}
    [found] = log(
        says("my name is Erika Probe, gift wrap 10023?"),
        turn(2, "out_of_scope"),
        says("a human please"),
        ("message_read", "system", {"of_seq": 4, "human_request": "transfer"}),
        requested("asked"),
        ("agent_joined", "system", agent),
        ("message", "agent", {"text": "Yes, Erika, for 10023 too."}),
        apart_s=60,
    ).findings
    assert found.text == "my name is Alex Muster, gift wrap 00000?"
    assert found.answers == ("Yes, Alex Muster, for 00000 too.",)
    assert (found.agent, found.handoff_reason, found.reasons) == ("Aylin Demir", "asked", ("handed_over",))
    assert found.agent_minutes == 1.0 and found.ranking[0] == ("out_of_scope", 0.4)


def test_a_failure_of_the_machine_is_nothing_to_teach() -> None:
    assert log(says("hm"), requested("bot_unavailable")).findings == ()


def found_in(conversation_id: str, text: str, *more: Said) -> Finding:
    return log(
        says(text), turn(2, "out_of_scope", unsure=True), *more, conversation_id=conversation_id
    ).findings[0]


def test_what_asks_for_about_the_same_is_one_group_and_the_dearest_comes_first() -> None:
    gifts = [
        found_in(f"cv_{number}", text)
        for number, text in enumerate(
            ["do you offer gift wrapping", "gift wrapping please", "is there gift wrapping with a bow"]
        )
    ]
    invoice = found_in("cv_8", "my invoice shows the wrong street")
    handed = found_in("cv_9", "the lamp hums at night", requested("bot_unsure"))
    groups = group([invoice, *gifts, handed])
    assert [sorted(one.conversation_id for one in it.findings) for it in groups] == [
        ["cv_9"],
        ["cv_0", "cv_1", "cv_2"],
        ["cv_8"],
    ]
    assert [it.cost for it in groups] == sorted((it.cost for it in groups), reverse=True)
    assert [it.findings for it in group([handed, *reversed(gifts), invoice])] == [
        it.findings for it in groups
    ]


def test_what_two_customers_have_in_common_is_not_that_both_named_themselves() -> None:
    one = found_in("cv_1", "Erika Probe here: the lamp hums")
    other = found_in("cv_2", "where do I pay? Erika Probe")
    assert len(group([one, other])) == 2
