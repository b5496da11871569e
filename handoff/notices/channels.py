"""Which ways out there are, as the settings say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from handoff.notices.email import EmailChannel
from handoff.notices.webhook import WebhookChannel
from handoff.service.desk_config import DeskConfig
from handoff.service.notice_addresses import sender
from handoff.service.notices import NoticeChannel
from handoff.service.ports import Clock
from handoff.service.world import SystemClock
from handoff.settings import Settings, SettingsError


def make_channels(
    settings: Settings,
    desk: Callable[[], DeskConfig],
    clock: Clock,
    supervisors: Callable[[], Awaitable[Sequence[str]]],
) -> list[NoticeChannel]:
    """None is fine: the notices are then in the log only. `desk` gives the desk file in force, `supervisors` their
    e-mail addresses.

    Raises `SettingsError` when the trader's own address, from the desk file, is nothing to write from.
    """
    server = settings.server
    channels: list[NoticeChannel] = []
    if server.smtp_url is not None:
        if server.notice_email_from is None:
            _require_sender(desk().trader.email)
        channels.append(
            EmailChannel(
                server.smtp_url,
                server.notice_email_from,
                _fixed(server.notice_email_to) if server.notice_email_to is not None else supervisors,
                desk,
                clock,
                timeout_s=server.notice_timeout_s,
                apart_s=server.notice_digest_s,
            )
        )
    if server.notice_webhook_url is not None and server.notice_webhook_key is not None:
        channels.append(
            WebhookChannel(
                server.notice_webhook_url, server.notice_webhook_key, clock, timeout_s=server.notice_timeout_s
            )
        )
    return channels


def channel_names(settings: Settings, config: DeskConfig) -> list[str]:
    """As above, for who only wants to know which there are."""
    return [channel.name for channel in make_channels(settings, lambda: config, SystemClock(), _fixed(()))]


def _require_sender(address: str) -> None:
    try:
        sender(address)
    except ValueError as error:
        raise SettingsError(
            [f"HANDOFF_NOTICE_EMAIL_FROM is needed: the trader's own address in the desk file is not {error}"]
        ) from error


def _fixed(addresses: Sequence[str]) -> Callable[[], Awaitable[Sequence[str]]]:
    async def given() -> Sequence[str]:
        return addresses

    return given
