"""What supervisors may do in others' conversations, and that nobody else may."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from handoff.demo.accounts import DEMO_PASSWORD
from handoff.service.accounts import NewAccount
from tests.clients import Agent, Json
from tests.houses import House
from tests.integration.conftest import OpenHouse
from tests.integration.test_work import in_time
from tests.receivers import hook, hook_settings


async def test_supervisor_watches_and_whispers_unseen_by_the_customer(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")

    page = await supervisor.done("open", conversation_id=conversation_id, since=0)
    supervisor.keep(conversation_id, page["events"])
    await supervisor.done("watch", conversation_id=conversation_id)
    await customer.say("A word to the agent")
    await supervisor.reads(conversation_id, "A word to the agent")
    await supervisor.do("whisper", conversation_id, text="Offer a voucher")

    assert (await agent.sees(conversation_id, "whisper"))["text"] == "Offer a voucher"
    await agent.say(conversation_id, "May I offer a voucher?")
    await customer.reads("a voucher?")
    assert "Offer a voucher" not in str(customer.events)
    assert customer.of_type("agent_joined")[-1]["agent"]["id"] == agent.id

    await supervisor.done("unwatch", conversation_id=conversation_id)
    before = len(supervisor.log(conversation_id))
    await agent.say(conversation_id, "Nobody looks over my shoulder")
    await customer.reads("over my shoulder")
    await supervisor.be("away")
    assert len(supervisor.log(conversation_id)) == before


async def test_supervisor_gives_a_waiting_customer_to_an_agent(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    agent = await house.agent("agent1", presence="away")
    customer = await house.customer()
    handoff = await customer.want_person()

    ack = await supervisor.done("assign", handoff_id=handoff["id"], agent_id=agent.id)

    assert ack["handoff"]["agent"]["id"] == agent.id
    assert (await customer.sees("agent_joined"))["agent"]["id"] == agent.id
    joined = await agent.sees(customer.conversation_id, "agent_joined")
    assert joined["agent"]["id"] == agent.id
    page = await agent.done("open", conversation_id=customer.conversation_id, since=0)
    assert page["handoff"]["state"] == "active"
    await agent.say(customer.conversation_id, "I was sent to you")
    await customer.reads("I was sent to you")


async def test_displaced_agent_and_customer_are_told(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")

    ack = await supervisor.done("assign", handoff_id=customer.handoff["id"], agent_id=supervisor.id)

    assert ack["handoff"]["agent"]["name"] == "Leyla Aydin"
    assert await agent.assignment_ends(conversation_id) == "supervisor"
    assert (await customer.sees("agent_left"))["reason"] == "supervisor"
    assert (await customer.sees("agent_joined", 2))["agent"]["name"] == "Leyla Aydin"
    assert await agent.fails("message", conversation_id, text="Still me") in ("conflict", "not_found")


async def only_supervises(house: House) -> Agent:
    """A supervisor to whom nothing is routed, since taking conversations is not their work."""
    await house.server.accounts.add(
        NewAccount(
            email="head@shop.example",
            name="Ines Ferreira",
            role="Head of Service",
            employer="Nordlicht Handel GmbH",
            access=("supervisor",),
            password=DEMO_PASSWORD,
        )
    )
    agent = await Agent.sign_in(house.origin, house.http, "head@shop.example", DEMO_PASSWORD)
    await house.adopt(agent).connect()
    return agent


@pytest.mark.parametrize("state", ["queued", "offered", "active", "promised"])
async def test_supervisor_takes_what_is_live_in_any_state_and_sees_it_through(
    open_house: OpenHouse, state: str
) -> None:
    house = await open_house(capacity="1")
    supervisor = await only_supervises(house)
    agent = await house.agent("agent1", presence="away" if state == "promised" else "online")
    if state == "queued":  # the only seat is taken
        before = await house.customer()
        await before.want_person()
        await agent.take(before.conversation_id)
    customer = await house.customer()
    handoff = await customer.want_person()
    conversation_id = customer.conversation_id
    offer = await agent.offered(conversation_id) if state in ("offered", "active") else None
    if state == "active" and offer is not None:
        await agent.accept(offer)
    await customer.sees_state(state)

    ack = await supervisor.done("assign", handoff_id=handoff["id"], agent_id=supervisor.id)

    assert (ack["handoff"]["state"], ack["handoff"]["agent"]["name"]) == ("active", "Ines Ferreira")
    if offer is not None:
        assert await agent.offer_ends(offer) == ("accepted" if state == "active" else "rescinded")
    assert (await customer.sees("agent_joined"))["actor"]["kind"] == "agent"
    assert (await customer.sees_state("active"))["agent"]["id"] == supervisor.id
    page = await supervisor.done("open", conversation_id=conversation_id, since=0)
    supervisor.keep(conversation_id, page["events"])
    assert [event["seq"] for event in page["events"]] == list(range(1, page["last_seq"] + 1))
    await supervisor.say(conversation_id, "I look after this myself")
    await customer.reads("I look after this myself")
    await customer.say("Thank you")
    await supervisor.reads(conversation_id, "Thank you")
    await supervisor.do("resolve", conversation_id, outcome="answered")
    assert (await customer.sees("handoff_resolved"))["actor"]["name"] == "Ines Ferreira"


async def test_nothing_is_routed_to_somebody_who_only_supervises(house: House) -> None:
    supervisor = await only_supervises(house)
    assert await supervisor.refused("set_presence", presence="online") == "forbidden"
    customer = await house.customer()
    handoff = await customer.want_person()
    await customer.sees_state("promised")
    other = await house.agent("supervisor", presence="away")

    assigned = await other.refused("assign", handoff_id=handoff["id"], agent_id=supervisor.id)
    assert assigned == "bad_request"
    assert supervisor.offers == []


async def test_only_a_supervisor_exceeds_an_agents_capacity(open_house: OpenHouse) -> None:
    house = await open_house(capacity="1")
    _, agent, first = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    customer = await house.customer()
    handoff = await customer.want_person()
    await customer.sees_state("queued")
    assert len(agent.offers) == 1

    await supervisor.done("assign", handoff_id=handoff["id"], agent_id=agent.id)

    await customer.sees("agent_joined")
    for conversation_id in (first, customer.conversation_id):
        await agent.say(conversation_id, "With both of you")
    later = await house.customer()
    await later.want_person()
    await later.sees_state("queued")
    assert len(agent.offers) == 1


async def test_assignment_sent_again_is_done_and_happens_once(house: House) -> None:
    customer, agent, _ = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    other = await house.agent("agent2")
    asked = {"handoff_id": customer.handoff["id"], "agent_id": other.id}

    for _ in range(2):
        ack = await supervisor.done("assign", **asked)
        assert ack["handoff"]["agent"]["id"] == other.id
    assert await agent.assignment_ends(customer.conversation_id) == "supervisor"
    await other.say(customer.conversation_id, "Here I am")
    await customer.reads("Here I am")
    assert len(customer.of_type("agent_joined")) == 2
    assert (
        await supervisor.refused("assign", handoff_id=asked["handoff_id"], agent_id=agent.id + "x")
        == "bad_request"
    )


async def test_owner_of_a_promise_that_a_supervisor_takes_is_told_why(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    await agent.say(conversation_id, "I will ask")
    await agent.do("follow_up", conversation_id, answer_by=in_time(house, minutes=3))
    await customer.sees_state("promised")

    await supervisor.done("assign", handoff_id=customer.handoff["id"], agent_id=supervisor.id)

    assert await agent.assignment_ends(conversation_id) == "supervisor"
    assert await agent.fails("message", conversation_id, text="The answer is") in ("conflict", "not_found")


async def test_watching_goes_on_from_agent_to_agent_and_beside_an_offer_of_ones_own(house: House) -> None:
    """Ending the watch once also ended what was told of an offer to the same supervisor."""
    customer, agent, conversation_id = await house.in_conversation()
    supervisor = await house.agent("supervisor", presence="away")
    await supervisor.done("watch", conversation_id=conversation_id)
    await supervisor.be("online")
    await agent.do("transfer", conversation_id, to={"agent_id": supervisor.id})
    offer = await supervisor.offered(conversation_id)

    await supervisor.done("unwatch", conversation_id=conversation_id)
    await customer.say("Before anybody has accepted")

    await supervisor.reads(conversation_id, "Before anybody has accepted")
    await supervisor.accept(offer)
    await customer.sees("agent_joined", 2)


async def test_whisper_reaches_the_agent_in_both_tabs_and_nobody_without_one_is_harmed(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    tab = await house.second_socket(agent)
    supervisor = await house.agent("supervisor", presence="away")

    first = await supervisor.done(
        "whisper", conversation_id=conversation_id, client_id="w1", text="Ask for the number"
    )
    again = await supervisor.done(
        "whisper", conversation_id=conversation_id, client_id="w1", text="Ask for the number"
    )
    assert first == again

    for one in (agent, tab):
        assert (await one.sees(conversation_id, "whisper"))["actor"]["name"] == "Leyla Aydin"
        assert len(one.of_type(conversation_id, "whisper")) == 1
    assert await supervisor.fails("whisper", "cv_nothing", text="psst") == "not_found"
    assert await supervisor.fails("whisper", conversation_id, text="x" * 4_001) == "too_large"
    await customer.hang_up()
    await customer.connect(since=0)
    assert "Ask for the number" not in str(customer.book)
    assert "Ask for the number" not in str(await customer.transcript(conversation_id))


async def test_assigning_to_nobody_changes_nothing(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    customer = await house.customer()
    handoff = await customer.want_person()

    assert await supervisor.refused("assign", handoff_id="ho_none", agent_id=supervisor.id) == "not_found"
    assert await supervisor.refused("assign", handoff_id=handoff["id"], agent_id="ag_none") == "bad_request"
    absent = next(one for one in supervisor.snapshot["team"] if one["name"] == "Tobias Okafor")
    assert await supervisor.refused("assign", handoff_id=handoff["id"], agent_id=absent["id"]) == "conflict"
    assert customer.of_type("agent_joined") == []


async def test_others_are_forbidden_what_supervisors_do(house: House) -> None:
    customer, agent, conversation_id = await house.in_conversation()
    other = await house.agent("agent2")
    for person in (agent, other):
        assert await person.refused("watch", conversation_id=conversation_id) == "forbidden"
        assert await person.refused("unwatch", conversation_id=conversation_id) == "forbidden"
        assert await person.fails("whisper", conversation_id, text="psst") == "forbidden"
        assigned = await person.refused("assign", handoff_id=customer.handoff["id"], agent_id=other.id)
        assert assigned == "forbidden"
    assert customer.handoff["agent"]["id"] == agent.id


async def test_trainer_takes_no_conversations(house: House) -> None:
    trainer = await house.agent("trainer", presence=None)
    customer = await house.customer()

    assert await trainer.refused("set_presence", presence="online") == "forbidden"
    assert await trainer.refused("open", conversation_id=customer.conversation_id, since=0) == "not_found"


async def test_supervisor_sees_the_whole_board(house: House) -> None:
    _, agent, conversation_id = await house.in_conversation()
    waiting = await house.customer()
    await agent.be("away")
    await waiting.want_person()

    supervisor = await house.agent("supervisor", presence=None)

    rows = {row["conversation_id"]: row for row in supervisor.snapshot["queue"]}
    assert rows[conversation_id]["state"] == "active"
    assert rows[conversation_id]["agent_id"] == agent.id
    assert rows[waiting.conversation_id]["state"] in ("queued", "promised")
    team = {one["id"]: one["presence"] for one in supervisor.snapshot["team"]}
    assert team[agent.id] == "away"


def boards(supervisor: Agent) -> list[Json]:
    """All that this supervisor was told of the board, the newest last."""
    told = [supervisor.snapshot["board"]] if supervisor.snapshot else []
    return told + supervisor.all_told("board")


async def sees_counts(supervisor: Agent, **wanted: int) -> Json:
    """The newest board, once its counts are these; a state that is not named has none."""
    await supervisor.until(
        lambda: {name: n for name, n in boards(supervisor)[-1]["counts"].items() if n} == wanted,
        f"a board with {wanted}",
    )
    return boards(supervisor)[-1]


async def test_board_moves_with_the_desk(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    assert boards(supervisor)[0]["rows"] == []
    agent = await house.agent("agent1")
    customer = await house.customer()
    await customer.want_person()

    offered = (await sees_counts(supervisor, offered=1))["rows"][0]
    assert offered["offered_to"]["id"] == agent.id
    assert offered["reference"] == customer.handoff["reference"]
    await agent.take(customer.conversation_id)
    active = (await sees_counts(supervisor, active=1))["rows"][0]
    assert (active["agent"]["id"], active["offered_to"]) == (agent.id, None)
    await agent.say(customer.conversation_id, "Good day")
    await agent.do("resolve", customer.conversation_id, outcome="answered")
    ended = await sees_counts(supervisor)
    assert ended["rows"] == []
    (busy,) = [one for one in ended["agents"] if one["id"] == agent.id]
    assert (busy["load"], [one["conversation_id"] for one in busy["wrap_ups"]]) == (
        0,
        [customer.conversation_id],
    )


async def test_overdue_stands_out_on_the_board_until_it_is_answered(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    agent = await house.agent("agent1", presence="away")
    customer = await house.customer()
    handoff = await customer.want_person()
    house.clock.move(minutes=6)

    (row,) = (await sees_counts(supervisor, promised=1, overdue=1))["rows"]
    assert (row["overdue"], row["overdue_since"]) == (True, handoff["answer_by"])
    await supervisor.done("assign", handoff_id=handoff["id"], agent_id=agent.id)
    await sees_counts(supervisor, active=1, overdue=1)
    await agent.say(customer.conversation_id, "Sorry")
    await sees_counts(supervisor, active=1)


async def test_board_is_told_at_most_once_a_second(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    customers = [await house.customer() for _ in range(4)]
    for customer in customers:
        await customer.want_person()
        await customer.done("withdraw", client_id="w")
        await supervisor.be("online")
        await supervisor.be("away")
    await customers[0].want_person()
    await sees_counts(supervisor, promised=1)

    moments = [datetime.fromisoformat(one["as_of"]) for one in supervisor.all_told("board")]
    assert moments
    for earlier, later in pairwise(moments):
        assert later - earlier > timedelta(seconds=0.95)


async def test_board_says_when_notices_do_not_get_through(open_house: OpenHouse) -> None:
    async with hook() as receiver:
        house = await open_house(**hook_settings(receiver))
        await receiver.down()
        customer = await house.customer()
        await customer.want_person()

        supervisor = await house.agent("supervisor", presence="away")

        await supervisor.until(lambda: boards(supervisor)[-1]["notices"]["failed"] == 1, "a failed notice")
        notices = boards(supervisor)[-1]["notices"]
        assert (notices["configured"], notices["pending"]) == (["webhook"], 1)
        assert notices["oldest_at"] is not None


async def test_board_says_that_no_way_for_notices_is_set_up(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    none = {"configured": [], "pending": 0, "failed": 0, "oldest_at": None}
    assert boards(supervisor)[0]["notices"] == none


async def test_only_supervisors_are_shown_the_board(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    _, agent, _ = await house.in_conversation()
    await sees_counts(supervisor, active=1)
    assert agent.snapshot is not None
    assert "board" not in agent.snapshot
    assert agent.all_told("board") == []
