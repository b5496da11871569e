"""Settings of notices: what is understood, what is refused in words, and that no secret is repeated."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from handoff.service.notice_addresses import (
    Encryption,
    MailServer,
    addresses,
    mail_server,
    sender,
    webhook_key,
    webhook_url,
)
from handoff.settings import SettingsError, read_settings, rows


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtps://mail.example", "mail.example", 465, Encryption.TLS),
        ("smtps://mail.example:1465", "mail.example", 1465, Encryption.TLS),
        ("smtp://mail.example", "mail.example", 587, Encryption.STARTTLS),
        ("smtp+plain://relay.lan", "relay.lan", 25, Encryption.NONE),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Encryption.NONE),
        ("smtp://localhost", "localhost", 587, Encryption.NONE),
        ("smtp://[::1]:25", "::1", 25, Encryption.NONE),
        ("smtps://localhost", "localhost", 465, Encryption.TLS),
    ],
)
def test_mail_is_encrypted_unless_it_stays_on_the_machine_or_the_operator_says_so(
    url: str, host: str, port: int, encryption: Encryption
) -> None:
    assert mail_server(url) == MailServer(host=host, port=port, encryption=encryption)


def test_name_and_password_may_have_any_character_and_are_not_shown() -> None:
    server = mail_server("smtps://desk%40shop.example:p%40ss%3A%2Fword@mail.example")
    assert (server.user, server.password) == ("desk@shop.example", "p@ss:/word")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:465",
        "http://mail.example",
        "smtps://",
        "smtps://:465",
        "smtps://user:hunter2@mail.example:port",
        "smtps://user:hunter2@mail.example/path",
        "smtps://user:hunter2@mail.example?tls=no",
        "smtps://user:hunter2@[mail.example",
        "smtp+plain://user:hunter2@mail.example",
    ],
)
def test_mail_server_that_cannot_be_used_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="smtps://") as refused:
        mail_server(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@shop.example",
        "noreply@x.example",
        "do-not-reply@x.example",
        "DoNotReply@x.example",
        "shop.no_reply@x.example",
        "not-reply@x.example",
        "No.Reply@x.example",
    ],
)
def test_mail_never_comes_from_an_address_that_nobody_reads(address: str) -> None:
    with pytest.raises(ValueError, match="no-reply"):
        sender(address)


@pytest.mark.parametrize("address", ["support@shop.example", "noreen@shop.example", "casino.reply@x.example"])
def test_other_addresses_may_write(address: str) -> None:
    assert sender(address) == address


@pytest.mark.parametrize("text", ["", ",", "sue", "sue@x\r\nBcc: eve@x", "sue@x, <eve@x>", "jörg@x.example"])
def test_what_is_no_list_of_addresses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail addresses"):
        addresses(text)


def test_addresses_are_separated_by_commas() -> None:
    assert addresses(" sue@x.example, tom@y.example ,") == ("sue@x.example", "tom@y.example")


@pytest.mark.parametrize(
    "url", ["", "hooks.example", "ftp://hooks.example", "https://", "https://x:port/tok"]
)
def test_webhook_that_cannot_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://hooks\.example") as refused:
        webhook_url(url)
    assert "tok" not in str(refused.value)


def test_key_is_text_or_base64_after_its_prefix() -> None:
    raw = bytes(range(24))
    assert webhook_key("whsec_" + base64.b64encode(raw).decode()) == raw
    assert webhook_key("sixteen letters!") == b"sixteen letters!"


@pytest.mark.parametrize(
    "text", ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all, but long"]
)
def test_key_that_anybody_could_guess_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64"):
        webhook_key(text)


def problems(**settings: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_settings({f"HANDOFF_{name.upper()}": value for name, value in settings.items()})
    return refused.value.problems


def test_what_is_wrong_is_said_all_at_once_and_without_secrets() -> None:
    found = problems(
        smtp_url="smtps://user:hunter2@mail.example:x",
        notice_webhook_url="htp://hooks.example/token-4711",
        notice_webhook_key="too short",
        notice_email_from="no-reply@shop.example",
    )
    assert {one.split(" ", 1)[0].split("=")[0] for one in found} >= {
        "HANDOFF_SMTP_URL",
        "HANDOFF_NOTICE_WEBHOOK_URL",
        "HANDOFF_NOTICE_WEBHOOK_KEY",
        "HANDOFF_NOTICE_EMAIL_FROM",
    }
    for secret in ("hunter2", "token-4711", "too short"):
        assert secret not in "".join(found)


@pytest.mark.parametrize(
    "settings",
    [
        {"notice_email_to": "sue@x.example"},
        {"notice_email_from": "desk@x.example"},
        {"notice_webhook_url": "https://hooks.example"},
        {"notice_webhook_key": "sixteen letters!"},
    ],
)
def test_what_is_set_by_halves_is_refused(settings: dict[str, str]) -> None:
    [problem] = problems(**settings)
    assert "need" in problem


def test_settings_of_notices_are_listed_without_their_secrets() -> None:
    given: dict[str, Any] = {
        "HANDOFF_SMTP_URL": "smtps://user:hunter2@mail.example",
        "HANDOFF_NOTICE_EMAIL_TO": "sue@x.example,tom@y.example",
        "HANDOFF_NOTICE_WEBHOOK_URL": "https://hooks.example/token-4711",
        "HANDOFF_NOTICE_WEBHOOK_KEY": "sixteen letters!",
    }
    shown = {row.name: row.value for row in rows(read_settings(given))}
    assert shown["HANDOFF_NOTICE_EMAIL_TO"] == "sue@x.example,tom@y.example"
    for name in ("HANDOFF_SMTP_URL", "HANDOFF_NOTICE_WEBHOOK_URL", "HANDOFF_NOTICE_WEBHOOK_KEY"):
        assert shown[name] == "(set)"
