"""The desk is administered from the console: who may change what, what follows at once, and what the audit log says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handoff.app import DEMO_DESK
from handoff.demo.accounts import DEMO_PASSWORD
from handoff.service.accounts import NewAccount
from handoff.service.ports import StorageUnavailable
from handoff.storage.memory import MemoryStorage
from tests.clients import Agent, Json, Refused, error_code
from tests.gated import GatedStorage
from tests.houses import House
from tests.integration.conftest import OpenHouse

WEEK = {day: [["08:00", "12:00"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS = {"time_zone": "Europe/Vienna", "week": WEEK, "holidays": ["2027-01-01"]}
INES = {
    "email": "Ines@shop.example",
    "name": "Ines Ferreira",
    "role": "Adviser",
    "employer": "Nordlicht Handel GmbH",
    "access": ["agent"],
    "teams": ["service"],
    "languages": ["pt", "en"],
}
PASSWORD = "a password of some length"


class Office:
    """What one person of the desk asks of the administration over HTTP."""

    def __init__(self, house: House, token: str) -> None:
        self.house = house
        self.token = token

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        address = f"{self.house.origin}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.house.http.request(
            method, address, json=body, params=query, headers=headers
        ) as answer:
            return answer.status, (None if answer.status == 204 else await answer.json())

    async def done(self, method: str, path: str, body: Any = None, **query: str) -> Json:
        status, answer = await self.call(method, f"administration{path}", body, **query)
        assert status < 300, answer
        return answer or {}

    async def refused(self, method: str, path: str, body: Any = None, **query: str) -> str:
        _, answer = await self.call(method, f"administration{path}", body, **query)
        return error_code(answer)

    async def overview(self) -> Json:
        return await self.done("GET", "")

    async def person(self, name: str) -> Json:
        return next(one for one in (await self.overview())["people"] if one["name"] == name)

    async def audit(self) -> list[Json]:
        return list((await self.done("GET", "/audit"))["entries"])


async def office(house: House, name: str, password: str = DEMO_PASSWORD) -> Office:
    email = name if "@" in name else f"{name}@demo.example"
    agent = await Agent.sign_in(house.origin, house.http, email, password)
    return Office(house, agent.token)


async def account(house: House, name: str, *access: str) -> Office:
    """A person with this access, signed in."""
    await house.server.accounts.add(
        NewAccount(
            email=f"{name}@demo.example",
            name=name.title(),
            role="Adviser",
            employer="Nordlicht",
            access=access,
            password=PASSWORD,
        )
    )
    return await office(house, name, PASSWORD)


def changed(person: Json, **fields: Any) -> Json:
    """What is sent to change some fields of a person as they are shown."""
    names = ("name", "role", "employer", "access", "teams", "languages", "skills", "version")
    kept = {name: person[name] for name in names}
    return kept | {"capacity": person["capacity_own"]} | fields


# --- who may ---------------------------------------------------------------------------------------------

EVERYTHING = [
    ("GET", "", None),
    ("GET", "/audit", None),
    ("POST", "/people", INES),
    ("PUT", "/people/{other}", {}),
    ("POST", "/people/{other}/disable", None),
    ("POST", "/people/{other}/enable", None),
    ("POST", "/people/{other}/link", None),
    ("PUT", "/teams/night", {"name": "Night"}),
    ("DELETE", "/teams/night", None),
    ("PUT", "/opening-hours", HOURS),
    ("DELETE", "/opening-hours", None),
    ("POST", "/canned-answers", {"title": "Hello", "text": "Hello"}),
    ("PUT", "/canned-answers/an_1", {"title": "Hello", "text": "Hello"}),
    ("DELETE", "/canned-answers/an_1", None),
]


@pytest.mark.parametrize("name", ["agent1", "trainer"])
async def test_agents_and_trainers_administer_nothing(house: House, name: str) -> None:
    supervisor, who = await office(house, "supervisor"), await office(house, name)
    before = await supervisor.overview()
    other = (await supervisor.person("Tobias Okafor"))["id"]
    for method, path, body in EVERYTHING:
        if method == "PUT" and "people" in path:
            body = changed(await supervisor.person("Tobias Okafor"), role="Intruder")
        assert await who.refused(method, path.format(other=other), body) == "forbidden", (method, path)
    for path in ("board/today", "board/handoffs?from=2027-01-01T00:00:00Z&to=2027-01-01T01:00:00Z"):
        status, answer = await who.call("GET", path)
        assert (status, error_code(answer)) == (403, "forbidden")
    assert await supervisor.overview() == before


async def test_without_a_token_or_with_a_customers_nothing_is_shown(house: House) -> None:
    customer = await house.customer()
    for token in ("", "nonsense", customer.token):
        for method, path, body in EVERYTHING:
            code = await Office(house, token).refused(method, path.format(other="x"), body)
            assert code == "unauthorized", (method, path)


async def test_a_supervisor_sees_to_agents_only_and_an_admin_to_everybody(house: House) -> None:
    admin, supervisor = await office(house, "supervisor"), await account(house, "sue", "supervisor")
    assert (await admin.overview())["may_administer_all"] is True
    assert (await supervisor.overview())["may_administer_all"] is False

    invited = (await supervisor.done("POST", "/people", INES))["person"]
    assert await supervisor.refused("POST", "/people", INES | {"access": ["agent", "admin"]}) == "forbidden"
    raised = changed(invited, access=["agent", "supervisor"])
    assert await supervisor.refused("PUT", f"/people/{invited['id']}", raised) == "forbidden"
    leyla = await supervisor.person("Leyla Aydin")
    for method, path, body in (
        ("PUT", "", changed(leyla, access=["agent"])),
        ("POST", "/disable", None),
        ("POST", "/link", None),
    ):
        assert await supervisor.refused(method, f"/people/{leyla['id']}{path}", body) == "forbidden"
    await admin.done("PUT", f"/people/{invited['id']}", raised)
    assert await supervisor.refused("POST", f"/people/{invited['id']}/disable") == "forbidden"
    await admin.done("POST", f"/people/{invited['id']}/disable")


async def test_nobody_shuts_themselves_out(house: House) -> None:
    admin = await office(house, "supervisor")
    me = await admin.person("Leyla Aydin")
    assert await admin.refused("POST", f"/people/{me['id']}/disable") == "conflict"
    assert await admin.refused("PUT", f"/people/{me['id']}", changed(me, access=["agent"])) == "conflict"
    await admin.done("PUT", f"/people/{me['id']}", changed(me, role="Head of Service"))
    assert (await admin.person("Leyla Aydin"))["role"] == "Head of Service"


# --- people ----------------------------------------------------------------------------------------------


async def test_an_invited_person_sets_a_password_and_takes_conversations(house: House) -> None:
    admin, colleague = await office(house, "supervisor"), await house.agent("agent1", presence="away")
    answer = await admin.done("POST", "/people", INES)
    person = answer["person"]
    assert (person["email"], person["invited"], person["disabled"]) == ("ines@shop.example", True, False)
    await colleague.until(
        lambda: any("Ines Ferreira" in str(told) for told in colleague.all_told("team")), "the new colleague"
    )
    assert answer["link"].startswith(f"{house.origin}/console/#/set-password?token=")
    assert await admin.refused("POST", "/people", INES | {"email": "INES@shop.example"}) == "conflict"

    link = (await admin.done("POST", f"/people/{person['id']}/link"))["link"]
    first, second = (one.partition("token=")[2] for one in (answer["link"], link))
    for token, status in ((first, 401), (second, 204), (second, 401)):
        body = {"token": token, "password": PASSWORD}
        async with house.http.post(f"{house.origin}/api/v1/agent/password", json=body) as said:
            assert said.status == status
    ines = house.adopt(await Agent.sign_in(house.origin, house.http, "ines@shop.example", PASSWORD))
    await ines.connect()
    await ines.be("online")
    customer = await house.customer()
    await customer.want_person()
    await ines.take(customer.conversation_id)
    assert (await customer.sees("agent_joined"))["agent"]["name"] == "Ines Ferreira"
    assert (await admin.person("Ines Ferreira"))["invited"] is False


async def test_a_disabled_person_is_out_at_once_and_comes_back_when_enabled(house: House) -> None:
    customer, agent, _ = await house.in_conversation()
    admin = await office(house, "supervisor")
    answer = await admin.done("POST", f"/people/{agent.id}/disable")
    assert answer["person"]["disabled"] is True
    assert (await customer.sees("agent_left"))["reason"] == "disabled"
    await agent.until(lambda: agent.line.closed, "the end of the socket")
    with pytest.raises(Refused):
        await agent.connect()

    assert await admin.refused("POST", f"/people/{agent.id}/link") == "conflict"
    await admin.done("POST", f"/people/{agent.id}/enable")
    again = await house.agent("agent1")
    await again.take(customer.conversation_id)
    await again.say(customer.conversation_id, "Here I am again")
    await customer.reads("Here I am again")


async def test_another_access_signs_the_person_out_and_holds_from_then_on(house: House) -> None:
    admin, agent = await office(house, "supervisor"), await house.agent("agent1", presence="away")
    person = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{agent.id}", changed(person, access=["agent", "supervisor"]))
    await agent.until(lambda: agent.line.closed, "the end of the socket")
    assert await Office(house, agent.token).refused("GET", "") == "unauthorized"
    assert (await (await office(house, "agent1")).overview())["people"]


async def test_who_answers_no_customers_any_more_lets_go_of_them(house: House) -> None:
    customer, agent, _ = await house.in_conversation()
    admin = await office(house, "supervisor")
    person = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{agent.id}", changed(person, access=["trainer"]))
    assert (await customer.sees("agent_left"))["reason"] == "disabled"
    await customer.sees_state("promised")  # nobody else is there


async def test_other_languages_and_teams_count_for_who_waits_already(house: House) -> None:
    agent = await house.agent("agent1")
    admin = await office(house, "supervisor")
    person = await admin.person("Maren Petersen")
    version = (await admin.done("PUT", f"/people/{agent.id}", changed(person, languages=["fi"])))["person"]
    customer = await house.customer(locale="en")
    await customer.want_person()
    await customer.sees_state("queued")
    await admin.done("PUT", f"/people/{agent.id}", changed(version, languages=["fi", "en"], capacity=1))
    offer = await agent.offered(customer.conversation_id)
    assert offer["matched"] == ["team service", "language en"] or "en" in str(offer["matched"])
    assert (await admin.person("Maren Petersen"))["capacity"] == 1


async def test_who_is_slower_is_told_instead_of_overwriting(house: House) -> None:
    admin = await office(house, "supervisor")
    seen = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{seen['id']}", changed(seen, role="Adviser"))
    assert await admin.refused("PUT", f"/people/{seen['id']}", changed(seen, role="Clerk")) == "conflict"
    assert (await admin.person("Maren Petersen"))["role"] == "Adviser"
    hours = (await admin.overview())["opening_hours"]
    await admin.done("PUT", "/opening-hours", HOURS | {"version": hours["version"]})
    assert await admin.refused("PUT", "/opening-hours", HOURS | {"version": hours["version"]}) == "conflict"


# --- teams, hours, answers -------------------------------------------------------------------------------


async def test_a_team_is_added_renamed_and_removed_and_survives_a_restart(house: House) -> None:
    admin = await office(house, "supervisor")
    await admin.done("PUT", "/teams/night", {"name": "Night Shift"})
    await admin.done("PUT", "/teams/service", {"name": "Front Desk"})
    person = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{person['id']}", changed(person, teams=["night"]))
    assert await admin.refused("DELETE", "/teams/night") == "conflict"
    assert await admin.refused("DELETE", "/teams/broadband") == "conflict"

    await house.restart()
    admin = await office(house, "supervisor")
    teams = {one["key"]: (one["name"], one["of_file"]) for one in (await admin.overview())["teams"]}
    assert teams == {
        "service": ("Front Desk", True),
        "broadband": ("Broadband Support", True),
        "night": ("Night Shift", False),
    }
    customer = await house.customer()
    agent, maren = await house.agent("agent2"), await house.agent("agent1")
    await customer.want_person()
    await agent.take(customer.conversation_id)
    await agent.say(customer.conversation_id, "One moment")
    await agent.do("transfer", customer.conversation_id, to={"team": "night"})
    await maren.offered(customer.conversation_id)
    assert await admin.refused("DELETE", "/teams/night") == "conflict"
    await customer.done("withdraw", client_id="w1")
    person = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{person['id']}", changed(person, teams=["service"]))
    await admin.done("DELETE", "/teams/night")
    await admin.done("DELETE", "/teams/service")
    assert [(one["key"], one["name"]) for one in (await admin.overview())["teams"]] == [
        ("service", "Customer Service"),
        ("broadband", "Broadband Support"),
    ]


async def test_other_hours_hold_at_once_survive_a_restart_and_go_back_to_the_desk_file(house: House) -> None:
    admin = await office(house, "supervisor")
    closed = {"time_zone": "Europe/Berlin", "week": {}, "holidays": []}
    await admin.done("PUT", "/opening-hours", closed)
    assert (await desk_of(house))["open"] is False
    first = await house.customer()
    far = (await first.want_person())["answer_by"]

    await house.restart()
    admin = await office(house, "supervisor")
    hours = (await admin.overview())["opening_hours"]
    assert (hours["source"], hours["week"]["mon"]) == ("console", [])
    assert (await desk_of(house))["open"] is False
    hours = (await admin.done("DELETE", "/opening-hours"))["opening_hours"]
    assert (hours["source"], hours["week"]["mon"]) == ("file", [["00:00", "24:00"]])
    assert (await desk_of(house))["open"] is True
    assert await admin.refused("DELETE", "/opening-hours") == "conflict"
    second = await house.customer()
    assert (await second.want_person())["answer_by"] < far


async def desk_of(house: House) -> Json:
    async with house.http.get(f"{house.origin}/api/v1/desk") as answer:
        found: Json = await answer.json()
        return found


async def test_a_reloaded_desk_file_leaves_standing_what_was_changed_here(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    text = DEMO_DESK.read_text(encoding="utf-8")
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    house = await open_house(desk_file=str(path))
    admin = await office(house, "supervisor")
    await admin.done("PUT", "/opening-hours", HOURS)
    path.write_text(
        text.replace('"Broadband Support"', '"Fibre Support"').replace('"Europe/Berlin"', '"UTC"'),
        encoding="utf-8",
    )
    await house.server.administration.reload()
    overview = await admin.overview()
    assert overview["opening_hours"]["time_zone"] == "Europe/Vienna"
    assert "Fibre Support" in str(overview["teams"])
    assert (await admin.audit())[0]["action"] == "desk_file_reloaded"
    await admin.done("DELETE", "/opening-hours")
    assert (await admin.overview())["opening_hours"]["time_zone"] == "UTC"


async def test_canned_answers_reach_every_console_at_once(house: House) -> None:
    admin, agent = await office(house, "supervisor"), await house.agent("agent1", presence="away")
    assert agent.snapshot is not None
    assert agent.snapshot["canned_answers"] == []
    body = {"title": "Parcel lost", "text": "I am sorry, {customer}. {agent}", "language": "en-GB"}
    answer = (await admin.done("POST", "/canned-answers", body))["canned_answer"]
    told = await agent.until(lambda: agent.all_told("canned_answers"), "the answers")
    shown = {name: answer[name] for name in ("id", "title", "text", "language", "team")}
    assert told[-1]["canned_answers"] == [shown]
    assert (shown["language"], shown["team"]) == ("en", None)

    better = body | {"text": "Good news, {customer}.", "team": "service", "version": answer["version"]}
    await admin.done("PUT", f"/canned-answers/{answer['id']}", better)
    assert await admin.refused("PUT", f"/canned-answers/{answer['id']}", better) == "conflict"
    assert await admin.refused("PUT", "/canned-answers/an_nothing", body) == "not_found"
    second = await house.agent("agent2", presence="away")
    assert second.snapshot is not None
    assert second.snapshot["canned_answers"][0]["text"] == "Good news, {customer}."
    same = {"title": "parcel LOST", "text": "Again", "language": "en", "team": "service"}
    assert await admin.refused("POST", "/canned-answers", same) == "conflict"
    await admin.done("DELETE", f"/canned-answers/{answer['id']}")
    await agent.until(
        lambda: agent.all_told("canned_answers")[-1]["canned_answers"] == [], "no answer any more"
    )
    assert await admin.refused("DELETE", f"/canned-answers/{answer['id']}") == "not_found"


# --- bad input -------------------------------------------------------------------------------------------

LONG = "x" * 900
BAD_PEOPLE: list[dict[str, Any]] = [
    {"email": "nobody"},
    {"email": "a@b"},
    {"email": "a b@shop.example"},
    {"email": "a\u0000@shop.example"},
    {"email": f"{LONG}@shop.example"},
    {"email": 5},
    {"name": ""},
    {"name": "  "},
    {"name": "Ines\nFerreira"},
    {"name": "Ines\u0007"},
    {"name": LONG},
    {"role": None},
    {"access": []},
    {"access": ["root"]},
    {"access": "agent"},
    {"teams": ["nowhere"]},
    {"teams": ["service"] * 101},
    {"languages": ["klingon"]},
    {"languages": [None]},
    {"skills": ["Not A Skill!"]},
    {"capacity": 0},
    {"capacity": -1},
    {"capacity": 10_000},
    {"capacity": "4"},
    {"capacity": True},
]


async def test_a_malformed_invitation_changes_nothing(house: House) -> None:
    admin = await office(house, "supervisor")
    before, log = await admin.overview(), await admin.audit()
    for bad in BAD_PEOPLE:
        assert await admin.refused("POST", "/people", INES | bad) in ("bad_request", "too_large"), bad
    for body in (None, [], "text", 5, {"email": "a@b.example"}):
        assert await admin.refused("POST", "/people", body) == "bad_request"
    assert (await admin.overview(), await admin.audit()) == (before, log)


def day(*spans: Any) -> Json:
    return HOURS | {"week": {"mon": list(spans)}}


BAD_HOURS: list[Any] = [
    HOURS | {"time_zone": "Mars/Olympus"},
    HOURS | {"time_zone": "../../etc/passwd"},
    HOURS | {"time_zone": "Europe"},
    HOURS | {"time_zone": ""},
    HOURS | {"holidays": ["tomorrow"]},
    HOURS | {"holidays": ["2027-02-30"]},
    HOURS | {"holidays": [f"2027-01-{1 + n % 28:02}" for n in range(401)]},
    HOURS | {"week": {"someday": []}},
    HOURS | {"week": []},
    day(["09:00", "08:00"]),
    day(["09:00", "09:00"]),
    day(["09:00", "12:00"], ["11:00", "13:00"]),
    day(["09:00", "24:30"]),
    day(["9", "17"]),
    day(["09:00"]),
    day([9, 17]),
    day(*[[f"{hour:02}:00", f"{hour:02}:30"] for hour in range(9)]),
    {},
]
BAD_ANSWERS: list[Any] = [
    {"title": "", "text": "Hello"},
    {"title": "Hello", "text": "  "},
    {"title": "Two\nlines", "text": "Hello"},
    {"title": "Hello", "text": "Hello {password}"},
    {"title": "Hello", "text": "Bell \u0007"},
    {"title": "Hello", "text": "x" * 2_001},
    {"title": LONG, "text": "Hello"},
    {"title": "Hello", "text": "Hello", "language": "klingon"},
    {"title": "Hello", "text": "Hello", "team": "nowhere"},
    {"title": "Hello", "text": ["Hello"]},
    {"title": "Hello"},
]
BAD_TEAMS: list[tuple[str, Any]] = [
    ("Night", {"name": "Night"}),
    ("n" * 65, {"name": "Night"}),
    ("night", {"name": ""}),
    ("night", {"name": LONG}),
    ("night", {"name": "Two\nlines"}),
    ("night", {}),
]


async def test_malformed_hours_answers_and_teams_change_nothing(house: House) -> None:
    admin = await office(house, "supervisor")
    before, log = await admin.overview(), await admin.audit()
    for body in BAD_HOURS:
        assert await admin.refused("PUT", "/opening-hours", body) == "bad_request", body
    for body in BAD_ANSWERS:
        code = await admin.refused("POST", "/canned-answers", body)
        assert code in ("bad_request", "too_large"), body
    for key, body in BAD_TEAMS:
        assert await admin.refused("PUT", f"/teams/{key}", body) in ("bad_request", "too_large"), (key, body)
    for query in ({"before": "0"}, {"before": "x"}, {"limit": "-1"}, {"limit": "9" * 30}, {"before": "१"}):
        assert await admin.refused("GET", "/audit", **query) == "bad_request", query
    for since, until in (("", ""), ("2027-01-01", "2027-01-02"), ("2027-01-02T00:00Z", "2027-01-01T00:00Z")):
        _, answer = await admin.call("GET", "board/handoffs", **{"from": since, "to": until})
        assert error_code(answer) == "bad_request"
    assert (await admin.overview(), await admin.audit()) == (before, log)


async def test_who_floods_the_administration_is_asked_to_wait(open_house: OpenHouse) -> None:
    house = await open_house(agent_request_burst="5", agent_requests_per_second="0.1")
    admin = await office(house, "supervisor")
    answers = [await admin.call("GET", "administration") for _ in range(7)]
    assert [status for status, _ in answers] == [200] * 5 + [429] * 2


# --- the audit log ---------------------------------------------------------------------------------------


async def test_each_change_is_in_the_audit_log_with_who_and_what(house: House) -> None:
    admin = await office(house, "supervisor")
    known = (await admin.audit())[0]["number"]
    person = (await admin.done("POST", "/people", INES))["person"]
    await admin.done("PUT", f"/people/{person['id']}", changed(person, role="Expert", email="i@shop.example"))
    await admin.done("POST", f"/people/{person['id']}/link")
    await admin.done("POST", f"/people/{person['id']}/disable")
    await admin.done("POST", f"/people/{person['id']}/disable")
    await admin.done("POST", f"/people/{person['id']}/enable")
    await admin.done("PUT", "/teams/night", {"name": "Night"})
    await admin.done("PUT", "/teams/night", {"name": "Owls"})
    await admin.done("DELETE", "/teams/night")
    await admin.done("PUT", "/opening-hours", HOURS)
    await admin.done("DELETE", "/opening-hours")
    answer = (await admin.done("POST", "/canned-answers", {"title": "Hi", "text": "Hello"}))["canned_answer"]
    await admin.done("PUT", f"/canned-answers/{answer['id']}", {"title": "Hi", "text": "Good day"})
    await admin.done("DELETE", f"/canned-answers/{answer['id']}")

    entries = [one for one in await admin.audit() if one["number"] > known]
    assert {one["actor"]["name"] for one in entries} == {"Leyla Aydin"}
    assert [one["action"] for one in reversed(entries)] == [
        "person_invited",
        "person_changed",
        "person_link_renewed",
        "person_disabled",
        "person_enabled",
        "team_added",
        "team_renamed",
        "team_removed",
        "opening_hours_changed",
        "opening_hours_given_back",
        "answer_added",
        "answer_changed",
        "answer_removed",
    ]
    change = next(one for one in entries if one["action"] == "person_changed")
    assert change["subject_name"] == "Ines Ferreira"
    assert change["changes"] == {
        "email": {"before": "ines@shop.example", "after": "i@shop.example"},
        "role": {"before": "Adviser", "after": "Expert"},
    }
    assert "token" not in str(entries)
    first = await admin.done("GET", "/audit", limit="3")
    assert (len(first["entries"]), first["more"]) == (3, True)
    rest = await admin.done("GET", "/audit", limit="200", before=str(first["entries"][-1]["number"]))
    assert [one["number"] for one in first["entries"] + rest["entries"]] == [
        one["number"] for one in await admin.audit()
    ]
    assert rest["more"] is False


async def test_what_is_changed_into_itself_is_no_change(house: House) -> None:
    admin = await office(house, "supervisor")
    before = await admin.audit()
    person = await admin.person("Maren Petersen")
    await admin.done("PUT", f"/people/{person['id']}", changed(person))
    assert await admin.audit() == before


async def test_a_change_that_cannot_be_written_is_no_change(open_house: OpenHouse) -> None:
    storage = GatedStorage()
    house = await open_house(storage=storage, accounts=None)
    admin = await office(house, "supervisor")
    before, log = await admin.overview(), await admin.audit()

    storage.error = StorageUnavailable("a test said so")
    for method, path, body in (
        ("PUT", "/opening-hours", HOURS),
        ("PUT", "/teams/night", {"name": "Night"}),
        ("POST", "/canned-answers", {"title": "Hi", "text": "Hello"}),
        ("POST", "/people", INES),
    ):
        assert await admin.refused(method, path, body) == "unavailable"
    storage.error = None
    assert (await admin.overview(), await admin.audit()) == (before, log)
    assert isinstance(storage, MemoryStorage)


async def test_a_change_that_was_written_although_it_was_reported_lost_holds_in_the_end(
    open_house: OpenHouse,
) -> None:

    storage = GatedStorage()
    house = await open_house(storage=storage, accounts=None)
    admin, agent = await office(house, "supervisor"), await house.agent("agent1", presence="away")
    assert (await admin.overview())["opening_hours"]["source"] == "file"
    storage.error_after = StorageUnavailable("the answer was lost")
    closed = {"time_zone": "UTC", "week": {}, "holidays": []}
    assert await admin.refused("PUT", "/opening-hours", closed) == "unavailable"
    storage.error_after = None
    told = len(agent.all_told("canned_answers"))
    await agent.until(lambda: len(agent.all_told("canned_answers")) > told, "the desk as it is")
    assert (await desk_of(house))["open"] is False
    assert (await admin.overview())["opening_hours"]["source"] == "console"


async def test_a_person_changed_although_it_was_reported_lost_is_shown_as_they_are(
    open_house: OpenHouse,
) -> None:
    """Found by the simulation: nobody told the consoles, which went on to show the title and the teams of before."""
    storage = GatedStorage()
    house = await open_house(storage=storage, accounts=None)
    admin, agent = await office(house, "supervisor"), await house.agent("agent1", presence="away")
    person = await admin.person("Maren Petersen")
    storage.error_after = StorageUnavailable("the answer was lost")
    asked = changed(person, role="Night Support")
    assert await admin.refused("PUT", f"/people/{agent.id}", asked) == "unavailable"
    storage.error_after = None

    def roles() -> list[str]:
        team = agent.all_told("team")[-1]["team"] if agent.all_told("team") else []
        return [one["role"] for one in team if one["id"] == agent.id]

    await agent.until(lambda: roles() == ["Night Support"], "the person as they are")
