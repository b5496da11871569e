"""The desk file: read once, and everything that is wrong with it is said together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from handoff.app import DEMO_DESK
from handoff.domain.opening_hours import Span
from handoff.service.desk_config import DeskFileError, load_desk_config

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
    )
    said = _problems(tmp_path, wrong)
    for part in (
        "allowed_origins",
        "accent_color",
        "trader.email",
        "Atlantis",
        "opening_hours.mon",
        "New Year",
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
