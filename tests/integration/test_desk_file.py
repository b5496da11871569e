"""What the operator writes in the desk file, and what becomes of it while customers wait: over the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handoff.app import DEMO_DESK
from handoff.demo.accounts import DEMO_PASSWORD
from handoff.service.accounts import NewAccount
from tests.clients import Agent, Customer
from tests.clocks import day_to_come, opens_on
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.integration.test_accounts import handoff
from tests.integration.test_sessions import resume


def desk_text(*, after_s: float | None = None, hours: str | None = None, more: str = "") -> str:
    """The demo's desk file, with the promise offered after `after_s`, other opening hours, and more at its end."""
    text = DEMO_DESK.read_text(encoding="utf-8")
    if hours is not None:
        begin, end = text.index("mon = "), text.index("# Routes:")
        text = text[:begin] + hours + text[end:]
    if after_s is not None:
        text = text.replace('do = "offer_promise"', f'after_s = {after_s}\ndo = "offer_promise"')
    return text + more


async def busy_desk(open_house: OpenHouse, path: Path, **settings: str) -> tuple[House, Customer]:
    """A server on this desk file, whose only agent has no seat left, and a customer who waits."""
    house: House = await open_house(desk_file=str(path), capacity="1", answer_by_s="5000", **settings)
    await house.in_conversation()
    waiting = await house.customer()
    await waiting.want_person()
    return house, waiting


async def desk_of(house: House) -> dict[str, Any]:
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        found: dict[str, Any] = await answer.json()
        return found


async def test_a_changed_desk_file_is_put_in_force_without_a_restart(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(desk_text(), encoding="utf-8")
    house, waiting = await busy_desk(open_house, path)
    given = waiting.handoff["answer_by"]
    assert (await desk_of(house))["open"] is True

    path.write_text(desk_text(after_s=0.1, hours=opens_on(day_to_come())), encoding="utf-8")
    code, out, err = await handoff(house, "reload")

    assert code == 0, err
    assert "0.1 s: the customer is offered a call-back" in out
    await waiting.sees("promise_offered")
    assert waiting.handoff["answer_by"] == given
    assert (await desk_of(house))["open"] is False
    later = await house.customer()
    assert (await later.want_person())["answer_by"] > given


async def test_a_desk_file_with_problems_changes_nothing_and_all_of_them_are_said(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(desk_text(), encoding="utf-8")
    house, _ = await busy_desk(open_house, path)

    path.write_text(
        desk_text(after_s=-1, hours=opens_on(day_to_come()), more='\n[[routes]]\nteam = "nobody"\n'),
        encoding="utf-8",
    )
    code, _, err = await handoff(house, "reload")

    assert code == 1
    assert "Nothing was changed" in err
    assert "after_s must be a number" in err
    assert "there is no team 'nobody'" in err
    assert (await desk_of(house))["open"] is True


async def test_reloading_without_a_server_says_when_the_file_is_read(tmp_path: Path) -> None:
    house = House(tmp_path / "data", None, None, {})
    code, _, err = await handoff(house, "reload")
    assert code == 1
    assert "No server runs" in err


async def test_other_clocks_after_a_restart_hold_for_those_who_wait_already(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    """A deadline that was written under the settings of yesterday once was waited for."""
    path = tmp_path / "desk.toml"
    path.write_text(desk_text(), encoding="utf-8")
    house, waiting = await busy_desk(open_house, path, promise_s="4000", agent_lost_active_s="4000")
    given = waiting.handoff["answer_by"]

    await house.restart(promise_s="0.1", agent_lost_offer_s="4000")

    house.adopt(waiting)
    await waiting.connect()
    await waiting.sees("promise_offered")
    assert waiting.handoff["answer_by"] == given


ROUTES = """
[[routes]]
languages = ["de"]
team = "broadband"
skills = ["fibre-optics"]
"""


async def test_a_route_leads_to_the_skill_and_the_offer_says_why(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(desk_text(more=ROUTES), encoding="utf-8")
    house: House = await open_house(desk_file=str(path))
    await house.server.accounts.add(
        NewAccount(
            email="fiona@shop.example",
            name="Fiona Brandt",
            role="Fibre Adviser",
            employer="Nordlicht Handel GmbH",
            access=("agent",),
            teams=("broadband",),
            languages=("de",),
            skills=("fibre-optics",),
            password=DEMO_PASSWORD,
        )
    )
    await house.agent("agent1")
    fiona = house.adopt(await Agent.sign_in(house.origin, house.http, "fiona@shop.example", DEMO_PASSWORD))
    await fiona.connect()
    await fiona.be("online")

    customer = await house.customer(locale="de-AT")
    await customer.want_person()
    offer = await fiona.offered()

    assert offer["conversation_id"] == customer.conversation_id
    assert (offer["chosen_by"], offer["matched"]) == (
        "longest_idle",
        ["team=broadband", "skill=fibre-optics", "language=de"],
    )
    made = [event for event in offer["transcript"]["events"] if event["type"] == "offer_made"]
    assert made[-1]["matched"] == offer["matched"]


async def test_a_customer_who_returns_after_weeks_gets_the_agent_of_the_linked_conversation(
    house: House,
) -> None:
    customer, agent, first = await house.in_conversation("agent2")
    await agent.say(first, "Solved")
    await agent.do("resolve", first, outcome="answered")
    await house.part(agent)
    house.clock.move(days=31)

    _, session = await resume(house, customer.token)
    again = house.adopt(Customer(house.origin, house.http, session))
    await again.connect()
    assert again.conversation_id != first
    await house.agent("agent1")  # idle for longer
    back = await house.agent("agent2")
    await again.want_person()

    offer = await back.offered()
    assert (offer["conversation_id"], offer["chosen_by"]) == (again.conversation_id, "returning_customer")
