"""What people do that no page of ours does, each with the answer that the contract gives to it.

Requests that were answered long ago come again, or come with other words under the same id; several are sent in one
breath; some are nonsense; some reach for what belongs to others. A person's own work goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from handoff.service.transcripts import NotGenuine, verify_transcript
from handoff.simulation.lines import Line, LineLost, Refused
from handoff.simulation.people.person import DESK, code_of
from handoff.simulation.referee import HIDDEN
from handoff.simulation.windows import CustomerWindow

if TYPE_CHECKING:
    from handoff.simulation.people.agents import Agent
    from handoff.simulation.people.customers import Customer
    from handoff.simulation.people.person import Person

_ONCE = "2: one client_id, one event"
_ORDER = "9: what one person sends keeps its order"
_MALFORMED = "a malformed request is refused with its code, and breaks nothing"
_OTHERS = "what belongs to others is not found"
_SESSION = "a session lasts as long as it may, and no longer"
_TRANSCRIPT = "a transcript shows its reader what is theirs, and all of it"
_CLOSED_WITHIN_S = 3.0
_GRACE_S = (
    60.0  # the old token works for so long after the first use of the new one. Source: the wire contract
)
_LETTERS_MAX = 4_000


# -- the same again --


async def ask_again(person: Person) -> None:
    """A request of long ago is sent once more: it gets its first ack, and adds nothing."""
    if not person.answered:
        return
    request, body, first = person.random.choice(person.answered)
    person.town.count("asked_again_later")
    again = await person.ask(request, **body)
    if again != first:
        person.town.referee.wrong(_ONCE, person.name, f"{request}: first {first}, then {again}")


async def use_id_again(person: Person) -> None:
    """Other words under an id that was used: a conflict, and nothing else."""
    said = [one for one in person.answered if one[0] == "message"]
    if not said:
        return
    _, body, _ = person.random.choice(said)
    person.town.count("client_id_used_again")
    ack = await person.ask("message", **(body | {"text": f"{body['text']} And more."}))
    if ack["ok"] or code_of(ack) != "conflict":
        person.town.referee.wrong(_ONCE, person.name, f"{body['client_id']} with other words: {ack}")


async def say_in_one_breath(customer: Customer) -> None:
    """Several messages without waiting for acks: as long as the line holds, they are kept in their order."""
    customer.town.count("said_in_one_breath")
    line = await customer.get_line()
    texts = [f"One more thing, the {number}." for number in range(customer.random.randint(2, 5))]
    bodies = [{"client_id": customer.client_id(), "text": text} for text in texts]
    sent = [line.ask("message", body) for body in bodies]
    try:
        async with asyncio.timeout(5.0):
            acks = [await one for one in sent]
    except (LineLost, TimeoutError):
        acks = []
    seqs = [ack["seq"] for ack in acks if ack["ok"]]
    if seqs != sorted(seqs):
        customer.town.referee.wrong(_ORDER, customer.conversation_id, f"sent in turn, kept as {seqs}")
    for body in bodies:
        ack = await customer.ask("message", **body)
        if ack["ok"]:
            customer.keep("message", body, ack)


# -- nonsense --

_NONSENSE: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("message", {"text": "no id"}, ("bad_request",)),
    ("message", {"client_id": "n1", "text": 7}, ("bad_request",)),
    ("message", {"client_id": "n2", "text": "  \n "}, ("bad_request",)),
    ("message", {"client_id": "n3", "text": "a\x00b"}, ("bad_request",)),
    ("message", {"client_id": "n4", "text": "a\u001b[2J"}, ("bad_request",)),
    ("message", {"client_id": "n5", "text": "x" * (_LETTERS_MAX + 1)}, ("too_large",)),
    ("message", {"client_id": "n 6", "text": "a space in the id"}, ("bad_request",)),
    ("message", [1, 2, 3], ("bad_request",)),
    ("request_human", {"client_id": ["n7"]}, ("bad_request",)),
    ("callback", {"client_id": "n8", "contact": {}}, ("bad_request",)),
    ("callback", {"client_id": "n9", "contact": {"phone": "12345"}, "at": "yesterday"}, ("bad_request",)),
    (
        "callback",
        {"client_id": "n10", "contact": {"phone": "12345"}, "at": "2001-01-01T00:00:00Z"},
        ("bad_request", "forbidden", "conflict"),
    ),
    ("feedback", {"client_id": "n11", "seq": 2**40, "helpful": True}, ("not_found",)),
    ("rate", {"client_id": "n12", "score": 6}, ("bad_request",)),
    ("sync", {"since": -1}, ("bad_request",)),
    ("connect", {}, ("bad_request",)),
    ("disconnect", {}, ("bad_request",)),
    ("drop_tables", {}, ("bad_request",)),
)


async def talk_nonsense(customer: Customer) -> None:
    request, body, codes = customer.random.choice(_NONSENSE)
    if isinstance(body, dict) and "text" in body:  # what an agent asks for has a conversation, too
        body = {"conversation_id": customer.conversation_id, **body}
    customer.town.count("nonsense")
    ack = await customer.ask_anything(request, body)
    if ack["ok"] or code_of(ack) not in codes:
        customer.town.referee.wrong(
            _MALFORMED, customer.name, f"{request} {str(body)[:60]}: {str(ack)[:200]}"
        )


# -- what belongs to others --


async def pry_as_customer(customer: Customer) -> None:
    others = [one for one in customer.town.referee.accounts if one != customer.conversation_id]
    if not others:
        return
    other = customer.random.choice(others)
    customer.town.count("pried")
    try:
        await customer.http("GET", f"/api/v1/conversations/{other}/transcript", None, customer.token)
    except Refused as error:
        if error.code in ("not_found", "unauthorized"):
            return
        customer.town.referee.wrong(_OTHERS, other, f"{customer.name}: {error}")
    else:
        customer.town.referee.wrong(_OTHERS, other, f"{customer.name} reads its transcript")


async def pry_as_agent(agent: Agent) -> None:
    """Into a conversation that this agent never had to do with; supervisors may."""
    referee = agent.town.referee
    others = [one for one in referee.accounts if not referee.rulebook.concerned(one, agent.agent_id)]
    if agent.supervisor or not others:
        return
    other = agent.random.choice(others)
    agent.town.count("pried")
    request, body = agent.random.choice(
        (
            ("open", {"since": 0}),
            ("message", {"client_id": agent.client_id(), "text": "Let me in."}),
            ("note", {"client_id": agent.client_id(), "text": "Let me in."}),
            ("resolve", {"client_id": agent.client_id(), "outcome": "done"}),
            ("watch", {}),
            ("whisper", {"client_id": agent.client_id(), "text": "Let me in."}),
        )
    )
    ack = await agent.ask(request, conversation_id=other, **body)
    if ack["ok"] and not referee.rulebook.concerned(other, agent.agent_id):
        referee.wrong(_OTHERS, other, f"{agent.name} may {request}")


# -- sessions, transcripts --


async def keep_transcript(customer: Customer) -> None:
    """The signed one: genuine, with all that this customer may see and nothing else."""
    referee, about = customer.town.referee, customer.conversation_id
    customer.town.count("transcript_kept")
    known = len(referee.accounts[about].records)
    path = f"/api/v1/conversations/{about}/transcript"
    document = await customer.http("GET", path, None, customer.token)
    try:
        count = verify_transcript(document)
    except NotGenuine as error:
        referee.wrong(_TRANSCRIPT, about, str(error))
        return
    records = referee.accounts[about].records
    if not known <= count <= len(records):
        referee.wrong(_TRANSCRIPT, about, f"{count} events of {known} to {len(records)}")
        return
    for event, record in zip(document["events"], records, strict=False):
        hidden = record.type in HIDDEN
        shown = event.get("payload")
        if event["hash"] != record.hash.hex() or shown != (None if hidden else record.payload):
            referee.wrong(_TRANSCRIPT, about, f"event {record.seq}, {record.type}, shows {str(shown)[:80]}")
            return


async def use_both_tokens(customer: Customer, old: str) -> None:
    """Just after a renewal: the new token's first use leaves the old one some time."""
    referee, path = customer.town.referee, f"/api/v1/conversations/{customer.conversation_id}/transcript"
    began = customer.town.clock.now()
    await customer.http("GET", path, None, customer.token)
    try:
        await customer.http("GET", path, None, old)
    except Refused as error:
        passed_s = (customer.town.clock.now() - began).total_seconds()
        if 0 <= passed_s < _GRACE_S - 5.0:
            referee.wrong(
                _SESSION, customer.conversation_id, f"{error} with the token before, {passed_s:.1f} s"
            )


