"""What the ledger says of its rows: what is overdue, in which order they are read, and in which words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from handoff.service.ledger import is_stuck, row_overdue_since, standing
from handoff.service.ledger_text import in_order, json_line, people_line, summary
from handoff.service.ports import LedgerRow
from tests.factories import MONDAY_NOON

NOW = MONDAY_NOON + timedelta(hours=1)


def row(handoff_id: str = "h1", **fields: Any) -> LedgerRow:
    """A queued handoff that was asked for at noon and is due in time."""
    usual: dict[str, Any] = {
        "handoff_id": handoff_id,
        "conversation_id": f"c-{handoff_id}",
        "reference": f"REF-{handoff_id}",
        "reason": "button",
        "team": "service",
        "language": "en",
        "state": "queued",
        "requested_at": "2026-03-02T12:00:00.000Z",
        "answer_by": "2026-03-02T13:05:00.000Z",
        "agent_id": None,
        "agent_name": None,
        "promises_broken": 0,
        "next_deadline_at": "2026-03-02T13:00:30.000Z",
        "ended_at": None,
        "ended_by": None,
        "outcome": None,
        "waiting_since": "2026-03-02T12:59:00.000Z",
        "owed_since": None,
        "promises_kept": 0,
        "first_answer_ms": None,
        "canary": 0,
    }
    return LedgerRow(**(usual | fields))


def ended(handoff_id: str, **fields: Any) -> LedgerRow:
    usual = {
        "state": "resolved",
        "outcome": "answered",
        "ended_at": "2026-03-02T12:07:30.000Z",
        "next_deadline_at": None,
        "waiting_since": None,
        "agent_id": "ada",
        "agent_name": "Ada Vogel",
        "promises_kept": 1,
        "first_answer_ms": 30_000,
    }
    return row(handoff_id, **(usual | fields))


def overdue(handoff_id: str, owed_since: str = "2026-03-02T12:30:00.000Z") -> LedgerRow:
    return row(handoff_id, owed_since=owed_since, promises_broken=2)


STUCK = row("stuck", next_deadline_at="2026-03-02T12:59:57.999Z")


@pytest.mark.parametrize(
    ("one", "since"),
    [
        (row(), None),
        (row(answer_by="2026-03-02T13:00:00.000Z"), "2026-03-02T13:00:00+00:00"),
        (overdue("h1"), "2026-03-02T12:30:00+00:00"),
        (STUCK, "2026-03-02T12:59:57.999000+00:00"),
        (row(next_deadline_at=None), "2026-03-02T12:00:00+00:00"),
        (row(next_deadline_at="2026-03-02T12:59:58.000Z"), None),
        (ended("h1", owed_since=None, answer_by="2026-03-02T12:00:01.000Z"), None),
    ],
)
def test_overdue_is_an_answer_owed_or_a_deadline_without_its_consequence(
    one: LedgerRow, since: str | None
) -> None:
    found = row_overdue_since(one, NOW)
    assert (None if found is None else found.isoformat()) == since


def test_stuck_is_what_no_sweep_has_seen_to() -> None:
    assert [
        is_stuck(one, NOW) for one in (STUCK, row(next_deadline_at=None), overdue("h1"), ended("h2"))
    ] == [
        True,
        True,
        False,
        False,
    ]


def test_overdue_ones_come_first_the_longest_overdue_before_the_others() -> None:
    rows = [ended("a"), row("b"), overdue("c"), overdue("d", "2026-03-02T12:10:00.000Z"), ended("e")]
    assert [one.handoff_id for one in in_order(rows, NOW)] == ["d", "c", "a", "b", "e"]


def test_line_of_an_overdue_handoff_stands_out() -> None:
    text = people_line(overdue("h1"), NOW)
    assert text.startswith("OVERDUE 30m00s")
    assert "REF-h1" in text and "queued" in text and "2 promises broken" in text
    assert "next deadline in 30s" in text
    assert people_line(STUCK, NOW).startswith("STUCK 2s")
    assert "next deadline 2s ago" in people_line(STUCK, NOW)
    assert not people_line(row(), NOW).strip().startswith(("OVERDUE", "STUCK"))


def test_line_of_an_ended_handoff_says_who_ended_it_and_how() -> None:
    text = people_line(ended("h1", promises_broken=1), NOW)
    assert "resolved" in text and "answered" in text and "Ada Vogel" in text
    assert "took 7m30s" in text and "1 promise broken" in text


def test_canaries_are_marked() -> None:
    assert people_line(ended("h1", canary=1), NOW).startswith("canary ")
    assert "OVERDUE" in people_line(overdue("h1")._replace(canary=1), NOW)
    assert "canary" in people_line(overdue("h1")._replace(canary=1), NOW)


def test_machines_get_every_field_and_what_follows_from_them() -> None:
    facts = json.loads(json_line(overdue("h1"), NOW))
    assert set(LedgerRow._fields) < set(facts)
    assert (facts["overdue"], facts["overdue_s"], facts["age_s"], facts["stuck"]) == (
        True,
        1_800.0,
        3_600.0,
        False,
    )
    done = json.loads(json_line(ended("h2", canary=1), NOW))
    assert (done["overdue"], done["overdue_s"], done["age_s"], done["canary"]) == (False, None, 450.0, True)


def test_summary_counts_everything_but_canaries() -> None:
    rows = [
        row("a"),
        overdue("b"),
        ended("c"),
        ended("d", state="withdrawn", outcome=None, promises_kept=0),
        ended("e", canary=1),
    ]
    assert summary(rows, NOW) == (
        "4 handoffs, 2 queued, 1 resolved, 1 withdrawn; ended: 1 answered, 1 withdrawn;"
        " moments given: 1 kept, 2 broken; 1 OVERDUE; not counted: 1 canary"
    )
    assert summary([], NOW) == "0 handoffs; moments given: 0 kept, 0 broken; 0 OVERDUE"


def test_standing_tells_the_longest_wait_and_the_oldest_obligation() -> None:
    old_promise = row("p", state="promised", waiting_since=None, requested_at="2026-03-01T09:00:00.000Z")
    rows = [row("a"), overdue("b"), old_promise, ended("c"), row("t", canary=1, next_deadline_at=None)]
    found = standing(rows, NOW)
    assert found.by_state == {"queued": 2, "promised": 1}
    assert (found.overdue, found.stuck) == (1, 0)
    assert found.waiting_since is not None and found.waiting_since.isoformat() == "2026-03-02T12:59:00+00:00"
    assert found.open_since is not None and found.open_since.isoformat() == "2026-03-01T09:00:00+00:00"
