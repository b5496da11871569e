"""The curves of the day: in which hour something counts, and what is made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handoff.service.chain import rfc3339
from handoff.service.day import day_view, midnight
from handoff.service.ports import LedgerRow, PromisesOfQuarter

SINCE = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # midnight in Berlin


def row(after: timedelta, *, reason: str = "asked", first_answer_s: float | None = None) -> LedgerRow:
    empty = dict.fromkeys(LedgerRow._fields)
    said = {
        "requested_at": rfc3339(SINCE + after),
        "reason": reason,
        "first_answer_ms": None if first_answer_s is None else int(first_answer_s * 1_000),
        "promises_kept": 0,
        "promises_broken": 0,
    }
    return LedgerRow(**(empty | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "zone", "begins"),
    [
        ("2026-03-03T08:00:00+00:00", "Europe/Berlin", "2026-03-02T23:00:00+00:00"),
        ("2026-03-02T23:30:00+00:00", "Europe/Berlin", "2026-03-02T23:00:00+00:00"),
        ("2026-03-03T02:00:00+00:00", "Asia/Kolkata", "2026-03-02T18:30:00+00:00"),
        ("2026-03-29T10:00:00+00:00", "Europe/Berlin", "2026-03-28T23:00:00+00:00"),  # clocks go forward
        ("2026-11-01T04:30:00+00:00", "America/Havana", "2026-11-01T04:00:00+00:00"),  # 0:30 comes
        ("2026-11-01T05:30:00+00:00", "America/Havana", "2026-11-01T04:00:00+00:00"),  # and comes again
        (
            "2027-09-05T12:00:00+00:00",
            "America/Santiago",
            "2027-09-05T04:00:00+00:00",
        ),  # no midnight, but 1:00
        ("2026-03-03T02:00:00+00:00", "America/Los_Angeles", "2026-03-02T08:00:00+00:00"),
    ],
)
def test_a_day_begins_at_midnight_of_the_desk(at: str, zone: str, begins: str) -> None:
    assert midnight(datetime.fromisoformat(at), zone) == datetime.fromisoformat(begins)


def test_requests_count_in_their_hour_by_reason_and_answers_in_the_hour_of_the_request() -> None:
    rows = [
        row(timedelta(minutes=5), first_answer_s=30),
        row(timedelta(minutes=59), reason="button", first_answer_s=5_000),
        row(timedelta(hours=1), first_answer_s=61),
        row(timedelta(hours=1, minutes=1)),
    ]
    view = day_view(SINCE, SINCE + timedelta(hours=2, minutes=30), "Europe/Berlin", rows, [])
    assert [hour["from"] for hour in view["hours"]] == [
        rfc3339(SINCE + timedelta(hours=number)) for number in range(3)
    ]
    assert [hour["requests"] for hour in view["hours"]] == [{"asked": 1, "button": 1}, {"asked": 2}, {}]
    first, second, third = (hour["first_answers"] for hour in view["hours"])
    assert first == {"count": 2, "soon": 1, "median_s": 30.0, "slowest_tenth_s": 5_000.0}
    assert second == {"count": 1, "soon": 0, "median_s": 61.0, "slowest_tenth_s": 61.0}
    assert third == {"count": 0, "soon": 0, "median_s": None, "slowest_tenth_s": None}
    assert view["day"]["requests"] == {"asked": 3, "button": 1}
    assert view["day"]["first_answers"]["median_s"] == 61.0


def test_promises_count_when_they_were_kept_or_broken() -> None:
    quarters = [
        PromisesOfQuarter("2026-03-02T23:45", 2, 0),
        PromisesOfQuarter("2026-03-03T00:00", 1, 1),
        PromisesOfQuarter("2026-03-03T00:15", 0, 1),
    ]
    view = day_view(SINCE, SINCE + timedelta(hours=1, minutes=20), "Europe/Berlin", [], quarters)
    assert [hour["promises"] for hour in view["hours"]] == [
        {"kept": 2, "broken": 0},
        {"kept": 1, "broken": 2},
    ]
    assert view["day"]["promises"] == {"kept": 3, "broken": 2}


def test_the_slowest_tenth_is_what_nine_of_ten_were_faster_than() -> None:
    rows = [row(timedelta(minutes=1), first_answer_s=s) for s in range(1, 101)]
    answers = day_view(SINCE, SINCE + timedelta(minutes=2), "UTC", rows, [])["day"]["first_answers"]
    assert (answers["median_s"], answers["slowest_tenth_s"], answers["soon"]) == (50.0, 90.0, 60)