async def sign_out(agent: Agent) -> None:
    """The token is dead at once, and so is the line that was opened with it."""
    town, token, line = agent.town, agent.token, agent.line
    town.count("signed_out")
    try:
        await agent.http("DELETE", "/api/v1/agent/sessions", None, token)
    except Refused as error:
        if error.code != "unauthorized":  # dead already: the answer to an earlier try got lost
            raise
    await asyncio.sleep(_CLOSED_WITHIN_S)
    if line is not None and not line.lost and line is agent.line and town.delivers(line):
        town.referee.wrong(_SESSION, agent.name, "signed out, and the line is open")
    try:
        auth = {"v": 1, "token": token}
        other = await Line.open(agent.machine, DESK, "/agent", auth, lambda name, payload: None, _nothing)
    except (LineLost, Refused):
        pass
    else:
        town.referee.wrong(_SESSION, agent.name, "signed out, and let in with the same token")
        other.hang_up()
    if agent.token == token:
        await agent.sign_in()


def _nothing() -> None:
    pass


# -- other windows --


async def open_second_window(customer: Customer) -> None:
    """Another tab for a while: it shows the same as the first."""
    town = customer.town
    town.count("second_window")
    window = CustomerWindow(town.referee, f"{customer.name} in another tab", customer.conversation_id)
    window.begin()
    auth = {"v": 1, "token": customer.token, "since": 0}
    try:
        line = await Line.open(customer.machine, DESK, "/customer", auth, window.told, _nothing)
    except (LineLost, Refused):
        return
    window.open(line, town.loop.time())
    customer.windows.append(window)
    try:
        await customer.pause(5, 60)
    finally:
        customer.windows.remove(window)
        line.hang_up()


async def open_second_console(agent: Agent) -> None:
    """Another console of the same person, opened and closed while the first one works."""
    agent.town.count("second_window")
    auth = {"v": 1, "token": agent.token}
    try:
        line = await Line.open(agent.machine, DESK, "/agent", auth, lambda name, payload: None, _nothing)
    except (LineLost, Refused):
        return
    try:
        await agent.pause(1, 30)
    finally:
        line.hang_up()
