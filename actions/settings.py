"""Settings of the action server, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(ValueError):
    """What is wrong with the settings, all of it, in sentences."""


@dataclass(frozen=True)
class Settings:
    """`bot_key` empty: callers are not checked, and the shop gets no key."""

    shop_url: str
    bot_key: str
    shop_timeout_s: float = 2.0  # of the 4 s that an action has: there may be two calls in a turn
    refund_limit_cents: int = 20_000  # above it a person decides


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `HANDOFF_*`. Raises SettingsError."""
    errors = []
    shop_url = environ.get("HANDOFF_SHOP_URL", "").rstrip("/")
    if not shop_url.startswith(("http://", "https://")):
        errors.append(
            "HANDOFF_SHOP_URL must be the base URL of the shop service, such as http://127.0.0.1:8600/demo/shop."
        )
    timeout_s = _number(environ, "HANDOFF_SHOP_TIMEOUT_S", Settings.shop_timeout_s, errors)
    limit_cents = _number(environ, "HANDOFF_REFUND_LIMIT_CENTS", Settings.refund_limit_cents, errors)
    if errors:
        raise SettingsError(" ".join(errors))
    return Settings(
        shop_url=shop_url,
        bot_key=environ.get("HANDOFF_BOT_KEY", ""),
        shop_timeout_s=timeout_s,
        refund_limit_cents=int(limit_cents),
    )


def _number(environ: Mapping[str, str], name: str, default: float, errors: list[str]) -> float:
    text = environ.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e12:
        errors.append(f"{name} must be a number above zero.")
    return value
