"""What supervisors may do in others' conversations, and that nobody else may."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from tests.clients import Agent, Json
from tests.houses import House


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


async def test_only_supervisors_are_shown_the_board(house: House) -> None:
    supervisor = await house.agent("supervisor", presence="away")
    _, agent, _ = await house.in_conversation()
    await sees_counts(supervisor, active=1)
    assert agent.snapshot is not None
    assert "board" not in agent.snapshot
    assert agent.all_told("board") == []
