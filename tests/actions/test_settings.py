"""Settings: read once, all that is wrong is said together."""

import pytest

from actions.settings import SettingsError, read_settings


def test_defaults_need_only_the_shop():
    settings = read_settings({"HANDOFF_SHOP_URL": "http://127.0.0.1:8600/demo/shop/"})
    assert settings.shop_url == "http://127.0.0.1:8600/demo/shop"
    assert (settings.refund_limit_cents, settings.shop_timeout_s) == (20_000, 2.0)


def test_every_setting_can_be_changed():
    settings = read_settings(
        {
            "HANDOFF_SHOP_URL": "https://shop.example",
            "HANDOFF_BOT_KEY": "k",
            "HANDOFF_SHOP_TIMEOUT_S": "0.5",
            "HANDOFF_REFUND_LIMIT_CENTS": "5000",
        }
    )
    assert (settings.bot_key, settings.shop_timeout_s, settings.refund_limit_cents) == ("k", 0.5, 5000)


def test_all_errors_are_reported_together():
    with pytest.raises(SettingsError) as caught:
        read_settings({"HANDOFF_SHOP_TIMEOUT_S": "soon", "HANDOFF_REFUND_LIMIT_CENTS": "-1"})
    for name in ("HANDOFF_SHOP_URL", "HANDOFF_SHOP_TIMEOUT_S", "HANDOFF_REFUND_LIMIT_CENTS"):
        assert name in str(caught.value)
