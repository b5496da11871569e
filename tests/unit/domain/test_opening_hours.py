"""Opening hours: local time with daylight saving, holidays, breaks, and the moment that follows from them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from handoff.domain.opening_hours import ALWAYS_OPEN, OpeningHours, Span
from tests.factories import WEEKDAYS_NINE_TO_FIVE, rules

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = Span(540, 1_020)


def _berlin(*moment: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = moment
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


def _hours(*days: tuple[Span, ...], holidays: frozenset[date] = frozenset()) -> OpeningHours:
    return OpeningHours(time_zone="Europe/Berlin", week=days, holidays=holidays)


WORKDAYS = _hours(*[(NINE_TO_FIVE,)] * 5, (), ())


def test_the_opening_minute_is_open_and_the_closing_minute_is_closed() -> None:
    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert not WEEKDAYS_NINE_TO_FIVE.is_open(day.replace(hour=8, minute=59, second=59))
    assert WEEKDAYS_NINE_TO_FIVE.is_open(day.replace(hour=9))
    assert WEEKDAYS_NINE_TO_FIVE.is_open(day.replace(hour=16, minute=59, second=59))
    assert not WEEKDAYS_NINE_TO_FIVE.is_open(day.replace(hour=17))


@pytest.mark.parametrize(
    ("friday", "opening_utc"),
    [
        (
            _berlin(2026, 3, 27, 18, 0),
            datetime(2026, 3, 30, 7, 0, tzinfo=UTC),
        ),  # clocks go forward in between
        (_berlin(2026, 10, 23, 18, 0), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)),  # and back
    ],
    ids=["spring", "autumn"],
)
def test_nine_o_clock_is_nine_o_clock_on_both_sides_of_a_change_of_clocks(
    friday: datetime, opening_utc: datetime
) -> None:
    opening = WORKDAYS.next_opening(friday)
    assert opening == opening_utc
    assert opening is not None
    assert opening.astimezone(BERLIN).hour == 9
    assert WORKDAYS.is_open(opening)
    assert not WORKDAYS.is_open(opening - timedelta(minutes=1))


def test_an_opening_in_the_hour_that_does_not_exist_is_found() -> None:
    night = _hours(*[(Span(150, 300),)] * 7)  # from 02:30, which 29 March 2026 does not have
    opening = night.next_opening(_berlin(2026, 3, 29, 0, 0))
    assert opening == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 3:00, which follows 1:59


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana"])
@pytest.mark.parametrize("span", [Span(10, 50), Span(130, 170), Span(150, 300)])
def test_the_next_opening_of_any_night_is_the_first_minute_that_is_open(zone: str, span: Span) -> None:
    """Through each change of clocks of 2027, from every half hour around it."""
    hours, here = OpeningHours(time_zone=zone, week=((span,),) * 7), ZoneInfo(zone)
    days = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(365)]
    changes = [
        day for day, after in pairwise(days) if day.astimezone(here).dst() != after.astimezone(here).dst()
    ]
    assert len(changes) == 2
    for change in changes:
        minutes = [change + timedelta(minutes=number) for number in range(-180, 2 * 1_440)]
        follows: datetime | None = None
        for minute in reversed(minutes):
            if hours.is_open(minute):
                follows = minute
            if minute.minute % 30 == 0 and minute < change + timedelta(days=1):
                assert hours.next_opening(minute) == follows, minute


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    night = _hours(*[(Span(120, 180),)] * 7)  # 02:00 to 03:00 on 25 October 2026
    assert night.is_open(_berlin(2026, 10, 25, 2, 30, fold=0))
    assert night.is_open(_berlin(2026, 10, 25, 2, 30, fold=1))
    assert not night.is_open(_berlin(2026, 10, 25, 3, 0))


def test_a_holiday_is_closed_and_skipped() -> None:
    easter_monday = date(2026, 4, 6)
    hours = _hours(*WORKDAYS.week, holidays=frozenset({date(2026, 4, 3), easter_monday}))
    assert not hours.is_open(_berlin(2026, 4, 6, 12, 0))
    assert hours.next_opening(_berlin(2026, 4, 2, 18, 0)) == _berlin(2026, 4, 7, 9, 0)


def test_a_break_at_noon_opens_again_the_same_day_whatever_the_order_of_the_spans() -> None:
    hours = _hours(*[(Span(780, 1_020), Span(540, 720))] * 7)
    assert not hours.is_open(_berlin(2026, 3, 2, 12, 30))
    assert hours.next_opening(_berlin(2026, 3, 2, 12, 30)) == _berlin(2026, 3, 2, 13, 0)


def test_a_desk_that_is_open_opens_now() -> None:
    noon = _berlin(2026, 3, 2, 12, 0)
    assert WORKDAYS.next_opening(noon) == noon


def test_a_desk_that_is_always_open_is_open_at_midnight() -> None:
    assert ALWAYS_OPEN.is_open(datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    assert ALWAYS_OPEN.is_open(datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))


def test_a_night_shift_over_midnight_has_no_gap() -> None:
    hours = _hours(*[(Span(0, 360), Span(1_320, 1_440))] * 7)
    start = _berlin(2026, 3, 2, 22, 0)
    assert all(hours.is_open(start + timedelta(minutes=minutes)) for minutes in range(480))
    assert not hours.is_open(start + timedelta(minutes=480))


def test_a_desk_that_never_opens_has_no_next_opening_and_still_gives_a_moment() -> None:
    closed = _hours(*[()] * 7)
    now = _berlin(2026, 3, 2, 12, 0)
    assert closed.next_opening(now) is None
    assert rules(hours=closed).answer_by(now) == now + timedelta(days=1)


def test_an_answer_is_due_in_five_minutes_when_open_and_an_hour_after_opening_when_closed() -> None:
    desk = rules(hours=WORKDAYS)
    open_now = _berlin(2026, 3, 2, 16, 59)
    assert desk.answer_by(open_now) == open_now + timedelta(seconds=300)
    assert desk.answer_by(_berlin(2026, 3, 2, 17, 0)) == _berlin(2026, 3, 3, 10, 0)
