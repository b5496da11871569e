"""The desk file: read once, and everything that is wrong with it is said together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from handoff.app import DEMO_DESK
from handoff.domain.desk import DeskRules
from handoff.domain.handoff import Reason
from handoff.domain.ladder import Step
from handoff.domain.opening_hours import Span
from handoff.domain.policy import Policy
from handoff.domain.routes import Route
from handoff.service.desk_config import DeskFileError, load_desk_config
from handoff.service.desk_rules import ladder_lines, route_lines, skills_nobody_has

GOOD = """
[trader]
name = "Shop"
legal_name = "Shop GmbH"
postal_address = "Street 1, Town"
email = "help@shop.example"

[[sites]]
key = "shop"
name = "Shop"
allowed_origins = ["https://shop.example"]
accent_color = "#123456"
languages = ["de", "en"]

[[teams]]
key = "service"
name = "Service"

[opening_hours]
time_zone = "Europe/Berlin"
mon = [["09:00", "12:00"], ["13:00", "24:00"]]
holidays = ["2027-01-01"]
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _problems(folder: Path, text: str) -> str:
    with pytest.raises(DeskFileError) as refused:
        load_desk_config(_file(folder, text))
    return "\n".join(refused.value.problems)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    config = load_desk_config(_file(tmp_path, GOOD))
    assert config.trader.legal_name == "Shop GmbH"
    assert config.hours.week[0] == (Span(540, 720), Span(780, 1_440))
    assert config.hours.week[1] == ()
    assert config.hours.holidays == {date(2027, 1, 1)}
    assert config.languages == ("de", "en")
    assert config.site(None) is config.site("shop")
    assert config.site("other") is None


def test_the_demo_desk_is_open_day_and_night() -> None:
    hours = load_desk_config(DEMO_DESK).hours
    assert all(day == (Span(0, 1_440),) for day in hours.week)
    assert hours.holidays == frozenset()


def test_all_that_is_wrong_is_reported_together(tmp_path: Path) -> None:
    wrong = (
        GOOD.replace("https://shop.example", "shop.example/page")
        .replace("#123456", "blue")
        .replace('email = "help@shop.example"', "email = 7")
        .replace("Europe/Berlin", "Europe/Atlantis")
        .replace('"24:00"', '"25:00"')
        .replace("2027-01-01", "New Year")
        .replace('languages = ["de", "en"]', 'languages = ["deutsch"]')
    )
    said = _problems(tmp_path, wrong)
    for part in (
        "allowed_origins",
        "accent_color",
        "trader.email",
        "Atlantis",
        "opening_hours.mon",
        "New Year",
        "'deutsch' is not a language",
    ):
        assert part in said


@pytest.mark.parametrize("missing", ["[trader]", "[[sites]]", "[[teams]]", "[opening_hours]"])
def test_a_missing_part_is_named(tmp_path: Path, missing: str) -> None:
    assert missing.strip("[]") in _problems(tmp_path, GOOD.replace(missing, "[unused]", 1))


def test_what_is_no_toml_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert "not valid TOML" in _problems(tmp_path, "trader = [")


def test_a_file_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeskFileError, match="cannot be read"):
        load_desk_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize("holidays", ['"2027-01-01"', "5", "[2027-01-01T10:00:00]", "[[]]"])
def test_holidays_are_a_list_of_dates(tmp_path: Path, holidays: str) -> None:
    """A number in the place of the list once ended in a traceback."""
    assert "holidays" in _problems(tmp_path, GOOD.replace('["2027-01-01"]', holidays))


def test_a_slip_in_the_name_of_a_day_or_of_a_table_is_said(tmp_path: Path) -> None:
    """`monday` was a day on which the desk was closed, and nobody was told."""
    said = _problems(tmp_path, GOOD.replace("mon =", "monday =") + "\n[[ladders]]\ndo = 'widen'\n")
    assert "'monday' is not known" in said
    assert "'ladders' is not known" in said


# --- ladder and routes ---

TEAMS = '\n[[teams]]\nkey = "billing"\nname = "Billing"\n'


def _rules(folder: Path, text: str, **policy: float) -> DeskRules:
    return load_desk_config(_file(folder, GOOD + TEAMS + text)).rules(replace(Policy(), **policy))  # type: ignore[arg-type]


def test_without_a_ladder_the_settings_say_when_each_step_comes(tmp_path: Path) -> None:
    found = _rules(tmp_path, "", widen_s=1, supervisor_s=2, promise_s=3)
    assert [(rung.do, rung.after_s) for rung in found.rungs] == [
        (Step.WIDEN, 1),
        (Step.TELL_SUPERVISOR, 2),
        (Step.OFFER_PROMISE, 3),
    ]


def test_the_settings_stay_effective_with_the_ladder_of_the_demo_desk() -> None:
    policy = replace(Policy(), widen_s=1, supervisor_s=2, promise_s=3)
    assert [rung.after_s for rung in load_desk_config(DEMO_DESK).rules(policy).rungs] == [1, 2, 3]


def test_a_ladder_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = """
[[ladder]]
do = "widen"
after_s = 30
teams = ["billing"]

[[ladder]]
do = "widen"

[[ladder]]
do = "tell_supervisor"
after_s = 90.5
"""
    found = _rules(tmp_path, text)
    assert [(rung.rung, rung.after_s, rung.teams) for rung in found.rungs] == [
        ("widened:billing", 30, ("billing",)),
        ("widened", 60, ()),
        ("supervisor_told", 90.5, ()),
    ]


