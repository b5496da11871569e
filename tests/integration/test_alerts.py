"""What supervisors are told on the wire: alerts, their end, and the way to acknowledge them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.houses import House
from tests.integration.conftest import OpenHouse


async def test_supervisor_is_told_that_nobody_is_on_duty(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    assert supervisor.snapshot["alerts"] == []
    customer = await house.customer()
    handoff = await customer.want_person()

    alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")

    conversation_id, _, seq = alert["alert_id"].rpartition(".")
    assert conversation_id == alert["conversation_id"] == customer.conversation_id
    assert (alert["handoff_id"], alert["reference"]) == (handoff["id"], handoff["reference"])
    assert (alert["state"], alert["answer_by"]) == ("promised", handoff["answer_by"])
    assert alert["customer"] == {"locale": "en", "returning": False, "verified": False}
    page = await supervisor.done("open", conversation_id=customer.conversation_id, since=0)
    told = next(event for event in page["events"] if event["type"] == "supervisor_told")
    assert (told["seq"], told["at"], told["why"]) == (int(seq), alert["at"], "nobody_on_duty")


async def test_alert_is_in_the_snapshot_of_a_supervisor_who_comes_later(house: House) -> None:
    customer = await house.customer()
    await customer.want_person()
    supervisor = await house.agent("supervisor", presence="away")
    [alert] = supervisor.snapshot["alerts"]
    assert alert["conversation_id"] == customer.conversation_id


async def test_acknowledged_alert_ends_for_all_and_may_be_acknowledged_again(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    tab = await house.second_socket(supervisor)
    customer = await house.customer()
    await customer.want_person()
    alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")
    await tab.alerted(customer.conversation_id, "nobody_on_duty")

    first = await supervisor.done("acknowledge", alert_id=alert["alert_id"])
    again = await tab.done("acknowledge", alert_id=alert["alert_id"])

    assert first == again == {"ok": True}
    await supervisor.alert_ends(alert)
    await tab.alert_ends(alert)
    page = await supervisor.done("open", conversation_id=customer.conversation_id, since=0)
    acknowledged = [event for event in page["events"] if event["type"] == "alert_acknowledged"]
    assert [(event["of_seq"], event["actor"]["id"]) for event in acknowledged] == [
        (int(alert["alert_id"].rpartition(".")[2]), supervisor.id)
    ]


async def test_alert_follows_the_handoff_until_an_agent_has_it(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    customer = await house.customer()
    await customer.want_person()
    alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")

    agent = await house.agent("agent1")
    offer = await agent.offered(customer.conversation_id)
    await supervisor.until(
        lambda: supervisor.alerts.get(alert["alert_id"], {}).get("state") == "offered", "the alert, offered"
    )
    await agent.accept(offer)

    await supervisor.alert_ends(alert)


async def test_alert_about_an_ended_handoff_outlives_a_restart(house: House) -> None:
    await house.restart(wrap_up_s="0")
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    await agent.say(conversation_id, "Back to the assistant")
    await agent.do("hand_back", conversation_id)
    await customer.want_person()
    await agent.accept(await agent.offered(conversation_id, count=2))
    await agent.say(conversation_id, "And once more")
    await agent.do("hand_back", conversation_id)
    alert = await supervisor.alerted(conversation_id, "handed_back_twice")
    assert alert["state"] == "resolved"

    await house.restart(down=timedelta(seconds=30))

    supervisor = await house.agent("supervisor", presence="away")
    assert supervisor.snapshot["alerts"] == [alert]
    await supervisor.done("acknowledge", alert_id=alert["alert_id"])
    await supervisor.alert_ends(alert)


async def test_only_supervisors_see_and_acknowledge_alerts(open_house: OpenHouse) -> None:
    house = await open_house(supervisor_s="0.1", capacity="1")
    agent = await house.agent("agent1")
    first, second = await house.customer(), await house.customer()
    await first.want_person()
    await agent.take(first.conversation_id)
    await second.want_person()
    supervisor = await house.agent("supervisor", presence="away")
    alert = await supervisor.alerted(second.conversation_id, "long_wait")

    assert await agent.refused("acknowledge", alert_id=alert["alert_id"]) == "forbidden"

    assert agent.snapshot["alerts"] == []
    assert agent.all_told("alert") == []
    assert alert["alert_id"] in supervisor.alerts
    hidden = {"alert_acknowledged", "supervisor_told"}
    assert hidden.isdisjoint(event["type"] for event in second.events.values())


@pytest.mark.parametrize(
    ("alert_id", "code"),
    [
        ("", "bad_request"),
        ("no number", "bad_request"),
        (".7", "bad_request"),
        ("cv_none.1", "not_found"),
        ("cv_none.-1", "bad_request"),
        ("cv_none.٧", "bad_request"),
        ("cv_none.9999999999999999999999", "bad_request"),
        ("cv\x00none.1", "not_found"),
        (7, "bad_request"),
        (None, "bad_request"),
        ("x" * 10_000 + ".1", "bad_request"),
    ],
)
async def test_what_is_no_alert_cannot_be_acknowledged(house: House, alert_id: object, code: str) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    assert await supervisor.refused("acknowledge", alert_id=alert_id) == code


async def test_event_that_told_nobody_is_no_alert(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    customer = await house.customer()
    await customer.want_person()
    alert = await supervisor.alerted(customer.conversation_id, "nobody_on_duty")

    for seq in (0, 1, 9_999):
        alert_id = f"{customer.conversation_id}.{seq}"
        assert await supervisor.refused("acknowledge", alert_id=alert_id) == "not_found"
    assert alert["alert_id"] in supervisor.alerts


async def test_whisper_ends_the_alert(open_house: OpenHouse) -> None:
    house = await open_house(idle_review_s="0.3")
    supervisor = await house.agent("supervisor", presence="away")
    _, agent, conversation_id = await house.in_conversation()
    await agent.say(conversation_id, "One moment")
    alert = await supervisor.alerted(conversation_id, "idle")
    assert (alert["state"], alert["answer_by"]) == ("active", None)

    await supervisor.do("whisper", conversation_id, text="All well?")

    await supervisor.until(
        lambda: {"alert_id": alert["alert_id"]} in supervisor.all_told("alert_ended"), "its end"
    )
