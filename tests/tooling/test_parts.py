"""What the three parts of an instance are told, and that two instances do not meet."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from handoff.demo import accounts
from handoff.tooling import parts, supervise
from handoff.tooling.parts import Instance, bot_parts, check_ports, read_instance
from handoff.tooling.places import ROOT
from handoff.tooling.terminal import ToolingError

MODEL = ROOT / "bot/models/0123.tar.gz"


def ports(instance: Instance) -> set[int]:
    return {instance.port, instance.rasa_port, instance.actions_port}


def test_defaults_are_the_demo_on_loopback() -> None:
    instance = read_instance({})

    assert (instance.host, instance.port, instance.demo) == ("127.0.0.1", 8600, True)
    assert instance.environ["HANDOFF_BOT_URL"] == "http://127.0.0.1:8601"
    assert instance.environ["HANDOFF_ACTIONS_URL"] == "http://127.0.0.1:8602"
    assert instance.environ["HANDOFF_SHOP_URL"] == "http://127.0.0.1:8600/demo/shop"
    assert Path(instance.environ["HANDOFF_DATA_DIR"]) == ROOT / "var"


def test_every_setting_that_is_given_reaches_all_parts() -> None:
    given = {"HANDOFF_OFFER_TIMEOUT_S": "3", "HANDOFF_BOT_KEY": "told", "HANDOFF_DEMO": "0"}
    instance = read_instance(given)

    for part in (parts.server_part(instance), *bot_parts(instance, MODEL)):
        assert given.items() <= part.environ.items()
    assert not instance.demo


def test_one_other_port_is_enough_for_a_second_instance() -> None:
    first, second = read_instance({}), read_instance({"HANDOFF_PORT": "8700"})

    assert ports(first) & ports(second) == set()


@pytest.mark.parametrize("secret", ["HANDOFF_BOT_KEY", "HANDOFF_RASA_TOKEN"])
def test_secrets_between_the_parts_are_new_at_each_start(secret: str) -> None:
    first, second = (read_instance({}).environ[secret] for _ in range(2))

    assert first != second
    assert len(first) >= 32


def test_rasa_is_bound_to_loopback_also_where_the_server_is_not() -> None:
    instance = read_instance({"HANDOFF_HOST": "0.0.0.0", "HANDOFF_DEMO": "0"})
    rasa = next(part for part in bot_parts(instance, MODEL) if part.name == "rasa")

    assert rasa.command[rasa.command.index("--interface") + 1] == "127.0.0.1"
    assert instance.environ["HANDOFF_SHOP_URL"].startswith("http://127.0.0.1:")


def test_secrets_are_not_on_a_command_line_for_all_to_see() -> None:
    instance = read_instance({})

    for part in (parts.server_part(instance), *bot_parts(instance, MODEL)):
        for secret in ("HANDOFF_BOT_KEY", "HANDOFF_RASA_TOKEN"):
            assert part.environ[secret] not in " ".join(part.command)


def test_all_wrong_ports_are_told_together() -> None:
    with pytest.raises(ToolingError, match=r"HANDOFF_PORT is web: .* HANDOFF_RASA_PORT is 70000: "):
        read_instance({"HANDOFF_PORT": "web", "HANDOFF_RASA_PORT": "70000"})


@pytest.mark.parametrize("variable", ["HANDOFF_PORT", "HANDOFF_RASA_PORT", "HANDOFF_ACTIONS_PORT"])
def test_taken_port_names_the_setting_to_change(variable: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        instance = read_instance({"HANDOFF_PORT": str(_free_port()), variable: str(port)})

        with pytest.raises(ToolingError, match=rf"Port {port} on 127\.0\.0\.1 .*{variable}"):
            check_ports(instance)


def test_welcome_tells_the_addresses_and_the_demo_accounts() -> None:
    text = supervise.welcome(read_instance({"HANDOFF_PORT": "8700"}))

    assert "http://127.0.0.1:8700/ " in text
    assert "http://127.0.0.1:8700/console/" in text
    for account in supervise.DEMO_ACCOUNTS:
        assert account in text


def test_welcome_outside_demo_mode_names_no_account() -> None:
    text = supervise.welcome(read_instance({"HANDOFF_DEMO": "0"}))

    assert "/console/" in text
    assert not re.search(r"demo", text, re.IGNORECASE)


def test_announced_accounts_are_those_that_the_demo_has() -> None:
    assert {account.email for account in accounts.DEMO_ACCOUNTS} == set(supervise.DEMO_ACCOUNTS)
    assert accounts.DEMO_PASSWORD == supervise.DEMO_PASSWORD


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