def test_routes_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = """
[[routes]]
intents = ["get_refund", "track_refund"]
sites = ["shop"]
languages = ["de"]
reasons = ["button", "distress"]
team = "billing"
skills = ["refunds"]

[[routes]]
skills = ["second-line"]
"""
    assert _rules(tmp_path, text).routes == (
        Route(
            intents=("get_refund", "track_refund"),
            sites=("shop",),
            languages=("de",),
            reasons=(Reason.BUTTON, Reason.DISTRESS),
            team="billing",
            skills=("refunds",),
        ),
        Route(skills=("second-line",)),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ladder = 5", "[[ladder]]"),
        ("ladder = []", "[[ladder]]"),
        ("ladder = [7]", "[[ladder]]"),
        ("[[ladder]]\nafter_s = 5", "step 1 of the ladder: do must be one of"),
        ("[[ladder]]\ndo = []", "do must be one of"),
        ("[[ladder]]\ndo = 'wait'", "do must be one of widen, tell_supervisor, offer_promise"),
        ("[[ladder]]\ndo = 'widen'\nafter = 5", "'after' is not known"),
        ("[[ladder]]\ndo = 'widen'\nteams = ['nobody']", "there is no team 'nobody'"),
        ("[[ladder]]\ndo = 'widen'\nteams = []", "teams must be a list of texts"),
        ("[[ladder]]\ndo = 'widen'\nteams = 'billing'", "teams must be a list of texts"),
        ("[[ladder]]\ndo = 'widen'\nteams = [1]", "teams must be a list of texts"),
        ("[[ladder]]\ndo = 'tell_supervisor'\nteams = ['billing']", "only a step that widens has teams"),
        *(
            (f"[[ladder]]\ndo = 'widen'\nafter_s = {value}", "after_s must be a number of seconds")
            for value in ("-1", "nan", "inf", "true", "'60'", "1e300", f"1{'0' * 400}", "[60]")
        ),
        (
            "[[ladder]]\ndo = 'widen'\nafter_s = 60\n[[ladder]]\ndo = 'tell_supervisor'\nafter_s = 59",
            "never gets less",
        ),
        ("[[ladder]]\ndo = 'widen'\n" * 51, "at most 50"),
        ("routes = 'all'", "[[routes]]"),
        ("[[routes]]\nintent = ['x']\nteam = 'billing'", "route 1: 'intent' is not known"),
        ("[[routes]]\nintents = ['x']", "route 1 leads nowhere"),
        ("[[routes]]\nintents = ['']\nteam = 'billing'", "intents must be a list of texts"),
        ("[[routes]]\nintents = 'x'\nteam = 'billing'", "intents must be a list of texts"),
        ("[[routes]]\nteam = 'nobody'", "there is no team 'nobody'"),
        ("[[routes]]\nteam = ['billing']", "there is no team"),
        ("[[routes]]\nsites = ['elsewhere']\nteam = 'billing'", "there is no site 'elsewhere'"),
        ("[[routes]]\nreasons = ['bored']\nteam = 'billing'", "there is no reason 'bored'"),
        ("[[routes]]\nlanguages = ['de-AT']\nteam = 'billing'", "'de-AT' is not a language"),
        ("[[routes]]\nlanguages = ['xx']\nteam = 'billing'", "'xx' is not a language"),
        ("[[routes]]\nskills = ['Two words']", "'Two words' is not a skill"),
        ("[[routes]]\nteam = 'billing'\n[[routes]]\nskills = ['x']", "route 1 matches everything"),
        ("[[routes]]\nintents = ['x']\nteam = 'billing'\n" * 501, "at most 500"),
    ],
)
def test_what_is_wrong_with_ladder_and_routes_is_said(tmp_path: Path, text: str, said: str) -> None:
    if text.startswith("["):
        problems = _problems(tmp_path, GOOD + TEAMS + text)
    else:
        problems = _problems(tmp_path, text + "\n" + GOOD + TEAMS)
    assert said in problems


def test_everything_wrong_with_a_ladder_and_with_routes_is_said_at_once(tmp_path: Path) -> None:
    text = "[[ladder]]\ndo = 'fly'\n[[ladder]]\ndo = 'widen'\nafter_s = -1\n[[routes]]\nteam = 'nobody'\n"
    said = _problems(tmp_path, GOOD.replace("#123456", "blue") + text)
    for part in ("accent_color", "step 1", "step 2", "route 1"):
        assert part in said


def test_the_ladder_and_the_routes_in_force_are_said_in_words(tmp_path: Path) -> None:
    text = """
[[ladder]]
do = "widen"
after_s = 30
teams = ["billing"]

[[ladder]]
do = "tell_supervisor"

[[ladder]]
do = "offer_promise"

[[routes]]
intents = ["a", "b"]
reasons = ["distress"]
skills = ["refunds", "calm"]
"""
    found = _rules(tmp_path, text)
    assert ladder_lines(found) == [
        "0 s: the handoff's own team is asked, with the skills asked for, in the customer's language",
        "30 s: Billing asked too, with the same skills and language",
        "120 s: the supervisor is told",
        "300 s: the customer is offered a call-back",
        "300 s: any team is asked, without the skills, in any language that both share",
    ]
    assert route_lines(found) == [
        "intent a or b; reason distress -> Service, skills refunds, calm",
        "everything else -> Service",
    ]
    assert skills_nobody_has(found, ["calm", "other"]) == ["refunds"]
