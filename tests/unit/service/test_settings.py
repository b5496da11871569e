"""Settings are read once, and everything that is wrong is said together."""

from __future__ import annotations

import pytest

from handoff.app import desk_path
from handoff.domain.policy import Policy
from handoff.settings import SettingsError, read_settings, rows


def test_without_any_variable_the_defaults_hold() -> None:
    settings = read_settings({})
    assert (settings.server.host, settings.server.port, settings.server.demo) == ("127.0.0.1", 8600, False)
    assert settings.policy == Policy()


def test_every_clock_of_the_desk_can_be_set() -> None:
    settings = read_settings({"HANDOFF_OFFER_TIMEOUT_S": "2.5", "HANDOFF_CAPACITY": "7"})
    assert (settings.policy.offer_timeout_s, settings.policy.capacity) == (2.5, 7)


def test_all_that_is_wrong_is_reported_together() -> None:
    wrong = {
        "HANDOFF_PORT": "eighty",
        "HANDOFF_OFFER_TIMEOUT_S": "nan",
        "HANDOFF_CAPACITY": "0",
        "HANDOFF_DEMO": "perhaps",
        "HANDOFF_SWEEP_S": "3",
        "HANDOFF_WIDEN_S": "1e300",
    }
    with pytest.raises(SettingsError) as refused:
        read_settings(wrong)
    said = "\n".join(refused.value.problems)
    assert all(name in said for name in wrong)


def test_the_demo_refuses_to_listen_anywhere_but_on_loopback() -> None:
    with pytest.raises(SettingsError, match="loopback"):
        read_settings({"HANDOFF_DEMO": "1", "HANDOFF_HOST": "0.0.0.0"})
    assert read_settings({"HANDOFF_DEMO": "1", "HANDOFF_HOST": "::1"}).server.demo


def test_outside_the_demo_a_desk_must_be_named() -> None:
    with pytest.raises(SettingsError, match="HANDOFF_DESK_FILE"):
        desk_path(read_settings({}))


def test_a_name_that_is_no_setting_is_told_and_not_refused() -> None:
    settings = read_settings({"HANDOFF_OFER_TIMEOUT_S": "2", "HANDOFF_RASA_PORT": "9"})
    assert settings.unknown == ("HANDOFF_OFER_TIMEOUT_S",)


def test_the_list_of_settings_gives_unit_default_and_origin_and_hides_secrets() -> None:
    shown = {
        row.name: row for row in rows(read_settings({"HANDOFF_BOT_KEY": "hush", "HANDOFF_WIDEN_S": "5"}))
    }
    assert shown["HANDOFF_BOT_KEY"].value == "(set)"
    widen = shown["HANDOFF_WIDEN_S"]
    assert (widen.value, widen.unit, widen.default, widen.origin) == ("5.0", "seconds", "60", "environment")
    assert all(row.why for row in shown.values())
