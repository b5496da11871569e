"""Notices outside the console, with a real mail server and a real HTTP receiver: through at last, whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from typing import Any

import pytest

from handoff.service.ports import StorageUnavailable
from tests.clients import Customer
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.receivers import HOOK_KEY, happens, hook, hook_settings, mail_box


async def unserved(house: House) -> Customer:
    """A customer who asks while nobody at all is there."""
    customer = await house.customer()
    await customer.want_person()
    await customer.sees_state("promised")
    return customer


async def facts(house: House) -> dict[str, Any]:
    """What `/readyz` says of notices."""
    async with house.http.get(f"{house.origin}/readyz") as answer:
        ready = await answer.json()
    return dict(ready["checks"]["notices"]) | {"status": ready["status"]}


async def becomes(house: House, **wanted: Any) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found = await facts(house)
            if wanted.items() <= found.items():
                return found
            await asyncio.sleep(0.02)


async def command_line(house: House, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """`python -m handoff ...` beside the running server."""
    environment = os.environ | house.environment | {f"HANDOFF_{k.upper()}": v for k, v in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "handoff",
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


# --- what a notice says, and what it does not -----------------------------------------------------------


async def test_supervisors_get_a_mail_when_nobody_is_there(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        house = await open_house(smtp_url=box.url)
        customer = await house.customer()
        await customer.say("My secret question about order 4711")
        handoff = await customer.want_person()

        mail = await box.gets()

        assert box.recipients == [["supervisor@demo.example"]]
        assert mail["From"].addresses[0].addr_spec == "support@nordlicht.example"
        assert handoff["reference"] in mail["Subject"]
        assert mail["Auto-Submitted"] == "auto-generated"
        text = box.text()
        assert f"{handoff['reference']}: nobody is on duty" in text
        assert f"{house.origin}/console/#/conversation/{customer.conversation_id}" in text
        assert "secret question" not in str(mail) and "4711" not in str(mail)
        assert (await becomes(house, pending=0))["status"] == "ok"


async def test_webhook_gets_a_signed_notice_with_the_facts(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(**hook_settings(receiver))
        customer = await house.customer()
        await customer.say("My secret question about order 4711")
        handoff = await customer.want_person()

        posted = await receiver.gets()

        assert posted.genuine
        assert posted.body["type"] == "notice"
        data = posted.body["data"]
        assert data["id"] == posted.id
        assert (data["why"], data["reference"]) == ("nobody_on_duty", handoff["reference"])
        assert (data["state"], data["answer_by"]) == ("promised", handoff["answer_by"])
        assert data["since"] == posted.body["timestamp"]
        assert data["link"] == f"{house.origin}/console/#/conversation/{customer.conversation_id}"
        assert data["still_open"] is True
        assert "secret" not in str(posted.body) and "4711" not in str(posted.body)


async def test_both_channels_carry_the_same_id(open_house: OpenHouse) -> None:
    async with mail_box() as box, hook() as receiver:
        house = await open_house(smtp_url=box.url, **hook_settings(receiver))
        await unserved(house)
        posted = await receiver.gets()
        assert (await box.gets())["Byname-Notices"] == posted.id


async def test_address_in_the_settings_takes_the_place_of_the_supervisors(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        house = await open_house(
            smtp_url=box.url,
            notice_email_to="night@shop.example, unknown@shop.example",
            notice_email_from="desk@shop.example",
            public_origin="https://support.shop.example",
        )
        await unserved(house)
        mail = await box.gets()
        assert box.recipients == [["night@shop.example"]]  # the other was refused, and that is no failure
        assert mail["From"].addresses[0].addr_spec == "desk@shop.example"
        assert "https://support.shop.example/console/#/" in box.text()
        await becomes(house, pending=0)


# --- when they go out -----------------------------------------------------------------------------------


async def test_supervisor_who_is_there_is_told_in_the_console_first(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(notice_after_s="0.5", **hook_settings(receiver))
        supervisor = await house.agent("supervisor", presence="away")
        customer = await unserved(house)
        alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")

        posted = await receiver.gets()

        page = await supervisor.done("open", conversation_id=customer.conversation_id, since=0)
        asked = next(event for event in page["events"] if event["type"] == "notice_asked")
        assert posted.id == asked["id"]
        assert alert["at"] == posted.body["data"]["since"] < asked["at"]


async def test_acknowledged_alert_sends_nothing(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(notice_after_s="5", **hook_settings(receiver))
        supervisor = await house.agent("supervisor", presence="away")
        customer = await unserved(house)
        alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")
        await supervisor.done("acknowledge", alert_id=alert["alert_id"])

        house.clock.move(seconds=10)
        other = await unserved(house)
        house.clock.move(seconds=10)

        posted = await receiver.gets()
        assert posted.body["data"]["reference"] == other.handoff["reference"]
        assert len(receiver.posted) == 1


async def test_notice_is_repeated_while_nobody_reacts_and_then_no_more(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(notice_again_s="0.3", **hook_settings(receiver))
        customer = await unserved(house)
        ids = {(await receiver.gets(count)).id for count in (1, 2, 3)}
        assert len(ids) == 3

        agent = await house.agent("agent1")
        await agent.take(customer.conversation_id)

        log = (await agent.done("open", conversation_id=customer.conversation_id, since=0))["events"]
        asked = [event["id"] for event in log if event["type"] == "notice_asked"]
        await becomes(house, pending=0)
        assert [posted.id for posted in receiver.taken] == asked


async def test_many_that_wait_go_in_one_mail(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        box.mood = "busy"
        house = await open_house(smtp_url=box.url, notice_retry_s="0.2", notice_digest_s="0")
        customers = [await unserved(house) for _ in range(3)]
        await happens(lambda: box.tries, "a try")
        box.mood = "takes"
        await becomes(house, pending=0)

        mail = box.mails[-1]
        references = [str((one.handoff or {})["reference"]) for one in customers]
        assert sum(len(str(one["Byname-Notices"]).split()) for one in box.mails) == 3
        if len(box.mails) == 1:
            assert "3 notices" in mail["Subject"]
            assert all(reference in box.text() for reference in references)


async def test_digest_gathers_what_comes_soon_after_a_mail(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        house = await open_house(smtp_url=box.url, notice_digest_s="60")
        await unserved(house)
        await box.gets()
        others = [await unserved(house) for _ in range(3)]
        await becomes(house, pending=3)
        assert len(box.mails) == 1

        house.clock.move(seconds=61)

        mail = await box.gets(2)
        assert "3 notices" in mail["Subject"]
        for one in others:
            assert one.handoff is not None
            assert one.handoff["reference"] in box.text()
        assert len(box.mails) == 2


async def test_notice_that_comes_late_says_that_somebody_has_seen_to_it(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        receiver.mood = "fails"
        house = await open_house(**hook_settings(receiver))
        customer = await unserved(house)
        await receiver.is_tried()
        agent = await house.agent("agent1")
        await agent.take(customer.conversation_id)

        receiver.mood = "takes"

        assert (await receiver.gets()).body["data"]["still_open"] is False


# --- what goes wrong with them --------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["refuses_recipients", "busy", "hangs"])
async def test_mail_that_is_not_taken_is_tried_again_and_shown(open_house: OpenHouse, mood: str) -> None:
    async with mail_box() as box:
        box.mood = mood
        house = await open_house(smtp_url=box.url, notice_retry_s="0.2", notice_timeout_s="0.5")
        await unserved(house)

        failing = await becomes(house, failed=1, ok=False, status="degraded")
        assert failing["error"]
        assert failing["error"].isprintable()
        await happens(lambda: box.tries >= 2, "a second try")
        box.mood = "takes"

        await box.gets()
        await becomes(house, failed=0, pending=0, ok=True, status="ok")


async def test_mail_server_that_is_down_gets_the_mail_when_it_is_up(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        await box.down()
        house = await open_house(smtp_url=box.url, notice_retry_s="0.2")
        await unserved(house)
        await becomes(house, failed=1)

        await box.up()

        await box.gets()
        await becomes(house, failed=0, pending=0)


@pytest.mark.parametrize("mood", ["fails", "redirects", "hangs", "babbles"])
async def test_post_that_is_not_taken_is_tried_again_under_the_same_id(
    open_house: OpenHouse, mood: str
) -> None:
    async with hook() as receiver:
        receiver.mood = mood
        house = await open_house(**hook_settings(receiver), notice_timeout_s="0.5")
        await unserved(house)

        first = await receiver.is_tried()
        failing = await becomes(house, failed=1, ok=False, status="degraded")
        assert "secret-token" not in failing["error"]
        receiver.mood = "takes"

        taken = await receiver.gets()
        assert taken.id == first.id
        assert taken.genuine
        await becomes(house, failed=0, pending=0, status="ok")


async def test_receiver_that_is_down_gets_all_of_them_when_it_is_up(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        await receiver.down()
        house = await open_house(**hook_settings(receiver))
        for _ in range(3):
            await unserved(house)
        await becomes(house, failed=3)

        await receiver.open()

        await receiver.gets(3)
        await becomes(house, failed=0, pending=0)
        assert len({posted.id for posted in receiver.taken}) == 3


async def test_one_channel_that_fails_does_not_hold_up_the_other(open_house: OpenHouse) -> None:
    async with mail_box() as box, hook() as receiver:
        receiver.mood = "hangs"
        house = await open_house(smtp_url=box.url, **hook_settings(receiver))
        await unserved(house)
        await box.gets()
        assert receiver.taken == []


async def test_waits_grow_longer_with_each_try_up_to_a_quarter_of_an_hour(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        receiver.mood = "fails"
        settings = hook_settings(receiver) | {"notice_retry_s": "100"}
        house = await open_house(**settings, answer_by_s="100000", notice_again_s="100000")
        await unserved(house)
        waits = []
        for tries in range(1, 7):
            await becomes_tried(house, tries)
            [row] = await house.server.storage.notices(delivered=False, limit=10)
            wait = row.next_try_at - house.clock.now()
            waits.append(round(wait.total_seconds(), -1))
            house.clock.move(seconds=wait.total_seconds())
        assert waits == [100, 200, 400, 800, 900, 900]
        await receiver.is_tried(7)
        assert len({posted.id for posted in receiver.posted}) == 1


async def becomes_tried(house: House, tries: int) -> None:
    """So often in vain, as storage has it."""
    async with asyncio.timeout(20):
        while True:
            [row] = await house.server.storage.notices(delivered=False, limit=10)
            if row.attempts == tries:
                return
            await asyncio.sleep(0.02)


async def test_server_that_was_stopped_delivers_what_waited(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        receiver.mood = "fails"
        house = await open_house(**hook_settings(receiver))
        await unserved(house)
        first = await receiver.is_tried()
        await becomes(house, failed=1)

        receiver.mood = "takes"
        await house.restart(down=timedelta(hours=1))

        assert (await receiver.gets()).id == first.id
        await happens(lambda: house.server.notices.summary()["pending"] == 0, "nothing pending")


async def test_storage_that_refuses_the_outcome_does_not_send_twice(open_house: OpenHouse) -> None:
    """The notice got through while the disk was full: it is noted as soon as it can be, and not sent again."""
    async with hook() as receiver:
        receiver.mood = "hangs"
        house = await open_house(**hook_settings(receiver), notice_timeout_s="20")
        await unserved(house)
        await receiver.is_tried()
        commit = house.server.storage.commit
        refused = []

        async def refuse(batch: Any) -> None:
            if batch.notices and not refused:
                refused.append(batch)
                raise StorageUnavailable("the disk is full")
            await commit(batch)

        house.server.storage.commit = refuse  # type: ignore[method-assign]
        receiver.release()

        await becomes(house, pending=0)
        assert refused
        assert len(receiver.posted) == 1


# --- what the operator sees -----------------------------------------------------------------------------


async def test_nothing_set_up_is_said_and_is_no_fault(house: House) -> None:
    await unserved(house)
    found = await facts(house)
    assert found["configured"] == [] and found["ok"] is True
    assert "HANDOFF_SMTP_URL" in found["why"]
    code, out, _ = await command_line(house, "check")
    assert code == 0
    assert "notices: no notice goes outside the console" in out


async def test_command_line_lists_what_waits_and_what_got_through(open_house: OpenHouse) -> None:
    async with mail_box() as box, hook() as receiver:
        receiver.mood = "fails"
        house = await open_house(smtp_url=box.url, **hook_settings(receiver))
        customer = await unserved(house)
        await box.gets()
        await becomes(house, failed=1, pending=1)
        assert customer.handoff is not None

        code, out, _ = await command_line(house, "notices")
        assert code == 0
        [waiting, ways] = out.splitlines()
        assert f"reference={customer.handoff['reference']}" in waiting
        assert "channel=webhook" in waiting and "failure=the receiver answered 500" in waiting
        assert ways == "notices go out by email and webhook"

        code, out, _ = await command_line(house, "notices", "--all", "--json")
        assert [row["channel"] for row in map(json.loads, out.splitlines())] == ["webhook", "email"]

        code, out, err = await command_line(house, "check")
        assert code == 0
        assert "notices: 1 failed" in err


async def test_command_line_sends_a_test_notice_through_the_running_server(open_house: OpenHouse) -> None:
    async with mail_box() as box:
        house = await open_house(smtp_url=box.url)
        code, out, _ = await command_line(house, "notices", "--test")
        assert code == 0, out
        mail = await box.gets()
        assert "a test" in mail["Subject"]
        assert "If you can read this" in box.text()


async def test_test_notice_without_a_way_out_says_so(house: House) -> None:
    code, _, err = await command_line(house, "notices", "--test")
    assert code == 1
    assert "HANDOFF_SMTP_URL" in err


async def test_metrics_show_how_notices_fare(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        receiver.mood = "fails"
        house = await open_house(**hook_settings(receiver))
        await unserved(house)
        await becomes(house, failed=1)
        house.clock.move(seconds=500)

        async with house.http.get(f"{house.origin}/metrics") as answer:
            lines = (await answer.text()).splitlines()

        shown = dict(line.split(" ") for line in lines if line.startswith("byname_notice"))
        assert shown["byname_notices_pending"] == shown["byname_notices_failed"] == "1.0"
        assert float(shown["byname_notices_oldest_seconds"]) >= 500


async def test_notice_about_no_conversation_goes_out_too(open_house: OpenHouse) -> None:
    async with mail_box() as box, hook() as receiver:
        house = await open_house(smtp_url=box.url, **hook_settings(receiver))
        await house.server.notices.ask(why="canary_failed", text="No offer within 10 s.")

        data = (await receiver.gets()).body["data"]
        assert (data["why"], data["text"], data["link"]) == ("canary_failed", "No offer within 10 s.", None)
        await box.gets()
        assert "No offer within 10 s." in box.text()


async def test_secrets_of_the_settings_are_not_shown(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(**hook_settings(receiver), smtp_url="smtps://user:hunter2@mail.invalid")
        for command in ("settings", "check"):
            _, out, err = await command_line(house, command)
            for secret in ("hunter2", "secret-token", HOOK_KEY):
                assert secret not in out + err
