"""The demo's desk file and accounts say what the contract promises."""

import re
import tomllib
from pathlib import Path

import handoff.demo
from handoff.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

DESK = tomllib.loads((Path(handoff.demo.__file__).parent / "desk.toml").read_text(encoding="utf-8"))


def test_the_demo_desk_is_open_day_and_night() -> None:
    hours = DESK["opening_hours"]
    assert all(
        hours[day] == [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    assert hours["holidays"] == []


def test_the_trader_is_fully_identified() -> None:
    assert set(DESK["trader"]) == {"name", "legal_name", "postal_address", "email", "phone", "register"}
    assert DESK["trader"]["name"] == "Nordlicht"
    assert DESK["trader"]["email"].endswith(".example")


def test_the_site_is_embedded_by_this_server_only() -> None:
    (site,) = DESK["sites"]
    assert (site["key"], site["allowed_origins"], site["languages"]) == ("nordlicht", [], ["en", "de"])
    assert re.fullmatch(r"#[0-9a-f]{6}", site["accent_color"])


def test_four_named_people_can_sign_in() -> None:
    assert {account.email.split("@")[0]: account.access for account in DEMO_ACCOUNTS} == {
        "agent1": ("agent",),
        "agent2": ("agent",),
        "supervisor": ("agent", "supervisor", "admin"),
        "trainer": ("trainer",),
    }
    assert all(account.email.endswith("@demo.example") for account in DEMO_ACCOUNTS)
    assert all(
        len(account.name.split()) >= 2 and account.role and account.employer for account in DEMO_ACCOUNTS
    )
    assert len({account.name for account in DEMO_ACCOUNTS}) == 4
    assert DEMO_PASSWORD == "demo-only"


def test_every_demo_agent_serves_a_team_and_a_language_of_the_desk() -> None:
    teams = {team["key"] for team in DESK["teams"]}
    for account in DEMO_ACCOUNTS:
        assert set(account.teams) <= teams
        if "agent" in account.access:
            assert account.teams
            assert set(account.languages) == set(DESK["sites"][0]["languages"])
